//! T of what is still to be done: `tuesday`, «завтра 10:00», `+2h`, `2026-12-01T10:00`, «через неделю».

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::parse::{dotted_in, iso, moment, spans, time, weekday};
use crate::error::{Error, PeriodFault, Result};
use crate::text::excerpt;

/// What is due on a day is due when the offices close.
const CLOSING: Time = Time::constant(18, 0, 0, 0);

/// Reads by when something is to be done, in English or Russian, in the zone of the person.
///
/// Days (`2026-12-01`, `01.12.2026`, `01.12` for the next one, `today`, `tomorrow`, `tuesday` for the next one after today, «послезавтра»),
/// a day with a time (`завтра 10:00`, `2026-12-01T10:00`), a time (`14:05`, today's or else tomorrow's), a while from now (`2h`, `+1d 2h`,
/// `in 3 days`, «через неделю»), and RFC 3339 with its own zone. What is over is refused.
pub fn due(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    let found = understand(text.trim(), &now.to_zoned(zone.clone()));
    match found.ok_or_else(|| Error::Due { input: excerpt(text) })? {
        at if at < now => Err(Error::Period(PeriodFault::Past)),
        at => Ok(at),
    }
}

fn understand(text: &str, now: &Zoned) -> Option<Timestamp> {
    if text.len() > 100 {
        return None;
    }
    if let Ok(exact) = text.parse() {
        return Some(exact);
    }
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !matches!(*word, "в" | "во" | "к" | "до" | "on" | "at" | "by")).collect();
    match words[..] {
        [word] => one_word(word, now),
        [first, second] => clocked(first, second, now).or_else(|| after(&words, now)),
        _ => after(&words, now),
    }
}

fn one_word(word: &str, now: &Zoned) -> Option<Timestamp> {
    if let Some(date) = day(word, now) {
        let closing = moment(date.to_datetime(CLOSING), now)?;
        // In the evening, today is what is left of it.
        let midnight = moment(date.to_datetime(Time::constant(23, 59, 0, 0)), now)?;
        return Some(if closing < now.timestamp() { midnight } else { closing });
    }
    if let Some(time) = time(word) {
        let today = moment(now.date().to_datetime(time), now)?;
        return if today < now.timestamp() { moment(now.date().tomorrow().ok()?.to_datetime(time), now) } else { Some(today) };
    }
    match word.split_once('t') {
        Some((date, time)) if date.contains('-') => clocked(date, time, now),
        _ => after(&[word], now),
    }
}

fn clocked(date: &str, clock: &str, now: &Zoned) -> Option<Timestamp> {
    moment(day(date, now)?.to_datetime(time(clock)?), now)
}

pub(super) fn day(word: &str, now: &Zoned) -> Option<Date> {
    let today = now.date();
    match word {
        "today" | "сегодня" => Some(today),
        "tomorrow" | "завтра" => today.tomorrow().ok(),
        "послезавтра" => today.checked_add(2.days()).ok(),
        _ => iso(word)
            .or_else(|| dotted_in(word, today.year()..=today.year() + 8, |found| found >= today))
            .or_else(|| next(weekday(word)?, today)),
    }
}

/// The next such day of the week; on a Tuesday, Tuesday is a week away: today is called today.
fn next(weekday: Weekday, today: Date) -> Option<Date> {
    let days = match today.weekday().until(weekday) {
        0 => 7,
        days => days,
    };
    today.checked_add(i64::from(days).days()).ok()
}

/// `2h`, `+1d2h`, `in an hour`, «через 3 дня», «через неделю»
fn after(words: &[&str], now: &Zoned) -> Option<Timestamp> {
    let (named, words) = match words {
        ["in" | "через", rest @ ..] => (true, rest),
        words => (false, words),
    };
    let text = words.concat();
    let text = text.strip_prefix('+').filter(|_| !named).unwrap_or(&text);
    let one = match words {
        ["a" | "an" | "one" | "один" | "одну", unit] if named => Some(format!("1{unit}")),
        [unit] if named && unit.starts_with(char::is_alphabetic) => Some(format!("1{unit}")),
        _ => None,
    };
    let later = |at: Zoned, span| at.checked_add(span).ok();
    spans(one.as_deref().unwrap_or(text))?.into_iter().try_fold(now.clone(), later).map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Reads a time on Wednesday 2026-11-11, 15:30 in Moscow.
    fn read(text: &str) -> String {
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        match due(text, at("2026-11-11T15:30:00+03:00"), &moscow) {
            Ok(time) => time.to_zoned(moscow).strftime("%Y-%m-%d %H:%M").to_string(),
            Err(Error::Period(PeriodFault::Past)) => "over".into(),
            Err(_) => "not understood".into(),
        }
    }

    #[test]
    fn a_day_is_over_when_the_offices_close() {
        for (text, day) in [
            ("today", "2026-11-11"),
            ("Завтра", "2026-11-12"),
            ("tomorrow", "2026-11-12"),
            ("послезавтра", "2026-11-13"),
            ("thursday", "2026-11-12"),
            ("в пятницу", "2026-11-13"),
            ("tuesday", "2026-11-17"),
            ("до вторника", "not understood"),
            ("во вторник", "2026-11-17"),
            ("wed", "2026-11-18"),
            ("2026-12-01", "2026-12-01"),
            ("01.12", "2026-12-01"),
            ("11.11", "2026-11-11"),
            ("10.11", "2027-11-10"),
            ("29.02", "2028-02-29"),
            ("1.12.26", "2026-12-01"),
        ] {
            let expected = if day.starts_with('2') { format!("{day} 18:00") } else { day.to_owned() };
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_moment_is_exact() {
        for (text, expected) in [
            ("завтра 10:00", "2026-11-12 10:00"),
            ("завтра в 9:30", "2026-11-12 09:30"),
            ("tuesday at 10:00", "2026-11-17 10:00"),
            ("2026-12-01T10:00", "2026-12-01 10:00"),
            ("2026-12-01 10:00", "2026-12-01 10:00"),
            ("2026-12-01T10:00:00Z", "2026-12-01 13:00"),
            ("01.12.2026 10:00", "2026-12-01 10:00"),
            ("16:00", "2026-11-11 16:00"),
            ("к 16:00", "2026-11-11 16:00"),
            ("14:05", "2026-11-12 14:05"),
            ("2h", "2026-11-11 17:30"),
            ("+2h", "2026-11-11 17:30"),
            ("+1d 2h", "2026-11-12 17:30"),
            ("через 2 часа", "2026-11-11 17:30"),
            ("через час", "2026-11-11 16:30"),
            ("in an hour", "2026-11-11 16:30"),
            ("in 3 days", "2026-11-14 15:30"),
            ("через неделю", "2026-11-18 15:30"),
            ("через 1 месяц", "2026-12-11 15:30"),
            ("30 мин", "2026-11-11 16:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_over_is_refused_and_so_is_what_is_no_time() {
        for text in ["2026-11-10", "today 10:00", "2026-11-11T15:29", "01.12.2020"] {
            assert_eq!(read(text), "over", "{text}");
        }
        let long = "1d".repeat(100_000);
        for text in [
            "",
            " ",
            "soon",
            "yesterday",
            "2 часа назад",
            "in",
            "через",
            "+",
            "++2h",
            "in +2h",
            "-2h",
            "1",
            "30.02",
            "9999999y",
            "h",
            &long,
        ] {
            assert_eq!(read(text), "not understood", "{text}");
        }
    }

    #[test]
    fn today_in_the_evening_is_what_is_left_of_it() {
        let due = due("today", at("2026-11-11T21:00:00Z"), &TimeZone::UTC).unwrap();
        assert_eq!(due, at("2026-11-11T23:59:00Z"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_in_the_future_or_an_error(text in ".{0,40}", now in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(now).unwrap();
            if let Ok(at) = due(&text, now, &TimeZone::UTC) {
                prop_assert!(at >= now);
            }
        }

        #[test]
        fn what_machines_get_is_read_back(later in 0i64..4_000_000_000) {
            let now = at("2026-11-11T15:30:00+03:00");
            let due_at = Timestamp::from_second(now.as_second() + later).unwrap();
            prop_assert_eq!(due(&crate::time::rfc3339(due_at), now, &TimeZone::UTC).unwrap(), due_at);
        }
    }
}
