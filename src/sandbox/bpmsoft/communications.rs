//! Numbers and addresses of people and companies: rows and columns that follow each other (bpmsoft-odata §4.9, §5.1).

use super::base::Row;
use super::known::{ADDITIONAL_PHONE, EMAIL, FAX, HOME_PHONE, MAIN_PHONE, MOBILE_PHONE, SKYPE, WEB, WORK_PHONE};
use super::layer::{Layer, is_same};
use super::reply::Done;

/// Whose numbers.
#[derive(Clone, Copy)]
pub(super) struct Side {
    entity: &'static str,
    owner: &'static str,
    owner_column: &'static str,
    /// Marks the primary row of its type; the contact's has a name of another age.
    flag: &'static str,
    /// Types that have a column of the owner.
    columns: &'static [(&'static str, &'static str)],
}

impl Side {
    pub(super) const CONTACT: Side = Side {
        entity: "ContactCommunication",
        owner: "Contact",
        owner_column: "ContactId",
        flag: "IsCreatedBySynchronization",
        columns: &[(WORK_PHONE, "Phone"), (MOBILE_PHONE, "MobilePhone"), (HOME_PHONE, "HomePhone"), (EMAIL, "Email"), (SKYPE, "Skype")],
    };
    pub(super) const ACCOUNT: Side = Side {
        entity: "AccountCommunication",
        owner: "Account",
        owner_column: "AccountId",
        flag: "Primary",
        columns: &[(MAIN_PHONE, "Phone"), (ADDITIONAL_PHONE, "AdditionalPhone"), (FAX, "Fax"), (WEB, "Web")],
    };

    /// The side whose rows this entity has.
    pub(super) fn of(entity: &str) -> Option<Side> {
        [Side::CONTACT, Side::ACCOUNT].into_iter().find(|side| side.entity == entity)
    }

    fn column(&self, kind: &str) -> Option<&'static str> {
        self.columns.iter().find(|(known, _)| *known == kind).map(|(_, column)| *column)
    }
}

/// The digits backwards; of what is no phone, the text in lower case (bpmsoft-odata §5.1).
pub(super) fn search_number(number: &str, is_phone: bool) -> String {
    let whole: String = if is_phone { number.chars().rev().filter(char::is_ascii_digit).collect() } else { number.to_lowercase() };
    whole.chars().take(50).collect()
}

/// A row is about to be saved: its search form, and whether it becomes the primary one.
pub(super) fn before(layer: &Layer<'_>, side: Side, old: Option<&Row>, row: &mut Row) -> Done<()> {
    let whole = merged(old, row);
    let is_retyped = old.is_some_and(|old| !is_same(old, &whole, "CommunicationTypeId"));
    row.set("SearchNumber", search_number(whole.text("Number"), is_phone(layer, whole.text("CommunicationTypeId"))?));
    if old.is_none() || is_retyped {
        row.set(side.flag, true);
    }
    if is_retyped && side.entity == "ContactCommunication" {
        row.set("ExternalCommunicationType", String::new());
    }
    Ok(())
}

/// A row was saved: others of its type are primary no more, and the owner's column follows.
pub(super) fn saved(layer: &Layer<'_>, side: Side, old: &Row, new: &Row) -> Done<()> {
    let (kind, number) = (new.text("CommunicationTypeId"), new.text("Number"));
    let is_retyped = !is_same(old, new, "CommunicationTypeId");
    let mut owner = Row::default();
    if is_retyped {
        unmark_others(layer, side, new)?;
        if let Some(column) =
            side.column(old.text("CommunicationTypeId")).filter(|column| holds(layer, side, new, column, old.text("Number")))
        {
            owner.set(column, String::new());
        }
    }
    let is_renumbered = !is_same(old, new, "Number") && new.is_set(side.flag);
    if let Some(column) = side.column(kind).filter(|_| is_retyped || is_renumbered) {
        owner.set(column, number.to_owned());
    }
    remove_duplicates(layer, side, new)?;
    touch(layer, side, new, owner)
}

/// A row was deleted: the column is emptied if it held the number of the primary one.
pub(super) fn deleted(layer: &Layer<'_>, side: Side, old: &Row) -> Done<()> {
    let column = side.column(old.text("CommunicationTypeId")).filter(|_| old.is_set(side.flag));
    match column.filter(|column| holds(layer, side, old, column, old.text("Number"))) {
        Some(column) => touch(layer, side, old, Row::default().with(column, String::new())),
        None => Ok(()),
    }
}

/// A column of the owner was set or changed: one more row, which is the primary one from now on. Clearing a column changes no rows.
pub(super) fn column_changed(layer: &Layer<'_>, side: Side, old: &Row, new: &Row) -> Done<()> {
    for (kind, column) in side.columns.iter().filter(|(_, column)| !is_same(old, new, column) && !new.text(column).is_empty()) {
        let number = new.text(column);
        let row = Row::default()
            .with(side.owner_column, new.text("Id").to_owned())
            .with("CommunicationTypeId", (*kind).to_owned())
            .with("Number", number.to_owned())
            .with("SearchNumber", search_number(number, is_phone(layer, kind)?))
            .with(side.flag, true);
        let row = layer.add(side.entity, row)?;
        unmark_others(layer, side, &row)?;
        remove_duplicates(layer, side, &row)?;
    }
    Ok(())
}

/// The platform knows phones by a table of links, not by their ids (bpmsoft-odata §4.4).
fn is_phone(layer: &Layer<'_>, kind: &str) -> Done<bool> {
    let sql = r#"SELECT 1 FROM "ComTypebyCommunication" AS link JOIN "Communication" AS way ON way."Id" = link."CommunicationId"
                 WHERE link."CommunicationTypeId" = ?1 AND way."Code" = 'Phone'"#;
    Ok(layer.tables.db.prepare_cached(sql)?.exists([kind])?)
}

fn unmark_others(layer: &Layer<'_>, side: Side, row: &Row) -> Done<()> {
    let Side { entity, owner_column, flag, .. } = side;
    let sql =
        format!("UPDATE \"{entity}\" SET \"{flag}\" = 0 WHERE \"{owner_column}\" = ?1 AND \"CommunicationTypeId\" = ?2 AND \"Id\" <> ?3");
    let values = [row.text(owner_column), row.text("CommunicationTypeId"), row.text("Id")];
    layer.tables.db.prepare_cached(&sql)?.execute(values)?;
    Ok(())
}

/// Rows of the same owner and type with exactly the same text go; the one that was just saved stays.
fn remove_duplicates(layer: &Layer<'_>, side: Side, row: &Row) -> Done<()> {
    let condition = format!("\"{}\" = ?1 AND \"CommunicationTypeId\" = ?2 AND \"Number\" = ?3 AND \"Id\" <> ?4", side.owner_column);
    let values = [row.text(side.owner_column), row.text("CommunicationTypeId"), row.text("Number"), row.text("Id")];
    layer.tables.delete(side.entity, &condition, &[&values[0], &values[1], &values[2], &values[3]])?;
    Ok(())
}

fn holds(layer: &Layer<'_>, side: Side, row: &Row, column: &str, number: &str) -> bool {
    let owner = layer.tables.row(side.owner, row.text(side.owner_column)).ok().flatten();
    owner.is_some_and(|owner| owner.text(column) == number)
}

/// The owner has changed, with these columns.
fn touch(layer: &Layer<'_>, side: Side, row: &Row, changes: Row) -> Done<()> {
    let changes = changes.with("ModifiedOn", layer.now.to_owned()).with("ModifiedById", layer.author.to_owned());
    Ok(layer.tables.update(side.owner, row.text(side.owner_column), &changes)?)
}

fn merged(old: Option<&Row>, changes: &Row) -> Row {
    let mut whole = old.cloned().unwrap_or_default();
    whole.0.extend(changes.0.clone());
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_numbers_are_those_of_the_document() {
        for (number, is_phone, expected) in [
            ("+7 (900) 123-45-67", true, "76543210097"),
            ("8 900 123-45-67", true, "76543210098"),
            ("9001234567", true, "7654321009"),
            ("1024", true, "4201"),
            ("+7 495 000-00-01 доб. 12", true, "2110000005947"),
            ("Ivan@Example.TEST", false, "ivan@example.test"),
        ] {
            assert_eq!(search_number(number, is_phone), expected);
        }
    }
}
