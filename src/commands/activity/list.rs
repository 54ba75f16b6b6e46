//! `mango activity list`: what is to be done, by when it is due; what was done, the newest first.

use clap_complete::ArgValueCompleter;

use super::super::whom;
use super::{ActivityRow, me, remember};
use crate::args;
use crate::completion;
use crate::contacts::{ActivityFilter, Owner};
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `activity list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, conflicts_with = "all", help = tr("Только мои; так и есть, если мой добавочный известен", "Mine only, as it is anyway where my extension is known"))]
    mine: bool,
    #[arg(long, help = tr("Всех сотрудников", "Everybody's"))]
    all: bool,
    #[arg(long, help = tr("Не сделанные; так и есть, если не указан --done", "What is not done; so it is without --done"))]
    open: bool,
    #[arg(long, help = tr("Сделанные; вместе с --open — и те, и другие", "What is done; with --open, both"))]
    done: bool,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("С этим человеком или компанией, чьи бы ни были", "With this person or company, whoever is to do it"), add = ArgValueCompleter::new(completion::people))]
    with: Option<String>,
    #[arg(short = 'n', long, value_name = "N", value_parser = args::count, allow_hyphen_values = true, help = tr("Не больше N", "At most N"))]
    limit: Option<u64>,
}

/// Runs it. Errors: 2 when `--mine` is asked and nobody knows who I am, or the source has no activities; 3 when somebody is not found.
pub(super) async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let open = args.open || !args.done;
    let mut filter = ActivityFilter { open: open && !args.done, owner: mine(&args, ctx)?, ..ActivityFilter::default() };
    if let Some(who) = &args.with {
        match whom::one(who, None, ctx, ui).await? {
            Owner::Contact(one) => filter.contact = Some(one.id),
            Owner::Account(one) => filter.account = Some(one.id),
        }
    }
    let mut found = ctx.source().await?.activities(&filter).await?;
    remember(&found, ctx)?;
    found.retain(|one| if one.done { args.done } else { open });
    found.truncate(args.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)));
    if found.is_empty() {
        ui.aside(tr("Дел нет.", "No activities."));
    }
    let contacts = ctx.contacts()?;
    let rows = found.into_iter().map(|one| ActivityRow::new(one, &contacts)).collect::<Result<Vec<_>>>()?;
    ui.all(&rows)
}

fn mine(args: &Args, ctx: &Context) -> Result<Option<String>> {
    match (args.mine, args.all || args.with.is_some()) {
        (true, _) => me(ctx).map(Some),
        (false, true) => Ok(None),
        (false, false) => Ok(me(ctx).ok()),
    }
}
