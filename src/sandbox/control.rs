//! The other side of the stage: plain JSON without signatures, for callers on this machine only. Nothing here exists at the real PBX.

mod calls;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::Response;
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::addressbook::Codes;
use super::bpmsoft;
use super::courier::Courier;
use super::faults::Fault;
use super::gate::{Answer, Spelling, caller};
use super::people::{Behaviour, EMPLOYEES, Employee, GROUPS, LINES, PEOPLE, Person};
use super::rules::{Results, Rules};
use super::visitors::Shape;
use super::{Sandbox, locked};
use crate::error::{Error, Result};

pub(super) type Reply = Response<Body>;

/// All of `/sandbox/…`.
pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/status", get(status))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/generate", post(generate))
        .merge(calls::router())
        .merge(bpmsoft::control())
        .route("/sandbox/people", get(people))
        .route("/sandbox/people/{number}", post(change_person))
        .route("/sandbox/events_to", post(events_to))
        .route("/sandbox/settings", post(settings))
        .route("/sandbox/faults", post(add_faults).delete(clear_faults))
        .route("/sandbox/requests", get(requests).delete(forget_requests))
        .route_layer(middleware::from_fn(only_from_here))
}

async fn only_from_here(request: Request, next: Next) -> Reply {
    if caller(request.extensions()).address().is_loopback() {
        return next.run(request).await;
    }
    Answer::json(403, &json!({"error": "the control API answers to this machine only"})).response()
}

pub(super) fn reply(body: Value) -> Reply {
    Answer::Json(body).response()
}

pub(super) fn refused(status: u16, error: impl std::fmt::Display) -> Reply {
    Answer::json(status, &json!({"error": error.to_string()})).response()
}

pub(super) fn outcome(result: Result<Value>) -> Reply {
    result.map_or_else(|error: Error| refused(500, error.message()), reply)
}

/// The body; nothing at all is `{}`.
#[expect(clippy::result_large_err, reason = "the error is the answer, and it is sent at once")]
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> std::result::Result<T, Reply> {
    let text = if body.is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(text).map_err(|error| refused(400, error))
}

async fn status(State(sandbox): State<Sandbox>) -> Reply {
    let pbx = &sandbox.0;
    let calls = locked(&pbx.ledger).calls();
    let tuning = locked(&pbx.tuning);
    outcome(calls.map(|calls| {
        json!({
            "version": env!("CARGO_PKG_VERSION"), "speed": pbx.settings.speed, "seed": pbx.settings.seed, "calls": calls,
            "live": locked(&pbx.live).len(), "now": pbx.clock.now(), "events_to": Courier::base(&pbx.courier),
            "limits": tuning.limits, "report_delay": tuning.report_delay, "book_codes": tuning.book_codes.word(), "answer_after": tuning.rules.answer_after,
            "transfers_outside": !tuning.rules.transfers_stay_inside, "refuse_later": tuning.rules.refuse_later,
            "results": tuning.rules.results.word(), "disorder": tuning.rules.disorder, "not_ready": tuning.not_ready,
            "recording_delay": tuning.rules.recording_delay, "recording_links": tuning.recording_links, "speech": tuning.speech,
        })
    }))
}

async fn reset(State(sandbox): State<Sandbox>) -> Reply {
    outcome(sandbox.forget_everything().map(|()| json!({})))
}

#[derive(Deserialize)]
struct Generate {
    calls: u64,
    #[serde(default = "a_month")]
    days: u32,
    seed: Option<u64>,
}

fn a_month() -> u32 {
    30
}

async fn generate(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let order: Generate = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    let directory = sandbox.0.settings.directory.clone();
    let seed = order.seed.unwrap_or(sandbox.0.settings.seed);
    let made = tokio::task::spawn_blocking(move || super::generate(&directory, order.calls, order.days, seed, &mut |_| {})).await;
    match made {
        Ok(made) => outcome(made.map(|()| json!({"calls": order.calls}))),
        Err(error) => refused(500, error),
    }
}

async fn people(State(sandbox): State<Sandbox>) -> Reply {
    let habit = |number: &str| {
        let habit = sandbox.habit(number, &mut fastrand::Rng::with_seed(0));
        json!({"number": number, "behaviour": habit.behaviour.word(), "ring": habit.ring, "talk": habit.talk})
    };
    let number = |(kind, number): &(&str, &str)| {
        let mut described = habit(number);
        described["kind"] = json!(kind);
        described
    };
    let person = |person: &Person| {
        let numbers: Vec<Value> = person.numbers.iter().map(number).collect();
        json!({"name": person.name, "company": person.company, "job": person.job, "numbers": numbers})
    };
    let employee = |employee: &Employee| {
        let mut described = habit(employee.extension);
        (described["name"], described["sip"], described["mobile"]) = (json!(employee.name), json!(employee.sip), json!(employee.mobile));
        described
    };
    reply(json!({
        "people": PEOPLE.iter().map(person).collect::<Vec<_>>(),
        "employees": EMPLOYEES.iter().map(employee).collect::<Vec<_>>(),
        "groups": GROUPS.iter().map(|group| json!({"number": group.extension, "name": group.name})).collect::<Vec<_>>(),
        "lines": LINES.iter().map(|line| json!({"number": line.number, "name": line.name})).collect::<Vec<_>>(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    behaviour: Option<String>,
    ring: Option<f64>,
    talk: Option<f64>,
}

/// Changes what a number or an employee does, until the next reset.
async fn change_person(State(sandbox): State<Sandbox>, Path(number): Path<String>, body: Bytes) -> Reply {
    let change: Change = match read(&body) {
        Ok(change) => change,
        Err(refusal) => return refusal,
    };
    let mut habit = sandbox.habit(&number, &mut fastrand::Rng::with_seed(0));
    if let Some(word) = change.behaviour {
        let Some(behaviour) = Behaviour::from_word(&word) else { return refused(400, "answers, busy, declines or silent") };
        habit.behaviour = behaviour;
    }
    let seconds = |new: Option<f64>, old: f64| new.unwrap_or(old).clamp(0.0, 86_400.0);
    (habit.ring, habit.talk) = (seconds(change.ring, habit.ring), seconds(change.talk, habit.talk));
    outcome(locked(&sandbox.0.ledger).change_habit(&number, habit).map(|()| json!({})))
}

async fn events_to(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    #[derive(Deserialize)]
    struct Where {
        url: Option<String>,
    }
    match read::<Where>(&body) {
        Ok(asked) => {
            sandbox.set_events_to(asked.url);
            reply(json!({}))
        }
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    /// Rate limits and the invalid-request quota.
    limits: Option<bool>,
    /// How the rate limit is said: `429`, `retry-after`, `503`, `5008`.
    spelling: Option<String>,
    /// Seconds until a report is ready.
    report_delay: Option<f64>,
    /// How visitors are told: `data`, `bare`, `list`, `empty`.
    dct_shape: Option<String>,
    /// Seconds for which a dynamic number belongs to a visitor.
    binding: Option<f64>,
    /// Seconds until the person at the terminal answers; `null` when only the person decides.
    #[serde(default, deserialize_with = "even_null")]
    answer_after: Option<Option<f64>>,
    /// The account's switch.
    transfers_outside: Option<bool>,
    /// Commands that cannot be carried out are refused in `result/…` alone.
    refuse_later: Option<bool>,
    /// For which rows the address book's answers have codes: `written`, `all`.
    book_codes: Option<String>,
    /// When `result/…` comes: `usual`, `before`, `after`, `mixed`.
    results: Option<String>,
    /// Seconds after the end of a call until its recordings can be fetched.
    recording_delay: Option<f64>,
    /// Result code until then.
    not_ready: Option<i64>,
    /// The account's switch for links to recordings.
    recording_links: Option<bool>,
    /// Whether the service of speech analytics is connected.
    speech: Option<bool>,
    shuffle: Option<f64>,
    duplicate: Option<f64>,
    lose: Option<f64>,
    delay: Option<f64>,
}

/// `null` is a value, not the absence of one.
fn even_null<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<Option<f64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl Changes {
    /// How calls are played from now on; `None` when something is out of its range.
    fn rules(&self, rules: Rules) -> Option<Rules> {
        let mut rules = rules;
        let within = |new: Option<f64>, old: f64, most: f64| new.map_or(Some(old), |new| (0.0..=most).contains(&new).then_some(new));
        let disorder = &mut rules.disorder;
        disorder.shuffle = within(self.shuffle, disorder.shuffle, 86_400.0)?;
        disorder.duplicate = within(self.duplicate, disorder.duplicate, 1.0)?;
        disorder.lose = within(self.lose, disorder.lose, 1.0)?;
        disorder.delay = within(self.delay, disorder.delay, 86_400.0)?;
        if let Some(seconds) = self.answer_after {
            rules.answer_after = seconds.map(|seconds| seconds.clamp(0.0, 86_400.0));
        }
        if let Some(word) = &self.results {
            rules.results = Results::from_word(word)?;
        }
        rules.transfers_stay_inside = self.transfers_outside.map_or(rules.transfers_stay_inside, |outside| !outside);
        rules.refuse_later = self.refuse_later.unwrap_or(rules.refuse_later);
        rules.recording_delay = self.recording_delay.map(|seconds| seconds.clamp(0.0, 86_400.0)).or(rules.recording_delay);
        Some(rules)
    }
}

async fn settings(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let changes: Changes = match read(&body) {
        Ok(changes) => changes,
        Err(refusal) => return refusal,
    };
    let mut tuning = locked(&sandbox.0.tuning);
    let Some(rules) = changes.rules(tuning.rules) else {
        return refused(400, "duplicate and lose from 0 to 1, shuffle and delay in seconds, results usual, before, after or mixed");
    };
    if let Some(word) = changes.spelling {
        let Some(spelling) = Spelling::from_word(&word) else { return refused(400, "429, retry-after, 503 or 5008") };
        tuning.spelling = spelling;
    }
    if let Some(word) = changes.dct_shape {
        let Some(shape) = Shape::from_word(&word) else { return refused(400, "data, bare, list or empty") };
        tuning.dct_shape = shape;
    }
    tuning.binding = changes.binding.unwrap_or(tuning.binding);
    if let Some(word) = changes.book_codes {
        let Some(codes) = Codes::from_word(&word) else { return refused(400, "written or all") };
        tuning.book_codes = codes;
    }
    tuning.rules = rules;
    tuning.limits = changes.limits.unwrap_or(tuning.limits);
    tuning.report_delay = changes.report_delay.unwrap_or(tuning.report_delay);
    tuning.not_ready = changes.not_ready.unwrap_or(tuning.not_ready);
    tuning.recording_links = changes.recording_links.unwrap_or(tuning.recording_links);
    tuning.speech = changes.speech.unwrap_or(tuning.speech);
    reply(json!({}))
}

async fn add_faults(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    match read::<Fault>(&body) {
        Ok(fault) => {
            locked(&sandbox.0.faults).add(fault);
            reply(json!({}))
        }
        Err(refusal) => refusal,
    }
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> Reply {
    locked(&sandbox.0.faults).clear();
    reply(json!({}))
}

async fn requests(State(sandbox): State<Sandbox>) -> Reply {
    reply(json!({"requests": *locked(&sandbox.0.seen)}))
}

/// Tells what it forgets: no request comes unseen between a question and another.
async fn forget_requests(State(sandbox): State<Sandbox>) -> Reply {
    reply(json!({"requests": std::mem::take(&mut *locked(&sandbox.0.seen))}))
}
