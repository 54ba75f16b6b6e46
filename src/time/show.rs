//! Times and durations as people and machines read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::zone;
use crate::text::{Lang, lang, plural, tr};

/// `14:05` in the person's zone.
pub fn clock_time(at: Timestamp) -> String {
    at.to_zoned(zone()).strftime("%H:%M").to_string()
}

/// `14:05:09`, in the person's zone.
pub fn to_the_second(at: Timestamp) -> String {
    at.to_zoned(zone()).strftime("%H:%M:%S").to_string()
}

/// A time in a table: `14:05` today, `yesterday 14:05`, `Fri 14:05` within a week, `12 Nov 14:05` this year, else the day alone.
pub fn relative(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let clock = at.strftime("%H:%M");
    match days_between(&at, &now) {
        0 => clock.to_string(),
        1 => format!("{} {clock}", tr("вчера", "yesterday")),
        2..=6 => format!("{} {clock}", weekday(&at)),
        _ if at.year() == now.year() => format!("{} {} {clock}", at.day(), month(&at)),
        _ => at.strftime(tr("%d.%m.%Y", "%Y-%m-%d")).to_string(),
    }
}

/// When something is due: `14:05` today, `tomorrow 10:00`, `Tue 18:00` within a week, else as [`relative`].
pub fn upcoming(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (day, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    match days_between(&today, &day) {
        1 => format!("{} {}", tr("завтра", "tomorrow"), day.strftime("%H:%M")),
        2..=6 => format!("{} {}", weekday(&day), day.strftime("%H:%M")),
        _ => relative(at, now, zone),
    }
}

/// `1 ноя 2026 14:05:09`, to the second, in the person's zone.
pub fn full(at: Timestamp) -> String {
    let at = at.to_zoned(zone());
    format!("{} {} {} {}", at.day(), month(&at), at.year(), at.strftime("%H:%M:%S"))
}

fn days_between(at: &Zoned, now: &Zoned) -> i64 {
    now.date().duration_since(at.date()).as_hours() / 24
}

fn weekday(at: &Zoned) -> &'static str {
    weekdays()[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())]
}

/// The week from Monday, for people.
pub fn weekdays() -> [&'static str; 7] {
    tr(["пн", "вт", "ср", "чт", "пт", "сб", "вс"], ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
}

/// `Wed 11 Nov 2026`
pub fn day(date: Date) -> String {
    let weekday = weekdays()[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
    format!("{weekday} {} {} {}", date.day(), month_of(date.month()), date.year())
}

/// `11 Nov`
pub fn day_and_month(date: Date) -> String {
    format!("{} {}", date.day(), month_of(date.month()))
}

/// `Nov 2026`
pub fn month_and_year(date: Date) -> String {
    let index = usize::from(date.month().unsigned_abs()) - 1;
    // By itself a month has another form in Russian than behind a day.
    let month = if index == 4 { tr("май", "May") } else { month_of(date.month()) };
    format!("{month} {}", date.year())
}

fn month(at: &Zoned) -> &'static str {
    month_of(at.month())
}

#[rustfmt::skip]
fn month_of(month: i8) -> &'static str {
    let index = usize::from(month.unsigned_abs()) - 1;
    tr(
        ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    )[index]
}

/// How long: `0:07`, `1:05`, `1:02:03`; nothing is shorter than `0:00`.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long ago: `just now` within a minute, `5 min ago`, `2 h ago`, `3 days ago`. The future, when two clocks differ, is just now.
pub fn ago(seconds: i64) -> String {
    let ago = match seconds {
        ..60 => return tr("только что", "just now").into(),
        60..3600 => format!("{} {}", seconds / 60, tr("мин", "min")),
        3600..86400 => format!("{} {}", seconds / 3600, tr("ч", "h")),
        _ => plural(seconds.unsigned_abs() / 86400, ["день", "дня", "дней"], ["day", "days"]),
    };
    match lang() {
        Lang::Ru => ago + " назад",
        Lang::En => ago + " ago",
    }
}

/// `01.11.2026 09:00:00` on Moscow's clocks, which extended statistics are asked by (vpbx-core §6.2.1).
pub fn moscow(at: Timestamp) -> String {
    static MOSCOW: TimeZone = jiff::tz::get!("Europe/Moscow");
    at.to_zoned(MOSCOW.clone()).strftime("%d.%m.%Y %H:%M:%S").to_string()
}

/// `2026-11-01T09:00:00+03:00` in the person's zone; parts of a second are left out.
pub fn rfc3339(at: Timestamp) -> String {
    in_zone(at, &zone())
}

/// For `#[serde(serialize_with)]`: a moment as RFC 3339, nothing as null.
pub fn moment<S: serde::Serializer>(at: &Option<i64>, out: S) -> Result<S::Ok, S::Error> {
    at.and_then(|at| Timestamp::from_second(at).ok()).map(rfc3339).serialize(out)
}

fn in_zone(at: Timestamp, zone: &TimeZone) -> String {
    format!("{:.0}", at.display_with_offset(zone.to_offset(at)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::set_lang;
    use crate::time::{Edge, now, parse};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_in_a_table_says_as_little_as_it_can() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        for (time, ru, en) in [
            ("2026-11-11T00:00:00+03:00", "00:00", "00:00"),
            ("2026-11-11T23:59:00+03:00", "23:59", "23:59"),
            ("2026-11-10T14:05:00+03:00", "вчера 14:05", "yesterday 14:05"),
            ("2026-11-06T14:05:00+03:00", "пт 14:05", "Fri 14:05"),
            ("2026-11-05T14:05:00+03:00", "чт 14:05", "Thu 14:05"),
            ("2026-11-04T14:05:00+03:00", "4 ноя 14:05", "4 Nov 14:05"),
            ("2026-11-12T14:05:00+03:00", "12 ноя 14:05", "12 Nov 14:05"),
            ("2026-05-01T14:05:00+03:00", "1 мая 14:05", "1 May 14:05"),
            ("2025-12-31T23:59:00+03:00", "31.12.2025", "2025-12-31"),
        ] {
            set_lang(Lang::Ru);
            assert_eq!(relative(at(time), at("2026-11-11T15:30:00+03:00"), &zone), ru);
            set_lang(Lang::En);
            assert_eq!(relative(at(time), at("2026-11-11T15:30:00+03:00"), &zone), en);
        }
    }

    #[test]
    fn what_is_due_is_said_from_today_on() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        for (time, ru, en) in [
            ("2026-11-10T14:05:00+03:00", "вчера 14:05", "yesterday 14:05"),
            ("2026-11-11T18:00:00+03:00", "18:00", "18:00"),
            ("2026-11-12T00:00:00+03:00", "завтра 00:00", "tomorrow 00:00"),
            ("2026-11-17T18:00:00+03:00", "вт 18:00", "Tue 18:00"),
            ("2026-11-18T18:00:00+03:00", "18 ноя 18:00", "18 Nov 18:00"),
            ("2027-01-11T18:00:00+03:00", "11.01.2027", "2027-01-11"),
        ] {
            set_lang(Lang::Ru);
            assert_eq!(upcoming(at(time), at("2026-11-11T15:30:00+03:00"), &zone), ru);
            set_lang(Lang::En);
            assert_eq!(upcoming(at(time), at("2026-11-11T15:30:00+03:00"), &zone), en);
        }
    }

    #[test]
    fn durations_are_written_like_a_clock() {
        for (seconds, expected) in [(-5, "0:00"), (7, "0:07"), (65, "1:05"), (3599, "59:59"), (3723, "1:02:03"), (360_000, "100:00:00")] {
            assert_eq!(duration(seconds), expected);
        }
    }

    #[test]
    fn a_while_ago_is_said_in_words() {
        for (seconds, ru, en) in [
            (-100, "только что", "just now"),
            (59, "только что", "just now"),
            (60, "1 мин назад", "1 min ago"),
            (7_300, "2 ч назад", "2 h ago"),
            (86_400, "1 день назад", "1 day ago"),
            (3 * 86_400, "3 дня назад", "3 days ago"),
        ] {
            set_lang(Lang::Ru);
            assert_eq!(ago(seconds), ru);
            set_lang(Lang::En);
            assert_eq!(ago(seconds), en);
        }
    }

    #[test]
    fn statistics_are_asked_by_the_clocks_of_moscow() {
        assert_eq!(moscow(at("2026-11-01T06:00:00Z")), "01.11.2026 09:00:00");
        // Summer time all year round ended on 26 October 2014.
        assert_eq!(moscow(at("2014-10-25T12:00:00Z")), "25.10.2014 16:00:00");
        assert_eq!(moscow(at("2014-10-26T12:00:00Z")), "26.10.2014 15:00:00");
        assert_eq!(moscow(at("2010-01-01T00:00:00Z")), "01.01.2010 03:00:00");
    }

    #[test]
    fn machines_get_seconds_and_the_offset() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        assert_eq!(in_zone(at("2026-11-01T06:00:00.999Z"), &zone), "2026-11-01T09:00:00+03:00");
        assert_eq!(in_zone(at("2026-11-01T06:00:00Z"), &TimeZone::UTC), "2026-11-01T06:00:00+00:00");
    }

    proptest! {
        #[test]
        fn what_machines_get_is_read_back(seconds in 0i64..253_402_200_000, name in prop::sample::select(vec!["America/New_York", "Asia/Kathmandu", "UTC"])) {
            let (time, zone) = (Timestamp::from_second(seconds).unwrap(), TimeZone::get(name).unwrap());
            for shown in [rfc3339(time), in_zone(time, &zone)] {
                prop_assert_eq!(parse(&shown, Edge::Until, now(), &zone).unwrap(), time);
            }
        }

        #[test]
        fn every_time_can_be_shown(seconds in any::<i64>(), from in any::<i64>()) {
            let _ = (duration(seconds), ago(seconds));
            for time in [Timestamp::from_second(from % 253_402_200_000).unwrap(), Timestamp::MIN, Timestamp::MAX] {
                let _ = (relative(time, now(), &TimeZone::UTC), relative(now(), time, &zone()), moscow(time), rfc3339(time), clock_time(time));
            }
        }
    }
}
