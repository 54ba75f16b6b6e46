//! `mango recording link CALL`: a link that anybody can open for a while.

use serde::Serialize;

use super::Call;
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::time::{after, full, now, rfc3339, zone};
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `recording link`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: Call,
    #[arg(long, value_name = tr("СРОК", "TIME"), default_value = "7d", hide_default_value = true, help = tr("Сколько ссылка живёт: 2h, 7d, 2026-12-31 [7d]", "How long the link lives: 2h, 7d, 2026-12-31 [7d]"))]
    expires: String,
    #[arg(long, help = tr("Скачивать, а не открывать в браузере", "To be saved, not opened in the browser"))]
    download: bool,
}

/// Runs it. The PBX is not asked: whoever knows key and salt makes the link (vpbx-data §1.3).
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let until = after(&args.expires, now(), &zone())?;
    let entry = args.call.recorded(ctx)?;
    let client = ctx.client().await?;
    let action = if args.download { "download" } else { "play" };
    let link = |recording_id: &String| LinkRow {
        url: client.recording_link(recording_id, action, until),
        recording_id: recording_id.clone(),
        entry_id: entry.entry_id.clone(),
        expires_at: rfc3339(until),
    };
    let links: Vec<LinkRow> = entry.facts.recordings.iter().map(link).collect();
    if ui.is_for_a_person() {
        links.iter().try_for_each(|link| ui.line(&link.url))?;
        let until = full(until);
        ui.note(&tr(
            format!("Действует до {until}. Запись откроет кто угодно, и в ссылке виден ключ АТС (соли в ней нет). Ссылки должны быть разрешены в личном кабинете."),
            format!("Good until {until}. It opens for anybody, and shows the key of the PBX (not the salt). Links must be allowed in the personal account."),
        ));
        return Ok(());
    }
    ui.all(&links)
}

/// A link; its JSON keys are a contract.
#[derive(Serialize)]
struct LinkRow {
    recording_id: String,
    entry_id: String,
    url: String,
    expires_at: String,
}

impl Row for LinkRow {
    fn columns() -> Vec<Column> {
        vec![("url", tr("ссылка", "link")), ("expires_at", tr("до", "until"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Text(self.url.clone()), Cell::Text(self.expires_at.clone())]
    }
}
