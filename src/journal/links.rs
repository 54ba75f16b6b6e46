//! What a call is joined to: a person, a company, activities, objects of the CRM.

use rusqlite::params;

use super::{Entry, Journal};
use crate::contacts::place::Place;
use crate::contacts::{Activity, Owner};
use crate::error::Result;
use crate::store::failed;
use crate::time::now;

/// Something that a person joined a call to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `contact`, `account`, `activity`, or what the contact source calls the object: `Lead`
    pub kind: String,
    /// Id in that source
    pub target: String,
    /// For people
    pub name: Option<String>,
    /// Which contact source it is of
    pub source: String,
    /// Unix seconds
    pub linked_at: i64,
}

impl Link {
    /// To a person or company.
    pub fn to(owner: &Owner, place: Place) -> Link {
        Link::of(owner.sort().key(), owner.id(), Some(owner.name()), place)
    }

    /// To something to be done.
    pub fn to_activity(activity: &Activity, place: Place) -> Link {
        Link::of("activity", &activity.id, Some(&activity.title), place)
    }

    /// To something else of a source.
    pub fn of(kind: &str, target: &str, name: Option<&str>, place: Place) -> Link {
        let (name, source) = (name.map(str::to_owned), place.key().to_owned());
        Link { kind: kind.to_owned(), target: target.to_owned(), name, source, linked_at: now().as_second() }
    }

    /// A call is with one person and one company, as in the CRM; of anything else there may be several.
    fn is_alone(&self) -> bool {
        matches!(self.kind.as_str(), "contact" | "account")
    }
}

impl Journal {
    /// What a call is joined to, in the order of joining.
    pub fn links(&self, entry: &Entry) -> Result<Vec<Link>> {
        let sql =
            "SELECT kind, target, name, source, linked_at FROM links WHERE entry = ?1 ORDER BY linked_at, kind = 'activity', kind, target";
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut all| {
            let read = |row: &rusqlite::Row<'_>| {
                let (kind, target, name) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Link { kind, target, name, source: row.get(3)?, linked_at: row.get(4)? })
            };
            all.query_map([entry.id], read)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        found.map_err(failed(&self.path))
    }

    /// Joins a call to something. What is joined already keeps its moment; another person or company gives way.
    pub fn link(&self, entry: &Entry, link: &Link) -> Result<()> {
        self.change(|change| {
            if link.is_alone() {
                let sql = "DELETE FROM links WHERE entry = ?1 AND kind = ?2 AND target <> ?3";
                change.execute(sql, params![entry.id, link.kind, link.target])?;
            }
            let sql = "INSERT INTO links (entry, kind, target, name, source, linked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name), source = excluded.source";
            change.execute(sql, params![entry.id, link.kind, link.target, link.name, link.source, link.linked_at]).map(drop)
        })
    }

    /// Takes a link back.
    pub fn unlink(&self, entry: &Entry, link: &Link) -> Result<()> {
        let sql = "DELETE FROM links WHERE entry = ?1 AND kind = ?2 AND target = ?3";
        self.execute(sql, params![entry.id, link.kind, link.target])
    }
}
