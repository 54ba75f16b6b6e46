//! The manual and `-o json` name the same keys.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use super::Home;

/// Objects that are passed on as they are, or have a shape of their own.
const APART: [&str; 3] = ["json", "call", "tracking"];

/// `legs[].state`, `last_call.talk` and the like.
fn keys(value: &Value, before: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| keys(one, &format!("{before}[]"), found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let path = format!("{before}.{name}");
            found.insert(path.trim_start_matches("[]").trim_start_matches('.').to_owned());
            if !APART.contains(&name.as_str()) {
                keys(value, &path, found);
            }
        }),
        _ => {}
    }
}

fn parsed(page: &str, printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{page}: {error}\n{printed}"))
}

fn check(page: &str, shape: usize, printed: &str) {
    let value = parsed(page, printed);
    let mut found = BTreeSet::new();
    keys(&value, "", &mut found);
    let documented: BTreeSet<String> = mango::manual::documented_keys(page)[shape].iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(found, documented, "printed (left) and documented (right) keys of {page}");
}

#[test]
fn every_key_that_a_command_prints_is_in_its_page_and_no_other() {
    let home = Home::with_a_call();
    let says = |args: &[&str]| home.says(&[&["--sandbox", "-o", "json"], args].concat());
    // Which of several calls is the last depends on how fast time ran in each: whatever is written is written after all of them.
    [&["call", "Иванова", "--wait"][..], &["call", "Иванова"]].into_iter().for_each(|args| check("mango-call", 0, &says(args)));
    check("mango-history", 0, &says(&["history"]));
    written_of(&home);
    let number = ["--sandbox", "contact", "create", "Лаврова Софья", "+79000000051", "-o", "json"];
    for (page, args) in [
        ("mango-status", &["status"][..]),
        ("mango-show", &["show"]),
        ("mango-note", &["note"]),
        ("mango-link", &["link"]),
        ("mango-activity-list", &["activity", "list"]),
        ("mango-activity-done", &["activity", "done", "1"]),
        ("mango-unlink", &["unlink", "--object", "Lead:1"]),
        ("mango-contact-list", &["contact", "list"]),
        ("mango-contact-show", &["contact", "show", "Иванова"]),
        ("mango-contact-edit", &["contact", "edit", "Иванова", "--job", "директор"]),
        ("mango-contact-delete", &["contact", "delete", "Гусев", "--yes"]),
        ("mango-account-create", &["account", "create", "ООО «Ромашка»", "+74950000060"]),
        ("mango-account-list", &["account", "list"]),
        ("mango-account-show", &["account", "show", "Ромашка"]),
        ("mango-account-edit", &["account", "edit", "Ромашка", "--web", "romashka.example"]),
        ("mango-account-delete", &["account", "delete", "Ромашка", "--yes"]),
        ("mango-users", &["users"]),
        ("mango-groups", &["groups"]),
        ("mango-lines", &["lines"]),
        ("mango-balance", &["balance"]),
        ("mango-sms", &["sms", "Иванова", "привет"]),
        ("mango-config-list", &["config", "list"]),
        ("mango-recording-list", &["recording", "list"]),
        ("mango-recording-link", &["recording", "link"]),
        ("mango-recording-transcript", &["recording", "transcript"]),
        ("mango-recording-summary", &["recording", "summary"]),
        ("mango-recording-topics", &["recording", "topics"]),
    ] {
        check(page, 0, &says(args));
    }
    check("mango-contact-create", 0, &home.says(&number));
    let directory = home.0.path().join("records").display().to_string();
    let sync = ["--sandbox", "-o", "json", "recording", "sync", "--since", "1d", "--dir", &directory];
    check("mango-recording-sync", 0, &home.says(&sync));
    check("mango-recording-get", 0, &home.says(&["--sandbox", "-o", "json", "recording", "get", "--to", &format!("{directory}/")]));
    home.says(&["sandbox", "incoming", "--dct"]);
    written_of(&home);
    // A home of its own, where @1 is this call; and not too fast: the visitor must be on the site when he is asked for.
    let tracked = Home::new();
    let called = tracked.command().env("MANGO_SANDBOX_SPEED", "20").args(["sandbox", "incoming", "--dct"]).status();
    assert!(called.expect("the program runs").success());
    check("mango-tracking-show", 0, &tracked.says(&["--sandbox", "-o", "json", "tracking", "show"]));
    check("mango-show", 0, &home.says(&["--sandbox", "-o", "json", "show"]));
    check("mango-tracking-sync", 0, &home.says(&["--sandbox", "-o", "json", "tracking", "sync", "--widget", "1001"]));
    let people = home.0.path().join("people.csv");
    std::fs::write(&people, "name,mobile,favourite colour\nГромова Яна,+79000000081,red\nГромов Ян,abc,\n").expect("a table");
    check("mango-contact-import", 0, &home.says(&["--sandbox", "-o", "json", "contact", "import", &people.display().to_string()]));
    let channel = |args: &[&str]| home.says(&[&["--sandbox", "-o", "json", "tracking", "channel"], args].concat());
    check("mango-tracking-channel-set", 0, &channel(&["set", "+74950000015", "Газета"]));
    check("mango-tracking-channel-list", 0, &channel(&["list"]));
    let table = home.0.path().join("channels.csv");
    std::fs::write(&table, "number,name\n74950000015,Газета\n").expect("a table");
    check("mango-tracking-channel-import", 0, &channel(&["import", &table.display().to_string()]));
    check("mango-call", 1, &home.says(&["--sandbox", "-o", "json", "call", "Иванова", "--dry-run"]));
    home.says(&["--sandbox", "config", "set", "contacts", "bpmsoft"]);
    check("mango-crm-push", 0, &home.says(&["--sandbox", "-o", "json", "crm", "push"]));
}

#[test]
fn every_key_of_a_report_is_in_its_page_and_no_other() {
    let home = Home::new();
    home.says(&["sandbox", "generate", "--calls", "300", "--days", "6"]);
    check("mango-stats", 0, &home.says(&["--sandbox", "-o", "json", "stats"]));
    check("mango-tracking-report", 0, &home.says(&["--sandbox", "-o", "json", "tracking", "report"]));
}

#[test]
fn every_key_of_what_a_person_wrote_is_in_its_page_and_no_other() {
    let home = Home::with_a_call();
    written_of(&home);
    for (page, args) in [
        ("mango-show", &["show"][..]),
        ("mango-note", &["note"]),
        ("mango-link", &["link"]),
        ("mango-activity-list", &["activity", "list"]),
        ("mango-activity-done", &["activity", "done", "1"]),
        ("mango-unlink", &["unlink", "--object", "Lead:1"]),
    ] {
        check(page, 0, &home.says(&[&["--sandbox", "-o", "json"], args].concat()));
    }
}

/// All that a person may write of the last call; somebody known and a company are to be met because of it.
fn written_of(home: &Home) {
    let file = home.0.path().join("file.txt");
    std::fs::write(&file, "text").expect("a file");
    home.says(&["--sandbox", "note", "--result", "Settled", "--text", "text", "--file", &file.display().to_string()]);
    let people = ["--contact", "Иванова", "--account", "Тихая гавань"];
    let create = ["--sandbox", "-o", "json", "activity", "create", "--from-call", "@1", "Meeting", "--due", "tomorrow"];
    check("mango-activity-create", 0, &home.says(&[&create[..], &people].concat()));
    home.says(&["--sandbox", "link", "--object", "Lead:1"]);
}

/// A sandbox in which 101 does as he is told, and a `watch` beside it.
struct Live {
    serving: Child,
    watching: Child,
    lines: BufReader<ChildStdout>,
    control: SocketAddr,
}

impl Live {
    fn start(home: &Home) -> Live {
        let piped = |args: &[&str]| {
            let mut command = home.command();
            let mut child = command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
            let lines = BufReader::new(child.stdout.take().expect("stdout"));
            (child, lines)
        };
        let (serving, mut ready) = piped(&["sandbox", "serve", "--bind", "127.0.0.1:0", "--speed", "20"]);
        let mut line = String::new();
        ready.read_line(&mut line).expect("a line");
        let control = parsed("sandbox serve", &line)["control"].as_str().expect("an address").replace("http://", "");
        let control = control.split('/').next().and_then(|address| address.parse().ok()).expect("an address");
        let (watching, lines) = piped(&["--sandbox", "watch", "-o", "ndjson"]);
        Live { serving, watching, lines, control }
    }

    /// What 101 does with calls that come from now on.
    fn told(&self, habit: &str) {
        let mut wire = TcpStream::connect(self.control).expect("the sandbox");
        let length = habit.len();
        write!(wire, "POST /sandbox/people/101 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{habit}")
            .expect("sent");
        let mut answer = String::new();
        wire.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// A call from somebody known comes in to 101; `calls` once it is in this state.
    fn incoming(&self, home: &Home, state: &str) -> String {
        home.says(&["--sandbox", "sandbox", "incoming", "--from", "74950000020", "--to", "101"]);
        loop {
            let calls = home.says(&["--sandbox", "-o", "json", "calls"]);
            if parsed("calls", &calls).as_array().expect("an array").iter().any(|call| call["state"] == state && call["employee"] == "101")
            {
                return calls;
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        for child in [&mut self.watching, &mut self.serving] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn every_key_that_a_running_call_prints_is_in_its_page_and_no_other() {
    let home = Home::with_a_call();
    written_of(&home);
    let mut live = Live::start(&home);
    let says = |args: &[&str]| home.says(&[&["--sandbox", "-o", "json"], args].concat());
    live.told(r#"{"behaviour":"silent","ring":100000}"#);
    check("mango-calls", 0, &live.incoming(&home, "ringing"));
    check("mango-reject", 0, &says(&["reject"]));
    live.told(r#"{"behaviour":"answers","ring":1,"talk":100000}"#);
    let order = |args: &[&str]| {
        live.incoming(&home, "talking");
        check(&format!("mango-{}", args[0]), 0, &says(args));
        let _ = home.command().args(["--sandbox", "hangup"]).output();
    };
    [&["hold"][..], &["hangup"], &["transfer", "102", "--blind"]].into_iter().for_each(order);
    let replayed = says(&["replay"]);
    replayed.lines().filter(|line| line.contains("\"last_call\":{")).for_each(|line| check("mango-replay", 0, line));
    assert!(replayed.contains("\"last_call\":{"), "{replayed}");
    // Until a call comes that is not the first with its number.
    let told = live.lines.by_ref().lines().map(|line| line.expect("a line")).find(|line| line.contains("\"last_call\":{"));
    let told = told.expect("watch goes on");
    check("mango-watch", 0, &told);
    check("mango-watch", 1, &parsed("watch", &told)["call"].to_string());
}

#[test]
fn the_line_of_a_ready_sandbox_is_in_its_page() {
    let home = Home::new();
    let mut serving = home.command();
    serving.args(["sandbox", "serve", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut serving = serving.spawn().expect("the program runs");
    let mut line = String::new();
    let read = BufReader::new(serving.stdout.take().expect("stdout")).read_line(&mut line);
    serving.kill().and_then(|()| serving.wait()).expect("it ends");
    read.expect("a line");
    check("mango-sandbox-serve", 0, &line);
}

#[test]
fn an_error_has_the_keys_of_the_first_page() {
    let home = Home::with_a_call();
    let many = home.command().args(["--sandbox", "-o", "json", "call", "Иванов", "--dry-run"]).output().expect("the program runs");
    assert_eq!(many.status.code(), Some(3));
    let error: Value = serde_json::from_slice(&many.stderr).expect("JSON on stderr");
    check("mango", 0, &error["error"].to_string());
}
