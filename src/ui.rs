//! The one mouth: data to stdout, talk to stderr, questions only to somebody who is there (design §3).

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tabled::Table;
use tabled::builder::Builder;
use tabled::grid::util::string::get_line_width;
use tabled::settings::object::Columns;
use tabled::settings::{Modify, Padding, Style as TableStyle, Width};

use crate::chart;
use crate::error::{Candidate, Error, Result};
use crate::text::{printable, tr};
use crate::time;

pub use crate::time::moment;

/// Shape of the data on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Aligned, for people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma separated, with a heading
    Csv,
    /// Tab separated, no heading: what a pipe gets unless something else is asked for
    Tsv,
}

/// A value on its way to a cell: how it looks depends on who reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing known
    Empty,
    /// Anything; control characters are taken out
    Text(String),
    /// Something to notice, in colour: a missed call
    Warning(String),
    /// Unix seconds: relative and local for people, RFC 3339 for programs
    Time(i64),
    /// Unix seconds, to the second and with the day for people too
    Moment(i64),
    /// When something is due, Unix seconds: relative and local for people, in colour when it is `late`; RFC 3339 for programs
    Due {
        /// Unix seconds
        at: i64,
        /// Over, and not done
        late: bool,
    },
    /// Seconds: `1:05` for people, a number for programs
    Seconds(i64),
    /// A whole number
    Count(i64),
    /// A whole number with a bar, as long as its part of the greatest one in the column
    Bar {
        /// The number
        count: u64,
        /// The greatest
        most: u64,
    },
    /// Several things in one cell, told to people and to programs each in their way
    Told {
        /// `+7 495 000-00-20 (mobile), …`
        people: String,
        /// `mobile:74950000020 …`
        programs: String,
    },
    /// A telephone number: `+7 495 000-00-20` for people, digits for programs
    Number(String),
}

impl Cell {
    /// Text, if there is any.
    pub fn text(text: &Option<String>) -> Cell {
        text.clone().map_or(Cell::Empty, Cell::Text)
    }

    /// A telephone number, if there is one.
    pub fn number(number: &Option<String>) -> Cell {
        number.clone().map_or(Cell::Empty, Cell::Number)
    }

    /// A moment for a list, if it is known.
    pub fn time(at: Option<i64>) -> Cell {
        at.map_or(Cell::Empty, Cell::Time)
    }

    /// A moment to the second, if it is known.
    pub fn moment(at: Option<i64>) -> Cell {
        at.map_or(Cell::Empty, Cell::Moment)
    }

    /// A duration, if it is known.
    pub fn seconds(seconds: Option<i64>) -> Cell {
        seconds.map_or(Cell::Empty, Cell::Seconds)
    }
}

/// Columns of the longest bar in a table.
const BAR: u64 = 20;

/// A column: its stable English key, and its heading for people.
pub type Column = (&'static str, &'static str);

/// What a command hands over: cells for tables, CSV and TSV, itself for JSON.
pub trait Row: Serialize {
    /// The columns, the same for every row.
    fn columns() -> Vec<Column>;
    /// The cells, one for each column.
    fn cells(&self) -> Vec<Cell>;
    /// Keys of columns that a narrow terminal goes without, the first of them first.
    fn optional() -> &'static [&'static str] {
        &[]
    }
}

/// All output and all questions.
pub struct Ui {
    format: Format,
    out: Box<dyn Write>,
    /// Nobody chose a format and stdout is a terminal
    for_a_person: bool,
    color: bool,
    stderr_is_terminal: bool,
    can_ask: bool,
    /// Lines of the block that is redrawn
    drawn: usize,
}

impl Ui {
    /// `chosen` is what flag, variable or file say.
    pub fn new(chosen: Option<Format>) -> Ui {
        let terminal = io::stdout().is_terminal();
        let format = chosen.unwrap_or(if terminal { Format::Table } else { Format::Tsv });
        let stderr_is_terminal = io::stderr().is_terminal();
        let quiet =
            std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Ui {
            format,
            out: Box::new(io::BufWriter::new(io::stdout().lock())),
            for_a_person: format == Format::Table && terminal,
            color: terminal && !quiet,
            stderr_is_terminal,
            can_ask: io::stdin().is_terminal() && stderr_is_terminal,
            drawn: 0,
        }
    }

    /// A format that was not known when this was made, because it stands in the file.
    pub fn set_format(&mut self, chosen: Option<Format>) {
        if let Some(format) = chosen {
            self.format = format;
            self.for_a_person &= format == Format::Table;
        }
    }

    /// Whether somebody is there to answer a question.
    pub fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Whether data is read by a person: then a command whose talk said everything prints no data.
    pub fn is_for_a_person(&self) -> bool {
        self.for_a_person
    }

    /// Whether pictures have colours.
    pub fn is_colored(&self) -> bool {
        self.color && self.for_a_person
    }

    /// Whether a program reads one JSON document.
    pub fn wants_document(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether people's tables are printed, at a terminal or not.
    pub fn shows_tables(&self) -> bool {
        self.format == Format::Table
    }

    /// Rows as they come; memory does not grow with their number, but for a table, which must be measured.
    pub fn rows<R: Row>(&mut self) -> Result<Rows<'_, R>> {
        Rows::begin(self)
    }

    /// Rows under columns that are chosen now; `optional` as in [`Row::optional`].
    pub fn sheet(&mut self, columns: Vec<Column>, optional: &'static [&'static str]) -> Result<Sheet<'_>> {
        Sheet::begin(self, columns, optional)
    }

    /// All rows at once.
    pub fn all<R: Row>(&mut self, all: &[R]) -> Result<()> {
        let mut rows = self.rows::<R>()?;
        all.iter().try_for_each(|row| rows.row(row))?;
        rows.end()
    }

    /// One JSON document.
    pub fn document(&mut self, document: &impl Serialize) -> Result<()> {
        self.json(document)
    }

    /// One thing: a JSON object, one line of CSV or TSV, or for people a list of its cells, one a line.
    pub fn one<R: Row>(&mut self, row: &R) -> Result<()> {
        match self.format {
            Format::Json => self.json(row),
            Format::Table => {
                let cells: Vec<_> = row.cells();
                let shown: Vec<_> = R::columns().into_iter().zip(&cells).filter(|(_, cell)| !for_people(cell).is_empty()).collect();
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
            _ => self.all(std::slice::from_ref(row)),
        }
    }

    /// Text as it is: generated completions and manuals.
    pub fn raw(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).map_err(lost)
    }

    /// A line of JSON, flushed at once: a server that is ready, an event.
    pub fn event(&mut self, event: &impl Serialize) -> Result<()> {
        self.json(event)?;
        self.out.flush().map_err(lost)
    }

    /// Whether programs read JSON here.
    pub fn wants_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::Ndjson)
    }

    /// A line of data, flushed at once.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.raw(&format!("{}\n", printable(text)))
    }

    /// Draws a block over the one drawn before; lines are cut to the terminal.
    pub fn redraw(&mut self, lines: &[String]) -> Result<()> {
        let width = self.width().unwrap_or(usize::MAX);
        let mut text = self.erased();
        for line in lines {
            text += &cut(&printable(line), width);
            text.push('\n');
        }
        self.drawn = lines.len();
        self.raw(&text)
    }

    /// A line that stays above the block.
    pub fn above(&mut self, text: &str) -> Result<()> {
        let width = self.width().unwrap_or(usize::MAX);
        let text = format!("{}{}\n", self.erased(), cut(&printable(text), width));
        self.drawn = 0;
        self.raw(&text)
    }

    fn erased(&self) -> String {
        match self.drawn {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\x1b[0J"),
        }
    }

    /// Talk. Programs that asked for JSON do not get it: their stderr carries errors only.
    #[allow(clippy::print_stderr)]
    pub fn note(&self, text: &str) {
        if self.stderr_is_terminal || !matches!(self.format, Format::Json | Format::Ndjson) {
            text.lines().for_each(|line| eprintln!("{}", printable(line)));
        }
    }

    /// That there is nothing to list: told at a terminal. A script sees it, and cron writes no letter about it.
    pub fn nothing(&self, text: &str) {
        if self.stderr_is_terminal {
            self.note(text);
        }
    }

    /// A progress bar on stderr, seen only at a terminal.
    pub fn progress(&self, what: &str) -> ProgressBar {
        if !self.stderr_is_terminal {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {bar:30} {percent} % {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(1000).with_style(style).with_message(what.to_owned())
    }

    /// A progress bar that counts, with the rate and the time left.
    pub fn counted(&self, what: &str, total: u64) -> ProgressBar {
        if !self.stderr_is_terminal {
            return ProgressBar::hidden();
        }
        let template =
            tr("{msg} {bar:30} {pos} из {len}, {per_sec}, осталось {eta}", "{msg} {bar:30} {pos} of {len}, {per_sec}, {eta} left");
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(total).with_style(style).with_message(what.to_owned())
    }

    /// Bytes as they are: a recording into a pipe.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(lost)
    }

    /// Asks for one of several, by typing letters or moving. `None` when the person gives up.
    pub fn pick(&self, question: &str, candidates: &[Candidate]) -> Result<Option<usize>> {
        let items: Vec<String> = candidates.iter().map(|one| printable(&format!("{}  {}", one.name, one.detail)).into_owned()).collect();
        self.answered("--yes", || dialoguer::FuzzySelect::new().with_prompt(question).items(&items).default(0).interact_opt())
    }

    /// Asks yes or no; no is what Enter means.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        self.answered("--yes", || dialoguer::Confirm::new().with_prompt(question).default(false).interact())
    }

    /// Asks for a line of text.
    pub fn ask(&self, question: &str) -> Result<String> {
        self.answered("--help", || dialoguer::Input::<String>::new().with_prompt(question).interact_text())
    }

    /// Asks for a line that may stay empty; `now` stands there already. `flag` says it in a script.
    pub fn ask_line(&self, question: &str, now: &str, flag: &'static str) -> Result<String> {
        let now = printable(now).into_owned();
        self.answered(flag, || {
            dialoguer::Input::<String>::new().with_prompt(question).with_initial_text(now).allow_empty(true).interact_text()
        })
    }

    /// Asks for a secret without showing it.
    pub fn ask_secret(&self, question: &str, flag: &'static str) -> Result<secrecy::SecretString> {
        // A line that is read is not given up by an interrupt that we have caught: here it ends the program as ever.
        self.somebody_answers(flag, || dialoguer::Password::new().with_prompt(question).interact()).map(Into::into)
    }

    fn answered<T>(&self, flag: &'static str, ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
        // Caught, an interrupt is an answer, and the cursor that the question has hidden comes back.
        #[cfg(unix)]
        let _caught = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        let answer = self.somebody_answers(flag, ask);
        if self.can_ask {
            let _ = dialoguer::console::Term::stderr().show_cursor();
        }
        answer
    }

    fn somebody_answers<T>(&self, flag: &'static str, ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
        // Without this guard a fuzzy picker redraws for ever when stdin is not a terminal.
        if !self.can_ask {
            return Err(Error::NoTerminal { flag });
        }
        ask().map_err(|_| Error::Interrupted)
    }

    /// Says what went wrong, for a person or for a program.
    #[allow(clippy::print_stderr)]
    pub fn fail(&mut self, error: &Error) {
        let _ = self.out.flush();
        match (error, self.format) {
            (Error::ClosedPipe, _) => {}
            (_, Format::Json | Format::Ndjson) => eprintln!("{}", error_json(error)),
            _ => eprintln!("{}", self.error_text(error)),
        }
    }

    /// Everything out, before the program ends.
    pub fn end(&mut self) -> Result<()> {
        self.out.flush().map_err(lost)
    }

    fn error_text(&self, error: &Error) -> String {
        let red = if self.stderr_is_terminal && self.color { AnsiColor::Red.on_default().bold() } else { Style::new() };
        let mut text = format!("{red}{}{red:#} {}", tr("ошибка:", "error:"), printable(&error.message()));
        if !error.candidates().is_empty() {
            text.push(':');
        }
        for one in error.candidates() {
            text += &format!("\n  {}  {}  {}", printable(&one.name), printable(&one.detail), printable(&one.id));
        }
        if let Some(hint) = error.hint() {
            text += &format!("\n{} {hint}", tr("подсказка:", "hint:"));
        }
        text
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        self.json_text(value)?;
        self.out.write_all(b"\n").map_err(lost)
    }

    fn json_text(&mut self, value: &impl Serialize) -> Result<()> {
        let mut out = serde_json::Serializer::with_formatter(&mut self.out, Harmless);
        value.serialize(&mut out).map_err(|error| lost(error.into()))
    }

    fn print_table(&mut self, table: Table) -> Result<()> {
        for line in table.to_string().lines() {
            writeln!(self.out, "{}", line.trim_end()).map_err(lost)?;
        }
        Ok(())
    }

    /// Columns wide, when somebody looks at them.
    pub fn width(&self) -> Option<usize> {
        self.for_a_person.then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)))
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

/// A cell as a person reads it, without colour.
fn for_people(cell: &Cell) -> String {
    let at = |seconds: &i64| Timestamp::from_second(*seconds).ok();
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Warning(text) | Cell::Told { people: text, .. } => printable(text).into_owned(),
        Cell::Time(seconds) => at(seconds).map(|at| time::relative(at, time::now(), &zone())).unwrap_or_default(),
        Cell::Moment(seconds) => at(seconds).map(time::full).unwrap_or_default(),
        Cell::Due { at: seconds, .. } => at(seconds).map(|at| time::upcoming(at, time::now(), &zone())).unwrap_or_default(),
        Cell::Seconds(seconds) => time::duration(*seconds),
        Cell::Count(count) => count.to_string(),
        Cell::Bar { count, most } => format!("{} {count}", chart::bar(*count, *most, BAR)).trim_start().to_owned(),
        Cell::Number(number) => crate::phone::shown(number),
    }
}

/// Rows on their way out.
pub struct Rows<'a, R> {
    sheet: Sheet<'a>,
    _row: std::marker::PhantomData<R>,
}

impl<'a, R: Row> Rows<'a, R> {
    fn begin(ui: &'a mut Ui) -> Result<Self> {
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
    fn begin(ui: &'a mut Ui, columns: Vec<Column>, optional: &'static [&'static str]) -> Result<Self> {
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
    fn heading(&self, title: &str) -> String {
        let dim = if self.color && self.for_a_person { Style::new().dimmed() } else { Style::new() };
        format!("{dim}{title}{dim:#}")
    }
}

/// `--verbose`: requests and replies, on stderr.
pub fn log_to_stderr(verbose: bool) {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::fmt;
    use tracing_subscriber::prelude::*;
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::WARN };
    let ours = tracing_subscriber::filter::filter_fn(|meta| meta.target().starts_with("mango"));
    let lines = fmt::layer().with_writer(io::stderr).without_time().with_target(false).with_ansi(io::stderr().is_terminal());
    let _ = tracing_subscriber::registry().with(lines.with_filter(level).with_filter(ours)).try_init();
}

/// Between two columns.
const GAP: usize = 2;

/// A column is not cut to less.
const LEAST: usize = 8;

/// A table that fits the terminal: optional columns go first, then long texts are cut; numbers and times stay whole.
fn fitted(columns: &[Column], optional: &[&str], rows: &[Vec<Cell>], ui: &Ui) -> Table {
    let texts: Vec<Vec<String>> = rows.iter().map(|cells| cells.iter().map(for_people).collect()).collect();
    let mut widths: Vec<usize> = columns.iter().map(|(_, title)| get_line_width(title)).collect();
    for row in &texts {
        row.iter().zip(&mut widths).for_each(|(text, width)| *width = get_line_width(text).max(*width));
    }
    let may_be_cut = |n: usize| rows.iter().any(|row| matches!(row[n], Cell::Text(_) | Cell::Warning(_) | Cell::Told { .. }));
    let mut shown: Vec<usize> = (0..columns.len()).filter(|n| texts.iter().any(|row| !row[*n].is_empty())).collect();
    let room = ui.width().unwrap_or(usize::MAX).saturating_add(GAP);
    let least =
        |shown: &[usize]| shown.iter().map(|n| GAP + if may_be_cut(*n) { widths[*n].min(LEAST) } else { widths[*n] }).sum::<usize>();
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

/// At most `width` columns of a text, with `…` where it was cut.
fn cut(text: &str, width: usize) -> String {
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

fn plain_table(rows: Builder) -> Table {
    let mut table = rows.build();
    table.with(TableStyle::empty()).with(Padding::new(0, 2, 0, 0));
    table
}

/// A cell for a program.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Warning(text) | Cell::Told { programs: text, .. } => printable(text).into_owned(),
        Cell::Number(number) => printable(number).into_owned(),
        Cell::Time(at) | Cell::Moment(at) | Cell::Due { at, .. } => rfc3339(*at).unwrap_or_default(),
        Cell::Seconds(number) | Cell::Count(number) => number.to_string(),
        Cell::Bar { count, .. } => count.to_string(),
    }
}

/// A cell for a spreadsheet, which would take a name that begins with `=` for a formula.
fn defused(cell: &Cell) -> String {
    match (cell, plain(cell)) {
        (Cell::Text(text), shown) if text.starts_with(['=', '+', '-', '\t']) => format!("'{shown}"),
        (_, shown) => shown,
    }
}

/// JSON in which characters that could steer a terminal are escaped as `\u….`: the same text to any reader of JSON.
struct Harmless;

impl serde_json::ser::Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        for letter in text.split_inclusive(crate::text::is_hostile) {
            let harmless = letter.trim_end_matches(crate::text::is_hostile);
            out.write_all(harmless.as_bytes())?;
            for hostile in letter[harmless.len()..].encode_utf16() {
                write!(out, "\\u{hostile:04x}")?;
            }
        }
        Ok(())
    }
}

/// Unix seconds as RFC 3339 in the person's zone.
pub fn rfc3339(at: i64) -> Option<String> {
    Timestamp::from_second(at).ok().map(time::rfc3339)
}

fn zone() -> TimeZone {
    time::zone()
}

fn error_json(error: &Error) -> serde_json::Value {
    serde_json::json!({ "error": {
        "kind": error.kind(),
        "code": error.result_code(),
        "message": error.message(),
        "hint": error.hint(),
        "candidates": error.candidates(),
    }})
}

/// A reader that went away is not a failure; a full disk is.
fn lost(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::ClosedPipe,
        _ => Error::Io { path: "stdout".into(), source: error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        text.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Harmless)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_at_a_terminal_is_harmless_and_means_the_same() {
        let name = "Иван\u{9b}31m \u{202e}ов\u{1b}[0m \u{e0041}👩‍💻 \"\\";
        let shown = json(name);
        assert!(!shown.chars().any(crate::text::is_hostile), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), name);
        assert_eq!(json("Иванова"), "\"Иванова\"");
    }

    #[test]
    fn long_texts_are_cut_to_the_column() {
        assert_eq!(cut("Иванова Мария", 13), "Иванова Мария");
        assert_eq!(cut("Иванова Мария", 8), "Иванова…");
        assert!(get_line_width(&cut("漢字漢字漢字", 8)) <= 8);
    }

    #[test]
    fn a_name_is_no_formula_to_a_spreadsheet() {
        assert_eq!(defused(&Cell::Text("=HYPERLINK(1)".into())), "'=HYPERLINK(1)");
        assert_eq!(defused(&Cell::Text("@1".into())), "@1");
        assert_eq!(defused(&Cell::Count(-5)), "-5");
    }
}
