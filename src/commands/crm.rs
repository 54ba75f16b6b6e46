//! `mango crm`: the calls that are to be written into the CRM, sent now or only shown.

use clap::Subcommand;
use serde::Serialize;

use crate::context::Context;
use crate::crm::{self, Outcome, Which};
use crate::error::{Error, Result};
use crate::journal::{Direction, Entry};
use crate::text::{plural, tr};
use crate::time::{self, Edge, now, zone};
use crate::ui::{Cell, Column, Row, Ui, moment};

/// What can be done.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Push
    #[command(about = tr("Отправить в BPMSoft звонки, которые ещё не отправлены", "Send the calls that BPMSoft does not have yet"))]
    Push(Push),
}

/// Arguments of `crm push`.
#[derive(clap::Args, Debug)]
pub struct Push {
    #[arg(long, value_name = tr("ВРЕМЯ", "T"), help = tr("И звонки начиная с этого времени, хотя бы и до подключения CRM", "Also calls from this time on, even before the CRM was set up"))]
    since: Option<String>,
    #[arg(long, help = tr("Только показать, что было бы отправлено", "Only show what would be sent"))]
    dry_run: bool,
}

/// Runs it. Errors: 4 without CRM or password, 5 when the CRM is away, 6 when it refused a call; what was not sent waits.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let Command::Push(args) = command;
    if !crm::is_on(&ctx.config) {
        return Err(match ctx.config.contacts {
            crate::contacts::place::Place::Bpmsoft => Error::Usage(
                tr("crm_calls = never: звонки в CRM не пишутся", "crm_calls = never: no calls are written into the CRM").into(),
            ),
            _ => Error::NoCrm { profile: ctx.config.profile.clone() },
        });
    }
    let journal = ctx.journal()?;
    let since = args.since.as_deref().map(|since| time::parse(since, Edge::Since, now(), &zone())).transpose()?;
    time::period(since, None, now())?;
    journal.queue_calls(since.map_or_else(|| journal.crm_since(), |since| Ok(since.as_second()))?)?;
    if args.dry_run {
        let mut rows = ui.rows::<Pushed>()?;
        let mut last = 0;
        while let Some(waiting) = journal.next_waiting(last, true)? {
            last = waiting.entry.id;
            rows.row(&Pushed::of(&waiting.entry, "waiting", None, None))?;
        }
        return rows.end();
    }
    let (mut sent, mut failure) = (0, None);
    let mut rows = ui.rows::<Pushed>()?;
    let mut each = |entry: &Entry, outcome: Outcome| match outcome {
        Outcome::Sent(id) => {
            sent += 1;
            rows.row(&Pushed::of(entry, "sent", Some(id.to_string()), None))
        }
        Outcome::Failed(error) => {
            let row = Pushed::of(entry, "failed", None, Some(error.message()));
            failure = Some(error);
            rows.row(&row)
        }
    };
    let pushed = crm::push(ctx, Which::All, &mut each).await;
    rows.end()?;
    pushed?;
    let left = journal.outbox()?.waiting;
    ui.note(&tr(
        format!("Отправлено: {}; ждут: {left}.", plural(sent, ["звонок", "звонка", "звонков"], ["call", "calls"])),
        format!("Sent: {}; waiting: {left}.", plural(sent, ["звонок", "звонка", "звонков"], ["call", "calls"])),
    ));
    failure.map_or(Ok(()), Err)
}

/// A call on its way.
#[derive(Serialize)]
struct Pushed {
    entry_id: String,
    #[serde(serialize_with = "moment")]
    started_at: Option<i64>,
    direction: Option<Direction>,
    number: Option<String>,
    outcome: &'static str,
    crm_id: Option<String>,
    error: Option<String>,
}

impl Pushed {
    fn of(entry: &Entry, outcome: &'static str, crm_id: Option<String>, error: Option<String>) -> Pushed {
        Pushed {
            entry_id: entry.entry_id.clone(),
            started_at: entry.facts.started_at,
            direction: entry.facts.direction,
            number: entry.facts.other_number().map(str::to_owned),
            outcome,
            crm_id,
            error,
        }
    }
}

impl Row for Pushed {
    fn columns() -> Vec<Column> {
        vec![
            ("started_at", tr("начало", "started")),
            ("direction", tr("направление", "direction")),
            ("number", tr("номер", "number")),
            ("outcome", tr("что с ним", "outcome")),
            ("error", tr("почему", "why")),
            ("crm_id", tr("запись CRM", "CRM row")),
            ("entry_id", tr("звонок", "call")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let outcome = match self.outcome {
            "sent" => tr("отправлен", "sent"),
            "failed" => tr("не принят", "refused"),
            _ => tr("ждёт", "waits"),
        };
        vec![
            Cell::time(self.started_at),
            self.direction
                .map_or(Cell::Empty, |direction| Cell::Told { people: direction.word().into(), programs: direction.key().into() }),
            Cell::number(&self.number),
            Cell::Told { people: outcome.into(), programs: self.outcome.into() },
            Cell::text(&self.error),
            Cell::text(&self.crm_id),
            Cell::Id(self.entry_id.clone()),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["crm_id", "entry_id"]
    }
}
