//! `crm.db`: a table for each entity, and the sessions. Nothing is made before somebody asks for the CRM.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params_from_iter};
use sha2::{Digest, Sha256};

use super::defaults;
use super::model::{Column, Entity, Kind, Model};
use super::reply::Done;
use crate::error::Result;
use crate::store::{self, failed};

/// An empty lookup (bpmsoft-odata §3.8).
pub(super) const NO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// An empty date, as it is stored: seven digits behind the second, so that text sorts as time does.
pub(super) const NO_TIME: &str = "0001-01-01T00:00:00.0000000Z";

const FILE: &str = "crm.db";

/// Tables that are no entities.
const OWN_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS sandbox(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS added_column(entity TEXT NOT NULL, description TEXT NOT NULL, PRIMARY KEY (entity, description)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS session(
        ticket TEXT PRIMARY KEY, login TEXT NOT NULL, csrf TEXT NOT NULL, csrf_told INTEGER NOT NULL,
        id TEXT NOT NULL, id_told INTEGER NOT NULL, bearer INTEGER NOT NULL, ends INTEGER NOT NULL
    ) WITHOUT ROWID;
";

/// For each operator the latest call with each subscriber: contact, else account, else number (bpmsoft-odata §5.6).
const RECENT_CALLS: &str = r#"
    DROP VIEW IF EXISTS "VwRecentCall";
    CREATE VIEW "VwRecentCall" AS
    SELECT "Id", "CreatedOn", "CreatedById", "ModifiedOn", "ModifiedById", "ProcessListeners", "Id" AS "CallId" FROM (
        SELECT *, row_number() OVER (PARTITION BY "CreatedById" ORDER BY "CreatedOn" DESC, place DESC) AS nth FROM (
            SELECT *, rowid AS place, row_number() OVER (
                PARTITION BY "CreatedById", CASE
                    WHEN "ContactId" <> '00000000-0000-0000-0000-000000000000' THEN "ContactId"
                    WHEN "AccountId" <> '00000000-0000-0000-0000-000000000000' THEN "AccountId"
                    WHEN "DirectionId" = '53f71b5f-7e17-4cf5-bf14-6a59212db422' THEN "CalledId"
                    ELSE "CallerId" END
                ORDER BY "CreatedOn" DESC, rowid DESC) AS of_subscriber
            FROM "Call")
        WHERE of_subscriber = 1)
    WHERE nth <= (
        SELECT value."IntegerValue" FROM "SysSettings" AS setting JOIN "SysSettingsValue" AS value ON value."SysSettingsId" = setting."Id"
        WHERE setting."Code" = 'CommunicationHistoryRowCount');
"#;

pub(super) struct Base {
    db: Connection,
    path: PathBuf,
    model: Arc<Model>,
}

impl Base {
    /// Whether anybody has asked for the CRM yet.
    pub(super) fn exists(directory: &Path) -> bool {
        directory.join(FILE).exists()
    }

    pub(super) fn open(directory: &Path) -> Result<Base> {
        let path = directory.join(FILE);
        let mut db = store::open(&path, &[])?;
        prepare(&db).map_err(failed(&path))?;
        let model = bring_up(&mut db).map_err(failed(&path))?;
        Ok(Base { db, path, model: Arc::new(model) })
    }

    /// All tables and columns, those that a company has added included.
    pub(super) fn model(&self) -> Arc<Model> {
        self.model.clone()
    }

    /// For what is no transaction.
    pub(super) fn db(&self) -> &Connection {
        &self.db
    }

    pub(super) fn change(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.db.transaction_with_behavior(TransactionBehavior::Immediate)
    }

    pub(super) fn look(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.db.transaction()
    }

    /// Adds a column, described as in `entities.txt`, to an entity.
    pub(super) fn add_column(&mut self, entity: &str, description: &str) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO added_column VALUES (?1, ?2)";
        self.db.execute(sql, [entity, description]).map_err(failed(&self.path))?;
        self.again()
    }

    /// As on the first day.
    pub(super) fn forget_everything(&mut self) -> Result<()> {
        let tables = self.model.entities().iter().filter(|entity| !entity.view).map(|entity| format!("DELETE FROM \"{}\";", entity.name));
        let sql: String = tables.chain(["DELETE FROM session; DELETE FROM added_column; DELETE FROM sandbox;".to_owned()]).collect();
        let forget = |db: &mut Connection| {
            let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute_batch(&sql)?;
            change.commit()
        };
        forget(&mut self.db).map_err(failed(&self.path))?;
        self.again()
    }

    fn again(&mut self) -> Result<()> {
        self.model = Arc::new(bring_up(&mut self.db).map_err(failed(&self.path))?);
        Ok(())
    }
}

fn prepare(db: &Connection) -> rusqlite::Result<()> {
    // An emulator may lose its last rows with the power supply, but not wait for the disk at every one.
    db.execute_batch("PRAGMA synchronous = NORMAL")?;
    db.set_prepared_statement_cache_capacity(200);
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function("fold", 1, flags, |given| Ok(given.get_raw(0).as_str_or_null()?.map(fold)))
}

/// Text as it is compared: letters of every alphabet are the same in both cases (bpmsoft-odata §3.4).
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Makes the tables and columns that are missing, and the first day's rows in an empty base.
fn bring_up(db: &mut Connection) -> rusqlite::Result<Model> {
    let whole = Model::whole();
    let mark = mark();
    if let Some(added) = settled(db, &mark)? {
        return Ok(added.into_iter().fold(whole.clone(), |model, (entity, column)| model.with(&entity, &column)));
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    change.execute_batch(OWN_TABLES)?;
    let model = added(&change)?.into_iter().fold(whole.clone(), |model, (entity, column)| model.with(&entity, &column));
    model.entities().iter().filter(|entity| !entity.view).try_for_each(|entity| make(&change, entity))?;
    change.execute_batch(RECENT_CALLS)?;
    if kept(&change, "filled")?.is_none() {
        let refused = |wrong| rusqlite::Error::ToSqlConversionFailure(format!("{wrong:?}").into());
        defaults::fill(&Tables { db: &change, model: &model }).map_err(refused)?;
        keep(&change, "filled", "")?;
    }
    keep(&change, "model", &mark)?;
    change.commit()?;
    Ok(model)
}

/// The added columns, if everything is there that should be.
fn settled(db: &Connection, mark: &str) -> rusqlite::Result<Option<Vec<(String, String)>>> {
    let made = db.query_row("SELECT 1 FROM sqlite_schema WHERE name = 'sandbox'", [], |_| Ok(())).optional()?;
    if made.is_none() || kept(db, "model")?.as_deref() != Some(mark) || kept(db, "filled")?.is_none() {
        return Ok(None);
    }
    let added = added(db)?;
    let has = |(entity, description): &(String, String)| {
        let column = description.split(' ').next().unwrap_or_default();
        db.query_row("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2", [entity.as_str(), column], |_| Ok(())).optional()
    };
    for column in &added {
        if has(column)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(added))
}

/// Changes whenever the product's tables do.
fn mark() -> String {
    let text = [include_str!("entities.txt"), RECENT_CALLS, OWN_TABLES].concat();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn added(db: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    db.prepare("SELECT entity, description FROM added_column")?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn kept(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT value FROM sandbox WHERE key = ?1", [key], |row| row.get(0)).optional()
}

fn keep(db: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    db.execute("INSERT OR REPLACE INTO sandbox VALUES (?1, ?2)", [key, value]).map(drop)
}

fn make(db: &Connection, entity: &Entity) -> rusqlite::Result<()> {
    let name = &entity.name;
    let described = |column: &Column| format!("\"{}\" {}", column.name, declared(column));
    let columns: Vec<String> = entity.columns.iter().map(described).collect();
    db.execute_batch(&format!("CREATE TABLE IF NOT EXISTS \"{name}\"({})", columns.join(", ")))?;
    let there: Vec<String> =
        db.prepare("SELECT name FROM pragma_table_info(?1)")?.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for column in entity.columns.iter().filter(|column| !there.contains(&column.name)) {
        db.execute_batch(&format!("ALTER TABLE \"{name}\" ADD COLUMN {}", described(column)))?;
    }
    for index in &entity.indexes {
        let title = format!("{name}: {index}").replace('"', "");
        db.execute_batch(&format!("CREATE INDEX IF NOT EXISTS \"{title}\" ON \"{name}\"({index})"))?;
    }
    Ok(())
}

/// There are no nulls: what is empty is stored as it is told (bpmsoft-odata §3.8).
fn declared(column: &Column) -> String {
    match column.kind {
        Kind::Guid if column.name == "Id" => "TEXT PRIMARY KEY NOT NULL".to_owned(),
        Kind::Guid => format!("TEXT NOT NULL DEFAULT '{NO_GUID}'"),
        Kind::Text(_) => "TEXT NOT NULL DEFAULT ''".to_owned(),
        Kind::Int | Kind::Bool => "INTEGER NOT NULL DEFAULT 0".to_owned(),
        Kind::Decimal => "REAL NOT NULL DEFAULT 0".to_owned(),
        Kind::Time | Kind::Day => format!("TEXT NOT NULL DEFAULT '{NO_TIME}'"),
        Kind::Stream => "BLOB".to_owned(),
    }
}

/// The value that stands for none.
pub(super) fn nothing(kind: Kind) -> Value {
    match kind {
        Kind::Guid => NO_GUID.to_owned().into(),
        Kind::Text(_) => String::new().into(),
        Kind::Int | Kind::Bool => 0_i64.into(),
        Kind::Decimal => 0.0.into(),
        Kind::Time | Kind::Day => NO_TIME.to_owned().into(),
        Kind::Stream => Value::Null,
    }
}

/// Columns of a row, not necessarily all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(pub(super) BTreeMap<String, Value>);

impl Row {
    pub(super) fn with(mut self, column: &str, value: impl Into<Value>) -> Row {
        self.set(column, value);
        self
    }

    pub(super) fn set(&mut self, column: &str, value: impl Into<Value>) {
        self.0.insert(column.to_owned(), value.into());
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    /// Text, GUID or time; empty when it is not there.
    pub(super) fn text(&self, column: &str) -> &str {
        match self.0.get(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub(super) fn is_set(&self, column: &str) -> bool {
        matches!(self.0.get(column), Some(Value::Integer(number)) if *number != 0)
    }

    /// A lookup that points somewhere.
    pub(super) fn lookup(&self, column: &str) -> Option<&str> {
        Some(self.text(column)).filter(|id| !id.is_empty() && *id != NO_GUID)
    }
}

/// Rows as they lie, below everything that the product does when they change.
pub(super) struct Tables<'a> {
    pub(super) db: &'a Connection,
    pub(super) model: &'a Model,
}

impl Tables<'_> {
    pub(super) fn row(&self, entity: &str, id: &str) -> rusqlite::Result<Option<Row>> {
        let mut rows = self.rows(entity, "\"Id\" = ?1", &[&id])?;
        Ok(rows.pop())
    }

    /// Without streams.
    pub(super) fn rows(&self, entity: &str, condition: &str, values: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<Row>> {
        let names = self.model.entity(entity).into_iter().flat_map(|entity| &entity.columns).filter(|column| column.kind != Kind::Stream);
        let names: Vec<&str> = names.map(|column| column.name.as_str()).collect();
        let sql = format!("SELECT \"{}\" FROM \"{entity}\" WHERE {condition}", names.join("\", \""));
        let mut statement = self.db.prepare_cached(&sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            let value = |(place, name): (usize, &&str)| Ok(((*name).to_owned(), row.get(place)?));
            names.iter().enumerate().map(value).collect::<rusqlite::Result<_>>().map(Row)
        };
        statement.query_map(values, read)?.collect()
    }

    pub(super) fn insert(&self, entity: &str, row: &Row) -> rusqlite::Result<()> {
        let names: Vec<&str> = row.0.keys().map(String::as_str).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO \"{entity}\"(\"{}\") VALUES ({marks})", names.join("\", \""));
        self.db.prepare_cached(&sql)?.execute(params_from_iter(row.0.values())).map(drop)
    }

    pub(super) fn update(&self, entity: &str, id: &str, changes: &Row) -> rusqlite::Result<()> {
        if changes.0.is_empty() {
            return Ok(());
        }
        let sets: Vec<String> = changes.0.keys().map(|name| format!("\"{name}\" = ?")).collect();
        let sql = format!("UPDATE \"{entity}\" SET {} WHERE \"Id\" = ?", sets.join(", "));
        let id = Value::Text(id.to_owned());
        self.db.prepare_cached(&sql)?.execute(params_from_iter(changes.0.values().chain([&id]))).map(drop)
    }

    /// How many rows went.
    pub(super) fn delete(&self, entity: &str, condition: &str, values: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<usize> {
        self.db.prepare_cached(&format!("DELETE FROM \"{entity}\" WHERE {condition}"))?.execute(values)
    }

    pub(super) fn exists(&self, entity: &str, id: &str) -> Done<bool> {
        let sql = format!("SELECT 1 FROM \"{entity}\" WHERE \"Id\" = ?1");
        Ok(self.db.prepare_cached(&sql)?.exists([id])?)
    }

    pub(super) fn count(&self, entity: &str) -> rusqlite::Result<i64> {
        self.db.query_row(&format!("SELECT count(*) FROM \"{entity}\""), [], |row| row.get(0))
    }
}

/// A GUID that is the same on every machine.
pub(super) fn guid_of(entity: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("{entity}\n{key}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
