//! Bringing the journal up to date from the PBX's statistics (design §5): only what is missing, in windows, page by page.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

use super::periods::{Window, joined, missing, windows};
use super::write::{Told, Writer, told_by_extended};
use super::{Employees, Journal, LONGEST_CALL, Source};
use crate::error::{Error, Result};
use crate::pbx::client::Client;
use crate::pbx::statistics::{CallRecord, LegRow, Look, PAGE, ReportKey};
use crate::store::{self, failed};
use crate::time::now;

/// A call appears in statistics when it has ended, under the time when it began: the last hours are asked for again each time.
const SETTLED_AFTER: i64 = LONGEST_CALL;

/// Employees are asked for once a day.
const EMPLOYEES_AGE: i64 = 24 * 60 * 60;

/// How often a report is started again whose key has expired, or which the PBX gave up.
const AGAIN: usize = 2;

/// Reports that may be on their way at once, so that the limit of starts is what limits us; and pages that are asked for at once, so that the
/// PBX makes the next one while one is read.
const AHEAD: usize = 2;

/// Pages that wait for the disk, so that nobody stands still while the log is worked into the file.
const WAITING: usize = 1;

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
        if windows.len() > 1 && self.is_empty()? {
            self.set_numbers_aside()?;
        }
        let (pages, coming) = mpsc::channel(WAITING);
        let (back, spent) = mpsc::unbounded_channel();
        let begun = self.begun()?;
        let mut run = Run { client, employees, options, begun, pages, spent, whole, done: 0, calls: 0 };
        let journal = self.clone();
        let writer = spawn_blocking(move || journal.take_in(coming, &back));
        let done = run.windows(windows).await;
        drop(run);
        writer.await.map_err(|error| Error::Unexpected(error.to_string()))?.and(done)?;
        self.mark("synced")
    }

    /// Writes what comes, each in a change of its own, until nothing more comes. Pages go back and are freed where they were made: threads
    /// that free each other's memory wait for one another.
    fn take_in(&self, mut coming: mpsc::Receiver<(Taken, Window)>, back: &mpsc::UnboundedSender<Page>) -> Result<()> {
        let mut taken = Ok(());
        while let Some((next, window)) = coming.blocking_recv() {
            taken = match next {
                Taken::Page(page) => self.take_page(&page, window).map(|()| drop(back.send(page))),
                Taken::Legs(legs) => self.take_legs(legs).and_then(|()| self.change(|change| mark_synced(change, window))),
            };
            if taken.is_err() {
                break;
            }
        }
        // Those of a run that was killed are missing, too.
        let indexed = self.index_numbers();
        taken.and(indexed)
    }

    /// Numbers come in no order: every page of calls would write half of their index anew, which took more than all the rest. A journal
    /// that is filled for the first time has nothing to look up yet, and gets this index when the calls are there.
    fn set_numbers_aside(&self) -> Result<()> {
        self.execute("DROP INDEX IF EXISTS entries_by_party", [])
    }

    /// Sorts, on a thread beside, within half of the memory that other statements have: nothing is slower for it, and the pages of before are
    /// not all given back yet.
    fn index_numbers(&self) -> Result<()> {
        // Another process may have made it since we looked.
        let sql =
            "PRAGMA cache_size = -2000; PRAGMA threads = 1; CREATE INDEX IF NOT EXISTS entries_by_party ON entries (party, started_at);";
        let db = self.lock();
        let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'entries_by_party')";
        if db.query_row(is_there, [], |row| row.get(0)).map_err(failed(&self.path))? {
            return Ok(());
        }
        let made = db.execute_batch(sql);
        made.and(db.execute_batch(store::CACHE)).map_err(failed(&self.path))
    }

    /// Whether it knows of no call.
    pub fn is_empty(&self) -> Result<bool> {
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

    /// Up to when statistics were asked last, Unix seconds; none when they never were.
    pub fn synced_until(&self) -> Result<Option<i64>> {
        self.lock().query_row("SELECT max(until) FROM synced", [], |row| row.get(0)).map_err(failed(&self.path))
    }

    /// Whether statistics were asked for all of `[since, until)`, as far as it had come and settled when they were asked last.
    pub fn covers(&self, since: i64, until: i64) -> Result<bool> {
        let Some(age) = self.age("synced")? else { return Ok(false) };
        Ok(self.gaps(since, until.min(now().as_second() - age - SETTLED_AFTER))?.is_empty())
    }

    /// Parts of `[since, until)` not synchronised yet. The last hours are never done, whatever a clock that was ahead has left here.
    fn gaps(&self, since: i64, until: i64) -> Result<Vec<Window>> {
        let settled = now().as_second() - SETTLED_AFTER;
        let mut done = synced(&self.lock()).map_err(failed(&self.path))?;
        done.iter_mut().for_each(|(_, until)| *until = settled.min(*until));
        done.retain(|(since, until)| since < until);
        Ok(missing(&done, since, until))
    }

    /// The window that an interrupted run has left in the journal, and how many pages of it.
    fn begun(&self) -> Result<Option<(Window, usize)>> {
        let read = |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get::<_, u32>(2)? as usize));
        self.lock().query_row("SELECT since, until, pages FROM begun", [], read).optional().map_err(failed(&self.path))
    }

    /// Takes in a page, and remembers that it was taken.
    fn take_page(&self, page: &Page, window: Window) -> Result<()> {
        self.change_lightly(|change| {
            let mut writer = Writer::of(change)?;
            page.told.iter().try_for_each(|told| writer.put(Source::Extended, told).map(drop))?;
            drop(writer);
            match page.is_last() {
                true => mark_synced(change, window),
                false => mark_begun(change, window, page.number + 1),
            }
        })
    }
}

/// Remembers how many pages of a window were taken in. New calls may still come into the last hours: there pages shift, and an interrupted
/// window begins anew.
fn mark_begun(change: &Transaction<'_>, (since, until): Window, pages: usize) -> rusqlite::Result<()> {
    change.execute("DELETE FROM begun", [])?;
    match until <= now().as_second() - SETTLED_AFTER {
        true => change.execute("INSERT INTO begun VALUES (?1, ?2, ?3)", params![since, until, pages as u32]).map(drop),
        false => Ok(()),
    }
}

/// Remembers that a window is done, all but the last hours.
fn mark_synced(change: &Transaction<'_>, (since, until): Window) -> rusqlite::Result<()> {
    let until = until.min(now().as_second() - SETTLED_AFTER);
    if until <= since {
        return Ok(());
    }
    let joined = joined(synced(change)?, (since, until));
    change.execute_batch("DELETE FROM begun; DELETE FROM synced;")?;
    joined.iter().try_for_each(|(since, until)| change.execute("INSERT INTO synced VALUES (?1, ?2)", params![since, until]).map(drop))
}

fn synced(db: &Connection) -> rusqlite::Result<Vec<Window>> {
    let mut all = db.prepare("SELECT since, until FROM synced ORDER BY since")?;
    all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
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
    fn of(number: usize, calls: &mut dyn Iterator<Item = CallRecord<'_>>, employees: &Employees) -> Page {
        let mut page = Page { number, count: 0, reached: None, told: Vec::with_capacity(PAGE) };
        for call in calls {
            page.count += 1;
            page.reached = call.context_start_time;
            page.told.extend(told_by_extended(call, employees));
        }
        page
    }

    fn is_last(&self) -> bool {
        self.count < PAGE
    }
}

/// What is taken into the journal at once.
enum Taken {
    Page(Page),
    /// All of a window, from the base report
    Legs(Vec<LegRow>),
}

/// One synchronisation under way.
struct Run<'a, 'p> {
    client: &'a Client,
    employees: Arc<Employees>,
    options: SyncOptions<'p>,
    begun: Option<(Window, usize)>,
    pages: mpsc::Sender<(Taken, Window)>,
    spent: mpsc::UnboundedReceiver<Page>,
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
        Ok(())
    }

    /// Pages of the extended report; later pages are started while earlier ones are fetched, and one is written while the next one comes,
    /// be it of the next window.
    async fn extended(&mut self, window: Window) -> Result<()> {
        let (keys, started) = mpsc::channel(AHEAD);
        let (more, go_on) = oneshot::channel();
        let (client, patience, employees) = (self.client, self.options.patience, self.employees.clone());
        let first = self.begun.filter(|(begun, _)| *begun == window).map_or(0, |(_, pages)| pages);
        let starter = start_pages(client, window, first, keys, go_on);
        let fetch = async |(number, key, at)| {
            let again = async || start_page(client, window, number).await;
            let look = async |key: &ReportKey| client.fetch_calls_report(key, |calls| Page::of(number, calls, &employees)).await;
            whole(client, patience, (key, at), again, look).await
        };
        let pages = stream::unfold(started, async |mut started| Some((started.recv().await?, started))).map(fetch).buffered(AHEAD);
        let taker = async {
            let mut more = Some(more);
            tokio::pin!(pages);
            while let Some(page) = pages.next().await {
                let page = page?;
                let is_last = page.is_last();
                if !is_last && let Some(more) = more.take() {
                    let _ = more.send(());
                }
                self.tell_of(&page, window);
                self.take(Taken::Page(page), window).await?;
                if is_last {
                    break;
                }
            }
            Ok(())
        };
        tokio::pin!(starter);
        tokio::select! {
            biased;
            taken = taker => taken,
            Err(error) = &mut starter => Err(error),
        }
    }

    /// Gives it to whoever writes; he stops only for an error, and that is the one to be told.
    async fn take(&mut self, taken: Taken, window: Window) -> Result<()> {
        while self.spent.try_recv().is_ok() {}
        self.pages.send((taken, window)).await.map_err(|error| Error::Unexpected(error.to_string()))
    }

    fn tell_of(&mut self, page: &Page, (since, until): Window) {
        self.calls += page.count as u64;
        let part = page.reached.map_or(0.0, |at| ((until - at).min(at - since).max(0)) as f64 / (until - since).max(1) as f64);
        self.tell(part * (until - since) as f64);
    }

    async fn base(&mut self, window: Window) -> Result<()> {
        let (client, offset) = (self.client, self.options.time_offset);
        let (since, until) = (moment(window.0)?, moment(window.1)?);
        let start = async || client.start_legs_report(since, until, offset).await;
        let first = (start().await?, Instant::now());
        let look = async |key: &ReportKey| client.fetch_legs_report(key, offset).await;
        let legs: Vec<LegRow> = whole(client, self.options.patience, first, start, look).await?;
        self.calls += legs.len() as u64;
        self.take(Taken::Legs(legs), window).await
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
