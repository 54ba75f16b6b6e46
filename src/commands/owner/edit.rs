//! `contact edit`, `account edit`: changes what is given and nothing else; asks at a terminal when nothing is.

use super::{Kept, Whom, tell};
use crate::contacts::entered::{numbered, numbered_list};
use crate::contacts::{Entered, Number, Owner};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `edit`.
#[derive(clap::Args, Debug)]
pub struct Args<K: Kept> {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    fields: K::Fields,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Добавить номер; можно указать вид: work:+74950000020", "Add a number, with its kind if you like: work:+74950000020"))]
    add_number: Vec<String>,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Убрать номер", "Remove a number"))]
    remove_number: Vec<String>,
}

/// Runs it.
pub(in crate::commands) async fn run<K: Kept>(args: Args<K>, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let mut entered: Entered = args.fields.into();
    entered.added.extend(args.add_number.iter().map(|number| numbered(number, K::SORT)).collect::<Result<Vec<_>>>()?);
    entered.removed = args.remove_number.iter().map(|number| Ok(Dial::parse(number)?.wire().to_owned())).collect::<Result<_>>()?;
    if entered.is_empty() && !ui.can_ask() {
        return Err(Error::NoTerminal { flag: "--name, --add-number, --remove-number, …" });
    }
    let mut owner = args.whom.one(K::SORT, ctx, ui).await?;
    if entered.is_empty() {
        entered = asked(&owner, ui)?;
    }
    entered.apply(&mut owner)?;
    let changed = ctx.source().await?.change(&owner).await?;
    let sentence = tr(format!("Записано: {}.", changed.name()), format!("Saved {}.", changed.name()));
    tell::<K>(changed, &sentence, ui)
}

/// Every field with what stands in it, to be typed over.
fn asked(owner: &Owner, ui: &Ui) -> Result<Entered> {
    let ask = |question: &str, now: Option<&str>| ui.ask_line(question, now.unwrap_or_default(), "--name").map(Some);
    let mut entered = Entered { name: ask(tr("Имя", "Name"), Some(owner.name()))?, ..Entered::default() };
    match owner {
        Owner::Contact(contact) => {
            entered.company = ask(tr("Компания", "Company"), contact.company.as_deref())?;
            entered.job = ask(tr("Должность", "Job"), contact.job.as_deref())?;
            entered.email = ask(tr("Почта", "E-mail"), contact.email.as_deref())?;
            entered.notes = ask(tr("Заметки", "Notes"), contact.notes.as_deref())?;
        }
        Owner::Account(account) => {
            entered.email = ask(tr("Почта", "E-mail"), account.email.as_deref())?;
            entered.web = ask(tr("Сайт", "Site"), account.web.as_deref())?;
            entered.notes = ask(tr("Заметки", "Notes"), account.notes.as_deref())?;
        }
    }
    let numbers = |number: &Number| format!("{}:{}", number.kind.key(), number.shown());
    let numbers = owner.numbers().iter().map(numbers).collect::<Vec<_>>().join(", ");
    let numbers = ask(tr("Номера, через запятую", "Numbers, separated by commas"), Some(&numbers))?;
    entered.numbers = numbers.map(|numbers| numbered_list(&numbers, owner.sort())).transpose()?;
    Ok(entered)
}
