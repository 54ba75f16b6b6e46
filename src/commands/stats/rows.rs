//! What `stats` tells programs: one document, or one of its four tables.

use jiff::civil::Date;
use serde::Serialize;

use super::By;
use crate::error::Result;
use crate::journal::{Load, Scope, Tally};
use crate::pbx::directory::User;
use crate::text::tr;
use crate::time::{day, now, weekdays, zone};
use crate::ui::{Cell, Column, Row, Ui, moment};

/// The document; its keys are a contract.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(serialize_with = "moment")]
    pub since: Option<i64>,
    #[serde(serialize_with = "moment")]
    pub until: Option<i64>,
    zone: Option<String>,
    pub totals: Counts,
    pub longest_unanswered: Option<Unanswered>,
    pub hours: Vec<HourRow>,
    pub days: Vec<DayRow>,
    pub employees: Vec<EmployeeRow>,
    pub lines: Vec<LineRow>,
    #[serde(skip)]
    pub load: Load,
}

/// Calls counted together.
#[derive(Clone, Serialize)]
pub(super) struct Counts {
    pub calls: u64,
    pub incoming: u64,
    pub outgoing: u64,
    pub internal: u64,
    pub answered: u64,
    pub missed: u64,
    pub average_wait: Option<i64>,
    pub talk: i64,
    pub average_talk: Option<i64>,
    /// The most calls that a row of the same table has
    #[serde(skip)]
    pub most: u64,
}

/// The missed call that waited longest.
#[derive(Serialize)]
pub(super) struct Unanswered {
    entry_id: String,
    #[serde(serialize_with = "moment")]
    pub started_at: Option<i64>,
    pub number: Option<String>,
    pub wait: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct HourRow {
    weekday: &'static str,
    hour: usize,
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip)]
    shown: &'static str,
}

#[derive(Serialize)]
pub(super) struct DayRow {
    pub date: Date,
    #[serde(flatten)]
    pub counts: Counts,
    /// What people call it, if it is more than a day
    #[serde(skip)]
    pub name: Option<String>,
}

#[derive(Serialize)]
pub(super) struct EmployeeRow {
    pub employee: Option<String>,
    pub employee_name: Option<String>,
    #[serde(flatten)]
    pub counts: Counts,
}

#[derive(Serialize)]
pub(super) struct LineRow {
    pub line: Option<String>,
    #[serde(flatten)]
    pub counts: Counts,
}

impl Report {
    pub fn new(load: Load, scope: &Scope, employees: Vec<User>) -> Report {
        let name = |extension: &Option<String>| {
            employees.iter().find(|user| user.extension.is_some() && user.extension == *extension)?.name.clone()
        };
        let most = most(load.employees.iter().map(|(_, tally)| tally));
        let employees = load.employees.iter().map(|(employee, tally)| EmployeeRow {
            employee: employee.clone(),
            employee_name: name(employee),
            counts: Counts::of(tally, most),
        });
        let longest = load.longest_unanswered.as_ref().map(|entry| Unanswered {
            entry_id: entry.entry_id.clone(),
            started_at: entry.facts.started_at,
            number: entry.facts.other_number().map(str::to_owned),
            wait: entry.facts.wait(),
        });
        Report {
            since: scope.since,
            until: scope.until.or(Some(now().as_second())),
            zone: zone().iana_name().map(str::to_owned),
            totals: Counts::of(&load.totals, load.totals.calls),
            longest_unanswered: longest,
            hours: hours(&load),
            days: days(&load.days),
            employees: employees.collect(),
            lines: lines(&load),
            load,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.totals.calls == 0
    }

    /// One of the four tables.
    pub fn table(&self, by: By, ui: &mut Ui) -> Result<()> {
        match by {
            By::Hour => ui.all(&self.hours),
            By::Day => ui.all(&self.days),
            By::Employee => ui.all(&self.employees),
            By::Line => ui.all(&self.lines),
        }
    }
}

fn most<'a>(tallies: impl Iterator<Item = &'a Tally>) -> u64 {
    tallies.map(|tally| tally.calls).max().unwrap_or(0)
}

fn hours(load: &Load) -> Vec<HourRow> {
    const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let most = most(load.hours.iter().flatten());
    let days = WEEKDAYS.into_iter().zip(weekdays()).zip(load.hours.iter());
    let row = |weekday, shown, hour, tally| HourRow { weekday, hour, counts: Counts::of(tally, most), shown };
    days.flat_map(|((weekday, shown), hours)| hours.iter().enumerate().map(move |(hour, tally)| row(weekday, shown, hour, tally))).collect()
}

/// Rows for days, or for what days were put together to.
pub(super) fn days(days: &[(Date, Tally)]) -> Vec<DayRow> {
    let most = most(days.iter().map(|(_, tally)| tally));
    days.iter().map(|(date, tally)| DayRow { date: *date, counts: Counts::of(tally, most), name: None }).collect()
}

fn lines(load: &Load) -> Vec<LineRow> {
    let most = most(load.lines.iter().map(|(_, tally)| tally));
    load.lines.iter().map(|(line, tally)| LineRow { line: line.clone(), counts: Counts::of(tally, most) }).collect()
}

impl Counts {
    fn of(tally: &Tally, most: u64) -> Counts {
        Counts {
            calls: tally.calls,
            incoming: tally.incoming,
            outgoing: tally.outgoing,
            internal: tally.internal,
            answered: tally.answered,
            missed: tally.missed,
            average_wait: tally.average_wait(),
            talk: tally.talk,
            average_talk: tally.average_talk(),
            most,
        }
    }

    fn columns(own: &[Column]) -> Vec<Column> {
        let counts = [
            ("calls", tr("звонков", "calls")),
            ("incoming", tr("вход.", "in")),
            ("outgoing", tr("исход.", "out")),
            ("internal", tr("внутр.", "internal")),
            ("answered", tr("отвечено", "answered")),
            ("missed", tr("пропущено", "missed")),
            ("average_wait", tr("ждали", "wait")),
            ("talk", tr("разговоры", "talk")),
            ("average_talk", tr("разговор", "average")),
        ];
        [own, &counts].concat()
    }

    fn cells(&self, own: Vec<Cell>) -> Vec<Cell> {
        let count = |count: u64| Cell::Count(i64::try_from(count).unwrap_or(i64::MAX));
        let counts = [
            Cell::Bar { count: self.calls, most: self.most },
            count(self.incoming),
            count(self.outgoing),
            count(self.internal),
            count(self.answered),
            count(self.missed),
            Cell::seconds(self.average_wait),
            Cell::Seconds(self.talk),
            Cell::seconds(self.average_talk),
        ];
        own.into_iter().chain(counts).collect()
    }
}

/// What a narrow terminal goes without.
const OPTIONAL: &[&str] = &["internal", "average_talk", "talk", "outgoing", "incoming", "average_wait"];

impl Row for HourRow {
    fn columns() -> Vec<Column> {
        Counts::columns(&[("weekday", tr("день", "day")), ("hour", tr("час", "hour"))])
    }

    fn optional() -> &'static [&'static str] {
        OPTIONAL
    }

    fn cells(&self) -> Vec<Cell> {
        let weekday = Cell::Told { people: self.shown.into(), programs: self.weekday.into() };
        self.counts.cells(vec![weekday, Cell::Count(self.hour as i64)])
    }
}

impl Row for DayRow {
    fn columns() -> Vec<Column> {
        Counts::columns(&[("date", tr("день", "day"))])
    }

    fn optional() -> &'static [&'static str] {
        OPTIONAL
    }

    fn cells(&self) -> Vec<Cell> {
        self.counts.cells(vec![Cell::Told { people: self.name.clone().unwrap_or_else(|| day(self.date)), programs: self.date.to_string() }])
    }
}

impl Row for EmployeeRow {
    fn columns() -> Vec<Column> {
        Counts::columns(&[("employee", tr("доб.", "ext")), ("employee_name", tr("сотрудник", "employee"))])
    }

    fn optional() -> &'static [&'static str] {
        OPTIONAL
    }

    fn cells(&self) -> Vec<Cell> {
        let nobody = || Cell::Told { people: nobody().into(), programs: String::new() };
        let employee = self.employee.clone().map_or_else(nobody, Cell::Text);
        self.counts.cells(vec![employee, Cell::text(&self.employee_name)])
    }
}

impl Row for LineRow {
    fn columns() -> Vec<Column> {
        Counts::columns(&[("line", tr("линия", "line"))])
    }

    fn optional() -> &'static [&'static str] {
        OPTIONAL
    }

    fn cells(&self) -> Vec<Cell> {
        let none = || Cell::Told { people: no_line().into(), programs: String::new() };
        self.counts.cells(vec![self.line.clone().map_or_else(none, Cell::Number)])
    }
}

/// Whose calls they are that reached no employee.
pub(super) fn nobody() -> &'static str {
    tr("(никто)", "(nobody)")
}

/// Where calls came in that came in nowhere.
pub(super) fn no_line() -> &'static str {
    tr("(без линии)", "(no line)")
}
