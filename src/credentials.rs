//! Key and salt of a PBX: where they are kept and how they are found (design §4).
//!
//! Environment, then systemd's directory, then a command, then the OS keyring. The keyring may be absent, locked or silent,
//! so it is asked last, on a thread of its own, and not for ever.

pub mod crm;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::config::{Config, variable};
use crate::error::{Error, KeyringFault, Result};
use crate::text::{printable, tr};

/// The unique code of the PBX product and the salt that signs for it (vpbx-core §1.2). Never printed, never logged.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `vpbx_api_key`
    pub key: SecretString,
    /// `vpbx_api_salt`, which is never sent
    pub salt: SecretString,
}

/// The account under which the keyring has a profile's token of the widgets API: no profile has a name with a slash.
fn widget_account(profile: &str) -> String {
    format!("{profile}/widget")
}

/// Finds the token of the widgets API: `MANGO_WIDGET_TOKEN`, `mango_widget_token` in `$CREDENTIALS_DIRECTORY`, the OS keyring.
pub fn load_widget_token(config: &Config, somebody: bool) -> Result<SecretString> {
    if let Some(token) = variable("MANGO_WIDGET_TOKEN") {
        return Ok(token.trim().into());
    }
    let file = variable("CREDENTIALS_DIRECTORY").map(|directory| Path::new(&directory).join("mango_widget_token"));
    if let Some(file) = file.filter(|file| file.exists()) {
        return read_file(&file).map(Into::into);
    }
    let missing = |keyring| Error::NoWidgetToken { profile: config.profile.clone(), keyring };
    match from_keyring(&widget_account(&config.profile), somebody) {
        Ok(found) => found.ok_or_else(|| missing(None)),
        Err(fault) => Err(missing(Some(fault))),
    }
}

/// Puts the token of the widgets API into the keyring under the profile's name.
pub fn store_widget_token(token: SecretString, profile: &str, somebody: bool) -> Result<()> {
    let account = widget_account(profile);
    with_keyring(&account, somebody, move |entry| entry.set_password(token.expose_secret())).map_err(Error::Keyring)
}

/// Takes it out of the keyring; false when there was none.
pub fn remove_widget_token(profile: &str, somebody: bool) -> Result<bool> {
    removed(&widget_account(profile), somebody)
}

/// Where key and salt came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `MANGO_API_KEY` and `MANGO_API_SALT`
    Environment,
    /// `mango_api_key` and `mango_api_salt` in `$CREDENTIALS_DIRECTORY`
    Systemd,
    /// `credential_command`
    Command,
    /// The OS keyring
    Keyring,
    /// The practice PBX made them
    Sandbox,
}

/// Seconds that a keyring has to answer when nobody can be asked to unlock it, and when somebody can.
const NOBODY_WAITS: u64 = 5;
const SOMEBODY_WAITS: u64 = 120;

/// How long a command of the settings may take to print, in seconds: it may ask somebody for a passphrase.
const COMMAND_WAITS: u64 = 120;

impl Credentials {
    /// Takes both from plain strings; they are wiped from memory when dropped.
    pub fn new(key: impl Into<String>, salt: impl Into<String>) -> Credentials {
        Credentials { key: key.into().into(), salt: salt.into().into() }
    }

    /// Finds them for the profile. `somebody` says whether a person is there to unlock a keyring.
    pub fn load(config: &Config, somebody: bool) -> Result<(Credentials, Origin)> {
        if let Some(found) = from_environment()? {
            return Ok((found, Origin::Environment));
        }
        if let Some(found) = from_systemd()? {
            return Ok((found, Origin::Systemd));
        }
        if let Some(command) = &config.credential_command {
            return Ok((from_command(command)?, Origin::Command));
        }
        let found = from_keyring(&config.profile, somebody);
        match found.map(|text| text.and_then(|text| Credentials::from_lines(text.expose_secret()))) {
            Ok(Some(found)) => Ok((found, Origin::Keyring)),
            Ok(None) => Err(Error::NotLoggedIn { profile: config.profile.clone(), keyring: None }),
            Err(fault) => Err(Error::NotLoggedIn { profile: config.profile.clone(), keyring: Some(fault) }),
        }
    }

    /// Puts them into the keyring under the profile's name.
    pub fn store(&self, profile: &str, somebody: bool) -> Result<()> {
        let secret = SecretString::from(format!("{}\n{}", self.key.expose_secret(), self.salt.expose_secret()));
        with_keyring(profile, somebody, move |entry| entry.set_password(secret.expose_secret())).map_err(Error::Keyring)
    }

    /// Takes the profile's out of the keyring; false when there were none.
    pub fn remove(profile: &str, somebody: bool) -> Result<bool> {
        removed(profile, somebody)
    }

    /// Key on the first line, salt on the second.
    fn from_lines(text: &str) -> Option<Credentials> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Some(Credentials::new(lines.next()?, lines.next()?))
    }
}

impl Origin {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Origin::Environment => tr("переменные MANGO_API_KEY и MANGO_API_SALT", "the variables MANGO_API_KEY and MANGO_API_SALT"),
            Origin::Systemd => tr("каталог $CREDENTIALS_DIRECTORY (systemd)", "the directory $CREDENTIALS_DIRECTORY (systemd)"),
            Origin::Command => tr("команда credential_command", "the command credential_command"),
            Origin::Keyring => tr("хранилище паролей", "the keyring"),
            Origin::Sandbox => tr("учебная АТС", "the practice PBX"),
        }
    }

    /// For JSON.
    pub fn key(self) -> &'static str {
        match self {
            Origin::Environment => "environment",
            Origin::Systemd => "systemd",
            Origin::Command => "command",
            Origin::Keyring => "keyring",
            Origin::Sandbox => "sandbox",
        }
    }
}

fn from_environment() -> Result<Option<Credentials>> {
    match (variable("MANGO_API_KEY"), variable("MANGO_API_SALT")) {
        (Some(key), Some(salt)) => Ok(Some(Credentials::new(key.trim(), salt.trim()))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(half("MANGO_API_KEY", "MANGO_API_SALT")),
        (None, Some(_)) => Err(half("MANGO_API_SALT", "MANGO_API_KEY")),
    }
}

fn half(given: &str, missing: &str) -> Error {
    Error::CredentialSource {
        source: given.into(),
        detail: tr(format!("нужна и переменная {missing}"), format!("{missing} is needed too")),
    }
}

fn from_systemd() -> Result<Option<Credentials>> {
    let Some(directory) = variable("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    let (key, salt) = (Path::new(&directory).join("mango_api_key"), Path::new(&directory).join("mango_api_salt"));
    if !key.exists() && !salt.exists() {
        return Ok(None);
    }
    Ok(Some(Credentials::new(read_file(&key)?, read_file(&salt)?)))
}

fn read_file(path: &Path) -> Result<String> {
    let failed = |detail: String| Error::CredentialSource { source: path.display().to_string(), detail };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    match text.trim() {
        "" => Err(failed(tr("файл пуст", "the file is empty").into())),
        text => Ok(text.to_owned()),
    }
}

fn from_command(command: &str) -> Result<Credentials> {
    let text = printed_by("credential_command", command)?;
    let failed = |detail: String| Error::CredentialSource { source: format!("credential_command ({command})"), detail };
    let needed = tr("нужны две строки: ключ и соль", "two lines are needed: key and salt");
    Credentials::from_lines(text.expose_secret()).ok_or_else(|| failed(needed.into()))
}

/// What the command of the setting prints.
fn printed_by(setting: &str, command: &str) -> Result<SecretString> {
    let failed = |detail: String| Error::CredentialSource { source: format!("{setting} ({command})"), detail };
    let mut child = shell(command).stderr(Stdio::inherit()).stdout(Stdio::piped()).spawn().map_err(|error| failed(error.to_string()))?;
    let mut stdout = child.stdout.take();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = stdout.as_mut().map_or(Ok(0), |stdout| stdout.read_to_end(&mut text));
        let _ = tell.send(read.map(|_| text));
    });
    // Under cron nobody types the passphrase that it may be waiting for.
    let Ok(text) = told.recv_timeout(Duration::from_secs(COMMAND_WAITS)) else {
        let _ = child.kill();
        return Err(failed(tr(format!("молчит {COMMAND_WAITS} с"), format!("silent for {COMMAND_WAITS} s"))));
    };
    let (text, status) = text.and_then(|text| Ok((text, child.wait()?))).map_err(|error| failed(error.to_string()))?;
    match status.success() {
        true => Ok(SecretString::from(String::from_utf8_lossy(&text).into_owned())),
        false => Err(failed(status.to_string())),
    }
}

fn shell(command: &str) -> Command {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(shell);
    shell.arg(flag).arg(command);
    shell
}

fn from_keyring(account: &str, somebody: bool) -> Result<Option<SecretString>, KeyringFault> {
    with_keyring(account, somebody, |entry| match entry.get_password() {
        Err(keyring::Error::NoEntry) => Ok(None),
        other => other.map(|text| Some(SecretString::from(text))),
    })
}

fn removed(account: &str, somebody: bool) -> Result<bool> {
    let removed = with_keyring(account, somebody, |entry| match entry.delete_credential() {
        Err(keyring::Error::NoEntry) => Ok(false),
        other => other.map(|()| true),
    });
    removed.map_err(Error::Keyring)
}

/// Asks the keyring on a plain thread, since its own runtime must not meet ours, and gives up when it is silent.
fn with_keyring<T: Send + 'static>(
    account: &str,
    somebody: bool,
    ask: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeyringFault> {
    let (answer, answered) = mpsc::channel();
    let account = account.to_owned();
    std::thread::spawn(move || {
        let _ = answer.send(keyring::Entry::new("mango", &account).and_then(|entry| ask(&entry)).map_err(fault));
    });
    let seconds = if somebody { SOMEBODY_WAITS } else { NOBODY_WAITS };
    answered.recv_timeout(Duration::from_secs(seconds)).unwrap_or(Err(KeyringFault::Silent(seconds)))
}

fn fault(error: keyring::Error) -> KeyringFault {
    match error {
        keyring::Error::NoDefaultStore => KeyringFault::Absent(match keyring::Entry::store_status() {
            Err(cause) => printable(&cause.to_string()).into_owned(),
            Ok(()) => String::new(),
        }),
        keyring::Error::NoStorageAccess(_) => KeyringFault::Locked,
        other => KeyringFault::Other(printable(&other.to_string()).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_make_credentials_and_debug_shows_neither() {
        let found = Credentials::from_lines("the-key\n\n the-salt \nurl: x\n").unwrap();
        assert_eq!((found.key.expose_secret(), found.salt.expose_secret()), ("the-key", "the-salt"));
        let shown = format!("{found:?}");
        assert!(!shown.contains("the-key") && !shown.contains("the-salt"), "{shown}");
        assert!(Credentials::from_lines("only-one").is_none());
    }
}
