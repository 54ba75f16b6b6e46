//! Tab in real shells, at a real terminal. A shell that is not installed is a failure: `tests/run` installs them.

use std::process::Command;

use expectrl::{Expect, Session};

use super::Home;

struct Shell {
    name: &'static str,
    args: &'static [&'static str],
    /// What makes Tab work, and the prompt ours
    start: &'static str,
}

const BASH: Shell =
    Shell { name: "bash", args: &["--norc", "--noprofile", "-i"], start: "source <(mango completions bash); PS1='TY''PE> '" };
const ZSH: Shell = Shell {
    name: "zsh",
    args: &["-f", "-i"],
    start: "autoload -Uz compinit; compinit -u -D; source <(mango completions zsh); PS1='TY''PE> '",
};
const FISH: Shell = Shell {
    name: "fish",
    args: &["--no-config", "-i"],
    start: "mango completions fish | source; function fish_prompt; printf %s%s TY 'PE> '; end",
};
const SHELLS: [Shell; 3] = [BASH, ZSH, FISH];

/// Ctrl-U: what is typed, taken back. Not Ctrl-C, at which the terminal forgets what is still to be read.
const CLEAR: &str = "\u{15}";

impl Shell {
    /// Types into the shell; returns what it wrote until it has come to the end.
    fn types(&self, home: &Home, typed: &str) -> String {
        let mut command = Command::new(self.name);
        command.args(self.args).env_clear().envs(home.variables()).env("TERM", "xterm").env("COLUMNS", "200");
        let mut shell = Session::spawn(command).unwrap_or_else(|error| panic!("{} does not start: {error}", self.name));
        // Nothing here is a matter of time: a slow machine is not a failure.
        shell.set_expect_timeout(Some(std::time::Duration::from_secs(120)));
        shell.send_line(self.start).expect("typed");
        // Before its prompt a shell leaves the terminal to interpret keys.
        shell.expect("TYPE> ").expect("a prompt");
        shell.send(typed).expect("typed");
        shell.send_line("printf '%s%s\\n' DO NE").expect("typed");
        let seen = shell.expect("DONE").expect("the end");
        let seen = String::from_utf8_lossy(seen.before()).into_owned();
        let _ = shell.send_line("exit");
        seen
    }

    /// The number that `line`, completed at its tabs, would dial.
    fn dials(&self, home: &Home, line: &str) -> String {
        let seen = self.types(home, &format!("mango --sandbox call {line} --dry-run -o json\r"));
        let number = seen.split("\"to_number\":\"").nth(1).and_then(|rest| rest.split('"').next());
        number.map_or_else(|| format!("{} {line}: {seen}", self.name), str::to_owned)
    }

    fn lists(&self, home: &Home, line: &str) -> String {
        self.types(home, &format!("{line}{CLEAR}"))
    }
}

#[test]
fn tab_completes_a_name_of_two_words_as_one_person() {
    let home = Home::with_a_call();
    for shell in SHELLS {
        for line in ["Иванова\t", "\"Иванова\t", "'Иванова\t", "Иванова\\ М\t", "Иванова М\t", "иванова\t", "Мария\t"]
        {
            assert_eq!(shell.dials(&home, line), "74950000020", "{} {line:?}", shell.name);
        }
    }
}

#[test]
fn a_name_with_a_command_in_it_is_a_name() {
    let home = Home::with_a_call();
    let names = ["Foo|touch${IFS}ran;touch${IFS}ran", "Bar$(touch${IFS}ran)`touch${IFS}ran`", "Baz\"&O'Neil\\", "Qux *[a]?!"];
    for (n, name) in names.into_iter().enumerate() {
        home.says(&["--sandbox", "contact", "create", name, &format!("mobile:+7900000009{n}")]);
    }
    for shell in SHELLS {
        for quote in ["", "\"", "'"] {
            for (n, typed) in ["Foo", "Bar", "Baz", "Qux"].into_iter().enumerate() {
                let line = format!("{quote}{typed}\t");
                assert_eq!(shell.dials(&home, &line), format!("7900000009{n}"), "{} {line:?}", shell.name);
            }
        }
    }
    let ran =
        std::fs::read_dir(home.0.path()).unwrap().chain(std::fs::read_dir(".").unwrap()).any(|file| file.unwrap().file_name() == "ran");
    assert!(!ran);
}

#[test]
fn tab_completes_a_colleague() {
    let home = Home::with_a_call();
    for shell in SHELLS {
        assert_eq!(shell.dials(&home, "Сидо\t"), "102", "{}", shell.name);
    }
}

#[test]
fn tab_offers_the_right_people() {
    let home = Home::with_a_call();
    for shell in SHELLS {
        let seen = shell.lists(&home, "mango --sandbox call Ива\t\t\t");
        for offered in ["Илья", "Сергей", "Мария"] {
            assert!(seen.contains(offered), "{} does not offer {offered}: {seen}", shell.name);
        }
        assert!(!seen.contains("Смирнов"), "{} offers anybody: {seen}", shell.name);
    }
}

#[test]
fn tab_offers_recent_calls_and_says_with_whom_they_were() {
    let home = Home::with_a_call();
    for shell in [ZSH, FISH] {
        let seen = shell.lists(&home, "mango --sandbox show @\t\t");
        assert!(seen.contains("@1"), "{}: {seen}", shell.name);
    }
    assert_eq!(BASH.dials(&home, "@\t"), "74950000020");
    home.says(&["--sandbox", "call", "Волков", "--wait"]);
    for shell in [ZSH, FISH] {
        let seen = shell.lists(&home, "mango --sandbox call @\t\t");
        assert!(seen.contains("→ Волков Роман") && seen.contains("→ Иванова Мария"), "{}: {seen}", shell.name);
    }
}

#[test]
fn tab_offers_no_call_of_the_history_where_a_running_one_is_meant() {
    let home = Home::with_a_call();
    for shell in SHELLS {
        for line in ["hangup @\t\t", "transfer 102 --call @\t\t"] {
            let seen = shell.lists(&home, &format!("mango --sandbox {line}"));
            assert!(!seen.contains("@1") && !seen.contains("Иванова"), "{} {line}: {seen}", shell.name);
        }
    }
}

#[test]
fn tab_offers_flags_and_no_people_after_two_dashes() {
    let home = Home::with_a_call();
    for shell in SHELLS {
        let seen = shell.lists(&home, "mango --sandbox call --\t\t\t");
        assert!(seen.contains("--dry-run") && seen.contains("--auto-answer"), "{}: {seen}", shell.name);
        assert!(!seen.contains("Волков"), "{} offers people: {seen}", shell.name);
    }
}

#[test]
fn tab_looks_in_the_profile_of_the_line() {
    let home = Home::with_a_call();
    home.says(&["--profile", "shop", "contact", "create", "Щукина Зинаида", "+79000000099"]);
    for shell in SHELLS {
        let seen = shell.types(&home, "mango --profile shop contact show Щук\t -o json\r");
        assert!(seen.contains("\"number\":\"79000000099\""), "{}: {seen}", shell.name);
        let seen = shell.lists(&home, "mango --sandbox call Щук\t\t");
        assert!(!seen.contains("Зинаида"), "{} offers people of another profile: {seen}", shell.name);
    }
}
