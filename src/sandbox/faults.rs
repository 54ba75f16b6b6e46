//! Failures on demand, for the tests of whoever talks to the sandbox: switched on through the control API for the next requests.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use axum::http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use http_body::Frame;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Sleep;

use super::doors::{Cut, Peer};
use super::gate::{method_path, respond};

/// One failure. Everything that is left out stays as it would have been.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The method it is for, `files` for the addresses of recordings, or `*`.
    path: String,
    /// How many requests it hits; 1 when nothing is said, 0 for ever.
    #[serde(default = "once")]
    times: u64,
    /// Seconds, real ones, before anything is answered.
    #[serde(default)]
    delay: f64,
    /// HTTP status of an answer that is given instead of the method's.
    status: Option<u16>,
    /// Its body.
    body: Option<String>,
    /// Its content type.
    content_type: Option<String>,
    /// `Retry-After` of that answer.
    retry_after: Option<u64>,
    /// `Location` of that answer.
    location: Option<String>,
    /// Result code instead of the method's answer.
    result: Option<i64>,
    /// The method does its work, but its numbers come as text.
    #[serde(default)]
    string_result: bool,
    /// The method does its work, but half of its answer is lost.
    #[serde(default)]
    truncate: bool,
    /// The method does its work, but the connection breaks after so many bytes of its body.
    cut: Option<usize>,
    /// The method does its work, but its body is said to have this length.
    content_length: Option<u64>,
    /// The method does its work, but its body comes in pieces with so many seconds, real ones, before each.
    trickle: Option<f64>,
    /// The connection is closed without an answer.
    #[serde(default)]
    close: bool,
    /// With `close` or `status`: the method has done its work before.
    #[serde(default)]
    after: bool,
}

fn once() -> u64 {
    1
}

/// The failures that are switched on.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, mut fault: Fault) {
        fault.path = method_path(&fault.path);
        self.0.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The failure that hits a request that goes by these names; it is used up when its count is.
    pub(super) fn strike(&mut self, names: &[&str]) -> Option<Fault> {
        let place = self.0.iter().position(|fault| names.contains(&fault.path.as_str()) || fault.path == "*")?;
        let fault = self.0[place].clone();
        match fault.times {
            0 => {}
            1 => drop(self.0.remove(place)),
            _ => self.0[place].times -= 1,
        }
        Some(fault)
    }
}

impl Fault {
    /// The same with this body, if its status is this one and it has no other.
    pub(super) fn with_body_for(self, status: u16, kind: &str, body: &str) -> Fault {
        if self.status != Some(status) || self.body.is_some() {
            return self;
        }
        Fault { body: Some(body.to_owned()), content_type: Some(kind.to_owned()), ..self }
    }

    pub(super) async fn delay(&self) {
        if self.delay > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(self.delay.min(3600.0))).await;
        }
    }

    /// The answer that is given without asking the method.
    pub(super) fn instead(&self) -> Option<Response<Body>> {
        if let Some(result) = self.result {
            return Some(respond(200, "application/json", json!({"result": result}).to_string().into_bytes()));
        }
        if self.close && !self.after {
            return Some(respond(500, "text/plain", Vec::new()));
        }
        if self.after || (self.status.is_none() && self.body.is_none()) {
            return None;
        }
        Some(self.own_answer())
    }

    fn own_answer(&self) -> Response<Body> {
        let kind = self.content_type.as_deref().unwrap_or("text/html");
        let mut response = respond(self.status.unwrap_or(200), kind, self.body.clone().unwrap_or_default().into_bytes());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if let Some(location) = self.location.as_deref().and_then(|location| location.parse().ok()) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }

    /// What becomes of the answer on its way.
    pub(super) async fn spoil(&self, response: Response<Body>, peer: &Peer) -> Response<Body> {
        if self.close {
            peer.cut(Cut::AtOnce);
            return response;
        }
        if self.after && self.status.is_some() {
            return self.own_answer();
        }
        if let Some(count) = self.cut {
            peer.cut(Cut::AfterBody(count));
        }
        if self.content_length.is_some() || self.trickle.is_some() {
            return self.drawn_out(response);
        }
        if !self.string_result && !self.truncate {
            return response;
        }
        let (mut head, body) = response.into_parts();
        // The body was made here and is in memory.
        let mut body: Vec<u8> = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default().into();
        if self.string_result {
            body = with_text_for_numbers(&body);
        }
        if self.truncate {
            peer.cut(Cut::AfterBody(body.len() / 2));
        }
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, Body::from(body))
    }
}

impl Fault {
    fn drawn_out(&self, response: Response<Body>) -> Response<Body> {
        let pause = Duration::from_secs_f64(self.trickle.unwrap_or(0.0).clamp(0.0, 3600.0));
        let (mut head, body) = response.into_parts();
        if let Some(length) = self.content_length {
            head.headers.insert(CONTENT_LENGTH, length.into());
        }
        Response::from_parts(head, Body::new(Trickle { body, pause, wait: None }))
    }
}

/// A body of unknown length that takes its time.
struct Trickle {
    body: Body,
    pause: Duration,
    wait: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Trickle {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let pause = self.pause;
        let wait = self.wait.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        ready!(wait.as_mut().poll(context));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.wait = None;
        Poll::Ready(frame)
    }
}

/// The top level's numbers as text: `{"result":"1000"}` (vpbx-core §1.4).
fn with_text_for_numbers(body: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut object)) = serde_json::from_slice(body) else { return body.to_vec() };
    object.values_mut().filter(|value| value.is_number()).for_each(|value| *value = Value::String(value.to_string()));
    Value::Object(object).to_string().into_bytes()
}
