//! A contact: what is told of him, how it is written and read (vpbx-data §6.5, §6.7, §6.8).

use serde_json::{Map, Value, json};

use super::shelf::{Shelf, Stored};
use super::{
    Ask, Asked, Kind, LONGEST_LINE, MISSING, NO_OBJECT, News, Refusal, TOO_LARGE, WRONG_FORMAT, described as told, known, line, short,
};
use crate::sandbox::ask::{TAKEN, integer};
use crate::sandbox::people::{PEOPLE, Person};
use crate::time::now;

type Object = Map<String, Value>;

/// The most letters of a comment on a contact: nobody knows, ours is generous.
const LONGEST_COMMENT: usize = 4096;

/// The most digits of an extension behind a number.
const LONGEST_EXTENSION: usize = 32;

/// The fields that the company of the sandbox has added: id, name, kind (1 text, 2 list).
const CODE: i64 = 3001;
const CLASS: i64 = 3002;
const CLASSES: [(i64, &str); 2] = [(6001, "А"), (6002, "Б")];
const LONGEST_CODE: usize = 10;

/// `ab/custom_fields` (vpbx-data §6.10)
pub(super) fn custom_fields() -> Value {
    json!([
        {"custom_field_id": CLASS, "name": "Класс", "type": 2, "order": 1, "required": false, "api_only": false, "items": classes()},
        {"custom_field_id": CODE, "name": "Код", "type": 1, "order": 8, "required": false, "api_only": true, "unique": false,
         "check_mode": 1, "check_length": LONGEST_CODE + 1},
    ])
}

fn classes() -> Vec<Value> {
    CLASSES.iter().enumerate().map(|(order, (id, name))| json!({"enum_id": id, "name": name, "order": order})).collect()
}

/// Everybody whom the sandbox plays.
pub(super) fn everybody(shelf: &Shelf<'_>) -> Asked<()> {
    PEOPLE.iter().try_for_each(|person| create(shelf, &introduced(person)?, true).map(drop))
}

fn introduced(person: &Person) -> Asked<Ask> {
    let phone = |(n, (kind, number)): (usize, &(&str, &str))| {
        let (kind, comment) = match *kind {
            "mobile" => (1, ""),
            "fax" => (5, ""),
            "home" => (0, "домашний"),
            "main" => (0, "основной"),
            _ => (0, ""),
        };
        json!({"type": kind, "phone": number, "comment": comment, "is_default": n == 0})
    };
    let phones: Vec<Value> = person.numbers.iter().enumerate().map(phone).collect();
    let mut row = json!({"name": person.title(), "office": person.job, "phones": phones});
    if !person.company.is_empty() {
        row["org"] = json!({"org_name": person.company});
    }
    Ask::parse(&row.to_string())
}

/// Writes a new contact, and tells of an organization that came with him. Unless copies are wanted, somebody of the same name with
/// one of his numbers is an obstacle.
pub(super) fn create(shelf: &Shelf<'_>, row: &Ask, copies: bool) -> Asked<(Stored, Vec<News>)> {
    let name = line(row, "name")?.ok_or_else(|| Refusal::of(MISSING, "name"))?;
    let blank = json!({
        "type": 0, "office": "", "site": "", "importance": 0, "comment": "", "birthday": "", "sex": null, "url": "", "org": null,
        "phones": [], "emails": [], "groups": [], "nets": [], "messengers": [], "in_favorites": [],
        "when_created": now().as_second(), "custom_values": [], "user_id": null,
    });
    let Value::Object(mut body) = blank else { return Err(Refusal::new(WRONG_FORMAT)) };
    let news = change(shelf, &mut body, row)?;
    if !copies && shelf.all_named(Kind::Contact, &name)?.iter().any(|other| share_a_number(&other.body, &body)) {
        return Err(Refusal::of(TAKEN, "name"));
    }
    Ok((put(shelf, None, &name, body)?, news))
}

fn share_a_number(a: &Object, b: &Object) -> bool {
    let numbers = |body: &Object| parts(body, "phones").iter().map(|phone| phone["phone_num"].clone()).collect::<Vec<_>>();
    let theirs = numbers(b);
    numbers(a).iter().any(|number| theirs.contains(number))
}

/// Changes what the row names; everything else stays as it was.
pub(super) fn update(shelf: &Shelf<'_>, row: &Ask) -> Asked<(Stored, Vec<News>)> {
    let Stored { id, name, mut body } = known(shelf, Kind::Contact, row)?;
    let name = match row.names("name") {
        true => line(row, "name")?.ok_or_else(|| Refusal::of(MISSING, "name"))?,
        false => name,
    };
    let news = change(shelf, &mut body, row)?;
    Ok((put(shelf, Some(id), &name, body)?, news))
}

/// A search looks in name, numbers and e-mail addresses.
fn put(shelf: &Shelf<'_>, id: Option<i64>, name: &str, body: Object) -> Asked<Stored> {
    let phones = parts(&body, "phones").iter().flat_map(|phone| [phone["phone"].as_str(), phone["phone_num"].as_str()]);
    let emails = parts(&body, "emails").iter().map(|email| email["email"].as_str());
    let searched: Vec<&str> = [Some(name)].into_iter().chain(phones).chain(emails).flatten().collect();
    let searched = searched.join("\n").to_lowercase();
    shelf.put(Kind::Contact, id, name, &searched, body)
}

fn parts<'a>(body: &'a Object, name: &str) -> &'a [Value] {
    body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn change(shelf: &Shelf<'_>, body: &mut Object, row: &Ask) -> Asked<Vec<News>> {
    let lines = [("office", LONGEST_LINE), ("site", LONGEST_LINE), ("url", LONGEST_LINE), ("comment", LONGEST_COMMENT)];
    for (name, most) in lines.into_iter().filter(|(name, _)| row.names(name)) {
        set(body, name, short(row, name, most)?.unwrap_or_default());
    }
    for (name, most) in [("type", i64::MAX), ("importance", 9), ("sex", 1), ("user_id", i64::MAX)] {
        if row.names(name) {
            set(body, name, within(row, name, most)?);
        }
    }
    if row.names("birthday") {
        set(body, "birthday", birthday(row)?);
    }
    for name in ["in_favorites", "in_favores"].into_iter().filter(|name| row.names(name)) {
        set(body, "in_favorites", row.texts(name)?);
    }
    let records: [(&str, &str, Record); 4] =
        [("phones", "phone_id", phone), ("emails", "email_id", email), ("nets", "net_id", net), ("messengers", "mgr_id", messenger)];
    for (name, id, record) in records.into_iter().filter(|(name, ..)| row.names(name)) {
        set(body, name, replaced(shelf, parts(body, name), &row.rows(name)?, id, record)?);
    }
    if row.names("custom_values") {
        set(body, "custom_values", custom_values(shelf, parts(body, "custom_values"), &row.rows("custom_values")?)?);
    }
    let mut news = Vec::new();
    if row.names("org") {
        let organization = row.inner("org")?.map(|org| reference(shelf, Kind::Organization, &org, &mut news)).transpose()?;
        set(body, "org", organization);
    }
    if row.names("groups") {
        let groups = row.rows("groups")?;
        set(body, "groups", groups.iter().map(|group| reference(shelf, Kind::Group, group, &mut news)).collect::<Asked<Vec<_>>>()?);
    }
    Ok(news)
}

fn set(body: &mut Object, name: &str, value: impl Into<Value>) {
    body.insert(name.to_owned(), value.into());
}

fn within(row: &Ask, name: &str, most: i64) -> Asked<Option<i64>> {
    match row.integer(name)? {
        Some(number) if number < 0 => Err(Refusal::of(WRONG_FORMAT, name)),
        Some(number) if number > most => Err(Refusal::of(TOO_LARGE, name)),
        number => Ok(number),
    }
}

/// `yyyy-mm-dd`
fn birthday(row: &Ask) -> Asked<String> {
    let Some(text) = row.text("birthday")? else { return Ok(String::new()) };
    match text.len() == 10 && jiff::civil::Date::strptime("%Y-%m-%d", &text).is_ok() {
        true => Ok(text),
        false => Err(Refusal::of(WRONG_FORMAT, "birthday")),
    }
}

/// An organization or a group: by its id, or by a name, which makes it if there is none (vpbx-data §6.7).
fn reference(shelf: &Shelf<'_>, kind: Kind, row: &Ask, news: &mut Vec<News>) -> Asked<i64> {
    if row.text(kind.id())?.is_some() {
        return known(shelf, kind, row).map(|stored| stored.id);
    }
    let name = line(row, kind.name())?.ok_or_else(|| Refusal::of(MISSING, kind.name()))?;
    if let Some(stored) = shelf.named(kind, &name)? {
        return Ok(stored.id);
    }
    let stored = shelf.put(kind, None, &name, &name.to_lowercase(), Map::new())?;
    news.push(News { kind, action: "new", data: json!([told(shelf, kind, &stored, false)?]) });
    Ok(stored.id)
}

/// Reads what a row says of a number, an address or a profile into its record.
type Record = fn(&Ask, &mut Object) -> Asked<()>;

/// The whole list anew: records whose id is repeated are kept or changed, those without one are added, the others are gone.
fn replaced(shelf: &Shelf<'_>, old: &[Value], rows: &[Ask], id: &str, record: Record) -> Asked<Vec<Value>> {
    let mut new: Vec<Object> = Vec::new();
    for row in rows {
        let mut object = match row.text(id)? {
            Some(known) => same(old, id, &known).ok_or_else(|| Refusal::of(NO_OBJECT, id))?,
            None => Object::from_iter([(id.to_owned(), json!(shelf.new_id()?.to_string()))]),
        };
        record(row, &mut object)?;
        new.push(object);
    }
    let mut has_default = false;
    for object in new.iter_mut().filter(|object| object.get("is_default") == Some(&json!(true))) {
        if std::mem::replace(&mut has_default, true) {
            object.remove("is_default");
        }
    }
    Ok(new.into_iter().map(Value::Object).collect())
}

fn same(old: &[Value], id: &str, known: &str) -> Option<Object> {
    old.iter().find(|record| record[id].as_str() == Some(known)).and_then(Value::as_object).cloned()
}

/// A text that a new record needs.
fn needed(row: &Ask, object: &mut Object, name: &str, most: usize) -> Asked<()> {
    match short(row, name, most)? {
        Some(text) => set(object, name, text),
        None if object.contains_key(name) => {}
        None => return Err(Refusal::of(MISSING, name)),
    }
    Ok(())
}

fn remark(row: &Ask, object: &mut Object) -> Asked<()> {
    if row.names("comment") || !object.contains_key("comment") {
        set(object, "comment", line(row, "comment")?.unwrap_or_default());
    }
    match row.flag("is_default")? {
        Some(true) => set(object, "is_default", true),
        Some(false) => drop(object.remove("is_default")),
        None => {}
    }
    Ok(())
}

fn code(row: &Ask, object: &mut Object, name: &str, most: i64) -> Asked<()> {
    if let Some(code) = within(row, name, most)? {
        set(object, name, code);
    }
    object.entry(name.to_owned()).or_insert(json!(0));
    Ok(())
}

fn phone(row: &Ask, object: &mut Object) -> Asked<()> {
    code(row, object, "type", 5)?;
    needed(row, object, "phone", LONGEST_LINE)?;
    let digits: String = object["phone"].as_str().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    set(object, "phone_num", digits);
    if row.names("ext") || !object.contains_key("ext") {
        set(object, "ext", short(row, "ext", LONGEST_EXTENSION)?);
    }
    remark(row, object)
}

fn email(row: &Ask, object: &mut Object) -> Asked<()> {
    needed(row, object, "email", LONGEST_LINE)?;
    match object["email"].as_str().and_then(|email| email.split_once('@')) {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => remark(row, object),
        _ => Err(Refusal::of(NOT_AN_ADDRESS, "email")),
    }
}

/// «Адрес почты не в виде имя@домен»
const NOT_AN_ADDRESS: i64 = 3112;

fn net(row: &Ask, object: &mut Object) -> Asked<()> {
    code(row, object, "net", 10)?;
    needed(row, object, "uname", LONGEST_LINE)
}

fn messenger(row: &Ask, object: &mut Object) -> Asked<()> {
    code(row, object, "mgr", 3)?;
    needed(row, object, "uname", LONGEST_LINE)
}

/// Values of the company's own fields. What is not sent stays; an id alone clears a value (vpbx-data §6.5).
fn custom_values(shelf: &Shelf<'_>, old: &[Value], rows: &[Ask]) -> Asked<Vec<Value>> {
    let mut values: Vec<Value> = old.to_vec();
    for row in rows {
        let id = row.integer("custom_value_id")?;
        let place = id.map(|id| values.iter().position(|value| value["custom_value_id"] == id));
        let place = place.map(|place| place.ok_or_else(|| Refusal::of(NO_OBJECT, "custom_value_id"))).transpose()?;
        let field = row.integer("custom_field_id")?;
        match (place, field) {
            (Some(place), None) => drop(values.remove(place)),
            (Some(place), Some(field)) => values[place] = custom_value(id.unwrap_or_default(), field, row)?,
            (None, Some(field)) => values.push(custom_value(shelf.new_id()?, field, row)?),
            (None, None) => return Err(Refusal::of(MISSING, "custom_field_id")),
        }
    }
    Ok(values)
}

fn custom_value(id: i64, field: i64, row: &Ask) -> Asked<Value> {
    match field {
        CODE => {
            let text = short(row, "text", LONGEST_CODE)?.ok_or_else(|| Refusal::of(MISSING, "text"))?;
            Ok(json!({"custom_value_id": id, "custom_field_id": field, "type": 1, "text": text}))
        }
        CLASS => {
            let chosen = row.rows("list_items")?.first().cloned().ok_or_else(|| Refusal::of(MISSING, "list_items"))?;
            let wanted = chosen.needed_integer("enum_id")?;
            let item = classes().into_iter().find(|item| integer(&item["enum_id"]) == Some(wanted));
            let item = item.ok_or_else(|| Refusal::of(NO_OBJECT, "enum_id"))?;
            Ok(json!({"custom_value_id": id, "custom_field_id": field, "type": 2, "list_items": [item]}))
        }
        _ => Err(Refusal::of(NO_OBJECT, "custom_field_id")),
    }
}

/// A contact as answers and events have him; the company's own fields and the personal employee only when they are asked for.
pub(super) fn described(shelf: &Shelf<'_>, stored: &Stored, all: bool) -> Asked<Value> {
    let body = &stored.body;
    let linked = |kind: Kind, id: &Value| -> Asked<Option<Value>> {
        let found = shelf.get(kind, &id.to_string())?;
        found.map(|found| told(shelf, kind, &found, false)).transpose()
    };
    let mut contact = Object::new();
    set(&mut contact, "contact_id", stored.id.to_string());
    set(&mut contact, "name", stored.name.as_str());
    let copy = |contact: &mut Object, names: &[&str]| {
        names.iter().for_each(|name| set(contact, name, body.get(*name).cloned().unwrap_or_default()));
    };
    copy(&mut contact, &["type", "office", "site", "importance", "comment", "birthday", "sex", "url", "phones", "emails"]);
    set(&mut contact, "avatar", "");
    set(&mut contact, "org", body.get("org").map(|org| linked(Kind::Organization, org)).transpose()?.flatten());
    let groups = parts(body, "groups").iter().map(|group| linked(Kind::Group, group)).collect::<Asked<Vec<_>>>()?;
    set(&mut contact, "groups", groups.into_iter().flatten().collect::<Vec<_>>());
    copy(&mut contact, &["nets", "messengers", "in_favorites", "when_created"]);
    set(&mut contact, "last_call", Value::Null);
    if all {
        copy(&mut contact, &["custom_values", "user_id"]);
    }
    Ok(contact.into())
}
