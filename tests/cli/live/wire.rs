//! Messages as PBXs really send them (`tests/wire`), in every form in which they travel.

use std::process::Command;

use serde_json::{Map, Value};
use snapbox::{assert_data_eq, file};

use super::listening::*;
use crate::support::*;

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn signatures_of_the_messages_are_those_of_openssl() {
    if !can_run("signatures_of_the_messages_are_those_of_openssl", &["openssl", "python3"]) {
        return;
    }
    let checked = Command::new(wire_directory().join("sign")).arg("--check").output().unwrap();
    assert!(checked.status.success(), "wrong: {}", String::from_utf8_lossy(&checked.stdout));
}

/// Somebody known by name, so that cards have one.
fn acquainted() -> Home {
    let home = Home::new();
    let create = ["contact", "create", "Иванова Мария", "+74950000020", "--company", "ООО «Северный ветер»"];
    customer(&home, create).said().exits(0);
    home
}

/// What was understood of a notification, without times of today and what is absent.
fn understood(told: &Value) -> String {
    let present = |object: &Map<String, Value>| -> Map<String, Value> {
        let is_said = |key: &str, value: &Value| !value.is_null() && !matches!(key, "id" | "received_at" | "event" | "entry_id");
        object.iter().filter(|(key, value)| is_said(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let call = told["call"].as_object().map(present);
    call.map_or_else(|| "-".into(), |call| Value::Object(call).to_string())
}

#[test]
fn every_message_is_taken_kept_word_for_word_and_understood() {
    let home = acquainted();
    let mut listening = Listening::start(&home);
    let messages = messages();
    let mut all = String::new();
    for (n, message) in messages.iter().enumerate() {
        assert_eq!(listening.form(&message.path, &message.form()), 200, "{}", message.name);
        let told = listening.told_at_least(n + 1).pop().unwrap();
        assert_eq!(told["event"], message.path);
        all += &format!("{}: {}\n", message.name, understood(&told));
    }
    assert_data_eq!(all, file!["understood.txt"]);
    let sent: Vec<(String, String)> = messages.into_iter().map(|message| (message.path, message.json)).collect();
    assert_eq!(recorded(&home), sent);
    assert_data_eq!(pages(&home), file!["pages.txt"]);
    assert_data_eq!(live(&home), file!["calls.txt"]);
    assert_eq!(listening.talk().lines().filter(|line| !line.contains("127.0.0.1:9")).count(), 0, "{}", listening.talk());
}

/// Every call's page, without the order of coming.
fn pages(home: &Home) -> String {
    let history = customer(home, ["-o", "json", "history", "--offline", "-n", "100"]).said().exits(0).json();
    let mut pages: Vec<String> = Vec::new();
    for call in history.as_array().unwrap() {
        let mut page = customer(home, ["-o", "json", "show", call["entry_id"].as_str().unwrap()]).said().exits(0).json();
        let feed: Vec<String> = page["feed"].as_array().unwrap().iter().map(|row| row["words"].as_str().unwrap().to_owned()).collect();
        let page = page.as_object_mut().unwrap();
        page.retain(|key, value| !value.is_null() && !matches!(key.as_str(), "feed" | "n"));
        page.entry("tracking").and_modify(|tracking| *tracking = without_nulls(tracking));
        let legs = page.remove("legs").unwrap();
        let legs: Vec<String> = legs.as_array().unwrap().iter().map(|leg| format!("  leg  {}\n", without_nulls(leg))).collect();
        let feed: Vec<String> = feed.into_iter().map(|words| format!("  feed {words}\n")).collect();
        pages.push(format!("{}\n{}{}", Value::Object(page.clone()), legs.concat(), feed.concat()));
    }
    pages.concat()
}

fn without_nulls(value: &Value) -> Value {
    let object = value.as_object().unwrap();
    object.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
}

/// What `calls` says, without durations.
fn live(home: &Home) -> String {
    let calls = customer(home, ["-o", "json", "calls"]).said().exits(0).json();
    let one = |call: &Value| {
        let mut call = without_nulls(call);
        call.as_object_mut().unwrap().remove("duration");
        format!("{call}\n")
    };
    calls.as_array().unwrap().iter().map(one).collect()
}

/// The same state, whatever way the messages took: `pages` without the feed, which tells the order of coming.
fn state(home: &Home) -> String {
    let order_apart = |line: &&str| !line.starts_with("  feed");
    pages(home).lines().filter(order_apart).map(|line| format!("{line}\n")).collect()
}

/// Every message once more, sent in some other way to another receiver; the same must be known in the end.
#[track_caller]
fn known_the_same(send: impl Fn(&Listening, &[Message])) {
    let known = |send: &dyn Fn(&Listening, &[Message])| {
        let home = acquainted();
        let mut listening = Listening::start(&home);
        let messages = messages();
        send(&listening, &messages);
        listening.told_at_least(messages.len());
        (state(&home), live(&home))
    };
    let plain = known(&|listening, messages| {
        messages.iter().for_each(|message| assert_eq!(listening.form(&message.path, &message.form()), 200));
    });
    assert_eq!(known(&send), plain);
}

#[test]
fn a_multipart_form_below_a_prefix_with_a_slash_at_the_end_is_the_same() {
    known_the_same(|listening, messages| {
        for message in messages {
            let fields = [("sign", &*message.sign), ("note", "nobody asked"), ("vpbx_api_key", WIRE_KEY), ("json", &*message.json)];
            let part =
                |(name, value): (&str, &str)| format!("--BoUnDaRy\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            let body = format!("{}--BoUnDaRy--\r\n", fields.map(part).concat());
            let path = format!("crm/mango/api/v1/{}/", message.path);
            let kind = "multipart/form-data; boundary=BoUnDaRy";
            assert_eq!(listening.post(&path, kind, body.as_bytes(), &[]), 200, "{}", message.name);
        }
    });
}

#[test]
fn a_form_that_was_encoded_twice_is_the_same() {
    known_the_same(|listening, messages| {
        // What is not even JSON does not show how often it was encoded.
        let (json, other): (Vec<&Message>, Vec<&Message>) = messages.iter().partition(|message| message.json.starts_with(['{', '[']));
        assert_eq!(other.len(), 1);
        assert_eq!(listening.form(&other[0].path, &other[0].form()), 200);
        for message in json {
            let twice = |text: &str| form_urlencoded(&form_urlencoded(text));
            let body = format!("vpbx_api_key={}&sign={}&json={}", twice(WIRE_KEY), message.sign, twice(&message.json));
            let kind = "application/x-www-form-urlencoded; charset=UTF-8";
            assert_eq!(listening.post(&message.path, kind, body.as_bytes(), &[]), 200, "{}", message.name);
        }
    });
}

#[test]
fn messages_backwards_and_twice_are_the_same() {
    known_the_same(|listening, messages| {
        for message in messages.iter().rev().chain(messages) {
            assert_eq!(listening.form(&message.path, &message.form()), 200, "{}", message.name);
        }
    });
}

#[test]
fn messages_all_at_once_are_the_same() {
    known_the_same(|listening, messages| {
        std::thread::scope(|scope| {
            for message in messages {
                scope.spawn(|| assert_eq!(listening.post(&message.path, FORM, message.form().as_bytes(), &[]), 200));
            }
        });
    });
}

#[test]
fn the_button_check_connection_sends_nothing_at_all() {
    let home = Home::new();
    let listening = Listening::start(&home);
    assert_eq!(listening.form("ping", ""), 200);
    assert_eq!(listening.post("any/prefix/ping/", "text/plain", b"", &[]), 200);
    assert_eq!(listening.post("ping", "multipart/form-data; boundary=x", b"--x--\r\n", &[]), 200);
    assert_eq!(recorded(&home).len(), 0);
    // What says that it is signed must be.
    assert_eq!(listening.form("ping", &sealed("{}").replace("sign=", "sign=0")), 403);
}
