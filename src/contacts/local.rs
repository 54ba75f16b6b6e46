//! Contacts in the profile's own file: found by any part of a name, recognised by the last ten digits.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params, params_from_iter};

use super::fold::{fold, words};
use super::{Contact, Kind, Number};
use crate::error::{Error, Result};
use crate::phone::recognised_by;
use crate::schema;
use crate::store::{self, failed};
use crate::text::excerpt;
use crate::time::now;

/// The embedded contact source.
pub struct LocalBook {
    db: Mutex<Connection>,
    path: PathBuf,
}

const COLUMNS: &str = "c.id, c.name, c.company, c.job";

impl LocalBook {
    /// Opens the profile's file, making it when missing.
    pub fn open(path: &Path) -> Result<LocalBook> {
        Ok(LocalBook { db: Mutex::new(store::open(path, schema::PROFILE)?), path: path.into() })
    }

    /// Opens it to read only; `None` when there is none.
    pub fn open_read_only(path: &Path) -> Result<Option<LocalBook>> {
        let db = store::open_read_only(path, schema::PROFILE)?;
        Ok(db.map(|db| LocalBook { db: Mutex::new(db), path: path.into() }))
    }

    /// Adds people; ids are given, those in `contacts` are not looked at. All or none.
    pub fn create(&self, contacts: &[Contact]) -> Result<Vec<Contact>> {
        let mut db = self.lock();
        let made = db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|change| {
            let made = contacts.iter().map(|contact| insert(&change, contact)).collect::<rusqlite::Result<Vec<_>>>()?;
            change.commit()?;
            Ok(made)
        });
        made.map_err(failed(&self.path))
    }

    /// People whose name or company has all the words, in any order, as parts of words; at most `limit`: those whose name begins with
    /// what is asked for, then the others, either by name.
    pub fn find(&self, who: &str, limit: usize) -> Result<Vec<Contact>> {
        let mut found = self.beginning(who, limit)?;
        if found.len() < limit {
            let known: HashSet<i64> = found.iter().map(|contact| contact.id).collect();
            found.extend(self.containing(who, limit)?.into_iter().filter(|contact| !known.contains(&contact.id)));
            found.truncate(limit);
        }
        Ok(found)
    }

    /// Of a part that very many people have, only the first entered are put in order: sorting them all takes longer than a person at
    /// a shell should wait, and nobody reads so long a list for its end.
    fn containing(&self, who: &str, limit: usize) -> Result<Vec<Contact>> {
        let many = limit.saturating_mul(20).clamp(1000, usize::MAX >> 1);
        let folded = fold(who);
        let words: Vec<&str> = words(&folded).collect();
        // The trigram index needs a word of three letters; shorter ones then only choose among what was found.
        let index = if words.iter().any(|word| word.chars().count() >= 3) {
            "contacts_found f JOIN contacts c ON c.id = f.rowid"
        } else {
            "contacts c"
        };
        let column = |word: &str| if word.chars().count() >= 3 { "f.folded" } else { "c.folded" };
        let conditions: Vec<String> = words.iter().enumerate().map(|(n, word)| format!("{} LIKE ?{}", column(word), n + 1)).collect();
        let found = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
        let values = words.iter().map(|word| Value::from(format!("%{word}%")));
        let some = format!("SELECT {COLUMNS}, c.folded FROM {index} WHERE {found} LIMIT {many}");
        self.read(&format!("SELECT {COLUMNS} FROM ({some}) c ORDER BY c.folded LIMIT {limit}"), values)
    }

    /// People whose name begins with these letters: what can be told before there are three of them.
    pub fn beginning(&self, letters: &str, limit: usize) -> Result<Vec<Contact>> {
        let folded = fold(letters);
        let values = [Value::from(folded.clone()), Value::from(folded + "\u{10ffff}")];
        self.read(
            &format!("SELECT {COLUMNS} FROM contacts c WHERE c.folded >= ?1 AND c.folded < ?2 ORDER BY c.folded LIMIT {limit}"),
            values,
        )
    }

    /// Everybody, by name.
    pub fn list(&self, limit: Option<usize>) -> Result<Vec<Contact>> {
        let limit = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        self.read(&format!("SELECT {COLUMNS} FROM contacts c ORDER BY c.folded LIMIT {limit}"), [])
    }

    /// The contact with this id.
    pub fn get(&self, id: i64) -> Result<Contact> {
        let found = self.read(&format!("SELECT {COLUMNS} FROM contacts c WHERE c.id = ?1"), [Value::from(id)])?;
        found.into_iter().next().ok_or_else(|| Error::NoContact { who: excerpt(&id.to_string()) })
    }

    /// Whose number it is; of several people, the one entered first.
    pub fn owner(&self, number: &str) -> Result<Option<Contact>> {
        let sql = format!("SELECT {COLUMNS} FROM numbers n JOIN contacts c ON c.id = n.contact WHERE n.last10 = ?1 ORDER BY c.id LIMIT 1");
        Ok(self.read(&sql, [Value::from(recognised_by(number))])?.into_iter().next())
    }

    fn read(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<Contact>> {
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut found| {
            let rows = found.query_map(params_from_iter(values), |row| contact(&db, row))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        found.map_err(failed(&self.path))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn contact(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Contact> {
    let id = row.get(0)?;
    let mut numbers = db.prepare_cached("SELECT kind, number FROM numbers WHERE contact = ?1 ORDER BY n")?;
    let number = |row: &Row<'_>| Ok(Number { kind: Kind::named(row.get_ref(0)?.as_str()?), number: row.get(1)? });
    let numbers = numbers.query_map([id], number)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Contact { id, name: row.get(1)?, company: row.get(2)?, job: row.get(3)?, numbers })
}

fn insert(change: &Transaction<'_>, contact: &Contact) -> rusqlite::Result<Contact> {
    let folded = fold(&format!("{} {}", contact.name, contact.company.as_deref().unwrap_or_default()));
    let sql = "INSERT INTO contacts (name, company, job, folded, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    change.prepare_cached(sql)?.execute(params![contact.name, contact.company, contact.job, folded, now().as_second()])?;
    let id = change.last_insert_rowid();
    for (n, number) in (0i64..).zip(&contact.numbers) {
        let sql = "INSERT INTO numbers VALUES (?1, ?2, ?3, ?4, ?5)";
        change.prepare_cached(sql)?.execute(params![id, n, number.kind.key(), number.number, recognised_by(&number.number)])?;
    }
    Ok(Contact { id, ..contact.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> (tempfile::TempDir, LocalBook) {
        let home = tempfile::tempdir().unwrap();
        let book = LocalBook::open(&home.path().join("journal.db")).unwrap();
        let person = |name: &str, company: &str, number: &str| Contact {
            id: 0,
            name: name.into(),
            company: Some(company.into()).filter(|company: &String| !company.is_empty()),
            job: None,
            numbers: vec![Number { kind: Kind::Mobile, number: number.into() }],
        };
        let people = [
            person("Иванов Пётр", "ООО «Ромашка»", "74950000021"),
            person("Иванова Мария", "", "74950000020"),
            person("Фёдорова Алёна", "100% хлопок", "79000000001"),
            person("O'Brien_Ann", "", "4930123456"),
        ];
        book.create(&people).unwrap();
        (home, book)
    }

    fn names(found: Vec<Contact>) -> Vec<String> {
        found.into_iter().map(|contact| contact.name).collect()
    }

    #[test]
    fn any_part_of_any_word_in_any_order_and_case_finds_a_person() {
        let (_home, book) = book();
        for (who, expected) in [
            ("ИВАН", vec!["Иванов Пётр", "Иванова Мария"]),
            ("петр иван", vec!["Иванов Пётр"]),
            ("федор", vec!["Фёдорова Алёна"]),
            ("ромаш", vec!["Иванов Пётр"]),
            ("ива п", vec!["Иванов Пётр"]),
            ("100% хл", vec!["Фёдорова Алёна"]),
            ("o'brien_ann", vec!["O'Brien_Ann"]),
            ("ивановы", vec![]),
        ] {
            assert_eq!(names(book.find(who, 10).unwrap()), expected, "{who}");
        }
        assert_eq!(names(book.beginning("Ив", 10).unwrap()).len(), 2);
    }

    #[test]
    fn a_number_is_recognised_with_eight_and_with_plus_seven() {
        let (_home, book) = book();
        for number in ["+74950000020", "84950000020", "74950000020"] {
            assert_eq!(book.owner(number).unwrap().unwrap().name, "Иванова Мария");
        }
        assert!(book.owner("74950000022").unwrap().is_none());
    }
}
