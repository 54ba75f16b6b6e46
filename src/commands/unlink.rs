//! `mango unlink CALL`: takes links back.

use clap_complete::ArgValueCompleter;

use super::link::{To, rows, written};
use crate::completion;
use crate::contacts::fold::fold;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::Link;
use crate::text::{excerpt, tr};
use crate::ui::Ui;

/// Arguments of `unlink`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), default_value = "@1", hide_default_value = true, help = tr("@N из истории или начало идентификатора [@1]", "@N from history, or the beginning of an id [@1]"), add = ArgValueCompleter::new(completion::calls))]
    call: String,
    #[command(flatten)]
    from: To,
}

/// Runs it. Errors: 2 when nothing is named, 3 when the call is not linked so.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    if args.from.is_empty() {
        return Err(Error::Usage(
            tr(
                "укажите, с чем: --contact, --account, --activity или --object",
                "say from what: --contact, --account, --activity or --object",
            )
            .into(),
        ));
    }
    let journal = ctx.journal()?;
    let entry = journal.call(&args.call)?;
    let links = journal.links(&entry)?;
    // All or none: what is not there is said before anything is taken away.
    let named = named(&args.from).map(|(kind, who)| found(&links, kind, who)).collect::<Result<Vec<_>>>()?;
    for link in named {
        journal.unlink(&entry, link)?;
        let name = link.name.as_deref().unwrap_or(&link.target);
        ui.note(&tr(format!("Связь убрана: {name}."), format!("No longer linked to {name}.")));
    }
    written(&entry, ctx, ui).await?;
    match ui.is_for_a_person() {
        true => Ok(()),
        false => ui.all(&rows(&entry, journal, &ctx.contacts()?)?),
    }
}

fn named(from: &To) -> impl Iterator<Item = (&str, &str)> {
    let people = [("contact", &from.contact), ("account", &from.account)];
    let people = people.into_iter().filter_map(|(kind, who)| Some((kind, who.as_deref()?)));
    let activities = from.activity.iter().map(|id| ("activity", id.as_str()));
    people.chain(activities).chain(from.object.iter().map(|(kind, id)| (kind.as_str(), id.as_str())))
}

/// The link that is meant, by id or by a part of the name: the source itself need not be asked.
fn found<'a>(links: &'a [Link], kind: &str, who: &str) -> Result<&'a Link> {
    let wanted = fold(who);
    let of_kind = || links.iter().filter(|link| link.kind.eq_ignore_ascii_case(kind));
    let by_name = |link: &&Link| !wanted.is_empty() && link.name.as_deref().is_some_and(|name| fold(name).contains(&wanted));
    let mut named = of_kind().filter(by_name);
    let found = of_kind().find(|link| link.target.eq_ignore_ascii_case(who)).or_else(|| named.next().filter(|_| named.next().is_none()));
    found.ok_or_else(|| Error::NoLink { what: format!("{kind} {}", excerpt(who)) })
}
