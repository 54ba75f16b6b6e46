//! Writing: `POST`, `PATCH`, `DELETE`, and files (bpmsoft-odata §3.5, §3.7, §3.12).

use rusqlite::types::Value as Stored;
use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};

use super::base::{Row, nothing};
use super::filter::is_guid;
use super::model::{Column, Entity, Kind};
use super::query::Options;
use super::reply::{Done, Reply, Wrong};
use super::sql::moment;
use super::visit::Visit;

/// `MaxFileSize` (bpmsoft-odata §3.6).
pub(super) const LARGEST_FILE: usize = 10 << 20;

impl Visit<'_> {
    /// 201 with the whole row, whatever was sent of it.
    pub(super) fn create(&self, entity: &Entity, body: &[u8]) -> Done<Reply> {
        let id = self.layer().insert(self.whole(entity), self.row_of(entity, body)?)?;
        let reply = self.one(entity, &id, &Options::default())?;
        Ok(Reply { status: 201, ..reply }.with("location", format!("{}/{}({id})", self.root, entity.name)))
    }

    pub(super) fn update(&self, entity: &Entity, id: &str, body: &[u8]) -> Done<Reply> {
        let mut changes = self.row_of(entity, body)?;
        changes.0.remove("Id");
        self.answered(self.layer().update(self.whole(entity), id, changes)?)
    }

    pub(super) fn delete(&self, entity: &Entity, id: &str) -> Done<Reply> {
        self.answered(self.layer().delete(self.whole(entity), id)?)
    }

    fn answered(&self, found: bool) -> Done<Reply> {
        if found { Ok(Reply::empty(204).with("odata-version", "4.0")) } else { Err(Wrong::Missing) }
    }

    /// The columns that a body sets. `Contact` instead of `ContactId` sets nothing, and nobody says so.
    fn row_of(&self, entity: &Entity, body: &[u8]) -> Done<Row> {
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let parsed: Result<Map<String, Value>, _> = serde_json::from_slice(text);
        let sent = parsed.map_err(|error| Wrong::Request(format!("The request body is no JSON object: {error}")))?;
        let mut row = Row::default();
        for (name, value) in sent.iter().filter(|(name, _)| !self.is_servers(entity, name)) {
            match entity.column(name) {
                Some(column) if column.kind == Kind::Stream => {}
                Some(column) => row.set(name, stored(column, value)?),
                None if self.is_ignored(entity, name) => {}
                None => return Err(Wrong::no_property(name, &entity.name)),
            }
        }
        Ok(row)
    }

    /// Columns that the server fills itself, whatever is sent.
    fn is_servers(&self, entity: &Entity, name: &str) -> bool {
        let is_authors = matches!(name, "CreatedById" | "CreatedOn") && !self.switches.author_from_body;
        is_authors || matches!(name, "ModifiedById" | "ModifiedOn") || (name == "SearchNumber" && entity.column(name).is_some())
    }

    fn is_ignored(&self, entity: &Entity, name: &str) -> bool {
        let navigation = name.split('/').next().unwrap_or_default();
        entity.navigation(navigation).is_some() || name.contains('@') || !self.switches.refuse_unknown
    }

    /// `PUT /CallFile(…)/Data`
    pub(super) fn put_stream(&self, entity: &Entity, id: &str, name: &str, bytes: Option<&[u8]>) -> Done<Reply> {
        let column = stream(entity, name)?;
        if bytes.is_some_and(|bytes| bytes.len() > LARGEST_FILE) {
            return Err(Wrong::TooLarge);
        }
        let sql = format!("UPDATE \"{}\" SET \"{}\" = ?1 WHERE \"Id\" = ?2", entity.name, column.name);
        if self.tables.db.execute(&sql, params![bytes, id])? == 0 {
            return Err(Wrong::Missing);
        }
        if entity.column("Size").is_some() {
            let size = bytes.map_or(0, |bytes| bytes.len() as i64);
            self.layer().update(self.whole(entity), id, Row::default().with("Size", size))?;
        }
        Ok(Reply::empty(if bytes.is_some() { 200 } else { 204 }).with("odata-version", "4.0"))
    }

    /// `GET /CallFile(…)/Data`; an empty one has no content.
    pub(super) fn get_stream(&self, entity: &Entity, id: &str, name: &str) -> Done<Reply> {
        let column = stream(entity, name)?;
        let sql = format!("SELECT \"{}\" FROM \"{}\" WHERE \"Id\" = ?1", column.name, entity.name);
        let found: Option<Option<Vec<u8>>> = self.tables.db.query_row(&sql, [id], |row| row.get(0)).optional()?;
        match found {
            None => Err(Wrong::Missing),
            Some(None) => Ok(Reply::empty(204).with("odata-version", "4.0")),
            Some(Some(bytes)) => Ok(Reply::new(200, "application/octet-stream", bytes).with("odata-version", "4.0")),
        }
    }
}

fn stream<'m>(entity: &'m Entity, name: &str) -> Done<&'m Column> {
    entity.column(name).filter(|column| column.kind == Kind::Stream).ok_or_else(|| Wrong::no_property(name, &entity.name))
}

/// A value of a body as its column stores it; null is what stands for none.
fn stored(column: &Column, value: &Value) -> Done<Stored> {
    let fits = match (column.kind, value) {
        (kind, Value::Null) => Some(nothing(kind)),
        (Kind::Guid, Value::String(text)) if is_guid(text) => Some(text.to_lowercase().into()),
        (Kind::Text(_), Value::String(text)) => Some(text.clone().into()),
        (Kind::Int, Value::Number(number)) => number.as_i64().filter(|number| i32::try_from(*number).is_ok()).map(Stored::from),
        (Kind::Decimal, Value::Number(number)) => number.as_f64().map(Stored::from),
        (Kind::Decimal, Value::String(text)) => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Stored::from),
        (Kind::Bool, Value::Bool(holds)) => Some((*holds).into()),
        (Kind::Time, Value::String(text)) if text.len() > 10 => moment(text).map(Stored::from),
        (Kind::Day, Value::String(text)) => moment(text).map(Stored::from),
        _ => None,
    };
    fits.ok_or_else(|| {
        Wrong::Request(format!(
            "Cannot convert the value '{value}' of the property '{}' to the expected type '{}'.",
            column.name,
            column.kind.edm()
        ))
    })
}
