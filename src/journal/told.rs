//! From what was told to what is known: each source's words become [`Facts`] and [`Leg`]s, by pure functions.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::entry::{Direction, Facts, Leg, State};
use super::tracking::Tracked;
use crate::pbx::event::{CallEvent, Event, EventParty, RecordingEvent, SummaryEvent};
use crate::pbx::lenient::latin;
use crate::pbx::statistics::{CallRecord, LegRecord, LegRow};
use crate::phone::as_listed;

/// The calling side hung up (vpbx-core appendix A).
const BY_CALLER: i64 = 1110;

/// Hung up by a command.
const BY_COMMAND: i64 = 1181;

/// Employees by the id that statistics use: `(extension, name)`.
pub type Employees = HashMap<i64, (String, String)>;

/// Facts and legs from one call of the extended report (vpbx-core §6.2.2).
pub fn by_extended<'a>(call: CallRecord<'a>, employees: &'a Employees) -> (Facts, Vec<Leg<Cow<'a, str>>>) {
    let direction = match call.context_type {
        Some(1) => Some(Direction::Incoming),
        Some(2) => Some(Direction::Outgoing),
        Some(3) => Some(Direction::Internal),
        _ => None,
    };
    let legs = flatten(call.context_calls);
    let called = called(&legs, direction, call.caller_id);
    let taker = taker(&called, direction);
    let first_answer = called.iter().filter_map(|leg| leg.call_answer_time).min();
    let caller = call.caller_id.and_then(|id| employees.get(&id));
    let incoming = direction == Some(Direction::Incoming);
    let talk = call.talk_duration.or_else(|| taker.and_then(|leg| leg.talk_duration));
    let ended_at = match (call.context_start_time, call.duration) {
        (Some(start), Some(duration)) => Some(start + duration),
        _ => legs.iter().filter_map(|leg| leg.call_end_time).max(),
    };
    let answered = call.context_status.map(|status| status == 1).or(talk.map(|talk| talk > 0));
    let (from_number, called_number) = (call.caller_number.as_deref(), call.called_number.as_deref());
    let caller_name = caller.map(|(_, name)| name.as_str()).or(call.caller_name.as_deref().filter(|name| Some(*name) != from_number));
    let taker_name = taker.and_then(|leg| leg.call_abonent_info.as_deref()).filter(|name| Some(*name) != called_number);
    let group = legs.iter().find(|leg| leg.call_type.as_deref() == Some("group"));
    let to_number = if incoming { taker.and_then(|leg| leg.call_abonent_number.as_deref()) } else { called_number };
    let own = |text: Option<&str>| text.map(str::to_owned);
    let facts = Facts {
        direction,
        state: ended_at.map(|_| State::Ended),
        from_extension: caller.map(|(extension, _)| extension.clone()),
        from_name: own(caller_name),
        from_number: own(from_number),
        to_number: own(to_number),
        to_extension: own(taker.and_then(|leg| extension(leg, employees))),
        to_name: own(taker_name),
        line: if incoming { called_number.map(as_listed) } else { None },
        group: own(group.and_then(|leg| leg.call_abonent_info.as_deref())),
        started_at: call.context_start_time,
        answered_at: (answered == Some(true)).then(|| first_answer.or(Some(ended_at? - talk?))).flatten(),
        ended_at,
        talk,
        hold: in_all(legs.iter().filter(|leg| leg.call_type.as_deref().is_none_or(|is| is == "user")).filter_map(|leg| leg.hold_duration)),
        answered,
        reason: legs.iter().rev().find_map(|leg| leg.call_end_reason),
        command_id: None,
        created_by: None,
        init_type: call.context_init_type,
        recordings: distinct(legs.iter().flat_map(|leg| &leg.recording_id).map(|id| id.to_string())),
    };
    (facts, legs.into_iter().map(|leg| extended_leg(leg, employees)).collect())
}

/// Seconds on hold in all, if anybody was held.
fn in_all(seconds: impl Iterator<Item = i64>) -> Option<i64> {
    Some(seconds.fold(0, i64::saturating_add)).filter(|seconds| *seconds > 0)
}

/// The legs of the side that was called. A callback has a leg of the caller himself, too.
fn called<'a>(legs: &'a [LegRecord<'a>], direction: Option<Direction>, caller: Option<i64>) -> Vec<&'a LegRecord<'a>> {
    let kind = if direction == Some(Direction::Outgoing) { "number" } else { "user" };
    let is_caller = |leg: &LegRecord| caller.is_some() && leg.call_abonent_id == caller && leg.call_type.as_deref() == Some("user");
    legs.iter().filter(|leg| leg.call_type.as_deref().is_none_or(|is| is == kind) && !is_caller(leg)).collect()
}

/// Of those who were called: who had the caller last, else the last that rang, as in events and the base report.
fn taker<'a>(called: &[&'a LegRecord<'a>], direction: Option<Direction>) -> Option<&'a LegRecord<'a>> {
    let answered = called.iter().copied().filter(|leg| leg.call_answer_time.is_some());
    let mut taken = answered.map(|leg| (leg.call_end_time, leg.call_end_reason, leg));
    let taken = if direction == Some(Direction::Incoming) { last_hands(taken) } else { taken.next().map(|(.., leg)| leg) };
    taken.or(called.last().copied())
}

/// Whoever had the caller last, of those who answered: `(end, reason, leg)` in the order of time. A transfer ends a leg and goes on in
/// another; a consultation that leads to nothing ends before the leg of the caller, or the caller gives up first.
fn last_hands<L>(answered: impl Iterator<Item = (Option<i64>, Option<i64>, L)>) -> Option<L> {
    let lost = |reason| matches!(reason, Some(BY_CALLER | BY_COMMAND));
    let passed_on = |end: Option<i64>, reason, to: Option<i64>| end.is_some_and(|end| to.is_none_or(|to| end <= to)) && !lost(reason);
    let last = answered.reduce(|had, next| if passed_on(had.0, had.1, next.0) { next } else { had });
    last.map(|(.., leg)| leg)
}

fn flatten(legs: Vec<LegRecord<'_>>) -> Vec<LegRecord<'_>> {
    if legs.iter().all(|leg| leg.members.is_empty()) {
        return legs;
    }
    let mut flat = Vec::with_capacity(legs.len());
    for mut leg in legs {
        let members = std::mem::take(&mut leg.members);
        flat.push(leg);
        flat.extend(flatten(members));
    }
    flat
}

fn extension<'l>(leg: &'l LegRecord<'_>, employees: &'l Employees) -> Option<&'l str> {
    leg.call_abonent_extension.as_deref().or_else(|| known_extension(leg, employees))
}

fn known_extension<'e>(leg: &LegRecord<'_>, employees: &'e Employees) -> Option<&'e str> {
    let user = leg.call_abonent_id.filter(|_| leg.call_type.as_deref() == Some("user"))?;
    employees.get(&user).map(|(extension, _)| extension.as_str())
}

fn extended_leg<'a>(leg: LegRecord<'a>, employees: &'a Employees) -> Leg<Cow<'a, str>> {
    let known = known_extension(&leg, employees).map(Cow::Borrowed);
    Leg {
        to_extension: leg.call_abonent_extension.or(known),
        call_id: leg.external_call_id,
        location: leg.call_type,
        state: leg.call_end_time.map(|_| State::Ended),
        to_number: leg.call_abonent_number,
        to_name: leg.call_abonent_info,
        started_at: leg.call_start_time,
        answered_at: leg.call_answer_time,
        ended_at: leg.call_end_time,
        hold: in_all(leg.hold_duration.into_iter()),
        reason: leg.call_end_reason,
        recordings: leg.recording_id,
        ..Leg::default()
    }
}

/// Facts and legs from the rows of the base report that share an entry (vpbx-core §6.1.4).
pub fn by_base(mut rows: Vec<LegRow>) -> (Facts, Vec<Leg>) {
    // Rows of one second are put in some order, so that the order in which they came does not matter.
    rows.sort_by(|a, b| (a.start, a.finish).cmp(&(b.start, b.finish)).then_with(|| a.cmp(b)));
    let direction =
        rows.first().map(|first| direction_of(first.from_extension.is_some(), rows.iter().any(|row| row.to_extension.is_some())));
    let people: Vec<&LegRow> = rows.iter().filter(|row| row.location.as_deref().is_none_or(|place| place == "abonent")).collect();
    let answered = people.iter().filter(|row| row.answer.is_some()).map(|row| (row.finish, row.disconnect_reason, *row));
    let taker = if direction == Some(Direction::Incoming) { last_hands(answered) } else { answered.map(|(.., row)| row).next() };
    let taker = taker.or(people.last().copied()).or(rows.last());
    let first = rows.first();
    let answered_at = people.iter().filter_map(|row| row.answer).min();
    let ended_at = rows.iter().filter_map(|row| row.finish).max();
    let facts = Facts {
        direction,
        state: ended_at.map(|_| State::Ended),
        from_number: first.and_then(|row| row.from_number.clone()),
        from_extension: first.and_then(|row| row.from_extension.clone()),
        to_number: taker.and_then(|row| row.to_number.clone()),
        to_extension: taker.and_then(|row| row.to_extension.clone()),
        line: rows.iter().find_map(|row| row.line_number.as_deref()).map(as_listed),
        started_at: first.and_then(|row| row.create.or(row.start)),
        answered_at,
        ended_at,
        talk: Some(people.iter().filter_map(|row| Some(row.finish? - row.answer?)).sum()),
        answered: Some(answered_at.is_some()),
        reason: rows.last().and_then(|row| row.disconnect_reason),
        recordings: distinct(rows.iter().flat_map(|row| row.records.iter().cloned())),
        ..Facts::default()
    };
    (facts, rows.into_iter().map(base_leg).collect())
}

fn base_leg(row: LegRow) -> Leg {
    Leg {
        call_id: None,
        location: row.location,
        state: row.finish.map(|_| State::Ended),
        from_number: row.from_number,
        from_extension: row.from_extension,
        to_number: row.to_number,
        to_extension: row.to_extension,
        to_name: None,
        started_at: row.start,
        answered_at: row.answer,
        ended_at: row.finish,
        reason: row.disconnect_reason,
        recordings: row.records,
        ..Leg::default()
    }
}

/// Facts and legs from all events of an entry, in any order and number (vpbx-core §3.1, §3.5, §7).
///
/// Depends on the set of events alone: `seq` orders those of a leg, a repeated one adds nothing, `Disconnected` is final.
pub fn by_events(events: &[Event]) -> (Facts, Vec<Leg>) {
    let legs = live_legs(events);
    let summary = events.iter().filter_map(|event| if let Event::Summary(summary) = event { Some(summary) } else { None }).max();
    let recordings = kept_recordings(events);
    let facts = live_facts(&legs, summary, recordings);
    (facts, legs.into_iter().map(|leg| leg.leg).collect())
}

/// The tracking number of an entry, if its events name one (vpbx-data §3.3): all of them should say the same.
pub fn tracked(events: &[Event]) -> Option<Tracked> {
    let told = events.iter().filter_map(|event| match event {
        Event::Call(CallEvent { dct, .. }) | Event::Summary(SummaryEvent { dct, .. }) => Tracked::by(dct),
        _ => None,
    });
    told.min_by_key(|told| (told.dct_type, told.number.is_none(), told.number.clone()))
}

/// A leg with what only events know of it.
struct LiveLeg {
    leg: Leg,
    is_callback: bool,
    /// Whether an order made it: one that only held it or passed it on leaves its id on a later event (vpbx-core §7.6, §7.8)
    is_ordered: bool,
    /// Whether it ended by an order, other than to hang up: its caller goes to another leg (vpbx-core §7.8)
    is_passed_on: bool,
    line: Option<String>,
    group: Option<String>,
    command_id: Option<String>,
    created_by: Option<String>,
}

fn live_legs(events: &[Event]) -> Vec<LiveLeg> {
    let mut by_leg: BTreeMap<&str, Vec<&CallEvent>> = BTreeMap::new();
    for event in events {
        if let Event::Call(event @ CallEvent { call_id: Some(call_id), .. }) = event {
            by_leg.entry(call_id).or_default().push(event);
        }
    }
    let mut legs: Vec<LiveLeg> = by_leg.into_iter().map(|(call_id, events)| live_leg(call_id, events)).collect();
    let passed_on: Vec<String> =
        legs.iter().filter(|leg| leg.leg.transfer.is_some()).filter_map(|leg| leg.leg.taken_from.clone()).collect();
    legs.iter_mut().for_each(|leg| leg.is_callback &= !passed_on.iter().any(|id| Some(id) == leg.leg.call_id.as_ref()));
    // A leg that took its caller from another began after it, though both may bear the same second.
    legs.sort_by_key(|leg| (leg.leg.started_at, leg.leg.taken_from.is_some(), leg.leg.call_id.clone()));
    legs
}

fn live_leg(call_id: &str, mut events: Vec<&CallEvent>) -> LiveLeg {
    events.sort_by(|a, b| (a.seq, a.timestamp).cmp(&(b.seq, b.timestamp)).then_with(|| a.cmp(b)));
    let at = |state: &str| events.iter().find(|event| event.call_state.as_deref() == Some(state)).and_then(|event| event.timestamp);
    let latest = |pick: fn(&CallEvent) -> Option<&String>| events.iter().rev().find_map(|event| pick(event)).cloned();
    let ended_at = at("Disconnected");
    let last = events.last().and_then(|event| event.call_state.as_deref());
    let ended = events.iter().any(|event| event.call_state.as_deref() == Some("Disconnected"));
    let command_id = latest(|event| event.command_id.as_ref());
    let created_by = latest(|event| event.callback_initiator.as_ref()).map(|by| latin(&by));
    let taken_from = latest(|event| event.from.taken_from_call_id.as_ref());
    let is_ordered = events.iter().all(|event| event.command_id.is_some());
    let held = events.iter().any(|event| event.call_state.as_deref() == Some("OnHold"));
    LiveLeg {
        is_callback: taken_from.is_none() && !held && (created_by.is_some() || is_ordered),
        is_ordered,
        is_passed_on: !is_ordered && events.iter().any(|event| is_passing_on(event)),
        line: latest(|event| event.to.line_number.as_ref().or(event.from.line_number.as_ref())),
        group: latest(|event| event.to.acd_group.as_ref()),
        leg: Leg {
            call_id: Some(call_id.to_owned()),
            location: latest(|event| event.location.as_ref()),
            state: Some(if ended { State::Ended } else { state(last) }),
            from_number: latest(|event| event.from.number.as_ref()),
            from_extension: events.last().and_then(|event| event.from.extension.clone()),
            to_number: latest(|event| event.to.number.as_ref()),
            to_extension: latest(|event| event.to.extension.as_ref()),
            to_name: None,
            started_at: events.iter().filter_map(|event| event.timestamp).min(),
            answered_at: at("Connected"),
            ended_at,
            hold: in_all(holds(&events)),
            reason: events
                .iter()
                .rev()
                .find_map(|event| event.disconnect_reason.filter(|_| event.call_state.as_deref() == Some("Disconnected"))),
            recordings: Vec::new(),
            taken_from,
            transfer: latest(|event| event.transfer.as_ref()),
        },
        command_id,
        created_by,
    }
}

/// How long each hold of a leg lasted, once it is over.
fn holds(events: &[&CallEvent]) -> impl Iterator<Item = i64> {
    let mut since = None;
    events.iter().filter_map(move |event| match event.call_state.as_deref() {
        Some("OnHold") => {
            since = since.or(event.timestamp);
            None
        }
        Some("Connected" | "Disconnected") => Some(event.timestamp?.saturating_sub(since.take()?).max(0)),
        _ => None,
    })
}

fn is_passing_on(event: &CallEvent) -> bool {
    event.call_state.as_deref() == Some("Disconnected") && event.command_id.is_some() && event.disconnect_reason != Some(BY_COMMAND)
}

fn state(call_state: Option<&str>) -> State {
    match call_state {
        Some("Connected") => State::Talking,
        Some("OnHold") => State::Held,
        Some("Disconnected") => State::Ended,
        _ => State::Ringing,
    }
}

fn live_facts(legs: &[LiveLeg], summary: Option<&SummaryEvent>, recordings: Vec<String>) -> Facts {
    let told = |pick: fn(&SummaryEvent) -> Option<i64>| summary.and_then(pick).filter(|seconds| *seconds > 0);
    let (from, to, is_passed_on) = parties(legs);
    let callback = legs.iter().find(|leg| leg.is_callback);
    // The first leg of a callback rings our own telephone: talking to it is not a conversation.
    let talks = || legs.iter().filter(|leg| !leg.is_callback && is_person(leg));
    let state = live_state(legs, summary.is_some());
    let answered_at = told(|s| s.talk_time).or_else(|| talks().filter_map(|leg| leg.leg.answered_at).min());
    let ended_at =
        told(|s| s.end_time).or_else(|| (state == State::Ended).then(|| legs.iter().filter_map(|leg| leg.leg.ended_at).max()).flatten());
    let summary_party = |pick: fn(&SummaryEvent) -> &EventParty| summary.map(pick).cloned().unwrap_or_default();
    let (told_from, told_to) = (summary_party(|s| &s.from), summary_party(|s| &s.to));
    // A summary names whoever answered first (vpbx-core §3.5).
    let told_to = if is_passed_on { EventParty::default() } else { told_to };
    Facts {
        direction: summary.and_then(summary_direction).or_else(|| live_direction(legs, &from, &to)),
        state: Some(state),
        from_number: told_from.number.or(from.number),
        from_extension: told_from.extension.or(from.extension),
        to_number: told_to.number.or(to.number),
        to_extension: told_to.extension.or(to.extension),
        line: summary
            .and_then(|s| s.line_number.as_deref().or(s.to.line_number.as_deref()))
            .or_else(|| legs.iter().find_map(|leg| leg.line.as_deref()))
            .map(as_listed),
        group: legs.iter().find_map(|leg| leg.group.clone()),
        started_at: told(|s| s.create_time).or_else(|| legs.iter().filter_map(|leg| leg.leg.started_at).min()),
        answered_at,
        ended_at,
        talk: (state == State::Ended).then(|| answered_at.zip(ended_at).map_or(0, |(answer, end)| (end - answer).max(0))),
        hold: in_all(talks().filter_map(|leg| leg.leg.hold)),
        answered: (state == State::Ended || answered_at.is_some()).then_some(answered_at.is_some()),
        reason: (state == State::Ended).then(|| live_reason(legs, summary)).flatten(),
        command_id: callback.or(legs.first()).filter(|leg| leg.is_ordered).and_then(|leg| leg.command_id.clone()),
        created_by: legs.iter().find_map(|leg| leg.created_by.clone()),
        recordings,
        ..Facts::default()
    }
}

fn is_person(leg: &LiveLeg) -> bool {
    leg.leg.location.as_deref().is_none_or(|place| place == "abonent")
}

/// Caller and called, as the legs show them, and whether the caller went on to another than who answered him.
/// The first leg of a callback has them reversed (vpbx-core §7.2).
fn parties(legs: &[LiveLeg]) -> (EventParty, EventParty, bool) {
    let side = |extension: &Option<String>, number: &Option<String>| EventParty {
        extension: extension.clone(),
        number: number.clone(),
        ..EventParty::default()
    };
    let from = |leg: &LiveLeg| side(&leg.leg.from_extension, &leg.leg.from_number);
    let to = |leg: &LiveLeg| side(&leg.leg.to_extension, &leg.leg.to_number);
    if let Some(own) = legs.iter().find(|leg| leg.is_callback) {
        return (to(own), from(own), false);
    }
    let Some(first) = legs.first() else { return Default::default() };
    let people = || legs.iter().filter(|leg| is_person(leg));
    let answered = || people().filter(|leg| leg.leg.answered_at.is_some()).map(|leg| (leg.leg.ended_at, leg.leg.reason, leg));
    let first_taker = answered().map(|(.., leg)| leg).next();
    let taker = if first.leg.from_extension.is_none() { ringing_after(last_hands(answered()), legs) } else { first_taker };
    let is_passed_on = first_taker.zip(taker).is_some_and(|(first, last)| first.leg.call_id != last.leg.call_id);
    (from(first), taker.or_else(|| people().next_back()).map(to).unwrap_or_default(), is_passed_on)
}

/// Whoever had the caller; if he passed him on, the one whose telephone rings now.
fn ringing_after<'a>(had: Option<&'a LiveLeg>, legs: &'a [LiveLeg]) -> Option<&'a LiveLeg> {
    let is_over = |leg: &LiveLeg| leg.leg.state == Some(State::Ended);
    let rings = |leg: &&LiveLeg| is_person(leg) && !is_over(leg) && leg.leg.from_extension.is_none();
    had.filter(|leg| is_over(leg)).and_then(|_| legs.iter().rev().find(rings)).or(had)
}

fn summary_direction(summary: &SummaryEvent) -> Option<Direction> {
    match summary.call_direction? {
        0 => Some(Direction::Internal),
        1 => Some(Direction::Incoming),
        2 => Some(Direction::Outgoing),
        _ => None,
    }
}

/// Events do not say the direction (vpbx-core §3.1): it follows from who has an extension.
fn live_direction(legs: &[LiveLeg], from: &EventParty, to: &EventParty) -> Option<Direction> {
    legs.first()?;
    Some(direction_of(from.extension.is_some(), to.extension.is_some()))
}

fn direction_of(caller_is_employee: bool, called_is_employee: bool) -> Direction {
    match (caller_is_employee, called_is_employee) {
        (true, true) => Direction::Internal,
        (true, false) => Direction::Outgoing,
        _ => Direction::Incoming,
    }
}

/// Ended when the summary says so, or when the last leg ended and nothing can follow it.
fn live_state(legs: &[LiveLeg], summary: bool) -> State {
    let current = legs.iter().rev().find(|leg| leg.leg.state != Some(State::Ended));
    match (summary, current, legs.last()) {
        (true, ..) => State::Ended,
        // Whoever he who holds talks to meanwhile, somebody waits.
        _ if legs.iter().any(|leg| leg.leg.state == Some(State::Held)) => State::Held,
        (_, Some(leg), _) if leg.is_callback || !is_person(leg) => State::Ringing,
        (_, Some(leg), _) => leg.leg.state.unwrap_or(State::Ringing),
        (_, None, Some(last)) if !is_followed(last) => State::Ended,
        _ => State::Ringing,
    }
}

/// A menu, a queue and the first leg of a callback that was answered are followed by another leg; so is a leg
/// whose caller is passed on, and one that nobody took then: he goes back (vpbx-core §4.8).
fn is_followed(leg: &LiveLeg) -> bool {
    let answered = leg.leg.answered_at.is_some();
    let ended_well = matches!(leg.leg.reason, Some(1000 | 1100));
    let returns = leg.leg.transfer.as_deref() == Some("blind") && !answered && !matches!(leg.leg.reason, Some(1100 | BY_CALLER));
    !is_person(leg) || leg.is_passed_on || (leg.is_callback && (answered || ended_well)) || returns
}

/// The reason of the leg that decided it, the last to end; a summary often says no more than "ended" (vpbx-core §7.11).
fn live_reason(legs: &[LiveLeg], summary: Option<&SummaryEvent>) -> Option<i64> {
    let ended = legs.iter().filter(|leg| leg.leg.reason.is_some());
    let last = ended.max_by_key(|leg| (is_person(leg), leg.leg.ended_at, leg.leg.taken_from.is_some(), &leg.leg.call_id));
    let last = last.and_then(|leg| leg.leg.reason);
    last.filter(|reason| ![1000, 1100].contains(reason)).or(summary.and_then(|s| s.disconnect_reason)).or(last)
}

/// Recordings that were kept: completed with 1000 (vpbx-core §3.3).
fn kept_recordings(events: &[Event]) -> Vec<String> {
    let kept = |event: &RecordingEvent| {
        event.recording_state.as_deref() == Some("Completed") && event.completion_code.is_none_or(|code| code == 1000)
    };
    let mut ids: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Recording(event) if kept(event) => event.recording_id.clone(),
            // The end of a recording may go unheard (vpbx-core §3.3).
            Event::Added(event) => event.recording_id.clone(),
            _ => None,
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

fn distinct(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}
