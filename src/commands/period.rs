//! The period that a command is about, as it is typed.

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::error::{Error, Result};
use crate::text::tr;
use crate::time::{self, Edge, now, zone};

/// A period as arguments.
#[derive(clap::Args, Debug)]
pub(super) struct Period {
    #[arg(long, value_name = tr("КОГДА", "TIME"), help = tr("С какого времени: 2026-11-01, вчера, понедельник, 2h, 7d", "Since when: 2026-11-01, yesterday, monday, 2h, 7d"))]
    since: Option<String>,
    #[arg(long, value_name = tr("КОГДА", "TIME"), help = tr("До какого; день входит целиком", "Until when; a day is included whole"))]
    until: Option<String>,
}

impl Period {
    /// Both ends, as far as they were typed. Not reversed, not in the future.
    pub(super) fn ends(&self) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let at = |text: &Option<String>, edge| text.as_deref().map(|text| time::parse(text, edge, now(), &zone())).transpose();
        let (since, until) = (at(&self.since, Edge::Since)?, at(&self.until, Edge::Until)?);
        time::period(since, until, now())?;
        Ok((since, until))
    }

    /// Both ends of what a report counts: the last seven days, today included, unless something else was typed. Nothing typed leaves the
    /// end open, since the PBX's clock may be ahead of ours.
    pub(super) fn week(&self) -> Result<(i64, Option<i64>)> {
        let (since, until) = self.ends()?;
        let since = since.map_or_else(|| week_before(until.unwrap_or(now()).min(now())), Ok)?;
        Ok((since.as_second(), until.map(|until| until.as_second())))
    }
}

/// The beginning of the sixth day before that of a moment, which is the end of a day when a day was typed.
fn week_before(until: Timestamp) -> Result<Timestamp> {
    let last = (until - SignedDuration::from_secs(1)).to_zoned(zone()).date();
    let first = last.checked_sub(6.days()).and_then(|first| first.to_zoned(zone()));
    first.map(|midnight| midnight.timestamp()).map_err(|error| Error::Unexpected(error.to_string()))
}
