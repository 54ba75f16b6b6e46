//! What was said: topics, transcripts and summaries of conversations, always the same for the same call (vpbx-data §2).

mod dialogues;

use serde_json::{Value, json};

use super::ask::{Ask, Asked, MISSING, Refusal, TOO_LARGE, WRONG_DATES, WRONG_FORMAT};
use super::clock::{DAY, MOSCOW, moscow_day};
use super::entry::{self, Direction, Entry, Leg, Place};
use super::gate::Answer;
use super::people::Person;
use super::{Sandbox, locked};
use dialogues::dialogue;

/// "Service is not available": of all documented codes the one that means an account without the service; which one the real PBX
/// gives is not documented.
const NO_SERVICE: i64 = 2230;
const DATABASE: i64 = 5004;

/// The most recordings of one question (vpbx-data §2.2).
const MOST: usize = 500;

/// A page of `records`, unless another size is asked for, and the largest; neither is documented.
const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 1000;

/// How long the machine needs to find its topics.
const THOUGHT: i64 = 40;

/// `queries/recording_categories`
pub(super) fn topics(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let flag = |name: &str| ask.value(name).is_some_and(|value| *value == json!(true) || value == "true" || *value == json!(1));
    let (terms, names) = (flag("with_terms"), flag("with_names"));
    answer(sandbox, ask, |id, entry, leg| {
        let found = dialogue(entry, leg).topic(terms, names, entry.end + THOUGHT);
        json!({"recording_id": id, "categories": found.into_iter().collect::<Vec<_>>()})
    })
}

/// `queries/recording_transcripts`
pub(super) fn transcripts(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    answer(sandbox, ask, |id, entry, leg| {
        let phrases: Vec<_> = dialogue(entry, leg).phrases().into_iter().map(|(role, text)| json!([role.word(), text])).collect();
        json!({"recording_id": id, "names": names(entry, leg), "phrases": phrases})
    })
}

/// `data` with what is known of each recording; of one that is unknown nothing is said.
fn answer(sandbox: &Sandbox, ask: &Ask, tell: impl Fn(&str, &Entry, &Leg) -> Value) -> Asked<Answer> {
    connected(sandbox)?;
    let ids = recording_ids(ask)?;
    let told = ids.iter().filter_map(|id| match sandbox.recording(id, |entry, leg| tell(id, entry, leg)) {
        Err(Refusal { code, .. }) if code != DATABASE => None,
        told => Some(told),
    });
    Ok(Answer::Json(json!({"result": 1000, "data": told.collect::<Asked<Vec<_>>>()?})))
}

fn connected(sandbox: &Sandbox) -> Asked<()> {
    match locked(&sandbox.0.tuning).speech {
        true => Ok(()),
        false => Err(Refusal::new(NO_SERVICE)),
    }
}

/// A list in a text: `"[\"MTox…\"]"`.
fn recording_ids(ask: &Ask) -> Asked<Vec<String>> {
    let text = ask.value("recording_id").ok_or_else(|| Refusal::of(MISSING, "recording_id"))?.as_str();
    let ids: Option<Vec<String>> = text.and_then(|text| serde_json::from_str(text).ok());
    let ids = ids.ok_or_else(|| Refusal::of(WRONG_FORMAT, "recording_id"))?;
    if ids.len() > MOST { Err(Refusal::of(TOO_LARGE, "recording_id")) } else { Ok(ids) }
}

/// How the two are called: by their names when both are employees, by their channels when neither is (vpbx-data §2.2).
fn names(entry: &Entry, leg: &Leg) -> Value {
    match (leg.from.employee, leg.to.employee) {
        (Some(caller), Some(called)) => json!({"client": called.name, "operator": caller.name}),
        (None, None) => json!({"client": "Канал 1", "operator": "Канал 2"}),
        (Some(employee), None) | (None, Some(employee)) => {
            let outside = if entry.direction == Direction::Incoming { &entry.caller.number } else { &leg.to.number };
            let client = Person::by_number(outside).map_or("Клиент", Person::title);
            json!({"client": client, "operator": employee.name})
        }
    }
}

/// `s2t/queries/recording_summary`
pub(super) fn summaries(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    connected(sandbox)?;
    let ids = ask.value("communication_id").ok_or_else(|| Refusal::of(MISSING, "communication_id"))?.as_array();
    let ids = ids.ok_or_else(|| Refusal::of(WRONG_FORMAT, "communication_id"))?;
    let mut data = Vec::new();
    for id in ids {
        let serial = id.as_str().and_then(entry::communication_of).ok_or_else(|| Refusal::of(WRONG_FORMAT, "communication_id"))?;
        let summary = locked(&sandbox.0.ledger).call(serial, |entry| Some(dialogue(entry, spoken(entry)?).summary()));
        if let Some(summary) = summary.map_err(|_| Refusal::new(DATABASE))?.flatten() {
            data.push(json!({"communication_id": id, "summary": summary}));
        }
    }
    Ok(Answer::Json(json!({"result": 1000, "data": data})))
}

/// The leg of a call that was listened to.
fn spoken<'a>(entry: &'a Entry<'a>) -> Option<&'a Leg<'a>> {
    entry.legs.iter().find(|leg| leg.place == Place::Abonent && leg.keeps(0))
}

/// `s2t/queries/records`: calls of some days that were listened to, oldest first.
pub(super) async fn calls(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    connected(sandbox)?;
    let day = |name: &str| {
        let date = ask.needed_text(name)?.parse::<jiff::civil::Date>().map_err(|_| Refusal::of(WRONG_FORMAT, name))?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| Refusal::of(WRONG_FORMAT, name))?;
        Ok(midnight.timestamp().as_second() - MOSCOW)
    };
    let (from, to) = (day("date_from")?, day("date_to")? + DAY - 1);
    if moscow_day(to) < moscow_day(from) {
        return Err(Refusal::of(WRONG_DATES, "date_to"));
    }
    let size = |name: &str, usual: i64| ask.integer(name).map(|size| size.unwrap_or(usual).max(0));
    let (mut skip, limit) = (size("offset", 0)?, size("limit", PAGE)?.min(LARGEST_PAGE));
    let pages = sandbox.0.pages.clone();
    let read = move || {
        let mut data = Vec::new();
        let visit = &mut |_, entry: Entry<'_>| {
            match spoken(&entry) {
                Some(_) if skip > 0 => skip -= 1,
                Some(leg) => data.push(call(&entry, leg)),
                None => {}
            }
            (data.len() as i64) < limit
        };
        locked(&pages).reader.visit(i64::MIN, from, to, visit).map(|()| data)
    };
    let data = tokio::task::spawn_blocking(read).await.ok().and_then(Result::ok).ok_or(Refusal::new(DATABASE))?;
    Ok(Answer::Json(json!({"result": 1000, "data": data})))
}

fn call(entry: &Entry, leg: &Leg) -> Value {
    let direction = match entry.direction {
        Direction::Incoming => "in",
        Direction::Outgoing => "out",
        Direction::Internal => "internal",
    };
    json!({
        "communication_id": entry::communication_id(entry.serial), "communication_type": 1,
        "info": {
            "direction": direction, "duration": leg.end - leg.answer.unwrap_or(leg.start), "time_created": entry.start,
            "from_number": leg.from.number, "to_number": leg.to.number,
        },
        "sentiments": {"client": null, "operator": null}, "has_s2t": true, "has_transcript": true, "has_summary": true,
    })
}
