//! What the CRM still has to be told: every finished call once, and again when something of it has changed. Written first, sent later.

use rusqlite::{OptionalExtension, Row, params};

use super::{Entry, Journal, entry};
use crate::error::Result;
use crate::store::failed;
use crate::time::now;

/// Calls that began this long before the CRM was set up are written into it, too; older ones when somebody asks for them.
const BEFORE: i64 = 24 * 60 * 60;

/// Pause after the first failure; it doubles with every other, up to an hour.
const FIRST_PAUSE: i64 = 30;
const LONGEST_PAUSE: i64 = 60 * 60;

/// A call that waits for the CRM.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The call
    pub entry: Entry,
    /// Grows with every change, so that one made while it is being sent is not taken for sent
    pub version: i64,
    /// How often sending failed
    pub tries: i64,
    /// What was sent of it before
    pub sent: Option<String>,
}

/// How the outbox stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    /// Calls that wait
    pub waiting: i64,
    /// Why the last one that failed did
    pub error: Option<String>,
}

impl Journal {
    /// The moment from which on calls are written into the CRM; the first question sets it.
    pub fn crm_since(&self) -> Result<i64> {
        let sql = "INSERT OR IGNORE INTO moments VALUES ('crm_since', ?1)";
        self.execute(sql, [now().as_second() - BEFORE])?;
        let sql = "SELECT at FROM moments WHERE name = 'crm_since'";
        self.lock().query_row(sql, [], |row| row.get(0)).map_err(failed(&self.path))
    }

    /// Puts finished calls that began then or later on the list, each once; returns how many are new on it.
    pub fn queue_calls(&self, since: i64) -> Result<usize> {
        let sql = "INSERT OR IGNORE INTO outbox (entry, state, changed_at, next_at)
            SELECT id, 'waiting', 1, 0 FROM entries e WHERE started_at >= ?1 AND state = 'ended'
                AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.entry = e.id)";
        self.change(|change| change.execute(sql, [since]))
    }

    /// The call that has waited longest among those whose pause is over; `anyway` asks for pauses, too. `after` has been looked at.
    pub fn next_waiting(&self, after: i64, anyway: bool) -> Result<Option<Waiting>> {
        let columns = entry::COLUMNS.split(", ").map(|column| format!("e.{}", column.trim())).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT {columns}, o.changed_at, o.tries, o.sent FROM outbox o JOIN entries e ON e.id = o.entry
             WHERE o.state = 'waiting' AND o.entry > ?1 AND (o.next_at <= ?2 OR ?3) AND e.state = 'ended' ORDER BY o.entry LIMIT 1"
        );
        let read = |row: &Row<'_>| {
            let entry = entry::read(row)?;
            Ok(Waiting { entry, version: row.get("changed_at")?, tries: row.get("tries")?, sent: row.get("sent")? })
        };
        let now = now().as_second();
        self.lock().query_row(&sql, params![after, now, anyway], read).optional().map_err(failed(&self.path))
    }

    /// Remembers what was sent of a call. It goes on waiting when it has changed meanwhile.
    pub fn call_sent(&self, waiting: &Waiting, remote: &str, sent: &str) -> Result<()> {
        let sql = "UPDATE outbox SET sent = ?3, remote = ?4, tries = 0, error = NULL, next_at = 0,
            state = iif(changed_at = ?2, 'sent', 'waiting') WHERE entry = ?1";
        self.execute(sql, params![waiting.entry.id, waiting.version, sent, remote])
    }

    /// Remembers why it was not sent, and when it is tried again.
    pub fn call_not_sent(&self, waiting: &Waiting, error: &str) -> Result<()> {
        let pause = FIRST_PAUSE.saturating_mul(1 << waiting.tries.clamp(0, 10)).min(LONGEST_PAUSE);
        let sql = "UPDATE outbox SET state = 'waiting', tries = tries + 1, error = ?2, next_at = ?3 WHERE entry = ?1";
        self.execute(sql, params![waiting.entry.id, error, now().as_second() + pause])
    }

    /// The row of a call in the CRM, once it is there.
    pub fn crm_row(&self, entry: &Entry) -> Result<Option<String>> {
        let sql = "SELECT remote FROM outbox WHERE entry = ?1";
        let found: Option<Option<String>> =
            self.lock().query_row(sql, [entry.id], |row| row.get(0)).optional().map_err(failed(&self.path))?;
        Ok(found.flatten())
    }

    /// How many wait, and what is wrong.
    pub fn outbox(&self) -> Result<Outbox> {
        let sql = "SELECT count(*), (SELECT error FROM outbox WHERE state = 'waiting' AND error IS NOT NULL ORDER BY next_at DESC LIMIT 1)
            FROM outbox o JOIN entries e ON e.id = o.entry WHERE o.state = 'waiting' AND e.state = 'ended'";
        let read = |row: &Row<'_>| Ok(Outbox { waiting: row.get(0)?, error: row.get(1)? });
        self.lock().query_row(sql, [], read).map_err(failed(&self.path))
    }

    /// Names of a call's files that the CRM does not have yet.
    pub fn files_to_send(&self, entry: &Entry) -> Result<Vec<String>> {
        let sql = "SELECT name FROM files WHERE entry = ?1 AND remote IS NULL ORDER BY name";
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut all| all.query_map([entry.id], |row| row.get(0))?.collect());
        found.map_err(failed(&self.path))
    }

    /// Remembers that the CRM has a file of a call.
    pub fn file_sent(&self, entry: &Entry, name: &str, remote: &str) -> Result<()> {
        self.execute("UPDATE files SET remote = ?3 WHERE entry = ?1 AND name = ?2", params![entry.id, name, remote])
    }
}
