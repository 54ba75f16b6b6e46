//! Rows on their way out: a table that fits the terminal, JSON, NDJSON, CSV or TSV.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use tabled::Table;
use tabled::builder::Builder;
use tabled::grid::util::string::get_line_width;
use tabled::settings::object::Columns;
use tabled::settings::{Modify, Padding, Style as TableStyle, Width};

use super::cell::{self, BAR, defused, plain};
use super::{Cell, Column, Row, Ui, lost};
use crate::args::Format;
use crate::error::Result;

/// Between two columns.
const GAP: usize = 2;

/// A column is not cut to less.
const LEAST: usize = 8;

/// Rather than cutting the others to less, the table goes without an optional column.
const READABLE: usize = 16;

/// A bar is not made shorter.
const SHORTEST_BAR: u64 = 4;

/// Rows on their way out.
pub struct Rows<'a, R> {
    sheet: Sheet<'a>,
    _row: std::marker::PhantomData<R>,
}

impl<'a, R: Row> Rows<'a, R> {
    pub(super) fn begin(ui: &'a mut Ui) -> Result<Self> {
        Ok(Rows { sheet: Sheet::begin(ui, R::columns(), R::optional())?, _row: std::marker::PhantomData })
    }

    /// One more.
    pub fn row(&mut self, row: &R) -> Result<()> {
        self.sheet.line(|| row.cells(), row)
    }

    /// No more. An empty table prints nothing, an empty JSON list `[]`.
    pub fn end(self) -> Result<()> {
        self.sheet.end()
    }
}

/// Rows whose columns are known only when the program runs.
pub struct Sheet<'a> {
    ui: &'a mut Ui,
    columns: Vec<Column>,
    /// As in [`Row::optional`]
    optional: &'static [&'static str],
    /// For a table, which is drawn when all is known
    kept: Vec<Vec<Cell>>,
    count: usize,
}

impl<'a> Sheet<'a> {
    pub(super) fn begin(ui: &'a mut Ui, columns: Vec<Column>, optional: &'static [&'static str]) -> Result<Self> {
        let mut sheet = Sheet { ui, columns, optional, kept: Vec::new(), count: 0 };
        if sheet.ui.format == Format::Csv {
            sheet.separated(sheet.columns.iter().map(|(key, _)| (*key).to_owned()).collect())?;
        }
        Ok(sheet)
    }

    /// One more: its cells, one for each column, and itself for JSON.
    pub fn line(&mut self, cells: impl FnOnce() -> Vec<Cell>, itself: &impl Serialize) -> Result<()> {
        self.count += 1;
        match self.ui.format {
            Format::Table => self.kept.push(cells()),
            Format::Csv => self.separated(cells().iter().map(defused).collect())?,
            Format::Tsv => self.separated(cells().iter().map(plain).collect())?,
            Format::Ndjson => self.ui.json(itself)?,
            Format::Json => {
                self.ui.out.write_all(if self.count == 1 { b"[\n" } else { b",\n" }).map_err(lost)?;
                self.ui.json_text(itself)?;
            }
        }
        Ok(())
    }

    /// No more.
    pub fn end(self) -> Result<()> {
        match self.ui.format {
            Format::Table if self.count > 0 => {
                let table = fitted(&self.columns, self.optional, &self.kept, self.ui);
                self.ui.print_table(table)
            }
            Format::Json => self.ui.out.write_all(if self.count == 0 { b"[]\n" } else { b"\n]\n" }).map_err(lost),
            _ => Ok(()),
        }
    }

    fn separated(&mut self, cells: Vec<String>) -> Result<()> {
        let delimiter = if self.ui.format == Format::Csv { b',' } else { b'\t' };
        let mut line = csv::WriterBuilder::new().delimiter(delimiter).from_writer(&mut self.ui.out);
        line.write_record(cells).map_err(|error| lost(error.into())).and_then(|()| line.flush().map_err(lost))
    }
}

impl Ui {
    /// One thing as a list of its cells, one a line, those that say something.
    pub(super) fn list(&mut self, columns: Vec<Column>, cells: &[Cell]) -> Result<()> {
        let shown: Vec<_> = columns.into_iter().zip(cells).filter(|(_, cell)| !for_people(cell).is_empty()).collect();
        let widest = shown.iter().map(|((_, title), _)| get_line_width(title)).max().unwrap_or_default() + GAP;
        let room = self.width().map(|width| width.saturating_sub(widest)).filter(|room| *room > 3 * LEAST);
        let mut page = Builder::new();
        shown.iter().for_each(|((_, title), cell)| page.push_record([self.heading(title), self.shown(cell)]));
        let mut page = plain_table(page);
        if let Some(room) = room {
            page.with(Modify::new(Columns::last()).with(Width::wrap(room).keep_words(true)));
        }
        self.print_table(page)
    }

    fn heading(&self, title: &str) -> String {
        let dim = if self.color && self.for_a_person { Style::new().dimmed() } else { Style::new() };
        format!("{dim}{title}{dim:#}")
    }

    fn print_table(&mut self, table: Table) -> Result<()> {
        for line in table.to_string().lines() {
            writeln!(self.out, "{}", line.trim_end()).map_err(lost)?;
        }
        Ok(())
    }

    fn shown(&self, cell: &Cell) -> String {
        self.painted(cell, for_people(cell))
    }

    fn painted(&self, cell: &Cell, text: String) -> String {
        match cell {
            Cell::Warning(_) | Cell::Due { late: true, .. } if self.color => {
                let red = AnsiColor::Red.on_default();
                format!("{red}{text}{red:#}")
            }
            _ => text,
        }
    }
}

/// A table that fits the terminal: optional columns go first, then long texts are cut; numbers and times stay whole.
fn fitted(columns: &[Column], optional: &[&str], rows: &[Vec<Cell>], ui: &Ui) -> Table {
    let room = ui.width().unwrap_or(usize::MAX).saturating_add(GAP);
    let (texts, widths) = with_bars(columns, rows, room);
    let may_be_cut = |n: usize| rows.iter().any(|row| matches!(row[n], Cell::Text(_) | Cell::Warning(_) | Cell::Told { .. }));
    let mut shown: Vec<usize> = (0..columns.len()).filter(|n| texts.iter().any(|row| !row[*n].is_empty())).collect();
    let least = |shown: &[usize]| {
        let least = |n: usize| if may_be_cut(n) { widths[n].min(READABLE) } else { widths[n] };
        shown.iter().map(|n| GAP + least(*n)).sum::<usize>()
    };
    let mut optional = optional.iter();
    while least(&shown) > room
        && let Some(key) = optional.next()
    {
        shown.retain(|n| columns[*n].0 != *key);
    }
    let mut limits = widths.clone();
    while shown.iter().map(|n| limits[*n] + GAP).sum::<usize>() > room
        && let Some(widest) = shown.iter().copied().filter(|n| may_be_cut(*n) && limits[*n] > LEAST).max_by_key(|n| limits[*n])
    {
        limits[widest] -= 1;
    }
    let mut table = Builder::new();
    table.push_record(shown.iter().map(|n| ui.heading(columns[*n].1)));
    for (cells, texts) in rows.iter().zip(&texts) {
        table.push_record(shown.iter().map(|n| ui.painted(&cells[*n], cut(&texts[*n], limits[*n]))));
    }
    plain_table(table)
}

/// The cells as texts and the width of every column, with bars as long as the room allows: they say nothing that the numbers do not.
fn with_bars(columns: &[Column], rows: &[Vec<Cell>], room: usize) -> (Vec<Vec<String>>, Vec<usize>) {
    let of = |bar| {
        let texts: Vec<Vec<String>> = rows.iter().map(|cells| cells.iter().map(|cell| cell::for_people(cell, bar)).collect()).collect();
        let mut widths: Vec<usize> = columns.iter().map(|(_, title)| get_line_width(title)).collect();
        for row in &texts {
            row.iter().zip(&mut widths).for_each(|(text, width)| *width = get_line_width(text).max(*width));
        }
        (texts, widths)
    };
    let has_bars = rows.iter().flatten().any(|cell| matches!(cell, Cell::Bar { .. }));
    let (texts, widths) = of(BAR);
    let too_wide = (widths.iter().map(|width| width + GAP).sum::<usize>()).saturating_sub(room) as u64;
    if has_bars && too_wide > 0 { of(BAR.saturating_sub(too_wide).max(SHORTEST_BAR)) } else { (texts, widths) }
}

fn for_people(cell: &Cell) -> String {
    cell::for_people(cell, BAR)
}

/// At most `width` columns of a text, with `…` where it was cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if get_line_width(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if get_line_width(&kept) >= width {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

/// A sentence in lines that break between words.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let (mut lines, mut taken) = (String::new(), 0);
    for (n, word) in text.split(' ').enumerate() {
        let wide = get_line_width(word);
        let is_full = taken > 0 && taken + 1 + wide > width;
        match n {
            0 => {}
            _ if is_full => lines.push('\n'),
            _ => lines.push(' '),
        }
        taken = if is_full { wide } else { taken + usize::from(n > 0) + wide };
        lines += word;
    }
    lines
}

fn plain_table(rows: Builder) -> Table {
    let mut table = rows.build();
    table.with(TableStyle::empty()).with(Padding::new(0, 2, 0, 0));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_breaks_between_words() {
        assert_eq!(wrapped("Снимите трубку, звоню", 15), "Снимите трубку,\nзвоню");
        assert_eq!(wrapped("  отступ  остаётся", 80), "  отступ  остаётся");
        assert_eq!(wrapped("длинноеслово и ещё", 5), "длинноеслово\nи ещё");
    }

    #[test]
    fn long_texts_are_cut_to_the_column() {
        assert_eq!(cut("Иванова Мария", 13), "Иванова Мария");
        assert_eq!(cut("Иванова Мария", 8), "Иванова…");
        assert!(get_line_width(&cut("漢字漢字漢字", 8)) <= 8);
    }
}
