//! `mango replay --exec CMD`: recorded events to a hook again, as if they had just come.

use crate::context::Context;
use crate::error::Result;
use crate::hooks::{self, Hooks};
use crate::live::{Card, Moment};
use crate::text::{plural, tr};
use crate::time::{self, Edge, now, zone};
use crate::ui::Ui;

/// Notifications read at once.
const PAGE: usize = 500;

/// Arguments of `replay`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, value_name = tr("КОМАНДА", "CMD"), help = tr("Что запускать; без неё события печатаются в JSON", "What to run; without it events are printed as JSON"))]
    exec: Option<String>,
    #[arg(long, value_name = tr("СОБЫТИЯ", "EVENTS"), value_enum, value_delimiter = ',', hide_possible_values = true, help = tr("На какие события: incoming,outgoing,answered,missed,ended,recorded", "On which events: incoming,outgoing,answered,missed,ended,recorded"))]
    on: Vec<Moment>,
    #[arg(long, value_name = tr("КОГДА", "TIME"), default_value = "today", hide_default_value = true, help = tr("С какого времени [сегодня]", "Since when [today]"))]
    since: String,
}

/// Runs it: every moment of every call once, in the order in which the events came.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let since = time::parse(&args.since, Edge::Since, now(), &zone())?;
    let (journal, contacts) = (ctx.journal()?, ctx.contacts()?);
    let mut hooks = Hooks::new(args.exec.clone(), args.on.clone()).speaking();
    let mut seen = journal.last_before(since.as_second())?;
    let mut count = 0;
    loop {
        let page = journal.happened_after(seen, PAGE)?;
        let Some(last) = page.last() else { break };
        seen = last.id;
        for happened in &page {
            let Some(entry) = &happened.entry else { continue };
            let card = Card::of(entry, journal, &contacts)?;
            for moment in hooks.fresh(&card.entry_id, Moment::of(happened)) {
                if !args.on.is_empty() && !args.on.contains(&moment) {
                    continue;
                }
                count += 1;
                match args.exec {
                    Some(_) => {
                        hooks.room().await;
                        hooks.run(moment, &card);
                    }
                    None => ui.raw(&format!("{}\n", hooks::json(moment, &card)))?,
                }
            }
        }
    }
    hooks.ended().await;
    let moments = plural(count, ["событие", "события", "событий"], ["event", "events"]);
    ui.note(&tr(format!("Повторено: {moments}."), format!("Replayed {moments}.")));
    Ok(())
}
