//! `mango account`: companies and their numbers.

use clap::Subcommand;
use serde::Serialize;

use super::contact::numbers;
use super::owner::{self, Kept};
use crate::contacts::{Account, Entered, Owner, Sort};
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// What can be done with companies.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Create
    #[command(about = tr("Добавить компанию", "Add a company"))]
    Create(owner::create::Args<Accounts>),
    /// List
    #[command(about = tr("Найти компании", "Find companies"))]
    List(owner::list::Args),
    /// Show
    #[command(about = tr("Показать компанию", "Show a company"))]
    Show(owner::show::Args),
    /// Edit
    #[command(about = tr("Изменить записанное о компании", "Change what is known of a company"))]
    Edit(owner::edit::Args<Accounts>),
    /// Delete
    #[command(about = tr("Удалить компанию", "Delete a company"))]
    Delete(owner::delete::Args),
    /// Import
    #[command(about = tr("Загрузить компании из файла", "Import companies from a file"))]
    Import(owner::import::Args),
    /// Export
    #[command(about = tr("Записать все компании в файл", "Write all companies into a file"))]
    Export(owner::export::Args),
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Create(args) => owner::create::run(args, ctx, ui).await,
        Command::List(args) => owner::list::run::<Accounts>(args, ctx, ui).await,
        Command::Show(args) => owner::show::run::<Accounts>(args, ctx, ui).await,
        Command::Edit(args) => owner::edit::run(args, ctx, ui).await,
        Command::Delete(args) => owner::delete::run::<Accounts>(args, ctx, ui).await,
        Command::Import(args) => owner::import::run::<Accounts>(args, ctx, ui).await,
        Command::Export(args) => owner::export::run::<Accounts>(args, ctx, ui).await,
    }
}

/// Companies.
#[derive(Debug)]
pub struct Accounts;

impl Kept for Accounts {
    const SORT: Sort = Sort::Account;
    type Fields = Fields;
    type Row = AccountRow;
}

/// What can be entered of a company.
#[derive(clap::Args, Debug)]
pub struct Fields {
    #[arg(long, value_name = tr("НАЗВАНИЕ", "NAME"), help = tr("Название", "Name"))]
    name: Option<String>,
    #[arg(long, value_name = tr("АДРЕС", "ADDRESS"), help = tr("Почта", "E-mail"))]
    email: Option<String>,
    #[arg(long, value_name = tr("САЙТ", "SITE"), help = tr("Сайт", "Web site"))]
    web: Option<String>,
    #[arg(long, value_name = tr("ТЕКСТ", "TEXT"), help = tr("Заметки", "Notes"))]
    notes: Option<String>,
}

impl From<Fields> for Entered {
    fn from(fields: Fields) -> Entered {
        let Fields { name, email, web, notes } = fields;
        Entered { name, email, web, notes, ..Entered::default() }
    }
}

/// A company; JSON keys `id`, `name`, `email`, `web`, `notes`, `numbers` (`kind`, `number`).
#[derive(Serialize)]
#[serde(transparent)]
pub struct AccountRow(Account);

impl From<Owner> for AccountRow {
    fn from(owner: Owner) -> AccountRow {
        AccountRow(match owner {
            Owner::Account(account) => account,
            // Persons are asked for by their own command.
            Owner::Contact(contact) => {
                Account { id: contact.id, name: contact.name, email: contact.email, numbers: contact.numbers, ..Account::default() }
            }
        })
    }
}

impl Row for AccountRow {
    fn columns() -> Vec<Column> {
        vec![
            ("id", "id"),
            ("name", tr("название", "name")),
            ("numbers", tr("номера", "numbers")),
            ("email", tr("почта", "e-mail")),
            ("web", tr("сайт", "site")),
            ("notes", tr("заметки", "notes")),
        ]
    }

    fn optional() -> &'static [&'static str] {
        &["notes", "web", "email", "id"]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.0.id.clone()),
            Cell::Text(self.0.name.clone()),
            numbers(&self.0.numbers),
            Cell::text(&self.0.email),
            Cell::text(&self.0.web),
            Cell::text(&self.0.notes),
        ]
    }
}
