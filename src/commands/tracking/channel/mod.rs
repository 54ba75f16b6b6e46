//! `mango tracking channel`: which advertisement has which of the company's numbers. One file a verb.

mod import;
mod list;
mod remove;
mod set;

use clap::Subcommand;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::Channel;
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// What can be done with channels.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Set
    #[command(about = tr("Назначить номеру канал", "Give a number to a channel"))]
    Set(set::Args),
    /// List
    #[command(about = tr("Каналы и линии без канала", "Channels, and lines without one"))]
    List(list::Args),
    /// Remove
    #[command(about = tr("Снять канал с номера", "Take a number from its channel"))]
    Remove(remove::Args),
    /// Import
    #[command(about = tr("Загрузить каналы из CSV", "Load channels from CSV"))]
    Import(import::Args),
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Set(args) => set::run(args, ctx, ui).await,
        Command::List(args) => list::run(args, ctx, ui).await,
        Command::Remove(args) => remove::run(args, ctx, ui),
        Command::Import(args) => import::run(args, ctx, ui),
    }
}

/// The longest name, source, medium and campaign, in characters.
const LONGEST: usize = 250;

/// A number of the company as channels are kept under it; an extension is none.
fn line_number(text: &str) -> Result<String> {
    match Dial::parse(text)? {
        Dial::Extension(extension) => Err(Error::Usage(tr(
            format!("{extension} — добавочный, а канал бывает у номера линии"),
            format!("{extension} is an extension; channels belong to numbers of lines"),
        ))),
        dial => Ok(dial.wire().to_owned()),
    }
}

/// A channel whose words are trimmed and not too long.
fn checked(number: String, name: &str, rest: [Option<&str>; 3]) -> Result<Channel> {
    let word = |text: &str| match text.trim() {
        text if text.chars().count() > LONGEST => Err(Error::Usage(tr(
            format!("не длиннее {LONGEST} знаков: {}…", text.chars().take(20).collect::<String>()),
            format!("{LONGEST} characters at most: {}…", text.chars().take(20).collect::<String>()),
        ))),
        text => Ok(Some(text.to_owned()).filter(|text| !text.is_empty())),
    };
    let name = word(name)?.ok_or_else(|| Error::Usage(tr("нет названия канала", "the channel has no name").into()))?;
    let [source, medium, campaign] = rest.map(|text| text.map_or(Ok(None), word));
    Ok(Channel { number, name, source: source?, medium: medium?, campaign: campaign? })
}

/// A channel in a list, or a line that has none.
#[derive(Serialize)]
struct ChannelRow {
    number: String,
    name: Option<String>,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    is_line: Option<bool>,
    comment: Option<String>,
}

impl ChannelRow {
    fn new(channel: Channel, is_line: Option<bool>, comment: Option<String>) -> ChannelRow {
        let Channel { number, name, source, medium, campaign } = channel;
        ChannelRow { number, name: Some(name), source, medium, campaign, is_line, comment }
    }

    fn without_channel(number: String, comment: Option<String>) -> ChannelRow {
        ChannelRow { number, name: None, source: None, medium: None, campaign: None, is_line: Some(true), comment }
    }
}

impl Row for ChannelRow {
    fn columns() -> Vec<Column> {
        vec![
            ("number", tr("номер", "number")),
            ("name", tr("канал", "channel")),
            ("source", tr("источник", "source")),
            ("medium", tr("тип", "medium")),
            ("campaign", tr("кампания", "campaign")),
            ("is_line", tr("линия АТС", "line of the PBX")),
            ("comment", tr("примечание АТС", "the PBX's comment")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["comment", "campaign", "medium"]
    }

    fn cells(&self) -> Vec<Cell> {
        let line = self.is_line.map(|is_line| match is_line {
            true => Cell::Told { people: tr("да", "yes").into(), programs: "true".into() },
            false => Cell::Told { people: tr("нет", "no").into(), programs: "false".into() },
        });
        vec![
            Cell::Number(self.number.clone()),
            Cell::text(&self.name),
            Cell::text(&self.source),
            Cell::text(&self.medium),
            Cell::text(&self.campaign),
            line.unwrap_or(Cell::Empty),
            Cell::text(&self.comment),
        ]
    }
}
