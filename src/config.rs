//! Settings: flag over `MANGO_*` variable over `config.toml` over default, decided once. Below this nobody asks where a value came from.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::args::Format;
use crate::contacts::place::Place;
use crate::error::{Error, Result};
use crate::pbx::addresses;
use crate::text::{Lang, set_lang, tr};

mod file;

pub use file::{SETTINGS, check};
use file::{Settings, check_profile};

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

/// The employee whose telephone is mine in the sandbox.
const ME_IN_THE_SANDBOX: &str = "101";

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
        let (file, top) = file::read(&places.config)?;
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
            api_url: set.api_url.or(own.api_url).or(top.api_url).unwrap_or_else(|| addresses::API.into()),
            widgets_url: set.widgets_url.or(own.widgets_url).or(top.widgets_url).unwrap_or_else(|| addresses::WIDGETS.into()),
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
            recordings_host: own.recordings_host.or(top.recordings_host).unwrap_or_else(|| addresses::RECORDINGS_HOST.into()),
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
