//! `mango show`: the page of one call.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use super::support::*;

#[test]
fn a_call_of_mine_says_who_created_it_and_how_it_went() {
    let pbx = Pbx::start();
    pbx.mango(["call", "Иванова", "--wait"]).said().exits(0);
    pbx.mango(["history"]).said().exits(0);
    let page = pbx.mango(["-o", "json", "show"]).said().exits(0).json();
    assert_eq!(page["from"], "Петров Иван, ext. 101");
    assert_eq!(page["to"], "Иванова Мария, +7 495 000-00-20");
    assert_eq!((&page["direction"], &page["answered"], &page["talk"]), (&json!("outgoing"), &json!(true), &json!(6)));
    assert_eq!(page["created_by_words"], "an API command");
    assert_eq!(page["recordings"].as_array().unwrap().len(), 1);
    assert!(!page["legs"].as_array().unwrap().is_empty());
    let said = pbx.mango(["-o", "table", "show", "@1"]).in_russian().said();
    assert_data_eq!(
        said.to_string(),
        str![[r#"
звонок       [..]
кто          Петров Иван, доб. 101
кому         Иванова Мария, +7 495 000-00-20
направление  исходящий
создан       команда API
...
разговор     0:06
...
exit 0

"#]]
    );
}

#[test]
fn a_call_is_named_by_its_id_or_the_beginning_of_it() {
    let pbx = Pbx::start();
    pbx.generate(30);
    let calls = pbx.customer(["-o", "json", "history", "-n", "30"]).said().exits(0).json();
    let id = calls[3]["entry_id"].as_str().unwrap();
    pbx.asked();
    let shown = |call: &str| pbx.customer(["-o", "json", "show", call]).said();
    assert_eq!(shown(id).exits(0).json()["entry_id"], id);
    let unique = (1..=id.len())
        .map(|n| &id[..n])
        .find(|part| calls.as_array().unwrap().iter().filter(|call| call["entry_id"].as_str().unwrap().starts_with(part)).count() == 1);
    assert_eq!(shown(unique.unwrap()).exits(0).json()["entry_id"], id);
    // All ids of one PBX begin alike.
    let error = shown(&id[..1]).exits(3).error();
    assert_eq!(error["kind"], "many_calls");
    assert!(error["candidates"].as_array().unwrap().len() > 1);
    for none in ["@31", "@0", "@-1", "%", "_", "nonsense", "\u{1b}[31m", "@\u{661}"] {
        let said = shown(none).exits(3);
        assert_eq!(said.error()["kind"], "no_call");
        assert!(!said.err.contains('\u{1b}'));
    }
    pbx.customer(["show", "@31"]).in_russian().said().exits(3).says("нет такого звонка: @31");
    assert!(pbx.asked().iter().all(|(path, _)| path != "stats/calls/request"), "the journal has them");
}

#[test]
fn a_missed_call_shows_who_was_rung_and_a_group_its_name() {
    let pbx = Pbx::start();
    for extension in ["101", "102", "103"] {
        pbx.control("POST", &format!("people/{extension}"), json!({"behaviour": "silent"}));
    }
    pbx.incoming(json!({"from": "74950000020", "to": "300"}));
    pbx.mango(["history"]).said().exits(0);
    let page = pbx.mango(["-o", "json", "show"]).said().exits(0).json();
    assert_eq!((&page["direction"], &page["missed"], &page["answered"]), (&json!("incoming"), &json!(true), &json!(false)));
    assert_eq!(page["from"], "Иванова Мария, +7 495 000-00-20");
    assert!(page["group"].is_string(), "{page}");
    assert_eq!(page["recordings"], json!([]));
}

#[test]
fn an_empty_journal_has_no_last_call() {
    let home = Home::new();
    assert_eq!(home.mango(["-o", "json", "show"]).said().exits(3).error()["kind"], "no_call");
}

#[test]
fn an_unknown_reason_keeps_its_number() {
    let pbx = Pbx::start();
    let report = json!({"result": 1000, "status": "complete", "data": [{"list": [{
        "entry_id": "E-1", "context_type": "1", "context_status": "0", "caller_number": "74950000020", "called_number": "74950000010",
        "context_start_time": "1768380000", "duration": "7.0", "context_calls": [{"call_type": "user", "call_end_reason": "98765", "call_end_time": 1768380007, "members": null}],
    }]}]});
    pbx.fault(json!({"path": "stats/calls/result", "status": 200, "content_type": "application/json", "body": report.to_string()}));
    let calls = pbx.customer(["-o", "json", "history", "--since", "2026-01-10", "--until", "2026-01-20"]).at_noon().said().exits(0).json();
    assert_eq!((&calls[0]["reason"], &calls[0]["started_at"]), (&json!(98765), &json!("2026-01-14T11:40:00+03:00")));
    let page = pbx.customer(["-o", "table", "show"]).in_russian().said().exits(0);
    assert!(page.out.contains("98765"), "{page}");
}
