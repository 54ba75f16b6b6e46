//! `mango tracking channel set`: a number is given to a channel.

use super::{ChannelRow, checked, line_number};
use crate::context::Context;
use crate::error::Result;
use crate::phone::{as_listed, shown};
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `tracking channel set`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("НОМЕР", "NUMBER"), help = tr("Номер линии", "Number of the line"))]
    number: String,
    #[arg(value_name = tr("КАНАЛ", "CHANNEL"), help = tr("Название; из нескольких слов — в кавычках", "Name; in quotes if it has several words"))]
    name: String,
    #[arg(long, value_name = tr("ИСТОЧНИК", "SOURCE"), help = tr("Как utm_source", "As utm_source"))]
    source: Option<String>,
    #[arg(long, value_name = tr("ТИП", "MEDIUM"), help = tr("Как utm_medium", "As utm_medium"))]
    medium: Option<String>,
    #[arg(long, value_name = tr("КАМПАНИЯ", "CAMPAIGN"), help = tr("Как utm_campaign", "As utm_campaign"))]
    campaign: Option<String>,
}

/// Runs it. What the number was before, and whether the PBX has such a line, is said; neither prevents it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let number = line_number(&args.number)?;
    let channel = checked(number, &args.name, [args.source.as_deref(), args.medium.as_deref(), args.campaign.as_deref()])?;
    let journal = ctx.journal()?;
    let before = journal.channels()?.into_iter().find(|known| known.number == channel.number);
    journal.set_channels(std::slice::from_ref(&channel))?;
    let number = shown(&channel.number);
    if let Some(before) = before.filter(|before| before.name != channel.name) {
        let name = before.name;
        ui.note(&tr(
            format!("Прежде {number} относился к каналу «{name}»."),
            format!("Before, {number} belonged to the channel '{name}'."),
        ));
    }
    let is_line = is_line(&channel.number, ctx).await;
    if is_line == Some(false) {
        ui.note(&tr(
            format!("У АТС нет линии {number}: mango lines. Канал всё равно запомнен."),
            format!("The PBX has no line {number}: mango lines. The channel is remembered all the same."),
        ));
    }
    if ui.is_for_a_person() {
        let name = &channel.name;
        ui.note(&tr(format!("{number} — канал «{name}»."), format!("{number} is the channel '{name}'.")));
        return Ok(());
    }
    ui.one(&ChannelRow::new(channel, is_line, None))
}

/// Whether the PBX lists the number; nobody knows when it cannot be asked.
async fn is_line(number: &str, ctx: &Context) -> Option<bool> {
    let lines = ctx.client().await.ok()?.lines().await.ok()?;
    Some(lines.into_iter().filter_map(|line| line.number).any(|line| as_listed(&line) == number))
}
