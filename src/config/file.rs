//! `config.toml`: names of settings, what may stand behind them, and what is said of what may not.

use std::path::Path;

use serde::Deserialize;

use super::CrmCalls;
use crate::args::Format;
use crate::contacts::place::Place;
use crate::error::{Error, Result};
use crate::text::tr;

/// A setting's name and what it is, in the person's language.
pub type Setting = (&'static str, fn() -> &'static str);

/// Names of settings, as in the file, in `config set` and in the manual.
pub const SETTINGS: [Setting; 20] = [
    ("profile", || tr("профиль по умолчанию", "the default profile")),
    ("extension", || tr("мой добавочный", "my extension")),
    ("line", || tr("линия для исходящих", "line for outgoing calls")),
    ("credential_command", || tr("команда, которая печатает ключ и соль (две строки)", "a command that prints key and salt (two lines)")),
    ("api_url", || tr("адрес API", "address of the API")),
    ("widgets_url", || tr("адрес API виджетов коллтрекинга", "address of the call-tracking widgets API")),
    ("timeout", || tr("сколько секунд ждать ответа", "seconds to wait for an answer")),
    ("time_offset", || tr("сдвиг времени в базовой статистике, секунд", "shift of times in base statistics, seconds")),
    ("limits", || tr("соблюдать ограничения АТС (true)", "keep the PBX's limits (true)")),
    ("contacts", || tr("где хранятся контакты: local, addressbook, bpmsoft", "where people are kept: local, addressbook, bpmsoft")),
    ("crm_url", || tr("адрес сайта BPMSoft", "address of the BPMSoft site")),
    ("crm_user", || tr("пользователь BPMSoft", "BPMSoft user")),
    ("crm_credential_command", || tr("команда, которая печатает пароль BPMSoft", "a command that prints the BPMSoft password")),
    ("crm_calls", || {
        tr("писать ли звонки в BPMSoft: always, if_absent, never", "whether calls are written into BPMSoft: always, if_absent, never")
    }),
    ("crm_page", || {
        tr(
            "шаблон адреса страницы BPMSoft: {app} {workspace} {card} {id}",
            "pattern of a BPMSoft page's address: {app} {workspace} {card} {id}",
        )
    }),
    ("results", || tr("итоги звонка, через запятую", "results of a call, separated by commas")),
    ("recordings_host", || tr("узел, с которого скачиваются записи", "host from which recordings are fetched")),
    ("player", || tr("команда, которая проигрывает записи", "a command that plays recordings")),
    ("output", || tr("формат вывода", "output format")),
    ("lang", || tr("язык", "language")),
];

/// A profile's part of `config.toml`; the top level gives the defaults of all profiles.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    pub(super) api_url: Option<String>,
    pub(super) widgets_url: Option<String>,
    pub(super) extension: Option<String>,
    pub(super) line: Option<String>,
    pub(super) credential_command: Option<String>,
    pub(super) time_offset: Option<i64>,
    pub(super) timeout: Option<u64>,
    pub(super) limits: Option<bool>,
    pub(super) transfer: Transfer,
    pub(super) contacts: Option<Place>,
    pub(super) crm_url: Option<String>,
    pub(super) crm_user: Option<String>,
    pub(super) crm_credential_command: Option<String>,
    pub(super) crm_calls: Option<CrmCalls>,
    pub(super) crm_page: Option<String>,
    pub(super) results: Option<Vec<String>>,
    pub(super) recordings_host: Option<String>,
    pub(super) player: Option<String>,
    pub(super) output: Option<Format>,
    pub(super) lang: Option<String>,
}

/// `[transfer]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Transfer {
    pub(super) blind: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct File {
    /// Which profile is used unless one is named
    pub(super) profile: Option<String>,
    /// `[profiles.NAME]`
    pub(super) profiles: std::collections::BTreeMap<String, Settings>,
}

/// A profile is a directory: its name must stay one.
pub(super) fn check_profile(name: &str) -> Result<()> {
    let good =
        !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    match good {
        true => Ok(()),
        false => Err(Error::Usage(tr(
            format!("имя профиля «{name}»: только буквы, цифры, - _ ."),
            format!("profile name '{name}': letters, digits, - _ . only"),
        ))),
    }
}

/// The file; nothing when there is none.
pub(super) fn read(path: &Path) -> Result<(File, Settings)> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(source) => return Err(Error::Io { path: path.into(), source }),
    };
    parse(&text).map_err(|detail| Error::Config { path: path.into(), detail })
}

/// The same rules for reading a file and for checking one before `config set` writes it.
pub fn check(text: &str) -> std::result::Result<(), String> {
    parse(text).map(drop)
}

fn parse(text: &str) -> std::result::Result<(File, Settings), String> {
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut own = toml_edit::DocumentMut::new();
    for key in ["profile", "profiles"] {
        if let Some(item) = document.remove(key) {
            own.insert(key, item);
        }
    }
    let said = |error: toml_edit::de::Error| in_words(&error.to_string());
    let file: File = toml_edit::de::from_document(own).map_err(said)?;
    let top: Settings = toml_edit::de::from_document(document).map_err(said)?;
    file.profile.iter().chain(file.profiles.keys()).try_for_each(|name| check_profile(name)).map_err(|error| error.message())?;
    file.profiles.values().chain([&top]).try_for_each(Settings::check)?;
    Ok((file, top))
}

/// What the reader of the file says in English, in the person's language where we know its words: ``… expected u64 in `timeout` ``.
fn in_words(text: &str) -> String {
    let text = text.trim_end();
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>().join(", ");
    let (fault, key) = match text.rsplit_once("in `") {
        Some((fault, key)) => (fault.trim_end(), key.trim_end_matches('`')),
        None => (text, ""),
    };
    let expected = fault.split_once(", expected ").map_or("", |(_, expected)| expected);
    let wanted = match expected {
        "u64" | "i64" => tr("нужно целое число", "a whole number is needed").to_owned(),
        "a boolean" => tr("нужно true или false", "true or false is needed").to_owned(),
        "a string" => tr("нужен текст в кавычках", "text in quotes is needed").to_owned(),
        "a sequence" => tr("нужен список: [\"…\", \"…\"]", "a list is needed: [\"…\", \"…\"]").to_owned(),
        variants if variants.starts_with("one of ") || variants.starts_with('`') => {
            let names = quoted(variants);
            match fault.strip_prefix("unknown field ") {
                Some(field) => {
                    let field = quoted(field.split(',').next().unwrap_or_default());
                    tr(format!("нет настройки {field}; есть: {names}"), format!("no setting {field}; there are: {names}"))
                }
                None => {
                    let wrong = quoted(fault.split(',').next().unwrap_or_default());
                    tr(format!("нет значения {wrong}; есть: {names}"), format!("no value {wrong}; there are: {names}"))
                }
            }
        }
        _ => return text.to_owned(),
    };
    if key.is_empty() { wanted } else { format!("{key}: {wanted}") }
}

impl Settings {
    /// What no type says: a wrong value is better found here than by the PBX.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        let is_address = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        for (name, url) in [("api_url", &self.api_url), ("widgets_url", &self.widgets_url)] {
            if let Some(url) = url.as_ref().filter(|url| !is_address(url)) {
                return Err(format!("{name} = \"{url}\": http://… {} https://…", tr("или", "or")));
            }
        }
        let is_whole_address = |url: &String| is_address(url) && url.len() > "https://".len();
        let is_host = |host: &String| !host.is_empty() && !host.contains(['/', '@', ' ', '?', '#']);
        if let Some(host) = self.recordings_host.as_ref().filter(|host| !is_host(host) && !is_whole_address(host)) {
            return Err(format!("recordings_host = \"{host}\": files.example.com {} https://…", tr("или", "or")));
        }
        if let Some(url) = self.crm_url.as_ref().filter(|url| !is_address(url)) {
            return Err(format!("crm_url = \"{url}\": http://… {} https://…", tr("или", "or")));
        }
        if self.timeout.is_some_and(|seconds| !(1..=3600).contains(&seconds)) {
            return Err(tr("timeout: от 1 до 3600", "timeout: 1 to 3600").into());
        }
        if self.time_offset.is_some_and(|seconds| seconds.unsigned_abs() > 86_400) {
            return Err(tr("time_offset: не больше суток, 86400 секунд", "time_offset: a day at most, 86400 seconds").into());
        }
        let is_short = |text: &String| (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(extension) = self.extension.as_ref().filter(|extension| !is_short(extension)) {
            return Err(tr(format!("extension = \"{extension}\": от 1 до 5 цифр"), format!("extension = \"{extension}\": 1 to 5 digits")));
        }
        match self.lang.as_deref() {
            None | Some("ru" | "en") => Ok(()),
            Some(lang) => Err(tr(format!("lang = \"{lang}\": ru или en"), format!("lang = \"{lang}\": ru or en"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_gives_defaults_and_profiles() {
        let (file, top) =
            parse("profile = 'shop'\nextension = '101'\n[profiles.shop]\nextension = '202'\napi_url = 'http://x/'\n").unwrap();
        assert_eq!((file.profile.as_deref(), top.extension.as_deref()), (Some("shop"), Some("101")));
        assert_eq!(file.profiles["shop"].extension.as_deref(), Some("202"));
    }

    #[test]
    fn a_misspelt_key_is_an_error_that_names_it() {
        assert!(parse("extention = '101'").unwrap_err().contains("extention"));
        assert!(parse("[profiles.a]\nsalt = 'x'").unwrap_err().contains("salt"));
        assert!(parse("extension = ").is_err());
    }

    #[test]
    fn a_profile_cannot_leave_its_directory() {
        assert!(["..", ".x", "a/b", ""].into_iter().all(|name| check_profile(name).is_err()));
        assert!(["default", "магазин-2"].into_iter().all(|name| check_profile(name).is_ok()));
    }
}
