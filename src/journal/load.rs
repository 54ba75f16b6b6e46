//! How busy it was: calls by hour and weekday, by day, by employee and by line, counted in one walk through the index.

use std::cmp::Reverse;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rusqlite::{Row, params_from_iter};

use super::brief::{Brief, Groups, Scope, conditions};
use super::{Direction, Entry, Journal, entry};
use crate::error::Result;
use crate::store::failed;
use crate::time::now;

/// The clocks of every zone differ from each other by whole quarters of an hour today.
const QUARTER: i64 = 900;

/// Calls counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them
    pub calls: u64,
    /// From outside
    pub incoming: u64,
    /// To the outside
    pub outgoing: u64,
    /// Between employees
    pub internal: u64,
    /// With a conversation, whichever way
    pub answered: u64,
    /// From outside, and nobody took it
    pub missed: u64,
    /// Seconds of conversation
    pub talk: i64,
    /// Calls from outside that were taken and of which it is known how long they waited
    waited: u64,
    /// Seconds that these waited
    wait: i64,
}

/// What is known of the load in a period.
#[derive(Clone, Debug)]
pub struct Load {
    /// Everything
    pub totals: Tally,
    /// By weekday from Monday, and hour
    pub hours: Box<[[Tally; 24]; 7]>,
    /// Every day of the period, also those without a call, but none before the journal begins
    pub days: Vec<(Date, Tally)>,
    /// By extension, the busiest first; `None` for calls that reached nobody
    pub employees: Vec<(Option<String>, Tally)>,
    /// By line, the busiest first; `None` for calls without one
    pub lines: Vec<(Option<String>, Tally)>,
    /// The missed call that waited longest
    pub longest_unanswered: Option<Entry>,
}

impl Tally {
    fn add(&mut self, brief: Brief) {
        self.calls += 1;
        match brief.direction() {
            Some(Direction::Incoming) => self.incoming += 1,
            Some(Direction::Outgoing) => self.outgoing += 1,
            Some(Direction::Internal) => self.internal += 1,
            None => {}
        }
        let answered = brief.answered() == Some(true);
        self.answered += u64::from(answered);
        self.missed += u64::from(brief.is_missed());
        self.talk += brief.talk().unwrap_or(0);
        if answered
            && brief.direction() == Some(Direction::Incoming)
            && let Some(wait) = brief.wait()
        {
            self.waited += 1;
            self.wait += wait;
        }
    }

    fn join(&mut self, other: &Tally) {
        self.calls += other.calls;
        self.incoming += other.incoming;
        self.outgoing += other.outgoing;
        self.internal += other.internal;
        self.answered += other.answered;
        self.missed += other.missed;
        self.talk += other.talk;
        self.waited += other.waited;
        self.wait += other.wait;
    }

    /// All of these together.
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Tally>) -> Tally {
        let mut sum = Tally::default();
        all.into_iter().for_each(|one| sum.join(one));
        sum
    }

    /// Seconds that a call from outside waited until it was taken.
    pub fn average_wait(&self) -> Option<i64> {
        mean(self.wait, self.waited)
    }

    /// Seconds of a conversation.
    pub fn average_talk(&self) -> Option<i64> {
        mean(self.talk, self.answered)
    }
}

/// To the nearest second; of nothing there is no mean.
pub(super) fn mean(sum: i64, count: u64) -> Option<i64> {
    let count = i64::try_from(count).ok().filter(|count| *count > 0)?;
    Some((sum + count / 2) / count)
}

/// Where on the person's calendar the walk is: times come in order, and the calendar is asked once for each quarter of an hour.
struct Calendar {
    zone: TimeZone,
    quarter: Option<i64>,
    weekday: usize,
    hour: usize,
    date: Date,
}

impl Calendar {
    /// True when it is another quarter than before.
    fn turn_to(&mut self, at: i64) -> bool {
        let quarter = at.div_euclid(QUARTER);
        if self.quarter == Some(quarter) {
            return false;
        }
        let local = local(at, &self.zone);
        self.weekday = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
        self.hour = usize::from(local.hour().unsigned_abs());
        self.date = local.date();
        // Clocks of long ago, or those that somebody made up, may turn within a quarter.
        self.quarter = Some(quarter).filter(|_| i64::from(local.offset().seconds()) % QUARTER == 0);
        true
    }
}

/// A row for each day, in their order.
#[derive(Default)]
struct Days {
    all: Vec<(Date, Tally)>,
    today: usize,
}

impl Days {
    /// Goes on to a day, over those without a call. Where the clocks are put back over midnight, the day before comes once more.
    fn turn_to(&mut self, date: Date) {
        while self.all.last().is_none_or(|(last, _)| *last < date) {
            let next = self.all.last().map_or(Ok(date), |(last, _)| last.tomorrow());
            self.all.push((next.unwrap_or(date), Tally::default()));
        }
        self.today = self.all.iter().rposition(|(day, _)| *day == date).unwrap_or(self.all.len() - 1);
    }
}

/// The walk under way.
struct Counting {
    calendar: Calendar,
    hours: Box<[[Tally; 24]; 7]>,
    days: Days,
    employees: Groups<Tally>,
    lines: Groups<Tally>,
    /// Wait, and when: of two that waited as long, the earlier one
    longest: Option<(i64, Reverse<i64>)>,
}

impl Counting {
    fn take(&mut self, call: &Row<'_>) -> rusqlite::Result<()> {
        let (at, brief) = (call.get(0)?, Brief(call.get(1)?));
        if self.calendar.turn_to(at) {
            self.days.turn_to(self.calendar.date);
        }
        self.hours[self.calendar.weekday][self.calendar.hour].add(brief);
        self.days.all[self.days.today].1.add(brief);
        self.lines.of(call.get_ref(2)?).add(brief);
        self.employees.of(call.get_ref(3)?).add(brief);
        if brief.is_missed() {
            self.longest = self.longest.max(brief.wait().map(|wait| (wait, Reverse(at))));
        }
        Ok(())
    }
}

impl Journal {
    /// Counts the calls of a period, by the clocks of a zone.
    pub fn load(&self, scope: &Scope, zone: &TimeZone) -> Result<Load> {
        let calendar = Calendar { zone: zone.clone(), quarter: None, weekday: 0, hour: 0, date: Date::ZERO };
        let (employees, lines) = (Groups::new(), Groups::new());
        let mut counting = Counting { calendar, hours: Box::default(), days: Days::default(), employees, lines, longest: None };
        let begin = self.first_call()?.map(|first| first.max(scope.since.unwrap_or(first)));
        let begin = begin.filter(|begin| scope.until.is_none_or(|until| *begin < until));
        begin.inspect(|begin| counting.days.turn_to(local(*begin, zone).date()));
        self.walk("started_at, brief, line, employee", scope, &mut |call| counting.take(call))?;
        let end = scope.until.unwrap_or(i64::MAX).min(now().as_second() + 1);
        begin.filter(|begin| *begin < end).inspect(|_| counting.days.turn_to(local(end - 1, zone).date()));
        let longest = counting.longest.map(|(wait, Reverse(at))| self.missed_at(at, wait, scope)).transpose()?;
        Ok(Load {
            totals: Tally::sum(counting.hours.iter().flatten()),
            hours: counting.hours,
            days: counting.days.all,
            employees: busiest(counting.employees),
            lines: busiest(counting.lines),
            longest_unanswered: longest.flatten(),
        })
    }

    fn first_call(&self) -> Result<Option<i64>> {
        let (conditions, values) = conditions(&Scope::default());
        let sql = format!("SELECT min(started_at) FROM counted WHERE {conditions}");
        self.lock().query_row(&sql, params_from_iter(values), |row| row.get(0)).map_err(failed(&self.path))
    }

    fn missed_at(&self, started_at: i64, wait: i64, scope: &Scope) -> Result<Option<Entry>> {
        let only = Scope { since: Some(started_at), until: Some(started_at + 1), ..scope.clone() };
        let (conditions, values) = conditions(&only);
        let sql = format!("SELECT {} FROM entries WHERE id IN (SELECT id FROM counted WHERE {conditions}) ORDER BY id", entry::COLUMNS);
        let db = self.lock();
        let all = db.prepare(&sql).and_then(|mut all| all.query_map(params_from_iter(values), entry::read)?.collect::<Result<Vec<_>, _>>());
        let all = all.map_err(failed(&self.path))?;
        Ok(all.into_iter().find(|entry| entry.facts.is_missed() && entry.facts.wait() == Some(wait)))
    }
}

fn local(at: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_second(at).unwrap_or_default().to_zoned(zone.clone())
}

fn busiest(groups: Groups<Tally>) -> Vec<(Option<String>, Tally)> {
    let mut all = groups.into_all();
    all.sort_by(|(name, tally), (other, than)| than.calls.cmp(&tally.calls).then_with(|| name.cmp(other)));
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::journal::entry::{Facts, State};
    use crate::journal::write::{Over, Writer};

    fn journal(calls: &[Facts]) -> (tempfile::TempDir, Journal) {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("journal.db")).unwrap();
        fill(&journal, calls);
        (home, journal)
    }

    fn fill(journal: &Journal, calls: &[Facts]) {
        let put = |change: &rusqlite::Transaction<'_>| {
            change.execute("DELETE FROM entries", [])?;
            calls
                .iter()
                .enumerate()
                .try_for_each(|(n, facts)| Writer::of(change)?.write(&format!("E{n}"), 3, facts, Over::Everything).map(drop))
        };
        journal.change(put).unwrap();
    }

    fn at(time: &str) -> i64 {
        time.parse::<Timestamp>().unwrap().as_second()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// A call from outside; taken after so many seconds, or given up after them.
    fn call(started_at: i64, wait: i64, answered: bool) -> Facts {
        Facts {
            direction: Some(Direction::Incoming),
            state: Some(State::Ended),
            from_number: Some("79000000001".into()),
            to_extension: Some("101".into()),
            line: Some("74950000010".into()),
            started_at: Some(started_at),
            answered_at: answered.then_some(started_at + wait),
            ended_at: Some(started_at + wait + if answered { 60 } else { 0 }),
            talk: Some(if answered { 60 } else { 0 }),
            answered: Some(answered),
            ..Facts::default()
        }
    }

    #[test]
    fn hours_are_those_of_the_persons_clocks_when_the_clocks_change() {
        // New York goes back at 2 on Sunday, 3 November 2024: half past one comes twice. Berlin goes forward at 2 on 31 March.
        for (name, times, cells) in [
            (
                "America/New_York",
                vec!["2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00", "2024-11-03T02:30:00-05:00"],
                vec![(6, 1, 2), (6, 2, 1)],
            ),
            ("Europe/Berlin", vec!["2024-03-31T01:59:59+01:00", "2024-03-31T03:00:00+02:00"], vec![(6, 1, 1), (6, 2, 0), (6, 3, 1)]),
            ("Asia/Kathmandu", vec!["2024-11-04T00:00:00+05:45", "2024-11-03T23:59:59+05:45"], vec![(0, 0, 1), (6, 23, 1)]),
            ("Europe/Moscow", vec!["2024-11-27T00:00:00+03:00"], vec![(2, 0, 1)]),
        ] {
            let calls: Vec<Facts> = times.iter().map(|time| call(at(time), 5, true)).collect();
            let (_home, journal) = journal(&calls);
            let load = journal.load(&Scope::default(), &zone(name)).unwrap();
            for (weekday, hour, calls) in cells {
                assert_eq!(load.hours[weekday][hour].calls, calls, "{name} {weekday} {hour}");
            }
            assert_eq!(load.totals.calls as usize, times.len());
        }
    }

    #[test]
    fn every_day_of_the_period_is_there_and_none_before_the_journal_begins() {
        let (_home, journal) = journal(&[call(at("2024-11-03T12:00:00Z"), 5, true), call(at("2024-11-05T12:00:00Z"), 5, false)]);
        let days = |since: &str, until: &str| {
            let scope = Scope { since: Some(at(since)), until: Some(at(until)), ..Scope::default() };
            let days = journal.load(&scope, &TimeZone::UTC).unwrap().days;
            days.into_iter().map(|(date, tally)| (date.to_string(), tally.calls)).collect::<Vec<_>>()
        };
        let day = |day: &str, calls| (format!("2024-11-{day}"), calls);
        assert_eq!(days("2020-01-01T00:00:00Z", "2024-11-07T00:00:00Z"), [day("03", 1), day("04", 0), day("05", 1), day("06", 0)]);
        assert_eq!(days("2024-11-04T00:00:00Z", "2024-11-05T00:00:00Z"), [day("04", 0)]);
        assert_eq!(days("2024-11-09T00:00:00Z", "2024-11-09T18:00:00Z"), [day("09", 0)]);
        assert_eq!(days("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"), []);
    }

    #[test]
    fn a_day_that_comes_twice_at_midnight_is_one_day() {
        // Havana goes back from 1:00 to 0:00 on 3 November 2024.
        let (_home, journal) = journal(&[
            call(at("2024-11-02T00:30:00-04:00"), 5, true),
            call(at("2024-11-03T00:30:00-04:00"), 5, true),
            call(at("2024-11-03T00:30:00-05:00"), 5, true),
        ]);
        let scope =
            Scope { since: Some(at("2024-11-02T12:00:00-04:00")), until: Some(at("2024-11-03T12:00:00-05:00")), ..Scope::default() };
        let days = journal.load(&scope, &zone("America/Havana")).unwrap().days;
        assert_eq!(days.iter().map(|(_, tally)| tally.calls).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn the_caller_who_waited_longest_in_vain_is_named() {
        let calls = [call(100, 50, false), call(200, 70, false), call(300, 70, false), call(400, 900, true)];
        let (_home, journal) = journal(&calls);
        let load = journal.load(&Scope::default(), &TimeZone::UTC).unwrap();
        assert_eq!(load.longest_unanswered.unwrap().entry_id, "E1");
        assert_eq!((load.totals.average_wait(), load.totals.average_talk()), (Some(900), Some(60)));
    }

    #[test]
    fn one_walk_counts_what_looking_at_every_call_counts() {
        let (_home, journal) = journal(&[]);
        let base = at("2024-03-01T00:00:00Z");
        let some = || prop::collection::vec((0i64..4_000_000, 0i64..300, any::<bool>(), 0usize..4, 0usize..3), 0..60);
        let names = prop::sample::select(vec!["America/St_Johns", "Europe/Moscow", "Australia/Lord_Howe"]);
        proptest!(ProptestConfig::with_cases(64), |(calls in some(), since in 0i64..4_000_000, length in 1i64..4_000_000, name in names)| {
            let one = |(start, wait, answered, employee, line): &(i64, i64, bool, usize, usize)| Facts {
                to_extension: [Some("101"), Some("0101"), Some("sip:x@y"), None][*employee].map(str::to_owned),
                line: [Some("74950000010"), Some("main"), None][*line].map(str::to_owned),
                ..call(base + start, *wait, *answered)
            };
            let facts: Vec<Facts> = calls.iter().map(one).collect();
            fill(&journal, &facts);
            let zone = zone(name);
            let period = base + since..base + since + length;
            let scope = Scope { since: Some(period.start), until: Some(period.end), ..Scope::default() };
            let load = journal.load(&scope, &zone).unwrap();
            let inside: Vec<&Facts> = facts.iter().filter(|facts| period.contains(&facts.started_at.unwrap())).collect();
            let count = |fits: &dyn Fn(&Facts) -> bool| inside.iter().filter(|facts| fits(facts)).count() as u64;
            let clock = |facts: &Facts| local(facts.started_at.unwrap(), &zone);
            for (employee, tally) in &load.employees {
                prop_assert_eq!(tally.calls, count(&|facts| facts.to_extension == *employee));
            }
            for (line, tally) in &load.lines {
                prop_assert_eq!(tally.missed, count(&|facts| facts.line == *line && facts.is_missed()));
            }
            for (date, tally) in &load.days {
                prop_assert_eq!(tally.answered, count(&|facts| facts.answered == Some(true) && clock(facts).date() == *date));
            }
            for hour in 0..24 {
                let of_hour = Tally::sum(load.hours.iter().map(|day| &day[hour]));
                prop_assert_eq!(of_hour.calls, count(&|facts| usize::from(clock(facts).hour().unsigned_abs()) == hour));
            }
            prop_assert_eq!(load.totals.calls, inside.len() as u64);
            prop_assert_eq!(Tally::sum(load.days.iter().map(|(_, tally)| tally)), load.totals.clone());
            prop_assert_eq!(Tally::sum(load.employees.iter().map(|(_, tally)| tally)), load.totals.clone());
            prop_assert_eq!(Tally::sum(load.lines.iter().map(|(_, tally)| tally)), load.totals);
        });
    }
}
