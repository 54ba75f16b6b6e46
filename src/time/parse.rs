//! T of the command line: `2026-11-01`, `01.11.2026 09:00`, `yesterday`, `пн 14:00`, `2h`, «3 дня назад».

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

use super::due;
use crate::error::{Error, PeriodFault, Result};
use crate::text::excerpt;

/// Which end of a period a time is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A bare day means its beginning.
    Since,
    /// A bare day means its end: the start of the next one.
    Until,
}

/// Reads a time as people type it, in English or Russian, in the zone of the person.
///
/// Days (`2026-11-01`, `01.11.2026`, `01.11` for the latest one, `today`, `monday` for the latest one, today included, «вчера»), a day
/// with a time (`2026-11-01T09:00`, `вчера 14:05`), a time today (`14:05`), a while ago (`2h`, `7d`, `1d 2h ago`, «3 дня назад»),
/// `now`, and RFC 3339 with its own zone. Days, weeks, months and years are the calendar's, hours and less are exact.
pub fn parse(text: &str, edge: Edge, now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    understand(text.trim(), edge, &now.to_zoned(zone.clone())).ok_or_else(|| Error::Time { input: excerpt(text) })
}

/// Reads how long something is to last (`7d`, `12h`, «2 недели») and returns when that is over; a day or a time to come is taken, too.
pub fn after(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    let zoned = now.to_zoned(zone.clone());
    let lower = text.to_lowercase();
    let words: Vec<&str> = if text.len() > 100 { Vec::new() } else { lower.split_whitespace().collect() };
    let lasting = before(&words, &zoned).and_then(|past| now.checked_add(now.duration_since(past)).ok());
    let day = || end_of_day(&words, &zoned);
    match lasting.or_else(day).or_else(|| understand(text.trim(), Edge::Until, &zoned)) {
        None => Err(Error::Due { input: excerpt(text) }),
        Some(until) if until <= now => Err(Error::Period(PeriodFault::Past)),
        Some(until) => Ok(until),
    }
}

/// The end of a day to come, named as those are that something is due on.
fn end_of_day(words: &[&str], now: &Zoned) -> Option<Timestamp> {
    let [word] = words else { return None };
    moment(due::day(word, now)?.tomorrow().ok()?.to_datetime(Time::MIN), now)
}

/// Refuses a period that ends where it begins, or before, or has not come yet.
pub fn period(since: Option<Timestamp>, until: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match (since, until) {
        (Some(since), Some(until)) if since >= until => Err(Error::Period(PeriodFault::Reversed)),
        (Some(since), _) if since > now => Err(Error::Period(PeriodFault::Future)),
        _ => Ok(()),
    }
}

fn understand(text: &str, edge: Edge, now: &Zoned) -> Option<Timestamp> {
    // The longest meaningful text is RFC 3339 with nanoseconds and a zone's name.
    if text.len() > 100 {
        return None;
    }
    if let Ok(exact) = text.parse() {
        return Some(exact);
    }
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !matches!(*word, "в" | "во" | "on" | "at")).collect();
    match words[..] {
        ["now" | "сейчас"] => Some(now.timestamp()),
        [word] => one_word(word, edge, now),
        [first, second] => clocked(first, second, now).or_else(|| before(&words, now)),
        _ => before(&words, now),
    }
}

fn one_word(word: &str, edge: Edge, now: &Zoned) -> Option<Timestamp> {
    if let Some(date) = day(word, now) {
        return midnight(if edge == Edge::Until { date.tomorrow().ok()? } else { date }, now);
    }
    if let Some(time) = time(word) {
        return moment(now.date().to_datetime(time), now);
    }
    match word.split_once('t') {
        Some((date, time)) if date.contains('-') => clocked(date, time, now),
        _ => before(&[word], now),
    }
}

fn clocked(date: &str, clock: &str, now: &Zoned) -> Option<Timestamp> {
    moment(day(date, now)?.to_datetime(time(clock)?), now)
}

/// A wall time that a change of the clocks skips or repeats is taken as RFC 5545 says: later if skipped, the first if repeated.
pub(super) fn moment(at: DateTime, now: &Zoned) -> Option<Timestamp> {
    now.time_zone().to_timestamp(at).ok()
}

fn midnight(date: Date, now: &Zoned) -> Option<Timestamp> {
    moment(date.to_datetime(Time::midnight()), now)
}

fn day(word: &str, now: &Zoned) -> Option<Date> {
    let today = now.date();
    match word {
        "today" | "сегодня" => Some(today),
        "yesterday" | "вчера" => today.yesterday().ok(),
        "позавчера" => today.checked_sub(2.days()).ok(),
        _ => iso(word).or_else(|| dotted(word, today)).or_else(|| latest(weekday(word)?, today)),
    }
}

/// The latest such day of the week, today included.
fn latest(weekday: Weekday, today: Date) -> Option<Date> {
    today.checked_sub(i64::from(weekday.until(today.weekday())).days()).ok()
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" | "понедельник" | "пн" => Weekday::Monday,
        "tuesday" | "tue" | "вторник" | "вт" => Weekday::Tuesday,
        "wednesday" | "wed" | "среда" | "среду" | "ср" => Weekday::Wednesday,
        "thursday" | "thu" | "четверг" | "чт" => Weekday::Thursday,
        "friday" | "fri" | "пятница" | "пятницу" | "пт" => Weekday::Friday,
        "saturday" | "sat" | "суббота" | "субботу" | "сб" => Weekday::Saturday,
        "sunday" | "sun" | "воскресенье" | "вс" => Weekday::Sunday,
        _ => return None,
    })
}

/// `2026-11-01`
pub(super) fn iso(word: &str) -> Option<Date> {
    let [year, month, day] = numbers(word, '-')?;
    (word.len() == 10 && word.find('-') == Some(4)).then(|| Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()).flatten()
}

/// `01.11.2026`, `1.11.26`, `01.11` for the latest one
fn dotted(word: &str, today: Date) -> Option<Date> {
    dotted_in(word, (today.year() - 8..=today.year()).rev(), |found| found <= today)
}

/// `01.11.2026`, `1.11.26`; `01.11` in the first of the years that fits. 29 February comes again within four years, around 1900 and 2100
/// within eight.
pub(super) fn dotted_in(word: &str, mut years: impl Iterator<Item = i16>, fits: impl Fn(Date) -> bool) -> Option<Date> {
    let date = |[day, month, year]: [i16; 3]| Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok();
    if let Some([day, month]) = numbers(word, '.') {
        return years.find_map(|year| date([day, month, year]).filter(|found| fits(*found)));
    }
    let [day, month, year] = numbers(word, '.')?;
    match word.rsplit('.').next()?.len() {
        2 => date([day, month, 2000 + year]),
        4 => date([day, month, year]),
        _ => None,
    }
}

/// `09:00`, `9:00:15`
pub(super) fn time(word: &str) -> Option<Time> {
    let clock = |hour: i16, minute: i16, second: i16| {
        let part = |n: i16| i8::try_from(n).ok();
        Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()
    };
    let well_formed = word.split(':').skip(1).all(|part| part.len() == 2);
    match (numbers(word, ':'), numbers(word, ':')) {
        (Some([hour, minute]), _) if well_formed => clock(hour, minute, 0),
        (_, Some([hour, minute, second])) if well_formed => clock(hour, minute, second),
        _ => None,
    }
}

/// Exactly `N` numbers of one to four digits.
fn numbers<const N: usize>(word: &str, separator: char) -> Option<[i16; N]> {
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
    let parts: Vec<i16> = word.split(separator).map(number).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// `2h`, `1d2h`, `3 days ago`, «30 мин», «2 недели назад»
fn before(words: &[&str], now: &Zoned) -> Option<Timestamp> {
    let words = words.strip_suffix(&["ago"]).or_else(|| words.strip_suffix(&["назад"])).unwrap_or(words);
    let back = |at: Zoned, span| at.checked_sub(span).ok();
    spans(&words.concat())?.into_iter().try_fold(now.clone(), back).map(|at| at.timestamp())
}

/// `1d2h30m`: one or several counts with their units.
pub(super) fn spans(text: &str) -> Option<Vec<Span>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (count, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        spans.push(span(count.parse().ok()?, unit)?);
        rest = after;
    }
    (!spans.is_empty()).then_some(spans)
}

#[rustfmt::skip]
fn span(count: i64, unit: &str) -> Option<Span> {
    let span = Span::new();
    match unit.trim_end_matches('.') {
        "s" | "sec" | "second" | "seconds" | "с" | "сек" | "секунда" | "секунду" | "секунды" | "секунд" => span.try_seconds(count),
        "m" | "min" | "mins" | "minute" | "minutes" | "м" | "мин" | "минута" | "минуту" | "минуты" | "минут" => span.try_minutes(count),
        "h" | "hour" | "hours" | "ч" | "час" | "часа" | "часов" => span.try_hours(count),
        "d" | "day" | "days" | "д" | "дн" | "день" | "дня" | "дней" => span.try_days(count),
        "w" | "week" | "weeks" | "н" | "нед" | "неделя" | "неделю" | "недели" | "недель" => span.try_weeks(count),
        "mo" | "month" | "months" | "мес" | "месяц" | "месяца" | "месяцев" => span.try_months(count),
        "y" | "year" | "years" | "г" | "год" | "года" | "лет" => span.try_years(count),
        _ => return None,
    }.ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// Reads a time on Wednesday 2026-11-11, 15:30 in Moscow.
    fn read(text: &str, edge: Edge) -> String {
        let moscow = zone("Europe/Moscow");
        match parse(text, edge, at("2026-11-11T15:30:00+03:00"), &moscow) {
            Ok(time) => time.to_zoned(moscow).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Err(_) => "not understood".into(),
        }
    }

    #[test]
    fn a_day_begins_a_period_at_its_beginning_and_ends_it_at_its_end() {
        for (text, since, until) in [
            ("2026-11-01", "2026-11-01", "2026-11-02"),
            ("01.11.2026", "2026-11-01", "2026-11-02"),
            ("1.11.26", "2026-11-01", "2026-11-02"),
            ("01.11", "2026-11-01", "2026-11-02"),
            ("12.11", "2025-11-12", "2025-11-13"),
            ("29.02", "2024-02-29", "2024-03-01"),
            ("31.12.2026", "2026-12-31", "2027-01-01"),
            ("today", "2026-11-11", "2026-11-12"),
            (" Yesterday ", "2026-11-10", "2026-11-11"),
            ("СЕГОДНЯ", "2026-11-11", "2026-11-12"),
            ("вчера", "2026-11-10", "2026-11-11"),
            ("позавчера", "2026-11-09", "2026-11-10"),
            ("monday", "2026-11-09", "2026-11-10"),
            ("Пн", "2026-11-09", "2026-11-10"),
            ("wed", "2026-11-11", "2026-11-12"),
            ("в среду", "2026-11-11", "2026-11-12"),
            ("thu", "2026-11-05", "2026-11-06"),
            ("воскресенье", "2026-11-08", "2026-11-09"),
        ] {
            assert_eq!(read(text, Edge::Since), format!("{since} 00:00:00"), "{text}");
            assert_eq!(read(text, Edge::Until), format!("{until} 00:00:00"), "{text}");
        }
    }

    #[test]
    fn a_moment_is_the_same_at_either_end() {
        for (text, expected) in [
            ("2026-11-01T09:00", "2026-11-01 09:00:00"),
            ("2026-11-01t9:00:15", "2026-11-01 09:00:15"),
            ("2026-11-01 09:00", "2026-11-01 09:00:00"),
            ("01.11.2026 09:00", "2026-11-01 09:00:00"),
            ("2026-11-01T09:00:00Z", "2026-11-01 12:00:00"),
            ("2026-11-01T09:00:00.5-05:00", "2026-11-01 17:00:00"),
            ("14:05", "2026-11-11 14:05:00"),
            ("вчера 14:05", "2026-11-10 14:05:00"),
            ("вчера в 9:00", "2026-11-10 09:00:00"),
            ("mon 09:00", "2026-11-09 09:00:00"),
            ("now", "2026-11-11 15:30:00"),
            ("2h", "2026-11-11 13:30:00"),
            ("2 h ago", "2026-11-11 13:30:00"),
            ("2ч", "2026-11-11 13:30:00"),
            ("2 часа назад", "2026-11-11 13:30:00"),
            ("30m", "2026-11-11 15:00:00"),
            ("30мин.", "2026-11-11 15:00:00"),
            ("7d", "2026-11-04 15:30:00"),
            ("3д", "2026-11-08 15:30:00"),
            ("3 дня назад", "2026-11-08 15:30:00"),
            ("2w ago", "2026-10-28 15:30:00"),
            ("1d 2h", "2026-11-10 13:30:00"),
            ("1d2h30m", "2026-11-10 13:00:00"),
            ("1 месяц", "2026-10-11 15:30:00"),
            ("2 года назад", "2024-11-11 15:30:00"),
        ] {
            assert_eq!(read(text, Edge::Since), expected, "{text}");
            assert_eq!(read(text, Edge::Until), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        let long = "1d".repeat(100_000);
        for text in [
            "",
            " ",
            "soon",
            "2026-02-30",
            "30.02",
            "30.02.2026",
            "31.04.2026",
            "2026-13-01",
            "26-11-01",
            "2026-1-1",
            "24:00",
            "12:60",
            "9:5",
            "2026-11-01T",
            "2026-11-01T25:00",
            "01.11.202",
            "1.1.1.1",
            "99999999999d",
            "99999999999999999999h",
            "9999999y",
            "-2h",
            "2",
            "h",
            "2x",
            "2h later",
            "ago",
            "назад",
            "today today",
            "9999-12-31T99:99",
            "٢h",
            "12:+5",
            "\u{202e}2h",
            &long,
        ] {
            assert_eq!(read(text, Edge::Since), "not understood", "{text}");
        }
    }

    #[test]
    fn the_last_day_of_the_calendar_has_no_end() {
        assert_eq!(read("9999-12-31", Edge::Until), "not understood");
    }

    #[test]
    fn the_complaint_is_short_and_safe_for_a_terminal() {
        let text = "\u{1b}[2J\u{202e}".repeat(10_000);
        let said = parse(&text, Edge::Since, at("2026-11-11T00:00:00Z"), &TimeZone::UTC).unwrap_err().message();
        assert!(said.chars().count() < 100 && !said.contains('\u{1b}'), "{said}");
    }

    #[test]
    fn days_are_the_calendars_when_the_clocks_change() {
        // New York goes back on 2026-11-01, Berlin forward on 2026-03-29.
        for (name, now, text, edge, expected) in [
            ("America/New_York", "2026-11-02T09:00:00-05:00", "2d", Edge::Since, "2026-10-31T09:00:00-04:00"),
            ("America/New_York", "2026-11-02T09:00:00-05:00", "48h", Edge::Since, "2026-10-31T09:00:00-05:00"),
            ("America/New_York", "2026-11-02T09:00:00-05:00", "sunday", Edge::Since, "2026-11-01T00:00:00-04:00"),
            ("America/New_York", "2026-11-02T09:00:00-05:00", "sunday", Edge::Until, "2026-11-02T00:00:00-05:00"),
            ("America/New_York", "2026-11-02T09:00:00-05:00", "sunday 01:30", Edge::Since, "2026-11-01T01:30:00-04:00"),
            ("Europe/Berlin", "2026-03-30T00:30:00+02:00", "yesterday", Edge::Since, "2026-03-29T00:00:00+01:00"),
            ("Europe/Berlin", "2026-03-30T00:30:00+02:00", "yesterday", Edge::Until, "2026-03-30T00:00:00+02:00"),
            ("Europe/Berlin", "2026-03-30T02:30:00+02:00", "1d", Edge::Since, "2026-03-29T03:30:00+02:00"),
        ] {
            assert_eq!(parse(text, edge, at(now), &zone(name)).unwrap(), at(expected), "{name} {text}");
        }
    }

    #[test]
    fn a_period_must_have_begun_and_end_after_that() {
        let [past, now, future] = ["2026-11-01T00:00:00Z", "2026-11-11T00:00:00Z", "2026-11-12T00:00:00Z"].map(at);
        assert!(period(Some(past), Some(future), now).is_ok());
        assert!(period(Some(past), None, now).is_ok() && period(None, None, now).is_ok() && period(None, Some(past), now).is_ok());
        assert!(matches!(period(Some(now), Some(past), now), Err(Error::Period(PeriodFault::Reversed))));
        assert!(matches!(period(Some(future), None, now), Err(Error::Period(PeriodFault::Future))));
    }

    fn some_zone() -> impl Strategy<Value = TimeZone> {
        prop::sample::select(vec!["Europe/Moscow", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "UTC"]).prop_map(zone)
    }

    fn some_time() -> impl Strategy<Value = Timestamp> {
        (946_684_800i64..4_102_444_800).prop_map(|seconds| Timestamp::from_second(seconds).unwrap())
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>(), zone in some_zone(), now in any::<i64>()) {
            let now = Timestamp::from_nanosecond(i128::from(now) * 10).unwrap_or(Timestamp::MAX);
            let _ = (parse(&text, Edge::Since, now, &zone), parse(&text, Edge::Until, now, &zone));
        }

        #[test]
        fn anything_like_a_time_is_read_without_panic(
            text in "([0-9]{1,12} ?[a-zа-я:.-]{0,4}[ T]?){1,3}( ago)?",
            now in prop::sample::select(vec![Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX]),
            zone in some_zone(),
        ) {
            let _ = (parse(&text, Edge::Since, now, &zone), parse(&text, Edge::Until, now, &zone));
        }

        #[test]
        fn a_day_begins_before_it_ends(year in 2000i16..2100, month in 1i8..=12, day in 1i8..=28, zone in some_zone(), now in some_time()) {
            for text in [format!("{year}-{month:02}-{day:02}"), format!("{day:02}.{month:02}.{year}"), format!("{day}.{month}")] {
                let [since, until] = [Edge::Since, Edge::Until].map(|edge| parse(&text, edge, now, &zone).unwrap());
                prop_assert!((23..=25).contains(&until.duration_since(since).as_hours()));
            }
        }

        #[test]
        fn a_day_of_the_week_is_the_latest_one(
            (day, index) in prop::sample::select(vec![("monday", 1), ("вт", 2), ("wed", 3), ("четверг", 4), ("пятницу", 5), ("sat", 6), ("вс", 7)]),
            zone in some_zone(),
            now in some_time(),
        ) {
            let found = parse(day, Edge::Since, now, &zone).unwrap().to_zoned(zone.clone());
            prop_assert_eq!(found.weekday().to_monday_one_offset(), index);
            prop_assert!(found.timestamp() <= now);
            prop_assert!((0..7).contains(&(now.to_zoned(zone).date() - found.date()).get_days()));
        }
    }
}
