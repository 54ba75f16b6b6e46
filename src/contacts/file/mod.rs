//! The people in the profile's file: own ones, and those that were seen in a remote source. Every look-up is by an index and takes
//! milliseconds, so that history, cards and completion never wait for a server.

mod activities;
mod bulk;
mod cards;
mod choices;
mod search;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

pub use bulk::Import;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params, params_from_iter};

use super::fold::fold;
use super::place::Place;
use super::{Account, Contact, Kind, Number, Owner, Sort};
use crate::error::{Error, Result};
use crate::phone::recognised_by;
use crate::schema;
use crate::store::{self, failed};
use crate::text::excerpt;
use crate::time::now;

/// People and companies of one place, in the profile's file.
pub struct PeopleFile {
    db: Mutex<Connection>,
    path: PathBuf,
    place: Place,
}

/// What [`owner`] reads.
const COLUMNS: &str = "c.id, c.remote, c.is_account, c.name, c.company, c.account, c.job, c.email, c.web, c.notes";

/// How many are read at a time where all are read.
const PAGE: usize = 500;

impl PeopleFile {
    /// Opens the profile's file, making it when missing. Only the people of `place` are seen.
    pub fn open(path: &Path, place: Place) -> Result<PeopleFile> {
        Ok(PeopleFile { db: Mutex::new(store::open(path, schema::PROFILE)?), path: path.into(), place })
    }

    /// Opens it to read only; `None` when there is none.
    pub fn open_read_only(path: &Path, place: Place) -> Result<Option<PeopleFile>> {
        let db = store::open_read_only(path, schema::PROFILE)?;
        Ok(db.map(|db| PeopleFile { db: Mutex::new(db), path: path.into(), place }))
    }

    /// Whose people these are.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Adds people and companies; ids are given, those in `new` are not looked at. All or none.
    pub fn create(&self, new: &[Owner]) -> Result<Vec<Owner>> {
        self.change(|change| new.iter().map(|owner| self.add(change, owner)).collect())
    }

    /// Writes somebody over as a whole.
    pub fn rewrite(&self, whole: &Owner) -> Result<()> {
        let found = self.change(|change| {
            let row = self.row_of(change, whole.sort(), whole.id())?;
            row.map(|row| self.renew(change, row, whole)).transpose()
        })?;
        found.ok_or_else(|| nobody(whole.id()))
    }

    /// Removes somebody.
    pub fn delete(&self, sort: Sort, id: &str) -> Result<()> {
        let found = self.change(|change| {
            let row = self.row_of(change, sort, id)?;
            let Some(row) = row else { return Ok(None) };
            change.execute("DELETE FROM contacts WHERE id = ?1", [row])?;
            if sort == Sort::Account {
                change.execute("UPDATE contacts SET account = NULL WHERE source = ?1 AND account = ?2", params![self.place.key(), id])?;
            }
            Ok(Some(()))
        })?;
        found.ok_or_else(|| nobody(id))
    }

    /// Adds somebody of our own. A person whose company is kept too belongs to it, whichever of them came first.
    fn add(&self, change: &Transaction<'_>, owner: &Owner) -> rusqlite::Result<Owner> {
        let account = owner.company().map(|company| account_named(change, self.place, company)).transpose()?.flatten();
        let row = insert(change, self.place, None, owner, account.map(|row| row.to_string()).as_deref())?;
        if owner.sort() == Sort::Account {
            self.adopt(change, row, owner.name())?;
        }
        get(change, row)
    }

    fn renew(&self, change: &Transaction<'_>, row: i64, whole: &Owner) -> rusqlite::Result<()> {
        if self.place != Place::Local {
            return update(change, row, whole, whole.account());
        }
        let account = whole.company().map(|company| account_named(change, self.place, company)).transpose()?.flatten();
        update(change, row, whole, account.map(|row| row.to_string()).as_deref())?;
        match whole.sort() {
            Sort::Contact => Ok(()),
            Sort::Account => self.rename_company(change, row, whole.name()),
        }
    }

    /// People who work in a company that has just been entered.
    fn adopt(&self, change: &Transaction<'_>, account: i64, name: &str) -> rusqlite::Result<()> {
        let sql = "SELECT c.id, c.company FROM contacts_found f CROSS JOIN contacts c ON c.id = f.rowid
            WHERE f.folded LIKE ?1 AND c.source = ?2 AND c.company IS NOT NULL AND c.account IS NULL";
        let wanted = name_folded(name);
        let mut all = change.prepare_cached(sql)?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let all =
            all.query_map(params![format!("%{wanted}%"), self.place.key()], read)?.collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
        let mut join = change.prepare_cached("UPDATE contacts SET account = ?2 WHERE id = ?1")?;
        for (person, _) in all.into_iter().filter(|(_, company)| name_folded(company) == wanted) {
            join.execute(params![person, account.to_string()])?;
        }
        Ok(())
    }

    /// The company's new name is written at its people.
    fn rename_company(&self, change: &Transaction<'_>, account: i64, name: &str) -> rusqlite::Result<()> {
        let mut people = change.prepare_cached("SELECT id FROM contacts WHERE account = ?1 AND source = ?2")?;
        let people =
            people.query_map(params![account.to_string(), self.place.key()], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
        for person in people {
            if let Owner::Contact(contact) = get(change, person)? {
                let renamed = Owner::Contact(Contact { company: Some(name.to_owned()), ..contact });
                update(change, person, &renamed, Some(&account.to_string()))?;
            }
        }
        self.adopt(change, account, name)
    }

    /// Adds a number, unless one with the same last ten digits is there already.
    pub fn add_number(&self, owner: &Owner, number: &Number) -> Result<bool> {
        let added = self.change(|change| {
            let Some(row) = self.row_of(change, owner.sort(), owner.id())? else { return Ok(None) };
            let key = recognised_by(&number.number);
            let sql = "SELECT 1 FROM numbers WHERE contact = ?1 AND last10 = ?2";
            if change.prepare_cached(sql)?.exists(params![row, key])? {
                return Ok(Some(false));
            }
            let sql = "INSERT INTO numbers SELECT ?1, coalesce(max(n) + 1, 0), ?2, ?3, ?4 FROM numbers WHERE contact = ?1";
            change.prepare_cached(sql)?.execute(params![row, number.kind.key(), number.number, key])?;
            Ok(Some(true))
        })?;
        added.ok_or_else(|| nobody(owner.id()))
    }

    /// Keeps what a remote source told of people and companies, over what was known of them.
    pub fn remember(&self, seen: &[Owner]) -> Result<()> {
        self.change(|change| self.remember_all(change, seen))
    }

    fn remember_all(&self, change: &Transaction<'_>, seen: &[Owner]) -> rusqlite::Result<()> {
        for owner in seen {
            match self.row_of(change, owner.sort(), owner.id())? {
                Some(row) => update(change, row, owner, owner.account())?,
                None => drop(insert(change, self.place, Some(owner.id()), owner, owner.account())?),
            }
            for number in owner.numbers() {
                let sql = "DELETE FROM strangers WHERE source = ?1 AND last10 = ?2";
                change.prepare_cached(sql)?.execute(params![self.place.key(), recognised_by(&number.number)])?;
            }
        }
        Ok(())
    }

    /// Keeps what a remote source answered when it was asked whose number it is. Whoever was known by it and is not in the answer
    /// is known no more.
    pub fn remember_owners(&self, number: &str, owners: &[Owner]) -> Result<()> {
        self.remember(owners)?;
        let gone: Vec<Owner> = self.owners(number)?;
        let gone = gone.iter().filter(|known| !owners.iter().any(|owner| (owner.sort(), owner.id()) == (known.sort(), known.id())));
        gone.into_iter().try_for_each(|known| self.delete(known.sort(), known.id()))?;
        if !owners.is_empty() {
            return Ok(());
        }
        self.change(|change| {
            let values = params![self.place.key(), recognised_by(number), now().as_second()];
            change.execute("INSERT OR REPLACE INTO strangers VALUES (?1, ?2, ?3)", values).map(drop)
        })
    }

    /// Those of the numbers that were not asked for since this moment (Unix seconds), each once.
    pub fn not_asked_since(&self, numbers: &[String], since: i64) -> Result<Vec<String>> {
        let sql = "SELECT EXISTS (SELECT 1 FROM numbers n CROSS JOIN contacts c ON c.id = n.contact
                WHERE n.last10 = ?2 AND c.source = ?1 AND c.fetched_at >= ?3)
            OR EXISTS (SELECT 1 FROM strangers WHERE source = ?1 AND last10 = ?2 AND asked_at >= ?3)";
        let db = self.lock();
        let known = |number: &String| -> rusqlite::Result<bool> {
            db.prepare_cached(sql)?.query_row(params![self.place.key(), recognised_by(number), since], |row| row.get(0))
        };
        let mut seen = std::collections::HashSet::new();
        let mut asked = Vec::new();
        for number in numbers.iter().filter(|number| seen.insert(recognised_by(number))) {
            if !known(number).map_err(failed(&self.path))? {
                asked.push(number.clone());
            }
        }
        Ok(asked)
    }

    /// The person or company with this id.
    pub fn get(&self, sort: Sort, id: &str) -> Result<Owner> {
        let db = self.lock();
        let found = self.row_of(&db, sort, id).and_then(|row| row.map(|row| get(&db, row)).transpose());
        found.map_err(failed(&self.path))?.ok_or_else(|| nobody(id))
    }

    /// Everybody who has this number, persons first, those entered first before others.
    pub fn owners(&self, number: &str) -> Result<Vec<Owner>> {
        self.owning(number, i64::MAX)
    }

    /// Whose number it is; of several, the person entered first.
    pub fn owner(&self, number: &str) -> Result<Option<Owner>> {
        Ok(self.owning(number, 1)?.into_iter().next())
    }

    fn owning(&self, number: &str, limit: i64) -> Result<Vec<Owner>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM numbers n CROSS JOIN contacts c ON c.id = n.contact WHERE n.last10 = ?1 AND c.source = ?2
             GROUP BY c.id ORDER BY c.is_account, c.id LIMIT ?3"
        );
        self.read(&sql, [recognised_by(number).into(), self.place.key().to_owned().into(), limit.into()])
    }

    fn read(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<Owner>> {
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut found| {
            let rows = found.query_map(params_from_iter(values), |row| owner(&db, row))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        found.map_err(failed(&self.path))
    }

    /// The row of an id, which is the row itself for people of our own.
    fn row_of(&self, db: &Connection, sort: Sort, id: &str) -> rusqlite::Result<Option<i64>> {
        let is_account = sort == Sort::Account;
        match self.place {
            Place::Local => {
                let Ok(row) = id.parse::<i64>() else { return Ok(None) };
                let sql = "SELECT id FROM contacts WHERE id = ?1 AND source = 'local' AND is_account = ?2";
                db.prepare_cached(sql)?.query_row(params![row, is_account], |row| row.get(0)).optional()
            }
            place => {
                let sql = "SELECT id FROM contacts WHERE source = ?1 AND remote = ?2 AND is_account = ?3";
                db.prepare_cached(sql)?.query_row(params![place.key(), id, is_account], |row| row.get(0)).optional()
            }
        }
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

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn nobody(id: &str) -> Error {
    Error::NoContact { who: excerpt(id) }
}

/// Whoever is in this row.
fn get(db: &Connection, row: i64) -> rusqlite::Result<Owner> {
    let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE c.id = ?1");
    db.prepare_cached(&sql)?.query_row([row], |found| owner(db, found))
}

/// The company of this name.
fn account_named(db: &Connection, place: Place, name: &str) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT id FROM contacts WHERE source = ?1 AND is_account = 1 AND folded = ?2 ORDER BY id LIMIT 1";
    db.prepare_cached(sql)?.query_row(params![place.key(), name_folded(name)], |row| row.get(0)).optional()
}

/// Somebody from a row with [`COLUMNS`].
fn owner(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Owner> {
    let key: i64 = row.get(0)?;
    let mut numbers = db.prepare_cached("SELECT kind, number FROM numbers WHERE contact = ?1 ORDER BY n")?;
    let number = |row: &Row<'_>| Ok(Number { kind: Kind::named(row.get_ref(0)?.as_str()?), number: row.get(1)? });
    let numbers = numbers.query_map([key], number)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let id = row.get::<_, Option<String>>(1)?.unwrap_or_else(|| key.to_string());
    let (name, email, notes) = (row.get(3)?, row.get(7)?, row.get(9)?);
    Ok(match row.get(2)? {
        true => Owner::Account(Account { id, name, email, web: row.get(8)?, notes, numbers }),
        false => {
            let (company, account, job) = (row.get(4)?, row.get(5)?, row.get(6)?);
            Owner::Contact(Contact { id, name, company, account, job, email, notes, numbers })
        }
    })
}

/// What a search looks in: every word of name and company with a space before and behind it.
fn folded(owner: &Owner) -> String {
    name_folded(&format!("{} {}", owner.name(), owner.company().unwrap_or_default()))
}

fn name_folded(name: &str) -> String {
    format!(" {} ", fold(name))
}

/// E-mail, site and notes.
fn more(owner: &Owner) -> (Option<&str>, Option<&str>, Option<&str>) {
    match owner {
        Owner::Contact(one) => (one.email.as_deref(), None, one.notes.as_deref()),
        Owner::Account(one) => (one.email.as_deref(), one.web.as_deref(), one.notes.as_deref()),
    }
}

fn insert(change: &Connection, place: Place, remote: Option<&str>, owner: &Owner, account: Option<&str>) -> rusqlite::Result<i64> {
    let sql =
        "INSERT INTO contacts (source, remote, is_account, name, company, account, job, email, web, notes, folded, created_at, fetched_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let (is_account, at) = (owner.sort() == Sort::Account, now().as_second());
    let (name, company, job, fetched_at) = (owner.name(), owner.company(), owner.job(), remote.map(|_| at));
    let (email, web, notes) = more(owner);
    let folded = folded(owner);
    let values = params![place.key(), remote, is_account, name, company, account, job, email, web, notes, folded, at, fetched_at];
    change.prepare_cached(sql)?.execute(values)?;
    let row = change.last_insert_rowid();
    insert_numbers(change, row, owner.numbers())?;
    Ok(row)
}

fn update(change: &Connection, row: i64, owner: &Owner, account: Option<&str>) -> rusqlite::Result<()> {
    let sql = "UPDATE contacts SET name = ?2, company = ?3, account = ?4, job = ?5, email = ?6, web = ?7, notes = ?8, folded = ?9,
        fetched_at = iif(remote IS NULL, NULL, ?10) WHERE id = ?1";
    let (email, web, notes) = more(owner);
    let (company, job) = (owner.company(), owner.job());
    let values = params![row, owner.name(), company, account, job, email, web, notes, folded(owner), now().as_second()];
    change.prepare_cached(sql)?.execute(values)?;
    change.prepare_cached("DELETE FROM numbers WHERE contact = ?1")?.execute([row])?;
    insert_numbers(change, row, owner.numbers())
}

fn insert_numbers(change: &Connection, row: i64, numbers: &[Number]) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached("INSERT INTO numbers VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (n, number) in (0i64..).zip(numbers) {
        insert.execute(params![row, n, number.kind.key(), number.number, recognised_by(&number.number)])?;
    }
    Ok(())
}
