//! Base statistics: a table with one row for each leg, as text (vpbx-core §6.1).

use std::fmt::Write;
use std::sync::Arc;

use serde_json::json;

use super::ask::{Ask, Asked, Refusal, WRONG_DATES, WRONG_FORMAT};
use super::clock::DAY;
use super::entry::{self, Entry, Leg, Party};
use super::gate::Answer;
use super::jobs::{Report, unknown_key};
use super::pages::Pages;
use super::{Sandbox, locked};
use crate::error::Result;

/// A month.
const LONGEST: i64 = 31 * DAY;

/// Before 2007 there was no PBX; such a date is answered with HTTP 400 (vpbx-core §1.5).
const OLDEST: i64 = 1_167_598_800;

/// A column; their order here is the default one, the last two have to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Records,
    Start,
    Finish,
    Answer,
    FromExtension,
    FromNumber,
    ToExtension,
    ToNumber,
    DisconnectReason,
    LineNumber,
    Location,
    EntryId,
    Create,
}

const COLUMNS: &[(&str, Column)] = &[
    ("records", Column::Records),
    ("start", Column::Start),
    ("finish", Column::Finish),
    ("answer", Column::Answer),
    ("from_extension", Column::FromExtension),
    ("from_number", Column::FromNumber),
    ("to_extension", Column::ToExtension),
    ("to_number", Column::ToNumber),
    ("disconnect_reason", Column::DisconnectReason),
    ("line_number", Column::LineNumber),
    ("location", Column::Location),
    ("entry_id", Column::EntryId),
    ("create", Column::Create),
];

/// How many columns there are when none are named.
const USUAL: usize = 11;

/// One side of the legs that are meant.
#[derive(Clone, Debug, Default)]
struct Wanted {
    extension: Option<String>,
    number: Option<String>,
}

impl Wanted {
    fn read(ask: &Ask, name: &str) -> Asked<Option<Wanted>> {
        let Some(side) = ask.inner(name)? else { return Ok(None) };
        let extension = side.text("extension")?.filter(|extension| extension != "0");
        let wanted = Wanted { extension, number: side.text("number")? };
        Ok((wanted.extension.is_some() || wanted.number.is_some()).then_some(wanted))
    }

    fn fits(&self, party: &Party) -> bool {
        self.extension.as_deref().is_none_or(|extension| party.extension() == extension)
            && self.number.as_deref().is_none_or(|number| party.number == number)
    }
}

/// What a report is about.
#[derive(Clone, Debug)]
pub(super) struct Query {
    period: (i64, i64),
    columns: Vec<Column>,
    from: Option<Wanted>,
    to: Option<Wanted>,
    either: Option<Wanted>,
}

impl Query {
    fn takes(&self, leg: &Leg) -> bool {
        let fits = |wanted: &Option<Wanted>, party: &Party| wanted.as_ref().is_none_or(|wanted| wanted.fits(party));
        let either = self.either.as_ref().filter(|_| self.from.is_none() && self.to.is_none());
        fits(&self.from, &leg.from) && fits(&self.to, &leg.to) && either.is_none_or(|wanted| wanted.fits(&leg.from) || wanted.fits(&leg.to))
    }
}

/// `stats/request`
pub(super) fn request(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let (from, to) = (ask.needed_integer("date_from")?, ask.needed_integer("date_to")?);
    if from < OLDEST {
        return Ok(Answer::json(400, &Refusal::of(WRONG_DATES, "date_from").body()));
    }
    if to < from || to - from > LONGEST {
        return Err(Refusal::of(WRONG_DATES, "date_to"));
    }
    let [from_side, to_side, either] = ["from", "to", "call_party"].map(|name| Wanted::read(ask, name));
    let query = Query { period: (from, to), columns: columns(ask)?, from: from_side?, to: to_side?, either: either? };
    let request_id = ask.text("request_id")?;
    let ready = sandbox.0.clock.now() + locked(&sandbox.0.tuning).report_delay;
    let key = locked(&sandbox.0.jobs).add(Report::Base(Arc::new(query)), ready);
    announce(sandbox.clone(), key.clone(), request_id, ready);
    Ok(Answer::Json(json!({"key": key})))
}

fn columns(ask: &Ask) -> Asked<Vec<Column>> {
    let Some(names) = ask.words("fields")? else { return Ok(COLUMNS[..USUAL].iter().map(|(_, column)| *column).collect()) };
    let find = |name: &String| COLUMNS.iter().find(|(known, _)| known == name).map(|(_, column)| *column);
    let named = names.iter().filter(|name| !name.is_empty());
    named.map(|name| find(name).ok_or_else(|| Refusal::of(WRONG_FORMAT, "fields"))).collect()
}

/// `result/stat`, when the report is ready (vpbx-core §6.1.2).
fn announce(sandbox: Sandbox, key: String, request_id: Option<String>, ready: f64) {
    let task = sandbox.0.work.begin();
    tokio::spawn(async move {
        sandbox.0.clock.until(ready).await;
        let mut event = json!({"key": key});
        if let Some(id) = request_id {
            event["request_id"] = json!(id);
        }
        sandbox.0.courier.send("result/stat", event.to_string());
        drop(task);
    });
}

/// `stats/result`
pub(super) async fn result(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let key = ask.needed_text("key")?;
    let job = locked(&sandbox.0.jobs).get(&key);
    let Some((ready, Report::Base(query))) = job.map(|job| (job.ready, job.report)) else { return Ok(unknown_key()) };
    if sandbox.0.clock.now() < ready {
        return Ok(Answer::empty(204));
    }
    let pages = sandbox.0.pages.clone();
    let table = tokio::task::spawn_blocking(move || table(&locked(&pages), &query)).await;
    Ok(match table {
        Ok(Ok(table)) => Answer::Body(200, "text/csv", table.into_bytes()),
        _ => Answer::Json(json!({"result": 5004})),
    })
}

fn table(pages: &Pages, query: &Query) -> Result<String> {
    let mut table = String::new();
    let (from, to) = query.period;
    pages.reader.visit(i64::MIN, from, to, &mut |_, entry| {
        let legs = entry.legs.iter().enumerate().filter(|(_, leg)| !entry.service && query.takes(leg));
        legs.for_each(|leg| write_row(&mut table, &query.columns, &entry, leg));
        true
    })?;
    Ok(table)
}

/// Columns divided by `;`, a row ended by CRLF, nothing quoted.
fn write_row(table: &mut String, columns: &[Column], entry: &Entry, (index, leg): (usize, &Leg)) {
    for (place, column) in columns.iter().enumerate() {
        if place > 0 {
            table.push(';');
        }
        // Writing into a String cannot fail.
        let _ = match column {
            Column::Records => write!(table, "[{}]", leg.recording_ids(entry.serial, index).join(",")),
            Column::Start => write!(table, "{}", leg.start),
            Column::Finish => write!(table, "{}", leg.end),
            Column::Answer => write!(table, "{}", leg.answer.unwrap_or(0)),
            Column::FromExtension => write!(table, "{}", leg.from.extension()),
            Column::FromNumber => write!(table, "{}", leg.from.number),
            Column::ToExtension => write!(table, "{}", leg.to.extension()),
            Column::ToNumber => write!(table, "{}", leg.to.number),
            Column::DisconnectReason => write!(table, "{}", leg.reason),
            Column::LineNumber => write!(table, "{}", entry.line.map_or("", |line| line.number)),
            Column::Location => write!(table, "{}", leg.place.word()),
            Column::EntryId => write!(table, "{}", entry::entry_id(entry.serial)),
            Column::Create => write!(table, "{}", entry.start),
        };
    }
    table.push_str("\r\n");
}
