//! `mango hangup [CALL]`: the end of a call.

use super::live_call::{LiveCall, Needed, consultation};
use super::order;
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `hangup`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub(super) call: LiveCall,
}

/// Runs it; in a consultation, that alone is ended (vpbx-core §4.8). Errors: 4101 when it has just ended, 4100 in a queue.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (entry, leg) = args.call.find(Needed::GoingOn, ctx)?;
    let legs = ctx.journal()?.legs(&entry)?;
    let done = match consultation(&legs) {
        Some((_, consulted)) if consulted.call_id == leg.call_id => {
            tr("Консультация закончена, собеседник возвращается к вам.", "The consultation is ended, the held party comes back.")
        }
        _ => tr("Звонок завершён.", "The call is ended."),
    };
    order::on_leg(ctx, ui, "commands/call/hangup", (&entry, &leg), done, async |pbx, id, call_id| pbx.hangup(id, call_id).await).await
}
