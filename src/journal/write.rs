//! How calls come into the journal: what a source tells of a call stands beside what others told, and the best of it in the call's row.

use rusqlite::{CachedStatement, OptionalExtension, Transaction, params};
use serde::Serialize;

use super::entry::{self, Direction, Facts, Leg, Source, State};
use super::told::{self, Employees};
use crate::pbx::statistics::CallRecord;
use crate::phone::recognised_by;

/// What a source tells of a call, ready to be written: its id, the facts, the legs as JSON.
pub(super) type Told = (String, Facts, String);

/// What the extended report tells; a call without an id is none.
pub(super) fn told_by_extended(call: CallRecord<'_>, employees: &Employees) -> Option<Told> {
    let entry_id = call.entry_id.as_deref()?.to_owned();
    let (facts, legs) = told::by_extended(call, employees);
    Some((entry_id, facts, in_json(&legs)))
}

pub(super) fn in_json(legs: &[Leg<impl Serialize>]) -> String {
    let mut json = serde_json::to_string(legs).unwrap_or_default();
    // Thousands of them wait for the disk.
    json.shrink_to_fit();
    json
}

/// Whose row of `entries` may be written over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// A row that this source alone told
    OwnWords,
    /// Any row: these are the best facts of several sources
    Everything,
}

// Not one statement with ON CONFLICT: for that SQLite keeps a journal of its own, which takes as long as half of the insertion.
const INSERT: &str = "INSERT OR IGNORE INTO entries (entry_id, source, direction, state, from_number, from_extension, from_name,
        to_number, to_extension, to_name, line, acd_group, started_at, answered_at, ended_at, talk, answered, reason, command_id, created_by,
        init_type, recordings, party, employee, hold)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?26)";
const UPDATE: &str = "UPDATE entries SET source = ?2, direction = ?3, state = ?4, from_number = ?5, from_extension = ?6, from_name = ?7,
        to_number = ?8, to_extension = ?9, to_name = ?10, line = ?11, acd_group = ?12, started_at = ?13, answered_at = ?14, ended_at = ?15,
        talk = ?16, answered = ?17, reason = ?18, command_id = ?19, created_by = ?20, init_type = ?21, recordings = ?22, party = ?23, employee = ?24, hold = ?26
    WHERE entry_id = ?1 AND (source = ?2 OR ?25)";

/// Writes calls within one change. The statements that every call needs are at hand: looking them up took as long as binding their values.
pub(super) struct Writer<'c> {
    change: &'c Transaction<'c>,
    insert: CachedStatement<'c>,
    insert_legs: CachedStatement<'c>,
}

impl<'c> Writer<'c> {
    pub(super) fn of(change: &'c Transaction<'c>) -> rusqlite::Result<Writer<'c>> {
        let insert = change.prepare_cached(INSERT)?;
        let insert_legs = change.prepare_cached("INSERT OR IGNORE INTO told (id, legs) VALUES (?1, ?2)")?;
        Ok(Writer { change, insert, insert_legs })
    }

    /// Writes what a source tells of a call, beside what others told, and returns its row.
    pub(super) fn put(&mut self, source: Source, (entry_id, facts, legs): &Told) -> rusqlite::Result<i64> {
        let id = match self.write(entry_id, source as u8, facts, Over::OwnWords)? {
            Some(id) => id,
            None => self.join(entry_id, source, facts)?,
        };
        let values = params![told_id(id, source as u8), legs];
        if self.insert_legs.execute(values)? == 0 {
            self.change.prepare_cached("UPDATE told SET legs = ?2 WHERE id = ?1")?.execute(values)?;
        }
        Ok(id)
    }

    /// Writes the row of a call and returns its id; `None` when it may not be written over. `source` is 0 for several.
    pub(super) fn write(&mut self, entry_id: &str, source: u8, facts: &Facts, over: Over) -> rusqlite::Result<Option<i64>> {
        let f = facts;
        let values = params![
            entry_id,
            source,
            f.direction.map(Direction::key),
            f.state.map(State::key),
            f.from_number,
            f.from_extension,
            f.from_name,
            f.to_number,
            f.to_extension,
            f.to_name,
            f.line,
            f.group,
            f.started_at,
            f.answered_at,
            f.ended_at,
            f.talk,
            f.answered,
            f.reason,
            f.command_id,
            f.created_by,
            f.init_type,
            recordings(f),
            f.other_number().map(recognised_by),
            f.employee(),
            over == Over::Everything,
            f.hold,
        ];
        if self.insert.execute(values)? > 0 {
            return Ok(Some(self.change.last_insert_rowid()));
        }
        if self.change.prepare_cached(UPDATE)?.execute(values)? == 0 {
            return Ok(None);
        }
        self.change.prepare_cached("SELECT id FROM entries WHERE entry_id = ?1")?.query_row([entry_id], |row| row.get(0)).optional()
    }

    /// Several sources tell of one call: each one's facts are kept, and the columns get the best of every field.
    fn join(&mut self, entry_id: &str, source: Source, facts: &Facts) -> rusqlite::Result<i64> {
        let change = self.change;
        let sql = format!("SELECT {}, source FROM entries WHERE entry_id = ?1", entry::COLUMNS);
        let (known, only) = change.query_row(&sql, [entry_id], |row| Ok((entry::read(row)?, row.get::<_, u8>("source")?)))?;
        let keep = "INSERT INTO told (id, facts, legs) VALUES (?1, ?2, '[]') ON CONFLICT DO UPDATE SET facts = excluded.facts";
        let json = |facts: &Facts| serde_json::to_string(facts).unwrap_or_default();
        if only != 0 {
            change.execute(keep, params![told_id(known.id, only), json(&known.facts)])?;
        }
        change.execute(keep, params![told_id(known.id, source as u8), json(facts)])?;
        let mut told =
            change.prepare_cached("SELECT facts FROM told WHERE id BETWEEN ?1 * 4 AND ?1 * 4 + 3 AND facts IS NOT NULL ORDER BY id")?;
        let told = told.query_map([known.id], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        self.write(entry_id, 0, &best(&told), Over::Everything)?;
        Ok(known.id)
    }
}

/// Where a source's words on a call stand: those of one call lie together, the most believed last.
fn told_id(entry: i64, source: u8) -> i64 {
    entry * 4 + i64::from(source)
}

/// The best of what several sources told, the least believed first: the last one to know a field has it.
fn best(told: &[String]) -> Facts {
    let mut all = serde_json::Map::new();
    for facts in told {
        all.extend(serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(facts).unwrap_or_default());
    }
    serde_json::from_value(all.into()).unwrap_or_default()
}

fn recordings(facts: &Facts) -> Option<String> {
    (!facts.recordings.is_empty()).then(|| facts.recordings.join(" "))
}
