//! The sandbox on a real socket, asked the way other people's programs ask, with a customer who writes down what he is told.

mod addressbook;
mod calls;
mod control;
mod disorder;
mod live;
mod recordings;
mod statistics;
mod transfers;
mod transport;
mod visitors;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Sandbox, Settings, locked, serve};
use crate::credentials::Credentials;
use crate::pbx::envelope::Envelope;

/// Fast enough for any test, slow enough for the order of things to be seen.
const SPEED: f64 = 200.0;

struct Stage {
    sandbox: Sandbox,
    url: String,
    client: reqwest::Client,
    told: Told,
    _home: tempfile::TempDir,
}

/// Path and JSON of what the customer was told, in order.
type Told = Arc<Mutex<Vec<(String, Value)>>>;

fn credentials() -> Credentials {
    Credentials::new("demokey", "demosalt")
}

fn settings(home: &tempfile::TempDir) -> Settings {
    Settings {
        directory: home.path().to_owned(),
        credentials: credentials(),
        events_to: None,
        speed: SPEED,
        seed: 7,
        limits: false,
        allow_ips: Vec::new(),
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Stage {
    async fn new() -> Stage {
        Stage::with(|settings| settings).await
    }

    async fn with(change: impl FnOnce(Settings) -> Settings) -> Stage {
        let home = tempfile::tempdir().unwrap();
        let (customer, told) = customer().await;
        let sandbox = Sandbox::open(change(Settings { events_to: Some(customer), ..settings(&home) })).unwrap();
        let url = open_doors(&sandbox).await;
        Stage { sandbox, url, client: client(), told, _home: home }
    }

    /// Asks a method; the answer has to be JSON.
    async fn ask(&self, method: &str, json: Value) -> Value {
        let (status, body) = self.send(method, &json.to_string()).await;
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("{method}: {status} {body}"))
    }

    async fn send(&self, method: &str, json: &str) -> (u16, String) {
        self.post(method, Envelope::seal(&credentials(), json).form()).await.unwrap()
    }

    async fn post(&self, method: &str, form: String) -> reqwest::Result<(u16, String)> {
        let url = format!("{}/vpbx/{method}", self.url);
        let sent = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form).send().await?;
        let status = sent.status().as_u16();
        Ok((status, sent.text().await?))
    }

    async fn control(&self, path: &str, json: Value) -> Value {
        let sent = self.client.post(format!("{}/sandbox/{path}", self.url)).body(json.to_string()).send().await.unwrap();
        let (status, body) = (sent.status(), sent.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn look(&self, path: &str) -> Value {
        let body = self.client.get(format!("{}/sandbox/{path}", self.url)).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&body).unwrap()
    }

    /// What was told since the last time somebody looked, when everything is over.
    async fn story(&self) -> Vec<(String, Value)> {
        self.sandbox.idle().await;
        std::mem::take(&mut *locked(&self.told))
    }

    /// Waits for a message like this.
    async fn hears(&self, path: &str, like: impl Fn(&Value) -> bool) -> Value {
        loop {
            let heard = locked(&self.told).iter().find(|(heard, event)| heard == path && like(event)).map(|(_, event)| event.clone());
            match heard {
                Some(event) => return event,
                None => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
            }
        }
    }

    /// Waits until a leg towards this number or employee is in this state; its id.
    async fn leg(&self, to: &str, state: &str) -> String {
        let like = |event: &Value| event["call_state"] == state && (event["to"]["extension"] == to || event["to"]["number"] == to);
        self.hears("events/call", like).await["call_id"].as_str().unwrap().to_owned()
    }

    /// Asks a command; its result code.
    async fn command(&self, method: &str, order: Value) -> i64 {
        self.ask(&format!("commands/{method}"), order).await["result"].as_i64().unwrap()
    }

    /// Long enough for a recording to be kept.
    async fn a_while(&self) {
        let clock = &self.sandbox.0.clock;
        clock.until(clock.now() + 2.0).await;
    }

    /// Somebody hangs up after a while.
    async fn hang_up(&self, who: Value) {
        self.a_while().await;
        self.control("hangup", who).await;
    }

    /// These answer after two seconds and talk until somebody hangs up.
    async fn patient(&self, numbers: &[&str]) {
        for number in numbers {
            self.control(&format!("people/{number}"), json!({"behaviour": "answers", "ring": 2, "talk": 86_400})).await;
        }
    }

    /// These ring until somebody does something.
    async fn waiting(&self, numbers: &[&str]) {
        for number in numbers {
            self.control(&format!("people/{number}"), json!({"behaviour": "silent", "ring": 86_400, "talk": 86_400})).await;
        }
    }

    async fn call(&self, to: &str) -> Vec<(String, Value)> {
        let answer = self.ask("commands/callback", json!({"command_id": "c1", "from": {"extension": "101"}, "to_number": to})).await;
        assert_eq!(answer, json!({"result": 1000, "command_id": "c1"}));
        self.story().await
    }
}

async fn open_doors(sandbox: &Sandbox) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, sandbox.clone(), std::future::pending()));
    url
}

/// A customer at `http://…/base/` who believes only what is signed.
async fn customer() -> (String, Told) {
    let told = Told::default();
    let book = told.clone();
    let hear = move |uri: Uri, body: Bytes| {
        let heard = hear(&uri, &body, &book);
        async move { heard }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/base/", listener.local_addr().unwrap());
    let router = Router::new().fallback(hear);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (base, told)
}

fn hear(uri: &Uri, body: &Bytes, book: &Told) -> StatusCode {
    let fields: std::collections::HashMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
    let envelope = Envelope::received(&fields["vpbx_api_key"], &fields["sign"], &fields["json"]);
    let Ok(json) = envelope.open(&credentials()) else { return StatusCode::FORBIDDEN };
    let path = uri.path().trim_start_matches("/base/").to_owned();
    locked(book).push((path, serde_json::from_str(&json).unwrap()));
    StatusCode::OK
}

/// `Appeared A`, `Disconnected B 1121`, `summary`, …: the story with legs by letter, in the order in which they appeared.
fn told_briefly(story: &[(String, Value)]) -> Vec<String> {
    let mut legs: Vec<String> = Vec::new();
    let brief = |(path, event): &(String, Value)| {
        let Some(id) = event["call_id"].as_str() else { return path.rsplit('/').next().unwrap().to_owned() };
        let leg = legs.iter().position(|leg| leg == id).unwrap_or_else(|| {
            legs.push(id.to_owned());
            legs.len() - 1
        });
        let letter = char::from(b'A' + leg as u8);
        match (event["call_state"].as_str(), event["disconnect_reason"].as_i64()) {
            (Some(state), Some(reason)) => format!("{state} {letter} {reason}"),
            (Some(state), None) => format!("{state} {letter}"),
            (None, _) => format!("recording {} {letter}", event["recording_state"].as_str().unwrap()),
        }
    };
    story.iter().map(brief).collect()
}

/// The story as the tables of vpbx-core §7 tell it: `B4 Disconnected abonent 74950000001 tfc=A moved > 101* 1120`.
///
/// An employee at his own account is his short number, `101?` when the number is not told; `*` marks the side with the line.
fn told_in_full(story: &[(String, Value)]) -> Vec<String> {
    let (mut legs, mut recordings): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let index = |known: &mut Vec<Value>, id: &Value| {
        known.iter().position(|other| other == id).unwrap_or_else(|| {
            known.push(id.clone());
            known.len() - 1
        })
    };
    let letter = |index: usize| char::from(b'A' + index as u8);
    let mut rows = Vec::new();
    for (path, event) in story {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let word = |name: &str, before: &str| event.get(name).map_or(String::new(), |value| format!(" {before}{}", text(value)));
        rows.push(match path.as_str() {
            "events/call" => {
                let leg = letter(index(&mut legs, &event["call_id"]));
                let from = match event["from"].get("taken_from_call_id") {
                    Some(id) => format!("{} tfc={}", party(&event["from"]), letter(index(&mut legs, id))),
                    None => party(&event["from"]),
                };
                let state = format!("{leg}{} {} {}", event["seq"], text(&event["call_state"]), text(&event["location"]));
                let more = [word("disconnect_reason", ""), word("command_id", "cmd="), word("transfer", "")].concat();
                format!("{state} {from}{} > {}{}{more}", moves(&event["from"]), party(&event["to"]), moves(&event["to"]))
            }
            "events/recording" => {
                let recording = index(&mut recordings, &event["recording_id"]) + 1;
                let leg = letter(index(&mut legs, &event["call_id"]));
                let (state, seq, who) = (text(&event["recording_state"]), &event["seq"], text(&event["extension"]));
                format!("recording r{recording} {state} {seq} {leg} {who}{}{}", word("completion_code", ""), word("command_id", "cmd="))
            }
            "events/record/added" => format!("added r{} {}", index(&mut recordings, &event["recording_id"]) + 1, event["user_id"]),
            "events/dtmf" => {
                let leg = letter(index(&mut legs, &event["call_id"]));
                format!(
                    "dtmf {} {leg} {} {} by {}",
                    event["seq"],
                    text(&event["location"]),
                    text(&event["dtmf"]),
                    text(&event["initiator"])
                )
            }
            "events/summary" => "summary".to_owned(),
            path => format!("{path} {} {}", event["result"], text(&event["command_id"])),
        });
    }
    rows
}

fn party(side: &Value) -> String {
    let group = side.get("acd_group").map_or(String::new(), |group| format!("({})", group.as_str().unwrap()));
    let line = if side.get("line_number").is_some() { "*" } else { "" };
    let name = match (side["extension"].as_str(), side["number"].as_str()) {
        (Some(extension), Some(number)) if number == format!("sip:user{extension}@demo.mangosip.ru") => extension.to_owned(),
        (Some(extension), Some(number)) => format!("{extension}/{number}"),
        (Some(extension), None) => format!("{extension}?"),
        (None, number) => number.unwrap_or("nobody").to_owned(),
    };
    format!("{name}{group}{line}")
}

fn moves(side: &Value) -> String {
    let told = |name: &str, word: &'static str| if side[name] == true { word } else { "" };
    [told("was_transferred", " moved"), told("hold_initiator", " holds")].concat()
}

fn summary(story: &[(String, Value)]) -> &Value {
    &story.iter().find(|(path, _)| path == "events/summary").expect("a summary").1
}
