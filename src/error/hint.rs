//! What to do about a failure, where that can be said, in both languages.

use super::{Error, NumberFault, StoreFault};
use crate::text::tr;

impl Error {
    /// The same where it happened to the practice PBX.
    pub fn practice_hint(&self) -> Option<String> {
        match self {
            Error::NobodyListens | Error::Unconfirmed { listening: false } => Some(
                tr(
                    "запустите учебную АТС в другом терминале: mango sandbox serve",
                    "run the practice PBX in another terminal: mango sandbox serve",
                )
                .into(),
            ),
            _ => self.hint(),
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
            NoLine { .. } => tr("список: mango lines", "list them: mango lines"),
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
            NoShortNumber { .. } => tr(
                "список: mango users, mango groups; если звонить всё равно, добавьте --yes",
                "list them: mango users, mango groups; add --yes to dial it anyway",
            ),
            NoContact { .. } => tr(
                "список: mango contact list; новый: mango contact create \"Имя\" НОМЕР",
                "list them: mango contact list; add one: mango contact create \"Name\" NUMBER",
            ),
            ManyContacts { .. } => tr("уточните имя или укажите номер", "type more of the name, or the number"),
            ManyCalls { .. } => tr("укажите больше знаков или @N из mango history", "type more of it, or @N from mango history"),
            NoSuchLiveCall { .. } => tr("список: mango calls", "list them: mango calls"),
            ManyLiveCalls { .. } => tr("укажите @N из mango calls", "give @N from mango calls"),
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
                "второй раз не отправляю; посмотрите на телефон, в mango calls и mango history",
                "it is not sent twice; look at your phone, at mango calls and mango history",
            ),
            SmsUnknown { .. } => tr(
                "второй раз не отправляю: SMS могло уйти; это видно в отчётах личного кабинета",
                "it is not sent twice, for it may have left; the reports of the personal account show it",
            ),
            SmsUnconfirmed => tr(
                "о доставке АТС сообщает тому, кто принимает её события: mango listen",
                "the PBX tells of the delivery whoever receives its events: mango listen",
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
