//! `mango history`: the journal, brought up to date and asked.

use serde::Serialize;

use super::period::Period;
use super::who;
use crate::args;
use crate::contacts::ContactBook;
use crate::contacts::place::Place;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Direction, Entry, Filter, Journal, SyncOptions};
use crate::pbx::code::ResultCode;
use crate::phone::shown;
use crate::text::tr;
use crate::time::{ago, now};
use crate::ui::{Cell, Column, Row, Ui, moment};

/// How far back the first synchronisation looks when nobody says: one window of the PBX.
pub(super) const FIRST_LOOK: i64 = 29 * 24 * 60 * 60;

/// How many calls a screen shows.
const SEEN_FIRST: usize = 50;

/// Calls shown unless a number or a period is named.
const USUAL_LIMIT: usize = 20;

/// Arguments of `history`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(short = 'n', long, value_name = "N", value_parser = args::count, allow_hyphen_values = true, help = tr("Не больше N звонков [20; с --since или --until — все]", "At most N calls [20; all with --since or --until]"))]
    limit: Option<u64>,
    #[command(flatten)]
    chosen: Chosen,
    #[arg(long = "in", help = tr("Входящие", "Incoming"))]
    incoming: bool,
    #[arg(long = "out", help = tr("Исходящие", "Outgoing"))]
    outgoing: bool,
    #[arg(long, help = tr("Внутренние", "Internal"))]
    internal: bool,
    #[arg(long, help = tr("Пропущенные", "Missed"))]
    missed: bool,
    #[arg(long, help = tr("Пропущенные, после которых с номером не говорили и не пытались", "Missed, and since then nobody has talked to the number nor tried to"))]
    unreturned: bool,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Через эту линию", "On this line"))]
    line: Option<String>,
    #[arg(long, help = tr("Не обращаться к АТС, ответить по журналу", "Answer from the journal without asking the PBX"))]
    offline: bool,
}

/// Which conversations: what all commands choose them by.
#[derive(clap::Args, Debug)]
pub(super) struct Chosen {
    #[command(flatten)]
    period: Period,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("С кем: имя или номер", "With whom: name or number"), add = clap_complete::ArgValueCompleter::new(crate::completion::people))]
    with: Option<String>,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("Звонки этого сотрудника: добавочный или имя", "Calls of this employee: extension or name"))]
    employee: Option<String>,
    #[arg(long, value_name = tr("СЕК", "SEC"), value_parser = args::count, allow_hyphen_values = true, help = tr("Разговор не короче СЕК секунд", "Talked for at least SEC seconds"))]
    min_talk: Option<u64>,
}

impl Chosen {
    /// A filter for them, without a limit.
    pub(super) fn filter(&self, ctx: &Context) -> Result<Filter> {
        let (since, until) = self.period.ends()?;
        Ok(Filter {
            since: since.map(|at| at.as_second()),
            until: until.map(|at| at.as_second()),
            with: self.with.as_deref().map(|who| numbers(who, ctx)).transpose()?,
            employee: self.employee.as_deref().map(|employee| who::employee(employee, ctx)).transpose()?,
            min_talk: self.min_talk.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
            ..Filter::default()
        })
    }
}

/// Runs it. A PBX that cannot be reached is answered from the journal, saying how old it is.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let filter = filter(&args, ctx)?;
    bring_up_to_date(args.offline, &filter, ctx, ui).await?;
    if !args.offline {
        recognise(&filter, ctx).await?;
    }
    let contacts = ctx.contacts()?;
    let mut rows = ui.rows::<HistoryRow>()?;
    let mut none = true;
    ctx.journal()?.noted_calls(&filter, &mut |n, entry, noted| {
        none = false;
        rows.row(&HistoryRow::new(n, entry, noted, &contacts)?)
    })?;
    rows.end()?;
    if none {
        ui.aside(tr("Звонков не нашлось.", "No calls found."));
    }
    Ok(())
}

fn filter(args: &Args, ctx: &Context) -> Result<Filter> {
    let chosen = args.chosen.filter(ctx)?;
    let period = chosen.since.is_some() || chosen.until.is_some();
    let wanted = [(args.incoming, Direction::Incoming), (args.outgoing, Direction::Outgoing), (args.internal, Direction::Internal)];
    Ok(Filter {
        limit: args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)).or((!period).then_some(USUAL_LIMIT)),
        directions: wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, direction)| direction).collect(),
        missed: args.missed,
        unreturned: args.unreturned,
        line: args.line.as_deref().map(who::line).transpose()?,
        ..chosen
    })
}

/// All numbers of everybody whom WHO can mean.
fn numbers(who: &str, ctx: &Context) -> Result<Vec<String>> {
    let found = who::all(who, &ctx.contacts()?, ctx)?;
    match found.is_empty() {
        true => Err(Error::NoContact { who: who.to_owned() }),
        false => Ok(found.into_iter().map(|callee| callee.dial.wire().to_owned()).collect()),
    }
}

/// A remote source is asked about those who are seen first; of a long list the rest has the names that are known.
async fn recognise(filter: &Filter, ctx: &Context) -> Result<()> {
    if ctx.config.contacts == Place::Local {
        return Ok(());
    }
    let first = Filter { limit: Some(filter.limit.unwrap_or(SEEN_FIRST).min(SEEN_FIRST)), ..filter.clone() };
    let mut numbers = Vec::new();
    ctx.journal()?.calls(&first, &mut |entry| {
        numbers.extend(entry.facts.other_number().map(str::to_owned));
        Ok(())
    })?;
    ctx.recognise(&numbers).await;
    Ok(())
}

/// Asks the PBX for what the journal lacks of the period. One that is not to be asked or cannot be reached is said with the age of the
/// journal, when there is something to answer from.
pub(super) async fn bring_up_to_date(offline: bool, filter: &Filter, ctx: &Context, ui: &Ui) -> Result<()> {
    let journal = ctx.journal()?;
    if offline {
        if ui.is_for_a_person() {
            let age = how_old(filter, journal)?;
            ui.note(&tr(format!("Без АТС: {age}."), format!("Without the PBX: {age}.")));
        }
        return Ok(());
    }
    let latest = now().as_second() + 60;
    let until = filter.until.unwrap_or(i64::MAX).min(latest);
    let bar = ui.progress(tr("Загружаю историю", "Loading history"));
    let synced = async {
        let options = SyncOptions {
            since: filter.since.unwrap_or(until - FIRST_LOOK),
            // Whether a call was returned is told by what came after it.
            until: if filter.unreturned { latest } else { until },
            time_offset: ctx.config.time_offset,
            patience: ctx.config.timeout * 10,
            progress: &mut |progress| bar.set_position((progress.part * 1000.0) as u64),
        };
        journal.sync(ctx.client().await?, options).await
    };
    let synced = synced.await;
    bar.finish_and_clear();
    match synced {
        Err(error) if error.exit_code() == 5 && !journal.is_empty()? => {
            let (why, age) = (error.message(), how_old(filter, journal)?);
            ui.warn("stale", &tr(format!("АТС недоступна ({why}); {age}."), format!("The PBX is unavailable ({why}); {age}.")));
            Ok(())
        }
        synced => synced,
    }
}

/// How old the journal is, and whether it has all of what is asked for.
fn how_old(filter: &Filter, journal: &Journal) -> Result<String> {
    let age = match journal.age("synced")?.map(ago) {
        Some(ago) => tr(format!("журнал обновлялся {ago}"), format!("the journal was last updated {ago}")),
        None => tr("в журнале только услышанное", "the journal has only what was heard").into(),
    };
    let until = filter.until.unwrap_or(i64::MAX).min(now().as_second());
    match journal.covers(filter.since.unwrap_or(until - FIRST_LOOK), until)? {
        true => Ok(age),
        false => Ok(tr(format!("{age}, за этот период в нём не всё"), format!("{age}, and does not have all of this period"))),
    }
}

/// A call in a list; its JSON keys are a contract.
#[derive(Serialize)]
pub(super) struct HistoryRow {
    pub(super) n: Option<usize>,
    pub(super) entry_id: String,
    pub(super) direction: Option<Direction>,
    state: Option<&'static str>,
    #[serde(serialize_with = "moment")]
    pub(super) started_at: Option<i64>,
    #[serde(serialize_with = "moment")]
    answered_at: Option<i64>,
    #[serde(serialize_with = "moment")]
    ended_at: Option<i64>,
    pub(super) name: Option<String>,
    pub(super) number: Option<String>,
    pub(super) employee: Option<String>,
    pub(super) employee_name: Option<String>,
    pub(super) from_number: Option<String>,
    pub(super) from_extension: Option<String>,
    pub(super) to_number: Option<String>,
    pub(super) to_extension: Option<String>,
    pub(super) line: Option<String>,
    group: Option<String>,
    answered: Option<bool>,
    missed: bool,
    wait: Option<i64>,
    pub(super) talk: Option<i64>,
    hold: Option<i64>,
    reason: Option<i64>,
    reason_words: Option<String>,
    pub(super) result: Option<String>,
    created_by: Option<String>,
    init_type: Option<i64>,
    command_id: Option<String>,
    pub(super) recordings: Vec<String>,
}

impl HistoryRow {
    pub(super) fn new(n: Option<usize>, entry: Entry, noted: Option<String>, contacts: &ContactBook) -> Result<HistoryRow> {
        let facts = entry.facts;
        let known = facts.other_number().map(|number| contacts.name_of(number)).transpose()?.flatten();
        let employee_name = match facts.employee() {
            Some(extension) => facts.employee_name().map(str::to_owned).or(contacts.name_of(extension)?),
            None => facts.employee_name().map(str::to_owned),
        };
        Ok(HistoryRow {
            n,
            entry_id: entry.entry_id,
            direction: facts.direction,
            state: facts.state.map(|state| state.key()),
            started_at: facts.started_at,
            answered_at: facts.answered_at,
            ended_at: facts.ended_at,
            name: known.or(facts.other_name().map(str::to_owned)),
            number: facts.other_number().map(str::to_owned),
            employee: facts.employee().map(str::to_owned),
            employee_name,
            answered: facts.answered,
            missed: facts.is_missed(),
            wait: facts.wait(),
            talk: facts.talk,
            hold: facts.hold,
            reason: facts.reason,
            reason_words: facts.reason.map(|code| ResultCode(code).meaning().to_owned()),
            result: noted,
            from_number: facts.from_number,
            from_extension: facts.from_extension,
            to_number: facts.to_number,
            to_extension: facts.to_extension,
            line: facts.line,
            group: facts.group,
            created_by: facts.created_by,
            init_type: facts.init_type,
            command_id: facts.command_id,
            recordings: facts.recordings,
        })
    }

    fn outcome(&self) -> Cell {
        match (self.state, self.answered) {
            (Some(state), _) if state != "ended" => Cell::Text(tr("идёт", "going on").into()),
            (_, Some(true)) => Cell::Text(tr("разговор", "talked").into()),
            _ if self.missed => Cell::Warning(tr("пропущен", "missed").into()),
            _ => Cell::text(&self.reason_words),
        }
    }
}

/// What to type to mean this call: `@N`, or its id when it is too far back to have a number.
pub(super) fn call_named(n: Option<usize>, entry_id: &str) -> Cell {
    Cell::Id(n.map_or_else(|| entry_id.to_owned(), |n| format!("@{n}")))
}

impl Row for HistoryRow {
    fn columns() -> Vec<Column> {
        vec![
            ("n", "@"),
            ("started_at", tr("когда", "when")),
            ("direction", ""),
            ("name", tr("кто", "who")),
            ("number", tr("номер", "number")),
            ("employee", tr("доб.", "ext")),
            ("employee_name", tr("сотрудник", "employee")),
            ("line", tr("линия", "line")),
            ("wait", tr("ждали", "wait")),
            ("talk", tr("разговор", "talk")),
            ("outcome", tr("исход", "outcome")),
            ("result", tr("итог", "result")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["line", "wait", "employee_name", "employee"]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            call_named(self.n, &self.entry_id),
            Cell::time(self.started_at),
            self.direction.map_or(Cell::Empty, |direction| Cell::Text(direction.arrow().into())),
            self.name.clone().filter(|name| Some(shown(name)) != self.number.as_deref().map(shown)).map_or(Cell::Empty, Cell::Text),
            Cell::number(&self.number),
            Cell::text(&self.employee),
            Cell::text(&self.employee_name),
            Cell::number(&self.line),
            Cell::seconds(self.wait),
            Cell::seconds(self.talk),
            self.outcome(),
            Cell::text(&self.result),
        ]
    }
}
