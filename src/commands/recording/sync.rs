//! `mango recording sync`: an archive of a period, filled as fast as the PBX allows; every file in it is whole, whatever happens.
//!
//! Addresses are asked for one by one, so that a refusal is known before the next question; files come beside each other.

use std::cell::Cell as Shared;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::super::history::{Chosen, HistoryRow, bring_up_to_date};
use super::{Readiness, is_young, named, no_file, receive, until_forgiven};
use crate::archive::names::{FIELDS, Template, USUAL};
use crate::archive::{Archive, Held, Line, Manifest, Part, Place};
use crate::context::Context;
use crate::error::{Error, Result, StoreFault};
use crate::journal::Filter;
use crate::pbx::client::Client;
use crate::pbx::recordings::Address;
use crate::text::{plural, size, tr};
use crate::time::{self, Edge, now, rfc3339, zone};
use crate::ui::{Cell, Column, Row, Ui};

/// Files that may be on their way at once: ten begin in a second at the most, and few take longer than that.
const BESIDE: usize = 16;

/// Calls are looked through week by week, the newest first: memory does not grow with the period.
const WEEK: i64 = 7 * 24 * 60 * 60;

/// After so many recordings in a row that the PBX does not have, the older ones are left for another time.
const MOST_MISSING: u32 = 3;

/// After so many failures in a row it is no use to go on.
const MOST_FAILURES: u32 = 10;

/// How often a file that breaks off is asked for anew, and the first pause before that.
const AGAIN: u32 = 2;
const PAUSE: Duration = Duration::from_millis(300);

/// How often it is tried to get the archive that another process fills.
const LOCKED: Duration = Duration::from_secs(1);

/// Arguments of `recording sync`.
#[derive(clap::Args, Debug)]
#[command(mut_arg("since", |since| since.required(true)))]
pub struct Args {
    #[arg(long, value_name = tr("КАТАЛОГ", "DIR"), help = tr("Каталог архива", "Directory of the archive"))]
    dir: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
    #[arg(long, value_name = tr("ШАБЛОН", "TEMPLATE"), help = template_help())]
    name: Option<String>,
    #[arg(long, value_name = tr("СРОК", "TIME"), help = tr("Удалить из архива то, что старше: 90d, 2026-01-01", "Remove from the archive what is older: 90d, 2026-01-01"))]
    prune_after: Option<String>,
}

fn template_help() -> String {
    let fields = FIELDS.join(", ");
    tr(format!("Имена файлов [{USUAL}]; поля: {fields}"), format!("Names of the files [{USUAL}]; fields: {fields}"))
}

/// Runs it. What is not ready yet is left for the next time, and that is no failure.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let template = Template::parse(args.name.as_deref().unwrap_or(USUAL))?;
    let filter = args.chosen.filter(ctx)?;
    let oldest = args.prune_after.as_deref().map(|text| time::parse(text, Edge::Since, now(), &zone())).transpose()?;
    let oldest = oldest.map(|at| at.as_second());
    let mut archive = alone(&args.dir, ui).await?;
    bring_up_to_date(false, &filter, ctx, ui).await?;
    let mut tally = Tally { summary: Summary::of(&args.dir), ..Tally::default() };
    if let Some(oldest) = oldest {
        tally.summary.pruned = archive.prune(oldest)?;
    }
    let filter = Filter { since: filter.since.max(oldest), ..filter };
    let missing = look(&archive, &filter, &mut tally.summary, ctx)?;
    if missing > 0 {
        let bar = ui.counted(tr("Скачиваю записи", "Fetching recordings"), missing);
        let filled = fill(&mut archive, &template, &filter, &mut tally, &bar, ctx, ui).await;
        bar.finish_and_clear();
        filled?;
    }
    ui.one(&tally.summary)?;
    match tally.first {
        Some(first) => Err(Error::NotArchived { failed: tally.summary.failed, first: Box::new(first) }),
        None => Ok(()),
    }
}

/// The archive, once no other process fills it: two jobs of the same hour both finish.
async fn alone(directory: &Path, ui: &Ui) -> Result<Archive> {
    let mut said = false;
    loop {
        match Archive::open(directory) {
            Err(Error::Store { fault: StoreFault::Locked, .. }) => {
                if !said {
                    ui.note(tr(
                        "Архив пополняет другая программа; жду, пока она закончит.",
                        "Another program fills the archive; waiting for its end.",
                    ));
                    said = true;
                }
                tokio::time::sleep(LOCKED).await;
            }
            opened => return opened,
        }
    }
}

/// Counts the recordings of the period, and returns how many of them are not here.
fn look(archive: &Archive, filter: &Filter, summary: &mut Summary, ctx: &Context) -> Result<u64> {
    let mut missing = 0;
    ctx.journal()?.calls(filter, &mut |entry| {
        for recording_id in &entry.facts.recordings {
            summary.found += 1;
            match archive.holds(recording_id) {
                Held::Whole => summary.present += 1,
                Held::Past => summary.gone += 1,
                Held::Missing => missing += 1,
            }
        }
        Ok(())
    })?;
    Ok(missing)
}

async fn fill(
    archive: &mut Archive,
    template: &Template,
    filter: &Filter,
    tally: &mut Tally,
    bar: &ProgressBar,
    ctx: &Context,
    ui: &Ui,
) -> Result<()> {
    let run = Run {
        client: ctx.client().await?,
        host: &ctx.config.recordings_host,
        manifest: archive.manifest().clone(),
        turn: Mutex::new(()),
        missing: Shared::new(0),
        bar,
        ui,
    };
    let mut doubtful = Vec::new();
    for week in weeks(filter) {
        let plan = Plan::of(archive, template, &week, ctx)?;
        tally.summary.present += plan.there;
        tally.summary.later += plan.early;
        bar.inc(plan.there + plan.early);
        doubtful.extend(plan.doubtful);
        let mut coming = stream::iter(plan.wanted).map(|wanted| run.one(wanted)).buffer_unordered(BESIDE);
        while let Some((wanted, fate)) = coming.next().await {
            run.count(&wanted, fate, tally)?;
            if tally.in_a_row >= MOST_FAILURES {
                return Ok(());
            }
        }
    }
    run.older_are_left();
    // A refusal is likely here, and costs: after the first one the others are not asked for.
    for wanted in doubtful {
        run.missing.set(if tally.is_early { MOST_MISSING } else { 0 });
        let (wanted, fate) = run.one(wanted).await;
        tally.is_early |= matches!(fate, Ok(Fate::Later));
        run.count(&wanted, fate, tally)?;
    }
    Ok(())
}

/// The period in pieces of a week, the newest first.
fn weeks(filter: &Filter) -> Vec<Filter> {
    let oldest = filter.since.unwrap_or(0);
    let mut until = filter.until;
    let mut weeks = Vec::new();
    loop {
        let since = (until.unwrap_or_else(|| now().as_second()) - WEEK).max(oldest);
        weeks.push(Filter { since: Some(since), until, ..filter.clone() });
        if since <= oldest {
            return weeks;
        }
        until = Some(since);
    }
}

/// A recording to be fetched.
struct Wanted {
    /// What the manifest will say of it
    line: Line,
    path: PathBuf,
    /// It may still be on its way
    is_young: bool,
}

/// What there is to do in a week.
#[derive(Default)]
struct Plan {
    wanted: Vec<Wanted>,
    /// Those that are perhaps not there yet
    doubtful: Vec<Wanted>,
    /// Files that were here without the manifest's knowing
    there: u64,
    /// Recordings of calls that go on or have just ended
    early: u64,
}

impl Plan {
    fn of(archive: &mut Archive, template: &Template, week: &Filter, ctx: &Context) -> Result<Plan> {
        let contacts = ctx.contacts()?;
        let mut plan = Plan::default();
        for entry in ctx.journal()?.all_calls(week)? {
            if entry.facts.recordings.iter().all(|recording_id| archive.holds(recording_id) != Held::Missing) {
                continue;
            }
            let is_young = is_young(&entry);
            let call = HistoryRow::new(None, entry.clone(), None, &contacts)?;
            for recording_id in entry.facts.recordings.iter().filter(|id| archive.holds(id) == Held::Missing).collect::<Vec<_>>() {
                let readiness = Readiness::of(&entry, recording_id, ctx)?;
                if readiness == Readiness::TooEarly {
                    plan.early += 1;
                    continue;
                }
                let line = line(&call, recording_id);
                match archive.place(recording_id, &named(template, &call, recording_id))? {
                    Place::There(file, size) => {
                        archive.adopt(Line { file: Some(file), size: Some(size), fetched_at: Some(rfc3339(now())), ..line })?;
                        plan.there += 1;
                    }
                    Place::Free(file) => {
                        let wanted = Wanted { path: archive.path(&file), line: Line { file: Some(file), ..line }, is_young };
                        let list = if readiness == Readiness::Ready { &mut plan.wanted } else { &mut plan.doubtful };
                        list.push(wanted);
                    }
                }
            }
        }
        Ok(plan)
    }
}

fn line(call: &HistoryRow, recording_id: &str) -> Line {
    Line {
        recording_id: recording_id.to_owned(),
        entry_id: Some(call.entry_id.clone()),
        started_at: call.started_at.and_then(crate::ui::rfc3339),
        direction: call.direction,
        name: call.name.clone(),
        number: call.number.clone(),
        employee: call.employee.clone(),
        talk: call.talk,
        ..Line::default()
    }
}

/// What became of a recording.
enum Fate {
    /// It is here; so many bytes
    Fetched(u64),
    /// It is not there yet, or was not asked for
    Later,
    /// The PBX does not have it
    Gone,
}

/// Everything that files beside each other share.
struct Run<'a> {
    client: &'a Client,
    host: &'a str,
    manifest: Arc<Manifest>,
    /// Whose turn it is to ask
    turn: Mutex<()>,
    /// Recordings in a row that the PBX does not have
    missing: Shared<u32>,
    bar: &'a ProgressBar,
    ui: &'a Ui,
}

impl Run<'_> {
    async fn one(&self, wanted: Wanted) -> (Wanted, Result<Fate>) {
        let fate = match self.fetched(&wanted).await {
            Ok(size) => Ok(Fate::Fetched(size)),
            Err(Error::NoFile { is_young: true, .. }) => Ok(Fate::Later),
            Err(Error::NoFile { .. }) => self.gone(&wanted).map(|()| Fate::Gone),
            Err(Error::NotFound { .. }) if wanted.is_young => Ok(Fate::Later),
            Err(error) => Err(error),
        };
        (wanted, fate)
    }

    /// Fetches it; one that breaks off is asked for anew, since its address is spent.
    async fn fetched(&self, wanted: &Wanted) -> Result<u64> {
        let mut tries = 0;
        loop {
            let address = self.ask(wanted).await?;
            match self.receive(address, wanted).await {
                Err(error @ (Error::NoReply { .. } | Error::Unreachable { .. })) if tries < AGAIN => {
                    tracing::debug!("{}; again", error.message());
                    tokio::time::sleep(PAUSE.mul_f64(f64::from(1 << tries) + fastrand::f64())).await;
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    async fn ask(&self, wanted: &Wanted) -> Result<Address> {
        let _turn = self.turn.lock().await;
        if self.missing.get() >= MOST_MISSING {
            return Err(Error::NoFile { is_young: true, code: None });
        }
        until_forgiven(self.client, |said| self.say(said)).await;
        let asked = self.client.recording(&wanted.line.recording_id, self.host).await;
        let asked = asked.map_err(|error| no_file(error, wanted.is_young));
        self.missing.set(if matches!(asked, Err(Error::NoFile { .. })) { self.missing.get() + 1 } else { 0 });
        asked
    }

    async fn receive(&self, address: Address, wanted: &Wanted) -> Result<u64> {
        let mut download = self.client.fetch(address).await?;
        let mut part = Part::begin(&wanted.path, &wanted.line.recording_id)?;
        let size = receive(&mut download, &mut part).await?;
        let (kind, fetched_at) = (Some(download.kind), Some(rfc3339(now())));
        let line = Line { size: Some(size), kind, fetched_at, ..wanted.line.clone() };
        let manifest = self.manifest.clone();
        // First the file, then the line that says so: a file without a line is found again, a line without a file would be a lie.
        let kept = spawn_blocking(move || part.keep().and_then(|()| manifest.add(&line))).await;
        kept.map_err(|error| Error::Unexpected(error.to_string()))?.map(|()| size)
    }

    fn gone(&self, wanted: &Wanted) -> Result<()> {
        self.manifest.add(&Line { file: None, gone_at: Some(rfc3339(now())), ..wanted.line.clone() })
    }

    /// Counts it. An error is one that concerns them all.
    fn count(&self, wanted: &Wanted, fate: Result<Fate>, tally: &mut Tally) -> Result<()> {
        self.bar.inc(1);
        let failed = fate.is_err();
        match fate {
            Ok(Fate::Fetched(size)) => {
                (tally.summary.fetched, tally.summary.bytes) = (tally.summary.fetched + 1, tally.summary.bytes + size)
            }
            Ok(Fate::Later) => tally.summary.later += 1,
            Ok(Fate::Gone) => tally.summary.gone += 1,
            Err(error) if is_of_one_file(&error) => {
                tally.summary.failed += 1;
                let (at, why) = (wanted.line.started_at.as_deref().unwrap_or("?"), error.message());
                self.say(&tr(
                    format!("Не скачана запись звонка {at}: {why}"),
                    format!("The recording of the call of {at} was not fetched: {why}"),
                ));
                tally.first.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        tally.in_a_row = if failed { tally.in_a_row + 1 } else { 0 };
        Ok(())
    }

    fn older_are_left(&self) {
        if self.missing.get() >= MOST_MISSING {
            let missing = plural(u64::from(MOST_MISSING), ["записи", "записей", "записей"], ["recording", "recordings"]);
            self.say(&tr(
                format!("У АТС нет {missing} подряд; более старые оставлены на следующий раз."),
                format!("The PBX does not have {missing} in a row; older ones are left for the next time."),
            ));
        }
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| self.ui.note(text));
    }
}

/// Whether others may go well nevertheless.
fn is_of_one_file(error: &Error) -> bool {
    match error {
        Error::NoReply { .. } | Error::Garbled { .. } | Error::NotFound { .. } => true,
        Error::Refused { code, .. } => (4000..6000).contains(&code.0),
        _ => false,
    }
}

#[derive(Default)]
struct Tally {
    summary: Summary,
    /// Why the first that failed did
    first: Option<Error>,
    in_a_row: u32,
    /// A recording that was perhaps not there yet was not
    is_early: bool,
}

/// What was done; its JSON keys are a contract.
#[derive(Default, Serialize)]
struct Summary {
    directory: String,
    found: u64,
    present: u64,
    fetched: u64,
    bytes: u64,
    later: u64,
    gone: u64,
    failed: u64,
    pruned: u64,
}

impl Summary {
    fn of(directory: &Path) -> Summary {
        Summary { directory: directory.display().to_string(), ..Summary::default() }
    }
}

impl Row for Summary {
    fn columns() -> Vec<Column> {
        vec![
            ("directory", tr("архив", "archive")),
            ("found", tr("записей за период", "recordings in the period")),
            ("present", tr("уже были", "already here")),
            ("fetched", tr("скачано", "fetched")),
            ("bytes", tr("объём", "size")),
            ("later", tr("ещё не готовы", "not ready yet")),
            ("gone", tr("нет в облаке", "not in the cloud")),
            ("failed", tr("не удалось", "failed")),
            ("pruned", tr("удалено старых", "old ones removed")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let count =
            |count: u64| Cell::Told { people: if count > 0 { count.to_string() } else { String::new() }, programs: count.to_string() };
        let bytes = if self.bytes > 0 { size(self.bytes) } else { String::new() };
        vec![
            Cell::Text(self.directory.clone()),
            Cell::Count(self.found as i64),
            count(self.present),
            Cell::Count(self.fetched as i64),
            Cell::Told { people: bytes, programs: self.bytes.to_string() },
            count(self.later),
            count(self.gone),
            count(self.failed),
            count(self.pruned),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_leave_nothing_out_and_come_newest_first() {
        for (since, until) in [(0, Some(20 * WEEK + 5)), (1_000_000, Some(1_000_100)), (now().as_second() - 3 * WEEK, None)] {
            let weeks = weeks(&Filter { since: Some(since), until, ..Filter::default() });
            assert_eq!((weeks[0].until, weeks.last().unwrap().since), (until, Some(since)));
            assert!(weeks.windows(2).all(|pair| pair[0].since == pair[1].until && pair[0].since > pair[1].since));
        }
    }
}
