//! Moments: the clock, expressions people type, and how times are shown.

mod due;
mod parse;
mod show;

use std::sync::OnceLock;
use std::time::Instant;

use crate::config::variable;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use due::due;
pub use parse::{Edge, after, parse, period};
pub use show::{
    ago, clock_time, day, day_and_month, duration, full, moment, month_and_year, moscow, relative, rfc3339, to_the_second, upcoming,
    weekdays,
};

/// The present. `MANGO_CLOCK` (epoch seconds) makes the program believe it started then; tests and demonstrations use it.
pub fn now() -> Timestamp {
    static START: OnceLock<Option<(Timestamp, Instant)>> = OnceLock::new();
    let start = START.get_or_init(|| {
        let seconds = std::env::var("MANGO_CLOCK").ok()?.parse().ok()?;
        Some((Timestamp::from_second(seconds).ok()?, Instant::now()))
    });
    match start {
        Some((start, since)) => *start + SignedDuration::try_from(since.elapsed()).unwrap_or_default(),
        None => Timestamp::now(),
    }
}

/// The person's time zone: the system's, or UTC when there is none or `TZ` names none. Looked for once in a process.
pub fn zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| from_its_file().or_else(|| TimeZone::try_system().ok()).unwrap_or(TimeZone::UTC)).clone()
}

/// The zone that `TZ` names, or the system, from the one file that has it: the library walks through the whole directory of zones first,
/// which takes as long as everything else that `history` does.
fn from_its_file() -> Option<TimeZone> {
    const ZONES: &str = "/usr/share/zoneinfo/";
    let of_the_system = || Some(std::fs::read_link("/etc/localtime").ok()?.to_str()?.strip_prefix(ZONES)?.to_owned());
    let name = variable("TZ").or_else(of_the_system)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains("..");
    let file = std::path::Path::new(ZONES).join(Some(&name).filter(|_| is_name)?);
    TimeZone::tzif(&name, &std::fs::read(file).ok()?).ok()
}
