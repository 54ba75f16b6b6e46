//! Which entities there are and what they consist of: `entities.txt`, less what the installation lacks, plus what a company has added.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The tables and columns that somebody can see.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    entities: Vec<Entity>,
    places: HashMap<String, usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Read only, and made of other tables.
    pub(super) view: bool,
    pub(super) indexes: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    /// As JSON has it: `AccountId` for the lookup `Account`.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What a required column is called in the user's language.
    pub(super) caption: Option<String>,
    pub(super) lookup: Option<Lookup>,
}

/// A lookup: two members, the scalar `AccountId` and the navigation `Account` (bpmsoft-odata §3.1).
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub(super) navigation: String,
    pub(super) target: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Guid,
    /// Text of at most so many characters.
    Text(Option<usize>),
    Int,
    Decimal,
    Bool,
    Time,
    Day,
    Stream,
}

/// A navigation back to the rows whose lookup points here: `CallCollectionByContact`.
pub(super) struct BackReference<'m> {
    pub(super) child: &'m Entity,
    pub(super) column: &'m Column,
}

impl Model {
    /// Everything the product has.
    pub(super) fn whole() -> &'static Model {
        static WHOLE: OnceLock<Model> = OnceLock::new();
        WHOLE.get_or_init(|| Model::read(include_str!("entities.txt")))
    }

    fn read(text: &str) -> Model {
        let mut model = Model::default();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            match (line.starts_with(' '), model.entities.last_mut()) {
                (true, Some(entity)) => entity.read(line.trim()),
                _ => model.add(Entity::named(line)),
            }
        }
        model
    }

    fn add(&mut self, entity: Entity) {
        self.places.insert(entity.name.clone(), self.entities.len());
        self.entities.push(entity);
    }

    /// Names are case-sensitive.
    pub(super) fn entity(&self, name: &str) -> Option<&Entity> {
        self.places.get(name).map(|place| &self.entities[*place])
    }

    pub(super) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The same with one more column, described as in `entities.txt`.
    pub(super) fn with(mut self, entity: &str, column: &str) -> Model {
        if let Some(place) = self.places.get(entity) {
            self.entities[*place].read(column);
        }
        self
    }

    /// The same without these tables (`Lead`) and columns (`Call.CaseId`); lookups to a table that is gone go with it.
    pub(super) fn without(&self, hidden: &[String]) -> Model {
        let is_gone = |name: &str| hidden.iter().any(|gone| gone == name);
        let mut model = Model::default();
        for entity in self.entities.iter().filter(|entity| !is_gone(&entity.name)) {
            let mut entity = entity.clone();
            let points_nowhere = |column: &Column| column.lookup.as_ref().is_some_and(|lookup| is_gone(&lookup.target));
            entity.columns.retain(|column| !is_gone(&format!("{}.{}", entity.name, column.name)) && !points_nowhere(column));
            model.add(entity);
        }
        model
    }

    pub(super) fn target(&self, column: &Column) -> Option<&Entity> {
        column.lookup.as_ref().and_then(|lookup| self.entity(&lookup.target))
    }

    pub(super) fn back_references<'m>(&'m self, to: &'m str) -> impl Iterator<Item = BackReference<'m>> {
        let points_here = move |column: &&Column| column.lookup.as_ref().is_some_and(|lookup| lookup.target == to);
        self.entities
            .iter()
            .flat_map(move |child| child.columns.iter().filter(points_here).map(move |column| BackReference { child, column }))
    }
}

impl BackReference<'_> {
    pub(super) fn name(&self) -> String {
        let navigation = self.column.lookup.as_ref().map_or("", |lookup| &lookup.navigation);
        format!("{}CollectionBy{navigation}", self.child.name)
    }
}

impl Entity {
    fn named(line: &str) -> Entity {
        let (name, kind) = line.split_once(' ').unwrap_or((line, ""));
        let common =
            ["Id guid", "CreatedOn time", "CreatedBy > Contact", "ModifiedOn time", "ModifiedBy > Contact", "ProcessListeners int"];
        let mut entity = Entity { name: name.to_owned(), columns: Vec::new(), view: kind == "view", indexes: Vec::new() };
        common.into_iter().for_each(|column| entity.read(column));
        entity
    }

    fn read(&mut self, line: &str) {
        match line.strip_prefix("index ") {
            Some(index) => self.indexes.push(index.trim().to_owned()),
            None => self.columns.extend(Column::read(line)),
        }
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column behind the navigation of this name.
    pub(super) fn navigation(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.lookup.as_ref().is_some_and(|lookup| lookup.navigation == name))
    }
}

impl Column {
    fn read(line: &str) -> Option<Column> {
        let mut words = line.split_whitespace().peekable();
        let (marked, kind) = (words.next()?, words.next()?);
        let navigation = marked.trim_end_matches('*');
        let target = if kind == ">" { words.next() } else { None };
        let limit = words.next_if(|word| word.parse::<usize>().is_ok()).and_then(|word| word.parse().ok());
        let caption = marked.ends_with('*').then(|| words.collect::<Vec<_>>().join(" "));
        let lookup = target.map(|target| Lookup { navigation: navigation.to_owned(), target: target.to_owned() });
        let name = if lookup.is_some() { format!("{navigation}Id") } else { navigation.to_owned() };
        Some(Column { name, kind: Kind::named(kind, limit)?, caption, lookup })
    }
}

impl Kind {
    fn named(word: &str, limit: Option<usize>) -> Option<Kind> {
        Some(match word {
            "guid" | ">" => Kind::Guid,
            "text" => Kind::Text(limit),
            "int" => Kind::Int,
            "decimal" => Kind::Decimal,
            "bool" => Kind::Bool,
            "time" => Kind::Time,
            "day" => Kind::Day,
            "stream" => Kind::Stream,
            _ => return None,
        })
    }

    /// Its name in `$metadata`.
    pub(super) fn edm(self) -> &'static str {
        match self {
            Kind::Guid => "Edm.Guid",
            Kind::Text(_) => "Edm.String",
            Kind::Int => "Edm.Int32",
            Kind::Decimal => "Edm.Decimal",
            Kind::Bool => "Edm.Boolean",
            Kind::Time | Kind::Day => "Edm.DateTimeOffset",
            Kind::Stream => "Edm.Stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lookup_points_to_an_entity_and_every_required_column_has_a_caption() {
        let model = Model::whole();
        for (entity, column) in model.entities().iter().flat_map(|entity| entity.columns.iter().map(move |column| (entity, column))) {
            let place = format!("{}.{}", entity.name, column.name);
            assert!(column.lookup.is_none() || model.target(column).is_some(), "{place}");
            assert!(column.caption.as_deref() != Some(""), "{place}");
        }
    }

    #[test]
    fn columns_are_read_as_they_are_written() {
        let contact = Model::whole().entity("ContactCommunication").unwrap();
        let owner = contact.column("ContactId").unwrap();
        assert_eq!((owner.caption.as_deref(), owner.lookup.as_ref().unwrap().target.as_str()), (Some("Контакт"), "Contact"));
        assert_eq!(contact.column("Number").unwrap().kind, Kind::Text(Some(250)));
        let call = Model::whole().entity("Call").unwrap();
        assert!(call.column("CallerId").unwrap().lookup.is_none());
        assert_eq!(call.navigation("Contact").unwrap().name, "ContactId");
    }

    #[test]
    fn what_is_hidden_takes_the_lookups_to_it_along() {
        let model = Model::whole().without(&["Lead".to_owned(), "Call.CaseId".to_owned()]);
        let call = model.entity("Call").unwrap();
        assert!(model.entity("Lead").is_none() && call.column("LeadId").is_none() && call.navigation("Case").is_none());
        assert!(call.column("OrderId").is_some() && model.entity("Case").is_some());
        let model = model.with("Call", "UsrMangoEntry text 250");
        assert_eq!(model.entity("Call").unwrap().column("UsrMangoEntry").unwrap().kind, Kind::Text(Some(250)));
    }
}
