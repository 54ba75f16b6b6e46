//! At a terminal: the picker, hidden input, colours, widths; and no terminal where one is expected.

use std::time::Duration;

use expectrl::process::{Termios, unix::WaitStatus};
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};

use super::support::*;

/// Words that do not come by then will never come: the test fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// A person at a terminal.
pub struct Person(OsSession);

impl Person {
    pub fn sits_at(mango: Mango) -> Person {
        let mut session = OsSession::spawn(mango.env("TERM", "xterm-256color").command()).unwrap();
        session.set_expect_timeout(Some(PATIENCE));
        Person(session)
    }

    pub fn sees(&mut self, words: &str) -> String {
        String::from_utf8_lossy(self.0.expect(words).unwrap().as_bytes()).into_owned()
    }

    pub fn types(&mut self, keys: &str) {
        self.0.send(keys).unwrap();
    }

    /// What is typed before the terminal stops showing it is thrown away. The terminal must have shown it until then.
    fn types_hidden(&mut self, keys: &str) {
        awaited("a hidden question", || (!self.0.get_process().is_echo().unwrap()).then_some(()));
        self.types(keys);
    }

    /// All that is still said, and the exit code.
    pub fn stays_to_the_end(mut self) -> (String, i32) {
        let rest = self.0.expect(Eof).unwrap();
        let rest = String::from_utf8_lossy(rest.as_bytes()).into_owned();
        self.leaves(rest)
    }

    /// The same for a person who presses a key until it helps: the first time it may come before anybody reads keys.
    fn insists_on(mut self, key: &str) -> (String, i32) {
        self.0.set_expect_timeout(Some(Duration::from_millis(300)));
        let rest = awaited("the end", || {
            self.types(key);
            self.0.expect(Eof).ok()
        });
        let rest = String::from_utf8_lossy(rest.as_bytes()).into_owned();
        self.leaves(rest)
    }

    fn leaves(self, rest: String) -> (String, i32) {
        match self.0.get_process().wait().unwrap() {
            WaitStatus::Exited(_, code) => (rest, code),
            other => panic!("{other:?}: {rest}"),
        }
    }
}

const DOWN: &str = "\u{1b}[B";
const ESCAPE: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";

#[test]
fn the_second_of_two_people_is_chosen_with_the_arrows() {
    let pbx = Pbx::start();
    let mut person = Person::sits_at(pbx.mango(["call", "школа", "танцев"]));
    person.sees("Whom?");
    person.sees("Никитин Антон");
    person.types(DOWN);
    person.types("\r");
    person.sees("Calling Никитин Антон");
    assert_eq!(person.stays_to_the_end().1, 0);
    assert_eq!(pbx.orders()[0].1["to_number"], "74950000031");
}

#[test]
fn typing_letters_narrows_the_choice() {
    let pbx = Pbx::start();
    let mut person = Person::sits_at(pbx.mango(["call", "Иванов"]).in_russian());
    person.sees("Кому?");
    person.sees("Иванов Сергей");
    person.types("Сергей");
    person.sees("Кому? Сергей");
    person.types("\r");
    person.sees("Звоню: Иванов Сергей");
    assert_eq!(person.stays_to_the_end().1, 0);
    assert_eq!(pbx.orders()[0].1["to_number"], "79000000021");
}

#[test]
fn a_person_with_two_numbers_is_asked_which() {
    let pbx = Pbx::start();
    let mut person = Person::sits_at(pbx.mango(["call", "Захарова"]));
    person.sees("Whom?");
    person.sees("(home)");
    person.types(DOWN);
    person.types("\r");
    person.sees("+7 495 000-01-22 (home). Pick up");
    assert_eq!(person.stays_to_the_end().1, 0);
    assert_eq!(pbx.orders()[0].1["to_number"], "74950000122");
}

#[test]
fn whoever_gives_up_calls_nobody() {
    let pbx = Pbx::start();
    for key in [ESCAPE, CTRL_C] {
        let mut person = Person::sits_at(pbx.mango(["call", "Иванов"]));
        person.sees("Whom?");
        person.sees("Иванов Илья");
        let (rest, code) = person.insists_on(key);
        assert_eq!(code, 130, "{rest}");
        assert!(rest.contains("\u{1b}[?25h"), "the cursor is shown again: {rest:?}");
    }
    assert!(pbx.orders().is_empty());
}

#[test]
fn an_emergency_number_is_asked_about() {
    let pbx = Pbx::start();
    // A letter that was meant for another window is no answer, and neither is a word that only begins like one.
    for (key, code, orders) in [("n\r", 2, 0), ("\r", 2, 0), ("yesterday\rn\r", 2, 0), ("y\r", 6, 1), ("Да\r", 6, 1)] {
        let mut person = Person::sits_at(pbx.customer(["call", "112"]));
        person.sees("112 is an emergency");
        person.types(key);
        let (rest, exit) = person.stays_to_the_end();
        assert_eq!(exit, code, "{rest}");
        assert_eq!(pbx.orders().len(), orders);
    }
    let mut person = Person::sits_at(pbx.customer(["call", "112"]).in_russian());
    person.sees("112 — экстренная служба. Звонить?");
    assert_eq!(person.insists_on(CTRL_C).1, 130);
    assert!(pbx.orders().is_empty());
}

#[test]
fn after_a_conversation_its_result_is_asked_for_and_enter_skips() {
    let pbx = Pbx::start();
    let noted = || pbx.mango(["-o", "json", "note"]).said().exits(0).json();
    let mut person = Person::sits_at(pbx.mango(["call", "Иванова", "--wait"]));
    person.sees("The call has ended");
    person.sees("Result of the call");
    person.sees("skip");
    person.types("\r");
    assert_eq!(person.stays_to_the_end().1, 0);
    assert_eq!(noted()["noted_at"], serde_json::Value::Null);
    let mut person = Person::sits_at(pbx.mango(["call", "Иванова", "--wait"]).in_russian());
    person.sees("Итог звонка");
    person.sees("Назначена встреча");
    person.types(DOWN);
    person.types("\r");
    person.sees("Подробно");
    person.types("во вторник\r");
    person.sees("Записано.");
    assert_eq!(person.stays_to_the_end().1, 0);
    assert_eq!((noted()["result"].as_str(), noted()["text"].as_str()), (Some("Назначена встреча"), Some("во вторник")));
    // Of a call that nobody took there is nothing to ask, nor of one that a program has made.
    let (rest, code) = Person::sits_at(pbx.mango(["call", "Смирнов", "Алексей", "--wait"])).stays_to_the_end();
    assert!(code == 7 && !rest.contains("Result"), "{rest}");
    let (rest, code) = Person::sits_at(pbx.mango(["call", "Иванова", "--wait", "-o", "json"])).stays_to_the_end();
    assert!(code == 0 && !rest.contains("Result"), "{rest}");
}

#[test]
fn a_note_can_be_asked_for_and_its_text_be_mended() {
    let pbx = Pbx::start();
    pbx.mango(["call", "Иванова", "--wait"]).said().exits(0);
    pbx.mango(["note", "--text", "во вторник"]).said().exits(0);
    let mut person = Person::sits_at(pbx.mango(["note", "--ask"]));
    person.sees("Иванова Мария, +7 495 000-00-20 (mobile)");
    person.sees("Result of the call");
    person.types("a text only");
    person.sees("a text only");
    person.types("\r");
    person.sees("In detail");
    person.types(" в 10:00\r");
    person.sees("Noted.");
    assert_eq!(person.stays_to_the_end().1, 0);
    assert_eq!(pbx.mango(["-o", "json", "note"]).said().exits(0).json()["text"], "во вторник в 10:00");
    let mut person = Person::sits_at(pbx.mango(["note", "--ask"]));
    person.sees("Result of the call");
    assert_eq!(person.insists_on(ESCAPE).1, 0);
    pbx.mango(["note", "--ask"]).said().exits(2).says("--result");
}

#[test]
fn a_secret_that_is_typed_is_not_shown() {
    let pbx = Pbx::start();
    let home = Home::new();
    home.write_config(&format!("api_url = '{}'\nlimits = false\n", pbx.url));
    // Without a keyring the login ends with its absence, after the PBX has accepted what was typed.
    let login = home.mango(["login"]).in_russian().env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    // The pseudo-terminal of the tests shows nothing that is typed; a person's does.
    let mut person = Person::sits_at(login.under("sh", &["-c", "stty echo; exec \"$@\"", "sh"]));
    let mut seen = person.sees("Ключ АТС");
    person.types_hidden(&format!("{KEY}\r"));
    seen += &person.sees("Соль");
    person.types_hidden(&format!("{SALT}\r"));
    seen += &person.sees("хранилища паролей здесь нет");
    let (rest, code) = person.stays_to_the_end();
    seen += &rest;
    assert_eq!(code, 4);
    assert!(!seen.contains(KEY) && !seen.contains(SALT), "{seen:?}");
    assert_eq!(pbx.asked().len(), 1, "key and salt were proved");
}

#[test]
fn nobody_is_asked_when_stdin_is_no_terminal() {
    let pbx = Pbx::start();
    let run = |args: &[&str], stdin: &str| pbx.customer(args).stdin(stdin).said();
    pbx.mango(["call", "Иванов"]).stdin("\n\n\n").said().exits(3);
    run(&["call", "112"], "y\ny\n").exits(2);
    let login = run(&["login"], "key\nsalt\n").exits(2);
    assert!(login.err.contains("--key-stdin"), "{login}");
    assert!(pbx.orders().is_empty());
    // A terminal to write to, but nobody who could type: `mango call Иванов </dev/null`.
    for stdin in ["</dev/null", "<&-"] {
        let run = pbx.mango(["call", "Иванов"]).under("sh", &["-c", &format!("exec \"$@\" {stdin}"), "sh"]);
        let (rest, code) = Person::sits_at(run).stays_to_the_end();
        assert_eq!(code, 3, "{rest}");
    }
}

#[test]
fn a_terminal_gets_an_aligned_coloured_table_cut_to_its_width() {
    let pbx = Pbx::start();
    pbx.control("POST", "people/101", serde_json::json!({"behaviour": "silent"}));
    pbx.incoming(serde_json::json!({"from": "74950000020", "to": "101"}));
    pbx.mango(["history"]).said().exits(0);
    let run = || pbx.mango(["history", "--offline"]).in_russian();
    let (seen, code) = Person::sits_at(run()).stays_to_the_end();
    assert_eq!(code, 0);
    assert!(seen.contains("+7 495 000-00-20") && seen.contains("\u{1b}[31mпропущен"), "{seen:?}");
    let (plain, _) = Person::sits_at(run().env("NO_COLOR", "1")).stays_to_the_end();
    assert!(plain.contains("пропущен") && !plain.contains("\u{1b}["), "{plain:?}");
    for columns in [80, 120, 200] {
        let narrow = run().env("NO_COLOR", "1").under("sh", &["-c", &format!("stty cols {columns}; exec \"$@\""), "sh"]);
        let (seen, _) = Person::sits_at(narrow).stays_to_the_end();
        assert!(seen.lines().all(|line| line.chars().count() <= columns), "{columns}: {seen}");
    }
    // A program at a terminal still gets JSON when it asks for it.
    let (json, _) = Person::sits_at(pbx.mango(["-o", "json", "history", "--offline"])).stays_to_the_end();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()[0]["missed"], true);
}

#[test]
fn an_interrupted_wait_ends_at_once_and_says_so() {
    let pbx = Pbx::with(&["--speed", "1", "--no-limits"]);
    let mut person = Person::sits_at(pbx.mango(["call", "Иванова", "--wait"]));
    person.sees("Calling Иванова Мария");
    person.types(CTRL_C);
    let (rest, code) = person.stays_to_the_end();
    assert_eq!(code, 130, "{rest}");
    assert_eq!(pbx.orders().len(), 1);
}

#[test]
fn a_practice_pbx_that_is_stopped_leaves_no_call_behind() {
    let home = Home::new();
    let mut person = Person::sits_at(home.mango(["--sandbox", "call", "Иванова", "--wait"]));
    person.sees("Your phone is ringing");
    person.types(CTRL_C);
    assert_eq!(person.stays_to_the_end().1, 130);
    // And when nothing is left but to play the call to its end.
    let mut person = Person::sits_at(home.mango(["--sandbox", "call", "Иванова"]));
    person.sees("plays the call to its end");
    person.types(CTRL_C);
    assert_eq!(person.stays_to_the_end().1, 130);
    let history = home.mango(["--sandbox", "-o", "json", "history", "--offline"]).said().exits(0).json();
    assert_eq!(history.as_array().unwrap().iter().map(|call| &call["state"]).collect::<Vec<_>>(), ["ended", "ended"]);
}

#[test]
fn one_practice_pbx_is_enough() {
    let pbx = Pbx::start();
    pbx.home.mango(["sandbox", "serve", "--bind", "127.0.0.1:0"]).said().exits(2).says("running already");
    pbx.mango(["balance"]).said().exits(0);
    assert!(!pbx.asked().is_empty(), "the first one is asked");
}
