//! The people whom the PBX can call, as the CRM knows them: with companies, jobs, e-mails and tasks.

use super::base::{NO_GUID, Row, guid_of};
use super::defaults::put;
use super::known::*;
use super::layer::Layer;
use super::reply::Done;
use super::sql::stored;
use crate::sandbox::people::{EMPLOYEES, Employee, PEOPLE, Person};
use crate::time;

/// A company: what it is called for short, its domain, its city, its branch, the number of its reception.
struct Company {
    name: &'static str,
    short: &'static str,
    domain: &'static str,
    city: &'static str,
    branch: &'static str,
    phone: &'static str,
}

const fn company(
    name: &'static str,
    short: &'static str,
    domain: &'static str,
    city: &'static str,
    branch: &'static str,
    phone: &'static str,
) -> Company {
    Company { name, short, domain, city, branch, phone }
}

/// Whose CRM it is.
static OURS: Company = company("ООО «Ромашка»", "Ромашка", "example.com", "Москва", "Услуги", "+7 495 000-00-10");

#[rustfmt::skip]
static COMPANIES: &[Company] = &[
    company("ООО «Северный ветер»", "Северный ветер", "veter.example", "Москва", "Торговля", "+7 (495) 000-01-50"),
    company("ИП Иванов С. А.", "Иванов", "ivanov-sa.example", "Тверь", "Торговля", ""),
    company("АО «Кедр»", "Кедр", "kedr.example", "Москва", "Производство", "8 (495) 000-01-51"),
    company("ООО «Берёзка»", "Берёзка", "berezka.example", "Москва", "Торговля", "+7 495 000-01-52"),
    company("ООО «Маяк»", "Маяк", "mayak.example", "Москва", "Торговля", "74950000153"),
    company("Nordlicht GmbH", "Nordlicht", "nordlicht.example", "Гамбург", "Торговля", "+49 300 0000021"),
    company("ООО «Тихая гавань»", "Тихая гавань", "gavan.example", "Москва", "Услуги", "8 495 000-00-27"),
    company("Типография «Лист»", "Лист", "list.example", "Москва", "Производство", "+7 495 000-01-54"),
    company("ООО «Стройдвор»", "Стройдвор", "stroydvor.example", "Москва", "Строительство", "8 (495) 000-01-55"),
    company("Клиника «Пульс»", "Пульс", "puls.example", "Санкт-Петербург", "Медицина", "+7 (812) 000-00-50"),
    company("АО «Нева-Транс»", "Нева-Транс", "neva-trans.example", "Санкт-Петербург", "Транспорт", "+7 (812) 000-00-51"),
    company("Кафе «Полдень»", "Полдень", "polden.example", "Москва", "Услуги", "+7 495 000-01-56"),
    company("Школа танцев «Шаг»", "Шаг", "shag.example", "Москва", "Услуги", ""),
    company("ТСЖ «Дубрава»", "Дубрава", "dubrava.example", "Москва", "Услуги", ""),
    company("ООО «Снежинка»", "Снежинка", "snezhinka.example", "Москва", "Услуги", "8-495-000-01-57"),
    company("Автосервис «Гараж 7»", "Гараж 7", "garazh7.example", "Москва", "Услуги", "+7 495 000-01-58"),
    company("АО «Приборист»", "Приборист", "priborist.example", "Москва", "Производство", "+7 495 000-01-59 доб. 12"),
    company("Библиотека № 5", "Библиотека", "lib5.example", "Москва", "Услуги", ""),
    company("ООО «Курьер-Сити»", "Курьер-Сити", "courier-city.example", "Москва", "Транспорт", "+7 495 000-01-60"),
    company("Студия «Объектив»", "Объектив", "obektiv.example", "Москва", "Услуги", ""),
    company("Ферма «Заря»", "Заря", "zarya.example", "Тверь", "Производство", ""),
    company("ООО «Эхо»", "Эхо", "echo.example", "Москва", "Услуги", "+7 495 000-01-61"),
];

/// Tasks: whose, what, in which category, how many days from now, in which state.
#[rustfmt::skip]
static TASKS: &[(&str, &str, &str, i64, &str)] = &[
    ("Иванова Мария", "Выслать счёт за март", TO_DO, 1, NOT_STARTED),
    ("Иванова Мария", "Согласовать договор", PAPERWORK, -3, DONE),
    ("Иванов Пётр", "Встреча у заказчика", MEETING, 2, NOT_STARTED),
    ("Фёдорова Алёна", "Перезвонить после оплаты", CALL_AS_TASK, 0, IN_PROGRESS),
    ("Смирнов Алексей", "Подготовить смету", PAPERWORK, 4, NOT_STARTED),
    ("Николаев Виктор", "Уточнить маршрут", CALL_AS_TASK, -1, CANCELLED),
    ("Орлова Дарья", "Напомнить о поставке", TO_DO, 1, NOT_STARTED),
];

pub(super) fn fill(layer: &Layer<'_>) -> Done<()> {
    companies(layer)?;
    for (place, person) in PEOPLE.iter().enumerate().filter(|(_, person)| !person.name.is_empty()) {
        outsider(layer, place, person)?;
    }
    administrator(layer)?;
    EMPLOYEES.iter().try_for_each(|one| employee(layer, one))?;
    managers(layer)?;
    tasks(layer)?;
    trade(layer)
}

/// The id of the contact of the employee with this extension.
pub(super) fn employee_id(extension: &str) -> String {
    guid_of("Contact", &format!("employee {extension}"))
}

fn contact_id(name: &str) -> String {
    guid_of("Contact", name)
}

fn account_id(name: &str) -> String {
    if name.is_empty() { NO_GUID.to_owned() } else { guid_of("Account", name) }
}

fn companies(layer: &Layer<'_>) -> Done<()> {
    for company in COMPANIES.iter().chain([&OURS]) {
        let kind = if company.name == OURS.name { OUR_COMPANY } else { CLIENT_COMPANY };
        let row = Row::default()
            .with("Id", account_id(company.name))
            .with("Name", company.name.to_owned())
            .with("AlternativeName", company.short.to_owned())
            .with("TypeId", kind.to_owned())
            .with("IndustryId", guid_of("AccountIndustry", company.branch))
            .with("CityId", guid_of("City", company.city))
            .with("OwnerId", NO_GUID.to_owned());
        put(layer, "Account", row)?;
        let theirs = PEOPLE.iter().filter(|person| person.name.is_empty() && person.company == company.name);
        let fax = theirs.flat_map(|person| person.numbers).find(|(kind, _)| *kind == "fax").map_or("", |(_, number)| *number);
        let web = format!("www.{}", company.domain);
        for (kind, number) in
            [(MAIN_PHONE, company.phone), (FAX, fax), (WEB, web.as_str())].into_iter().filter(|(_, number)| !number.is_empty())
        {
            communication(layer, "Account", &account_id(company.name), kind, number)?;
        }
    }
    Ok(())
}

fn outsider(layer: &Layer<'_>, place: usize, person: &Person) -> Done<()> {
    let id = contact_id(person.name);
    let kind = if person.company.is_empty() { CLIENT_PERSON } else { CONTACT_PERSON };
    put(layer, "Contact", contact(layer, &id, person.name, person.company, person.job, kind)?)?;
    for (order, (kind, number)) in person.numbers.iter().enumerate() {
        communication(layer, "Contact", &id, kind_of(kind), &written(number, place + order))?;
    }
    let domain = COMPANIES.iter().find(|company| company.name == person.company).map_or("mail.example", |company| company.domain);
    let surname = person.name.split(' ').next().unwrap_or_default();
    communication(layer, "Contact", &id, EMAIL, &format!("{}@{domain}", latin(surname)))
}

fn employee(layer: &Layer<'_>, one: &Employee) -> Done<()> {
    let id = employee_id(one.extension);
    let department = guid_of("Department", one.department);
    if !layer.tables.exists("Department", &department)? {
        put(layer, "Department", Row::default().with("Id", department.clone()).with("Name", one.department.to_owned()))?;
    }
    let row = contact(layer, &id, one.name, OURS.name, one.position, EMPLOYEE)?;
    put(layer, "Contact", row.with("DepartmentId", department))?;
    communication(layer, "Contact", &id, EXTENSION, one.extension)?;
    communication(layer, "Contact", &id, MOBILE_PHONE, one.mobile)?;
    communication(layer, "Contact", &id, EMAIL, one.email)
}

fn administrator(layer: &Layer<'_>) -> Done<()> {
    let row = contact(layer, ADMINISTRATOR, "Supervisor", OURS.name, "", EMPLOYEE)?;
    put(layer, "Contact", row).map(drop)
}

fn contact(layer: &Layer<'_>, id: &str, name: &str, company: &str, job: &str, kind: &str) -> Done<Row> {
    let job_id = guid_of("Job", job);
    if !job.is_empty() && !layer.tables.exists("Job", &job_id)? {
        put(layer, "Job", Row::default().with("Id", job_id.clone()).with("Name", job.to_owned()))?;
    }
    Ok(Row::default()
        .with("Id", id.to_owned())
        .with("Name", name.to_owned())
        .with("AccountId", account_id(company))
        .with("JobId", if job.is_empty() { NO_GUID.to_owned() } else { job_id })
        .with("JobTitle", job.to_owned())
        .with("TypeId", kind.to_owned())
        .with("OwnerId", NO_GUID.to_owned())
        .with("Confirmed", true))
}

fn communication(layer: &Layer<'_>, owner: &str, id: &str, kind: &str, number: &str) -> Done<()> {
    let entity = format!("{owner}Communication");
    let row = Row::default().with("Id", guid_of(&entity, &format!("{id}{kind}{number}"))).with(&format!("{owner}Id"), id.to_owned());
    put(layer, &entity, row.with("CommunicationTypeId", kind.to_owned()).with("Number", number.to_owned())).map(drop)
}

fn kind_of(kind: &str) -> &'static str {
    match kind {
        "mobile" => MOBILE_PHONE,
        "home" => HOME_PHONE,
        "fax" => FAX,
        "extension" => EXTENSION,
        _ => WORK_PHONE,
    }
}

/// Numbers as people type them: each a little differently.
fn written(number: &str, place: usize) -> String {
    let Some(rest) = number.strip_prefix('7').filter(|_| number.len() == 11) else { return format!("+{number}") };
    let (code, first, second, third) = (&rest[..3], &rest[3..6], &rest[6..8], &rest[8..]);
    match place % 4 {
        0 => format!("+7 ({code}) {first}-{second}-{third}"),
        1 => format!("8 {code} {first}-{second}-{third}"),
        2 => number.to_owned(),
        _ => format!("+7 {code} {first} {second} {third}"),
    }
}

/// The first person of a company who directs it is its main one.
fn managers(layer: &Layer<'_>) -> Done<()> {
    let Some(account) = layer.tables.model.entity("Account") else { return Ok(()) };
    for person in PEOPLE.iter().filter(|person| matches!(person.job, "директор" | "владелец" | "главный врач" | "председатель"))
    {
        layer.update(account, &account_id(person.company), Row::default().with("PrimaryContactId", contact_id(person.name)))?;
    }
    Ok(())
}

fn tasks(layer: &Layer<'_>) -> Done<()> {
    let owner = employee_id(EMPLOYEES[0].extension);
    for (name, title, category, days, status) in TASKS {
        let start = time::now().checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap_or_default();
        let end = start.checked_add(jiff::SignedDuration::from_mins(30)).unwrap_or_default();
        let company = PEOPLE.iter().find(|person| person.name == *name).map_or("", |person| person.company);
        let row = Row::default()
            .with("Id", guid_of("Activity", title))
            .with("Title", (*title).to_owned())
            .with("StartDate", stored(start))
            .with("DueDate", stored(end))
            .with("ActivityCategoryId", (*category).to_owned())
            .with("StatusId", (*status).to_owned())
            .with("ContactId", contact_id(name))
            .with("AccountId", account_id(company));
        let row = ["OwnerId", "AuthorId", "OrganizerId"].iter().fold(row, |row, column| row.with(column, owner.clone()));
        put(layer, "Activity", row)?;
    }
    Ok(())
}

/// One of each thing that a call can be linked to beside people and tasks.
fn trade(layer: &Layer<'_>) -> Done<()> {
    let (contact, account) = (contact_id("Иванов Пётр"), account_id("ООО «Северный ветер»"));
    let theirs = |row: Row| row.with("ContactId", contact.clone()).with("AccountId", account.clone());
    let row = |entity: &str, column: &str, title: &str| Row::default().with("Id", guid_of(entity, title)).with(column, title.to_owned());
    put(layer, "Case", theirs(row("Case", "Number", "SR00000001")).with("Subject", "Не приходят закрывающие документы".to_owned()))?;
    put(layer, "Opportunity", theirs(row("Opportunity", "Title", "Поставка на весну")).with("Amount", 125_000.5))?;
    put(layer, "Order", theirs(row("Order", "Number", "ORD-1")).with("Amount", 48_300.0))?;
    let lead = row("Lead", "LeadName", "Интерес к доставке / ООО «Северный ветер»");
    put(layer, "Lead", lead.with("QualifiedContactId", contact.clone()).with("QualifiedAccountId", account.clone())).map(drop)
}

/// A surname for an e-mail address.
fn latin(name: &str) -> String {
    #[rustfmt::skip]
    const LETTERS: [(char, &str); 33] = [
        ('а', "a"), ('б', "b"), ('в', "v"), ('г', "g"), ('д', "d"), ('е', "e"), ('ё', "e"), ('ж', "zh"), ('з', "z"), ('и', "i"), ('й', "y"),
        ('к', "k"), ('л', "l"), ('м', "m"), ('н', "n"), ('о', "o"), ('п', "p"), ('р', "r"), ('с', "s"), ('т', "t"), ('у', "u"), ('ф', "f"),
        ('х', "kh"), ('ц', "ts"), ('ч', "ch"), ('ш', "sh"), ('щ', "shch"), ('ъ', ""), ('ы', "y"), ('ь', ""), ('э', "e"), ('ю', "yu"), ('я', "ya"),
    ];
    let sound = |letter: char| {
        LETTERS.iter().find(|(known, _)| *known == letter).map_or_else(|| letter.to_string(), |(_, sound)| (*sound).to_owned())
    };
    name.to_lowercase().chars().map(sound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_company_of_the_people_is_described() {
        let unknown = |person: &&Person| !person.company.is_empty() && !COMPANIES.iter().any(|company| company.name == person.company);
        assert_eq!(PEOPLE.iter().filter(unknown).map(|person| person.company).collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn surnames_become_addresses() {
        assert_eq!(latin("Щербаков"), "shcherbakov");
        assert_eq!(latin("Schneider"), "schneider");
    }
}
