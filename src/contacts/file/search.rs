//! Searching by name: any part of any word, in any order.

use std::collections::HashSet;

use rusqlite::params;
use rusqlite::types::Value;

use super::{COLUMNS, PAGE, PeopleFile, owner};
use crate::contacts::fold::{fold, words};
use crate::contacts::{Owner, Sort};
use crate::error::Result;
use crate::store::failed;

impl PeopleFile {
    /// People and companies whose name or company has all the words, in any order, as parts of words; at most `limit`: those whose
    /// name begins with what is asked for, then the others, either by name.
    pub fn find(&self, who: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        let mut found = self.beginning(who, among, limit)?;
        if found.len() < limit {
            let known: HashSet<(Sort, String)> = found.iter().map(|owner| (owner.sort(), owner.id().to_owned())).collect();
            let others = self.containing(who, among, limit)?;
            found.extend(others.into_iter().filter(|owner| !known.contains(&(owner.sort(), owner.id().to_owned()))));
            found.truncate(limit);
        }
        Ok(found)
    }

    /// Of a part that very many people have, only the first entered are put in order: sorting them all takes longer than a person at
    /// a shell should wait, and nobody reads so long a list for its end.
    fn containing(&self, who: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
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
        let mut conditions: Vec<String> = vec!["c.source = ?1".into()];
        if let Some(only) = among {
            conditions.push(format!("c.is_account = {}", only == Sort::Account));
        }
        conditions.extend(words.iter().enumerate().map(|(n, word)| format!("{} LIKE ?{}", column(word), n + 2)));
        let values = words.iter().map(|word| Value::from(format!("%{word}%")));
        let some = format!("SELECT {COLUMNS}, c.source, c.folded FROM {index} WHERE {} LIMIT {many}", conditions.join(" AND "));
        let values = std::iter::once(Value::from(self.place.key().to_owned())).chain(values);
        self.read(&format!("SELECT {COLUMNS} FROM ({some}) c ORDER BY c.folded LIMIT {limit}"), values)
    }

    /// People whose name begins with these letters: what can be told before there are three of them.
    pub fn beginning(&self, letters: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        let folded = format!(" {}", fold(letters));
        let mut found = Vec::new();
        for sort in Sort::among(among) {
            let sql = format!(
                "SELECT {COLUMNS} FROM contacts c WHERE c.source = ?1 AND c.is_account = ?2 AND c.folded >= ?3 AND c.folded < ?4
                 ORDER BY c.folded LIMIT {limit}"
            );
            let values: [Value; 4] = [
                self.place.key().to_owned().into(),
                (*sort == Sort::Account).into(),
                folded.clone().into(),
                format!("{folded}\u{10ffff}").into(),
            ];
            found.extend(self.read(&sql, values)?);
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Everybody by name, a page at a time: nothing is locked while `each` does its work. It ends when that says false.
    pub fn all(&self, sort: Sort, each: &mut dyn FnMut(Owner) -> Result<bool>) -> Result<()> {
        let mut after = (String::new(), 0);
        loop {
            let page = self.page(sort, &after)?;
            let Some((_, folded, row)) = page.last() else { return Ok(()) };
            after = (folded.clone(), *row);
            for (owner, ..) in page {
                if !each(owner)? {
                    return Ok(());
                }
            }
        }
    }

    fn page(&self, sort: Sort, after: &(String, i64)) -> Result<Vec<(Owner, String, i64)>> {
        let sql = format!(
            "SELECT {COLUMNS}, c.folded FROM contacts c WHERE c.source = ?1 AND c.is_account = ?2 AND (c.folded, c.id) > (?3, ?4)
             ORDER BY c.folded, c.id LIMIT {PAGE}"
        );
        let db = self.lock();
        let page = db.prepare_cached(&sql).and_then(|mut found| {
            let values = params![self.place.key(), sort == Sort::Account, after.0, after.1];
            let rows = found.query_map(values, |row| Ok((owner(&db, row)?, row.get(10)?, row.get(0)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        page.map_err(failed(&self.path))
    }
}
