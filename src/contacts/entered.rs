//! What was typed or read of a person or company, and what of it can be kept.

use super::{Kind, Number, Owner, Sort};
use crate::error::{Error, Result};
use crate::phone::{Dial, same_party};
use crate::text::{excerpt, printable, tr};

/// The most letters of a name, as in BPMSoft.
const LONGEST: usize = 250;

/// The most letters of notes.
const LONGEST_NOTES: usize = 10_000;

/// What was typed or read of somebody. What is `None` stays as it is, an empty text removes.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
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

/// `work:+7…`, or a number whose kind follows from its shape.
pub fn numbered(text: &str, sort: Sort) -> Result<Number> {
    let kind = text.split_once(':').and_then(|(kind, number)| Some((<Kind as clap::ValueEnum>::from_str(kind.trim(), true).ok()?, number)));
    let (kind, number) = match kind {
        Some((kind, number)) => (Some(kind), number),
        None => (None, text),
    };
    let dial = Dial::parse(number)?;
    Ok(Number { kind: kind.unwrap_or_else(|| usual_kind(&dial, sort)), number: dial.wire().to_owned() })
}

/// What a number is when nobody says; a company's is its main one.
fn usual_kind(dial: &Dial, sort: Sort) -> Kind {
    match (Kind::of(dial), sort) {
        (Kind::Work, Sort::Account) => Kind::Main,
        (kind, _) => kind,
    }
}

/// `mobile:+79000000020, work:84950000020`; empty is no number.
pub fn numbered_list(text: &str, sort: Sort) -> Result<Vec<Number>> {
    text.split(',').map(str::trim).filter(|number| !number.is_empty()).map(|number| numbered(number, sort)).collect()
}

impl Entered {
    /// Whether nothing was entered at all.
    pub fn is_empty(&self) -> bool {
        let texts = [&self.name, &self.company, &self.job, &self.email, &self.web, &self.notes];
        texts.into_iter().all(Option::is_none) && self.numbers.is_none() && self.added.is_empty() && self.removed.is_empty()
    }

    /// Writes what was entered into somebody. Errors say what cannot be kept.
    pub fn apply(self, owner: &mut Owner) -> Result<()> {
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

/// Takes over what another record of the same person or company knows: its fields count, its numbers are added.
pub fn merge(known: &mut Owner, newer: Owner) {
    let take = |known: &mut Option<String>, newer: Option<String>| {
        if newer.is_some() {
            *known = newer;
        }
    };
    let numbers = newer.numbers().to_vec();
    match (&mut *known, newer) {
        (Owner::Contact(known), Owner::Contact(newer)) => {
            known.name = newer.name;
            take(&mut known.company, newer.company);
            take(&mut known.job, newer.job);
            take(&mut known.email, newer.email);
            take(&mut known.notes, newer.notes);
        }
        // A company's name is written at its people; it is changed by hand.
        (Owner::Account(known), Owner::Account(newer)) => {
            take(&mut known.email, newer.email);
            take(&mut known.web, newer.web);
            take(&mut known.notes, newer.notes);
        }
        _ => return,
    }
    numbers.into_iter().for_each(|number| add(known.numbers_mut(), number));
}

/// The same number twice is one number, of the kind that was said last. A short number is an extension, whatever column it stood in.
fn add(numbers: &mut Vec<Number>, mut number: Number) {
    if let Some(Dial::Extension(_)) = number.dial() {
        number.kind = Kind::Extension;
    }
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
            let shown = excerpt(&email);
            Err(Error::Usage(tr(format!("это не адрес почты: {shown}"), format!("this is not an e-mail address: {shown}"))))
        }
    }
}
