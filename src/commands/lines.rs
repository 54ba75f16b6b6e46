//! `mango lines`: the company's numbers.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::pbx::directory::Line;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `lines`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it.
pub async fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let rows: Vec<LineRow> = ctx.client().await?.lines().await?.into_iter().map(LineRow::from).collect();
    ui.all(&rows)
}

#[derive(Serialize)]
struct LineRow {
    number: Option<String>,
    name: Option<String>,
    comment: Option<String>,
    region: Option<String>,
    schema: Option<String>,
    line_id: Option<i64>,
}

impl From<Line> for LineRow {
    fn from(line: Line) -> LineRow {
        let Line { line_id, number, name, comment, region, schema_name } = line;
        LineRow { number, name, comment, region, schema: schema_name, line_id }
    }
}

impl Row for LineRow {
    fn columns() -> Vec<Column> {
        vec![
            ("number", tr("номер", "number")),
            ("name", tr("имя", "name")),
            ("comment", tr("примечание", "comment")),
            ("region", tr("регион", "region")),
            ("schema", tr("схема", "scheme")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let number = Cell::number(&self.number);
        vec![number, Cell::text(&self.name), Cell::text(&self.comment), region(&self.region), Cell::text(&self.schema)]
    }
}

/// A code of a region, or what the line is instead of having one (vpbx-data §4.4).
fn region(region: &Option<String>) -> Cell {
    let people = match region.as_deref() {
        Some("toll-free") => Some(tr("бесплатный 8-800", "freephone 8-800")),
        Some("sip-uac") => Some(tr("SIP, регистрируется АТС", "SIP, the PBX registers")),
        Some("sip") => Some("SIP"),
        _ => None,
    };
    Cell::word(region, people)
}
