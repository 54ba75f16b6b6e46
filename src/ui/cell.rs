//! A value as people and as programs read it.

use jiff::Timestamp;

use crate::chart;
use crate::text::printable;
use crate::time;

/// A value on its way to a cell: how it looks depends on who reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing known
    Empty,
    /// Anything; control characters are taken out
    Text(String),
    /// Never cut: what is to be typed to mean this one, a number with a name
    Id(String),
    /// Something to notice, in colour: a missed call
    Warning(String),
    /// Unix seconds: relative and local for people, RFC 3339 for programs
    Time(i64),
    /// Unix seconds, as `14:05:09` for people: the day is said elsewhere
    Clock(i64),
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

    /// A word of the PBX's: for people in their language, where it has been translated.
    pub fn word(word: &Option<String>, translated: Option<&str>) -> Cell {
        match (word, translated) {
            (Some(word), Some(people)) => Cell::Told { people: people.to_owned(), programs: word.clone() },
            _ => Cell::text(word),
        }
    }

    /// A telephone number, if there is one.
    pub fn number(number: &Option<String>) -> Cell {
        number.clone().map_or(Cell::Empty, Cell::Number)
    }

    /// A moment for a list, if it is known.
    pub fn time(at: Option<i64>) -> Cell {
        at.map_or(Cell::Empty, Cell::Time)
    }

    /// A moment of a known day, if it is known.
    pub fn clock(at: Option<i64>) -> Cell {
        at.map_or(Cell::Empty, Cell::Clock)
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

/// Columns of the longest bar in a table, where there is room.
pub(super) const BAR: u64 = 20;

/// A cell as a person reads it, without colour.
pub(super) fn for_people(cell: &Cell, bar: u64) -> String {
    let at = |seconds: &i64| Timestamp::from_second(*seconds).ok();
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Id(text) | Cell::Warning(text) | Cell::Told { people: text, .. } => printable(text).into_owned(),
        Cell::Time(seconds) => at(seconds).map(|at| time::relative(at, time::now(), &time::zone())).unwrap_or_default(),
        Cell::Clock(seconds) => at(seconds).map(time::to_the_second).unwrap_or_default(),
        Cell::Moment(seconds) => at(seconds).map(time::full).unwrap_or_default(),
        Cell::Due { at: seconds, .. } => at(seconds).map(|at| time::upcoming(at, time::now(), &time::zone())).unwrap_or_default(),
        Cell::Seconds(seconds) => time::duration(*seconds),
        Cell::Count(count) => count.to_string(),
        Cell::Bar { count, most } => format!("{} {count}", chart::bar(*count, *most, bar)).trim_start().to_owned(),
        Cell::Number(number) => crate::phone::shown(number),
    }
}

/// A cell for a program.
pub(super) fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Id(text) | Cell::Warning(text) | Cell::Told { programs: text, .. } => printable(text).into_owned(),
        Cell::Number(number) => printable(number).into_owned(),
        Cell::Time(at) | Cell::Clock(at) | Cell::Moment(at) | Cell::Due { at, .. } => rfc3339(*at).unwrap_or_default(),
        Cell::Seconds(number) | Cell::Count(number) => number.to_string(),
        Cell::Bar { count, .. } => count.to_string(),
    }
}

/// A cell for a spreadsheet, which would take a name that begins with `=` for a formula.
pub(super) fn defused(cell: &Cell) -> String {
    match (cell, plain(cell)) {
        (Cell::Text(text), shown) if text.starts_with(['=', '+', '-', '\t']) => format!("'{shown}"),
        (_, shown) => shown,
    }
}

/// Unix seconds as RFC 3339 in the person's zone.
pub fn rfc3339(at: i64) -> Option<String> {
    Timestamp::from_second(at).ok().map(time::rfc3339)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_formula_to_a_spreadsheet() {
        assert_eq!(defused(&Cell::Text("=HYPERLINK(1)".into())), "'=HYPERLINK(1)");
        assert_eq!(defused(&Cell::Text("@1".into())), "@1");
        assert_eq!(defused(&Cell::Count(-5)), "-5");
    }
}
