//! Where callers came from, counted by what is known of it: the visitor's marks, the channel, the number (design §9).

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::mpsc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::brief::{Brief, Groups, Scope, Spread, Spreading};
use super::load::mean;
use super::tracking::Channel;
use super::{Direction, Journal};
use crate::error::{Error, Result};
use crate::store::failed;

/// What calls are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mark {
    /// utm source of the visitor, else that of the channel
    Source,
    /// The same for the medium
    Medium,
    /// The same for the campaign
    Campaign,
    /// utm term
    Term,
    /// utm content
    Content,
    /// Name of the channel
    Channel,
    /// Tracking number, else the line
    Number,
    /// The visitor's city
    City,
    /// What he saw the page on
    Device,
    /// The page he called from, without what follows its address
    Page,
}

/// Calls from outside that came the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// All of them
    pub calls: u64,
    /// Different numbers; a hidden number is none
    pub callers: u64,
    /// Those of them with which there was no call before
    pub new_callers: u64,
    /// With a conversation
    pub answered: u64,
    /// Without one
    pub missed: u64,
    /// Seconds of conversation
    pub talk: i64,
}

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// What the calls have in common, in the order of the marks, and how many they are
    pub groups: Vec<(Vec<Option<String>>, Came)>,
    /// All of them
    pub totals: Came,
}

impl Mark {
    /// As in JSON and on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Mark::Source => "source",
            Mark::Medium => "medium",
            Mark::Campaign => "campaign",
            Mark::Term => "term",
            Mark::Content => "content",
            Mark::Channel => "channel",
            Mark::Number => "number",
            Mark::City => "city",
            Mark::Device => "device",
            Mark::Page => "page",
        }
    }

    /// Where the visit has it.
    fn column(self) -> &'static str {
        match self {
            Mark::Source => "v.utm_source",
            Mark::Medium => "v.utm_medium",
            Mark::Campaign => "v.utm_campaign",
            Mark::Term => "v.utm_term",
            Mark::Content => "v.utm_content",
            Mark::City => "v.city",
            Mark::Device => "v.device",
            Mark::Page => "v.url",
            Mark::Channel | Mark::Number => "NULL",
        }
    }
}

impl Came {
    /// Seconds of a conversation.
    pub fn average_talk(&self) -> Option<i64> {
        mean(self.talk, self.answered)
    }

    fn add(&mut self, brief: Brief) {
        self.calls += 1;
        self.answered += u64::from(brief.answered() == Some(true));
        self.missed += u64::from(brief.is_missed());
        self.talk += brief.talk().unwrap_or(0);
    }
}

/// What is known of a call beside its line; calls of which the same is known share one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Known {
    /// What the visitor's marks are; `None` without a visitor
    visitor: Option<Vec<Option<String>>>,
    number: Option<String>,
    /// Of a static number
    channel_of: Option<String>,
}

/// Everything that is known of calls, small enough to be held for a million of them.
struct Traces {
    marks: Vec<Mark>,
    channels: HashMap<String, Channel>,
    all: Vec<Known>,
    /// By row of the call; 0 is a call of which nothing is known
    of: Vec<u32>,
}

impl Traces {
    fn known(&self, entry: i64) -> u32 {
        usize::try_from(entry).ok().and_then(|entry| self.of.get(entry)).copied().unwrap_or(0)
    }

    /// What marks a call of which this is known and that came in by this line.
    fn values(&self, known: u32, line: Option<&str>) -> Vec<Option<String>> {
        let known = &self.all[known as usize];
        let channel = known.channel_of.as_deref().or(line).and_then(|number| self.channels.get(number));
        let value = |(place, mark): (usize, &Mark)| match (mark, &known.visitor) {
            (Mark::Channel, _) => channel.map(|channel| channel.name.clone()),
            (Mark::Number, _) => known.number.clone().or(line.map(str::to_owned)),
            (_, Some(visitor)) => visitor[place].clone(),
            (Mark::Source, None) => channel?.source.clone(),
            (Mark::Medium, None) => channel?.medium.clone(),
            (Mark::Campaign, None) => channel?.campaign.clone(),
            (_, None) => None,
        };
        self.marks.iter().enumerate().map(value).collect()
    }
}

/// Everything after the address of a page is its visitor's own.
fn page(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The walk under way.
struct Counting<'a> {
    scope: &'a Scope,
    traces: &'a Traces,
    /// How many of the marks calls are told apart by; the others choose
    by: usize,
    only: &'a [(Mark, Option<String>)],
    lines: Groups<()>,
    parties: Groups<()>,
    /// The group of a line and what is known; `None` for calls that are not meant
    memory: Spreading<(usize, u32), Option<u32>>,
    places: HashMap<Vec<Option<String>>, u32>,
    origins: Origins,
    /// The group in which a number is first met, or [`ELSEWHERE`]
    met: Spreading<i64, u32>,
    /// Further groups of numbers that come several ways
    also: HashSet<(i64, u32), BuildHasherDefault<Spread>>,
}

/// Of a number that is known from a call that is not counted.
const ELSEWHERE: u32 = u32::MAX;

/// How many calls go from the thread that reads to the one that counts at once, and how many such batches may wait.
const BATCH: usize = 2048;
const WAITING: usize = 8;

/// What is counted of a call.
struct Call {
    at: i64,
    brief: Brief,
    line: Key,
    party: Key,
    entry: i64,
}

/// A number or a line as the index has it.
enum Key {
    Nothing,
    Number(i64),
    Text(Box<[u8]>),
}

impl Call {
    /// From a row of `started_at, brief, line, party, id`.
    fn read(row: &Row<'_>) -> rusqlite::Result<Call> {
        let (line, party) = (Key::of(row.get_ref(2)?), Key::of(row.get_ref(3)?));
        Ok(Call { at: row.get(0)?, brief: Brief(row.get(1)?), line, party, entry: row.get(4)? })
    }
}

impl Key {
    fn of(value: ValueRef<'_>) -> Key {
        match value {
            ValueRef::Integer(number) => Key::Number(number),
            ValueRef::Text(text) => Key::Text(text.into()),
            _ => Key::Nothing,
        }
    }

    fn value(&self) -> ValueRef<'_> {
        match self {
            Key::Number(number) => ValueRef::Integer(*number),
            Key::Text(text) => ValueRef::Text(text),
            Key::Nothing => ValueRef::Null,
        }
    }
}

impl Counting<'_> {
    fn take(&mut self, call: &Call) {
        let is_meant = self.scope.since.is_none_or(|since| call.at >= since) && call.brief.direction() == Some(Direction::Incoming);
        let group = if is_meant { self.group(call.line.value(), call.entry) } else { None };
        if let Some(group) = group {
            self.origins.groups[group as usize].1.add(call.brief);
            self.origins.totals.add(call.brief);
        }
        if let Some(party) = self.party(call.party.value()) {
            self.meet(party, group);
        }
    }

    fn group(&mut self, line: ValueRef<'_>, entry: i64) -> Option<u32> {
        let (line, known) = (self.lines.place(line), self.traces.known(entry));
        if let Some(group) = self.memory.get(&(line, known)) {
            return *group;
        }
        let group = self.group_of(known, self.lines.name(line).map(str::to_owned).as_deref());
        self.memory.insert((line, known), group);
        group
    }

    fn group_of(&mut self, known: u32, line: Option<&str>) -> Option<u32> {
        let mut values = self.traces.values(known, line);
        let chosen = values.split_off(self.by);
        let is_meant = self.only.iter().zip(chosen).all(|((_, wanted), value)| *wanted == value)
            && self.scope.line.as_deref().is_none_or(|wanted| line == Some(wanted));
        is_meant.then(|| match self.places.get(&values) {
            Some(place) => *place,
            None => {
                let place = self.origins.groups.len() as u32;
                self.places.insert(values.clone(), place);
                self.origins.groups.push((values, Came::default()));
                place
            }
        })
    }

    /// A number of its own for each number that calls; a hidden one has none.
    fn party(&mut self, key: ValueRef<'_>) -> Option<i64> {
        match key {
            ValueRef::Integer(number) => Some(number),
            ValueRef::Text(_) => Some(-1 - self.parties.place(key) as i64),
            _ => None,
        }
    }

    fn meet(&mut self, party: i64, group: Option<u32>) {
        let before = match self.met.entry(party) {
            MapEntry::Vacant(place) => {
                place.insert(group.unwrap_or(ELSEWHERE));
                None
            }
            MapEntry::Occupied(mut place) => {
                let before = *place.get();
                if let (ELSEWHERE, Some(group)) = (before, group) {
                    place.insert(group);
                }
                Some(before)
            }
        };
        let Some(group) = group else { return };
        let is_first_here = match before {
            None | Some(ELSEWHERE) => {
                self.origins.totals.callers += 1;
                true
            }
            Some(first) => first != group && self.also.insert((party, group)),
        };
        let came = &mut self.origins.groups[group as usize].1;
        came.callers += u64::from(is_first_here);
        came.new_callers += u64::from(before.is_none());
        self.origins.totals.new_callers += u64::from(before.is_none());
    }
}

impl Journal {
    /// Counts calls from outside by their marks; `only` chooses among them. Of the scope, direction is not looked at.
    pub fn origins(&self, by: &[Mark], only: &[(Mark, Option<String>)], scope: &Scope) -> Result<Origins> {
        let marks = by.iter().copied().chain(only.iter().map(|(mark, _)| *mark)).collect();
        let traces = self.traces(marks)?;
        let mut counting = Counting {
            scope,
            traces: &traces,
            by: by.len(),
            only,
            lines: Groups::new(),
            parties: Groups::new(),
            memory: HashMap::default(),
            places: HashMap::new(),
            origins: Origins::default(),
            met: HashMap::default(),
            also: HashSet::default(),
        };
        // From the beginning, whatever the period: only so it is known who calls for the first time.
        let everything = Scope { until: scope.until, ..Scope::default() };
        self.read_ahead(&everything, &mut |call| counting.take(call))?;
        Ok(counting.origins)
    }

    /// Hands over all calls, in the order of time, which another thread reads meanwhile: reading them takes as long as counting them.
    fn read_ahead(&self, scope: &Scope, each: &mut dyn FnMut(&Call)) -> Result<()> {
        let (batches, come) = mpsc::sync_channel::<Vec<Call>>(WAITING);
        std::thread::scope(|threads| {
            let reading = threads.spawn(move || {
                let mut batch = Vec::with_capacity(BATCH);
                let done = self.walk("started_at, brief, line, party, id", scope, &mut |row| {
                    batch.push(Call::read(row)?);
                    if batch.len() == BATCH {
                        // Nobody stops listening before the end.
                        let _ = batches.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
                    }
                    Ok(())
                });
                let _ = batches.send(batch);
                done
            });
            come.iter().flatten().for_each(|call| each(&call));
            reading.join().map_err(|_| Error::Unexpected("a reader of calls".into()))?
        })
    }

    fn traces(&self, marks: Vec<Mark>) -> Result<Traces> {
        let channels = self.channels()?.into_iter().map(|channel| (channel.number.clone(), channel)).collect();
        let mut traces = Traces { marks, channels, all: vec![Known::default()], of: Vec::new() };
        let columns: String = traces.marks.iter().map(|mark| format!(", {}", mark.column())).collect();
        // A number that nobody asks for would only make alike calls differ.
        let asked = |wanted: &[Mark], sql: &'static str| if traces.marks.iter().any(|mark| wanted.contains(mark)) { sql } else { "NULL" };
        let number = asked(&[Mark::Number], "coalesce(t.number, v.number)");
        let by_channel = [Mark::Channel, Mark::Source, Mark::Medium, Mark::Campaign];
        let channel_of = asked(&by_channel, "CASE 2 WHEN t.dct_type THEN t.number WHEN v.dct_type THEN v.number END");
        let sql = format!(
            "SELECT coalesce(v.entry, t.entry), coalesce(v.found, 0), {number}, {channel_of} {columns}
             FROM visits v FULL JOIN tracked t ON t.entry = v.entry"
        );
        let db = self.lock();
        let mut places: HashMap<Known, u32> = HashMap::new();
        let read = db.prepare(&sql).and_then(|mut all| {
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                let known = known(row, &traces.marks)?;
                let next = traces.all.len() as u32;
                let place = *places.entry(known).or_insert_with_key(|known| {
                    traces.all.push(known.clone());
                    next
                });
                let entry = usize::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
                if traces.of.len() <= entry {
                    traces.of.resize(entry + 1, 0);
                }
                traces.of[entry] = place;
            }
            Ok(())
        });
        read.map_err(failed(&self.path))?;
        Ok(traces)
    }
}

fn known(row: &Row<'_>, marks: &[Mark]) -> rusqlite::Result<Known> {
    let value = |(place, mark): (usize, &Mark)| {
        let value: Option<String> = row.get(4 + place)?;
        Ok(if *mark == Mark::Page { value.as_deref().map(page).map(str::to_owned) } else { value }.filter(|value| !value.is_empty()))
    };
    let visitor = match row.get(1)? {
        true => Some(marks.iter().enumerate().map(value).collect::<rusqlite::Result<_>>()?),
        false => None,
    };
    Ok(Known { visitor, number: row.get(2)?, channel_of: row.get(3)? })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rusqlite::params;

    use super::*;
    use crate::journal::entry::{Facts, State};
    use crate::journal::write::{Over, Writer};

    const NUMBERS: [&str; 3] = ["74950000010", "74950000011", "sip:line1@demo.mangosip.ru"];

    /// A call: when, by which line, from whom, which way, answered, and what is known of it.
    #[derive(Clone, Debug)]
    struct Call {
        at: i64,
        line: Option<&'static str>,
        party: Option<&'static str>,
        direction: Direction,
        answered: bool,
        visit: Option<(bool, Option<&'static str>, Option<&'static str>)>,
        tracked: Option<(&'static str, i64)>,
    }

    fn some_call() -> impl Strategy<Value = Call> {
        let party = prop::option::of(prop::sample::select(vec!["79000000001", "79000000002", "79000000003", "sip:a@b", "sip:c@d"]));
        let line = prop::option::of(prop::sample::select(NUMBERS.to_vec()));
        let direction = prop::sample::select(vec![Direction::Incoming, Direction::Incoming, Direction::Outgoing]);
        let source = || prop::option::of(prop::sample::select(vec!["yandex", "google"]));
        let visit = prop::option::of((any::<bool>(), source(), source()));
        let tracked = prop::option::of((prop::sample::select(vec!["74950000011", "74950000099"]), 1i64..3));
        (0i64..1000, line, party, direction, any::<bool>(), visit, tracked).prop_map(
            |(at, line, party, direction, answered, visit, tracked)| Call { at, line, party, direction, answered, visit, tracked },
        )
    }

    fn fill(journal: &Journal, calls: &[Call]) {
        let put = |change: &rusqlite::Transaction<'_>| {
            change.execute_batch("DELETE FROM visits; DELETE FROM tracked; DELETE FROM entries")?;
            for (n, call) in calls.iter().enumerate() {
                let party = call.party.map(str::to_owned);
                let is_incoming = call.direction == Direction::Incoming;
                let facts = Facts {
                    direction: Some(call.direction),
                    state: Some(State::Ended),
                    from_number: party.clone().filter(|_| is_incoming),
                    to_number: party.filter(|_| !is_incoming),
                    line: call.line.map(str::to_owned),
                    started_at: Some(call.at),
                    ended_at: Some(call.at + 10),
                    answered: Some(call.answered),
                    talk: Some(if call.answered { 7 } else { 0 }),
                    ..Facts::default()
                };
                let id = Writer::of(change)?.write(&format!("E{n}"), 3, &facts, Over::Everything)?;
                if let Some((found, source, url)) = call.visit {
                    let url = url.map(|url| format!("https://example.com/{url}?utm_source=x#y"));
                    let sql = "INSERT INTO visits (entry, source, asked_at, found, utm_source, url) VALUES (?1, 'dct', 0, ?2, ?3, ?4)";
                    change.execute(sql, params![id, found, source, url])?;
                }
                if let Some((number, kind)) = call.tracked {
                    change.execute("INSERT INTO tracked VALUES (?1, ?2, ?3, 1)", params![id, number, kind])?;
                }
            }
            Ok(())
        };
        journal.change(put).unwrap();
    }

    /// The same by looking at every call.
    fn looked_at(calls: &[Call], mark: Mark, since: i64) -> BTreeMap<Option<String>, Came> {
        let channels: BTreeMap<&str, (&str, Option<&str>)> =
            BTreeMap::from([("74950000010", ("Site", Some("site"))), ("74950000011", ("Paper", None))]);
        let mut order: Vec<(usize, &Call)> = calls.iter().enumerate().collect();
        order.sort_by_key(|(n, call)| (call.at, *n));
        let mut groups: BTreeMap<Option<String>, (Came, HashSet<&str>)> = BTreeMap::new();
        for (place, (_, call)) in order.iter().enumerate() {
            if call.direction != Direction::Incoming || call.at < since {
                continue;
            }
            let static_number = call.tracked.filter(|(_, kind)| *kind == 2).map(|(number, _)| number);
            let channel = static_number.or(call.line).and_then(|number| channels.get(number));
            let visitor = call.visit.filter(|(found, ..)| *found);
            let value = match mark {
                Mark::Source => visitor.map_or(channel.and_then(|(_, source)| *source), |(_, source, _)| source).map(str::to_owned),
                Mark::Channel => channel.map(|(name, _)| (*name).to_owned()),
                Mark::Number => call.tracked.map(|(number, _)| number).or(call.line).map(str::to_owned),
                Mark::Page => visitor.and_then(|(_, _, url)| url).map(|url| format!("https://example.com/{url}")),
                _ => unreachable!(),
            };
            let (came, callers) = groups.entry(value).or_default();
            came.calls += 1;
            came.answered += u64::from(call.answered);
            came.missed += u64::from(!call.answered);
            came.talk += if call.answered { 7 } else { 0 };
            if let Some(party) = call.party {
                came.callers += u64::from(callers.insert(party));
                came.new_callers += u64::from(order[..place].iter().all(|(_, before)| before.party != Some(party)));
            }
        }
        groups.into_iter().map(|(value, (came, _))| (value, came)).collect()
    }

    #[test]
    fn one_walk_counts_what_looking_at_every_call_counts() {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("journal.db")).unwrap();
        journal.change(|change| change.execute_batch("INSERT INTO channels VALUES ('74950000010', 'Site', 'site', NULL, NULL, 0), ('74950000011', 'Paper', NULL, NULL, NULL, 0)")).unwrap();
        let marks = prop::sample::select(vec![Mark::Source, Mark::Channel, Mark::Number, Mark::Page]);
        proptest!(ProptestConfig::with_cases(64), |(calls in prop::collection::vec(some_call(), 0..40), mark in marks, since in 0i64..900)| {
            fill(&journal, &calls);
            let scope = Scope { since: Some(since), ..Scope::default() };
            let origins = journal.origins(&[mark], &[], &scope).unwrap();
            let expected = looked_at(&calls, mark, since);
            let counted: BTreeMap<Option<String>, Came> = origins.groups.iter().map(|(values, came)| (values[0].clone(), came.clone())).collect();
            prop_assert_eq!(&counted, &expected);
            prop_assert_eq!(origins.totals.calls, expected.values().map(|came| came.calls).sum::<u64>());
            prop_assert_eq!(origins.totals.new_callers, expected.values().map(|came| came.new_callers).sum::<u64>());
            let callers: HashSet<_> = calls.iter().filter(|call| call.direction == Direction::Incoming && call.at >= since).filter_map(|call| call.party).collect();
            prop_assert_eq!(origins.totals.callers, callers.len() as u64);
            // Each group alone is what it is among the others.
            for (values, came) in &origins.groups {
                let only = journal.origins(&[Mark::Device], &[(mark, values[0].clone())], &scope).unwrap();
                prop_assert_eq!(&only.totals, came);
            }
            // By two marks the sums are those of one.
            let both = journal.origins(&[mark, Mark::Channel], &[], &scope).unwrap();
            let mut calls_by_mark = BTreeMap::new();
            both.groups.iter().for_each(|(values, came)| *calls_by_mark.entry(values[0].clone()).or_insert(0) += came.calls);
            prop_assert_eq!(calls_by_mark, expected.into_iter().map(|(value, came)| (value, came.calls)).collect::<BTreeMap<_, _>>());
        });
    }

    #[test]
    fn a_page_is_one_whatever_brought_its_visitor() {
        assert_eq!(page("https://example.com/a?utm_source=x#top"), "https://example.com/a");
        assert_eq!(page("https://example.com/#top"), "https://example.com/");
        assert_eq!(page(""), "");
    }
}
