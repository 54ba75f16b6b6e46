//! What only the PBX's address book needs: which of its contacts stands for a company, who works there, who was not seen again.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::{COLUMNS, PeopleFile};
use crate::contacts::{Account, Owner, Sort};
use crate::error::Result;
use crate::store::failed;
use crate::time::now;

impl PeopleFile {
    /// Keeps what was told, and which contacts (the values) stand for which companies (the keys): those are no persons.
    pub fn remember_cards(&self, seen: &[Owner], stand_for: &HashMap<String, String>) -> Result<()> {
        self.change(|change| {
            self.remember_all(change, seen)?;
            for (account, card) in stand_for {
                let sql = "DELETE FROM contacts WHERE source = ?1 AND remote = ?2 AND is_account = 0";
                change.prepare_cached(sql)?.execute(params![self.place.key(), card])?;
                let sql = "INSERT OR REPLACE INTO cards VALUES (?1, ?2, ?3)";
                change.prepare_cached(sql)?.execute(params![card, account, now().as_second()])?;
            }
            Ok(())
        })
    }

    /// The contact that stands for a company.
    pub fn card_of(&self, account: &str) -> Result<Option<String>> {
        self.card("SELECT card FROM cards WHERE account = ?1", account)
    }

    /// Whether a contact with this id is known, as a person or as a company's card.
    pub fn knows_card(&self, card: &str) -> Result<bool> {
        Ok(self.card("SELECT account FROM cards WHERE card = ?1", card)?.is_some() || self.get(Sort::Contact, card).is_ok())
    }

    /// Whether this contact was seen since a moment, Unix seconds, as a person or as a company's card.
    pub fn saw_card(&self, card: &str, since: i64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM contacts WHERE source = ?1 AND remote = ?2 AND is_account = 0 AND fetched_at >= ?3)
            OR EXISTS (SELECT 1 FROM cards WHERE card = ?2 AND seen_at >= ?3)";
        let db = self.lock();
        let saw = db.prepare_cached(sql).and_then(|mut saw| saw.query_row(params![self.place.key(), card, since], |row| row.get(0)));
        saw.map_err(failed(&self.path))
    }

    /// Somebody is gone for good: ids are not given twice, so whatever is still told of him is old.
    pub fn bury(&self, sort: Sort, id: &str) -> Result<()> {
        if sort == Sort::Contact {
            self.release_card(id)?;
        }
        self.change(|change| {
            let is_account = sort == Sort::Account;
            change.execute("INSERT OR REPLACE INTO gone VALUES (?1, ?2, ?3)", params![is_account, id, now().as_second()])?;
            let sql = "DELETE FROM contacts WHERE source = ?1 AND remote = ?2 AND is_account = ?3";
            change.execute(sql, params![self.place.key(), id, is_account]).map(drop)
        })
    }

    /// Whether somebody is gone.
    pub fn is_buried(&self, sort: Sort, id: &str) -> Result<bool> {
        let db = self.lock();
        let found = db.prepare_cached("SELECT 1 FROM gone WHERE is_account = ?1 AND remote = ?2");
        found.and_then(|mut found| found.exists(params![sort == Sort::Account, id])).map_err(failed(&self.path))
    }

    fn card(&self, sql: &str, id: &str) -> Result<Option<String>> {
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut found| found.query_row([id], |row| row.get(0)).optional());
        found.map_err(failed(&self.path))
    }

    /// A contact stands for no company any more: what the company had from it goes.
    pub fn release_card(&self, card: &str) -> Result<()> {
        let Some(account) = self.card("SELECT account FROM cards WHERE card = ?1", card)? else { return Ok(()) };
        if let Ok(Owner::Account(known)) = self.get(Sort::Account, &account) {
            self.remember(&[Owner::Account(Account { id: known.id, name: known.name, ..Account::default() })])?;
        }
        self.change(|change| change.execute("DELETE FROM cards WHERE card = ?1", [card])).map(drop)
    }

    /// Those who work in a company work in one of this name now, or in none.
    pub fn move_members(&self, account: &str, name: Option<&str>) -> Result<()> {
        let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE c.account = ?1 AND c.source = ?2");
        let mut members = self.read(&sql, [account.to_owned().into(), self.place.key().to_owned().into()])?;
        for member in &mut members {
            if let Owner::Contact(member) = member {
                member.company = name.map(str::to_owned);
                member.account = member.account.take().filter(|_| name.is_some());
            }
        }
        self.remember(&members)
    }

    /// Forgets whoever a whole reading that began then, Unix seconds, has not met.
    pub fn forget_unseen(&self, began: i64) -> Result<()> {
        let sql = "SELECT card FROM cards WHERE seen_at < ?1";
        let gone = self.lock().prepare_cached(sql).and_then(|mut gone| {
            let rows = gone.query_map([began], |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        gone.map_err(failed(&self.path))?.iter().try_for_each(|card| self.release_card(card))?;
        self.change(|change| {
            change.execute("DELETE FROM gone WHERE gone_at < ?1", [began])?;
            change.execute("DELETE FROM contacts WHERE source = ?1 AND fetched_at < ?2", params![self.place.key(), began]).map(drop)
        })
    }
}
