//! What `stats` shows people: a page at the terminal, a page for a browser.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::rows::{Counts, DayRow, EmployeeRow, LineRow, Report, days, no_line, nobody};
use crate::chart;
use crate::error::Result;
use crate::journal::Tally;
use crate::page::{Align, Field, Page, Stack, grouped};
use crate::phone::shown;
use crate::text::{percent, plural, tr};
use crate::time::{day, day_and_month, duration, full, month_and_year, weekdays, zone};
use crate::ui::Ui;

/// More than these are put together to weeks, and more weeks than these to months: for people, who look at a picture.
const MOST_DAYS: usize = 31;
const MOST_WEEKS: usize = 27;

/// Draws the week, and below it the tables.
pub(super) fn show(report: &Report, ui: &mut Ui) -> Result<()> {
    if report.is_empty() {
        return Ok(());
    }
    let width = ui.width().unwrap_or(usize::MAX);
    let mut lines = vec![summary(report)];
    lines.extend(longest(report));
    lines.push(String::new());
    lines.extend(chart::week(weekdays(), &hours(report), width, ui.is_colored()));
    ui.raw(&(lines.join("\n") + "\n\n"))?;
    ui.all(&Grain::of(report).days(report))?;
    ui.raw("\n")?;
    ui.all(&report.employees)?;
    ui.raw("\n")?;
    ui.all(&report.lines)
}

/// The same for a browser.
pub(super) fn page(report: &Report) -> Page {
    let grain = Grain::of(report);
    let columns = grain
        .merged(report)
        .iter()
        .map(|(date, tally)| Stack { name: grain.name(*date), label: grain.label(*date), parts: parts(tally) })
        .collect::<Vec<_>>();
    let totals = &report.totals;
    let part = |count: u64| (totals.calls > 0).then(|| percent(count as f64 / totals.calls as f64));
    let time = |seconds: Option<i64>| seconds.map_or("—".to_owned(), duration);
    let unanswered = report.longest_unanswered.as_ref();
    Page::new(tr("Звонки", "Calls"), &period(report.since, report.until))
        .figures(&[
            (tr("Всего", "Calls"), grouped(totals.calls), None),
            (tr("Отвечено", "Answered"), grouped(totals.answered), part(totals.answered)),
            (tr("Пропущено", "Missed"), grouped(totals.missed), part(totals.missed)),
            (tr("Ждали в среднем", "Average wait"), time(totals.average_wait), None),
            (tr("Средний разговор", "Average talk"), time(totals.average_talk), None),
            (
                tr("Дольше всех ждал", "Longest unanswered"),
                time(unanswered.and_then(|call| call.wait)),
                unanswered.and_then(|call| call.number.as_deref().map(shown)),
            ),
        ])
        .week(tr("По часам и дням недели", "By hour and weekday"), weekdays(), &hours(report))
        .stacks(grain.heading(), [tr("отвечено", "answered"), tr("пропущено", "missed"), tr("без ответа", "not answered")], &columns)
        .table(
            tr("По сотрудникам", "By employee"),
            &[vec![(tr("доб.", "ext"), Align::Left), (tr("сотрудник", "employee"), Align::Left)], counts()].concat(),
            &employees(&report.employees),
            None,
        )
        .table(tr("По линиям", "By line"), &[vec![(tr("линия", "line"), Align::Left)], counts()].concat(), &lines(&report.lines), None)
}

/// Answered, missed, and those that somebody else did not answer.
fn parts(tally: &Tally) -> [u64; 3] {
    [tally.answered, tally.missed, tally.calls.saturating_sub(tally.answered + tally.missed)]
}

fn hours(report: &Report) -> [[u64; 24]; 7] {
    report.load.hours.each_ref().map(|day| day.each_ref().map(|tally| tally.calls))
}

fn summary(report: &Report) -> String {
    let Counts { calls, incoming, outgoing, internal, answered, missed, .. } = report.totals;
    let calls = plural(calls, ["звонок", "звонка", "звонков"], ["call", "calls"]);
    let time = |seconds: Option<i64>| seconds.map_or("—".to_owned(), duration);
    let (wait, talk) = (time(report.totals.average_wait), time(report.totals.average_talk));
    let period = period(report.since, report.until);
    tr(
        format!(
            "{period}: {calls}. Входящих {incoming}, исходящих {outgoing}, внутренних {internal}; отвечено {answered}, пропущено {missed}.\n\
             В среднем ждали {wait}, говорили {talk}."
        ),
        format!(
            "{period}: {calls}. Incoming {incoming}, outgoing {outgoing}, internal {internal}; answered {answered}, missed {missed}.\n\
             Average wait {wait}, average talk {talk}."
        ),
    )
}

fn longest(report: &Report) -> Option<String> {
    let call = report.longest_unanswered.as_ref()?;
    let (wait, at) = (duration(call.wait?), full(Timestamp::from_second(call.started_at?).ok()?));
    let number = call.number.as_deref().map_or_else(|| tr("скрытый номер", "hidden number").to_owned(), shown);
    Some(tr(format!("Дольше всех без ответа ждали {wait}: {number}, {at}."), format!("Longest unanswered: {wait}, {number}, {at}.")))
}

/// `Wed 18 Nov 2026 – Tue 24 Nov 2026`
pub(in crate::commands) fn period(since: Option<i64>, until: Option<i64>) -> String {
    let date = |at: i64| Timestamp::from_second(at).map(|at| day(at.to_zoned(zone()).date())).unwrap_or_default();
    match (since.map(date), until.map(|until| date(until - 1))) {
        (Some(since), Some(until)) if since != until => format!("{since} – {until}"),
        (since, until) => since.or(until).unwrap_or_default(),
    }
}

fn counts() -> Vec<(&'static str, Align)> {
    let names = [
        tr("звонков", "calls"),
        tr("отвечено", "answered"),
        tr("пропущено", "missed"),
        tr("ждали", "wait"),
        tr("разговоры", "talk"),
        tr("в среднем", "average"),
    ];
    names.map(|name| (name, Align::Right)).into()
}

fn fields(counts: &Counts) -> [Field; 6] {
    let time = |seconds: Option<i64>| seconds.map_or(Field::None("—"), |seconds| Field::Text(duration(seconds)));
    [
        Field::Bar { count: counts.calls, most: counts.most },
        Field::Count(counts.answered),
        Field::Count(counts.missed),
        time(counts.average_wait),
        time(Some(counts.talk)),
        time(counts.average_talk),
    ]
}

fn employees(rows: &[EmployeeRow]) -> Vec<Vec<Field>> {
    let text = |text: &Option<String>, none| text.clone().map_or(Field::None(none), Field::Text);
    let row = |row: &EmployeeRow| [vec![text(&row.employee, nobody()), text(&row.employee_name, "")], fields(&row.counts).into()].concat();
    rows.iter().map(row).collect()
}

fn lines(rows: &[LineRow]) -> Vec<Vec<Field>> {
    let line = |line: &Option<String>| line.as_deref().map_or(Field::None(no_line()), |line| Field::Text(shown(line)));
    rows.iter().map(|row| [vec![line(&row.line)], fields(&row.counts).into()].concat()).collect()
}

/// What a column of the picture stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grain {
    Day,
    Week,
    Month,
}

impl Grain {
    fn of(report: &Report) -> Grain {
        match report.days.len() {
            ..=MOST_DAYS => Grain::Day,
            days if days.div_ceil(7) <= MOST_WEEKS => Grain::Week,
            _ => Grain::Month,
        }
    }

    /// The day under whose name a day is counted.
    fn first(self, date: Date) -> Date {
        match self {
            Grain::Day => date,
            Grain::Week => date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
            Grain::Month => date.first_of_month(),
        }
    }

    fn merged(self, report: &Report) -> Vec<(Date, Tally)> {
        let groups = report.load.days.chunk_by(|(date, _), (next, _)| self.first(*date) == self.first(*next));
        groups.map(|days| (self.first(days[0].0), Tally::sum(days.iter().map(|(_, tally)| tally)))).collect()
    }

    fn days(self, report: &Report) -> Vec<DayRow> {
        days(&self.merged(report)).into_iter().map(|row| DayRow { name: Some(self.name(row.date)), ..row }).collect()
    }

    fn heading(self) -> &'static str {
        match self {
            Grain::Day => tr("По дням", "By day"),
            Grain::Week => tr("По неделям", "By week"),
            Grain::Month => tr("По месяцам", "By month"),
        }
    }

    fn label(self, date: Date) -> String {
        match self {
            Grain::Month => month_and_year(date),
            _ => day_and_month(date),
        }
    }

    fn name(self, date: Date) -> String {
        match self {
            Grain::Month => month_and_year(date),
            _ => day(date),
        }
    }
}
