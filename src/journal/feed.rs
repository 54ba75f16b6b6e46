//! What happens, as it happens: events in the order of their coming, each with its call as it is known by then.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::{Entry, Journal, State, entry};
use crate::error::Result;
use crate::pbx::event::Event;
use crate::store::failed;
use crate::time::now;

/// How often another process's writing is looked for: a look costs a microsecond.
const LOOK: Duration = Duration::from_millis(30);

/// Notifications that are read at once, and the rest after so many: taking a crowd in comes before showing it.
const AT_ONCE: usize = 64;
const REST: Duration = Duration::from_millis(10);

/// A notification as it came, and its call.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Row: the order of coming
    pub id: i64,
    /// Unix seconds
    pub received_at: i64,
    /// `events/call`, `result/transfer`, …
    pub path: String,
    /// As it came
    pub json: String,
    /// As it is understood
    pub event: Event,
    /// The call it belongs to
    pub entry: Option<Entry>,
}

/// Follows a journal from a moment on.
pub struct Feed<'a> {
    journal: &'a Journal,
    seen: i64,
    version: i64,
}

impl Journal {
    /// Everything that happens from now on.
    pub fn feed(&self) -> Result<Feed<'_>> {
        Ok(Feed { journal: self, seen: self.last_event_id()?, version: -1 })
    }

    /// Notifications after one, at most `limit`, those whose calls are worked out.
    pub fn happened_after(&self, id: i64, limit: usize) -> Result<Vec<Happened>> {
        let upto = self.folded()?;
        let db = self.lock();
        let sql = "SELECT id, received_at, path, json, entry_id FROM events WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
        let one = format!("SELECT {} FROM entries WHERE entry_id = ?1", entry::COLUMNS);
        let found = db.prepare_cached(sql).and_then(|mut found| {
            let rows = found.query_map(params![id, upto, limit as i64], |row| {
                let entry = match row.get::<_, Option<String>>(4)? {
                    Some(entry_id) => db.prepare_cached(&one)?.query_row([entry_id], entry::read).optional()?,
                    None => None,
                };
                happened(row, entry)
            })?;
            rows.collect()
        });
        found.map_err(failed(self.path()))
    }

    /// Notifications after one whose path begins so, at most `limit`: row, moment, path and JSON, as they came.
    pub fn told_of(&self, path: &str, after: i64, limit: usize) -> Result<Vec<(i64, i64, String, String)>> {
        let db = self.lock();
        let sql = "SELECT id, received_at, path, json FROM events WHERE id > ?1 AND path GLOB ?2 || '*' ORDER BY id LIMIT ?3";
        let told = db.prepare_cached(sql).and_then(|mut told| {
            let rows =
                told.query_map(params![after, path, limit as i64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            rows.collect()
        });
        told.map_err(failed(self.path()))
    }

    /// The notifications of one call, in the order of their coming.
    pub fn happened_in(&self, entry: &Entry) -> Result<Vec<Happened>> {
        let sql = "SELECT id, received_at, path, json FROM events WHERE entry_id = ?1 ORDER BY id";
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut found| {
            let rows = found.query_map([&entry.entry_id], |row| happened(row, Some(entry.clone())))?;
            rows.collect()
        });
        found.map_err(failed(self.path()))
    }

    /// Row of the last notification before a moment, Unix seconds; 0 when there is none.
    pub fn last_before(&self, at: i64) -> Result<i64> {
        let sql = "SELECT coalesce(max(id), 0) FROM events WHERE received_at < ?1";
        self.lock().query_row(sql, [at], |row| row.get(0)).map_err(failed(self.path()))
    }

    /// Calls going on, the newest first; of one employee, if an extension is given.
    pub fn live(&self, extension: Option<&str>) -> Result<Vec<Entry>> {
        let db = self.lock();
        let sql = format!(
            "SELECT {} FROM entries WHERE started_at > ?1 AND state <> '{}' ORDER BY started_at DESC, id DESC",
            entry::COLUMNS,
            State::Ended.key()
        );
        let since = now().as_second() - super::LONGEST_CALL;
        let found =
            db.prepare_cached(&sql).and_then(|mut found| found.query_map([since], entry::read)?.collect::<rusqlite::Result<Vec<_>>>());
        drop(db);
        let mut live = found.map_err(failed(self.path()))?;
        if let Some(extension) = extension {
            let mut mine = Vec::new();
            for entry in live {
                let is_mine = |leg: &entry::Leg| leg.state != Some(State::Ended) && leg.is_of(extension);
                if self.legs(&entry)?.iter().any(is_mine) {
                    mine.push(entry);
                }
            }
            live = mine;
        }
        Ok(live)
    }

    /// The PBX has just been started: no call of before goes on, though nobody told of its end.
    pub fn nothing_goes_on(&self) -> Result<()> {
        let ended = State::Ended.key();
        self.lock().execute("UPDATE entries SET state = ?1 WHERE state <> ?1", [ended]).map(drop).map_err(failed(self.path()))
    }

    /// Waits until somebody else has written into the journal since it had this version; −1 is none. Its version now.
    pub async fn changed_since(&self, version: i64) -> Result<i64> {
        loop {
            let now = self.data_version()?;
            if now != version {
                return Ok(now);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether every notification that is written down is worked out.
    pub fn is_worked_out(&self) -> Result<bool> {
        Ok(self.folded()? >= self.last_event_id()?)
    }

    fn data_version(&self) -> Result<i64> {
        self.lock().query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(failed(self.path()))
    }
}

/// A notification from the columns id, received_at, path, json.
fn happened(row: &rusqlite::Row<'_>, entry: Option<Entry>) -> rusqlite::Result<Happened> {
    let (path, json): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(Happened { id: row.get(0)?, received_at: row.get(1)?, event: Event::parse(&path, &json), path, json, entry })
}

impl Feed<'_> {
    /// The next notifications; waits until there are some. They come again until they are [done](Feed::done).
    pub async fn next(&mut self) -> Result<Vec<Happened>> {
        loop {
            let version = self.journal.data_version()?;
            if version != self.version {
                let happened = self.journal.happened_after(self.seen, AT_ONCE)?;
                if happened.len() == AT_ONCE {
                    tokio::time::sleep(REST).await;
                }
                if !happened.is_empty() {
                    return Ok(happened);
                }
                self.version = version;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Up to this one they are not told again.
    pub fn done(&mut self, happened: &Happened) {
        self.seen = happened.id;
    }
}
