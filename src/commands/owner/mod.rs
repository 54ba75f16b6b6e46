//! What the commands for persons and those for companies have in common: how somebody is named, entered and shown.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod export;
pub(super) mod import;
pub(super) mod list;
pub(super) mod show;

use clap_complete::ArgValueCompleter;

use crate::completion;
use crate::contacts::{Entered, Number, Owner, Sort, fold};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::{Row, Ui};

/// How many candidates are told of.
const MOST: usize = 50;

/// Persons or companies: what the commands for each have for themselves.
pub trait Kept {
    const SORT: Sort;
    /// What can be entered, as flags
    type Fields: clap::Args + Into<Entered>;
    /// How one is shown
    type Row: Row + From<Owner>;
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
