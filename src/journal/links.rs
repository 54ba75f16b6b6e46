//! What a call is joined to: people, companies, activities, other things of the contact source. A person said so; no machine undoes it.

use rusqlite::params;

use super::{Entry, Journal};
use crate::contacts::Owner;
use crate::contacts::source::Place;
use crate::error::Result;
use crate::time::now;

/// One end of a link; the other is the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `contact`, `account`, `activity`, or the CRM's name of what it is
    pub kind: String,
    /// Id in its source
    pub target: String,
    /// What it was called when it was linked
    pub name: Option<String>,
    /// Where it is kept
    pub source: String,
}

impl Link {
    /// To a person or company.
    pub fn to(owner: &Owner, place: Place) -> Link {
        let (kind, target) = (owner.sort().key().to_owned(), owner.id().to_owned());
        Link { kind, target, name: Some(owner.name().to_owned()), source: place.key().to_owned() }
    }
}

impl Journal {
    /// Joins a call to something; again only renews the name.
    pub fn link(&self, call: &Entry, link: &Link) -> Result<()> {
        let sql = "INSERT INTO links VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET name = excluded.name";
        self.execute(sql, params![call.id, link.kind, link.target, link.name, link.source, now().as_second()])
    }
}
