//! `mango recording list`: which conversations were recorded.

use serde::Serialize;

use super::super::history::{Chosen, HistoryRow, bring_up_to_date, call_named};
use crate::args;
use crate::context::Context;
use crate::error::Result;
use crate::journal::Direction;
use crate::phone::shown;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Recordings shown unless a number or a period is named.
const USUAL_LIMIT: u64 = 20;

/// Arguments of `recording list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(short = 'n', long, value_name = "N", value_parser = args::count, allow_hyphen_values = true, help = tr("Не больше N записей [20; с --since или --until — все]", "At most N recordings [20; all with --since or --until]"))]
    limit: Option<u64>,
    #[command(flatten)]
    chosen: Chosen,
    #[arg(long, help = tr("Не обращаться к АТС, ответить по журналу", "Answer from the journal without asking the PBX"))]
    offline: bool,
}

/// Runs it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let filter = args.chosen.filter(ctx)?;
    let period = filter.since.is_some() || filter.until.is_some();
    let limit = args.limit.or((!period).then_some(USUAL_LIMIT)).unwrap_or(u64::MAX);
    bring_up_to_date(args.offline, &filter, ctx, ui).await?;
    let contacts = ctx.contacts()?;
    let mut rows = ui.rows::<RecordingRow>()?;
    let mut n = 0;
    ctx.journal()?.noted_calls(&filter, &mut |place, entry, _| {
        if entry.facts.recordings.is_empty() || n >= limit {
            return Ok(());
        }
        let call = HistoryRow::new(place, entry, None, &contacts)?;
        for recording_id in &call.recordings {
            n += 1;
            if n <= limit {
                rows.row(&RecordingRow::new(recording_id.clone(), &call))?;
            }
        }
        Ok(())
    })?;
    rows.end()?;
    if n == 0 {
        ui.note(tr("Записей не нашлось.", "No recordings found."));
    }
    Ok(())
}

/// A recording in a list; its JSON keys are a contract.
#[derive(Serialize)]
struct RecordingRow {
    n: Option<usize>,
    recording_id: String,
    entry_id: String,
    #[serde(serialize_with = "moment")]
    started_at: Option<i64>,
    direction: Option<Direction>,
    name: Option<String>,
    number: Option<String>,
    employee: Option<String>,
    employee_name: Option<String>,
    talk: Option<i64>,
}

impl RecordingRow {
    fn new(recording_id: String, call: &HistoryRow) -> RecordingRow {
        RecordingRow {
            n: call.n,
            recording_id,
            entry_id: call.entry_id.clone(),
            started_at: call.started_at,
            direction: call.direction,
            name: call.name.clone(),
            number: call.number.clone(),
            employee: call.employee.clone(),
            employee_name: call.employee_name.clone(),
            talk: call.talk,
        }
    }
}

impl Row for RecordingRow {
    fn columns() -> Vec<Column> {
        vec![
            ("n", "@"),
            ("started_at", tr("когда", "when")),
            ("direction", ""),
            ("name", tr("кто", "who")),
            ("number", tr("номер", "number")),
            ("employee", tr("доб.", "ext")),
            ("employee_name", tr("сотрудник", "employee")),
            ("talk", tr("разговор", "talk")),
            ("entry_id", tr("звонок", "call")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["entry_id", "employee_name", "employee"]
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
            Cell::seconds(self.talk),
            Cell::Id(self.entry_id.clone()),
        ]
    }
}
