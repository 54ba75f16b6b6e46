//! People on their way into a file and out of one: CSV and vCard.

mod csv;
#[cfg(test)]
mod tests;
pub mod text;
mod vcard;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use encoding_rs::Encoding;

use self::csv::Table;
use self::text::Lines;
use self::vcard::Cards;
use super::{Owner, Sort};
use crate::error::Result;

/// How people are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// A table
    Csv,
    /// Cards
    Vcard,
}

/// Why a row is refused, in the person's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// Somebody in a file, or a row that makes nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it begins, counted from 1
    pub line: u64,
    /// Who
    pub owner: std::result::Result<Owner, Fault>,
}

/// How to read a file.
#[derive(Clone, Debug)]
pub struct Reading {
    /// CSV or cards
    pub form: Form,
    /// Of whom a table tells
    pub sort: Sort,
    /// `None` for what the file says itself
    pub encoding: Option<&'static Encoding>,
    /// Between the values of a table
    pub delimiter: Option<u8>,
    /// Columns whose headings we do not know, and what they hold
    pub map: Vec<(String, String)>,
}

/// A file that is read one person at a time.
pub struct People {
    rows: Rows,
    read: Arc<AtomicU64>,
}

enum Rows {
    Table(Table),
    Cards(Cards),
}

impl Form {
    /// By the end of the file's name; a table unless that says otherwise.
    pub fn of(path: &Path) -> Form {
        match path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("vcf" | "vcard") => Form::Vcard,
            _ => Form::Csv,
        }
    }
}

impl People {
    /// Opens it: a table's heading is read and understood here.
    pub fn begin(file: impl Read + Send + 'static, reading: &Reading) -> Result<People> {
        let lines = Lines::of(file, reading.encoding)?;
        let read = lines.read();
        let rows = match reading.form {
            Form::Csv => Rows::Table(Table::begin(lines, reading.sort, reading.delimiter, &reading.map)?),
            Form::Vcard => Rows::Cards(Cards::begin(lines)),
        };
        Ok(People { rows, read })
    }

    /// How many bytes have been read; another thread may look.
    pub fn read(&self) -> Arc<AtomicU64> {
        self.read.clone()
    }

    /// Headings of columns that are not taken.
    pub fn ignored(&self) -> &[String] {
        match &self.rows {
            Rows::Table(table) => table.ignored(),
            Rows::Cards(_) => &[],
        }
    }
}

impl Iterator for People {
    type Item = Result<Found>;

    /// An error here means the file as a whole; what is wrong with one row is in its [`Found`].
    fn next(&mut self) -> Option<Result<Found>> {
        match &mut self.rows {
            Rows::Table(table) => table.next().transpose(),
            Rows::Cards(cards) => cards.next().transpose(),
        }
    }
}

/// Somebody as a card.
pub fn card(owner: &Owner) -> String {
    vcard::written(owner)
}
