//! Many people at once, all or none: a million in half a minute and in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{PeopleFile, account_named, folded, insert, name_folded, update};
use crate::contacts::source::Place;
use crate::contacts::{Number, Owner, Sort};
use crate::error::Result;
use crate::phone::recognised_by;
use crate::store::failed;

/// From so many rows on, the indexes are made anew when all rows are in.
const LARGE: u64 = 20_000;

/// The most people whose numbers are kept in memory meanwhile: forty megabytes a million.
const MOST: u64 = 2_500_000;

/// KiB of pages while rows come, which is sorting's memory too.
const CACHE: i64 = 24_000;

/// An import under way. Dropped before [`Import::finish`], it leaves nothing.
pub struct Import<'a> {
    change: Transaction<'a>,
    place: Place,
    keys: RandomState,
    /// Whose numbers there are, while their index is put off
    numbers: Option<HashMap<u64, i64>>,
    /// Who there is, once somebody without a number came
    names: Option<HashMap<u64, i64>>,
    /// Companies by name
    accounts: Option<HashMap<u64, i64>>,
    /// How the indexes and the triggers that keep the search are made again
    put_off: Vec<String>,
}

impl PeopleFile {
    /// Lets `work` add people and companies; what it added is there when all of it is, or not at all. `rows` is about how many come.
    pub fn import<T>(&self, rows: u64, work: impl FnOnce(&mut Import<'_>) -> Result<T>) -> Result<T> {
        let mut db = self.lock();
        let usual: i64 = db.query_row("PRAGMA cache_size", [], |row| row.get(0)).map_err(failed(&self.path))?;
        let done = Import::begin(&mut db, self.place, rows).map_err(failed(&self.path)).and_then(|mut import| {
            let value = work(&mut import)?;
            import.finish().map_err(failed(&self.path))?;
            Ok(value)
        });
        db.pragma_update(None, "cache_size", usual).map_err(failed(&self.path))?;
        done
    }
}

impl<'a> Import<'a> {
    fn begin(db: &'a mut Connection, place: Place, rows: u64) -> rusqlite::Result<Import<'a>> {
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = change.query_row("SELECT coalesce(max(id), 0) FROM contacts", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
        let keys = RandomState::new();
        let mut import = Import { change, place, keys, numbers: None, names: None, accounts: None, put_off: Vec::new() };
        if rows >= LARGE && rows >= known / 2 && known <= MOST {
            import.put_indexes_off()?;
        }
        Ok(import)
    }

    /// An index that grows by a million rows in no order is slower to keep than to make again, and so is the search.
    fn put_indexes_off(&mut self) -> rusqlite::Result<()> {
        self.change.pragma_update(None, "cache_size", -CACHE)?;
        self.numbers = Some(self.numbers()?);
        self.accounts = Some(self.accounts()?);
        let sql = "SELECT type, name, sql FROM sqlite_schema
            WHERE type = 'trigger' AND tbl_name = 'contacts' OR name IN ('contacts_by_name', 'numbers_by_last10')";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let all = self.change.prepare(sql)?.query_map([], read)?.collect::<rusqlite::Result<Vec<(String, String, String)>>>()?;
        for (kind, name, made) in all {
            self.change.execute_batch(&format!("DROP {kind} {name}"))?;
            self.put_off.push(made);
        }
        Ok(())
    }

    fn numbers(&self) -> rusqlite::Result<HashMap<u64, i64>> {
        let sql =
            "SELECT n.last10, c.is_account, c.id FROM contacts c JOIN numbers n ON n.contact = c.id WHERE c.source = ?1 ORDER BY c.id DESC";
        let mut all = self.change.prepare(sql)?;
        let mut rows = all.query([self.place.key()])?;
        let mut numbers = HashMap::new();
        while let Some(row) = rows.next()? {
            numbers.insert(self.keys.hash_one((row.get_ref(0)?.as_str()?, row.get::<_, bool>(1)?)), row.get(2)?);
        }
        Ok(numbers)
    }

    fn accounts(&self) -> rusqlite::Result<HashMap<u64, i64>> {
        let mut all = self.change.prepare("SELECT folded, id FROM contacts WHERE source = ?1 AND is_account = 1")?;
        let mut rows = all.query([self.place.key()])?;
        let mut accounts = HashMap::new();
        while let Some(row) = rows.next()? {
            accounts.insert(self.keys.hash_one(row.get_ref(0)?.as_str()?), row.get(1)?);
        }
        Ok(accounts)
    }

    /// The row of whoever is known already by one of these numbers or, without numbers, by the same name and company; those who came
    /// by this import are known too.
    pub fn known(&mut self, new: &Owner) -> rusqlite::Result<Option<i64>> {
        if new.numbers().is_empty() {
            return self.named(new);
        }
        new.numbers().iter().try_fold(None, |found, number| if found.is_some() { Ok(found) } else { self.owner_of(number, new.sort()) })
    }

    fn owner_of(&self, number: &Number, sort: Sort) -> rusqlite::Result<Option<i64>> {
        let (key, is_account) = (recognised_by(&number.number), sort == Sort::Account);
        if let Some(numbers) = &self.numbers {
            return Ok(numbers.get(&self.keys.hash_one((key.as_str(), is_account))).copied());
        }
        let sql =
            "SELECT c.id FROM numbers n CROSS JOIN contacts c ON c.id = n.contact WHERE n.last10 = ?1 AND c.source = ?2 AND c.is_account = ?3
            ORDER BY c.id LIMIT 1";
        self.change.prepare_cached(sql)?.query_row(params![key, self.place.key(), is_account], |row| row.get(0)).optional()
    }

    fn named(&mut self, new: &Owner) -> rusqlite::Result<Option<i64>> {
        let (folded, is_account) = (folded(new), new.sort() == Sort::Account);
        if self.put_off.is_empty() {
            let sql = "SELECT id FROM contacts WHERE source = ?1 AND is_account = ?2 AND folded = ?3 ORDER BY id LIMIT 1";
            let values = params![self.place.key(), is_account, folded];
            return self.change.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional();
        }
        if self.names.is_none() {
            self.names = Some(self.names()?);
        }
        let key = self.keys.hash_one((folded.as_str(), is_account));
        Ok(self.names.as_ref().and_then(|names| names.get(&key)).copied())
    }

    fn names(&self) -> rusqlite::Result<HashMap<u64, i64>> {
        let mut all = self.change.prepare("SELECT folded, is_account, id FROM contacts WHERE source = ?1 ORDER BY id DESC")?;
        let mut rows = all.query([self.place.key()])?;
        let mut names = HashMap::new();
        while let Some(row) = rows.next()? {
            names.insert(self.keys.hash_one((row.get_ref(0)?.as_str()?, row.get::<_, bool>(1)?)), row.get(2)?);
        }
        Ok(names)
    }

    /// Adds somebody.
    pub fn create(&mut self, new: &Owner) -> rusqlite::Result<()> {
        let account = match (new.company(), &self.accounts) {
            (None, _) => None,
            (Some(company), Some(accounts)) => accounts.get(&self.keys.hash_one(name_folded(company).as_str())).copied(),
            (Some(company), None) => account_named(&self.change, self.place, company)?,
        };
        let row = insert(&self.change, self.place, None, new, account.map(|id| id.to_string()).as_deref())?;
        let is_account = new.sort() == Sort::Account;
        if let Some(numbers) = &mut self.numbers {
            let key = |number: &Number| self.keys.hash_one((recognised_by(&number.number).as_str(), is_account));
            numbers.extend(new.numbers().iter().map(|number| (key(number), row)));
        }
        if let Some(names) = &mut self.names {
            names.entry(self.keys.hash_one((folded(new).as_str(), is_account))).or_insert(row);
        }
        if let (Some(accounts), true) = (&mut self.accounts, is_account) {
            accounts.insert(self.keys.hash_one(folded(new).as_str()), row);
        }
        Ok(())
    }

    /// Somebody who is known.
    pub fn get(&self, row: i64) -> rusqlite::Result<Owner> {
        super::get(&self.change, row)
    }

    /// Writes somebody over.
    pub fn rewrite(&mut self, row: i64, whole: &Owner) -> rusqlite::Result<()> {
        if let Some(numbers) = &mut self.numbers {
            let is_account = whole.sort() == Sort::Account;
            let key = |number: &Number| self.keys.hash_one((recognised_by(&number.number).as_str(), is_account));
            numbers.extend(whole.numbers().iter().map(|number| (key(number), row)));
        }
        update(&self.change, row, whole, whole.account())
    }

    fn finish(mut self) -> rusqlite::Result<()> {
        let put_off = std::mem::take(&mut self.put_off);
        if !put_off.is_empty() {
            (self.numbers, self.names, self.accounts) = (None, None, None);
            self.change.execute_batch("INSERT INTO contacts_found (contacts_found) VALUES ('rebuild')")?;
            put_off.iter().try_for_each(|made| self.change.execute_batch(made))?;
        }
        self.change.commit()
    }
}
