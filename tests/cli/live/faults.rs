//! What comes to `listen` from strangers, from a broken wire, and from a machine in trouble.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::listening::*;
use crate::support::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends, expects this status, a line that says why, and nothing in the journal.
#[track_caller]
fn refused(status: u16, why: &str, send: impl Fn(&Listening) -> u16) {
    let home = Home::new();
    let mut listening = Listening::start(&home);
    assert_eq!(send(&listening), status);
    listening.says(why);
    assert_eq!(recorded(&home), []);
    // It goes on.
    assert_eq!(listening.send("events/call", &call("after", 1, "Appeared")), 200);
}

#[test]
fn a_forged_event_is_refused_and_changes_nothing() {
    let event = call("forged", 1, "Appeared").to_string();
    let other = event.replace("74950000020", "74950000021");
    refused(403, "events/call: WrongSign", |listening| {
        let sign = sealed(&event).split('&').find(|field| field.starts_with("sign=")).unwrap().to_owned();
        let form = sealed(&other);
        let own = form.split('&').find(|field| field.starts_with("sign=")).unwrap().to_owned();
        listening.form("events/call", &form.replace(&own, &sign))
    });
}

#[test]
fn a_foreign_key_is_refused() {
    refused(403, "ForeignKey", |listening| {
        let key = form_urlencoded(WIRE_KEY);
        listening.form("events/call", &sealed("{}").replace("wire", "mire").replace(&key, "somebody"))
    });
}

#[test]
fn a_key_is_never_said() {
    let home = Home::new();
    let mut listening = Listening::start(&home);
    assert_eq!(listening.form("events/call", "vpbx_api_key=somebodys-secret&sign=0&json={}"), 403);
    assert_eq!(listening.form("events/call", &sealed("{}").replace("sign=", "sign=0")), 403);
    listening.says("WrongSign");
    for secret in [WIRE_KEY, WIRE_SALT, "somebodys-secret"] {
        assert!(!listening.talk().contains(secret), "{}", listening.talk());
    }
}

#[test]
fn an_empty_body_and_missing_fields_are_no_event() {
    refused(400, "a field is missing", |listening| listening.form("events/call", ""));
    refused(400, "a field is missing", |listening| listening.form("events/call", &sealed("{}").replace("sign=", "sine=")));
    refused(400, "a field is missing", |listening| listening.form("result/callback", "json={}"));
    refused(400, "a field is missing", |listening| listening.post("events/call", "application/json", b"{\"json\":{}}", &[]));
    refused(400, "no form", |listening| listening.post("events/call", "multipart/form-data", b"", &[]));
    refused(400, "no form", |listening| listening.post("events/call", "multipart/form-data; boundary=x", b"--x\r\ncut", &[]));
}

#[test]
fn what_is_not_utf_8_is_no_event() {
    refused(403, "WrongSign", |listening| {
        let mut form = sealed(r#"{"entry_id":"#).into_bytes();
        form.extend([0xff, 0xfe, b'%', b'C', b'3', b'%']);
        listening.post("events/call", FORM, &form, &[])
    });
}

#[test]
fn other_paths_are_not_there() {
    refused(404, "unknown path", |listening| listening.form("myevents/call", &sealed("{}")));
    refused(404, "unknown path", |listening| listening.form("", &sealed("{}")));
    refused(404, "unknown path", |listening| listening.form("robots.txt", ""));
}

#[test]
fn ten_mebibytes_are_too_much() {
    let home = Home::new();
    let mut listening = Listening::start(&home);
    let huge = sealed(&json!({"entry_id": "huge", "call_id": "x".repeat(10 << 20)}).to_string());
    // The answer may be lost when the other side goes on to send what nobody reads.
    let status = Connection::to(listening.address).post("events/call", FORM, huge.as_bytes(), &[]);
    assert!(matches!(status, Some(413) | None), "{status:?}");
    listening.says("413");
    let large = json!({"entry_id": "large", "call_id": "leg", "note": "x".repeat(900 << 10)});
    assert_eq!(listening.send("events/call", &large), 200);
    assert_eq!(recorded(&home), [("events/call".to_owned(), large.to_string())]);
}

#[test]
fn a_body_that_stops_half_way_is_given_up_and_delays_nobody() {
    let home = Home::new();
    let mut listening = Listening::start(&home);
    let mut slow = Connection::to(listening.address);
    slow.write(b"POST /events/call HTTP/1.1\r\nhost: pbx\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 500\r\n\r\njson=%7B");
    let mut cut = Connection::to(listening.address);
    cut.write(b"POST /events/call HTTP/1.1\r\nhost: pbx\r\ncontent-length: 500\r\n\r\njson");
    drop(cut);
    for event in whole_call("meanwhile") {
        assert_eq!(listening.send("events/call", &event), 200);
    }
    assert_eq!(slow.answer(), Some(408));
    listening.says("too slow");
    assert_eq!(recorded(&home).len(), 3);
}

#[test]
fn only_the_addresses_that_were_named_are_admitted() {
    let home = Home::new();
    let event = call("e", 1, "Appeared");
    let sent = |args: &[&str], forwarded: &[&str]| {
        let listening = Listening::with(&home, args);
        let headers: Vec<(&str, &str)> = forwarded.iter().map(|value| ("X-Forwarded-For", *value)).collect();
        listening.post("events/call", FORM, sealed(&event.to_string()).as_bytes(), &headers)
    };
    let pbx = "81.88.80.132";
    assert_eq!(sent(&["--allow-ip", "127.0.0.1"], &[]), 200);
    assert_eq!(sent(&["--allow-ip", "10.0.0.1", "--allow-ip", "127.0.0.1"], &[]), 200);
    assert_eq!(sent(&["--allow-ip", "10.0.0.1"], &[]), 403);
    assert_eq!(sent(&["--allow-ip", "mango"], &[pbx]), 403, "anybody can write a header");
    let behind = ["--allow-ip", "mango", "--trusted-proxy", "127.0.0.1"];
    for address in ["81.88.80.132", "81.88.80.133", "81.88.82.36", "81.88.82.44", "81.88.82.45"] {
        assert_eq!(sent(&behind, &[address]), 200);
    }
    assert_eq!(sent(&behind, &[]), 403);
    assert_eq!(sent(&behind, &["nonsense"]), 403);
    assert_eq!(sent(&behind, &["6.6.6.6, 81.88.80.132"]), 200, "the last one is the proxy's own word");
    assert_eq!(sent(&behind, &["81.88.80.132, 6.6.6.6"]), 403);
    assert_eq!(sent(&behind, &[pbx, "6.6.6.6"]), 403, "a header of the proxy's own after the forged one");
    assert_eq!(sent(&["--allow-ip", "mango", "--trusted-proxy", "10.0.0.1"], &[pbx]), 403, "another proxy");
}

#[test]
fn a_port_that_is_taken_is_a_wrong_command_line() {
    let home = Home::new();
    let first = Listening::start(&home);
    let address = first.address.to_string();
    let listen = || customer(&home, ["listen", "--bind", &address]);
    listen().said().exits(2).says(&format!("address {address} is already in use"));
    listen().in_russian().said().exits(2).says(&format!("адрес {address} уже занят"));
    // The first one did not notice.
    assert_eq!(first.send("events/call", &call("e", 1, "Appeared")), 200);
}

#[test]
fn listening_needs_key_and_salt() {
    let home = Home::new();
    customer(&home, ["listen"]).without("MANGO_API_KEY").without("MANGO_API_SALT").said().exits(4);
}

#[test]
fn events_come_over_https() {
    if !can_run("events_come_over_https", &["openssl", "curl"]) {
        return;
    }
    let home = Home::new();
    make_certificate(home.path());
    let path = |name: &str| home.path().join(name).display().to_string();
    let mut listening = Listening::with(&home, &["--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")]);
    let port = listening.address.port();
    let event = call("tls", 1, "Appeared");
    let done = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--cacert", &path("cert.pem"), "-o", "/dev/null", "-w", "%{http_code}"])
        .args(["--resolve", &format!("localhost:{port}:127.0.0.1"), "-d", &sealed(&event.to_string())])
        .arg(format!("https://localhost:{port}/mango/events/call"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stdout), "200", "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(listening.told_at_least(1)[0]["call"]["entry_id"], "tls");
    // Who does not speak TLS is not answered, and stops nothing.
    assert_eq!(Connection::to(listening.address).post("events/call", FORM, sealed(&event.to_string()).as_bytes(), &[]), None);
    assert_eq!(listening.stop(), Some(0));
    let missing = customer(&home, ["listen", "--bind", "127.0.0.1:0", "--tls-cert", "nowhere.pem", "--tls-key", "key.pem"]).said();
    assert_ne!(missing.code, Some(0));
    assert!(missing.err.contains("nowhere.pem"), "{missing}");
}

#[test]
fn being_told_to_stop_is_an_ordinary_end_after_the_last_answer() {
    for name in ["TERM", "INT"] {
        let home = Home::new();
        let listening = Listening::start(&home);
        let event = sealed(&call("last", 1, "Appeared").to_string());
        let mut begun = Connection::to(listening.address);
        let length = event.len();
        let head = format!(
            "POST /events/call HTTP/1.1\r\nhost: pbx\r\ncontent-type: {FORM}\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        );
        begun.write(head.as_bytes());
        assert_eq!(begun.answer(), Some(100), "the body is waited for");
        begun.write(&event.as_bytes()[..20]);
        signal(listening.id(), name);
        std::thread::sleep(Duration::from_millis(100));
        begun.write(&event.as_bytes()[20..]);
        assert_eq!(begun.answer(), Some(200), "{name}");
        drop(begun);
        assert_eq!(listening.stop(), Some(0));
        assert_eq!(recorded(&home).len(), 1);
    }
}

#[test]
fn a_journal_that_another_process_writes_is_waited_for_and_then_the_pbx_is_told() {
    let home = Home::new();
    let mut listening = Listening::start(&home);
    let mut db = rusqlite::Connection::open(home.journal("default")).unwrap();
    let mut hold = |until: &dyn Fn()| {
        let held = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
        until();
        held.rollback().unwrap();
    };
    let to = listening.address;
    let send = move |seq| post(to, "events/call", FORM, sealed(&call("waits", seq, "Appeared").to_string()).as_bytes(), &[]);
    let (tell, told) = std::sync::mpsc::channel();
    hold(&|| {
        let tell = tell.clone();
        std::thread::spawn(move || tell.send(send(1)).unwrap());
        std::thread::sleep(Duration::from_millis(300));
        assert!(told.try_recv().is_err(), "answered before it was written");
    });
    assert_eq!(told.recv(), Ok(200));
    hold(&|| assert_eq!(send(2), 503));
    listening.says("is locked by another program");
    assert_eq!(send(2), 200);
    assert_eq!(recorded(&home).len(), 2);
    let told = listening.told_at_least(2);
    assert_eq!(told.len(), 2);
}

#[test]
fn a_full_disk_is_told_to_the_pbx_and_ends_nothing() {
    if !can_run("a_full_disk_is_told_to_the_pbx_and_ends_nothing", &["prlimit"]) {
        return;
    }
    let home = Home::new();
    let mut listening = Listening::of(|bind| {
        customer(&home, ["-o", "ndjson", "listen", "--bind", bind]).under("sh", &["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
    });
    let id = listening.id().to_string();
    let room = |size: &str| {
        let limit = format!("--fsize={size}:");
        assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
    };
    assert_eq!(listening.send("events/call", &call("disk", 1, "Appeared")), 200);
    room("4096");
    assert_eq!(listening.send("events/call", &call("disk", 2, "Connected")), 503);
    assert_eq!(listening.send("events/call", &call("disk", 3, "Disconnected")), 503);
    listening.says("no room on the disk");
    let complaints = listening.talk().matches("no room on the disk").count();
    // Nor does it end when it says by itself that it is there, which it does every five seconds.
    listening.until("the next complaint", |listening| (listening.talk().matches("no room on the disk").count() > complaints).then_some(()));
    room("unlimited");
    assert_eq!(listening.send("events/call", &call("disk", 2, "Connected")), 200);
    assert_eq!(listening.send("events/call", &call("disk", 3, "Disconnected")), 200);
    let told = listening.told_at_least(3);
    assert_eq!(told[2]["call"]["state"], "ended");
    assert_eq!(listening.stop(), Some(0));
    assert_eq!(recorded(&home).len(), 3);
}

#[test]
fn hostile_names_reach_no_terminal() {
    let home = Home::new();
    let name = "Иванова\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\r\u{202e}";
    customer(&home, ["contact", "create", name, "+74950000020", "--company", "\u{1b}[5mООО"]).said().exits(0);
    let listening = Listening::of(|bind| customer(&home, ["-o", "tsv", "listen", "--bind", bind]));
    let mut event = call("hostile", 1, "Appeared");
    event["to"]["extension"] = json!("\u{1b}[31m101");
    event["call_id"] = json!("\u{1b}c");
    assert_eq!(listening.send("events/call", &event), 200);
    event["call_state"] = json!("\u{1b}[7mParked");
    event["seq"] = json!(2);
    assert_eq!(listening.send("events/call", &event), 200);
    assert_eq!(listening.form("events/%1b]0;x%07", ""), 400);
    let mut listening = listening;
    let lines = listening.until("both lines", |listening| Some(listening.lines()).filter(|lines| lines.len() >= 2));
    assert!(lines[0].contains("Иванова"), "{lines:?}");
    let said = format!("{}{}", lines.concat(), listening.talk().replace('\n', ""));
    assert!(!said.contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
}

#[test]
fn what_cannot_be_shown_is_received() {
    for sink in ["1>/dev/full", "2>/dev/full"] {
        let home = Home::new();
        let listening = Listening::of(|bind| {
            let mango = customer(&home, ["listen", "--bind", bind]);
            mango.under("sh", &["-c", &format!("exec \"$@\" {sink}"), "sh"])
        });
        for n in 0..20 {
            for event in whole_call(&format!("c{n}")) {
                assert_eq!(listening.send("events/call", &event), 200, "{sink}");
            }
        }
        assert_eq!(recorded(&home).len(), 60, "{sink}");
    }
}
