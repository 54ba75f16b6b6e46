//! What every request passes: address, invalid-request quota, key, signature, rate limit; then it is handed to its method.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION};
use axum::http::{Extensions, HeaderMap, Method, Response, StatusCode, request::Parts};
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::{Ask, BROKEN_JSON, MISSING, NOT_POST, Refusal, WRONG_KEY, WRONG_SIGN};
use super::clock::Moment;
use super::doors::Peer;
use super::{Sandbox, addressbook, commands, directory, extended, files, live_commands, locked, report, speech, visitors, widgets};
use crate::credentials::Credentials;
use crate::pbx::code::ResultCode;
use crate::pbx::envelope::{Envelope, Forged};

/// The largest body the PBX reads.
const LARGEST: usize = 1 << 20;

/// What a method answers.
pub(super) enum Answer {
    Json(Value),
    Refused(Refusal),
    /// Anything that is not a small JSON object: a page of statistics, a table, an error page, nothing at all.
    Body(u16, &'static str, Vec<u8>),
    /// It is at another address: a path of ours.
    Moved(String),
}

impl Answer {
    pub(super) fn empty(status: u16) -> Answer {
        Answer::Body(status, "text/plain", Vec::new())
    }

    pub(super) fn json(status: u16, body: &Value) -> Answer {
        Answer::Body(status, "application/json", body.to_string().into_bytes())
    }

    fn is_invalid_request(&self) -> bool {
        matches!(self, Answer::Refused(refusal) if ResultCode(refusal.code).is_invalid_request())
    }

    pub(super) fn response(self) -> Response<Body> {
        let (status, kind, body) = match self {
            Answer::Json(body) => (200, "application/json", body.to_string().into_bytes()),
            Answer::Refused(refusal) => (200, "application/json", refusal.body().to_string().into_bytes()),
            Answer::Body(status, kind, body) => (status, kind, body),
            Answer::Moved(path) => return moved(&path),
        };
        respond(status, kind, body)
    }
}

pub(super) fn respond(status: u16, kind: &str, body: Vec<u8>) -> Response<Body> {
    let empty = body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = kind.parse().ok().filter(|_| !empty) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

fn moved(path: &str) -> Response<Body> {
    let mut response = respond(302, "text/html", Vec::new());
    if let Ok(path) = path.parse() {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

/// A path of ours in `Location` as an address, under the name by which we were called.
pub(super) fn absolute(mut response: Response<Body>, request: &HeaderMap) -> Response<Body> {
    let path = response.headers().get(LOCATION).and_then(|path| path.to_str().ok()).filter(|path| path.starts_with('/'));
    let host = request.get(HOST).and_then(|host| host.to_str().ok());
    if let (Some(path), Some(host)) = (path, host)
        && let Ok(address) = format!("http://{host}{path}").parse()
    {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        Answer::Refused(refusal)
    }
}

/// How the rate limit is said; clients must understand every way (vpbx-core §1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    Status429,
    RetryAfter,
    Status503,
    Result5008,
}

impl Spelling {
    pub(super) fn from_word(word: &str) -> Option<Spelling> {
        let words = [("429", Self::Status429), ("retry-after", Self::RetryAfter), ("503", Self::Status503), ("5008", Self::Result5008)];
        words.into_iter().find(|(known, _)| *known == word).map(|(_, spelling)| spelling)
    }

    fn response(self, path: &str) -> Response<Body> {
        let body = |message: String, status: u16| json!({"name": "Service Unavailable", "message": message, "code": 0, "status": status});
        let plain = || "Rate limit exceeded.".to_owned();
        match self {
            Spelling::Status429 => Answer::json(429, &body(plain(), 429)).response(),
            Spelling::Status503 => Answer::json(503, &body(plain(), 503)).response(),
            Spelling::Result5008 => Answer::Json(json!({"result": 5008})).response(),
            Spelling::RetryAfter => {
                let message = format!("Total rate limit exceeded for action vpbx/{path}");
                let mut response = Answer::json(429, &body(message, 429)).response();
                response.headers_mut().insert("Retry-After", 2.into());
                response
            }
        }
    }
}

/// Two minutes, in which one invalid request is tolerated (vpbx-core §2).
const QUOTA: f64 = 120.0;

/// A caller that waits exactly as long as the document says must not fail by the jitter of the network, nor of a busy machine.
const EARLY: Duration = Duration::from_millis(90);

/// What the gate remembers about earlier requests.
#[derive(Default)]
pub(super) struct Memory {
    taken: HashMap<String, VecDeque<Instant>>,
    first_invalid: Option<Moment>,
    shut: bool,
}

impl Memory {
    /// Takes one of the method's places, if there is one left (vpbx-core §2, per product).
    fn take_place(&mut self, path: &str, now: Instant) -> bool {
        let (name, count, seconds) = limit(path);
        let taken = self.taken.entry(name.to_owned()).or_default();
        let due = if taken.len() < count { now } else { taken[taken.len() - count] + Duration::from_secs(seconds) };
        if now + EARLY < due {
            return false;
        }
        // Whoever came early has taken the place that was due: who is always early is early by more each time.
        taken.push_back(now.max(due));
        if taken.len() > count {
            taken.pop_front();
        }
        true
    }

    fn is_shut(&mut self, now: Moment) -> bool {
        if self.first_invalid.is_some_and(|first| now - first >= QUOTA) {
            (self.first_invalid, self.shut) = (None, false);
        }
        self.shut
    }

    /// The second invalid request shuts the gate.
    fn note_invalid(&mut self, now: Moment) -> bool {
        self.shut = self.first_invalid.is_some();
        self.first_invalid.get_or_insert(now);
        self.shut
    }
}

/// Name under which requests are counted together, how many, in how many seconds.
fn limit(path: &str) -> (&str, usize, u64) {
    match path {
        "commands/callback" | "commands/call/hangup" | "commands/recording/start" => (path, 4, 1),
        "config/users/request" | "commands/transfer" | "commands/route" => (path, 1, 2),
        "stats/request" | "stats/calls/request" => ("stats", 1, 2),
        "account/balance" => (path, 2, 1),
        "stats/result" | "stats/calls/result" => (path, 50, 1),
        "ab/contact" | "ab/contact/init" | "ab/contact/cursor" => ("ab/contact", 50, 1),
        _ if addressbook::Method::at(path).is_some_and(addressbook::Method::changes) => ("ab changes", 10, 1),
        _ => (path, 10, 1),
    }
}

/// One request as the control API shows it: without key and signature.
#[derive(Serialize)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) json: Value,
}

/// The way into the PBX: everything that is not the control API.
pub(super) async fn receive(State(sandbox): State<Sandbox>, request: Request) -> Response<Body> {
    let peer = caller(request.extensions());
    let path = method_path(request.uri().path());
    let allowed = &sandbox.0.settings.allow_ips;
    if !allowed.is_empty() && !allowed.contains(&peer.address()) {
        return Answer::json(403, &json!({"name": "Forbidden", "message": "Access denied.", "code": 0, "status": 403})).response();
    }
    let (parts, body) = request.into_parts();
    if path.starts_with(widgets::BASE) {
        sandbox.see(&path, &widgets::seen(&parts).to_string());
        return sandbox.with_faults(&path, &peer, widgets::answer(&sandbox, &parts)).await;
    }
    let (method, headers) = (parts.method.clone(), parts.headers.clone());
    let opened = match axum::body::to_bytes(body, LARGEST).await {
        Ok(body) if is_plain(&parts, &path) => String::from_utf8(body.into()).map_err(|_| Refusal::new(BROKEN_JSON).into()),
        Ok(body) => open(parts, body, &sandbox.0.settings.credentials).await,
        Err(_) => Err(Answer::empty(413)),
    };
    sandbox.see(&path, opened.as_deref().unwrap_or_default());
    let response = sandbox.with_faults(&path, &peer, sandbox.answer(&method, &path, opened)).await;
    absolute(response, &headers)
}

/// The document shows the methods of visitors and of speech with bare JSON and no signature (vpbx-data §2.7, §3.1).
fn is_plain(parts: &Parts, path: &str) -> bool {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/json") && (path.ends_with("_by_dct_number") || path.starts_with("s2t/"))
}

impl Sandbox {
    /// The answer, unless a failure was ordered for this path.
    pub(super) async fn with_faults(&self, path: &str, peer: &Peer, answer: impl Future<Output = Response<Body>>) -> Response<Body> {
        let fault = locked(&self.0.faults).strike(&[path]);
        let Some(fault) = fault else { return answer.await };
        fault.delay().await;
        let response = match fault.instead() {
            Some(response) => response,
            None => answer.await,
        };
        fault.spoil(response, peer).await
    }

    pub(super) fn see(&self, path: &str, json: &str) {
        let json = serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.to_owned()));
        let mut seen = locked(&self.0.seen);
        seen.push_back(Seen { path: path.to_owned(), json });
        if seen.len() > 1000 {
            seen.pop_front();
        }
    }

    async fn answer(&self, method: &Method, path: &str, opened: Result<String, Answer>) -> Response<Body> {
        let Some(called) = Called::at(path) else {
            return Answer::json(404, &json!({"name": "Not Found", "message": "Page not found.", "code": 0, "status": 404})).response();
        };
        let limits = locked(&self.0.tuning).limits;
        let now = self.0.clock.now();
        if limits && locked(&self.0.gate).is_shut(now) {
            return shut();
        }
        let answer = match self.checked(method, path, opened, limits) {
            Ok(ask) => self.hand_over(called, ask).await,
            Err(Stop::Limit(spelling)) => return spelling.response(path),
            Err(Stop::Answer(answer)) => answer,
        };
        if limits && answer.is_invalid_request() && locked(&self.0.gate).note_invalid(now) {
            return shut();
        }
        answer.response()
    }

    fn checked(&self, method: &Method, path: &str, opened: Result<String, Answer>, limits: bool) -> Result<Ask, Stop> {
        if method != Method::POST {
            return Err(Refusal::new(NOT_POST).into());
        }
        let json = opened.map_err(Stop::Answer)?;
        if limits && !locked(&self.0.gate).take_place(path, Instant::now()) {
            return Err(Stop::Limit(locked(&self.0.tuning).spelling));
        }
        Ok(Ask::parse(&json)?)
    }

    async fn hand_over(&self, called: Called, ask: Ask) -> Answer {
        let answer = match called {
            Called::Users => directory::users(&ask),
            Called::Groups => directory::groups(&ask),
            Called::Lines => Ok(directory::lines()),
            Called::Balance => Ok(directory::balance(self.0.clock.now())),
            Called::UserInfo => visitors::info(self, &ask),
            Called::UserHistory => visitors::history(self, &ask),
            Called::Callback => commands::callback(self, &ask),
            Called::CallbackGroup => commands::callback_group(self, &ask),
            Called::Hangup => live_commands::hangup(self, &ask),
            Called::Sms => live_commands::sms(self, &ask),
            Called::Record => live_commands::record(self, &ask),
            Called::Play => live_commands::play(self, &ask),
            Called::Route => live_commands::route(self, &ask),
            Called::Transfer => live_commands::transfer(self, &ask),
            Called::Connect => live_commands::connect(self, &ask),
            Called::Cancel => live_commands::cancel(self, &ask),
            Called::Hold => live_commands::hold(self, &ask),
            Called::ReportRequest => report::request(self, &ask),
            Called::ReportResult => report::result(self, &ask).await,
            Called::CallsRequest => extended::request(self, &ask),
            Called::CallsResult => extended::result(self, &ask).await,
            Called::Recording => files::post(self, &ask),
            Called::Topics => speech::topics(self, &ask),
            Called::Transcripts => speech::transcripts(self, &ask),
            Called::Summaries => speech::summaries(self, &ask),
            Called::Spoken => speech::calls(self, &ask).await,
            Called::Book(method) => addressbook::answer(self, method, &ask),
        };
        answer.unwrap_or_else(Answer::from)
    }
}

/// A method of the PBX.
#[derive(Clone, Copy)]
enum Called {
    Users,
    Groups,
    Lines,
    Balance,
    UserInfo,
    UserHistory,
    Callback,
    CallbackGroup,
    Hangup,
    Sms,
    Record,
    Play,
    Route,
    Transfer,
    Connect,
    Cancel,
    Hold,
    ReportRequest,
    ReportResult,
    CallsRequest,
    CallsResult,
    Recording,
    Topics,
    Transcripts,
    Summaries,
    Spoken,
    Book(addressbook::Method),
}

impl Called {
    fn at(path: &str) -> Option<Called> {
        Some(match path {
            "config/users/request" => Called::Users,
            "groups" => Called::Groups,
            "incominglines" => Called::Lines,
            "account/balance" => Called::Balance,
            "queries/user_info_by_dct_number" => Called::UserInfo,
            "queries/user_history_by_dct_number" => Called::UserHistory,
            "commands/callback" => Called::Callback,
            "commands/callback_group" => Called::CallbackGroup,
            "commands/call/hangup" => Called::Hangup,
            "commands/sms" => Called::Sms,
            "commands/recording/start" => Called::Record,
            "commands/play/start" => Called::Play,
            "commands/route" => Called::Route,
            "commands/transfer" => Called::Transfer,
            "commands/calls_connect" => Called::Connect,
            "commands/transfer_cancel" => Called::Cancel,
            "commands/call/hold/on" => Called::Hold,
            "stats/request" => Called::ReportRequest,
            "stats/result" => Called::ReportResult,
            "stats/calls/request" => Called::CallsRequest,
            "stats/calls/result" => Called::CallsResult,
            "queries/recording/post" => Called::Recording,
            "queries/recording_categories" => Called::Topics,
            "queries/recording_transcripts" => Called::Transcripts,
            "s2t/queries/recording_summary" => Called::Summaries,
            "s2t/queries/records" => Called::Spoken,
            _ => return addressbook::Method::at(path).map(Called::Book),
        })
    }
}

/// Why a request does not reach its method.
enum Stop {
    Limit(Spelling),
    Answer(Answer),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Answer(refusal.into())
    }
}

fn shut() -> Response<Body> {
    Answer::json(401, &json!({"name": "Unauthorized", "message": "Too many invalid requests.", "code": 0, "status": 401})).response()
}

/// Paths mean the same with and without `vpbx/` and a slash at the end.
pub(super) fn method_path(path: &str) -> String {
    let path = path.trim_matches('/');
    path.strip_prefix("vpbx/").unwrap_or(path).to_owned()
}

/// Where a request came from; a router that is called without a socket is called from here.
pub(super) fn caller(extensions: &Extensions) -> Peer {
    if let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<Peer>>() {
        return peer.clone();
    }
    let address = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    Peer::without_line(address)
}

/// The text that key and signature vouch for (vpbx-core §1.2, §8.4).
async fn open(parts: Parts, body: Bytes, credentials: &Credentials) -> Result<String, Answer> {
    let mut fields = fields(parts, body).await.ok_or_else(|| Answer::from(Refusal::new(MISSING)))?;
    let mut field = |name: &str| fields.remove(name).ok_or_else(|| Answer::from(Refusal::of(MISSING, name)));
    let envelope = Envelope::received(field("vpbx_api_key")?, field("sign")?, field("json")?);
    envelope.open(credentials).map_err(|forged| match forged {
        Forged::ForeignKey => Answer::json(401, &Refusal::new(WRONG_KEY).body()),
        Forged::WrongSign => Refusal::new(WRONG_SIGN).into(),
    })
}

async fn fields(parts: Parts, body: Bytes) -> Option<HashMap<String, String>> {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        return Some(form_urlencoded::parse(&body).into_owned().collect());
    }
    let mut form = Multipart::from_request(Request::from_parts(parts, Body::from(body)), &()).await.ok()?;
    let mut fields = HashMap::new();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name()?.to_owned();
        let value = field.bytes().await.ok()?;
        fields.insert(name, String::from_utf8(value.into()).ok()?);
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_document() {
        for (path, count, seconds) in [
            ("commands/callback", 4, 1),
            ("config/users/request", 1, 2),
            ("account/balance", 2, 1),
            ("stats/request", 1, 2),
            ("groups", 10, 1),
            ("ab/contact/cursor", 50, 1),
            ("ab/contacts/create", 10, 1),
            ("ab/organizations/init", 10, 1),
        ] {
            let (mut memory, now) = (Memory::default(), Instant::now());
            assert!((0..count).all(|_| memory.take_place(path, now)), "{path}");
            assert!(!memory.take_place(path, now + Duration::from_millis(seconds * 1000 - 100)), "{path}");
            assert!(memory.take_place(path, now + Duration::from_secs(seconds)), "{path}");
        }
    }

    #[test]
    fn jitter_is_forgiven_and_a_pace_that_is_too_fast_is_not() {
        let (mut memory, began) = (Memory::default(), Instant::now());
        let mut at = |milliseconds: u64| memory.take_place("stats/request", began + Duration::from_millis(milliseconds));
        assert!([50, 1970, 4040, 5990].into_iter().all(&mut at));
        assert!([8050, 10_010, 11_970].into_iter().all(&mut at));
        assert!(!at(13_930), "forty milliseconds each time");
    }

    #[test]
    fn both_kinds_of_statistics_share_one_place() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        assert!(memory.take_place("stats/request", now));
        assert!(!memory.take_place("stats/calls/request", now));
    }

    #[test]
    fn the_second_invalid_request_shuts_the_gate_until_two_minutes_after_the_first() {
        let mut memory = Memory::default();
        assert!(!memory.note_invalid(1000.0));
        assert!(!memory.is_shut(1050.0));
        assert!(memory.note_invalid(1100.0));
        assert!(memory.is_shut(1119.0));
        assert!(!memory.is_shut(1120.0));
        assert!(!memory.note_invalid(1121.0));
    }

    #[test]
    fn paths_mean_the_same_with_and_without_prefix_and_slash() {
        for path in ["/vpbx/stats/request", "/vpbx/stats/request/", "/stats/request/"] {
            assert_eq!(method_path(path), "stats/request");
        }
    }
}
