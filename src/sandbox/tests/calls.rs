//! Calls as the customer hears of them (vpbx-core §4, §7).

use super::*;

#[tokio::test]
async fn a_call_ends_as_the_person_called_decides() {
    let stage = Stage::new().await;
    let own = ["callback", "Appeared A", "Connected A", "Disconnected A 1000", "Appeared B"];
    for (number, rest) in [
        ("74950000020", vec!["Connected B", "recording Started B", "Disconnected B *", "recording Completed B", "summary", "added"]),
        ("74950000024", vec!["Disconnected B 1121", "summary"]),
        ("74950000026", vec!["Disconnected B 1122", "summary"]),
        ("74950000025", vec!["Disconnected B 1111", "summary"]),
        ("79990001239", vec!["Disconnected B 1121", "summary"]),
        ("105", vec!["Connected B", "recording Started B", "Disconnected B *", "recording Completed B", "summary", "added"]),
    ] {
        let story = stage.call(number).await;
        let told = told_briefly(&story).into_iter().map(|line| line.replace("B 1110", "B *").replace("B 1120", "B *"));
        let expected: Vec<_> = own.iter().chain(&rest).map(|line| (*line).to_owned()).collect();
        assert_eq!(told.collect::<Vec<_>>(), expected, "{number}");
        let answered = rest.len() > 2;
        let summary = summary(&story);
        assert_eq!(summary["entry_result"], i32::from(answered), "{number}");
        assert_eq!(summary["talk_time"].as_i64().unwrap() > 0, answered, "{number}");
        assert!(summary.get("command_id").is_none());
    }
}

#[tokio::test]
async fn a_callback_is_told_like_the_document_tells_it() {
    let stage = Stage::new().await;
    let order = json!({"command_id": "cb-1", "from": {"extension": "101", "number": ""}, "to_number": "+74950000020", "line_number": "74950000011"});
    stage.ask("commands/callback", order).await;
    let story = stage.story().await;
    let events: Vec<&Value> = story.iter().filter(|(path, _)| path == "events/call").map(|(_, event)| event).collect();
    assert_eq!(story[0], ("result/callback".into(), json!({"command_id": "cb-1", "result": 1000})));
    let me = json!({"extension": "101", "number": "sip:user101@demo.mangosip.ru"});
    let (first, ring) = (events[0], events[3]);
    assert_eq!(first["from"], json!({"number": "74950000020"}));
    assert_eq!((&first["to"]["extension"], &first["to"]["number"]), (&me["extension"], &me["number"]));
    assert_eq!((&ring["from"]["taken_from_call_id"], &ring["from"]["extension"]), (&first["call_id"], &json!("101")));
    assert_eq!(ring["to"], json!({"number": "74950000020"}));
    assert_eq!(ring["from"]["line_number"], "74950000011");
    for event in &events {
        assert_eq!((&event["command_id"], &event["callback_initiator"]), (&json!("cb-1"), &json!("API")));
        assert!(event["seq"].is_i64() && event["timestamp"].is_i64() && event["entry_id"] == first["entry_id"], "{event}");
        assert_eq!(event["location"], "abonent");
    }
    for call_id in [&first["call_id"], &ring["call_id"]] {
        let of_leg = events.iter().filter(|event| event["call_id"] == *call_id);
        assert!(of_leg.map(|event| event["seq"].as_i64().unwrap()).eq(1..=3));
    }
    let summary = summary(&story);
    assert_eq!((&summary["from"], &summary["to"]), (&me, &json!({"number": "74950000020"})));
    assert_eq!((&summary["call_direction"], &summary["line_number"]), (&json!(2), &json!("74950000011")));
    assert_eq!(summary["create_time"], summary["forward_time"]);
    assert_eq!(summary["end_time"].as_i64().unwrap() - summary["talk_time"].as_i64().unwrap(), 6);
    let lasting = summary["end_time"].as_i64().unwrap() - summary["create_time"].as_i64().unwrap();
    assert!((8..=10).contains(&lasting), "a demonstration must not bore anybody: {lasting} s");
    let (_, recording) = story.iter().rfind(|(path, _)| path == "events/recording").unwrap();
    assert_eq!((&recording["completion_code"], &recording["recipient"]), (&json!(1000), &json!("Cloud")));
}

#[tokio::test]
async fn an_own_telephone_that_nobody_picks_up_ends_the_call() {
    let stage = Stage::new().await;
    stage.control("people/101", json!({"behaviour": "silent"})).await;
    let story = stage.call("74950000020").await;
    assert_eq!(told_briefly(&story), ["callback", "Appeared A", "Disconnected A 1111", "summary"]);
    assert_eq!(summary(&story)["to"], json!({"number": "74950000020"}));
    // A telephone that was told to pick up by itself does so.
    let order = json!({"command_id": "c", "from": {"extension": "101"}, "to_number": "74950000024", "sip_headers": {"Call-Info/answer-after": "0"}});
    stage.ask("commands/callback", order).await;
    assert_eq!(told_briefly(&stage.story().await)[2], "Connected A");
}

#[tokio::test]
async fn commands_are_checked_like_the_document_says() {
    let stage = Stage::new().await;
    let call = |change: Value| {
        let mut order = json!({"command_id": "c", "from": {"extension": "101"}, "to_number": "74950000020", "line_number": "line1"});
        change.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
        order
    };
    let group = |from: &str, to: &str| json!({"command_id": "c", "from": from, "to": to, "line_number": "74950000010"});
    for (method, order, result) in [
        ("callback", call(json!({})), 1000),
        ("callback", call(json!({"line_number": ""})), 1000),
        ("callback", call(json!({"to_number": "8 (495) 000"})), 3104),
        ("callback", call(json!({"to_number": "x".repeat(200)})), 3104),
        ("callback", call(json!({"to_number": null})), 3103),
        ("callback", call(json!({"to_number": "199"})), 3300),
        ("callback", call(json!({"from": null})), 3103),
        ("callback", call(json!({"from": "101"})), 3104),
        ("callback", call(json!({"from": {"number": "79000000001"}})), 3103),
        ("callback", call(json!({"from": {"extension": "999"}})), 3300),
        ("callback", call(json!({"from": {"extension": "101", "number": "102"}})), 3104),
        ("callback", call(json!({"line_number": "74959999999"})), 3330),
        ("callback", call(json!({"command_id": "x".repeat(129)})), 3104),
        ("callback", call(json!({"sip_headers": {"X-Other/part": "1"}})), 1000),
        ("callback_group", group("300", "74950000020"), 1000),
        ("callback_group", group("74950000021", "74950000020"), 3100),
        ("callback_group", group("", "300"), 3103),
        ("callback_group", json!({"command_id": "c", "from": "300", "to": "74950000020"}), 3103),
        ("callback_group", json!({"from": {"extension": "300"}, "to": "74950000020", "line_number": "line1"}), 3104),
        ("call/hangup", json!({"command_id": "c"}), 3103),
        ("call/hangup", json!({"command_id": "c", "call_id": "nonsense"}), 4101),
    ] {
        let answer = stage.ask(&format!("commands/{method}"), order.clone()).await;
        assert_eq!(answer["result"], result, "{method} {order}: {answer}");
    }
}

#[tokio::test]
async fn hanging_up_ends_a_living_leg_once() {
    let stage = Stage::with(|settings| Settings { speed: 10.0, ..settings }).await;
    stage.control("people/74950000020", json!({"ring": 1, "talk": 5000})).await;
    stage.ask("commands/callback", json!({"command_id": "c", "from": {"extension": "101"}, "to_number": "74950000020"})).await;
    let connected = |(path, event): &(String, Value)| {
        path == "events/call" && event["call_state"] == "Connected" && event["to"].get("extension").is_none()
    };
    let call_id = loop {
        let heard = locked(&stage.told).iter().find(|event| connected(event)).map(|(_, event)| event["call_id"].clone());
        match heard {
            Some(id) => break id,
            None => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    let order = json!({"command_id": "h", "call_id": call_id});
    assert_eq!(stage.ask("commands/call/hangup", order.clone()).await, json!({"result": 1000, "command_id": "h"}));
    let story = stage.story().await;
    let told = told_briefly(&story);
    assert!(told.contains(&"hangup".to_owned()) && told.contains(&"Disconnected B 1181".to_owned()), "{told:?}");
    assert_eq!(summary(&story)["disconnect_reason"], 1181);
    assert_eq!(stage.ask("commands/call/hangup", order).await["result"], 4101);
}

#[tokio::test]
async fn a_group_is_called_back_from_either_side() {
    let stage = Stage::new().await;
    let order = json!({"command_id": "g", "from": "74950000020", "to": "300", "line_number": "74950000010"});
    stage.ask("commands/callback_group", order).await;
    let story = stage.story().await;
    let told = told_briefly(&story);
    // A is the outside number, B the queue, C the employee.
    let expected = ["callback_group", "Appeared A", "Connected A", "Disconnected A 1000", "Appeared B", "Appeared C", "Connected C"];
    assert_eq!(told[..7], expected);
    let (_, employee) = &story.iter().find(|(_, event)| event["to"]["extension"] == "101").unwrap();
    assert_eq!((&employee["to"]["acd_group"], &employee["from"]["number"]), (&json!("300"), &json!("74950000020")));
    assert_eq!((&summary(&story)["entry_result"], &summary(&story)["to"]["extension"]), (&json!(1), &json!("101")));

    let order = json!({"command_id": "g", "from": "301", "to": "74950000020", "line_number": "74950000010"});
    stage.ask("commands/callback_group", order).await;
    let story = stage.story().await;
    assert_eq!(summary(&story)["to"], json!({"number": "74950000020"}));
    assert_eq!((&summary(&story)["call_direction"], &summary(&story)["entry_result"]), (&json!(2), &json!(1)));
    let told = told_briefly(&story);
    assert!(told.iter().filter(|line| line.ends_with("1182")).count() == 2, "the two who were slower fall silent: {told:?}");
}

#[tokio::test]
async fn whoever_calls_his_own_group_is_not_rung_himself() {
    let stage = Stage::new().await;
    let story = stage.call("300").await;
    assert_eq!(summary(&story)["to"]["extension"], "102");
    assert_eq!((&summary(&story)["call_direction"], summary(&story).get("line_number")), (&json!(0), None));
    assert!(told_briefly(&story).iter().filter(|line| line.starts_with("Appeared")).count() == 3, "{story:?}");
}

#[tokio::test]
async fn a_call_comes_in_through_the_menu() {
    let stage = Stage::new().await;
    stage.control("incoming", json!({"from": "74950000021", "to": "102", "line": "74950000011"})).await;
    let story = stage.story().await;
    let told = told_briefly(&story);
    assert_eq!(told[..4], ["Appeared A", "Disconnected A 1100", "Appeared B", "Connected B"]);
    let (_, menu) = &story[0];
    assert_eq!(menu["to"], json!({"number": "74950000011", "line_number": "74950000011"}));
    assert_eq!((&menu["location"], menu.get("command_id")), (&json!("ivr"), None));
    assert_eq!(story[2].1["from"], json!({"number": "74950000021", "taken_from_call_id": menu["call_id"]}));
    let summary = summary(&story);
    assert_eq!((&summary["call_direction"], &summary["from"]), (&json!(1), &json!({"number": "74950000021"})));
    assert_eq!(summary["to"], json!({"extension": "102", "number": "sip:user102@demo.mangosip.ru"}));
    assert!(summary["forward_time"].as_i64().unwrap() >= summary["create_time"].as_i64().unwrap() + 3);
}

#[tokio::test]
async fn a_call_that_nobody_takes_is_missed() {
    let stage = Stage::new().await;
    for extension in ["102", "104", "105", "106"] {
        stage.control(&format!("people/{extension}"), json!({"behaviour": "silent"})).await;
    }
    for (to, from, reached) in [
        ("102", "74950000021", json!({"extension": "102", "number": "sip:user102@demo.mangosip.ru"})),
        ("301", "", json!({"extension": "301"})),
    ] {
        stage.control("incoming", json!({"from": from, "to": to})).await;
        let story = stage.story().await;
        let summary = summary(&story);
        assert_eq!((&summary["entry_result"], &summary["talk_time"], &summary["forward_time"]), (&json!(0), &json!(0), &json!(0)));
        assert_eq!(summary["to"], reached);
        assert_eq!(summary["from"].get("number").is_some(), !from.is_empty());
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_calls() {
    let (mut ids, mut briefs, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for seed in [7, 7, 8] {
        let stage = Stage::with(|settings| Settings { seed, ..settings }).await;
        let mut story = Vec::new();
        for number in ["79991234560", "79991234561", "74950000020", "79991234568", "300"] {
            story.extend(stage.call(number).await);
        }
        ids.push(story.iter().map(|(_, event)| [event["entry_id"].clone(), event["call_id"].clone()]).collect::<Vec<_>>());
        briefs.push(told_briefly(&story));
        let summaries = story.iter().filter(|(path, _)| path == "events/summary").map(|(_, summary)| summary);
        let length = |summary: &Value| summary["end_time"].as_i64().unwrap() - summary["create_time"].as_i64().unwrap();
        lengths.push(summaries.map(length).collect::<Vec<_>>());
    }
    // Whole seconds of the same length may differ by one.
    let differs = |a: &[i64], b: &[i64]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1);
    assert!(!differs(&lengths[0], &lengths[1]) && differs(&lengths[0], &lengths[2]), "{lengths:?}");
    assert_eq!((&ids[0], &briefs[0]), (&ids[1], &briefs[1]));
    assert!(ids[0].iter().filter(|id| !id[0].is_null()).all(|id| !ids[2].contains(id)), "another seed has other ids");
}

#[tokio::test]
async fn an_id_is_not_used_again_after_a_reset() {
    let stage = Stage::new().await;
    let id = |story: &[(String, Value)]| summary(story)["entry_id"].clone();
    let before = id(&stage.call("74950000024").await);
    stage.control("reset", json!({})).await;
    assert_ne!(id(&stage.call("74950000024").await), before);
}

#[tokio::test]
async fn a_dead_customer_does_not_stop_the_telephone() {
    let stage = Stage::new().await;
    // Port 1 refuses connections.
    stage.sandbox.set_events_to(Some("http://127.0.0.1:1/".into()));
    let begun = std::time::Instant::now();
    assert!(stage.call("74950000024").await.is_empty());
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    assert_eq!(stage.look("status").await["calls"], 1);
}

#[tokio::test]
async fn a_killed_process_leaves_no_trace_of_its_call_but_never_uses_its_id_again() {
    let home = tempfile::tempdir().unwrap();
    let order = || super::super::scripts::Callback {
        command_id: "c".into(),
        from: super::super::entry::Party::employee(&super::super::people::EMPLOYEES[0]),
        to: super::super::scripts::Target::of("74950000020"),
        line: None,
        answer_after: None,
    };
    let begin = |sandbox: &Sandbox| sandbox.start(|fate| super::super::scripts::callback(order(), fate)).unwrap();
    let killed = begin(&Sandbox::open(Settings { speed: 0.001, ..settings(&home) }).unwrap());
    let sandbox = Sandbox::open(settings(&home)).unwrap();
    assert_eq!(locked(&sandbox.0.ledger).calls().unwrap(), 0);
    assert_ne!(begin(&sandbox), killed);
    sandbox.idle().await;
    assert_eq!(locked(&sandbox.0.ledger).calls().unwrap(), 1);
}
