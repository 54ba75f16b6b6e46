//! Recordings handed out: asked for by the signed method or by a link, fetched once from an address that dies of it (vpbx-data §1).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::http::{Extensions, Response};
use axum::routing::{any, get};
use secrecy::ExposeSecret;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::ask::{Ask, Asked, Refusal, WRONG_FORMAT};
use super::clock::{Moment, moscow_time};
use super::entry::{self, Entry, Leg};
use super::gate::{Answer, absolute, caller};
use super::voices::Sound;
use super::{Sandbox, locked};
use crate::pbx::envelope::sign;

pub(super) const NO_RECORDING: i64 = 3320;
const DATABASE: i64 = 5004;

/// How long an address waits for its one visitor; how long the real ones do is not known.
const PATIENCE: Duration = Duration::from_secs(300);

/// What the sandbox knows of its recordings beyond the ledger.
#[derive(Default)]
pub(super) struct Files {
    granted: HashMap<String, Grant>,
    /// Calls whose recordings are on their way into the cloud.
    early: HashMap<i64, Moment>,
}

/// What may be fetched at an address.
struct Grant {
    recording_id: String,
    sound: Sound,
    name: String,
    kind: &'static str,
    action: Action,
    made: Instant,
}

/// What the file is wanted for; in what the two differ is not documented.
#[derive(Clone, Copy)]
enum Action {
    Download,
    Play,
}

impl Action {
    fn from_word(word: &str) -> Option<Action> {
        match word {
            "download" => Some(Action::Download),
            "play" => Some(Action::Play),
            _ => None,
        }
    }

    fn disposition(self) -> &'static str {
        match self {
            Action::Download => "attachment",
            Action::Play => "inline",
        }
    }
}

impl Files {
    /// The recordings of this call cannot be fetched before that moment.
    pub(super) fn not_before(&mut self, serial: i64, moment: Moment) {
        self.early.insert(serial, moment);
    }

    fn is_early(&mut self, serial: i64, now: Moment) -> bool {
        self.early.retain(|_, ready| now < *ready);
        self.early.contains_key(&serial)
    }

    /// The path of a new address.
    fn grant(&mut self, grant: Grant) -> String {
        self.granted.retain(|_, grant| grant.made.elapsed() < PATIENCE);
        let token = uuid::Uuid::new_v4().simple().to_string();
        let path = format!("/files/{token}");
        self.granted.insert(token, grant);
        path
    }
}

/// Everything that is asked for without a form.
pub(super) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/files/{token}", any(file))
        .route("/vpbx/queries/recording/link/{id}/{action}/{key}/{timestamp}/{sign}", get(link))
        .route("/queries/recording/link/{id}/{action}/{key}/{timestamp}/{sign}", get(link))
}

/// `queries/recording/post` (vpbx-data §1.2)
pub(super) fn post(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let recording_id = ask.needed_text("recording_id")?;
    let action = Action::from_word(&ask.needed_text("action")?).ok_or_else(|| Refusal::of(WRONG_FORMAT, "action"))?;
    sandbox.address(&recording_id, action, "audio/mp3").map(Answer::Moved)
}

/// The link that anybody may make who knows the salt (vpbx-data §1.3). How the real one refuses is not documented.
async fn link(State(sandbox): State<Sandbox>, Path(parts): Path<[String; 5]>, request: Request) -> Response<Body> {
    const PATH: &str = "queries/recording/link";
    let [id, action, key, timestamp, signed] = parts;
    sandbox.see(PATH, &json!({"recording_id": id, "action": action}).to_string());
    let peer = caller(request.extensions());
    let answer = async {
        let forbidden = |message| Answer::json(403, &json!({"name": "Forbidden", "message": message, "code": 0, "status": 403}));
        let ours = &sandbox.0.settings.credentials;
        let expected = sign(&[ours.key.expose_secret(), &timestamp, &id, ours.salt.expose_secret()]);
        let is_signed = key == ours.key.expose_secret() && bool::from(expected.as_bytes().ct_eq(signed.as_bytes()));
        let lives = timestamp.parse::<f64>().is_ok_and(|until| sandbox.0.clock.now() < until);
        let answer = match Action::from_word(&action) {
            _ if !locked(&sandbox.0.tuning).recording_links => forbidden("Links to recordings are switched off."),
            _ if !is_signed => forbidden("Wrong signature."),
            _ if !lives => forbidden("The link has expired."),
            None => Refusal::of(WRONG_FORMAT, "action").into(),
            Some(action) => sandbox.address(&id, action, "audio/mpeg").map_or_else(Answer::from, Answer::Moved),
        };
        answer.response()
    };
    let response = sandbox.with_faults(PATH, &peer, answer).await;
    absolute(response, request.headers())
}

/// A file, once.
async fn file(State(sandbox): State<Sandbox>, Path(token): Path<String>, extensions: Extensions) -> Response<Body> {
    let grant = locked(&sandbox.0.files).granted.remove(&token).filter(|grant| grant.made.elapsed() < PATIENCE);
    let recording_id = grant.as_ref().map(|grant| grant.recording_id.clone());
    sandbox.see("files", &json!({"recording_id": recording_id}).to_string());
    let peer = caller(&extensions);
    let answer = async {
        let Some(grant) = grant else { return Answer::Body(404, "text/html", b"<html><body>Not found</body></html>".to_vec()).response() };
        let disposition = format!("{}; filename=\"{}\"", grant.action.disposition(), grant.name);
        let mut response = Response::new(Body::new(grant.sound));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(grant.kind));
        if let Ok(disposition) = disposition.parse() {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
        response
    };
    sandbox.with_faults("files", &peer, answer).await
}

impl Sandbox {
    /// An address of a recording that is there.
    fn address(&self, recording_id: &str, action: Action, kind: &'static str) -> Asked<String> {
        let grant = self.recording(recording_id, |entry, leg| Grant {
            recording_id: recording_id.to_owned(),
            sound: Sound::new(leg.end - leg.answer.unwrap_or(leg.start), seed(recording_id)),
            name: file_name(entry, leg),
            kind,
            action,
            made: Instant::now(),
        })?;
        Ok(locked(&self.0.files).grant(grant))
    }

    /// Shows a recording that can be fetched: its call, and the leg in which it began.
    pub(super) fn recording<T>(&self, recording_id: &str, show: impl FnOnce(&Entry, &Leg) -> T) -> Asked<T> {
        let (serial, index, nth) = entry::recording_of(recording_id).ok_or(Refusal::new(NO_RECORDING))?;
        let not_ready = locked(&self.0.tuning).not_ready;
        if locked(&self.0.files).is_early(serial, self.0.clock.now()) {
            return Err(Refusal::new(not_ready));
        }
        let found = locked(&self.0.ledger).call(serial, |entry| {
            let leg = entry.legs.get(index).filter(|leg| leg.keeps(nth))?;
            Some(show(entry, leg))
        });
        match found.map_err(|_| Refusal::new(DATABASE))? {
            Some(found) => found.ok_or(Refusal::new(NO_RECORDING)),
            None if locked(&self.0.live).contains_key(&serial) => Err(Refusal::new(not_ready)),
            None => Err(Refusal::new(NO_RECORDING)),
        }
    }
}

/// The same conversation sounds the same whenever it is played.
fn seed(recording_id: &str) -> u64 {
    recording_id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `2026-01-14__12-30-00__74950000020__101.mp3`
fn file_name(entry: &Entry, leg: &Leg) -> String {
    let time = moscow_time(leg.answer.unwrap_or(leg.start)).replace(' ', "__").replace(':', "-");
    let number = |name: &str| name.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect::<String>();
    format!("{time}__{}__{}.mp3", number(entry.caller.name()), number(leg.to.name()))
}
