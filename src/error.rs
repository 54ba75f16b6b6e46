//! Every failure as a fact. Sentences and exit codes come last, in the exhaustive matches at the end.
//!
//! Exit codes are a contract with scripts: 1 unexpected, 2 command line or configuration, 3 no such or more than one,
//! 4 credentials, 5 try again later, 6 refused, 7 not answered, 8 accepted but not confirmed, 130 interrupted.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::pbx::code::ResultCode;
use crate::text::tr;

/// The result of nearly everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One of several people or calls that a person's words could mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// What to type instead to mean exactly this one: a number, or a call's id.
    pub id: String,
    /// Person or company.
    pub name: String,
    /// Number with its kind, or when the call was.
    pub detail: String,
}

/// Why a number cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Nothing that could be a number.
    NotANumber,
    /// Six or seven digits: a city number whose city is not said.
    NoAreaCode,
    /// Too few digits for its country.
    TooShort,
    /// Too many digits for its country.
    TooLong,
    /// No country has this code.
    UnknownCountry,
    /// More than the PBX takes: 128 bytes (vpbx-core §4.1).
    TooLongForThePbx,
}

/// Why a period cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodFault {
    /// It ends before it begins.
    Reversed,
    /// It begins in the future.
    Future,
}

/// What is wrong with the keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringFault {
    /// No keyring runs here: usual under cron and in containers.
    Absent(String),
    /// It is locked and nobody unlocked it.
    Locked,
    /// It did not answer within these seconds.
    Silent(u64),
    /// Anything else, in its own words.
    Other(String),
}

/// What is wrong with a database file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// Written by a newer version of this program.
    Newer,
    /// Not a database, or damaged.
    Damaged,
    /// May be read but not written.
    ReadOnly,
    /// No room on the disk.
    Full,
    /// Another process kept it locked for too long.
    Locked,
    /// It could not be opened or created.
    Unopenable,
}

/// Why the other side of a call did not talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnswered {
    /// The PBX's reason (vpbx-core appendix A), if it gave one.
    pub reason: Option<ResultCode>,
}

/// A failure. The fields are the facts its sentence is made of.
#[allow(missing_docs)]
#[derive(Debug)]
pub enum Error {
    /// The command line cannot be understood; the text is already in the person's language.
    Usage(String),
    /// A number cannot be dialled.
    Number { input: String, fault: NumberFault },
    /// An expression of time is not understood.
    Time { input: String },
    /// A period makes no sense.
    Period(PeriodFault),
    /// Fewer than three letters to look for.
    ShortFragment { input: String },
    /// An emergency or premium number in a script without `--yes`.
    NeedsYes { number: String },
    /// Which of the employees is calling is not known.
    NoExtension,
    /// Nobody on the PBX has this extension.
    NoEmployee { extension: String },
    /// The configuration file is wrong.
    Config { path: PathBuf, detail: String },
    /// A question must be asked and nobody is at the terminal; the text names the flag to use.
    NoTerminal { flag: &'static str },
    /// No sandbox is served on this machine.
    NoSandbox,
    /// The address is taken by another process.
    AddressInUse { address: String },

    /// Nobody has this name or number.
    NoContact { who: String },
    /// Several people, or several numbers of one person.
    ManyContacts { who: String, candidates: Vec<Candidate> },
    /// The number of a call belongs to somebody already.
    KnownNumber { number: String, candidates: Vec<Candidate> },
    /// A file is not text, or text in an encoding that must be named.
    NotText { line: u64, looks_like: Option<&'static str> },
    /// Rows of a file were refused, and that was not to be.
    RowsRefused { refused: u64 },
    /// A file is there already, and was not to be written over.
    FileExists { path: PathBuf },
    /// No column of a table is a name.
    NoNameColumn { columns: Vec<String> },
    /// No such activity.
    NoActivity { id: String },
    /// Where people are kept does not have this: the source's name, and what was asked of it.
    NotInSource { source: &'static str, what: &'static str },
    /// No such call.
    NoCall { call: String },
    /// A number belongs to no channel.
    NoChannel { number: String },
    /// No call goes on in the state that is needed; what is said of that.
    NoLiveCall { said: &'static str },
    /// The beginning of an id that several calls share.
    ManyCalls { call: String, candidates: Vec<Candidate> },

    /// No source has a key and a salt for this profile.
    NotLoggedIn { profile: String, keyring: Option<KeyringFault> },
    /// The PBX does not know the key (3105 or HTTP 401, vpbx-core §8.4).
    WrongKey,
    /// The PBX says the signature is wrong (3102): the salt does not belong to the key.
    WrongSalt,
    /// The PBX refuses this machine's address (HTTP 403).
    AddressRefused,
    /// The keyring cannot be used.
    Keyring(KeyringFault),
    /// No source has a token of the widgets API for this profile.
    NoWidgetToken { profile: String, keyring: Option<KeyringFault> },
    /// The widgets API does not know the token (HTTP 401), or it is another widget's.
    WrongWidgetToken,
    /// The command or the file that should give key and salt did not.
    CredentialSource { source: String, detail: String },

    /// Nothing was sent: no network, no such host, refused, TLS, proxy.
    Unreachable { host: String, detail: String },
    /// The PBX did not answer a question in time, or broke off.
    NoReply { detail: String },
    /// The answer is not what the PBX answers: a page of HTML, broken JSON or CSV.
    Garbled { detail: String },
    /// The PBX has nothing at this address (HTTP 404): a wrong base address, or a report that expired.
    NotFound { path: String },
    /// Over the limits for too long (HTTP 429, 503, code 5008).
    RateLimited { retry_after: Option<u64> },
    /// Two refused requests within two minutes shut the API until then (vpbx-core §2).
    Blocked { until: Timestamp },
    /// The PBX did not finish a report in time (204 or `work` for ever).
    ReportNotReady,

    /// The PBX refused, with its code and its own words.
    Refused { code: ResultCode, text: Option<String>, fields: Vec<String> },

    /// `call --wait`: no conversation.
    NotAnswered(NotAnswered),

    /// The request left, the answer did not come: the call may be ringing.
    Unknown { detail: String },
    /// Events are not received, so running calls are not seen.
    NobodyListens,
    /// The PBX refused to pass a call to an outside number.
    OutsideTransfer { code: ResultCode },
    /// Accepted, but nothing more was heard within the time given.
    Unconfirmed { listening: bool },

    /// A file or a directory.
    Io { path: PathBuf, source: std::io::Error },
    /// A database of ours.
    Store { path: PathBuf, fault: StoreFault, detail: String },
    /// Ctrl-C.
    Interrupted,
    /// The reader of our output went away: not a failure (design: a closed pipe).
    ClosedPipe,
    /// A defect of this program.
    Unexpected(String),
}

impl Error {
    /// The number this failure leaves to scripts.
    pub fn exit_code(&self) -> u8 {
        use Error::*;
        match self {
            ClosedPipe => 0,
            Io { .. } | Store { .. } | Unexpected(_) => 1,
            Usage(_)
            | Number { .. }
            | Time { .. }
            | Period(_)
            | ShortFragment { .. }
            | NeedsYes { .. }
            | NoExtension
            | NoEmployee { .. } => 2,
            NotText { .. } | NoNameColumn { .. } | RowsRefused { .. } | FileExists { .. } => 2,
            Config { .. } | NoTerminal { .. } | NotInSource { .. } | NoSandbox | AddressInUse { .. } => 2,
            NoContact { .. }
            | ManyContacts { .. }
            | KnownNumber { .. }
            | NoActivity { .. }
            | NoCall { .. }
            | NoLiveCall { .. }
            | NoChannel { .. }
            | ManyCalls { .. } => 3,
            NotLoggedIn { .. } | WrongKey | WrongSalt | AddressRefused | Keyring(_) | CredentialSource { .. } => 4,
            NoWidgetToken { .. } | WrongWidgetToken => 4,
            Unreachable { .. }
            | NoReply { .. }
            | Garbled { .. }
            | NotFound { .. }
            | RateLimited { .. }
            | Blocked { .. }
            | ReportNotReady => 5,
            Refused { .. } | OutsideTransfer { .. } => 6,
            NotAnswered(_) => 7,
            Unknown { .. } | Unconfirmed { .. } | NobodyListens => 8,
            Interrupted => 130,
        }
    }

    /// A stable English word for this failure, `error.kind` in JSON.
    pub fn kind(&self) -> &'static str {
        use Error::*;
        match self {
            Usage(_) => "usage",
            Number { .. } => "number",
            Time { .. } => "time",
            Period(_) => "period",
            ShortFragment { .. } => "short_fragment",
            NeedsYes { .. } => "needs_yes",
            NoExtension => "no_extension",
            NoEmployee { .. } => "no_employee",
            Config { .. } => "config",
            NoTerminal { .. } => "no_terminal",
            NoSandbox => "no_sandbox",
            AddressInUse { .. } => "address_in_use",
            NoContact { .. } => "no_contact",
            ManyContacts { .. } => "many_contacts",
            KnownNumber { .. } => "known_number",
            RowsRefused { .. } => "rows_refused",
            FileExists { .. } => "file_exists",
            NotText { .. } => "not_text",
            NoNameColumn { .. } => "no_name_column",
            NoActivity { .. } => "no_activity",
            NotInSource { .. } => "not_in_source",
            NoCall { .. } => "no_call",
            NoLiveCall { .. } => "no_live_call",
            NoChannel { .. } => "no_channel",
            ManyCalls { .. } => "many_calls",
            NotLoggedIn { .. } => "not_logged_in",
            WrongKey => "wrong_key",
            WrongSalt => "wrong_salt",
            AddressRefused => "address_refused",
            Keyring(_) => "keyring",
            CredentialSource { .. } => "credential_source",
            NoWidgetToken { .. } => "no_widget_token",
            WrongWidgetToken => "wrong_widget_token",
            Unreachable { .. } => "unreachable",
            NoReply { .. } => "no_reply",
            Garbled { .. } => "garbled",
            NotFound { .. } => "not_found",
            RateLimited { .. } => "rate_limited",
            Blocked { .. } => "blocked",
            ReportNotReady => "report_not_ready",
            Refused { .. } => "refused",
            NotAnswered(_) => "not_answered",
            Unknown { .. } => "unknown",
            NobodyListens => "nobody_listens",
            OutsideTransfer { .. } => "outside_transfer",
            Unconfirmed { .. } => "unconfirmed",
            Io { .. } => "io",
            Store { .. } => "store",
            Interrupted => "interrupted",
            ClosedPipe => "closed_pipe",
            Unexpected(_) => "unexpected",
        }
    }

    /// The PBX's own result code, where there is one.
    pub fn result_code(&self) -> Option<i64> {
        match self {
            Error::Refused { code, .. } | Error::OutsideTransfer { code } => Some(code.0),
            Error::NotAnswered(NotAnswered { reason }) => reason.map(|code| code.0),
            Error::WrongKey => Some(3105),
            Error::WrongSalt => Some(3102),
            _ => None,
        }
    }

    /// Those among whom a choice must be made.
    pub fn candidates(&self) -> &[Candidate] {
        match self {
            Error::ManyContacts { candidates, .. } | Error::KnownNumber { candidates, .. } | Error::ManyCalls { candidates, .. } => {
                candidates
            }
            _ => &[],
        }
    }

    /// What happened, as a sentence without a full stop.
    pub fn message(&self) -> String {
        use Error::*;
        match self {
            Usage(text) => text.clone(),
            Number { input, fault } => number_message(input, *fault),
            Time { input } => tr(format!("не понимаю время «{input}»"), format!("cannot understand the time '{input}'")),
            Period(PeriodFault::Reversed) => tr("период кончается раньше, чем начинается", "the period ends before it begins").into(),
            Period(PeriodFault::Future) => tr("период ещё не наступил", "the period is in the future").into(),
            ShortFragment { input } => tr(
                format!("«{input}» — слишком мало: для поиска нужно хотя бы три буквы"),
                format!("'{input}' is too short: a search needs three letters or more"),
            ),
            NeedsYes { number } => tr(
                format!("{number} — номер экстренной службы, без подтверждения не звоню"),
                format!("{number} is an emergency number and is not dialled without confirmation"),
            ),
            NoExtension => tr("не задан ваш добавочный", "your extension is not set").into(),
            NoEmployee { extension } => {
                tr(format!("на АТС нет сотрудника с добавочным {extension}"), format!("no employee has the extension {extension}"))
            }
            Config { path, detail } => tr(
                format!("ошибка в настройках {}: {detail}", path.display()),
                format!("error in the settings {}: {detail}", path.display()),
            ),
            NoTerminal { .. } => {
                tr("нужно спросить, а спросить некого: это не терминал", "a question must be asked, but this is not a terminal").into()
            }
            NoSandbox => tr("учебная АТС не запущена", "no practice PBX is running").into(),
            AddressInUse { address } => tr(format!("адрес {address} уже занят"), format!("address {address} is already in use")),

            NoContact { who } => tr(format!("никого не нашлось: «{who}»"), format!("nobody found: '{who}'")),
            ManyContacts { who, candidates } => {
                let n = candidates.len();
                tr(format!("«{who}» — подходят несколько ({n})"), format!("'{who}' matches more than one ({n})"))
            }
            KnownNumber { number, .. } => tr(format!("номер {number} уже записан"), format!("{number} is known already")),
            RowsRefused { refused } => {
                tr(format!("не годятся строки ({refused}), ничего не записано"), format!("{refused} rows are refused, nothing was written"))
            }
            FileExists { path } => tr(format!("файл {} уже есть", path.display()), format!("the file {} is there already", path.display())),
            NotText { line, looks_like: Some(encoding) } => tr(
                format!("строка {line}: это не UTF-8, похоже на {encoding}"),
                format!("line {line}: this is not UTF-8, it looks like {encoding}"),
            ),
            NotText { line, looks_like: None } => {
                tr(format!("строка {line}: это не текст в UTF-8"), format!("line {line}: this is not text in UTF-8"))
            }
            NoNameColumn { columns } => {
                let columns = columns.join(", ");
                tr(format!("нет столбца с именем; в заголовке: {columns}"), format!("no column holds a name; the heading says: {columns}"))
            }
            NoActivity { id } => tr(format!("нет такого дела: {id}"), format!("no such activity: {id}")),
            NotInSource { source, what } => tr(
                format!("источник контактов {source} этого не умеет: {what}"),
                format!("the contact source {source} cannot do this: {what}"),
            ),
            NoChannel { number } => tr(format!("у {number} нет канала"), format!("{number} has no channel")),
            NoLiveCall { said } => (*said).into(),
            NoCall { call } => tr(format!("нет такого звонка: {call}"), format!("no such call: {call}")),
            ManyCalls { call, candidates } => {
                let n = candidates.len();
                tr(format!("«{call}» — подходят несколько звонков ({n})"), format!("'{call}' matches several calls ({n})"))
            }

            NotLoggedIn { profile, keyring } => not_logged_in(profile, keyring.as_ref()),
            WrongKey => tr("АТС не узнаёт ключ (код 3105)", "the PBX does not know the key (code 3105)").into(),
            WrongSalt => tr(
                "подпись не подходит (код 3102): соль не от этого ключа",
                "the signature is wrong (code 3102): the salt does not belong to the key",
            )
            .into(),
            AddressRefused => {
                tr("АТС не принимает запросы с этого адреса (HTTP 403)", "the PBX refuses requests from this address (HTTP 403)").into()
            }
            Keyring(fault) => keyring_message(fault),
            NoWidgetToken { profile, keyring } => no_widget_token(profile, keyring.as_ref()),
            WrongWidgetToken => tr(
                "сервер виджетов не принял токен (HTTP 401): он неверный или от другого виджета",
                "the widgets API refused the token (HTTP 401): it is wrong, or another widget's",
            )
            .into(),
            CredentialSource { source, detail } => tr(
                format!("не удалось взять учётные данные из {source}: {detail}"),
                format!("credentials could not be read from {source}: {detail}"),
            ),

            Unreachable { host, detail } => tr(format!("нет связи с {host}: {detail}"), format!("cannot reach {host}: {detail}")),
            NoReply { detail } => tr(format!("АТС не ответила: {detail}"), format!("the PBX did not answer: {detail}")),
            Garbled { detail } => {
                tr(format!("ответ не похож на ответ АТС: {detail}"), format!("this does not look like an answer from the PBX: {detail}"))
            }
            NotFound { path } => tr(format!("по адресу {path} ничего нет (HTTP 404)"), format!("there is nothing at {path} (HTTP 404)")),
            RateLimited { .. } => tr("слишком много запросов, АТС просит подождать", "too many requests, the PBX asks to wait").into(),
            Blocked { until } => {
                let until = crate::time::clock_time(*until);
                tr(
                    format!("после двух ошибочных запросов АТС закрыла API до {until}"),
                    format!("after two invalid requests the PBX closed its API until {until}"),
                )
            }
            ReportNotReady => tr("АТС так и не подготовила отчёт", "the PBX did not finish the report").into(),

            Refused { code, text, fields } => refused_message(*code, text.as_deref(), fields),
            NotAnswered(self::NotAnswered { reason }) => match reason {
                Some(code) => {
                    let why = within_a_sentence(*code);
                    tr(format!("разговор не состоялся: {why}"), format!("no conversation: {why}"))
                }
                None => tr("разговор не состоялся", "no conversation").into(),
            },
            Unknown { detail } => tr(
                format!("неизвестно, дошёл ли запрос до АТС ({detail})"),
                format!("it is not known whether the request reached the PBX ({detail})"),
            ),
            Unconfirmed { .. } => {
                tr("АТС приняла запрос, но чем кончилось — неизвестно", "the PBX accepted the request, but the outcome is not known").into()
            }

            NobodyListens => tr(
                "события АТС никто не принимает, текущих звонков не видно",
                "nobody receives the PBX's events, so running calls are not seen",
            )
            .into(),
            OutsideTransfer { code } => tr(
                format!("АТС не перевела звонок на внешний номер: {code}"),
                format!("the PBX did not pass the call to an outside number: {code}"),
            ),
            Io { path, source } => format!("{}: {source}", path.display()),
            Store { path, fault, detail } => store_message(&path.display().to_string(), *fault, detail),
            Interrupted => tr("прервано", "interrupted").into(),
            ClosedPipe => String::new(),
            Unexpected(detail) => tr(format!("ошибка в программе: {detail}"), format!("internal error: {detail}")),
        }
    }

    /// What to do about it, if anything can be said.
    pub fn hint(&self) -> Option<String> {
        use Error::*;
        let hint = match self {
            Number { fault: NumberFault::NoAreaCode, .. } => {
                tr("добавьте код города: +7 495 123-45-67", "add the area code: +7 495 123-45-67")
            }
            Time { .. } => tr(
                "например: today, yesterday, monday, 2h, 7d, 2026-11-01, 2026-11-01T09:00, вчера, понедельник",
                "for example: today, yesterday, monday, 2h, 7d, 2026-11-01, 2026-11-01T09:00",
            ),
            NeedsYes { .. } => tr("если это нужно, добавьте --yes", "add --yes if you mean it"),
            NoExtension => tr(
                "укажите его: --from 101, MANGO_EXTENSION=101 или mango config set extension 101",
                "give it: --from 101, MANGO_EXTENSION=101 or mango config set extension 101",
            ),
            NoEmployee { .. } => tr("список: mango users", "list them: mango users"),
            NoTerminal { flag } => return Some(tr(format!("в скрипте используйте {flag}"), format!("in a script use {flag}"))),
            NoSandbox => tr("запустите её: mango sandbox serve", "run one: mango sandbox serve"),
            NoContact { .. } => tr(
                "список: mango contact list; новый: mango contact create \"Имя\" НОМЕР",
                "list them: mango contact list; add one: mango contact create \"Name\" NUMBER",
            ),
            ManyContacts { .. } => tr("уточните имя или укажите номер", "type more of the name, or the number"),
            ManyCalls { .. } => tr("укажите больше знаков или @N из mango history", "type more of it, or @N from mango history"),
            NoCall { .. } => tr("список: mango history", "list them: mango history"),
            KnownNumber { .. } => tr(
                "связать звонок с этим человеком: mango link ЗВОНОК --contact ID; добавить ещё одного: --anyway",
                "link the call to this person: mango link CALL --contact ID; add another one: --anyway",
            ),
            NotText { looks_like, .. } => {
                let encoding = looks_like.unwrap_or("cp1251");
                return Some(tr(format!("укажите кодировку: --encoding {encoding}"), format!("name the encoding: --encoding {encoding}")));
            }
            FileExists { .. } => tr("другое имя или --force", "another name, or --force"),
            NoNameColumn { .. } => tr(
                "скажите, где имя: --map \"ЗАГОЛОВОК=name\"; если это не заголовок, добавьте его первой строкой",
                "say where the name is: --map \"HEADING=name\"; if this is no heading, put one into the first line",
            ),
            NoActivity { .. } => tr("список: mango activity list", "list them: mango activity list"),
            NotInSource { .. } => tr("другой источник: mango config set contacts local", "another source: mango config set contacts local"),
            NoChannel { .. } => tr("список: mango tracking channel list", "list them: mango tracking channel list"),
            NotLoggedIn { keyring: Some(_), .. } | Keyring(_) => tr(
                "без хранилища ключ и соль берутся из MANGO_API_KEY и MANGO_API_SALT, из $CREDENTIALS_DIRECTORY (systemd) или от credential_command в config.toml",
                "without a keyring they come from MANGO_API_KEY and MANGO_API_SALT, $CREDENTIALS_DIRECTORY (systemd) or credential_command in config.toml",
            ),
            NotLoggedIn { .. } => tr(
                "выполните mango login, задайте MANGO_API_KEY и MANGO_API_SALT или попробуйте без АТС: mango --sandbox",
                "run mango login, set MANGO_API_KEY and MANGO_API_SALT, or try without a PBX: mango --sandbox",
            ),
            NoWidgetToken { .. } | WrongWidgetToken => tr(
                "токен — в настройках виджета в личном кабинете; затем mango login --widget или переменная MANGO_WIDGET_TOKEN",
                "the token is in the widget's settings in the personal account; then mango login --widget, or MANGO_WIDGET_TOKEN",
            ),
            WrongKey | WrongSalt => tr(
                "ключ и соль — в личном кабинете: Интеграции → API-коннектор; затем mango login",
                "key and salt are in the personal account: Integrations → API connector; then mango login",
            ),
            AddressRefused => tr(
                "добавьте адрес в личном кабинете: Интеграции → API-коннектор → список адресов",
                "add the address in the personal account: Integrations → API connector → allowed addresses",
            ),
            Garbled { .. } | Unreachable { .. } => {
                tr("проверьте сеть, прокси и MANGO_API_URL", "check the network, the proxy and MANGO_API_URL")
            }
            RateLimited { retry_after: Some(seconds) } => {
                return Some(tr(format!("повторите через {seconds} с"), format!("try again in {seconds} s")));
            }
            RateLimited { .. } | ReportNotReady | NoReply { .. } => tr("повторите позже", "try again later"),
            Unknown { .. } => tr(
                "второй раз не отправляю; посмотрите на телефон и в mango history",
                "it is not sent twice; look at your phone and at mango history",
            ),
            Unconfirmed { listening: false } => tr(
                "события АТС никто не принимает; итог появится в mango history через пару минут",
                "no program is receiving the PBX's events; the outcome will be in mango history in a couple of minutes",
            ),
            Unconfirmed { listening: true } => tr("смотрите mango history", "see mango history"),
            NobodyListens => tr(
                "запустите mango listen и укажите его адрес в личном кабинете: mango listen --print-setup; для учебной АТС — mango sandbox serve",
                "run mango listen and enter its address in the personal account: mango listen --print-setup; for the practice PBX, mango sandbox serve",
            ),
            OutsideTransfer { .. } => tr(
                "включите в личном кабинете: Настройки АТС → Перевод на внешние номера",
                "switch it on in the personal account: PBX settings → transfers to outside numbers",
            ),
            Store { fault: StoreFault::Newer, .. } => tr("обновите mango", "upgrade mango"),
            Store { fault: StoreFault::Damaged, .. } => tr(
                "уберите файл в сторону: история загрузится заново, а контакты и заметки достаньте командой sqlite3 ФАЙЛ .recover",
                "move the file aside: the history will load again; rescue contacts and notes with sqlite3 FILE .recover",
            ),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn number_message(input: &str, fault: NumberFault) -> String {
    let why = match fault {
        NumberFault::NotANumber => tr("это не номер", "this is not a number"),
        NumberFault::NoAreaCode => tr("нет кода города", "the area code is missing"),
        NumberFault::TooShort => tr("не хватает цифр", "it has too few digits"),
        NumberFault::TooLong => tr("лишние цифры", "it has too many digits"),
        NumberFault::UnknownCountry => tr("нет страны с таким кодом", "no country has this code"),
        NumberFault::TooLongForThePbx => tr("АТС принимает не больше 128 байт", "the PBX takes 128 bytes at most"),
    };
    tr(format!("номер «{input}»: {why}"), format!("number '{input}': {why}"))
}

/// One line is enough for cron's mail: it names the variables.
fn not_logged_in(profile: &str, keyring: Option<&KeyringFault>) -> String {
    match keyring.map(keyring_message) {
        None => tr(format!("нет ключа и соли для профиля «{profile}»"), format!("no key and salt for profile '{profile}'")),
        Some(why) => tr(
            format!("нет ключа и соли для профиля «{profile}» ({why}); задайте MANGO_API_KEY и MANGO_API_SALT"),
            format!("no key and salt for profile '{profile}' ({why}); set MANGO_API_KEY and MANGO_API_SALT"),
        ),
    }
}

fn no_widget_token(profile: &str, keyring: Option<&KeyringFault>) -> String {
    match keyring.map(keyring_message) {
        None => tr(format!("нет токена виджета для профиля «{profile}»"), format!("no widget token for profile '{profile}'")),
        Some(why) => tr(
            format!("нет токена виджета для профиля «{profile}» ({why}); задайте MANGO_WIDGET_TOKEN"),
            format!("no widget token for profile '{profile}' ({why}); set MANGO_WIDGET_TOKEN"),
        ),
    }
}

fn keyring_message(fault: &KeyringFault) -> String {
    match fault {
        KeyringFault::Absent(_) => tr("хранилища паролей здесь нет", "there is no keyring here").into(),
        KeyringFault::Locked => tr("хранилище паролей заблокировано", "the keyring is locked").into(),
        KeyringFault::Silent(seconds) => {
            tr(format!("хранилище паролей не ответило за {seconds} с"), format!("the keyring did not answer within {seconds} s"))
        }
        KeyringFault::Other(text) => tr(format!("хранилище паролей: {text}"), format!("keyring: {text}")),
    }
}

/// The code's words after a colon: a small first letter, unless it begins an abbreviation.
fn within_a_sentence(code: ResultCode) -> String {
    let words = code.to_string();
    let mut letters = words.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().collect::<String>() + &words[first.len_utf8()..],
        _ => words,
    }
}

fn refused_message(code: ResultCode, text: Option<&str>, fields: &[String]) -> String {
    let code = within_a_sentence(code);
    let mut message = tr(format!("АТС отказала: {code}"), format!("the PBX refused: {code}"));
    if let Some(text) = text {
        message += &format!("; {text}");
    }
    if !fields.is_empty() {
        message += &format!(" ({})", fields.join(", "));
    }
    message
}

fn store_message(path: &str, fault: StoreFault, detail: &str) -> String {
    match fault {
        StoreFault::Newer => tr(format!("{path} создан более новой версией mango"), format!("{path} was written by a newer mango")),
        StoreFault::Damaged => tr(format!("{path} повреждён: {detail}"), format!("{path} is damaged: {detail}")),
        StoreFault::ReadOnly => tr(format!("в {path} нельзя писать"), format!("{path} cannot be written")),
        StoreFault::Full => tr(format!("нет места на диске для {path}"), format!("no room on the disk for {path}")),
        StoreFault::Locked => tr(format!("{path} занят другой программой"), format!("{path} is locked by another program")),
        StoreFault::Unopenable => tr(format!("{path} не открывается: {detail}"), format!("{path} cannot be opened: {detail}")),
    }
}
