//! `mango hold [CALL]`: the other side hears music.

use super::live_call::{LiveCall, Needed};
use super::{order, transfer};
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `hold`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub(super) call: LiveCall,
}

/// Runs it. The PBX has no command that ends a hold (vpbx-core §4.11): that is done on the telephone.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (entry, leg) = args.call.find(Needed::Talking, ctx)?;
    let me = transfer::initiator(&leg, ctx)?;
    let done = match ctx.config.sandbox {
        true => tr(
            "Собеседник на удержании. Снять с удержания: mango sandbox answer.",
            "The other side is on hold. Take the call off hold: mango sandbox answer.",
        ),
        false => tr(
            "Собеседник на удержании. Снять с удержания можно на самом телефоне.",
            "The other side is on hold. Take the call off hold on the telephone itself.",
        ),
    };
    order::on_leg(ctx, ui, "commands/call/hold/on", (&entry, &leg), done, async |pbx, id, call_id| pbx.hold(id, call_id, &me).await).await
}
