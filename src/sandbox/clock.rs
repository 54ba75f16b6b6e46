//! The sandbox's own time, which may run faster than ours.

use std::time::Duration;

use jiff::Timestamp;

use crate::time;

/// Epoch seconds with their fraction.
pub(super) type Moment = f64;

/// Moscow is three hours ahead of UTC all year; the PBX reads and names its days by Moscow's wall clock (vpbx-core §8.1).
pub(super) const MOSCOW: i64 = 3 * 3600;

/// Seconds in a day.
pub(super) const DAY: i64 = 86_400;

/// Virtual time = start + (now − start) × speed.
pub(super) struct Clock {
    start: Timestamp,
    speed: f64,
}

impl Clock {
    pub(super) fn new(speed: f64) -> Clock {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Clock { start: time::now(), speed }
    }

    pub(super) fn now(&self) -> Moment {
        let lived = time::now().duration_since(self.start).as_secs_f64();
        self.start.as_duration().as_secs_f64() + lived * self.speed
    }

    /// Sleeps until the clock shows this moment.
    pub(super) async fn until(&self, moment: Moment) {
        let wait = (moment - self.now()) / self.speed;
        if wait > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(wait.min(1e9))).await;
        }
    }
}

/// The number of the Moscow day in which this second lies.
pub(super) fn moscow_day(second: i64) -> i64 {
    (second + MOSCOW).div_euclid(DAY)
}

/// `2026-11-23`, the name of a Moscow day.
pub(super) fn day_name(day: i64) -> String {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).map(|date| date.to_string()).unwrap_or_default()
}

/// `2026-11-23 20:48:55` in Moscow.
pub(super) fn moscow_time(second: i64) -> String {
    let of_day = (second + MOSCOW).rem_euclid(DAY);
    format!("{} {:02}:{:02}:{:02}", day_name(moscow_day(second)), of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Reads `31.10.2019` or `31.10.2019 00:00:00` as Moscow wall time; nothing else is understood (vpbx-core §6.2.1: ISO is refused).
pub(super) fn from_moscow(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, clock) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let date = jiff::civil::Date::strptime("%d.%m.%Y", date).ok()?;
    let mut parts = clock.trim().split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("00"));
    let at = date.to_datetime(jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, 0).ok()?);
    let valid = parts.next().is_none() && date.year() >= 1970;
    let moscow = jiff::tz::Offset::constant(3);
    valid.then(|| moscow.to_timestamp(at).ok()).flatten().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moscow_midnight_is_nine_in_the_evening_in_greenwich() {
        assert_eq!(from_moscow("01.01.2026 00:00:00"), Some(1_767_214_800));
        assert_eq!(from_moscow("01.01.2026"), Some(1_767_214_800));
        assert_eq!(moscow_time(1_767_214_800), "2026-01-01 00:00:00");
        assert_eq!(moscow_time(1_767_214_799), "2025-12-31 23:59:59");
        for refused in ["2026-01-01", "2026-01-01 00:00:00", "01.01.2026T00:00", "", "1767214800", "01.13.2026"] {
            assert_eq!(from_moscow(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_faster_clock_runs_ahead() {
        let clock = Clock::new(1000.0);
        let before = clock.now();
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() - before >= 15.0);
    }
}
