//! One request that got in: by whom, to what, when.

use super::base::Tables;
use super::layer::Layer;
use super::model::{Entity, Model};
use super::switches::Switches;

pub(super) struct Visit<'a> {
    /// Everything there is.
    pub(super) tables: Tables<'a>,
    /// What this installation shows of it.
    pub(super) model: &'a Model,
    pub(super) switches: &'a Switches,
    /// The contact of the signed-in user.
    pub(super) author: &'a str,
    /// `http://host/crm/odata`
    pub(super) root: &'a str,
    /// As it is stored.
    pub(super) now: &'a str,
    /// `IEEE754Compatible=true`: decimals as text.
    pub(super) precise: bool,
}

impl Visit<'_> {
    pub(super) fn layer(&self) -> Layer<'_> {
        Layer { tables: &self.tables, author: self.author, now: self.now }
    }

    /// The same entity with the columns that are hidden.
    pub(super) fn whole<'m>(&'m self, entity: &'m Entity) -> &'m Entity {
        self.tables.model.entity(&entity.name).unwrap_or(entity)
    }
}
