//! The service document and `$metadata` (bpmsoft-odata §3.1).

use std::fmt::Write;

use serde_json::{Value, json};

use super::model::{Column, Entity, Kind, Model};

const NAMESPACE: &str = "BPMSoft.Configuration.OData";

/// `GET /odata/`
pub(super) fn sets(model: &Model, root: &str) -> Value {
    let set = |entity: &Entity| json!({"name": entity.name, "kind": "EntitySet", "url": entity.name});
    json!({"@odata.context": format!("{root}/$metadata"), "value": model.entities().iter().map(set).collect::<Vec<_>>()})
}

/// EDMX 4.0: no default values, a lookup as two members, children as collections.
pub(super) fn edmx(model: &Model) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
        <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>"
        .to_owned();
    // Writing into a String cannot fail.
    let _ = write!(xml, "<Schema Namespace=\"{NAMESPACE}\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">");
    model.entities().iter().for_each(|entity| describe(model, entity, &mut xml));
    xml.push_str(
        "</Schema><Schema Namespace=\"Default\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\"><EntityContainer Name=\"Container\">",
    );
    for entity in model.entities() {
        let _ = write!(xml, "<EntitySet Name=\"{0}\" EntityType=\"{NAMESPACE}.{0}\">", entity.name);
        for (column, target) in lookups(model, entity) {
            let path = column.lookup.as_ref().map_or("", |lookup| &lookup.navigation);
            let _ = write!(xml, "<NavigationPropertyBinding Path=\"{path}\" Target=\"{}\"/>", target.name);
        }
        xml.push_str("</EntitySet>");
    }
    xml.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    xml
}

fn describe(model: &Model, entity: &Entity, xml: &mut String) {
    let _ = write!(xml, "<EntityType Name=\"{}\"><Key><PropertyRef Name=\"Id\"/></Key>", entity.name);
    for column in &entity.columns {
        let _ = write!(xml, "<Property Name=\"{}\" Type=\"{}\"{}/>", column.name, column.kind.edm(), facets(column));
    }
    for (column, target) in lookups(model, entity) {
        let name = column.lookup.as_ref().map_or("", |lookup| &lookup.navigation);
        let _ = write!(xml, "<NavigationProperty Name=\"{name}\" Type=\"{NAMESPACE}.{}\">", target.name);
        let _ = write!(xml, "<ReferentialConstraint Property=\"{}\" ReferencedProperty=\"Id\"/></NavigationProperty>", column.name);
    }
    for back in model.back_references(&entity.name) {
        let _ = write!(xml, "<NavigationProperty Name=\"{}\" Type=\"Collection({NAMESPACE}.{})\"/>", back.name(), back.child.name);
    }
    xml.push_str("</EntityType>");
}

fn facets(column: &Column) -> String {
    let never_null = match column.kind {
        Kind::Text(_) => column.caption.is_some(),
        Kind::Guid => column.lookup.is_none(),
        Kind::Stream => false,
        _ => true,
    };
    let length = match column.kind {
        Kind::Text(Some(limit)) => format!(" MaxLength=\"{limit}\""),
        _ => String::new(),
    };
    format!("{}{length}", if never_null { " Nullable=\"false\"" } else { "" })
}

fn lookups<'m>(model: &'m Model, entity: &'m Entity) -> impl Iterator<Item = (&'m Column, &'m Entity)> {
    entity.columns.iter().filter_map(|column| Some((column, model.target(column)?)))
}
