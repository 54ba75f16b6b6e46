//! `mango calls`: what goes on now.

use std::collections::HashSet;

use serde::Serialize;

use crate::contacts::ContactBook;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Direction, Entry, Leg, State, state_word};
use crate::text::tr;
use crate::time::now;
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Arguments of `calls`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, help = tr("Только звонки моего добавочного", "Only calls of my extension"))]
    me: bool,
}

/// Runs it, from the journal that a receiver of events writes.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let journal = ctx.journal()?;
    if !journal.somebody_listens()? {
        return Err(Error::NobodyListens);
    }
    let me = match args.me {
        true => Some(ctx.config.extension.clone().ok_or(Error::NoExtension)?),
        false => None,
    };
    // The place among all of them is what `@N` means.
    let mine: Option<HashSet<i64>> = me.map(|me| Ok(journal.live(Some(&me))?.into_iter().map(|entry| entry.id).collect())).transpose()?;
    let mut live: Vec<(usize, Entry)> = (1..).zip(journal.live(None)?).collect();
    live.retain(|(_, entry)| mine.as_ref().is_none_or(|mine| mine.contains(&entry.id)));
    ctx.recognise(&live.iter().filter_map(|(_, entry)| entry.facts.other_number().map(str::to_owned)).collect::<Vec<_>>()).await;
    let contacts = ctx.contacts()?;
    let rows = live.into_iter().map(|(n, entry)| {
        let legs = journal.legs(&entry)?;
        LiveRow::new(n, entry, legs, &contacts)
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    if rows.is_empty() {
        ui.aside(tr("Сейчас звонков нет.", "No calls now."));
    }
    ui.all(&rows)
}

/// A running call.
#[derive(Serialize)]
struct LiveRow {
    n: usize,
    entry_id: String,
    direction: Option<Direction>,
    state: Option<&'static str>,
    #[serde(skip)]
    state_word: &'static str,
    name: Option<String>,
    number: Option<String>,
    employee: Option<String>,
    employee_name: Option<String>,
    line: Option<String>,
    #[serde(serialize_with = "moment")]
    started_at: Option<i64>,
    #[serde(serialize_with = "moment")]
    answered_at: Option<i64>,
    duration: Option<i64>,
    call_ids: Vec<String>,
}

impl LiveRow {
    fn new(n: usize, entry: Entry, legs: Vec<Leg>, contacts: &ContactBook) -> Result<LiveRow> {
        let facts = entry.facts;
        let name = |number: Option<&str>| number.map(|number| contacts.name_of(number)).transpose().map(Option::flatten);
        let state_word = facts.state.map_or("", |state| state_word(state, &legs));
        let live = legs.into_iter().filter(|leg| leg.state != Some(State::Ended));
        Ok(LiveRow {
            n,
            entry_id: entry.entry_id,
            direction: facts.direction,
            state: facts.state.map(State::key),
            state_word,
            name: name(facts.other_number())?,
            number: facts.other_number().map(str::to_owned),
            employee: facts.employee().map(str::to_owned),
            employee_name: name(facts.employee())?,
            duration: facts.answered_at.or(facts.started_at).map(|since| (now().as_second() - since).max(0)),
            line: facts.line,
            started_at: facts.started_at,
            answered_at: facts.answered_at,
            call_ids: live.filter_map(|leg| leg.call_id).collect(),
        })
    }
}

impl Row for LiveRow {
    fn columns() -> Vec<Column> {
        vec![
            ("n", "@"),
            ("direction", ""),
            ("state", tr("состояние", "state")),
            ("duration", tr("длится", "for")),
            ("name", tr("кто", "who")),
            ("number", tr("номер", "number")),
            ("employee", tr("доб.", "ext")),
            ("employee_name", tr("сотрудник", "employee")),
            ("line", tr("линия", "line")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["line", "employee_name"]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(format!("@{}", self.n)),
            self.direction.map_or(Cell::Empty, |direction| Cell::Text(direction.arrow().into())),
            Cell::Text(self.state_word.into()),
            Cell::seconds(self.duration),
            Cell::text(&self.name),
            Cell::number(&self.number),
            Cell::text(&self.employee),
            Cell::text(&self.employee_name),
            Cell::number(&self.line),
        ]
    }
}
