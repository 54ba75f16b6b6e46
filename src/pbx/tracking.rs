//! Call tracking (vpbx-data §3): who is behind a dynamic number, and which pages he has seen.
//!
//! No example of an answer is published, so every shape that clients were seen to accept is read: `{"data":{…}}`, the bare
//! object, `{}`, `[]`, `{"data":{}}`. The functions that read are pure; whatever comes, they do not fail on it if it is JSON.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::client::{Client, Kind, Method};
use super::lenient;
use super::reply::Reply;
use crate::error::{Error, Result};

const INFO: Method =
    Method { path: "queries/user_info_by_dct_number", limit: "default", spacing: Duration::from_millis(100), kind: Kind::Question };
const HISTORY: Method =
    Method { path: "queries/user_history_by_dct_number", limit: "default", spacing: Duration::from_millis(100), kind: Kind::Question };

/// The visitor of a site behind a dynamic number (vpbx-data §3.1). Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Visitor {
    /// His cookie
    #[serde(deserialize_with = "lenient::text")]
    pub uid: Option<String>,
    /// The widget that gave him the number
    #[serde(deserialize_with = "lenient::int")]
    pub widget_id: Option<i64>,
    /// Its name
    #[serde(deserialize_with = "lenient::text")]
    pub widget_name: Option<String>,
    /// Google Analytics
    #[serde(deserialize_with = "lenient::text")]
    pub ga_cid: Option<String>,
    /// Yandex Metrica
    #[serde(deserialize_with = "lenient::text")]
    pub ya_cid: Option<String>,
    /// Roistat
    #[serde(deserialize_with = "lenient::text")]
    pub rs_cid: Option<String>,
    /// Address of his machine
    #[serde(deserialize_with = "lenient::text")]
    pub ip: Option<String>,
    /// Where he is
    #[serde(deserialize_with = "lenient::object")]
    pub location: Location,
    /// The utm values
    #[serde(rename = "channel", deserialize_with = "lenient::object")]
    pub utm: Utm,
    /// Seconds since he came to the site
    #[serde(deserialize_with = "lenient::int")]
    pub duration: Option<i64>,
    /// What he looks at
    #[serde(rename = "current_page", deserialize_with = "page_in_utc")]
    pub page: Page,
    /// `mobile`, `desktop`, `tablet`
    #[serde(deserialize_with = "lenient::text")]
    pub device: Option<String>,
    /// Whatever the owner of the site passes on, up to 100 characters
    #[serde(deserialize_with = "lenient::text")]
    pub custom: Option<String>,
}

/// Where a visitor is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Location {
    /// ISO
    #[serde(deserialize_with = "lenient::text")]
    pub country_code: Option<String>,
    /// Short
    #[serde(deserialize_with = "lenient::text")]
    pub region_code: Option<String>,
    /// In words
    #[serde(deserialize_with = "lenient::text")]
    pub region: Option<String>,
    /// In words
    #[serde(deserialize_with = "lenient::text")]
    pub city: Option<String>,
}

/// The marks of an advertisement.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Utm {
    /// `yandex`
    #[serde(deserialize_with = "lenient::text")]
    pub source: Option<String>,
    /// `cpc`
    #[serde(deserialize_with = "lenient::text")]
    pub medium: Option<String>,
    /// `spring`
    #[serde(deserialize_with = "lenient::text")]
    pub campaign: Option<String>,
    /// What was looked for
    #[serde(deserialize_with = "lenient::text")]
    pub term: Option<String>,
    /// Which advertisement
    #[serde(deserialize_with = "lenient::text")]
    pub content: Option<String>,
}

/// A page of a site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Address
    pub url: Option<String>,
    /// Heading
    pub title: Option<String>,
    /// Opened, Unix seconds
    pub at: Option<i64>,
}

impl Client {
    /// Who is behind a dynamic number now; `None` when nobody is.
    pub async fn user_info_by_dct_number(&self, number: &str) -> Result<Option<Visitor>> {
        let reply = self.post(&INFO, &json!({ "number": number })).await?;
        visitor(&reply.body).map_err(|error| garbled(&error, &reply))
    }

    /// The pages that whoever is behind a dynamic number has opened in this session, in their order.
    pub async fn user_history_by_dct_number(&self, number: &str) -> Result<Vec<Page>> {
        let reply = self.post(&HISTORY, &json!({ "number": number })).await?;
        history(&reply.body).map_err(|error| garbled(&error, &reply))
    }
}

fn garbled(error: &serde_json::Error, reply: &Reply) -> Error {
    Error::Garbled { detail: format!("{error}: {}", reply.summary()) }
}

/// The visitor in an answer; `None` when it tells of nobody. Errors only on what is not JSON.
pub fn visitor(body: &str) -> serde_json::Result<Option<Visitor>> {
    let visitor: Visitor = read(Value::Object(fields(parsed(body)?)));
    Ok((visitor != Visitor::default()).then_some(visitor))
}

/// The pages in an answer, by the time of their opening where all have one (§3.2 does not say their order).
pub fn history(body: &str) -> serde_json::Result<Vec<Page>> {
    let mut pages: Vec<Page> = items(parsed(body)?).into_iter().map(|page| read::<WirePage>(page).page(MOSCOW)).collect();
    pages.retain(|page| page.url.is_some() || page.title.is_some());
    if pages.iter().all(|page| page.at.is_some()) {
        pages.sort_by_key(|page| page.at);
    }
    Ok(pages)
}

/// No body at all says as much as an empty object.
fn parsed(body: &str) -> serde_json::Result<Value> {
    match body.trim_start_matches('\u{feff}').trim() {
        "" => Ok(Value::Null),
        json => serde_json::from_str(json).map(bare),
    }
}

/// Keys without the stray `type` before some of them: the document prints a notation of schemas there (vpbx-data §3.1).
fn bare(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let bare_field = |(key, value): (String, Value)| (key.strip_prefix("type ").unwrap_or(&key).to_owned(), bare(value));
            fields.into_iter().map(bare_field).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(bare).collect(),
        value => value,
    }
}

/// The fields of an object in whatever it is wrapped.
fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(mut outer) => {
            let inner = outer.remove("data").map(fields).unwrap_or_default();
            outer.extend(inner);
            outer
        }
        Value::Array(items) => items.into_iter().find(Value::is_object).map(fields).unwrap_or_default(),
        _ => Map::new(),
    }
}

/// The things of a list in whatever it is wrapped; one thing alone is a list of one.
pub(super) fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Object(mut outer) => {
            let lists = ["data", "calls", "list", "items"];
            match lists.iter().find_map(|name| outer.remove(*name)) {
                Some(inner) => items(inner),
                None if outer.is_empty() => Vec::new(),
                None => vec![Value::Object(outer)],
            }
        }
        _ => Vec::new(),
    }
}

/// What cannot be understood is absent: the fields themselves never refuse anything.
pub(super) fn read<T: DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WirePage {
    #[serde(deserialize_with = "lenient::text")]
    url: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    title: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    date: Option<String>,
}

impl WirePage {
    fn page(self, zone: Offset) -> Page {
        Page { url: self.url, title: self.title, at: self.date.and_then(|date| moment(&date, zone)) }
    }
}

fn page_in_utc<'de, D: Deserializer<'de>>(value: D) -> Result<Page, D::Error> {
    lenient::object::<D, WirePage>(value).map(|page| page.page(Offset::UTC))
}

/// Where a time without an offset is meant when it is not UTC (vpbx-data §3.2).
const MOSCOW: Offset = Offset::constant(3);

/// Unix seconds of a time however it is written: ISO with an offset or without, whose `zone` is then `zone`; the day first, as the
/// document of the widgets API has it (vpbx-data §3.4); seconds or milliseconds since 1970.
pub(super) fn moment(text: &str, zone: Offset) -> Option<i64> {
    let text = text.trim();
    if let Some(number) = lenient::int_from(text) {
        return Some(if number.unsigned_abs() < 100_000_000_000 { number } else { number.div_euclid(1000) });
    }
    let text = day_first(text).unwrap_or_else(|| text.to_owned());
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_second());
    }
    let civil = text.trim_end_matches(['Z', 'z']).parse::<DateTime>().ok()?;
    zone.to_timestamp(civil).ok().map(Timestamp::as_second)
}

/// `31-12-2026T10:05Z` with the year first.
fn day_first(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = ["%d-%m-%Y", "%d.%m.%Y"].iter().find_map(|form| Date::strptime(form, date).ok())?;
    let rest = if rest.is_empty() { "T00:00" } else { rest };
    Some(format!("{date}{rest}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = r#"{"uid":"1a2b3c4d","widget_id":"1001","widget_name":"example.com","product_id":400000001,"ga_cid":"1000000001.1767225000",
        "ya_cid":1767225000100000001,"rs_cid":null,"ip":"192.0.2.10","region_id":1,
        "location":{"country_code":"RU","region_code":"MOW","region":"Москва","city":"Москва"},
        "channel":{"source":"yandex","medium":"cpc","campaign":"spring","content":"b1","term":"доставка"},
        "duration":"135","current_page":{"url":"https://example.com/orders/1?param=1","date":"2026-01-01T00:02:15Z","title":"Заказ"},
        "device":"desktop","custom":""}"#;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_visitor_is_the_same_in_every_envelope() {
        let bare = visitor(WHOLE).unwrap().unwrap();
        assert_eq!((bare.uid.as_deref(), bare.widget_id, bare.duration), (Some("1a2b3c4d"), Some(1001), Some(135)));
        assert_eq!((bare.ya_cid.as_deref(), &bare.rs_cid, &bare.custom), (Some("1767225000100000001"), &None, &None));
        assert_eq!((bare.utm.source.as_deref(), bare.utm.term.as_deref()), (Some("yandex"), Some("доставка")));
        let page = Page { url: text("https://example.com/orders/1?param=1"), title: text("Заказ"), at: Some(1_767_225_735) };
        assert_eq!(bare.page, page);
        let rest = WHOLE.trim_start_matches('{');
        let stray = WHOLE.replace("\"country_code\"", "\"type country_code\"").replace("\"source\"", "\"type source\"");
        for wrapped in
            [format!("{{\"data\":{WHOLE}}}"), format!("[{WHOLE}]"), format!("{{\"data\":{{}},{rest}"), format!("\u{feff}{WHOLE}\n"), stray]
        {
            assert_eq!(visitor(&wrapped).unwrap().as_ref(), Some(&bare), "{wrapped}");
        }
    }

    #[test]
    fn an_answer_that_tells_of_nobody_is_nobody_and_no_failure() {
        for nobody in ["", " ", "{}", "[]", "null", "{\"data\":{}}", "{\"data\":[]}", "{\"data\":null}", "{\"result\":1000}", "[null]", "7"]
        {
            assert_eq!(visitor(nobody).unwrap(), None, "{nobody}");
            assert_eq!(history(nobody).unwrap(), [], "{nobody}");
        }
        assert!(visitor("<html>").is_err() && history("{").is_err());
    }

    #[test]
    fn pages_come_in_the_order_of_their_opening() {
        let pages = r#"[{"url":"https://example.com/2","date":"2026-01-01T03:02:15+03:00"},{"url":"https://example.com/","date":"2026-01-01 03:00:00","title":"Главная"}]"#;
        let expected = [
            Page { url: text("https://example.com/"), title: text("Главная"), at: Some(1_767_225_600) },
            Page { url: text("https://example.com/2"), title: None, at: Some(1_767_225_735) },
        ];
        assert_eq!(history(pages).unwrap(), expected);
        assert_eq!(history(&format!("{{\"data\":{pages}}}")).unwrap(), expected);
        let undated = history(r#"{"data":[{"url":"b"},{"url":"a","date":"soon"},{"x":1},{"url":""}]}"#).unwrap();
        assert_eq!(undated.iter().map(|page| page.url.as_deref().unwrap()).collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn a_time_is_read_with_its_offset_or_with_ours() {
        for (written, zone, expected) in [
            ("2026-01-01T00:02:15Z", MOSCOW, 1_767_225_735),
            ("2026-01-01T03:02:15+03:00", Offset::UTC, 1_767_225_735),
            ("2026-01-01T03:02:15+0300", Offset::UTC, 1_767_225_735),
            ("2026-01-01T03:02:15.250", MOSCOW, 1_767_225_735),
            ("2026-01-01 00:02:15", Offset::UTC, 1_767_225_735),
            ("2026-01-01T00:02Z", Offset::UTC, 1_767_225_720),
            ("01-01-2026T00:02Z", Offset::UTC, 1_767_225_720),
            ("1767225735", MOSCOW, 1_767_225_735),
            ("1767225735000", MOSCOW, 1_767_225_735),
        ] {
            assert_eq!(moment(written, zone), Some(expected), "{written}");
        }
        for nothing in ["", "soon", "2026-13-01", "2026-01-01T25:00Z"] {
            assert_eq!(moment(nothing, Offset::UTC), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_fail_but_one_that_is_not_json(body in any::<String>()) {
            let json = body.trim().is_empty() || serde_json::from_str::<Value>(body.trim_start_matches('\u{feff}').trim()).is_ok();
            prop_assert_eq!(visitor(&body).is_ok(), json);
            prop_assert_eq!(history(&body).is_ok(), json);
        }

        #[test]
        fn a_field_of_any_type_costs_no_other_field(odd in "[a-z_]{1,12}", value in prop_oneof![
            Just("null"), Just("0"), Just("-1.5"), Just("\"\""), Just("\"x\""), Just("[]"), Just("[1,\"a\"]"), Just("{}"), Just("{\"name\":[]}"), Just("true"),
            Just("18446744073709551615"), Just("1e400"),
        ], place in 0..5usize) {
            let known = ["location", "channel", "current_page", "duration", "widget_id"][place];
            for key in [odd.as_str(), known] {
                let read = visitor(&format!("{{\"uid\":\"u\",\"{key}\":{value},\"rs_cid\":\"r\"}}"));
                if let Ok(found) = read {
                    let found = found.unwrap();
                    prop_assert!(key == "rs_cid" || found.rs_cid.as_deref() == Some("r"));
                } else {
                    prop_assert_eq!(value, "1e400");
                }
            }
        }
    }
}
