//! The entity layer: what the product does by itself when a row is written (bpmsoft-odata §4.9), whoever writes it.

use rusqlite::types::Value;

use super::base::{NO_GUID, Row, Tables, nothing};
use super::communications::{self, Side};
use super::known;
use super::model::{Entity, Kind};
use super::reply::{Done, Wrong};
use super::sql;

/// Writes rows in somebody's name at some moment.
pub(super) struct Layer<'a> {
    pub(super) tables: &'a Tables<'a>,
    /// The contact of the signed-in user.
    pub(super) author: &'a str,
    pub(super) now: &'a str,
}

impl Layer<'_> {
    /// Inserts a row; the id is the caller's, or a new one.
    pub(super) fn insert(&self, entity: &Entity, mut row: Row) -> Done<String> {
        let id = row.lookup("Id").map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        row.set("Id", id.clone());
        for (column, value) in
            [("CreatedOn", self.now), ("ModifiedOn", self.now), ("CreatedById", self.author), ("ModifiedById", self.author)]
        {
            row.0.entry(column.to_owned()).or_insert_with(|| value.to_owned().into());
        }
        for (column, value) in self.defaults(&entity.name) {
            row.0.entry(column.to_owned()).or_insert(value);
        }
        self.before(entity, None, &mut row)?;
        self.check(entity, &row, true)?;
        self.tables.insert(&entity.name, &row)?;
        self.after(entity, &Row::default(), &id)?;
        Ok(id)
    }

    /// Changes a row; `false` when there is none.
    pub(super) fn update(&self, entity: &Entity, id: &str, mut changes: Row) -> Done<bool> {
        let Some(old) = self.tables.row(&entity.name, id)? else { return Ok(false) };
        changes.set("ModifiedOn", self.now.to_owned());
        changes.set("ModifiedById", self.author.to_owned());
        self.before(entity, Some(&old), &mut changes)?;
        self.check(entity, &changes, false)?;
        self.tables.update(&entity.name, id, &changes)?;
        self.after(entity, &old, id)?;
        Ok(true)
    }

    /// Deletes a row and what belongs to it; `false` when there is none.
    pub(super) fn delete(&self, entity: &Entity, id: &str) -> Done<bool> {
        let Some(old) = self.tables.row(&entity.name, id)? else { return Ok(false) };
        for back in self.tables.model.back_references(&entity.name).filter(|back| !back.child.view && !is_common(&back.column.name)) {
            let condition = format!("\"{}\" = ?1", back.column.name);
            match belongs(&back.child.name, &back.column.name) {
                true => drop(self.tables.delete(&back.child.name, &condition, &[&id])?),
                false => {
                    let sql = format!("UPDATE \"{}\" SET \"{}\" = '{NO_GUID}' WHERE {condition}", back.child.name, back.column.name);
                    self.tables.db.execute(&sql, [id])?;
                }
            }
        }
        self.tables.delete(&entity.name, "\"Id\" = ?1", &[&id])?;
        if let Some(side) = Side::of(&entity.name) {
            communications::deleted(self, side, &old)?;
        }
        Ok(true)
    }

    /// What a column gets that nobody mentions; sending an empty value suppresses it (bpmsoft-odata §3.7).
    fn defaults(&self, entity: &str) -> Vec<(&'static str, Value)> {
        let same = |value: &str| Value::Text(value.to_owned());
        match entity {
            "Contact" => vec![("OwnerId", same(self.author)), ("Confirmed", true.into())],
            "Account" => vec![("OwnerId", same(self.author))],
            "Call" => vec![("DirectionId", same(known::NO_DIRECTION))],
            "CallFile" => vec![("TypeId", same(known::FILE))],
            "Activity" => vec![
                ("StatusId", same(known::NOT_STARTED)),
                ("PriorityId", same(known::MEDIUM)),
                ("TypeId", same(known::TASK)),
                ("ActivityCategoryId", same(known::TO_DO)),
                ("CallDirectionId", same(known::INCOMING)),
                ("OwnerId", same(self.author)),
                ("AuthorId", same(self.author)),
                ("OrganizerId", same(self.author)),
            ],
            _ => Vec::new(),
        }
    }

    fn before(&self, entity: &Entity, old: Option<&Row>, row: &mut Row) -> Done<()> {
        if entity.name == "Contact" {
            name_and_parts(old, row);
        }
        if let Some(side) = Side::of(&entity.name) {
            communications::before(self, side, old, row)?;
        }
        Ok(())
    }

    /// Required columns, lengths and lookups; `whole` when the row is new.
    fn check(&self, entity: &Entity, row: &Row, whole: bool) -> Done<()> {
        for column in &entity.columns {
            let Some(value) = row.0.get(&column.name) else {
                match &column.caption {
                    Some(caption) if whole => return Err(required(caption)),
                    _ => continue,
                }
            };
            if let Some(caption) = column.caption.as_ref().filter(|_| *value == nothing(column.kind)) {
                return Err(required(caption));
            }
            if let (Kind::Text(Some(limit)), Value::Text(text)) = (column.kind, value)
                && text.chars().count() > limit
            {
                return Err(Wrong::Platform("DbOperationException", format!("value too long for type character varying({limit})")));
            }
            if let (Some(target), Some(id)) = (self.tables.model.target(column), row.lookup(&column.name))
                && !is_common(&column.name)
                && !self.tables.exists(&target.name, id)?
            {
                let message =
                    format!("insert or update on table \"{}\" violates foreign key constraint on \"{}\"", entity.name, column.name);
                return Err(Wrong::Platform("DbOperationException", message));
            }
        }
        Ok(())
    }

    fn after(&self, entity: &Entity, old: &Row, id: &str) -> Done<()> {
        let Some(new) = self.tables.row(&entity.name, id)? else { return Ok(()) };
        match entity.name.as_str() {
            "Contact" => {
                communications::column_changed(self, Side::CONTACT, old, &new)?;
                self.career(old, &new)?;
                self.address(old, &new)
            }
            "Account" => {
                communications::column_changed(self, Side::ACCOUNT, old, &new)?;
                self.employ(old, &new)
            }
            _ => match Side::of(&entity.name) {
                Some(side) => communications::saved(self, side, old, &new),
                None => Ok(()),
            },
        }
    }

    /// A new row of the career when company, department or job change; the one before it ends.
    fn career(&self, old: &Row, new: &Row) -> Done<()> {
        let columns = ["AccountId", "DepartmentId", "JobId", "JobTitle", "DecisionRoleId"];
        if columns.iter().all(|column| is_same(old, new, column)) {
            return Ok(());
        }
        let sql =
            "UPDATE \"ContactCareer\" SET \"Current\" = 0, \"Primary\" = 0, \"DueDate\" = ?1 WHERE \"ContactId\" = ?2 AND \"Current\" = 1";
        self.tables.db.prepare_cached(sql)?.execute([self.now, new.text("Id")])?;
        let row = columns.iter().fold(Row::default(), |row, column| row.with(column, new.text(column).to_owned()));
        let row = row.with("ContactId", new.text("Id").to_owned()).with("StartDate", self.now.to_owned());
        self.add("ContactCareer", row.with("Current", true).with("Primary", true)).map(drop)
    }

    /// The primary address follows the contact's columns.
    fn address(&self, old: &Row, new: &Row) -> Done<()> {
        let columns = ["CountryId", "RegionId", "CityId", "Address", "Zip"];
        if columns.iter().all(|column| is_same(old, new, column)) {
            return Ok(());
        }
        let values = columns.iter().fold(Row::default(), |row, column| row.with(column, new.text(column).to_owned()));
        let primary = self.tables.rows("ContactAddress", "\"ContactId\" = ?1 AND \"Primary\" = 1", &[&new.text("Id")])?;
        match primary.first() {
            Some(address) => Ok(self.tables.update("ContactAddress", address.text("Id"), &values)?),
            None => self.add("ContactAddress", values.with("ContactId", new.text("Id").to_owned()).with("Primary", true)).map(drop),
        }
    }

    /// The main person of a company works there, if he works nowhere else.
    fn employ(&self, old: &Row, new: &Row) -> Done<()> {
        let Some(contact) = new.lookup("PrimaryContactId").filter(|_| !is_same(old, new, "PrimaryContactId")) else { return Ok(()) };
        let (contact, entity) = (contact.to_owned(), self.tables.model.entity("Contact"));
        match (self.tables.row("Contact", &contact)?, entity) {
            (Some(row), Some(entity)) if row.lookup("AccountId").is_none() => {
                self.update(entity, &contact, Row::default().with("AccountId", new.text("Id").to_owned())).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// A row that nobody asked for.
    pub(super) fn add(&self, entity: &str, row: Row) -> Done<Row> {
        let row = row.with("Id", uuid::Uuid::new_v4().to_string());
        let row = ["CreatedOn", "ModifiedOn"].iter().fold(row, |row, column| row.with(column, self.now.to_owned()));
        let row = ["CreatedById", "ModifiedById"].iter().fold(row, |row, column| row.with(column, self.author.to_owned()));
        self.tables.insert(entity, &row)?;
        Ok(row)
    }
}

/// Name and parts in one request: the name wins (bpmsoft-odata §4.9).
fn name_and_parts(old: Option<&Row>, row: &mut Row) {
    const PARTS: [&str; 3] = ["Surname", "GivenName", "MiddleName"];
    let before = |column: &str| old.map_or("", |old| old.text(column));
    let is_new = |column: &str| !row.text(column).is_empty() && row.text(column) != before(column);
    if is_new("Name") {
        let name = row.text("Name").to_owned();
        let mut words = name.splitn(3, ' ');
        PARTS.iter().for_each(|part| row.set(part, words.next().unwrap_or_default().trim().to_owned()));
    } else if PARTS.iter().any(|part| is_new(part)) {
        let parts = PARTS.map(|part| if row.has(part) { row.text(part) } else { before(part) });
        let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        row.set("Name", name);
    }
}

fn required(caption: &str) -> Wrong {
    Wrong::Platform("ValidateException", format!("Поле \"{caption}\" должно быть заполнено"))
}

fn is_common(column: &str) -> bool {
    matches!(column, "CreatedById" | "ModifiedById")
}

/// Whether such a row goes when its owner does.
fn belongs(child: &str, column: &str) -> bool {
    matches!(
        (child, column),
        ("ContactCommunication" | "ContactAddress" | "ContactCareer", "ContactId")
            | ("AccountCommunication", "AccountId")
            | ("CallFile" | "SysActiveCall", "CallId")
            | ("SysSettingsValue", "SysSettingsId")
    )
}

/// What is not there yet is as good as empty.
pub(super) fn is_same(old: &Row, new: &Row, column: &str) -> bool {
    let filled = |row: &Row| row.lookup(column).map(str::to_owned);
    filled(old) == filled(new)
}

/// The moment of a write: later than every one before it, so that what is sorted by it has an order.
pub(super) fn tick(last: &std::sync::atomic::AtomicI64, at: f64) -> String {
    let wanted = (at * 1e7) as i64;
    let now = last.fetch_max(wanted - 1, std::sync::atomic::Ordering::Relaxed).max(wanted - 1) + 1;
    last.fetch_max(now, std::sync::atomic::Ordering::Relaxed);
    let moment = jiff::Timestamp::from_nanosecond(i128::from(now) * 100).unwrap_or_default();
    sql::stored(moment)
}
