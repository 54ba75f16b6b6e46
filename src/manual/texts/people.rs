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

fn account_keys() -> Vec<Key> {
    vec![
        ("id", string(), tr("Идентификатор в источнике контактов.", "Id in the contact source.")),
        ("name", string(), tr("Название.", "Name.")),
        ("email", string(), tr("Почта.", "E-mail.")),
        ("web", string(), tr("Сайт.", "Site.")),
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

fn one_contact(of: &'static str) -> Vec<Shape> {
    vec![Shape { of, keys: contact_keys() }]
}

fn one_account(of: &'static str) -> Vec<Shape> {
    vec![Shape { of, keys: account_keys() }]
}

/// How numbers are written, wherever they are.
fn written() -> &'static str {
    tr(
        "Вид номера — mobile, work, main, home, extension или fax — пишется перед ним через двоеточие; иначе он следует из самого номера. +7… и 8… — один и тот же номер.",
        "The kind of a number, mobile, work, main, home, extension or fax, is written before it with a colon; else it follows from the number itself. +7… and 8… are the same number.",
    )
}

/// What `--from-call` does.
fn from_call() -> &'static str {
    tr(
        "*--from-call* берёт номер собеседника из звонка: человеку как мобильный, компании как основной, — и связывает звонок с новой записью. Если номер уже чей-то, в терминале предлагается этот человек, а в скрипте — код 3 и список; *--anyway* добавляет всё равно.",
        "*--from-call* takes the other party's number from a call, for a person as mobile, for a company as main, and links the call to the new record. If the number is somebody's already, he is offered at a terminal, and a script gets exit code 3 and the list; *--anyway* adds regardless.",
    )
}

/// How one is found by WHO.
fn whom() -> &'static str {
    tr(
        "КТО — id из списка, номер, имя или его часть. Если подошли несколько, в терминале можно выбрать, а в скрипте — код 3 и список; полное имя означает только того, кого так зовут.",
        "WHO is an id from the list, a number, a name or part of it. If several fit, there is a choice at a terminal, and a script gets exit code 3 and the list; a whole name means nobody else.",
    )
}

fn found() -> &'static str {
    tr(
        "Находит по любой части имени или компании, слова в любом порядке, регистр не важен, ё и е — одно и то же; слова длиной в одну-две буквы только уточняют остальные. Сначала те, у кого слова совпали целиком, среди них — с кем недавно говорили, дальше по алфавиту. По номеру находит владельца: сравниваются последние десять цифр, короткие номера — целиком. Без аргументов — все, по алфавиту.",
        "Finds any part of a name or company, words in any order, in any case, ё as е; words of one or two letters only narrow down the others. Whole words come first, among them people of recent calls, then by name. A number finds its owner: the last ten digits are compared, short numbers as a whole. Without arguments, everybody, by name.",
    )
}

fn edited() -> &'static str {
    tr(
        "Меняет только то, что указано; пустое значение убирает. Без параметров в терминале задаёт вопросы, в ответах уже стоит записанное.",
        "Changes only what is given; an empty value removes. Without options it asks at a terminal, with what is known already filled in.",
    )
}

pub(super) fn contact() -> Text {
    Text {
        description: vec![
            tr(
                "Люди, которых mango находит по имени и узнаёт по номеру. Где они хранятся, говорит настройка *contacts*: *local* — в журнале профиля, *addressbook* — в адресной книге АТС, *bpmsoft* — в CRM.",
                "People that mango finds by name and recognises by number. Where they are kept is the setting *contacts*: *local*, in the profile's journal; *addressbook*, in the PBX's address book; *bpmsoft*, in the CRM.",
            ),
            tr("Компании — отдельно: *mango account*.", "Companies are apart: *mango account*."),
        ],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Найти человека", "Find a person"), "mango contact list Иванова")],
        see: &[
            "mango-contact-create",
            "mango-contact-list",
            "mango-contact-show",
            "mango-contact-edit",
            "mango-contact-delete",
            "mango-account",
            "mango-call",
        ],
        ..Text::default()
    }
}

pub(super) fn contact_create() -> Text {
    Text {
        description: vec![
            written(),
            from_call(),
            tr(
                "Без имени в терминале задаёт вопросы: имя, компания, номер и что это за номер.",
                "Without a name it asks at a terminal: name, company, number and what the number is.",
            ),
        ],
        json: one_contact(tr("Добавленный контакт, один объект:", "The new contact, one object:")),
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (
                tr("Добавить человека с двумя номерами", "Add a person with two numbers"),
                "mango contact create \"Лаврова Софья\" +79000000051 work:84950000051 --company \"ООО «Ромашка»\" --job бухгалтер",
            ),
            (
                tr("Записать того, кто звонил последним", "Enter whoever called last"),
                "mango contact create --from-call @1 --name \"Смирнова Анна\"",
            ),
        ],
        see: &["mango-contact-list", "mango-contact-edit", "mango-account-create"],
    }
}

pub(super) fn contact_list() -> Text {
    Text {
        description: vec![found()],
        json: one_contact(tr("Массив объектов:", "An array of objects:")),
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
        description: vec![whom()],
        json: one_contact(tr("Один объект:", "One object:")),
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
        see: &["mango-contact-list", "mango-contact-edit"],
    }
}

pub(super) fn contact_edit() -> Text {
    Text {
        description: vec![edited(), whom(), written()],
        json: one_contact(tr("Контакт, как он записан теперь, один объект:", "The contact as it is now, one object:")),
        exits: &[0, 1, 2, 3, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Новая должность", "A new job"), "mango contact edit Лаврова --job \"главный бухгалтер\""),
            (
                tr("Сменился мобильный", "A new mobile number"),
                "mango contact edit Лаврова --remove-number +79000000051 --add-number mobile:+79000000052",
            ),
        ],
        see: &["mango-contact-show", "mango-contact-delete"],
    }
}

pub(super) fn contact_delete() -> Text {
    Text {
        description: vec![
            tr(
                "Переспрашивает; в скрипте нужен *--yes*. Звонки и заметки к ним остаются.",
                "Asks first; a script needs *--yes*. Calls and what was noted of them stay.",
            ),
            whom(),
        ],
        json: one_contact(tr("Удалённый контакт, один объект:", "The contact that was deleted, one object:")),
        exits: &[0, 1, 2, 3, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Удалить без вопросов", "Delete without asking"), "mango contact delete Лаврова Софья --yes")],
        see: &["mango-contact-list"],
    }
}

/// `contact import`, `account import`.
pub(super) fn import(example: &'static str) -> Text {
    Text {
        description: vec![
            tr(
                "Читает таблицу CSV (запятая, точка с запятой или табуляция) или карточки vCard 2.1, 3.0 и 4.0. Что в каком столбце, mango понимает по заголовку, русскому или английскому; *--map* говорит это сам: *--map \"Тел. 2=mobile\"*, лишний столбец — *skip*. Столбцов с номерами может быть сколько угодно.",
                "Reads a CSV table (comma, semicolon or tab) or vCards 2.1, 3.0 and 4.0. What a column holds is understood from its heading, Russian or English; *--map* says so itself: *--map \"Phone 2=mobile\"*, or *skip* for a column that is not wanted. There may be any number of columns with numbers.",
            ),
            tr(
                "Строка, которую взять нельзя, называется с её номером в файле и причиной и не мешает остальным; *--strict* не записывает тогда ничего. Кто уже известен — по мобильному, домашнему или по имени с тем же номером, — пропускается; *--update* дополняет его. Файл берётся целиком или не берётся вовсе: прерванный, он не оставляет следа; в BPMSoft и в адресной книге АТС записи появляются по одной, и при повторе взятые пропускаются.",
                "A row that cannot be taken is named with its line in the file and the reason, and does not stop the others; with *--strict* nothing is written then. Whoever is known already, by a mobile or home number or by name and number, is skipped; *--update* completes him. A file is taken in whole or not at all: one that was broken off leaves no trace. In BPMSoft and the address book of the PBX records appear one by one, and those taken are skipped the next time.",
            ),
            tr(
                "О файле не в UTF-8 сказано, на что он похож; *--encoding cp1251* прочитает его. *--dry-run* только проверяет. Непринятые строки — в stdout, сколько взято — в stderr.",
                "Of a file that is not UTF-8 it is said what it looks like; *--encoding cp1251* reads it. *--dry-run* only checks. Refused rows go to stdout, the counts to stderr.",
            ),
        ],
        json: vec![Shape {
            of: tr("Один объект:", "One object:"),
            keys: vec![
                ("file", string(), tr("Файл.", "The file.")),
                ("dry_run", boolean(), tr("Только проверка.", "Only checked.")),
                ("rows", integer(), tr("Строк прочитано.", "Rows read.")),
                ("created", integer(), tr("Добавлено.", "Added.")),
                ("updated", integer(), tr("Дополнено.", "Completed.")),
                ("skipped", integer(), tr("Уже известны.", "Known already.")),
                ("refused", integer(), tr("Не взято.", "Refused.")),
                ("stopped_at", integer(), tr("Строка, на которой отказал сервер.", "The row at which a server failed.")),
                (
                    "ignored_columns",
                    tr("массив строк", "array of strings"),
                    tr("Столбцы, которые не взяты.", "Columns that were not taken."),
                ),
                ("problems[].line", integer(), tr("Строка файла.", "Line of the file.")),
                ("problems[].outcome", string(), tr("refused, skipped или updated.", "refused, skipped or updated.")),
                ("problems[].reason", string(), tr("Причина.", "The reason.")),
                ("problems", tr("массив", "array"), tr("Что сказать о строках.", "What is to be said of rows.")),
            ],
        }],
        exits: &[0, 1, 2, 3, 4, 5, 6, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Посмотреть, что будет", "See what would be done"), example),
            (
                tr("Таблица из старой программы", "A table from an old program"),
                tr(
                    "mango contact import old.csv --encoding cp1251 --map \"Тел. 2=mobile\"",
                    "mango contact import old.csv --encoding cp1251 --map \"Phone 2=mobile\"",
                ),
            ),
            (
                tr("Из одного хранилища в другое", "From one place to another"),
                "mango --profile old contact export | mango --profile new contact import - --format csv",
            ),
        ],
        see: &["mango-contact-export", "mango-account-export", "mango-contact-create"],
    }
}

/// `contact export`, `account export`.
pub(super) fn export(example: &'static str) -> Text {
    Text {
        description: vec![
            tr(
                "Записывает всех, по имени: таблицу CSV или карточки vCard 4.0. *mango contact import* читает то и другое обратно без потерь. Память не растёт с их числом.",
                "Writes everybody, by name: a CSV table or vCards 4.0. *mango contact import* reads both back with nothing lost. Memory does not grow with their number.",
            ),
            tr(
                "Файл, который уже есть, не трогается без *--force*. Значение, которое таблица приняла бы за формулу, начинается с апострофа.",
                "A file that is there is left alone without *--force*. A value that a spreadsheet would take for a formula begins with an apostrophe.",
            ),
        ],
        exits: &[0, 1, 2, 4, 5, 6, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Записать в файл", "Write into a file"), example),
            (tr("В телефон", "For a telephone"), "mango contact export --format vcard > people.vcf"),
        ],
        see: &["mango-contact-import", "mango-account-import", "mango-contact-list"],
        ..Text::default()
    }
}

pub(super) fn account() -> Text {
    Text {
        description: vec![tr(
            "Компании и их номера: их находит и узнаёт mango так же, как людей. Хранятся там же, где контакты.",
            "Companies and their numbers: mango finds and recognises them as it does people. They are kept where contacts are.",
        )],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Найти компанию", "Find a company"), "mango account list Ромашка")],
        see: &[
            "mango-account-create",
            "mango-account-list",
            "mango-account-show",
            "mango-account-edit",
            "mango-account-delete",
            "mango-contact",
        ],
        ..Text::default()
    }
}

pub(super) fn account_create() -> Text {
    Text {
        description: vec![written(), from_call()],
        json: one_account(tr("Добавленная компания, один объект:", "The new company, one object:")),
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (
                tr("Добавить компанию", "Add a company"),
                "mango account create \"ООО «Ромашка»\" main:84950000060 fax:84950000061 --web romashka.example",
            ),
            (
                tr("Записать компанию, с которой говорили", "Enter the company of the last call"),
                "mango account create --from-call @1 --name \"ООО «Ромашка»\"",
            ),
        ],
        see: &["mango-account-list", "mango-contact-create"],
    }
}

pub(super) fn account_list() -> Text {
    Text {
        description: vec![found()],
        json: one_account(tr("Массив объектов:", "An array of objects:")),
        exits: LOCAL,
        variables: &["MANGO_OUTPUT", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Все компании", "All companies"), "mango account list")],
        see: &["mango-account-show", "mango-account-create"],
    }
}

pub(super) fn account_show() -> Text {
    Text {
        description: vec![whom()],
        json: one_account(tr("Один объект:", "One object:")),
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_OUTPUT", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("По названию", "By name"), "mango account show Тихая гавань")],
        see: &["mango-account-list", "mango-account-edit"],
    }
}

pub(super) fn account_edit() -> Text {
    Text {
        description: vec![edited(), whom(), written()],
        json: one_account(tr("Компания, как она записана теперь, один объект:", "The company as it is now, one object:")),
        exits: &[0, 1, 2, 3, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Записать сайт", "Enter the site"), "mango account edit Ромашка --web romashka.example")],
        see: &["mango-account-show", "mango-account-delete"],
    }
}

pub(super) fn account_delete() -> Text {
    Text {
        description: vec![
            tr(
                "Переспрашивает; в скрипте нужен *--yes*. Люди компании и звонки остаются.",
                "Asks first; a script needs *--yes*. The company's people and the calls stay.",
            ),
            whom(),
        ],
        json: one_account(tr("Удалённая компания, один объект:", "The company that was deleted, one object:")),
        exits: &[0, 1, 2, 3, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Удалить без вопросов", "Delete without asking"), "mango account delete Ромашка --yes")],
        see: &["mango-account-list"],
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
