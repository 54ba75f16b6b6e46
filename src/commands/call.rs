//! `mango call WHO`: my telephone rings, then theirs.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::order::Preview;
use super::who::{self, Who};
use super::{note, order};
use crate::args;
use crate::contacts::Callee;
use crate::context::Context;
use crate::error::{Error, NotAnswered, NumberFault, Result};
use crate::journal::{Entry, Journal, State};
use crate::pbx::code::ResultCode;
use crate::pbx::commands::{Callback, CallbackFrom, CallbackGroup, CommandId, SipHeaders};
use crate::phone::Dial;
use crate::text::tr;
use crate::time::duration;
use crate::ui::{Cell, Column, Row, Ui};

/// How often the journal is looked at while waiting.
const LOOK: Duration = Duration::from_millis(100);

/// Arguments of `call`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    who: Who,
    #[arg(long, value_name = tr("ДОБ", "EXT"), help = tr("Мой добавочный: этот телефон зазвонит первым", "My extension: this phone rings first"))]
    from: Option<String>,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Звонить мне на этот номер вместо обычного", "Ring me on this number instead of my usual one"))]
    from_number: Option<String>,
    #[arg(long, value_name = tr("ЛИНИЯ", "LINE"), help = tr("Линия: её номер увидит собеседник", "Line: its number is what the other side sees"))]
    line: Option<String>,
    #[arg(long, value_name = tr("ДОБ", "EXT"), conflicts_with_all = ["from", "from_number", "auto_answer"], help = tr("Сначала зазвонит эта группа, потом КОМУ; нужна линия", "This group rings first, then WHO; needs a line"))]
    group: Option<String>,
    #[arg(long, value_name = tr("СЕК", "SEC"), num_args = 0..=1, require_equals = true, default_missing_value = "0", value_parser = args::some_seconds, help = tr("Мой телефон снимет трубку сам: сразу или через СЕК секунд", "My phone picks up by itself, at once or after SEC seconds"))]
    auto_answer: Option<u64>,
    #[arg(long, value_name = tr("СЕК", "SEC"), num_args = 0..=1, require_equals = true, default_missing_value = "180", value_parser = args::some_seconds, help = tr("Дождаться конца звонка; ответа ждать не дольше СЕК секунд [180]", "Wait for the call to end; give up without an answer after SEC seconds [180]"))]
    wait: Option<u64>,
    #[arg(long, help = tr("Показать запрос и не звонить", "Show the request and do not call"))]
    dry_run: bool,
    #[arg(short, long, help = tr("Не переспрашивать: взять первый номер человека, звонить и в экстренную службу, и на короткий номер, которого на АТС нет", "Do not ask: take a person's first number, dial an emergency number and one that the PBX does not have"))]
    yes: bool,
}

/// Runs it. Errors: 2, 3 before anything is sent; 5, 6 when nothing rings; 7 no conversation; 8 not known.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let callee = who::one(&args.who, args.yes, ctx, ui).await?;
    let order = Order::decide(&args, &callee.dial, ctx);
    if matches!(order, Err(Error::NoExtension)) && !args.dry_run {
        // Whoever has not logged in yet hears of that first.
        ctx.client().await?;
    }
    let order = order?;
    if args.dry_run {
        return ui.one(&order.preview());
    }
    if !args.yes {
        who::is_dialled_on_purpose(&callee.dial, ctx, ui).await?;
    }
    order.check(ctx).await?;
    order.send(ctx).await?;
    ui.note(&order.announcement(&callee));
    let journal = ctx.journal()?;
    let entry = match args.wait {
        None => None,
        Some(patience) => {
            let followed = follow(journal, order.id(), patience, ui).await;
            Some(followed.map_err(|error| order::not_known(error, Error::Unconfirmed { listening: true }))?)
        }
    };
    if !ui.is_for_a_person() {
        ui.one(&Made::new(&order, &callee, entry.as_ref()))?;
    }
    let Some(entry) = entry else { return Ok(()) };
    outcome(&entry)?;
    offer_a_note(&entry, ctx, ui).await
}

/// After a conversation, to a person. Results that cannot be asked for now do not make the call a failure.
async fn offer_a_note(entry: &Entry, ctx: &Context, ui: &Ui) -> Result<()> {
    if !ui.is_for_a_person() || !ui.can_ask() {
        return Ok(());
    }
    match note::ask(entry, ctx, ui).await {
        Err(error @ (Error::Interrupted | Error::Store { .. })) => Err(error),
        Err(error) => {
            ui.note(&error.message());
            Ok(())
        }
        done => done,
    }
}

/// What will be sent.
enum Order {
    Employee(Callback),
    Group(CallbackGroup),
}

impl Order {
    /// Checks and decides everything here, because a refused request costs (vpbx-core §2).
    fn decide(args: &Args, to: &Dial, ctx: &Context) -> Result<Order> {
        let line = args.line.clone().or(ctx.config.line.clone()).map(|line| line_number(&line)).transpose()?;
        let to_number = to.wire().to_owned();
        if let Some(group) = &args.group {
            let line_number = line
                .ok_or_else(|| Error::Usage(tr("для --group нужна линия: --line НОМЕР", "--group needs a line: --line NUMBER").into()))?;
            return Ok(Order::Group(CallbackGroup { command_id: CommandId::fresh(), from: extension(group)?, to: to_number, line_number }));
        }
        let own = args.from.clone().or(ctx.config.extension.clone()).ok_or(Error::NoExtension)?;
        let number = args.from_number.as_deref().map(own_number).transpose()?;
        if to_number == extension(&own)? || number.as_ref() == Some(&to_number) {
            let said = tr(format!("{to_number} — ваш собственный телефон"), format!("{to_number} is your own telephone"));
            return Err(Error::Usage(said));
        }
        let sip_headers = args.auto_answer.map(|seconds| SipHeaders { answer_after: seconds.to_string() });
        let from = CallbackFrom { extension: extension(&own)?, number };
        Ok(Order::Employee(Callback { command_id: CommandId::fresh(), from, to_number, line_number: line, sip_headers }))
    }

    /// An extension, a group or a line that the PBX does not have would be a refused request, and those cost (vpbx-core §2).
    async fn check(&self, ctx: &Context) -> Result<()> {
        let line = match self {
            Order::Employee(callback) => {
                who::is_employee(&callback.from.extension, ctx).await?;
                callback.line_number.as_ref()
            }
            Order::Group(callback) => {
                who::is_group(&callback.from, ctx).await?;
                Some(&callback.line_number)
            }
        };
        match line {
            Some(line) => who::is_line(line, ctx).await,
            None => Ok(()),
        }
    }

    fn id(&self) -> &CommandId {
        match self {
            Order::Employee(callback) => &callback.command_id,
            Order::Group(callback) => &callback.command_id,
        }
    }

    fn path(&self) -> &'static str {
        match self {
            Order::Employee(_) => "commands/callback",
            Order::Group(_) => "commands/callback_group",
        }
    }

    fn preview(&self) -> Preview {
        match self {
            Order::Employee(callback) => Preview::of(self.path(), callback),
            Order::Group(callback) => Preview::of(self.path(), callback),
        }
    }

    async fn send(&self, ctx: &Context) -> Result<()> {
        match self {
            Order::Employee(callback) => {
                order::send(ctx, self.id(), self.path(), &callback.to_number, async |client| client.callback(callback).await).await
            }
            Order::Group(callback) => {
                order::send(ctx, self.id(), self.path(), &callback.to, async |client| client.callback_group(callback).await).await
            }
        }
    }

    fn announcement(&self, callee: &Callee) -> String {
        match self {
            Order::Employee(callback) if callback.sip_headers.is_some() => tr(format!("Звоню: {callee}."), format!("Calling {callee}.")),
            Order::Employee(_) => tr(format!("Звоню: {callee}. Снимите трубку."), format!("Calling {callee}. Pick up your phone.")),
            Order::Group(callback) => {
                let group = &callback.from;
                tr(format!("Звоню: группа {group}, затем {callee}."), format!("Calling group {group}, then {callee}."))
            }
        }
    }
}

fn extension(text: &str) -> Result<String> {
    match Dial::parse(text)? {
        Dial::Extension(extension) => Ok(extension),
        _ => Err(Error::Usage(tr(format!("«{text}» — не добавочный"), format!("'{text}' is not an extension")))),
    }
}

/// A number of mine that is not short: the PBX allows no short or group number there (vpbx-core §4.1).
fn own_number(text: &str) -> Result<String> {
    match Dial::parse(text)? {
        Dial::Extension(_) => Err(Error::Number { input: text.to_owned(), fault: NumberFault::TooShort }),
        dial => Ok(dial.wire().to_owned()),
    }
}

/// Longer names of lines are refused (vpbx-core §4.1).
const LONGEST_LINE: usize = 128;

fn line_number(text: &str) -> Result<String> {
    match who::line(text)? {
        line if line.len() > LONGEST_LINE => Err(Error::Number { input: text.to_owned(), fault: NumberFault::TooLongForThePbx }),
        line => Ok(line),
    }
}

/// Tells how the call goes until it has ended.
async fn follow(journal: &Journal, id: &CommandId, patience: u64, ui: &Ui) -> Result<Entry> {
    if !journal.somebody_listens()? {
        return Err(Error::Unconfirmed { listening: false });
    }
    let give_up = Instant::now() + Duration::from_secs(patience);
    let mut told = None;
    loop {
        if let Some(code) = journal.result_of(id)?.map(ResultCode).filter(|code| !code.is_accepted()) {
            return Err(Error::Refused { code, text: None, fields: Vec::new() });
        }
        let entry = journal.call_of(id)?;
        let stage = entry.as_ref().map(|entry| Stage::of(entry, journal)).transpose()?;
        if let (Some(entry), Some(stage)) = (&entry, stage.filter(|stage| told != Some(*stage))) {
            stage.sentence(entry).inspect(|sentence| ui.note(sentence));
            told = Some(stage);
        }
        match entry {
            Some(entry) if stage == Some(Stage::Ended) => return Ok(entry),
            _ if stage != Some(Stage::Talking) && Instant::now() > give_up => return Err(Error::Unconfirmed { listening: true }),
            _ => sleep(LOOK).await,
        }
    }
}

/// How far a call of mine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// My telephone
    RingsMe,
    /// The other one
    RingsThem,
    Talking,
    Ended,
}

impl Stage {
    fn of(entry: &Entry, journal: &Journal) -> Result<Stage> {
        Ok(match entry.facts.state {
            Some(State::Ended) => Stage::Ended,
            Some(State::Talking | State::Held) => Stage::Talking,
            _ if journal.legs(entry)?.len() > 1 => Stage::RingsThem,
            _ => Stage::RingsMe,
        })
    }

    /// What is said of it; a call without a conversation ends with an error, which says enough.
    fn sentence(self, entry: &Entry) -> Option<String> {
        let talk = || duration(entry.facts.talk.unwrap_or(0));
        match self {
            Stage::RingsMe => Some(tr("Звонит ваш телефон.", "Your phone is ringing.").into()),
            Stage::RingsThem => Some(tr("Гудки…", "Ringing…").into()),
            Stage::Talking => Some(tr("Разговор.", "Talking.").into()),
            Stage::Ended if entry.facts.answered != Some(true) => None,
            Stage::Ended => Some(tr(format!("Звонок окончен, разговор {}.", talk()), format!("The call has ended, talk time {}.", talk()))),
        }
    }
}

fn outcome(entry: &Entry) -> Result<()> {
    match entry.facts.answered {
        Some(true) => Ok(()),
        _ => Err(Error::NotAnswered(NotAnswered { reason: entry.facts.reason.map(ResultCode) })),
    }
}

/// What `call` tells programs.
#[derive(Serialize)]
struct Made {
    command_id: String,
    entry_id: Option<String>,
    to_number: String,
    to_name: Option<String>,
    kind: Option<&'static str>,
    state: Option<&'static str>,
    answered: Option<bool>,
    wait: Option<i64>,
    talk: Option<i64>,
    reason: Option<i64>,
}

impl Made {
    fn new(order: &Order, callee: &Callee, entry: Option<&Entry>) -> Made {
        let facts = entry.map(|entry| &entry.facts);
        Made {
            command_id: order.id().0.clone(),
            entry_id: entry.map(|entry| entry.entry_id.clone()),
            to_number: callee.dial.wire().to_owned(),
            to_name: callee.name.clone(),
            kind: callee.kind.map(|kind| kind.key()),
            state: facts.and_then(|facts| facts.state).map(State::key),
            answered: facts.and_then(|facts| facts.answered),
            wait: facts.and_then(|facts| facts.wait()),
            talk: facts.and_then(|facts| facts.talk),
            reason: facts.and_then(|facts| facts.reason),
        }
    }
}

impl Row for Made {
    fn columns() -> Vec<Column> {
        vec![
            ("command_id", tr("команда", "command")),
            ("entry_id", tr("звонок", "call")),
            ("to_number", tr("номер", "number")),
            ("to_name", tr("кто", "who")),
            ("answered", tr("ответ", "answered")),
            ("talk", tr("разговор", "talk")),
            ("reason", tr("код", "code")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.command_id.clone()),
            Cell::text(&self.entry_id),
            Cell::Number(self.to_number.clone()),
            Cell::text(&self.to_name),
            self.answered.map_or(Cell::Empty, |answered| Cell::Text(answered.to_string())),
            Cell::seconds(self.talk),
            self.reason.map_or(Cell::Empty, Cell::Count),
        ]
    }
}
