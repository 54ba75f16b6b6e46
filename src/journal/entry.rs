//! A call as the journal knows it: the entry, its legs, and the facts that one source tells.

use rusqlite::Row;
use serde::{Deserialize, Serialize};

use crate::text::tr;

/// Which way a call went, seen from the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From outside
    Incoming,
    /// To outside
    Outgoing,
    /// Between employees
    Internal,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A telephone rings, or the caller is in a menu or a queue
    Ringing,
    /// Two people are connected
    Talking,
    /// One of them waits
    Held,
    /// Over
    Ended,
}

/// Who told of a call. A later one in this list is believed before an earlier one, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Source {
    /// Notifications, while it happened
    Events = 1,
    /// The base report
    Base = 2,
    /// The extended report
    Extended = 3,
}

/// What one source tells of an entry; absent is unknown. Times are Unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Which way
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// How far
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Caller: digits or `sip:…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_number: Option<String>,
    /// Caller, when an employee
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_extension: Option<String>,
    /// Caller, as the PBX names him
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// Called: digits or `sip:…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_number: Option<String>,
    /// Called, when an employee
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_extension: Option<String>,
    /// Called, as the PBX names him
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_name: Option<String>,
    /// Line of the PBX: digits or `sip:…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Group that distributed the call: extension or name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// First sign of the call
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
    /// The other side picked up
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<i64>,
    /// Over
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Seconds of conversation
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talk: Option<i64>,
    /// Seconds that somebody was kept on hold; absent also when nobody was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<i64>,
    /// A conversation took place
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
    /// Disconnect reason, a result code
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<i64>,
    /// The order that caused it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
    /// Who created it: `API`, `CC`, `WEB`, … (vpbx-core §3.1)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// How it came about, by the extended report: 0 by a person … 6 call-back (vpbx-core §6.2.2)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_type: Option<i64>,
    /// Recording ids
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<String>,
}

/// One leg. Times are Unix seconds. The journal keeps it as JSON under short names: legs are half of its size.
/// Texts are its own, or stay in the answer that it was read from (`Cow`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Leg<T = String> {
    /// Id in events and commands
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub call_id: Option<T>,
    /// `ivr`, `queue`, `abonent`; or `number`, `user`, `group`, `conference` from the extended report
    #[serde(rename = "at", skip_serializing_if = "Option::is_none")]
    pub location: Option<T>,
    /// How far
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Caller
    #[serde(rename = "from", skip_serializing_if = "Option::is_none")]
    pub from_number: Option<T>,
    /// Caller, when an employee
    #[serde(rename = "from_ext", skip_serializing_if = "Option::is_none")]
    pub from_extension: Option<T>,
    /// Called
    #[serde(rename = "to", skip_serializing_if = "Option::is_none")]
    pub to_number: Option<T>,
    /// Called, when an employee
    #[serde(rename = "to_ext", skip_serializing_if = "Option::is_none")]
    pub to_extension: Option<T>,
    /// Called, as the PBX names him
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub to_name: Option<T>,
    /// Began
    #[serde(rename = "start", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
    /// Picked up
    #[serde(rename = "answer", skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<i64>,
    /// Over
    #[serde(rename = "end", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Seconds on hold; absent also when it was not held
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<i64>,
    /// Disconnect reason, a result code
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<i64>,
    /// Recording ids
    #[serde(rename = "files", skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<T>,
    /// The leg from which the caller was moved here
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<T>,
    /// `consultative`, `blind`, `return_blind` (vpbx-core §3.1)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<T>,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Row in the journal: the order of coming
    pub id: i64,
    /// The PBX's id
    pub entry_id: String,
    /// The best of what was told
    pub facts: Facts,
}

/// For people: how far a call is, and where the caller waits while no telephone rings.
pub fn state_word(state: State, legs: &[Leg]) -> &'static str {
    let waits = |place: &str| legs.iter().any(|leg| leg.state == Some(State::Ringing) && leg.location.as_deref() == Some(place));
    match state {
        State::Ringing if waits("abonent") => state.word(),
        State::Ringing if waits("queue") => tr("в очереди", "in the queue"),
        State::Ringing if waits("ivr") => tr("в меню", "in the menu"),
        _ => state.word(),
    }
}

impl Leg {
    /// Whether an employee takes part.
    pub fn is_of(&self, extension: &str) -> bool {
        [&self.from_extension, &self.to_extension].into_iter().any(|side| side.as_deref() == Some(extension))
    }
}

impl Direction {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Incoming => tr("входящий", "incoming"),
            Direction::Outgoing => tr("исходящий", "outgoing"),
            Direction::Internal => tr("внутренний", "internal"),
        }
    }

    /// For people with little room.
    pub fn arrow(self) -> &'static str {
        match self {
            Direction::Incoming => "←",
            Direction::Outgoing => "→",
            Direction::Internal => "↔",
        }
    }
}

impl Facts {
    /// The number or extension of the other side, seen from the company; of an internal call, of the one called.
    pub fn other_number(&self) -> Option<&str> {
        match self.direction {
            Some(Direction::Incoming) => self.from_number.as_deref(),
            Some(Direction::Internal) => self.to_extension.as_deref().or(self.to_number.as_deref()),
            _ => self.to_number.as_deref().or(self.to_extension.as_deref()),
        }
    }

    /// The other side as the PBX names it, if that is more than the number.
    pub fn other_name(&self) -> Option<&str> {
        match self.direction {
            Some(Direction::Incoming) => self.from_name.as_deref(),
            _ => self.to_name.as_deref(),
        }
    }

    /// The extension of the company's own side: who answered, should have answered, or called.
    pub fn employee(&self) -> Option<&str> {
        match self.direction {
            Some(Direction::Incoming) => self.to_extension.as_deref(),
            _ => self.from_extension.as_deref(),
        }
    }

    /// That side's name, as the PBX has it.
    pub fn employee_name(&self) -> Option<&str> {
        match self.direction {
            Some(Direction::Incoming) => self.to_name.as_deref(),
            _ => self.from_name.as_deref(),
        }
    }

    /// Seconds until the answer, or until it was given up.
    pub fn wait(&self) -> Option<i64> {
        let until = self.answered_at.or(if self.answered == Some(true) { None } else { self.ended_at })?;
        Some((until - self.started_at?).max(0))
    }

    /// A call from outside that nobody took.
    pub fn is_missed(&self) -> bool {
        self.direction == Some(Direction::Incoming) && self.answered == Some(false) && self.state == Some(State::Ended)
    }
}

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "id, entry_id, direction, state, from_number, from_extension, from_name, to_number, to_extension, to_name, \
     line, acd_group, started_at, answered_at, ended_at, talk, answered, reason, command_id, created_by, init_type, recordings, hold";

/// An entry from a row with [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let facts = Facts {
        direction: row.get_ref(2)?.as_str_or_null()?.and_then(Direction::from_word),
        state: row.get_ref(3)?.as_str_or_null()?.and_then(State::from_word),
        from_number: row.get(4)?,
        from_extension: row.get(5)?,
        from_name: row.get(6)?,
        to_number: row.get(7)?,
        to_extension: row.get(8)?,
        to_name: row.get(9)?,
        line: row.get(10)?,
        group: row.get(11)?,
        started_at: row.get(12)?,
        answered_at: row.get(13)?,
        ended_at: row.get(14)?,
        talk: row.get(15)?,
        answered: row.get(16)?,
        reason: row.get(17)?,
        command_id: row.get(18)?,
        created_by: row.get(19)?,
        init_type: row.get(20)?,
        recordings: row.get_ref(21)?.as_str_or_null()?.map(|ids| ids.split(' ').map(str::to_owned).collect()).unwrap_or_default(),
        hold: row.get(22)?,
    };
    Ok(Entry { id: row.get(0)?, entry_id: row.get(1)?, facts })
}

/// Legs of a believed source, completed by another's: the same leg fills its gaps, a leg of a place that the first does not count is added.
pub(super) fn complete(mut legs: Vec<Leg>, others: Vec<Leg>) -> Vec<Leg> {
    for other in others {
        match legs.iter_mut().find(|leg| leg.call_id.is_some() && leg.call_id == other.call_id) {
            Some(leg) => fill(leg, other),
            None if matches!(other.location.as_deref(), Some("ivr" | "queue")) => legs.insert(0, other),
            None => {}
        }
    }
    legs
}

fn fill(leg: &mut Leg, other: Leg) {
    let Leg {
        state, from_number, from_extension, to_number, to_extension, to_name, started_at, answered_at, ended_at, hold, reason, ..
    } = other;
    leg.state = leg.state.or(state);
    leg.from_number = leg.from_number.take().or(from_number);
    leg.from_extension = leg.from_extension.take().or(from_extension);
    leg.to_number = leg.to_number.take().or(to_number);
    leg.to_extension = leg.to_extension.take().or(to_extension);
    leg.to_name = leg.to_name.take().or(to_name);
    leg.started_at = leg.started_at.or(started_at);
    leg.answered_at = leg.answered_at.or(answered_at);
    leg.ended_at = leg.ended_at.or(ended_at);
    leg.hold = leg.hold.or(hold);
    leg.reason = leg.reason.or(reason);
}

impl Direction {
    /// As in JSON and in the journal.
    pub fn key(self) -> &'static str {
        match self {
            Direction::Incoming => "incoming",
            Direction::Outgoing => "outgoing",
            Direction::Internal => "internal",
        }
    }

    fn from_word(word: &str) -> Option<Direction> {
        [Direction::Incoming, Direction::Outgoing, Direction::Internal].into_iter().find(|direction| direction.key() == word)
    }
}

impl State {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            State::Ringing => tr("звонит", "ringing"),
            State::Talking => tr("разговор", "talking"),
            State::Held => tr("на удержании", "on hold"),
            State::Ended => tr("завершён", "ended"),
        }
    }

    /// As in JSON and in the journal.
    pub fn key(self) -> &'static str {
        match self {
            State::Ringing => "ringing",
            State::Talking => "talking",
            State::Held => "held",
            State::Ended => "ended",
        }
    }

    fn from_word(word: &str) -> Option<State> {
        [State::Ringing, State::Talking, State::Held, State::Ended].into_iter().find(|state| state.key() == word)
    }
}
