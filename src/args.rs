//! Values that flags of several commands share.

use serde::Deserialize;

use crate::text::tr;

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

/// Heading of the options that every command understands.
pub fn common_heading() -> &'static str {
    tr("Общие параметры", "Global options")
}

/// As many as a database can count.
const MOST: u64 = i64::MAX as u64;

/// A whole number from 1 on.
pub fn count(text: &str) -> Result<u64, String> {
    within(text, 1, MOST)
}

/// Seconds of a time-out.
pub fn seconds(text: &str) -> Result<u64, String> {
    within(text, 1, 3600)
}

/// Seconds that may be none: of waiting, until something happens.
pub fn some_seconds(text: &str) -> Result<u64, String> {
    within(text, 0, 86_400)
}

/// Days of a made-up history.
pub fn days(text: &str) -> Result<u32, String> {
    within(text, 1, 3650).map(|days| days as u32)
}

fn within(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| match most {
        MOST => tr(format!("нужно целое число от {least}"), format!("a whole number from {least}")),
        _ => tr(format!("нужно целое число от {least} до {most}"), format!("a whole number from {least} to {most}")),
    })
}
