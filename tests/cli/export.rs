//! `history` over long periods: what was taken in before an interruption is not asked for again, and a report that goes is started again.

use serde_json::{Value, json};

use super::support::*;

/// Starts of reports among what was asked: offsets of the extended one, and how many of the base one.
fn starts(asked: &[(String, Value)]) -> (Vec<i64>, usize) {
    let extended = asked.iter().filter(|(path, _)| path == "stats/calls/request");
    (extended.map(|(_, json)| json["offset"].as_i64().unwrap()).collect(), asked.iter().filter(|(path, _)| path == "stats/request").count())
}

fn exported(pbx: &Pbx) -> Said {
    pbx.customer(["-o", "ndjson", "history", "--since", "25d"]).said()
}

#[test]
fn a_killed_export_goes_on_where_it_was() {
    let pbx = Pbx::with(&["--speed", "1"]);
    // Limits on: a page takes two seconds, so that there is time to kill.
    pbx.home.write_config("");
    pbx.control("POST", "generate", json!({"calls": 12_000, "days": 20, "seed": 1}));
    pbx.control("POST", "settings", json!({"report_delay": 0}));
    let period = ["-o", "ndjson", "history", "--since", &days_ago(25), "--until", &days_ago(2)];
    let export = || pbx.customer(period);
    let mut child = export().start();
    awaited("a page in the journal", || pages(&pbx.home));
    child.kill().unwrap();
    child.wait().unwrap();
    pbx.asked();
    let whole = export().said().exits(0);
    let (offsets, _) = starts(&pbx.asked());
    assert!(!offsets.contains(&0) && offsets.contains(&10_000), "{offsets:?}");
    let fresh = Home::new();
    fresh.write_config("limits = false\n");
    let again = pbx.invite(fresh.mango(period)).said().exits(0);
    assert!(whole.lines().len() > 10_000, "{}", whole.lines().len());
    assert_eq!(whole.lines().len(), again.lines().len(), "each call once");
    pbx.asked();
    export().said().exits(0);
    assert_eq!(starts(&pbx.asked()), (vec![], 0), "what is there is not asked for again");
}

/// Pages of the window that is under way.
fn pages(home: &Home) -> Option<i64> {
    let db = rusqlite::Connection::open_with_flags(home.journal("default"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    db.query_row("SELECT pages FROM begun", [], |row| row.get(0)).ok()
}

#[test]
fn a_report_whose_key_expires_is_started_again() {
    for gone in [
        json!({"path": "stats/calls/result", "status": 404, "content_type": "application/json", "body": r#"{"result":3300,"status":"not-found"}"#}),
        json!({"path": "stats/calls/result", "status": 404, "body": "<html>"}),
        json!({"path": "stats/calls/result", "status": 200, "body": r#"{"result":1000,"status":"not-found"}"#}),
        json!({"path": "stats/calls/result", "result": 5004}),
    ] {
        let pbx = Pbx::start();
        pbx.generate(40);
        // Twice: an expired key is no invalid request, two of which would shut the API.
        pbx.fault(gone.clone());
        pbx.fault(gone);
        assert_eq!(exported(&pbx).exits(0).lines().len(), 40);
        assert_eq!(starts(&pbx.asked()), (vec![0; 3], 0));
    }
}

#[test]
fn a_report_that_always_goes_is_replaced_by_the_base_one() {
    let pbx = Pbx::start();
    pbx.generate(40);
    pbx.fault(json!({"path": "stats/calls/result", "result": 5004, "times": 0}));
    assert!(exported(&pbx).exits(0).lines().len() > 30);
    assert_eq!(starts(&pbx.asked()), (vec![0; 3], 1));
}

#[test]
fn an_invalid_request_is_not_followed_by_another() {
    let pbx = Pbx::start();
    pbx.generate(40);
    pbx.fault(json!({"path": "stats/calls/request", "result": 3103, "times": 0}));
    let error = pbx.customer(["-o", "json", "history", "--since", "25d"]).said().exits(6).error();
    assert_eq!(error["code"], 3103);
    assert_eq!(starts(&pbx.asked()), (vec![0], 0));
}

#[test]
fn part_of_a_report_is_no_report() {
    let pbx = Pbx::start();
    pbx.generate(40);
    let part =
        r#"{"result":1000,"status":"work","data":[{"list":[{"entry_id":"part","context_type":1,"context_start_time":1767259790}]}]}"#;
    pbx.fault(json!({"path": "stats/calls/result", "status": 200, "content_type": "application/json", "body": part}));
    pbx.fault(json!({"path": "stats/calls/result", "status": 204, "times": 2, "retry_after": 1}));
    let said = exported(&pbx).exits(0);
    assert_eq!(said.lines().len(), 40);
    assert!(!said.out.contains("\"part\""));
    assert_eq!(starts(&pbx.asked()), (vec![0], 0));
}

#[test]
fn a_period_of_years_a_reversed_one_and_one_to_come() {
    let pbx = Pbx::start();
    pbx.control("POST", "generate", json!({"calls": 300, "days": 700, "seed": 1}));
    let csv = pbx.customer(["-o", "csv", "history", "--since", "800d"]).said().exits(0);
    assert_eq!(csv.lines().len(), 301);
    let starts = starts(&pbx.asked()).0.len();
    assert!((28..=30).contains(&starts), "windows of less than thirty days: {starts}");
    let said = |args: &[&str]| pbx.customer(["history"].iter().chain(args)).in_russian().said().exits(2);
    said(&["--since", "2090-01-01"]).says("период ещё не наступил");
    said(&["--since", "yesterday", "--until", "2026-01-01"]).says("период должен кончаться позже, чем начинается");
}
