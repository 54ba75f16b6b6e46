//! Pages of the extended statistics, written straight into the body of the answer (vpbx-core §6.2.2).
//!
//! Deep pages cost what first pages cost: the row at which a page ended is remembered for whoever asks for the next one.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::clock::{DAY, MOSCOW, day_name, moscow_day};
use super::entry::{self, Direction, Entry, Leg, Place};
use super::extended::{Filter, Order};
use super::ledger::Reader;
use crate::error::Result;

/// The ledger's reading side, with what was learnt while reading.
pub(super) struct Pages {
    pub(super) reader: Reader,
    edition: i64,
    /// The last row before an offset.
    ends: HashMap<Filter, BTreeMap<u64, i64>>,
    totals: HashMap<(Filter, i64), Totals>,
}

/// Sums of a day.
#[derive(Clone, Copy, Default)]
struct Totals {
    talks: i64,
    calls: i64,
    count: u64,
}

impl Totals {
    fn add(&mut self, entry: &Entry) {
        self.count += 1;
        if !entry.service {
            self.talks += entry.talk();
            self.calls += entry.end - entry.start;
        }
    }
}

impl Pages {
    pub(super) fn new(reader: Reader) -> Pages {
        Pages { reader, edition: 0, ends: HashMap::new(), totals: HashMap::new() }
    }

    /// A call that has been added somewhere may have moved every page behind it.
    fn forget_if_changed(&mut self) -> Result<()> {
        let edition = self.reader.edition()?;
        if edition != self.edition || self.ends.len() > 1000 || self.totals.len() > 100_000 {
            self.ends.clear();
            self.totals.clear();
            self.edition = edition;
        }
        Ok(())
    }

    /// The row behind which to start and how many matching calls to skip from there.
    fn place(&self, filter: &Filter, offset: u64) -> Result<Option<(i64, u64)>> {
        let known = self.ends.get(filter).and_then(|ends| ends.range(..=offset).next_back());
        let (from, after) = known.map_or((0, i64::MIN), |(offset, row)| (*offset, *row));
        let skip = offset - from;
        if skip == 0 || !filter.is_open() {
            return Ok(Some((after, skip)));
        }
        Ok(self.reader.nth(after, filter.from, filter.to, skip - 1)?.map(|row| (row, 0)))
    }

    fn totals(&mut self, filter: &Filter, day: i64) -> Result<Totals> {
        let key = (filter.clone(), day);
        if let Some(totals) = self.totals.get(&key) {
            return Ok(*totals);
        }
        let begin = day * DAY - MOSCOW;
        let of_day = filter.within(begin, begin + DAY - 1);
        let mut totals = Totals::default();
        self.reader.visit(i64::MIN, of_day.from, of_day.to, &mut |_, entry| {
            if filter.takes(&entry) {
                totals.add(&entry);
            }
            true
        })?;
        self.totals.insert(key, totals);
        Ok(totals)
    }
}

/// One day of the page.
struct Chunk {
    day: i64,
    list: std::ops::Range<usize>,
    totals: Totals,
}

/// The whole answer to `stats/calls/result`.
pub(super) fn write(pages: &mut Pages, order: &Order) -> Result<Vec<u8>> {
    pages.forget_if_changed()?;
    let (lists, chunks, full) = collect(pages, order)?;
    let mut body = Vec::with_capacity(lists.len() + 128 * (chunks.len() + 1));
    body.extend_from_slice(br#"{"result":1000,"status":"complete","data":["#);
    let last = chunks.len().saturating_sub(1);
    for (index, chunk) in chunks.into_iter().enumerate() {
        let partial = index == 0 && order.offset > 0 || index == last && full;
        let totals = if partial { pages.totals(&order.filter, chunk.day)? } else { chunk.totals };
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(br#"{"list":["#);
        body.extend_from_slice(&lists[chunk.list]);
        let Totals { talks, calls, count } = totals;
        let end = format!(
            r#"],"period":"{}","total_talks_duration":{talks},"total_calls_duration":{calls},"total_calls_count":{count}}}"#,
            day_name(chunk.day)
        );
        body.extend_from_slice(end.as_bytes());
    }
    body.extend_from_slice(b"]}");
    Ok(body)
}

/// The calls of the page as JSON, cut into days, and whether there may be more of them behind it.
fn collect(pages: &mut Pages, order: &Order) -> Result<(Vec<u8>, Vec<Chunk>, bool)> {
    let filter = &order.filter;
    let Some((after, mut skip)) = pages.place(filter, order.offset)? else { return Ok((Vec::new(), Vec::new(), false)) };
    let mut lists = Vec::with_capacity(order.limit as usize * 1400);
    let mut chunks: Vec<Chunk> = Vec::new();
    let (mut count, mut end) = (0, after);
    pages.reader.visit(after, filter.from, filter.to, &mut |row, entry| {
        if !filter.takes(&entry) {
            return true;
        }
        if skip > 0 {
            skip -= 1;
            return true;
        }
        let day = moscow_day(entry.start);
        if chunks.last().is_none_or(|chunk| chunk.day != day) {
            chunks.push(Chunk { day, list: lists.len()..lists.len(), totals: Totals::default() });
        } else {
            lists.push(b',');
        }
        // A struct of strings and numbers always has a JSON form, and a Vec takes it all.
        let _ = serde_json::to_writer(&mut lists, &call(&entry, order.costs));
        if let Some(chunk) = chunks.last_mut() {
            chunk.list.end = lists.len();
            chunk.totals.add(&entry);
        }
        (count, end) = (count + 1, row);
        count < order.limit
    })?;
    let full = count == order.limit;
    if full {
        pages.ends.entry(filter.clone()).or_default().insert(order.offset + count, end);
    }
    Ok((lists, chunks, full))
}

/// `data[].list[]`
#[derive(Serialize)]
struct CallRow<'a> {
    entry_id: String,
    context_type: u8,
    context_status: u8,
    caller_id: Option<i64>,
    caller_name: &'a str,
    caller_number: &'a str,
    called_number: &'a str,
    context_start_time: i64,
    duration: Option<i64>,
    talk_duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_cost_full: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_cost_tariff: Option<f64>,
    context_init_type: u8,
    recall_status: u8,
    cost: f64,
    tag_id: [i64; 0],
    call_comment: &'static str,
    script_id: [i64; 0],
    mark_client: Option<i64>,
    mark_controller: Option<i64>,
    context_calls: Vec<LegRow<'a>>,
}

/// `context_calls[]` and `members[]`
#[derive(Serialize)]
struct LegRow<'a> {
    call_type: &'static str,
    call_abonent_id: Option<i64>,
    call_abonent_info: &'a str,
    call_abonent_number: Option<&'a str>,
    call_abonent_extension: &'static str,
    call_start_time: i64,
    call_answer_time: Option<i64>,
    call_end_time: Option<i64>,
    call_duration: Option<i64>,
    talk_duration: Option<i64>,
    dial_duration: Option<i64>,
    operator_call_duration: Option<i64>,
    hold_duration: Option<i64>,
    call_end_reason: Option<i64>,
    recording_id: Vec<String>,
    external_call_id: String,
    // Not a struct of their own, flattened: that would be a map, which takes a tenth of the page's time.
    #[serde(rename = "DirectionInbound")]
    direction_inbound: bool,
    #[serde(rename = "DirectionOutbound")]
    direction_outbound: bool,
    #[serde(rename = "ModeConversation")]
    mode_conversation: bool,
    #[serde(rename = "ModeListen")]
    mode_listen: bool,
    #[serde(rename = "ModePrompt")]
    mode_prompt: bool,
    #[serde(rename = "ModeConference")]
    mode_conference: bool,
    #[serde(rename = "ModeGroup")]
    mode_group: bool,
    #[serde(rename = "RecordInbound")]
    record_inbound: bool,
    #[serde(rename = "RecordOutbound")]
    record_outbound: bool,
    #[serde(rename = "BlindTransfer")]
    blind_transfer: bool,
    #[serde(rename = "ConsultTransfer")]
    consult_transfer: bool,
    #[serde(rename = "OutboundDialing")]
    outbound_dialing: bool,
    #[serde(rename = "Intercepted")]
    intercepted: bool,
    #[serde(rename = "IvrNotUsed")]
    ivr_not_used: bool,
    members: Option<Vec<LegRow<'a>>>,
}

fn call<'a>(entry: &'a Entry<'a>, costs: bool) -> CallRow<'a> {
    let talk = entry.talk();
    // A rouble and a half a minute on the way out: enough to add up.
    let cost = if entry.direction == Direction::Outgoing { (talk + 59) as f64 / 60.0 * 1.5 } else { 0.0 };
    let cost = (cost * 100.0).round() / 100.0;
    let caller = &entry.caller;
    CallRow {
        entry_id: entry::entry_id(entry.serial),
        context_type: entry.direction as u8,
        context_status: u8::from(entry.answered),
        caller_id: caller.employee.map(|employee| employee.user_id),
        caller_name: caller.employee.map_or(&caller.number, |employee| employee.name),
        caller_number: &caller.number,
        called_number: &entry.called,
        context_start_time: entry.start,
        duration: (!entry.service).then_some(entry.end - entry.start),
        talk_duration: (!entry.service).then_some(talk),
        context_cost_full: costs.then_some(cost),
        context_cost_tariff: costs.then_some(cost),
        context_init_type: entry.init,
        recall_status: entry.recall,
        cost,
        tag_id: [],
        call_comment: "",
        script_id: [],
        mark_client: None,
        mark_controller: None,
        context_calls: legs(entry),
    }
}

/// The voice menu has no row; the employees rung for a group are inside the group's row.
fn legs<'a>(entry: &'a Entry<'a>) -> Vec<LegRow<'a>> {
    let mut rows = Vec::with_capacity(entry.legs.len());
    let menu = entry.legs.iter().any(|leg| leg.place == Place::Ivr);
    let mut queue: Option<usize> = None;
    for (index, leg) in entry.legs.iter().enumerate() {
        let place = (entry, index, leg);
        match (leg.place, leg.group) {
            (Place::Ivr, _) => {}
            (Place::Queue, _) => {
                queue = Some(rows.len());
                rows.push(LegRow { members: Some(Vec::new()), ..row(place, menu) });
            }
            (Place::Abonent, Some(_)) if queue.is_some() => {
                let member = row(place, menu);
                if let Some(group) = queue.and_then(|queue| rows.get_mut(queue)) {
                    join(group, leg);
                    group.members.get_or_insert_default().push(member);
                }
            }
            (Place::Abonent, _) => rows.push(LegRow { members: Some(Vec::new()), ..row(place, menu) }),
        }
    }
    rows
}

/// A group's row lasts as long as its longest member's and talks as long as whoever answered.
fn join(group: &mut LegRow, member: &Leg) {
    let end = group.call_end_time.unwrap_or(member.end).max(member.end);
    group.call_end_time = Some(end);
    group.call_duration = Some(end - group.call_start_time);
    if let Some(answer) = member.answer {
        group.call_answer_time = Some(answer);
        group.talk_duration = Some(member.end - answer);
        group.dial_duration = Some(answer - group.call_start_time);
        group.call_end_reason = Some(member.reason);
        group.mode_conversation = true;
    }
}

fn row<'a>((entry, index, leg): (&'a Entry<'a>, usize, &'a Leg<'a>), menu: bool) -> LegRow<'a> {
    let group = leg.group.filter(|_| leg.place == Place::Queue);
    let employee = leg.to.employee;
    let (call_type, id, info) = match (group, employee) {
        _ if entry.service => ("conference", entry.caller.employee.map(|employee| employee.user_id), ""),
        (Some(group), _) => ("group", Some(group.id), group.name),
        (None, Some(employee)) => ("user", Some(employee.user_id), employee.name),
        (None, None) => ("number", entry.caller.employee.map(|employee| employee.user_id), leg.to.number.as_ref()),
    };
    let (lasting, talk) = (leg.end - leg.start, leg.answer.map_or(0, |answer| leg.end - answer));
    let told = |value: i64| (!entry.service).then_some(value);
    let inbound = employee.is_some() || group.is_some();
    LegRow {
        call_type,
        call_abonent_id: id,
        call_abonent_info: info,
        call_abonent_number: Some(leg.to.number.as_ref()).filter(|number| !number.is_empty()),
        call_abonent_extension: group.map_or(leg.to.extension(), |group| group.extension),
        call_start_time: leg.start,
        call_answer_time: leg.answer,
        call_end_time: told(leg.end),
        call_duration: told(lasting),
        talk_duration: told(talk),
        dial_duration: told(lasting - talk),
        operator_call_duration: None,
        hold_duration: Some(leg.extra.hold).filter(|hold| *hold > 0),
        call_end_reason: told(leg.reason),
        recording_id: leg.recording_ids(entry.serial, index),
        external_call_id: entry::call_id(entry.serial, index, leg.place),
        direction_inbound: inbound,
        direction_outbound: !inbound,
        mode_conversation: leg.answer.is_some(),
        mode_listen: false,
        mode_prompt: false,
        mode_conference: entry.service,
        mode_group: group.is_some(),
        record_inbound: leg.recorded && inbound,
        record_outbound: leg.recorded && !inbound,
        blind_transfer: leg.extra.blind,
        consult_transfer: leg.extra.consult,
        outbound_dialing: false,
        intercepted: leg.extra.intercepted,
        ivr_not_used: !menu,
        members: None,
    }
}
