//! What each failure says, in both languages.

use super::{Error, KeyringFault, NotAnswered, NumberFault, PeriodFault, StoreFault};
use crate::pbx::code::ResultCode;
use crate::text::{plural, tr};

impl Error {
    /// What happened, as a sentence without a full stop.
    pub fn message(&self) -> String {
        use Error::*;
        match self {
            Usage(text) => text.clone(),
            Number { input, fault } => number_message(input, *fault),
            Time { input } => tr(format!("не понимаю время «{input}»"), format!("cannot understand the time '{input}'")),
            Due { input } => tr(format!("не понимаю срок «{input}»"), format!("cannot understand when '{input}' is")),
            Period(PeriodFault::Past) => tr("этот срок уже прошёл", "that time is over already").into(),
            Period(PeriodFault::Reversed) => {
                tr("период должен кончаться позже, чем начинается", "a period must end after it begins").into()
            }
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
            NoLine { number } => {
                tr(format!("линии с номером {number} на АТС нет"), format!("the PBX has no line with the number {number}"))
            }
            NoEmployee { extension } => {
                tr(format!("на АТС нет такого сотрудника: {extension}"), format!("the PBX has no such employee: {extension}"))
            }
            Config { path, detail } => {
                tr(format!("в настройках {}: {detail}", path.display()), format!("in the settings {}: {detail}", path.display()))
            }
            NoTerminal { .. } => {
                tr("нужно спросить, а спросить некого: это не терминал", "a question must be asked, but this is not a terminal").into()
            }
            NoPlayer => tr("нечем проиграть запись", "there is nothing to play the recording with").into(),
            Player { program, detail } => {
                tr(format!("{program} не проиграл запись: {detail}"), format!("{program} did not play the recording: {detail}"))
            }
            NoSandbox => tr("учебная АТС не запущена", "no practice PBX is running").into(),
            AddressInUse { address } => tr(format!("адрес {address} уже занят"), format!("address {address} is already in use")),

            NoShortNumber { number } => tr(format!("на АТС нет номера {number}"), format!("the PBX has no number {number}")),
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
                let rows = plural(*refused, ["строка", "строки", "строк"], ["row", "rows"]);
                tr(format!("не годится: {rows}; ничего не записано"), format!("refused: {rows}; nothing was written"))
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
            NotInSource { source, what } => {
                tr(format!("в источнике контактов {source} нет {what}"), format!("the contact source {source} has no {what}"))
            }
            NoChannel { number } => tr(format!("у {number} нет канала"), format!("{number} has no channel")),
            NoLiveCall { said } => (*said).into(),
            NoCall { call } => tr(format!("нет такого звонка: {call}"), format!("no such call: {call}")),
            NoRecording { call } => tr(format!("у звонка {call} нет записи"), format!("call {call} has no recording")),
            ManyCalls { call, candidates } => {
                let n = candidates.len();
                tr(format!("«{call}» — подходят несколько звонков ({n})"), format!("'{call}' matches several calls ({n})"))
            }
            NoSuchLiveCall { call } => tr(format!("такой звонок сейчас не идёт: {call}"), format!("no such call goes on now: {call}")),
            ManyLiveCalls { candidates } => {
                let calls = plural(candidates.len() as u64, ["звонок", "звонка", "звонков"], ["call", "calls"]);
                tr(format!("у вас сейчас {calls}"), format!("you have {calls} now"))
            }

            NotLoggedIn { profile, keyring } => not_logged_in(profile, keyring.as_ref()),
            WrongKey => tr("АТС не узнаёт ключ (код 3105 или HTTP 401)", "the PBX does not know the key (code 3105 or HTTP 401)").into(),
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
            Unknown { detail } | SmsUnknown { detail } => tr(
                format!("неизвестно, дошёл ли запрос до АТС ({detail})"),
                format!("it is not known whether the request reached the PBX ({detail})"),
            ),
            Unconfirmed { .. } => {
                tr("АТС приняла запрос, но чем кончилось — неизвестно", "the PBX accepted the request, but the outcome is not known").into()
            }
            SmsUnconfirmed => {
                tr("АТС приняла SMS, но дошло ли оно — неизвестно", "the PBX accepted the message; whether it arrived is not known").into()
            }
            BalanceLow { balance, below } => {
                tr(format!("на счёте {balance:.2} — меньше {below}"), format!("{balance:.2} on the account, less than {below}"))
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
            Io { path, source } => format!("{}: {}", path.display(), io_words(source)),
            Store { path, fault, detail } => store_message(&path.display().to_string(), *fault, detail),
            Interrupted => tr("прервано", "interrupted").into(),
            ClosedPipe => String::new(),
            Unexpected(detail) => tr(format!("ошибка в программе: {detail}"), format!("internal error: {detail}")),
        }
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
    // The PBX often says in its own language no more than the code does.
    let text = text.filter(|text| !code.means(text));
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

/// The system's word on a file; the usual ones in the person's language.
fn io_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind::*;
    let words = match error.kind() {
        NotFound => tr("нет такого файла или каталога", "no such file or directory"),
        PermissionDenied => tr("нет прав", "permission denied"),
        StorageFull => tr("на диске нет места", "no space left on the disk"),
        IsADirectory => tr("это каталог", "is a directory"),
        NotADirectory => tr("это не каталог", "is not a directory"),
        AlreadyExists => tr("уже есть", "is there already"),
        ReadOnlyFilesystem => tr("файловая система только для чтения", "the file system is read-only"),
        _ => return error.to_string(),
    };
    words.to_owned()
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
