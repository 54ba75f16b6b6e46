//! `mango show CALL`: the page of one call.

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::history::HistoryRow;
use super::link::{self, LinkRow};
use super::note::FileRow;
use super::tracking::show::Tracking;
use super::web::Web;
use crate::completion;
use crate::contacts::{Activity, ContactBook};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Direction, Entry, Facts, Happened, Journal, Leg, Link, State, state_word};
use crate::live::words;
use crate::pbx::code::ResultCode;
use crate::phone::shown;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Arguments of `show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), default_value = "@1", hide_default_value = true, help = tr("@N из истории или начало идентификатора [@1]", "@N from history, or the beginning of an id [@1]"), add = ArgValueCompleter::new(completion::calls))]
    call: String,
    #[command(flatten)]
    web: Web,
}

/// Runs it, from the journal alone; the CRM's page is asked for apart.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = ctx.journal()?.call(&args.call)?;
    if args.web.is_wanted() {
        return args.web.of_call(&entry, ctx, ui).await;
    }
    let page = Page::of(entry, ctx)?;
    ui.one(&page)?;
    if !ui.shows_tables() {
        return Ok(());
    }
    if let Some(tracking) = &page.tracking {
        ui.raw("\n")?;
        ui.one(tracking)?;
        tracking.show_pages(ui)?;
    }
    section(&page.links, ui)?;
    section(&page.legs, ui)?;
    section(&page.feed, ui)
}

/// A table under the page, if there is anything in it.
fn section<R: Row>(rows: &[R], ui: &mut Ui) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    ui.raw("\n")?;
    ui.all(rows)
}

impl Page {
    fn of(entry: Entry, ctx: &Context) -> Result<Page> {
        let (journal, contacts) = (ctx.journal()?, ctx.contacts()?);
        let facts = entry.facts.clone();
        let note = journal.note(&entry)?;
        let legs = journal.legs(&entry)?;
        Ok(Page {
            from: known_party(&facts.from_number, &facts.from_extension, &facts.from_name, &contacts)?,
            to: known_party(&facts.to_number, &facts.to_extension, &facts.to_name, &contacts)?,
            state: facts.state.filter(|state| *state != State::Ended).map(|state| state_word(state, &legs)),
            created_by: created_by(&facts),
            text: note.text,
            files: FileRow::all(&entry, note.files, ctx)?,
            noted_at: note.noted_at,
            links: link::rows(&entry, journal, &contacts)?,
            activities: activities(&entry, journal, &contacts)?,
            tracking: Some(Tracking::of(journal, &entry)?).filter(|tracking| !tracking.is_empty()),
            legs: legs.into_iter().map(|leg| LegRow::of(leg, &contacts)).collect::<Result<_>>()?,
            feed: journal.happened_in(&entry)?.iter().filter_map(FeedRow::of).collect(),
            call: HistoryRow::new(journal.place(&entry)?, entry, note.result, &contacts)?,
            facts,
        })
    }
}

/// A side of the call, by the name that we know, or else the PBX's.
fn known_party(
    number: &Option<String>,
    extension: &Option<String>,
    name: &Option<String>,
    contacts: &ContactBook,
) -> Result<Option<String>> {
    let mut known = None;
    for key in [number, extension].into_iter().flatten() {
        known = known.or(contacts.name_of(key)?);
    }
    Ok(party(known.as_ref().or(name.as_ref()), number.as_deref(), extension.as_deref()))
}

/// `Иванова Мария, +7 495 000-00-20`
fn party(name: Option<&String>, number: Option<&str>, extension: Option<&str>) -> Option<String> {
    // An employee's device says nothing beside his extension.
    let number = number.filter(|number| extension.is_none() || !number.starts_with("sip:")).map(shown);
    let name = name.filter(|name| Some(shown(name)) != number).cloned();
    let extension = extension.map(|extension| tr(format!("доб. {extension}"), format!("ext. {extension}")));
    let parts: Vec<String> = [name, extension, number].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What is to be done because of the call, as the profile's file knows it.
fn activities(entry: &Entry, journal: &Journal, contacts: &ContactBook) -> Result<Vec<Activity>> {
    let of_place = |link: &Link| link.kind == "activity" && link.source == contacts.people().place().key();
    let ids = journal.links(entry)?.into_iter().filter(of_place).map(|link| link.target);
    let known = ids.map(|id| contacts.people().activity(&id)).filter(|known| !matches!(known, Err(Error::NoActivity { .. })));
    known.collect()
}

/// Who made the call: the initiator of a callback (vpbx-core §3.1), or the kind that the extended report gives (§6.2.2).
fn created_by(facts: &Facts) -> Option<String> {
    let words = match (facts.created_by.as_deref(), facts.init_type) {
        _ if facts.command_id.is_some() => tr("команда API", "an API command"),
        (Some("API"), _) => tr("команда API", "an API command"),
        (Some("WEB"), _) => tr("личный кабинет", "the personal account"),
        (Some("ObDial"), _) => tr("исходящий обзвон", "an outbound campaign"),
        (Some("CC"), _) | (None, Some(3)) => tr("контакт-центр", "the contact centre"),
        (Some("CallbackWidget"), _) | (None, Some(5)) => tr("виджет обратного звонка", "the callback widget"),
        (Some("MissGroupCallCallback" | "MissInIvrCallCallback"), _) | (None, Some(6)) => {
            tr("автоматический перезвон", "an automatic call-back")
        }
        (Some(other), _) => return Some(other.to_owned()),
        (None, Some(0)) if facts.direction == Some(Direction::Incoming) => return None,
        (None, Some(4)) => tr("заказной звонок", "an ordered call"),
        (None, Some(_)) => tr("набор с телефона", "dialled on a telephone"),
        (None, None) => return None,
    };
    Some(words.to_owned())
}

/// Everything about a call.
#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    call: HistoryRow,
    from: Option<String>,
    to: Option<String>,
    #[serde(rename = "created_by_words")]
    created_by: Option<String>,
    /// Of a call that is over the ending says more.
    #[serde(skip)]
    state: Option<&'static str>,
    #[serde(skip)]
    facts: Facts,
    text: Option<String>,
    files: Vec<FileRow>,
    #[serde(serialize_with = "moment")]
    noted_at: Option<i64>,
    links: Vec<LinkRow>,
    activities: Vec<Activity>,
    tracking: Option<Tracking>,
    legs: Vec<LegRow>,
    feed: Vec<FeedRow>,
}

impl Row for Page {
    fn columns() -> Vec<Column> {
        vec![
            ("entry_id", tr("звонок", "call")),
            ("from", tr("кто", "from")),
            ("to", tr("кому", "to")),
            ("direction", tr("направление", "direction")),
            ("state", tr("состояние", "state")),
            ("created_by", tr("создан", "created by")),
            ("line", tr("линия", "line")),
            ("group", tr("группа", "group")),
            ("started_at", tr("начало", "started")),
            ("answered_at", tr("ответ", "answered")),
            ("ended_at", tr("конец", "ended")),
            ("wait", tr("ждали", "wait")),
            ("talk", tr("разговор", "talk")),
            ("hold", tr("удержание", "hold")),
            ("reason", tr("завершение", "ending")),
            ("recordings", tr("записи", "recordings")),
            ("result", tr("итог", "result")),
            ("text", tr("подробно", "in detail")),
            ("files", tr("файлы", "files")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let f = &self.facts;
        vec![
            Cell::Text(self.call.entry_id.clone()),
            Cell::text(&self.from),
            Cell::text(&self.to),
            f.direction.map_or(Cell::Empty, |direction| Cell::Text(direction.word().into())),
            self.state.map_or(Cell::Empty, |word| Cell::Text(word.into())),
            Cell::text(&self.created_by),
            Cell::number(&f.line),
            Cell::text(&f.group),
            Cell::moment(f.started_at),
            Cell::moment(f.answered_at),
            Cell::moment(f.ended_at),
            Cell::seconds(f.wait()),
            Cell::seconds(f.talk),
            Cell::seconds(f.hold),
            f.reason.map_or(Cell::Empty, |code| Cell::Text(ResultCode(code).to_string())),
            if f.recordings.is_empty() { Cell::Empty } else { Cell::Text(f.recordings.join(" ")) },
            Cell::text(&self.call.result),
            Cell::text(&self.text),
            FileRow::cell(&self.files),
        ]
    }
}

/// A leg of the call.
#[derive(Serialize)]
struct LegRow {
    #[serde(skip)]
    from: Option<String>,
    #[serde(skip)]
    to: Option<String>,
    call_id: Option<String>,
    location: Option<String>,
    state: Option<&'static str>,
    from_number: Option<String>,
    from_extension: Option<String>,
    to_number: Option<String>,
    to_extension: Option<String>,
    to_name: Option<String>,
    #[serde(serialize_with = "moment")]
    started_at: Option<i64>,
    #[serde(serialize_with = "moment")]
    answered_at: Option<i64>,
    #[serde(serialize_with = "moment")]
    ended_at: Option<i64>,
    hold: Option<i64>,
    reason: Option<i64>,
    reason_words: Option<&'static str>,
    recordings: Vec<String>,
}

impl LegRow {
    fn of(leg: Leg, contacts: &ContactBook) -> Result<LegRow> {
        let side = |number: &Option<String>, extension: &Option<String>, name: &Option<String>| {
            let employee = extension.as_deref().map(|extension| contacts.name_of(extension)).transpose()?.flatten();
            Ok::<_, Error>(party(employee.as_ref().or(name.as_ref()), number.as_deref(), extension.as_deref()))
        };
        Ok(LegRow {
            from: side(&leg.from_number, &leg.from_extension, &None)?,
            to: side(&leg.to_number, &leg.to_extension, &leg.to_name)?,
            reason_words: leg.reason.map(|code| ResultCode(code).meaning()),
            state: leg.state.map(State::key),
            call_id: leg.call_id,
            location: leg.location,
            from_number: leg.from_number,
            from_extension: leg.from_extension,
            to_number: leg.to_number,
            to_extension: leg.to_extension,
            to_name: leg.to_name,
            started_at: leg.started_at,
            answered_at: leg.answered_at,
            ended_at: leg.ended_at,
            hold: leg.hold,
            reason: leg.reason,
            recordings: leg.recordings,
        })
    }
}

impl Row for LegRow {
    fn columns() -> Vec<Column> {
        vec![
            ("location", tr("плечо", "leg")),
            ("from", tr("кто", "from")),
            ("to", tr("кому", "to")),
            ("started_at", tr("начало", "started")),
            ("answered_at", tr("ответ", "answered")),
            ("ended_at", tr("конец", "ended")),
            ("hold", tr("удержание", "hold")),
            ("reason", tr("завершение", "ending")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["hold", "ended_at", "answered_at"]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.location.clone().map_or(Cell::Empty, |place| Cell::Text(place_words(&place).to_owned())),
            self.from.clone().map_or(Cell::Empty, Cell::Text),
            self.to.clone().map_or(Cell::Empty, Cell::Text),
            Cell::clock(self.started_at),
            Cell::clock(self.answered_at),
            Cell::clock(self.ended_at),
            Cell::seconds(self.hold),
            self.reason_words.map_or(Cell::Empty, |words| Cell::Text(words.to_owned())),
        ]
    }
}

fn place_words(place: &str) -> &str {
    match place {
        "ivr" => tr("меню", "menu"),
        "queue" => tr("очередь", "queue"),
        "abonent" | "user" => tr("сотрудник", "employee"),
        "number" => tr("номер", "number"),
        "group" => tr("группа", "group"),
        "conference" => tr("конференция", "conference"),
        other => other,
    }
}

/// What the PBX said of the call, in the order in which it came.
#[derive(Serialize)]
struct FeedRow {
    #[serde(serialize_with = "moment")]
    received_at: Option<i64>,
    event: String,
    words: String,
}

impl FeedRow {
    fn of(happened: &Happened) -> Option<FeedRow> {
        Some(FeedRow { received_at: Some(happened.received_at), event: happened.path.clone(), words: words(happened)? })
    }
}

impl Row for FeedRow {
    fn columns() -> Vec<Column> {
        vec![("received_at", tr("пришло", "came")), ("words", tr("событие", "event"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::clock(self.received_at), Cell::Text(self.words.clone())]
    }
}
