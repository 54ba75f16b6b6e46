//! What the pages say of recordings: the archive, links, and what was said.

use super::*;

/// Codes of a command that asks the PBX about a call.
const OF_A_CALL: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 130];

const CREDENTIALS: &[&str] = &["MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"];

fn of_call(with_recording: bool) -> Vec<Key> {
    let mut keys = vec![("entry_id", string(), tr("Идентификатор звонка.", "Id of the call."))];
    if with_recording {
        keys.insert(0, recording_id());
    }
    keys
}

fn recording_id() -> Key {
    ("recording_id", string(), tr("Идентификатор записи.", "Id of the recording."))
}

pub(super) fn recording() -> Text {
    Text {
        description: vec![
            tr(
                "Записи разговоров, которые АТС хранит в облаке. *list* показывает, какие есть; *get* скачивает записи одного звонка, *sync* ведёт архив за период, *play* проигрывает, *link* делает ссылку. *transcript*, *summary* и *topics* показывают, что было сказано, если подключена речевая аналитика.",
                "Recordings of conversations that the PBX keeps in its cloud. *list* shows which there are; *get* fetches those of one call, *sync* keeps an archive of a period, *play* plays them, *link* makes a link. *transcript*, *summary* and *topics* show what was said, where speech analytics is enabled.",
            ),
            tr(
                "Запись появляется в облаке примерно через минуту после разговора. Пока её может не быть, mango её не запрашивает: запрос, на который нечего ответить, АТС считает ошибочным, а два таких за две минуты закрывают её API для всех программ компании.",
                "A recording is in the cloud about a minute after the conversation. As long as it may not be there mango does not ask for it: the PBX counts a question about nothing as invalid, and two of those within two minutes shut its API for every program of the company.",
            ),
        ],
        exits: OF_A_CALL,
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Прослушать последний разговор", "Play the last conversation"), "mango recording play @1"),
            (
                tr("Архив за неделю; можно запускать каждую ночь", "An archive of the week; run it every night"),
                "mango recording sync --dir ~/records --since 7d",
            ),
        ],
        see: &["mango-recording-list", "mango-recording-get", "mango-recording-sync", "mango-recording-play", "mango-history"],
        ..Text::default()
    }
}

pub(super) fn list() -> Text {
    let keys = vec![
        (
            "n",
            integer(),
            tr(
                "Номер звонка в истории: @N; null, если после него было больше десяти тысяч звонков.",
                "Number of the call in history: @N; null for calls that more than ten thousand others followed.",
            ),
        ),
        recording_id(),
        ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
        ("started_at", moment(), tr("Начало звонка.", "When the call began.")),
        ("direction", string(), tr("incoming, outgoing или internal.", "incoming, outgoing or internal.")),
        (
            "name",
            string(),
            tr("Собеседник: имя из контактов или то, что сообщила АТС.", "The other side: name from the contacts, or what the PBX told."),
        ),
        ("number", string(), tr("Его номер.", "The other side's number.")),
        ("employee", string(), tr("Добавочный сотрудника.", "The employee's extension.")),
        ("employee_name", string(), tr("Имя сотрудника.", "The employee's name.")),
        ("talk", seconds(), tr("Сколько длился разговор.", "Talk time.")),
    ];
    Text {
        description: vec![tr(
            "Сначала дополняет журнал из статистики АТС, как *mango history*, потом отвечает из него. У одного звонка записей бывает несколько: по одной на каждого записанного сотрудника.",
            "First brings the journal up to date from the PBX's statistics, as *mango history* does, then answers from it. A call may have several recordings: one for each employee who was recorded.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов, новые первыми:", "An array of objects, newest first:"), keys
        }],
        exits: OF_A_CALL,
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Последние двадцать", "The last twenty"), "mango recording list"),
            (
                tr("Разговоры с человеком длиннее минуты", "Talks with a person of more than a minute"),
                "mango recording list --with Иванова --min-talk 60",
            ),
        ],
        see: &["mango-recording-sync", "mango-recording-get", "mango-history"],
    }
}

pub(super) fn get() -> Text {
    let mut keys = of_call(true);
    keys.extend([
        ("file", string(), tr("Файл.", "The file.")),
        ("size", integer(), tr("Размер в байтах.", "Its size in bytes.")),
        ("type", string(), tr("Тип, каким его назвала АТС: audio/mp3.", "Its type as the PBX calls it: audio/mp3.")),
    ]);
    Text {
        description: vec![tr(
            "Файл появляется под своим именем, только когда скачан целиком. Имя, если не задано в *--to*, складывается из времени, направления, номеров и имени собеседника.",
            "A file gets its name only when it is whole. Unless *--to* names it, it is called by time, direction, numbers and the other side's name.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов, по одному на запись:", "An array of objects, one for each recording:"), keys
        }],
        exits: OF_A_CALL,
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Последний разговор в файл", "The last conversation into a file"), "mango recording get @1 --to talk.mp3"),
            (tr("Сразу в программу", "Straight into a program"), "mango recording get @1 --to - | ffplay -nodisp -"),
        ],
        see: &["mango-recording-sync", "mango-recording-play"],
    }
}

pub(super) fn sync() -> Text {
    let keys = vec![
        ("directory", string(), tr("Каталог архива.", "Directory of the archive.")),
        ("found", integer(), tr("Сколько записей за период.", "Recordings of the period.")),
        ("present", integer(), tr("Сколько из них уже было в архиве.", "Those that were in the archive already.")),
        ("fetched", integer(), tr("Сколько скачано.", "Those that were fetched.")),
        ("bytes", integer(), tr("Сколько скачано байт.", "Bytes that were fetched.")),
        (
            "later",
            integer(),
            tr("Сколько ещё не готово; скачаются в следующий раз.", "Those that are not ready yet and are left for the next time."),
        ),
        ("gone", integer(), tr("Скольких в облаке нет.", "Those that are not in the cloud.")),
        ("failed", integer(), tr("Сколько скачать не удалось.", "Those that could not be fetched.")),
        ("pruned", integer(), tr("Сколько удалено по *--prune-after*.", "Those that *--prune-after* removed.")),
    ];
    Text {
        description: vec![
            tr(
                "Дополняет журнал за период, как *mango history*, и скачивает записи, которых в архиве нет, — так быстро, как разрешает АТС: десять в секунду. Прервать можно в любой момент: файл либо есть целиком, либо его нет, и следующий запуск продолжит с того же места, не скачивая ничего дважды.",
                "Brings the journal up to date for the period, as *mango history* does, and fetches the recordings that the archive lacks, as fast as the PBX allows: ten a second. It may be interrupted at any moment: a file is there whole or not at all, and the next run goes on from there and fetches nothing twice.",
            ),
            tr(
                "Рядом с файлами лежит recordings.ndjson: строка на каждую запись — файл, размер, тип, звонок, стороны, время. По нему видно, что уже есть. Файл, размер которого изменился, скачивается заново на прежнее место; чужой файл под нужным именем остаётся как есть, а запись получает имя с пометкой.",
                "Beside the files stands recordings.ndjson: a line for each recording with file, size, type, call, parties, time. By it the program knows what is there. A file whose size has changed is fetched again into its place; a foreign file of the same name is left alone, and the recording gets a name with a mark.",
            ),
            tr(
                "Запись, которой ещё нет, пропускается до следующего раза, и это не ошибка. Записи, которой в облаке больше нет, в следующий раз уже не запрашивают. Адреса, с которых АТС отдаёт записи, принимаются только её собственные; другой узел задаётся настройкой recordings_host.",
                "A recording that is not there yet is left for the next time, which is no failure. One that is not in the cloud any more is not asked for again. Recordings are fetched from the PBX's own host only; the setting recordings_host names another.",
            ),
            tr(
                "*--prune-after* удаляет из архива файлы звонков старше срока, но только те, что записаны в recordings.ndjson, и заново их не скачивает.",
                "*--prune-after* removes the files of calls that are older, but only those that recordings.ndjson knows, and they are not fetched again.",
            ),
        ],
        json: vec![Shape { of: tr("Один объект:", "One object:"), keys }],
        exits: OF_A_CALL,
        variables: &["MANGO_OUTPUT", "TZ", "MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE"],
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (
                tr("Каждую ночь; хранить три месяца", "Every night, keeping three months"),
                "mango recording sync --dir ~/records --since 7d --prune-after 90d",
            ),
            (
                tr("Разговоры одного сотрудника длиннее полуминуты", "Talks of one employee of more than half a minute"),
                "mango recording sync --dir ~/records --since 2026-11-01 --employee 101 --min-talk 30",
            ),
            (
                tr("По каталогу на сотрудника", "A directory for each employee"),
                "mango recording sync --dir ~/records --since 30d --name '{employee_name}/{date} {time} {name} {number}.mp3'",
            ),
        ],
        see: &["mango-recording-list", "mango-recording-get", "mango-history"],
    }
}

pub(super) fn link() -> Text {
    let mut keys = of_call(true);
    keys.extend([
        ("url", string(), tr("Ссылка.", "The link.")),
        ("expires_at", moment(), tr("До какого времени она действует.", "Until when it is good.")),
    ]);
    Text {
        description: vec![tr(
            "Ссылку открывает кто угодно, без входа, сколько угодно раз, пока не выйдет срок. В ней виден ключ АТС; соли в ней нет, и с одним ключом ничего не сделать. В личном кабинете такие ссылки должны быть разрешены. К АТС команда не обращается.",
            "The link opens for anybody, without signing in, any number of times until it expires. It shows the key of the PBX; the salt is not in it, and with the key alone nothing can be done. Such links must be allowed in the personal account. The PBX is not asked.",
        )],
        json: vec![Shape {
            of: tr("Массив объектов, по одному на запись:", "An array of objects, one for each recording:"), keys
        }],
        exits: &[0, 1, 2, 3, 4, 5, 130],
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL],
        examples: vec![(
            tr("Ссылка на сутки, в письмо", "A link for a day, to be mailed"),
            "mango recording link @1 --expires 24h -o json | jq -r '.[].url'",
        )],
        see: &["mango-recording-get"],
    }
}

pub(super) fn play() -> Text {
    Text {
        description: vec![tr(
            "Скачивает запись во временный файл и проигрывает первой из программ, какая есть: mpv, ffplay, mpg123, vlc, afplay. Другую задаёт настройка player: команда, к которой добавится имя файла. С *--dir* файл берётся из архива, если он там есть.",
            "Fetches the recording into a temporary file and plays it by the first program that is here: mpv, ffplay, mpg123, vlc, afplay. The setting player names another: a command to which the file's name is added. With *--dir* the file is taken from an archive, if it is there.",
        )],
        exits: OF_A_CALL,
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Последний разговор", "The last conversation"), "mango recording play"),
            (tr("Из архива", "From an archive"), "mango recording play @3 --dir ~/records"),
            (tr("Другой программой", "By another program"), "mango config set player \"mpv --speed=1.5 --no-video\""),
        ],
        see: &["mango-recording-get", "mango-config"],
        ..Text::default()
    }
}

fn speech() -> &'static str {
    tr(
        "Нужна услуга «Речевая аналитика»; без неё — код 6 и слово no_speech в ошибке JSON.",
        "Needs the service «Речевая аналитика»; without it, exit code 6 and no_speech in the JSON error.",
    )
}

pub(super) fn transcript() -> Text {
    let keys = vec![
        recording_id(),
        ("role", string(), tr("client или operator.", "client or operator.")),
        ("name", string(), tr("Как АТС называет говорящего.", "What the PBX calls the speaker.")),
        ("text", string(), tr("Что сказано.", "What was said.")),
    ];
    Text {
        description: vec![speech()],
        json: vec![Shape {
            of: tr("Массив фраз, в том порядке, как они сказаны:", "An array of phrases, in the order in which they were said:"),
            keys,
        }],
        exits: OF_A_CALL,
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![
            (tr("Последний разговор", "The last conversation"), "mango recording transcript @1"),
            (
                tr("Только слова клиента", "The client's words alone"),
                "mango recording transcript @1 -o json | jq -r '.[] | select(.role == \"client\").text'",
            ),
        ],
        see: &["mango-recording-summary", "mango-recording-topics"],
    }
}

pub(super) fn summary() -> Text {
    let mut keys = of_call(false);
    keys.extend([
        ("communication_id", string(), tr("Идентификатор звонка в речевой аналитике.", "Id of the call in speech analytics.")),
        ("summary", string(), tr("Краткое содержание.", "What was said, in short.")),
    ]);
    Text {
        description: vec![
            speech(),
            tr(
                "У звонка в речевой аналитике свой идентификатор; он находится среди звонков того же дня по времени и номеру.",
                "In speech analytics a call has an id of its own; it is looked for among the calls of the same day, by time and number.",
            ),
        ],
        json: vec![Shape {
            of: tr("Массив из одного объекта или пустой:", "An array of one object, or an empty one:"), keys
        }],
        exits: OF_A_CALL,
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![(tr("О чём был последний разговор", "What the last conversation was about"), "mango recording summary @1")],
        see: &["mango-recording-transcript", "mango-recording-topics"],
    }
}

pub(super) fn topics() -> Text {
    let keys = vec![
        recording_id(),
        ("topic_id", integer(), tr("Номер темы в личном кабинете.", "Number of the topic in the personal account.")),
        ("topic", string(), tr("Название темы.", "Name of the topic.")),
        ("assigned_at", moment(), tr("Когда тема распознана.", "When it was recognised.")),
        ("terms", objects(), tr("Слова, по которым она распознана.", "The words by which it was recognised.")),
        ("terms[].text", string(), tr("Слово.", "The word.")),
        ("terms[].count", integer(), tr("Сколько раз оно сказано.", "How many times it was said.")),
    ];
    Text {
        description: vec![speech()],
        json: vec![Shape { of: tr("Массив тем:", "An array of topics:"), keys }],
        exits: OF_A_CALL,
        variables: CREDENTIALS,
        files: &[CONFIG, JOURNAL, LIMITS],
        examples: vec![(tr("Темы последнего разговора", "Topics of the last conversation"), "mango recording topics @1")],
        see: &["mango-recording-transcript", "mango-recording-summary"],
    }
}
