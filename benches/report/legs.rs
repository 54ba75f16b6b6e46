//! The base report read into legs, beside the bare `csv` crate that looks at no field.

use std::fmt::Write;

use mango::pbx::statistics::parse_legs;

use crate::Figure;
use crate::process::repeated;

const RUNS: usize = 3;

/// As many legs as a million calls have, in one text.
pub fn read(calls: u64) -> Figure {
    let rows = calls + calls / 4;
    let mut text = String::new();
    (0..rows).for_each(|n| write_row(&mut text, n));
    let (bare, records) = repeated(RUNS, || records(&text));
    let (ours, (legs, last)) = repeated(RUNS, || {
        let mut legs = parse_legs(&text, 0).unwrap();
        (legs.len() as u64, legs.pop().unwrap())
    });
    assert_eq!((legs, records), (rows, rows), "rows of the report");
    assert_eq!(last.entry_id, Some(entry_id(rows - 1)), "the last leg");
    let rate = |seconds: f64| text.len() as f64 / 1e6 / seconds;
    Figure {
        what: format!("base report of {rows} legs, {:.0} MB, within one process", text.len() as f64 / 1e6),
        ours: format!("{:.0} MB/s", rate(ours)),
        yardstick: format!("`csv` without looking at a field {:.0} MB/s; {:.2}×", rate(bare), bare / ours),
        wanted: "200 MB/s",
        memory: "—".into(),
    }
}

/// The yardstick: where every field begins and ends, and nothing more.
fn records(text: &str) -> u64 {
    let mut rows = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).quoting(false).flexible(true).from_reader(text.as_bytes());
    let (mut row, mut count) = (csv::ByteRecord::new(), 0);
    while rows.read_byte_record(&mut row).unwrap() {
        count += 1;
    }
    count
}

/// A call is a leg of the menu and one of the employee; some of the latter have a recording, others were not answered.
fn write_row(text: &mut String, n: u64) {
    let (call, at) = (n / 2, 1_767_225_600 + n * 25);
    let (entry, caller, line) = (entry_id(n), call * 997 % 1_000_000_000, call % 5);
    let extension = 101 + call % 20;
    let row = match n % 4 {
        0 | 2 => format!("[];{at};{};{at};;79{caller:09};;ivr;1100;749500000{line:02};ivr;{at};{entry}", at + 9),
        1 => format!(
            "[MToxMDAwMDAwMToyMTQ3{call:010}OjA=];{};{};{};;79{caller:09};{extension};sip:user{extension}@demo.mangosip.ru;1110;749500000{line:02};abonent;{at};{entry}",
            at + 9,
            at + 134,
            at + 14
        ),
        _ => format!(
            "[];{};{};0;;79{caller:09};{extension};sip:user{extension}@demo.mangosip.ru;1121;749500000{line:02};abonent;{at};{entry}",
            at + 9,
            at + 39
        ),
    };
    let _ = write!(text, "{row}\r\n");
}

fn entry_id(n: u64) -> String {
    format!("NjY0MzQ2{:010}==", n / 2)
}
