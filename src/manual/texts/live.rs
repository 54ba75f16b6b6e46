//! What the pages say of calls that go on: receiving, watching, acting.

use super::*;

/// Codes of an order on a running call.
const ORDERS: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 8, 130];
const ORDER_VARIABLES: &[&str] = &["MANGO_EXTENSION", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"];

/// What is true of each of them.
fn how_orders_go() -> &'static str {
    tr(
        "Звонок — это *@N* из *mango calls* или начало идентификатора; без аргумента — мой единственный. Приказ отправляется один раз, и команда до десяти секунд ждёт, что скажет о нём АТС. Для этого события должен кто-нибудь принимать: *mango listen*, а для учебной АТС — *mango sandbox serve*. Если не принимает никто или АТС промолчала, код выхода 8; если подходящего звонка нет или их несколько — 3.",
        "A call is *@N* from *mango calls* or the beginning of an id; without an argument, my only one. The order is sent once, and up to ten seconds are given to the PBX's word on it. Somebody must be receiving events for that: *mango listen*, or for the practice PBX *mango sandbox serve*. If nobody is, or the PBX says nothing, the exit code is 8; if no call fits, or more than one, it is 3.",
    )
}

/// What an order that was carried out prints for programs.
fn order_shape() -> Shape {
    Shape {
        of: tr("Один объект, когда АТС выполнила приказ:", "One object, when the PBX has carried the order out:"),
        keys: vec![
            ("command", string(), tr("Метод API.", "Method of the API.")),
            ("command_id", string(), tr("Идентификатор запроса.", "Id of the request.")),
            ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
            ("call_id", string(), tr("Идентификатор плеча, которого касался приказ.", "Id of the leg that the order was for.")),
        ],
    }
}

fn order(first: &'static str, example: (&'static str, &'static str), see: &'static [&'static str]) -> Text {
    Text {
        description: vec![first, how_orders_go()],
        json: vec![order_shape()],
        exits: ORDERS,
        variables: ORDER_VARIABLES,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![example],
        see,
    }
}

pub(super) fn calls() -> Text {
    Text {
        description: vec![tr(
            "Показывает звонки, которые идут прямо сейчас, новые сверху, — из журнала, в который пишет *mango listen* (или *mango sandbox serve*). Если события никто не принимает, код выхода 8: сказать «звонков нет» было бы неправдой.",
            "Shows the calls that go on right now, newest first, from the journal that *mango listen* (or *mango sandbox serve*) writes. If nobody receives events, the exit code is 8: to say that there are no calls would not be true.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов, новые первыми:", "An array of objects, newest first:"),
            keys: vec![
                (
                    "n",
                    integer(),
                    tr(
                        "Номер в списке: @N для *hangup*, *reject*, *hold*, *record*, *transfer*.",
                        "Number in the list: @N for *hangup*, *reject*, *hold*, *record*, *transfer*.",
                    ),
                ),
                ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
                ("direction", string(), tr("incoming, outgoing или internal.", "incoming, outgoing or internal.")),
                ("state", string(), tr("ringing, talking или held.", "ringing, talking or held.")),
                ("name", string(), tr("Собеседник.", "The other side.")),
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
                ("line", string(), tr("Линия.", "Line.")),
                ("started_at", moment(), tr("Начало.", "When it began.")),
                ("answered_at", moment(), tr("Ответ.", "When it was answered.")),
                (
                    "duration",
                    seconds(),
                    tr("Сколько прошло с ответа, а до него — с начала.", "Time since the answer, before it since the beginning."),
                ),
                ("call_ids", strings(), tr("Идентификаторы плеч, которые ещё не кончились.", "Ids of the legs that have not ended.")),
            ],
        }],
        exits: &[0, 1, 2, 8],
        variables: &["MANGO_EXTENSION", "MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Что происходит", "What goes on"), "mango calls"),
            (tr("Мои звонки", "My calls"), "mango calls --me"),
            (
                tr("Сколько звонков ждут ответа", "How many calls wait for an answer"),
                "mango calls -o json | jq 'map(select(.state == \"ringing\")) | length'",
            ),
        ],
        see: &["mango-watch", "mango-listen", "mango-hangup", "mango-transfer"],
    }
}

pub(super) fn hangup() -> Text {
    order(
        tr(
            "Завершает звонок, который идёт или ещё только звонит. Во время консультации завершает её одну: собеседник возвращается.",
            "Ends a call that goes on or still rings. In a consultation, that alone is ended: the held party comes back.",
        ),
        (tr("Завершить мой звонок", "End my call"), "mango hangup"),
        &["mango-calls", "mango-reject"],
    )
}

pub(super) fn reject() -> Text {
    order(
        tr(
            "Отклоняет звонок, который звонит на моём телефоне. АТС решает сама, что с ним дальше: позвонить следующему сотруднику группы, включить голосовую почту или положить трубку.",
            "Rejects a call that rings at my telephone. The PBX decides what comes next: to ring another member of the group, to take a voice mail, or to hang up.",
        ),
        (tr("Отклонить звонок", "Reject the call"), "mango reject"),
        &["mango-calls", "mango-hangup"],
    )
}

pub(super) fn hold() -> Text {
    order(
        tr(
            "Ставит собеседника на удержание: он слышит музыку. Снять с удержания через API нельзя — это делается на телефоне.",
            "Puts the other side on hold, with music. The API cannot take a call off hold: that is done on the telephone.",
        ),
        (tr("Поставить на удержание", "Put on hold"), "mango hold"),
        &["mango-calls", "mango-transfer"],
    )
}

pub(super) fn record() -> Text {
    order(
        tr(
            "Записывает разговор с этой минуты, если запись подключена в личном кабинете.",
            "Records the conversation from now on, if the account has recording.",
        ),
        (tr("Записывать разговор", "Record the conversation"), "mango record"),
        &["mango-calls", "mango-show"],
    )
}

pub(super) fn transfer() -> Text {
    Text {
        description: vec![
            tr(
                "Переводит моего собеседника на КОМУ: коллегу, человека из контактов или номер. Обычный перевод — с консультацией: собеседник ждёт на удержании, пока я говорю с КОМУ, потом *--connect* соединяет их, а *--cancel* возвращает меня к собеседнику. С *--blind* (или с настройкой transfer.blind = true) перевод идёт вслепую, сразу. Пока при слепом переводе не ответили, *--cancel* его отменяет.",
                "Transfers the party I talk to to WHO: a colleague, a person from the contacts or a number. It is consultative unless told otherwise: the party waits on hold while I talk to WHO, then *--connect* joins the two and *--cancel* takes me back. With *--blind* (or the setting transfer.blind = true) it goes at once. *--cancel* takes a blind transfer back while nobody has answered.",
            ),
            tr(
                "На внешний номер АТС переводит, только если это разрешено в личном кабинете. О чём она откажет, её не просят: соединить, пока КОМУ не ответил, перевести на того, кто и так в разговоре, или на номер, которого на АТС нет (с *--yes* он всё же набирается).",
                "The PBX transfers to an outside number only if the account allows it. What it would refuse is not asked of it: to join before WHO has answered, to transfer to somebody who is in the call, or to a number that the PBX does not have (*--yes* dials that anyway).",
            ),
            how_orders_go(),
        ],
        json: vec![order_shape()],
        exits: ORDERS,
        variables: ORDER_VARIABLES,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Посоветоваться с коллегой", "Consult a colleague"), "mango transfer Сидорова"),
            (tr("… и соединить их", "… and join the two"), "mango transfer --connect"),
            (tr("… или вернуться к собеседнику", "… or go back"), "mango transfer --cancel"),
            (tr("Перевести вслепую", "Transfer at once"), "mango transfer 102 --blind"),
        ],
        see: &["mango-calls", "mango-hold", "mango-watch"],
    }
}

/// What hooks, *listen*, *watch* and *replay* tell of a call.
fn card_keys() -> Vec<Key> {
    vec![
        ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
        ("direction", string(), tr("incoming, outgoing или internal.", "incoming, outgoing or internal.")),
        ("state", string(), tr("ringing, talking, held или ended.", "ringing, talking, held or ended.")),
        ("name", string(), tr("Собеседник.", "The other side.")),
        ("company", string(), tr("Его компания.", "The other side's company.")),
        ("job", string(), tr("Его должность.", "The other side's job.")),
        (
            "kind",
            string(),
            tr("Вид номера: mobile, work, main, home, extension, fax.", "Kind of the number: mobile, work, main, home, extension, fax."),
        ),
        ("number", string(), tr("Номер собеседника.", "The other side's number.")),
        ("line", string(), tr("Линия.", "Line.")),
        (
            "channel",
            string(),
            tr(
                "Что привело звонящего: utm source посетителя сайта или канал линии; посетителя АТС называет не сразу.",
                "What brought the caller: the utm source of the site's visitor, or the channel of the line; the PBX tells of a visitor a little later.",
            ),
        ),
        (
            "employee",
            string(),
            tr(
                "Добавочный сотрудника; если звонящего перевели — того, с кем он теперь.",
                "The employee's extension; after a caller was passed on, of whoever has him.",
            ),
        ),
        ("employee_name", string(), tr("Имя сотрудника.", "The employee's name.")),
        ("last_call", object(), tr("Прошлый звонок с этим человеком или номером.", "The last call with this person or number.")),
        ("last_call.started_at", moment(), tr("Когда он был.", "When it was.")),
        ("last_call.answered", boolean(), tr("Был ли разговор.", "Whether there was a conversation.")),
        ("last_call.talk", seconds(), tr("Сколько он длился.", "Its talk time.")),
        ("last_call.result", string(), tr("Итог, записанный *mango note*.", "The result that *mango note* has noted.")),
        (
            "activities",
            objects(),
            tr("Что ещё предстоит с этим человеком, по сроку.", "What is still to be done with this person, by when it is due."),
        ),
        ("activities[].id", string(), tr("Идентификатор дела.", "Id of the activity.")),
        ("activities[].title", string(), tr("Что сделать.", "What is to be done.")),
        ("activities[].due", moment(), tr("Срок.", "By when.")),
        ("started_at", moment(), tr("Начало.", "When it began.")),
        ("answered_at", moment(), tr("Ответ.", "When it was answered.")),
        ("ended_at", moment(), tr("Конец.", "When it ended.")),
        ("talk", seconds(), tr("Сколько длился разговор.", "Talk time.")),
        ("reason", integer(), tr("Код АТС, с которым звонок кончился.", "The PBX's code for how the call ended.")),
        ("missed", boolean(), tr("Входящий, на который не ответили.", "An incoming call that nobody answered.")),
    ]
}

/// A line for every notification, and the call in it.
fn line_shapes() -> Vec<Shape> {
    vec![
        Shape {
            of: tr(
                "С *-o json* или *-o ndjson* — объект в строке на каждое событие:",
                "With *-o json* or *-o ndjson*, an object a line for every event:",
            ),
            keys: vec![
                ("id", integer(), tr("Номер события в журнале, растёт.", "Number of the event in the journal, growing.")),
                ("received_at", moment(), tr("Когда пришло.", "When it came.")),
                (
                    "event",
                    string(),
                    tr("events/call, events/summary, result/transfer, …", "events/call, events/summary, result/transfer, …"),
                ),
                ("state", string(), tr("Состояние звонка после него.", "State of the call after it.")),
                ("call", object(), tr("Звонок; null, если событие не о звонке.", "The call; null if the event is not about one.")),
            ],
        },
        Shape { of: tr("В *call*:", "In *call*:"), keys: card_keys() },
    ]
}

/// *--exec* of `listen` and `replay`.
fn how_hooks_go() -> &'static str {
    tr(
        "Команда из *--exec* запускается оболочкой на каждое событие из *--on* (без него — на все): incoming — звонят снаружи, outgoing — звоним наружу, answered — ответили, missed — пропущен, ended — завершён, recorded — запись готова. В stdin она получает JSON, как у *mango replay*, а в переменных — MANGO_EVENT, MANGO_ENTRY_ID, MANGO_DIRECTION, MANGO_NAME, MANGO_COMPANY, MANGO_NUMBER, MANGO_CALLED_EXTENSION, MANGO_CALLED_LINE, MANGO_CHANNEL и MANGO_TALK. Разом работают не больше четырёх команд, каждая не дольше 30 секунд; что она печатает, показывает *replay*, но не *listen*; неудача ни одного события не теряет.",
        "The command of *--exec* is run by the shell on every event of *--on* (without it, on all): incoming, a call from outside rings; outgoing, one to outside begins; answered; missed; ended; recorded, a recording is complete. On stdin it gets JSON as *mango replay* prints it, and in variables MANGO_EVENT, MANGO_ENTRY_ID, MANGO_DIRECTION, MANGO_NAME, MANGO_COMPANY, MANGO_NUMBER, MANGO_CALLED_EXTENSION, MANGO_CALLED_LINE, MANGO_CHANNEL and MANGO_TALK. At most four commands run at once, each for 30 seconds at most; what they print is shown by *replay* and not by *listen*, and a failure loses no event.",
    )
}

pub(super) fn listen() -> Text {
    Text {
        description: vec![
            tr(
                "Принимает события, которые АТС шлёт на «адрес внешней системы», проверяет подпись, записывает в журнал и только потом отвечает 200. Всё, что узнано, тут же видно в *watch*, *calls*, *history*, а *call --wait* узнаёт, чем кончился звонок. Неподписанное, подписанное неверно или чужим ключом получает 403. В терминале *listen* показывает то же, что *mango watch*. При запуске и раз в час он забирает из статистики то, что пропустил. Остановить: Ctrl-C или SIGTERM.",
                "Receives the events that the PBX sends to the address of the external system, verifies the signature, writes them to the journal, and only then answers 200. All that is learnt is at once in *watch*, *calls* and *history*, and *call --wait* learns how its call ended. What is unsigned, wrongly signed or of another key gets 403. At a terminal *listen* shows what *mango watch* does. At the start and every hour it takes from statistics what it missed. Ctrl-C or SIGTERM stops it.",
            ),
            tr(
                "АТС должна достучаться до него по HTTPS: через nginx или другой прокси (любой путь перед events/ годится) либо сразу, с *--tls-cert* и *--tls-key*. *--allow-ip mango* впускает только адреса самой АТС; за прокси нужен ещё *--trusted-proxy*. Что вписать в личном кабинете, печатает *--print-setup*.",
                "The PBX must reach it over HTTPS: through nginx or another proxy (any path before events/ will do), or directly with *--tls-cert* and *--tls-key*. *--allow-ip mango* admits the PBX's own addresses alone; behind a proxy *--trusted-proxy* is needed too. *--print-setup* prints what to enter in the personal account.",
            ),
            how_hooks_go(),
            tr(
                "Если звонят по номеру динамического коллтрекинга, *listen* тут же спрашивает АТС, кто за этим номером, и повторяет вопрос, пока звонок идёт; ни одного события это не задерживает. Что узнал, показывает *mango tracking show*.",
                "When a number of dynamic call tracking is called, *listen* asks the PBX at once who is behind it, and asks again while the call lasts; no event waits for that. *mango tracking show* shows what was learnt.",
            ),
            tr(
                "*--forward-to* пересылает принятые события дальше слово в слово и по порядку, с той же подписью; если получатель не отвечает, он получит их позже.",
                "*--forward-to* passes accepted events on word for word and in order, with the same signature; a receiver that does not answer gets them later.",
            ),
        ],
        json: line_shapes(),
        exits: &[0, 1, 2, 4],
        variables: &["MANGO_EXTENSION", "MANGO_OUTPUT", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL],
        examples: vec![
            (tr("Что вписать в личном кабинете", "What to enter in the personal account"), "mango listen --print-setup"),
            (
                tr("За nginx на той же машине, только от АТС", "Behind nginx on this machine, from the PBX alone"),
                "mango listen --trusted-proxy 127.0.0.1 --allow-ip mango",
            ),
            (
                tr("Без прокси", "Without a proxy"),
                "mango listen --bind 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key privkey.pem --allow-ip mango",
            ),
            (
                tr("Письмо о каждом пропущенном", "A letter for every missed call"),
                "mango listen --on missed --exec 'echo \"$MANGO_NAME $MANGO_NUMBER\" | mail -s \"Пропущен\" sales@example.org'",
            ),
            (tr("Уведомления о моих звонках", "Notifications of my calls"), "mango listen --me --notify"),
            (
                tr("Постоянно, под systemd", "For good, under systemd"),
                "mango listen --trusted-proxy 127.0.0.1 --allow-ip mango --print-unit > mango-listen.service",
            ),
        ],
        see: &["mango-watch", "mango-calls", "mango-replay", "mango-call", "mango-tracking"],
    }
}

pub(super) fn watch() -> Text {
    Text {
        description: vec![
            tr(
                "Показывает звонки, пока они идут: кто звонит, откуда он, когда и с каким итогом говорили в прошлый раз и какие дела с ним впереди — ещё до ответа; сколько длится разговор; чем кончилось. Читает журнал, в который пишет *mango listen* (для учебной АТС — *mango sandbox serve*), так что запускать можно в любом числе терминалов. Остановить: Ctrl-C.",
                "Shows calls while they go on: who calls, of which company, when you last talked and what came of it, and what is still to be done, before anybody answers; how long they talk; how it ended. It reads the journal that *mango listen* (for the practice PBX, *mango sandbox serve*) writes, so any number of terminals may run it. Ctrl-C stops it.",
            ),
            tr(
                "Клавиши в терминале: *r* — отклонить, *x* — положить трубку, *h* — удержание, *t* — перевод, *n* — записать итог этого или последнего звонка; действуют и в русской раскладке. Речь о моём звонке, поэтому нужен мой добавочный. В канал без *-o* идёт строка на событие.",
                "Keys at a terminal: *r* rejects, *x* hangs up, *h* holds, *t* transfers, *n* notes what came of this or the last call, in the Russian layout too. They are about my call, so my extension must be known. Into a pipe, without *-o*, goes a line for every event.",
            ),
        ],
        json: line_shapes(),
        exits: &[0, 1, 2, 130],
        variables: &["MANGO_EXTENSION", "MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL],
        examples: vec![
            (tr("Все звонки компании", "All calls of the company"), "mango watch"),
            (tr("Только мои", "Mine only"), "mango watch --me"),
            (
                tr("Номера тех, кто звонит, для другой программы", "Numbers of those who call, for another program"),
                "mango watch -o ndjson | jq -r --unbuffered 'select(.call.direction == \"incoming\" and .state == \"ringing\") | .call.number'",
            ),
        ],
        see: &["mango-listen", "mango-calls", "mango-reject", "mango-transfer"],
    }
}

pub(super) fn replay() -> Text {
    let mut keys = vec![(
        "event",
        string(),
        tr("incoming, outgoing, answered, missed, ended или recorded.", "incoming, outgoing, answered, missed, ended or recorded."),
    )];
    keys.extend(card_keys());
    Text {
        description: vec![
            tr(
                "Отдаёт записанные события команде ещё раз, как будто они только что пришли: каждое событие каждого звонка по разу и по порядку. Без *--exec* печатает их. О звонке говорится то, что известно теперь. К АТС не обращается.",
                "Gives recorded events to a command again, as if they had just come: every event of every call once, in order. Without *--exec* it prints them. Of a call it tells what is known now. The PBX is not asked.",
            ),
            how_hooks_go(),
        ],
        json: vec![Shape {
            of: tr(
                "Без *--exec*, при любом формате вывода — объект в строке; команда получает такой же:",
                "Without *--exec*, whatever the output format, an object a line; a command gets the same:",
            ),
            keys,
        }],
        exits: &[0, 1, 2, 130],
        variables: &["TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Что получила бы команда", "What a command would get"), "mango replay --on missed --since yesterday"),
            (tr("Проверить свой скрипт на сегодняшних звонках", "Try a script on today's calls"), "mango replay --exec ./on-call.sh"),
        ],
        see: &["mango-listen"],
    }
}
