//! The two sorts of owners as the CRM keeps them: tables, columns, and how a row becomes a person or a company.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::constants::{
    ADDITIONAL_PHONE, EMAIL, FAX, HOME_PHONE, MAIN_PHONE, MOBILE_PHONE, OTHER_PHONE, WORK_PHONE, column_of, kind_of, type_of,
};
use super::model::Model;
use super::odata::{Expand, Query, Row};
use super::tables::neighbour;
use crate::contacts::{Account, Contact, Number, Owner, Sort};
use crate::phone::{Dial, same_party};

/// Where one sort of owners is kept.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Which
    pub sort: Sort,
    /// Its table; the lookup of the same name leads there
    pub set: &'static str,
    /// The table of its numbers and addresses
    pub rows: &'static str,
    /// The navigation to them
    pub collection: &'static str,
    columns: &'static [&'static str],
    /// Columns that the CRM keeps equal to a number of a type
    phones: &'static [(&'static str, Uuid)],
}

/// Persons.
pub const PERSONS: Side = Side {
    sort: Sort::Contact,
    set: "Contact",
    rows: "ContactCommunication",
    collection: "ContactCommunicationCollectionByContact",
    columns: &["Id", "Name", "AccountId", "JobTitle", "TypeId", "Email", "Notes", "Phone", "MobilePhone", "HomePhone"],
    phones: &[("MobilePhone", MOBILE_PHONE), ("Phone", WORK_PHONE), ("HomePhone", HOME_PHONE)],
};

/// Companies.
pub const COMPANIES: Side = Side {
    sort: Sort::Account,
    set: "Account",
    rows: "AccountCommunication",
    collection: "AccountCommunicationCollectionByAccount",
    columns: &["Id", "Name", "Web", "Notes", "Phone", "AdditionalPhone", "Fax"],
    phones: &[("Phone", MAIN_PHONE), ("AdditionalPhone", ADDITIONAL_PHONE), ("Fax", FAX)],
};

/// A number or an address of somebody as it stands in the CRM.
#[derive(Clone, Debug, PartialEq)]
pub struct Communication {
    /// Its row; none when it stands in a column of the owner alone, as rows made by SQL do
    pub id: Option<Uuid>,
    /// Of which type
    pub kind: Uuid,
    /// As it was typed
    pub number: String,
}

impl Side {
    /// Of this sort.
    pub fn of(sort: Sort) -> Side {
        match sort {
            Sort::Contact => PERSONS,
            Sort::Account => COMPANIES,
        }
    }

    /// Its lookup in other tables: `ContactId`.
    pub fn column(&self) -> String {
        format!("{}Id", self.set)
    }

    /// Its columns that this installation has.
    pub fn select(&self, model: &Model) -> String {
        model.select(self.set, self.columns)
    }

    /// What comes along with an owner: company, job, all numbers.
    pub fn neighbours(&self, model: &Model) -> Vec<Expand> {
        let person = self.sort == Sort::Contact;
        let company = person.then(|| neighbour(model, "Contact", "Account", "Account", &["Id", "Name"])).flatten();
        let job = person.then(|| model.has_link("Contact", "Job").then(|| Expand::of("Job", "Id,Name"))).flatten();
        let numbers = model.has_collection(self.set, self.collection);
        let numbers = numbers.then(|| Expand::of(self.collection, "Id,Number,CommunicationTypeId"));
        [company, job, numbers].into_iter().flatten().collect()
    }

    /// Owners with all that is shown of them.
    pub fn query(&self, model: &Model) -> Query {
        Query::of(self.set).select(self.select(model)).expand(self.neighbours(model))
    }

    /// A row as a person or a company; none when it has no id.
    pub fn owner(&self, row: &Row, communications: &[Communication], phones: &[Uuid]) -> Option<Owner> {
        let id = row.id("Id")?.to_string();
        let name = row.text("Name").unwrap_or_default();
        let numbers = numbers(communications, phones);
        let email = communications.iter().find(|one| one.kind == EMAIL).map(|one| one.number.clone());
        let notes = row.text("Notes");
        Some(match self.sort {
            Sort::Contact => Owner::Contact(Contact {
                id,
                name,
                company: row.neighbour("Account").and_then(|account| account.text("Name")),
                account: row.id("AccountId").map(|id| id.to_string()),
                job: row.text("JobTitle").or_else(|| row.neighbour("Job")?.text("Name")),
                email,
                notes,
                numbers,
            }),
            Sort::Account => Owner::Account(Account { id, name, email, web: row.text("Web"), notes, numbers }),
        })
    }

    /// Numbers and addresses of an owner: its rows, and what only a column holds.
    pub fn communications(&self, owner: &Row, rows: &[Row]) -> Vec<Communication> {
        let mut all: Vec<Communication> = rows.iter().filter_map(communication).collect();
        let columns = self.phones.iter().copied().chain([("Email", EMAIL)]);
        for (column, kind) in columns {
            let Some(number) = owner.text(column) else { continue };
            let known = |one: &Communication| one.kind == kind && (one.number == number || same_party(&one.number, &number));
            match all.iter().position(known) {
                // What stands in the column is the first of its type.
                Some(first) => {
                    let first = all.remove(first);
                    let place = all.iter().position(|one| one.kind == kind).unwrap_or(all.len());
                    all.insert(place, first);
                }
                None => all.push(Communication { id: None, kind, number }),
            }
        }
        all
    }

    /// Adds the numbers of these rows, unless they are known.
    pub fn add_numbers(&self, owner: &mut Owner, rows: &[Row], phones: &[Uuid]) {
        for number in numbers(&self.communications(&Row::default(), rows), phones) {
            if !owner.numbers().iter().any(|known| same_party(&known.number, &number.number)) {
                owner.numbers_mut().push(number);
            }
        }
    }

    /// The row for a new number.
    pub fn row_of(&self, owner: Uuid, kind: Uuid, number: &str) -> Map<String, Value> {
        let values = [(self.column(), json!(owner)), ("CommunicationTypeId".into(), json!(kind)), ("Number".into(), json!(number))];
        values.into_iter().collect()
    }

    /// The type for a number that is added to what somebody has: of its kind when that is free. A second one of a kind would push the
    /// first out of the owner's own column (§4.9), so it becomes an "other" phone.
    pub fn type_beside(&self, number: &Number, known: &[Communication]) -> Uuid {
        let wanted = type_of(number.kind, self.sort == Sort::Account);
        match column_of(wanted).is_some() && known.iter().any(|one| one.kind == wanted) {
            true => OTHER_PHONE,
            false => wanted,
        }
    }
}

fn communication(row: &Row) -> Option<Communication> {
    Some(Communication { id: Some(row.id("Id")?), kind: row.id("CommunicationTypeId")?, number: row.text("Number")? })
}

/// Telephones and faxes among somebody's communications, each once.
fn numbers(communications: &[Communication], phones: &[Uuid]) -> Vec<Number> {
    let mut numbers: Vec<Number> = Vec::new();
    for one in communications.iter().filter(|one| one.kind == FAX || phones.contains(&one.kind)) {
        let Some(number) = dialled(&one.number) else { continue };
        let number = Number { kind: kind_of(one.kind), number };
        if !numbers.iter().any(|known| same_party(&known.number, &number.number)) {
            numbers.push(number);
        }
    }
    numbers
}

/// A number as it is dialled. People type anything: what is no number at all is left out, an odd one keeps its digits.
pub fn dialled(text: &str) -> Option<String> {
    let digits = || Some(text.chars().filter(char::is_ascii_digit).collect::<String>()).filter(|digits| !digits.is_empty());
    Dial::parse(text).ok().map(|dial| dial.wire().to_owned()).or_else(digits)
}

/// A number as it is written into the CRM: one form for all, since `+7900…` and `7900…` are two different numbers there (§4.9).
pub fn written(number: &str) -> String {
    match number.len() > 5 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("+{number}"),
        false => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::constants::{EXTENSION, PHONES};
    use super::*;
    use crate::contacts::Kind;

    fn of(row: Value) -> Row {
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_row_becomes_a_person_with_the_number_of_the_column_first() {
        let id = Uuid::from_u128(7);
        let row = |n: u128, kind: Uuid, number: &str| of(json!({"Id": Uuid::from_u128(n), "CommunicationTypeId": kind, "Number": number}));
        let rows = [
            row(1, MOBILE_PHONE, "8 900 000-00-01"),
            row(2, EMAIL, "anna@example.test"),
            row(3, MOBILE_PHONE, "+7 (900) 000-00-02"),
            row(4, EXTENSION, "1024"),
            row(5, OTHER_PHONE, "спросить Веру"),
        ];
        let person = of(json!({"Id": id, "Name": "Смирнова Анна", "MobilePhone": "+7 900 000-00-02", "HomePhone": "+7 495 000-00-09",
            "Email": "anna@example.test", "Account": {"Id": Uuid::from_u128(8), "Name": "ООО «Луч»"}, "AccountId": Uuid::from_u128(8)}));
        let known = PERSONS.communications(&person, &rows);
        let Some(Owner::Contact(contact)) = PERSONS.owner(&person, &known, &PHONES) else { panic!() };
        let number = |kind, number: &str| Number { kind, number: number.into() };
        assert_eq!(
            contact.numbers,
            [
                number(Kind::Mobile, "79000000002"),
                number(Kind::Mobile, "79000000001"),
                number(Kind::Extension, "1024"),
                number(Kind::Home, "74950000009"),
            ]
        );
        assert_eq!((contact.company.as_deref(), contact.email.as_deref()), (Some("ООО «Луч»"), Some("anna@example.test")));
    }

    #[test]
    fn a_second_number_of_a_kind_does_not_push_the_first_out_of_its_column() {
        let number = Number { kind: Kind::Mobile, number: "79000000003".into() };
        assert_eq!(PERSONS.type_beside(&number, &[]), MOBILE_PHONE);
        let known = [Communication { id: None, kind: MOBILE_PHONE, number: "1".into() }];
        assert_eq!(PERSONS.type_beside(&number, &known), OTHER_PHONE);
        assert_eq!((written("79000000003"), written("1024"), written("sip:a@b")), ("+79000000003".into(), "1024".into(), "sip:a@b".into()));
    }
}
