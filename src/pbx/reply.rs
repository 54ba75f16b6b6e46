//! What an answer means (vpbx-core §1.4, §1.5): the body decides first, the HTTP status where the body is silent.

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::code::ResultCode;
use super::envelope::Envelope;
use super::lenient;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::text::{printable, tr};

/// A refusal is short. A body from here on is a report: of it only what stands before its rows is looked at, since it will be
/// read as a whole by its own type, and a page of statistics is seven megabytes.
const LONG: usize = 64 * 1024;

/// An answer as it came.
pub(super) struct Reply {
    pub status: StatusCode,
    /// Seconds
    pub retry_after: Option<u64>,
    /// Where it is instead
    pub location: Option<String>,
    pub body: String,
    pub secrets: Secrets,
}

/// What an answer must not repeat to a person, though a confused server may send everything back: key, salt, signature.
#[derive(Default)]
pub(super) struct Secrets(Vec<SecretString>);

pub(super) enum Verdict {
    Accepted,
    Unauthorized,
    AddressRefused,
    Limited,
    Refused(ResultCode),
    /// A proxy on the way wants something of us.
    Proxy,
    ServerFault,
    /// No such path, or no such report any more (HTTP 404)
    Missing,
    Garbled,
}

/// The parts of a body that say how it went: `result` or `code`, with text and fields (vpbx-core §1.4).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Outcome {
    #[serde(deserialize_with = "lenient::int")]
    result: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    code: Option<i64>,
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    description: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    message: Option<String>,
    /// An object by its description; what else comes (`[]` of an empty one) names nothing.
    fields: serde_json::Value,
}

/// The longest text of the PBX's own that is shown.
const LONGEST_WORDS: usize = 300;

impl Secrets {
    pub fn of(credentials: &Credentials, envelope: &Envelope) -> Secrets {
        let plain = [credentials.salt.expose_secret(), credentials.key.expose_secret(), envelope.sign()];
        let encoded = plain.map(|secret| form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>());
        Secrets(plain.into_iter().map(Into::into).chain(encoded.map(Into::into)).collect())
    }

    /// The beginning of a text, safe to show.
    pub fn hide(&self, text: &str, longest: usize) -> String {
        // What is hidden may be longer than what is shown of it: first hide, then cut.
        let start: String = text.chars().take(10 * longest).collect();
        let hidden = self.0.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty());
        let hidden = hidden.fold(start, |text, secret| text.replace(secret, "…"));
        printable(&hidden).chars().take(longest).collect()
    }
}

impl Reply {
    pub fn verdict(&self) -> Verdict {
        let outcome = self.outcome();
        let code = outcome.as_ref().and_then(|outcome| outcome.result.or(outcome.code)).map(ResultCode);
        match (self.status.as_u16(), code) {
            // A report whose key has expired. Nothing is wrong with the request, whatever code comes along (vpbx-core §6.2.2).
            _ if outcome.as_ref().is_some_and(|outcome| outcome.status.as_deref() == Some("not-found")) => Verdict::Missing,
            (_, Some(ResultCode(5008 | 4290))) => Verdict::Limited,
            (401, Some(code)) if code.0 == 3105 || code.0 == 3102 => Verdict::Refused(code),
            (401, _) => Verdict::Unauthorized,
            (429 | 503, _) => Verdict::Limited,
            (_, Some(code)) if !code.is_accepted() => Verdict::Refused(code),
            (403, _) => Verdict::AddressRefused,
            (407, _) => Verdict::Proxy,
            (500.., _) => Verdict::ServerFault,
            (200..300, _) if outcome.is_some() || !self.is_unreadable() => Verdict::Accepted,
            (404, _) => Verdict::Missing,
            _ => Verdict::Garbled,
        }
    }

    /// The body as JSON, or the sentence that it is something else.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(&self.body).map_err(|error| Error::Garbled {
            detail: if self.body.trim().is_empty() { self.summary() } else { format!("{error}: {}", self.summary()) },
        })
    }

    /// The refusal with the PBX's own words and the fields it blames.
    pub fn refusal(&self, code: ResultCode) -> Error {
        let outcome = self.outcome().unwrap_or_default();
        let text = outcome.description.or(outcome.message).map(|text| self.secrets.hide(&text, LONGEST_WORDS));
        let fields = outcome.fields.as_object().into_iter().flatten().map(|(field, _)| printable(field).into_owned()).collect();
        Error::Refused { code, text, fields }
    }

    /// Status and the beginning of the body on one line.
    pub fn summary(&self) -> String {
        let start = self.secrets.hide(self.body.trim(), 80);
        match start.is_empty() {
            true => format!("HTTP {}, {}", self.status.as_u16(), tr("пустой ответ", "empty answer")),
            false => format!("HTTP {}: {start}", self.status.as_u16()),
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        let body = self.body.trim_start();
        if !body.starts_with('{') {
            return None;
        }
        match self.body.len() {
            0..LONG => serde_json::from_str(body).ok(),
            _ => serde_json::from_str(&format!("{}null}}", body.split_once('[')?.0)).ok(),
        }
    }

    /// A page, or what begins as JSON and does not end so: nothing that says yes.
    fn is_unreadable(&self) -> bool {
        let body = self.body.trim_start();
        body.starts_with('<') || (body.starts_with('{') && body.len() < LONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> String {
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            location: None,
            body: body.into(),
            secrets: Secrets::default(),
        };
        match reply.verdict() {
            Verdict::Accepted => "accepted".into(),
            Verdict::Unauthorized => "unauthorized".into(),
            Verdict::AddressRefused => "address".into(),
            Verdict::Limited => "limited".into(),
            Verdict::Refused(code) => format!("refused {}", code.0),
            Verdict::Proxy => "proxy".into(),
            Verdict::ServerFault => "fault".into(),
            Verdict::Missing => "missing".into(),
            Verdict::Garbled => "garbled".into(),
        }
    }

    #[test]
    fn every_known_answer_is_understood() {
        for (status, body, expected) in [
            (200, r#"{"result":1000,"command_id":"c"}"#, "accepted"),
            (200, r#"{"result":"1000"}"#, "accepted"),
            (200, r#"{"result":0,"key":"k"}"#, "accepted"),
            (200, r#"{"key":"k"}"#, "accepted"),
            (200, r#"{"users":[]}"#, "accepted"),
            (200, "", "accepted"),
            (204, "", "accepted"),
            (200, "[];1;2;0;;7495;;;1100;;ivr", "accepted"),
            (200, r#"{"result":3102}"#, "refused 3102"),
            (200, r#"{"result":"3104","fields":{"limit":3104}}"#, "refused 3104"),
            (420, r#"{"code":3104}"#, "refused 3104"),
            (400, r#"{"code":3100,"message":"x"}"#, "refused 3100"),
            (401, r#"{"result":3105}"#, "refused 3105"),
            (401, "", "unauthorized"),
            (403, "", "address"),
            (407, "", "proxy"),
            (429, r#"{"name":"Service Unavailable","message":"Rate limit exceeded.","code":0,"status":429}"#, "limited"),
            (503, "<html>", "limited"),
            (200, r#"{"result":5008}"#, "limited"),
            (200, r#"{"result":98765}"#, "refused 98765"),
            (502, "<html>", "fault"),
            (200, r#"{"result":3100,"fields":[]}"#, "refused 3100"),
            (200, r#"{"result":3100,"fields":"from","message":["x"]}"#, "refused 3100"),
            (400, r#"{"result":3100,"fields":null}"#, "refused 3100"),
            (200, r#"{"result":31"#, "garbled"),
            (200, "<html><body>Sign in to Wi-Fi</body></html>", "garbled"),
            (302, "", "garbled"),
            (404, "<html>", "missing"),
            (404, r#"{"result":3300,"status":"not-found"}"#, "missing"),
            (200, r#"{"result":1000,"status":"not-found"}"#, "missing"),
            (200, r#"{"result":3300}"#, "refused 3300"),
        ] {
            assert_eq!(said(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_report_is_judged_by_what_stands_before_its_rows() {
        let rows = r#"{"entry_id":"E"},"#.repeat(10_000);
        assert_eq!(said(200, &format!(r#"{{"result":1000,"status":"complete","data":[{rows}{{}}]}}"#)), "accepted");
        assert_eq!(said(200, &format!(r#"{{"result":5004,"data":[{rows}{{}}]}}"#)), "refused 5004");
        assert_eq!(said(200, &format!(r#"{{"data":[{rows}"#)), "accepted");
    }

    #[test]
    fn a_refusal_keeps_the_words_and_the_fields() {
        let body = r#"{"result":3100,"description":"bad\u001b[31m","fields":{"limit":3104}}"#;
        let reply = Reply { status: StatusCode::OK, retry_after: None, location: None, body: body.into(), secrets: Secrets::default() };
        let Error::Refused { code, text, fields } = reply.refusal(ResultCode(3100)) else { panic!() };
        assert_eq!((code.0, text.as_deref(), fields), (3100, Some("bad[31m"), vec!["limit".to_owned()]));
    }
}
