//! A call is ordered at most once, wherever the wire is cut; and an API that has shut is left alone.

use serde_json::json;

use super::support::*;

/// What arrived of orders to call: the number of connections that were opened, and of requests that named the method.
fn arrived(wire: &Wire) -> (usize, usize) {
    let heard = wire.heard();
    (heard.len(), heard.iter().map(|text| text.matches("commands/callback").count()).sum())
}

/// Orders a call of a server that plays this, in both languages' worth of output; at most one order may arrive.
#[track_caller]
fn order(code: i32, kind: &str, play: impl Fn(Line) + Send + Sync + 'static) -> Said {
    let wire = Wire::start(play);
    let home = Home::new();
    let said = wire.customer(&home, ["-o", "json", "--timeout", "5", "call", "+74950000020"]).said().exits(code);
    assert_eq!(said.error()["kind"], kind, "{said}");
    let (connections, orders) = arrived(&wire);
    assert_eq!(connections, 1, "one connection, no second try: {said}");
    assert!(orders <= 1);
    said
}

#[test]
fn nobody_there_is_no_call_and_a_clear_five() {
    let free = nobodys();
    let home = Home::new();
    let run = || {
        let mango = home.mango(["-o", "json", "call", "+74950000020"]).env("MANGO_API_URL", format!("http://{free}/vpbx/"));
        mango.env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).env("MANGO_EXTENSION", "101")
    };
    let error = run().said().exits(5).error();
    assert_eq!((&error["kind"], &error["message"]), (&json!("unreachable"), &json!(format!("cannot reach {free}: connection refused"))));
    assert_eq!(run().in_russian().said().exits(5).error()["message"], format!("нет связи с {free}: в соединении отказано"));
}

#[test]
fn a_connection_that_is_closed_at_once_may_have_carried_the_order() {
    order(8, "unknown", Line::cut);
}

#[test]
fn a_cut_within_the_request_is_not_tried_again() {
    for bytes in [1, 30, 120] {
        order(8, "unknown", move |mut line| line.hear(bytes));
    }
}

#[test]
fn a_cut_within_the_body_of_the_request_is_not_tried_again() {
    order(8, "unknown", |mut line| {
        line.hear_head();
        line.hear(20);
    });
}

#[test]
fn a_cut_after_the_request_is_not_tried_again() {
    let said = order(8, "unknown", |mut line| line.hear_all());
    assert!(said.error()["hint"].as_str().unwrap().contains("not sent twice"));
}

#[test]
fn a_cut_anywhere_within_the_answer_is_not_tried_again() {
    let answer = reply("200 OK", "application/json", r#"{"result":1000}"#);
    let head = answer.find("\r\n\r\n").unwrap() + 4;
    for told in [5, 12, 17, head - 3, head, head + 7, answer.len() - 1] {
        let part = answer[..told].to_owned();
        order(8, "unknown", move |mut line| {
            line.hear_all();
            line.tell(&part);
        });
    }
}

#[test]
fn a_silent_pbx_is_waited_for_once() {
    let said = order(8, "unknown", |mut line| {
        line.hear_all();
        line.be_silent();
    });
    assert!(said.error()["message"].as_str().unwrap().contains("no answer within 5 s"));
    order(8, "unknown", |mut line| {
        line.hear_all();
        line.tell("HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"result\"");
        line.be_silent();
    });
}

#[test]
fn a_redirect_is_not_followed() {
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head = format!("HTTP/1.1 {status}\r\nlocation: /vpbx/commands/callback\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        order(8, "unknown", move |mut line| {
            line.hear_all();
            line.tell(&head);
        });
    }
}

#[test]
fn a_server_fault_leaves_it_unknown_and_a_limit_does_not() {
    for (status, code, kind) in [
        ("500 Internal Server Error", 8, "unknown"),
        ("502 Bad Gateway", 8, "unknown"),
        ("504 Gateway Timeout", 8, "unknown"),
        ("429 Too Many Requests", 5, "rate_limited"),
        ("503 Service Unavailable", 5, "rate_limited"),
    ] {
        order(code, kind, move |mut line| {
            line.hear_all();
            line.tell(&reply(status, "text/html", "<html>oops</html>"));
        });
    }
    order(5, "rate_limited", |mut line| {
        line.hear_all();
        line.tell(&reply("200 OK", "application/json", r#"{"result":5008}"#));
    });
}

#[test]
fn an_answer_that_is_no_answer_leaves_it_unknown() {
    for (kind, body) in [("text/html", "<html>Sign in to Wi-Fi</html>"), ("application/json", r#"{"result":10"#), ("text/plain", "OK")] {
        let answer = reply("200 OK", kind, body);
        order_or_accepted(body, move |mut line| {
            line.hear_all();
            line.tell(&answer);
        });
    }
}

/// A body that says nothing may be believed (vpbx-core §1.4) or not; it is never a second order.
#[track_caller]
fn order_or_accepted(body: &str, play: impl Fn(Line) + Send + Sync + 'static) {
    let wire = Wire::start(play);
    let said = wire.customer(&Home::new(), ["-o", "json", "call", "+74950000020"]).said();
    assert!(matches!(said.code, Some(0 | 8)), "{body}: {said}");
    assert!(!body.starts_with(['<', '{']) || said.code == Some(8), "{body}: {said}");
    assert_eq!(arrived(&wire), (1, 1));
}

#[test]
fn what_is_unknown_is_remembered_as_unknown() {
    let wire = Wire::start(|mut line| line.hear_all());
    let home = Home::new();
    wire.customer(&home, ["call", "+74950000020"]).in_russian().said().exits(8).says("второй раз не отправляю");
    let db = rusqlite::Connection::open(home.journal("default")).unwrap();
    let kept: (String, String) = db.query_row("SELECT outcome, target FROM commands", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept, ("unknown".into(), "74950000020".into()));
}

#[test]
fn the_journal_comes_before_the_wire() {
    // What cannot be remembered is not sent.
    let wire = Wire::replying("200 OK", "application/json", r#"{"result":1000}"#);
    let home = Home::new();
    std::fs::write(home.path().join("default"), "a file where the directory should be").unwrap();
    wire.customer(&home, ["call", "+74950000020"]).said().exits(1);
    assert_eq!(arrived(&wire).1, 0);
}

#[test]
fn a_journal_that_fails_behind_the_order_does_not_undo_it() {
    for (body, code) in [(r#"{"result":1000}"#, 0), (r#"{"result":4101}"#, 6), ("<html>", 8)] {
        let home = Home::new();
        let journal = home.journal("default");
        let wire = Wire::start(move |mut line| {
            line.hear_all();
            rusqlite::Connection::open(&journal).unwrap().execute_batch("ALTER TABLE commands RENAME TO elsewhere").unwrap();
            line.tell(&reply("200 OK", "application/json", body));
        });
        let said = wire.customer(&home, ["-o", "json", "call", "+74950000020"]).said();
        assert_eq!((said.code, arrived(&wire)), (Some(code), (1, 1)), "{body}: {said}");
        assert!(said.err.contains("commands"), "what failed is said: {said}");
    }
}

/// A call that the PBX refuses as invalid: our own checks know nothing of the names of its SIP lines.
const REFUSED: [&str; 6] = ["call", "+74950000020", "--from", "101", "--line", "no-such-line"];

#[test]
fn after_two_refusals_the_third_request_is_not_even_sent() {
    let pbx = Pbx::with(&["--speed", "1"]);
    pbx.customer(REFUSED).said().exits(6);
    // The second one shuts the API: the PBX says 401, and we know why.
    let error = pbx.customer(["-o", "json"].iter().chain(&REFUSED)).said().exits(5).error();
    assert_eq!(error["kind"], "blocked", "{error}");
    assert_eq!(pbx.orders().len(), 2);
    for args in [vec!["-o", "json", "call", "+74950000020"], vec!["-o", "json", "balance"]] {
        let said = pbx.customer(&args).said().exits(5);
        let error = said.error();
        assert_eq!(error["kind"], "blocked");
        assert!(error["message"].as_str().unwrap().contains("until "), "{said}");
    }
    pbx.customer(["balance"]).in_russian().said().exits(5).says("АТС закрыла API до ");
}

#[test]
fn two_refusals_with_an_ordinary_answer_shut_it_too() {
    let pbx = Pbx::start();
    for _ in 0..2 {
        pbx.customer(REFUSED).said().exits(6);
    }
    assert_eq!(pbx.orders().len(), 2);
    let error = pbx.customer(["-o", "json", "call", "+74950000020"]).said().exits(5).error();
    assert_eq!(error["kind"], "blocked");
    assert_eq!(pbx.asked().len(), 0, "the third is not sent");
}

#[test]
fn a_401_is_the_block_only_when_a_refusal_explains_it() {
    let wire = Wire::replying("401 Unauthorized", "application/json", r#"{"name":"Unauthorized","status":401}"#);
    let home = Home::new();
    let error = wire.customer(&home, ["-o", "json", "balance"]).said().exits(4).error();
    assert_eq!(error["kind"], "wrong_key");

    let refusing = Wire::replying("200 OK", "application/json", r#"{"result":3103,"fields":{"x":3103}}"#);
    let error = refusing.customer(&home, ["-o", "json", "balance"]).said().exits(6).error();
    assert_eq!((&error["kind"], &error["code"]), (&json!("refused"), &json!(3103)));
    let error = wire.customer(&home, ["-o", "json", "balance"]).said().exits(5).error();
    assert_eq!(error["kind"], "blocked");
    // Another PBX is another quota.
    let error = wire.customer(&home, ["-o", "json", "--profile", "other", "balance"]).said().exits(4).error();
    assert_eq!(error["kind"], "wrong_key");
}
