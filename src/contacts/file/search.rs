//! Searching by name: any part of any word, in any order; whole words first, then people of recent calls, then by name.

use std::cmp::Reverse;
use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::{COLUMNS, PAGE, PeopleFile, owner};
use crate::contacts::fold::{fold, words};
use crate::contacts::{Owner, Sort};
use crate::error::Result;
use crate::store::failed;

/// Calls that count as recent.
const RECENT: usize = 300;

/// Of a part that very many people have, so many are put in order, or twenty times what is asked for: sorting all of them takes longer
/// than a person at a shell should wait.
const MANY: usize = 500;

/// What is looked for.
struct Wanted {
    /// As it stands in names: with a space before and behind every word
    folded: String,
    among: Option<Sort>,
    limit: usize,
}

/// Somebody who fits; the least is the best.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    only_parts: bool,
    /// When the last of the recent calls with him began
    called_at: Reverse<Option<i64>>,
    begins_otherwise: bool,
    folded: String,
    row: i64,
}

/// Those who fit, each once.
#[derive(Default)]
struct Hits {
    all: Vec<Hit>,
    seen: HashSet<i64>,
}

/// How a word must stand in a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Part,
    Whole,
}

impl Wanted {
    fn words(&self) -> impl Iterator<Item = &str> {
        words(&self.folded)
    }

    fn hit(&self, row: i64, folded: String, called_at: Option<i64>) -> Hit {
        let is_whole = |word: &str| {
            folded.match_indices(word).any(|(at, _)| folded[..at].ends_with(' ') && folded[at + word.len()..].starts_with(' '))
        };
        Hit {
            only_parts: !self.words().all(is_whole),
            called_at: Reverse(called_at),
            begins_otherwise: !folded.starts_with(self.folded.trim_end()),
            folded,
            row,
        }
    }
}

impl PeopleFile {
    /// People and companies whose name or company has all the words, in any order, as parts of words; at most `limit`, best first.
    pub fn find(&self, who: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        let wanted = Wanted { folded: format!(" {} ", fold(who)), among, limit };
        let mut hits = self.hits(&wanted).map_err(failed(&self.path))?.all;
        hits.sort_unstable();
        hits.truncate(limit);
        let db = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE c.id = ?1");
        let found = db.prepare_cached(&sql).and_then(|mut one| {
            hits.iter().map(|hit| one.query_row([hit.row], |row| owner(&db, row))).collect::<rusqlite::Result<Vec<_>>>()
        });
        found.map_err(failed(&self.path))
    }

    /// The cheap looks first, and no further when they found enough of the best: whole words at the beginning of names, then any part.
    /// Only a part that very many have needs a look for the best among them.
    fn hits(&self, wanted: &Wanted) -> rusqlite::Result<Hits> {
        let mut hits = Hits::default();
        if wanted.words().next().is_none() {
            return Ok(hits);
        }
        self.recent(wanted, &mut hits)?;
        if self.starting(&wanted.folded, wanted, &mut hits)? >= wanted.limit {
            return Ok(hits);
        }
        let many = wanted.limit.saturating_mul(20).clamp(MANY, i64::MAX as usize);
        if self.having(As::Part, many, wanted, &mut hits)? == many {
            self.having(As::Whole, many, wanted, &mut hits)?;
            self.starting(wanted.folded.trim_end(), wanted, &mut hits)?;
        }
        Ok(hits)
    }

    /// Those of the recent calls.
    fn recent(&self, wanted: &Wanted, hits: &mut Hits) -> rusqlite::Result<usize> {
        let mut conditions = Conditions::of(self, wanted.among);
        wanted.words().for_each(|word| conditions.like("c", &format!("%{word}%")));
        let sql = format!(
            "SELECT c.id, c.folded, max(r.at) FROM
                (SELECT party, started_at AS at FROM entries WHERE started_at IS NOT NULL ORDER BY started_at DESC LIMIT {RECENT}) r
                CROSS JOIN numbers n ON n.last10 = r.party CROSS JOIN contacts c ON c.id = n.contact WHERE {} GROUP BY c.id",
            conditions.sql()
        );
        self.look(&sql, conditions.values, wanted, hits)
    }

    /// Those whose name begins so, by name.
    fn starting(&self, start: &str, wanted: &Wanted, hits: &mut Hits) -> rusqlite::Result<usize> {
        let mut found = 0;
        for sort in Sort::among(wanted.among) {
            let mut conditions = Conditions::of(self, Some(*sort));
            conditions.starts(start);
            let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
            let sql = format!("SELECT c.id, c.folded, NULL FROM contacts c WHERE {} ORDER BY c.folded LIMIT {limit}", conditions.sql());
            found += self.look(&sql, conditions.values, wanted, hits)?;
        }
        Ok(found)
    }

    /// The first entered of those who have all the words. The trigram index knows three letters and more, a space before or behind
    /// a word among them: so it finds two letters where a word begins. Shorter words only choose among what others found.
    fn having(&self, how: As, many: usize, wanted: &Wanted, hits: &mut Hits) -> rusqlite::Result<usize> {
        let long = |word: &str| word.chars().count() >= 3;
        let some_long = wanted.words().any(long);
        let mut conditions = Conditions::of(self, wanted.among);
        let mut indexed = false;
        for word in wanted.words() {
            let pattern = match how {
                As::Whole => format!("% {word} %"),
                As::Part if !some_long && word.chars().count() == 2 => format!("% {word}%"),
                As::Part => format!("%{word}%"),
            };
            let by_index = long(pattern.trim_matches('%'));
            indexed |= by_index;
            conditions.like(if by_index { "f" } else { "c" }, &pattern);
        }
        let from = if indexed { "contacts_found f CROSS JOIN contacts c ON c.id = f.rowid" } else { "contacts c" };
        let sql = format!("SELECT c.id, c.folded, NULL FROM {from} WHERE {} LIMIT {many}", conditions.sql());
        self.look(&sql, conditions.values, wanted, hits)
    }

    fn look(&self, sql: &str, values: Vec<Value>, wanted: &Wanted, hits: &mut Hits) -> rusqlite::Result<usize> {
        let db = self.lock();
        let mut query = db.prepare_cached(sql)?;
        let mut rows = query.query(params_from_iter(values))?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            found += 1;
            if hits.seen.insert(row.get(0)?) {
                hits.all.push(wanted.hit(row.get(0)?, row.get(1)?, row.get(2)?));
            }
        }
        Ok(found)
    }

    /// People and companies whose name begins with these letters: what can be told before there are three of them.
    pub fn beginning(&self, letters: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        let mut found = Vec::new();
        for sort in Sort::among(among) {
            let mut conditions = Conditions::of(self, Some(*sort));
            conditions.starts(&format!(" {}", fold(letters)));
            let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE {} ORDER BY c.folded LIMIT {limit}", conditions.sql());
            found.extend(self.read(&sql, conditions.values)?);
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

/// What a row must be, and the values that this needs.
struct Conditions {
    all: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Of our place, and of the sort that is asked for.
    fn of(people: &PeopleFile, among: Option<Sort>) -> Conditions {
        let mut conditions = Conditions { all: Vec::new(), values: Vec::new() };
        conditions.need("c.source = ?", people.place.key().to_owned());
        if let Some(sort) = among {
            conditions.need("c.is_account = ?", sort == Sort::Account);
        }
        conditions
    }

    fn need(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.all.push(condition.replace('?', &format!("?{}", self.values.len())));
    }

    fn like(&mut self, table: &str, pattern: &str) {
        self.need(&format!("{table}.folded LIKE ?"), pattern.to_owned());
    }

    fn starts(&mut self, start: &str) {
        self.need("c.folded >= ?", start.to_owned());
        self.need("c.folded < ?", format!("{start}\u{10ffff}"));
    }

    fn sql(&self) -> String {
        self.all.join(" AND ")
    }
}
