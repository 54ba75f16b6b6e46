//! Incoming, internal and outgoing calls, the person at the terminal, recordings by command, messages (vpbx-core §4.4, §4.5, §7.1, §7.3).

use super::*;

#[tokio::test]
async fn an_incoming_call_waits_for_the_person_at_the_terminal() {
    let stage = Stage::with(|settings| Settings { speed: 2000.0, ..settings }).await;
    stage.control("incoming", json!({"from": "74950000001"})).await;
    let missed = stage.story().await;
    assert_eq!(
        told_in_full(&missed),
        [
            "A1 Appeared ivr 74950000001 > 74950000010*",
            "A2 Disconnected ivr 74950000001 > 74950000010* 1100",
            "B1 Appeared abonent 74950000001 tfc=A > 101*",
            "B2 Disconnected abonent 74950000001 tfc=A > 101* 1111",
            "summary",
        ]
    );
    let rang = missed[3].1["timestamp"].as_i64().unwrap() - missed[2].1["timestamp"].as_i64().unwrap();
    assert!((19..=21).contains(&rang), "{rang} s");
    stage.control("settings", json!({"answer_after": 4})).await;
    stage.control("incoming", json!({"from": "74950000001"})).await;
    let answered = stage.story().await;
    assert_eq!(summary(&answered)["entry_result"], 1);
    stage.control("settings", json!({"answer_after": null})).await;
    assert_eq!(stage.look("status").await["answer_after"], Value::Null);
}

#[tokio::test]
async fn the_person_at_the_terminal_answers_declines_or_hangs_up() {
    let stage = Stage::with(|settings| Settings { speed: 20.0, ..settings }).await;
    for (how, rows) in [
        ("answer", vec!["B2 Connected abonent 74950000001 tfc=A > 101*", "B3 Disconnected abonent 74950000001 tfc=A > 101* 1120"]),
        ("decline", vec!["B2 Disconnected abonent 74950000001 tfc=A > 101* 1122"]),
        ("hang up by command", vec!["B2 Disconnected abonent 74950000001 tfc=A > 101* 1181"]),
        ("caller leaves", vec!["B2 Disconnected abonent 74950000001 tfc=A > 101* 1110"]),
    ] {
        stage.control("incoming", json!({"from": "74950000001", "menu": 0})).await;
        let call_id = stage.leg("101", "Appeared").await;
        match how {
            "answer" => {
                stage.control("answer", json!({"call_id": call_id})).await;
                stage.hang_up(json!({"extension": "101"})).await
            }
            "decline" => stage.hang_up(json!({"extension": "101"})).await,
            "caller leaves" => stage.hang_up(json!({"number": "+74950000001"})).await,
            _ => assert_eq!(stage.command("call/hangup", json!({"command_id": "h", "call_id": call_id})).await, 1000),
        }
        let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
        assert_eq!(told_in_full(&story)[3..], rows, "{how}");
    }
}

#[tokio::test]
async fn a_caller_may_hang_up_in_the_menu_or_in_the_queue() {
    let stage = Stage::new().await;
    stage.waiting(&["101"]).await;
    stage.control("incoming", json!({"from": "", "patience": 1})).await;
    let story = stage.story().await;
    assert_eq!(
        told_in_full(&story),
        ["A1 Appeared ivr nobody > 74950000010*", "A2 Disconnected ivr nobody > 74950000010* 1110", "summary"]
    );
    let heard = summary(&story);
    assert_eq!((&heard["from"], &heard["to"], &heard["entry_result"]), (&json!({}), &json!({}), &json!(0)));

    stage.control("incoming", json!({"from": "74950000001", "to": "300", "patience": 8})).await;
    let story = stage.story().await;
    assert_eq!(
        told_in_full(&story)[2..],
        [
            "B1 Appeared queue 74950000001 tfc=A > nobody(300)*",
            "C1 Appeared abonent 74950000001 tfc=B > 101(300)*",
            "B2 Disconnected queue 74950000001 tfc=A > nobody(300)* 1110",
            "C2 Disconnected abonent 74950000001 tfc=B > 101(300)* 1110",
            "summary",
        ]
    );
    assert_eq!(summary(&story)["to"], json!({"extension": "300"}));
}

#[tokio::test]
async fn a_group_is_rung_in_turn_or_at_once() {
    let stage = Stage::new().await;
    stage.control("people/101", json!({"behaviour": "declines", "ring": 2})).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "300"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    let told: Vec<String> = told_in_full(&story)[2..].iter().map(|row| row.replace("1110", "*").replace("1120", "*")).collect();
    assert_eq!(
        told,
        [
            "B1 Appeared queue 74950000001 tfc=A > nobody(300)*",
            "C1 Appeared abonent 74950000001 tfc=B > 101(300)*",
            "C2 Disconnected abonent 74950000001 tfc=B > 101(300)* 1122",
            "D1 Appeared abonent 74950000001 tfc=B > 102(300)*",
            "D2 Connected abonent 74950000001 tfc=B > 102(300)*",
            "B2 Disconnected queue 74950000001 tfc=A > nobody(300)* 1100",
            "D3 Disconnected abonent 74950000001 tfc=B > 102(300)* *",
        ]
    );

    stage.control("people/104", json!({"behaviour": "busy", "ring": 1})).await;
    stage.control("people/105", json!({"ring": 6})).await;
    stage.control("people/106", json!({"ring": 4})).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "301"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    let told: Vec<String> = told_in_full(&story)[2..].iter().map(|row| row.replace("1110", "*").replace("1120", "*")).collect();
    assert_eq!(
        told,
        [
            "B1 Appeared queue 74950000001 tfc=A > nobody(301)*",
            "C1 Appeared abonent 74950000001 tfc=B > 104(301)*",
            "D1 Appeared abonent 74950000001 tfc=B > 105(301)*",
            "E1 Appeared abonent 74950000001 tfc=B > 106(301)*",
            "C2 Disconnected abonent 74950000001 tfc=B > 104(301)* 1121",
            "E2 Connected abonent 74950000001 tfc=B > 106(301)*",
            "B2 Disconnected queue 74950000001 tfc=A > nobody(301)* 1100",
            "D2 Disconnected abonent 74950000001 tfc=B > 105(301)* 1182",
            "E3 Disconnected abonent 74950000001 tfc=B > 106(301)* *",
        ]
    );
}

#[tokio::test]
async fn a_member_who_is_hung_up_by_command_leaves_the_call_to_the_next() {
    let stage = Stage::new().await;
    stage.waiting(&["107", "108"]).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "302"})).await;
    for extension in ["107", "108"] {
        // Members ring fifteen seconds at most; whoever was too late for this one hears so.
        let ringing = stage.leg(extension, "Appeared").await;
        let code = stage.command("call/hangup", json!({"command_id": "h", "call_id": ringing})).await;
        assert!([1000, 4101].contains(&code));
    }
    let told = told_in_full(&stage.story().await);
    assert_eq!(told.last().unwrap(), "summary");
    assert!(told.contains(&"B2 Disconnected queue 74950000001 tfc=A > nobody(302)* 1164".to_owned()), "{told:#?}");
}

#[tokio::test]
async fn an_employee_calls_from_his_telephone() {
    let stage = Stage::new().await;
    stage.patient(&["74950000020", "102"]).await;
    stage.control("outgoing", json!({"from": "101", "to": "+74950000020"})).await;
    stage.leg("74950000020", "Connected").await;
    stage.hang_up(json!({"number": "74950000020"})).await;
    let story = stage.story().await;
    assert_eq!(
        told_in_full(&story),
        [
            "A1 Appeared abonent 101?* > 74950000020",
            "A2 Connected abonent 101* > 74950000020",
            "recording r1 Started 1 A 101",
            "A3 Disconnected abonent 101* > 74950000020 1120",
            "recording r1 Completed 2 A 101 1000",
            "summary",
            "added r1 400000101",
        ]
    );
    let heard = summary(&story);
    assert_eq!((&heard["call_direction"], &heard["forward_time"]), (&json!(2), &heard["create_time"]));

    stage.control("outgoing", json!({"from": "101", "to": "102"})).await;
    stage.leg("102", "Connected").await;
    stage.hang_up(json!({"extension": "101"})).await;
    let story = stage.story().await;
    assert_eq!(told_in_full(&story)[0], "A1 Appeared abonent 101 > 102");
    let heard = summary(&story);
    assert_eq!((&heard["call_direction"], heard.get("line_number"), &heard["disconnect_reason"]), (&json!(0), None, &json!(1110)));
}

#[tokio::test]
async fn a_conversation_can_be_recorded_by_command() {
    let stage = Stage::new().await;
    stage.patient(&["107"]).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "107"})).await;
    let call_id = stage.leg("107", "Connected").await;
    let order = json!({"command_id": "r", "call_id": call_id, "call_party_number": "sip:user107@demo.mangosip.ru"});
    assert_eq!(stage.command("recording/start", order.clone()).await, 1000);
    assert_eq!(stage.command("recording/start", order).await, 4102);
    stage.hears("events/recording", |_| true).await;
    stage.hang_up(json!({"extension": "107"})).await;
    let story = stage.story().await;
    let told: Vec<String> = told_in_full(&story)[4..].iter().filter(|row| !row.contains("4102")).cloned().collect();
    assert_eq!(
        told,
        [
            "recording r1 Started 1 B 107 cmd=r",
            "result/recording/start 1000 r",
            "B3 Disconnected abonent 74950000001 tfc=A > 107* 1120",
            "recording r1 Completed 2 B 107 1000 cmd=r",
            "summary",
            "added r1 400000107",
        ]
    );
    let (_, added) = story.last().unwrap();
    assert_eq!((&added["product_id"], added["timestamp"].is_i64()), (&json!(20_000_001), true));
}

#[tokio::test]
async fn a_party_on_hold_is_taken_back_or_leaves() {
    let stage = Stage::new().await;
    stage.patient(&["101"]).await;
    stage.control("incoming", json!({"from": "74950000001"})).await;
    let call_id = stage.leg("101", "Connected").await;
    let order = json!({"command_id": "o", "call_id": call_id, "initiator": "101"});
    assert_eq!(stage.command("call/hold/on", order.clone()).await, 1000);
    assert_eq!(stage.command("call/hold/on", order.clone()).await, 4100);
    assert_eq!(stage.command("transfer_cancel", order.clone()).await, 1000);
    assert_eq!(stage.command("call/hold/on", order).await, 1000);
    stage.hang_up(json!({"number": "74950000001"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    assert_eq!(
        told_in_full(&story)[4..],
        [
            "B3 OnHold abonent 74950000001 tfc=A > 101* holds cmd=o",
            "B4 Connected abonent 74950000001 tfc=A > 101*",
            "B5 OnHold abonent 74950000001 tfc=A > 101* holds cmd=o",
            "B6 Disconnected abonent 74950000001 tfc=A > 101* 1110",
        ]
    );
}

#[tokio::test]
async fn a_message_is_accepted_and_then_delivered_or_not() {
    let stage = Stage::new().await;
    let sms = |change: Value| {
        let mut order = json!({"command_id": "s", "text": "Привет", "from_extension": "101", "to_number": "79000000022", "sms_sender": ""});
        change.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
        order
    };
    for (to, reason) in [("79000000022", 1000), ("79000000028", 4392), ("79000000031", 4301)] {
        assert_eq!(stage.command("sms", sms(json!({"to_number": to}))).await, 1000);
        let story = stage.story().await;
        assert_eq!(story[0], ("result/sms".to_owned(), json!({"command_id": "s", "result": 1000})));
        let (path, event) = &story[1];
        assert_eq!((path.as_str(), &event["reason"], event["timestamp"].is_i64()), ("events/sms", &json!(reason), true));
    }
    for (change, result) in [
        (json!({"text": ""}), 3103),
        (json!({"text": "ж".repeat(268)}), 1000),
        (json!({"text": "ж".repeat(269)}), 3109),
        (json!({"text": "z".repeat(612)}), 1000),
        (json!({"text": "z".repeat(613)}), 3109),
        (json!({"from_extension": null}), 3103),
        (json!({"from_extension": "199"}), 3300),
        (json!({"to_number": "102"}), 3100),
        (json!({"to_number": null}), 3103),
        (json!({"sms_sender": "x".repeat(129)}), 3104),
    ] {
        assert_eq!(stage.command("sms", sms(change.clone())).await, result, "{change}");
    }
}

#[tokio::test]
async fn living_legs_are_listed_and_strings_without_a_puppet_pull_nothing() {
    let stage = Stage::new().await;
    stage.waiting(&["101"]).await;
    assert_eq!(stage.look("calls").await, json!({"legs": []}));
    stage.control("incoming", json!({"from": "74950000001"})).await;
    let call_id = stage.leg("101", "Appeared").await;
    let [leg] = stage.look("calls").await["legs"].as_array().unwrap().clone().try_into().unwrap();
    assert_eq!((&leg["call_id"], &leg["state"], &leg["location"]), (&json!(call_id), &json!("Appeared"), &json!("abonent")));
    for (path, body, status) in [
        ("answer", json!({"extension": "102"}), 404),
        ("hangup", json!({"extension": "102"}), 404),
        ("hangup", json!({"extension": "999"}), 400),
        ("hangup", json!({}), 400),
        ("dtmf", json!({"digits": "1"}), 404),
        ("dtmf", json!({"digits": "one"}), 400),
        ("transfer", json!({"extension": "102", "to": "103"}), 404),
        ("outgoing", json!({"from": "999", "to": "101"}), 400),
        ("settings", json!({"lose": 2}), 400),
        ("settings", json!({"results": "never"}), 400),
        ("settings", json!({"mistyped": 1}), 400),
    ] {
        let sent = stage.client.post(format!("{}/sandbox/{path}", stage.url)).body(body.to_string()).send().await.unwrap();
        assert_eq!(sent.status(), status, "{path} {body}");
    }
    stage.control("reset", json!({})).await;
    stage.sandbox.idle().await;
    assert_eq!(stage.look("status").await["live"], 0);
}
