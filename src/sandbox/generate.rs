//! A believable history: working hours, quiet weekends, people who call often and people who call once.

use super::clock::{DAY, MOSCOW, moscow_day};
use super::entry::{Direction, Entry, Extra, Leg, Party, Place};
use super::ledger::Ledger;
use super::people::{EMPLOYEES, Employee, GROUPS, Group, LINES, Line, PEOPLE};
use super::visitors;
use crate::error::Result;

/// Calls written in one transaction.
const BATCH: usize = 20_000;

/// The longest call that is invented, so that none of them ends in the future.
const LONGEST: i64 = 1800;

/// Invents `calls` calls within `days` days before `now`, oldest first, as the ledger keeps them.
pub(super) fn write(ledger: &mut Ledger, calls: u64, days: u32, seed: u64, now: i64, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let mut history = history(ledger.reserve(calls)?, calls, days, seed, now);
    let mut done = 0;
    loop {
        let written = ledger.record_all(&mut history.by_ref().take(BATCH))?;
        done += written;
        progress(done);
        if written < BATCH as u64 {
            return Ok(());
        }
    }
}

fn history(serial: i64, calls: u64, days: u32, seed: u64, now: i64) -> impl Iterator<Item = Entry<'static>> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let inventor = Inventor { times: chance.fork(), chance, serial, callers: (calls / 4).clamp(50, 1_000_000) };
    Shares::new(calls, (now - i64::from(days.max(1)) * DAY, now - LONGEST)).flat_map_into(inventor)
}

/// How many calls each day has, and between which seconds.
struct Shares {
    days: Vec<(u64, i64, i64)>,
}

impl Shares {
    fn new(calls: u64, (from, to): (i64, i64)) -> Shares {
        let days = moscow_day(from)..=moscow_day(to);
        let weighed: Vec<(f64, i64, i64)> = days.map(|day| weighed(day, from, to)).collect();
        let whole: f64 = weighed.iter().map(|(weight, ..)| weight).sum();
        let (mut given, mut sum) = (0, 0.0);
        let mut share = |(weight, begin, end): (f64, i64, i64)| {
            sum += weight;
            let until = (calls as f64 * sum / whole).round() as u64;
            let count = until.min(calls) - given;
            given += count;
            (count, begin, end)
        };
        Shares { days: weighed.into_iter().map(&mut share).collect() }
    }

    /// The calls, day after day; the times of one day at most are in memory.
    fn flat_map_into(self, mut inventor: Inventor) -> impl Iterator<Item = Entry<'static>> {
        let mut days = self.days.into_iter();
        let mut times = Vec::new().into_iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(start) = times.next() {
                    return Some(inventor.call(start));
                }
                let (count, begin, end) = days.next()?;
                let mut of_day: Vec<i64> = (0..count).map(|_| inventor.time(begin, end)).collect();
                of_day.sort_unstable();
                times = of_day.into_iter();
            }
        })
    }
}

/// The weight of a day (Saturdays and Sundays are quiet), and the part of it that belongs to the history.
fn weighed(day: i64, from: i64, to: i64) -> (f64, i64, i64) {
    let begin = day * DAY - MOSCOW;
    // The first day of the epoch was a Thursday.
    let weight = match (day + 3).rem_euclid(7) {
        5 => 3.0,
        6 => 1.5,
        _ => 10.0,
    };
    let (start, end) = (begin.max(from), (begin + DAY - 1).min(to).max(begin.max(from)));
    (weight * ((end - start) as f64 / DAY as f64).max(0.001), start, end)
}

struct Inventor {
    chance: fastrand::Rng,
    /// Apart from the others: how often they are thrown depends on the day and hour, and who calls whom must not.
    times: fastrand::Rng,
    serial: i64,
    /// How many different strangers there are.
    callers: u64,
}

impl Inventor {
    /// Mostly between nine and seven, with the middle of the day the busiest; where that is outside the day's part, any time of it.
    fn time(&mut self, begin: i64, end: i64) -> i64 {
        let day = moscow_day(begin) * DAY - MOSCOW;
        let working = day + 9 * 3600 + ((self.times.f64() + self.times.f64()) * 18_000.0) as i64;
        let is_night = self.times.u8(..) < 10;
        if !is_night && (begin..=end).contains(&working) { working } else { self.times.i64(begin..=end) }
    }

    fn call(&mut self, start: i64) -> Entry<'static> {
        let serial = self.serial;
        self.serial += 1;
        match self.chance.u32(..1000) {
            0 => service(serial, start, self.employee()),
            1..=80 => self.internal(serial, start),
            81..=420 => self.outgoing(serial, start),
            _ => self.incoming(serial, start),
        }
    }

    fn employee(&mut self) -> &'static Employee {
        &EMPLOYEES[self.chance.usize(..EMPLOYEES.len())]
    }

    /// Somebody known, or a stranger; a few of the strangers call much more than the others.
    fn number(&mut self) -> String {
        if self.chance.u8(..) < 64 {
            let numbers = PEOPLE[self.chance.usize(..PEOPLE.len())].numbers;
            return numbers[self.chance.usize(..numbers.len())].1.to_owned();
        }
        let rank = (self.chance.f64().powi(2) * self.callers as f64) as u64;
        let scattered = rank.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        format!("79{:09}", scattered % 1_000_000_000)
    }

    fn line(&mut self) -> &'static Line {
        &LINES[[0, 0, 0, 1, 1, 2, 2, 3][self.chance.usize(..8)]]
    }

    /// Most conversations are short, some are long.
    fn talk(&mut self) -> i64 {
        5 + (self.chance.f64().powi(3) * 1200.0) as i64
    }

    fn farewell(&mut self) -> i64 {
        if self.chance.bool() { 1110 } else { 1120 }
    }

    fn internal(&mut self, serial: i64, start: i64) -> Entry<'static> {
        let caller = self.chance.usize(..EMPLOYEES.len());
        // Nobody calls himself.
        let called = (caller + self.chance.usize(1..EMPLOYEES.len())) % EMPLOYEES.len();
        let (caller, called) = (&EMPLOYEES[caller], &EMPLOYEES[called]);
        let leg = self.leg(start, Party::employee(caller), Party::employee(called), 80, false);
        whole(serial, start, Direction::Internal, None, Party::employee(caller), called.sip.into(), vec![leg])
    }

    fn outgoing(&mut self, serial: i64, start: i64) -> Entry<'static> {
        let (caller, called, line) = (self.employee(), self.number(), self.line());
        let leg = self.leg(start, Party::employee(caller), Party::outside(called.clone()), 70, caller.recorded);
        whole(serial, start, Direction::Outgoing, Some(line), Party::employee(caller), called, vec![leg])
    }

    fn incoming(&mut self, serial: i64, start: i64) -> Entry<'static> {
        let (caller, line) = (Party::outside(self.number()), tracked(self.line(), serial));
        let mut legs = Vec::with_capacity(3);
        let forwarded = start + 2 + self.chance.i64(0..10);
        let menu = Party::outside(line.number);
        legs.push(Leg { end: forwarded, ..silent(Place::Ivr, start, caller.clone(), menu, 1100) });
        match self.chance.u32(..100) {
            // Hung up while still listening to the menu.
            0..=4 => legs[0].reason = 1170,
            5..=39 => self.group(&mut legs, forwarded, &caller),
            _ => {
                let employee = self.employee();
                legs.push(self.leg(forwarded, caller.clone(), Party::employee(employee), 78, employee.recorded));
            }
        }
        let mut entry = whole(serial, start, Direction::Incoming, Some(line), caller, line.number.to_owned(), legs);
        if !entry.answered {
            entry.recall = [0, 1, 1, 2, 2, 2][self.chance.usize(..6)];
        }
        entry
    }

    fn group(&mut self, legs: &mut Vec<Leg<'static>>, start: i64, caller: &Party<'static>) {
        let group: &'static Group = &GROUPS[self.chance.usize(..GROUPS.len())];
        let queue = legs.len();
        legs.push(Leg { group: Some(group), ..silent(Place::Queue, start, caller.clone(), Party::default(), 1164) });
        let mut at = start;
        for employee in group.employees() {
            let leg = self.leg(at, caller.clone(), Party::employee(employee), 60, employee.recorded);
            let leg = Leg { group: Some(group), ..leg };
            at = leg.answer.unwrap_or(leg.end);
            let answered = leg.answer.is_some();
            legs.push(leg);
            if answered {
                legs[queue].reason = 1100;
                break;
            }
        }
        legs[queue].end = at;
    }

    /// One telephone that is rung; answered this often of a hundred times.
    fn leg(&mut self, start: i64, from: Party<'static>, to: Party<'static>, percent: u32, recorded: bool) -> Leg<'static> {
        let ring = 2 + self.chance.i64(0..14);
        let leg = silent(Place::Abonent, start, from, to, 0);
        if self.chance.u32(..100) < percent {
            let answer = start + ring;
            return Leg { answer: Some(answer), end: answer + self.talk(), reason: self.farewell(), recorded, ..leg };
        }
        let reason = [1111, 1111, 1121, 1122, 1110][self.chance.usize(..5)];
        Leg { end: start + ring, reason, ..leg }
    }
}

/// Of the calls to the company's own numbers a part came from the site or from the newspaper. The dice are others, so that a seed
/// gives the same calls, but for their line, as it ever did.
fn tracked(line: &'static Line, serial: i64) -> &'static Line {
    let mut chance = visitors::dice(!serial);
    let of = |kind: i64| LINES.iter().filter(move |line| line.tracking() == kind);
    let dynamic = of(1).nth(chance.usize(..of(1).count()));
    match chance.u8(..10) {
        _ if line.region != "1" => line,
        0..=3 => dynamic.unwrap_or(line),
        4 => of(2).next().unwrap_or(line),
        _ => line,
    }
}

fn silent(place: Place, start: i64, from: Party<'static>, to: Party<'static>, reason: i64) -> Leg<'static> {
    Leg { place, from, to, group: None, start, answer: None, end: start, reason, recorded: false, extra: Extra::default() }
}

fn whole(
    serial: i64,
    start: i64,
    direction: Direction,
    line: Option<&'static Line>,
    caller: Party<'static>,
    called: String,
    legs: Vec<Leg<'static>>,
) -> Entry<'static> {
    let end = legs.iter().map(|leg| leg.end).max().unwrap_or(start);
    let answered = legs.iter().any(|leg| leg.answer.is_some());
    let called = called.into();
    Entry { serial, start, end, direction, answered, recall: 2, init: 0, service: false, line, caller, called, legs }
}

/// A conference was made: no answer, no end, no durations (vpbx-core §6.2.2).
fn service(serial: i64, start: i64, employee: &'static Employee) -> Entry<'static> {
    let caller = Party::employee(employee);
    let leg = silent(Place::Abonent, start, caller.clone(), Party::default(), 1000);
    let entry = whole(serial, start, Direction::Internal, None, caller, String::new(), vec![leg]);
    Entry { service: true, ..entry }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30, a Monday, midnight in Moscow.
    const MONDAY: i64 = 20_787 * DAY - MOSCOW;

    #[test]
    fn a_seed_gives_the_same_calls_whatever_the_hour_and_the_day() {
        let told = |now: i64| -> Vec<_> {
            let told = history(1, 300, 20, 7, now).map(|entry| {
                assert!((now - 20 * DAY..=now).contains(&entry.start) && entry.end <= now, "{now}: {entry:?}");
                let legs: Vec<_> = entry.legs.iter().map(|leg| (leg.to.clone(), leg.end - entry.start, leg.reason, leg.recorded)).collect();
                (entry.direction, entry.caller, entry.called, entry.end - entry.start, legs)
            });
            told.collect()
        };
        let first = told(MONDAY);
        assert_eq!(first.len(), 300);
        for hour in 1..7 * 24 {
            assert_eq!(told(MONDAY + hour * 3600 + hour), first, "{hour} hours after Monday");
        }
    }

    #[test]
    fn weekends_and_nights_are_quiet() {
        let (mut night, mut weekend) = (0, 0);
        for entry in history(1, 2800, 28, 7, MONDAY) {
            let local = entry.start + MOSCOW;
            night += usize::from(!(9..19).contains(&(local.rem_euclid(DAY) / 3600)));
            weekend += usize::from(moscow_day(entry.start + 3 * DAY).rem_euclid(7) >= 5);
        }
        // One call in 25 comes at any hour; a weekend has less than half the calls of a Monday.
        assert!((20..280).contains(&night) && (100..400).contains(&weekend), "{night} {weekend}");
    }
}
