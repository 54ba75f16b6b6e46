//! Every failure as a fact. Sentences and exit codes come last, in the exhaustive matches at the end.
//!
//! Exit codes are a contract with scripts: 1 unexpected, 2 command line or configuration, 3 no such or more than one,
//! 4 credentials, 5 try again later, 6 refused, 7 not answered, 8 accepted but not confirmed, 130 interrupted.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::pbx::code::ResultCode;
use crate::text::{plural, tr};

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
    /// What is to be done by then is over already.
    Past,
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
    /// An expression of when something is due is not understood.
    Due { input: String },
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
    /// No program that plays sound is here.
    NoPlayer,
    /// The program that plays sound did not do it.
    Player { program: String, detail: String },
    /// No sandbox is served on this machine.
    NoSandbox,
    /// The address is taken by another process.
    AddressInUse { address: String },

    /// Nobody has this name or number.
    NoContact { who: String },
    /// Several people, or several numbers of one person.
    ManyContacts { who: String, candidates: Vec<Candidate> },
    /// The call has no such link.
    NoLink { what: String },
    /// A call may not have this result; those that it may have, and whether the settings name them.
    NoResult { input: String, there_are: Vec<String>, ours: bool },
    /// Calls cannot be linked to such objects of the source; those that it has.
    NoObject { source: &'static str, wanted: String, there_are: Vec<String> },
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
    /// A call of which nothing was recorded.
    NoRecording { call: String },
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
    /// No CRM is set up for this profile: neither address nor user.
    NoCrm { profile: String },
    /// No source has the password of the CRM's user.
    NoCrmPassword { profile: String, keyring: Option<KeyringFault> },
    /// The CRM does not take the password: its words, and how many tries it leaves before it locks the user out (bpmsoft-odata §2.5).
    CrmLogin { user: String, detail: Option<String>, left: u32, must_change: bool },
    /// The command or the file that should give key and salt did not.
    CredentialSource { source: String, detail: String },

    /// Nothing was sent: no network, no such host, refused, TLS, proxy.
    Unreachable { host: String, detail: String },
    /// Nothing was sent to the CRM: no network, no such host, refused, TLS, proxy.
    CrmUnreachable { address: String, detail: String },
    /// The CRM did not answer in time, broke off, or something broke inside it.
    CrmNoReply { detail: String },
    /// The answer is not what BPMSoft answers.
    CrmGarbled { detail: String },
    /// Nothing at this address lets us sign in to BPMSoft.
    CrmNotThere { address: String },
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
    /// A recording is to be fetched from a host that is not the PBX's.
    ForeignAddress { host: String },
    /// A recording is not there yet, or not any more.
    NoFile { is_young: bool, code: Option<ResultCode> },
    /// The PBX did not finish a report in time (204 or `work` for ever).
    ReportNotReady,

    /// The PBX refused, with its code and its own words.
    Refused { code: ResultCode, text: Option<String>, fields: Vec<String> },

    /// The account has no speech analytics.
    NoSpeech { code: Option<ResultCode> },
    /// Some recordings could not be fetched; why the first of them could not.
    NotArchived { failed: u64, first: Box<Error> },
    /// The CRM refused: its status, its words, and the table it was about.
    CrmRefused { status: u16, detail: Option<String>, what: String },
    /// This installation of the CRM does not have the table or the column.
    CrmLacks { what: String },

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
            | Due { .. }
            | Period(_)
            | ShortFragment { .. }
            | NeedsYes { .. }
            | NoExtension
            | NoEmployee { .. } => 2,
            NoResult { .. } | NoObject { .. } => 2,
            NotText { .. } | NoNameColumn { .. } | RowsRefused { .. } | FileExists { .. } => 2,
            Config { .. } | NoTerminal { .. } | NotInSource { .. } | NoSandbox | AddressInUse { .. } => 2,
            NoContact { .. }
            | ManyContacts { .. }
            | KnownNumber { .. }
            | NoActivity { .. }
            | NoCall { .. }
            | NoLiveCall { .. }
            | ManyCalls { .. } => 3,
            NoLink { .. } | NoChannel { .. } | NoRecording { .. } => 3,
            NoPlayer => 2,
            Player { .. } => 1,
            NotArchived { first, .. } => first.exit_code(),
            NotLoggedIn { .. } | WrongKey | WrongSalt | AddressRefused | Keyring(_) | CredentialSource { .. } => 4,
            NoWidgetToken { .. } | WrongWidgetToken => 4,
            NoCrm { .. } | NoCrmPassword { .. } | CrmLogin { .. } => 4,
            CrmUnreachable { .. } | CrmNoReply { .. } | CrmGarbled { .. } | CrmNotThere { .. } => 5,
            Unreachable { .. }
            | NoReply { .. }
            | Garbled { .. }
            | NotFound { .. }
            | RateLimited { .. }
            | Blocked { .. }
            | ForeignAddress { .. }
            | NoFile { is_young: true, .. }
            | ReportNotReady => 5,
            Refused { .. } | NoSpeech { .. } | NoFile { .. } | OutsideTransfer { .. } | CrmRefused { .. } | CrmLacks { .. } => 6,
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
            Time { .. } | Due { .. } => "time",
            Period(_) => "period",
            ShortFragment { .. } => "short_fragment",
            NeedsYes { .. } => "needs_yes",
            NoExtension => "no_extension",
            NoEmployee { .. } => "no_employee",
            Config { .. } => "config",
            NoTerminal { .. } => "no_terminal",
            NoPlayer => "no_player",
            Player { .. } => "player",
            NoSandbox => "no_sandbox",
            AddressInUse { .. } => "address_in_use",
            NoContact { .. } => "no_contact",
            ManyContacts { .. } => "many_contacts",
            NoLink { .. } => "no_link",
            NoResult { .. } => "no_result",
            NoObject { .. } => "no_object",
            KnownNumber { .. } => "known_number",
            RowsRefused { .. } => "rows_refused",
            FileExists { .. } => "file_exists",
            NotText { .. } => "not_text",
            NoNameColumn { .. } => "no_name_column",
            NoActivity { .. } => "no_activity",
            NotInSource { .. } => "not_in_source",
            NoCall { .. } => "no_call",
            NoRecording { .. } => "no_recording",
            NoLiveCall { .. } => "no_live_call",
            NoChannel { .. } => "no_channel",
            ManyCalls { .. } => "many_calls",
            NotLoggedIn { .. } => "not_logged_in",
            NoCrm { .. } => "no_crm",
            NoCrmPassword { .. } => "no_crm_password",
            CrmLogin { .. } => "crm_login",
            CrmUnreachable { .. } => "crm_unreachable",
            CrmNoReply { .. } => "crm_no_reply",
            CrmGarbled { .. } => "crm_garbled",
            CrmNotThere { .. } => "crm_not_there",
            CrmRefused { .. } => "crm_refused",
            CrmLacks { .. } => "crm_lacks",
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
            ForeignAddress { .. } => "foreign_address",
            NoFile { .. } => "no_file",
            NoSpeech { .. } => "no_speech",
            NotArchived { .. } => "not_archived",
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
            Error::NoSpeech { code } | Error::NoFile { code, .. } => code.map(|code| code.0),
            Error::NotArchived { first, .. } => first.result_code(),
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
            Due { input } => tr(format!("не понимаю срок «{input}»"), format!("cannot understand when '{input}' is")),
            Period(PeriodFault::Past) => tr("этот срок уже прошёл", "that time is over already").into(),
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
            NoPlayer => tr("нечем проиграть запись", "there is nothing to play the recording with").into(),
            Player { program, detail } => {
                tr(format!("{program} не проиграл запись: {detail}"), format!("{program} did not play the recording: {detail}"))
            }
            NoSandbox => tr("учебная АТС не запущена", "no practice PBX is running").into(),
            AddressInUse { address } => tr(format!("адрес {address} уже занят"), format!("address {address} is already in use")),

            NoContact { who } => tr(format!("никого не нашлось: «{who}»"), format!("nobody found: '{who}'")),
            ManyContacts { who, candidates } => {
                let n = candidates.len();
                tr(format!("«{who}» — подходят несколько ({n})"), format!("'{who}' matches more than one ({n})"))
            }
            NoLink { what } => tr(format!("звонок так не связан: {what}"), format!("the call is not linked so: {what}")),
            NoResult { input, there_are, .. } => {
                let names = there_are.join(", ");
                tr(format!("нет такого итога: «{input}»; есть: {names}"), format!("no such result: '{input}'; there are: {names}"))
            }
            NoObject { source, wanted, there_are } => {
                let names = there_are.join(", ");
                tr(
                    format!("{source} не связывает звонки с «{wanted}»; есть: {names}"),
                    format!("{source} does not link calls to '{wanted}'; there are: {names}"),
                )
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
            NoRecording { call } => tr(format!("у звонка {call} нет записи"), format!("call {call} has no recording")),
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

            NoCrm { profile } => tr(format!("для профиля «{profile}» не указана CRM"), format!("no CRM is set up for profile '{profile}'")),
            NoCrmPassword { profile, keyring } => no_crm_password(profile, keyring.as_ref()),
            CrmLogin { user, detail, left, must_change } => crm_login(user, detail.as_deref(), *left, *must_change),
            CrmUnreachable { address, detail } => {
                tr(format!("нет связи с CRM {address}: {detail}"), format!("cannot reach the CRM at {address}: {detail}"))
            }
            CrmNoReply { detail } => tr(format!("CRM не ответила: {detail}"), format!("the CRM did not answer: {detail}")),
            CrmGarbled { detail } => tr(
                format!("ответ не похож на ответ BPMSoft: {detail}"),
                format!("this does not look like an answer from BPMSoft: {detail}"),
            ),
            CrmNotThere { address } => {
                tr(format!("по адресу {address} нет входа в BPMSoft"), format!("there is no BPMSoft to sign in to at {address}"))
            }
            CrmRefused { status, detail, what } => crm_refused(*status, detail.as_deref(), what),
            CrmLacks { what } => {
                tr(format!("в этой CRM нет {what} (или нет прав это видеть)"), format!("this CRM has no {what} (or you may not see it)"))
            }

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
            ForeignAddress { host } => tr(
                format!("АТС отправляет за записью на чужой адрес: {host}"),
                format!("the PBX sends us to a foreign host for the recording: {host}"),
            ),
            NoFile { is_young: true, .. } => tr("запись ещё не готова", "the recording is not ready yet").into(),
            NoFile { .. } => tr(
                "записи нет в облаке: её удалили или она туда не попала",
                "the recording is not in the cloud: it was deleted or never got there",
            )
            .into(),
            NoSpeech { .. } => tr("у этой АТС не подключена речевая аналитика", "speech analytics is not enabled for this PBX").into(),
            NotArchived { failed, first } => {
                let (count, why) =
                    (crate::text::plural(*failed, ["запись", "записи", "записей"], ["recording", "recordings"]), first.message());
                tr(format!("не удалось скачать {count}: {why}"), format!("{count} could not be fetched: {why}"))
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
            Due { .. } => tr(
                "например: завтра, вторник, завтра 10:00, +2h, через неделю, 2026-12-01, 2026-12-01T10:00",
                "for example: tomorrow, tuesday, tomorrow 10:00, +2h, in 3 days, 2026-12-01, 2026-12-01T10:00",
            ),
            NeedsYes { .. } => tr("если это нужно, добавьте --yes", "add --yes if you mean it"),
            NoExtension => tr(
                "укажите его: --from 101, MANGO_EXTENSION=101 или mango config set extension 101",
                "give it: --from 101, MANGO_EXTENSION=101 or mango config set extension 101",
            ),
            NoEmployee { .. } => tr("список: mango users", "list them: mango users"),
            NoTerminal { flag } => return Some(tr(format!("в скрипте используйте {flag}"), format!("in a script use {flag}"))),
            NoPlayer => tr(
                "установите mpv, ffmpeg, mpg123 или vlc либо укажите свою программу: mango config set player \"КОМАНДА\"",
                "install mpv, ffmpeg, mpg123 or vlc, or name a program of yours: mango config set player \"COMMAND\"",
            ),
            ForeignAddress { .. } => tr(
                "если этот адрес верен: mango config set recordings_host АДРЕС",
                "if that host is right: mango config set recordings_host HOST",
            ),
            NoFile { is_young: true, .. } => tr("повторите через минуту", "try again in a minute"),
            NoSpeech { .. } => tr(
                "услугу «Речевая аналитика» подключают в личном кабинете",
                "the service «Речевая аналитика» is ordered in the personal account",
            ),
            NotArchived { .. } => {
                tr("скачанное не пропадёт: запустите ту же команду ещё раз", "what was fetched stays: run the same command again")
            }
            NoSandbox => tr("запустите её: mango sandbox serve", "run one: mango sandbox serve"),
            NoContact { .. } => tr(
                "список: mango contact list; новый: mango contact create \"Имя\" НОМЕР",
                "list them: mango contact list; add one: mango contact create \"Name\" NUMBER",
            ),
            ManyContacts { .. } => tr("уточните имя или укажите номер", "type more of the name, or the number"),
            ManyCalls { .. } => tr("укажите больше знаков или @N из mango history", "type more of it, or @N from mango history"),
            NoCall { .. } => tr("список: mango history", "list them: mango history"),
            NoLink { .. } => tr("список: mango link ЗВОНОК", "list them: mango link CALL"),
            NoResult { ours: true, .. } => tr(
                "свой список: mango config set results \"Назначена встреча, Перезвонить\"",
                "your own list: mango config set results \"Meeting arranged, Call back\"",
            ),
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
            NoCrm { .. } => {
                tr("выполните mango login --crm: адрес, пользователь и пароль", "run mango login --crm: address, user and password")
            }
            NoCrmPassword { .. } => tr(
                "выполните mango login --crm; без хранилища пароль берётся из MANGO_CRM_PASSWORD, из $CREDENTIALS_DIRECTORY/mango_crm_password (systemd) или от crm_credential_command в config.toml",
                "run mango login --crm; without a keyring the password comes from MANGO_CRM_PASSWORD, $CREDENTIALS_DIRECTORY/mango_crm_password (systemd) or crm_credential_command in config.toml",
            ),
            CrmLogin { must_change: true, .. } => tr(
                "откройте CRM в браузере и смените пароль, затем mango login --crm",
                "open the CRM in a browser and change the password, then mango login --crm",
            ),
            CrmLogin { .. } => tr(
                "этот пароль больше не пробую; исправьте его: mango login --crm",
                "this password is not tried again; correct it: mango login --crm",
            ),
            CrmUnreachable { .. } | CrmGarbled { .. } | CrmNotThere { .. } => {
                tr("проверьте сеть, прокси и настройку crm_url", "check the network, the proxy and the setting crm_url")
            }
            CrmNoReply { .. } => tr("повторите позже", "try again later"),
            CrmRefused { status: 401 | 403, .. } => tr(
                "попросите администратора CRM дать пользователю права на эту таблицу",
                "ask the CRM's administrator to give the user rights to this table",
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

fn no_crm_password(profile: &str, keyring: Option<&KeyringFault>) -> String {
    match keyring.map(keyring_message) {
        None => tr(format!("нет пароля CRM для профиля «{profile}»"), format!("no CRM password for profile '{profile}'")),
        Some(why) => tr(
            format!("нет пароля CRM для профиля «{profile}» ({why}); задайте MANGO_CRM_PASSWORD"),
            format!("no CRM password for profile '{profile}' ({why}); set MANGO_CRM_PASSWORD"),
        ),
    }
}

fn crm_login(user: &str, detail: Option<&str>, left: u32, must_change: bool) -> String {
    let why = detail.map(|detail| format!(": {}", detail.trim_end_matches('.'))).unwrap_or_default();
    let what = match must_change {
        true => tr(format!("CRM требует сменить пароль пользователя {user}"), format!("the CRM wants {user} to change the password")),
        false => tr(format!("CRM не принимает пароль пользователя {user}"), format!("the CRM does not take the password of {user}")),
    };
    let rest = match left {
        _ if must_change => String::new(),
        0 => tr("; вход, вероятно, закрыт на 15 минут".into(), "; the user is probably locked out for 15 minutes".into()),
        left => {
            let tries = plural(left.into(), ["попытка", "попытки", "попыток"], ["try", "tries"]);
            tr(
                format!("; до блокировки — {tries}, если их не больше пяти"),
                format!("; {tries} left before the lock-out, if five are allowed"),
            )
        }
    };
    format!("{what}{why}{rest}")
}

fn crm_refused(status: u16, detail: Option<&str>, what: &str) -> String {
    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    match status {
        401 | 403 => tr(
            format!("CRM отказала: нет прав ({what}, HTTP {status}){detail}"),
            format!("the CRM refused: no rights ({what}, HTTP {status}){detail}"),
        ),
        _ => tr(format!("CRM отказала ({what}, HTTP {status}){detail}"), format!("the CRM refused ({what}, HTTP {status}){detail}")),
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
