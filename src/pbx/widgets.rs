//! The widgets API (vpbx-data §3.4): calls to all numbers of a call-tracking widget, static channels included. It is not a part of
//! the PBX's API: another host, a token instead of key and salt, no signature.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use jiff::tz::Offset;
use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::Deserializer;

use super::client::{CONNECT_TIMEOUT, reason, silence};
use super::lenient;
use super::tracking::{Utm, items, moment, read};
use crate::error::{Error, Result};
use crate::text::printable;

/// The longest period that may be asked for at once: clients refuse more than 31 days.
const LONGEST: i64 = 30 * 24 * 60 * 60;

/// The first period, before it is known how much there is in a day.
const FIRST: i64 = 24 * 60 * 60;

/// An answer of this size is large enough: the next period will be no longer, so that memory does not grow with the period.
const LARGE: usize = 1 << 19;

/// The limit is not known; the PBX's own is ten in a second.
const SPACING: Duration = Duration::from_millis(100);

/// How often a question is asked again.
const AGAIN: usize = 4;

/// The longest pause that is waited out on the server's word.
const LONGEST_PAUSE: u64 = 130;

/// A call to a number of the widget. Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WidgetCall {
    /// Its id there
    #[serde(deserialize_with = "lenient::text")]
    pub call_id: Option<String>,
    /// Came in, Unix seconds; the server may give minutes only
    #[serde(rename = "dateStart", deserialize_with = "in_utc")]
    pub started_at: Option<i64>,
    /// 1 dynamic, 2 static, 3 the number that is shown when there is no other
    #[serde(deserialize_with = "lenient::int")]
    pub call_type: Option<i64>,
    /// The number that was called
    #[serde(deserialize_with = "lenient::text")]
    pub number: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    caller_number: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    caller_numer: Option<String>,
    /// The first call of this caller
    #[serde(deserialize_with = "lenient::flag")]
    pub is_new: Option<bool>,
    /// Long enough, by the widget's own rule
    #[serde(deserialize_with = "lenient::flag")]
    pub is_quality: Option<bool>,
    /// The visitor's cookie
    #[serde(deserialize_with = "lenient::text")]
    pub uid: Option<String>,
    /// Google Analytics
    #[serde(deserialize_with = "lenient::text")]
    pub ga_cid: Option<String>,
    /// Yandex Metrica
    #[serde(deserialize_with = "lenient::text")]
    pub ya_cid: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    utm_source: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    utm_medium: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    utm_campaign: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    utm_term: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    utm_content: Option<String>,
    /// ISO
    #[serde(deserialize_with = "lenient::text")]
    pub country_code: Option<String>,
    /// ISO
    #[serde(deserialize_with = "lenient::text")]
    pub region_code: Option<String>,
    /// In words
    #[serde(deserialize_with = "lenient::text")]
    pub city: Option<String>,
    /// `mobile`, `desktop`, `tablet`
    #[serde(deserialize_with = "lenient::text")]
    pub device: Option<String>,
    /// Address of the visitor's machine
    #[serde(deserialize_with = "lenient::text")]
    pub ip: Option<String>,
    /// The page from which he called
    #[serde(deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// The page on which he came to the site
    #[serde(deserialize_with = "lenient::text")]
    pub first_url: Option<String>,
    /// Whatever the owner of the site passes on
    #[serde(deserialize_with = "lenient::text")]
    pub custom_param: Option<String>,
}

impl WidgetCall {
    /// Who called; a published client spells the key without its `b`.
    pub fn caller(&self) -> Option<&str> {
        self.caller_number.as_deref().or(self.caller_numer.as_deref())
    }

    /// The marks of the advertisement.
    pub fn utm(&self) -> Utm {
        Utm {
            source: self.utm_source.clone(),
            medium: self.utm_medium.clone(),
            campaign: self.utm_campaign.clone(),
            term: self.utm_term.clone(),
            content: self.utm_content.clone(),
        }
    }
}

fn in_utc<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    lenient::text(value).map(|text: Option<String>| text.and_then(|text| moment(&text, Offset::UTC)))
}

/// The calls in an answer, a bare list or one that is wrapped. Errors only on what is not JSON.
pub fn calls(body: &str) -> serde_json::Result<Vec<WidgetCall>> {
    let body = body.trim_start_matches('\u{feff}').trim();
    // Read at once a list needs a tenth of the memory; whatever is odd about it is looked at piece by piece.
    let mut calls = match serde_json::from_str::<Vec<WidgetCall>>(body) {
        Ok(calls) => calls,
        Err(_) if body.is_empty() => Vec::new(),
        Err(_) => items(serde_json::from_str(body)?).into_iter().map(read).collect(),
    };
    calls.retain(|call| *call != WidgetCall::default());
    Ok(calls)
}

/// Speaks to the widgets API.
pub struct Widgets {
    http: reqwest::Client,
    base: String,
    token: SecretString,
    timeout: Duration,
}

impl Widgets {
    /// `base` is [`super::addresses::WIDGETS`] or a sandbox's address; `nearby` is a server on this machine, past any proxy.
    pub fn new(base: &str, token: SecretString, timeout: Duration, nearby: bool) -> Result<Widgets> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .user_agent(concat!("mango/", env!("CARGO_PKG_VERSION")))
            // The token must not follow a redirect to another host.
            .redirect(reqwest::redirect::Policy::none());
        let http = if nearby { http.no_proxy() } else { http };
        let http = http.build().map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Widgets { http, base: format!("{}/", base.trim_end_matches('/')), token, timeout })
    }

    /// Hands over the calls of a period, Unix seconds, in pieces: as they come, so many that a piece is no burden to memory.
    pub async fn calls(&self, widget: u64, since: i64, until: i64, each: &mut dyn FnMut(Vec<WidgetCall>, i64) -> Result<()>) -> Result<()> {
        let (mut from, mut step) = (since, FIRST);
        while from < until {
            let to = (from + step).min(until);
            let body = self.asked(widget, from, to).await?;
            let calls = calls(&body).map_err(|_| self.garbled(StatusCode::OK, &body))?;
            // The server knows minutes: those that lie outside belong to the neighbours.
            let calls = calls.into_iter().filter(|call| call.started_at.is_some_and(|at| (from..to).contains(&at))).collect();
            each(calls, to)?;
            step = if body.len() < LARGE { (step * 2).min(LONGEST) } else { (step / 2).max(3600) };
            from = to;
            if from < until {
                tokio::time::sleep(SPACING).await;
            }
        }
        Ok(())
    }

    async fn asked(&self, widget: u64, since: i64, until: i64) -> Result<String> {
        (|| self.ask(widget, since, until))
            .retry(ExponentialBuilder::default().with_min_delay(Duration::from_millis(300)).with_max_times(AGAIN).with_jitter())
            .when(|error| match error {
                Error::RateLimited { retry_after } => retry_after.is_none_or(|seconds| seconds <= LONGEST_PAUSE),
                Error::NoReply { .. } | Error::Unreachable { .. } => true,
                _ => false,
            })
            .adjust(|error, pause| match error {
                Error::RateLimited { retry_after: Some(seconds) } => pause.map(|pause| pause.max(Duration::from_secs(*seconds))),
                _ => pause,
            })
            .notify(|error, pause| tracing::debug!("{}; again in {:.1} s", error.message(), pause.as_secs_f32()))
            .await
    }

    /// In the heading a token is in no log on the way; servers that want it in the address are told it there, too.
    async fn ask(&self, widget: u64, since: i64, until: i64) -> Result<String> {
        // The address says minutes: the last one that is begun is asked for whole.
        let period = [("dateStart", minute(since)), ("dateEnd", minute(until + 59)), ("callType", "0".to_owned())];
        let address = |query: &mut form_urlencoded::Serializer<'_, String>| {
            format!("{}{widget}/calls.json?{}", self.base, query.extend_pairs(&period).finish())
        };
        let plain = address(&mut form_urlencoded::Serializer::new(String::new()));
        tracing::debug!("→ GET {plain}");
        let (status, body) = self.exchange(self.http.get(&plain).bearer_auth(self.token.expose_secret())).await?;
        if status != StatusCode::UNAUTHORIZED {
            return self.judged(status, body, &plain);
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        let telling = address(query.append_pair("access_token", self.token.expose_secret()));
        let (status, body) = self.exchange(self.http.get(telling)).await?;
        self.judged(status, body, &plain)
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<(StatusCode, String)> {
        let response = request.send().await.map_err(|error| self.not_sent(&error))?;
        let status = response.status();
        let pause = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        if matches!(status.as_u16(), 429 | 503) {
            return Err(Error::RateLimited { retry_after: pause });
        }
        let body = response.text().await.map_err(|error| self.not_sent(&error))?;
        tracing::debug!("← {} {} bytes", status.as_u16(), body.len());
        Ok((status, body))
    }

    fn judged(&self, status: StatusCode, body: String, address: &str) -> Result<String> {
        match status.as_u16() {
            200..300 => Ok(body),
            401 | 403 => Err(Error::WrongWidgetToken),
            404 => Err(Error::NotFound { path: address.split('?').next().unwrap_or(address).to_owned() }),
            500.. => Err(Error::NoReply { detail: format!("HTTP {}", status.as_u16()) }),
            _ => Err(self.garbled(status, &body)),
        }
    }

    fn garbled(&self, status: StatusCode, body: &str) -> Error {
        // A confused server may send everything back.
        let start: String = body.trim().chars().take(1000).collect();
        let start = start.replace(self.token.expose_secret(), "…");
        let start: String = printable(&start).chars().take(80).collect();
        Error::Garbled { detail: format!("HTTP {}: {start}", status.as_u16()) }
    }

    fn not_sent(&self, error: &reqwest::Error) -> Error {
        let detail = if error.is_timeout() { silence(self.timeout) } else { reason(error) };
        let host = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest).split('/').next().unwrap_or_default();
        match error.is_connect() {
            true => Error::Unreachable { host: host.to_owned(), detail },
            false => Error::NoReply { detail },
        }
    }
}

/// `2026-01-01T00:00Z`
fn minute(at: i64) -> String {
    let at = Timestamp::from_second(at).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_however_they_are_wrapped() {
        let one = r#"{"callId":7,"dateStart":"2026-01-01T00:02Z","callType":"1","number":74950000012,"callerNumer":"79000000021","isNew":1,
            "isQuality":"0","utmSource":"yandex","utmTerm":"","yaCid":1767225000100000001,"firstUrl":"https://example.com/"}"#;
        let expected = calls(&format!("[{one}]")).unwrap();
        let call = &expected[0];
        assert_eq!((call.started_at, call.call_type, call.number.as_deref()), (Some(1_767_225_720), Some(1), Some("74950000012")));
        assert_eq!((call.caller(), call.is_new, call.is_quality), (Some("79000000021"), Some(true), Some(false)));
        assert_eq!(call.utm(), Utm { source: Some("yandex".into()), ..Utm::default() });
        for wrapped in [one.to_owned(), format!("{{\"data\":[{one}]}}"), format!("{{\"calls\":[{one},{{}}]}}"), format!("[{one},null,5]")] {
            assert_eq!(calls(&wrapped).unwrap(), expected, "{wrapped}");
        }
        for nothing in ["", "[]", "{}", "null", "{\"data\":{}}"] {
            assert_eq!(calls(nothing).unwrap(), [], "{nothing}");
        }
        assert!(calls("<html>").is_err());
    }

    #[test]
    fn a_period_is_asked_for_to_the_minute() {
        assert_eq!((minute(1_767_225_735), minute(1_767_225_735 + 59)), ("2026-01-01T00:02Z".into(), "2026-01-01T00:03Z".into()));
    }
}
