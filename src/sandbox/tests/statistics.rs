//! Both statistics (vpbx-core §6).

use super::super::clock::moscow_time;
use super::*;

/// `DD.MM.YYYY HH:MM:SS` in Moscow.
fn moscow(second: i64) -> String {
    let text = moscow_time(second);
    format!("{}.{}.{} {}", &text[8..10], &text[5..7], &text[..4], &text[11..])
}

fn now() -> i64 {
    crate::time::now().as_second()
}

/// The last 29 days and a little of the future, for a clock that runs ahead.
fn month() -> Value {
    json!({"start_date": moscow(now() - 28 * 86_400), "end_date": moscow(now() + 86_400), "limit": 5000, "offset": 0})
}

fn with(change: Value) -> Value {
    let mut order = month();
    change.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
    order
}

async fn fetch(stage: &Stage, order: Value) -> Value {
    let started = stage.ask("stats/calls/request/", order).await;
    assert!(started["key"].is_string(), "{started}");
    loop {
        // The whole earlier answer is sent back, as some clients do.
        let answer = stage.ask("stats/calls/result/", started.clone()).await;
        if answer["status"] != "work" {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

fn calls(answer: &Value) -> Vec<Value> {
    answer["data"].as_array().unwrap().iter().flat_map(|chunk| chunk["list"].as_array().unwrap().clone()).collect()
}

async fn with_history(count: u64) -> Stage {
    let stage = Stage::new().await;
    stage.control("generate", json!({"calls": count, "days": 20, "seed": 3})).await;
    stage
}

#[tokio::test]
async fn a_finished_call_is_in_both_statistics() {
    let stage = Stage::new().await;
    let story = stage.call("74950000020").await;
    let (heard, legs) = (summary(&story), story.iter().filter(|(path, _)| path == "events/call").collect::<Vec<_>>());
    let [call] = calls(&fetch(&stage, month()).await).try_into().unwrap();
    assert_eq!(call["entry_id"], heard["entry_id"]);
    assert_eq!((&call["context_type"], &call["context_status"], &call["talk_duration"]), (&json!(2), &json!(1), &json!(6)));
    assert_eq!((&call["caller_id"], &call["caller_name"]), (&json!(400000101), &json!("Петров Иван")));
    assert_eq!((&call["called_number"], &call["context_start_time"]), (&json!("74950000020"), &heard["create_time"]));
    let leg = call["context_calls"].as_array().unwrap().last().unwrap();
    assert_eq!((&leg["external_call_id"], &leg["call_type"]), (&legs.last().unwrap().1["call_id"], &json!("number")));
    assert_eq!(leg["call_answer_time"], heard["talk_time"]);
    let recording = &story.iter().find(|(path, _)| path == "events/recording").unwrap().1["recording_id"];
    assert_eq!(leg["recording_id"], json!([recording]));

    let from = heard["create_time"].as_i64().unwrap();
    let table = table(&stage, json!({"date_from": from, "date_to": from + 60, "fields": "entry_id, records,answer"})).await;
    let expected = format!("{};[{}];{}\r\n", heard["entry_id"].as_str().unwrap(), recording.as_str().unwrap(), heard["talk_time"]);
    assert!(table.ends_with(&expected), "{table}");
}

#[tokio::test]
async fn an_order_is_checked_like_the_pbx_checks_it() {
    let stage = Stage::new().await;
    let (day, start) = (86_400, now() - 40 * 86_400);
    let period = |length: i64| json!({"start_date": moscow(start), "end_date": moscow(start + length)});
    for (change, result) in [
        (json!({"limit": null}), 3103),
        (json!({"offset": null}), 3103),
        (json!({"start_date": null}), 3103),
        (json!({"end_date": ""}), 3103),
        (json!({"limit": 200}), 3104),
        (json!({"offset": -1}), 3104),
        (json!({"start_date": "2026-01-01 00:00:00"}), 3104),
        (json!({"start_date": 1_767_225_600}), 3104),
        (json!({"context_type": 4}), 3104),
        (json!({"context_status": 2}), 3104),
        (json!({"search_string": "49"}), 3104),
        (json!({"user_ids": ["abc"]}), 3104),
        (json!({"recall_status": 1}), 3100),
        (json!({"recall_status": 1, "context_type": 1, "context_status": 1}), 3100),
        (period(30 * day), 3100),
        (period(-1), 3111),
    ] {
        let answer = stage.ask("stats/calls/request", with(change.clone())).await;
        assert_eq!(answer["result"], result, "{change}: {answer}");
    }
    let month = stage.ask("stats/calls/request", with(period(30 * day))).await;
    assert_eq!(month["fields"], json!({"end_date": 3111}));
    for change in [
        period(30 * day - 1),
        json!({"limit": "5000", "offset": "0"}),
        json!({"context_type": [1, 2]}),
        json!({"context_type": "1", "context_status": "0", "recall_status": "2"}),
        json!({"start_date": moscow(now())[..10].to_owned()}),
    ] {
        let answer = stage.ask("stats/calls/request", with(change.clone())).await;
        assert!(answer["key"].is_string(), "{change}: {answer}");
    }
}

#[tokio::test]
async fn a_report_is_worked_on_then_ready_or_failed_or_unknown() {
    let stage = Stage::with(|settings| Settings { speed: 1.0, ..settings }).await;
    stage.control("settings", json!({"report_delay": 3600})).await;
    let started = stage.ask("stats/calls/request", month()).await;
    assert_eq!(stage.ask("stats/calls/result", started.clone()).await, json!({"result": 1000, "status": "work", "data": []}));
    stage.control("settings", json!({"report_delay": 0})).await;
    assert_eq!(fetch(&stage, month()).await, json!({"result": 1000, "status": "complete", "data": []}));
    let failed = fetch(&stage, with(json!({"user_ids": ["400000101"]}))).await;
    assert_eq!((&failed["result"], &failed["status"]), (&json!(5004), &json!("error")));
    assert_eq!(stage.send("stats/calls/result", r#"{"key":"nonsense"}"#).await.0, 404);
    assert_eq!(stage.send("stats/result", &started.to_string()).await.0, 404, "a key of the other kind");
    assert_eq!(stage.ask("stats/calls/result", json!({})).await["result"], 3103);
}

#[tokio::test]
async fn pages_join_without_gaps_or_repeats() {
    let stage = with_history(3210).await;
    let all = calls(&fetch(&stage, month()).await);
    assert_eq!(all.len(), 3210);
    let starts: Vec<i64> = all.iter().map(|call| call["context_start_time"].as_i64().unwrap()).collect();
    assert!(starts.is_sorted() && *starts.last().unwrap() < now());
    let mut paged = Vec::new();
    for offset in (0..).step_by(1000) {
        let page = calls(&fetch(&stage, with(json!({"limit": 1000, "offset": offset}))).await);
        let last = page.len() < 1000;
        paged.extend(page);
        if last {
            break;
        }
    }
    assert_eq!(paged, all);
    let nowhere = Stage::new().await;
    assert!(calls(&fetch(&nowhere, with(json!({"offset": 10}))).await).is_empty());
    // A page in the middle that nobody came to from the one before it, with a filter and without.
    let fresh = with_history(3210).await;
    let plain = calls(&fetch(&fresh, with(json!({"limit": 5, "offset": 2000}))).await);
    let filtered = calls(&fetch(&fresh, with(json!({"limit": 5, "offset": 700, "context_type": 1}))).await);
    let all = calls(&fetch(&fresh, month()).await);
    let incoming: Vec<_> = all.iter().filter(|call| call["context_type"] == 1).cloned().collect();
    assert_eq!((plain.as_slice(), filtered.as_slice()), (&all[2000..2005], &incoming[700..705]));
}

#[tokio::test]
async fn a_page_follows_what_was_added_since_the_page_before_it() {
    let stage = with_history(100).await;
    let mut order = with(json!({"limit": 50}));
    assert_eq!(calls(&fetch(&stage, order.clone()).await).len(), 50);
    stage.control("generate", json!({"calls": 100, "days": 20, "seed": 4})).await;
    stage.call("74950000024").await;
    let all = calls(&fetch(&stage, month()).await);
    assert_eq!(all.len(), 201);
    for offset in [50, 200] {
        order["offset"] = json!(offset);
        assert_eq!(calls(&fetch(&stage, order.clone()).await), all[offset..201.min(offset + 50)], "{offset}");
    }
}

#[tokio::test]
async fn totals_are_those_of_the_day_and_not_of_the_page() {
    let stage = with_history(900).await;
    let whole = fetch(&stage, month()).await;
    let sum: i64 = whole["data"].as_array().unwrap().iter().map(|chunk| chunk["total_calls_count"].as_i64().unwrap()).sum();
    assert_eq!(sum, 900);
    for chunk in whole["data"].as_array().unwrap() {
        let of_day = chunk["list"].as_array().unwrap();
        let talks: i64 = of_day.iter().filter_map(|call| call["talk_duration"].as_i64()).sum();
        assert_eq!((chunk["total_talks_duration"].as_i64(), chunk["total_calls_count"].as_u64()), (Some(talks), Some(of_day.len() as u64)));
        let first = of_day[0]["context_start_time"].as_i64().unwrap();
        assert_eq!(chunk["period"].as_str().unwrap(), &moscow_time(first)[..10]);
    }
    let page = fetch(&stage, with(json!({"limit": 5, "offset": 400}))).await;
    let same_day = whole["data"].as_array().unwrap().iter().find(|chunk| chunk["period"] == page["data"][0]["period"]).unwrap();
    assert_eq!(page["data"][0]["total_calls_count"], same_day["total_calls_count"]);
    assert!(same_day["total_calls_count"].as_u64() > Some(5));
}

#[tokio::test]
async fn filters_keep_exactly_what_they_name() {
    let stage = with_history(2500).await;
    let all = calls(&fetch(&stage, month()).await);
    let legs = |call: &Value| {
        let top = call["context_calls"].as_array().unwrap().clone();
        let members: Vec<Value> = top.iter().filter_map(|leg| leg["members"].as_array()).flatten().cloned().collect();
        [top, members].concat()
    };
    type Keeps<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let filters: Vec<(Value, Keeps)> = vec![
        (json!({"context_type": 3}), Box::new(|call| call["context_type"] == 3)),
        (json!({"context_type": [1, 2], "context_status": 0}), Box::new(|call| call["context_type"] != 3 && call["context_status"] == 0)),
        (
            json!({"context_type": 1, "context_status": 0, "recall_status": 1}),
            Box::new(|call| call["context_type"] == 1 && call["context_status"] == 0 && call["recall_status"] == 1),
        ),
        (
            json!({"user_ids": [400000102, 400000108]}),
            Box::new(|call| {
                let ids = [json!(400000102), json!(400000108)];
                let rung = |leg: &Value| leg["call_type"] == "user" && ids.contains(&leg["call_abonent_id"]);
                ids.contains(&call["caller_id"]) || legs(call).iter().any(rung)
            }),
        ),
        (json!({"group_ids": [400000301]}), Box::new(|call| legs(call).iter().any(|leg| leg["call_abonent_id"] == 400000301))),
        (json!({"search_string": "74950000020"}), Box::new(|call| call.to_string().contains("\"74950000020\""))),
    ];
    for (filter, keeps) in filters {
        let expected: Vec<_> = all.iter().filter(|call| keeps(call)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{filter}: {} of {}", expected.len(), all.len());
        assert_eq!(calls(&fetch(&stage, with(filter.clone())).await), expected, "{filter}");
    }
}

#[tokio::test]
async fn the_history_is_believable() {
    let stage = with_history(4000).await;
    let all = calls(&fetch(&stage, month()).await);
    let share = |keeps: &dyn Fn(&Value) -> bool| all.iter().filter(|call| keeps(call)).count() * 100 / all.len();
    assert!((50..70).contains(&share(&|call| call["context_type"] == 1)));
    assert!((25..45).contains(&share(&|call| call["context_type"] == 2)));
    assert!((60..85).contains(&share(&|call| call["context_status"] == 1)));
    let distinct: std::collections::HashSet<&str> = all.iter().map(|call| call["caller_number"].as_str().unwrap()).collect();
    assert!(distinct.len() > 500, "{}", distinct.len());
    let ids: std::collections::HashSet<&str> = all.iter().map(|call| call["entry_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len());
    let service = all.iter().find(|call| call["duration"].is_null()).expect("a service row now and then");
    assert!(service["context_calls"][0]["call_end_time"].is_null() && service["context_calls"][0]["call_answer_time"].is_null());
    let group = all.iter().flat_map(|call| call["context_calls"].as_array().unwrap()).find(|leg| leg["call_type"] == "group").unwrap();
    assert!(group["members"][0]["members"].is_null() && group["members"][0]["call_type"] == "user");
    let mut legs = all.iter().flat_map(|call| call["context_calls"].as_array().unwrap());
    let leg = legs.find(|leg| leg["call_end_time"].is_number()).unwrap();
    for flag in ["DirectionInbound", "ModeConversation", "RecordOutbound", "BlindTransfer", "Intercepted", "IvrNotUsed"] {
        assert!(leg[flag].is_boolean(), "{flag}");
    }
}

async fn table(stage: &Stage, order: Value) -> String {
    let started = stage.ask("stats/request", order).await;
    assert!(started["key"].is_string(), "{started}");
    loop {
        match stage.send("stats/result", &started.to_string()).await {
            (204, body) => assert_eq!(body, ""),
            (200, body) => return body,
            (status, body) => panic!("{status} {body}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn the_table_has_a_row_for_each_leg_and_the_columns_that_were_asked_for() {
    let stage = Stage::new().await;
    stage.control("incoming", json!({"from": "74950000021", "to": "102"})).await;
    let story = stage.story().await;
    let from = summary(&story)["create_time"].as_i64().unwrap();
    let rows = table(&stage, json!({"date_from": from, "date_to": from + 100})).await;
    let rows: Vec<Vec<&str>> = rows.strip_suffix("\r\n").unwrap().split("\r\n").map(|row| row.split(';').collect()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][3..], ["0", "", "74950000021", "", "74950000010", "1100", "74950000010", "ivr"]);
    assert_eq!(rows[1][6..8], ["102", "sip:user102@demo.mangosip.ru"]);
    assert!(rows[1][0].starts_with('[') && rows[1][0].len() > 2 && rows[0][0] == "[]");
    for (filter, count) in [
        (json!({"date_from": from.to_string(), "date_to": format!("{}.0", from + 9)}), 2),
        (json!({"date_from": from as f64, "from": {"extension": "", "number": ""}, "to": {"extension": 0, "number": ""}}), 2),
        (json!({"to": {"extension": "102"}}), 1),
        (json!({"to": {"extension": 102}}), 1),
        (json!({"from": {"number": "74950000021"}}), 2),
        (json!({"call_party": {"number": "74950000010"}}), 1),
        (json!({"from": {"number": "74950000021"}, "call_party": {"extension": "105"}}), 2),
        (json!({"call_party": {"extension": "105"}}), 0),
        (json!({"date_from": from + 1}), 0),
    ] {
        let mut order = json!({"date_from": from, "date_to": from + 100, "fields": ["location", "create"]});
        filter.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
        let table = table(&stage, order).await;
        assert_eq!(table.matches("\r\n").count(), count, "{filter}: {table}");
        assert!(table.lines().all(|row| row.ends_with(&format!(";{from}"))), "{table}");
    }
}

#[tokio::test]
async fn a_table_is_announced_when_it_is_ready() {
    let stage = Stage::new().await;
    let started = stage.ask("stats/request", json!({"date_from": now(), "date_to": now(), "request_id": "st-1"})).await;
    assert_eq!(stage.story().await, [("result/stat".to_owned(), json!({"key": started["key"], "request_id": "st-1"}))]);
}

#[tokio::test]
async fn the_period_of_a_table_is_checked() {
    let stage = Stage::new().await;
    let (from, day) = (now() - 100 * 86_400, 86_400);
    for (order, result) in [
        (json!({"date_to": from}), 3103),
        (json!({"date_from": "yesterday", "date_to": from}), 3104),
        (json!({"date_from": from, "date_to": from - 1}), 3111),
        (json!({"date_from": from, "date_to": from + 31 * day + 1}), 3111),
        (json!({"date_from": from, "date_to": from, "fields": "records,nonsense"}), 3104),
    ] {
        assert_eq!(stage.ask("stats/request", order.clone()).await["result"], result, "{order}");
    }
    assert!(stage.ask("stats/request", json!({"date_from": from, "date_to": from + 31 * day})).await["key"].is_string());
    assert_eq!(stage.send("stats/request", r#"{"date_from":0,"date_to":1}"#).await.0, 400);
    assert_eq!(stage.send("stats/result", r#"{"key":"nonsense"}"#).await.0, 404);
}

#[test]
fn a_history_can_be_generated_and_forgotten_without_a_server() {
    let home = tempfile::tempdir().unwrap();
    let mut heard = Vec::new();
    super::super::generate(home.path(), 45_000, 10, 1, &mut |count| heard.push(count)).unwrap();
    assert_eq!(heard, [20_000, 40_000, 45_000]);
    let count = || super::super::ledger::Ledger::open(home.path()).unwrap().calls().unwrap();
    assert_eq!(count(), 45_000);
    super::super::reset(home.path()).unwrap();
    assert_eq!(count(), 0);
}

/// The ids of the legs that were told, menus and queues included.
fn told_legs(story: &[(String, Value)]) -> Vec<&str> {
    let appeared = story.iter().filter(|(_, event)| event["call_state"] == "Appeared" && event["seq"] == 1);
    appeared.map(|(_, event)| event["call_id"].as_str().unwrap()).collect()
}

/// The rows of the only call, with members behind their group: kind, id, answered, blind, consultative, end reason.
fn told_rows(call: &Value) -> Vec<(String, String, bool, bool, bool, i64)> {
    let members = |row: &Value| row["members"].as_array().cloned().unwrap_or_default();
    let rows = call["context_calls"].as_array().unwrap().iter().flat_map(|row| [vec![row.clone()], members(row)].concat());
    let flag = |row: &Value, name: &str| row[name].as_bool().unwrap();
    rows.map(|row| {
        let kind = format!("{} {}", row["call_type"].as_str().unwrap(), row["call_abonent_extension"].as_str().unwrap());
        let id = row["external_call_id"].as_str().unwrap().to_owned();
        let (blind, consult) = (flag(&row, "BlindTransfer"), flag(&row, "ConsultTransfer"));
        (kind, id, row["call_answer_time"].is_i64(), blind, consult, row["call_end_reason"].as_i64().unwrap())
    })
    .collect()
}

#[tokio::test]
async fn a_transferred_call_has_its_legs_in_both_reports() {
    for method in ["blind", "hold"] {
        let stage = Stage::new().await;
        stage.patient(&["101", "102"]).await;
        stage.control("incoming", json!({"from": "74950000001", "to": "101"})).await;
        let call_id = stage.leg("101", "Connected").await;
        stage.a_while().await;
        let order = json!({"command_id": "t", "call_id": call_id, "method": method, "to_number": "102", "initiator": "101"});
        stage.command("transfer", order).await;
        stage.leg("102", "Connected").await;
        if method == "hold" {
            stage.hang_up(json!({"extension": "101"})).await;
        }
        stage.hang_up(json!({"extension": "102"})).await;
        let story = stage.story().await;
        let heard = summary(&story);
        let [call] = calls(&fetch(&stage, month()).await).try_into().unwrap();
        let ids = told_legs(&story);
        let (blind, row) = (method == "blind", |kind: &str, id: &str| (kind.to_owned(), id.to_owned(), true));
        let expected = [(row("user 101", ids[1]), false, false, 1120), (row("user 102", ids[2]), blind, !blind, 1120)];
        let expected = expected.map(|((kind, id, answered), blind, consult, reason)| (kind, id, answered, blind, consult, reason));
        assert_eq!(told_rows(&call), expected);
        let hold = call["context_calls"][0]["hold_duration"].as_i64();
        assert_eq!(hold.is_some(), !blind, "{hold:?}");
        let whole = heard["end_time"].as_i64().unwrap() - heard["talk_time"].as_i64().unwrap();
        let waited = if blind { 3 } else { 0 };
        let talk = call["talk_duration"].as_i64().unwrap();
        assert!((whole - waited..=whole).contains(&talk), "{talk} of {whole}");
        assert_eq!((&call["called_number"], &call["context_status"]), (&json!("74950000010"), &json!(1)));

        let from = heard["create_time"].as_i64().unwrap();
        let rows = table(&stage, json!({"date_from": from, "date_to": from, "fields": "location,from_number,to_extension,records"})).await;
        let rows: Vec<&str> = rows.lines().collect();
        assert_eq!(rows.len(), 3);
        let caller = "abonent;74950000001;";
        assert!(rows[1].starts_with(&format!("{caller}101;[")) && rows[2].starts_with(&format!("{caller}102;[")), "{rows:?}");
        let recordings: std::collections::HashSet<_> = story.iter().filter_map(|(_, event)| event["recording_id"].as_str()).collect();
        assert!(recordings.len() == 2 && recordings.iter().all(|id| rows.iter().any(|row| row.contains(id))), "{rows:?}");
    }
}

#[tokio::test]
async fn a_group_that_takes_a_transfer_is_a_row_with_members() {
    let stage = Stage::new().await;
    stage.patient(&["101"]).await;
    stage.control("people/104", json!({"behaviour": "busy", "ring": 1})).await;
    stage.control("people/105", json!({"ring": 9})).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "101"})).await;
    let call_id = stage.leg("101", "Connected").await;
    let order = json!({"command_id": "t", "call_id": call_id, "method": "blind", "to_number": "301", "initiator": "101"});
    stage.command("transfer", order).await;
    let story = stage.story().await;
    let ids = told_legs(&story);
    let [call] = calls(&fetch(&stage, month()).await).try_into().unwrap();
    let end = summary(&story)["disconnect_reason"].as_i64().unwrap();
    let rows = told_rows(&call);
    let row =
        |kind: &str, id: &str, answered: bool, blind: bool, reason: i64| (kind.to_owned(), id.to_owned(), answered, blind, false, reason);
    assert_eq!(
        rows,
        [
            row("user 101", ids[1], true, false, 1120),
            row("group 301", ids[2], true, true, end),
            row("user 104", ids[3], false, true, 1121),
            row("user 105", ids[4], false, true, 1182),
            row("user 106", ids[5], true, true, end),
        ]
    );
}
