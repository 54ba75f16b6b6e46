//! Many people at once, for whoever wants to see how pages and searches behave with twenty thousand of them.

use super::base::{NO_GUID, Row, Tables, guid_of};
use super::communications::search_number;
use super::known::{CLIENT_PERSON, MOBILE_PHONE, WORK_PHONE};
use super::reply::Done;

#[rustfmt::skip]
const SURNAMES: [&str; 20] = [
    "Абрамов", "Беляев", "Виноградов", "Герасимов", "Денисов", "Ефимов", "Журавлёв", "Зимин", "Исаев", "Калинин",
    "Логинов", "Мельников", "Назаров", "Осипов", "Панов", "Рябов", "Савельев", "Тарасов", "Устинов", "Филиппов",
];

const NAMES: [&str; 10] = ["Александр", "Борис", "Виталий", "Геннадий", "Денис", "Евгений", "Игорь", "Леонид", "Михаил", "Сергей"];

/// Adds `count` people, each with a mobile number, two in five with a second one. They are written past the entity layer, as an import is.
pub(super) fn gather(tables: &Tables<'_>, count: u64, author: &str, now: &str) -> Done<()> {
    let common = ["CreatedOn", "ModifiedOn"].iter().fold(Row::default(), |row, column| row.with(column, now.to_owned()));
    let common = ["CreatedById", "ModifiedById"].iter().fold(common, |row, column| row.with(column, author.to_owned()));
    let first = tables.count("Contact")? as u64;
    for number in first..first + count {
        let (surname, name) = (SURNAMES[(number % 20) as usize], NAMES[(number / 20 % 10) as usize]);
        let id = guid_of("Contact", &format!("crowd {number}"));
        let mobile = format!("+7 901 {:03}-{:02}-{:02}", number / 10_000 % 1000, number / 100 % 100, number % 100);
        let row =
            common.clone().with("Id", id.clone()).with("Name", format!("{surname} {name} {number}")).with("Surname", surname.to_owned());
        let row = row.with("GivenName", name.to_owned()).with("TypeId", CLIENT_PERSON.to_owned()).with("OwnerId", NO_GUID.to_owned());
        tables.insert("Contact", &row.with("MobilePhone", mobile.clone()))?;
        communication(tables, &common, &id, MOBILE_PHONE, &mobile)?;
        if number % 5 < 2 {
            communication(
                tables,
                &common,
                &id,
                WORK_PHONE,
                &format!("8 (499) {:03}-{:02}-{:02}", number / 10_000 % 1000, number / 100 % 100, number % 100),
            )?;
        }
    }
    Ok(())
}

fn communication(tables: &Tables<'_>, common: &Row, contact: &str, kind: &str, number: &str) -> Done<()> {
    let row =
        common.clone().with("Id", guid_of("ContactCommunication", &format!("{contact}{number}"))).with("ContactId", contact.to_owned());
    let row = row.with("CommunicationTypeId", kind.to_owned()).with("Number", number.to_owned());
    let row = row.with("SearchNumber", search_number(number, true)).with("IsCreatedBySynchronization", true);
    Ok(tables.insert("ContactCommunication", &row)?)
}
