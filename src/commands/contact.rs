//! `mango contact`: people and their numbers.

use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::web::Web;
use crate::args;
use crate::completion;
use crate::contacts::{Contact, Kind, Number, Owner, Sort};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// What can be done with contacts.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Create
    #[command(about = tr("Добавить человека", "Add a person"))]
    Create(Create),
    /// List
    #[command(about = tr("Найти людей", "Find people"))]
    List(List),
    /// Show
    #[command(about = tr("Показать человека", "Show a person"))]
    Show(Show),
}

/// Arguments of `contact create`.
#[derive(clap::Args, Debug)]
pub struct Create {
    #[arg(value_name = tr("ИМЯ", "NAME"), help = tr("Имя; из нескольких слов — в кавычках", "Name; in quotes if it has several words"))]
    name: String,
    #[arg(value_name = tr("НОМЕР", "NUMBER"), help = tr("Номера; можно указать вид: work:+74950000020", "Numbers, with their kind if you like: work:+74950000020"))]
    numbers: Vec<String>,
    #[arg(long, value_name = tr("КОМПАНИЯ", "COMPANY"), help = tr("Где работает", "Where the person works"))]
    company: Option<String>,
    #[arg(long, value_name = tr("ДОЛЖНОСТЬ", "JOB"), help = tr("Кем работает", "What the person does there"))]
    job: Option<String>,
}

/// Arguments of `contact list`.
#[derive(clap::Args, Debug)]
pub struct List {
    #[arg(value_name = tr("ЧАСТЬ", "FRAGMENT"), help = tr("Часть имени или компании, либо номер", "Part of a name or company, or a number"))]
    fragment: Vec<String>,
    #[arg(short = 'n', long, value_name = "N", value_parser = args::count, allow_hyphen_values = true, help = tr("Не больше N человек", "At most N people"))]
    limit: Option<u64>,
}

/// Arguments of `contact show`.
#[derive(clap::Args, Debug)]
pub struct Show {
    #[arg(required = true, value_name = tr("КТО", "WHO"), help = tr("Имя, его часть, номер или id", "Name, part of it, number or id"), add = ArgValueCompleter::new(completion::people))]
    who: Vec<String>,
    #[command(flatten)]
    web: Web,
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Create(args) => create(args, ctx, ui).await,
        Command::List(args) => list(args, ctx, ui).await,
        Command::Show(args) => show(args, ctx, ui).await,
    }
}

async fn create(args: Create, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let name = args.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 250 {
        return Err(Error::Usage(tr("имя: от 1 до 250 знаков", "a name has 1 to 250 characters").into()));
    }
    let numbers = args.numbers.iter().map(|number| numbered(number)).collect::<Result<Vec<_>>>()?;
    let new = Owner::Contact(Contact { name, company: args.company, job: args.job, numbers, ..Contact::default() });
    let source = ctx.source().await?;
    for owner in known_owners(&new, ctx).await? {
        ui.note(&tr(format!("Этот номер уже записан: {owner}."), format!("This number is already known as {owner}.")));
    }
    let made = source.create(&new).await?;
    match ui.is_for_a_person() {
        true => {
            ui.note(&tr(
                format!("Добавлен контакт: {} (id {}).", made.name(), made.id()),
                format!("Added {} (id {}).", made.name(), made.id()),
            ));
            Ok(())
        }
        false => contact(made).map_or(Ok(()), |made| ui.one(&ContactRow(made))),
    }
}

async fn known_owners(owner: &Owner, ctx: &Context) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for number in owner.numbers() {
        names.extend(ctx.source().await?.owners(&number.number).await?.iter().map(|owner| owner.name().to_owned()));
    }
    names.dedup();
    Ok(names)
}

/// `work:+7…`, or a number whose kind follows from its shape.
fn numbered(text: &str) -> Result<Number> {
    let kind = text.split_once(':').and_then(|(kind, number)| Some((<Kind as clap::ValueEnum>::from_str(kind, true).ok()?, number)));
    let (kind, number) = match kind {
        Some((kind, number)) => (Some(kind), number),
        None => (None, text),
    };
    let dial = Dial::parse(number)?;
    Ok(Number { kind: kind.unwrap_or_else(|| Kind::of(&dial)), number: dial.wire().to_owned() })
}

async fn list(args: List, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let limit = args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let source = ctx.source().await?;
    let fragment = args.fragment.join(" ");
    let found = match fragment.is_empty() {
        true => everybody(limit, ctx).await?,
        false if Dial::looks_like(&fragment) => source.owners(&fragment).await?,
        false => source.find(&fragment, Some(Sort::Contact), limit.unwrap_or(usize::MAX >> 1)).await?,
    };
    let rows: Vec<ContactRow> = found.into_iter().filter_map(contact).map(ContactRow).collect();
    if rows.is_empty() {
        ui.note(tr("Никого не нашлось.", "Nobody found."));
    }
    ui.all(&rows)
}

async fn everybody(limit: Option<usize>, ctx: &Context) -> Result<Vec<Owner>> {
    let mut all = Vec::new();
    let mut take = |owner| {
        all.push(owner);
        Ok(limit != Some(all.len()))
    };
    ctx.source().await?.all(Sort::Contact, &mut take).await?;
    Ok(all)
}

fn contact(owner: Owner) -> Option<Contact> {
    match owner {
        Owner::Contact(contact) => Some(contact),
        Owner::Account(_) => None,
    }
}

async fn show(args: Show, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let who = args.who.join(" ");
    let source = ctx.source().await?;
    let found = match source.get(Sort::Contact, &who).await {
        Ok(owner) => vec![owner],
        Err(Error::NoContact { .. }) if Dial::looks_like(&who) => source.owners(Dial::parse(&who)?.wire()).await?,
        Err(Error::NoContact { .. }) => source.find(&who, Some(Sort::Contact), 50).await?,
        Err(error) => return Err(error),
    };
    let mut found: Vec<Contact> = found.into_iter().filter_map(contact).collect();
    match found.len() {
        0 => Err(Error::NoContact { who }),
        1 if args.web.is_wanted() => args.web.of_owner(&Owner::Contact(found.remove(0)), ctx, ui).await,
        1 => ui.one(&ContactRow(found.remove(0))),
        _ => Err(Error::ManyContacts { who, candidates: found.iter().map(candidate).collect() }),
    }
}

fn candidate(contact: &Contact) -> Candidate {
    Candidate { id: contact.id.to_string(), name: contact.name.clone(), detail: contact.company.clone().unwrap_or_default() }
}

/// A contact in a list; JSON keys `id`, `name`, `company`, `job`, `numbers` (`kind`, `number`).
#[derive(Serialize)]
#[serde(transparent)]
struct ContactRow(Contact);

impl Row for ContactRow {
    fn columns() -> Vec<Column> {
        vec![
            ("id", "id"),
            ("name", tr("имя", "name")),
            ("company", tr("компания", "company")),
            ("job", tr("должность", "job")),
            ("numbers", tr("номера", "numbers")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let numbers = |told: fn(&Number) -> String, between| self.0.numbers.iter().map(told).collect::<Vec<_>>().join(between);
        let people = numbers(|number| format!("{} ({})", number.shown(), number.kind.word()), ", ");
        let programs = numbers(|number| format!("{}:{}", number.kind.key(), number.number), " ");
        vec![
            Cell::Text(self.0.id.clone()),
            Cell::Text(self.0.name.clone()),
            Cell::text(&self.0.company),
            Cell::text(&self.0.job),
            Cell::Told { people, programs },
        ]
    }
}
