//! OData 4 as BPMSoft speaks it: how a question is written, what a row holds, what an error says (bpmsoft-odata §3).

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::text::printable;

/// What stays as it is in an option's value. Not `+`: ASP.NET reads a blank there (§3.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b'/')
    .remove(b'$')
    .remove(b'=')
    .remove(b'\'');

/// The most terms that one `or` may join: the server counts some six nodes for each and takes a hundred (§3.3).
pub const MOST_TERMS: usize = 15;

/// The longest complaint of the server's own that is shown.
const LONGEST_WORDS: usize = 300;

/// A question for rows of a set.
#[derive(Clone, Debug, Default)]
pub struct Query {
    set: String,
    filter: String,
    select: String,
    expand: Vec<Expand>,
    order: String,
    top: Option<usize>,
    skip: usize,
    count: bool,
}

/// A neighbour that comes along with each row.
#[derive(Clone, Debug)]
pub struct Expand {
    navigation: String,
    select: String,
    inner: Vec<Expand>,
}

impl Expand {
    /// `navigation` with these columns.
    pub fn of(navigation: &str, select: &str) -> Expand {
        Expand { navigation: navigation.into(), select: select.into(), inner: Vec::new() }
    }

    /// And its own neighbours.
    pub fn with(mut self, inner: Vec<Expand>) -> Expand {
        self.inner = inner;
        self
    }

    fn written(&self) -> String {
        let select = Some(format!("$select={}", self.select)).filter(|_| !self.select.is_empty());
        let inner = Some(self.inner.iter().map(Expand::written).collect::<Vec<_>>().join(","));
        let inner = inner.filter(|inner| !inner.is_empty()).map(|inner| format!("$expand={inner}"));
        let options: Vec<String> = [select, inner].into_iter().flatten().collect();
        match options.is_empty() {
            true => self.navigation.clone(),
            false => format!("{}({})", self.navigation, options.join(";")),
        }
    }
}

impl Query {
    /// All rows of a set.
    pub fn of(set: &str) -> Query {
        Query { set: set.into(), ..Query::default() }
    }

    /// Those that fit.
    pub fn filter(mut self, filter: impl Into<String>) -> Query {
        self.filter = filter.into();
        self
    }

    /// Only these columns.
    pub fn select(mut self, columns: impl Into<String>) -> Query {
        self.select = columns.into();
        self
    }

    /// With these neighbours.
    pub fn expand(mut self, neighbours: Vec<Expand>) -> Query {
        self.expand = neighbours;
        self
    }

    /// In this order. A paged question ends it with `Id`, or its pages overlap (§3.6).
    pub fn order(mut self, order: &str) -> Query {
        self.order = order.into();
        self
    }

    /// At most so many.
    pub fn top(mut self, top: usize) -> Query {
        self.top = Some(top);
        self
    }

    /// How many were asked for.
    pub fn most(&self) -> Option<usize> {
        self.top
    }

    /// Not the first ones, and how many there are in all.
    pub fn page(mut self, skip: usize) -> Query {
        self.skip = skip;
        self.count = true;
        self
    }

    /// The same question without anything inside `$expand`: not every server takes that (§3.3).
    pub fn plain(&self) -> Query {
        let expand = self.expand.iter().map(|one| Expand::of(&one.navigation, "")).collect();
        Query { expand, ..self.clone() }
    }

    /// Whether [`Query::plain`] asks something else.
    pub fn is_nested(&self) -> bool {
        self.expand.iter().any(|one| !one.select.is_empty() || !one.inner.is_empty())
    }

    /// Of which set.
    pub fn set(&self) -> &str {
        &self.set
    }

    /// What stands in the address after the root, for the row with this id.
    pub fn address_of(&self, id: Uuid) -> String {
        Query { set: row(&self.set, id), ..self.clone() }.address()
    }

    /// What stands in the address after the root.
    pub fn address(&self) -> String {
        let expand = self.expand.iter().map(Expand::written).collect::<Vec<_>>().join(",");
        let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
        let options = [
            ("$filter", self.filter.clone()),
            ("$select", self.select.clone()),
            ("$expand", expand),
            ("$orderby", self.order.clone()),
            ("$top", number(self.top)),
            ("$skip", number(Some(self.skip).filter(|skip| *skip > 0))),
            ("$count", if self.count { "true".into() } else { String::new() }),
        ];
        let mut address = self.set.clone();
        for (name, value) in options.iter().filter(|(_, value)| !value.is_empty()) {
            let sign = if address.len() == self.set.len() { '?' } else { '&' };
            let _ = write!(address, "{sign}{name}={}", utf8_percent_encode(value, PLAIN));
        }
        address
    }
}

/// A row's own address.
pub fn row(set: &str, id: Uuid) -> String {
    format!("{set}({id})")
}

/// A text in a filter: quoted, its quotes doubled (§3.4).
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A moment in a filter: bare, in UTC (§3.4).
pub fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// `Contact/Id eq … or Contact/Id eq …`: a lookup is filtered by its navigation, never by its column (§3.5).
pub fn any_of(path: &str, ids: &[Uuid]) -> String {
    ids.iter().map(|id| format!("{path} eq {id}")).collect::<Vec<_>>().join(" or ")
}

/// What the server answers to a question for rows.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// The rows
    pub value: Vec<Row>,
    /// How many there are in all
    #[serde(rename = "@odata.count", default)]
    pub count: Option<Value>,
    /// Where the next ones are
    #[serde(rename = "@odata.nextLink", default)]
    pub next: Option<String>,
}

impl Page {
    /// How many there are in all, if that was said, as a number or as text (§3.2).
    pub fn total(&self) -> Option<usize> {
        let count = self.count.as_ref()?;
        count.as_u64().and_then(|count| count.try_into().ok()).or_else(|| count.as_str()?.parse().ok())
    }
}

/// A row. What is empty in the CRM is none here, in whichever of its forms (§3.8).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Row(pub Map<String, Value>);

impl Row {
    /// A text.
    pub fn text(&self, column: &str) -> Option<String> {
        let text = match self.0.get(column)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// An id or a lookup.
    pub fn id(&self, column: &str) -> Option<Uuid> {
        let id = Uuid::parse_str(self.0.get(column)?.as_str()?).ok()?;
        (!id.is_nil()).then_some(id)
    }

    /// A moment, Unix seconds; a day without a time is its beginning.
    pub fn at(&self, column: &str) -> Option<i64> {
        let text = self.text(column)?;
        let moment = text.parse::<jiff::Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse());
        // What is empty is the year 1.
        moment.ok().map(|at| at.as_second()).filter(|at| *at > -60_000_000_000)
    }

    /// A whole number, which may come as text (§3.2).
    pub fn int(&self, column: &str) -> Option<i64> {
        let value = self.0.get(column)?;
        value.as_i64().or_else(|| value.as_f64().map(|number| number as i64)).or_else(|| value.as_str()?.parse().ok())
    }

    /// Yes or no.
    pub fn flag(&self, column: &str) -> bool {
        self.0.get(column).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The neighbour that came along, if there is one: an empty lookup is absent, `null`, or a row without an id (§3.8).
    pub fn neighbour(&self, navigation: &str) -> Option<Row> {
        let row = Row(self.0.get(navigation)?.as_object()?.clone());
        let empty = row.0.contains_key("Id") && row.id("Id").is_none();
        (!empty && !row.0.is_empty()).then_some(row)
    }

    /// The neighbours that came along; `None` when they did not.
    pub fn neighbours(&self, navigation: &str) -> Option<Vec<Row>> {
        let all = self.0.get(navigation)?.as_array()?;
        Some(all.iter().filter_map(Value::as_object).cloned().map(Row).collect())
    }
}

/// An answer's text without the mark that some begin with (§3.8).
pub fn stripped(body: &str) -> &str {
    body.trim_start_matches('\u{feff}').trim()
}

/// Whether an answer is of the fourth shape: a page of HTML (§3.10).
pub fn is_page(body: &str) -> bool {
    stripped(body).starts_with('<')
}

/// What an error says of its cause: the deepest message of whichever shape, never a stack trace (§3.10).
pub fn complaint(body: &str) -> Option<String> {
    let Ok(Value::Object(body)) = serde_json::from_str(stripped(body)) else { return None };
    let words = match body.get("error") {
        Some(Value::Object(error)) => deepest(error),
        Some(Value::String(words)) => Some(words.clone()),
        _ => ["ExceptionMessage", "MessageDetail", "Message"].into_iter().find_map(|key| said(&body, key)),
    };
    words.map(|words| printable(&words).chars().take(LONGEST_WORDS).collect())
}

fn deepest(error: &Map<String, Value>) -> Option<String> {
    let inner = ["innererror", "internalexception", "InnerException"].into_iter().find_map(|key| error.get(key)?.as_object());
    inner.and_then(deepest).or_else(|| said(error, "message")).or_else(|| said(error, "Message"))
}

fn said(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned).filter(|words| !words.trim().is_empty())
}

/// Whether an answer says that there is no such set: a routing miss, at times with 200 (§3.10).
pub fn is_missing_set(body: &str) -> bool {
    let Ok(Value::Object(body)) = serde_json::from_str(stripped(body)) else { return false };
    body.contains_key("Message") && !body.contains_key("value") && !body.contains_key("ExceptionMessage")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(row: Value) -> Row {
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_question_is_written_so_that_plus_quotes_and_cyrillic_arrive() {
        let query = Query::of("Contact")
            .filter(format!("contains(Name,{}) and Phone eq {}", literal("О'Нил & #1"), literal("+7 900")))
            .select("Id,Name")
            .expand(vec![Expand::of("Account", "Id,Name"), Expand::of("Owner", "").with(vec![Expand::of("Job", "Name")])])
            .order("Name,Id")
            .top(20)
            .page(40);
        assert_eq!(
            query.address(),
            "Contact?$filter=contains(Name,'%D0%9E''%D0%9D%D0%B8%D0%BB%20%26%20%231')%20and%20Phone%20eq%20'%2B7%20900'&$select=Id,Name\
             &$expand=Account($select=Id,Name),Owner($expand=Job($select=Name))&$orderby=Name,Id&$top=20&$skip=40&$count=true"
        );
        assert!(query.is_nested() && !query.plain().is_nested());
        assert_eq!(Query::of("Call").address(), "Call");
        assert_eq!(moment(1_772_435_700), "2026-03-02T07:15:00Z");
    }

    #[test]
    fn empty_values_of_every_form_are_none() {
        let empty = of(json!({
            "AccountId": "00000000-0000-0000-0000-000000000000", "JobId": null, "Name": "", "Blank": "  ", "EndDate": "0001-01-01T00:00:00Z",
            "Account": null, "Owner": {"Id": "00000000-0000-0000-0000-000000000000", "Name": ""},
        }));
        assert_eq!((empty.id("AccountId"), empty.id("JobId"), empty.id("TypeId")), (None, None, None));
        assert_eq!((empty.text("Name"), empty.text("Blank"), empty.at("EndDate")), (None, None, None));
        assert!(empty.neighbour("Account").is_none() && empty.neighbour("Owner").is_none() && empty.neighbour("Type").is_none());
    }

    #[test]
    fn values_are_read_in_both_forms() {
        let row = of(json!({
            "Duration": "125", "TalkTime": 110, "StartDate": "2026-03-02T07:15:00.1234567Z", "BirthDate": "1980-05-01", "Finish": true,
        }));
        assert_eq!((row.int("Duration"), row.int("TalkTime"), row.flag("Finish"), row.flag("Absent")), (Some(125), Some(110), true, false));
        assert_eq!((row.at("StartDate"), row.at("BirthDate")), (Some(1_772_435_700), Some(325_987_200)));
        let page: Page = serde_json::from_value(json!({"value": [], "@odata.count": "7"})).unwrap();
        assert_eq!(page.total(), Some(7));
    }

    #[test]
    fn the_deepest_message_of_every_shape_is_what_is_said() {
        let deep = json!({"error": {"code": "", "message": "An error has occurred.", "innererror": {"message": "outer", "stacktrace": "at X",
            "internalexception": {"message": "Column by path AccountIdd not found in schema Contact.", "stacktrace": "at Y"}}}});
        for (body, expected) in [
            (deep.to_string(), Some("Column by path AccountIdd not found in schema Contact.")),
            (json!({"Message": "An error", "ExceptionMessage": "duplicate key", "StackTrace": "at Z"}).to_string(), Some("duplicate key")),
            (json!({"Message": "No HTTP resource", "MessageDetail": "No type 'Contacts'"}).to_string(), Some("No type 'Contacts'")),
            (json!({"error": {"code": "400", "message": "bad\u{1b}[31m"}}).to_string(), Some("bad[31m")),
            ("\u{feff}{\"error\":{\"message\":\"Not found\"}}".into(), Some("Not found")),
            ("<html>".into(), None),
            ("".into(), None),
        ] {
            assert_eq!(complaint(&body).as_deref(), expected, "{body}");
        }
        assert!(is_missing_set(r#"{"Message":"No HTTP resource was found","MessageDetail":"x"}"#));
        assert!(!is_missing_set(r#"{"value":[]}"#) && is_page("\u{feff}  <!DOCTYPE html>"));
    }
}
