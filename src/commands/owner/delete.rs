//! `contact delete`, `account delete`: forgets one of them, after asking.

use super::{Kept, Whom, candidate, tell};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `delete`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    whom: Whom,
    #[arg(short, long, help = tr("Не переспрашивать", "Do not ask"))]
    yes: bool,
}

/// Runs it.
pub(in crate::commands) async fn run<K: Kept>(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let owner = args.whom.one(K::SORT, ctx, ui).await?;
    let about = candidate(&owner);
    let about = [about.name, about.detail].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    if !args.yes && !ui.confirm(&tr(format!("Удалить: {about}?"), format!("Delete {about}?")))? {
        return Err(Error::Interrupted);
    }
    ctx.source().await?.delete(K::SORT, owner.id()).await?;
    let gone = tr(format!("Удалено: {}.", owner.name()), format!("Deleted {}.", owner.name()));
    tell::<K>(owner, &gone, ui)
}
