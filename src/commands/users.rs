//! `mango users`: the employees on the PBX.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::pbx::directory::User;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `users`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it, and remembers the names for other commands.
pub async fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let users = ctx.client().await?.users().await?;
    ctx.journal()?.take_employees(&users)?;
    let rows: Vec<UserRow> = users.into_iter().map(UserRow::from).collect();
    ui.all(&rows)
}

#[derive(Serialize)]
struct UserRow {
    extension: Option<String>,
    name: Option<String>,
    position: Option<String>,
    department: Option<String>,
    email: Option<String>,
    line: Option<String>,
    numbers: Vec<String>,
    user_id: Option<i64>,
}

impl From<User> for UserRow {
    fn from(user: User) -> UserRow {
        let User { user_id, name, extension, email, department, position, numbers, line } = user;
        UserRow { extension, name, position, department, email, line, numbers, user_id }
    }
}

impl Row for UserRow {
    fn columns() -> Vec<Column> {
        vec![
            ("extension", tr("доб.", "ext")),
            ("name", tr("имя", "name")),
            ("position", tr("должность", "position")),
            ("department", tr("отдел", "department")),
            ("email", tr("почта", "email")),
            ("line", tr("линия", "line")),
            ("numbers", tr("номера", "numbers")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.extension),
            Cell::text(&self.name),
            Cell::text(&self.position),
            Cell::text(&self.department),
            Cell::text(&self.email),
            Cell::number(&self.line),
            Cell::Text(self.numbers.join(", ")),
        ]
    }
}
