//! What the pages say of the program itself: the first page, logging in, settings, shells.

use super::*;

pub(super) fn mango() -> Text {
    Text {
        description: vec![
            tr(
                "Звонит по имени, показывает, кто звонит, переводит звонки, хранит их историю и знает людей виртуальной АТС MANGO OFFICE — в терминале, в скриптах и по cron.",
                "Calls people by name, shows who calls, transfers calls, and keeps the call history and the people of a MANGO OFFICE virtual PBX, in a terminal, in scripts and under cron.",
            ),
            tr(
                "Кому звонить, можно сказать по-разному: номером с любыми пробелами и скобками (+7…, 8…), добавочным до пяти цифр, адресом sip:…, тремя и более буквами имени или компании в любом регистре (ё и е — одно и то же) или как *@N* — с кем был N-й звонок в истории, считая с последнего. Подошёл один — звоним; несколько — выбор в терминале, а в скрипте код 3 и список подошедших в stderr.",
                "Whom to call can be said in several ways: a number with any spaces and brackets (+7…, 8…), an extension of up to five digits, an address sip:…, three or more letters of a person's or company's name in any case (ё is е), or *@N*, whoever the N-th call in the history was with, newest first. One match is called; of several you choose at a terminal, and a script gets exit code 3 and the candidates on stderr.",
            ),
            tr(
                "В stdout идут данные, в stderr — разговор. В терминале данные — таблица с временем по-человечески; в канал уходят те же столбцы как TSV без заголовка, целиком, с временем RFC 3339. Закрытый канал — не ошибка.",
                "Data goes to stdout, talk to stderr. At a terminal data is a table with times for people; into a pipe go the same columns as TSV without a heading, uncut, with RFC 3339 times. A closed pipe is not a failure.",
            ),
            tr(
                "Когда АТС недоступна, отвечает журнал, и в stderr сказано, как давно он обновлялся и весь ли период в нём есть; программам — объектом с ключом warning: *{\"warning\":{\"kind\":\"stale\",\"message\":…}}*. Код выхода при этом 0.",
                "When the PBX cannot be reached the journal answers, and stderr says when it was last updated and whether it has all of the period; to programs in an object with the key warning: *{\"warning\":{\"kind\":\"stale\",\"message\":…}}*. The exit code is 0 then.",
            ),
            tr(
                "Ключ и соль ищутся по порядку: MANGO_API_KEY и MANGO_API_SALT; файлы mango_api_key и mango_api_salt в $CREDENTIALS_DIRECTORY; команда credential_command из настроек, которая печатает две строки; хранилище паролей системы, куда их кладёт *mango login*.",
                "Key and salt are looked for in this order: MANGO_API_KEY and MANGO_API_SALT; the files mango_api_key and mango_api_salt in $CREDENTIALS_DIRECTORY; the setting credential_command, a command that prints two lines; the system's keyring, where *mango login* puts them.",
            ),
        ],
        json: vec![Shape {
            of: tr(
                "С *-o json* или *-o ndjson* ошибка — один объект в stderr с ключом error, внутри которого:",
                "With *-o json* or *-o ndjson* an error is one object on stderr with the key error, and in it:",
            ),
            keys: vec![
                (
                    "kind",
                    string(),
                    tr(
                        "Что случилось, постоянное английское слово: no_contact, wrong_key, …",
                        "What happened, a stable English word: no_contact, wrong_key, …",
                    ),
                ),
                ("code", integer(), tr("Код результата АТС.", "The PBX's result code.")),
                ("message", string(), tr("Что случилось, на языке пользователя.", "What happened, in the person's language.")),
                ("hint", string(), tr("Что с этим делать.", "What to do about it.")),
                ("candidates", objects(), tr("Из кого или чего выбирать.", "Those to choose from.")),
                ("candidates[].id", string(), tr("Что набрать, чтобы выбрать именно это.", "What to type to mean exactly this one.")),
                ("candidates[].name", string(), tr("Имя.", "Name.")),
                ("candidates[].detail", string(), tr("Номер, компания или время.", "Number, company or time.")),
            ],
        }],
        exits: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 130],
        examples: vec![
            (
                tr("Попробовать без АТС, без учётной записи и без сети", "Try it without a PBX, an account or a network"),
                "mango --sandbox call Иванова --wait",
            ),
            (tr("Посмотреть, что записалось", "See what was recorded"), "mango --sandbox history"),
            (tr("Войти в свою АТС", "Log in to your own PBX"), "mango login"),
            (tr("Принимать события АТС", "Receive the PBX's events"), "mango listen"),
            (tr("Смотреть, кто звонит", "See who calls"), "mango watch"),
        ],
        see: &[
            "mango-call",
            "mango-listen",
            "mango-watch",
            "mango-calls",
            "mango-hangup",
            "mango-reject",
            "mango-hold",
            "mango-record",
            "mango-transfer",
            "mango-replay",
            "mango-history",
            "mango-show",
            "mango-tracking",
            "mango-contact",
            "mango-account",
            "mango-login",
            "mango-status",
            "mango-config",
            "mango-sandbox",
        ],
        ..Text::default()
    }
}

pub(super) fn login() -> Text {
    Text {
        description: vec![
            tr(
                "Спрашивает ключ и соль, не показывая их, проверяет одним безобидным запросом и кладёт в хранилище паролей системы. Пока АТС их не приняла, ничего не сохраняется. Ключ и соль — в личном кабинете: Интеграции → API-коннектор.",
                "Asks for key and salt without showing them, proves them with one harmless request and puts them into the system's keyring. Nothing is stored until the PBX has accepted them. Key and salt are in the personal account: Integrations → API connector.",
            ),
            tr(
                "Аргументами они не передаются: аргументы видны в списке процессов.",
                "They are never arguments: arguments show in the list of processes.",
            ),
            tr(
                "С *--widget* спрашивает и сохраняет токен виджета коллтрекинга, нужный для *mango tracking sync*; проверить его можно только там.",
                "With *--widget* it asks for and stores the token of a call-tracking widget, which *mango tracking sync* needs; only there can it be proved.",
            ),
            tr(
                "*mango login --crm* спрашивает адрес, пользователя и пароль BPMSoft, проверяет их одним входом и кладёт пароль в хранилище, а адрес и имя — в настройки. Вариант сборки (.NET или .NET Framework) программа определяет сама. Неверный пароль пробуется один раз: после пяти неудач BPMSoft закрывает вход на 15 минут.",
                "*mango login --crm* asks for address, user and password of BPMSoft, proves them with one sign-in, and puts the password into the keyring and the rest into the settings. The build (.NET or .NET Framework) is found out by itself. A wrong password is tried once: after five failures BPMSoft locks the user out for 15 minutes.",
            ),
        ],
        exits: ASKS,
        variables: &["MANGO_PROFILE", "MANGO_API_URL", "HTTPS_PROXY, HTTP_PROXY, NO_PROXY"],
        files: &[CONFIG],
        examples: vec![
            (tr("Ввести ключ и соль", "Type key and salt"), "mango login"),
            (
                tr("Взять их из менеджера паролей: две строки", "Take them from a password manager, two lines"),
                "pass show mango | mango login --key-stdin --salt-stdin",
            ),
            (tr("Вторая АТС", "A second PBX"), "mango login --profile shop"),
            (tr("Токен виджета коллтрекинга", "Token of a call-tracking widget"), "mango login --widget"),
            (
                tr("Войти в BPMSoft", "Log in to BPMSoft"),
                "pass show crm | mango login --crm --url https://crm.example.org --user phone.bot --password-stdin",
            ),
        ],
        see: &["mango-logout", "mango-status", "mango-config", "mango-crm"],
        ..Text::default()
    }
}

pub(super) fn logout() -> Text {
    Text {
        description: vec![tr(
            "Удаляет ключ и соль профиля и его токен виджета из хранилища паролей; с *--crm* — пароль и сеанс BPMSoft. Журнал и контакты остаются.",
            "Removes the profile's key and salt, and its widget token, from the keyring; with *--crm*, the password and the session of BPMSoft. Journal and contacts stay.",
        )],
        exits: &[0, 1, 2, 4],
        variables: &["MANGO_PROFILE"],
        files: &[CONFIG],
        examples: vec![(tr("Забыть ключ и соль", "Forget key and salt"), "mango logout")],
        see: &["mango-login"],
        ..Text::default()
    }
}

pub(super) fn status() -> Text {
    Text {
        description: vec![tr(
            "Проверяет ключ и соль запросом баланса и показывает, откуда они взяты, кто вы на АТС, какие есть линии, принимает ли кто-нибудь события (*mango listen*), насколько свеж журнал и где лежат файлы.",
            "Proves key and salt by asking for the balance, and shows where they come from, who you are on the PBX, the lines, whether somebody receives events (*mango listen*), how fresh the journal is and where the files are.",
        )],
        json: vec![Shape {
            of: tr("Один объект:", "One object:"),
            keys: vec![
                ("profile", string(), tr("Профиль; sandbox — учебная АТС.", "Profile; sandbox is the practice PBX.")),
                (
                    "credentials",
                    string(),
                    tr(
                        "Откуда ключ и соль: environment, systemd, command, keyring, sandbox.",
                        "Where key and salt come from: environment, systemd, command, keyring, sandbox.",
                    ),
                ),
                ("extension", string(), tr("Мой добавочный.", "My extension.")),
                ("name", string(), tr("Моё имя на АТС.", "My name on the PBX.")),
                ("balance", tr("число", "number"), tr("Баланс.", "Balance.")),
                ("currency", string(), tr("Валюта баланса.", "Currency of the balance.")),
                ("lines", strings(), tr("Номера линий.", "Numbers of the lines.")),
                ("limits", boolean(), tr("Соблюдаются ли ограничения АТС.", "Whether the PBX's limits are kept.")),
                (
                    "listening",
                    boolean(),
                    tr(
                        "Принимает ли сейчас кто-нибудь события АТС в этот журнал.",
                        "Whether somebody is receiving the PBX's events into this journal now.",
                    ),
                ),
                ("last_event", seconds(), tr("Сколько прошло с последнего события.", "Time since the last event.")),
                ("last_sync", seconds(), tr("Сколько прошло с последнего обновления истории.", "Time since the history was last updated.")),
                ("crm_user", string(), tr("Пользователь BPMSoft, если люди хранятся в ней.", "BPMSoft user, if people are kept there.")),
                (
                    "crm_password",
                    string(),
                    tr(
                        "Откуда его пароль: environment, systemd, command, keyring, sandbox.",
                        "Where the password comes from: environment, systemd, command, keyring, sandbox.",
                    ),
                ),
                (
                    "crm_waiting",
                    tr("число", "number"),
                    tr("Сколько звонков ждут отправки в BPMSoft.", "How many calls wait to be sent to BPMSoft."),
                ),
                ("crm_error", string(), tr("Что с BPMSoft не так.", "What is wrong with BPMSoft.")),
                ("config_file", string(), tr("Файл настроек.", "Settings file.")),
                ("journal", string(), tr("Файл журнала.", "Journal file.")),
            ],
        }],
        exits: ASKS,
        variables: &["MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE", "MANGO_EXTENSION"],
        files: &[CONFIG, JOURNAL],
        examples: vec![
            (tr("Всё ли работает", "Does it all work"), "mango status"),
            (tr("Только баланс", "The balance alone"), "mango status -o json | jq .balance"),
        ],
        see: &["mango-login", "mango-lines", "mango-balance"],
    }
}

pub(super) fn config() -> Text {
    Text {
        description: vec![
            tr(
                "Настройки лежат в одном файле TOML: сверху — общие для всех профилей, ниже — части [profiles.ИМЯ]. С *--profile* команды читают и меняют часть этого профиля. Параметр командной строки важнее переменной, переменная важнее файла. Комментарии в файле остаются.",
                "Settings are in one TOML file: at the top those of all profiles, below the parts [profiles.NAME]. With *--profile* the commands read and change that profile's part. An option goes before a variable, a variable before the file. Comments in the file stay.",
            ),
            tr(
                "Ключа и соли в этом файле не бывает; *credential_command* — команда, которая печатает их двумя строками.",
                "Key and salt are never in this file; *credential_command* is a command that prints them on two lines.",
            ),
        ],
        exits: LOCAL,
        variables: &["MANGO_PROFILE", "MANGO_HOME"],
        files: &[CONFIG],
        examples: vec![(tr("Мой добавочный", "My extension"), "mango config set extension 101")],
        see: &["mango-config-get", "mango-config-set", "mango-config-list", "mango-config-path"],
        ..Text::default()
    }
}

pub(super) fn config_get() -> Text {
    Text {
        description: vec![tr(
            "Печатает значение из файла; если его там нет — пустую строку.",
            "Prints the value in the file; an empty line if it is not there.",
        )],
        exits: LOCAL,
        variables: &["MANGO_HOME"],
        files: &[CONFIG],
        examples: vec![(tr("Мой добавочный", "My extension"), "mango config get extension")],
        see: &["mango-config"],
        ..Text::default()
    }
}

pub(super) fn config_set() -> Text {
    Text {
        description: vec![tr(
            "Неверное значение не записывается. Пустое убирает настройку из файла.",
            "A wrong value is not written. An empty one removes the setting from the file.",
        )],
        exits: LOCAL,
        variables: &["MANGO_HOME"],
        files: &[CONFIG],
        examples: vec![
            (tr("Мой добавочный", "My extension"), "mango config set extension 101"),
            (
                tr("Брать ключ и соль из менеджера паролей", "Take key and salt from a password manager"),
                "mango config set credential_command 'pass show mango'",
            ),
            (tr("Линия второй АТС", "Line of a second PBX"), "mango config set line 74950000010 --profile shop"),
        ],
        see: &["mango-config"],
        ..Text::default()
    }
}

pub(super) fn config_list() -> Text {
    Text {
        description: vec![tr(
            "Все имена настроек, их значения в файле и что они значат.",
            "All settings by name, their values in the file and what they mean.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов:", "An array of objects:"),
            keys: vec![
                ("key", string(), tr("Имя настройки.", "Name of the setting.")),
                ("value", string(), tr("Значение в файле.", "Value in the file.")),
                ("about", string(), tr("Что она значит, на языке пользователя.", "What it means, in the person's language.")),
            ],
        }],
        exits: LOCAL,
        variables: &["MANGO_HOME"],
        files: &[CONFIG],
        examples: vec![(tr("Все настройки", "All settings"), "mango config list")],
        see: &["mango-config"],
    }
}

pub(super) fn config_path() -> Text {
    Text {
        description: vec![tr(
            "Печатает путь к файлу, даже если файла ещё нет.",
            "Prints the path of the file, even if there is no such file yet.",
        )],
        exits: LOCAL,
        variables: &["MANGO_HOME"],
        files: &[CONFIG],
        examples: vec![(tr("Открыть настройки в редакторе", "Open the settings in an editor"), "\"$EDITOR\" \"$(mango config path)\"")],
        see: &["mango-config"],
        ..Text::default()
    }
}

pub(super) fn completions() -> Text {
    Text {
        description: vec![tr(
            "Печатает скрипт, который учит оболочку дополнять по Tab: команды, параметры, имена людей и недавние звонки (*@N*). Имена берутся из журнала на этой машине, к АТС Tab не обращается.",
            "Prints the script that teaches a shell to complete commands, options, people's names and recent calls (*@N*) on Tab. Names come from the journal on this machine; Tab never asks the PBX.",
        )],
        exits: LOCAL,
        examples: vec![
            ("Bash, ~/.bashrc", "source <(mango completions bash)"),
            ("Zsh, ~/.zshrc", "source <(mango completions zsh)"),
            ("fish, ~/.config/fish/config.fish", "mango completions fish | source"),
            ("PowerShell, $PROFILE", "mango completions powershell | Out-String | Invoke-Expression"),
            ("Elvish, rc.elv", "eval (mango completions elvish | slurp)"),
        ],
        ..Text::default()
    }
}

pub(super) fn man() -> Text {
    Text {
        description: vec![tr(
            "Печатает страницу руководства о команде в формате roff или записывает все страницы в каталог. Язык — как у всего остального: *--lang*, MANGO_LANG, язык системы.",
            "Prints a command's manual page as roff, or writes all pages into a directory. The language is chosen as everywhere: *--lang*, MANGO_LANG, the system's.",
        )],
        exits: LOCAL,
        variables: &["MANGO_LANG"],
        examples: vec![
            (tr("Прочитать о call", "Read about call"), "mango man call | man -l -"),
            (tr("Поставить все страницы", "Install all pages"), "mango man --dir ~/.cargo/share/man/man1"),
        ],
        ..Text::default()
    }
}
