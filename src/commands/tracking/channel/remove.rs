//! `mango tracking channel remove`: a number belongs to no channel any more.

use super::line_number;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::phone::shown;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `tracking channel remove`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("НОМЕР", "NUMBER"), help = tr("Номер, у которого есть канал", "A number that has a channel"))]
    number: String,
}

/// Runs it. Errors: 3 when the number has no channel.
pub fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let number = line_number(&args.number)?;
    if !ctx.journal()?.remove_channel(&number)? {
        return Err(Error::NoChannel { number: shown(&number) });
    }
    let number = shown(&number);
    ui.note(&tr(format!("У {number} больше нет канала."), format!("{number} has no channel any more.")));
    Ok(())
}
