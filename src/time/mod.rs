//! Moments: the clock, expressions people type, and how times are shown.

mod due;
mod parse;
mod show;

use std::sync::OnceLock;
use std::time::Instant;

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

/// The person's time zone: the system's, or UTC when there is none or `TZ` names none.
///
/// It is looked for once in a process and that takes 1–2 ms, so ask only when a time is shown or typed.
pub fn zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| TimeZone::try_system().unwrap_or(TimeZone::UTC)).clone()
}
