//! The PBX's own address book: its contacts and organizations, page by page, and what is told of their changes (vpbx-data §6).

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::client::{Client, Kind, Method};
use super::code::ResultCode;
use super::lenient;
use super::reply::Reply;
use crate::error::{Error, Result};

/// The largest page the PBX gives (vpbx-data §6.2).
const LONGEST_PAGE: usize = 500;

/// 50 a second (vpbx-core §2), and a little to spare: the waits are whole milliseconds.
const READING: Duration = Duration::from_millis(21);
const CHANGING: Duration = Duration::from_millis(100);

const CONTACT: Method = reading("ab/contact");
const FIRST_CONTACTS: Method = reading("ab/contact/init");
const NEXT_CONTACTS: Method = reading("ab/contact/cursor");
// To create twice is to have two; to change or delete twice is to have done it once.
const CREATE_CONTACTS: Method = changing("ab/contacts/create", Kind::Order);
const UPDATE_CONTACTS: Method = changing("ab/contacts/update", Kind::Question);
const DELETE_CONTACTS: Method = changing("ab/contacts/delete", Kind::Question);
// The row of 50 a second names contacts alone.
const ORGANIZATION: Method = Method { path: "ab/organization", limit: "default", spacing: CHANGING, kind: Kind::Question };
const FIRST_ORGANIZATIONS: Method = Method { path: "ab/organizations/init", limit: "default", spacing: CHANGING, kind: Kind::Question };
const NEXT_ORGANIZATIONS: Method = Method { path: "ab/organizations/cursor", limit: "default", spacing: CHANGING, kind: Kind::Question };
const CREATE_ORGANIZATIONS: Method = changing("ab/organizations/create", Kind::Order);
const UPDATE_ORGANIZATIONS: Method = changing("ab/organizations/update", Kind::Question);
const DELETE_ORGANIZATIONS: Method = changing("ab/organizations/delete", Kind::Question);

const fn reading(path: &'static str) -> Method {
    Method { path, limit: "ab/contact", spacing: READING, kind: Kind::Question }
}

const fn changing(path: &'static str, kind: Kind) -> Method {
    Method { path, limit: "ab changes", spacing: CHANGING, kind }
}

/// A contact, as far as it is used here (vpbx-data §6.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Card {
    /// Digits
    #[serde(deserialize_with = "lenient::text")]
    pub contact_id: Option<String>,
    /// As it was entered
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Job
    #[serde(deserialize_with = "lenient::text")]
    pub office: Option<String>,
    /// Web address
    #[serde(deserialize_with = "lenient::text")]
    pub site: Option<String>,
    /// Notes
    #[serde(deserialize_with = "lenient::text")]
    pub comment: Option<String>,
    /// Where the person works: one at most, though some tables promise a list
    #[serde(deserialize_with = "lenient::list")]
    pub org: Vec<Organization>,
    /// Numbers
    #[serde(deserialize_with = "lenient::list")]
    pub phones: Vec<Phone>,
    /// Addresses
    #[serde(deserialize_with = "lenient::list")]
    pub emails: Vec<Email>,
}

/// An organization: a name is all it has (vpbx-data §6.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Organization {
    /// Digits
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// As it was entered
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub org_name: Option<String>,
}

/// A number of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Phone {
    /// None until the PBX has given one
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub phone_id: Option<String>,
    /// 0 landline, 1 mobile, 2 SIP, 3 Skype, 4 other, 5 fax
    #[serde(rename = "type", deserialize_with = "lenient::int", skip_serializing_if = "Option::is_none")]
    pub kind: Option<i64>,
    /// As it was entered
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Its digits; not to be sent
    #[serde(deserialize_with = "lenient::text", skip_serializing)]
    pub phone_num: Option<String>,
    /// For people
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What to dial after the answer
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub ext: Option<String>,
    /// The first to be tried
    #[serde(deserialize_with = "lenient::flag", skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
}

/// An e-mail address of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Email {
    /// None until the PBX has given one
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub email_id: Option<String>,
    /// The address
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// For people
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The first to be tried
    #[serde(deserialize_with = "lenient::flag", skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
}

/// What is to be written of a contact. Fields that are not there stay as they are; of the lists, records without their id are added
/// and those whose id is missing go (vpbx-data §6.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// Of the one to be changed
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Needed for a new one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Job
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// Web address
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Notes
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// By id, or by a name, which makes it if there is none; `Some(None)` for nowhere
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<Option<Organization>>,
    /// All of them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phones: Option<Vec<Phone>>,
    /// All of them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<Email>>,
}

/// A page of a list, and how to turn it.
#[derive(Debug)]
pub struct Page<T> {
    /// What stands on it
    pub rows: Vec<T>,
    /// For the next one; none when this was the last
    pub next: Option<String>,
}

/// What a notification tells of the address book (vpbx-data §6.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These contacts are new or different
    Contacts(Vec<Card>),
    /// These organizations are new or different
    Organizations(Vec<Organization>),
    /// Contacts with these ids are gone
    ContactsGone(Vec<String>),
    /// Organizations with these ids are gone
    OrganizationsGone(Vec<String>),
}

impl Client {
    /// The first page of the contacts in which something like this is found; all for `""`. Which fields are searched is not documented.
    pub async fn contacts(&self, query: &str) -> Result<Page<Card>> {
        self.post(&FIRST_CONTACTS, &first(query)).await?.page()
    }

    /// The page after the one that gave this cursor.
    pub async fn more_contacts(&self, cursor: &str) -> Result<Page<Card>> {
        self.post(&NEXT_CONTACTS, &next(cursor)).await?.page()
    }

    /// The contact with this id. One that is not there is a refused request (3300), of which the PBX bears one in two minutes.
    pub async fn contact(&self, contact_id: &str) -> Result<Card> {
        self.post(&CONTACT, &json!({ "contact_id": contact_id })).await?.contact()
    }

    /// Adds a contact, whether or not there is one like it. Sent once: when no answer comes, it may be there or not.
    pub async fn create_contact(&self, draft: &Draft) -> Result<Card> {
        self.write(&CREATE_CONTACTS, &json!({ "data": [draft], "on_error": "duplicate" })).await
    }

    /// Changes a contact.
    pub async fn update_contact(&self, draft: &Draft) -> Result<Card> {
        self.write(&UPDATE_CONTACTS, &json!({ "data": [draft] })).await
    }

    /// Deletes contacts; those that are not there are no obstacle.
    pub async fn delete_contacts(&self, ids: &[&str]) -> Result<()> {
        self.post(&DELETE_CONTACTS, &json!({ "data": ids })).await.map(drop)
    }

    /// The organization with this id; one that is not there is a refused request, as with contacts.
    pub async fn organization(&self, org_id: &str) -> Result<Organization> {
        let reply = self.post(&ORGANIZATION, &json!({ "org_id": org_id })).await?;
        reply.rows()?.pop().ok_or_else(|| reply.odd())
    }

    /// The first page of the organizations with something like this in their names; all for `""`.
    pub async fn organizations(&self, query: &str) -> Result<Page<Organization>> {
        self.post(&FIRST_ORGANIZATIONS, &first(query)).await?.page()
    }

    /// The page after the one that gave this cursor.
    pub async fn more_organizations(&self, cursor: &str) -> Result<Page<Organization>> {
        self.post(&NEXT_ORGANIZATIONS, &next(cursor)).await?.page()
    }

    /// Adds an organization. Sent once.
    pub async fn create_organization(&self, name: &str) -> Result<Organization> {
        self.write(&CREATE_ORGANIZATIONS, &json!({ "data": [{ "org_name": name }] })).await
    }

    /// Gives an organization another name.
    pub async fn rename_organization(&self, org_id: &str, name: &str) -> Result<Organization> {
        self.write(&UPDATE_ORGANIZATIONS, &json!({ "data": [{ "org_id": org_id, "org_name": name }] })).await
    }

    /// Deletes an organization; its contacts stay.
    pub async fn delete_organization(&self, org_id: &str) -> Result<()> {
        self.post(&DELETE_ORGANIZATIONS, &json!({ "data": [org_id] })).await.map(drop)
    }

    /// Writes one row and reads it back as the PBX has it now.
    async fn write<T: Row>(&self, method: &Method, json: &Value) -> Result<T> {
        let reply = self.post(method, json).await?;
        match reply.codes()?.into_iter().map(ResultCode).find(|code| !code.is_accepted()) {
            Some(code) => Err(self.refused(code, &reply)),
            None => reply.rows()?.pop().ok_or_else(|| reply.odd()),
        }
    }
}

fn first(query: &str) -> Value {
    json!({ "query": query, "limit_rows": LONGEST_PAGE, "order": [{ "id": "asc" }] })
}

fn next(cursor: &str) -> Value {
    json!({ "mode": "next-page-1", "cursor": cursor })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    info: Option<Value>,
    #[serde(deserialize_with = "lenient::text")]
    cursor: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Info {
    #[serde(deserialize_with = "lenient::int")]
    page: Option<i64>,
    #[serde(deserialize_with = "lenient::int")]
    pages: Option<i64>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Row"))]
struct Listed<T> {
    #[serde(default = "Vec::new", deserialize_with = "rows")]
    data: Vec<T>,
    #[serde(default, deserialize_with = "lenient::object")]
    state: State,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Written {
    result: Value,
    #[serde(deserialize_with = "lenient::list")]
    skipped: Vec<Value>,
}

impl Reply {
    fn page<T: Row>(&self) -> Result<Page<T>> {
        let Listed { data: rows, state } = self.json::<Listed<T>>()?;
        let info: Info = state.info.map(one_of_many).and_then(|info| serde_json::from_value(info).ok()).unwrap_or_default();
        // The last page has a cursor as well, and what lies behind it is not documented.
        let is_last = rows.is_empty() || info.page.zip(info.pages).is_none_or(|(page, pages)| page >= pages);
        Ok(Page { rows, next: state.cursor.filter(|_| !is_last) })
    }

    /// The example has the contact in `data`, the table at the top.
    fn contact(&self) -> Result<Card> {
        let bare = || self.json::<Card>().ok().filter(|card| card.contact_id.is_some());
        self.rows()?.pop().or_else(bare).ok_or_else(|| self.odd())
    }

    fn rows<T: Row>(&self) -> Result<Vec<T>> {
        Ok(self.json::<Listed<T>>()?.data)
    }

    /// One code, or a list of them with gaps where rows were left out; a row that was left out without a code has wrong parameters.
    fn codes(&self) -> Result<Vec<i64>> {
        let Written { result, skipped } = self.json()?;
        let listed = match result {
            Value::Array(codes) => codes,
            Value::Null => Vec::new(),
            code => vec![code],
        };
        let mut codes: Vec<i64> = listed.iter().filter_map(|code| lenient::int(code).ok().flatten()).collect();
        if !skipped.is_empty() && codes.iter().all(|code| ResultCode(*code).is_accepted()) {
            codes.push(LEFT_OUT);
        }
        Ok(codes)
    }

    /// Everything was said but what was asked.
    fn odd(&self) -> Error {
        Error::Garbled { detail: self.summary() }
    }
}

/// «Неверные параметры команды»
const LEFT_OUT: i64 = 3100;

/// Something that is listed. What cannot be read of it is empty.
trait Row: DeserializeOwned + Default + PartialEq {}

impl<T: DeserializeOwned + Default + PartialEq> Row for T {}

/// A list of objects, a map of them by id, or one of them; what is no object is left out. A page is read without being kept as JSON.
fn rows<'de, D: Deserializer<'de>, T: Row>(value: D) -> std::result::Result<Vec<T>, D::Error> {
    struct Rows<T>(PhantomData<T>);
    impl<'de, T: Row> Visitor<'de> for Rows<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list or an object")
        }
        fn visit_unit<E>(self) -> std::result::Result<Vec<T>, E> {
            Ok(Vec::new())
        }
        fn visit_str<E>(self, _: &str) -> std::result::Result<Vec<T>, E> {
            Ok(Vec::new())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(One(one)) = items.next_element()? {
                all.extend(Some(one).filter(|one| *one != T::default()));
            }
            Ok(all)
        }
        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> std::result::Result<Vec<T>, A::Error> {
            let map = Map::deserialize(MapAccessDeserializer::new(fields))?;
            let all = match !map.is_empty() && map.values().all(Value::is_object) {
                true => map.into_iter().map(|(_, one)| one).collect(),
                false => vec![Value::Object(map)],
            };
            let all = all.into_iter().filter_map(|one| serde_json::from_value(one).ok());
            Ok(all.filter(|one| *one != T::default()).collect())
        }
    }
    value.deserialize_any(Rows(PhantomData))
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Row"))]
struct One<T>(#[serde(deserialize_with = "lenient::object")] T);

fn one_of_many(value: Value) -> Value {
    match value {
        Value::Array(mut all) if !all.is_empty() => all.swap_remove(0),
        value => value,
    }
}

impl Change {
    /// Reads a notification that came to `path`; none when it is about something else, or cannot be read.
    pub fn parse(path: &str, json: &str) -> Option<Change> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Told {
            #[serde(deserialize_with = "lenient::text")]
            action: Option<String>,
            data: Value,
        }
        let told: Told = serde_json::from_str(json).ok()?;
        let gone = |data: Value| lenient::texts(data).unwrap_or_default();
        Some(match (path, told.action.as_deref()?) {
            ("events/ab/contacts", "deleted") => Change::ContactsGone(gone(told.data)),
            ("events/ab/contacts", "new" | "updated") => Change::Contacts(rows(told.data).ok()?),
            ("events/ab/organizations", "deleted") => Change::OrganizationsGone(gone(told.data)),
            ("events/ab/organizations", "new" | "updated") => Change::Organizations(rows(told.data).ok()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PETROV: &str = r#"{"contact_id":"10000701","type":0,"name":"Петров","office":"директор","site":"example.com","importance":0,
        "comment":"","birthday":"","sex":null,"avatar":"","url":"","org":{"org_id":"10000601","org_name":"Ромашка"},
        "phones":[{"phone_id":"10000801","type":1,"phone":"+7 (999) 000-00-11","phone_num":"79990000011","comment":"","ext":null,"is_default":true}],
        "emails":[],"groups":[{"group_id":"10000901","group_name":"VIP"}],"nets":[],"messengers":[],"in_favorites":[],
        "when_created":1767225600,"custom_values":[{"custom_value_id":28001,"custom_field_id":3001,"type":1,"text":"A-17"}],"user_id":400000101,"last_call":null}"#;

    fn reply(body: &str) -> Reply {
        Reply { status: reqwest::StatusCode::OK, retry_after: None, location: None, body: body.into(), secrets: Default::default() }
    }

    fn petrov() -> Card {
        let text = |text: &str| Some(text.to_owned());
        let phone = Phone {
            phone_id: text("10000801"),
            kind: Some(1),
            phone: text("+7 (999) 000-00-11"),
            phone_num: text("79990000011"),
            is_default: Some(true),
            ..Phone::default()
        };
        Card {
            contact_id: text("10000701"),
            name: text("Петров"),
            office: text("директор"),
            site: text("example.com"),
            org: vec![Organization { org_id: text("10000601"), org_name: text("Ромашка") }],
            phones: vec![phone],
            ..Card::default()
        }
    }

    #[test]
    fn a_contact_is_read_from_every_form_of_an_answer() {
        for body in [
            format!(r#"{{"result":1000,"data":{PETROV}}}"#),
            format!(r#"{{"result":"1000","data":[{PETROV}]}}"#),
            format!(r#"{{"result":[1000],"data":{{"10000701":{PETROV}}},"skipped":[]}}"#),
            PETROV.replacen('{', r#"{"result":1000,"#, 1),
            format!(r#"{{"data":{}}}"#, PETROV.replace(r#""org":{"#, r#""org":[{"#).replace(r#""Ромашка"}"#, r#""Ромашка"}]"#)),
        ] {
            assert_eq!(reply(&body).contact().unwrap(), petrov(), "{body}");
        }
        for body in [r#"{"result":1000}"#, r#"{"result":1000,"data":{}}"#, r#"{"result":1000,"data":[]}"#, r#"{"data":[5,"x",null]}"#] {
            assert!(matches!(reply(body).contact(), Err(Error::Garbled { .. })), "{body}");
        }
        let odd =
            r#"{"data":[{"contact_id":10000701,"name":5,"org":null,"phones":{"type":"1","phone":79990000011},"emails":"","site":null}]}"#;
        let card = reply(odd).contact().unwrap();
        assert_eq!((card.name.as_deref(), card.phones[0].kind, card.phones[0].phone.as_deref()), (Some("5"), Some(1), Some("79990000011")));
    }

    #[test]
    fn pages_are_turned_until_the_last() {
        let next = |state: &str| {
            let body = format!(r#"{{"result":1000,"data":[{{"org_id":"1","org_name":"Ромашка"}}],"state":{state}}}"#);
            reply(&body).page::<Organization>().unwrap().next
        };
        let info = r#"{"page":1,"from":0,"size":2,"limit":2,"total_rows":5,"pages":3}"#;
        assert_eq!(next(&format!(r#"{{"info":{info},"cursor":"c1"}}"#)).as_deref(), Some("c1"));
        assert_eq!(next(&format!(r#"{{"info":[{info}],"cursor":"c1"}}"#)).as_deref(), Some("c1"));
        for last in
            [r#"{"info":{"page":3,"pages":3},"cursor":"c"}"#, r#"{"info":{"page":"1","pages":"3"}}"#, "[]", "null", r#"{"cursor":"c"}"#]
        {
            assert_eq!(next(last), None, "{last}");
        }
        let empty = r#"{"result":1000,"data":[],"state":{"info":{"page":1,"pages":3},"cursor":"c"}}"#;
        assert_eq!(reply(empty).page::<Card>().unwrap().next, None);
    }

    #[test]
    fn a_row_that_was_left_out_has_a_code() {
        for (body, codes) in [
            (r#"{"result":[1000],"data":{}}"#, vec![1000]),
            (r#"{"result":["1001"]}"#, vec![1001]),
            (r#"{"result":1000}"#, vec![1000]),
            (r#"{"result":[3104],"skipped":[0]}"#, vec![3104]),
            (r#"{"result":[],"data":[],"skipped":[0]}"#, vec![3100]),
            (r#"{"data":{},"skipped":["0"]}"#, vec![3100]),
            (r#"{"result":[1000],"skipped":[]}"#, vec![1000]),
        ] {
            assert_eq!(reply(body).codes().unwrap(), codes, "{body}");
        }
    }

    #[test]
    fn a_draft_says_only_what_is_to_change() {
        let draft = Draft { contact_id: Some("1".into()), comment: Some(String::new()), org: Some(None), ..Draft::default() };
        assert_eq!(serde_json::to_string(&draft).unwrap(), r#"{"contact_id":"1","comment":"","org":null}"#);
        let draft = Draft { phones: Some(petrov().phones), ..Draft::default() };
        let phones = r#"{"phones":[{"phone_id":"10000801","type":1,"phone":"+7 (999) 000-00-11","is_default":true}]}"#;
        assert_eq!(serde_json::to_string(&draft).unwrap(), phones);
    }

    #[test]
    fn notifications_tell_who_is_new_and_who_is_gone() {
        let change = |thing: &str, action: &str, data: &str| {
            Change::parse(&format!("events/ab/{thing}"), &format!(r#"{{"action":"{action}","data":{data}}}"#))
        };
        assert_eq!(change("contacts", "new", &format!("[{PETROV}]")), Some(Change::Contacts(vec![petrov()])));
        let organization = Organization { org_id: Some("10000601".into()), org_name: Some("Ромашка".into()) };
        let told = change("organizations", "updated", r#"[{"org_id":"10000601","org_name":"Ромашка"}]"#);
        assert_eq!(told, Some(Change::Organizations(vec![organization])));
        for ids in [r#"["10000701"]"#, "[10000701]", r#""10000701""#] {
            assert_eq!(change("contacts", "deleted", ids), Some(Change::ContactsGone(vec!["10000701".into()])), "{ids}");
        }
        assert_eq!(change("groups", "new", "[]"), None);
        assert_eq!(change("contacts", "moved", "[]"), None);
        assert_eq!(Change::parse("events/ab/contacts", "[]"), None);
    }
}
