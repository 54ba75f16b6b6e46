//! Orders: what rings telephones (vpbx-core §4). Each leaves at most once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::{Client, Kind, Method};
use crate::error::Result;

/// The customer's name for an order, ≤ 128 bytes; the PBX repeats it in results and events (vpbx-core §3.0).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub String);

impl CommandId {
    /// A new one, never used before.
    pub fn fresh() -> CommandId {
        CommandId(uuid::Uuid::new_v4().to_string())
    }
}

const fn order(path: &'static str) -> Method {
    // 4 in a second for each of callback, callback_group and hangup (vpbx-core §2; callback_group is not listed, so as callback).
    Method { path, limit: path, spacing: Duration::from_millis(250), kind: Kind::Order }
}

/// Transfers are allowed once in two seconds (vpbx-core §2).
const fn rare_order(path: &'static str) -> Method {
    Method { path, limit: path, spacing: Duration::from_secs(2), kind: Kind::Order }
}

const CALLBACK: Method = order("commands/callback");
const CALLBACK_GROUP: Method = order("commands/callback_group");
const HANGUP: Method = order("commands/call/hangup");
const HOLD: Method = order("commands/call/hold/on");
const RECORD: Method = order("commands/recording/start");
const CONNECT: Method = order("commands/calls_connect");
const CANCEL: Method = order("commands/transfer_cancel");
const SMS: Method = order("commands/sms");
const TRANSFER: Method = rare_order("commands/transfer");

/// A call on behalf of an employee: his telephone rings first, then the other side's (vpbx-core §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Callback {
    /// Ours
    pub command_id: CommandId,
    /// Whose telephone rings first
    pub from: CallbackFrom,
    /// Extension, group, or number in digits, ≤ 128 bytes
    pub to_number: String,
    /// Line that the other side sees: digits, or the name of a SIP line
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_number: Option<String>,
    /// `Call-Info/answer-after`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_headers: Option<SipHeaders>,
}

/// The employee who calls, and on which of his numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallbackFrom {
    /// Short number of the employee
    pub extension: String,
    /// Another number to ring him on: SIP, FMC or outside, not a short one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// The one header that a callback may carry (vpbx-core appendix B).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SipHeaders {
    /// Seconds after which the employee's telephone picks up by itself, as text
    #[serde(rename = "Call-Info/answer-after")]
    pub answer_after: String,
}

/// A call between a group and an outside number (vpbx-core §4.2): whoever is named in `from` rings first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallbackGroup {
    /// Ours
    pub command_id: CommandId,
    /// Outside number or short number of a group
    pub from: String,
    /// The same; one of the two is a group
    pub to: String,
    /// Required: a line of the PBX
    pub line_number: String,
}

/// A text message (vpbx-core §4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sms {
    /// Ours
    pub command_id: CommandId,
    /// At most 612 Latin or 268 other characters
    pub text: String,
    /// The employee who is billed
    pub from_extension: String,
    /// Any number but an employee's short one, ≤ 128 bytes
    pub to_number: String,
    /// Name of the sender, ≤ 128 bytes; empty or not allowed: the one that is chosen in the personal account
    pub sms_sender: String,
}

impl Sms {
    /// Messages in which a text goes out, 1 to 4; `None` when it is empty or too long. A letter that is not Latin makes each
    /// message shorter: 70 characters for 160 if one is enough, else 67 for 153.
    pub fn segments(text: &str) -> Option<usize> {
        let (alone, each) = if text.is_ascii() { (160, 153) } else { (70, 67) };
        match text.chars().count() {
            0 => None,
            length if length <= alone => Some(1),
            length => Some(length.div_ceil(each)).filter(|segments| *segments <= 4),
        }
    }
}

impl Client {
    /// Sends a text message. Accepted means taken: `result/sms` and `events/sms` tell the rest. Errors as [`Client::callback`], and 4300.
    pub async fn sms(&self, sms: &Sms) -> Result<()> {
        self.post(&SMS, sms).await.map(drop)
    }

    /// Rings the employee, then the other side. Accepted means queued: what comes of it is told by events.
    ///
    /// Errors: `Refused` with 2xxx, 3100, 4001, 5xxx; `Unknown` when the answer was lost after the request left.
    pub async fn callback(&self, callback: &Callback) -> Result<()> {
        self.post(&CALLBACK, callback).await.map(drop)
    }

    /// Joins a group and an outside number. Errors as [`Client::callback`].
    pub async fn callback_group(&self, callback: &CallbackGroup) -> Result<()> {
        self.post(&CALLBACK_GROUP, callback).await.map(drop)
    }

    /// Ends one leg, in the voice menu or at an employee (vpbx-core §4.3). Errors: 4100 forbidden there, 4101 ended or unknown.
    pub async fn hangup(&self, command_id: &CommandId, call_id: &str) -> Result<()> {
        self.post(&HANGUP, &OnLeg { command_id, call_id, initiator: None, call_party_number: None }).await.map(drop)
    }

    /// Passes a connected call on (vpbx-core §4.8). Errors: 22xx, 32xx, 4100 not possible here, 4101 ended.
    pub async fn transfer(&self, transfer: &Transfer) -> Result<()> {
        self.post(&TRANSFER, transfer).await.map(drop)
    }

    /// Joins the held party with the one consulted (vpbx-core §4.9).
    pub async fn connect(&self, connect: &Connect) -> Result<()> {
        self.post(&CONNECT, connect).await.map(drop)
    }

    /// Goes back from a consultation to the held party; `call_id` is that of the held leg (vpbx-core §4.10).
    pub async fn cancel_transfer(&self, command_id: &CommandId, call_id: &str) -> Result<()> {
        self.post(&CANCEL, &OnLeg { command_id, call_id, initiator: None, call_party_number: None }).await.map(drop)
    }

    /// Holds a leg; the PBX has no command that ends it (vpbx-core §4.11). `initiator` as in [`Transfer`].
    pub async fn hold(&self, command_id: &CommandId, call_id: &str, initiator: &str) -> Result<()> {
        self.post(&HOLD, &OnLeg { command_id, call_id, initiator: Some(initiator), call_party_number: None }).await.map(drop)
    }

    /// Records an employee's side of a leg; the PBX has no command that stops it (vpbx-core §4.5). Errors: 4102 already recorded.
    pub async fn record(&self, command_id: &CommandId, call_id: &str, extension: &str) -> Result<()> {
        self.post(&RECORD, &OnLeg { command_id, call_id, initiator: None, call_party_number: Some(extension) }).await.map(drop)
    }
}

/// How a call is passed on (vpbx-core §4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferMethod {
    /// At once
    Blind,
    /// After talking to the target, while the other side is held
    #[serde(rename = "hold")]
    Consultative,
}

/// A transfer (vpbx-core §4.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Ours
    pub command_id: CommandId,
    /// A leg in state Connected
    pub call_id: String,
    /// Blind or consultative
    pub method: TransferMethod,
    /// Employee, group, any number; ≤ 128 bytes
    pub to_number: String,
    /// The value of our party's extension or number on that leg
    pub initiator: String,
}

/// The end of a consultative transfer (vpbx-core §4.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connect {
    /// Ours
    pub command_id: CommandId,
    /// The leg that is held; the PBX spells it so
    pub holded_call_id: String,
    /// The leg of the consultation
    pub transferred_call_id: String,
    /// Caller's number on the leg of the consultation
    pub transfer_initiator_number: String,
}

#[derive(Serialize)]
struct OnLeg<'a> {
    command_id: &'a CommandId,
    call_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    initiator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_party_number: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::Sms;

    #[test]
    fn a_letter_that_is_not_latin_makes_messages_shorter() {
        for (letter, lengths) in [("a", [1, 160, 161, 306, 307, 459, 460, 612, 613]), ("я", [1, 70, 71, 134, 135, 201, 202, 268, 269])] {
            let segments = lengths.map(|length| Sms::segments(&letter.repeat(length)));
            assert_eq!(segments, [Some(1), Some(1), Some(2), Some(2), Some(3), Some(3), Some(4), Some(4), None], "{letter}");
        }
        assert_eq!(Sms::segments(""), None);
    }
}
