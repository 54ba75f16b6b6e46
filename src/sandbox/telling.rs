//! What the customer and the ledger are told of a call: `events/call`, `events/dtmf`, `events/summary`, and the entry (vpbx-core §3).

use serde::Serialize;
use serde_json::{Value, json};

use super::calls::{Call, End, Leg, NORMAL, State, Transfer};
use super::clock::Moment;
use super::entry::{self, Direction, Entry, Extra, Party, Place};
use super::rules::Rules;
use super::visitors;

/// What only some events say.
#[derive(Default)]
pub(super) struct More {
    pub(super) reason: Option<i64>,
    /// The command behind this one event, when it is not the one that made the leg.
    pub(super) command_id: Option<String>,
    pub(super) holder: Option<End>,
    pub(super) moved: Option<End>,
}

impl Call {
    pub(super) fn event(&mut self, leg: usize, state: &'static str, at: f64, more: More, rules: &Rules) {
        self.plan.legs[leg].life.seq += 1;
        let heard = &self.plan.legs[leg];
        let line = heard.line.map(|line| line.number);
        let goes_out = heard.goes_out(self.plan.direction);
        let callback = self.plan.command_id.as_ref().filter(|id| heard.command_id.as_ref() == Some(id));
        let side = |end: End| Side {
            extension: heard.party(end).employee.map(|employee| employee.extension),
            number: some(&heard.party(end).number),
            was_transferred: (more.moved == Some(end)).then_some(true),
            hold_initiator: (more.holder == Some(end)).then_some(true),
            line_number: line.filter(|_| goes_out == (end == End::From)),
            ..Side::default()
        };
        let from = side(End::From);
        let event = CallEvent {
            entry_id: entry::entry_id(self.serial),
            call_id: self.call_id(leg),
            timestamp: (self.began + at) as i64,
            seq: heard.life.seq,
            call_state: state,
            location: heard.place.word(),
            from: Side {
                number: from.number.filter(|_| !heard.by_hand || heard.life.answered.is_some()),
                taken_from_call_id: heard.taken_from.map(|leg| self.call_id(leg)),
                ..from
            },
            to: Side { acd_group: heard.group.map(|group| group.extension), ..side(End::To) },
            disconnect_reason: more.reason,
            transfer: heard.transfer.map(Transfer::word),
            command_id: more.command_id.as_deref().or(heard.command_id.as_deref()),
            callback_initiator: callback.map(|_| "API"),
            dct: visitors::dct(self.plan.line.filter(|_| self.plan.direction == Direction::Incoming)),
        };
        // A struct of strings and numbers always has a JSON form.
        let json = serde_json::to_string(&event).unwrap_or_default();
        self.say(at, "events/call", json, rules);
    }

    /// `events/dtmf`: the place in the menu is that before the choice (vpbx-core §3.4).
    pub(super) fn pressed(&mut self, leg: usize, keys: &str, at: f64, rules: &Rules) {
        let (path, count) = &mut self.menu;
        *count += 1;
        let location = format!("ivr{path}");
        if keys.len() == 1 {
            path.push('.');
            path.push_str(keys);
        }
        let seq = *count;
        let pressed = &self.plan.legs[leg];
        let mut event = json!({
            "seq": seq, "dtmf": keys, "timestamp": (self.began + at) as i64, "call_id": self.call_id(leg),
            "entry_id": entry::entry_id(self.serial), "location": location, "initiator": pressed.from.number, "to_number": pressed.to.number,
        });
        if let Some(number) = some(&pressed.from.number) {
            event["from_number"] = json!(number);
        }
        if let Some(line) = pressed.line {
            event["line_number"] = json!(line.number);
        }
        self.say(at, "events/dtmf", event.to_string(), rules);
    }

    /// Where somebody talked, in the order of the answers.
    fn conversations(&self) -> impl Iterator<Item = &Leg> {
        let mut legs: Vec<&Leg> = self.plan.legs.iter().filter(|leg| leg.target && leg.life.answered.is_some()).collect();
        legs.sort_by(|a, b| a.life.answered.partial_cmp(&b.life.answered).unwrap_or(std::cmp::Ordering::Equal));
        legs.into_iter()
    }

    /// The end and the reason of the whole call: of the conversation that ended last, else of the leg that did.
    fn outcome(&self) -> Option<(Moment, i64)> {
        let later = |a: &(Moment, i64), b: &(Moment, i64)| a.0.total_cmp(&b.0);
        let talked = self.conversations().filter_map(|leg| leg.life.ended).max_by(later);
        talked.or_else(|| self.plan.legs.iter().filter_map(|leg| leg.life.ended).max_by(later))
    }

    /// What goes into the ledger; `None` when the call was over before anything appeared.
    pub(super) fn entry(&self) -> Option<Entry<'static>> {
        let plan = &self.plan;
        let (end, _) = self.outcome()?;
        let lived = plan.legs.iter().enumerate().filter(|(_, leg)| leg.state() != State::Planned);
        Some(Entry {
            serial: self.serial,
            start: self.began as i64,
            end: end as i64,
            direction: plan.direction,
            answered: self.conversations().next().is_some(),
            recall: 2,
            init: plan.init,
            service: false,
            line: plan.line,
            caller: plan.caller.clone(),
            called: plan.called.number.clone(),
            legs: lived.map(|(index, leg)| self.lived(index, leg, end)).collect(),
        })
    }

    fn lived(&self, index: usize, leg: &Leg, end: Moment) -> entry::Leg<'static> {
        let (ended, reason) = leg.life.ended.unwrap_or((end, NORMAL));
        entry::Leg {
            place: leg.place,
            from: leg.from.clone(),
            to: leg.to.clone(),
            group: leg.group,
            start: leg.life.appeared.unwrap_or(self.began) as i64,
            answer: leg.life.answered.map(|answer| answer as i64),
            end: ended as i64,
            reason,
            recorded: self.keeps_recording(index, 0),
            extra: Extra {
                recorded_twice: self.keeps_recording(index, 1),
                blind: leg.made_by == Some(Transfer::Blind),
                consult: leg.made_by == Some(Transfer::Consultative),
                intercepted: leg.intercepted,
                hold: leg.life.hold as i64,
            },
        }
    }

    /// `events/summary` (vpbx-core §3.5, §7.11). Directions are counted from 0 here.
    pub(super) fn summary(&self) -> Value {
        let plan = &self.plan;
        let start = self.began as i64;
        let (end, reason) = self.outcome().unwrap_or((self.began, NORMAL));
        let talk = self.conversations().next().and_then(|leg| leg.life.answered).map(|answer| answer as i64);
        let (direction, forward) = match plan.direction {
            Direction::Internal => (0, start),
            Direction::Incoming => (1, self.forwarded().filter(|_| talk.is_some()).unwrap_or(0)),
            Direction::Outgoing => (2, start),
        };
        let mut summary = json!({
            "entry_id": entry::entry_id(self.serial), "call_direction": direction,
            "from": side(&plan.caller), "to": self.reached(), "create_time": start, "forward_time": forward,
            "talk_time": talk.unwrap_or(0), "end_time": end as i64, "entry_result": i32::from(talk.is_some()), "disconnect_reason": reason,
        });
        if let Some(line) = plan.line.filter(|_| plan.direction != Direction::Internal) {
            summary["line_number"] = json!(line.number);
        }
        summary
    }

    fn forwarded(&self) -> Option<i64> {
        let forwarded = self.plan.legs.iter().find(|leg| leg.place != Place::Ivr)?;
        forwarded.life.appeared.map(|moment| moment as i64)
    }

    /// Who answered; else who missed it first; a group that nobody answered for has no number.
    fn reached(&self) -> Value {
        if let Some(leg) = self.conversations().next() {
            return side(&leg.to);
        }
        let missed = self.plan.legs.iter().find(|leg| leg.target && leg.life.appeared.is_some());
        match (missed, missed.and_then(|leg| leg.group)) {
            (_, Some(group)) => json!({"extension": group.extension}),
            (Some(leg), None) => side(&leg.to),
            (None, None) if self.plan.direction == Direction::Incoming => json!({}),
            (None, None) => side(&self.plan.called),
        }
    }
}

impl Leg {
    /// The line is the caller's, because the leg leaves the PBX by it.
    fn goes_out(&self, direction: Direction) -> bool {
        let is_outside = self.to.employee.is_none() && self.place == Place::Abonent;
        self.target && (is_outside || (direction == Direction::Outgoing && self.made_by.is_none()))
    }
}

fn some(number: &str) -> Option<&str> {
    Some(number).filter(|number| !number.is_empty())
}

fn side(party: &Party) -> Value {
    let mut side = json!({});
    if let Some(employee) = party.employee {
        side["extension"] = json!(employee.extension);
    }
    if !party.number.is_empty() {
        side["number"] = json!(party.number);
    }
    side
}

/// `events/call` (vpbx-core §3.1): numbers are integers, short numbers text, absent things are left out.
#[derive(Serialize)]
struct CallEvent<'a> {
    entry_id: String,
    call_id: String,
    timestamp: i64,
    seq: u32,
    call_state: &'static str,
    location: &'static str,
    from: Side<'a>,
    to: Side<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_initiator: Option<&'static str>,
    dct: Value,
}

#[derive(Default, Serialize)]
struct Side<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_from_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    was_transferred: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_initiator: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_number: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acd_group: Option<&'static str>,
}
