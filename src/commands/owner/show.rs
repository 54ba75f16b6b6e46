//! `contact show`, `account show`: one of them.

use super::{Kept, Whom};
use crate::commands::web::Web;
use crate::context::Context;
use crate::error::Result;
use crate::ui::Ui;

/// Arguments of `show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    web: Web,
}

/// Runs it.
pub(in crate::commands) async fn run<K: Kept>(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let owner = args.whom.one(K::SORT, ctx, ui).await?;
    if args.web.is_wanted() {
        return args.web.of_owner(&owner, ctx, ui).await;
    }
    ui.one(&K::Row::from(owner))
}
