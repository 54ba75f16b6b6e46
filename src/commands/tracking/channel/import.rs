//! `mango tracking channel import`: channels from a table, all of them or none.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{checked, line_number};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::Channel;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `tracking channel import`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ФАЙЛ", "FILE"), help = tr("CSV со столбцами number, name, source, medium, campaign", "CSV with the columns number, name, source, medium, campaign"))]
    file: PathBuf,
}

/// Refused rows that are named; more of them are counted.
const NAMED: usize = 20;

/// Runs it. Errors: 2 when a row is refused, with the numbers of the lines; then nothing is taken in.
pub fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let bytes = std::fs::read(&args.file).map_err(|source| Error::Io { path: args.file.clone(), source })?;
    let channels = read(&bytes).map_err(|refused| refusal(&args.file, &refused))?;
    let journal = ctx.journal()?;
    let known: HashMap<String, Channel> = journal.channels()?.into_iter().map(|channel| (channel.number.clone(), channel)).collect();
    let added = channels.iter().filter(|channel| !known.contains_key(&channel.number)).count();
    let changed = channels.iter().filter(|channel| known.get(&channel.number).is_some_and(|before| before != *channel)).count();
    journal.set_channels(&channels)?;
    ui.one(&Imported { channels: channels.len(), added, changed })
}

/// The channels in a table, or every row that is wrong with the number of its line.
fn read(bytes: &[u8]) -> std::result::Result<Vec<Channel>, Vec<String>> {
    let at = |line: u64, why: String| tr(format!("строка {line}: {why}"), format!("line {line}: {why}"));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut table = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
    let mut columns = Columns::usual();
    let (mut channels, mut refused): (Vec<Channel>, Vec<String>) = (Vec::new(), Vec::new());
    let mut lines: HashMap<String, u64> = HashMap::new();
    for (n, row) in table.records().enumerate() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                refused.push(at(line, tr("не читается; нужен UTF-8", "cannot be read; UTF-8 is needed").into()));
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        if n == 0
            && let Some(named) = Columns::of_heading(&row)
        {
            columns = named;
            continue;
        }
        if row.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        match columns.channel(&row) {
            Err(error) => refused.push(at(line, error.message())),
            Ok(channel) => match lines.insert(channel.number.clone(), line) {
                Some(first) => {
                    refused.push(at(line, tr(format!("тот же номер, что в строке {first}"), format!("the same number as in line {first}"))))
                }
                None => channels.push(channel),
            },
        }
    }
    match refused.is_empty() {
        true => Ok(channels),
        false => Err(refused),
    }
}

/// Tables made in Russia are separated by semicolons.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|wanted| (count(*wanted), *wanted == b',')).unwrap_or(b',')
}

/// Where each of [`Columns::NAMES`] stands.
struct Columns([Option<usize>; 5]);

impl Columns {
    const NAMES: [&'static str; 5] = ["number", "name", "source", "medium", "campaign"];

    fn usual() -> Columns {
        Columns([Some(0), Some(1), Some(2), Some(3), Some(4)])
    }

    /// A row that names the column of numbers is a heading.
    fn of_heading(row: &csv::StringRecord) -> Option<Columns> {
        let columns = Columns::NAMES.map(|name| row.iter().position(|field| field.trim().eq_ignore_ascii_case(name)));
        columns[0].map(|_| Columns(columns))
    }

    fn channel(&self, row: &csv::StringRecord) -> Result<Channel> {
        let [number, name, source, medium, campaign] = self.0.map(|place| place.and_then(|place| row.get(place)));
        checked(line_number(number.unwrap_or_default())?, name.unwrap_or_default(), [source, medium, campaign])
    }
}

fn refusal(file: &Path, refused: &[String]) -> Error {
    let mut text = refused.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    if let Some(more) = refused.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text += &tr(format!("; и ещё {more}"), format!("; and {more} more"));
    }
    let file = file.display();
    Error::Usage(tr(format!("{file}, ничего не загружено: {text}"), format!("{file}, nothing was imported: {text}")))
}

#[derive(Serialize)]
struct Imported {
    channels: usize,
    added: usize,
    changed: usize,
}

impl Row for Imported {
    fn columns() -> Vec<Column> {
        vec![
            ("channels", tr("каналов в файле", "channels in the file")),
            ("added", tr("новых", "new")),
            ("changed", tr("изменено", "changed")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        [self.channels, self.added, self.changed].map(|count| Cell::Count(count as i64)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(table: &str) -> Vec<(String, String)> {
        read(table.as_bytes()).unwrap().into_iter().map(|channel| (channel.number, channel.name)).collect()
    }

    #[test]
    fn tables_are_read_with_a_heading_and_without_and_however_they_are_separated() {
        let expected = [("74950000010".to_owned(), "Газета «Метро»".to_owned()), ("78000000010".to_owned(), "Радио".to_owned())];
        for table in [
            "number,name\n+7 (495) 000-00-10,Газета «Метро»\n88000000010,Радио\n",
            "\u{feff}number;name;source\r\n84950000010;\"Газета «Метро»\";\r\n78000000010;Радио;radio\r\n",
            "74950000010,Газета «Метро»\n\n 78000000010 , Радио \n,,\n",
            "Name\tNumber\nГазета «Метро»\t84950000010\nРадио\t8 800 000-00-10\n",
        ] {
            assert_eq!(names(table), expected, "{table}");
        }
        let whole = read("number,name,source,medium,campaign\n74950000010,Метро,metro,print,spring\n".as_bytes()).unwrap();
        let word = |word: &str| Some(word.to_owned());
        assert_eq!((&whole[0].source, &whole[0].medium, &whole[0].campaign), (&word("metro"), &word("print"), &word("spring")));
        assert_eq!(names(""), []);
    }

    #[test]
    fn every_refused_row_is_named_by_its_line() {
        let table = "number,name\n74950000010,Метро\n101,Радио\n84950000010,Другое\n74950000011,\nне номер,Газета\n";
        let refused = read(table.as_bytes()).unwrap_err();
        let lines: Vec<&str> = refused.iter().map(|row| row.split(':').next().unwrap().rsplit(' ').next().unwrap()).collect();
        assert_eq!(lines, ["3", "4", "5", "6"], "{refused:?}");
        assert!(read(b"number,name\n74950000010,\xcc\xe5\xf2\xf0\xee\n").is_err());
        let long = format!("74950000010,{}\n", "я".repeat(300));
        assert!(read(long.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_table_makes_it_panic_and_no_number_comes_twice(bytes in proptest::collection::vec(any::<u8>(), 0..300), rows in proptest::collection::vec("[0-9+;,\" a-zа-я]{0,20}", 0..20)) {
            for bytes in [bytes.as_slice(), rows.join("\n").as_bytes()] {
                if let Ok(channels) = read(bytes) {
                    let mut numbers: Vec<_> = channels.iter().map(|channel| &channel.number).collect();
                    numbers.sort();
                    numbers.dedup();
                    prop_assert_eq!(numbers.len(), channels.len());
                    prop_assert!(channels.iter().all(|channel| !channel.name.is_empty()));
                }
            }
        }
    }
}
