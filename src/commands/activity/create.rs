//! `mango activity create TITLE`: something to be done, perhaps because of a call.

use clap_complete::ArgValueCompleter;
use jiff::Timestamp;

use super::super::{link, whom};
use super::{ActivityRow, me, owner, remember};
use crate::completion;
use crate::contacts::{Activity, Named, Owner, Sort};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Entry, Link};
use crate::text::{printable, tr};
use crate::time::{self, now, upcoming, zone};
use crate::ui::Ui;

/// The most letters of a title, as in BPMSoft.
const LONGEST: usize = 500;

/// Arguments of `activity create`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(required = true, value_name = tr("ЧТО", "TITLE"), help = tr("Что сделать", "What is to be done"))]
    title: Vec<String>,
    #[arg(long, value_name = tr("КОГДА", "TIME"), allow_hyphen_values = true, help = tr("Срок: завтра, вторник, завтра 10:00, +2h, 2026-12-01T10:00", "By when: tomorrow, tuesday, tomorrow 10:00, +2h, 2026-12-01T10:00"))]
    due: Option<String>,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("Кто сделает: добавочный или имя сотрудника [я]", "Who is to do it: an employee's extension or name [me]"))]
    owner: Option<String>,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("С кем: имя, его часть, номер или id", "With whom: name, part of it, number or id"), add = ArgValueCompleter::new(completion::people))]
    contact: Option<String>,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("Для какой компании", "For which company"), add = ArgValueCompleter::new(completion::people))]
    account: Option<String>,
    #[arg(long, value_name = tr("ЗВОНОК", "CALL"), help = tr("Из-за какого звонка: с ним и связать, человека взять оттуда", "Because of which call: it is linked, and says with whom"), add = ArgValueCompleter::new(completion::calls))]
    from_call: Option<String>,
    #[arg(long, value_name = tr("ТЕКСТ", "TEXT"), allow_hyphen_values = true, help = tr("Подробно", "In detail"))]
    text: Option<String>,
}

/// Whom it is with.
#[derive(Default)]
struct With {
    contact: Option<Named>,
    account: Option<Named>,
}

/// Runs it. Errors: 2 when it makes no sense or the source has no activities, 3 when somebody is not found.
pub(super) async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let title = checked(&args.title.join(" "))?;
    let due = args.due.as_deref().map(|due| time::due(due, now(), &zone())).transpose()?.map(|at| at.as_second());
    let call = args.from_call.as_deref().map(|call| ctx.journal()?.call(call)).transpose()?;
    let with = with(&args, call.as_ref(), ctx, ui).await?;
    let owner = match &args.owner {
        Some(who) => Some(owner(who, ctx, ui).await?),
        // Nobody has said who I am: then it is everybody's.
        None => me(ctx).ok(),
    };
    let text = args.text.filter(|text| !text.trim().is_empty());
    let entry_id = call.as_ref().map(|call| call.entry_id.clone());
    let (contact, account) = (with.contact, with.account);
    let new = Activity { title, due, owner, contact, account, call: entry_id, text, ..Activity::default() };
    let made = ctx.source().await?.create_activity(&new).await?;
    remember(std::slice::from_ref(&made), ctx)?;
    if let Some(call) = &call {
        join(call, &made, ctx)?;
        link::written(call, ctx, ui).await?;
    }
    ui.note(&added(&made));
    match ui.is_for_a_person() {
        true => Ok(()),
        false => ui.one(&ActivityRow::new(made, &ctx.contacts()?)?),
    }
}

fn checked(title: &str) -> Result<String> {
    let title = title.trim();
    match printable(title).trim().is_empty() || title.chars().count() > LONGEST {
        true => Err(Error::Usage(tr(format!("название: от 1 до {LONGEST} знаков"), format!("a title has 1 to {LONGEST} characters")))),
        false => Ok(title.to_owned()),
    }
}

fn added(made: &Activity) -> String {
    let due = made.due.and_then(|at| Timestamp::from_second(at).ok()).map(|at| upcoming(at, now(), &zone()));
    let due = due.map(|due| tr(format!(", срок {due}"), format!(", due {due}"))).unwrap_or_default();
    let (title, id) = (&made.title, &made.id);
    tr(format!("Добавлено дело: {title}{due} (id {id})."), format!("Added: {title}{due} (id {id})."))
}

/// Who was named, else who the call was with.
async fn with(args: &Args, call: Option<&Entry>, ctx: &Context, ui: &Ui) -> Result<With> {
    let mut with = match (call, &args.contact, &args.account) {
        (Some(call), None, None) => of_call(call, ctx).await?,
        _ => With::default(),
    };
    if let Some(who) = &args.contact {
        with = of_owner(&whom::one(who, Some(Sort::Contact), ctx, ui).await?);
    }
    if let Some(who) = &args.account {
        with.account = of_owner(&whom::one(who, Some(Sort::Account), ctx, ui).await?).account;
    }
    Ok(with)
}

/// A person brings his company along.
fn of_owner(owner: &Owner) -> With {
    let named = |id: &str, name: &str| Some(Named { id: id.to_owned(), name: name.to_owned() });
    match owner {
        Owner::Contact(one) => {
            let account = one.account.as_deref().and_then(|account| named(account, one.company.as_deref().unwrap_or_default()));
            With { contact: named(&one.id, &one.name), account }
        }
        Owner::Account(one) => With { contact: None, account: named(&one.id, &one.name) },
    }
}

/// Whom a person joined the call to, else whose number it is.
async fn of_call(call: &Entry, ctx: &Context) -> Result<With> {
    let links = ctx.journal()?.links(call)?;
    let linked = |sort: Sort| {
        let link = links.iter().find(|link| link.kind == sort.key() && link.source == ctx.config.contacts.key());
        link.map(|Link { target, name, .. }| Named { id: target.clone(), name: name.clone().unwrap_or_default() })
    };
    let with = With { contact: linked(Sort::Contact), account: linked(Sort::Account) };
    if with.contact.is_some() || with.account.is_some() {
        return Ok(with);
    }
    Ok(link::party(call, &ctx.contacts()?)?.map(|owner| of_owner(&owner)).unwrap_or_default())
}

/// The call now belongs to the activity, and to whom that is with.
fn join(call: &Entry, made: &Activity, ctx: &Context) -> Result<()> {
    let (journal, place) = (ctx.journal()?, ctx.config.contacts);
    for (sort, named) in [(Sort::Contact, &made.contact), (Sort::Account, &made.account)] {
        if let Some(named) = named {
            journal.link(call, &Link::of(sort.key(), &named.id, Some(named.name.as_str()).filter(|name| !name.is_empty()), place))?;
        }
    }
    journal.link(call, &Link::to_activity(made, place))
}
