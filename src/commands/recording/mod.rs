//! `mango recording`: what was said, kept as files, played, read.

mod get;
mod link;
mod list;
mod play;
mod summary;
mod sync;
mod topics;
mod transcript;

use clap::Subcommand;
use clap_complete::ArgValueCompleter;

use crate::archive::Part;
use crate::archive::names::Template;
use crate::completion;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Entry, State};
use crate::pbx::client::Client;
use crate::pbx::event::Event;
use crate::pbx::recordings::Download;
use crate::text::tr;
use crate::time::now;
use crate::ui::Ui;

use super::history::HistoryRow;

/// What can be done with recordings.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List
    #[command(about = tr("Какие есть записи", "Which recordings there are"))]
    List(list::Args),
    /// Get
    #[command(about = tr("Скачать запись звонка", "Fetch the recording of a call"))]
    Get(get::Args),
    /// Sync
    #[command(about = tr("Пополнить архив записей за период", "Bring an archive of recordings up to date"))]
    Sync(sync::Args),
    /// Link
    #[command(about = tr("Ссылка на запись, которая откроется у кого угодно", "A link to a recording that opens for anybody"))]
    Link(link::Args),
    /// Play
    #[command(about = tr("Прослушать запись", "Play a recording"))]
    Play(play::Args),
    /// Transcript
    #[command(about = tr("Разговор текстом", "The conversation as text"))]
    Transcript(transcript::Args),
    /// Summary
    #[command(about = tr("О чём говорили, коротко", "What was said, in short"))]
    Summary(summary::Args),
    /// Topics
    #[command(about = tr("Темы разговора", "Topics of the conversation"))]
    Topics(topics::Args),
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::List(args) => list::run(args, ctx, ui).await,
        Command::Get(args) => get::run(args, ctx, ui).await,
        Command::Sync(args) => sync::run(args, ctx, ui).await,
        Command::Link(args) => link::run(args, ctx, ui).await,
        Command::Play(args) => play::run(args, ctx, ui).await,
        Command::Transcript(args) => transcript::run(args, ctx, ui).await,
        Command::Summary(args) => summary::run(args, ctx, ui).await,
        Command::Topics(args) => topics::run(args, ctx, ui).await,
    }
}

/// CALL as an argument.
#[derive(clap::Args, Debug)]
struct Call {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), default_value = "@1", hide_default_value = true, help = tr("@N из истории или начало идентификатора [@1]", "@N from history, or the beginning of an id [@1]"), add = ArgValueCompleter::new(completion::calls))]
    call: String,
}

impl Call {
    /// The call, which must have been recorded.
    fn recorded(&self, ctx: &Context) -> Result<Entry> {
        let entry = ctx.journal()?.call(&self.call)?;
        let may_come = entry.facts.answered != Some(false) && Readiness::of(&entry, "", ctx)? == Readiness::TooEarly;
        match entry.facts.recordings.is_empty() {
            true if may_come => Err(Error::NoFile { is_young: true, code: None }),
            true => Err(Error::NoRecording { call: self.call.clone() }),
            false => Ok(entry),
        }
    }
}

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// Whether a recording is worth asking for: one that is not there counts as an invalid request, and the second of those within two
/// minutes shuts the API (vpbx-core §2). It takes about a minute until it is there (vpbx-data §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readiness {
    /// The call goes on, or has just ended
    TooEarly,
    /// It may be there
    Doubtful,
    /// It should be there, or the PBX has said that it is
    Ready,
}

impl Readiness {
    fn of(entry: &Entry, recording_id: &str, ctx: &Context) -> Result<Readiness> {
        let age = entry.facts.ended_at.or(entry.facts.started_at).map(|at| now().as_second() - at);
        let is_over = entry.facts.state.is_none_or(|state| state == State::Ended);
        Ok(match age {
            Some(age) if is_over && age >= 10 * MINUTE => Readiness::Ready,
            _ if is_announced(entry, recording_id, ctx)? => Readiness::Ready,
            Some(age) if is_over && age >= MINUTE => Readiness::Doubtful,
            _ => Readiness::TooEarly,
        })
    }
}

/// Whether `events/record/added` has come.
fn is_announced(entry: &Entry, recording_id: &str, ctx: &Context) -> Result<bool> {
    let is_it = |event: &Event| matches!(event, Event::Added(added) if added.recording_id.as_deref() == Some(recording_id));
    Ok(ctx.journal()?.happened_in(entry)?.iter().any(|happened| is_it(&happened.event)))
}

/// Whether a recording that is not there may still come.
fn is_young(entry: &Entry) -> bool {
    entry.facts.started_at.is_none_or(|at| now().as_second() - at < DAY)
}

/// A refusal that means that there is no such file.
fn no_file(error: Error, is_young: bool) -> Error {
    match error {
        Error::Refused { code, .. } if matches!(code.0, 3300..=3349) => Error::NoFile { is_young, code: Some(code) },
        // Too short, and not kept.
        Error::Refused { code, .. } if code.0 == 4002 => Error::NoFile { is_young: false, code: Some(code) },
        other => other,
    }
}

/// A recording that is not there is an invalid request: the next one must not be another while that counts.
async fn until_forgiven(client: &Client, say: impl FnOnce(&str)) {
    let wait = client.until_forgiven();
    if wait.is_zero() {
        return;
    }
    let seconds = wait.as_secs();
    say(&tr(
        format!("АТС прощает один ошибочный запрос в две минуты; жду {seconds} с."),
        format!("The PBX tolerates one invalid request in two minutes; waiting {seconds} s."),
    ));
    tokio::time::sleep(wait).await;
}

/// Asks for one recording of a call and begins to fetch it.
async fn download(recording_id: &str, entry: &Entry, ctx: &Context, ui: &Ui) -> Result<Download> {
    let client = ctx.client().await?;
    if Readiness::of(entry, recording_id, ctx)? == Readiness::TooEarly {
        return Err(Error::NoFile { is_young: true, code: None });
    }
    until_forgiven(client, |said| ui.note(said)).await;
    let address = client.recording(recording_id, &ctx.config.recordings_host).await.map_err(|error| no_file(error, is_young(entry)))?;
    client.fetch(address).await
}

/// Writes what comes, to its end; how many bytes that were.
async fn receive(download: &mut Download, part: &mut Part) -> Result<u64> {
    let mut bytes = 0;
    while let Some(piece) = download.chunk().await? {
        part.write(&piece)?;
        bytes += piece.len() as u64;
    }
    match download.length {
        Some(length) if length != bytes => Err(Error::NoReply {
            detail: tr(format!("получено {bytes} байт из {length}"), format!("{bytes} bytes of {length} came")),
        }),
        _ => Ok(bytes),
    }
}

/// The name of a recording's file.
fn named(template: &Template, call: &HistoryRow, recording_id: &str) -> String {
    let started = call.started_at.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(|at| at.to_zoned(crate::time::zone()));
    let when = |format| started.as_ref().map(|at| at.strftime(format).to_string()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    // An employee is known by his extension, his device says nothing.
    let side = |extension: &Option<String>, number: &Option<String>| extension.clone().or(number.clone()).unwrap_or_default();
    template.name(|field| match field {
        "date" => when("%Y-%m-%d"),
        "time" => when("%H-%M-%S"),
        "direction" => call.direction.map(|direction| direction.key().to_owned()).unwrap_or_default(),
        "from" => side(&call.from_extension, &call.from_number),
        "to" => side(&call.to_extension, &call.to_number),
        "name" => call.name.clone().filter(|name| Some(name) != call.number.as_ref()).unwrap_or_default(),
        "number" => text(&call.number),
        "employee" => text(&call.employee),
        "employee_name" => text(&call.employee_name),
        "line" => text(&call.line),
        "talk" => call.talk.map(|talk| talk.to_string()).unwrap_or_default(),
        "call" => call.entry_id.clone(),
        "recording" => recording_id.to_owned(),
        _ => String::new(),
    })
}
