//! Finished calls as the PBX counts them (vpbx-core §6): the extended report, and the base one to fall back to.
//!
//! Both are jobs: start, get a key, fetch. Dates of the extended report are asked in Moscow wall time and answered in Unix
//! seconds; those of the base report are Unix seconds both ways, moved by `time_offset` where an account differs (§8.1).

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::client::{Client, Kind, Method};
use super::code::ResultCode;
use super::lenient;
use super::reply::Reply;
use crate::error::{Error, Result};
use crate::time::moscow;

/// The largest page the PBX gives (vpbx-core §6.2.1); other sizes than the listed ones are invalid requests.
pub const PAGE: usize = 5000;

/// Both reports share the limit of one start in two seconds (vpbx-core §2).
const START_SPACING: Duration = Duration::from_secs(2);

const CALLS_REQUEST: Method =
    Method { path: "stats/calls/request", limit: "statistics start", spacing: START_SPACING, kind: Kind::Question };
const CALLS_RESULT: Method =
    Method { path: "stats/calls/result", limit: "default", spacing: Duration::from_millis(100), kind: Kind::Question };
const LEGS_REQUEST: Method = Method { path: "stats/request", limit: "statistics start", spacing: START_SPACING, kind: Kind::Question };
const LEGS_RESULT: Method =
    Method { path: "stats/result", limit: "stats/result", spacing: Duration::from_millis(20), kind: Kind::Question };

/// Columns of the base report that we ask for, in the order in which they come (vpbx-core §6.1.4).
const COLUMNS: [&str; 13] = [
    "records",
    "start",
    "finish",
    "answer",
    "from_extension",
    "from_number",
    "to_extension",
    "to_number",
    "disconnect_reason",
    "line_number",
    "location",
    "create",
    "entry_id",
];

/// A started report. Kept by the PBX for at least a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportKey(String);

/// What a look at a started report brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Look<T> {
    /// All of it
    Ready(T),
    /// The PBX works on it; the seconds after which it wants to be asked again, if it says so
    NotYet(Option<u64>),
    /// The key has expired, or the PBX gave the report up: it must be started again
    Gone,
}

/// A call of the extended report (vpbx-core §6.2.2). Times are Unix seconds, durations seconds. Texts stay
/// in the answer: a year of calls has tens of millions of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CallRecord<'a> {
    #[serde(borrow, deserialize_with = "lenient::text")]
    /// Shared by all legs of the call
    pub entry_id: Option<Cow<'a, str>>,
    /// 1 incoming, 2 outgoing, 3 internal
    #[serde(deserialize_with = "lenient::int")]
    pub context_type: Option<i64>,
    /// 1 successful, 0 not
    #[serde(deserialize_with = "lenient::int")]
    pub context_status: Option<i64>,
    /// `user_id` when an employee calls
    #[serde(deserialize_with = "lenient::int")]
    pub caller_id: Option<i64>,
    /// Name, or the number of somebody outside
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub caller_name: Option<Cow<'a, str>>,
    /// Digits or `sip:…`
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub caller_number: Option<Cow<'a, str>>,
    /// Digits or `sip:…`
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub called_number: Option<Cow<'a, str>>,
    /// When it began
    #[serde(deserialize_with = "lenient::int")]
    pub context_start_time: Option<i64>,
    /// Whole
    #[serde(deserialize_with = "lenient::int")]
    pub duration: Option<i64>,
    /// Conversation
    #[serde(deserialize_with = "lenient::int")]
    pub talk_duration: Option<i64>,
    /// How it came about: 0 by an employee … 6 call-back
    #[serde(deserialize_with = "lenient::int")]
    pub context_init_type: Option<i64>,
    /// 0 failed call-back, 1 successful, 2 none
    #[serde(deserialize_with = "lenient::int")]
    pub recall_status: Option<i64>,
    /// Legs
    #[serde(borrow, deserialize_with = "lenient::list")]
    pub context_calls: Vec<LegRecord<'a>>,
}

/// A leg of the extended report. Service rows have no times at all (vpbx-core §6.2.2).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LegRecord<'a> {
    /// `number`, `user`, `group`, `conference`
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub call_type: Option<Cow<'a, str>>,
    /// `group_id` of a group, else `user_id`
    #[serde(deserialize_with = "lenient::int")]
    pub call_abonent_id: Option<i64>,
    /// Name
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub call_abonent_info: Option<Cow<'a, str>>,
    /// The device on which the call was taken
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub call_abonent_number: Option<Cow<'a, str>>,
    /// Not documented, present in reality
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub call_abonent_extension: Option<Cow<'a, str>>,
    /// Unix seconds
    #[serde(deserialize_with = "lenient::int")]
    pub call_start_time: Option<i64>,
    /// Unix seconds, absent if unanswered
    #[serde(deserialize_with = "lenient::int")]
    pub call_answer_time: Option<i64>,
    /// Unix seconds
    #[serde(deserialize_with = "lenient::int")]
    pub call_end_time: Option<i64>,
    /// Conversation
    #[serde(deserialize_with = "lenient::int")]
    pub talk_duration: Option<i64>,
    /// On hold
    #[serde(deserialize_with = "lenient::int")]
    pub hold_duration: Option<i64>,
    /// Result code
    #[serde(deserialize_with = "lenient::int")]
    pub call_end_reason: Option<i64>,
    /// Ids of recordings
    #[serde(borrow, deserialize_with = "lenient::texts")]
    pub recording_id: Vec<Cow<'a, str>>,
    /// The `call_id` of events
    #[serde(borrow, deserialize_with = "lenient::text")]
    pub external_call_id: Option<Cow<'a, str>>,
    /// Employees rung, of a group
    #[serde(borrow, deserialize_with = "lenient::list")]
    pub members: Vec<LegRecord<'a>>,
}

/// A leg of the base report (vpbx-core §6.1.4). Times are Unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LegRow {
    /// Ids of recordings
    pub records: Vec<String>,
    /// Start
    pub start: Option<i64>,
    /// End
    pub finish: Option<i64>,
    /// Answer, absent when 0
    pub answer: Option<i64>,
    /// Employee who called
    pub from_extension: Option<String>,
    /// Digits or `sip:…`
    pub from_number: Option<String>,
    /// Employee who was called
    pub to_extension: Option<String>,
    /// Digits or `sip:…`
    pub to_number: Option<String>,
    /// Result code
    pub disconnect_reason: Option<i64>,
    /// Line
    pub line_number: Option<String>,
    /// `ivr`, `queue`, `abonent`
    pub location: Option<String>,
    /// When the entry began
    pub create: Option<i64>,
    /// Shared by all legs of the call
    pub entry_id: Option<String>,
}

impl<T> Look<T> {
    /// What `read` makes of it, if it is ready.
    fn then<U>(self, read: impl FnOnce(T) -> Result<Look<U>>) -> Result<Look<U>> {
        match self {
            Look::Ready(ready) => read(ready),
            Look::NotYet(pause) => Ok(Look::NotYet(pause)),
            Look::Gone => Ok(Look::Gone),
        }
    }
}

impl Client {
    /// Starts an extended report over `[since, until)`, which must be shorter than 30 days; `offset` counts calls.
    pub async fn start_calls_report(&self, since: Timestamp, until: Timestamp, offset: usize) -> Result<ReportKey> {
        let request = json!({ "start_date": moscow(since), "end_date": moscow(until), "limit": PAGE, "offset": offset });
        self.start(&CALLS_REQUEST, &request).await
    }

    /// What `read` makes of the calls of a report, once it is finished.
    pub async fn fetch_calls_report<T>(
        &self,
        key: &ReportKey,
        read: impl FnOnce(&mut dyn Iterator<Item = CallRecord<'_>>) -> T,
    ) -> Result<Look<T>> {
        let report = self.look(&CALLS_RESULT, key).await?;
        report.then(|reply| reply.json::<CallsReport>()?.calls()?.then(|mut calls| Ok(Look::Ready(read(&mut calls)))))
    }

    /// Starts a base report over `[since, until)`, at most a month. `offset` is added to the times sent (`time_offset`).
    pub async fn start_legs_report(&self, since: Timestamp, until: Timestamp, time_offset: i64) -> Result<ReportKey> {
        let (from, to) = (since.as_second() + time_offset, until.as_second() + time_offset);
        let request = json!({ "date_from": from.to_string(), "date_to": to.to_string(), "fields": COLUMNS.join(",") });
        self.start(&LEGS_REQUEST, &request).await
    }

    /// The legs of a base report, once it is finished.
    pub async fn fetch_legs_report(&self, key: &ReportKey, time_offset: i64) -> Result<Look<Vec<LegRow>>> {
        self.look(&LEGS_RESULT, key).await?.then(|reply| parse_legs(&reply.body, time_offset).map(Look::Ready))
    }

    /// An expired key is a 404, or 3300 where a body says so (vpbx-core §6.1); a job that failed is 5004 (§6.2.1).
    async fn look(&self, method: &Method, key: &ReportKey) -> Result<Look<Reply>> {
        match self.post(method, &json!({ "key": key.0 })).await {
            Ok(reply) if reply.status == StatusCode::NO_CONTENT => Ok(Look::NotYet(reply.retry_after)),
            Ok(reply) => Ok(Look::Ready(reply)),
            Err(Error::NotFound { .. } | Error::Refused { code: ResultCode(3300 | 5004), .. }) => Ok(Look::Gone),
            Err(error) => Err(error),
        }
    }

    async fn start(&self, method: &Method, request: &serde_json::Value) -> Result<ReportKey> {
        #[derive(Deserialize)]
        struct Started {
            #[serde(default, deserialize_with = "lenient::text")]
            key: Option<String>,
        }
        let reply = self.post(method, request).await?;
        let key = reply.json::<Started>()?.key;
        key.map(ReportKey).ok_or_else(|| Error::Garbled { detail: reply.summary() })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CallsReport<'a> {
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(borrow, deserialize_with = "lenient::list")]
    data: Vec<Chunk<'a>>,
}

/// Reads the extended report as it comes.
pub fn parse_calls(json: &str) -> Result<Look<Vec<CallRecord<'_>>>> {
    let report: CallsReport = serde_json::from_str(json).map_err(|error| Error::Garbled { detail: error.to_string() })?;
    report.calls()?.then(|calls| Ok(Look::Ready(calls.collect())))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chunk<'a> {
    #[serde(borrow, deserialize_with = "lenient::list")]
    list: Vec<CallRecord<'a>>,
}

impl<'a> CallsReport<'a> {
    /// Only `complete` counts: `work` may come partly filled (vpbx-core §6.2.2).
    fn calls(self) -> Result<Look<impl Iterator<Item = CallRecord<'a>>>> {
        match self.status.as_deref() {
            Some("complete") => Ok(Look::Ready(self.data.into_iter().flat_map(|chunk| chunk.list))),
            Some("request" | "work") => Ok(Look::NotYet(None)),
            Some("not-found" | "cancel" | "error") => Ok(Look::Gone),
            other => Err(Error::Garbled { detail: format!("status {other:?}") }),
        }
    }
}

/// Reads the base report: `;` between fields, LF or CRLF between rows, no quoting, perhaps a header (vpbx-core §6.1.4).
///
/// `time_offset` is taken off every time. A row that is cut off or has too few fields means that the report was cut off:
/// that is an error, since a lost row would be a lost call.
pub fn parse_legs(text: &str, time_offset: i64) -> Result<Vec<LegRow>> {
    let mut rows = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).quoting(false).flexible(true).from_reader(text.as_bytes());
    let (mut legs, mut row) = (Vec::new(), csv::StringRecord::new());
    while rows.read_record(&mut row).map_err(|error| Error::Garbled { detail: error.to_string() })? {
        if row.iter().eq(COLUMNS) || row.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if row.len() < COLUMNS.len() {
            let line = legs.len() + 1;
            return Err(Error::Garbled { detail: format!("CSV row {line}: {} of {} fields", row.len(), COLUMNS.len()) });
        }
        legs.push(leg_row(&row, time_offset));
    }
    Ok(legs)
}

fn leg_row(row: &csv::StringRecord, time_offset: i64) -> LegRow {
    let text = |i: usize| row.get(i).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let int = |i: usize| row.get(i).and_then(lenient::int_from);
    let time = |i: usize| int(i).filter(|seconds| *seconds > 0).map(|seconds| seconds - time_offset);
    let records = row.get(0).unwrap_or_default().trim().trim_start_matches('[').trim_end_matches(']');
    LegRow {
        records: records.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        start: time(1),
        finish: time(2),
        answer: time(3),
        from_extension: text(4),
        from_number: text(5),
        to_extension: text(6),
        to_number: text(7),
        disconnect_reason: int(8),
        line_number: text(9),
        location: text(10),
        create: time(11),
        entry_id: text(12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"result":1000,"status":"complete","data":[{"list":[{"entry_id":"E1","context_type":1,"context_status":"1",
        "caller_id":null,"caller_number":"74950000001","called_number":"74950000010","context_start_time":"1767259790","duration":70.0,
        "talk_duration":60,"task":{"actions":[]},"context_calls":[{"call_type":"user","call_abonent_id":20000101,"call_abonent_info":{"name":"Demo User"},
        "recording_id":"R1","external_call_id":"C1","members":null},{"call_type":"group","members":[{"call_abonent_extension":101,"recording_id":[]}]}]}],
        "period":"2026-01-01","total_calls_count":1}]}"#;

    fn ready(json: &str) -> Vec<CallRecord<'_>> {
        match parse_calls(json).unwrap() {
            Look::Ready(calls) => calls,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_extended_report_is_read_in_its_known_forms() {
        let calls = ready(REPORT);
        assert_eq!((calls[0].context_status, calls[0].context_start_time, calls[0].duration), (Some(1), Some(1767259790), Some(70)));
        assert_eq!(calls[0].context_calls[0].recording_id, ["R1"]);
        assert_eq!(calls[0].context_calls[0].call_abonent_info.as_deref(), Some("Demo User"));
        assert_eq!(calls[0].context_calls[1].members[0].call_abonent_extension.as_deref(), Some("101"));
    }

    #[test]
    fn data_may_be_one_object_and_work_is_not_taken() {
        let one = ready(r#"{"status":"complete","data":{"list":[{"entry_id":"E"}]}}"#);
        assert_eq!(one.len(), 1);
        assert_eq!(parse_calls(r#"{"status":"work","data":[{"list":[{"entry_id":"E"}]}]}"#).unwrap(), Look::NotYet(None));
        for gone in ["error", "cancel", "not-found"] {
            assert_eq!(parse_calls(&format!(r#"{{"status":"{gone}"}}"#)).unwrap(), Look::Gone);
        }
        assert!(matches!(parse_calls(r#"{"data":[]}"#), Err(Error::Garbled { .. })));
    }

    #[test]
    fn base_rows_are_read_with_either_line_end_and_either_form_of_records() {
        let row =
            "[R1,R2];1767259796;1767259860;1767259800;;74950000001;101;sip:user101@demo.mangosip.ru;1110;74950000010;abonent;1767259790;E1";
        for text in [format!("{row}\r\n"), format!("{row}\n"), row.to_owned(), format!("{}\n{row}\n\n", COLUMNS.join(";"))] {
            let legs = parse_legs(&text, 0).unwrap();
            assert_eq!(legs.len(), 1, "{text:?}");
            assert_eq!(legs[0].records, ["R1", "R2"]);
            assert_eq!((legs[0].from_extension.as_deref(), legs[0].to_extension.as_deref()), (None, Some("101")));
        }
        let bare = parse_legs(&row.replace(['[', ']'], ""), 10800).unwrap();
        assert_eq!((bare[0].records.len(), bare[0].create), (2, Some(1767259790 - 10800)));
    }

    #[test]
    fn a_cut_base_report_is_an_error_not_a_shorter_one() {
        assert!(matches!(parse_legs("[];1;2;0;;7495", 0), Err(Error::Garbled { .. })));
        assert!(parse_legs("", 0).unwrap().is_empty());
    }
}
