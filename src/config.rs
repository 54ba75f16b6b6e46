//! Settings: flag over `MANGO_*` variable over `config.toml` over default, decided once. Below this nobody asks where a value came from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::contacts::source::Place;
use crate::error::{Error, Result};
use crate::pbx::client::PUBLIC_URL;
use crate::pbx::recordings::PUBLIC_HOST;
use crate::pbx::widgets::PUBLIC_URL as WIDGETS_URL;
use crate::text::{Lang, set_lang, tr};
use crate::ui::Format;

/// Flags that every command understands.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = crate::args::common_heading())]
pub struct Overrides {
    /// Profile
    #[arg(long, global = true, value_name = tr("ИМЯ", "NAME"), help = tr("Профиль, если АТС несколько", "Profile, if you have several PBXs"))]
    pub profile: Option<String>,
    /// Sandbox
    #[arg(long, global = true, help = tr("Учебная АТС на этой машине вместо настоящей", "The practice PBX on this machine instead of the real one"))]
    pub sandbox: bool,
    /// Output format
    #[arg(short, long, global = true, value_enum, hide_possible_values = true, value_name = tr("ФОРМАТ", "FORMAT"), help = tr("Формат вывода: table, json, ndjson, csv, tsv", "Output format: table, json, ndjson, csv, tsv"))]
    pub output: Option<Format>,
    /// Language
    #[arg(long, global = true, value_name = "ru|en", value_parser = ["ru", "en"], hide_possible_values = true, help = tr("Язык: ru или en", "Language: ru or en"))]
    pub lang: Option<String>,
    /// Time-out in seconds
    #[arg(long, global = true, value_name = tr("СЕК", "SEC"), value_parser = crate::args::seconds, allow_hyphen_values = true, help = tr("Сколько секунд ждать ответа АТС [30]", "Seconds to wait for the PBX to answer [30]"))]
    pub timeout: Option<u64>,
    /// Show requests and replies
    #[arg(short, long, global = true, help = tr("Показывать запросы и ответы; ключ и подпись скрыты", "Show requests and replies; key and signature are hidden"))]
    pub verbose: bool,
}

/// Everything decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where files are
    pub places: Places,
    /// Name of the profile; `sandbox` with `--sandbox`
    pub profile: String,
    /// The profile, if it was named on the command line
    pub named_profile: Option<String>,
    /// The practice PBX
    pub sandbox: bool,
    /// Base address of the API
    pub api_url: String,
    /// Base address of the widgets API
    pub widgets_url: String,
    /// My extension
    pub extension: Option<String>,
    /// Line to call from
    pub line: Option<String>,
    /// Prints key and salt on two lines
    pub credential_command: Option<String>,
    /// Seconds added to the times of the base report (vpbx-core §8.1)
    pub time_offset: i64,
    /// One request as a whole
    pub timeout: Duration,
    /// Keep the PBX's limits; off only for measuring against a sandbox
    pub limits: bool,
    /// `transfer` without `--blind` is blind
    pub blind_transfer: bool,
    /// Where people are kept
    pub contacts: Place,
    /// Address of the CRM's site
    pub crm_url: Option<String>,
    /// Login in the CRM
    pub crm_user: Option<String>,
    /// Prints the CRM's password on one line
    pub crm_credential_command: Option<String>,
    /// Which calls are written into the CRM
    pub crm_calls: CrmCalls,
    /// Pattern of a page's address in the CRM
    pub crm_page: Option<String>,
    /// Results that a call may have; empty for the usual ones
    pub results: Vec<String>,
    /// Where recordings are fetched
    pub recordings_host: String,
    /// The program that plays them, if chosen
    pub player: Option<String>,
    /// Output, if chosen
    pub output: Option<Format>,
}

/// Directories: `MANGO_HOME` holds everything, else the platform's own.
#[derive(Clone, Debug)]
pub struct Places {
    /// `config.toml`
    pub config: PathBuf,
    /// One directory a profile below it
    pub data: PathBuf,
}

/// A profile's part of `config.toml`; the top level gives the defaults of all profiles.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    api_url: Option<String>,
    widgets_url: Option<String>,
    extension: Option<String>,
    line: Option<String>,
    credential_command: Option<String>,
    time_offset: Option<i64>,
    timeout: Option<u64>,
    limits: Option<bool>,
    transfer: Transfer,
    contacts: Option<Place>,
    crm_url: Option<String>,
    crm_user: Option<String>,
    crm_credential_command: Option<String>,
    crm_calls: Option<CrmCalls>,
    crm_page: Option<String>,
    results: Option<Vec<String>>,
    recordings_host: Option<String>,
    player: Option<String>,
    output: Option<Format>,
    lang: Option<String>,
}

/// `[transfer]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Transfer {
    blind: Option<bool>,
}

/// Which calls are written into the CRM: another connector may write them, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrmCalls {
    /// Every finished one
    #[default]
    Always,
    /// Unless another connector's row of the same call is there
    IfAbsent,
    /// None
    Never,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    /// Which profile is used unless one is named
    profile: Option<String>,
    /// `[profiles.NAME]`
    profiles: std::collections::BTreeMap<String, Settings>,
}

/// The employee whose telephone is mine in the sandbox.
const ME_IN_THE_SANDBOX: &str = "101";

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

impl Places {
    /// Finds the directories without making them.
    pub fn find() -> Result<Places> {
        if let Some(home) = std::env::var_os("MANGO_HOME").filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            return Ok(Places { config: home.join("config.toml"), data: home });
        }
        let base = etcetera::choose_base_strategy().map_err(|_| Error::Config {
            path: "HOME".into(),
            detail: tr("домашний каталог неизвестен; задайте MANGO_HOME", "the home directory is not known; set MANGO_HOME").into(),
        })?;
        Ok(Places { config: base.config_dir().join("mango/config.toml"), data: base.data_dir().join("mango") })
    }
}

impl Config {
    /// Gathers everything. Reads `config.toml` if there is one; an unknown key in it is an error with its line.
    pub fn load(flags: &Overrides) -> Result<Config> {
        let places = Places::find()?;
        let (file, top) = read(&places.config)?;
        let profile = match flags.sandbox {
            true => "sandbox".to_owned(),
            false => flags.profile.clone().or(variable("MANGO_PROFILE")).or(file.profile).unwrap_or_else(|| "default".into()),
        };
        check_profile(&profile)?;
        let own = file.profiles.get(&profile).cloned().unwrap_or_default();
        choose_lang(flags, own.lang.as_ref().or(top.lang.as_ref()));
        let set = environment()?;
        let contacts = variable("MANGO_CONTACTS").map(|name| place_named(&name)).transpose()?;
        let output = variable("MANGO_OUTPUT").map(|name| format_named(&name)).transpose()?;
        let sandbox_extension = flags.sandbox.then(|| ME_IN_THE_SANDBOX.to_owned());
        Ok(Config {
            api_url: set.api_url.or(own.api_url).or(top.api_url).unwrap_or_else(|| PUBLIC_URL.into()),
            widgets_url: set.widgets_url.or(own.widgets_url).or(top.widgets_url).unwrap_or_else(|| WIDGETS_URL.into()),
            extension: set.extension.or(own.extension).or(sandbox_extension).or(top.extension),
            line: set.line.or(own.line).or(if flags.sandbox { None } else { top.line }),
            credential_command: own.credential_command.or(top.credential_command),
            time_offset: own.time_offset.or(top.time_offset).unwrap_or(0),
            timeout: Duration::from_secs(flags.timeout.or(own.timeout).or(top.timeout).unwrap_or(30).clamp(1, 3600)),
            limits: own.limits.or(top.limits).unwrap_or(true),
            blind_transfer: own.transfer.blind.or(top.transfer.blind).unwrap_or(false),
            contacts: contacts.or(own.contacts).or(if flags.sandbox { None } else { top.contacts }).unwrap_or_default(),
            crm_url: set.crm_url.or(own.crm_url).or(if flags.sandbox { None } else { top.crm_url }),
            crm_user: set.crm_user.or(own.crm_user).or(if flags.sandbox { None } else { top.crm_user }),
            crm_credential_command: own.crm_credential_command.or(top.crm_credential_command),
            crm_calls: own.crm_calls.or(top.crm_calls).unwrap_or_default(),
            crm_page: own.crm_page.or(top.crm_page),
            results: own.results.or(top.results).unwrap_or_default(),
            recordings_host: own.recordings_host.or(top.recordings_host).unwrap_or_else(|| PUBLIC_HOST.into()),
            player: own.player.or(top.player),
            output: flags.output.or(output).or(own.output).or(top.output),
            named_profile: if flags.sandbox { Some(profile.clone()) } else { flags.profile.clone() },
            sandbox: flags.sandbox,
            profile,
            places,
        })
    }

    /// The flags with which this program acts for the same PBX again.
    pub fn as_typed(&self) -> Vec<String> {
        match self.sandbox {
            true => vec!["--sandbox".into()],
            false => vec!["--profile".into(), self.profile.clone()],
        }
    }

    /// The profile's directory.
    pub fn directory(&self) -> PathBuf {
        self.places.data.join(&self.profile)
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.directory().join("journal.db")
    }

    /// What the PBX's limits leave.
    pub fn limits_file(&self) -> PathBuf {
        self.directory().join("limits.db")
    }
}

/// The language before anything is read: flag, `MANGO_LANG`, the system's locale.
pub fn early_lang(flag: Option<&str>) -> Lang {
    let chosen = flag.map(str::to_owned).or_else(|| variable("MANGO_LANG"));
    Lang::from_locale(&chosen.or_else(sys_locale::get_locale).unwrap_or_default())
}

fn choose_lang(flags: &Overrides, file: Option<&String>) {
    if let (None, None, Some(lang)) = (&flags.lang, variable("MANGO_LANG"), file) {
        set_lang(Lang::from_locale(lang));
    }
}

/// A variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The settings that variables give, by the same rules as those of the file.
fn environment() -> Result<Settings> {
    let set = Settings {
        api_url: variable("MANGO_API_URL"),
        widgets_url: variable("MANGO_WIDGETS_URL"),
        extension: variable("MANGO_EXTENSION"),
        line: variable("MANGO_LINE"),
        crm_url: variable("MANGO_CRM_URL"),
        crm_user: variable("MANGO_CRM_USER"),
        ..Settings::default()
    };
    let named = |fault| Error::Usage(tr(format!("переменные MANGO_…: {fault}"), format!("variables MANGO_…: {fault}")));
    set.check().map_err(named)?;
    Ok(set)
}

fn place_named(name: &str) -> Result<Place> {
    let known = Place::named(name);
    known.ok_or_else(|| {
        Error::Usage(tr(format!("MANGO_CONTACTS: нет источника контактов «{name}»"), format!("MANGO_CONTACTS: no contact source '{name}'")))
    })
}

fn format_named(name: &str) -> Result<Format> {
    clap::ValueEnum::from_str(name, true)
        .map_err(|_| Error::Usage(tr(format!("MANGO_OUTPUT: нет формата «{name}»"), format!("MANGO_OUTPUT: no format '{name}'"))))
}

/// A profile is a directory: its name must stay one.
fn check_profile(name: &str) -> Result<()> {
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

fn read(path: &Path) -> Result<(File, Settings)> {
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
    fn check(&self) -> std::result::Result<(), String> {
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
