//! `mango contact`: people and their numbers.

use clap::Subcommand;
use serde::Serialize;

use super::owner::{self, Kept};
use crate::contacts::{Contact, Entered, Number, Owner, Sort};
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// What can be done with contacts.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Create
    #[command(about = tr("Добавить человека", "Add a person"))]
    Create(owner::create::Args<Contacts>),
    /// List
    #[command(about = tr("Найти людей", "Find people"))]
    List(owner::list::Args),
    /// Show
    #[command(about = tr("Показать человека", "Show a person"))]
    Show(owner::show::Args),
    /// Edit
    #[command(about = tr("Изменить записанное о человеке", "Change what is known of a person"))]
    Edit(owner::edit::Args<Contacts>),
    /// Delete
    #[command(about = tr("Удалить человека", "Delete a person"))]
    Delete(owner::delete::Args),
    /// Import
    #[command(about = tr("Загрузить людей из файла", "Import people from a file"))]
    Import(owner::import::Args),
    /// Export
    #[command(about = tr("Записать всех людей в файл", "Write all people into a file"))]
    Export(owner::export::Args),
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Create(args) => owner::create::run(args, ctx, ui).await,
        Command::List(args) => owner::list::run::<Contacts>(args, ctx, ui).await,
        Command::Show(args) => owner::show::run::<Contacts>(args, ctx, ui).await,
        Command::Edit(args) => owner::edit::run(args, ctx, ui).await,
        Command::Delete(args) => owner::delete::run::<Contacts>(args, ctx, ui).await,
        Command::Import(args) => owner::import::run::<Contacts>(args, ctx, ui).await,
        Command::Export(args) => owner::export::run::<Contacts>(args, ctx, ui).await,
    }
}

/// Persons.
#[derive(Debug)]
pub struct Contacts;

impl Kept for Contacts {
    const SORT: Sort = Sort::Contact;
    type Fields = Fields;
    type Row = ContactRow;
}

/// What can be entered of a person.
#[derive(clap::Args, Debug)]
pub struct Fields {
    #[arg(long, value_name = tr("ИМЯ", "NAME"), help = tr("Имя", "Name"))]
    name: Option<String>,
    #[arg(long, value_name = tr("КОМПАНИЯ", "COMPANY"), help = tr("Где работает", "Where the person works"))]
    company: Option<String>,
    #[arg(long, value_name = tr("ДОЛЖНОСТЬ", "JOB"), help = tr("Кем работает", "What the person does there"))]
    job: Option<String>,
    #[arg(long, value_name = tr("АДРЕС", "ADDRESS"), help = tr("Почта", "E-mail"))]
    email: Option<String>,
    #[arg(long, value_name = tr("ТЕКСТ", "TEXT"), help = tr("Заметки", "Notes"))]
    notes: Option<String>,
}

impl From<Fields> for Entered {
    fn from(fields: Fields) -> Entered {
        let Fields { name, company, job, email, notes } = fields;
        Entered { name, company, job, email, notes, ..Entered::default() }
    }
}

/// A contact; JSON keys `id`, `name`, `company`, `account`, `job`, `email`, `notes`, `numbers` (`kind`, `number`).
#[derive(Serialize)]
#[serde(transparent)]
pub struct ContactRow(Contact);

impl From<Owner> for ContactRow {
    fn from(owner: Owner) -> ContactRow {
        ContactRow(match owner {
            Owner::Contact(contact) => contact,
            // Companies are asked for by their own command.
            Owner::Account(account) => {
                Contact { id: account.id, name: account.name, email: account.email, numbers: account.numbers, ..Contact::default() }
            }
        })
    }
}

impl Row for ContactRow {
    fn columns() -> Vec<Column> {
        vec![
            ("id", "id"),
            ("name", tr("имя", "name")),
            ("company", tr("компания", "company")),
            ("job", tr("должность", "job")),
            ("numbers", tr("номера", "numbers")),
            ("email", tr("почта", "e-mail")),
            ("notes", tr("заметки", "notes")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["notes", "email", "job", "id"]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.0.id.clone()),
            Cell::Text(self.0.name.clone()),
            Cell::text(&self.0.company),
            Cell::text(&self.0.job),
            numbers(&self.0.numbers),
            Cell::text(&self.0.email),
            Cell::text(&self.0.notes),
        ]
    }
}

/// `+7 495 000-00-20 (моб.), …` for people, `mobile:74950000020 …` for programs.
pub(super) fn numbers(all: &[Number]) -> Cell {
    let told = |told: fn(&Number) -> String, between| all.iter().map(told).collect::<Vec<_>>().join(between);
    Cell::Told {
        people: told(|number| format!("{} ({})", number.shown(), number.kind.word()), ", "),
        programs: told(|number| format!("{}:{}", number.kind.key(), number.number), " "),
    }
}
