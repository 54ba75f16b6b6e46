//! What the profile keeps of a CRM between runs: the session's cookies, what was found out about the installation, a refused password.
//!
//! Three files of mode 0600, each written beside and renamed over, so that two processes never read half of one. Losing any of them
//! costs a request, so a failure to write is told in the log and nowhere else.

use std::io::Write;
use std::path::{Path, PathBuf};

use cookie_store::CookieStore;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::Model;
use crate::time::now;

/// The files of one profile's CRM.
pub struct Kept {
    directory: PathBuf,
    /// Of whom they must be: what was kept of another CRM or user is nothing
    of: String,
}

/// What was found out about an installation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// `/0` or nothing
    pub workspace: String,
    /// Tables and columns
    pub model: Model,
    /// Types of communication that are telephones; empty when not known
    #[serde(default)]
    pub phones: Vec<Uuid>,
    /// Contact of the signed-in user, which is what "owner" and "created by" mean; none when it was not asked for yet
    #[serde(default)]
    pub me: Option<Option<Uuid>>,
    /// When, Unix seconds
    pub at: i64,
}

/// A sign-in that was refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Enough of a digest to notice another password, too little to guess one by
    mark: u16,
    salt: Uuid,
    /// How many were tried in a row
    pub tries: u32,
    /// Whether the CRM has answered; a try that was cut off may have been counted there
    #[serde(default)]
    pub answered: bool,
    /// In the CRM's words
    pub words: Option<String>,
    /// The CRM wants a new password first
    pub must_change: bool,
    /// When, Unix seconds
    pub at: i64,
}

/// What stands in a file, with whose it is.
#[derive(Serialize, Deserialize)]
struct Owned<T> {
    of: String,
    what: T,
}

impl Kept {
    /// In the profile's directory; nothing is read yet.
    pub fn new(directory: &Path, app: &str, user: &str) -> Kept {
        Kept { directory: directory.into(), of: format!("{user}@{app}") }
    }

    /// The cookies of the last session; none when there is none.
    pub fn cookies(&self) -> CookieStore {
        let kept: Option<String> = self.read("crm-session.json");
        let jar = kept.and_then(|kept| cookie_store::serde::json::load_all(kept.as_bytes()).ok());
        jar.unwrap_or_default()
    }

    /// Keeps them.
    pub fn keep_cookies(&self, jar: &CookieStore) {
        let mut text = Vec::new();
        if cookie_store::serde::json::save_incl_expired_and_nonpersistent(jar, &mut text).is_ok() {
            self.write("crm-session.json", &String::from_utf8_lossy(&text));
        }
    }

    /// What was found out before.
    pub fn found(&self) -> Option<Found> {
        self.read("crm-model.json")
    }

    /// Keeps what was found out.
    pub fn keep_found(&self, found: &Found) {
        self.write("crm-model.json", found);
    }

    /// The refusal of the last password.
    pub fn refusal(&self) -> Option<Refusal> {
        self.read("crm-refused.json")
    }

    /// Keeps it, so that no other run tries the same.
    pub fn remember_refusal(&self, refusal: &Refusal) {
        self.write("crm-refused.json", refusal);
    }

    /// Forgets it.
    pub fn forget_refusal(&self) {
        let _ = std::fs::remove_file(self.directory.join("crm-refused.json"));
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let text = std::fs::read_to_string(self.directory.join(name)).ok()?;
        let owned: Owned<T> = serde_json::from_str(&text).ok()?;
        (owned.of == self.of).then_some(owned.what)
    }

    fn write<T: Serialize + ?Sized>(&self, name: &str, what: &T) {
        let text = serde_json::to_vec(&Owned { of: self.of.clone(), what }).unwrap_or_default();
        if let Err(error) = written(&self.directory, name, &text) {
            tracing::warn!("{}: {error}", self.directory.join(name).display());
        }
    }
}

/// Forgets the session and all that was found out.
pub fn forget(directory: &Path) {
    for name in ["crm-session.json", "crm-model.json", "crm-refused.json"] {
        let _ = std::fs::remove_file(directory.join(name));
    }
}

fn written(directory: &Path, name: &str, text: &[u8]) -> std::io::Result<()> {
    crate::store::make_private(directory)?;
    let beside = directory.join(format!("{name}.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(text)?;
    std::fs::rename(&beside, directory.join(name))
}

impl Refusal {
    /// A try of this password, now, to which no answer has come yet.
    pub fn tried(password: &SecretString, tries: u32) -> Refusal {
        let salt = Uuid::new_v4();
        Refusal { mark: mark(password, salt), salt, tries, answered: false, words: None, must_change: false, at: now().as_second() }
    }

    /// Whether it was this password.
    pub fn is_of(&self, password: &SecretString) -> bool {
        self.mark == mark(password, self.salt)
    }
}

fn mark(password: &SecretString, salt: Uuid) -> u16 {
    let digest = Sha256::new().chain_update(salt).chain_update(password.expose_secret()).finalize();
    u16::from_be_bytes([digest[0], digest[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_of_one_user_of_one_crm_and_nobody_else_may_read_it() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::new(home.path(), "http://crm.test", "bot");
        kept.keep_found(&Found { workspace: "/0".into(), ..Found::default() });
        assert_eq!(kept.found().unwrap().workspace, "/0");
        assert!(Kept::new(home.path(), "http://crm.test", "somebody").found().is_none());
        assert!(Kept::new(home.path(), "http://other.test", "bot").found().is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(home.path().join("crm-model.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        forget(home.path());
        assert!(kept.found().is_none());
    }

    #[test]
    fn a_refusal_knows_its_password_without_holding_it() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::new(home.path(), "http://crm.test", "bot");
        let (wrong, other) = (SecretString::from("wrong horse"), SecretString::from("correct horse"));
        kept.remember_refusal(&Refusal::tried(&wrong, 1));
        let refusal = kept.refusal().unwrap();
        // One in 65536 passwords has the same mark; a salt that gives these two the same one is drawn as rarely.
        assert!(refusal.is_of(&wrong) && (!refusal.is_of(&other) || mark(&other, refusal.salt) == refusal.mark));
        assert!(!std::fs::read_to_string(home.path().join("crm-refused.json")).unwrap().contains("horse"));
    }
}
