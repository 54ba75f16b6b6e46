//! What the PBX says by itself (vpbx-core §3): calls, summaries, recordings, outcomes of orders. Kinds unknown to us are kept as they are.

use serde::Deserialize;

use super::lenient;

/// One notification. Its kind is the path it came to; the JSON has no such field.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// `events/call`
    Call(CallEvent),
    /// `events/summary`
    Summary(SummaryEvent),
    /// `events/record/added`
    Added(AddedEvent),
    /// `events/recording`
    Recording(RecordingEvent),
    /// `result/…`: what came of an order
    Outcome(OutcomeEvent),
    /// `events/sms`: a text message arrived or will not
    Sms(SmsEvent),
    /// Anything else, kept raw
    Unknown,
}

/// A leg appeared or changed (vpbx-core §3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct CallEvent {
    /// Shared by all legs of the call
    #[serde(deserialize_with = "lenient::text")]
    pub entry_id: Option<String>,
    /// The leg
    #[serde(deserialize_with = "lenient::text")]
    pub call_id: Option<String>,
    /// Unix seconds
    #[serde(deserialize_with = "lenient::int")]
    pub timestamp: Option<i64>,
    /// Order within the leg, with gaps
    #[serde(deserialize_with = "lenient::int")]
    pub seq: Option<i64>,
    /// `Appeared`, `Connected`, `OnHold`, `Disconnected`
    #[serde(deserialize_with = "lenient::text")]
    pub call_state: Option<String>,
    /// `ivr`, `queue`, `abonent`
    #[serde(alias = "locaton", deserialize_with = "lenient::text")]
    pub location: Option<String>,
    /// Caller
    #[serde(deserialize_with = "lenient::object")]
    pub from: EventParty,
    /// Called
    #[serde(deserialize_with = "lenient::object")]
    pub to: EventParty,
    /// Result code, when disconnected
    #[serde(deserialize_with = "lenient::int")]
    pub disconnect_reason: Option<i64>,
    /// The order that caused the leg
    #[serde(deserialize_with = "lenient::text")]
    pub command_id: Option<String>,
    /// `consultative`, `blind`, `return_blind`
    #[serde(deserialize_with = "lenient::text")]
    pub transfer: Option<String>,
    /// `API`, `CC`, `WEB`, …; only of callbacks
    #[serde(deserialize_with = "lenient::text")]
    pub callback_initiator: Option<String>,
    /// Whether the number that was dialled is one of call tracking
    #[serde(deserialize_with = "lenient::object")]
    pub dct: Dct,
}

/// Call tracking, as an event tells of it (vpbx-data §3.3). Ordinary calls have it too, with type 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct Dct {
    /// Tracking number
    #[serde(deserialize_with = "lenient::text")]
    pub number: Option<String>,
    /// 0 none, 1 dynamic, 2 static
    #[serde(rename = "type", deserialize_with = "lenient::int")]
    pub kind: Option<i64>,
}

/// A side of a leg.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct EventParty {
    /// Short number of an employee
    #[serde(deserialize_with = "lenient::text")]
    pub extension: Option<String>,
    /// Digits or `sip:…`
    #[serde(deserialize_with = "lenient::text")]
    pub number: Option<String>,
    /// Line: of the called side when incoming, of the caller when outgoing
    #[serde(deserialize_with = "lenient::text")]
    pub line_number: Option<String>,
    /// Short number of the group
    #[serde(deserialize_with = "lenient::text")]
    pub acd_group: Option<String>,
    /// The leg from which this side was moved here
    #[serde(deserialize_with = "lenient::text")]
    pub taken_from_call_id: Option<String>,
}

/// The end of the whole call (vpbx-core §3.5). Times are Unix seconds, 0 for never.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct SummaryEvent {
    /// The call
    #[serde(deserialize_with = "lenient::text")]
    pub entry_id: Option<String>,
    /// 0 internal, 1 incoming, 2 outgoing; differs from statistics
    #[serde(deserialize_with = "lenient::int")]
    pub call_direction: Option<i64>,
    /// Caller
    #[serde(deserialize_with = "lenient::object")]
    pub from: EventParty,
    /// Who answered, or the first who did not
    #[serde(deserialize_with = "lenient::object")]
    pub to: EventParty,
    /// Line
    #[serde(deserialize_with = "lenient::text")]
    pub line_number: Option<String>,
    /// Arrival, or start of dialling
    #[serde(deserialize_with = "lenient::int")]
    pub create_time: Option<i64>,
    /// Answer
    #[serde(deserialize_with = "lenient::int")]
    pub talk_time: Option<i64>,
    /// End
    #[serde(deserialize_with = "lenient::int")]
    pub end_time: Option<i64>,
    /// 1 a conversation took place; not to be trusted alone (vpbx-core §3.5)
    #[serde(deserialize_with = "lenient::int")]
    pub entry_result: Option<i64>,
    /// Result code
    #[serde(deserialize_with = "lenient::int")]
    pub disconnect_reason: Option<i64>,
    /// Call tracking; the older edition of the document has it here too
    #[serde(deserialize_with = "lenient::object")]
    pub dct: Dct,
}

/// A recording began, goes on elsewhere, or is complete (vpbx-core §3.3).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RecordingEvent {
    /// The recording
    #[serde(deserialize_with = "lenient::text")]
    pub recording_id: Option<String>,
    /// `Started`, `Continued`, `Completed`
    #[serde(deserialize_with = "lenient::text")]
    pub recording_state: Option<String>,
    /// The call
    #[serde(deserialize_with = "lenient::text")]
    pub entry_id: Option<String>,
    /// The leg
    #[serde(deserialize_with = "lenient::text")]
    pub call_id: Option<String>,
    /// 1000 kept; 4002 too short
    #[serde(deserialize_with = "lenient::int")]
    pub completion_code: Option<i64>,
}

/// A recording can be fetched (vpbx-core §3.7).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct AddedEvent {
    /// The recording
    #[serde(deserialize_with = "lenient::text")]
    pub recording_id: Option<String>,
    /// The call
    #[serde(deserialize_with = "lenient::text")]
    pub entry_id: Option<String>,
}

/// What came of an order (vpbx-core §4).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct OutcomeEvent {
    /// Ours
    #[serde(deserialize_with = "lenient::text")]
    pub command_id: Option<String>,
    /// Result code
    #[serde(deserialize_with = "lenient::int")]
    pub result: Option<i64>,
}

/// What became of a text message that was accepted (vpbx-core §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SmsEvent {
    /// Ours
    #[serde(deserialize_with = "lenient::text")]
    pub command_id: Option<String>,
    /// Result code: 1000 delivered
    #[serde(deserialize_with = "lenient::int")]
    pub reason: Option<i64>,
}

impl Event {
    /// Reads a notification that came to `path`: the part from `events/`, `result/` or `ping` on, without slashes at its ends.
    /// JSON of another shape than promised makes it [`Event::Unknown`].
    pub fn parse(path: &str, json: &str) -> Event {
        // A list is no event, though serde would take its items for fields in their order.
        if !json.trim_start().starts_with('{') {
            return Event::Unknown;
        }
        let event = match path {
            "events/call" => serde_json::from_str(json).map(Event::Call),
            "events/summary" => serde_json::from_str(json).map(Event::Summary),
            "events/record/added" => serde_json::from_str(json).map(Event::Added),
            "events/recording" => serde_json::from_str(json).map(Event::Recording),
            "events/sms" => serde_json::from_str(json).map(Event::Sms),
            "result/stat" | "result/stats" => return Event::Unknown,
            _ if path.starts_with("result/") => serde_json::from_str(json).map(Event::Outcome),
            _ => return Event::Unknown,
        };
        event.unwrap_or(Event::Unknown)
    }

    /// The call it belongs to.
    pub fn entry_id(&self) -> Option<&str> {
        match self {
            Event::Call(event) => event.entry_id.as_deref(),
            Event::Summary(event) => event.entry_id.as_deref(),
            Event::Recording(event) => event.entry_id.as_deref(),
            Event::Added(event) => event.entry_id.as_deref(),
            Event::Outcome(_) | Event::Sms(_) | Event::Unknown => None,
        }
    }
}
