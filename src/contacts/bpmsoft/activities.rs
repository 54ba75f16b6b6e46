//! Tasks of the CRM, and the results that a call may have (bpmsoft-odata §4.5, §4.7, §6.4, §6.6).

use serde_json::{Map, Value, json};
use uuid::{Uuid, uuid};

use super::Crm;
use super::calls::call_id;
use super::constants::{CALL_CATEGORY, DONE, NOT_STARTED, TO_DO};
use super::model::Model;
use super::odata::{Expand, Query, Row, literal};
use super::tables::neighbour;
use crate::contacts::{Activity, ActivityFilter, Choice, Named};
use crate::error::{Error, Result};
use crate::text::{excerpt, tr};
use crate::time::now;

/// How long a task takes when nobody says.
const HALF_AN_HOUR: i64 = 30 * 60;

/// The most tasks that one question brings: nobody reads more at a terminal.
const MOST: usize = 500;

/// Letters are activities too, and not what anybody means here.
const LETTER: Uuid = uuid!("e2831dec-cfc0-df11-b00f-001d60e938c6");

/// Title and result are texts of 500 characters (§4.0).
const LONGEST: usize = 500;

impl Crm {
    /// Adds a task: to be done by `due`, of half an hour.
    pub async fn create_activity(&self, new: &Activity) -> Result<Activity> {
        let model = self.tables.model().await?;
        model.need("Activity")?;
        let id = Uuid::new_v4();
        let due = new.due.unwrap_or_else(|| now().as_second() + HALF_AN_HOUR);
        let lookup = |named: &Option<Named>| named.as_ref().map(|named| super::people::parsed(&named.id)).transpose();
        let wanted = [
            ("Title", Some(json!(cut(&new.title)))),
            ("StartDate", Some(json!(super::odata::moment(due - HALF_AN_HOUR)))),
            ("DueDate", Some(json!(super::odata::moment(due)))),
            ("ActivityCategoryId", Some(json!(TO_DO))),
            ("StatusId", Some(json!(NOT_STARTED))),
            ("ContactId", lookup(&new.contact)?.map(|id| json!(id))),
            ("AccountId", lookup(&new.account)?.map(|id| json!(id))),
            ("OwnerId", self.owner(new.owner.as_deref()).await?.map(|id| json!(id))),
            ("Notes", new.text.as_ref().map(|text| json!(text))),
        ];
        let values = wanted.into_iter().filter_map(|(column, value)| Some((column.to_owned(), value?)));
        let values: Map<String, Value> = values.filter(|(column, _)| model.has_column("Activity", column)).collect();
        self.tables.insert("Activity", id, values).await?;
        let made = self.task(id).await?;
        Ok(Activity { call: new.call.clone(), ..made })
    }

    /// Tasks: open ones first, by when they are due; then what is done, the newest first.
    pub async fn activities(&self, filter: &ActivityFilter) -> Result<Vec<Activity>> {
        let model = self.tables.model().await?;
        model.need("Activity")?;
        let mut conditions = Vec::new();
        if filter.open {
            conditions.push("Status/Finish eq false".to_owned());
        }
        for (path, id) in [("Contact/Id", &filter.contact), ("Account/Id", &filter.account)] {
            if let Some(id) = id {
                conditions.push(format!("{path} eq {}", super::people::parsed(id)?));
            }
        }
        if let Some(owner) = self.owner(filter.owner.as_deref()).await? {
            conditions.push(format!("Owner/Id eq {owner}"));
        }
        if let Some(entry_id) = &filter.call {
            let Some(activity) = self.activity_of_call(entry_id).await? else { return Ok(Vec::new()) };
            conditions.push(format!("Id eq {activity}"));
        }
        let order = if filter.open { "DueDate,Id" } else { "DueDate desc,Id" };
        let query = query(model).filter(conditions.join(" and ")).order(order).top(MOST);
        let rows = self.tables.rows(query).await?;
        let mut all: Vec<Activity> = rows
            .iter()
            .filter(|row| row.id("TypeId") != Some(LETTER))
            .filter_map(activity)
            .filter(|one| !(filter.open && one.done))
            .collect();
        all.sort_by_key(|one| (one.done, one.due.map(|due| if one.done { -due } else { due })));
        if let Some(entry_id) = &filter.call {
            all.iter_mut().for_each(|one| one.call = Some(entry_id.clone()));
        }
        Ok(all)
    }

    /// Marks a task as done: what came of it, in a word and in detail; a word that the CRM does not have stands before the detail.
    pub async fn finish_activity(&self, id: &str, result: Option<&str>, text: Option<&str>) -> Result<Activity> {
        let nobody = || Error::NoActivity { id: excerpt(id) };
        let parsed = Uuid::parse_str(id).map_err(|_| nobody())?;
        let model = self.tables.model().await?;
        model.need("Activity")?;
        let mut values: Map<String, Value> = [("StatusId".to_owned(), json!(DONE))].into_iter().collect();
        let known = match result {
            Some(result) => {
                self.results().await?.into_iter().find(|one| one.id == result || one.name.to_lowercase() == result.to_lowercase())
            }
            None => None,
        };
        if let Some(choice) = &known {
            values.insert("ResultId".into(), json!(choice.id));
        }
        let detail: Vec<&str> = [result.filter(|_| known.is_none()), text].into_iter().flatten().collect();
        if !detail.is_empty() {
            values.insert("DetailedResult".into(), json!(cut(&detail.join(". "))));
        }
        values.retain(|column, _| model.has_column("Activity", column));
        // Some servers make the row that a change does not find.
        self.task(parsed).await?;
        if !self.tables.change("Activity", parsed, values).await? {
            return Err(nobody());
        }
        self.task(parsed).await
    }

    /// The task with this id.
    pub async fn activity(&self, id: &str) -> Result<Activity> {
        self.task(Uuid::parse_str(id).map_err(|_| Error::NoActivity { id: excerpt(id) })?).await
    }

    /// The results that the CRM's own page offers for a call.
    pub async fn results(&self) -> Result<Vec<Choice>> {
        let model = self.tables.model().await?;
        let query = Query::of("ActivityCategoryResultEntry")
            .filter(format!("ActivityCategory/Id eq {CALL_CATEGORY}"))
            .select("Id,ActivityResultId")
            .expand(vec![Expand::of("ActivityResult", "Id,Name")])
            .order("Id")
            .top(MOST);
        let choices: Vec<Choice> = match model.has("ActivityCategoryResultEntry") {
            true => self.tables.rows(query).await?.iter().filter_map(|row| choice(&row.neighbour("ActivityResult")?)).collect(),
            false => Vec::new(),
        };
        let mut choices = match choices.is_empty() && model.has("ActivityResult") {
            true => {
                let all = Query::of("ActivityResult").select("Id,Name").order("Name,Id").top(MOST);
                self.tables.rows(all).await?.iter().filter_map(choice).collect()
            }
            false => choices,
        };
        choices.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(choices)
    }

    async fn task(&self, id: Uuid) -> Result<Activity> {
        let row = self.tables.row(&query(self.tables.model().await?), id).await?;
        row.as_ref().and_then(activity).ok_or_else(|| Error::NoActivity { id: id.to_string() })
    }

    async fn activity_of_call(&self, entry_id: &str) -> Result<Option<Uuid>> {
        let call = self.tables.row(&Query::of("Call").select("Id,ActivityId"), call_id(entry_id)).await?;
        Ok(call.and_then(|call| call.id("ActivityId")))
    }

    /// Who is to do it: an id, a name, or `me`. Persons are contacts in the CRM, its users too.
    async fn owner(&self, owner: Option<&str>) -> Result<Option<Uuid>> {
        let Some(owner) = owner else { return Ok(None) };
        if let Ok(id) = Uuid::parse_str(owner) {
            return Ok(Some(id));
        }
        if owner == "me" || owner == self.tables.session().user() {
            let me = self.tables.me().await?;
            return me.map(Some).ok_or_else(|| Error::CrmLacks { what: "SysAdminUnit".into() });
        }
        let named = Query::of("Contact").filter(format!("Name eq {}", literal(owner))).select("Id,Name").order("Id").top(2);
        match self.tables.rows(named).await?.as_slice() {
            [one] => Ok(one.id("Id")),
            [] => Err(Error::NoContact { who: excerpt(owner) }),
            _ => Err(Error::Usage(tr(
                format!("«{}» — подходят несколько; укажите id", excerpt(owner)),
                format!("'{}' matches several; give the id", excerpt(owner)),
            ))),
        }
    }
}

fn query(model: &Model) -> Query {
    let columns =
        ["Id", "Title", "DueDate", "TypeId", "StatusId", "OwnerId", "ContactId", "AccountId", "ResultId", "DetailedResult", "Notes"];
    let named = |navigation, table| neighbour_named(model, navigation, table);
    let neighbours = [
        named("Owner", "Contact"),
        named("Contact", "Contact"),
        named("Account", "Account"),
        named("Result", "ActivityResult"),
        status(model),
    ];
    Query::of("Activity").select(model.select("Activity", &columns)).expand(neighbours.into_iter().flatten().collect())
}

fn neighbour_named(model: &Model, navigation: &str, table: &str) -> Option<Expand> {
    neighbour(model, "Activity", navigation, table, &["Id", "Name"])
}

fn status(model: &Model) -> Option<Expand> {
    neighbour(model, "Activity", "Status", "ActivityStatus", &["Id", "Name", "Finish"])
}

fn activity(row: &Row) -> Option<Activity> {
    let named = |navigation: &str| {
        let row = row.neighbour(navigation)?;
        Some(Named { id: row.id("Id")?.to_string(), name: row.text("Name").unwrap_or_default() })
    };
    let status = row.neighbour("Status");
    let (result, detail) = (row.neighbour("Result").and_then(|result| result.text("Name")), row.text("DetailedResult"));
    Some(Activity {
        id: row.id("Id")?.to_string(),
        title: row.text("Title").unwrap_or_default(),
        due: row.at("DueDate"),
        owner: named("Owner").map(|owner| owner.name),
        contact: named("Contact"),
        account: named("Account"),
        call: None,
        done: status.map_or(row.id("StatusId") == Some(DONE), |status| status.flag("Finish")),
        text: detail.clone().filter(|_| result.is_some()).or_else(|| row.text("Notes")),
        result: result.or(detail),
    })
}

fn choice(row: &Row) -> Option<Choice> {
    Some(Choice { id: row.id("Id")?.to_string(), name: row.text("Name")? })
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
