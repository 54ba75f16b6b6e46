//! The first day's lookups and settings (bpmsoft-odata §4, §5.2); people are in [`people`](super::people).

use rusqlite::OptionalExtension;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::base::{NO_GUID, Row, Tables, guid_of};
use super::known::*;
use super::layer::{Layer, tick};
use super::people;
use super::reply::{Done, Reply};
use super::sessions::USERS;
use crate::time;

type Rows = &'static [(&'static str, &'static str)];

/// `(set, (id, name))`; an empty id is made of the name.
#[rustfmt::skip]
static LOOKUPS: &[(&str, Rows)] = &[
    ("CommunicationType", &[
        (WORK_PHONE, "Рабочий телефон"), (MOBILE_PHONE, "Мобильный телефон"), (HOME_PHONE, "Домашний телефон"), (MAIN_PHONE, "Основной телефон"),
        (ADDITIONAL_PHONE, "Дополнительный телефон"), (OTHER_PHONE, "Другой телефон"), (EXTENSION, "Добавочный номер"), (FAX, "Факс"), (EMAIL, "Email"),
        (SKYPE, "Skype"), (WEB, "Web"), (FACEBOOK, "Facebook"),
    ]),
    ("CallDirection", &[(INCOMING, "Входящий"), (OUTGOING, "Исходящий"), (NO_DIRECTION, "Не определено")]),
    ("FileType", &[(FILE, "Файл"), (LINK, "Ссылка"), (RECORD_LINK, "Ссылка на запись")]),
    ("ActivityType", &[(TASK, "Задача"), (TYPE_CALL, "Звонок"), (TYPE_EMAIL, "Email"), (TYPE_VISIT, "Визит")]),
    ("ActivityCategory", &[
        (TO_DO, "Выполнить"), (CATEGORY_CALL, "Звонок"), (CALL_AS_TASK, "Позвонить"), (MEETING, "Встреча"), (CATEGORY_EMAIL, "Email"),
        (PAPERWORK, "Подготовить документ"),
    ]),
    ("ActivityStatus", &[(NOT_STARTED, "Не начата"), (IN_PROGRESS, "В работе"), (DONE, "Завершена"), (CANCELLED, "Отменена")]),
    ("ActivityPriority", &[("", "Низкий"), (MEDIUM, "Средний"), ("", "Высокий")]),
    ("ActivityResultCategory", &[(NEUTRAL, "Нейтральный"), (FAIL, "Неуспешный"), (POSITIVE, "Успешный")]),
    ("ContactType", &[(CONTACT_PERSON, "Контактное лицо"), (CLIENT_PERSON, "Клиент"), (EMPLOYEE, "Сотрудник"), ("", "Поставщик")]),
    ("AccountType", &[(CLIENT_COMPANY, "Клиент"), (OUR_COMPANY, "Наша компания"), ("", "Партнёр"), ("", "Поставщик")]),
    ("AccountIndustry", &[("", "Торговля"), ("", "Производство"), ("", "Строительство"), ("", "Транспорт"), ("", "Услуги"), ("", "Медицина")]),
    ("AccountOwnership", &[("", "Частная"), ("", "Государственная")]),
    ("AddressType", &[("", "Фактический"), ("", "Юридический")]),
    ("ContactDecisionRole", &[("", "Лицо, принимающее решение"), ("", "Влияющее лицо")]),
    ("ContactSalutationType", &[("", "Г-н"), ("", "Г-жа")]),
    ("Gender", &[("", "Мужской"), ("", "Женский")]),
    ("NonActualReason", &[("", "Номер не обслуживается")]),
    ("Country", &[("", "Россия"), ("", "Германия")]),
    ("City", &[("", "Москва"), ("", "Санкт-Петербург"), ("", "Тверь"), ("", "Гамбург")]),
];

/// What can come of a call: `(id, name, category)`.
static RESULTS: &[(&str, &str, &str)] = &[
    (CALL_COMPLETED, "Выполнено", POSITIVE),
    ("", "Назначена встреча", POSITIVE),
    ("", "Перезвонить", NEUTRAL),
    ("", "Отказ", FAIL),
    ("", "Не дозвонились", NEUTRAL),
];

/// Settings that are numbers, and their values.
static NUMBERS: &[(&str, i64)] = &[
    ("SearchNumberLength", 10),
    ("InternalNumberLength", 4),
    ("CommunicationHistoryRowCount", 20),
    ("StringColumnSearchComparisonType", 1),
    ("StringColumnSearchMinCharCount", 3),
    ("OData4PageSize", 20_000),
    ("ODataFilterTreeMaxNodeCount", 100),
    ("MaxFileSize", 10),
    ("UserSessionTimeout", 60),
    ("LoginAttemptCount", 5),
    ("LoginAttemptBeforeWarningCount", 4),
    ("UserLockoutDuration", 15),
];

/// Settings that are rows of a set.
static LOOKUP_SETTINGS: &[(&str, &str)] =
    &[("DefaultContactCommunicationType", WORK_PHONE), ("DefaultAccountCommunicationType", MAIN_PHONE)];

/// Packages whose lookups a call can have.
static CONNECTIONS: &[&str] = &["Activity", "Case", "Lead", "Opportunity", "Order"];

pub(super) fn fill(tables: &Tables<'_>) -> Done<()> {
    let now = tick(&std::sync::atomic::AtomicI64::default(), time::now().as_duration().as_secs_f64());
    let layer = Layer { tables, author: ADMINISTRATOR, now: &now };
    lookups(&layer)?;
    settings(&layer)?;
    people::fill(&layer)?;
    users(&layer)
}

/// Inserts a row in the administrator's name; a set that does not exist cannot be filled.
pub(super) fn put(layer: &Layer<'_>, entity: &str, row: Row) -> Done<String> {
    match layer.tables.model.entity(entity) {
        Some(entity) => layer.insert(entity, row),
        None => Ok(String::new()),
    }
}

fn lookups(layer: &Layer<'_>) -> Done<()> {
    for (entity, rows) in LOOKUPS {
        for (id, name) in *rows {
            let id = if id.is_empty() { guid_of(entity, name) } else { (*id).to_owned() };
            put(layer, entity, extended(entity, &id, Row::default().with("Id", id.clone()).with("Name", (*name).to_owned())))?;
        }
    }
    for (id, name, code) in [(PHONE, "Телефон", "Phone"), (SMS, "SMS", "SMS"), ("", "Email", "Email"), ("", "Web", "Web")] {
        let id = if id.is_empty() { guid_of("Communication", name) } else { id.to_owned() };
        put(layer, "Communication", Row::default().with("Id", id).with("Name", name.to_owned()).with("Code", code.to_owned()))?;
    }
    let email = guid_of("Communication", "Email");
    let phones = [WORK_PHONE, MOBILE_PHONE, HOME_PHONE, MAIN_PHONE, ADDITIONAL_PHONE, OTHER_PHONE, EXTENSION].map(|kind| (kind, PHONE));
    for (kind, way) in phones.into_iter().chain([(MOBILE_PHONE, SMS), (EMAIL, email.as_str())]) {
        let row = Row::default().with("Id", guid_of("ComTypebyCommunication", &format!("{kind}{way}")));
        put(layer, "ComTypebyCommunication", row.with("CommunicationTypeId", kind.to_owned()).with("CommunicationId", way.to_owned()))?;
    }
    for (id, name, category) in RESULTS {
        let id = if id.is_empty() { guid_of("ActivityResult", name) } else { (*id).to_owned() };
        let row = Row::default().with("Id", id.clone()).with("Name", (*name).to_owned()).with("CategoryId", (*category).to_owned());
        put(layer, "ActivityResult", row)?;
        let entry = Row::default().with("Id", guid_of("ActivityCategoryResultEntry", name)).with("ActivityResultId", id);
        put(layer, "ActivityCategoryResultEntry", entry.with("ActivityCategoryId", CATEGORY_CALL.to_owned()))?;
    }
    let cancelled = Row::default().with("Id", CALL_CANCELLED.to_owned()).with("Name", "Отменено".to_owned());
    put(layer, "ActivityResult", cancelled.with("CategoryId", NEUTRAL.to_owned())).map(drop)
}

/// What a lookup has beside its name.
fn extended(entity: &str, id: &str, row: Row) -> Row {
    match (entity, id) {
        ("ActivityStatus", DONE | CANCELLED) => row.with("Finish", true),
        ("CallDirection", NO_DIRECTION) => row.with("Code", "-1".to_owned()),
        ("CommunicationType", _) => {
            let is_companys = [MAIN_PHONE, ADDITIONAL_PHONE, FAX, WEB, EMAIL, OTHER_PHONE].contains(&id);
            let is_persons = ![MAIN_PHONE, ADDITIONAL_PHONE, FAX].contains(&id);
            row.with("UseforAccounts", is_companys).with("UseforContacts", is_persons)
        }
        _ => row,
    }
}

fn settings(layer: &Layer<'_>) -> Done<()> {
    let setting = |code: &str, kind: &str, value: Row| {
        let id = guid_of("SysSettings", code);
        let row = Row::default().with("Id", id.clone()).with("Code", code.to_owned()).with("Name", code.to_owned());
        put(layer, "SysSettings", row.with("ValueTypeName", kind.to_owned()))?;
        let value = value.with("Id", guid_of("SysSettingsValue", code)).with("SysSettingsId", id).with("IsDef", true);
        put(layer, "SysSettingsValue", value)
    };
    for (code, value) in NUMBERS {
        setting(code, "Integer", Row::default().with("IntegerValue", *value))?;
    }
    for (code, value) in LOOKUP_SETTINGS {
        setting(code, "Lookup", Row::default().with("GuidValue", (*value).to_owned()))?;
    }
    for (position, name) in CONNECTIONS.iter().enumerate() {
        let row = Row::default().with("Id", guid_of("EntityConnection", name)).with("Position", position as i64);
        let row = row.with("SysEntitySchemaUId", CALL_SCHEMA.to_owned()).with("ColumnUId", guid_of("Call", name));
        put(layer, "EntityConnection", row)?;
    }
    Ok(())
}

/// The administrator, the role of everybody, and those who can sign in.
fn users(layer: &Layer<'_>) -> Done<()> {
    let unit = |id: &str, name: &str, kind: i64, contact: &str| {
        let row = Row::default().with("Id", id.to_owned()).with("Name", name.to_owned()).with("SysAdminUnitTypeValue", kind);
        row.with("ContactId", contact.to_owned()).with("Active", true)
    };
    put(layer, "SysAdminUnit", unit(ALL_EMPLOYEES, "Все сотрудники", 0, NO_GUID))?;
    put(layer, "SysAdminUnit", unit(&guid_of("SysAdminUnit", "Supervisor"), "Supervisor", 4, ADMINISTRATOR))?;
    for ((login, _), extension) in USERS.iter().zip(["101", "102", "103"]) {
        let row = unit(&guid_of("SysAdminUnit", login), login, 4, &people::employee_id(extension));
        put(layer, "SysAdminUnit", row.with("ForceChangePassword", *login == "demo-old"))?;
    }
    Ok(())
}

/// `QuerySysSettings` of the DataService (bpmsoft-odata §3.13).
pub(super) fn query_settings(tables: &Tables<'_>, body: &[u8]) -> Done<Reply> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked {
        sys_settings_name_collection: Vec<String>,
    }
    let Ok(asked) = serde_json::from_slice::<Asked>(body) else { return Ok(Reply::json(400, &json!({"success": false}))) };
    let (mut values, mut missing) = (Map::new(), Vec::new());
    for code in asked.sys_settings_name_collection {
        match setting(tables, &code)? {
            Some(value) => drop(values.insert(code, value)),
            None => missing.push(code),
        }
    }
    Ok(Reply::json(200, &json!({"success": true, "values": values, "notFoundSettings": missing})))
}

fn setting(tables: &Tables<'_>, code: &str) -> Done<Option<Value>> {
    let sql = r#"SELECT setting."ValueTypeName", value."IntegerValue", value."GuidValue", value."TextValue"
                 FROM "SysSettings" AS setting JOIN "SysSettingsValue" AS value ON value."SysSettingsId" = setting."Id" WHERE setting."Code" = ?1"#;
    let read =
        |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?));
    let found = tables.db.prepare_cached(sql)?.query_row([code], read).optional()?;
    Ok(found.map(|(kind, integer, guid, text)| {
        let (value, shown, number) = match kind.as_str() {
            "Integer" => (json!(integer), integer.to_string(), 4),
            "Lookup" => (json!(guid), guid, 10),
            _ => (json!(text), text, 1),
        };
        json!({"code": code, "value": value, "displayValue": shown, "dataValueType": number})
    }))
}
