//! How each shell is told of what is offered, and a name of any signs put on its line as one word.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap_complete::env::{self, EnvCompleter, Shells};

use super::unquoted;
use crate::config::variable;
use crate::contacts::fold::fold;

/// The shells that can be helped.
pub fn shells() -> Shells<'static> {
    Shells(&[&BASH, &env::Elvish, &env::Fish, &POWERSHELL, &ZSH])
}

/// Bash, which unlike zsh, fish and elvish inserts a name as it stands: one of two words would be two, and one with a command in it,
/// `$(…)`, would be run. A quote with which the word began is kept.
const BASH: Mended = Mended { shell: &env::Bash, script: |script| script.replacen("}\nif [[", QUOTE, 1), offered: unless_it_shortens };

/// PowerShell, which inserts a name as it stands, too.
const POWERSHELL: Mended = Mended { shell: &env::Powershell, script: |script| script, offered: in_powershell };

/// Zsh, which unlike fish takes only what begins as it is typed, in the same case, unless it is told that we have searched already.
const ZSH: Mended = Mended { shell: &env::Zsh, script: |script| script.replacen(BEGINNINGS, AND_FOUND, 1), offered: |offered, _| offered };

/// What clap knows of a shell, and what we make of its script and of the lines that are offered for these words.
struct Mended {
    shell: &'static dyn EnvCompleter,
    script: fn(String) -> String,
    offered: fn(String, &[OsString]) -> String,
}

impl EnvCompleter for Mended {
    fn name(&self) -> &'static str {
        self.shell.name()
    }

    fn is(&self, name: &str) -> bool {
        self.shell.is(name)
    }

    fn write_registration(&self, var: &str, name: &str, bin: &str, completer: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut script = Vec::new();
        self.shell.write_registration(var, name, bin, completer, &mut script)?;
        out.write_all((self.script)(String::from_utf8_lossy(&script).into_owned()).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut offered = Vec::new();
        self.shell.write_complete(command, args.clone(), directory, &mut offered)?;
        out.write_all((self.offered)(String::from_utf8_lossy(&offered).into_owned(), &args).as_bytes())
    }
}

const QUOTE: &str = r##"    local i sign special=$'][ \t"\'`$&;|<>()*?{}!#^\\\\~'
    for i in "${!COMPREPLY[@]}"; do
        case ${COMP_WORDS[COMP_CWORD]} in
            \'*) COMPREPLY[i]=${COMPREPLY[i]//\'/\'\\\'\'} ;;
            \"*)
                for sign in \\ \" \$ \`; do
                    COMPREPLY[i]=${COMPREPLY[i]//"$sign"/"\\$sign"}
                done
                ;;
            *)
                if [[ ${COMPREPLY[i]} == *[$special]* ]]; then
                    printf -v "COMPREPLY[i]" %q "${COMPREPLY[i]}"
                fi
                ;;
        esac
    done
}
if [["##;

const BEGINNINGS: &str = "_describe -V 'values' other";
const AND_FOUND: &str = "{ _describe -V 'values' other || _describe -V 'values' other -U }";

/// Bash replaces what is typed by what all that is offered begins with: of people found by the middle of their names, one can be
/// offered, not several.
fn unless_it_shortens(offered: String, words: &[OsString]) -> String {
    let typed = variable("_CLAP_COMPLETE_INDEX").and_then(|index| words.get(index.parse::<usize>().ok()?).cloned()).unwrap_or_default();
    let typed = fold(&unquoted(&typed.to_string_lossy()));
    let all: Vec<&str> = offered.split(['\u{b}', '\n']).collect();
    match all.len() > 1 && !all.iter().all(|one| fold(one).starts_with(&typed)) {
        true => String::new(),
        false => offered,
    }
}

/// Names and their explanations, a line each.
fn in_powershell(offered: String, _: &[OsString]) -> String {
    let quoted = offered.lines().map(|line| match line.split_once('\t') {
        Some((name, help)) => format!("{}\t{help}\n", quoted_for_powershell(name)),
        None => quoted_for_powershell(line) + "\n",
    });
    quoted.collect()
}

/// In quotes wherever a sign is more than a letter. What PowerShell takes for a quote it takes doubled for itself.
fn quoted_for_powershell(name: &str) -> String {
    if name.chars().all(|sign| sign.is_alphanumeric() || "-_./:=+".contains(sign)) {
        return name.to_owned();
    }
    let mut quoted = String::from("'");
    for sign in name.chars() {
        let is_quote = matches!(sign, '\'' | '\u{2018}'..='\u{201b}');
        quoted.extend(std::iter::repeat_n(sign, if is_quote { 2 } else { 1 }));
    }
    quoted + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powershell_gets_one_word_whatever_the_name() {
        for (name, quoted) in [
            ("Иванова", "Иванова"),
            ("--dry-run", "--dry-run"),
            ("@1", "'@1'"),
            ("Иванова Мария", "'Иванова Мария'"),
            ("O'Neil; calc", "'O\'\'Neil; calc'"),
            ("a\u{2019}$(calc)", "'a\u{2019}\u{2019}$(calc)'"),
        ] {
            assert_eq!(quoted_for_powershell(name), quoted);
        }
    }
}
