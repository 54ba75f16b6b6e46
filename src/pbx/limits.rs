//! How often the PBX may be asked (vpbx-core §2), kept by all our processes together.
//!
//! The limit belongs to the PBX, not to a process, so the next free moment of every method stands in a small SQLite file:
//! whoever comes takes it and puts the following one. Requests are spaced evenly, with two per cent to spare, so that
//! no second ever holds more than its share and we still run at 98 % of the limit.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::{Error, Result};
use crate::store;

const SCHEMA: store::Migrations = &["CREATE TABLE slots (method TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE refusals (at INTEGER NOT NULL, code INTEGER NOT NULL);"];

/// For how long a 3xxx answer is held against us.
const QUOTA: Duration = Duration::from_secs(120);

/// A slot further away than this comes from a clock that was set back.
const FARTHEST: i64 = 10 * 60 * 1000;

/// The shared memory of what was asked and what was refused.
pub struct Limits {
    db: Mutex<Connection>,
    spaced: bool,
}

impl Limits {
    /// Opens the file; without one (a read-only home) this process keeps the limits alone.
    pub fn open(path: &Path, spaced: bool) -> Limits {
        let db = store::open_for_writing(path, SCHEMA).and_then(|db| {
            // Losing a slot in a power cut costs nothing.
            db.pragma_update(None, "synchronous", "OFF").map_err(store::failed(path))?;
            Ok(db)
        });
        Limits { db: Mutex::new(db.unwrap_or_else(|_| alone())), spaced }
    }

    /// Whether requests are spaced at all.
    pub fn is_spaced(&self) -> bool {
        self.spaced
    }

    /// Takes the next free moment of a method and says how long to wait for it.
    pub fn reserve(&self, method: &str, spacing: Duration) -> Duration {
        if !self.spaced {
            return Duration::ZERO;
        }
        self.reserve_at(millis(), method, spacing)
    }

    fn reserve_at(&self, now: i64, method: &str, spacing: Duration) -> Duration {
        let spacing = (spacing.as_millis() as i64) * 102 / 100;
        let slot = self.take_slot(method, now, spacing).unwrap_or(now);
        Duration::from_millis((slot - now).max(0) as u64)
    }

    fn take_slot(&self, method: &str, now: i64, spacing: i64) -> rusqlite::Result<i64> {
        let mut db = self.lock();
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let next: Option<i64> = change.query_row("SELECT next FROM slots WHERE method = ?1", [method], |row| row.get(0)).optional()?;
        let slot = next.filter(|next| *next < now + FARTHEST).unwrap_or(now).max(now);
        change.execute("INSERT OR REPLACE INTO slots VALUES (?1, ?2)", (method, slot + spacing))?;
        change.commit()?;
        Ok(slot)
    }

    /// Pushes a method's next moment away, because the PBX said so (`Retry-After`).
    pub fn postpone(&self, method: &str, pause: Duration) {
        let until = millis() + pause.as_millis() as i64;
        let sql = "INSERT INTO slots VALUES (?1, ?2) ON CONFLICT DO UPDATE SET next = max(next, excluded.next)";
        let _ = self.lock().execute(sql, (method, until));
    }

    /// Remembers a 3xxx answer.
    pub fn remember_refusal(&self, code: i64) {
        let db = self.lock();
        let _ = db.execute("DELETE FROM refusals WHERE at < ?1", [millis() - 10 * QUOTA.as_millis() as i64]);
        let _ = db.execute("INSERT INTO refusals VALUES (?1, ?2)", (millis(), code));
    }

    /// Forgets the refusals: the PBX is another one now.
    pub fn forgive(&self) {
        let _ = self.lock().execute("DELETE FROM refusals", []);
    }

    /// Two refusals within two minutes: nothing may be asked until the first of them is two minutes old.
    pub fn blocked(&self) -> Result<()> {
        match self.recent_refusals().as_slice() {
            [first, _, ..] => Err(Error::Blocked { until: end_of_block(*first) }),
            _ => Ok(()),
        }
    }

    /// The end of the block if an HTTP 401 can be explained by refusals: one of ours is enough, another program may have had the other.
    pub fn explains_401(&self) -> Option<Timestamp> {
        self.recent_refusals().first().map(|first| end_of_block(*first))
    }

    /// How long it takes until no refusal is held against us.
    pub fn until_forgiven(&self) -> Duration {
        let last = self.recent_refusals().last().map_or(0, |last| last + QUOTA.as_millis() as i64 - millis());
        // A moment more, for two clocks.
        if last > 0 { Duration::from_millis(last as u64) + Duration::from_secs(1) } else { Duration::ZERO }
    }

    fn recent_refusals(&self) -> Vec<i64> {
        let now = millis();
        let since = now - QUOTA.as_millis() as i64;
        let db = self.lock();
        // One of the future comes from a clock that was set back.
        let rows = db.prepare("SELECT at FROM refusals WHERE at BETWEEN ?1 AND ?2 ORDER BY at").and_then(|mut all| {
            let rows = all.query_map([since, now], |row| row.get(0))?;
            rows.collect()
        });
        rows.unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn alone() -> Connection {
    let db = Connection::open_in_memory().expect("SQLite in memory");
    db.execute_batch(SCHEMA[0]).expect("our own schema");
    db
}

fn millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

fn end_of_block(first: i64) -> Timestamp {
    Timestamp::from_millisecond(first + QUOTA.as_millis() as i64).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_share_the_moments() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("limits.db");
        let (one, other) = (Limits::open(&path, true), Limits::open(&path, true));
        let spacing = Duration::from_secs(2);
        let waits: Vec<_> = (0..4).map(|n| [&one, &other][n % 2].reserve_at(1000 + n as i64, "m", spacing).as_millis()).collect();
        assert_eq!(waits, [0, 2039, 4078, 6117]);
        assert_eq!(one.reserve_at(1004, "another", spacing), Duration::ZERO);
    }

    #[test]
    fn the_second_refusal_shuts_the_door_and_the_first_explains_a_401() {
        let home = tempfile::tempdir().unwrap();
        let limits = Limits::open(&home.path().join("limits.db"), true);
        assert!(limits.explains_401().is_none() && limits.until_forgiven().is_zero());
        limits.remember_refusal(3104);
        assert!(limits.blocked().is_ok() && limits.explains_401().is_some());
        assert!(limits.until_forgiven() > QUOTA - Duration::from_secs(60));
        limits.remember_refusal(3103);
        assert!(matches!(limits.blocked(), Err(Error::Blocked { .. })));
    }

    #[test]
    fn a_refusal_of_a_clock_that_was_ahead_shuts_nothing() {
        let limits = Limits { db: Mutex::new(alone()), spaced: true };
        let tomorrow = millis() + 86_400_000;
        for code in [3100, 3101] {
            limits.lock().execute("INSERT INTO refusals VALUES (?1, ?2)", (tomorrow, code)).unwrap();
        }
        assert!(limits.blocked().is_ok() && limits.explains_401().is_none() && limits.until_forgiven().is_zero());
    }

    #[test]
    fn a_home_that_cannot_be_written_still_keeps_the_limit() {
        let limits = Limits::open(Path::new("/dev/null/limits.db"), true);
        limits.reserve_at(1000, "m", Duration::from_secs(1));
        assert_eq!(limits.reserve_at(1000, "m", Duration::from_secs(1)), Duration::from_millis(1020));
    }
}
