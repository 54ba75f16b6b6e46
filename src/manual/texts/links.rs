//! What the pages say of what a person makes of a call: notes, links, activities.

use super::*;

/// Codes of a command that names a call or somebody.
const NAMES: &[u8] = &[0, 1, 2, 3, 4, 5, 6];

/// The files of calls.
const KEPT: &str = "~/.local/share/mango/PROFILE/files/";

/// `before` is `files` of a longer path.
pub(super) fn file_keys() -> Vec<Key> {
    vec![
        ("files", objects(), tr("Приложенные файлы.", "Files attached.")),
        ("files[].name", string(), tr("Имя.", "Name.")),
        ("files[].size", integer(), tr("Размер в байтах.", "Size in bytes.")),
        ("files[].path", string(), tr("Где он лежит на этой машине.", "Where it is on this machine.")),
        ("files[].added_at", moment(), tr("Когда приложен.", "When it was attached.")),
    ]
}

pub(super) fn note() -> Text {
    let mut keys = vec![
        ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
        ("result", string(), tr("Итог.", "Result.")),
        ("result_id", string(), tr("Его id в источнике контактов.", "Its id in the contact source.")),
        ("text", string(), tr("Подробно.", "In detail.")),
    ];
    keys.extend(file_keys());
    keys.push(("noted_at", moment(), tr("Когда записано или изменено в последний раз.", "When it was noted or last changed.")));
    Text {
        description: vec![
            tr(
                "Записывает, чем кончился звонок: итог, подробности, файлы. Повторный вызов меняет только то, что указано. Без параметров показывает записанное. Ничто из того, что потом расскажет АТС, записанного не меняет. Звонок — это *@N* из истории или начало идентификатора; без аргумента — последний.",
                "Notes what came of a call: a result, details, files. Called again, it changes only what is given. Without options it shows what is noted. Nothing that the PBX tells later changes it. A call is *@N* from the history or the beginning of an id; without an argument, the last one.",
            ),
            tr(
                "Итог — один из списка: настройка results (*mango config set results \"Назначена встреча, Перезвонить\"*), без неё — обычные; если контакты в BPMSoft — её итоги звонков. Регистр не важен, достаточно начала. *--ask* спрашивает об итоге и тексте; то же предлагает *mango call --wait* после разговора и клавиша n в *mango watch*. Файлы копируются в каталог профиля.",
                "A result is one of a list: that of the setting results (*mango config set results \"Meeting arranged, Call back\"*), without it the usual ones; with contacts in BPMSoft, its results of calls. Case does not matter, the beginning will do. *--ask* asks for result and text; so do *mango call --wait* after a conversation and the key n of *mango watch*. Files are copied into the profile's directory.",
            ),
        ],
        json: vec![Shape { of: tr("Один объект, каким он стал:", "One object, as it is now:"), keys }],
        exits: &[0, 1, 2, 3, 4, 5, 6, 130],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, KEPT],
        examples: vec![
            (
                tr("О последнем звонке", "Of the last call"),
                tr(
                    "mango note --result \"Назначена встреча\" --text \"во вторник\"",
                    "mango note --result \"Meeting arranged\" --text \"on Tuesday\"",
                ),
            ),
            (tr("Приложить файл к третьему с конца", "Attach a file to the third last"), "mango note @3 --file contract.pdf"),
            (
                tr("Звонки без итога за неделю", "This week's calls without a result"),
                "mango history --since 7d -o json | jq -r '.[] | select(.answered and .result == null).entry_id'",
            ),
        ],
        see: &["mango-show", "mango-link", "mango-activity", "mango-history"],
    }
}

/// Keys of a link, below `before`.
pub(super) fn link_keys(in_page: bool) -> Vec<Key> {
    let meanings = [
        string(),
        tr("contact, account, activity или тип объекта: Lead.", "contact, account, activity, or the type of an object: Lead."),
        tr("Идентификатор в источнике контактов.", "Id in the contact source."),
        tr("Имя или название.", "Name or title."),
        tr("person — связал человек; number — узнан по номеру.", "person: somebody linked it; number: recognised by the number."),
        tr("Источник контактов.", "Contact source."),
        tr("Когда связан; null, если узнан по номеру.", "When it was linked; null if recognised by the number."),
    ];
    let keys = match in_page {
        false => ["type", "id", "name", "by", "source", "linked_at"],
        true => ["links[].type", "links[].id", "links[].name", "links[].by", "links[].source", "links[].linked_at"],
    };
    let kind = |n: usize| if n == 5 { moment() } else { meanings[0] };
    keys.into_iter().enumerate().map(|(n, key)| (key, kind(n), meanings[n + 1])).collect()
}

fn links_shape() -> Shape {
    Shape {
        of: tr("Массив объектов — все связи звонка:", "An array of objects, all links of the call:"), keys: link_keys(false)
    }
}

pub(super) fn link() -> Text {
    Text {
        description: vec![
            tr(
                "Связывает звонок с человеком, компанией, делом, другим объектом; без параметров показывает, с чем он связан. Человек и компания у звонка по одному: новый занимает место прежнего; вместе с человеком связывается его компания. Пока звонок ни с кем не связан, он принадлежит тому, чей это номер.",
                "Links a call to a person, a company, an activity or another object; without options it shows what the call is linked to. A call has one person and one company: a new one takes the place of the one before; a person's company is linked with the person. Until a call is linked to somebody, it belongs to whom its number belongs to.",
            ),
            tr(
                "Если номера звонка у человека или компании ещё нет, он добавляется: человеку — как мобильный, компании — как основной; *--no-number* — не добавлять. Какие объекты бывают, знает источник контактов: в BPMSoft это столбцы звонка (Lead, Opportunity, …), в своём списке — любые.",
                "If the person or company does not have the call's number yet, it is added, as a person's mobile or a company's main number; *--no-number* leaves it. Which objects there are, the contact source knows: in BPMSoft the columns of a call (Lead, Opportunity, …), in a list of one's own any.",
            ),
        ],
        json: vec![links_shape()],
        exits: NAMES,
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("С чем связан последний звонок", "What the last call is linked to"), "mango link"),
            (tr("Звонок был от Смирновой", "The call was from Смирнова"), "mango link @1 --contact Смирнова"),
            (tr("С делом и с лидом", "To an activity and a lead"), "mango link @1 --activity 3 --object Lead:17"),
        ],
        see: &["mango-unlink", "mango-show", "mango-contact", "mango-activity"],
    }
}

pub(super) fn unlink() -> Text {
    Text {
        description: vec![tr(
            "Убирает связи, сделанные *mango link*. Человек, компания и дело указываются по id или части имени.",
            "Takes back links made by *mango link*. A person, a company and an activity are named by id or a part of the name.",
        )],
        json: vec![links_shape()],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Это была не Смирнова", "It was not Смирнова"), "mango unlink @1 --contact Смирнова")],
        see: &["mango-link"],
    }
}

/// Keys of an activity; `activities[].…` in a page.
pub(super) fn activity_keys(in_page: bool) -> Vec<Key> {
    let keys: [(&str, &str, &str, &str); 14] = [
        ("id", "activities[].id", string(), tr("Идентификатор в источнике контактов.", "Id in the contact source.")),
        ("title", "activities[].title", string(), tr("Что сделать.", "What is to be done.")),
        ("due", "activities[].due", moment(), tr("Срок.", "By when.")),
        (
            "owner",
            "activities[].owner",
            string(),
            tr(
                "Кто сделает: добавочный, в BPMSoft — имя; null — кто угодно.",
                "Who is to do it: an extension, in BPMSoft a name; null for anybody.",
            ),
        ),
        ("contact", "activities[].contact", object(), tr("С кем.", "With whom.")),
        ("contact.id", "activities[].contact.id", string(), tr("Его идентификатор.", "The person's id.")),
        ("contact.name", "activities[].contact.name", string(), tr("Его имя.", "The person's name.")),
        ("account", "activities[].account", object(), tr("Для какой компании.", "For which company.")),
        ("account.id", "activities[].account.id", string(), tr("Её идентификатор.", "The company's id.")),
        ("account.name", "activities[].account.name", string(), tr("Её название.", "The company's name.")),
        (
            "call",
            "activities[].call",
            string(),
            tr("Идентификатор звонка, из-за которого дело появилось.", "Id of the call that it came of."),
        ),
        ("done", "activities[].done", boolean(), tr("Сделано ли.", "Whether it is done.")),
        ("result", "activities[].result", string(), tr("Что вышло.", "What came of it.")),
        ("text", "activities[].text", string(), tr("Подробно.", "In detail.")),
    ];
    keys.into_iter().map(|(own, below, kind, meaning)| (if in_page { below } else { own }, kind, meaning)).collect()
}

pub(super) fn activity() -> Text {
    Text {
        description: vec![tr(
            "Дела: что сделать после звонка, с кем и к какому сроку. Они хранятся там же, где контакты: на этой машине или в BPMSoft; в адресной книге АТС дел нет.",
            "Activities: what is to be done after a call, with whom and by when. They are kept where the contacts are, on this machine or in BPMSoft; the PBX's address book has none.",
        )],
        exits: NAMES,
        variables: &["MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL],
        examples: vec![(
            tr("После звонка", "After a call"),
            tr(
                "mango activity create --from-call @1 \"Встреча\" --due вторник",
                "mango activity create --from-call @1 Meeting --due tuesday",
            ),
        )],
        see: &["mango-activity-create", "mango-activity-list", "mango-activity-done", "mango-note"],
        ..Text::default()
    }
}

pub(super) fn activity_create() -> Text {
    Text {
        description: vec![
            tr(
                "Добавляет дело. *--from-call* берёт человека и компанию из звонка и связывает с делом звонок; если указаны *--contact* или *--account*, дело с ними. Человек приводит с собой свою компанию.",
                "Adds an activity. *--from-call* takes person and company from the call and links the call to the activity; with *--contact* or *--account* it is with them. A person brings his company along.",
            ),
            tr(
                "Срок: завтра, вторник (ближайший, не сегодня), 2026-12-01, 01.12, завтра 10:00, 2026-12-01T10:00, 16:30, +2h, «через неделю». День без времени — до 18:00.",
                "Due: tomorrow, tuesday (the next one, not today), 2026-12-01, 01.12, tomorrow 10:00, 2026-12-01T10:00, 16:30, +2h, \"in 3 days\", in Russian too. A day without a time means 18:00.",
            ),
        ],
        json: vec![Shape {
            of: tr("Добавленное дело, один объект:", "The new activity, one object:"), keys: activity_keys(false)
        }],
        exits: NAMES,
        variables: &["MANGO_EXTENSION", "MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL],
        examples: vec![
            (
                tr("После последнего звонка", "After the last call"),
                tr(
                    "mango activity create --from-call @1 \"Встреча\" --due вторник",
                    "mango activity create --from-call @1 Meeting --due tuesday",
                ),
            ),
            (
                tr("Поручить коллеге", "For a colleague"),
                tr(
                    "mango activity create Отправить договор --contact Иванова --owner 102 --due \"завтра 10:00\"",
                    "mango activity create Send the contract --contact Иванова --owner 102 --due \"tomorrow 10:00\"",
                ),
            ),
        ],
        see: &["mango-activity-list", "mango-activity-done"],
    }
}

pub(super) fn activity_list() -> Text {
    Text {
        description: vec![tr(
            "Показывает мои дела, которые не сделаны: сначала те, чей срок ближе; просроченные — цветом. *--all* — всех сотрудников, *--with* — с этим человеком или компанией, *--done* — сделанные, новые первыми. Если мой добавочный неизвестен, показывает дела всех.",
            "Shows my activities that are not done, the nearest due first; those that are late in colour. *--all* shows everybody's, *--with* those with this person or company, *--done* those that are done, newest first. If my extension is not known, everybody's are shown.",
        )],
        json: vec![Shape { of: tr("Массив объектов:", "An array of objects:"), keys: activity_keys(false) }],
        exits: NAMES,
        variables: &["MANGO_EXTENSION", "MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL],
        examples: vec![
            (tr("Что мне сделать", "What I am to do"), "mango activity list"),
            (
                tr("Всё, что было и будет с Ивановой", "All that was and will be with Иванова"),
                "mango activity list --with Иванова --open --done",
            ),
            (
                tr("Просроченное", "What is late"),
                "mango activity list --all -o json | jq -r '.[] | select(.due != null and (.due[:19] < (now | todate))).title'",
            ),
        ],
        see: &["mango-activity-create", "mango-activity-done"],
    }
}

pub(super) fn activity_done() -> Text {
    Text {
        description: vec![tr(
            "Отмечает дело сделанным. *--result* — что вышло, *--text* — подробно, вместо прежнего текста.",
            "Marks an activity as done. *--result* is what came of it, *--text* the details, instead of the text before.",
        )],
        json: vec![Shape {
            of: tr("Дело, каким оно стало, один объект:", "The activity as it is now, one object:"),
            keys: activity_keys(false),
        }],
        exits: NAMES,
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(
            tr("Встреча была", "The meeting took place"),
            tr("mango activity done 3 --result \"Подписали договор\"", "mango activity done 3 --result \"Contract signed\""),
        )],
        see: &["mango-activity-list"],
    }
}
