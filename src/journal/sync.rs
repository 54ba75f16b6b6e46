//! Bringing the journal up to date from the PBX's statistics (design §5): only what is missing, in windows, page by page.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Employees, Journal, Told, put_all, told_by_extended};
use crate::error::{Error, Result};
use crate::pbx::client::Client;
use crate::pbx::statistics::{CallRecord, LegRow, Look, PAGE, ReportKey};
use crate::store::{self, failed};
use crate::time::now;

const DAY: i64 = 24 * 60 * 60;

/// Exactly 30 days fail (vpbx-core §6.2.1).
const WINDOW: i64 = 29 * DAY;

/// A call appears in statistics when it has ended, under the time when it began: the last hours are asked for again each time.
const SETTLED_AFTER: i64 = 4 * 60 * 60;

/// Employees are asked for once a day.
const EMPLOYEES_AGE: i64 = DAY;

/// How often a report is started again whose key has expired, or which the PBX gave up.
const AGAIN: usize = 2;

/// Reports that may be on their way at once, so that the limit of starts is what limits us.
const AHEAD: usize = 2;

/// How to synchronise.
pub struct SyncOptions<'a> {
    /// From here, Unix seconds
    pub since: i64,
    /// Until here, Unix seconds
    pub until: i64,
    /// Added to the times of the base report (vpbx-core §8.1)
    pub time_offset: i64,
    /// How long one report may take
    pub patience: Duration,
    /// Called after every page
    pub progress: &'a mut dyn FnMut(Progress),
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Calls taken in
    pub calls: u64,
    /// Part of the period that is done, 0 to 1
    pub part: f64,
}

impl Journal {
    /// Asks for what is missing of the period and takes it in. What is done stays done: an interrupted run goes on where it stopped.
    pub async fn sync(self: &Arc<Self>, client: &Client, options: SyncOptions<'_>) -> Result<()> {
        let employees = Arc::new(self.fresh_employees(client).await?);
        let windows = windows(&self.gaps(options.since, options.until)?);
        let whole: i64 = windows.iter().map(|(since, until)| until - since).sum();
        let mut run = Run { journal: self, client, employees, options, whole, done: 0, calls: 0 };
        if windows.len() > 1 && self.is_empty()? {
            self.set_numbers_aside()?;
        }
        let done = run.windows(windows).await;
        // Those of a run that was killed are missing, too.
        let journal = self.clone();
        written(Some(spawn_blocking(move || journal.index_numbers()))).await?;
        done?;
        self.mark("synced")
    }

    /// Numbers come in no order: every page of calls would write half of their index anew, which took more than all the rest. A journal
    /// that is filled for the first time has nothing to look up yet, and gets this index when the calls are there.
    fn set_numbers_aside(&self) -> Result<()> {
        self.execute("DROP INDEX IF EXISTS entries_by_party", [])
    }

    /// Sorts within a quarter of the memory that other statements have: nothing is slower for it, and the pages of before are not all given
    /// back yet.
    fn index_numbers(&self) -> Result<()> {
        let sql = "PRAGMA cache_size = -2000; CREATE INDEX IF NOT EXISTS entries_by_party ON entries (party, started_at);";
        let db = self.lock();
        let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'entries_by_party')";
        if db.query_row(is_there, [], |row| row.get(0)).map_err(failed(&self.path))? {
            return Ok(());
        }
        let made = db.execute_batch(sql);
        made.and(db.execute_batch(store::CACHE)).map_err(failed(&self.path))
    }

    fn is_empty(&self) -> Result<bool> {
        self.lock().query_row("SELECT NOT EXISTS (SELECT 1 FROM entries)", [], |row| row.get(0)).map_err(failed(&self.path))
    }

    /// Employees by user id, asked for when they are a day old. Without them calls are still calls.
    async fn fresh_employees(&self, client: &Client) -> Result<Employees> {
        let (_, age) = self.employees()?;
        if age.is_none_or(|age| age > EMPLOYEES_AGE) {
            self.refresh_employees(client).await?;
        }
        let known = self.employees()?.0.into_iter();
        Ok(known.filter_map(|user| Some((user.user_id?, (user.extension?, user.name.unwrap_or_default())))).collect())
    }

    /// Asks for the employees. What stands in the way of every other question is an error; a PBX that does not tell is none.
    pub async fn refresh_employees(&self, client: &Client) -> Result<()> {
        match client.users().await {
            Ok(users) => self.take_employees(&users),
            Err(error) if error.exit_code() == 4 || matches!(error, Error::Blocked { .. } | Error::Unreachable { .. }) => Err(error),
            Err(error) => {
                tracing::debug!("employees: {}", error.message());
                Ok(())
            }
        }
    }

    /// Parts of `[since, until)` not synchronised yet.
    fn gaps(&self, since: i64, until: i64) -> Result<Vec<(i64, i64)>> {
        Ok(missing(&self.synced()?, since, until))
    }

    fn synced(&self) -> Result<Vec<(i64, i64)>> {
        let db = self.lock();
        let all = db.prepare("SELECT since, until FROM synced ORDER BY since").and_then(|mut all| {
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        });
        all.map_err(failed(&self.path))
    }

    /// Remembers that `[since, until)` is done, all but the last hours.
    fn mark_synced(&self, since: i64, until: i64) -> Result<()> {
        let until = until.min(now().as_second() - SETTLED_AFTER);
        if until <= since {
            return Ok(());
        }
        let joined = joined(self.synced()?, (since, until));
        self.change(|change| {
            change.execute_batch("DELETE FROM begun; DELETE FROM synced;")?;
            joined
                .iter()
                .try_for_each(|(since, until)| change.execute("INSERT INTO synced VALUES (?1, ?2)", params![since, until]).map(drop))
        })
    }
}

/// A period that is asked for at once: `[since, until)`, Unix seconds.
type Window = (i64, i64);

impl Journal {
    /// Pages of a window that an interrupted run has left in the journal.
    fn begun(&self, (since, until): Window) -> Result<usize> {
        let sql = "SELECT pages FROM begun WHERE since = ?1 AND until = ?2";
        let found = self.lock().query_row(sql, [since, until], |row| row.get::<_, u32>(0)).optional();
        Ok(found.map_err(failed(&self.path))?.unwrap_or(0) as usize)
    }

    /// Takes in a page, and remembers that it was taken. New calls may still come into the last hours: there pages shift, and an
    /// interrupted window begins anew.
    fn take_page(&self, calls: &[Told], (since, until): Window, pages: usize) -> Result<()> {
        let settled = until <= now().as_second() - SETTLED_AFTER;
        self.change(|change| {
            put_all(change, calls)?;
            change.execute("DELETE FROM begun", [])?;
            match settled {
                true => change.execute("INSERT INTO begun VALUES (?1, ?2, ?3)", params![since, until, pages as u32]).map(drop),
                false => Ok(()),
            }
        })
    }
}

/// A page of the extended report, made ready while another is written: what is written at once waits for nothing else.
struct Page {
    number: usize,
    count: usize,
    /// When its last call began
    reached: Option<i64>,
    told: Vec<Told>,
}

impl Page {
    fn of(number: usize, calls: Vec<CallRecord>, employees: &Employees) -> Page {
        let (count, reached) = (calls.len(), calls.last().and_then(|call| call.context_start_time));
        Page { number, count, reached, told: calls.into_iter().filter_map(|call| told_by_extended(call, employees)).collect() }
    }
}

/// One synchronisation under way.
struct Run<'a, 'p> {
    journal: &'a Arc<Journal>,
    client: &'a Client,
    employees: Arc<Employees>,
    options: SyncOptions<'p>,
    whole: i64,
    done: i64,
    calls: u64,
}

impl Run<'_, '_> {
    async fn windows(&mut self, windows: Vec<Window>) -> Result<()> {
        for window in windows {
            self.window(window).await?;
        }
        Ok(())
    }

    async fn window(&mut self, (since, until): Window) -> Result<()> {
        match self.extended((since, until)).await {
            // The extended report may not be there for everybody; the base one is. An invalid request must not be followed by another.
            Err(Error::Refused { code, .. }) if !code.is_invalid_request() => self.base((since, until)).await?,
            Err(Error::ReportNotReady | Error::NotFound { .. }) => self.base((since, until)).await?,
            other => other?,
        }
        self.done += until - since;
        self.tell(0.0);
        self.journal.mark_synced(since, until)
    }

    /// Pages of the extended report; later pages are started while earlier ones are fetched, and one is written while the next one comes.
    async fn extended(&mut self, window: Window) -> Result<()> {
        let (keys, mut started) = mpsc::channel(AHEAD);
        let (more, go_on) = oneshot::channel();
        let client = self.client;
        let starter = start_pages(client, window, self.journal.begun(window)?, keys, go_on);
        let (patience, employees) = (self.options.patience, self.employees.clone());
        let fetch = async |(number, key, at)| {
            let again = async || start_page(client, window, number).await;
            let look = async |key: &ReportKey| client.fetch_calls_report(key).await;
            whole(client, patience, (key, at), again, look).await.map(|calls| Page::of(number, calls, &employees))
        };
        let taker = async {
            let mut more = Some(more);
            let mut writing: Option<JoinHandle<Result<()>>> = None;
            while let Some(begun) = started.recv().await {
                let page = fetch(begun).await?;
                let full = page.count >= PAGE;
                if full && let Some(more) = more.take() {
                    let _ = more.send(());
                }
                written(writing.take()).await?;
                self.tell_of(&page, window);
                let journal = self.journal.clone();
                writing = Some(spawn_blocking(move || journal.take_page(&page.told, window, page.number + 1)));
                if !full {
                    break;
                }
            }
            written(writing).await
        };
        tokio::pin!(starter);
        tokio::select! {
            biased;
            taken = taker => taken,
            Err(error) = &mut starter => Err(error),
        }
    }

    fn tell_of(&mut self, page: &Page, (since, until): Window) {
        self.calls += page.count as u64;
        let part = page.reached.map_or(0.0, |at| ((until - at).min(at - since).max(0)) as f64 / (until - since).max(1) as f64);
        self.tell(part * (until - since) as f64);
    }

    async fn base(&mut self, (since, until): Window) -> Result<()> {
        let (client, offset) = (self.client, self.options.time_offset);
        let (since, until) = (moment(since)?, moment(until)?);
        let start = async || client.start_legs_report(since, until, offset).await;
        let first = (start().await?, Instant::now());
        let look = async |key: &ReportKey| client.fetch_legs_report(key, offset).await;
        let legs: Vec<LegRow> = whole(client, self.options.patience, first, start, look).await?;
        self.calls += legs.len() as u64;
        self.journal.take_legs(legs)
    }

    fn tell(&mut self, seconds: f64) {
        let part = ((self.done as f64 + seconds) / self.whole.max(1) as f64).clamp(0.0, 1.0);
        (self.options.progress)(Progress { calls: self.calls, part });
    }
}

/// Waits for a report that was started, and starts it again when it has gone.
async fn whole<T>(
    client: &Client,
    patience: Duration,
    (mut key, mut at): (ReportKey, Instant),
    start: impl AsyncFn() -> Result<ReportKey>,
    fetch: impl AsyncFn(&ReportKey) -> Result<Look<T>>,
) -> Result<T> {
    for _ in 0..AGAIN {
        if let Some(ready) = wait_for(client, patience, &key, at, &fetch).await? {
            return Ok(ready);
        }
        (key, at) = (start().await?, Instant::now());
    }
    wait_for(client, patience, &key, at, &fetch).await?.ok_or(Error::ReportNotReady)
}

/// Looks until the report is ready, or gone: a report takes about 2 s, and the PBX wants 5 s between looks if it says nothing else
/// (vpbx-core §6).
async fn wait_for<T>(
    client: &Client,
    patience: Duration,
    key: &ReportKey,
    started: Instant,
    fetch: impl AsyncFn(&ReportKey) -> Result<Look<T>>,
) -> Result<Option<T>> {
    let (first, again) = if client.is_paced() { (2000, 5000) } else { (0, 50) };
    sleep_until(started + Duration::from_millis(first)).await;
    loop {
        let pause = match fetch(key).await? {
            Look::Ready(ready) => return Ok(Some(ready)),
            Look::Gone => return Ok(None),
            Look::NotYet(pause) => pause.map_or(Duration::from_millis(again), Duration::from_secs),
        };
        if started.elapsed() + pause > patience {
            return Err(Error::ReportNotReady);
        }
        sleep(pause).await;
    }
}

/// Waits until what was begun on another thread is in the journal.
async fn written(writing: Option<JoinHandle<Result<()>>>) -> Result<()> {
    match writing {
        Some(writing) => writing.await.map_err(|error| Error::Unexpected(error.to_string()))?,
        None => Ok(()),
    }
}

/// Starts a first page, and the others when it is known that there are more.
async fn start_pages(
    client: &Client,
    window: Window,
    first: usize,
    keys: mpsc::Sender<(usize, ReportKey, Instant)>,
    go_on: oneshot::Receiver<()>,
) -> Result<()> {
    let mut go_on = Some(go_on);
    for page in first.. {
        let key = start_page(client, window, page).await?;
        if keys.send((page, key, Instant::now())).await.is_err() {
            break;
        }
        if let Some(go_on) = go_on.take()
            && go_on.await.is_err()
        {
            break;
        }
    }
    // The taker decides when it is over.
    std::future::pending().await
}

async fn start_page(client: &Client, (since, until): Window, page: usize) -> Result<ReportKey> {
    client.start_calls_report(moment(since)?, moment(until)?, page * PAGE).await
}

fn moment(seconds: i64) -> Result<Timestamp> {
    Timestamp::from_second(seconds).map_err(|error| Error::Unexpected(error.to_string()))
}

/// Gaps cut into what the PBX answers at once, the newest first: what a person looks at comes first.
fn windows(gaps: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut windows = Vec::new();
    for &(since, until) in gaps.iter().rev() {
        let mut end = until;
        while end > since {
            windows.push(((end - WINDOW).max(since), end));
            end -= WINDOW;
        }
    }
    windows
}

/// What of `[since, until)` is not covered by `done`, which is in order and disjoint.
fn missing(done: &[(i64, i64)], since: i64, until: i64) -> Vec<(i64, i64)> {
    let mut gaps = Vec::new();
    let mut from = since;
    for &(begin, end) in done.iter().filter(|(begin, end)| *begin < until && *end > since) {
        if begin > from {
            gaps.push((from, begin));
        }
        from = from.max(end);
    }
    if from < until {
        gaps.push((from, until));
    }
    gaps
}

/// `done` with one more piece, joined where they touch.
fn joined(mut done: Vec<(i64, i64)>, piece: (i64, i64)) -> Vec<(i64, i64)> {
    done.push(piece);
    done.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (since, until) in done {
        match joined.last_mut() {
            Some(last) if since <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((since, until)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_are_shorter_than_thirty_days_and_leave_nothing_out() {
        let windows = windows(&[(0, 100 * DAY)]);
        assert!(windows.iter().all(|(since, until)| until - since < 30 * DAY));
        assert_eq!(windows.iter().map(|(since, until)| until - since).sum::<i64>(), 100 * DAY);
        assert_eq!(windows[0].1, 100 * DAY);
    }

    proptest! {
        #[test]
        fn what_is_missing_and_what_is_done_make_the_whole(
            pieces in proptest::collection::vec((0i64..1000, 0i64..200), 0..8),
            since in 0i64..1000,
            length in 1i64..500,
        ) {
            let done = pieces.into_iter().filter(|(_, length)| *length > 0).fold(Vec::new(), |done, (at, length)| joined(done, (at, at + length)));
            let until = since + length;
            let gaps = missing(&done, since, until);
            for second in since..until {
                let is_done = done.iter().any(|(a, b)| (*a..*b).contains(&second));
                let is_gap = gaps.iter().any(|(a, b)| (*a..*b).contains(&second));
                prop_assert!(is_done != is_gap, "{second} {done:?} {gaps:?}");
            }
        }
    }
}
