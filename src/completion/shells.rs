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
    Shells(&[&Bash, &env::Elvish, &env::Fish, &Powershell, &Zsh])
}

/// Bash, which unlike zsh, fish and elvish inserts a name as it stands: one of two words would be two, and one with a command in it,
/// `$(…)`, would be run. A quote with which the word began is kept.
struct Bash;

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

/// PowerShell, which inserts a name as it stands, too.
struct Powershell;

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

impl EnvCompleter for Powershell {
    fn name(&self) -> &'static str {
        env::Powershell.name()
    }

    fn is(&self, name: &str) -> bool {
        env::Powershell.is(name)
    }

    fn write_registration(&self, var: &str, name: &str, bin: &str, completer: &str, out: &mut dyn Write) -> io::Result<()> {
        env::Powershell.write_registration(var, name, bin, completer, out)
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut offered = Vec::new();
        env::Powershell.write_complete(command, args, directory, &mut offered)?;
        String::from_utf8_lossy(&offered).lines().try_for_each(|line| match line.split_once('\t') {
            Some((name, help)) => writeln!(out, "{}\t{help}", quoted_for_powershell(name)),
            None => writeln!(out, "{}", quoted_for_powershell(line)),
        })
    }
}

/// Zsh, which unlike fish takes only what begins as it is typed, in the same case, unless it is told that we have searched already.
struct Zsh;

const BEGINNINGS: &str = "_describe -V 'values' other";
const AND_FOUND: &str = "{ _describe -V 'values' other || _describe -V 'values' other -U }";

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        env::Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        env::Bash.is(name)
    }

    fn write_registration(&self, var: &str, name: &str, bin: &str, completer: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut script = Vec::new();
        env::Bash.write_registration(var, name, bin, completer, &mut script)?;
        let script = String::from_utf8_lossy(&script).replacen("}\nif [[", QUOTE, 1);
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut offered = Vec::new();
        env::Bash.write_complete(command, args.clone(), directory, &mut offered)?;
        let typed = variable("_CLAP_COMPLETE_INDEX").and_then(|index| args.get(index.parse::<usize>().ok()?).cloned()).unwrap_or_default();
        match would_shorten(&unquoted(&typed.to_string_lossy()), &String::from_utf8_lossy(&offered)) {
            true => Ok(()),
            false => out.write_all(&offered),
        }
    }
}

/// Bash replaces what is typed by what all that is offered begins with: of people found by the middle of their names, one can be
/// offered, not several.
fn would_shorten(typed: &str, offered: &str) -> bool {
    let all: Vec<&str> = offered.split(['\u{b}', '\n']).collect();
    all.len() > 1 && !all.iter().all(|one| fold(one).starts_with(&fold(typed)))
}

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        env::Zsh.name()
    }

    fn is(&self, name: &str) -> bool {
        env::Zsh.is(name)
    }

    fn write_registration(&self, var: &str, name: &str, bin: &str, completer: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut script = Vec::new();
        env::Zsh.write_registration(var, name, bin, completer, &mut script)?;
        out.write_all(String::from_utf8_lossy(&script).replacen(BEGINNINGS, AND_FOUND, 1).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        args: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        env::Zsh.write_complete(command, args, directory, out)
    }
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
