//! `mango transfer WHO`: the other side goes to somebody else, after a word with him or at once.

use clap_complete::ArgValueCompleter;

use super::live_call::{self, LiveCall, Needed, consultation, consulting};
use super::order;
use super::who::{self, Who};
use crate::completion;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Entry, Leg, State};
use crate::pbx::commands::{Connect, Transfer, TransferMethod};
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `transfer`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(required_unless_present_any = ["connect", "cancel"], value_name = tr("КОМУ", "WHO"), help = tr("Коллега, человек из контактов или номер", "A colleague, a person from the contacts, or a number"), add = ArgValueCompleter::new(completion::people))]
    who: Vec<String>,
    #[arg(long, value_name = tr("ЗВОНОК", "CALL"), help = tr("Какой звонок [мой единственный]", "Which call [my only one]"), add = ArgValueCompleter::new(completion::live_calls))]
    call: Option<String>,
    #[arg(long, conflicts_with_all = ["connect", "cancel"], help = tr("Вслепую: сразу, не поговорив с КОМУ", "Blind: at once, without talking to WHO"))]
    blind: bool,
    #[arg(long, conflicts_with = "cancel", help = tr("Завершить перевод: соединить собеседника с КОМУ", "Complete the transfer: join the held party and WHO"))]
    connect: bool,
    #[arg(long, help = tr("Отменить перевод и вернуться к собеседнику", "Cancel the transfer and go back to the held party"))]
    cancel: bool,
    #[arg(short, long, help = tr("Не спрашивать: первый номер человека", "Do not ask: a person's first number"))]
    yes: bool,
}

impl Args {
    /// To somebody named in answer to a question.
    pub(super) fn to(who: String) -> Args {
        Args { who: vec![who], call: None, blind: false, connect: false, cancel: false, yes: false }
    }
}

/// Runs it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let call = LiveCall::of(args.call.clone());
    if args.connect {
        return connect(&call, ctx, ui).await;
    }
    if args.cancel {
        return cancel(&call, ctx, ui).await;
    }
    pass_on(args, &call, ctx, ui).await
}

async fn pass_on(args: Args, call: &LiveCall, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (entry, leg) = call.find(Needed::Talking, ctx)?;
    if consultation(&ctx.journal()?.legs(&entry)?).is_some() {
        return Err(Error::NoLiveCall { said: consulting() });
    }
    let callee = who::one(&Who::of(args.who), args.yes, ctx, ui).await?;
    let initiator = initiator(&leg, ctx)?;
    if leg.is_of(callee.dial.wire()) || [&leg.from_number, &leg.to_number].into_iter().flatten().any(|number| number == callee.dial.wire())
    {
        return Err(Error::Usage(tr(
            format!("{callee} и так участвует в этом звонке"),
            format!("{callee} takes part in this call already"),
        )));
    }
    if !args.yes {
        who::is_dialled_on_purpose(&callee.dial, ctx, ui).await?;
    }
    let blind = args.blind || ctx.config.blind_transfer;
    let (method, done) = match blind {
        true => (TransferMethod::Blind, tr(format!("Перевожу: {callee}."), format!("Transferring to {callee}."))),
        false => (
            TransferMethod::Consultative,
            tr(
                format!("Звоню: {callee}; собеседник на удержании. Соединить их: mango transfer --connect, вернуться: --cancel."),
                format!("Calling {callee}; the other side is on hold. To join them: mango transfer --connect; to go back: --cancel."),
            ),
        ),
    };
    let to_number = callee.dial.wire().to_owned();
    let sent = order::on_leg(ctx, ui, "commands/transfer", (&entry, &leg), &done, async |pbx, id, call_id| {
        let order = Transfer { command_id: id.clone(), call_id: call_id.to_owned(), method, to_number, initiator };
        pbx.transfer(&order).await
    });
    sent.await.map_err(|error| outside(error, &callee.dial))
}

/// A refusal of an outside number is most often a switch in the account.
fn outside(error: Error, to: &Dial) -> Error {
    match (error, to) {
        (Error::Refused { code, .. }, Dial::Phone(_)) if !code.is_invalid_request() && code.0 != 4101 => Error::OutsideTransfer { code },
        (error, _) => error,
    }
}

async fn connect(call: &LiveCall, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (entry, held) = call.find(Needed::Held, ctx)?;
    let consulted = answered(&entry, &held, ctx)?;
    let transfer_initiator_number = consulted.from_number.clone().or(consulted.from_extension.clone()).unwrap_or_default();
    let done = tr("Соединены.", "Connected.");
    order::on_leg(ctx, ui, "commands/calls_connect", (&entry, &consulted), done, async |pbx, id, call_id| {
        let holded_call_id = held.call_id.clone().unwrap_or_default();
        pbx.connect(&Connect { command_id: id.clone(), holded_call_id, transferred_call_id: call_id.to_owned(), transfer_initiator_number })
            .await
    })
    .await
}

/// A consultation goes back to the held party; a blind transfer that is not answered yet, too, by ending its leg (vpbx-core §4.8).
async fn cancel(call: &LiveCall, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let done = tr("Перевод отменён.", "The transfer is cancelled.");
    match call.find(Needed::Held, ctx) {
        Ok((entry, held)) => {
            let post = async |pbx: &crate::pbx::client::Client, id: &_, call_id: &str| pbx.cancel_transfer(id, call_id).await;
            order::on_leg(ctx, ui, "commands/transfer_cancel", (&entry, &held), done, post).await
        }
        Err(Error::NoLiveCall { .. }) => {
            let (entry, leg) = passed_on(call, ctx)?;
            let post = async |pbx: &crate::pbx::client::Client, id: &_, call_id: &str| pbx.hangup(id, call_id).await;
            order::on_leg(ctx, ui, "commands/call/hangup", (&entry, &leg), done, post).await
        }
        Err(error) => Err(error),
    }
}

/// The leg on which the held party's place is prepared, once somebody has answered there: the PBX joins nobody earlier (vpbx-core §4.9).
fn answered(entry: &Entry, held: &Leg, ctx: &Context) -> Result<Leg> {
    let legs = ctx.journal()?.legs(entry)?;
    let said = match consultation(&legs).filter(|(own, _)| own.call_id == held.call_id) {
        Some((_, leg)) if leg.state == Some(State::Talking) => return Ok(leg.clone()),
        Some(_) => tr(
            "там ещё не ответили: дождитесь ответа или вернитесь (--cancel)",
            "nobody has answered there yet: wait, or go back (--cancel)",
        ),
        None => tr("вы сейчас ни с кем не советуетесь", "you are consulting nobody now"),
    };
    Err(Error::NoLiveCall { said })
}

/// The ringing leg of a blind transfer that I began, of the call that was named or of all that are running.
fn passed_on(call: &LiveCall, ctx: &Context) -> Result<(Entry, Leg)> {
    let journal = ctx.journal()?;
    let me = ctx.config.extension.as_deref().ok_or(Error::NoExtension)?;
    let running = match call.named(ctx)? {
        Some(entry) => vec![entry],
        None => journal.live(None)?,
    };
    let mut found = Vec::new();
    for entry in running {
        let legs = journal.legs(&entry)?;
        let began = |leg: &Leg| legs.iter().any(|from| from.call_id.is_some() && from.call_id == leg.taken_from && from.is_of(me));
        let ringing = |leg: &&Leg| leg.state == Some(State::Ringing) && leg.transfer.as_deref() == Some("blind") && began(leg);
        found.extend(legs.iter().rev().find(ringing).map(|leg| (entry, leg.clone())));
    }
    live_call::only(found, || tr("вы сейчас никого не переводите", "you are transferring nobody now"))
}

/// The value of my party on a leg, as the PBX wants it (vpbx-core §4.8).
pub(super) fn initiator(leg: &Leg, ctx: &Context) -> Result<String> {
    let me = ctx.config.extension.clone().ok_or(Error::NoExtension)?;
    match leg.is_of(&me) {
        true => Ok(me),
        // Somebody else's call: on his behalf.
        false => leg.to_extension.clone().or(leg.from_extension.clone()).ok_or(Error::NoExtension),
    }
}
