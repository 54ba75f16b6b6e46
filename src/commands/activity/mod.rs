//! `mango activity`: what is to be done after a call, with whom and by when.

mod create;
mod done;
mod list;

use clap::Subcommand;
use serde::Serialize;

use super::who;
use crate::contacts::place::Place;
use crate::contacts::{Activity, ActivityFilter, Callee, ContactBook, Named};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::phone::Dial;
use crate::text::tr;
use crate::time::now;
use crate::ui::{Cell, Column, Row, Ui};

/// What can be done with activities.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Create
    #[command(about = tr("Добавить дело", "Add an activity"))]
    Create(create::Args),
    /// List
    #[command(about = tr("Что сделать и что сделано", "What is to be done and what was done"))]
    List(list::Args),
    /// Done
    #[command(about = tr("Отметить, что сделано", "Mark one as done"))]
    Done(done::Args),
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Create(args) => create::run(args, ctx, ui).await,
        Command::List(args) => list::run(args, ctx, ui).await,
        Command::Done(args) => done::run(args, ctx, ui).await,
    }
}

/// Whom the source knows as me: it signed me in, or I am an employee.
fn me(ctx: &Context) -> Result<String> {
    match ctx.config.contacts {
        Place::Bpmsoft => Ok("me".into()),
        _ => ctx.config.extension.clone().ok_or(Error::NoExtension),
    }
}

/// Who is to do it: in our own file an employee, by extension; a CRM has its own people, and finds them by name.
async fn owner(who: &str, ctx: &Context, ui: &Ui) -> Result<String> {
    match (who, ctx.config.contacts) {
        ("me" | "я", _) => me(ctx),
        (who, Place::Bpmsoft) => Ok(who.to_owned()),
        (who, _) => employee(who, ctx, ui).await,
    }
}

async fn employee(who: &str, ctx: &Context, ui: &Ui) -> Result<String> {
    if let Ok(Dial::Extension(extension)) = Dial::parse(who) {
        return who::is_employee(&extension, ctx).await.map(|()| extension);
    }
    let book = ctx.contacts()?;
    let mut found: Vec<Callee> = who::all(who, &book, ctx)?;
    found.retain(|callee| book.is_colleague(callee.dial.wire()));
    let candidates: Vec<Candidate> = found.iter().map(Callee::candidate).collect();
    let chosen = match found.len() {
        0 => return Err(Error::NoContact { who: who.to_owned() }),
        1 => 0,
        _ if ui.can_ask() => ui.pick(tr("Кто сделает?", "Who is to do it?"), &candidates)?.ok_or(Error::Interrupted)?,
        _ => return Err(Error::ManyContacts { who: who.to_owned(), candidates }),
    };
    Ok(found.swap_remove(chosen).dial.wire().to_owned())
}

/// The id of the activity that is meant: of a remote source's long ones, which were seen before, the beginning will do.
pub(super) fn whole_id(id: &str, ctx: &Context) -> Result<String> {
    if ctx.config.contacts == Place::Local {
        return Ok(id.to_owned());
    }
    let seen = ctx.contacts()?.people().activities(&ActivityFilter::default())?;
    let begins = |one: &&Activity| !id.is_empty() && one.id.to_lowercase().starts_with(&id.to_lowercase());
    let mut fitting = seen.iter().filter(begins);
    let one = fitting.next().filter(|_| fitting.next().is_none());
    Ok(one.map_or_else(|| id.to_owned(), |one| one.id.clone()))
}

/// Keeps what a remote source told in the profile's file, where cards and pages look.
fn remember(activities: &[Activity], ctx: &Context) -> Result<()> {
    match ctx.config.contacts {
        Place::Local => Ok(()),
        _ => ctx.contacts()?.people().remember_activities(activities),
    }
}

/// An activity in a list; JSON as [`Activity`].
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct ActivityRow {
    activity: Activity,
    #[serde(skip)]
    owner_name: Option<String>,
}

impl ActivityRow {
    pub(super) fn new(activity: Activity, contacts: &ContactBook) -> Result<ActivityRow> {
        let owner_name = activity.owner.as_deref().map(|owner| contacts.name_of(owner)).transpose()?.flatten();
        Ok(ActivityRow { owner_name: owner_name.or_else(|| activity.owner.clone()), activity })
    }
}

impl Row for ActivityRow {
    fn columns() -> Vec<Column> {
        vec![
            ("id", "id"),
            ("due", tr("срок", "due")),
            ("title", tr("что", "what")),
            ("contact", tr("с кем", "with")),
            ("account", tr("компания", "company")),
            ("owner", tr("кто", "who")),
            ("done", ""),
            ("result", tr("итог", "result")),
            ("text", tr("подробно", "in detail")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["text", "account", "owner", "id"]
    }

    fn cells(&self) -> Vec<Cell> {
        let one = &self.activity;
        let late = !one.done && one.due.is_some_and(|due| due < now().as_second());
        let name = |named: &Option<Named>| named.as_ref().map_or(Cell::Empty, |named| Cell::Text(named.name.clone()));
        let done = match one.done {
            true => tr("сделано", "done"),
            false => "",
        };
        let owner = match (&one.owner, &self.owner_name) {
            (Some(owner), Some(name)) => Cell::Told { people: name.clone(), programs: owner.clone() },
            _ => Cell::Empty,
        };
        vec![
            Cell::Id(one.id.clone()),
            one.due.map_or(Cell::Empty, |at| Cell::Due { at, late }),
            Cell::Text(one.title.clone()),
            name(&one.contact),
            name(&one.account),
            owner,
            Cell::Told { people: done.into(), programs: one.done.to_string() },
            Cell::text(&one.result),
            Cell::text(&one.text),
        ]
    }
}
