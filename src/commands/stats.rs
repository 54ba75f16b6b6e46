//! `mango stats`: how busy it was, by hour and weekday, by day, by employee and by line.

mod picture;
mod rows;

use clap::ValueEnum;

use super::history::bring_up_to_date;
use super::html::Html;
use super::period::Period;
use super::who;
use crate::context::Context;
use crate::error::Result;
use crate::journal::{Direction, Filter, Scope};
use crate::text::tr;
use crate::time::zone;
use crate::ui::Ui;
pub(super) use picture::period;
use rows::Report;

/// Arguments of `stats`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    period: Period,
    #[arg(long = "in", help = tr("Входящие", "Incoming"))]
    incoming: bool,
    #[arg(long = "out", help = tr("Исходящие", "Outgoing"))]
    outgoing: bool,
    #[arg(long, help = tr("Внутренние", "Internal"))]
    internal: bool,
    #[arg(long, value_name = tr("КТО", "WHO"), help = tr("Звонки этого сотрудника: добавочный или имя", "Calls of this employee: extension or name"))]
    employee: Option<String>,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Через эту линию", "On this line"))]
    line: Option<String>,
    #[arg(long, value_name = tr("ЧТО", "WHAT"), value_enum, hide_possible_values = true, help = tr("Одна таблица: по часам (hour), дням (day), сотрудникам (employee) или линиям (line)", "One table: by hour, day, employee or line"))]
    by: Option<By>,
    #[command(flatten)]
    html: Html,
    #[arg(long, help = tr("Не обращаться к АТС, ответить по журналу", "Answer from the journal without asking the PBX"))]
    offline: bool,
}

/// What a table has a row for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Hour,
    Day,
    Employee,
    Line,
}

/// Runs it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let scope = scope(&args, ctx)?;
    let period = Filter { since: scope.since, until: scope.until, ..Filter::default() };
    bring_up_to_date(args.offline, &period, ctx, ui).await?;
    let journal = ctx.journal()?;
    let report = Report::new(journal.load(&scope, &zone())?, &scope, journal.employees()?.0);
    if report.is_empty() {
        ui.aside(tr("Звонков не нашлось.", "No calls found."));
    }
    match args.by {
        _ if args.html.is_wanted() => args.html.write(picture::page(&report), ui),
        None if ui.wants_document() => ui.document(&report),
        None if ui.shows_tables() => picture::show(&report, ui),
        by => report.table(by.unwrap_or(By::Day), ui),
    }
}

fn scope(args: &Args, ctx: &Context) -> Result<Scope> {
    let (since, until) = args.period.week()?;
    let wanted = [(args.incoming, Direction::Incoming), (args.outgoing, Direction::Outgoing), (args.internal, Direction::Internal)];
    Ok(Scope {
        since: Some(since),
        until,
        directions: wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, direction)| direction).collect(),
        employee: args.employee.as_deref().map(|employee| who::employee(employee, ctx)).transpose()?,
        line: args.line.as_deref().map(who::line).transpose()?,
    })
}
