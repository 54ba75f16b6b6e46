//! `mango recording summary CALL`: what was said, in a few sentences.

use jiff::tz::{Offset, TimeZone};
use serde::Serialize;

use super::Call;
use crate::context::Context;
use crate::error::Result;
use crate::journal::{Entry, Facts};
use crate::pbx::speech::SpokenCall;
use crate::phone::recognised_by;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// How far the beginnings of one call may lie apart in two reports.
const APART: i64 = 120;

/// Arguments of `recording summary`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: Call,
}

/// Runs it. Summaries have ids of their own, so the call is looked for among those of its day, by time and number.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = args.call.recorded(ctx)?;
    let client = ctx.client().await?;
    let at = entry.facts.started_at.unwrap_or_default();
    let spoken = client.spoken_calls(&moscow_day(at - APART), &moscow_day(at + APART)).await?;
    let summary = match the_same(&entry, &spoken) {
        Some(communication_id) => client.summary(communication_id).await?.map(|text| (communication_id.to_owned(), text)),
        None => None,
    };
    let Some((communication_id, summary)) = summary else {
        ui.note(tr("Краткого содержания этого звонка нет.", "There is no summary of this call."));
        return if ui.is_for_a_person() { Ok(()) } else { ui.all::<SummaryRow>(&[]) };
    };
    match ui.is_for_a_person() {
        true => summary.lines().try_for_each(|line| ui.line(line)),
        false => ui.all(&[SummaryRow { entry_id: entry.entry_id, communication_id, summary }]),
    }
}

/// The call among those whose speech was recognised: of the same number, and the nearest in time.
fn the_same<'a>(entry: &Entry, spoken: &'a [SpokenCall]) -> Option<&'a str> {
    let Facts { started_at, ended_at, .. } = entry.facts;
    let (from, to) = (started_at? - APART, ended_at.or(started_at)? + APART);
    let number = recognised_by(entry.facts.other_number()?);
    let away = |call: &SpokenCall| (call.info.time_created.unwrap_or_default() - started_at.unwrap_or_default()).abs();
    let is_it = |call: &&SpokenCall| {
        let mut sides = [&call.info.from_number, &call.info.to_number].into_iter().flatten();
        call.info.time_created.is_some_and(|at| (from..=to).contains(&at)) && sides.any(|side| is_number(side, &number))
    };
    spoken.iter().filter(is_it).min_by_key(|call| away(call))?.communication_id.as_deref()
}

/// An employee's device has his extension in its name, as like as not.
fn is_number(side: &str, number: &str) -> bool {
    recognised_by(side) == number || side.strip_prefix("sip:").is_some_and(|device| number.len() <= 5 && device.contains(number))
}

/// `2026-01-14`, as days are counted in Moscow.
fn moscow_day(at: i64) -> String {
    let moscow = TimeZone::fixed(Offset::constant(3));
    jiff::Timestamp::from_second(at).map(|at| at.to_zoned(moscow).strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// A summary; its JSON keys are a contract.
#[derive(Serialize)]
struct SummaryRow {
    entry_id: String,
    communication_id: String,
    summary: String,
}

impl Row for SummaryRow {
    fn columns() -> Vec<Column> {
        vec![("summary", tr("содержание", "summary")), ("entry_id", tr("звонок", "call"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Text(self.summary.clone()), Cell::Text(self.entry_id.clone())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Direction;
    use crate::pbx::speech::SpokenInfo;

    fn spoken(id: &str, at: i64, from: &str, to: &str) -> SpokenCall {
        let (from_number, to_number) = (Some(from.to_owned()), Some(to.to_owned()));
        SpokenCall {
            communication_id: Some(id.into()),
            info: SpokenInfo { time_created: Some(at), duration: None, from_number, to_number },
        }
    }

    #[test]
    fn a_call_is_found_by_its_number_and_its_time() {
        let facts = Facts {
            direction: Some(Direction::Incoming),
            from_number: Some("74950000020".into()),
            started_at: Some(1000),
            ended_at: Some(1060),
            ..Facts::default()
        };
        let entry = Entry { id: 1, entry_id: "E".into(), facts };
        let calls = [
            spoken("far", 2000, "74950000020", "sip:user101@demo.mangosip.ru"),
            spoken("other", 1000, "74950000021", "sip:user101@demo.mangosip.ru"),
            spoken("near", 1004, "84950000020", "sip:user101@demo.mangosip.ru"),
            spoken("nearer", 999, "sip:user101@demo.mangosip.ru", "+74950000020"),
        ];
        assert_eq!(the_same(&entry, &calls), Some("nearer"));
        assert_eq!(the_same(&entry, &calls[..3]), Some("near"));
        assert_eq!(the_same(&entry, &calls[..2]), None);
    }
}
