//! The report for a browser.

use serde_json::Value;

use super::{Counts, Group, Report, heading, nothing};
use crate::commands::stats::period;
use crate::journal::Mark;
use crate::page::{Align, Field, Page, Stack, grouped};
use crate::phone;
use crate::text::{percent, tr};
use crate::time::duration;

/// Columns of the picture: the first rows, and the rest is in the table.
const MOST: usize = 14;

pub(super) fn page(report: &Report) -> Page {
    let totals = &report.totals.came;
    let part = |count: u64, of: u64| (of > 0).then(|| percent(count as f64 / of as f64));
    let marks: Vec<&str> = report.marks.iter().map(|mark| heading(*mark)).collect();
    let title = tr("Откуда звонят", "Where calls come from");
    let talk = totals.average_talk().map_or("—".into(), duration);
    let page = Page::new(title, &period(report.since, report.until)).figures(&[
        (tr("Звонков", "Calls"), grouped(totals.calls), None),
        (tr("Звонивших", "Callers"), grouped(totals.callers), None),
        (tr("Впервые", "New callers"), grouped(totals.new_callers), part(totals.new_callers, totals.callers)),
        (tr("Отвечено", "Answered"), grouped(totals.answered), part(totals.answered, totals.calls)),
        (tr("Пропущено", "Missed"), grouped(totals.missed), part(totals.missed, totals.calls)),
        (tr("Средний разговор", "Average talk"), talk, None),
    ]);
    let heading = marks.join(" · ");
    let mut letters = heading.chars();
    let heading: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let page = match report.groups.len() {
        0 => page,
        _ => page.stacks(&heading, [tr("отвечено", "answered"), tr("пропущено", "missed"), tr("ещё идут", "going on")], &stacks(report)),
    };
    page.table(tr("Подробно", "In detail"), &columns(&marks), &rows(report), Some(&sum(report)))
}

fn stacks(report: &Report) -> Vec<Stack> {
    let stack = |group: &Group| {
        let came = &group.counts.came;
        let names: Vec<String> = report.marks.iter().map(|mark| text(*mark, &group.values[mark.key()])).collect();
        Stack {
            name: names.join(", "),
            label: names.join(", "),
            parts: [came.answered, came.missed, came.calls.saturating_sub(came.answered + came.missed)],
        }
    };
    report.groups.iter().take(MOST).map(stack).collect()
}

fn text(mark: Mark, value: &Value) -> String {
    match (mark, value.as_str()) {
        (_, None) => nothing().to_owned(),
        (Mark::Number, Some(number)) => phone::shown(number),
        (_, Some(text)) => text.to_owned(),
    }
}

fn columns<'a>(marks: &[&'a str]) -> Vec<(&'a str, Align)> {
    let counts = [
        tr("звонков", "calls"),
        tr("доля", "share"),
        tr("звонивших", "callers"),
        tr("впервые", "new"),
        tr("отвечено", "answered"),
        tr("пропущено", "missed"),
        tr("разговоры", "talk"),
        tr("в среднем", "average"),
    ];
    marks.iter().map(|mark| (*mark, Align::Left)).chain(counts.map(|name| (name, Align::Right))).collect()
}

fn rows(report: &Report) -> Vec<Vec<Field>> {
    let most = report.groups.iter().map(|group| group.counts.came.calls).max().unwrap_or(0);
    let value = |mark: Mark, value: &Value| if value.is_null() { Field::None(nothing()) } else { Field::Text(text(mark, value)) };
    let row = |group: &Group| {
        let values = report.marks.iter().map(|mark| value(*mark, &group.values[mark.key()]));
        values.chain(counts(&group.counts, Field::Bar { count: group.counts.came.calls, most })).collect()
    };
    report.groups.iter().map(row).collect()
}

fn sum(report: &Report) -> Vec<Field> {
    let name = [Field::Text(tr("всего", "total").into())].into_iter().chain(report.marks.iter().skip(1).map(|_| Field::None("")));
    name.chain(counts(&report.totals, Field::Count(report.totals.came.calls))).collect()
}

fn counts(counts: &Counts, calls: Field) -> [Field; 8] {
    let came = &counts.came;
    let time = |seconds: Option<i64>| seconds.map_or(Field::None("—"), |seconds| Field::Text(duration(seconds)));
    [
        calls,
        counts.share.map_or(Field::None("—"), |share| Field::Text(percent(share))),
        Field::Count(came.callers),
        Field::Count(came.new_callers),
        Field::Count(came.answered),
        Field::Count(came.missed),
        time(Some(came.talk)),
        time(came.average_talk()),
    ]
}
