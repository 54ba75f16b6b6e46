//! People and companies of the CRM: found, recognised, made and changed.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Crm;
use super::constants::{EMAIL, EMPLOYEE, EXTENSION, column_of, type_of};
use super::odata::{Expand, MOST_TERMS, Query, Row, any_of, literal};
use super::sides::{COMPANIES, Communication, PERSONS, Side, written};
use crate::contacts::fold::{fold, words};
use crate::contacts::{Contact, Number, Owner, Sort};
use crate::error::{Candidate, Error, Result};
use crate::phone::{recognised_by, same_party};
use crate::text::excerpt;
use crate::time::now;

/// How long an answer about a number is believed, seconds.
const A_DAY: i64 = 24 * 60 * 60;

/// Rows that the panel looks at when it recognises a number (§5.3).
const ROWS_OF_A_NUMBER: usize = 20;

/// Digits up to which a number is an employee's own (§5.2).
const SHORT: usize = 4;

/// Ways of writing the words of a search that one filter may ask for: each costs the server some eleven of its hundred nodes.
const MOST_SPELLINGS: usize = 8;

impl Crm {
    /// Persons and companies with all the words in name or company, also those without a number, whom the CRM's own panel does not find.
    pub async fn find(&self, fragment: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        let folded = fold(fragment);
        let mut found = Vec::new();
        for side in Sort::among(among).iter().map(|sort| Side::of(*sort)) {
            let fits = |owner: &Owner| is_meant(owner, &folded);
            found.extend(self.named(side, fragment, limit).await?.into_iter().filter(fits));
        }
        found.sort_by_cached_key(|owner| rank(owner, &folded));
        found.truncate(limit);
        self.people.remember(&found)?;
        Ok(found)
    }

    async fn named(&self, side: Side, fragment: &str, limit: usize) -> Result<Vec<Owner>> {
        let model = self.tables.model().await?;
        let query = |paths: &[&str]| side.query(model).filter(filter_of(fragment, paths)).order("Name,Id").top(limit.max(1));
        let rows = match side.sort {
            Sort::Contact => self.tables.rows(query(&["Name", "Account/Name"])).await,
            Sort::Account => self.tables.rows(query(&["Name"])).await,
        };
        let rows = match rows {
            // Not every version looks into a neighbour's columns (§8).
            Err(Error::CrmRefused { .. }) if side.sort == Sort::Contact => self.tables.rows(query(&["Name"])).await,
            rows => rows,
        };
        self.owners_of(side, rows?).await
    }

    /// Everybody who has the number, as the CRM's panel recognises them: two requests (§5.3).
    pub async fn owners(&self, number: &str) -> Result<Vec<Owner>> {
        let found = self.having(&[number.to_owned()]).await?;
        Ok(found.into_iter().flat_map(|(_, owners)| owners).collect())
    }

    /// Lets the file know whose numbers these are: those that were not asked for lately, fifteen with two requests.
    pub async fn recognise(&self, numbers: &[String]) -> Result<()> {
        let unknown = self.people.not_asked_since(numbers, now().as_second() - A_DAY)?;
        for some in unknown.chunks(MOST_TERMS) {
            self.having(some).await?;
        }
        Ok(())
    }

    /// The owners of each of the numbers, which are remembered.
    async fn having(&self, numbers: &[String]) -> Result<Vec<(String, Vec<Owner>)>> {
        let is_number = |key: &String| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        let keys: Vec<String> = numbers.iter().map(|number| recognised_by(number)).filter(is_number).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let (persons, companies) = tokio::join!(self.rows_having(PERSONS, &keys), self.rows_having(COMPANIES, &keys));
        let (persons, companies) = (persons?, companies?);
        let mut found = Vec::new();
        for key in keys {
            let mut owners = self.owning(PERSONS, &persons, &key).await?;
            owners.extend(self.owning(COMPANIES, &companies, &key).await?);
            self.people.remember_owners(&key, &owners)?;
            found.push((key, owners));
        }
        Ok(found)
    }

    /// Telephone numbers that end like one of the keys, with their owners.
    async fn rows_having(&self, side: Side, keys: &[String]) -> Result<Vec<Row>> {
        let model = self.tables.model().await?;
        if !model.has_column(side.rows, "SearchNumber") {
            return Err(Error::CrmLacks { what: format!("{}.SearchNumber", side.rows) });
        }
        let term = |key: &String| match key.len() <= SHORT {
            true => format!("SearchNumber eq {}", literal(&reversed(key))),
            false => format!("startswith(SearchNumber,{})", literal(&reversed(key))),
        };
        let filter = keys.iter().map(term).collect::<Vec<_>>().join(" or ");
        let owner = Expand::of(side.set, &side.select(model)).with(side.neighbours(model));
        let select = format!("Id,Number,SearchNumber,{},CommunicationTypeId", side.column());
        let query = Query::of(side.rows).filter(filter).select(select).expand(vec![owner]).order("Id");
        let phones = self.tables.phones().await?;
        let mut rows = self.tables.rows(query.top(ROWS_OF_A_NUMBER * keys.len())).await?;
        rows.retain(|row| row.id("CommunicationTypeId").is_some_and(|kind| phones.contains(&kind)));
        Ok(rows)
    }

    /// Those of the owners who have the number. A short one is recognised when it is an employee's.
    async fn owning(&self, side: Side, rows: &[Row], key: &str) -> Result<Vec<Owner>> {
        let (wanted, short) = (reversed(key), key.len() <= SHORT);
        let is_it = |row: &&Row| {
            let number = row.text("SearchNumber").unwrap_or_default();
            if short { number == wanted } else { number.starts_with(&wanted) }
        };
        let mut owners: Vec<Row> = Vec::new();
        let mut matched: HashMap<Uuid, Vec<Row>> = HashMap::new();
        for row in rows.iter().filter(is_it) {
            let Some((owner, id)) = row.neighbour(side.set).zip(row.id(&side.column())) else { continue };
            if short && side.sort == Sort::Contact && owner.id("TypeId") != Some(EMPLOYEE) {
                continue;
            }
            if !matched.contains_key(&id) {
                owners.push(owner);
            }
            matched.entry(id).or_default().push(row.clone());
        }
        let mut found = self.owners_of(side, owners).await?;
        // Where the rest of somebody's numbers did not come along, the one that was asked for is still his.
        let phones = self.tables.phones().await?;
        for owner in &mut found {
            let rows = Uuid::parse_str(owner.id()).ok().and_then(|id| matched.remove(&id)).unwrap_or_default();
            side.add_numbers(owner, &rows, phones);
        }
        found.sort_by_cached_key(|owner| (fold(owner.name()), owner.id().to_owned()));
        Ok(found)
    }

    /// The person or company with this id.
    pub async fn get(&self, sort: Sort, id: &str) -> Result<Owner> {
        let side = Side::of(sort);
        let (row, _) = self.whole(side, id).await?;
        let owner = self.owners_of(side, vec![row]).await?.into_iter().next().ok_or_else(|| nobody(id))?;
        self.people.remember(std::slice::from_ref(&owner))?;
        Ok(owner)
    }

    /// Everybody of one sort by name, a page at a time.
    pub async fn all(&self, sort: Sort, each: &mut dyn FnMut(Owner) -> Result<bool>) -> Result<()> {
        let side = Side::of(sort);
        let query = side.query(self.tables.model().await?).order("Name,Id");
        let mut page = async |rows: Vec<Row>| -> Result<bool> {
            for owner in self.owners_of(side, rows).await? {
                if !each(owner)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        self.tables.each_page(query, &mut page).await
    }

    /// Adds somebody under an id of our own, so that a lost answer makes no second one.
    pub async fn create(&self, new: &Owner) -> Result<Owner> {
        let side = Side::of(new.sort());
        let id = Uuid::new_v4();
        let mut values = self.values(side, new).await?;
        let single = |number: &&Number| new.numbers().iter().filter(|other| other.kind == number.kind).count() == 1;
        let model = self.tables.model().await?;
        let mut rest: Vec<(Uuid, String)> = Vec::new();
        // A column or a row, never both: each makes the other (§4.9). Of several of a kind the last row made is the first, so backwards.
        for number in new.numbers().iter().rev() {
            let kind = type_of(number.kind, side.sort == Sort::Account);
            let column =
                column_of(kind).filter(|column| single(&number) && model.has_column(side.set, column) && !values.contains_key(*column));
            match column {
                Some(column) => drop(values.insert(column.into(), json!(written(&number.number)))),
                None => rest.push((kind, written(&number.number))),
            }
        }
        match (email(new), model.has_column(side.set, "Email")) {
            (Some(email), true) => drop(values.insert("Email".into(), json!(email))),
            (Some(email), false) => rest.push((EMAIL, email.to_owned())),
            (None, _) => {}
        }
        self.tables.insert(side.set, id, values).await?;
        for (kind, number) in rest {
            let row = self.tables.insert(side.rows, Uuid::new_v4(), side.row_of(id, kind, &number)).await;
            if let Err(error) = row {
                // Half a person would be another one beside the whole that is entered next.
                if let Err(left) = self.tables.delete(side.set, id).await {
                    tracing::warn!("{} {id}: {}", side.set, left.message());
                }
                return Err(error);
            }
        }
        self.get(new.sort(), &id.to_string()).await
    }

    /// Writes somebody over as a whole. Only what differs is sent; a number corrected keeps its row.
    pub async fn change(&self, whole: &Owner) -> Result<Owner> {
        let side = Side::of(whole.sort());
        let (row, known) = self.whole(side, whole.id()).await?;
        let id = row.id("Id").ok_or_else(|| nobody(whole.id()))?;
        let mut values = self.values(side, whole).await?;
        values.retain(|column, value| is_different(&row, column, value));
        self.tables.change(side.set, id, values).await?;
        self.change_numbers(side, id, whole.numbers(), &known).await?;
        self.change_email(side, id, email(whole), &known).await?;
        self.get(whole.sort(), whole.id()).await
    }

    async fn change_numbers(&self, side: Side, id: Uuid, wanted: &[Number], known: &[Communication]) -> Result<()> {
        let phones = self.tables.phones().await?;
        let is_number = |one: &&Communication| one.kind == super::constants::FAX || phones.contains(&one.kind);
        let is_wanted = |one: &&Communication| wanted.iter().any(|number| is_same(one, number));
        let mut gone: Vec<&Communication> = known.iter().filter(is_number).filter(|one| !is_wanted(one)).collect();
        let new = wanted.iter().filter(|number| !known.iter().any(|one| is_same(one, number)));
        for number in new {
            let kind = type_of(number.kind, side.sort == Sort::Account);
            match gone.iter().position(|one| one.kind == kind).map(|place| gone.remove(place)) {
                Some(Communication { id: Some(row), .. }) => self.renumber(side, *row, &number.number).await?,
                Some(Communication { id: None, kind, .. }) => self.set_column(side, id, *kind, &written(&number.number)).await?,
                None => {
                    let kind = side.type_beside(number, known);
                    self.tables.insert(side.rows, Uuid::new_v4(), side.row_of(id, kind, &written(&number.number))).await.map(drop)?;
                }
            }
        }
        for one in gone {
            match one.id {
                Some(row) => self.tables.delete(side.rows, row).await.map(drop)?,
                None => self.set_column(side, id, one.kind, "").await?,
            }
        }
        Ok(())
    }

    async fn change_email(&self, side: Side, id: Uuid, wanted: Option<&str>, known: &[Communication]) -> Result<()> {
        let old = known.iter().find(|one| one.kind == EMAIL);
        match (old, wanted) {
            (Some(old), Some(wanted)) if old.number == wanted => Ok(()),
            (Some(Communication { id: Some(row), .. }), Some(wanted)) => self.renumber(side, *row, wanted).await,
            (Some(Communication { id: Some(row), .. }), None) => self.tables.delete(side.rows, *row).await.map(drop),
            (Some(Communication { id: None, .. }), _) => self.set_column(side, id, EMAIL, wanted.unwrap_or_default()).await,
            (None, Some(wanted)) => {
                let row = side.row_of(id, EMAIL, wanted);
                self.tables.insert(side.rows, Uuid::new_v4(), row).await.map(drop)
            }
            (None, None) => Ok(()),
        }
    }

    async fn renumber(&self, side: Side, row: Uuid, number: &str) -> Result<()> {
        let values = [("Number".to_owned(), json!(written(number)))].into_iter().collect();
        self.tables.change(side.rows, row, values).await.map(drop)
    }

    async fn set_column(&self, side: Side, id: Uuid, kind: Uuid, number: &str) -> Result<()> {
        let Some(column) = column_of(kind) else { return Ok(()) };
        let values = [(column.to_owned(), json!(number))].into_iter().collect();
        self.tables.change(side.set, id, values).await.map(drop)
    }

    /// Removes somebody.
    pub async fn delete(&self, sort: Sort, id: &str) -> Result<()> {
        let parsed = parsed(id)?;
        let was_there = self.tables.delete(Side::of(sort).set, parsed).await?;
        match self.people.delete(sort, &parsed.to_string()) {
            Err(Error::NoContact { .. }) if was_there => Ok(()),
            // Whoever is gone from the CRM and was known here was removed by somebody else, or by a request whose answer was lost.
            other => other,
        }
    }

    /// Adds a number, unless somebody has it already in whichever punctuation (§6.3).
    pub async fn add_number(&self, owner: &Owner, number: &Number) -> Result<bool> {
        let side = Side::of(owner.sort());
        let (row, known) = self.whole(side, owner.id()).await?;
        if known.iter().any(|one| same_party(&one.number, &number.number)) {
            return Ok(false);
        }
        let id = row.id("Id").ok_or_else(|| nobody(owner.id()))?;
        let kind = side.type_beside(number, &known);
        let values = side.row_of(id, kind, &written(&number.number));
        self.tables.insert(side.rows, Uuid::new_v4(), values).await?;
        self.get(owner.sort(), owner.id()).await?;
        Ok(true)
    }

    /// Somebody's row and communications as they stand in the CRM.
    async fn whole(&self, side: Side, id: &str) -> Result<(Row, Vec<Communication>)> {
        let model = self.tables.model().await?;
        let found = self.tables.row(&side.query(model), parsed(id)?).await?;
        let mut row = found.ok_or_else(|| nobody(id))?;
        let rows = match row.neighbours(side.collection) {
            Some(rows) => rows,
            None => self.communications_of(side, &[parsed(id)?]).await?.remove(&parsed(id)?).unwrap_or_default(),
        };
        let known = side.communications(&row, &rows);
        row.0.insert(side.collection.into(), rows.into_iter().map(|row| Value::Object(row.0)).collect());
        Ok((row, known))
    }

    /// Rows as people or companies, with all their numbers, which are asked for apart where they did not come along.
    async fn owners_of(&self, side: Side, rows: Vec<Row>) -> Result<Vec<Owner>> {
        let phones = self.tables.phones().await?;
        let lacking: Vec<Uuid> =
            rows.iter().filter(|row| row.neighbours(side.collection).is_none()).filter_map(|row| row.id("Id")).collect();
        let apart = self.communications_of(side, &lacking).await?;
        let owner = |row: Row| {
            let id = row.id("Id")?;
            let own = row.neighbours(side.collection).or_else(|| apart.get(&id).cloned()).unwrap_or_default();
            side.owner(&row, &side.communications(&row, &own), phones)
        };
        Ok(rows.into_iter().filter_map(owner).collect())
    }

    async fn communications_of(&self, side: Side, owners: &[Uuid]) -> Result<HashMap<Uuid, Vec<Row>>> {
        let mut all: HashMap<Uuid, Vec<Row>> = HashMap::new();
        for some in owners.chunks(MOST_TERMS) {
            let select = format!("Id,Number,{},CommunicationTypeId", side.column());
            let query = Query::of(side.rows).filter(any_of(&format!("{}/Id", side.set), some)).select(select).order("Id");
            let mut take = async |rows: Vec<Row>| -> Result<bool> {
                rows.into_iter().for_each(|row| all.entry(row.id(&side.column()).unwrap_or_default()).or_default().push(row));
                Ok(true)
            };
            self.tables.each_page(query, &mut take).await?;
        }
        Ok(all)
    }

    /// Columns of an owner apart from numbers; those that this installation lacks are left out.
    async fn values(&self, side: Side, owner: &Owner) -> Result<Map<String, Value>> {
        let text = |text: &Option<String>| json!(text.clone().unwrap_or_default());
        let mut values: Map<String, Value> = Map::new();
        values.insert("Name".into(), json!(owner.name()));
        match owner {
            Owner::Contact(contact) => {
                values.insert("JobTitle".into(), text(&contact.job));
                values.insert("Notes".into(), text(&contact.notes));
                values.insert("AccountId".into(), self.company(contact).await?.map_or(Value::Null, |id| json!(id)));
            }
            Owner::Account(account) => {
                values.insert("Web".into(), text(&account.web));
                values.insert("Notes".into(), text(&account.notes));
            }
        }
        let model = self.tables.model().await?;
        values.retain(|column, _| model.has_column(side.set, column));
        Ok(values)
    }

    /// The company of a person: the one that is named by id, else the one of that name, made when nobody is called so.
    async fn company(&self, contact: &Contact) -> Result<Option<Uuid>> {
        if let Some(id) = &contact.account {
            return parsed(id).map(Some);
        }
        let Some(name) = contact.company.as_ref().filter(|name| !name.trim().is_empty()) else { return Ok(None) };
        let query = Query::of("Account").filter(format!("Name eq {}", literal(name))).select("Id,Name").order("Name,Id").top(10);
        let found = self.tables.rows(query).await?;
        match found.as_slice() {
            [] => {
                let id = Uuid::new_v4();
                self.tables.insert("Account", id, [("Name".to_owned(), json!(name))].into_iter().collect()).await?;
                Ok(Some(id))
            }
            [one] => Ok(one.id("Id")),
            several => Err(Error::ManyContacts { who: excerpt(name), candidates: several.iter().map(candidate).collect() }),
        }
    }
}

fn candidate(row: &Row) -> Candidate {
    let id = row.id("Id").unwrap_or_default().to_string();
    Candidate { name: row.text("Name").unwrap_or_default(), detail: id.clone(), id }
}

fn email(owner: &Owner) -> Option<&str> {
    match owner {
        Owner::Contact(contact) => contact.email.as_deref(),
        Owner::Account(account) => account.email.as_deref(),
    }
}

/// An id that a person typed; anything else than a GUID is nobody's.
pub(super) fn parsed(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|_| nobody(id))
}

fn nobody(id: &str) -> Error {
    Error::NoContact { who: excerpt(id) }
}

fn is_same(one: &Communication, number: &Number) -> bool {
    let same_kind =
        super::constants::kind_of(one.kind) == number.kind || (one.kind == EXTENSION) == (number.kind == crate::contacts::Kind::Extension);
    same_kind && (one.number == number.number || same_party(&one.number, &number.number))
}

fn is_different(row: &Row, column: &str, value: &Value) -> bool {
    match value {
        Value::String(text) if column.ends_with("Id") => row.id(column) != Uuid::parse_str(text).ok(),
        Value::String(text) => row.text(column).unwrap_or_default() != text.trim(),
        Value::Null => row.id(column).is_some(),
        _ => true,
    }
}

/// Every word in one of the columns, in each of its spellings.
fn filter_of(fragment: &str, paths: &[&str]) -> String {
    let words: Vec<&str> = fragment.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    let all: Vec<Vec<String>> = words.iter().map(|word| spellings(word)).collect();
    let too_many = all.iter().map(Vec::len).sum::<usize>() > MOST_SPELLINGS;
    let said = words.iter().zip(all).map(|(word, spellings)| {
        let spellings = if too_many { vec![(*word).to_owned()] } else { spellings };
        let terms = spellings.iter().flat_map(|one| paths.iter().map(move |path| format!("contains({path},{})", literal(one))));
        format!("({})", terms.collect::<Vec<_>>().join(" or "))
    });
    said.take(MOST_SPELLINGS).collect::<Vec<_>>().join(" and ")
}

/// A word as it may be written in the CRM: a database may tell `и` from `И` (§8), and every one tells `е` from `ё`.
fn spellings(word: &str) -> Vec<String> {
    let lower = word.to_lowercase();
    let mut all = vec![word.to_owned(), lower.clone(), capital(&lower), capitals(&lower)];
    let plain = lower.replace('ё', "е");
    all.extend([plain.clone(), capital(&plain)]);
    for (place, _) in plain.match_indices('е') {
        let with_dots = format!("{}ё{}", &plain[..place], &plain[place + 'е'.len_utf8()..]);
        all.extend([with_dots.clone(), capital(&with_dots)]);
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|spelling| seen.insert(spelling.clone()));
    all
}

fn reversed(number: &str) -> String {
    number.chars().rev().collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `О'Нил`, `Петров-Водкин`
fn capitals(word: &str) -> String {
    word.split_inclusive(|c: char| !c.is_alphanumeric()).map(capital).collect()
}

fn is_meant(owner: &Owner, folded: &str) -> bool {
    let name = fold(&format!("{} {}", owner.name(), owner.company().unwrap_or_default()));
    words(folded).all(|word| name.contains(word))
}

/// Whole words first, then beginnings of words, then by name.
fn rank(owner: &Owner, folded: &str) -> (usize, String) {
    let name = fold(&format!("{} {}", owner.name(), owner.company().unwrap_or_default()));
    let place = |word: &str| match () {
        () if words(&name).any(|whole| whole == word) => 0,
        () if words(&name).any(|whole| whole.starts_with(word)) => 1,
        () => 2,
    };
    (words(folded).map(place).sum(), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_asked_for_as_it_may_be_written() {
        assert_eq!(spellings("ива"), ["ива", "Ива"]);
        assert_eq!(spellings("Фёд"), ["Фёд", "фёд", "фед", "Фед"]);
        assert_eq!(filter_of("О'Н", &["Name"]), "(contains(Name,'О''Н') or contains(Name,'о''н') or contains(Name,'О''н'))");
        assert_eq!(filter_of("ива пет", &["Name"]).matches("contains").count(), 6);
    }

    #[test]
    fn a_long_search_stays_within_what_the_server_takes() {
        for fragment in ["еееееееееееее", "Пере Депе Селе Мель Ёлка", &"слово ".repeat(1000)] {
            assert!(filter_of(fragment, &["Name", "Account/Name"]).matches("contains").count() <= 16, "{fragment}");
        }
    }
}
