//! What the pages say of calling and of calls that are over.

use super::*;

pub(super) fn call() -> Text {
    Text {
        description: vec![
            tr(
                "АТС звонит на мой телефон, а когда я снял трубку — набирает КОМУ. Слова имени можно не брать в кавычки. Имя, подошедшее нескольким, в терминале выбирается из списка; *--yes* берёт первый номер человека, если человек один.",
                "The PBX rings my phone, and when I have picked up it dials WHO. The words of a name need no quotes. If a name fits several people, a list is shown at a terminal; *--yes* takes the first number if it is one person.",
            ),
            tr(
                "Запрос отправляется один раз. Если связь оборвалась, когда он мог уже уйти, команда не повторяет его, а кончается кодом 8. Номера экстренных служб набираются только после подтверждения.",
                "The request is sent once. If the connection broke when it may have left, it is not repeated: the exit code is 8. Emergency numbers are dialled only after a confirmation.",
            ),
            tr(
                "*--wait* рассказывает, как идёт звонок, и дожидается конца; в терминале потом можно записать итог (Enter — пропустить); для этого должен работать *mango listen* (для учебной АТС это происходит само). *--auto-answer* просит телефон снять трубку самому; телефон должен это уметь.",
                "*--wait* tells how the call goes and waits for its end; at a terminal the result may then be noted (Enter skips); *mango listen* must be running for that (with the practice PBX it happens by itself). *--auto-answer* asks the phone to pick up by itself; the phone must be able to.",
            ),
        ],
        json: vec![
            Shape {
                of: tr(
                    "Один объект; без *--wait* звонка ещё нет, и часть ключей null:",
                    "One object; without *--wait* there is no call yet, and some keys are null:",
                ),
                keys: vec![
                    ("command_id", string(), tr("Идентификатор запроса.", "Id of the request.")),
                    ("entry_id", string(), tr("Идентификатор звонка, годится для *mango show*.", "Id of the call, good for *mango show*.")),
                    ("to_number", string(), tr("Номер, который набран.", "The number dialled.")),
                    ("to_name", string(), tr("Имя из контактов или имя сотрудника.", "Name from the contacts, or an employee's.")),
                    (
                        "kind",
                        string(),
                        tr(
                            "Вид номера: mobile, work, main, home, extension, fax.",
                            "Kind of the number: mobile, work, main, home, extension, fax.",
                        ),
                    ),
                    ("state", string(), tr("ringing, talking, held или ended.", "ringing, talking, held or ended.")),
                    ("answered", boolean(), tr("Был ли разговор.", "Whether there was a conversation.")),
                    ("wait", seconds(), tr("Сколько ждали ответа.", "Time until the answer.")),
                    ("talk", seconds(), tr("Сколько длился разговор.", "Talk time.")),
                    ("reason", integer(), tr("Код АТС, с которым звонок кончился.", "The PBX's code for how the call ended.")),
                ],
            },
            Shape {
                of: tr("С *--dry-run* — один объект:", "With *--dry-run*, one object:"),
                keys: vec![
                    ("path", string(), tr("Метод API.", "Method of the API.")),
                    ("json", tr("объект", "object"), tr("Запрос, каким бы он ушёл.", "The request as it would be sent.")),
                ],
            },
        ],
        exits: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 130],
        variables: &["MANGO_EXTENSION", "MANGO_LINE", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Позвонить по имени и дождаться конца", "Call by name and wait for the end"), "mango call Иванова --wait"),
            (tr("По номеру, с линии 8-800", "A number, from the 8-800 line"), "mango call 8 495 000-00-20 --line 88000000010"),
            (tr("Перезвонить тому, с кем был последний звонок", "Call back whoever the last call was with"), "mango call @1"),
            (
                tr("Коллеге, на мобильный вместо настольного телефона", "A colleague, with my mobile ringing instead of the desk phone"),
                "mango call 102 --from-number +79000000001",
            ),
            (tr("От имени группы", "From a group"), "mango call Иванова --group 300 --line 74950000010"),
            (tr("Посмотреть запрос и не звонить", "See the request without calling"), "mango call Иванова --dry-run -o json"),
        ],
        see: &["mango-history", "mango-listen", "mango-calls", "mango-contact", "mango-config"],
    }
}

pub(super) fn sms() -> Text {
    Text {
        description: vec![
            tr(
                "Отправляет SMS человеку или на номер. Сотруднику по добавочному SMS не отправить. КОМУ — одно слово или в кавычках; остальное — текст, кавычки ему не нужны. Вместо текста *-*: он читается из stdin.",
                "Sends a text message to a person or a number. An extension cannot get one. WHO is one word, or in quotes; the rest is the text, which needs no quotes. With *-* for the text it is read from stdin.",
            ),
            tr(
                "Помещается 268 знаков, в одной латинице — 612; длинный текст уходит частями, и каждая оплачивается. Платит сотрудник *--from*. Сообщение отправляется один раз: если связь оборвалась, когда оно могло уже уйти, код завершения 8.",
                "268 characters fit, 612 if all of them are Latin; a long text goes in parts, each of which is paid for. The employee *--from* is billed. A message is sent once: if the connection broke when it may have left, the exit code is 8.",
            ),
            tr(
                "*--wait* дожидается, дошло ли оно; для этого должен работать *mango listen*. Не дошло — код 6.",
                "*--wait* waits to hear whether it arrived; *mango listen* must be running for that. If it did not, the exit code is 6.",
            ),
        ],
        json: vec![
            Shape {
                of: tr("Один объект:", "One object:"),
                keys: vec![
                    ("command_id", string(), tr("Идентификатор запроса.", "Id of the request.")),
                    ("to_number", string(), tr("Кому отправлено.", "Where it was sent.")),
                    ("to_name", string(), tr("Имя из контактов.", "Name from the contacts.")),
                    ("kind", string(), tr("Вид номера.", "Kind of the number.")),
                    ("segments", integer(), tr("В скольких частях.", "In how many parts.")),
                    ("delivered", boolean(), tr("Дошло ли; без *--wait* null.", "Whether it arrived; null without *--wait*.")),
                    ("reason", integer(), tr("Код АТС о доставке.", "The PBX's code for the delivery.")),
                ],
            },
            Shape {
                of: tr("С *--dry-run* — один объект:", "With *--dry-run*, one object:"),
                keys: vec![
                    ("path", string(), tr("Метод API.", "Method of the API.")),
                    ("json", tr("объект", "object"), tr("Запрос, каким бы он ушёл.", "The request as it would be sent.")),
                ],
            },
        ],
        exits: &[0, 1, 2, 3, 4, 5, 6, 8, 130],
        variables: &["MANGO_EXTENSION", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Напомнить", "Remind"), "mango sms Иванова Ждём вас завтра в 10:00"),
            (
                tr(
                    "Тому, с кем был последний звонок, и узнать, дошло ли",
                    "To whoever the last call was with, and hear whether it arrived",
                ),
                "mango sms @1 'Перезвоните нам, пожалуйста' --wait",
            ),
            (tr("Из другой программы", "From another program"), "df -h / | tail -1 | mango sms +79000000051 -"),
        ],
        see: &["mango-call", "mango-listen", "mango-balance"],
    }
}

fn call_keys() -> Vec<Key> {
    vec![
        (
            "n",
            integer(),
            tr(
                "Номер в истории: @N; null, если после него было больше десяти тысяч звонков.",
                "Number in history: @N; null for calls that more than ten thousand others followed.",
            ),
        ),
        ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
        ("direction", string(), tr("incoming, outgoing или internal.", "incoming, outgoing or internal.")),
        ("state", string(), tr("ringing, talking, held или ended.", "ringing, talking, held or ended.")),
        ("started_at", moment(), tr("Начало.", "When it began.")),
        ("answered_at", moment(), tr("Ответ.", "When it was answered.")),
        ("ended_at", moment(), tr("Конец.", "When it ended.")),
        (
            "name",
            string(),
            tr("Собеседник: имя из контактов или то, что сообщила АТС.", "The other side: name from the contacts, or what the PBX told."),
        ),
        ("number", string(), tr("Его номер.", "The other side's number.")),
        (
            "employee",
            string(),
            tr(
                "Добавочный сотрудника; если звонящего перевели — того, с кем он теперь.",
                "The employee's extension; after a caller was passed on, of whoever has him.",
            ),
        ),
        ("employee_name", string(), tr("Имя сотрудника.", "The employee's name.")),
        ("from_number", string(), tr("Номер звонящего.", "The caller's number.")),
        ("from_extension", string(), tr("Добавочный звонящего.", "The caller's extension.")),
        ("to_number", string(), tr("Номер вызываемого.", "The called number.")),
        ("to_extension", string(), tr("Добавочный вызываемого.", "The called extension.")),
        ("line", string(), tr("Линия.", "Line.")),
        ("group", string(), tr("Группа, через которую шёл звонок.", "Group that the call went through.")),
        ("answered", boolean(), tr("Был ли разговор.", "Whether there was a conversation.")),
        ("missed", boolean(), tr("Входящий, на который не ответили.", "An incoming call that nobody answered.")),
        ("wait", seconds(), tr("Сколько ждали ответа.", "Time until the answer.")),
        ("talk", seconds(), tr("Сколько длился разговор.", "Talk time.")),
        (
            "hold",
            seconds(),
            tr("Сколько собеседника держали на удержании; null — нисколько или неизвестно.", "Time on hold; null if none, or not known."),
        ),
        ("reason", integer(), tr("Код АТС, с которым звонок кончился.", "The PBX's code for how the call ended.")),
        ("reason_words", string(), tr("Он же словами, на языке пользователя.", "The same in words, in the person's language.")),
        ("result", string(), tr("Итог, записанный *mango note*.", "The result that *mango note* has noted.")),
        ("created_by", string(), tr("Чем создан звонок, как это пишет АТС.", "What made the call, as the PBX writes it.")),
        (
            "init_type",
            integer(),
            tr(
                "Чем создан звонок, числом (context_init_type): 0 — с телефона, 3 — контакт-центром, 4 — заказан, 5 — виджетом, 6 — перезвоном.",
                "What made the call, as a number (context_init_type): 0 a phone, 3 the contact centre, 4 an order, 5 the widget, 6 a call-back.",
            ),
        ),
        (
            "command_id",
            string(),
            tr("Идентификатор запроса, если звонок сделан через API.", "Id of the request, if the call was made through the API."),
        ),
        ("recordings", strings(), tr("Идентификаторы записей разговора.", "Ids of the recordings.")),
    ]
}

pub(super) fn history() -> Text {
    Text {
        description: vec![
            tr(
                "Сначала забирает с АТС новое (в первый раз — за 29 дней или с *--since*), потом отвечает из журнала на этой машине. Если до АТС не достучаться, отвечает из журнала и говорит, насколько он стар. Новые звонки — сверху.",
                "First takes what is new from the PBX (the first time 29 days, or since *--since*), then answers from the journal on this machine. If the PBX cannot be reached, it answers from the journal and says how old it is. Newest calls come first.",
            ),
            tr(
                "Время пишется так: 2026-11-01, 01.11.2026, 2026-11-01T09:00, today, yesterday, monday, 14:05, 2h, 7d, вчера, понедельник, «3 дня назад».",
                "Times are written as 2026-11-01, 01.11.2026, 2026-11-01T09:00, today, yesterday, monday, 14:05, 2h, 7d, \"3 days ago\", in Russian too.",
            ),
        ],
        json: vec![Shape {
            of: tr("Массив объектов, новые первыми:", "An array of objects, newest first:"), keys: call_keys()
        }],
        exits: &[0, 1, 2, 3, 4, 5, 6, 130],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Последние двадцать звонков", "The last twenty calls"), "mango history"),
            (
                tr("Кому ещё не перезвонили с понедельника", "Missed since Monday and not called back yet"),
                "mango history --unreturned --since monday",
            ),
            (
                tr("С кем говорили дольше пяти минут вчера", "Talks of more than five minutes yesterday"),
                "mango history --min-talk 300 --since yesterday --until yesterday",
            ),
            (
                tr("Все звонки с человеком, без обращения к АТС", "All calls with a person, without asking the PBX"),
                "mango history --with Иванова --offline",
            ),
            (
                tr("За месяц в таблицу", "A month into a spreadsheet"),
                "mango history --since 2026-10-01 --until 2026-10-31 -o csv > october.csv",
            ),
            (
                tr("Сколько секунд проговорил каждый за неделю", "Seconds that each employee talked this week"),
                "mango history --since 7d -o json | jq 'group_by(.employee) | map({(.[0].employee // \"-\"): (map(.talk // 0) | add)}) | add'",
            ),
        ],
        see: &["mango-show", "mango-call"],
    }
}

pub(super) fn show() -> Text {
    let mut keys = call_keys();
    keys.extend([
        ("from", string(), tr("Кто звонил: имя, добавочный, номер.", "Who called: name, extension, number.")),
        ("to", string(), tr("Кому звонили.", "Who was called.")),
        ("created_by_words", string(), tr("Чем создан звонок, словами.", "What made the call, in words.")),
        ("text", string(), tr("Что записано о звонке подробно.", "What is noted of the call in detail.")),
        ("noted_at", moment(), tr("Когда записано или изменено в последний раз.", "When it was noted or last changed.")),
        ("links", objects(), tr("С чем звонок связан, как в *mango link*.", "What the call is linked to, as in *mango link*.")),
        ("activities", objects(), tr("Дела, с которыми он связан.", "Activities that it is linked to.")),
        (
            "tracking",
            object(),
            tr(
                "Откуда пришёл звонок, как в *mango tracking show*; null, если об этом ничего не известно.",
                "Where the call came from, as in *mango tracking show*; null if nothing is known of that.",
            ),
        ),
        (
            "legs",
            objects(),
            tr("Плечи: каждое соединение с телефоном, меню, очередью.", "Legs: each connection to a phone, a menu, a queue."),
        ),
        ("legs[].call_id", string(), tr("Идентификатор плеча.", "Id of the leg.")),
        (
            "legs[].location",
            string(),
            tr(
                "Где: ivr, queue, abonent, user, number, group, conference.",
                "Where: ivr, queue, abonent, user, number, group, conference.",
            ),
        ),
        ("legs[].state", string(), tr("ringing, talking, held или ended.", "ringing, talking, held or ended.")),
        ("legs[].from_number", string(), tr("Номер звонящего.", "The caller's number.")),
        ("legs[].from_extension", string(), tr("Добавочный звонящего.", "The caller's extension.")),
        ("legs[].to_number", string(), tr("Номер вызываемого.", "The called number.")),
        ("legs[].to_extension", string(), tr("Добавочный вызываемого.", "The called extension.")),
        ("legs[].to_name", string(), tr("Имя вызываемого.", "The called party's name.")),
        ("legs[].started_at", moment(), tr("Начало.", "When it began.")),
        ("legs[].answered_at", moment(), tr("Ответ.", "When it was answered.")),
        ("legs[].ended_at", moment(), tr("Конец.", "When it ended.")),
        ("legs[].hold", seconds(), tr("Сколько на удержании.", "Time on hold.")),
        ("legs[].reason", integer(), tr("Код АТС, с которым плечо кончилось.", "The PBX's code for how the leg ended.")),
        ("legs[].reason_words", string(), tr("Он же словами.", "The same in words.")),
        ("legs[].recordings", strings(), tr("Идентификаторы записей.", "Ids of the recordings.")),
        ("feed", objects(), tr("События звонка, в том порядке, как пришли.", "Events of the call, in the order in which they came.")),
        ("feed[].received_at", moment(), tr("Когда пришло.", "When it came.")),
        (
            "feed[].event",
            string(),
            tr("events/call, events/summary, result/transfer, …", "events/call, events/summary, result/transfer, …"),
        ),
        ("feed[].words", string(), tr("Что случилось, на языке пользователя.", "What happened, in the person's language.")),
    ]);
    keys.extend(links::file_keys());
    keys.extend(links::link_keys(true));
    keys.extend(links::activity_keys(true));
    Text {
        description: vec![tr(
            "Всё, что журнал знает о звонке: стороны, направление, чем создан, время, чем кончился, итог и подробности, файлы, связи, записи, плечи и события, если их кто-нибудь принимал. К АТС не обращается. Звонок — это *@N* из истории или начало идентификатора, если оно одно такое; без аргумента — последний звонок.",
            "Everything the journal knows about a call: parties, direction, what made it, times, how it ended, result and details, files, links, recordings, legs, and events if somebody received them. The PBX is not asked. A call is *@N* from the history or the beginning of an id, if it is unique; without an argument, the last call.",
        )],
        json: vec![Shape { of: tr("Один объект:", "One object:"), keys }],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Последний звонок", "The last call"), "mango show"),
            (tr("Третий с конца", "The third last"), "mango show @3"),
            (tr("Идентификаторы записей", "Ids of its recordings"), "mango show @1 -o json | jq -r '.recordings[]'"),
        ],
        see: &["mango-history", "mango-note", "mango-link", "mango-activity"],
    }
}
