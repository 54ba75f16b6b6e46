//! What the pages say of people: contacts, employees, groups.

use super::*;

fn contact_keys() -> Vec<Key> {
    vec![
        ("id", string(), tr("Идентификатор в источнике контактов.", "Id in the contact source.")),
        ("name", string(), tr("Имя.", "Name.")),
        ("company", string(), tr("Компания.", "Company.")),
        ("account", string(), tr("Идентификатор компании, если она заведена отдельно.", "Id of the company, if it is kept by itself.")),
        ("job", string(), tr("Должность.", "Job.")),
        ("email", string(), tr("Почта.", "E-mail.")),
        ("notes", string(), tr("Заметки.", "Notes.")),
        ("numbers", objects(), tr("Номера, в том порядке, как записаны.", "Numbers, in the order in which they were entered.")),
        (
            "numbers[].kind",
            string(),
            tr("Вид: mobile, work, main, home, extension, fax.", "Kind: mobile, work, main, home, extension, fax."),
        ),
        ("numbers[].number", string(), tr("Номер, как он набирается.", "The number as it is dialled.")),
    ]
}

pub(super) fn contact() -> Text {
    Text {
        description: vec![tr(
            "Люди и компании, которых mango находит по имени и узнаёт по номеру. У каждого профиля они свои и лежат в его журнале.",
            "People and companies that mango finds by name and recognises by number. Each profile has its own, in its journal.",
        )],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Найти человека", "Find a person"), "mango contact list Иванова")],
        see: &["mango-contact-create", "mango-contact-list", "mango-contact-show", "mango-call"],
        ..Text::default()
    }
}

pub(super) fn contact_create() -> Text {
    Text {
        description: vec![tr(
            "Вид номера — mobile, work, main, home, extension или fax — пишется перед ним через двоеточие; иначе он следует из самого номера. +7… и 8… — один и тот же номер.",
            "The kind of a number, mobile, work, main, home, extension or fax, is written before it with a colon; else it follows from the number itself. +7… and 8… are the same number.",
        )],
        json: vec![Shape {
            of: tr("Добавленный контакт, один объект:", "The new contact, one object:"), keys: contact_keys()
        }],
        exits: LOCAL,
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(
            tr("Добавить человека с двумя номерами", "Add a person with two numbers"),
            "mango contact create \"Лаврова Софья\" +79000000051 work:84950000051 --company \"ООО «Ромашка»\" --job бухгалтер",
        )],
        see: &["mango-contact-list", "mango-contact-show"],
    }
}

pub(super) fn contact_list() -> Text {
    Text {
        description: vec![tr(
            "Находит по любой части имени или компании, слова в любом порядке, регистр не важен, ё и е — одно и то же. По номеру находит владельца. Без аргументов — все, по алфавиту.",
            "Finds any part of a name or company, words in any order, in any case, ё as е. A number finds its owner. Without arguments, everybody, by name.",
        )],
        json: vec![Shape { of: tr("Массив объектов:", "An array of objects:"), keys: contact_keys() }],
        exits: LOCAL,
        variables: &["MANGO_OUTPUT", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Все из компании", "Everybody of a company"), "mango contact list Ромашка"),
            (tr("Чей это номер", "Whose number it is"), "mango contact list 8 495 000-00-20"),
        ],
        see: &["mango-contact-show", "mango-contact-create"],
    }
}

pub(super) fn contact_show() -> Text {
    Text {
        description: vec![tr(
            "Человек по имени, его части, номеру или id из списка. Если подошли несколько — код 3 и список.",
            "A person by name, part of it, number, or id from the list. If several fit, exit code 3 and the list.",
        )],
        json: vec![Shape { of: tr("Один объект:", "One object:"), keys: contact_keys() }],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_OUTPUT", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("По имени", "By name"), "mango contact show Иванова Мария"),
            (
                tr("Мобильный номер для скрипта", "The mobile number for a script"),
                "mango contact show Иванова -o json | jq -r '.numbers[] | select(.kind == \"mobile\").number'",
            ),
        ],
        see: &["mango-contact-list"],
    }
}

pub(super) fn users() -> Text {
    Text {
        description: vec![tr(
            "Спрашивает у АТС сотрудников и запоминает их имена для других команд.",
            "Asks the PBX for its employees and remembers their names for other commands.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов:", "An array of objects:"),
            keys: vec![
                ("extension", string(), tr("Добавочный.", "Extension.")),
                ("name", string(), tr("Имя.", "Name.")),
                ("position", string(), tr("Должность.", "Position.")),
                ("department", string(), tr("Отдел.", "Department.")),
                ("email", string(), tr("Почта.", "E-mail.")),
                ("line", string(), tr("Линия для исходящих.", "Line for outgoing calls.")),
                ("numbers", strings(), tr("Телефоны: SIP и обычные.", "Telephones: SIP and others.")),
                ("user_id", integer(), tr("Идентификатор на АТС.", "Id on the PBX.")),
            ],
        }],
        exits: ASKS,
        variables: &["MANGO_OUTPUT", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[JOURNAL, LIMITS],
        examples: vec![
            (tr("Все сотрудники", "All employees"), "mango users"),
            (
                tr("Добавочный по имени", "An extension by name"),
                "mango users -o json | jq -r '.[] | select(.name | test(\"Сидорова\")).extension'",
            ),
        ],
        see: &["mango-groups", "mango-lines"],
    }
}

pub(super) fn groups() -> Text {
    Text {
        description: vec![tr("Спрашивает у АТС группы сотрудников.", "Asks the PBX for its groups of employees.")],
        json: vec![Shape {
            of: tr("Массив объектов:", "An array of objects:"),
            keys: vec![
                ("extension", string(), tr("Добавочный группы.", "The group's extension.")),
                ("name", string(), tr("Название.", "Name.")),
                ("members", strings(), tr("Добавочные сотрудников.", "Extensions of its members.")),
                ("group_id", integer(), tr("Идентификатор на АТС.", "Id on the PBX.")),
            ],
        }],
        exits: ASKS,
        variables: &["MANGO_OUTPUT", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[LIMITS],
        examples: vec![(tr("Все группы", "All groups"), "mango groups")],
        see: &["mango-users", "mango-call"],
    }
}
