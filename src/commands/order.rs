//! Orders on their way to the PBX: remembered before they leave, sent at most once, their outcome heard.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Entry, Leg, Outcome};
use crate::pbx::client::Client;
use crate::pbx::code::ResultCode;
use crate::pbx::commands::CommandId;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The outcome of an order is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Remembers the order, sends it at most once, remembers what came of it.
pub(super) async fn send(
    ctx: &Context,
    id: &CommandId,
    command: &str,
    target: &str,
    post: impl AsyncFnOnce(&Client) -> Result<()>,
) -> Result<()> {
    let client = ctx.client().await?;
    let journal = ctx.journal()?;
    journal.sent(id, command, target)?;
    let sent = post(client).await;
    let (outcome, code) = match &sent {
        Ok(()) => (Outcome::Accepted, None),
        Err(error) => (Outcome::of(error), error.result_code()),
    };
    // It has left: what came of it counts, not whether the journal could be told.
    if let Err(error) = journal.came_of(id, outcome, code) {
        tracing::error!("{}", error.message());
    }
    sent
}

/// A journal that fails behind an order that has left: then nothing is known of it, which is never as if nothing had been sent.
pub(super) fn not_known(error: Error, unconfirmed: Error) -> Error {
    if !matches!(error, Error::Store { .. }) {
        return error;
    }
    tracing::error!("{}", error.message());
    unconfirmed
}

/// Waits for the PBX's word on an order, `result/…`.
async fn confirmed(ctx: &Context, id: &CommandId) -> Result<()> {
    let journal = ctx.journal()?;
    let give_up = Instant::now() + ctx.config.timeout.min(PATIENCE);
    while Instant::now() < give_up {
        match journal.result_of(id)?.map(ResultCode) {
            Some(code) if code.is_accepted() => return Ok(()),
            Some(code) => return Err(Error::Refused { code, text: None, fields: Vec::new() }),
            None => sleep(LOOK).await,
        }
    }
    Err(Error::Unconfirmed { listening: true })
}

/// An order on a leg, sent and confirmed; tells `done` or, to programs, what was done.
pub(super) async fn on_leg(
    ctx: &Context,
    ui: &mut Ui,
    command: &'static str,
    (entry, leg): (&Entry, &Leg),
    done: &str,
    post: impl AsyncFnOnce(&Client, &CommandId, &str) -> Result<()>,
) -> Result<()> {
    let id = CommandId::fresh();
    let call_id = leg.call_id.clone().unwrap_or_default();
    send(ctx, &id, command, &call_id, async |client| post(client, &id, &call_id).await).await?;
    confirmed(ctx, &id).await.map_err(|error| not_known(error, Error::Unconfirmed { listening: true }))?;
    ui.note(done);
    match ui.is_for_a_person() {
        true => Ok(()),
        false => ui.one(&Done { command, command_id: id.0, entry_id: entry.entry_id.clone(), call_id }),
    }
}

/// What was done, for programs.
#[derive(Serialize)]
struct Done {
    command: &'static str,
    command_id: String,
    entry_id: String,
    call_id: String,
}

impl Row for Done {
    fn columns() -> Vec<Column> {
        vec![
            ("command", tr("команда", "command")),
            ("command_id", tr("запрос", "request")),
            ("entry_id", tr("звонок", "call")),
            ("call_id", tr("плечо", "leg")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        [self.command, &self.command_id, &self.entry_id, &self.call_id].map(|text| Cell::Text(text.to_owned())).into()
    }
}

/// What `--dry-run` shows.
#[derive(Serialize)]
pub(super) struct Preview {
    path: &'static str,
    json: serde_json::Value,
}

impl Preview {
    pub(super) fn of(path: &'static str, order: &impl Serialize) -> Preview {
        Preview { path, json: serde_json::to_value(order).unwrap_or_default() }
    }
}

impl Row for Preview {
    fn columns() -> Vec<Column> {
        vec![("path", tr("путь", "path")), ("json", "JSON")]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Text(self.path.into()), Cell::Text(self.json.to_string())]
    }
}
