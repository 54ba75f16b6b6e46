//! What the commands for persons and those for companies have in common: how somebody is named, entered and shown.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod list;
pub(super) mod show;

use clap_complete::ArgValueCompleter;

use crate::completion;
use crate::contacts::{Kind, Number, Owner, Sort, fold};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::phone::{Dial, same_party};
use crate::text::{printable, tr};
use crate::ui::{Row, Ui};

/// The most letters of a name, as in BPMSoft.
const LONGEST: usize = 250;

/// The most letters of notes.
const LONGEST_NOTES: usize = 10_000;

/// How many candidates are told of.
const MOST: usize = 50;

/// Persons or companies: what the commands for each have for themselves.
pub trait Kept {
    const SORT: Sort;
    /// What can be entered, as flags
    type Fields: clap::Args + Into<Entered>;
    /// How one is shown
    type Row: Row + From<Owner>;
    /// An empty one
    fn blank() -> Owner;
}

/// What was entered of somebody. What is `None` stays as it is, an empty text removes.
#[derive(Clone, Debug, Default)]
pub struct Entered {
    pub name: Option<String>,
    pub company: Option<String>,
    pub job: Option<String>,
    pub email: Option<String>,
    pub web: Option<String>,
    pub notes: Option<String>,
    /// Instead of all numbers there were
    pub numbers: Option<Vec<Number>>,
    pub added: Vec<Number>,
    pub removed: Vec<String>,
}

/// WHO among persons or companies: its words need no quotes.
#[derive(clap::Args, Debug)]
pub(super) struct Whom {
    #[arg(required = true, value_name = tr("КТО", "WHO"), help = tr("Имя, его часть, номер или id", "Name, part of it, number or id"), add = ArgValueCompleter::new(completion::people))]
    who: Vec<String>,
}

impl Whom {
    /// Exactly one. Several are asked about at a terminal.
    pub(super) async fn one(&self, sort: Sort, ctx: &Context, ui: &Ui) -> Result<Owner> {
        let who = self.who.join(" ");
        let mut found = all(&who, sort, ctx).await?;
        let candidates: Vec<Candidate> = found.iter().map(candidate).collect();
        match found.len() {
            0 => Err(Error::NoContact { who }),
            1 => Ok(found.remove(0)),
            _ if ui.can_ask() => match ui.pick(tr("Кто?", "Who?"), &candidates)? {
                Some(n) => Ok(found.swap_remove(n)),
                None => Err(Error::Interrupted),
            },
            _ => Err(Error::ManyContacts { who, candidates }),
        }
    }
}

/// Everybody whom the words can mean: an id, else a number, else a part of a name; a whole name means nobody else.
async fn all(who: &str, sort: Sort, ctx: &Context) -> Result<Vec<Owner>> {
    let source = ctx.source().await?;
    match source.get(sort, who).await {
        Ok(owner) => return Ok(vec![owner]),
        Err(Error::NoContact { .. }) => {}
        Err(error) => return Err(error),
    }
    if Dial::looks_like(who) {
        let owners = source.owners(Dial::parse(who)?.wire()).await?;
        return Ok(owners.into_iter().filter(|owner| owner.sort() == sort).collect());
    }
    let mut found = source.find(who, Some(sort), MOST).await?;
    let exact = |owner: &Owner| fold::fold(owner.name()) == fold::fold(who);
    if found.iter().any(exact) {
        found.retain(exact);
    }
    Ok(found)
}

/// What to choose somebody by.
pub(super) fn candidate(owner: &Owner) -> Candidate {
    let numbers = owner.numbers().iter().map(Number::shown);
    let detail: Vec<String> = owner.company().map(str::to_owned).into_iter().chain(numbers).collect();
    Candidate { id: owner.id().to_owned(), name: owner.name().to_owned(), detail: detail.join(", ") }
}

/// `work:+7…`, or a number whose kind follows from its shape.
pub(super) fn numbered(text: &str) -> Result<Number> {
    let kind = text.split_once(':').and_then(|(kind, number)| Some((<Kind as clap::ValueEnum>::from_str(kind.trim(), true).ok()?, number)));
    let (kind, number) = match kind {
        Some((kind, number)) => (Some(kind), number),
        None => (None, text),
    };
    let dial = Dial::parse(number)?;
    Ok(Number { kind: kind.unwrap_or_else(|| Kind::of(&dial)), number: dial.wire().to_owned() })
}

/// `mobile:+79000000020, work:84950000020`; empty is no number.
fn numbered_list(text: &str) -> Result<Vec<Number>> {
    text.split(',').map(str::trim).filter(|number| !number.is_empty()).map(numbered).collect()
}

impl Entered {
    /// Whether nothing was entered at all.
    fn is_empty(&self) -> bool {
        let texts = [&self.name, &self.company, &self.job, &self.email, &self.web, &self.notes];
        texts.into_iter().all(Option::is_none) && self.numbers.is_none() && self.added.is_empty() && self.removed.is_empty()
    }

    /// Writes what was entered into somebody. Errors say what cannot be kept.
    pub(super) fn apply(self, owner: &mut Owner) -> Result<()> {
        if let Some(name) = self.name {
            *name_of(owner) = checked_name(&name)?;
        }
        match owner {
            Owner::Contact(contact) => {
                enter(&mut contact.company, self.company, LONGEST)?;
                enter(&mut contact.job, self.job, LONGEST)?;
                enter(&mut contact.email, self.email.map(checked_email).transpose()?, LONGEST)?;
                enter(&mut contact.notes, self.notes, LONGEST_NOTES)?;
            }
            Owner::Account(account) => {
                enter(&mut account.email, self.email.map(checked_email).transpose()?, LONGEST)?;
                enter(&mut account.web, self.web, LONGEST)?;
                enter(&mut account.notes, self.notes, LONGEST_NOTES)?;
            }
        }
        let numbers = owner.numbers_mut();
        if let Some(all) = self.numbers {
            numbers.clear();
            all.into_iter().for_each(|number| add(numbers, number));
        }
        for removed in &self.removed {
            let before = numbers.len();
            numbers.retain(|own| !same_party(&own.number, removed));
            if numbers.len() == before {
                return Err(Error::Usage(tr(format!("такого номера здесь нет: {removed}"), format!("no such number here: {removed}"))));
            }
        }
        self.added.into_iter().for_each(|number| add(numbers, number));
        Ok(())
    }
}

/// The same number twice is one number, of the kind that was said last.
fn add(numbers: &mut Vec<Number>, number: Number) {
    match numbers.iter_mut().find(|own| same_party(&own.number, &number.number)) {
        Some(own) => own.kind = number.kind,
        None => numbers.push(number),
    }
}

fn name_of(owner: &mut Owner) -> &mut String {
    match owner {
        Owner::Contact(contact) => &mut contact.name,
        Owner::Account(account) => &mut account.name,
    }
}

fn enter(field: &mut Option<String>, entered: Option<String>, longest: usize) -> Result<()> {
    let Some(text) = entered else { return Ok(()) };
    let text = text.trim();
    if text.chars().count() > longest {
        return Err(Error::Usage(tr(format!("не больше {longest} знаков"), format!("{longest} characters at most"))));
    }
    *field = Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(())
}

/// A name that can be seen, and is not endless.
fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    match printable(name).trim().is_empty() || name.chars().count() > LONGEST {
        true => Err(Error::Usage(tr(format!("имя: от 1 до {LONGEST} знаков"), format!("a name has 1 to {LONGEST} characters")))),
        false => Ok(name.to_owned()),
    }
}

/// What cannot be an address at all is a slip of the hand; what is left, its server knows best.
fn checked_email(email: String) -> Result<String> {
    let email = email.trim().to_owned();
    let fits = |(user, host): (&str, &str)| !user.is_empty() && host.contains('.') && !email.contains(char::is_whitespace);
    match email.is_empty() || email.rsplit_once('@').is_some_and(fits) {
        true => Ok(email),
        false => {
            let shown = crate::text::excerpt(&email);
            Err(Error::Usage(tr(format!("это не адрес почты: {shown}"), format!("this is not an e-mail address: {shown}"))))
        }
    }
}

/// Tells what became of somebody: a person reads the sentence, a program gets the record.
fn tell<K: Kept>(owner: Owner, sentence: &str, ui: &mut Ui) -> Result<()> {
    match ui.is_for_a_person() {
        true => {
            ui.note(sentence);
            Ok(())
        }
        false => ui.one(&K::Row::from(owner)),
    }
}
