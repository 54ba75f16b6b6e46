//! The PBX's own address book: organizations, groups and contacts, kept from one process to the next (vpbx-data §6).
//!
//! What the document leaves open is decided here so: a search looks in names, numbers and e-mail addresses; a duplicate has the name
//! and a number of somebody else (of an organization or a group: the name); a cursor lives five minutes; past the last page there is
//! an empty one without a cursor; whoever is deleted twice is deleted.

mod card;
mod listing;
mod shelf;

use serde_json::{Map, Value, json};

use super::ask::{Ask, Asked, DATABASE, MISSING, NO_OBJECT, Refusal, TOO_LARGE, TOO_MANY_ROWS, WRONG_FORMAT};
use super::gate::Answer;
use super::{Sandbox, locked};
pub(super) use shelf::Book;
use shelf::{Shelf, Stored};

/// The most rows of one request (vpbx-data §6.3).
const MOST_ROWS: usize = 500;

/// The most letters of a line; documented for numbers and their comments, believed of the rest.
const LONGEST_LINE: usize = 255;

/// What the book is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Organization,
    Group,
    Contact,
}

impl Kind {
    fn id(self) -> &'static str {
        match self {
            Kind::Organization => "org_id",
            Kind::Group => "group_id",
            Kind::Contact => "contact_id",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Organization => "org_name",
            Kind::Group => "group_name",
            Kind::Contact => "name",
        }
    }

    /// Where changes are told; that of groups is inferred (vpbx-data §6.11).
    fn event(self) -> &'static str {
        match self {
            Kind::Organization => "events/ab/organizations",
            Kind::Group => "events/ab/groups",
            Kind::Contact => "events/ab/contacts",
        }
    }
}

/// A method of the address book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get(Kind),
    Init(Kind),
    Cursor(Kind),
    Create(Kind),
    Update(Kind),
    Delete(Kind),
    Fields,
}

impl Method {
    /// Contacts are read in the singular and written in the plural (vpbx-data §6.1).
    pub(super) fn at(path: &str) -> Option<Method> {
        use Kind::{Contact, Group, Organization};
        Some(match path.strip_prefix("ab/")? {
            "organization" => Method::Get(Organization),
            "organizations/init" => Method::Init(Organization),
            "organizations/cursor" => Method::Cursor(Organization),
            "organizations/create" => Method::Create(Organization),
            "organizations/update" => Method::Update(Organization),
            "organizations/delete" => Method::Delete(Organization),
            "group" => Method::Get(Group),
            "groups/init" => Method::Init(Group),
            "groups/cursor" => Method::Cursor(Group),
            "groups/create" => Method::Create(Group),
            "groups/update" => Method::Update(Group),
            "groups/delete" => Method::Delete(Group),
            "contact" => Method::Get(Contact),
            "contact/init" => Method::Init(Contact),
            "contact/cursor" => Method::Cursor(Contact),
            "contacts/create" => Method::Create(Contact),
            "contacts/update" => Method::Update(Contact),
            "contacts/delete" => Method::Delete(Contact),
            "custom_fields" => Method::Fields,
            _ => return None,
        })
    }

    pub(super) fn changes(self) -> bool {
        matches!(self, Method::Create(_) | Method::Update(_) | Method::Delete(_))
    }
}

/// How long the list of codes is when rows are left out: nobody knows (vpbx-data §12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Codes {
    /// One for every row that was written.
    #[default]
    OfWritten,
    /// One for every row that was sent.
    OfAll,
}

impl Codes {
    pub(super) fn word(self) -> &'static str {
        match self {
            Codes::OfWritten => "written",
            Codes::OfAll => "all",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Codes> {
        [Codes::OfWritten, Codes::OfAll].into_iter().find(|codes| codes.word() == word)
    }
}

/// What the customer is told of a change.
struct News {
    kind: Kind,
    action: &'static str,
    data: Value,
}

/// Answers a method and tells the customer what it has changed.
pub(super) fn answer(sandbox: &Sandbox, method: Method, ask: &Ask) -> Asked<Answer> {
    let codes = locked(&sandbox.0.tuning).book_codes;
    let mut book = locked(&sandbox.0.book);
    let (answer, news) = match method {
        Method::Get(kind) => (book.read(|shelf| get(shelf, kind, ask))?, Vec::new()),
        Method::Init(kind) => (listing::init(&mut book, kind, ask)?, Vec::new()),
        Method::Cursor(kind) => (listing::cursor(&mut book, kind, ask)?, Vec::new()),
        Method::Create(kind) => book.change(|shelf| write(shelf, kind, ask, "new", codes))?,
        Method::Update(kind) => book.change(|shelf| write(shelf, kind, ask, "updated", codes))?,
        Method::Delete(kind) => book.change(|shelf| delete(shelf, kind, ask))?,
        Method::Fields => (json!({"result": 1000, "data": card::custom_fields()}), Vec::new()),
    };
    drop(book);
    for News { kind, action, data } in news {
        sandbox.0.courier.send(kind.event(), json!({"action": action, "data": data}).to_string());
    }
    Ok(Answer::Json(answer))
}

fn get(shelf: &Shelf<'_>, kind: Kind, ask: &Ask) -> Asked<Value> {
    let id = ask.needed_text(kind.id())?;
    let stored = shelf.get(kind, &id)?.ok_or_else(|| Refusal::of(NO_OBJECT, kind.id()))?;
    Ok(json!({"result": 1000, "data": described(shelf, kind, &stored, wants_all(ask)?)?}))
}

fn wants_all(ask: &Ask) -> Asked<bool> {
    Ok(ask.flag("contact_ext_fields")?.unwrap_or(false))
}

/// One of them as answers and events have it.
fn described(shelf: &Shelf<'_>, kind: Kind, stored: &Stored, all: bool) -> Asked<Value> {
    match kind {
        Kind::Contact => card::described(shelf, stored, all),
        _ => Ok(json!({kind.id(): stored.id.to_string(), kind.name(): stored.name})),
    }
}

fn rows<T>(rows: Vec<T>) -> Asked<Vec<T>> {
    match rows.len() {
        0 => Err(Refusal::of(MISSING, "data")),
        1..=MOST_ROWS => Ok(rows),
        _ => Err(Refusal::of(TOO_MANY_ROWS, "data")),
    }
}

/// `create` and `update`: every row by itself; those that cannot be written are left out and counted in `skipped` (vpbx-data §6.7).
fn write(shelf: &Shelf<'_>, kind: Kind, ask: &Ask, action: &'static str, codes: Codes) -> Asked<(Value, Vec<News>)> {
    let rows = rows(ask.rows("data")?)?;
    let copies = match ask.text("on_error")?.as_deref() {
        None | Some("skip") => false,
        Some("duplicate") => true,
        Some(_) => return Err(Refusal::of(WRONG_FORMAT, "on_error")),
    };
    let (mut results, mut written, mut skipped, mut news) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, row) in rows.iter().enumerate() {
        let done = shelf.row(|shelf| match (kind, action) {
            (Kind::Contact, "new") => card::create(shelf, row, copies),
            (Kind::Contact, _) => card::update(shelf, row),
            _ => rename(shelf, kind, row, action).map(|stored| (stored, Vec::new())),
        });
        match done {
            Ok((stored, organizations)) => {
                news.extend(organizations);
                results.push(1000);
                written.push(stored);
            }
            Err(refusal) if refusal.code == DATABASE => return Err(refusal),
            Err(refusal) => {
                skipped.push(n);
                results.extend((codes == Codes::OfAll).then_some(refusal.code));
            }
        }
    }
    let mut all = Vec::new();
    for stored in &written {
        let mut one = described(shelf, kind, stored, false)?;
        if kind == Kind::Contact {
            one["last_used"] = Value::Null;
        }
        all.push(one);
    }
    if !all.is_empty() {
        news.push(News { kind, action, data: json!(all) });
    }
    let data = match kind {
        Kind::Contact => by_id(all),
        _ => json!(all),
    };
    let mut answer = json!({"result": results, "data": data});
    if !skipped.is_empty() {
        answer["skipped"] = json!(skipped);
    }
    Ok((answer, news))
}

/// Contacts come as a map, everything else as a list (vpbx-data §6.7).
fn by_id(all: Vec<Value>) -> Value {
    all.into_iter().map(|one| (one["contact_id"].as_str().unwrap_or_default().to_owned(), one)).collect::<Map<_, _>>().into()
}

/// An organization or a group: a name is all they have.
fn rename(shelf: &Shelf<'_>, kind: Kind, row: &Ask, action: &str) -> Asked<Stored> {
    let name = line(row, kind.name())?.ok_or_else(|| Refusal::of(MISSING, kind.name()))?;
    let id = match action {
        "new" => None,
        _ => Some(known(shelf, kind, row)?.id),
    };
    match shelf.named(kind, &name)? {
        Some(other) if Some(other.id) != id => Err(Refusal::of(super::ask::TAKEN, kind.name())),
        _ => shelf.put(kind, id, &name, &name.to_lowercase(), Map::new()),
    }
}

/// The one whose id the row has.
fn known(shelf: &Shelf<'_>, kind: Kind, row: &Ask) -> Asked<Stored> {
    let id = row.needed_text(kind.id())?;
    shelf.get(kind, &id)?.ok_or_else(|| Refusal::of(NO_OBJECT, kind.id()))
}

/// A text of no more than [`LONGEST_LINE`] letters.
fn line(row: &Ask, name: &str) -> Asked<Option<String>> {
    short(row, name, LONGEST_LINE)
}

fn short(row: &Ask, name: &str, most: usize) -> Asked<Option<String>> {
    match row.text(name)? {
        Some(text) if text.chars().count() > most => Err(Refusal::of(TOO_LARGE, name)),
        text => Ok(text.map(|text| text.trim().to_owned())),
    }
}

/// Deletes by id; an id that nobody has is deleted already (vpbx-data §6.3). Contacts only lose their organization or group.
fn delete(shelf: &Shelf<'_>, kind: Kind, ask: &Ask) -> Asked<(Value, Vec<News>)> {
    let mut gone = Vec::new();
    for id in rows(ask.texts("data")?)? {
        if shelf.remove(kind, &id)? {
            gone.push(id);
        }
    }
    let news = match gone.is_empty() {
        true => Vec::new(),
        false => vec![News { kind, action: "deleted", data: json!(gone) }],
    };
    Ok((json!({"result": 1000}), news))
}
