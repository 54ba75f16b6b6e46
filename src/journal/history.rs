//! Answers: finished and running calls, newest first, by what a person may ask.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::entry;
use super::{Direction, Entry, Journal};
use crate::error::{Candidate, Error, Result};
use crate::phone::recognised_by;
use crate::store::failed;

/// More numbers than this are looked for in one walk over all calls: SQLite merges 500 walks at most, and slower with each.
const MOST_WALKS: usize = 40;

/// What to look for. Empty finds everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// At most so many; `None` for all
    pub limit: Option<usize>,
    /// Started at or after, Unix seconds
    pub since: Option<i64>,
    /// Started before, Unix seconds
    pub until: Option<i64>,
    /// Only these; empty for all
    pub directions: Vec<Direction>,
    /// Nobody took it
    pub missed: bool,
    /// Nobody took it and there was no conversation with that number since, nor an attempt to call back
    pub unreturned: bool,
    /// Numbers and extensions of the other side; `None` for everybody
    pub with: Option<Vec<String>>,
    /// Extension of the employee
    pub employee: Option<String>,
    /// Line, digits
    pub line: Option<String>,
    /// Least seconds of conversation
    pub min_talk: Option<i64>,
}

impl Filter {
    /// Whether all calls of a period are asked for.
    fn is_a_period(&self) -> bool {
        *self == Filter { since: self.since, until: self.until, limit: self.limit, ..Filter::default() }
    }

    /// One ordered walk through an index for everybody who is asked for, merged by time: whoever has few calls among a million is
    /// found as fast as whoever has many.
    fn sql(&self) -> (String, Vec<Value>) {
        let mut conditions = vec!["e.started_at IS NOT NULL".to_owned()];
        let mut values = Vec::new();
        let mut need = |condition: &str, value: Value| {
            values.push(value);
            conditions.push(condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(since) = self.since {
            need("e.started_at >= ?", since.into());
        }
        if let Some(until) = self.until {
            need("e.started_at < ?", until.into());
        }
        if let Some(line) = &self.line {
            need("e.line = ?", line.clone().into());
        }
        if let Some(min_talk) = self.min_talk {
            need("e.talk >= ?", min_talk.into());
        }
        if let (Some(employee), Some(_)) = (&self.employee, &self.with) {
            need("(e.employee = ? OR e.party = ?)", employee.clone().into());
        }
        if !self.directions.is_empty() {
            let keys: Vec<String> = self.directions.iter().map(|direction| format!("'{}'", direction.key())).collect();
            conditions.push(format!("e.direction IN ({})", keys.join(", ")));
        }
        if self.missed || self.unreturned {
            conditions.push("e.direction = 'incoming' AND e.answered = 0 AND e.state = 'ended'".into());
        }
        if self.unreturned {
            conditions.push(
                "NOT EXISTS (SELECT 1 FROM entries later WHERE later.party = e.party AND later.started_at > e.started_at
                 AND (later.direction = 'outgoing' OR later.answered = 1))"
                    .into(),
            );
        }
        let columns = entry::COLUMNS.split(", ").map(|column| format!("e.{}", column.trim())).collect::<Vec<_>>().join(", ");
        let noted = "(SELECT result FROM notes WHERE entry = e.id) AS noted";
        let found = format!("SELECT {columns}, {noted} FROM entries e WHERE {}", conditions.join(" AND "));
        let walks: Vec<String> = match self.sides(&mut values) {
            None => vec![found],
            Some(sides) if sides.is_empty() => vec![format!("{found} AND 0")],
            Some(sides) => sides.into_iter().map(|side| format!("{found} AND {side}")).collect(),
        };
        let limit = self.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        // In a merge of several walks the columns have no table.
        let order = if walks.len() == 1 { "e.started_at DESC, e.id DESC" } else { "started_at DESC, id DESC" };
        (format!("{} ORDER BY {order} LIMIT {limit}", walks.join(" UNION ALL ")), values)
    }

    /// Conditions that choose disjoint calls, each by an index: those with whom `with` means, or else those of the employee. An internal
    /// call has an employee on both sides: one is its `employee`, the other its `party`. `None` when nobody is asked for.
    fn sides(&self, values: &mut Vec<Value>) -> Option<Vec<String>> {
        let mut add = |value: Value| {
            values.push(value);
            format!("?{}", values.len())
        };
        let Some(with) = &self.with else {
            let who = add(self.employee.clone()?.into());
            return Some(vec![format!("e.employee = {who}"), format!("e.party = {who} AND e.employee IS NOT {who}")]);
        };
        let keys: BTreeSet<String> = with.iter().map(|number| recognised_by(number)).collect();
        if keys.is_empty() {
            return Some(Vec::new());
        }
        let all = add(serde_json::to_string(&keys).unwrap_or_default().into());
        let all = format!("(SELECT value FROM json_each({all}))");
        if keys.len() > MOST_WALKS {
            return Some(vec![format!("(e.party IN {all} OR (e.direction = 'internal' AND e.employee IN {all}))")]);
        }
        let sides = |key: String| {
            let who = add(key.into());
            let caller = format!("e.employee = {who} AND e.direction = 'internal' AND coalesce(e.party, '') NOT IN {all}");
            [format!("e.party = {who}"), caller]
        };
        Some(keys.into_iter().flat_map(sides).collect())
    }
}

/// Calls further back have no number: to count a million of them takes ten times as long as to find one.
const MOST_NUMBERED: usize = 10_000;

/// How many calls there are from one (moment and row) to a later one, which is not counted, if they are no more than `most`.
fn from_to(db: &Connection, from: (i64, i64), to: (i64, i64), most: usize) -> rusqlite::Result<Option<usize>> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM entries WHERE (started_at, id) >= (?1, ?2) AND (started_at, id) < (?3, ?4) LIMIT ?5)";
    let count: u32 = db.prepare_cached(sql)?.query_row((from.0, from.1, to.0, to.1, most as u32 + 1), |row| row.get(0))?;
    Ok(Some(count as usize).filter(|count| *count <= most))
}

/// A line on which there was a call since is one that the PBX has.
const OF_LATE: i64 = 30 * 24 * 60 * 60;

impl Journal {
    /// Whether a call went over this line of late.
    pub fn has_used_line(&self, line: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM entries WHERE started_at > ?1 AND line = ?2)";
        let since = crate::time::now().as_second() - OF_LATE;
        self.lock().query_row(sql, (since, line), |row| row.get(0)).map_err(failed(self.path()))
    }

    /// The place among all calls by which `@N` names this one, if it is not too far back.
    pub fn place(&self, entry: &Entry) -> Result<Option<usize>> {
        let Some(at) = entry.facts.started_at else { return Ok(None) };
        from_to(&self.lock(), (at, entry.id), (i64::MAX, i64::MAX), MOST_NUMBERED).map_err(failed(&self.path))
    }

    /// Hands over the calls that fit, newest first, one by one: memory does not grow with their number.
    pub fn calls(&self, filter: &Filter, each: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
        self.each_call(filter, false, &mut |_, entry, _| each(entry))
    }

    /// The same, each with its place among all calls, by which `@N` names it, if that is not too far back, and with the result that a
    /// person noted.
    pub fn noted_calls(&self, filter: &Filter, each: &mut dyn FnMut(Option<usize>, Entry, Option<String>) -> Result<()>) -> Result<()> {
        self.each_call(filter, true, each)
    }

    /// Places are counted only for whoever shows them.
    fn each_call(
        &self,
        filter: &Filter,
        numbered: bool,
        each: &mut dyn FnMut(Option<usize>, Entry, Option<String>) -> Result<()>,
    ) -> Result<()> {
        let (sql, values) = filter.sql();
        let db = self.lock();
        let mut found = db.prepare_cached(&sql).map_err(failed(&self.path))?;
        let mut rows = found.query(params_from_iter(values)).map_err(failed(&self.path))?;
        let (mut place, mut before) = (numbered.then_some(0), (i64::MAX, i64::MAX));
        while let Some(row) = rows.next().map_err(failed(&self.path))? {
            let read = entry::read(row).and_then(|entry| Ok((entry, row.get("noted")?)));
            let (entry, noted) = read.map_err(failed(&self.path))?;
            let at = (entry.facts.started_at.unwrap_or(0), entry.id);
            place = match place {
                Some(place) if place > 0 && filter.is_a_period() => Some(place + 1),
                Some(place) => from_to(&db, at, before, MOST_NUMBERED - place).map_err(failed(&self.path))?.map(|more| place + more),
                None => None,
            };
            place = place.filter(|place| *place <= MOST_NUMBERED);
            before = at;
            each(place, entry, noted)?;
        }
        Ok(())
    }

    /// The calls that fit, newest first.
    pub fn all_calls(&self, filter: &Filter) -> Result<Vec<Entry>> {
        let mut all = Vec::new();
        self.calls(filter, &mut |entry| {
            all.push(entry);
            Ok(())
        })?;
        Ok(all)
    }

    /// The call before this one with any of these numbers.
    pub fn last_with(&self, numbers: &[&str], entry: &Entry) -> Result<Option<Entry>> {
        let before = numbers.iter().map(|number| self.before(entry, number)).collect::<Result<Vec<_>>>()?;
        Ok(before.into_iter().flatten().max_by_key(|before| (before.facts.started_at, before.id)))
    }

    /// The call before this one with the same number.
    fn before(&self, entry: &Entry, number: &str) -> Result<Option<Entry>> {
        let sql = format!(
            "SELECT {} FROM entries WHERE party = ?1 AND started_at < ?2 AND id <> ?3 ORDER BY started_at DESC LIMIT 1",
            entry::COLUMNS
        );
        let values = rusqlite::params![recognised_by(number), entry.facts.started_at.unwrap_or(i64::MAX), entry.id];
        let db = self.lock();
        let found = db.prepare_cached(&sql).and_then(|mut one| one.query_row(values, entry::read).optional());
        found.map_err(failed(&self.path))
    }

    /// CALL of the command line: `@N` counts from the newest, anything else is an entry id or the beginning of one.
    pub fn call(&self, call: &str) -> Result<Entry> {
        match call.strip_prefix('@') {
            Some(n) => self.nth_call(call, n),
            None => self.call_by_id(call),
        }
    }

    fn nth_call(&self, call: &str, n: &str) -> Result<Entry> {
        let missing = || Error::NoCall { call: call.to_owned() };
        let n: i64 = n.parse().ok().filter(|n| *n > 0).ok_or_else(missing)?;
        let sql = format!(
            "SELECT {} FROM entries WHERE started_at IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1 OFFSET ?1",
            entry::COLUMNS
        );
        let found = self.lock().query_row(&sql, [n - 1], entry::read).optional().map_err(failed(&self.path))?;
        found.ok_or_else(missing)
    }

    fn call_by_id(&self, call: &str) -> Result<Entry> {
        // A range, not LIKE: it uses the index, and `%` in an id means itself.
        let sql = format!(
            "SELECT {} FROM entries WHERE entry_id >= ?1 AND entry_id < ?1 || char(1114111) ORDER BY entry_id LIMIT 10",
            entry::COLUMNS
        );
        let db = self.lock();
        let found = db.prepare(&sql).and_then(|mut found| found.query_map([call], entry::read)?.collect::<Result<Vec<_>, _>>());
        let mut found = found.map_err(failed(&self.path))?;
        if let Some(exact) = found.iter().position(|entry| entry.entry_id == call) {
            return Ok(found.swap_remove(exact));
        }
        match found.len() {
            0 => Err(Error::NoCall { call: call.to_owned() }),
            1 => Ok(found.remove(0)),
            _ => Err(Error::ManyCalls { call: call.to_owned(), candidates: found.iter().map(candidate).collect() }),
        }
    }
}

fn candidate(entry: &Entry) -> Candidate {
    let facts = &entry.facts;
    let at = facts.started_at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    Candidate {
        id: entry.entry_id.clone(),
        name: facts.other_name().or(facts.other_number()).unwrap_or_default().to_owned(),
        detail: at.map(crate::time::rfc3339).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::entry::Facts;
    use crate::journal::write::{Over, Writer};

    /// Calls between four employees and four strangers, some within the same second.
    fn journal(calls: i64) -> (tempfile::TempDir, Journal) {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("journal.db")).unwrap();
        let mut chance = fastrand::Rng::with_seed(11);
        let mut call = |n: i64| {
            let extension = |chance: &mut fastrand::Rng| Some(format!("10{}", chance.u8(1..5)));
            let stranger = |chance: &mut fastrand::Rng| Some(format!("7916000000{}", chance.u8(1..5)));
            let facts = match chance.u8(..3) {
                0 => Facts {
                    direction: Some(Direction::Incoming),
                    from_number: stranger(&mut chance),
                    to_extension: extension(&mut chance),
                    ..Facts::default()
                },
                1 => Facts {
                    direction: Some(Direction::Outgoing),
                    from_extension: extension(&mut chance),
                    to_number: stranger(&mut chance),
                    ..Facts::default()
                },
                _ => Facts {
                    direction: Some(Direction::Internal),
                    from_extension: extension(&mut chance),
                    to_extension: extension(&mut chance),
                    ..Facts::default()
                },
            };
            Facts { started_at: Some(n / 3), ..facts }
        };
        let write = |change: &rusqlite::Transaction<'_>| {
            (0..calls).try_for_each(|n| Writer::of(change)?.write(&format!("E{n}"), 3, &call(n), Over::Everything).map(drop))
        };
        journal.change(write).unwrap();
        (home, journal)
    }

    #[test]
    fn a_call_that_was_found_has_the_number_by_which_it_is_named_unless_it_is_far_back() {
        let (_home, journal) = journal(MOST_NUMBERED as i64 + 300);
        let mut found = Vec::new();
        let each = &mut |place, entry: Entry, _| {
            found.push((place, entry.entry_id));
            Ok(())
        };
        journal.noted_calls(&Filter { employee: Some("101".into()), ..Filter::default() }, each).unwrap();
        let (numbered, far): (Vec<_>, Vec<_>) = found.into_iter().partition(|(place, _)| place.is_some());
        assert!(numbered.len() > 1000 && !far.is_empty(), "{} and {}", numbered.len(), far.len());
        for (place, entry_id) in numbered.into_iter().step_by(97) {
            assert_eq!(journal.call(&format!("@{}", place.unwrap())).unwrap().entry_id, entry_id);
        }
    }

    fn numbers(numbers: &[&str]) -> Option<Vec<String>> {
        Some(numbers.iter().map(|number| (*number).to_owned()).collect())
    }

    #[test]
    fn whoever_is_asked_for_is_found_on_either_side_once_and_newest_first() {
        let (_home, journal) = journal(600);
        let everything = journal.all_calls(&Filter::default()).unwrap();
        let sides = |entry: &Entry| {
            let facts = &entry.facts;
            let all = [&facts.from_number, &facts.from_extension, &facts.to_number, &facts.to_extension];
            all.into_iter().flatten().cloned().collect::<Vec<_>>()
        };
        let outside = |entry: &Entry, number: &String| {
            entry.facts.direction == Some(Direction::Internal) || entry.facts.other_number() == Some(number)
        };
        let many: Vec<String> = (0..60).map(|n| format!("7926{n:07}")).chain(["79160000002".into(), "103".into()]).collect();
        for with in [numbers(&["79160000001"]), numbers(&["101"]), numbers(&["101", "102", "79160000003", "101"]), numbers(&[]), Some(many)]
        {
            let wanted =
                |entry: &&Entry| sides(entry).iter().any(|side| outside(entry, side) && with.iter().flatten().any(|number| number == side));
            let expected: Vec<_> = everything.iter().filter(wanted).take(40).cloned().collect();
            let filter = Filter { with: with.clone(), limit: Some(40), ..Filter::default() };
            assert_eq!(journal.all_calls(&filter).unwrap(), expected, "{with:?}");
        }
        for employee in ["101", "104", "999"] {
            let of = |with: Option<Vec<String>>| {
                journal.all_calls(&Filter { employee: Some(employee.into()), with, ..Filter::default() }).unwrap()
            };
            let theirs: Vec<_> = everything.iter().filter(|entry| sides(entry).iter().any(|side| side == employee)).cloned().collect();
            assert_eq!(of(None), theirs);
            let with_one: Vec<_> = theirs.into_iter().filter(|entry| entry.facts.other_number() == Some("79160000001")).collect();
            assert_eq!(of(numbers(&["79160000001"])), with_one);
        }
    }
}
