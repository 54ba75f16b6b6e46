//! What the pages say of call tracking: where calls come from.

use super::*;

pub(super) fn tracking() -> Text {
    Text {
        description: vec![
            tr(
                "За рекламу платят звонками. Динамический коллтрекинг показывает каждому посетителю сайта свой номер, и АТС, пока он на сайте, знает, кто за этим номером: откуда пришёл, по какой рекламе, какие страницы смотрел. *mango listen* спрашивает об этом сразу, как только звонок появился, и запоминает вместе со звонком. Статический коллтрекинг проще: у газеты, щита или буклета свой номер, и звонок относится к каналу линии, на которую пришёл.",
                "Advertising is paid for by call. Dynamic call tracking shows every visitor of a site a number of his own, and as long as he is there the PBX knows who is behind it: where he came from, by which advertisement, what he looked at. *mango listen* asks for that as soon as the call appears, and keeps it with the call. Static call tracking is simpler: a newspaper, a billboard or a leaflet has a number of its own, and a call belongs to the channel of the line it came in by.",
            ),
            tr(
                "Звонки, которых *listen* не видел, дополняет *tracking sync* из виджета коллтрекинга.",
                "*tracking sync* completes the calls that *listen* did not see from a call-tracking widget.",
            ),
        ],
        exits: &[0, 1, 2, 3, 4, 5, 6, 130],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Что привело последний звонок", "What brought the last call"), "mango tracking show"),
            (tr("Попробовать без АТС", "Try it without a PBX"), "mango sandbox incoming --dct && mango --sandbox tracking show @1"),
        ],
        see: &[
            "mango-tracking-show",
            "mango-tracking-report",
            "mango-tracking-sync",
            "mango-tracking-channel",
            "mango-listen",
            "mango-show",
        ],
        ..Text::default()
    }
}

pub(super) fn show() -> Text {
    Text {
        description: vec![tr(
            "Всё, что журнал знает о том, откуда пришёл звонок: номер коллтрекинга, страница и её заголовок, идентификаторы посетителя в Roistat, Google Analytics и Яндекс Метрике, метки utm, регион, город, устройство, сколько он был на сайте и что смотрел; канал линии. К АТС не обращается. «АТС его не знает» — спросили, но за номером никого не было; «узнать не удалось» — АТС не ответила, пока шёл звонок.",
            "Everything the journal knows of where a call came from: tracking number, page and its title, the visitor's ids at Roistat, Google Analytics and Yandex Metrica, the utm marks, region, city, device, how long he was on the site and what he looked at; the channel of the line. The PBX is not asked. \"Not known to the PBX\": it was asked, and nobody was behind the number; \"could not be learnt\": the PBX did not answer while the call went on.",
        )],
        json: vec![Shape { of: tr("Один объект:", "One object:"), keys: show_keys() }],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![
            (tr("Последний звонок", "The last call"), "mango tracking show"),
            (tr("Третий с конца", "The third from the end"), "mango tracking show @3"),
            (tr("Источник для скрипта", "The source, for a script"), "mango tracking show @1 -o json | jq -r .utm_source"),
        ],
        see: &["mango-show", "mango-history", "mango-tracking-sync"],
    }
}

fn show_keys() -> Vec<Key> {
    vec![
        ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
        ("started_at", moment(), tr("Начало звонка.", "When the call began.")),
        ("number", string(), tr("Номер коллтрекинга, на который позвонили.", "The tracking number that was called.")),
        ("type", string(), tr("dynamic или static; null — обычный звонок.", "dynamic or static; null for an ordinary call.")),
        ("channel", string(), tr("Канал статического номера или линии.", "The channel of the static number or of the line.")),
        (
            "found",
            boolean(),
            tr(
                "Известен ли посетитель; false — АТС ответила, что за номером никого нет; null — ответа не было.",
                "Whether the visitor is known; false: the PBX said that nobody is behind the number; null: there was no answer.",
            ),
        ),
        (
            "source",
            string(),
            tr(
                "Откуда сведения: dct — от АТС во время звонка, widget — из виджета.",
                "Who told: dct, the PBX during the call; widget, the widget.",
            ),
        ),
        ("asked_at", moment(), tr("Когда узнали.", "When it was learnt.")),
        ("url", string(), tr("Страница, с которой позвонили.", "The page from which he called.")),
        ("title", string(), tr("Её заголовок.", "Its title.")),
        ("rs_cid", string(), tr("Идентификатор посетителя в Roistat.", "The visitor's id at Roistat.")),
        ("utm_source", string(), tr("Источник рекламы.", "Source of the advertisement.")),
        ("utm_medium", string(), tr("Её тип.", "Its medium.")),
        ("utm_campaign", string(), tr("Кампания.", "Campaign.")),
        ("utm_term", string(), tr("Ключевые слова.", "Search terms.")),
        ("utm_content", string(), tr("Объявление.", "Which advertisement.")),
        ("ga_cid", string(), tr("Идентификатор в Google Analytics.", "Id at Google Analytics.")),
        ("ya_cid", string(), tr("Идентификатор в Яндекс Метрике.", "Id at Yandex Metrica.")),
        ("uid", string(), tr("Идентификатор посетителя в коллтрекинге.", "The visitor's id in call tracking.")),
        ("country", string(), tr("Страна, код ISO.", "Country, ISO code.")),
        ("region", string(), tr("Регион.", "Region.")),
        ("city", string(), tr("Город.", "City.")),
        ("device", string(), tr("desktop, mobile или tablet.", "desktop, mobile or tablet.")),
        ("ip", string(), tr("Адрес посетителя.", "The visitor's address.")),
        ("duration", seconds(), tr("Сколько он был на сайте, когда о нём спросили.", "How long he was on the site when he was asked for.")),
        ("custom", string(), tr("Параметр, который сайт передал от себя.", "Whatever the site passed on.")),
        ("is_new", boolean(), tr("Первый ли это его звонок, по виджету.", "Whether it is his first call, by the widget.")),
        ("is_quality", boolean(), tr("Качественный ли звонок, по виджету.", "Whether it is a good call, by the widget.")),
        ("widget_id", integer(), tr("Номер виджета.", "Number of the widget.")),
        ("widget_name", string(), tr("Его имя.", "Its name.")),
        ("pages", objects(), tr("Страницы этого посещения, по порядку.", "The pages of this visit, in their order.")),
        ("pages[].url", string(), tr("Адрес.", "Address.")),
        ("pages[].title", string(), tr("Заголовок.", "Title.")),
        ("pages[].at", moment(), tr("Когда открыта.", "When it was opened.")),
    ]
}

pub(super) fn sync() -> Text {
    Text {
        description: vec![
            tr(
                "Берёт список звонков виджета коллтрекинга и находит их в истории: тот же звонящий, тот же номер, то же время с точностью до двух минут. Годится для звонков, которых *mango listen* не видел, и для статических каналов виджета. Что АТС сама рассказала во время звонка, остаётся; виджет дополняет. Чего в истории нет, не выдумывается, а считается. Запускать можно сколько угодно раз.",
                "Takes the list of a call-tracking widget's calls and finds them in the history: the same caller, the same number, the same time within two minutes. It is for calls that *mango listen* did not see, and for the widget's static channels. What the PBX itself told during a call stays; the widget completes it. What is not in the history is not made up but counted. It may be run as often as you like.",
            ),
            tr(
                "Токен виджета ищется по порядку: MANGO_WIDGET_TOKEN; файл mango_widget_token в $CREDENTIALS_DIRECTORY; хранилище паролей системы, куда его кладёт *mango login --widget*. Виджет учебной АТС — 1001, токен ему не нужен.",
                "The widget's token is looked for in this order: MANGO_WIDGET_TOKEN; the file mango_widget_token in $CREDENTIALS_DIRECTORY; the system's keyring, where *mango login --widget* puts it. The practice PBX's widget is 1001 and needs none.",
            ),
        ],
        json: vec![Shape {
            of: tr("Один объект:", "One object:"),
            keys: vec![
                ("widget_id", integer(), tr("Номер виджета.", "Number of the widget.")),
                ("since", moment(), tr("Начало периода.", "The period begins.")),
                ("until", moment(), tr("Его конец.", "It ends.")),
                ("calls", integer(), tr("Сколько звонков у виджета.", "How many calls the widget has.")),
                ("matched", integer(), tr("Сколько из них нашлось в истории.", "How many of them are in the history.")),
                ("unmatched", integer(), tr("Сколько не нашлось.", "How many are not.")),
                (
                    "hidden",
                    integer(),
                    tr(
                        "У скольких скрыт номер звонящего, и искать их нечем.",
                        "How many have a hidden caller, so that they cannot be looked for.",
                    ),
                ),
            ],
        }],
        exits: ASKS,
        variables: &[
            "MANGO_WIDGET_TOKEN",
            "MANGO_WIDGETS_URL",
            "CREDENTIALS_DIRECTORY",
            "MANGO_API_KEY",
            "MANGO_API_SALT",
            "MANGO_OUTPUT",
            "MANGO_PROFILE",
            "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        ],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("За вчера, по cron", "Yesterday's, under cron"), "mango tracking sync --widget 224 --since yesterday"),
            (tr("На учебной АТС", "With the practice PBX"), "mango --sandbox tracking sync --widget 1001"),
        ],
        see: &["mango-login", "mango-tracking-show", "mango-history"],
    }
}

pub(super) fn channel() -> Text {
    Text {
        description: vec![tr(
            "Статический коллтрекинг: номер компании относится к каналу — газете, щиту, буклету, — и входящий звонок относится к каналу линии, на которую пришёл. У канала может быть несколько номеров, у номера — один канал. Источник, тип и кампания пишутся так же, как метки utm у сайта, чтобы в отчётах стоять рядом с ними.",
            "Static call tracking: a number of the company belongs to a channel, a newspaper, a billboard, a leaflet, and an incoming call belongs to the channel of the line it came in by. A channel may have several numbers, a number has one channel. Source, medium and campaign are written as the utm marks of a site are, to stand beside them in reports.",
        )],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(
            tr("Номер, напечатанный в газете", "The number printed in a newspaper"),
            "mango tracking channel set +74950000010 \"Газета «Метро»\" --source metro --medium print",
        )],
        see: &[
            "mango-tracking-channel-set",
            "mango-tracking-channel-list",
            "mango-tracking-channel-remove",
            "mango-tracking-channel-import",
        ],
        ..Text::default()
    }
}

fn channel_keys() -> Vec<Key> {
    vec![
        ("number", string(), tr("Номер.", "Number.")),
        ("name", string(), tr("Канал; null — линия без канала.", "Channel; null for a line without one.")),
        ("source", string(), tr("Источник, как utm_source.", "Source, as utm_source.")),
        ("medium", string(), tr("Тип, как utm_medium.", "Medium, as utm_medium.")),
        ("campaign", string(), tr("Кампания, как utm_campaign.", "Campaign, as utm_campaign.")),
        (
            "is_line",
            boolean(),
            tr("Есть ли у АТС такая линия; null — спросить не удалось.", "Whether the PBX has such a line; null if it could not be asked."),
        ),
        ("comment", string(), tr("Примечание к линии из личного кабинета.", "Comment on the line, from the personal account.")),
    ]
}

pub(super) fn channel_set() -> Text {
    Text {
        description: vec![tr(
            "Относит номер к каналу. Если номер уже был у другого канала или АТС такой линии не знает, это говорится; канал запоминается всё равно.",
            "Gives a number to a channel. If the number had another channel, or the PBX knows no such line, that is said; the channel is remembered all the same.",
        )],
        json: vec![Shape { of: tr("Один объект:", "One object:"), keys: channel_keys() }],
        exits: LOCAL,
        variables: &["MANGO_OUTPUT", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(
            tr("Щит на въезде в город", "A billboard at the city limits"),
            "mango tracking channel set 84950000011 \"Щит на М11\" --source outdoor --campaign spring",
        )],
        see: &["mango-tracking-channel", "mango-lines"],
    }
}

pub(super) fn channel_list() -> Text {
    Text {
        description: vec![tr(
            "Каналы и следом линии АТС, у которых канала ещё нет; номера, замеченные как динамические, не предлагаются: они принадлежат посетителям сайта. О каналах, чьих номеров у АТС нет, говорится отдельно.",
            "The channels, and after them the PBX's lines that have none yet; numbers that were seen to be dynamic are not offered, since they belong to a site's visitors. Channels whose numbers the PBX does not have are named.",
        )],
        json: vec![Shape { of: tr("Массив объектов:", "An array of objects:"), keys: channel_keys() }],
        exits: LOCAL,
        variables: &["MANGO_OUTPUT", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[JOURNAL, LIMITS],
        examples: vec![
            (tr("Все", "All"), "mango tracking channel list"),
            (
                tr("Выгрузить, поправить и загрузить обратно", "Write them out, edit them and load them again"),
                "mango tracking channel list --offline -o csv > channels.csv && mango tracking channel import channels.csv",
            ),
        ],
        see: &["mango-tracking-channel", "mango-lines"],
    }
}

pub(super) fn channel_remove() -> Text {
    Text {
        description: vec![tr(
            "Номер больше не относится ни к какому каналу. Если и не относился — код 3.",
            "The number belongs to no channel any more. If it belonged to none, exit code 3.",
        )],
        exits: &[0, 1, 2, 3],
        variables: &["MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Реклама кончилась", "The campaign is over"), "mango tracking channel remove +74950000011")],
        see: &["mango-tracking-channel"],
        ..Text::default()
    }
}

pub(super) fn channel_import() -> Text {
    Text {
        description: vec![tr(
            "Таблица CSV в UTF-8 со столбцами number, name, source, medium, campaign: с заголовком — в любом порядке, без него — в этом; разделитель — запятая, точка с запятой или табуляция. Если хоть одна строка не годится — не номер линии, нет названия, номер повторяется, — не загружается ничего, а все такие строки названы. Каналы, которых в таблице нет, остаются.",
            "A CSV table in UTF-8 with the columns number, name, source, medium, campaign: with a heading in any order, without one in this; separated by comma, semicolon or tab. If a single row will not do (no number of a line, no name, a number twice), nothing is imported and all such rows are named. Channels that the table does not have stay.",
        )],
        json: vec![Shape {
            of: tr("Один объект:", "One object:"),
            keys: vec![
                ("channels", integer(), tr("Сколько каналов в таблице.", "How many channels the table has.")),
                ("added", integer(), tr("Сколько номеров получили канал впервые.", "How many numbers had no channel before.")),
                ("changed", integer(), tr("У скольких он изменился.", "How many had another.")),
            ],
        }],
        exits: LOCAL,
        variables: &["MANGO_OUTPUT", "MANGO_PROFILE"],
        files: &[JOURNAL],
        examples: vec![(tr("Загрузить", "Load them"), "mango tracking channel import channels.csv")],
        see: &["mango-tracking-channel", "mango-tracking-channel-list"],
    }
}
