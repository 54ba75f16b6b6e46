//! `watch`: cards at a real terminal before anybody answers, lines and objects for programs.

use std::process::{Child, Stdio};

use expectrl::session::OsSession;
use expectrl::{Expect, Session};
use serde_json::{Value, json};

use super::listening::*;
use crate::support::*;

/// A sandbox where 101 lets it ring for a minute of ours.
fn ringing() -> Pbx {
    let pbx = Pbx::start();
    pbx.control("POST", "people/101", json!({"behaviour": "silent", "ring": 3000}));
    pbx
}

fn at_a_terminal(mango: Mango) -> OsSession {
    let mut session = Session::spawn(mango.env("TERM", "xterm").command()).expect("a terminal");
    session.set_expect_timeout(Some(std::time::Duration::from_secs(120)));
    session
}

/// What the terminal shows up to and with these words, escapes apart.
#[track_caller]
fn shows(session: &mut OsSession, words: &str) -> String {
    let seen = session.expect(words).expect(words);
    format!("{}{words}", String::from_utf8_lossy(seen.before()))
}

#[test]
fn a_card_appears_before_the_answer_and_reject_ends_the_call() {
    let pbx = ringing();
    let mut watch = at_a_terminal(pbx.mango(["watch"]));
    pbx.mango(["sandbox", "incoming", "--from", "74950000020", "--to", "101"]).said().exits(0);
    shows(&mut watch, "Иванова Мария, +7 495 000-00-20");
    shows(&mut watch, "101");
    let about = shows(&mut watch, "ООО «Северный ветер»");
    assert!(about.contains("ringing") && about.contains("закупщик"), "{about}");
    let calls = pbx.mango(["-o", "json", "calls"]).said().exits(0).json();
    let call = &calls[0];
    assert_eq!((&call["state"], &call["answered_at"], &call["employee"]), (&json!("ringing"), &json!(null), &json!("101")), "{calls}");
    pbx.mango(["reject"]).env("MANGO_EXTENSION", "101").said().exits(0).says("The call is rejected.");
    shows(&mut watch, "missed");
    assert_eq!(pbx.mango(["-o", "json", "calls"]).said().exits(0).json(), json!([]));
    pbx.mango(["reject"]).env("MANGO_EXTENSION", "101").said().exits(3);
    let shown = pbx.mango(["-o", "json", "show", "@1"]).said().exits(0).json();
    let feed: Vec<&str> = shown["feed"].as_array().unwrap().iter().map(|row| row["words"].as_str().unwrap()).collect();
    assert!(feed.iter().any(|words| words.starts_with("menu ringing")) && feed.contains(&"ringing 101"), "{feed:?}");
}

#[test]
fn a_key_notes_what_comes_of_the_call_that_rings() {
    let pbx = ringing();
    let mut watch = at_a_terminal(pbx.mango(["watch"]));
    pbx.mango(["sandbox", "incoming", "--from", "74950000020", "--to", "101"]).said().exits(0);
    shows(&mut watch, "(mobile)  101");
    shows(&mut watch, "ringing");
    // т is where n is on the keyboard.
    watch.send("т").expect("sent");
    shows(&mut watch, "Result of the call");
    watch.send("settled").expect("sent");
    shows(&mut watch, "settled");
    watch.send("\r").expect("sent");
    shows(&mut watch, "In detail");
    watch.send("всё хорошо\r").expect("sent");
    shows(&mut watch, "Noted.");
    let note = pbx.mango(["-o", "json", "note"]).said().exits(0).json();
    assert_eq!((&note["result"], &note["text"]), (&json!("Settled"), &json!("всё хорошо")));
    shows(&mut watch, "ringing");
}

#[test]
fn a_call_without_a_listener_is_not_looked_for() {
    let home = Home::new();
    for command in ["calls", "hangup", "reject", "hold", "record"] {
        let error = customer(&home, ["-o", "json", command]).env("MANGO_EXTENSION", "101").said().exits(8).error();
        assert_eq!(error["kind"], "nobody_listens", "{command}: {error}");
        assert!(error["hint"].as_str().unwrap().contains("mango listen --print-setup"));
    }
    customer(&home, ["transfer", "102"]).env("MANGO_EXTENSION", "101").in_russian().said().exits(8).says("запустите mango listen");
}

/// A `watch` in another process.
struct Watching(Child, Lines);

impl Watching {
    fn start(mango: Mango) -> Watching {
        let mut command = mango.command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = Lines::of(child.stdout.take().unwrap());
        Watching(child, lines)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Calls to 101 and 102, until all of them have seen some.
fn calls_until(listening: &Listening, watching: &[&Watching]) {
    for n in 0.. {
        if watching.iter().all(|one| one.1.all().len() >= 9) {
            return;
        }
        for extension in ["101", "102"] {
            for mut event in whole_call(&format!("{extension}-{n}")) {
                event["to"]["extension"] = json!(extension);
                assert_eq!(listening.send("events/call", &event), 200);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn watch_in_another_process_tells_programs_of_every_event_or_of_mine() {
    let home = Home::new();
    customer(&home, ["contact", "create", "Иванова Мария", "+74950000020"]).said().exits(0);
    let listening = Listening::start(&home);
    let all = Watching::start(customer(&home, ["-o", "ndjson", "watch"]));
    let mine = Watching::start(customer(&home, ["-o", "ndjson", "watch", "--me"]).env("MANGO_EXTENSION", "102"));
    let words = Watching::start(customer(&home, ["watch"]));
    calls_until(&listening, &[&all, &mine, &words]);
    let entries = |watching: &Watching| -> Vec<String> {
        let told = watching.1.all().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
        told.map(|line| line["call"]["entry_id"].as_str().unwrap()[..3].to_owned()).collect()
    };
    assert!(entries(&mine).iter().all(|extension| extension == "102"));
    assert!(entries(&all).contains(&"101".to_owned()));
    let line: Value = serde_json::from_str(&all.1.all()[0]).unwrap();
    assert_eq!((&line["event"], &line["call"]["name"]), (&json!("events/call"), &json!("Иванова Мария")));
    let words = words.1.all();
    for what in ["ringing 101", "connected 101", "disconnected 101 Caller ended the call"] {
        let line = format!("← Иванова Мария, +7 495 000-00-20 (work)  101  {what}");
        assert!(words.iter().any(|words| words.ends_with(&line)), "{what}: {words:?}");
    }
}

#[test]
fn me_needs_an_extension() {
    let home = Home::new();
    customer(&home, ["watch", "--me"]).said().exits(2).says("your extension is not set");
    customer(&home, ["listen", "--bind", "127.0.0.1:0", "--me"]).said().exits(2).says("your extension is not set");
}

#[test]
fn the_setup_and_the_unit_are_printed_without_key_or_journal() {
    const TEST: &str = "the_setup_and_the_unit_are_printed_without_key_or_journal";
    let home = Home::new();
    let print = |flags: &[&str]| home.mango([&["listen", "--bind", "127.0.0.1:8123"], flags].concat()).said().exits(0).out;
    let setup = print(&["--print-setup"]);
    for line in ["proxy_pass http://127.0.0.1:8123;", "mango listen --bind 127.0.0.1:8123 --trusted-proxy 127.0.0.1 --allow-ip mango\n"] {
        assert!(setup.contains(line), "{line}: {setup}");
    }
    let hook = r#"echo "$MANGO_NAME" 100% >> 'missed calls.txt'"#;
    let flags = ["--trusted-proxy", "10.0.0.2", "--allow-ip", "mango", "--exec", hook, "--on", "missed", "--print-unit"];
    let unit = print(&flags);
    let start = r#"--bind 127.0.0.1:8123 --allow-ip mango --trusted-proxy 10.0.0.2 --exec "echo \"$$MANGO_NAME\" 100%% >> 'missed calls.txt'" --on missed"#;
    for line in ["LoadCredential=mango_api_key:", "LoadCredential=mango_api_salt:", "ProtectSystem=strict", start] {
        assert!(unit.contains(line), "{line}: {unit}");
    }
    let tls = print(&["--tls-cert", "/etc/tls/a.pem", "--tls-key", "/etc/tls/a.key", "--print-unit"]);
    for line in ["--tls-key ${CREDENTIALS_DIRECTORY}/tls_key", "LoadCredential=tls_key:/etc/tls/a.key"] {
        assert!(tls.contains(line), "{line}: {tls}");
    }
    home.mango(["listen", "--notify", "--print-unit"]).said().exits(2).says("--notify");
    assert!(!home.journal("default").exists());
    if can_run(TEST, &["systemd-analyze"]) {
        for (n, unit) in [unit, tls].into_iter().enumerate() {
            let path = home.path().join(format!("mango{n}.service"));
            std::fs::write(&path, unit.replace("/usr/local/bin/mango", "/bin/true")).unwrap();
            let verified = std::process::Command::new("systemd-analyze").arg("verify").arg(&path).output().unwrap();
            assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        }
    }
}
