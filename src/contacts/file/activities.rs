//! Activities of the profile's own, and those of a remote source that were seen.

use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

use super::PeopleFile;
use crate::contacts::{Activity, ActivityFilter, Named};
use crate::error::{Error, Result};
use crate::store::failed;
use crate::text::excerpt;
use crate::time::now;

const COLUMNS: &str = "id, remote, title, due, owner, contact, contact_name, account, account_name, call, done_at, result, text";

impl PeopleFile {
    /// Adds one; its id is given.
    pub fn create_activity(&self, new: &Activity) -> Result<Activity> {
        let sql = "INSERT INTO activities (source, title, due, owner, contact, contact_name, account, account_name, call, done_at, result, text, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        let id = |named: &Option<Named>| named.as_ref().map(|named| named.id.clone());
        let name = |named: &Option<Named>| named.as_ref().map(|named| named.name.clone());
        let at = now().as_second();
        let row = self.change(|change| {
            change.execute(
                sql,
                params![
                    self.place.key(),
                    new.title,
                    new.due,
                    new.owner,
                    id(&new.contact),
                    name(&new.contact),
                    id(&new.account),
                    name(&new.account),
                    new.call,
                    new.done.then_some(at),
                    new.result,
                    new.text,
                    at
                ],
            )?;
            Ok(change.last_insert_rowid())
        })?;
        Ok(Activity { id: row.to_string(), ..new.clone() })
    }

    /// Those that fit: what is open first, by when it is due; then what is done, the newest first.
    pub fn activities(&self, filter: &ActivityFilter) -> Result<Vec<Activity>> {
        let mut conditions = vec!["source = ?1".to_owned()];
        let mut values: Vec<Value> = vec![self.place.key().to_owned().into()];
        if let Some(owner) = &filter.owner {
            values.push(owner.clone().into());
            // What nobody in particular is to do is everybody's.
            conditions.push(format!("(owner = ?{} OR owner IS NULL)", values.len()));
        }
        let wanted = [("contact", &filter.contact), ("account", &filter.account), ("call", &filter.call)];
        for (column, value) in wanted.into_iter().filter_map(|(column, value)| Some((column, value.clone()?))) {
            values.push(value.into());
            conditions.push(format!("{column} = ?{}", values.len()));
        }
        if filter.open {
            conditions.push("done_at IS NULL".into());
        }
        let order = "done_at IS NOT NULL, iif(done_at IS NULL, coalesce(due, 9e18), -done_at), id";
        self.read_activities(&format!("SELECT {COLUMNS} FROM activities WHERE {} ORDER BY {order}", conditions.join(" AND ")), values)
    }

    /// The one with this id.
    pub fn activity(&self, id: &str) -> Result<Activity> {
        let sql = format!("SELECT {COLUMNS} FROM activities WHERE source = ?1 AND coalesce(remote, id) = ?2");
        let values = vec![self.place.key().to_owned().into(), id.parse::<i64>().map_or_else(|_| id.to_owned().into(), Value::from)];
        let found = self.read_activities(&sql, values)?.into_iter().next();
        found.ok_or_else(|| Error::NoActivity { id: excerpt(id) })
    }

    /// Marks one as done, with what came of it.
    pub fn finish_activity(&self, id: &str, result: Option<&str>, text: Option<&str>) -> Result<Activity> {
        self.activity(id)?;
        let sql =
            "UPDATE activities SET done_at = coalesce(done_at, ?2), result = coalesce(?3, result), text = coalesce(?4, text) WHERE id = ?1";
        self.change(|change| change.execute(sql, params![id.parse::<i64>().ok(), now().as_second(), result, text]).map(drop))?;
        self.activity(id)
    }

    /// Keeps what a remote source told of activities, over what was known of them. The call that one came of is known here alone.
    pub fn remember_activities(&self, seen: &[Activity]) -> Result<()> {
        let sql = "INSERT INTO activities (source, remote, title, due, owner, contact, contact_name, account, account_name, call, done_at, result, text, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, iif(?11, ?14, NULL), ?12, ?13, ?14)
            ON CONFLICT (source, remote) WHERE remote IS NOT NULL DO UPDATE SET title = ?3, due = ?4, owner = ?5, contact = ?6, contact_name = ?7,
                account = ?8, account_name = ?9, call = coalesce(?10, call), done_at = iif(?11, coalesce(done_at, ?14), NULL), result = ?12, text = ?13";
        let part = |named: &Option<Named>| named.as_ref().map(|named| (named.id.clone(), named.name.clone())).unzip();
        let at = now().as_second();
        self.change(|change| {
            let mut keep = change.prepare_cached(sql)?;
            for one in seen {
                let ((contact, contact_name), (account, account_name)) = (part(&one.contact), part(&one.account));
                keep.execute(params![
                    self.place.key(),
                    one.id,
                    one.title,
                    one.due,
                    one.owner,
                    contact,
                    contact_name,
                    account,
                    account_name,
                    one.call,
                    one.done,
                    one.result,
                    one.text,
                    at
                ])?;
            }
            Ok(())
        })
    }

    fn read_activities(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Activity>> {
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut found| {
            let rows = found.query_map(params_from_iter(values), activity)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        found.map_err(failed(&self.path))
    }
}

fn activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let named = |id: Option<String>, name: Option<String>| id.map(|id| Named { id, name: name.unwrap_or_default() });
    Ok(Activity {
        id: row.get::<_, Option<String>>(1)?.map_or_else(|| row.get::<_, i64>(0).map(|id| id.to_string()), Ok)?,
        title: row.get(2)?,
        due: row.get(3)?,
        owner: row.get(4)?,
        contact: named(row.get(5)?, row.get(6)?),
        account: named(row.get(7)?, row.get(8)?),
        call: row.get(9)?,
        done: row.get::<_, Option<i64>>(10)?.is_some(),
        result: row.get(11)?,
        text: row.get(12)?,
    })
}
