//! Calls from outside and from the employees' telephones, and what people do with a telephone in their hand.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::{Reply, read, refused, reply};
use crate::sandbox::ask::Asked;
use crate::sandbox::calls::Call;
use crate::sandbox::entry::{self, Party};
use crate::sandbox::people::{EMPLOYEES, Employee, LINES, Line};
use crate::sandbox::scripts::{self, Incoming, Target};
use crate::sandbox::{Sandbox, locked};

pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/incoming", post(incoming))
        .route("/sandbox/outgoing", post(outgoing))
        .route("/sandbox/answer", post(answer))
        .route("/sandbox/hangup", post(hangup))
        .route("/sandbox/transfer", post(transfer))
        .route("/sandbox/dtmf", post(dtmf))
        .route("/sandbox/calls", get(calls))
}

/// How long a caller listens to the voice menu.
const MENU: f64 = 3.0;

#[derive(Deserialize)]
struct Caller {
    /// Empty for a hidden number.
    from: String,
    to: Option<String>,
    line: Option<String>,
    /// He is a visitor of the site, which shows him a dynamic number.
    #[serde(default)]
    dct: bool,
    /// Seconds in the voice menu.
    menu: Option<f64>,
    /// Seconds until the caller hangs up, if nobody talks to him.
    patience: Option<f64>,
}

async fn incoming(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let order: Caller = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    let line = match (&order.line, order.dct) {
        (Some(line), _) => Line::find(line),
        (None, true) => locked(&sandbox.0.bindings).free(sandbox.0.clock.now()),
        (None, false) => LINES.first(),
    };
    let to = Target::of(order.to.as_deref().unwrap_or(EMPLOYEES[0].extension));
    let is_ours = match &to {
        Target::One(party) => party.employee.is_some(),
        Target::Group(_) => true,
    };
    let (Some(line), true) = (line, is_ours) else { return refused(400, "no such employee, group or line") };
    let from = Party::outside(order.from.trim_start_matches('+').to_owned());
    let seconds = |seconds: f64| seconds.clamp(0.0, 86_400.0);
    let call = Incoming { from, to, line, menu: seconds(order.menu.unwrap_or(MENU)), patience: order.patience.map(seconds) };
    begun(sandbox.start(|_| scripts::incoming(call)))
}

#[derive(Deserialize)]
struct Dialled {
    from: String,
    to: String,
}

async fn outgoing(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let order: Dialled = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    let Some(employee) = Employee::by_extension(&order.from) else { return refused(400, "no such employee") };
    let to = Target::of(order.to.trim_start_matches('+'));
    begun(sandbox.start(|fate| scripts::outgoing(Party::employee(employee), &to, fate)))
}

fn begun(serial: Asked<i64>) -> Reply {
    match serial {
        Ok(serial) => reply(json!({"entry_id": entry::entry_id(serial)})),
        Err(refusal) => refused(500, refusal.body()),
    }
}

/// Who is meant: a leg, an employee, or somebody outside.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    call_id: Option<String>,
    extension: Option<String>,
    number: Option<String>,
}

impl Who {
    /// Whether the leg is meant, or one that leads to the employee, or one that comes from the number.
    fn means(&self, call: &Call, leg: usize) -> bool {
        let found = &call.plan.legs[leg];
        self.call_id.as_ref().is_none_or(|id| call.call_id(leg) == *id)
            && self.extension.as_ref().is_none_or(|extension| found.to.extension() == extension)
            && self.number.as_ref().is_none_or(|number| found.from.number == *number)
    }

    /// Whether it is meant that holds the other side of the leg.
    fn holds(&self, call: &Call, leg: usize) -> bool {
        let found = &call.plan.legs[leg];
        let holder = found.life.held.map(|(_, by)| found.party(by).extension());
        self.extension.as_deref().is_some_and(|extension| holder == Some(extension))
    }
}

/// The telephone that rings is picked up: at an employee's, or in this leg.
async fn answer(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    match read::<Who>(&body) {
        Ok(who) => {
            let done_so = sandbox.pick_up(&|call, leg| who.means(call, leg)) || sandbox.take_off_hold(&|call, leg| who.holds(call, leg));
            done(done_so, "nothing rings there, and nobody is on hold")
        }
        Err(refusal) => refusal,
    }
}

/// The employee, or whoever is outside, puts down the receiver.
async fn hangup(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let who: Who = match read(&body) {
        Ok(who) => who,
        Err(refusal) => return refusal,
    };
    let hung_up = match (who.extension.as_deref().map(Employee::by_extension), &who.number) {
        (Some(Some(employee)), None) => sandbox.employee_hangs_up(employee),
        (None, Some(number)) => sandbox.outsider_hangs_up(number.trim_start_matches('+')),
        _ => return refused(400, "an employee's extension, or a number outside"),
    };
    done(hung_up, "not in any call")
}

/// An employee consults somebody about whoever he talks to; hanging up connects those two.
async fn transfer(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    #[derive(Deserialize)]
    struct Consults {
        extension: String,
        to: String,
    }
    let order: Consults = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    let Some(employee) = Employee::by_extension(&order.extension) else { return refused(400, "no such employee") };
    done(sandbox.employee_consults(employee, Target::of(order.to.trim_start_matches('+'))), "not in any conversation")
}

async fn dtmf(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    #[derive(Deserialize)]
    struct Keys {
        digits: String,
        call_id: Option<String>,
        number: Option<String>,
    }
    let Keys { digits, call_id, number } = match read(&body) {
        Ok(keys) => keys,
        Err(refusal) => return refusal,
    };
    let is_keys = (1..=99).contains(&digits.len()) && digits.bytes().all(|key| key.is_ascii_digit() || b"*#".contains(&key));
    if !is_keys {
        return refused(400, "1 to 99 keys: digits, * and #");
    }
    let who = Who { call_id, extension: None, number };
    done(sandbox.press(&|call, leg| who.means(call, leg), &digits), "nobody listens to the menu")
}

async fn calls(State(sandbox): State<Sandbox>) -> Reply {
    reply(json!({"legs": sandbox.living_legs()}))
}

fn done(done: bool, otherwise: &str) -> Reply {
    if done { reply(json!({})) } else { refused(404, otherwise) }
}
