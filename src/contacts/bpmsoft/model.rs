//! What this installation has: `$metadata` read once, the few facts of it that are needed, kept in the profile.
//!
//! Packages add tables and columns, and editions lack some (bpmsoft-odata §8): what is not there is not asked for, nor sent.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::printable;

/// The sets that are used here; those that a call can be linked to are found by themselves.
const USED: [&str; 14] = [
    "Contact",
    "Account",
    "ContactCommunication",
    "AccountCommunication",
    "ComTypebyCommunication",
    "Call",
    "CallFile",
    "Activity",
    "ActivityStatus",
    "ActivityResult",
    "ActivityCategoryResultEntry",
    "SysAdminUnit",
    "SysSettings",
    "SysSettingsValue",
];

/// Tables and columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model(BTreeMap<String, Table>);

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    columns: BTreeSet<String>,
    /// Navigations to one row, and of which table
    links: BTreeMap<String, String>,
    /// Navigations to many
    collections: BTreeSet<String>,
}

impl Model {
    /// Reads the answer to `$metadata`.
    pub fn read(xml: &str) -> Result<Model> {
        let mut types = types(xml).map_err(|error| Error::CrmGarbled { detail: format!("$metadata: {}", printable(&error)) })?;
        inherit(&mut types);
        let tables: BTreeMap<String, Table> = types.into_iter().map(|(name, described)| (name, described.table)).collect();
        let linked: Vec<String> = tables.get("Call").map(|call| call.links.values().cloned().collect()).unwrap_or_default();
        let is_needed = |name: &String| USED.contains(&name.as_str()) || linked.contains(name);
        Ok(Model(tables.into_iter().filter(|(name, _)| is_needed(name)).collect()))
    }

    /// Whether there is such a table.
    pub fn has(&self, set: &str) -> bool {
        self.0.contains_key(set)
    }

    /// Whether the table has the column.
    pub fn has_column(&self, set: &str, column: &str) -> bool {
        self.0.get(set).is_some_and(|table| table.columns.contains(column))
    }

    /// Whether the rows that point here can come along.
    pub fn has_collection(&self, set: &str, navigation: &str) -> bool {
        self.0.get(set).is_some_and(|table| table.collections.contains(navigation))
    }

    /// Whether the lookup can be followed.
    pub fn has_link(&self, set: &str, navigation: &str) -> bool {
        self.0.get(set).is_some_and(|table| table.links.contains_key(navigation))
    }

    /// The table, or the reason that a function is off.
    pub fn need(&self, set: &'static str) -> Result<()> {
        if self.has(set) { Ok(()) } else { Err(Error::CrmLacks { what: set.into() }) }
    }

    /// Those of the columns that the table has, as `$select` wants them.
    pub fn select(&self, set: &str, columns: &[&str]) -> String {
        columns.iter().copied().filter(|column| self.has_column(set, column)).collect::<Vec<_>>().join(",")
    }

    /// The lookups of a call that name a row of this table, as navigations: `Lead`.
    pub fn call_links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.get("Call").into_iter().flat_map(|call| call.links.iter().map(|(link, table)| (link.as_str(), table.as_str())))
    }
}

#[derive(Default)]
struct Described {
    table: Table,
    base: Option<String>,
}

/// Every entity type. The answer has megabytes: it is walked through, not made into a tree.
fn types(xml: &str) -> Result<BTreeMap<String, Described>, String> {
    let mut reader = Reader::from_str(xml);
    let mut types = BTreeMap::new();
    let mut now: Option<(String, Described)> = None;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(tag) | Event::Empty(tag) => match (tag.local_name().as_ref(), &mut now) {
                ("EntityType", _) => {
                    types.extend(now.take());
                    let base = attribute(&tag, "BaseType").map(|base| last(&base).to_owned());
                    now = attribute(&tag, "Name").map(|name| (name, Described { base, ..Described::default() }));
                }
                ("Property", Some((_, described))) => described.table.columns.extend(attribute(&tag, "Name")),
                ("NavigationProperty", Some((_, described))) => described.table.navigate(&tag),
                _ => {}
            },
            Event::End(tag) if tag.local_name().as_ref() == "EntityType" => types.extend(now.take()),
            Event::Eof => {
                types.extend(now.take());
                break;
            }
            _ => {}
        }
    }
    match types.is_empty() {
        true => Err("no EntityType".into()),
        false => Ok(types),
    }
}

impl Table {
    fn navigate(&mut self, tag: &BytesStart<'_>) {
        let Some((name, target)) = attribute(tag, "Name").zip(attribute(tag, "Type")) else { return };
        match target.starts_with("Collection(") {
            true => drop(self.collections.insert(name)),
            false => drop(self.links.insert(name, last(&target).to_owned())),
        }
    }
}

/// `Terrasoft.Configuration.Contact` is `Contact`.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.try_get_attribute(name).ok()??;
    Some(found.value.into_owned())
}

/// Columns of a base type are columns of those made from it.
fn inherit(types: &mut BTreeMap<String, Described>) {
    let names: Vec<String> = types.keys().cloned().collect();
    for name in names {
        let mut above = types[&name].base.clone();
        // No chain is so long, unless it is a ring.
        for _ in 0..16 {
            let Some(base) = above.and_then(|base| types.get(&base)) else { break };
            let (columns, links, collections) = (base.table.columns.clone(), base.table.links.clone(), base.table.collections.clone());
            above = base.base.clone();
            if let Some(own) = types.get_mut(&name) {
                own.table.columns.extend(columns);
                own.table.links.extend(links);
                own.table.collections.extend(collections);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDMX: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="BPMSoft.Configuration" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EntityType Name="BaseEntity" Abstract="true"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Guid" Nullable="false"/></EntityType>
  <EntityType Name="Call" BaseType="BPMSoft.Configuration.BaseEntity">
    <Property Name="CallerId" Type="Edm.String"/><Property Name="LeadId" Type="Edm.Guid"></Property>
    <NavigationProperty Name="Lead" Type="BPMSoft.Configuration.Lead"/>
    <NavigationProperty Name="CallFileCollectionByCall" Type="Collection(BPMSoft.Configuration.CallFile)"/>
  </EntityType>
  <EntityType Name="Lead"><Property Name="LeadName" Type="Edm.String"/></EntityType>
  <EntityType Name="Unheard"><Property Name="X" Type="Edm.String"/></EntityType>
</Schema></edmx:DataServices></edmx:Edmx>"#;

    #[test]
    fn tables_columns_and_lookups_of_a_call_are_found() {
        let model = Model::read(EDMX).unwrap();
        assert!(model.has("Call") && model.has("Lead") && !model.has("Unheard") && !model.has("CallFile"));
        assert_eq!(model.select("Call", &["Id", "CaseId", "LeadId", "CallerId"]), "Id,LeadId,CallerId");
        assert_eq!(model.call_links().collect::<Vec<_>>(), [("Lead", "Lead")]);
        assert!(model.has_collection("Call", "CallFileCollectionByCall") && model.has_link("Call", "Lead"));
        assert!(matches!(model.need("Contact"), Err(Error::CrmLacks { what }) if what == "Contact"));
    }

    #[test]
    fn what_is_no_description_is_said_to_be_none() {
        for xml in ["", "{}", "<html><body>Login</body></html>", "<edmx:Edmx", "<EntityType Name='A' BaseType='A'"] {
            assert!(Model::read(xml).is_err(), "{xml}");
        }
        assert!(Model::read("<EntityType Name='A' BaseType='X.A'/>").is_ok());
    }
}
