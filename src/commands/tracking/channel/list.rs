//! `mango tracking channel list`: channels, lines without one, and channels of numbers that are no lines.

use super::ChannelRow;
use crate::context::Context;
use crate::error::Result;
use crate::pbx::directory::Line;
use crate::phone::{as_listed, shown};
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `tracking channel list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, help = tr("Не обращаться к АТС: только каналы", "Do not ask the PBX: channels alone"))]
    offline: bool,
}

/// Runs it. A PBX that cannot be asked costs only what it would have told of its lines.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let lines = match args.offline {
        true => None,
        false => lines(ctx, ui).await,
    };
    let rows = rows(ctx, lines)?;
    let numbers = |wanted: fn(&ChannelRow) -> bool| {
        let numbers: Vec<String> = rows.iter().filter(|row| wanted(row)).map(|row| shown(&row.number)).collect();
        (!numbers.is_empty()).then(|| numbers.join(", "))
    };
    if let Some(numbers) = numbers(|row| row.name.is_none()) {
        ui.note(&tr(
            format!("Линии без канала: {numbers}. Назначить: mango tracking channel set НОМЕР КАНАЛ"),
            format!("Lines without a channel: {numbers}. Give them one: mango tracking channel set NUMBER CHANNEL"),
        ));
    }
    if let Some(numbers) = numbers(|row| row.is_line == Some(false)) {
        ui.note(&tr(format!("Таких линий у АТС нет: {numbers}."), format!("The PBX has no such lines: {numbers}.")));
    }
    ui.all(&rows)
}

async fn lines(ctx: &Context, ui: &Ui) -> Option<Vec<Line>> {
    let lines = async { ctx.client().await?.lines().await };
    match lines.await {
        Ok(lines) => Some(lines),
        Err(error) => {
            let why = error.message();
            ui.note(&tr(format!("Линии АТС узнать не удалось: {why}."), format!("The PBX's lines could not be learnt: {why}.")));
            None
        }
    }
}

fn rows(ctx: &Context, lines: Option<Vec<Line>>) -> Result<Vec<ChannelRow>> {
    let known = lines.is_some();
    let listed = |line: Line| Some((as_listed(&line.number?), line.comment));
    let mut lines: Vec<(String, Option<String>)> = lines.into_iter().flatten().filter_map(listed).collect();
    let mut rows = Vec::new();
    for channel in ctx.journal()?.channels()? {
        let line = lines.iter().position(|(number, _)| *number == channel.number).map(|place| lines.remove(place));
        rows.push(ChannelRow::new(channel, known.then_some(line.is_some()), line.and_then(|(_, comment)| comment)));
    }
    let dynamic = ctx.journal()?.dynamic_numbers()?;
    let offered = lines.into_iter().filter(|(number, _)| !dynamic.contains(number));
    rows.extend(offered.map(|(number, comment)| ChannelRow::without_channel(number, comment)));
    Ok(rows)
}
