//! `mango completions SHELL`: the script that makes Tab work.

use clap::ValueEnum;

use crate::completion;
use crate::error::{Error, Result};
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `completions`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_enum, hide_possible_values = true, value_name = tr("ОБОЛОЧКА", "SHELL"), help = tr("Оболочка: bash, zsh, fish, powershell, elvish", "Shell: bash, zsh, fish, powershell, elvish"))]
    shell: Shell,
}

/// Shells that can be helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Elvish
    Elvish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
            Shell::Elvish => "elvish",
        }
    }
}

/// Runs it.
pub fn run(args: Args, ui: &mut Ui) -> Result<()> {
    ui.raw(&script(args.shell)?)
}

/// The script for a shell: it asks the program itself, so that names and recent calls are offered too.
pub fn script(shell: Shell) -> Result<String> {
    let shells = completion::shells();
    let unexpected = |detail: &str| Error::Unexpected(format!("completion {}: {detail}", shell.name()));
    let completer = shells.completer(shell.name()).ok_or_else(|| unexpected("unknown"))?;
    let mut script = Vec::new();
    completer.write_registration("COMPLETE", "mango", "mango", "mango", &mut script).map_err(|error| unexpected(&error.to_string()))?;
    String::from_utf8(script).map_err(|error| unexpected(&error.to_string()))
}
