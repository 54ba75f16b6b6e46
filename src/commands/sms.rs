//! `mango sms WHO TEXT`: a text message to a person or a number.

use std::io::Read;
use std::time::Duration;

use clap_complete::ArgValueCompleter;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::order;
use super::who::{self, Who};
use crate::args;
use crate::completion;
use crate::contacts::Callee;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pbx::code::ResultCode;
use crate::pbx::commands::{CommandId, Sms};
use crate::phone::Dial;
use crate::text::{plural, tr};
use crate::ui::{Cell, Column, Row, Ui};

/// How often the journal is looked at while waiting.
const LOOK: Duration = Duration::from_millis(100);

/// Arguments of `sms`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("КОМУ", "WHO"), help = tr("Имя или его часть, номер; @N — с кем был N-й звонок в истории", "Name or part of it, number; @N is whoever the N-th call in history was with"), add = ArgValueCompleter::new(completion::people))]
    who: String,
    #[arg(required = true, value_name = tr("ТЕКСТ", "TEXT"), help = tr("До 268 знаков, латиницей до 612; - — прочитать из stdin", "Up to 612 characters, 268 unless all are Latin; - reads stdin"))]
    text: Vec<String>,
    #[arg(long, value_name = tr("ДОБ", "EXT"), help = tr("Добавочный, за счёт которого отправить [мой]", "The extension that is billed [mine]"))]
    from: Option<String>,
    #[arg(long, value_name = tr("ИМЯ", "NAME"), default_value = "", hide_default_value = true, help = tr("Имя отправителя, разрешённое АТС [выбранное в личном кабинете]", "Sender's name that the PBX allows [the one chosen in the personal account]"))]
    sender: String,
    #[arg(long, value_name = tr("СЕК", "SEC"), num_args = 0..=1, require_equals = true, default_missing_value = "60", value_parser = args::some_seconds, help = tr("Дождаться доставки, не дольше СЕК секунд [60]", "Wait for the delivery, SEC seconds at most [60]"))]
    wait: Option<u64>,
    #[arg(long, help = tr("Показать запрос и не отправлять", "Show the request and do not send"))]
    dry_run: bool,
    #[arg(short, long, help = tr("Не переспрашивать: взять первый номер человека", "Do not ask: take a person's first number"))]
    yes: bool,
}

/// Runs it. Errors: 2, 3 before anything is sent; 5, 6 when nothing is sent, or it did not arrive; 8 not known.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (text, segments) = text(&args.text)?;
    if args.sender.len() > 128 {
        return Err(Error::Usage(tr("имя отправителя длиннее 128 байт", "the sender's name is longer than 128 bytes").into()));
    }
    let callee = who::one(&Who::of(vec![args.who]), args.yes, ctx, ui).await?;
    let Dial::Phone(to) = &callee.dial else { return Err(not_a_telephone(&callee.dial)) };
    let from_extension = args.from.or(ctx.config.extension.clone()).ok_or(Error::NoExtension)?;
    let command_id = CommandId::fresh();
    let sms = Sms { command_id, text, from_extension, to_number: to.digits().into(), sms_sender: args.sender };
    if args.dry_run {
        return ui.one(&order::Preview::of("commands/sms", &sms));
    }
    who::is_employee(&sms.from_extension, ctx).await?;
    let sent = order::send(ctx, &sms.command_id, "commands/sms", &sms.to_number, async |pbx| pbx.sms(&sms).await).await;
    sent.map_err(|error| match error {
        Error::Unknown { detail } => Error::SmsUnknown { detail },
        error => error,
    })?;
    ui.note(&sent_to(&callee, segments));
    let delivery = match args.wait {
        Some(patience) => {
            let heard = delivery(&sms.command_id, patience, ctx).await;
            Some(heard.map_err(|error| order::not_known(error, Error::SmsUnconfirmed))?)
        }
        None => None,
    };
    if !ui.is_for_a_person() {
        ui.one(&Sent::new(&sms, &callee, segments, delivery))?;
    }
    match delivery {
        None => Ok(()),
        Some(code) if code.is_accepted() => {
            ui.note(tr("Доставлено.", "Delivered."));
            Ok(())
        }
        Some(code) => Err(Error::Refused { code, text: None, fields: Vec::new() }),
    }
}

/// The words, or stdin, and in how many messages they go out.
fn text(words: &[String]) -> Result<(String, usize)> {
    let mut text = words.join(" ");
    if text == "-" {
        text.clear();
        let read = std::io::stdin().take(64 * 1024).read_to_string(&mut text);
        read.map_err(|source| Error::Io { path: "stdin".into(), source })?;
    }
    let text = text.trim();
    let segments = Sms::segments(text).ok_or_else(|| {
        let length = text.chars().count();
        Error::Usage(match length {
            0 => tr("текст SMS пуст", "the text of the message is empty").into(),
            _ => tr(
                format!("в SMS {length} знаков, а помещается 268, одной латиницей — 612"),
                format!("the message has {length} characters; 268 fit, 612 if all of them are Latin"),
            ),
        })
    })?;
    Ok((text.to_owned(), segments))
}

/// The PBX sends to telephones alone (vpbx-core §4.4).
fn not_a_telephone(dial: &Dial) -> Error {
    Error::Usage(tr(
        format!("SMS отправляют на обычный номер, а {dial} — внутренний или SIP"),
        format!("a message goes to a telephone number, and {dial} is an extension or a SIP address"),
    ))
}

fn sent_to(callee: &Callee, segments: usize) -> String {
    if segments == 1 {
        return tr(format!("SMS отправлено: {callee}."), format!("Message sent: {callee}."));
    }
    let parts = plural(segments as u64, ["часть", "части", "частей"], ["part", "parts"]);
    tr(format!("SMS отправлено ({parts}): {callee}."), format!("Message sent in {parts}: {callee}."))
}

/// Waits until the PBX says whether it arrived. Errors: 6 when the PBX would not send it, 8 when nothing is heard.
async fn delivery(id: &CommandId, patience: u64, ctx: &Context) -> Result<ResultCode> {
    let journal = ctx.journal()?;
    if !journal.somebody_listens()? {
        return Err(Error::SmsUnconfirmed);
    }
    let give_up = Instant::now() + Duration::from_secs(patience);
    while Instant::now() < give_up {
        if let Some(code) = journal.delivery_of(id)? {
            return Ok(ResultCode(code));
        }
        if let Some(code) = journal.result_of(id)?.map(ResultCode).filter(|code| !code.is_accepted()) {
            return Ok(code);
        }
        sleep(LOOK).await;
    }
    Err(Error::SmsUnconfirmed)
}

/// What `sms` tells programs.
#[derive(Serialize)]
struct Sent {
    command_id: String,
    to_number: String,
    to_name: Option<String>,
    kind: Option<&'static str>,
    segments: usize,
    delivered: Option<bool>,
    reason: Option<i64>,
}

impl Sent {
    fn new(sms: &Sms, callee: &Callee, segments: usize, delivery: Option<ResultCode>) -> Sent {
        Sent {
            command_id: sms.command_id.0.clone(),
            to_number: sms.to_number.clone(),
            to_name: callee.name.clone(),
            kind: callee.kind.map(|kind| kind.key()),
            segments,
            delivered: delivery.map(ResultCode::is_accepted),
            reason: delivery.map(|code| code.0),
        }
    }
}

impl Row for Sent {
    fn columns() -> Vec<Column> {
        vec![
            ("command_id", tr("команда", "command")),
            ("to_number", tr("номер", "number")),
            ("to_name", tr("кто", "who")),
            ("segments", tr("частей", "parts")),
            ("delivered", tr("дошло", "delivered")),
            ("reason", tr("код", "code")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.command_id.clone()),
            Cell::Number(self.to_number.clone()),
            Cell::text(&self.to_name),
            Cell::Count(self.segments as i64),
            self.delivered.map_or(Cell::Empty, |delivered| Cell::Text(delivered.to_string())),
            self.reason.map_or(Cell::Empty, Cell::Count),
        ]
    }
}
