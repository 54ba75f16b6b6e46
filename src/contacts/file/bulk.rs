//! Many people at once, all or none: a million in half a minute and in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{PeopleFile, account_named, folded, get, insert, name_folded, update};
use crate::contacts::place::Place;
use crate::contacts::{Kind, Number, Owner, Sort};
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
    is_rehearsal: bool,
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

    /// The same without writing anything: who would be added and who is known.
    pub fn rehearse<T>(&self, work: impl FnOnce(&mut Import<'_>) -> Result<T>) -> Result<T> {
        let mut db = self.lock();
        work(&mut Import::rehearsal(&mut db, self.place).map_err(failed(&self.path))?)
    }
}

impl<'a> Import<'a> {
    fn begin(db: &'a mut Connection, place: Place, rows: u64) -> rusqlite::Result<Import<'a>> {
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = change.query_row("SELECT coalesce(max(id), 0) FROM contacts", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
        let mut import = Import::of(change, place);
        if rows >= LARGE && rows >= known / 2 && known <= MOST {
            import.put_indexes_off()?;
        }
        Ok(import)
    }

    fn rehearsal(db: &'a mut Connection, place: Place) -> rusqlite::Result<Import<'a>> {
        let mut import = Import::of(db.transaction()?, place);
        import.numbers = Some(import.numbers()?);
        import.is_rehearsal = true;
        Ok(import)
    }

    fn of(change: Transaction<'a>, place: Place) -> Import<'a> {
        let keys = RandomState::new();
        Import { change, place, keys, numbers: None, names: None, accounts: None, put_off: Vec::new(), is_rehearsal: false }
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
        let sql = "SELECT n.last10, n.kind, c.is_account, c.folded, c.id FROM contacts c CROSS JOIN numbers n ON n.contact = c.id
            WHERE c.source = ?1 ORDER BY c.id DESC";
        let mut all = self.change.prepare(sql)?;
        let mut rows = all.query([self.place.key()])?;
        let mut numbers = HashMap::new();
        while let Some(row) = rows.next()? {
            let sort = if row.get(2)? { Sort::Account } else { Sort::Contact };
            let is_own = Kind::named(row.get_ref(1)?.as_str()?).is_own(sort);
            numbers.insert(
                self.key(row.get_ref(0)?.as_str()?, sort, if is_own { None } else { Some(row.get_ref(3)?.as_str()?) }),
                row.get(4)?,
            );
        }
        Ok(numbers)
    }

    /// What a number is remembered by; one that several may share, together with the name.
    fn key(&self, last10: &str, sort: Sort, folded: Option<&str>) -> u64 {
        self.keys.hash_one((last10, sort, folded))
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

    /// The row of whoever is known already, of those who came by this import too: by a number of his own, by any number together with
    /// the same name and company, or without numbers by these alone.
    pub fn known(&mut self, new: &Owner) -> rusqlite::Result<Option<i64>> {
        if new.numbers().is_empty() {
            return self.named(new);
        }
        let folded = folded(new);
        for number in new.numbers() {
            let found = match &self.numbers {
                Some(numbers) => self.remembered(numbers, number, new.sort(), &folded)?,
                None => self.indexed(number, new.sort(), &folded)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn remembered(&self, numbers: &HashMap<u64, i64>, number: &Number, sort: Sort, folded: &str) -> rusqlite::Result<Option<i64>> {
        let last10 = recognised_by(&number.number);
        if let Some(row) = numbers.get(&self.key(&last10, sort, Some(folded))) {
            return Ok(Some(*row));
        }
        let own = numbers.get(&self.key(&last10, sort, None)).copied();
        match own {
            Some(row) if !number.kind.is_own(sort) => {
                let sql = "SELECT id FROM contacts WHERE id = ?1 AND folded = ?2";
                self.change.prepare_cached(sql)?.query_row(params![row, folded], |row| row.get(0)).optional()
            }
            own => Ok(own),
        }
    }

    fn indexed(&self, number: &Number, sort: Sort, folded: &str) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT c.id, n.kind, c.folded FROM numbers n CROSS JOIN contacts c ON c.id = n.contact
            WHERE n.last10 = ?1 AND c.source = ?2 AND c.is_account = ?3 ORDER BY c.id";
        let mut all = self.change.prepare_cached(sql)?;
        let mut rows = all.query(params![recognised_by(&number.number), self.place.key(), sort == Sort::Account])?;
        while let Some(row) = rows.next()? {
            let is_own = number.kind.is_own(sort) && Kind::named(row.get_ref(1)?.as_str()?).is_own(sort);
            if is_own || row.get_ref(2)?.as_str()? == folded {
                return row.get(0).map(Some);
            }
        }
        Ok(None)
    }

    fn named(&mut self, new: &Owner) -> rusqlite::Result<Option<i64>> {
        let (folded, is_account) = (folded(new), new.sort() == Sort::Account);
        if self.numbers.is_none() {
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
        let row = if self.is_rehearsal { 0 } else { self.write(new)? };
        self.remember(row, new);
        Ok(())
    }

    fn write(&self, new: &Owner) -> rusqlite::Result<i64> {
        insert(&self.change, self.place, None, new, self.account_of(new)?.as_deref())
    }

    fn account_of(&self, owner: &Owner) -> rusqlite::Result<Option<String>> {
        let account = match (owner.company(), &self.accounts) {
            (None, _) => None,
            (Some(company), Some(accounts)) => accounts.get(&self.keys.hash_one(name_folded(company).as_str())).copied(),
            (Some(company), None) => account_named(&self.change, self.place, company)?,
        };
        Ok(account.map(|row| row.to_string()))
    }

    /// In memory, what the indexes that were put off would find.
    fn remember(&mut self, row: i64, owner: &Owner) {
        let (sort, is_account) = (owner.sort(), owner.sort() == Sort::Account);
        if self.numbers.is_some() {
            let folded = folded(owner);
            let key = |number: &Number| {
                let folded = (!number.kind.is_own(sort)).then_some(folded.as_str());
                self.key(&recognised_by(&number.number), sort, folded)
            };
            let keys: Vec<u64> = owner.numbers().iter().map(key).collect();
            for key in &keys {
                self.numbers.iter_mut().for_each(|numbers| {
                    numbers.entry(*key).or_insert(row);
                });
            }
        }
        if let Some(names) = &mut self.names {
            names.entry(self.keys.hash_one((folded(owner).as_str(), is_account))).or_insert(row);
        }
        if let (Some(accounts), true) = (&mut self.accounts, is_account) {
            accounts.entry(self.keys.hash_one(folded(owner).as_str())).or_insert(row);
        }
    }

    /// Changes somebody who is known.
    pub fn change(&mut self, row: i64, work: impl FnOnce(&mut Owner)) -> rusqlite::Result<()> {
        if self.is_rehearsal {
            return Ok(());
        }
        let mut owner = get(&self.change, row)?;
        work(&mut owner);
        update(&self.change, row, &owner, self.account_of(&owner)?.as_deref())?;
        self.remember(row, &owner);
        Ok(())
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
