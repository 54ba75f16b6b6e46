//! What the pages say of the PBX, the real one and the one for practice.

use super::*;

pub(super) fn lines() -> Text {
    Text {
        description: vec![tr(
            "Спрашивает у АТС линии — номера компании. Номер линии годится для *--line*; линию SIP называют по имени.",
            "Asks the PBX for its lines, the company's numbers. A line's number is good for *--line*; a SIP line goes by its name.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов:", "An array of objects:"),
            keys: vec![
                ("number", string(), tr("Номер.", "Number.")),
                ("name", string(), tr("Имя линии SIP.", "Name of a SIP line.")),
                ("comment", string(), tr("Примечание.", "Comment.")),
                ("region", string(), tr("Регион.", "Region.")),
                ("schema", string(), tr("Схема распределения звонков.", "Distribution scheme of its calls.")),
                ("line_id", integer(), tr("Идентификатор на АТС.", "Id on the PBX.")),
            ],
        }],
        exits: ASKS,
        variables: &["MANGO_OUTPUT", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[LIMITS],
        examples: vec![(tr("Все линии", "All lines"), "mango lines")],
        see: &["mango-call", "mango-config"],
    }
}

pub(super) fn balance() -> Text {
    Text {
        description: vec![tr(
            "Спрашивает у АТС деньги на лицевом счёте. С *--below* код завершения 1, если их меньше: для cron.",
            "Asks the PBX for the money on the account. With *--below* the exit code is 1 if there is less: for cron.",
        )],
        json: vec![Shape {
            of: tr("Один объект:", "One object:"),
            keys: vec![
                ("balance", tr("число", "number"), tr("Сколько денег.", "How much.")),
                ("currency", string(), tr("Валюта.", "Currency.")),
            ],
        }],
        exits: ASKS,
        variables: &["MANGO_OUTPUT", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[LIMITS],
        examples: vec![
            (tr("Баланс", "The balance"), "mango balance"),
            (
                tr("Предупредить, когда меньше пятисот рублей", "Warn when there are less than five hundred roubles"),
                "mango balance --below 500",
            ),
        ],
        see: &["mango-status"],
    }
}

pub(super) fn sandbox() -> Text {
    Text {
        description: vec![tr(
            "АТС на этой машине: те же запросы, подписи, ограничения и события, что у настоящей, и вымышленные люди, которые отвечают, заняты, молчат или отклоняют. Любая команда с *--sandbox* говорит с ней. Если учебная АТС не запущена, команда заводит свою и перед выходом доигрывает её звонки.",
            "A PBX on this machine: the same requests, signatures, limits and events as the real one has, and invented people who answer, are busy, let it ring or decline. Any command with *--sandbox* speaks to it. If none is running, the command carries its own and plays its calls to their end before it exits.",
        )],
        exits: &[0, 1, 2, 5, 130],
        variables: &["MANGO_SANDBOX_SPEED", "MANGO_SANDBOX_SEED", "MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![(tr("Позвонить без АТС", "Call without a PBX"), "mango --sandbox call Иванова --wait")],
        see: &[
            "mango-sandbox-serve",
            "mango-sandbox-incoming",
            "mango-sandbox-answer",
            "mango-sandbox-hangup",
            "mango-sandbox-generate",
            "mango-sandbox-reset",
        ],
        ..Text::default()
    }
}

pub(super) fn sandbox_serve() -> Text {
    Text {
        description: vec![tr(
            "Слушает HTTP, пока её не остановят, и для всех, кто говорит с API MANGO OFFICE, ничем не отличается от настоящей. Когда она готова, печатает одну строку JSON. Запущенной АТС пользуются все команды с *--sandbox*. Остановить: Ctrl-C или SIGTERM.",
            "Listens for HTTP until it is stopped, and is a real one to everybody who speaks the MANGO OFFICE API. When it is ready it prints one line of JSON. All commands with *--sandbox* use the one that is running. Ctrl-C or SIGTERM stops it.",
        )],
        json: vec![Shape {
            of: tr("Одна строка, когда готова, в любом формате вывода:", "One line when it is ready, whatever the output format:"),
            keys: vec![
                ("url", string(), tr("Адрес API.", "Address of the API.")),
                ("key", string(), tr("Ключ.", "Key.")),
                ("salt", string(), tr("Соль.", "Salt.")),
                ("control", string(), tr("Адрес, по которому ею управляют.", "Address by which it is controlled.")),
                ("limits", boolean(), tr("Ограничено ли число запросов.", "Whether it limits the number of requests.")),
                ("crm", string(), tr("Адрес учебной BPMSoft.", "Address of the practice BPMSoft.")),
                ("crm_user", string(), tr("Кто может в неё войти.", "Who can sign in there.")),
                ("crm_password", string(), tr("Пароль для входа.", "The password for that.")),
                ("widgets_url", string(), tr("Адрес API виджетов коллтрекинга.", "Address of the call-tracking widgets API.")),
                ("widget_token", string(), tr("Токен виджета.", "Token of the widget.")),
                ("widget_id", integer(), tr("Номер виджета, он один.", "Number of the widget, the only one.")),
            ],
        }],
        exits: &[0, 1, 2, 130],
        variables: &["MANGO_SANDBOX_SPEED", "MANGO_SANDBOX_SEED", "MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![
            (
                tr("На свободном порту, время в сто раз быстрее", "On a free port, time a hundred times faster"),
                "mango sandbox serve --bind 127.0.0.1:0 --speed 100",
            ),
            (
                tr("Для своей программы, которая принимает события", "For a program of yours that receives events"),
                "mango sandbox serve --key k --salt s --external-url http://127.0.0.1:8080/mango/",
            ),
        ],
        see: &["mango-sandbox", "mango-sandbox-incoming"],
    }
}

pub(super) fn sandbox_incoming() -> Text {
    Text {
        description: vec![tr(
            "Кто-нибудь из вымышленных людей звонит в компанию; звонок идёт как настоящий. С *--dct* это посетитель вымышленного сайта, который увидел там номер динамического коллтрекинга; откуда он пришёл, показывает *mango --sandbox tracking show*.",
            "One of the invented people calls the company; the call goes as a real one would. With *--dct* it is a visitor of an invented site who saw a number of dynamic call tracking there; *mango --sandbox tracking show* shows where he came from.",
        )],
        exits: &[0, 1, 2, 5, 130],
        variables: &["MANGO_SANDBOX_SPEED", "MANGO_SANDBOX_SEED", "MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![
            (tr("Звонок сотруднику 101", "A call to employee 101"), "mango sandbox incoming --from 84950000020 --to 101"),
            (tr("Звонок посетителя сайта", "A call of the site's visitor"), "mango sandbox incoming --dct"),
        ],
        see: &["mango-sandbox", "mango-watch", "mango-sandbox-answer", "mango-tracking-show"],
        ..Text::default()
    }
}

pub(super) fn sandbox_answer() -> Text {
    Text {
        description: vec![tr(
            "Снимает трубку звонящего телефона, как это сделал бы его хозяин. Нужна запущенная учебная АТС: *mango sandbox serve*.",
            "Picks up a ringing telephone, as its owner would. A practice PBX must be running: *mango sandbox serve*.",
        )],
        exits: &[0, 1, 2, 5, 130],
        variables: &["MANGO_EXTENSION", "MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![(tr("Ответить за 101", "Answer as 101"), "mango sandbox answer 101")],
        see: &["mango-sandbox", "mango-sandbox-hangup", "mango-sandbox-incoming"],
        ..Text::default()
    }
}

pub(super) fn sandbox_hangup() -> Text {
    Text {
        description: vec![tr(
            "Кладёт трубку телефона, как это сделал бы его хозяин; у сотрудника посреди консультации это завершает перевод. Нужна запущенная учебная АТС: *mango sandbox serve*.",
            "Puts a telephone down, as its owner would; for an employee in a consultation that completes the transfer. A practice PBX must be running: *mango sandbox serve*.",
        )],
        exits: &[0, 1, 2, 5, 130],
        variables: &["MANGO_EXTENSION", "MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![(tr("Собеседник положил трубку", "The other side hangs up"), "mango sandbox hangup 84950000020")],
        see: &["mango-sandbox", "mango-sandbox-answer"],
        ..Text::default()
    }
}

pub(super) fn sandbox_generate() -> Text {
    Text {
        description: vec![tr(
            "Придумывает звонки за прошедшие дни, чтобы было на чём попробовать историю и выгрузки. С одним зерном звонки одни и те же.",
            "Makes up calls of past days, to try history and exports on. The same seed gives the same calls.",
        )],
        exits: &[0, 1, 2, 5, 130],
        variables: &["MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![(
            tr("Тысяча звонков за четыре недели", "A thousand calls over four weeks"),
            "mango sandbox generate --calls 1000 --days 28",
        )],
        see: &["mango-sandbox", "mango-history"],
        ..Text::default()
    }
}

pub(super) fn sandbox_reset() -> Text {
    Text {
        description: vec![tr(
            "Учебная АТС и журнал учебного профиля становятся такими, как в первый день. Настоящих профилей это не касается.",
            "The practice PBX and the practice profile's journal become as on the first day. Real profiles are not touched.",
        )],
        exits: &[0, 1, 2, 5, 130],
        variables: &["MANGO_HOME"],
        files: &[SANDBOX],
        examples: vec![(tr("Начать заново", "Start afresh"), "mango sandbox reset")],
        see: &["mango-sandbox"],
        ..Text::default()
    }
}
