//! `mango status`: who am I, and does it all work.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::time::ago;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `status`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it: asks for the balance, which proves key and salt, and for the lines and employees.
pub async fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let client = ctx.client().await?;
    let balance = client.balance().await?;
    let lines = client.lines().await?;
    let journal = ctx.journal()?;
    if journal.employees()?.1.is_none() {
        journal.refresh_employees(client).await?;
    }
    let config = &ctx.config;
    let origin = ctx.origin().await?;
    let me = config.extension.clone();
    ui.one(&Status {
        profile: config.profile.clone(),
        credentials: origin.key(),
        credentials_words: origin.words(),
        name: me.as_deref().map(|extension| ctx.contacts()?.name_of(extension)).transpose()?.flatten(),
        extension: me,
        balance: balance.amount,
        currency: balance.currency,
        lines: lines.into_iter().filter_map(|line| line.number).collect(),
        limits: client.is_paced(),
        listening: journal.somebody_listens()?,
        last_event: journal.last_event()?,
        last_sync: journal.age("synced")?,
        config_file: config.places.config.display().to_string(),
        journal: journal.path().display().to_string(),
    })
}

/// The state of things; ages in seconds.
#[derive(Serialize)]
struct Status {
    profile: String,
    credentials: &'static str,
    #[serde(skip)]
    credentials_words: &'static str,
    extension: Option<String>,
    name: Option<String>,
    balance: Option<f64>,
    currency: Option<String>,
    lines: Vec<String>,
    limits: bool,
    listening: bool,
    last_event: Option<i64>,
    last_sync: Option<i64>,
    config_file: String,
    journal: String,
}

impl Row for Status {
    fn columns() -> Vec<Column> {
        vec![
            ("profile", tr("профиль", "profile")),
            ("credentials", tr("ключ и соль", "key and salt")),
            ("extension", tr("мой добавочный", "my extension")),
            ("name", tr("имя", "name")),
            ("balance", tr("баланс", "balance")),
            ("lines", tr("линии", "lines")),
            ("limits", tr("ограничения АТС", "PBX limits")),
            ("listening", tr("приём событий", "receiving events")),
            ("last_event", tr("последнее событие", "last event")),
            ("last_sync", tr("история обновлена", "history updated")),
            ("config_file", tr("настройки", "settings")),
            ("journal", tr("журнал", "journal")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let yes = |yes: bool| Cell::Text(if yes { tr("да", "yes") } else { tr("нет", "no") }.into());
        let age = |age: Option<i64>| Cell::Text(age.map_or(tr("никогда", "never").into(), ago));
        let money = self.balance.map(|money| format!("{money:.2} {}", self.currency.as_deref().unwrap_or_default()));
        vec![
            Cell::Text(self.profile.clone()),
            Cell::Text(self.credentials_words.into()),
            Cell::text(&self.extension),
            Cell::text(&self.name),
            Cell::text(&money),
            Cell::Told {
                people: self.lines.iter().map(|line| crate::phone::shown(line)).collect::<Vec<_>>().join(", "),
                programs: self.lines.join(" "),
            },
            Cell::Text(if self.limits { tr("соблюдаются", "kept") } else { tr("выключены", "off") }.into()),
            yes(self.listening),
            age(self.last_event),
            age(self.last_sync),
            Cell::Text(self.config_file.clone()),
            Cell::Text(self.journal.clone()),
        ]
    }
}
