//! `mango tracking`: where calls come from. One file a verb.

mod channel;
mod report;
pub(super) mod show;
mod sync;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// What can be done.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Show
    #[command(about = tr("Откуда пришёл звонок: номер, страница, метки рекламы", "Where a call came from: number, page, UTM marks"))]
    Show(show::Args),
    /// Report
    #[command(about = tr("Сколько звонков привела каждая реклама", "How many calls each advertisement brought"))]
    Report(report::Args),
    /// Sync
    #[command(about = tr("Взять звонки из виджета коллтрекинга", "Take the calls of a call-tracking widget"))]
    Sync(sync::Args),
    /// Channel
    #[command(about = tr("Каналы: какая реклама на каком номере", "Channels: which advertisement has which number"), subcommand)]
    Channel(channel::Command),
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Show(args) => show::run(args, ctx, ui),
        Command::Report(args) => report::run(args, ctx, ui).await,
        Command::Sync(args) => sync::run(args, ctx, ui).await,
        Command::Channel(command) => channel::run(command, ctx, ui).await,
    }
}
