//! `sandbox.db`: the calls that are over, the habits that were changed, and the counter from which ids are made.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::entry::Entry;
use super::people::{Behaviour, Habit};
use crate::error::Result;
use crate::store::{self, Migrations, failed};

/// The calls lie in the order of their beginning: `id` is the second shifted left by [`SECOND`], then a part of the serial number.
/// A page of statistics is a run of neighbours, and the place where it ended is one integer.
const MIGRATIONS: Migrations = &[
    "
    CREATE TABLE call(id INTEGER PRIMARY KEY, serial INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE counter(one INTEGER PRIMARY KEY CHECK (one = 1), serial INTEGER NOT NULL);
    INSERT INTO counter VALUES (1, 0);
    CREATE TABLE habit(number TEXT PRIMARY KEY, behaviour TEXT NOT NULL, ring REAL NOT NULL, talk REAL NOT NULL) WITHOUT ROWID;
",
    BY_SERIAL,
];

/// A recording's id tells the serial number of its call and not the second in which it began.
const BY_SERIAL: &str = "CREATE INDEX call_by_serial ON call(serial)";

/// Bits of the serial number below the second in a row's id.
pub(super) const SECOND: u32 = 20;

/// The place of a call in the order of the ledger.
pub(super) fn row_id(start: i64, serial: i64) -> i64 {
    start << SECOND | (serial & ((1 << SECOND) - 1))
}

pub(super) struct Ledger {
    db: Connection,
    path: PathBuf,
}

impl Ledger {
    pub(super) fn open(directory: &Path) -> Result<Ledger> {
        let path = directory.join("sandbox.db");
        let db = store::open(&path, MIGRATIONS)?;
        // An emulator may lose its last calls with the power supply, but not wait for the disk at every call.
        db.execute_batch("PRAGMA synchronous = NORMAL").map_err(failed(&path))?;
        Ok(Ledger { db, path })
    }

    /// In a new ledger the seed decides where serial numbers begin, so that sandboxes with different seeds share no ids.
    pub(super) fn begin_at(&self, seed: u64) -> Result<()> {
        let scattered = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let first = (scattered % 900_000) as i64 * 10_000_000;
        self.ask(|db| db.execute("UPDATE counter SET serial = ?1 WHERE serial = 0", [first])).map(drop)
    }

    /// Takes `count` serial numbers, which no other process on this file will get; the first of them is returned.
    pub(super) fn reserve(&self, count: u64) -> Result<i64> {
        let sql = "UPDATE counter SET serial = serial + ?1 RETURNING serial - ?1 + 1";
        self.ask(|db| db.prepare_cached(sql)?.query_row([count as i64], |row| row.get(0)))
    }

    pub(super) fn record(&self, entry: &Entry) -> Result<()> {
        self.ask(|db| insert(db, entry))
    }

    /// Writes what `next` gives, in one transaction, and tells how many there were.
    pub(super) fn record_all(&mut self, entries: &mut dyn Iterator<Item = Entry<'static>>) -> Result<u64> {
        let path = self.path.clone();
        let change = self.db.transaction().map_err(failed(&path))?;
        let mut count = 0;
        for entry in entries {
            insert(&change, &entry).map_err(failed(&path))?;
            count += 1;
        }
        change.commit().map_err(failed(&path))?;
        Ok(count)
    }

    /// Shows the call with this serial number, if it is over.
    pub(super) fn call<T>(&self, serial: i64, read: impl FnOnce(&Entry<'_>) -> T) -> Result<Option<T>> {
        let sql = "SELECT id, body FROM call WHERE serial = ?1 LIMIT 1";
        self.ask(|db| {
            let mut query = db.prepare_cached(sql)?;
            let mut rows = query.query([serial])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let entry = Entry::unpack(row.get::<_, i64>(0)? >> SECOND, serial, row.get_ref(1)?.as_blob()?);
            Ok(entry.map(|entry| read(&entry)))
        })
    }

    pub(super) fn calls(&self) -> Result<u64> {
        self.ask(|db| db.query_row("SELECT count(*) FROM call", [], |row| row.get::<_, i64>(0))).map(|count| count as u64)
    }

    /// All but the counter: whoever remembers a call that is forgotten here must not meet its id again.
    pub(super) fn forget_everything(&self) -> Result<()> {
        self.ask(|db| db.execute_batch("BEGIN IMMEDIATE; DELETE FROM call; DELETE FROM habit; COMMIT"))
    }

    pub(super) fn change_habit(&self, number: &str, habit: Habit) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO habit VALUES (?1, ?2, ?3, ?4)";
        self.ask(|db| db.execute(sql, params![number, habit.behaviour.word(), habit.ring, habit.talk])).map(drop)
    }

    pub(super) fn changed_habit(&self, number: &str) -> Result<Option<Habit>> {
        let sql = "SELECT behaviour, ring, talk FROM habit WHERE number = ?1";
        let read = |row: &rusqlite::Row<'_>| {
            let behaviour = Behaviour::from_word(row.get_ref(0)?.as_str()?).unwrap_or(Behaviour::Answers);
            Ok(Habit { behaviour, ring: row.get(1)?, talk: row.get(2)? })
        };
        self.ask(|db| db.prepare_cached(sql)?.query_row([number], read).optional())
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        question(&self.db).map_err(failed(&self.path))
    }
}

fn insert(db: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    // Two processes that share the file may meet on one id only after a million calls in the same second.
    let sql = "INSERT OR REPLACE INTO call VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?.execute(params![row_id(entry.start, entry.serial), entry.serial, entry.pack()]).map(drop)
}

/// Reads the ledger beside whoever writes it.
pub(super) struct Reader {
    db: Connection,
    path: PathBuf,
}

impl Reader {
    pub(super) fn open(directory: &Path) -> Result<Reader> {
        let path = directory.join("sandbox.db");
        let db = store::open(&path, MIGRATIONS)?;
        db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16000; PRAGMA mmap_size = 1073741824").map_err(failed(&path))?;
        Ok(Reader { db, path })
    }

    /// Shows the calls that began in `from..=to` and lie behind the row `after`, in order, while `visit` answers true.
    pub(super) fn visit(&self, after: i64, from: i64, to: i64, visit: &mut dyn FnMut(i64, Entry<'_>) -> bool) -> Result<()> {
        let mut read = || {
            let sql = "SELECT id, serial, body FROM call WHERE id > ?1 AND id < ?2 ORDER BY id";
            let mut query = self.db.prepare_cached(sql)?;
            let mut rows = query.query([after.max((from << SECOND) - 1), (to + 1) << SECOND])?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                let Some(entry) = Entry::unpack(id >> SECOND, row.get(1)?, row.get_ref(2)?.as_blob()?) else { continue };
                if !visit(id, entry) {
                    break;
                }
            }
            Ok(())
        };
        read().map_err(failed(&self.path))
    }

    /// The row with `skip` calls before it since `from`, without reading those.
    pub(super) fn nth(&self, after: i64, from: i64, to: i64, skip: u64) -> Result<Option<i64>> {
        let sql = "SELECT id FROM call WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT 1 OFFSET ?3";
        let bounds = [after.max((from << SECOND) - 1), (to + 1) << SECOND, skip as i64];
        let found = self.db.prepare_cached(sql).and_then(|mut query| query.query_row(bounds, |row| row.get(0)).optional());
        found.map_err(failed(&self.path))
    }

    /// A number that changes whenever somebody else has written.
    pub(super) fn edition(&self) -> Result<i64> {
        self.db.query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(failed(&self.path))
    }
}
