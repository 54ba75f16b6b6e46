//! `mango record [CALL]`: recording from now on.

use super::live_call::{LiveCall, Needed};
use super::{order, transfer};
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `record`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: LiveCall,
}

/// Runs it. Errors: 4102 when it is recorded already, 22xx when the account does not allow it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (entry, leg) = args.call.find(Needed::Talking, ctx)?;
    let me = transfer::initiator(&leg, ctx)?;
    let done = tr("Разговор записывается.", "The call is being recorded.");
    order::on_leg(ctx, ui, "commands/recording/start", (&entry, &leg), done, async |pbx, id, call_id| pbx.record(id, call_id, &me).await)
        .await
}
