//! What the pages say of reports.

use super::*;

/// Keys of calls that are counted together, as they stand in each part of the document.
fn counts(part: usize) -> Vec<Key> {
    let keys = [
        (["totals.calls", "hours[].calls", "days[].calls", "employees[].calls", "lines[].calls"], tr("Звонков.", "Calls.")),
        (
            ["totals.incoming", "hours[].incoming", "days[].incoming", "employees[].incoming", "lines[].incoming"],
            tr("Из них входящих.", "Incoming ones among them."),
        ),
        (
            ["totals.outgoing", "hours[].outgoing", "days[].outgoing", "employees[].outgoing", "lines[].outgoing"],
            tr("Исходящих.", "Outgoing ones."),
        ),
        (
            ["totals.internal", "hours[].internal", "days[].internal", "employees[].internal", "lines[].internal"],
            tr("Внутренних.", "Internal ones."),
        ),
        (
            ["totals.answered", "hours[].answered", "days[].answered", "employees[].answered", "lines[].answered"],
            tr("С разговором, в любую сторону.", "With a conversation, whichever way."),
        ),
        (
            ["totals.missed", "hours[].missed", "days[].missed", "employees[].missed", "lines[].missed"],
            tr("Входящих, на которые никто не ответил.", "Incoming ones that nobody answered."),
        ),
    ];
    let times = [
        (
            ["totals.average_wait", "hours[].average_wait", "days[].average_wait", "employees[].average_wait", "lines[].average_wait"],
            tr(
                "Сколько в среднем ждали ответа входящие; null, если не отвечали.",
                "How long incoming calls waited for an answer, on average; null without answers.",
            ),
        ),
        (
            ["totals.talk", "hours[].talk", "days[].talk", "employees[].talk", "lines[].talk"],
            tr("Сколько длились все разговоры.", "Talk time of all."),
        ),
        (
            ["totals.average_talk", "hours[].average_talk", "days[].average_talk", "employees[].average_talk", "lines[].average_talk"],
            tr("Сколько длился один.", "Talk time of one."),
        ),
    ];
    let keys = keys.into_iter().map(|(names, about)| (names[part], integer(), about));
    keys.chain(times.into_iter().map(|(names, about)| (names[part], seconds(), about))).collect()
}

fn stats_keys() -> Vec<Key> {
    let head = vec![
        ("since", moment(), tr("Начало периода.", "Beginning of the period.")),
        ("until", moment(), tr("Его конец.", "Its end.")),
        (
            "zone",
            string(),
            tr(
                "Часовой пояс, по которому считались часы и дни; null, если он без имени.",
                "Time zone of the hours and days; null if it has no name.",
            ),
        ),
        ("totals", object(), tr("Все звонки периода.", "All calls of the period.")),
    ];
    let longest = vec![
        (
            "longest_unanswered",
            object(),
            tr("Пропущенный звонок, который ждал дольше всех, или null.", "The missed call that waited longest, or null."),
        ),
        ("longest_unanswered.entry_id", string(), tr("Его идентификатор.", "Its id.")),
        ("longest_unanswered.started_at", moment(), tr("Когда звонили.", "When it was.")),
        ("longest_unanswered.number", string(), tr("Кто звонил.", "Who called.")),
        ("longest_unanswered.wait", seconds(), tr("Сколько ждали.", "How long it waited.")),
    ];
    let hours = vec![
        ("hours", objects(), tr("168 часов недели с понедельника.", "The 168 hours of a week, from Monday.")),
        ("hours[].weekday", string(), tr("monday, tuesday, …", "monday, tuesday, …")),
        ("hours[].hour", integer(), tr("От 0 до 23.", "0 to 23.")),
    ];
    let days = vec![
        (
            "days",
            objects(),
            tr("Все дни периода по порядку, и без звонков тоже.", "All days of the period in their order, also those without calls."),
        ),
        ("days[].date", string(), tr("День: 2026-11-01.", "The day: 2026-11-01.")),
    ];
    let employees = vec![
        ("employees", objects(), tr("Сотрудники, самые занятые первыми.", "Employees, the busiest first.")),
        (
            "employees[].employee",
            string(),
            tr("Добавочный; null — звонки, не дошедшие ни до кого.", "Extension; null for calls that reached nobody."),
        ),
        ("employees[].employee_name", string(), tr("Имя.", "Name.")),
    ];
    let lines = vec![
        ("lines", objects(), tr("Линии, самые занятые первыми.", "Lines, the busiest first.")),
        ("lines[].line", string(), tr("Номер; null — звонки без линии.", "Number; null for calls without a line.")),
    ];
    [head, counts(0), longest, hours, counts(1), days, counts(2), employees, counts(3), lines, counts(4)].concat()
}

pub(super) fn stats() -> Text {
    Text {
        description: vec![
            tr(
                "Считает звонки за период: по часам и дням недели, по дням, по сотрудникам и по линиям; сколько отвечено и пропущено, сколько ждали и говорили, и кто дольше всех не дождался. Без *--since* — последние семь дней, сегодня в их числе. Сначала берёт у АТС то, чего нет в журнале, как *mango history*.",
                "Counts the calls of a period: by hour and weekday, by day, by employee and by line; how many were answered and missed, how long callers waited and talked, and who waited longest in vain. Without *--since* the last seven days, today included. First takes from the PBX what the journal lacks, as *mango history* does.",
            ),
            tr(
                "Часы и дни — по часовому поясу пользователя; час, который при переводе стрелок повторяется, считается одним. Внутренний звонок засчитан тому, кто звонил; с *--employee* — обоим.",
                "Hours and days are those of the person's time zone; an hour that a change of the clocks repeats is counted as one. An internal call counts for whoever called; with *--employee*, for both.",
            ),
            tr(
                "CSV, TSV и NDJSON — одна из таблиц, по умолчанию по дням; *--by* выбирает другую. *--html* вместо этого записывает страницу с диаграммами: один файл, которому не нужны ни сеть, ни скрипты.",
                "CSV, TSV and NDJSON are one of the tables, by day unless *--by* chooses another. *--html* writes a page with charts instead: one file that needs no network and no scripts.",
            ),
        ],
        json: vec![Shape {
            of: tr("Один объект; с *--by* — массив одной из его частей:", "One object; with *--by*, the array that is one of its parts:"),
            keys: stats_keys(),
        }],
        exits: &[0, 1, 2, 4, 5, 6, 130],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Последняя неделя", "The last week"), "mango stats"),
            (tr("Кто сколько пропустил за месяц", "What each employee missed this month"), "mango stats --since 30d --by employee"),
            (
                tr("Страница для начальника в понедельник", "A page for the boss on Monday"),
                "mango stats --since 7d --until yesterday --html week.html",
            ),
            (
                tr("Самые занятые часы", "The busiest hours"),
                "mango stats --since 90d -o json | jq -r '.hours | sort_by(-.calls)[:5][] | \"\\(.weekday) \\(.hour) \\(.calls)\"'",
            ),
        ],
        see: &["mango-history", "mango-tracking-report"],
    }
}

/// Keys of calls that came the same way, as they stand in both parts of the document.
fn came(part: usize) -> Vec<Key> {
    let keys = [
        (["groups[].calls", "totals.calls"], integer(), tr("Входящих звонков.", "Incoming calls.")),
        (
            ["groups[].callers", "totals.callers"],
            integer(),
            tr("Разных номеров, с которых звонили; скрытые не в счёт.", "Different numbers that called; hidden ones do not count."),
        ),
        (
            ["groups[].new_callers", "totals.new_callers"],
            integer(),
            tr(
                "Из них позвонивших впервые: раньше в журнале с этим номером звонков нет, ни от него, ни ему.",
                "Those among them that called for the first time: the journal has no earlier call with that number, either way.",
            ),
        ),
        (["groups[].answered", "totals.answered"], integer(), tr("С разговором.", "With a conversation.")),
        (["groups[].missed", "totals.missed"], integer(), tr("Пропущенных.", "Missed.")),
        (["groups[].talk", "totals.talk"], seconds(), tr("Сколько длились все разговоры.", "Talk time of all.")),
        (["groups[].average_talk", "totals.average_talk"], seconds(), tr("Сколько длился один.", "Talk time of one.")),
        (["groups[].share", "totals.share"], tr("число", "number"), tr("Доля от всех звонков, от 0 до 1.", "Part of all calls, 0 to 1.")),
    ];
    keys.into_iter().map(|(names, kind, about)| (names[part], kind, about)).collect()
}

pub(super) fn tracking_report() -> Text {
    let head = vec![
        ("since", moment(), tr("Начало периода.", "Beginning of the period.")),
        ("until", moment(), tr("Его конец.", "Its end.")),
        ("by", strings(), tr("Метки, по которым разложены звонки.", "The marks by which calls are told apart.")),
        ("groups", objects(), tr("Звонки с одними и теми же значениями меток.", "Calls with the same values of the marks.")),
        (
            "groups[].source",
            string(),
            tr(
                "Значение метки, под её именем: source, medium, campaign, term, content, channel, number, city, device или page; null — неизвестно.",
                "Value of the mark, under its name: source, medium, campaign, term, content, channel, number, city, device or page; null if it is not known.",
            ),
        ),
    ];
    let totals = vec![("totals", object(), tr("Все звонки вместе.", "All calls together."))];
    Text {
        description: vec![
            tr(
                "Считает входящие звонки за период по тому, что их привело. Без *--since* — последние семь дней, сегодня в их числе. Сначала берёт у АТС то, чего нет в журнале, как *mango history*.",
                "Counts the incoming calls of a period by what brought them. Without *--since* the last seven days, today included. First takes from the PBX what the journal lacks, as *mango history* does.",
            ),
            tr(
                "Если известен посетитель сайта, метки *source*, *medium*, *campaign*, *term*, *content*, *city*, *device* и *page* — его; иначе *source*, *medium* и *campaign* — канала, а остальные неизвестны. *channel* — канал статического номера, а без него — линии; *number* — номер коллтрекинга, а без него — линия. Адрес *page* — без того, что следует за знаком вопроса. Метки через запятую — строка для каждого сочетания.",
                "If the site's visitor is known, *source*, *medium*, *campaign*, *term*, *content*, *city*, *device* and *page* are his; otherwise *source*, *medium* and *campaign* are the channel's, and the others are not known. *channel* is that of the static number, else of the line; *number* is the tracking number, else the line. The address of a *page* is without what follows a question mark. Several marks with commas make a row for each combination.",
            ),
            tr(
                "*--html* вместо таблицы записывает страницу с диаграммами: один файл, которому не нужны ни сеть, ни скрипты.",
                "*--html* writes a page with charts instead of a table: one file that needs no network and no scripts.",
            ),
        ],
        json: vec![Shape {
            of: tr("Один объект; NDJSON — его groups, по одной на строке:", "One object; NDJSON is its groups, one a line:"),
            keys: [head, came(0), totals, came(1)].concat(),
        }],
        exits: &[0, 1, 2, 4, 5, 6, 130],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Откуда звонили за неделю", "What brought the calls of a week"), "mango tracking report --by source"),
            (
                tr("Кампании Яндекса за месяц, по числу новых людей", "Campaigns at Yandex this month, by new people"),
                "mango tracking report --by campaign,term --only source=yandex --since 30d --sort new_callers",
            ),
            (
                tr("Каналы без сайта: газета, щит", "Channels without a site: newspaper, billboard"),
                "mango tracking report --by channel --since 2026-10-01 --until 2026-10-31",
            ),
            (
                tr("Отчёт на понедельник", "A report for Monday"),
                "mango tracking report --by source,medium --since 7d --until yesterday --html report.html",
            ),
        ],
        see: &["mango-stats", "mango-tracking-show", "mango-tracking-channel", "mango-history"],
    }
}
