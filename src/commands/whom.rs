//! WHO among persons and companies, where one of them is meant and not a number to dial.

use crate::contacts::{ContactSource, Owner, PeopleFile, Sort, fold};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::Ui;

/// How many candidates are told of.
const MOST: usize = 50;

/// What is looked for.
enum Sought {
    Number(String),
    Words(String),
}

/// Exactly one: an id of the contact source, a number, `@N`, or a part of a name. Several are asked about at a terminal.
/// While a remote source is away, those who were seen in it will do.
pub(super) async fn one(who: &str, among: Option<Sort>, ctx: &Context, ui: &Ui) -> Result<Owner> {
    let mut found = all(who, among, ctx).await?;
    let candidates: Vec<Candidate> = found.iter().map(candidate).collect();
    match found.len() {
        0 => Err(Error::NoContact { who: who.to_owned() }),
        1 => Ok(found.remove(0)),
        _ if ui.can_ask() => match ui.pick(tr("Кто?", "Who?"), &candidates)? {
            Some(n) => Ok(found.swap_remove(n)),
            None => Err(Error::Interrupted),
        },
        _ => Err(Error::ManyContacts { who: who.to_owned(), candidates }),
    }
}

async fn all(who: &str, among: Option<Sort>, ctx: &Context) -> Result<Vec<Owner>> {
    let asked = async { in_source(who, among, ctx.source().await?, ctx).await };
    match asked.await {
        Err(error) if error.exit_code() == 5 => in_file(who, among, ctx.contacts()?.people(), ctx),
        found => found,
    }
}

async fn in_source(who: &str, among: Option<Sort>, source: &ContactSource, ctx: &Context) -> Result<Vec<Owner>> {
    for sort in ids(who, among) {
        match source.get(*sort, who).await {
            Err(Error::NoContact { .. }) => {}
            found => return Ok(vec![found?]),
        }
    }
    Ok(match sought(who, ctx)? {
        Sought::Number(number) => source.owners(&number).await?.into_iter().filter(|owner| is_among(owner, among)).collect(),
        Sought::Words(words) => exact(source.find(&words, among, MOST).await?, &words),
    })
}

fn in_file(who: &str, among: Option<Sort>, people: &PeopleFile, ctx: &Context) -> Result<Vec<Owner>> {
    for sort in ids(who, among) {
        match people.get(*sort, who) {
            Err(Error::NoContact { .. }) => {}
            found => return Ok(vec![found?]),
        }
    }
    Ok(match sought(who, ctx)? {
        Sought::Number(number) => people.owners(&number)?.into_iter().filter(|owner| is_among(owner, among)).collect(),
        Sought::Words(words) => exact(people.find(&words, among, MOST)?, &words),
    })
}

/// Which ids the text may be: every source's have digits in them, and no spaces.
fn ids(who: &str, among: Option<Sort>) -> &'static [Sort] {
    match who.contains(|c: char| c.is_ascii_digit()) && !who.contains(char::is_whitespace) && !who.starts_with('@') {
        true => Sort::among(among),
        false => &[],
    }
}

fn sought(who: &str, ctx: &Context) -> Result<Sought> {
    if who.starts_with('@') {
        let number = ctx.journal()?.call(who)?.facts.other_number().map(str::to_owned);
        return number.map(Sought::Number).ok_or_else(|| Error::NoContact { who: who.to_owned() });
    }
    match Dial::looks_like(who) {
        true => Ok(Sought::Number(Dial::parse(who)?.wire().to_owned())),
        false if fold::is_fragment(who) => Ok(Sought::Words(who.to_owned())),
        false => Err(Error::ShortFragment { input: crate::text::excerpt(who) }),
    }
}

fn is_among(owner: &Owner, among: Option<Sort>) -> bool {
    among.is_none_or(|sort| owner.sort() == sort)
}

/// A whole name means nobody else.
fn exact(mut found: Vec<Owner>, words: &str) -> Vec<Owner> {
    let wanted = fold::fold(words);
    if found.iter().any(|owner| fold::fold(owner.name()) == wanted) {
        found.retain(|owner| fold::fold(owner.name()) == wanted);
    }
    found
}

fn candidate(owner: &Owner) -> Candidate {
    let numbers = owner.numbers().iter().map(|number| number.shown());
    let detail: Vec<String> = owner.company().map(str::to_owned).into_iter().chain(numbers).collect();
    Candidate { id: owner.id().to_owned(), name: owner.name().to_owned(), detail: detail.join(", ") }
}
