//! `contact create`, `account create`: adds one, perhaps with the number of a call.

use clap_complete::ArgValueCompleter;

use super::{Kept, candidate, tell};
use crate::commands::link::{attach, linked, written};
use crate::completion;
use crate::contacts::entered::numbered;
use crate::contacts::{ContactSource, Entered, Kind, Number, Owner, Sort};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::journal::Entry;
use crate::phone::{Dial, shown};
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `create`.
#[derive(clap::Args, Debug)]
pub struct Args<K: Kept> {
    #[arg(value_name = tr("ИМЯ", "NAME"), help = tr("Имя; из нескольких слов — в кавычках", "Name; in quotes if it has several words"))]
    named: Option<String>,
    #[arg(value_name = tr("НОМЕР", "NUMBER"), help = tr("Номера; можно указать вид: work:+74950000020", "Numbers, with their kind if you like: work:+74950000020"))]
    numbers: Vec<String>,
    #[command(flatten)]
    fields: K::Fields,
    #[arg(long = "number", value_name = tr("ВИД:НОМЕР", "KIND:NUMBER"), help = tr("Ещё номер; можно повторять", "One more number; may be repeated"))]
    more: Vec<String>,
    #[arg(long, value_name = tr("ЗВОНОК", "CALL"), help = tr("Взять номер собеседника из этого звонка и связать с ним звонок", "Take the other party's number from this call, and link the call"), add = ArgValueCompleter::new(completion::calls))]
    from_call: Option<String>,
    #[arg(long, requires = "from_call", help = tr("Добавить, даже если номер звонка уже чей-то", "Add even if the call's number is somebody's already"))]
    anyway: bool,
}

/// Runs it. Errors: 3 when the number of the call is known already and nobody can be asked.
pub(in crate::commands) async fn run<K: Kept>(args: Args<K>, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let call = args.from_call.as_deref().map(|call| ctx.journal()?.call(call)).transpose()?;
    let taken = call.as_ref().map(|call| number_of(call, K::SORT)).transpose()?;
    let source = ctx.source().await?;
    let mut entered: Entered = args.fields.into();
    let first = match entered.name {
        // `--name` was given, so what stands first is a number.
        Some(_) => args.named,
        None => {
            entered.name = args.named;
            None
        }
    };
    let typed = first.iter().chain(&args.numbers).chain(&args.more).map(|number| numbered(number, K::SORT)).collect::<Result<Vec<_>>>()?;
    if let (Some(call), Some(number), false) = (&call, &taken, args.anyway)
        && let Some(known) = known(number, source, ui).await?
    {
        return link(call, &known, ctx, ui).await;
    }
    entered.added = taken.into_iter().chain(typed).collect();
    if entered.name.is_none() {
        ask(&mut entered, K::SORT, call.as_ref(), ui)?;
    }
    let mut new = Owner::blank(K::SORT);
    entered.apply(&mut new)?;
    if !args.anyway {
        tell_known(&new, source, ui).await?;
    }
    let made = source.create(&new).await?;
    if let Some(call) = &call {
        attach(call, &made, ctx)?;
        written(call, ctx, ui).await?;
    }
    let (name, id) = (made.name().to_owned(), made.id().to_owned());
    let sentence = match K::SORT {
        Sort::Contact => tr(format!("Добавлен контакт: {name} (id {id})."), format!("Added {name} (id {id}).")),
        Sort::Account => tr(format!("Добавлена компания: {name} (id {id})."), format!("Added the company {name} (id {id}).")),
    };
    tell::<K>(made, &sentence, ui)
}

/// The other party's number, as people of this sort have such numbers: a person's mobile, a company's main one.
fn number_of(call: &Entry, sort: Sort) -> Result<Number> {
    let number = call
        .facts
        .other_number()
        .ok_or_else(|| Error::Usage(tr("номер собеседника скрыт".to_owned(), "the other party's number is hidden".to_owned())))?;
    let kind = match (number.len() <= 5, sort) {
        (true, _) => Kind::Extension,
        (false, Sort::Contact) => Kind::Mobile,
        (false, Sort::Account) => Kind::Main,
    };
    Ok(Number { kind, number: number.to_owned() })
}

/// Somebody who has the number of the call already, if the person at the terminal means him.
async fn known(number: &Number, source: &ContactSource, ui: &Ui) -> Result<Option<Owner>> {
    let mut owners = source.owners(&number.number).await?;
    if owners.is_empty() {
        return Ok(None);
    }
    let mut candidates: Vec<Candidate> = owners.iter().map(candidate).collect();
    if !ui.can_ask() {
        return Err(Error::KnownNumber { number: shown(&number.number), candidates });
    }
    candidates
        .push(Candidate { id: String::new(), name: tr("Добавить нового", "Add a new one").into(), detail: String::new() });
    match ui.pick(tr("Номер уже записан. С кем связать звонок?", "The number is known. Whom does the call belong to?"), &candidates)?
    {
        Some(n) if n < owners.len() => Ok(Some(owners.swap_remove(n))),
        Some(_) => Ok(None),
        None => Err(Error::Interrupted),
    }
}

async fn link(call: &Entry, owner: &Owner, ctx: &Context, ui: &Ui) -> Result<()> {
    attach(call, owner, ctx)?;
    ui.note(&linked(owner.name()));
    written(call, ctx, ui).await
}

/// Says whose numbers these are already; the same number may be several people's.
async fn tell_known(new: &Owner, source: &ContactSource, ui: &Ui) -> Result<()> {
    for number in new.numbers() {
        for owner in source.owners(&number.number).await? {
            let (number, owner) = (number.shown(), owner.name().to_owned());
            ui.note(&tr(format!("Номер {number} уже записан: {owner}."), format!("{number} is already known as {owner}.")));
        }
    }
    Ok(())
}

/// The questions of somebody who typed no name: name, company, number and what it is.
fn ask(entered: &mut Entered, sort: Sort, call: Option<&Entry>, ui: &Ui) -> Result<()> {
    let told = call.and_then(|call| call.facts.other_name()).filter(|name| !Dial::looks_like(name)).unwrap_or_default();
    entered.name = Some(ui.ask_line(tr("Имя", "Name"), told, "--name")?);
    if sort == Sort::Contact && entered.company.is_none() {
        entered.company = Some(ui.ask_line(tr("Компания", "Company"), "", "--company")?);
    }
    if entered.added.is_empty() {
        let number = ui.ask_line(tr("Номер", "Number"), "", "--number")?;
        entered.added = if number.trim().is_empty() { Vec::new() } else { vec![numbered(&number, sort)?] };
    }
    for number in entered.added.iter_mut().filter(|number| number.kind != Kind::Extension) {
        number.kind = ask_kind(number, ui)?;
    }
    Ok(())
}

fn ask_kind(number: &Number, ui: &Ui) -> Result<Kind> {
    let mut kinds = [Kind::Mobile, Kind::Work, Kind::Main, Kind::Home, Kind::Fax];
    kinds.sort_by_key(|kind| *kind != number.kind);
    let candidates: Vec<Candidate> =
        kinds.iter().map(|kind| Candidate { id: String::new(), name: kind.word().into(), detail: String::new() }).collect();
    let question = tr(format!("Что за номер {}?", number.shown()), format!("What is {}?", number.shown()));
    Ok(kinds[ui.pick(&question, &candidates)?.ok_or(Error::Interrupted)?])
}
