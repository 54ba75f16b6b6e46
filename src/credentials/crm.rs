//! The password of the CRM's user: looked for in the same order as key and salt, kept beside them.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::{Origin, printed_by, with_keyring};
use crate::config::{Config, variable};
use crate::error::{Error, Result};
use crate::text::tr;

/// The variable that holds it.
const VARIABLE: &str = "MANGO_CRM_PASSWORD";

/// Finds the profile's. `somebody` says whether a person is there to unlock a keyring.
pub fn load(config: &Config, somebody: bool) -> Result<(SecretString, Origin)> {
    if let Some(password) = variable(VARIABLE) {
        return Ok((password.into(), Origin::Environment));
    }
    if let Some(password) = from_systemd()? {
        return Ok((password, Origin::Systemd));
    }
    if let Some(command) = &config.crm_credential_command {
        return Ok((from_command(command)?, Origin::Command));
    }
    let missing = |keyring| Error::NoCrmPassword { profile: config.profile.clone(), keyring };
    let found = with_keyring(&item(&config.profile), somebody, |entry| match entry.get_password() {
        Err(keyring::Error::NoEntry) => Ok(None),
        other => other.map(|password| Some(SecretString::from(password))),
    });
    match found {
        Ok(Some(password)) => Ok((password, Origin::Keyring)),
        Ok(None) => Err(missing(None)),
        Err(fault) => Err(missing(Some(fault))),
    }
}

/// Where it would come from, without asking the keyring: `status` is no reason to unlock it.
pub fn origin(config: &Config) -> Origin {
    match () {
        () if variable(VARIABLE).is_some() => Origin::Environment,
        () if matches!(from_systemd(), Ok(Some(_)) | Err(_)) => Origin::Systemd,
        () if config.crm_credential_command.is_some() => Origin::Command,
        () => Origin::Keyring,
    }
}

/// Puts it into the keyring.
pub fn store(password: &SecretString, profile: &str, somebody: bool) -> Result<()> {
    let password = password.clone();
    with_keyring(&item(profile), somebody, move |entry| entry.set_password(password.expose_secret())).map_err(Error::Keyring)
}

/// Takes it out of the keyring; false when it was not there.
pub fn remove(profile: &str, somebody: bool) -> Result<bool> {
    let removed = with_keyring(&item(profile), somebody, |entry| match entry.delete_credential() {
        Err(keyring::Error::NoEntry) => Ok(false),
        other => other.map(|()| true),
    });
    removed.map_err(Error::Keyring)
}

/// For people: where it came from.
pub fn words(origin: Origin) -> &'static str {
    match origin {
        Origin::Environment => tr("переменная MANGO_CRM_PASSWORD", "the variable MANGO_CRM_PASSWORD"),
        Origin::Command => tr("команда crm_credential_command", "the command crm_credential_command"),
        Origin::Sandbox => tr("учебная CRM", "the practice CRM"),
        Origin::Systemd | Origin::Keyring => origin.words(),
    }
}

/// No profile's name has a slash.
fn item(profile: &str) -> String {
    format!("{profile}/crm")
}

fn from_systemd() -> Result<Option<SecretString>> {
    let Some(directory) = variable("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    let path = Path::new(&directory).join("mango_crm_password");
    if !path.exists() {
        return Ok(None);
    }
    let failed = |detail: String| Error::CredentialSource { source: path.display().to_string(), detail };
    let text = SecretString::from(std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?);
    only_line(&text).map(Some).ok_or_else(|| failed(tr("файл пуст", "the file is empty").into()))
}

fn from_command(command: &str) -> Result<SecretString> {
    let failed = |detail: &str| Error::CredentialSource { source: format!("crm_credential_command ({command})"), detail: detail.into() };
    let text = printed_by("crm_credential_command", command)?;
    only_line(&text).ok_or_else(|| failed(tr("команда ничего не напечатала", "the command printed nothing")))
}

/// Spaces may belong to a password, a line's end does not.
fn only_line(text: &SecretString) -> Option<SecretString> {
    let line = text.expose_secret().lines().next().filter(|line| !line.is_empty())?;
    Some(line.to_owned().into())
}
