//! Whatever the person's desktop opens a file or an address with.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    // `start` belongs to cmd, which would take `&` in a name for the end of a command.
    "explorer"
} else {
    "xdg-open"
};

/// Hands it over and does not wait.
pub fn open(what: impl AsRef<OsStr>) -> Result<()> {
    let mut command = Command::new(OPENER);
    command.arg(what).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|source| Error::Io { path: OPENER.into(), source })
}
