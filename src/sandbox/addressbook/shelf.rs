//! `addressbook.db`: organizations, groups and contacts, each a row with what is told of it as JSON.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde_json::{Map, Value};

use super::listing::Cursors;
use super::{Asked, DATABASE, Kind, Refusal, card};
use crate::error::Result;
use crate::store::{self, Migrations, failed};

/// One counter for the ids of everything, numbers and e-mail addresses too. `filled`: the people of the sandbox are in.
const MIGRATIONS: Migrations = &["
    CREATE TABLE thing(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, searched TEXT NOT NULL, body TEXT NOT NULL);
    CREATE INDEX thing_by_kind ON thing(kind, id);
    CREATE INDEX thing_by_name ON thing(kind, name);
    CREATE TABLE counter(one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL, filled INTEGER NOT NULL);
    INSERT INTO counter VALUES (1, 10000600, 0);
"];

/// The book, opened when it is first asked for.
pub(in super::super) struct Book {
    path: PathBuf,
    db: Option<Connection>,
    pub(super) cursors: Cursors,
}

/// One organization, group or contact as it is kept.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) body: Map<String, Value>,
}

/// The book within one transaction.
pub(super) struct Shelf<'a>(&'a Connection);

pub(super) fn disk(_: rusqlite::Error) -> Refusal {
    Refusal::new(DATABASE)
}

impl Book {
    pub(in super::super) fn at(directory: &Path) -> Book {
        Book { path: directory.join("addressbook.db"), db: None, cursors: Cursors::default() }
    }

    /// Forgets everything; the people of the sandbox come back when somebody asks.
    pub(in super::super) fn forget_everything(&mut self) -> Result<()> {
        if self.db.is_none() && !self.path.exists() {
            return Ok(());
        }
        let db = open(&self.path)?;
        db.execute_batch("BEGIN IMMEDIATE; DELETE FROM thing; UPDATE counter SET filled = 0; COMMIT").map_err(failed(&self.path))?;
        (self.db, self.cursors) = (None, Cursors::default());
        Ok(())
    }

    pub(super) fn read<T>(&mut self, work: impl FnOnce(&Shelf<'_>) -> Asked<T>) -> Asked<T> {
        work(&Shelf(self.db()?))
    }

    /// All of it or, when it fails, nothing.
    pub(super) fn change<T>(&mut self, work: impl FnOnce(&Shelf<'_>) -> Asked<T>) -> Asked<T> {
        let change = self.db()?.transaction_with_behavior(TransactionBehavior::Immediate).map_err(disk)?;
        let done = work(&Shelf(&change))?;
        change.commit().map_err(disk)?;
        Ok(done)
    }

    fn db(&mut self) -> Asked<&mut Connection> {
        if self.db.is_none() {
            let mut db = open(&self.path).map_err(|_| Refusal::new(DATABASE))?;
            fill(&mut db)?;
            self.db = Some(db);
        }
        self.db.as_mut().ok_or_else(|| Refusal::new(DATABASE))
    }
}

fn open(path: &Path) -> Result<Connection> {
    let db = store::open(path, MIGRATIONS)?;
    // As with the calls: an emulator may lose its last change with the power supply.
    db.execute_batch("PRAGMA synchronous = NORMAL").map_err(failed(path))?;
    Ok(db)
}

fn fill(db: &mut Connection) -> Asked<()> {
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(disk)?;
    if change.execute("UPDATE counter SET filled = 1 WHERE filled = 0", []).map_err(disk)? == 1 {
        card::everybody(&Shelf(&change))?;
    }
    change.commit().map_err(disk)
}

impl Shelf<'_> {
    /// One row of many: when it fails, nothing of it stays.
    pub(super) fn row<T>(&self, work: impl FnOnce(&Shelf<'_>) -> Asked<T>) -> Asked<T> {
        self.0.execute_batch("SAVEPOINT row").map_err(disk)?;
        let done = work(self);
        let end = if done.is_ok() { "RELEASE row" } else { "ROLLBACK TO row; RELEASE row" };
        self.0.execute_batch(end).map_err(disk)?;
        done
    }

    pub(super) fn new_id(&self) -> Asked<i64> {
        let mut next = self.0.prepare_cached("UPDATE counter SET id = id + 1 RETURNING id").map_err(disk)?;
        next.query_row([], |row| row.get(0)).map_err(disk)
    }

    pub(super) fn get(&self, kind: Kind, id: &str) -> Asked<Option<Stored>> {
        let Ok(id) = id.parse::<i64>() else { return Ok(None) };
        self.one("SELECT id, name, body FROM thing WHERE kind = ?1 AND id = ?2", params![kind as i64, id])
    }

    pub(super) fn named(&self, kind: Kind, name: &str) -> Asked<Option<Stored>> {
        self.one("SELECT id, name, body FROM thing WHERE kind = ?1 AND name = ?2 ORDER BY id LIMIT 1", params![kind as i64, name])
    }

    /// Everybody of this kind and name.
    pub(super) fn all_named(&self, kind: Kind, name: &str) -> Asked<Vec<Stored>> {
        self.many("SELECT id, name, body FROM thing WHERE kind = ?1 AND name = ?2 ORDER BY id", params![kind as i64, name])
    }

    fn one(&self, sql: &str, values: impl rusqlite::Params) -> Asked<Option<Stored>> {
        self.0.prepare_cached(sql).and_then(|mut one| one.query_row(values, stored).optional()).map_err(disk)
    }

    fn many(&self, sql: &str, values: impl rusqlite::Params) -> Asked<Vec<Stored>> {
        self.0.prepare_cached(sql).and_then(|mut many| many.query_map(values, stored)?.collect()).map_err(disk)
    }

    /// Writes a new one, or over the one with this id.
    pub(super) fn put(&self, kind: Kind, id: Option<i64>, name: &str, searched: &str, body: Map<String, Value>) -> Asked<Stored> {
        let id = id.map_or_else(|| self.new_id(), Ok)?;
        let sql = "INSERT OR REPLACE INTO thing VALUES (?1, ?2, ?3, ?4, ?5)";
        let json = Value::Object(body.clone()).to_string();
        let put = self.0.prepare_cached(sql).and_then(|mut put| put.execute(params![id, kind as i64, name, searched, json]));
        put.map_err(disk)?;
        Ok(Stored { id, name: name.to_owned(), body })
    }

    /// Whether there was one.
    pub(super) fn remove(&self, kind: Kind, id: &str) -> Asked<bool> {
        let Ok(id) = id.parse::<i64>() else { return Ok(false) };
        let gone = self.0.execute("DELETE FROM thing WHERE kind = ?1 AND id = ?2", params![kind as i64, id]);
        gone.map(|count| count == 1).map_err(disk)
    }

    /// How many have this in what is searched.
    pub(super) fn count(&self, kind: Kind, query: &str) -> Asked<i64> {
        let sql = "SELECT count(*) FROM thing WHERE kind = ?1 AND (?2 = '' OR instr(searched, ?2) > 0)";
        self.0.query_row(sql, params![kind as i64, query], |row| row.get(0)).map_err(disk)
    }

    /// Some of them; `order` is made of columns only.
    pub(super) fn page(&self, kind: Kind, query: &str, order: &str, limit: i64, from: i64) -> Asked<Vec<Stored>> {
        let sql = format!(
            "SELECT id, name, body FROM thing WHERE kind = ?1 AND (?2 = '' OR instr(searched, ?2) > 0) ORDER BY {order} LIMIT ?3 OFFSET ?4"
        );
        self.many(&sql, params![kind as i64, query, limit, from])
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let body = serde_json::from_str(row.get_ref(2)?.as_str()?).unwrap_or_default();
    Ok(Stored { id: row.get(0)?, name: row.get(1)?, body })
}
