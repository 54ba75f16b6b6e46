//! What the pages say beyond the options: one function a command, both languages at the place.

mod calls;
mod crm;
mod links;
mod live;
mod pbx;
mod people;
mod program;
mod recordings;
mod reports;
mod tracking;

use crate::text::tr;

/// Name, type and meaning of a JSON key.
pub(super) type Key = (&'static str, &'static str, &'static str);

/// One shape of JSON output.
pub(super) struct Shape {
    /// What prints it
    pub of: &'static str,
    pub keys: Vec<Key>,
}

/// What a page says beyond the options. `*words*` are bold.
#[derive(Default)]
pub(super) struct Text {
    /// Paragraphs
    pub description: Vec<&'static str>,
    pub json: Vec<Shape>,
    pub exits: &'static [u8],
    pub variables: &'static [&'static str],
    pub files: &'static [&'static str],
    /// What it does, and the line
    pub examples: Vec<(&'static str, &'static str)>,
    pub see: &'static [&'static str],
}

/// Codes of a command that asks the PBX.
const ASKS: &[u8] = &[0, 1, 2, 4, 5, 6, 130];
/// Codes of a command that looks at this machine alone.
const LOCAL: &[u8] = &[0, 1, 2];

/// The texts of a page.
pub(super) fn of(page: &str) -> Text {
    match page {
        "mango" => program::mango(),
        "mango-login" => program::login(),
        "mango-logout" => program::logout(),
        "mango-status" => program::status(),
        "mango-call" => calls::call(),
        "mango-calls" => live::calls(),
        "mango-hangup" => live::hangup(),
        "mango-reject" => live::reject(),
        "mango-hold" => live::hold(),
        "mango-record" => live::record(),
        "mango-transfer" => live::transfer(),
        "mango-listen" => live::listen(),
        "mango-watch" => live::watch(),
        "mango-replay" => live::replay(),
        "mango-history" => calls::history(),
        "mango-show" => calls::show(),
        "mango-tracking" => tracking::tracking(),
        "mango-tracking-show" => tracking::show(),
        "mango-tracking-report" => reports::tracking_report(),
        "mango-tracking-sync" => tracking::sync(),
        "mango-tracking-channel" => tracking::channel(),
        "mango-tracking-channel-set" => tracking::channel_set(),
        "mango-tracking-channel-list" => tracking::channel_list(),
        "mango-tracking-channel-remove" => tracking::channel_remove(),
        "mango-tracking-channel-import" => tracking::channel_import(),
        "mango-recording" => recordings::recording(),
        "mango-recording-list" => recordings::list(),
        "mango-recording-get" => recordings::get(),
        "mango-recording-sync" => recordings::sync(),
        "mango-recording-link" => recordings::link(),
        "mango-recording-play" => recordings::play(),
        "mango-recording-transcript" => recordings::transcript(),
        "mango-recording-summary" => recordings::summary(),
        "mango-recording-topics" => recordings::topics(),
        "mango-stats" => reports::stats(),
        "mango-note" => links::note(),
        "mango-link" => links::link(),
        "mango-unlink" => links::unlink(),
        "mango-activity" => links::activity(),
        "mango-activity-create" => links::activity_create(),
        "mango-activity-list" => links::activity_list(),
        "mango-activity-done" => links::activity_done(),
        "mango-contact" => people::contact(),
        "mango-contact-create" => people::contact_create(),
        "mango-contact-list" => people::contact_list(),
        "mango-contact-show" => people::contact_show(),
        "mango-crm" => crm::crm(),
        "mango-crm-push" => crm::crm_push(),
        "mango-contact-edit" => people::contact_edit(),
        "mango-contact-import" => people::import("mango contact import people.csv --dry-run"),
        "mango-contact-export" => people::export("mango contact export people.vcf"),
        "mango-account-import" => people::import("mango account import companies.csv --dry-run"),
        "mango-account-export" => people::export("mango account export companies.csv"),
        "mango-contact-delete" => people::contact_delete(),
        "mango-account" => people::account(),
        "mango-account-create" => people::account_create(),
        "mango-account-list" => people::account_list(),
        "mango-account-show" => people::account_show(),
        "mango-account-edit" => people::account_edit(),
        "mango-account-delete" => people::account_delete(),
        "mango-users" => people::users(),
        "mango-groups" => people::groups(),
        "mango-lines" => pbx::lines(),
        "mango-balance" => pbx::balance(),
        "mango-sms" => calls::sms(),
        "mango-sandbox" => pbx::sandbox(),
        "mango-sandbox-serve" => pbx::sandbox_serve(),
        "mango-sandbox-incoming" => pbx::sandbox_incoming(),
        "mango-sandbox-answer" => pbx::sandbox_answer(),
        "mango-sandbox-hangup" => pbx::sandbox_hangup(),
        "mango-sandbox-generate" => pbx::sandbox_generate(),
        "mango-sandbox-reset" => pbx::sandbox_reset(),
        "mango-config" => program::config(),
        "mango-config-get" => program::config_get(),
        "mango-config-set" => program::config_set(),
        "mango-config-list" => program::config_list(),
        "mango-config-path" => program::config_path(),
        "mango-completions" => program::completions(),
        "mango-man" => program::man(),
        _ => Text::default(),
    }
}

/// Exit codes, the same for every command.
pub(super) fn exit_codes() -> Vec<(u8, &'static str)> {
    vec![
        (0, tr("Сделано. Пустой список — тоже сделано.", "Done. An empty list is done.")),
        (1, tr("Непредвиденное: файл, диск, ошибка в программе.", "Unexpected: a file, the disk, a defect of the program.")),
        (2, tr("Ошибка в командной строке или в настройках.", "The command line or the settings are wrong.")),
        (
            3,
            tr(
                "Нет такого человека или звонка, либо их несколько; нет текущего звонка, который подошёл бы.",
                "No such person or call, or more than one; no running call that fits.",
            ),
        ),
        (
            4,
            tr(
                "Вход не выполнен, ключ и соль не приняты, хранилище паролей недоступно.",
                "Not logged in, key and salt refused, or the keyring cannot be used.",
            ),
        ),
        (
            5,
            tr(
                "Нет связи, АТС перегружена или слишком долго просит подождать: повторите позже.",
                "Unreachable, overloaded, or rate-limited for too long: try again later.",
            ),
        ),
        (
            6,
            tr(
                "АТС отказала; её код — в сообщении и в ключе code ошибки JSON.",
                "The PBX refused; its code is in the message and in the key code of the JSON error.",
            ),
        ),
        (7, tr("*call --wait*: не ответили, заняты или отклонили.", "*call --wait*: no answer, busy or declined.")),
        (
            8,
            tr(
                "Запрос принят, но исход за отведённое время неизвестен; или события АТС никто не принимает, и текущих звонков не видно.",
                "Accepted, but the outcome was not known in the time given; or nobody receives the PBX's events, so running calls are not seen.",
            ),
        ),
        (130, tr("Прервано (Ctrl-C).", "Interrupted (Ctrl-C).")),
    ]
}

/// Environment variables.
pub(super) fn variables() -> Vec<(&'static str, &'static str)> {
    vec![
        ("MANGO_API_KEY", tr("Ключ АТС; нужна и соль.", "Key of the PBX; the salt is needed too.")),
        ("MANGO_API_SALT", tr("Соль.", "Salt.")),
        (
            "CREDENTIALS_DIRECTORY",
            tr(
                "Каталог с файлами mango_api_key, mango_api_salt, mango_widget_token и mango_crm_password; его задаёт systemd (LoadCredential=).",
                "Directory with the files mango_api_key, mango_api_salt, mango_widget_token and mango_crm_password; set by systemd (LoadCredential=).",
            ),
        ),
        ("MANGO_WIDGET_TOKEN", tr("Токен виджета коллтрекинга.", "Token of a call-tracking widget.")),
        ("MANGO_CRM_PASSWORD", tr("Пароль пользователя BPMSoft.", "Password of the BPMSoft user.")),
        ("MANGO_CRM_URL", tr("Адрес сайта BPMSoft вместо crm_url.", "Address of the BPMSoft site instead of crm_url.")),
        ("MANGO_CRM_USER", tr("Пользователь BPMSoft вместо crm_user.", "BPMSoft user instead of crm_user.")),
        ("MANGO_PROFILE", tr("Профиль, если не указан --profile.", "Profile, unless --profile is given.")),
        ("MANGO_EXTENSION", tr("Мой добавочный.", "My extension.")),
        ("MANGO_LINE", tr("Линия для исходящих звонков.", "Line for outgoing calls.")),
        (
            "MANGO_CONTACTS",
            tr("Где хранятся контакты: local, addressbook или bpmsoft.", "Where people are kept: local, addressbook or bpmsoft."),
        ),
        ("MANGO_OUTPUT", tr("Формат вывода, если не указан --output.", "Output format, unless --output is given.")),
        (
            "MANGO_LANG",
            tr(
                "Язык (ru или en), если не указан --lang; без неё — язык системы.",
                "Language (ru or en), unless --lang is given; else the system's.",
            ),
        ),
        ("MANGO_API_URL", tr("Адрес API [https://app.mango-office.ru/vpbx/].", "Address of the API [https://app.mango-office.ru/vpbx/].")),
        (
            "MANGO_WIDGETS_URL",
            tr(
                "Адрес API виджетов [https://widgets-api.mango-office.ru/v1/calltracking/].",
                "Address of the widgets API [https://widgets-api.mango-office.ru/v1/calltracking/].",
            ),
        ),
        (
            "MANGO_HOME",
            tr(
                "Каталог, в котором лежит всё: настройки, журнал, учебная АТС.",
                "Directory that holds everything: settings, journal, practice PBX.",
            ),
        ),
        ("MANGO_SANDBOX_SPEED", tr("Во сколько раз ускорить время учебной АТС.", "How many times faster the practice PBX's time runs.")),
        ("MANGO_SANDBOX_SEED", tr("Зерно случайности учебной АТС.", "Random seed of the practice PBX.")),
        ("NO_COLOR", tr("Непустая — без цвета.", "Not empty: no colours.")),
        ("TZ", tr("Часовой пояс для времени на входе и на выходе.", "Time zone of the times typed and printed.")),
        ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", tr("Прокси, через который идут запросы к АТС.", "Proxy for the requests to the PBX.")),
    ]
}

/// Files; the platform's own directories elsewhere than on Linux.
pub(super) fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "~/.config/mango/config.toml",
            tr(
                "Настройки ($XDG_CONFIG_HOME; где именно — *mango config path*).",
                "Settings ($XDG_CONFIG_HOME; *mango config path* prints where).",
            ),
        ),
        (
            "~/.local/share/mango/PROFILE/journal.db",
            tr(
                "Звонки и контакты профиля, SQLite ($XDG_DATA_HOME; где именно — *mango status*).",
                "Calls and contacts of a profile, SQLite ($XDG_DATA_HOME; *mango status* prints where).",
            ),
        ),
        (
            "~/.local/share/mango/PROFILE/files/",
            tr("Файлы, приложенные к звонкам, по каталогу на звонок.", "Files attached to calls, a directory a call."),
        ),
        (
            "~/.local/share/mango/PROFILE/crm-*.json",
            tr(
                "Сеанс BPMSoft и то, что о ней известно; читать может только владелец.",
                "The BPMSoft session and what is known of the installation; only the owner may read them.",
            ),
        ),
        (
            "~/.local/share/mango/PROFILE/limits.db",
            tr(
                "Сколько запросов ещё можно послать АТС; общий для всех запущенных mango.",
                "How many requests the PBX still allows; shared by all running mango.",
            ),
        ),
        ("~/.local/share/mango/sandbox/", tr("Всё, что помнит учебная АТС.", "All that the practice PBX remembers.")),
    ]
}

const CONFIG: &str = "~/.config/mango/config.toml";
const JOURNAL: &str = "~/.local/share/mango/PROFILE/journal.db";
const LIMITS: &str = "~/.local/share/mango/PROFILE/limits.db";
const SANDBOX: &str = "~/.local/share/mango/sandbox/";

fn string() -> &'static str {
    tr("строка", "string")
}

fn strings() -> &'static str {
    tr("массив строк", "array of strings")
}

fn integer() -> &'static str {
    tr("целое", "integer")
}

fn seconds() -> &'static str {
    tr("целое, секунды", "integer, seconds")
}

fn moment() -> &'static str {
    tr("строка, RFC 3339", "string, RFC 3339")
}

fn boolean() -> &'static str {
    tr("логическое", "boolean")
}

fn object() -> &'static str {
    tr("объект", "object")
}

fn objects() -> &'static str {
    tr("массив объектов", "array of objects")
}
