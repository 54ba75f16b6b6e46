//! What is made from the program's own definitions: manual, completions, and the commands that the two READMEs name.

#[path = "generated/checked_in.rs"]
mod checked_in;
#[path = "generated/keys.rs"]
mod keys;
#[path = "generated/readme.rs"]
mod readme;
#[cfg(unix)]
#[path = "generated/shells.rs"]
mod shells;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A home of its own, in which time in the practice PBX is fast.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("a temporary directory"))
    }

    /// The program, knowing nothing of the machine it runs on but this home.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mango"));
        command.env_clear().envs(self.variables());
        command
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let programs = Path::new(env!("CARGO_BIN_EXE_mango")).parent().expect("a directory").display();
        vec![
            ("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default())),
            ("MANGO_HOME", self.0.path().display().to_string()),
            ("HOME", self.0.path().display().to_string()),
            ("MANGO_LANG", "en".into()),
            ("MANGO_SANDBOX_SPEED", "200".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
        ]
    }

    /// Its stdout, when it did what it was asked to.
    fn says(&self, args: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command().args(args).output().expect("the program runs");
        assert!(status.success(), "mango {args:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("UTF-8")
    }

    /// One call is in the history, and the employees are known.
    fn with_a_call() -> Home {
        let home = Home::new();
        home.says(&["--sandbox", "call", "Иванова", "--wait"]);
        home.says(&["--sandbox", "users"]);
        home.says(&["--sandbox", "history"]);
        home
    }
}

fn repository() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}
