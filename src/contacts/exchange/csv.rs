//! People in a table: CSV as spreadsheets, telephones and other programs write it, and as we do.

use csv_core::ReadRecordResult;

use super::text::Lines;
use super::{Fault, Found};
use crate::contacts::entered::numbered;
use crate::contacts::fold::fold;
use crate::contacts::{Entered, Kind, Number, Owner, Sort};
use crate::error::{Error, Result};
use crate::phone::Dial;
use crate::text::{excerpt, tr};

/// Lines that a quoted value may go on for: more, and a quote was not closed.
const MOST_LINES: usize = 100;

/// Bytes of a row, for the same reason.
const MOST_BYTES: usize = 1 << 18;

/// Reads rows one by one; memory does not grow with the file.
pub struct Table {
    lines: Lines,
    delimiter: u8,
    columns: Vec<Column>,
    sort: Sort,
    ignored: Vec<String>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    Surname,
    First,
    Middle,
    Company,
    Job,
    Email,
    Web,
    Notes,
    Number(Option<Kind>),
    /// `contact` or `account`, in our own tables
    Type,
    Ignored,
}

/// What our own table has beside what can be entered.
const OWN: [&str; 2] = ["id", "account"];

/// The line it begins at, and its values.
type Record = (u64, Result<Vec<String>, Fault>);

impl Table {
    /// Reads the heading. `delimiter` and `map` (`heading=field`) are what the person says; else both are found out.
    pub fn begin(mut lines: Lines, sort: Sort, delimiter: Option<u8>, map: &[(String, String)]) -> Result<Table> {
        let heading = loop {
            match lines.line()? {
                None => return Err(Error::Usage(tr("в файле ничего нет", "the file is empty").into())),
                Some((_, line)) if line.trim().is_empty() => {}
                Some(line) => break line,
            }
        };
        let delimiter = delimiter.unwrap_or_else(|| usual_delimiter(&heading.1));
        lines.put_back([heading].into_iter());
        let mut table = Table { lines, delimiter, columns: Vec::new(), sort, ignored: Vec::new() };
        let titles = match table.record()? {
            Some((_, Ok(titles))) => titles,
            _ => return Err(Error::Usage(tr("в заголовке таблицы не закрыты кавычки", "the quotes of the heading are broken").into())),
        };
        table.columns = columns(&titles, map)?;
        let ignored = titles.iter().zip(&table.columns).filter(|(title, column)| **column == Column::Ignored && !is_own(title));
        table.ignored = ignored.map(|(title, _)| title.trim().to_owned()).filter(|title| !title.is_empty()).collect();
        let named = [Column::Name, Column::Surname, Column::First, Column::Company];
        match table.columns.iter().any(|column| named.contains(column)) {
            true => Ok(table),
            false => Err(Error::NoNameColumn { columns: titles.iter().map(|title| excerpt(title)).collect() }),
        }
    }

    /// Headings of columns that are not taken.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The next row that is not empty.
    pub fn next(&mut self) -> Result<Option<Found>> {
        loop {
            let Some((line, record)) = self.record()? else { return Ok(None) };
            let cells = match record {
                Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => continue,
                Ok(cells) => cells,
                Err(fault) => return Ok(Some(Found { line, owner: Err(fault) })),
            };
            let owner = self.entered(&cells).and_then(|(sort, entered)| {
                let mut owner = Owner::blank(sort);
                entered.apply(&mut owner)?;
                Ok(owner)
            });
            return Ok(Some(Found { line, owner: owner.map_err(|error| Fault(error.message())) }));
        }
    }

    /// A record and the line that it begins at. One whose quotes are broken ends at its first line, so that the rest is not lost with it.
    fn record(&mut self) -> Result<Option<Record>> {
        let Some((number, first)) = self.lines.line()? else { return Ok(None) };
        let mut quotes = Quotes { at: At::FieldStart, delimiter: self.delimiter };
        let mut text = first;
        let mut more: Vec<(u64, String)> = Vec::new();
        let broken = loop {
            let last = more.last().map_or(text.as_str(), |(_, line)| line);
            match quotes.line(last) {
                Ok(true) => break false,
                Ok(false) => {}
                Err(Broken) => break true,
            }
            match self.lines.line()? {
                Some(line) if more.len() < MOST_LINES && more.iter().map(|(_, line)| line.len()).sum::<usize>() < MOST_BYTES => {
                    more.push(line)
                }
                line => {
                    more.extend(line);
                    break true;
                }
            }
        };
        if broken {
            self.lines.put_back(more.into_iter());
            let fault = tr(format!("кавычки не сходятся: {}", excerpt(&text)), format!("broken quotes: {}", excerpt(&text)));
            return Ok(Some((number, Err(Fault(fault)))));
        }
        more.iter().for_each(|(_, line)| {
            text.push('\n');
            text.push_str(line);
        });
        Ok(Some((number, Ok(cells(&text, self.delimiter)))))
    }

    fn entered(&self, cells: &[String]) -> Result<(Sort, Entered)> {
        let mut entered = Entered::default();
        let mut names: [String; 4] = Default::default();
        let mut sort = self.sort;
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = plain(cell);
            if cell.is_empty() {
                continue;
            }
            let field = match column {
                Column::Surname => &mut names[1],
                Column::First => &mut names[2],
                Column::Middle => &mut names[3],
                Column::Name => &mut names[0],
                Column::Company => entered.company.get_or_insert_default(),
                Column::Job => entered.job.get_or_insert_default(),
                Column::Email => entered.email.get_or_insert_default(),
                Column::Web => entered.web.get_or_insert_default(),
                Column::Notes => entered.notes.get_or_insert_default(),
                Column::Number(kind) => {
                    entered.added.extend(numbers(cell, *kind, sort)?);
                    continue;
                }
                Column::Type => {
                    sort = if cell == Sort::Account.key() { Sort::Account } else { Sort::Contact };
                    continue;
                }
                Column::Ignored => continue,
            };
            match (column, field.is_empty()) {
                (_, true) => *field = cell.to_owned(),
                (Column::Notes, false) => *field += &format!("\n{cell}"),
                // The first of several addresses is the one that counts.
                (..) => {}
            }
        }
        let [whole, parts @ ..] = names;
        let parts = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        let name = if parts.is_empty() { whole } else { parts };
        Ok(match (name.is_empty(), entered.company.take()) {
            // A row that names only a company is that company.
            (true, Some(company)) => (Sort::Account, Entered { name: Some(company), ..entered }),
            (_, company) => (sort, Entered { name: Some(name), company, ..entered }),
        })
    }
}

/// Whether a column is one that our own export writes and nobody can enter.
fn is_own(title: &str) -> bool {
    OWN.contains(&title.trim())
}

/// A cell as it was before it was made harmless for a spreadsheet.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '\t']) => rest,
        _ => cell,
    }
}

/// The numbers of a cell: one, or several with commas, semicolons or lines between them; before each perhaps its kind.
fn numbers(cell: &str, kind: Option<Kind>, sort: Sort) -> Result<Vec<Number>> {
    let number = |text: &str| {
        let number = numbered(text, sort)?;
        let said = text.contains(':') && !text.starts_with("sip:");
        Ok(Number { kind: kind.filter(|_| !said).unwrap_or(number.kind), ..number })
    };
    // «8 (495) 123-45-67, доб. 101» is one number with a comma in it.
    if Dial::parse(cell).is_ok() {
        return Ok(vec![number(cell)?]);
    }
    let mut all: Vec<String> = Vec::new();
    for part in cell.split([',', ';', '\n', '|']).flat_map(|part| part.split(":::")) {
        let mut begins = true;
        for word in part.split_whitespace() {
            let is_kind = word.split_once(':').is_some_and(|(kind, _)| <Kind as clap::ValueEnum>::from_str(kind, true).is_ok());
            match all.last_mut() {
                Some(last) if !begins && !is_kind => *last += &format!(" {word}"),
                _ => all.push(word.to_owned()),
            }
            begins = false;
        }
    }
    all.iter().map(|text| number(text)).collect()
}

/// The character that stands in the heading most often.
fn usual_delimiter(heading: &str) -> u8 {
    let count = |delimiter: &u8| heading.bytes().filter(|byte| byte == delimiter).count();
    *[b',', b';', b'\t'].iter().max_by_key(|delimiter| (count(delimiter), **delimiter == b',')).unwrap_or(&b',')
}

fn columns(titles: &[String], map: &[(String, String)]) -> Result<Vec<Column>> {
    for (title, field) in map {
        if !titles.iter().any(|known| fold(known) == fold(title)) {
            return Err(Error::Usage(tr(
                format!("--map: в файле нет столбца «{title}»"),
                format!("--map: the file has no column '{title}'"),
            )));
        }
        if by_name(field).is_none() {
            return Err(Error::Usage(tr(
                format!(
                    "--map: нет поля «{field}»; есть name, company, job, email, web, notes, mobile, work, main, home, extension, fax, skip"
                ),
                format!(
                    "--map: no field '{field}'; there are name, company, job, email, web, notes, mobile, work, main, home, extension, fax, skip"
                ),
            )));
        }
    }
    let said = |title: &String| map.iter().find(|(known, _)| fold(known) == fold(title)).and_then(|(_, field)| by_name(field));
    let mut columns: Vec<Column> = titles.iter().map(|title| said(title).unwrap_or_else(|| by_title(&fold(title)))).collect();
    // «Имя» beside «Фамилия» is the first name.
    if columns.contains(&Column::Surname) {
        columns.iter_mut().filter(|column| **column == Column::Name).for_each(|column| *column = Column::First);
    }
    Ok(columns)
}

/// A field as `--map` and our own heading name it.
fn by_name(field: &str) -> Option<Column> {
    Some(match field {
        "name" => Column::Name,
        "surname" => Column::Surname,
        "first" => Column::First,
        "middle" => Column::Middle,
        "company" => Column::Company,
        "job" => Column::Job,
        "email" => Column::Email,
        "web" => Column::Web,
        "notes" => Column::Notes,
        "numbers" | "number" => Column::Number(None),
        "type" => Column::Type,
        "skip" => Column::Ignored,
        kind => Column::Number(Some(<Kind as clap::ValueEnum>::from_str(kind, false).ok()?)),
    })
}

/// What a folded heading of other programs means: Outlook's, Google's, Yandex's, Mango's, in both languages.
fn by_title(title: &str) -> Column {
    if let Some(own) = by_name(title) {
        return own;
    }
    let has = |part: &str| title.contains(part);
    match title {
        "фио"
        | "ф и о"
        | "имя фамилия"
        | "фамилия имя"
        | "фамилия имя отчество"
        | "имя"
        | "полное имя"
        | "контакт"
        | "наименование"
        | "название"
        | "full name"
        | "display name"
        | "contact"
        | "contact name"
        | "file as" => Column::Name,
        "фамилия" | "last name" | "family name" => Column::Surname,
        "first name" | "given name" => Column::First,
        "отчество" | "второе имя" | "middle name" | "additional name" => Column::Middle,
        "компания"
        | "организация"
        | "контрагент"
        | "фирма"
        | "место работы"
        | "organization"
        | "organisation"
        | "organization name"
        | "organization 1 name"
        | "company name"
        | "account name" => Column::Company,
        "должность" | "job title" | "title" | "position" | "organization title" | "organization 1 title" => Column::Job,
        "почта"
        | "эл почта"
        | "электронная почта"
        | "эл адрес"
        | "адрес электронной почты"
        | "e mail"
        | "mail"
        | "email address"
        | "e mail address"
        | "e mail 1 value" => Column::Email,
        "сайт" | "веб сайт" | "web page" | "website" | "site" | "url" | "website 1 value" => Column::Web,
        "заметки" | "заметка" | "примечание" | "примечания" | "комментарий" | "note" | "comment" | "comments" => {
            Column::Notes
        }
        _ if title.ends_with("label") || title.ends_with("type") => Column::Ignored,
        _ if has("факс") || has("fax") => Column::Number(Some(Kind::Fax)),
        _ if has("мобильн") || has("сотов") || has("mobile") || has("cell") => Column::Number(Some(Kind::Mobile)),
        "рабочий" | "рабочий номер" => Column::Number(Some(Kind::Work)),
        "домашний" | "домашний номер" => Column::Number(Some(Kind::Home)),
        "основной" | "основной номер" => Column::Number(Some(Kind::Main)),
        "добавочный" | "внутренний" | "внутренний номер" | "ext" => {
            Column::Number(Some(Kind::Extension))
        }
        _ if has("телефон") || has("phone") || has("тел ") || title == "тел" || title == "tel" || title == "номер" || title == "номера" => {
            Column::Number(match title {
                _ if has("рабоч") || has("work") || has("business") => Some(Kind::Work),
                _ if has("домашн") || has("home") => Some(Kind::Home),
                _ if has("основн") || has("main") || has("primary") => Some(Kind::Main),
                _ => None,
            })
        }
        _ => Column::Ignored,
    }
}

/// Where in a row a quote may open, close or be doubled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    FieldStart,
    Plain,
    Quoted,
    AfterQuote,
}

struct Quotes {
    at: At,
    delimiter: u8,
}

/// Something stands between a closing quote and the next value.
struct Broken;

impl Quotes {
    /// Whether the row ends with this line. The crate that reads values would take the rest of the file for one value if a quote
    /// is not closed, and says nothing of one that is closed too early.
    fn line(&mut self, line: &str) -> Result<bool, Broken> {
        for byte in line.bytes() {
            self.at = match (self.at, byte) {
                (At::FieldStart | At::AfterQuote, b'"') => At::Quoted,
                (At::Quoted, b'"') => At::AfterQuote,
                (At::Quoted, _) => At::Quoted,
                (_, byte) if byte == self.delimiter => At::FieldStart,
                (At::AfterQuote, b' ') => At::AfterQuote,
                (At::AfterQuote, _) => return Err(Broken),
                _ => At::Plain,
            };
        }
        Ok(self.at != At::Quoted)
    }
}

fn cells(text: &str, delimiter: u8) -> Vec<String> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let (mut out, mut ends) = (vec![0; text.len() + 1], vec![0; text.bytes().filter(|byte| *byte == delimiter).count() + 2]);
    let (mut input, mut written, mut ended) = (text.as_bytes(), 0, 0);
    loop {
        let (result, read, wrote, fields) = reader.read_record(input, &mut out[written..], &mut ends[ended..]);
        (input, written, ended) = (&input[read..], written + wrote, ended + fields);
        if matches!(result, ReadRecordResult::Record | ReadRecordResult::End) {
            break;
        }
    }
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let cell = |(start, end): (usize, &usize)| String::from_utf8_lossy(&out[start..*end]).into_owned();
    starts.zip(&ends[..ended]).map(cell).collect()
}
