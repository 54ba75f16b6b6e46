//! What was said (vpbx-data §2): topics, transcripts and summaries of recordings, where the account has speech analytics.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Client, Kind, Method};
use super::lenient;
use crate::error::{Error, Result};

const fn question(path: &'static str) -> Method {
    Method { path, limit: "default", spacing: Duration::from_millis(100), kind: Kind::Question }
}

const TOPICS: Method = question("queries/recording_categories");
const TRANSCRIPTS: Method = question("queries/recording_transcripts");
// These two stand beside `vpbx/`, not below it.
const SUMMARIES: Method = question("../s2t/queries/recording_summary");
const CALLS: Method = question("../s2t/queries/records");

/// How many calls are asked for at once; the largest page is not documented.
const PAGE: usize = 100;

/// A topic that was recognised.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Topic {
    /// Id in the account
    #[serde(deserialize_with = "lenient::int")]
    pub id: Option<i64>,
    /// As entered in the account
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Unix seconds
    #[serde(deserialize_with = "lenient::int")]
    pub assign_time: Option<i64>,
    /// By which words
    #[serde(deserialize_with = "lenient::list")]
    pub terms: Vec<Term>,
}

/// A word by which a topic was recognised.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Term {
    /// The word or the phrase
    #[serde(deserialize_with = "lenient::text")]
    pub value: Option<String>,
    /// How many times it was said
    #[serde(deserialize_with = "lenient::int")]
    pub count: Option<i64>,
}

/// Who said what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// How the client is called
    pub client: Option<String>,
    /// How the employee is called
    pub operator: Option<String>,
    /// `client` or `operator`, and what was said, in turn
    pub phrases: Vec<(String, String)>,
}

/// A call whose speech was recognised (vpbx-data §2.4).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SpokenCall {
    /// The id by which summaries are asked for; how it belongs to a call's own id is not documented
    #[serde(deserialize_with = "lenient::text")]
    pub communication_id: Option<String>,
    /// When, how long, who with whom
    #[serde(deserialize_with = "lenient::object")]
    pub info: SpokenInfo,
}

/// When, how long, who with whom.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SpokenInfo {
    /// Unix seconds
    #[serde(deserialize_with = "lenient::int")]
    pub time_created: Option<i64>,
    /// Seconds
    #[serde(deserialize_with = "lenient::int")]
    pub duration: Option<i64>,
    /// Digits or `sip:…`
    #[serde(deserialize_with = "lenient::text")]
    pub from_number: Option<String>,
    /// Digits or `sip:…`
    #[serde(deserialize_with = "lenient::text")]
    pub to_number: Option<String>,
}

impl Client {
    /// The topics of a recording, with the words by which they were recognised.
    pub async fn topics(&self, recording_id: &str) -> Result<Vec<Topic>> {
        let ask = json!({ "recording_id": in_a_text(recording_id), "with_terms": true, "with_names": true });
        let reply = self.post(&TOPICS, &ask).await.map_err(not_connected)?;
        Ok(of(reply.json::<Data<Categories>>()?.data, recording_id).map(|found| found.categories).unwrap_or_default())
    }

    /// What was said in a recording; `None` when it was not recognised.
    pub async fn transcript(&self, recording_id: &str) -> Result<Option<Transcript>> {
        let reply = self.post(&TRANSCRIPTS, &json!({ "recording_id": in_a_text(recording_id) })).await.map_err(not_connected)?;
        Ok(of(reply.json::<Data<Phrases>>()?.data, recording_id).map(Transcript::from))
    }

    /// The calls of these days (`2026-01-14`) that were recognised.
    pub async fn spoken_calls(&self, from: &str, to: &str) -> Result<Vec<SpokenCall>> {
        let mut all = Vec::new();
        loop {
            let ask = json!({ "date_from": from, "date_to": to, "offset": all.len(), "limit": PAGE });
            let page = self.post(&CALLS, &ask).await.map_err(not_connected)?.json::<Data<SpokenCall>>()?.data;
            let full = page.len() >= PAGE;
            all.extend(page);
            if !full {
                return Ok(all);
            }
        }
    }

    /// What a call was about, in a few sentences; `None` when nobody has summed it up.
    pub async fn summary(&self, communication_id: &str) -> Result<Option<String>> {
        let reply = self.post(&SUMMARIES, &json!({ "communication_id": [communication_id] })).await.map_err(not_connected)?;
        let summaries = reply.json::<Data<Summary>>()?.data;
        // Its line breaks come as two characters.
        Ok(summaries.into_iter().find_map(|one| one.summary).map(|text| text.replace("\\n", "\n")))
    }
}

/// A list in a text, as these methods want it (vpbx-data §2.1).
fn in_a_text(recording_id: &str) -> String {
    json!([recording_id]).to_string()
}

/// Which code an account without the service gives is not documented: a service that is not available, or connected (22xx, 5006–5009),
/// a command that is not supported, or nothing at this path at all.
fn not_connected(error: Error) -> Error {
    match error {
        Error::Refused { code, .. } if matches!(code.0, 2200..=2299 | 4000..=4001 | 5006..=5009) => Error::NoSpeech { code: Some(code) },
        Error::NotFound { .. } => Error::NoSpeech { code: None },
        other => other,
    }
}

#[derive(Deserialize)]
struct Data<T: serde::de::DeserializeOwned> {
    #[serde(default = "Vec::new", deserialize_with = "lenient::list", bound = "")]
    data: Vec<T>,
}

/// What is about this recording, or about none in particular.
fn of<T: About>(data: Vec<T>, recording_id: &str) -> Option<T> {
    data.into_iter().find(|one| one.recording_id().is_none_or(|id| id == recording_id))
}

trait About {
    fn recording_id(&self) -> Option<&str>;
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Categories {
    #[serde(deserialize_with = "lenient::text")]
    recording_id: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    categories: Vec<Topic>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Phrases {
    #[serde(deserialize_with = "lenient::text")]
    recording_id: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    names: Names,
    phrases: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Names {
    #[serde(deserialize_with = "lenient::text")]
    client: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    operator: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Summary {
    #[serde(deserialize_with = "lenient::text")]
    summary: Option<String>,
}

impl About for Categories {
    fn recording_id(&self) -> Option<&str> {
        self.recording_id.as_deref()
    }
}

impl About for Phrases {
    fn recording_id(&self) -> Option<&str> {
        self.recording_id.as_deref()
    }
}

impl From<Phrases> for Transcript {
    fn from(Phrases { names, phrases, .. }: Phrases) -> Transcript {
        let phrase = |phrase: &Value| match phrase.as_array()?.as_slice() {
            [role, text, ..] => Some((role.as_str()?.to_owned(), text.as_str()?.to_owned())),
            _ => None,
        };
        let phrases = phrases.as_array().map(|all| all.iter().filter_map(phrase).collect()).unwrap_or_default();
        Transcript { client: names.client, operator: names.operator, phrases }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbx::code::ResultCode;

    #[test]
    fn answers_are_read_in_their_documented_form() {
        let json = r#"{"result":1000,"data":[{"recording_id":"R","categories":[
            {"terms":[{"channels":[-1],"count":2,"value":"доставка"}],"id":1001,"assign_time":1767225600,"version":3,"name":"Логистика"}]}]}"#;
        let topics = of(serde_json::from_str::<Data<Categories>>(json).unwrap().data, "R").unwrap().categories;
        assert_eq!((topics[0].id, topics[0].name.as_deref(), topics[0].terms[0].count), (Some(1001), Some("Логистика"), Some(2)));
        let json = r#"{"result":1000,"data":[{"recording_id":"R","names":{"client":"Клиент","operator":"Иванов"},
            "phrases":[["operator","добрый день"],["client","здравствуйте"],"nonsense",["client"]]}]}"#;
        let told = Transcript::from(of(serde_json::from_str::<Data<Phrases>>(json).unwrap().data, "R").unwrap());
        assert_eq!((told.operator.as_deref(), told.phrases.len()), (Some("Иванов"), 2));
        // The document calls `data` an object and shows a list.
        let json = r#"{"result":1000,"data":{"communication_id":"MzAwMDAwMDAwMQ==","communication_type":1,
            "info":{"direction":"out","duration":"25","time_created":1767225600,"from_number":"sip:user1@example.mangosip.ru","to_number":"74950000011"},
            "sentiments":{"client":null,"operator":null},"has_s2t":true,"has_transcript":true,"has_summary":false}}"#;
        let calls = serde_json::from_str::<Data<SpokenCall>>(json).unwrap().data;
        assert_eq!((calls[0].info.duration, calls[0].info.to_number.as_deref()), (Some(25), Some("74950000011")));
    }

    #[test]
    fn an_account_without_the_service_is_told_from_a_mistake() {
        let refused = |code| not_connected(Error::Refused { code: ResultCode(code), text: None, fields: vec![] });
        assert!([2230, 2200, 4001, 5006].into_iter().all(|code| matches!(refused(code), Error::NoSpeech { code: Some(_) })));
        assert!([3104, 3320, 4100, 5003].into_iter().all(|code| matches!(refused(code), Error::Refused { .. })));
        assert!(matches!(not_connected(Error::NotFound { path: "x".into() }), Error::NoSpeech { code: None }));
    }
}
