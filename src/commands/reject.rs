//! `mango reject [CALL]`: a call that rings at my telephone stops ringing.

use super::live_call::{LiveCall, Needed};
use super::order;
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `reject`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub(super) call: LiveCall,
}

/// Runs it: the ringing leg is hung up; the PBX may go on to ring somebody else.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (entry, leg) = args.call.find(Needed::RingingMe, ctx)?;
    let done = tr("Звонок отклонён.", "The call is rejected.");
    order::on_leg(ctx, ui, "commands/call/hangup", (&entry, &leg), done, async |pbx, id, call_id| pbx.hangup(id, call_id).await).await
}
