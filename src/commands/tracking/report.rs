//! `mango tracking report`: how many calls each advertisement brought, and what came of them.

mod picture;

use std::cmp::Reverse;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args;
use crate::commands::history::bring_up_to_date;
use crate::commands::html::Html;
use crate::commands::period::Period;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Came, Filter, Mark, Origins, Scope};
use crate::phone::as_listed;
use crate::text::{excerpt, percent, tr};
use crate::time::now;
use crate::ui::{Cell, Column, Ui, moment};

/// Arguments of `tracking report`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, value_name = tr("МЕТКИ", "MARKS"), value_enum, value_delimiter = ',', default_value = "source", hide_default_value = true, hide_possible_values = true, help = tr("По каким меткам, через запятую: source, medium, campaign, term, content, channel, number, city, device, page [source]", "By which marks, with commas: source, medium, campaign, term, content, channel, number, city, device, page [source]"))]
    by: Vec<Mark>,
    #[command(flatten)]
    period: Period,
    #[arg(long, value_name = tr("МЕТКА=ЗНАЧЕНИЕ", "MARK=VALUE"), value_parser = only, help = tr("Только звонки с таким значением; пустое — без метки. Можно повторять", "Only calls with this value; an empty one means without the mark. May be repeated"))]
    only: Vec<(Mark, Option<String>)>,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Через эту линию", "On this line"))]
    line: Option<String>,
    #[arg(long, value_name = tr("СТОЛБЕЦ", "COLUMN"), value_enum, default_value = "calls", hide_default_value = true, hide_possible_values = true, help = tr("По какому столбцу упорядочить: calls, callers, new_callers, answered, missed, talk, average_talk, name [calls]", "By which column to sort: calls, callers, new_callers, answered, missed, talk, average_talk, name [calls]"))]
    sort: Sort,
    #[arg(short = 'n', long, value_name = "N", value_parser = args::count, allow_hyphen_values = true, help = tr("Не больше N строк; итог — по всем", "At most N rows; the totals are of all"))]
    limit: Option<u64>,
    #[command(flatten)]
    html: Html,
    #[arg(long, help = tr("Не обращаться к АТС, ответить по журналу", "Answer from the journal without asking the PBX"))]
    offline: bool,
}

/// What the rows are in the order of: numbers the greatest first, names as in a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Sort {
    Calls,
    Callers,
    NewCallers,
    Answered,
    Missed,
    Talk,
    AverageTalk,
    Name,
}

/// Runs it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    if let Some(twice) = args.by.iter().enumerate().find(|(place, mark)| args.by[..*place].contains(mark)) {
        let key = twice.1.key();
        return Err(Error::Usage(tr(format!("метка {key} названа дважды"), format!("the mark {key} is named twice"))));
    }
    let (since, until) = args.period.week()?;
    let scope = Scope { since: Some(since), until, line: args.line.as_deref().map(as_listed), ..Scope::default() };
    let period = Filter { since: scope.since, until: scope.until, ..Filter::default() };
    bring_up_to_date(args.offline, &period, ctx, ui).await?;
    let origins = ctx.journal()?.origins(&args.by, &args.only, &scope)?;
    let report = Report::new(args.by, origins, &scope, args.sort, args.limit);
    if report.totals.came.calls == 0 {
        ui.note(tr("Входящих звонков не нашлось.", "No incoming calls found."));
    }
    match args.html.is_wanted() {
        true => args.html.write(picture::page(&report), ui),
        false if ui.wants_document() => ui.document(&report),
        false => report.show(ui),
    }
}

fn only(text: &str) -> Result<(Mark, Option<String>), String> {
    let wrong = || tr(format!("нужно МЕТКА=ЗНАЧЕНИЕ: {}", excerpt(text)), format!("MARK=VALUE is needed: {}", excerpt(text)));
    let (mark, value) = text.split_once('=').ok_or_else(wrong)?;
    let mark = Mark::from_str(mark, true).map_err(|_| {
        let marks: Vec<&str> = Mark::value_variants().iter().map(|mark| mark.key()).collect();
        tr(format!("метки есть такие: {}", marks.join(", ")), format!("the marks are: {}", marks.join(", ")))
    })?;
    Ok((mark, Some(value.to_owned()).filter(|value| !value.is_empty())))
}

/// The document; its keys are a contract.
#[derive(Serialize)]
struct Report {
    #[serde(serialize_with = "moment")]
    since: Option<i64>,
    #[serde(serialize_with = "moment")]
    until: Option<i64>,
    by: Vec<&'static str>,
    groups: Vec<Group>,
    totals: Counts,
    #[serde(skip)]
    marks: Vec<Mark>,
}

/// What calls have in common, and how many they are.
#[derive(Serialize)]
struct Group {
    #[serde(flatten)]
    values: Map<String, Value>,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct Counts {
    #[serde(flatten, serialize_with = "came")]
    came: Came,
    /// Of all calls, 0 to 1
    share: Option<f64>,
}

/// The keys of the counts.
fn came<S: serde::Serializer>(came: &Came, out: S) -> std::result::Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Keys {
        calls: u64,
        callers: u64,
        new_callers: u64,
        answered: u64,
        missed: u64,
        talk: i64,
        average_talk: Option<i64>,
    }
    let Came { calls, callers, new_callers, answered, missed, talk } = *came;
    Keys { calls, callers, new_callers, answered, missed, talk, average_talk: came.average_talk() }.serialize(out)
}

impl Report {
    fn new(marks: Vec<Mark>, origins: Origins, scope: &Scope, sort: Sort, limit: Option<u64>) -> Report {
        let Origins { mut groups, totals } = origins;
        groups.sort_by(|(values, came), (others, than)| {
            let of = |came: &Came| {
                Reverse(match sort {
                    Sort::Calls => came.calls,
                    Sort::Callers => came.callers,
                    Sort::NewCallers => came.new_callers,
                    Sort::Answered => came.answered,
                    Sort::Missed => came.missed,
                    Sort::Talk => came.talk.unsigned_abs(),
                    Sort::AverageTalk => came.average_talk().unwrap_or(0).unsigned_abs(),
                    Sort::Name => 0,
                })
            };
            // What is not known comes last among names.
            let names = |values: &[Option<String>]| values.iter().map(|value| (value.is_none(), value.clone())).collect::<Vec<_>>();
            of(came).cmp(&of(than)).then_with(|| names(values).cmp(&names(others)))
        });
        let shown = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let counts = |came: Came| Counts { share: (totals.calls > 0).then(|| share(came.calls, totals.calls)), came };
        let keyed = |values: Vec<Option<String>>| {
            let value = |value: Option<String>| value.map_or(Value::Null, Value::String);
            marks.iter().map(|mark| mark.key().to_owned()).zip(values.into_iter().map(value)).collect()
        };
        Report {
            since: scope.since,
            until: scope.until.or(Some(now().as_second())),
            by: marks.iter().map(|mark| mark.key()).collect(),
            groups: groups.into_iter().take(shown).map(|(values, came)| Group { values: keyed(values), counts: counts(came) }).collect(),
            totals: counts(totals.clone()),
            marks,
        }
    }

    /// The rows; for people with their sum below.
    fn show(&self, ui: &mut Ui) -> Result<()> {
        let with_sum = ui.shows_tables() && self.groups.len() > 1;
        let most = self.groups.iter().map(|group| group.counts.came.calls).max().unwrap_or(0);
        let mut sheet = ui.sheet(self.columns(), &["average_talk", "talk", "new_callers", "share", "callers"])?;
        for group in &self.groups {
            let values = self.marks.iter().map(|mark| shown(*mark, &group.values[mark.key()]));
            sheet.line(|| values.chain(group.counts.cells(Cell::Bar { count: group.counts.came.calls, most })).collect(), group)?;
        }
        if with_sum {
            let name = [Cell::Text(tr("всего", "total").into())].into_iter().chain(self.marks.iter().skip(1).map(|_| Cell::Empty));
            sheet.line(|| name.chain(self.totals.cells(Cell::Count(self.totals.came.calls as i64))).collect(), &self.totals)?;
        }
        sheet.end()
    }

    fn columns(&self) -> Vec<Column> {
        let counts = [
            ("calls", tr("звонков", "calls")),
            ("share", tr("доля", "share")),
            ("callers", tr("звонивших", "callers")),
            ("new_callers", tr("впервые", "new")),
            ("answered", tr("отвечено", "answered")),
            ("missed", tr("пропущено", "missed")),
            ("talk", tr("разговоры", "talk")),
            ("average_talk", tr("в среднем", "average")),
        ];
        self.marks.iter().map(|mark| (mark.key(), heading(*mark))).chain(counts).collect()
    }
}

impl Counts {
    fn cells(&self, calls: Cell) -> Vec<Cell> {
        let Came { callers, new_callers, answered, missed, talk, .. } = self.came;
        let count = |count: u64| Cell::Count(i64::try_from(count).unwrap_or(i64::MAX));
        let share = self.share.map_or(Cell::Empty, |share| Cell::Told { people: percent(share), programs: share.to_string() });
        let talk = [Cell::Seconds(talk), Cell::seconds(self.came.average_talk())];
        [vec![calls, share], [callers, new_callers, answered, missed].map(count).into(), talk.into()].concat()
    }
}

/// To a ten-thousandth: a hundredth of a percent.
fn share(count: u64, of: u64) -> f64 {
    (count as f64 * 10_000.0 / of as f64).round() / 10_000.0
}

fn heading(mark: Mark) -> &'static str {
    match mark {
        Mark::Source => tr("источник", "source"),
        Mark::Medium => tr("тип", "medium"),
        Mark::Campaign => tr("кампания", "campaign"),
        Mark::Term => tr("запрос", "term"),
        Mark::Content => tr("объявление", "content"),
        Mark::Channel => tr("канал", "channel"),
        Mark::Number => tr("номер", "number"),
        Mark::City => tr("город", "city"),
        Mark::Device => tr("устройство", "device"),
        Mark::Page => tr("страница", "page"),
    }
}

fn shown(mark: Mark, value: &Value) -> Cell {
    match (mark, value.as_str()) {
        (_, None) => Cell::Told { people: nothing().into(), programs: String::new() },
        (Mark::Number, Some(number)) => Cell::Number(number.to_owned()),
        (_, Some(text)) => Cell::Text(text.to_owned()),
    }
}

/// What calls have in common of which this is not known.
fn nothing() -> &'static str {
    tr("(неизвестно)", "(none)")
}
