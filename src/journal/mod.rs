//! The journal: what is known of every call, in one SQLite file where all processes meet.
//!
//! `listen` writes events, `history` writes statistics, everybody reads. There is no other channel between processes.

mod brief;
pub mod entry;
mod feed;
mod history;
mod intake;
mod links;
mod load;
mod notes;
mod origins;
mod outbox;
mod periods;
mod sync;
#[cfg(test)]
mod tests;
pub mod told;
mod tracking;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use sha2::{Digest, Sha256};

pub use brief::Scope;
pub use entry::{Direction, Entry, Facts, Leg, Source, State, state_word};
pub use feed::{Feed, Happened};
pub use history::Filter;
pub use intake::Intake;
pub use links::Link;
pub use load::{Load, Tally};
pub use notes::{KeptFile, Note, NoteChange};
pub use origins::{Came, Mark, Origins};
pub use outbox::{Outbox, Waiting};
pub use sync::{Progress, SyncOptions};
pub use tracking::{Channel, Matched, ToAsk, Tracked, Visit, VisitSource};

use crate::error::{Error, Result};
use crate::pbx::commands::CommandId;
use crate::pbx::directory::User;
use crate::pbx::event::Event;
use crate::pbx::statistics::LegRow;
use crate::schema;
use crate::store::{self, failed};
use crate::time::now;
use told::Employees;
use write::{Writer, in_json};

/// How often a receiver says that it is there; it is believed for three times as long.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// A call that began longer ago is not going on, whatever its last event says.
const LONGEST_CALL: i64 = 12 * 60 * 60;

/// Remembers calls and answers questions about them.
pub struct Journal {
    db: Mutex<Connection>,
    path: PathBuf,
}

/// What became of an order that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// About to leave, or left
    Sent,
    /// The PBX took it
    Accepted,
    /// The PBX refused it
    Refused,
    /// It left and no answer came
    Unknown,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Sent => "sent",
            Outcome::Accepted => "accepted",
            Outcome::Refused => "refused",
            Outcome::Unknown => "unknown",
        }
    }

    /// What a failed order is remembered as.
    pub fn of(error: &Error) -> Outcome {
        match error {
            Error::Unknown { .. } => Outcome::Unknown,
            _ => Outcome::Refused,
        }
    }
}

impl Journal {
    /// Opens the journal, making or upgrading it when needed.
    pub fn open(path: &Path) -> Result<Journal> {
        Ok(Journal { db: Mutex::new(store::open(path, schema::PROFILE)?), path: path.into() })
    }

    /// Opens a journal that is only read: completion, `--offline`, a disk that cannot be written. `None` when there is none.
    pub fn open_read_only(path: &Path) -> Result<Option<Journal>> {
        let db = store::open_read_only(path, schema::PROFILE)?;
        Ok(db.map(|db| Journal { db: Mutex::new(db), path: path.into() }))
    }

    /// Remembers an order before it leaves.
    pub fn sent(&self, id: &CommandId, command: &str, target: &str) -> Result<()> {
        let sql = "INSERT INTO commands VALUES (?1, ?2, ?3, ?4, 'sent', NULL)";
        self.execute(sql, params![id.0, command, target, now().as_second()])
    }

    /// Remembers what became of an order; `result` is the PBX's code.
    pub fn came_of(&self, id: &CommandId, outcome: Outcome, result: Option<i64>) -> Result<()> {
        // The end of a text message may be heard of before the answer to its request.
        let sql = "UPDATE commands SET outcome = ?2, result = coalesce(?3, result) WHERE command_id = ?1 AND outcome <> 'ended'";
        self.execute(sql, params![id.0, outcome.word(), result])
    }

    /// The PBX's word on an order, from `result/…`, once it has come.
    pub fn result_of(&self, id: &CommandId) -> Result<Option<i64>> {
        let sql = "SELECT result FROM commands WHERE command_id = ?1";
        let found = self.lock().query_row(sql, [&id.0], |row| row.get(0)).optional();
        Ok(found.map_err(failed(&self.path))?.flatten())
    }

    /// What became of a text message, from `events/sms`, once it has come: the PBX's code, 1000 when it arrived.
    pub fn delivery_of(&self, id: &CommandId) -> Result<Option<i64>> {
        let sql = "SELECT result FROM commands WHERE command_id = ?1 AND outcome = 'ended'";
        let found = self.lock().query_row(sql, [&id.0], |row| row.get(0)).optional();
        Ok(found.map_err(failed(&self.path))?.flatten())
    }

    /// The call that an order made.
    pub fn call_of(&self, id: &CommandId) -> Result<Option<Entry>> {
        let sql = format!("SELECT {} FROM entries WHERE command_id = ?1 ORDER BY id LIMIT 1", entry::COLUMNS);
        self.lock().query_row(&sql, [&id.0], entry::read).optional().map_err(failed(&self.path))
    }

    /// Takes in calls of the extended report.
    #[cfg(test)]
    pub(crate) fn take_calls(&self, calls: Vec<crate::pbx::statistics::CallRecord<'_>>, employees: &Employees) -> Result<()> {
        self.change(|change| {
            let mut writer = Writer::of(change)?;
            let mut told = calls.into_iter().filter_map(|call| write::told_by_extended(call, employees));
            told.try_for_each(|told| writer.put(Source::Extended, &told).map(drop))
        })
    }

    /// Takes in the base report: its legs, whatever their order, become calls.
    pub fn take_legs(&self, rows: Vec<LegRow>) -> Result<()> {
        let mut calls: std::collections::BTreeMap<String, Vec<LegRow>> = Default::default();
        for row in rows {
            if let Some(entry_id) = row.entry_id.clone() {
                calls.entry(entry_id).or_default().push(row);
            }
        }
        self.change(|change| {
            let mut writer = Writer::of(change)?;
            for (entry_id, rows) in calls {
                let (facts, legs) = told::by_base(rows);
                writer.put(Source::Base, &(entry_id, facts, in_json(&legs)))?;
            }
            Ok(())
        })
    }

    /// The legs of a call, of the best source that told of them, completed by what events know of the same leg.
    pub fn legs(&self, entry: &Entry) -> Result<Vec<Leg>> {
        let db = self.lock();
        let sql = "SELECT legs FROM told WHERE id BETWEEN ?1 * 4 AND ?1 * 4 + 3 ORDER BY id DESC";
        let told = db
            .prepare_cached(sql)
            .and_then(|mut all| all.query_map([entry.id], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>());
        let told = told.map_err(failed(&self.path))?;
        let mut told = told.iter().map(|legs| serde_json::from_str::<Vec<Leg>>(legs).unwrap_or_default());
        let best = told.next().unwrap_or_default();
        Ok(told.fold(best, entry::complete))
    }

    /// The employees, and how many seconds ago they were asked for; `None` when they never were.
    pub fn employees(&self) -> Result<(Vec<User>, Option<i64>)> {
        let age = self.age("employees")?;
        let db = self.lock();
        let read = |row: &Row<'_>| Ok(User { extension: row.get(0)?, user_id: row.get(1)?, name: row.get(2)?, ..User::default() });
        let sql = "SELECT extension, user_id, name FROM employees ORDER BY length(extension), extension";
        let all = db.prepare(sql).and_then(|mut all| all.query_map([], read)?.collect::<Result<Vec<_>, _>>());
        Ok((all.map_err(failed(&self.path))?, age))
    }

    /// Remembers the employees instead of those known before.
    pub fn take_employees(&self, users: &[User]) -> Result<()> {
        self.change(|change| {
            change.execute("DELETE FROM employees", [])?;
            for user in users.iter().filter(|user| user.extension.is_some()) {
                change.execute("INSERT OR REPLACE INTO employees VALUES (?1, ?2, ?3)", params![user.extension, user.user_id, user.name])?;
            }
            change.execute("INSERT OR REPLACE INTO moments VALUES ('employees', ?1)", [now().as_second()]).map(drop)
        })
    }

    /// Remembers that something happened now: `listening`, `event`.
    pub fn mark(&self, name: &str) -> Result<()> {
        self.execute("INSERT OR REPLACE INTO moments VALUES (?1, ?2)", params![name, now().as_second()])
    }

    /// How many seconds ago it was; `None` if never.
    pub fn age(&self, name: &str) -> Result<Option<i64>> {
        let at: Option<i64> = self
            .lock()
            .query_row("SELECT at FROM moments WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(failed(&self.path))?;
        Ok(at.map(|at| (now().as_second() - at).max(0)))
    }

    /// Says that events are received into this journal; to be said again every [`HEARTBEAT`].
    pub fn say_listening(&self) -> Result<()> {
        self.mark("listening")
    }

    /// Whether somebody receives events into this journal.
    pub fn somebody_listens(&self) -> Result<bool> {
        Ok(self.age("listening")?.is_some_and(|age| age <= 3 * HEARTBEAT.as_secs() as i64))
    }

    /// How far something has gone through the notifications; a new one begins at the end.
    pub fn position(&self, name: &str) -> Result<i64> {
        let sql = "SELECT at FROM moments WHERE name = ?1";
        let at: Option<i64> = self.lock().query_row(sql, [name], |row| row.get(0)).optional().map_err(failed(&self.path))?;
        match at {
            Some(at) => Ok(at),
            None => {
                let last = self.last_event_id()?;
                self.set_position(name, last)?;
                Ok(last)
            }
        }
    }

    /// Remembers how far it has gone.
    pub fn set_position(&self, name: &str, id: i64) -> Result<()> {
        self.execute("INSERT OR REPLACE INTO moments VALUES (?1, ?2)", params![name, id])
    }

    /// Row of the newest notification, 0 when there is none.
    pub fn last_event_id(&self) -> Result<i64> {
        let sql = "SELECT coalesce(max(id), 0) FROM events";
        self.lock().query_row(sql, [], |row| row.get(0)).map_err(failed(&self.path))
    }

    /// How many seconds ago the last notification came; `None` if none ever did.
    pub fn last_event(&self) -> Result<Option<i64>> {
        let sql = "SELECT received_at FROM events ORDER BY id DESC LIMIT 1";
        let at: Option<i64> = self.lock().query_row(sql, [], |row| row.get(0)).optional().map_err(failed(&self.path))?;
        Ok(at.map(|at| (now().as_second() - at).max(0)))
    }

    /// Forgets which periods are complete, so that they are asked for again.
    pub fn forget_synced(&self) -> Result<()> {
        self.execute("DELETE FROM synced", [])
    }

    /// Forgets calls and people, all of them, and the files of calls.
    pub fn forget_everything(&self) -> Result<()> {
        let tables = [
            "tracked",
            "visits",
            "channels",
            "entries",
            "told",
            "events",
            "commands",
            "synced",
            "begun",
            "moments",
            "employees",
            "numbers",
            "contacts",
            "strangers",
            "links",
            "notes",
            "files",
            "activities",
            "outbox",
            "cards",
            "gone",
            "choices",
        ];
        match std::fs::remove_dir_all(self.files()) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(Error::Io { path: self.files(), source }),
            _ => {}
        }
        self.change(|change| tables.iter().try_for_each(|table| change.execute(&format!("DELETE FROM {table}"), []).map(drop)))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<()> {
        self.lock().execute(sql, values).map(drop).map_err(failed(&self.path))
    }

    fn change<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let mut db = self.lock();
        let done = db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|change| {
            let value = work(&change)?;
            change.commit()?;
            Ok(value)
        });
        done.map_err(failed(&self.path))
    }

    /// The same without waiting for the disk: what a loss of power may take away can be worked out again.
    fn change_lightly<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let wait = |how| self.lock().pragma_update(None, "synchronous", how).map_err(failed(&self.path));
        wait("NORMAL")?;
        let done = self.change(work);
        wait("FULL")?;
        done
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// What became of a notification.
struct Inserted {
    new: bool,
    /// Its call, when that must be worked out anew
    entry_id: Option<String>,
}

/// Writes a notification down, unless it is there already. What it says of an order is taken in at once.
fn insert_event(change: &Transaction<'_>, path: &str, json: &str) -> rusqlite::Result<Inserted> {
    let event = Event::parse(path, json);
    let mut digest = Sha256::new().chain_update(path).chain_update([0]).chain_update(json);
    if path.starts_with("events/ab/") {
        // Whoever is changed and changed back is told of in the same words again; taking in the same words twice does no harm.
        let last: i64 = change.prepare_cached("SELECT coalesce(max(id), 0) FROM events")?.query_row([], |row| row.get(0))?;
        digest = digest.chain_update(last.to_le_bytes());
    }
    let digest = digest.finalize();
    let sql = "INSERT OR IGNORE INTO events (received_at, path, entry_id, json, digest) VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = params![now().as_second(), path, event.entry_id(), json, &digest[..16]];
    let new = change.prepare_cached(sql)?.execute(row)? == 1;
    match &event {
        Event::Outcome(outcome) if new => {
            let sql = "UPDATE commands SET result = ?2 WHERE command_id = ?1 AND outcome <> 'ended'";
            change.prepare_cached(sql)?.execute(params![outcome.command_id, outcome.result])?;
        }
        Event::Sms(sms) if new => {
            let sql = "UPDATE commands SET outcome = 'ended', result = ?2 WHERE command_id = ?1";
            change.prepare_cached(sql)?.execute(params![sms.command_id, sms.reason])?;
        }
        _ => {}
    }
    Ok(Inserted { new, entry_id: event.entry_id().filter(|_| new).map(str::to_owned) })
}

/// Works out an entry anew from all its events.
fn refold(change: &Transaction<'_>, entry_id: Option<&str>) -> rusqlite::Result<()> {
    let Some(entry_id) = entry_id else { return Ok(()) };
    let mut events = change.prepare_cached("SELECT path, json FROM events WHERE entry_id = ?1")?;
    let events = events.query_map([entry_id], |row| Ok(Event::parse(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)))?;
    let events = events.collect::<rusqlite::Result<Vec<_>>>()?;
    let (facts, legs) = told::by_events(&events);
    let entry = Writer::of(change)?.put(Source::Events, &(entry_id.to_owned(), facts, in_json(&legs)))?;
    told::tracked(&events).map_or(Ok(()), |tracked| tracking::put(change, entry, &tracked))
}
