//! `mango status`: who am I, and does it all work.

use serde::Serialize;

use crate::contacts::place::Place;
use crate::context::Context;
use crate::credentials::{self, Origin};
use crate::error::Result;
use crate::text::{plural, tr};
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
    let crm = Crm::of(ctx).await?;
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
        crm_user: crm.user,
        crm_password: crm.password.map(Origin::key),
        crm_password_words: crm.password.map(credentials::crm::words),
        crm_waiting: crm.waiting,
        crm_error: crm.error,
        config_file: config.places.config.display().to_string(),
        journal: journal.path().display().to_string(),
    })
}

/// How things stand with the CRM; nothing when people are kept elsewhere.
#[derive(Default)]
struct Crm {
    user: Option<String>,
    password: Option<Origin>,
    waiting: Option<i64>,
    error: Option<String>,
}

impl Crm {
    /// Asks the CRM. What is wrong with it is told, and does not keep the rest from being told.
    async fn of(ctx: &Context) -> Result<Crm> {
        if ctx.config.contacts != Place::Bpmsoft {
            return Ok(Crm::default());
        }
        let outbox = ctx.journal()?.outbox()?;
        let greeted = async { ctx.crm().await?.greet().await };
        let error = greeted.await.err().map(|error| error.message()).or(outbox.error);
        let practice = ctx.config.sandbox && ctx.config.crm_url.is_none();
        let password = if practice { Origin::Sandbox } else { credentials::crm::origin(&ctx.config) };
        let user = ctx.crm_user().await.ok();
        Ok(Crm { user, password: Some(password), waiting: Some(outbox.waiting), error })
    }
}

/// `3 звонка`
fn calls(n: i64) -> String {
    plural(n.unsigned_abs(), ["звонок", "звонка", "звонков"], ["call", "calls"])
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
    crm_user: Option<String>,
    crm_password: Option<&'static str>,
    #[serde(skip)]
    crm_password_words: Option<&'static str>,
    crm_waiting: Option<i64>,
    crm_error: Option<String>,
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
            ("crm_user", tr("пользователь CRM", "CRM user")),
            ("crm_password", tr("пароль CRM", "CRM password")),
            ("crm_waiting", tr("ждут CRM", "wait for the CRM")),
            ("crm_error", tr("ошибка CRM", "CRM error")),
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
            Cell::text(&self.crm_user),
            self.crm_password_words.map_or(Cell::Empty, |words| Cell::Text(words.into())),
            self.crm_waiting.map_or(Cell::Empty, |waiting| Cell::Told { people: calls(waiting), programs: waiting.to_string() }),
            self.crm_error.clone().map_or(Cell::Empty, Cell::Warning),
            Cell::Text(self.config_file.clone()),
            Cell::Text(self.journal.clone()),
        ]
    }
}
