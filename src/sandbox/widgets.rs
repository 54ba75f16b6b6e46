//! The widgets API (vpbx-data §3.4): calls to the numbers of the invented site's widget, with a token instead of a signature.

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Method, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::clock::DAY;
use super::entry::{self, Direction, Entry};
use super::gate::{Answer, respond};
use super::visitors::{Visitor, in_utc};
use super::{Sandbox, locked};
use crate::credentials::Credentials;

/// Where it is, seen from the root.
pub const BASE: &str = "widgets/v1/calltracking/";

/// The call-tracking widget of the invented site.
pub const WIDGET: u64 = 1001;

/// The longest period, a published client's own limit.
const LONGEST: i64 = 31 * DAY;

/// A conversation of so many seconds is a good one.
const GOOD: i64 = 60;

/// The token of the sandbox with this key and salt; it opens nothing else.
pub fn token(credentials: &Credentials) -> String {
    use secrecy::ExposeSecret;
    let made =
        Sha256::new().chain_update("widget").chain_update(credentials.key.expose_secret()).chain_update(credentials.salt.expose_secret());
    made.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// Answers a request below [`BASE`].
pub(super) async fn answer(sandbox: &Sandbox, parts: &Parts) -> Response<Body> {
    let query = Query::of(parts);
    let said = match checked(sandbox, parts, &query) {
        Ok(asked) => asked,
        Err((status, why)) => return refused(status, why),
    };
    let pages = sandbox.0.pages.clone();
    let found = tokio::task::spawn_blocking(move || {
        let mut calls = Vec::new();
        let pages = locked(&pages);
        pages.reader.visit(i64::MIN, said.from, said.to, &mut |_, entry| {
            calls.extend(WidgetCall::of(&entry).filter(|call| query.takes(call)));
            true
        })?;
        Ok::<_, crate::error::Error>(calls)
    });
    match (found.await, said.csv) {
        (Ok(Ok(calls)), false) => respond(200, "application/json", serde_json::to_vec(&calls).unwrap_or_default()),
        (Ok(Ok(calls)), true) => respond(200, "text/csv", table(&calls)),
        _ => refused(500, "the calls could not be read"),
    }
}

fn refused(status: u16, why: &str) -> Response<Body> {
    Answer::json(status, &json!({"name": "Error", "message": why, "code": 0, "status": status})).response()
}

/// What is asked for.
struct Asked {
    from: i64,
    to: i64,
    csv: bool,
}

fn checked(sandbox: &Sandbox, parts: &Parts, query: &Query) -> Result<Asked, (u16, &'static str)> {
    let path = parts.uri.path().trim_matches('/').trim_start_matches(BASE);
    let (widget, method) = path.split_once('/').ok_or((404, "Page not found."))?;
    let csv = match method {
        "calls" | "calls.json" => false,
        "calls.csv" => true,
        _ => return Err((404, "Page not found.")),
    };
    if parts.method != Method::GET {
        return Err((405, "Method not allowed."));
    }
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token(&sandbox.0.settings.credentials);
    if query.value("access_token").or(header) != Some(&token) {
        return Err((401, "Your request was made with invalid credentials."));
    }
    if widget != WIDGET.to_string() {
        return Err((404, "No such widget."));
    }
    let minute = |name: &str| query.value(name).and_then(minute).ok_or((400, "dateStart and dateEnd: ISO 8601, to the minute."));
    let (from, to) = (minute("dateStart")?, minute("dateEnd")?);
    if to < from || to - from > LONGEST {
        return Err((400, "The period is reversed or too long."));
    }
    Ok(Asked { from, to, csv })
}

/// `2026-01-01T00:00Z`
fn minute(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

struct Query(Vec<(String, String)>);

impl Query {
    fn of(parts: &Parts) -> Query {
        Query(form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn takes(&self, call: &WidgetCall) -> bool {
        let number = |name: &str, value: i64| self.value(name).is_none_or(|asked| asked == value.to_string());
        let word = |name: &str, value: Option<&str>| self.value(name).is_none_or(|asked| value == Some(asked));
        (self.value("callType") == Some("0") || number("callType", call.call_type))
            && number("isNew", i64::from(call.is_new))
            && number("isQuality", i64::from(call.is_quality))
            && word("utmSource", call.utm_source)
            && word("utmMedium", call.utm_medium)
            && word("utmCampaign", call.utm_campaign)
            && word("utmContent", call.utm_content)
            && word("utmTerm", call.utm_term)
    }
}

/// A call as the list shows it; one to a static number has no visitor.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WidgetCall {
    call_id: String,
    date_start: String,
    date_end: String,
    call_type: i64,
    call_status: i64,
    number: &'static str,
    caller_number: String,
    duration: i64,
    wait_duration: i64,
    is_new: bool,
    is_quality: bool,
    is_duplicate: bool,
    uid: Option<String>,
    ga_cid: Option<String>,
    ya_cid: Option<String>,
    utm_source: Option<&'static str>,
    utm_medium: Option<&'static str>,
    utm_campaign: Option<&'static str>,
    utm_content: Option<&'static str>,
    utm_term: Option<&'static str>,
    country_code: Option<&'static str>,
    region_code: Option<&'static str>,
    city: Option<&'static str>,
    device: Option<&'static str>,
    ip: Option<String>,
    url: Option<String>,
    first_url: Option<String>,
    custom_param: Option<String>,
}

impl WidgetCall {
    fn of(entry: &Entry) -> Option<WidgetCall> {
        let line = entry.line.filter(|line| entry.direction == Direction::Incoming && line.tracking() > 0)?;
        let visitor = Visitor::of(entry.serial);
        let seen = (line.tracking() == 1).then_some(&visitor);
        let talk = entry.talk();
        let answer = entry.legs.iter().filter_map(|leg| leg.answer).min();
        let by = seen.map(|visitor| visitor.came_by);
        Some(WidgetCall {
            call_id: entry::entry_id(entry.serial),
            date_start: in_utc(entry.start),
            date_end: in_utc(entry.end),
            call_type: line.tracking(),
            call_status: if entry.answered { 1100 } else { entry.legs.last().map_or(1100, |leg| leg.reason) },
            number: line.number,
            caller_number: entry.caller.number.to_string(),
            duration: talk,
            wait_duration: answer.unwrap_or(entry.end) - entry.start,
            is_new: visitor.is_new,
            is_quality: talk >= GOOD,
            is_duplicate: !visitor.is_new,
            uid: seen.map(|visitor| visitor.uid.clone()),
            ga_cid: seen.map(|visitor| visitor.ga_cid.clone()),
            ya_cid: seen.map(|visitor| visitor.ya_cid.clone()),
            utm_source: by.and_then(|by| by.source),
            utm_medium: by.and_then(|by| by.medium),
            utm_campaign: by.and_then(|by| by.campaign),
            utm_content: by.and_then(|by| by.content),
            utm_term: by.and_then(|by| by.term),
            country_code: seen.map(|_| "RU"),
            region_code: seen.map(|visitor| visitor.place.region_code),
            city: seen.map(|visitor| visitor.place.city),
            device: seen.map(|visitor| visitor.device),
            ip: seen.map(|visitor| visitor.ip.clone()),
            url: seen.map(Visitor::url),
            first_url: seen.map(Visitor::first_url),
            custom_param: seen.and_then(|visitor| visitor.custom.clone()),
        })
    }
}

/// The same with a heading, a line a call.
fn table(calls: &[WidgetCall]) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    calls.iter().for_each(|call| drop(table.serialize(call)));
    table.into_inner().unwrap_or_default()
}

/// A request as the control API shows it: without the token.
pub(super) fn seen(parts: &Parts) -> Value {
    let query = Query::of(parts).0.into_iter().filter(|(name, _)| name != "access_token");
    query.map(|(name, value)| (name, Value::String(value))).collect::<serde_json::Map<_, _>>().into()
}
