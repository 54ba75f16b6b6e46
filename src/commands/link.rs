//! `mango link CALL`: joins a call to people, companies, activities and other things of the contact source; alone, shows what it is joined to.

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::{activity, whom};
use crate::completion;
use crate::contacts::place::Place;
use crate::contacts::{ContactBook, Kind, Number, Objects, Owner, Sort};
use crate::context::Context;
use crate::crm;
use crate::error::{Error, Result};
use crate::journal::{Direction, Entry, Journal, Link};
use crate::phone::shown;
use crate::text::{excerpt, tr};
use crate::time::{now, upcoming, zone};
use crate::ui::{Cell, Column, Row, Ui, moment};

/// The most letters of an object's id.
const LONGEST: usize = 200;

/// Arguments of `link`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), default_value = "@1", hide_default_value = true, help = tr("@N из истории или начало идентификатора [@1]", "@N from history, or the beginning of an id [@1]"), add = ArgValueCompleter::new(completion::calls))]
    call: String,
    #[command(flatten)]
    to: To,
    #[arg(long, help = tr("Не добавлять номер звонка человеку или компании", "Do not add the call's number to the person or company"))]
    no_number: bool,
}

/// The other end of links.
#[derive(clap::Args, Debug)]
pub(super) struct To {
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("Человек: имя, его часть, номер или id", "A person: name, part of it, number or id"), add = ArgValueCompleter::new(completion::people))]
    pub(super) contact: Option<String>,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("Компания: название, его часть, номер или id", "A company: name, part of it, number or id"), add = ArgValueCompleter::new(completion::people))]
    pub(super) account: Option<String>,
    #[arg(long, value_name = "ID", help = tr("Дело; id — из mango activity list", "An activity; its id is in mango activity list"))]
    pub(super) activity: Vec<String>,
    #[arg(long, value_name = tr("ТИП:ID", "TYPE:ID"), value_parser = object, help = tr("Другой объект, например Lead:8d2e…", "Another object, say Lead:8d2e…"))]
    pub(super) object: Vec<(String, String)>,
}

impl To {
    pub(super) fn is_empty(&self) -> bool {
        self.contact.is_none() && self.account.is_none() && self.activity.is_empty() && self.object.is_empty()
    }
}

fn object(text: &str) -> std::result::Result<(String, String), String> {
    let well_formed = |(kind, id): &(&str, &str)| {
        let word = kind.starts_with(char::is_alphabetic) && kind.chars().all(|c| c.is_alphanumeric() || c == '_');
        word && kind.len() <= LONGEST && !id.is_empty() && id.len() <= LONGEST && !id.contains(char::is_control)
    };
    let parts = text.split_once(':').map(|(kind, id)| (kind.trim(), id.trim())).filter(well_formed);
    let (kind, id) = parts.ok_or_else(|| tr("нужны тип и id через двоеточие", "a type and an id with a colon between them").to_owned())?;
    match kind.to_lowercase().as_str() {
        "contact" | "account" | "activity" => Err(tr("для него есть свой параметр", "there is an option of its own for that").to_owned()),
        _ => Ok((kind.to_owned(), id.to_owned())),
    }
}

/// Runs it. Errors: 3 when there is no such call, person, company or activity, or several.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = ctx.journal()?.call(&args.call)?;
    if !args.to.is_empty() {
        make(&args, &entry, ctx, ui).await?;
        written(&entry, ctx, ui).await?;
    }
    if args.to.is_empty() || !ui.is_for_a_person() {
        ctx.recognise(&entry.facts.other_number().map(str::to_owned).into_iter().collect::<Vec<_>>()).await;
        let rows = rows(&entry, ctx.journal()?, &ctx.contacts()?)?;
        if rows.is_empty() {
            ui.note(tr("Звонок ни с чем не связан.", "The call is linked to nothing."));
        }
        return ui.all(&rows);
    }
    Ok(())
}

async fn make(args: &Args, entry: &Entry, ctx: &Context, ui: &Ui) -> Result<()> {
    let to = &args.to;
    let contact = match &to.contact {
        Some(who) => Some(whom::one(who, Some(Sort::Contact), ctx, ui).await?),
        None => None,
    };
    let account = match &to.account {
        Some(who) => Some(whom::one(who, Some(Sort::Account), ctx, ui).await?),
        None => None,
    };
    let others = others(to, ctx).await?;
    let journal = ctx.journal()?;
    for owner in contact.iter().chain(&account) {
        attach(entry, owner, ctx)?;
        ui.note(&linked(owner.name()));
    }
    for link in &others {
        journal.link(entry, link)?;
        ui.note(&linked(link.name.as_deref().unwrap_or(&link.target)));
    }
    // The number is one party's: of a person and his company, the person's.
    match contact.or(account) {
        Some(owner) if !args.no_number => add_number(entry, &owner, ctx, ui).await,
        _ => Ok(()),
    }
}

/// The sentence when a call was joined to somebody.
pub(super) fn linked(name: &str) -> String {
    tr(format!("Звонок связан: {name}."), format!("The call is linked to {name}."))
}

/// Joins a call to somebody; to a person's company with the person, as the CRM's panel does (bpmsoft-odata §5.3).
pub(super) fn attach(entry: &Entry, owner: &Owner, ctx: &Context) -> Result<()> {
    let (journal, place) = (ctx.journal()?, ctx.config.contacts);
    journal.link(entry, &Link::to(owner, place))?;
    company_of(owner, place).map_or(Ok(()), |company| journal.link(entry, &company))
}

fn company_of(owner: &Owner, place: Place) -> Option<Link> {
    match owner {
        Owner::Contact(contact) => {
            contact.account.as_ref().map(|account| Link::of(Sort::Account.key(), account, contact.company.as_deref(), place))
        }
        Owner::Account(_) => None,
    }
}

async fn others(to: &To, ctx: &Context) -> Result<Vec<Link>> {
    let place = ctx.config.contacts;
    let mut links = Vec::new();
    for id in &to.activity {
        let id = activity::whole_id(id, ctx)?;
        links.push(Link::to_activity(&ctx.source().await?.activity(&id).await?, place));
    }
    if to.object.is_empty() {
        return Ok(links);
    }
    let objects = ctx.source().await?.objects().await?;
    for (kind, id) in &to.object {
        links.push(Link::of(&known(kind, &objects, place)?, &checked(id, place)?, None, place));
    }
    Ok(links)
}

/// The object as its source writes it.
fn known(kind: &str, objects: &Objects, place: Place) -> Result<String> {
    match objects {
        Objects::Any => Ok(kind.to_owned()),
        Objects::These(names) if names.is_empty() => {
            Err(Error::NotInSource { source: place.key(), what: tr("других объектов", "other objects") })
        }
        Objects::These(names) => {
            let found = names.iter().find(|name| name.eq_ignore_ascii_case(kind)).cloned();
            found.ok_or_else(|| Error::NoObject { source: place.key(), wanted: excerpt(kind), there_are: names.clone() })
        }
    }
}

/// BPMSoft's ids are GUIDs; what is none would be refused when the call is sent there, long after this.
fn checked(id: &str, place: Place) -> Result<String> {
    match place {
        Place::Bpmsoft => uuid::Uuid::parse_str(id)
            .map(|id| id.to_string())
            .map_err(|_| Error::Usage(tr(format!("это не GUID: {}", excerpt(id)), format!("this is not a GUID: {}", excerpt(id))))),
        _ => Ok(id.to_owned()),
    }
}

/// Adds the number of the other party, if it is new: a person's mobile, a company's main one.
async fn add_number(entry: &Entry, owner: &Owner, ctx: &Context, ui: &Ui) -> Result<()> {
    let outside = entry.facts.direction != Some(Direction::Internal);
    let is_phone = |number: &&str| number.len() > 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = entry.facts.other_number().filter(is_phone).filter(|_| outside) else { return Ok(()) };
    let kind = match owner.sort() {
        Sort::Contact => Kind::Mobile,
        Sort::Account => Kind::Main,
    };
    if ctx.source().await?.add_number(owner, &Number { kind, number: number.to_owned() }).await? {
        let (name, number) = (owner.name(), shown(number));
        ui.note(&tr(format!("Номер {number} добавлен: {name}."), format!("{number} is added to {name}.")));
    }
    Ok(())
}

/// Lets the CRM know that something was written of a call.
pub(super) async fn written(entry: &Entry, ctx: &Context, ui: &Ui) -> Result<()> {
    crm::changed(ctx, entry).await?.iter().for_each(|waits| ui.note(waits));
    Ok(())
}

/// What a call is joined to: by a person, and before that by its number, if that is one party's alone.
pub(super) fn rows(entry: &Entry, journal: &Journal, contacts: &ContactBook) -> Result<Vec<LinkRow>> {
    let links = journal.links(entry)?;
    let is_of_a_party = |link: &Link| [Sort::Contact, Sort::Account].iter().any(|sort| sort.key() == link.kind);
    let by_number = if links.iter().any(is_of_a_party) { Vec::new() } else { identified(entry, contacts)? };
    let row =
        |by, link: Link| LinkRow { detail: detail(&link, contacts), by, linked_at: Some(link.linked_at).filter(|_| by == BY_PERSON), link };
    let by_number = by_number.into_iter().map(|link| row(BY_NUMBER, link));
    Ok(by_number.chain(links.into_iter().map(|link| row(BY_PERSON, link))).collect())
}

const BY_PERSON: &str = "person";
const BY_NUMBER: &str = "number";

fn identified(entry: &Entry, contacts: &ContactBook) -> Result<Vec<Link>> {
    let place = contacts.people().place();
    Ok(match party(entry, contacts)? {
        Some(owner) => [Some(Link::to(&owner, place)), company_of(&owner, place)].into_iter().flatten().collect(),
        None => Vec::new(),
    })
}

/// Whose number the call's is, if it is one party's alone.
pub(super) fn party(entry: &Entry, contacts: &ContactBook) -> Result<Option<Owner>> {
    let Some(number) = entry.facts.other_number() else { return Ok(None) };
    let mut owners = contacts.people().owners(number)?;
    Ok(if owners.len() == 1 { owners.pop() } else { None })
}

/// What is said beside the name: where a person works, by when something is due.
fn detail(link: &Link, contacts: &ContactBook) -> Option<String> {
    let people = contacts.people();
    match link.kind.as_str() {
        "contact" => {
            let owner = people.get(Sort::Contact, &link.target).ok()?;
            let about = [owner.job(), owner.company()].into_iter().flatten().collect::<Vec<_>>().join(", ");
            Some(about).filter(|about| !about.is_empty())
        }
        "activity" => {
            let activity = people.activity(&link.target).ok()?;
            let due = activity.due.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(|at| upcoming(at, now(), &zone()));
            match (activity.done, activity.result, due) {
                (true, Some(result), _) => Some(tr(format!("сделано: {result}"), format!("done: {result}"))),
                (true, None, _) => Some(tr("сделано", "done").into()),
                (false, _, due) => due.map(|due| tr(format!("до {due}"), format!("by {due}"))),
            }
        }
        _ => None,
    }
}

/// What a call is joined to.
pub(super) struct LinkRow {
    link: Link,
    by: &'static str,
    linked_at: Option<i64>,
    detail: Option<String>,
}

impl Serialize for LinkRow {
    fn serialize<S: serde::Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Told<'a> {
            r#type: &'a str,
            id: &'a str,
            name: Option<&'a str>,
            by: &'a str,
            source: &'a str,
            #[serde(serialize_with = "moment")]
            linked_at: Option<i64>,
        }
        let Link { kind, target, name, source, .. } = &self.link;
        Told { r#type: kind, id: target, name: name.as_deref(), by: self.by, source, linked_at: self.linked_at }.serialize(out)
    }
}

impl LinkRow {
    fn word(&self) -> &str {
        match self.link.kind.as_str() {
            "contact" => tr("контакт", "contact"),
            "account" => tr("компания", "company"),
            "activity" => tr("дело", "activity"),
            other => other,
        }
    }
}

impl Row for LinkRow {
    fn columns() -> Vec<Column> {
        vec![("type", tr("связь", "link")), ("name", tr("с кем, с чем", "to")), ("detail", ""), ("by", ""), ("id", "id")]
    }

    fn optional() -> &'static [&'static str] {
        &["id"]
    }

    fn cells(&self) -> Vec<Cell> {
        let by = match self.by {
            BY_NUMBER => tr("по номеру", "by number"),
            _ => "",
        };
        vec![
            Cell::Told { people: self.word().into(), programs: self.link.kind.clone() },
            Cell::text(&self.link.name),
            Cell::text(&self.detail),
            Cell::Told { people: by.into(), programs: self.by.into() },
            Cell::Text(self.link.target.clone()),
        ]
    }
}
