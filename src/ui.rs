//! The one mouth: data to stdout, talk to stderr, questions only to somebody who is there (design §3).

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;

use crate::args::Format;
use crate::error::{Error, Result};
use crate::text::{printable, tr};

mod ask;
mod cell;
mod json;
mod table;

pub use cell::{Cell, rfc3339};
pub use json::harmless;
use json::{Harmless, error_json, warning_json};
pub use table::{Rows, Sheet};
use table::{cut, wrapped};

pub use crate::time::moment;

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
    /// Everything is said of the practice PBX
    practice: bool,
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
            practice: false,
            drawn: 0,
        }
    }

    /// From now on the commands that are advised are those for the practice PBX, `mango --sandbox history`.
    pub fn speak_of_practice(&mut self) {
        self.practice = true;
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
            Format::Table => self.list(R::columns(), &row.cells()),
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
    pub fn note(&self, text: &str) {
        if self.stderr_is_terminal || !matches!(self.format, Format::Json | Format::Ndjson) {
            let room = if self.stderr_is_terminal { usize::from(dialoguer::console::Term::stderr().size().1) } else { usize::MAX };
            self.advised(text).lines().for_each(|line| say(&wrapped(&printable(line), room)));
        }
    }

    /// What changes the meaning of the data, said to programs, too: `{"warning": {"kind": …, "message": …}}`.
    pub fn warn(&self, kind: &'static str, text: &str) {
        match self.format {
            Format::Json | Format::Ndjson => say(&harmless(&warning_json(kind, &self.advised(text)))),
            _ => self.note(text),
        }
    }

    /// What a script sees from the data: that there is nothing, or how old it is. Told at a terminal; cron writes no letter about it.
    pub fn aside(&self, text: &str) {
        if self.stderr_is_terminal {
            self.note(text);
        }
    }

    /// A progress bar on stderr, seen only at a terminal.
    pub fn progress(&self, what: &str) -> ProgressBar {
        if !self.stderr_is_terminal {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {bar:30} {percent} % {left}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.with_key("left", left);
        ProgressBar::new(1000).with_style(style).with_message(what.to_owned())
    }

    /// A progress bar that counts, with the rate and the time left.
    pub fn counted(&self, what: &str, total: u64) -> ProgressBar {
        if !self.stderr_is_terminal {
            return ProgressBar::hidden();
        }
        let template = tr(
            "{msg} {bar:30} {pos} из {len}, {rate} в секунду, осталось {left}",
            "{msg} {bar:30} {pos} of {len}, {rate} a second, {left} left",
        );
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style
            .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                let _ = write!(out, "{:.0}", state.per_sec());
            })
            .with_key("left", left);
        ProgressBar::new(total).with_style(style).with_message(what.to_owned())
    }

    /// Bytes as they are: a recording into a pipe.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(lost)
    }

    /// Says what went wrong, for a person or for a program.
    pub fn fail(&mut self, error: &Error) {
        let _ = self.out.flush();
        match (error, self.format) {
            (Error::ClosedPipe, _) => {}
            (_, Format::Json | Format::Ndjson) => say(&harmless(&error_json(error, self.hint(error).as_deref()))),
            _ => say(&self.error_text(error)),
        }
    }

    /// Everything out, before the program ends.
    pub fn end(&mut self) -> Result<()> {
        self.out.flush().map_err(lost)
    }

    fn error_text(&self, error: &Error) -> String {
        let red = if self.stderr_is_terminal && self.color { AnsiColor::Red.on_default().bold() } else { Style::new() };
        let mut text = format!("{red}{}{red:#} {}", tr("ошибка:", "error:"), self.advised(&printable(&error.message())));
        if !error.candidates().is_empty() {
            text.push(':');
        }
        for one in error.candidates() {
            text += &format!("\n  {}  {}  {}", printable(&one.name), printable(&one.detail), printable(&one.id));
        }
        if let Some(hint) = self.hint(error) {
            text += &format!("\n{} {hint}", tr("подсказка:", "hint:"));
        }
        text
    }

    fn hint(&self, error: &Error) -> Option<String> {
        let hint = if self.practice { error.practice_hint() } else { error.hint() };
        hint.map(|hint| self.advised(&hint))
    }

    /// Commands as they have to be typed here.
    fn advised(&self, text: &str) -> String {
        if !self.practice {
            return text.to_owned();
        }
        let mut parts = text.split("mango ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |said, rest| {
            // `--…` is `--sandbox` already, a capital or a Russian letter no command.
            let is_command = rest.starts_with(|c: char| c.is_ascii_lowercase()) && !rest.starts_with("sandbox") && !rest.starts_with("man");
            said + if is_command { "mango --sandbox " } else { "mango " } + rest
        })
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        self.json_text(value)?;
        self.out.write_all(b"\n").map_err(lost)
    }

    fn json_text(&mut self, value: &impl Serialize) -> Result<()> {
        let mut out = serde_json::Serializer::with_formatter(&mut self.out, Harmless);
        value.serialize(&mut out).map_err(|error| lost(error.into()))
    }

    /// Columns wide, when somebody looks at them.
    pub fn width(&self) -> Option<usize> {
        self.for_a_person.then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)))
    }
}

/// `0:05`, as durations are written everywhere here.
fn left(state: &ProgressState, out: &mut dyn fmt::Write) {
    let _ = out.write_str(&crate::time::duration(i64::try_from(state.eta().as_secs()).unwrap_or(i64::MAX)));
}

/// `--verbose`: requests and replies, on stderr.
pub fn log_to_stderr(verbose: bool) {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::fmt;
    use tracing_subscriber::prelude::*;
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::WARN };
    let ours = tracing_subscriber::filter::filter_fn(|meta| meta.target().starts_with("mango"));
    let lines = fmt::layer().with_writer(io::stderr).without_time().with_target(false).with_ansi(io::stderr().is_terminal());
    let lines = lines.log_internal_errors(false);
    let _ = tracing_subscriber::registry().with(lines.with_filter(level).with_filter(ours)).try_init();
}

/// A line on stderr. One that cannot be written is no failure of what was asked for.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A reader that went away is not a failure; a full disk is.
fn lost(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::ClosedPipe,
        _ => Error::Io { path: "stdout".into(), source: error },
    }
}
