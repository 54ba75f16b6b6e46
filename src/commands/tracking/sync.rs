//! `mango tracking sync`: a widget's calls beside those of the journal, for what `listen` did not see.

use serde::Serialize;

use crate::args;
use crate::commands::history::{FIRST_LOOK, bring_up_to_date};
use crate::context::Context;
use crate::error::Result;
use crate::journal::{Filter, Matched};
use crate::pbx::widgets::WidgetCall;
use crate::text::{plural, tr};
use crate::time::{self, Edge, now, zone};
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Arguments of `tracking sync`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, value_name = "ID", value_parser = args::count, help = tr("Номер виджета из личного кабинета", "Number of the widget, from the personal account"))]
    widget: u64,
    #[arg(long, value_name = tr("КОГДА", "TIME"), help = tr("С какого времени: 2026-11-01, вчера, 7d [29 дней назад]", "Since when: 2026-11-01, yesterday, 7d [29 days ago]"))]
    since: Option<String>,
    #[arg(long, value_name = tr("КОГДА", "TIME"), help = tr("До какого; день входит целиком", "Until when; a day is included whole"))]
    until: Option<String>,
}

/// Runs it: first the calls themselves are brought up to date, then those of the widget are given to them.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let at = |text: &Option<String>, edge| text.as_deref().map(|text| time::parse(text, edge, now(), &zone())).transpose();
    let (since, until) = (at(&args.since, Edge::Since)?, at(&args.until, Edge::Until)?);
    time::period(since, until, now())?;
    // Without a token nothing else need be asked for.
    let widgets = ctx.widgets().await?;
    let until = until.unwrap_or_else(now).min(now()).as_second();
    let since = since.map_or(until - FIRST_LOOK, |since| since.as_second());
    bring_up_to_date(false, &Filter { since: Some(since), until: Some(until), ..Filter::default() }, ctx, ui).await?;
    let bar = ui.progress(tr("Загружаю звонки виджета", "Loading the widget's calls"));
    let journal = ctx.journal()?;
    let mut matched = Matched::default();
    let take = &mut |calls: Vec<WidgetCall>, upto: i64| {
        bar.set_position(((upto - since) * 1000 / (until - since).max(1)) as u64);
        journal.take_widget_calls(args.widget, &calls, &mut matched)
    };
    let taken = widgets.calls(args.widget, since, until, take).await;
    bar.finish_and_clear();
    taken?;
    if matched.unmatched > 0 {
        let calls = plural(matched.unmatched, ["звонок", "звонка", "звонков"], ["call", "calls"]);
        ui.note(&tr(
            format!("Не нашлось в истории: {calls} виджета. Они другой АТС, ещё идут или номер звонившего записан иначе."),
            format!("Not in the history: {calls} of the widget. They are another PBX's, still go on, or have another caller's number."),
        ));
    }
    ui.one(&Synced {
        widget_id: args.widget,
        since: Some(since),
        until: Some(until),
        calls: matched.calls,
        matched: matched.matched,
        unmatched: matched.unmatched,
        hidden: matched.hidden,
    })
}

#[derive(Serialize)]
struct Synced {
    widget_id: u64,
    #[serde(serialize_with = "moment")]
    since: Option<i64>,
    #[serde(serialize_with = "moment")]
    until: Option<i64>,
    calls: u64,
    matched: u64,
    unmatched: u64,
    hidden: u64,
}

impl Row for Synced {
    fn columns() -> Vec<Column> {
        vec![
            ("widget_id", tr("виджет", "widget")),
            ("since", tr("с", "since")),
            ("until", tr("по", "until")),
            ("calls", tr("звонков виджета", "calls of the widget")),
            ("matched", tr("найдено в истории", "found in the history")),
            ("unmatched", tr("не найдено", "not found")),
            ("hidden", tr("номер скрыт", "number hidden")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let count = |count: u64| Cell::Count(i64::try_from(count).unwrap_or(i64::MAX));
        vec![
            count(self.widget_id),
            Cell::moment(self.since),
            Cell::moment(self.until),
            count(self.calls),
            count(self.matched),
            count(self.unmatched),
            count(self.hidden),
        ]
    }
}
