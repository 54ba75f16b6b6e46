//! `mango groups`: groups of employees.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::pbx::directory::Group;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `groups`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it.
pub async fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let rows: Vec<GroupRow> = ctx.client().await?.groups().await?.into_iter().map(GroupRow::from).collect();
    ui.all(&rows)
}

#[derive(Serialize)]
struct GroupRow {
    extension: Option<String>,
    name: Option<String>,
    members: Vec<String>,
    group_id: Option<i64>,
}

impl From<Group> for GroupRow {
    fn from(group: Group) -> GroupRow {
        let member = |one: crate::pbx::directory::Operator| one.extension.or(one.name);
        let members = group.operators.into_iter().filter_map(member).collect();
        GroupRow { extension: group.extension, name: group.name, members, group_id: group.group_id }
    }
}

impl Row for GroupRow {
    fn columns() -> Vec<Column> {
        vec![("extension", tr("доб.", "ext")), ("name", tr("группа", "group")), ("members", tr("сотрудники", "members"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::text(&self.extension), Cell::text(&self.name), Cell::Text(self.members.join(", "))]
    }
}
