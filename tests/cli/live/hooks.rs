//! `--exec` and `replay`: a command of one's own for every moment of a call, once.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::listening::*;
use crate::support::*;

/// Writes what it hears: a line of variables, then the JSON.
const WRITE: &str = r#"printf '%s|%s|%s|%s|%s|%s|%s|%s|%s ' "$MANGO_EVENT" "$MANGO_ENTRY_ID" "$MANGO_DIRECTION" "$MANGO_NAME" "$MANGO_COMPANY" \
    "$MANGO_NUMBER" "$MANGO_CALLED_EXTENSION" "$MANGO_CALLED_LINE" "$MANGO_TALK" >"heard/$MANGO_EVENT-$MANGO_ENTRY_ID.part"
cat >>"heard/$MANGO_EVENT-$MANGO_ENTRY_ID.part"
[ ! -e "heard/$MANGO_EVENT-$MANGO_ENTRY_ID" ] || echo twice >>heard/TWICE
mv "heard/$MANGO_EVENT-$MANGO_ENTRY_ID.part" "heard/$MANGO_EVENT-$MANGO_ENTRY_ID""#;

fn home() -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path().join("heard")).unwrap();
    home
}

fn heard_in(home: &Home) -> PathBuf {
    home.path().join("heard")
}

/// The moments that were heard, in the order of their names.
fn heard(home: &Home) -> Vec<String> {
    let mut all: Vec<String> =
        std::fs::read_dir(heard_in(home)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.retain(|name| !name.ends_with(".part"));
    all.sort();
    all
}

fn missed(entry: &str) -> [Value; 2] {
    let mut ended = call(entry, 2, "Disconnected");
    ended["disconnect_reason"] = json!(1111);
    [call(entry, 1, "Appeared"), ended]
}

fn recording(entry: &str, state: &str, code: i64) -> Value {
    json!({"recording_id": format!("rec-{code}"), "recording_state": state, "seq": 2, "entry_id": entry, "call_id": format!("{entry}-leg"),
        "timestamp": CLOCK, "completion_code": code})
}

#[test]
fn a_hook_hears_every_moment_once_with_json_and_variables() {
    let home = home();
    customer(&home, ["contact", "create", "Иванова Мария", "+74950000020", "--company", "ООО «Север»"]).said().exits(0);
    let mut listening = Listening::with(&home, &["--exec", WRITE]);
    // Each event twice, and the call's moments one after another.
    for event in whole_call("c1") {
        for _ in 0..2 {
            assert_eq!(listening.send("events/call", &event), 200);
        }
    }
    for event in missed("c2") {
        assert_eq!(listening.send("events/call", &event), 200);
    }
    for (state, code) in [("Started", 0), ("Completed", 4002), ("Completed", 1000)] {
        assert_eq!(listening.send("events/recording", &recording("c1", state, code)), 200);
    }
    let all = ["answered-c1", "ended-c1", "ended-c2", "incoming-c1", "incoming-c2", "missed-c2", "recorded-c1"];
    listening.until("all moments", |_| (heard(&home).len() >= all.len()).then_some(()));
    assert_eq!(listening.stop(), Some(0));
    assert_eq!(heard(&home), all);
    let said = std::fs::read_to_string(heard_in(&home).join("ended-c1")).unwrap();
    let (variables, json) = said.split_once(" {").unwrap();
    assert_eq!(variables, "ended|c1|incoming|Иванова Мария|ООО «Север»|74950000020|101|74950000010|1");
    let json: Value = serde_json::from_str(&format!("{{{json}")).unwrap();
    assert_eq!(
        (&json["event"], &json["name"], &json["talk"], &json["missed"]),
        (&json!("ended"), &json!("Иванова Мария"), &json!(1), &json!(false))
    );
}

#[test]
fn a_hook_hears_only_what_it_asked_for() {
    let home = home();
    let mut listening = Listening::with(&home, &["--exec", WRITE, "--on", "missed,answered"]);
    for event in whole_call("c1").iter().chain(&missed("c2")) {
        assert_eq!(listening.send("events/call", event), 200);
    }
    listening.told_at_least(5);
    assert_eq!(listening.stop(), Some(0), "which waits for the hooks that were begun");
    assert_eq!(heard(&home), ["answered-c1", "missed-c2"]);
    customer(&home, ["listen", "--exec", "true", "--on", "sometimes"]).said().exits(2);
}

#[test]
fn a_hook_that_fails_or_does_not_listen_loses_nothing() {
    let home = home();
    for command in ["exit 7", "no-such-program-anywhere", "true", "exec <&-; exit 0", "kill -9 $$"] {
        let before = recorded_or_none(&home);
        let mut listening = Listening::with(&home, &["--exec", command]);
        for event in whole_call(&format!("call of {command}")) {
            assert_eq!(listening.send("events/call", &event), 200);
        }
        assert_eq!(listening.told_at_least(3)[2]["call"]["state"], "ended");
        if command.starts_with("exit 7") {
            listening.says("hook: exit status: 7");
        }
        assert_eq!(listening.stop(), Some(0));
        assert_eq!(recorded_or_none(&home), before + 3, "{command}");
    }
}

fn recorded_or_none(home: &Home) -> usize {
    if home.journal("default").exists() { recorded(home).len() } else { 0 }
}

#[test]
fn hooks_that_hang_delay_no_event_and_nothing_shown() {
    let home = home();
    let gate = home.path().join("gate");
    let command = format!("while [ ! -e '{}' ]; do sleep 0.05; done; echo >\"heard/$MANGO_EVENT-$MANGO_ENTRY_ID\"", gate.display());
    let mut listening = Listening::with(&home, &["--exec", &command, "--on", "ended"]);
    for n in 0..12 {
        for event in whole_call(&format!("c{n}")) {
            assert_eq!(listening.send("events/call", &event), 200);
        }
    }
    assert_eq!(listening.told_at_least(36).len(), 36);
    assert!(heard(&home).is_empty());
    std::fs::write(gate, "").unwrap();
    listening.until("the hooks that waited", |_| (heard(&home).len() == 12).then_some(()));
    assert_eq!(listening.stop(), Some(0));
}

#[test]
fn replay_sends_again_what_was_recorded() {
    let home = home();
    let mut listening = Listening::start(&home);
    for event in whole_call("c1").iter().chain(&missed("c2")) {
        assert_eq!(listening.send("events/call", event), 200);
    }
    listening.told_at_least(5);
    assert_eq!(listening.stop(), Some(0));
    let said = customer(&home, ["replay", "--exec", WRITE]).said().exits(0).says("Replayed 6 events.");
    assert_eq!(said.out, "");
    assert_eq!(heard(&home), ["answered-c1", "ended-c1", "ended-c2", "incoming-c1", "incoming-c2", "missed-c2"]);
    customer(&home, ["replay", "--on", "missed", "--exec", WRITE]).in_russian().said().exits(0).says("Повторено: 1 событие.");
    assert!(heard_in(&home).join("TWICE").exists());
    // What the command prints is seen.
    let names = customer(&home, ["replay", "--on", "missed", "--exec", "echo $MANGO_ENTRY_ID"]).said().exits(0);
    assert_eq!(names.out, "c2\n");
    // Without a command it prints what a hook would be told.
    let printed = customer(&home, ["replay", "--on", "missed,answered"]).said().exits(0);
    let moments: Vec<(Value, Value)> = printed
        .lines()
        .into_iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["event"].clone(), line["entry_id"].clone()))
        .collect();
    assert_eq!(moments, [(json!("answered"), json!("c1")), (json!("missed"), json!("c2"))]);
    customer(&home, ["replay", "--since", "2026-01-15", "--exec", WRITE]).said().says("Replayed 0 events.");
    customer(&home, ["replay", "--since", "whenever"]).said().exits(2);
}
