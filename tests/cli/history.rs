//! `mango history`: what is asked of the PBX, what is answered, and what happens when the PBX is not there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::*;

/// A PBX with five calls of different kinds in its history, oldest first: a conversation to and from outside, a busy one,
/// an inner one, a missed one.
fn five_calls() -> Pbx {
    let pbx = Pbx::start();
    // An incoming call to the person at the terminal waits for him; here he answers.
    pbx.control("POST", "settings", json!({ "answer_after": 2 }));
    pbx.incoming(json!({"from": "74950000020", "to": "101"}));
    for who in ["+74950000030", "Смирнов", "105"] {
        let said = pbx.mango(["call", who, "--wait", "-o", "json"]).said();
        assert!(matches!(said.code, Some(0 | 7)), "{said}");
    }
    pbx.control("POST", "people/102", json!({"behaviour": "silent"}));
    pbx.incoming(json!({"from": "74950000023", "to": "102", "line": "74950000011"}));
    pbx
}

fn numbers(said: &Said) -> Vec<String> {
    said.json().as_array().unwrap().iter().map(|call| call["number"].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn filters_find_what_they_say() {
    let pbx = five_calls();
    let found = |args: &[&str]| numbers(&pbx.mango(["-o", "json", "history"].iter().chain(args)).said().exits(0));
    let all = ["74950000023", "105", "74950000024", "74950000030", "74950000020"];
    assert_eq!(found(&[]), all, "the newest first");
    assert_eq!(found(&["--in"]), ["74950000023", "74950000020"]);
    assert_eq!(found(&["--out"]), ["74950000024", "74950000030"]);
    assert_eq!(found(&["--internal"]), ["105"]);
    assert_eq!(found(&["--in", "--internal"]), ["74950000023", "105", "74950000020"]);
    assert_eq!(found(&["--missed"]), ["74950000023"]);
    assert_eq!(found(&["--unreturned"]), ["74950000023"]);
    assert_eq!(found(&["--with", "Смирнов"]), ["74950000024"]);
    assert_eq!(found(&["--with", "8 495 000-00-30"]), ["74950000030"]);
    assert_eq!(found(&["--with", "@1"]), ["74950000023"]);
    assert_eq!(found(&["--with", "105"]), ["105"]);
    assert_eq!(found(&["--employee", "102"]), ["74950000023"]);
    assert_eq!(found(&["--employee", "101"]), &all[1..]);
    assert_eq!(found(&["--line", "+7 495 000-00-11"]), ["74950000023"]);
    assert_eq!(found(&["--min-talk", "1", "--in"]), ["74950000020"]);
    assert_eq!(found(&["--limit", "2"]), &all[..2]);
    assert_eq!(found(&["-n", "99999999999999999"]), all);
    // The days of the calls themselves: midnight may fall among them.
    let incoming = pbx.mango(["-o", "json", "history", "--in"]).said().exits(0).json();
    let days: BTreeSet<&str> = incoming.as_array().unwrap().iter().map(|call| &call["started_at"].as_str().unwrap()[..10]).collect();
    assert_eq!(days.iter().map(|day| found(&["--since", day, "--until", day, "--in"]).len()).sum::<usize>(), 2, "{days:?}");
    assert_eq!(found(&["--until", "2020-01-01"]), Vec::<String>::new());
    assert_eq!(found(&["--since", "1h", "--out", "--employee", "101", "--with", "Смирнов"]), ["74950000024"]);
    // A number in a filtered list names the same call everywhere.
    for filter in [&["--out"][..], &["--missed"], &["--in", "--internal"], &["--employee", "101"], &["--since", "2d", "--min-talk", "1"]] {
        let listed = pbx.mango(["-o", "json", "history"].iter().chain(filter)).said().exits(0).json();
        assert_ne!(listed, json!([]), "{filter:?}");
        for call in listed.as_array().unwrap() {
            let shown = pbx.mango(["-o", "json", "show", &format!("@{}", call["n"])]).said().exits(0).json();
            assert_eq!(shown["entry_id"], call["entry_id"], "{filter:?}");
        }
    }
    pbx.mango(["history", "--with", "Никтошкин"]).said().exits(3);
    pbx.mango(["history", "--with", "Ив"]).said().exits(2);

    // A missed call is returned by calling back, whether or not anybody answers.
    pbx.mango(["call", "@1", "--wait", "--yes"]).said().exits(0);
    assert_eq!(found(&["--unreturned"]), Vec::<String>::new());
    assert_eq!(found(&["--missed"]), ["74950000023"]);
}

#[test]
fn a_number_out_of_range_is_refused_in_words() {
    let home = Home::new();
    for args in [
        ["--limit", "0"],
        ["--limit", "-1"],
        ["--limit", "many"],
        ["--limit", "99999999999999999999999"],
        ["--min-talk", "-5"],
        ["--since", "soonish"],
    ] {
        let said = home.mango(["history", "--offline"].iter().chain(&args)).said().exits(2);
        assert!(said.err.contains(args[1]), "{said}");
        assert_eq!(home.mango(["-o", "json", "history", "--offline"].iter().chain(&args)).said().exits(2).error()["code"], Value::Null);
    }
    home.mango(["history", "--limit", "0"]).in_russian().said().exits(2).says("нужно целое число от 1");
    home.mango(["history", "--offline", "--since", "today", "--until", "2026-01-01"]).said().exits(2).says("must end after it begins");
    home.mango(["history", "--offline", "--since", "2100-01-01"]).in_russian().said().exits(2).says("период ещё не наступил");
}

#[test]
fn an_empty_history_is_done_in_every_format() {
    let pbx = Pbx::start();
    for (format, out) in [("table", ""), ("json", "[]\n"), ("ndjson", ""), ("tsv", "")] {
        let said = pbx.customer(["-o", format, "history"]).said().exits(0);
        assert_eq!(said.out, out, "{format}");
    }
    let csv = pbx.customer(["-o", "csv", "history"]).said().exits(0);
    assert_eq!(csv.lines(), ["n,started_at,direction,name,number,employee,employee_name,line,wait,talk,outcome,result"]);
    pbx.customer(["history"]).in_russian().said().exits(0).silent();
}

#[test]
fn every_format_tells_the_same_calls() {
    let pbx = five_calls();
    let run = |format: &str| pbx.mango(["-o", format, "history", "--offline"]).said().exits(0);
    pbx.mango(["history"]).said().exits(0);
    let json = run("json").json();
    let ndjson: Vec<Value> = run("ndjson").lines().into_iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json.as_array().unwrap(), &ndjson);
    let (csv, tsv, table) = (run("csv"), run("tsv"), run("table"));
    assert_eq!((csv.lines().len(), tsv.lines().len(), table.lines().len()), (6, 5, 6));
    for (n, call) in ndjson.iter().enumerate() {
        let number = call["number"].as_str().unwrap();
        let started_at = call["started_at"].as_str().unwrap();
        assert!(started_at.ends_with("+03:00"), "the person's own zone: {started_at}");
        for line in [csv.lines()[n + 1], tsv.lines()[n]] {
            assert!(line.contains(number) && line.contains(started_at), "{line}");
        }
        assert_eq!(tsv.lines()[n].split('\t').count(), 12);
    }
    assert!(table.out.contains("+7 495 000-00-30"), "{table}");
    for (line, part) in table.lines().iter().skip(1).zip(["@1", "@2", "@3", "@4", "@5"]) {
        assert!(line.starts_with(part), "{table}");
    }
    let russian = pbx.mango(["-o", "table", "history", "--offline"]).in_russian().said().exits(0);
    assert!(russian.out.contains("когда") && russian.out.contains("пропущен"), "{russian}");
    // Keys do not change with the language, and the variable chooses as the flag does.
    let russian = pbx.mango(["history", "--offline"]).in_russian().env("MANGO_OUTPUT", "json").said().exits(0).json();
    assert_eq!(russian[0].as_object().unwrap().keys().collect::<Vec<_>>(), json[0].as_object().unwrap().keys().collect::<Vec<_>>());
}

#[test]
fn at_n_means_the_same_call_everywhere() {
    let pbx = five_calls();
    let all = pbx.mango(["-o", "json", "history"]).said().exits(0).json();
    for (n, call) in all.as_array().unwrap().iter().enumerate() {
        let at = format!("@{}", n + 1);
        assert_eq!(call["n"], n + 1);
        let shown = pbx.mango(["-o", "json", "show", &at]).said().exits(0).json();
        assert_eq!(shown["entry_id"], call["entry_id"]);
        let preview = pbx.mango(["-o", "json", "call", &at, "--dry-run"]).said().exits(0).json();
        assert_eq!(preview["json"]["to_number"], call["number"]);
    }
}

#[test]
fn synchronising_again_doubles_nothing_and_asks_only_for_the_last_hours() {
    let pbx = Pbx::start();
    pbx.generate(300);
    let run = || pbx.customer(["-o", "json", "history", "-n", "1000"]).said().exits(0).json();
    let first = run();
    let ids: BTreeSet<&str> = first.as_array().unwrap().iter().map(|call| call["entry_id"].as_str().unwrap()).collect();
    assert_eq!((first.as_array().unwrap().len(), ids.len()), (300, 300));
    pbx.asked();
    assert_eq!(run(), first);
    let asked = pbx.asked();
    let starts: Vec<&Value> = asked.iter().filter(|(path, _)| path == "stats/calls/request").map(|(_, json)| json).collect();
    assert_eq!(starts.len(), 1);
    assert!(asked.iter().all(|(path, _)| path != "config/users/request"), "employees were asked for a moment ago");
}

#[test]
fn offline_asks_nobody() {
    let pbx = Pbx::start();
    pbx.generate(50);
    pbx.customer(["history"]).said().exits(0);
    pbx.asked();
    let calls = pbx.customer(["-o", "json", "history", "--offline", "-n", "50"]).said().exits(0).json();
    assert_eq!(calls.as_array().unwrap().len(), 50);
    assert!(pbx.asked().is_empty());
    // Not even key and salt are needed, nor is a keyring looked for.
    pbx.home.mango(["history", "--offline"]).said().exits(0);
}

#[test]
fn a_pbx_that_is_gone_is_answered_from_the_journal_with_a_note() {
    let mut pbx = Pbx::start();
    pbx.generate(50);
    let before = pbx.customer(["-o", "json", "history"]).said().exits(0).json();
    pbx.turn_off();
    let said = pbx.customer(["history"]).said().exits(0).says("unavailable (cannot reach").says("the journal was last updated");
    assert_eq!(said.lines().len(), before.as_array().unwrap().len());
    pbx.customer(["history"]).in_russian().said().exits(0).says("АТС недоступна").says("журнал обновл");
    assert_eq!(pbx.customer(["-o", "json", "history"]).said().exits(0).json(), before);
    // Who never synchronised has nothing to answer from.
    let error = pbx.invite(Home::new().mango(["-o", "json", "history"])).said().exits(5).error();
    assert_eq!(error["kind"], "unreachable");
}

#[test]
fn the_base_report_tells_the_same_calls_when_the_extended_one_is_refused() {
    let pbx = Pbx::start();
    pbx.generate(200);
    pbx.incoming(json!({"from": "74950000020", "to": "101"}));
    let run = |home: &Home| {
        home.write_config("limits = false\n");
        pbx.invite(home.mango(["-o", "json", "history", "-n", "1000"])).at_the_time_of(&pbx).said().exits(0).json()
    };
    let extended = run(&Home::new());
    pbx.fault(json!({"path": "stats/calls/request", "result": 4001, "times": 0}));
    let base = run(&Home::new());
    let told = |calls: &Value| -> Vec<Value> {
        let keys = ["entry_id", "direction", "started_at", "answered", "missed", "talk", "number", "employee"];
        calls.as_array().unwrap().iter().map(|call| keys.iter().map(|key| call[key].clone()).collect()).collect()
    };
    assert_eq!(told(&extended).len(), 201);
    // That a conference was made is told by the extended report alone; such a record has no end.
    let calls: Value = extended.as_array().unwrap().iter().filter(|call| !call["ended_at"].is_null()).cloned().collect();
    assert_eq!(told(&calls), told(&base));
    // And one after the other they make no second call.
    let home = Home::new();
    let mixed = run(&home);
    pbx.control("DELETE", "faults", json!({}));
    pbx.invite(home.mango(["history"])).said().exits(0);
    assert_eq!(told(&mixed), told(&base));
    assert_eq!(run(&home).as_array().unwrap().len(), mixed.as_array().unwrap().len());
}

#[test]
fn events_and_statistics_of_one_call_make_one_call() {
    let pbx = five_calls();
    // The last event may have come and not been read yet.
    let live = awaited("the end of every call", || {
        let live = pbx.mango(["-o", "json", "history", "--offline"]).said().exits(0).json();
        live.as_array().unwrap().iter().all(|call| call["state"] == "ended").then_some(live)
    });
    let merged = pbx.mango(["-o", "json", "history"]).at_the_time_of(&pbx).said().exits(0).json();
    assert!(merged.as_array().unwrap().iter().all(|call| !call["init_type"].is_null()), "the report alone tells it: {merged}");
    assert_eq!((live.as_array().unwrap().len(), merged.as_array().unwrap().len()), (5, 5));
    for (live, merged) in live.as_array().unwrap().iter().zip(merged.as_array().unwrap()) {
        for key in ["entry_id", "direction", "number", "answered", "missed", "talk", "employee", "command_id", "state"] {
            assert_eq!(live[key], merged[key], "{key}: {live} {merged}");
        }
    }
}

#[test]
fn two_processes_at_once_both_finish() {
    let pbx = Pbx::start();
    pbx.generate(500);
    let both = [pbx.customer(["-o", "json", "history", "-n", "600"]).start(), pbx.customer(["-o", "json", "history", "-n", "600"]).start()];
    for child in both {
        let said = Said::of(child.wait_with_output().unwrap()).exits(0);
        assert_eq!(said.json().as_array().unwrap().len(), 500);
    }
}

#[test]
fn two_processes_at_once_keep_the_limits_between_them() {
    let pbx = Pbx::with(&["--speed", "50"]);
    pbx.generate(20);
    pbx.home.write_config("");
    let both = [pbx.customer(["-v", "history"]).start(), pbx.customer(["-v", "history"]).start()];
    for child in both {
        let said = Said::of(child.wait_with_output().unwrap()).exits(0);
        assert!(!said.err.contains("← 429"), "{said}");
    }
}

#[test]
fn a_report_that_never_comes_is_given_up() {
    let pbx = Pbx::start();
    for path in ["stats/calls/result", "stats/result"] {
        pbx.fault(json!({"path": path, "status": 204, "times": 0}));
    }
    let said = pbx.customer(["-o", "json", "--timeout", "1", "history"]).said().exits(5);
    assert_eq!(said.error()["kind"], "report_not_ready");
}

#[test]
fn a_broken_report_costs_no_call_and_is_an_error() {
    let pbx = Pbx::start();
    pbx.generate(40);
    // A page, half a page and another program's JSON in place of the extended report.
    for body in ["<html>oops</html>", r#"{"status":"complete","data":[{"li"#, r#"{"status":"complete","data":"#, r#"{"hello":1}"#] {
        pbx.fault(json!({"path": "stats/calls/result", "status": 200, "body": body}));
        let error = pbx.customer(["-o", "json", "history"]).said().exits(5).error();
        assert_eq!(error["kind"], "garbled", "{body}");
    }
    // A base report that was cut within a row.
    pbx.fault(json!({"path": "stats/calls/request", "result": 4001, "times": 0}));
    let row = "[];1767259796;1767259860;1767259800;;74950000001;101;sip:user101@demo.mangosip.ru;1110;74950000010;abonent;1767259790;E1";
    for cut in [row.len() / 2, 10] {
        pbx.fault(json!({"path": "stats/result", "status": 200, "content_type": "text/csv", "body": format!("{row}\n{}", &row[..cut])}));
        let error = pbx.customer(["-o", "json", "history"]).said().exits(5).error();
        assert_eq!(error["kind"], "garbled", "{cut}");
    }
    // Nothing of all this is in the journal, and the next time everything is there.
    pbx.control("DELETE", "faults", json!({}));
    let calls = pbx.customer(["-o", "json", "history", "-n", "100"]).said().exits(0).json();
    assert_eq!(calls.as_array().unwrap().len(), 40);
}

#[test]
fn a_connection_that_breaks_within_a_report_is_asked_again() {
    let pbx = Pbx::start();
    pbx.generate(40);
    pbx.fault(json!({"path": "stats/calls/result", "truncate": true}));
    pbx.fault(json!({"path": "config/users/request", "close": true}));
    let calls = pbx.customer(["-o", "json", "history", "-n", "100"]).said().exits(0).json();
    assert_eq!(calls.as_array().unwrap().len(), 40);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let pbx = Pbx::start();
    pbx.generate(3000);
    pbx.customer(["history"]).said().exits(0);
    for format in ["table", "json", "ndjson", "csv", "tsv"] {
        let mut child = pbx.customer(["-o", format, "history", "--offline", "-n", "3000"]).start();
        let mut out = child.stdout.take().unwrap();
        std::io::Read::read_exact(&mut out, &mut [0; 10]).unwrap();
        drop(out);
        let said = Said::of(child.wait_with_output().unwrap());
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn a_full_disk_behind_stdout_is_a_failure() {
    let home = Home::new();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [vec!["-o", "json", "history", "--offline"], vec!["--help"], vec!["-o", "csv", "contact", "list"]] {
        let output = home.mango(&args).command().stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn an_employee_is_named_by_his_name_and_nobody_by_none() {
    let pbx = five_calls();
    let found = |employee: &str| pbx.mango(["-o", "json", "history", "--employee", employee]).said();
    let by_extension = found("102").exits(0).json();
    assert_ne!(by_extension, json!([]));
    assert_eq!(found("сидорова").exits(0).json(), by_extension);
    assert_eq!(found("Зюзюкин").exits(2).error()["kind"], "no_employee");
    let stats = pbx.mango(["-o", "json", "stats", "--employee", "Сидорова"]).said().exits(0).json();
    assert_eq!(stats["totals"]["calls"], by_extension.as_array().unwrap().len());
}

#[test]
fn a_period_without_a_moment_in_it_is_refused() {
    let home = Home::new();
    for (since, until) in [("2026-01-28", "2026-01-27"), ("2026-01-28T09:00", "2026-01-28T09:00"), ("2026-01-28", "2026-01-01")] {
        let error = home.mango(["-o", "json", "history", "--offline", "--since", since, "--until", until]).said().exits(2).error();
        assert_eq!(error["kind"], "period");
    }
}

#[test]
fn what_could_not_be_refreshed_says_so_to_programs_too() {
    let pbx = Pbx::start();
    pbx.generate(40);
    pbx.customer(["history", "--since", "3d"]).said().exits(0);
    let away = |args: &[&str]| pbx.customer(args).env("MANGO_API_URL", "http://127.0.0.1:1/vpbx/").said().exits(0);
    for (since, lacks) in [("3d", false), ("20d", true)] {
        let said = away(&["-o", "json", "history", "--since", since]);
        let warning: Value = serde_json::from_str(said.err.trim()).unwrap();
        assert_eq!(warning["warning"]["kind"], "stale");
        let message = warning["warning"]["message"].as_str().unwrap();
        assert!(message.contains("was last updated just now"), "{said}");
        assert_eq!(message.contains("does not have all of this period"), lacks, "{said}");
        away(&["-o", "csv", "stats", "--since", since]).says("The PBX is unavailable");
    }
    // Who does not want the PBX to be asked knows; a script hears nothing of it.
    assert_eq!(pbx.customer(["-o", "json", "history", "--since", "20d", "--offline"]).said().exits(0).err, "");
}
