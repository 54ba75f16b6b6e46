//! A finished call as a row of the CRM's `Call` table (bpmsoft-odata §4.5, §5.3, §6.1): one row for one entry, whoever writes it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Crm;
use super::constants::FILE;
pub use super::constants::{INCOMING, OUTGOING};
use super::odata::{Query, Row, literal, moment};
use super::tables::Inserted;
use crate::contacts::{Objects, Owner};
use crate::error::Result;

/// How far two clocks may be apart when another connector's row is looked for.
const ABOUT_THEN: i64 = 120;

/// What is to stand in the row.
#[derive(Clone, Debug, Default)]
pub struct CallRow {
    /// The PBX's id
    pub entry_id: String,
    /// Parties, direction and times: what the PBX told
    pub told: Map<String, Value>,
    /// Whose number it is, found out when the row is made; the CRM's people may correct it there
    pub identified: Map<String, Value>,
    /// Result, notes and links: what a person wrote here
    pub written: Map<String, Value>,
}

/// What was sent of a call, kept so that later only what has changed is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The row in the CRM
    pub id: Uuid,
    /// What we wrote into it
    pub values: Map<String, Value>,
    /// Which of that a person wrote here, and may take back here
    #[serde(default)]
    pub written: Vec<String>,
}

/// The id of a call's row: the same on every machine, so that two of them cannot make two rows.
pub fn call_id(entry_id: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, integration_id(entry_id).as_bytes())
}

/// `IntegrationId` of a call.
pub fn integration_id(entry_id: &str) -> String {
    format!("mango:{entry_id}")
}

/// Identification as the panel saves it: one person with his company, one company; of several, none (§5.3).
pub fn identification(owners: &[Owner]) -> Map<String, Value> {
    let saved = match owners {
        [Owner::Contact(contact)] => vec![("ContactId", Some(contact.id.clone())), ("AccountId", contact.account.clone())],
        [Owner::Account(account)] => vec![("AccountId", Some(account.id.clone()))],
        _ => Vec::new(),
    };
    saved.into_iter().filter_map(|(column, id)| Some((column.to_owned(), json!(id?)))).collect()
}

impl CallRow {
    /// The row whole, as it is inserted.
    fn whole(&self) -> Map<String, Value> {
        let mut whole: Map<String, Value> = [("IntegrationId".to_owned(), json!(integration_id(&self.entry_id)))].into_iter().collect();
        whole.extend(self.told.clone());
        // What a person linked goes before what was found out.
        whole.extend(self.identified.clone());
        whole.extend(self.written.clone());
        whole
    }

    /// What has changed since it was sent: what the PBX told later, and what a person wrote or took back.
    fn since(&self, sent: &Sent) -> Map<String, Value> {
        let ours = self.told.iter().chain(&self.written);
        let changed = ours.filter(|(column, value)| sent.values.get(*column).unwrap_or(&Value::Null) != *value);
        let taken_back = sent.written.iter().filter(|column| !self.written.contains_key(*column));
        let taken_back = taken_back.map(|column| (column.clone(), if column.ends_with("Id") { Value::Null } else { json!("") }));
        changed.map(|(column, value)| (column.clone(), value.clone())).chain(taken_back).collect()
    }

    fn columns_written(&self) -> Vec<String> {
        self.written.keys().cloned().collect()
    }

    /// What of ours goes into a row that somebody else has made: what it lacks, and what a person wrote here.
    fn beside(&self, row: &Row) -> Map<String, Value> {
        let lacks = |column: &str| match row.0.get(column) {
            Some(Value::String(_)) if column.ends_with("Date") => row.at(column).is_none(),
            Some(Value::String(_)) => row.text(column).is_none() || row.text(column).as_deref() == Some(&Uuid::nil().to_string()),
            Some(value) => value.is_null() || row.int(column) == Some(0),
            None => false,
        };
        let mut all = self.whole();
        all.retain(|column, _| self.written.contains_key(column) || lacks(column));
        all
    }
}

impl Crm {
    /// Writes a call, or what has changed of it. A lost answer, a 500 after the insertion, another machine: it stays one row.
    pub async fn put_call(&self, mut row: CallRow, sent: Option<&Sent>, only_if_absent: bool) -> Result<Sent> {
        let model = self.tables.model().await?;
        model.need("Call")?;
        for part in [&mut row.told, &mut row.identified, &mut row.written] {
            part.retain(|column, _| model.has_column("Call", column));
        }
        if let Some(sent) = sent {
            let changed = row.since(sent);
            // A row that people have removed from the CRM is not brought back.
            self.tables.change("Call", sent.id, changed.clone()).await?;
            let mut values = sent.values.clone();
            values.extend(changed);
            return Ok(Sent { id: sent.id, values, written: row.columns_written() });
        }
        if only_if_absent && let Some(id) = self.of_another_connector(&row).await? {
            self.tables.change("Call", id, row.written.clone()).await?;
            return Ok(Sent { id, values: row.whole(), written: row.columns_written() });
        }
        let id = call_id(&row.entry_id);
        let whole = row.whole();
        if let Inserted::WasThere = self.tables.insert("Call", id, whole.clone()).await? {
            let select = whole.keys().cloned().collect::<Vec<_>>().join(",");
            let there = self.tables.row(&Query::of("Call").select(select), id).await?.unwrap_or_default();
            self.tables.change("Call", id, row.beside(&there)).await?;
        }
        Ok(Sent { id, values: whole, written: row.columns_written() })
    }

    /// The row of a call as the CRM has it.
    pub async fn call(&self, entry_id: &str) -> Result<Option<Map<String, Value>>> {
        self.tables.model().await?.need("Call")?;
        let row = self.tables.row(&Query::of("Call"), call_id(entry_id)).await?;
        Ok(row.map(|row| row.0))
    }

    /// The row that another connector has made of the same call: same parties at about the same time (§8).
    async fn of_another_connector(&self, row: &CallRow) -> Result<Option<Uuid>> {
        let text = |column: &str| row.told.get(column).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Ok(start) = text("StartDate").parse::<jiff::Timestamp>() else { return Ok(None) };
        let (from, until) = (moment(start.as_second() - ABOUT_THEN), moment(start.as_second() + ABOUT_THEN));
        let filter = format!(
            "CallerId eq {} and CalledId eq {} and StartDate ge {from} and StartDate le {until}",
            literal(&text("CallerId")),
            literal(&text("CalledId"))
        );
        let query = Query::of("Call").filter(filter).select("Id,IntegrationId").order("StartDate,Id").top(2);
        let own = integration_id(&row.entry_id);
        let found = self.tables.rows(query).await?;
        Ok(found.iter().filter(|found| found.text("IntegrationId") != Some(own.clone())).find_map(|found| found.id("Id")))
    }

    /// Attaches a file to a call; done twice, it is one file.
    pub async fn put_file(&self, call: Uuid, name: &str, bytes: Vec<u8>) -> Result<Uuid> {
        let model = self.tables.model().await?;
        model.need("CallFile")?;
        let id = Uuid::new_v5(&call, name.as_bytes());
        let size = bytes.len();
        let values = [("Name", json!(name)), ("CallId", json!(call)), ("TypeId", json!(FILE)), ("Size", json!(size))];
        let values = values.into_iter().filter(|(column, _)| model.has_column("CallFile", column));
        self.tables.insert("CallFile", id, values.map(|(column, value)| (column.to_owned(), value)).collect()).await?;
        self.tables.upload("CallFile", id, bytes).await?;
        Ok(id)
    }

    /// The column of a call that leads to a row of this table or has this name: `Lead`, `Opportunity`, …
    pub async fn call_column(&self, object: &str) -> Result<Option<String>> {
        let model = self.tables.model().await?;
        let link = model.call_links().find(|(link, table)| link.eq_ignore_ascii_case(object) || table.eq_ignore_ascii_case(object));
        Ok(link.map(|(link, _)| format!("{link}Id")).filter(|column| model.has_column("Call", column)))
    }

    /// What a call can be linked to in this installation, apart from people and tasks.
    pub async fn objects(&self) -> Result<Objects> {
        let usual = ["Contact", "Account", "Activity", "Result", "Direction", "CreatedBy", "ModifiedBy"];
        let model = self.tables.model().await?;
        let links = model.call_links().map(|(link, _)| link.to_owned()).filter(|link| !usual.contains(&link.as_str()));
        Ok(Objects::These(links.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::{Account, Contact};

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn row() -> CallRow {
        CallRow {
            entry_id: "MToxMDA6MQ==".into(),
            told: map(json!({"TalkTime": 60, "EndDate": "2026-03-02T07:17:05Z"})),
            identified: map(json!({"ContactId": "a", "AccountId": "b"})),
            written: map(json!({"Notes": "во вторник"})),
        }
    }

    #[test]
    fn every_machine_gives_a_call_the_same_id_and_every_call_its_own() {
        assert_eq!(call_id("MToxMDA6MQ=="), call_id("MToxMDA6MQ=="));
        assert_ne!(call_id("MToxMDA6MQ=="), call_id("MToxMDA6Mg=="));
        assert_eq!(integration_id("MToxMDA6MQ=="), "mango:MToxMDA6MQ==");
    }

    #[test]
    fn only_one_owner_is_saved_and_a_person_with_his_company() {
        let person =
            |account: Option<&str>| Owner::Contact(Contact { id: "p".into(), account: account.map(str::to_owned), ..Contact::default() });
        let company = Owner::Account(Account { id: "c".into(), ..Account::default() });
        assert_eq!(identification(&[person(Some("c"))]), map(json!({"ContactId": "p", "AccountId": "c"})));
        assert_eq!(identification(&[person(None)]), map(json!({"ContactId": "p"})));
        assert_eq!(identification(std::slice::from_ref(&company)), map(json!({"AccountId": "c"})));
        assert!(identification(&[person(None), company]).is_empty() && identification(&[]).is_empty());
    }

    #[test]
    fn later_only_what_changed_here_is_sent() {
        let sent = Sent { id: Uuid::nil(), values: row().whole(), written: row().columns_written() };
        assert!(row().since(&sent).is_empty());
        let mut later = row();
        later.told.insert("TalkTime".into(), json!(61));
        later.written = map(json!({"ContactId": "y"}));
        later.identified.insert("ContactId".into(), json!("z"));
        assert_eq!(later.since(&sent), map(json!({"TalkTime": 61, "ContactId": "y", "Notes": ""})));
    }

    #[test]
    fn another_machines_row_is_completed_and_not_written_over() {
        let there = json!({"TalkTime": 59, "EndDate": "0001-01-01T00:00:00Z", "ContactId": "x", "AccountId": Uuid::nil(), "Notes": "их слова",
            "IntegrationId": "mango:MToxMDA6MQ=="});
        let there: Row = serde_json::from_value(there).unwrap();
        assert_eq!(row().beside(&there), map(json!({"EndDate": "2026-03-02T07:17:05Z", "AccountId": "b", "Notes": "во вторник"})));
    }
}
