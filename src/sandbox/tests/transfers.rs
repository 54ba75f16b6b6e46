//! Transfers as the customer hears of them (vpbx-core §4.7–4.11, §7.4–7.9).

use super::*;

/// How an incoming call gets to employee 101: A is the menu, B his leg.
const BEGINNING: [&str; 5] = [
    "A1 Appeared ivr 74950000001 > 74950000010*",
    "A2 Disconnected ivr 74950000001 > 74950000010* 1100",
    "B1 Appeared abonent 74950000001 tfc=A > 101*",
    "B2 Connected abonent 74950000001 tfc=A > 101*",
    "recording r1 Started 1 B 101",
];

/// 101 talks to somebody outside; the id of that leg.
async fn talking(stage: &Stage) -> String {
    stage.patient(&["101", "102", "103"]).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "101"})).await;
    stage.hears("events/recording", |event| event["recording_state"] == "Started").await;
    stage.leg("101", "Connected").await
}

async fn transfer(stage: &Stage, call_id: &str, method: &str, to: &str) -> i64 {
    let order = json!({"command_id": "t", "call_id": call_id, "method": method, "to_number": to, "initiator": "101"});
    stage.command("transfer", order).await
}

fn assert_told(story: &[(String, Value)], rest: &[&str]) {
    let expected: Vec<&str> = BEGINNING.iter().chain(rest).copied().collect();
    assert_eq!(told_in_full(story), expected);
}

#[tokio::test]
async fn a_consultation_that_ends_with_hanging_up_connects_the_other_two() {
    let stage = Stage::new().await;
    let call_id = talking(&stage).await;
    assert_eq!(transfer(&stage, &call_id, "hold", "102").await, 1000);
    stage.leg("102", "Connected").await;
    stage.hang_up(json!({"extension": "101"})).await;
    stage.hang_up(json!({"number": "74950000001"})).await;
    let story = stage.story().await;
    assert_told(
        &story,
        &[
            "B3 OnHold abonent 74950000001 tfc=A > 101* holds cmd=t",
            "C1 Appeared abonent 101 tfc=B > 102 cmd=t consultative",
            "result/transfer 1000 t",
            "C2 Connected abonent 101 tfc=B > 102 cmd=t consultative",
            "recording r1 Continued 2 C 101",
            "recording r2 Started 1 C 102",
            "B4 Disconnected abonent 74950000001 tfc=A moved > 101* 1120",
            "recording r1 Completed 3 C 101 1000",
            "C3 Connected abonent 74950000001 tfc=B > 102* cmd=t blind",
            "C4 Disconnected abonent 74950000001 tfc=B > 102* 1110 cmd=t blind",
            "recording r2 Completed 2 C 102 1000",
            "summary",
            "added r1 400000101",
            "added r2 400000102",
        ],
    );
    let summary = summary(&story);
    assert_eq!((&summary["to"]["extension"], &summary["disconnect_reason"]), (&json!("101"), &json!(1110)));
}

#[tokio::test]
async fn a_consultation_can_be_connected_by_command() {
    let stage = Stage::new().await;
    let held = talking(&stage).await;
    transfer(&stage, &held, "hold", "102").await;
    let talking = stage.leg("102", "Connected").await;
    let order = |initiator: &str| {
        let (command_id, held, talking) = ("cc", &held, &talking);
        json!({"command_id": command_id, "holded_call_id": held, "transferred_call_id": talking, "transfer_initiator_number": initiator})
    };
    assert_eq!(stage.command("calls_connect/", order("102")).await, 3100);
    assert_eq!(stage.command("calls_connect/", order("sip:user101@demo.mangosip.ru")).await, 1000);
    stage.hears("events/call", |event| event["transfer"] == "blind").await;
    assert_eq!(stage.command("calls_connect/", order("101")).await, 4101);
    stage.hang_up(json!({"extension": "102"})).await;
    let story = stage.story().await;
    assert!(story.iter().any(|(path, _)| path == "result/calls_connect/"));
    let told = told_in_full(&story);
    let from = told.iter().position(|row| row.starts_with("B4")).unwrap();
    assert_eq!(
        told[from..from + 4],
        [
            "B4 Disconnected abonent 74950000001 tfc=A moved > 101* 1120 cmd=cc",
            "recording r1 Completed 3 C 101 1000",
            "C3 Connected abonent 74950000001 tfc=B > 102* cmd=t blind",
            "result/calls_connect/ 1000 cc",
        ]
    );
}

#[tokio::test]
async fn a_consultation_that_is_given_up_gives_the_caller_back() {
    for how in ["transfer_cancel", "call/hangup", "the colleague", "nobody answers"] {
        let stage = Stage::new().await;
        let held = talking(&stage).await;
        if how == "nobody answers" {
            stage.control("people/102", json!({"behaviour": "busy", "ring": 1})).await;
        }
        transfer(&stage, &held, "hold", "102").await;
        let asked = |call_id: &str| json!({"command_id": "x", "call_id": call_id});
        match how {
            "transfer_cancel" => {
                let asking = stage.leg("102", "Connected").await;
                stage.a_while().await;
                assert_eq!(stage.command("transfer_cancel", asked(&asking)).await, 4100);
                assert_eq!(stage.command("transfer_cancel/", asked(&held)).await, 1000);
            }
            "call/hangup" => {
                let asking = stage.leg("102", "Connected").await;
                stage.a_while().await;
                assert_eq!(stage.command(how, asked(&asking)).await, 1000);
            }
            "the colleague" => {
                stage.leg("102", "Connected").await;
                stage.hang_up(json!({"extension": "102"})).await;
            }
            _ => {}
        }
        stage.hears("events/call", |event| event["call_id"] == held && event["seq"] == 4).await;
        stage.hang_up(json!({"extension": "101"})).await;
        let story = stage.story().await;
        let told = told_in_full(&story);
        let (reason, answered) = match how {
            "the colleague" => (1120, true),
            "nobody answers" => (1121, false),
            _ => (1181, true),
        };
        let last = if answered { 3 } else { 2 };
        let gone = format!("C{last} Disconnected abonent 101 tfc=B > 102 {reason} cmd=t consultative");
        let from = told.iter().position(|row| *row == gone).unwrap_or_else(|| panic!("{how}: {told:#?}"));
        let mut rest: Vec<&String> = told[from..].iter().filter(|row| !row.starts_with("result/")).collect();
        if answered {
            assert_eq!(rest.remove(1), "recording r1 Continued 3 B 101", "{how}");
            assert_eq!(rest.remove(1), "recording r2 Completed 2 C 102 1000", "{how}");
        }
        assert_eq!(rest[1], "B4 Connected abonent 74950000001 tfc=A > 101*", "{how}");
        assert_eq!(rest[2], "B5 Disconnected abonent 74950000001 tfc=A > 101* 1120", "{how}");
        assert_eq!(summary(&story)["disconnect_reason"], 1120);
    }
}

#[tokio::test]
async fn hanging_up_before_the_colleague_answers_passes_the_caller_on_to_the_ringing_telephone() {
    let stage = Stage::new().await;
    talking(&stage).await;
    stage.waiting(&["102"]).await;
    stage.control("transfer", json!({"extension": "101", "to": "102"})).await;
    stage.leg("102", "Appeared").await;
    stage.hang_up(json!({"extension": "101"})).await;
    stage.control("answer", json!({"extension": "102"})).await;
    stage.hang_up(json!({"number": "74950000001"})).await;
    assert_told(
        &stage.story().await,
        &[
            "B3 OnHold abonent 74950000001 tfc=A > 101* holds",
            "C1 Appeared abonent 101 tfc=B > 102 consultative",
            "B4 Disconnected abonent 74950000001 tfc=A moved > 101* 1120",
            "recording r1 Completed 2 B 101 1000",
            "C2 Appeared abonent 74950000001 tfc=B > 102* blind",
            "C3 Connected abonent 74950000001 tfc=B > 102* blind",
            "recording r2 Started 1 C 102",
            "C4 Disconnected abonent 74950000001 tfc=B > 102* 1110 blind",
            "recording r2 Completed 2 C 102 1000",
            "summary",
            "added r1 400000101",
            "added r2 400000102",
        ],
    );
}

#[tokio::test]
async fn a_blind_transfer_leaves_the_caller_with_the_colleague() {
    let stage = Stage::new().await;
    let call_id = talking(&stage).await;
    stage.a_while().await;
    assert_eq!(transfer(&stage, &call_id, "blind", "102").await, 1000);
    stage.leg("102", "Connected").await;
    stage.hang_up(json!({"number": "74950000001"})).await;
    assert_told(
        &stage.story().await,
        &[
            "B3 Disconnected abonent 74950000001 tfc=A moved > 101* 1120 cmd=t",
            "recording r1 Completed 2 B 101 1000",
            "C1 Appeared abonent 74950000001 tfc=B > 102* cmd=t blind",
            "result/transfer 1000 t",
            "C2 Connected abonent 74950000001 tfc=B > 102* cmd=t blind",
            "recording r2 Started 1 C 102",
            "C3 Disconnected abonent 74950000001 tfc=B > 102* 1110 cmd=t blind",
            "recording r2 Completed 2 C 102 1000",
            "summary",
            "added r1 400000101",
            "added r2 400000102",
        ],
    );
}

#[tokio::test]
async fn a_blind_transfer_in_vain_comes_back() {
    for (how, reason) in [("declines", 1122), ("silent", 1111), ("call/hangup", 1181)] {
        let stage = Stage::new().await;
        let call_id = talking(&stage).await;
        match how {
            "call/hangup" => stage.waiting(&["102"]).await,
            how => drop(stage.control("people/102", json!({"behaviour": how, "ring": 3})).await),
        }
        transfer(&stage, &call_id, "blind", "102").await;
        if how == "call/hangup" {
            let ringing = stage.leg("102", "Appeared").await;
            assert_eq!(stage.command(how, json!({"command_id": "h", "call_id": ringing})).await, 1000);
        }
        stage.hears("events/call", |event| event["transfer"] == "return_blind" && event["call_state"] == "Connected").await;
        stage.hang_up(json!({"number": "74950000001"})).await;
        let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
        assert_eq!(
            told_in_full(&story)[4..],
            [
                "B3 Disconnected abonent 74950000001 tfc=A moved > 101* 1120 cmd=t",
                "C1 Appeared abonent 74950000001 tfc=B > 102* cmd=t blind",
                &format!("C2 Disconnected abonent 74950000001 tfc=B > 102* {reason} cmd=t blind"),
                "D1 Appeared abonent 74950000001 tfc=C > 101* cmd=t return_blind",
                "D2 Connected abonent 74950000001 tfc=C > 101* cmd=t return_blind",
                "D3 Disconnected abonent 74950000001 tfc=C > 101* 1110 cmd=t return_blind",
            ],
            "{how}"
        );
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_during_a_blind_transfer_is_not_brought_back() {
    let stage = Stage::new().await;
    let call_id = talking(&stage).await;
    stage.waiting(&["102"]).await;
    transfer(&stage, &call_id, "blind", "102").await;
    stage.leg("102", "Appeared").await;
    stage.hang_up(json!({"number": "74950000001"})).await;
    let told = told_in_full(&stage.story().await);
    assert!(told.contains(&"C2 Disconnected abonent 74950000001 tfc=B > 102* 1110 cmd=t blind".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|row| row.contains("return_blind")));
}

#[tokio::test]
async fn an_outgoing_call_can_be_transferred_too() {
    let stage = Stage::new().await;
    stage.patient(&["74950000020", "102", "74950000021"]).await;
    stage.control("outgoing", json!({"from": "101", "to": "74950000020"})).await;
    let call_id = stage.leg("74950000020", "Connected").await;
    transfer(&stage, &call_id, "hold", "74950000021").await;
    stage.leg("74950000021", "Connected").await;
    stage.hang_up(json!({"extension": "101"})).await;
    stage.hang_up(json!({"number": "74950000021"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    assert_eq!(
        told_in_full(&story),
        [
            "A1 Appeared abonent 101?* > 74950000020",
            "A2 Connected abonent 101* > 74950000020",
            "A3 OnHold abonent 101* holds > 74950000020 cmd=t",
            "B1 Appeared abonent 101* tfc=A > 74950000021 cmd=t consultative",
            "B2 Connected abonent 101* tfc=A > 74950000021 cmd=t consultative",
            "A4 Disconnected abonent 101* > 74950000020 moved 1110",
            "B3 Connected abonent 74950000020* tfc=A > 74950000021 cmd=t blind",
            "B4 Disconnected abonent 74950000020* tfc=A > 74950000021 1120 cmd=t blind",
        ]
    );
}

#[tokio::test]
async fn a_group_takes_a_transfer_or_gives_it_back() {
    let stage = Stage::new().await;
    let call_id = talking(&stage).await;
    stage.patient(&["108"]).await;
    stage.control("people/107", json!({"behaviour": "busy", "ring": 1})).await;
    transfer(&stage, &call_id, "blind", "302").await;
    stage.leg("108", "Connected").await;
    stage.hang_up(json!({"extension": "108"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    assert_eq!(
        told_in_full(&story)[5..],
        [
            "C1 Appeared queue 74950000001 tfc=B > nobody(302)* cmd=t blind",
            "D1 Appeared abonent 74950000001 tfc=C > 107(302)* cmd=t blind",
            "D2 Disconnected abonent 74950000001 tfc=C > 107(302)* 1121 cmd=t blind",
            "E1 Appeared abonent 74950000001 tfc=C > 108(302)* cmd=t blind",
            "E2 Connected abonent 74950000001 tfc=C > 108(302)* cmd=t blind",
            "C2 Disconnected queue 74950000001 tfc=B > nobody(302)* 1100 cmd=t blind",
            "E3 Disconnected abonent 74950000001 tfc=C > 108(302)* 1120 cmd=t blind",
        ]
    );

    let call_id = talking(&stage).await;
    stage.control("people/108", json!({"behaviour": "declines", "ring": 1})).await;
    transfer(&stage, &call_id, "blind", "302").await;
    stage.hears("events/call", |event| event["transfer"] == "return_blind" && event["call_state"] == "Connected").await;
    stage.hang_up(json!({"extension": "101"})).await;
    let told = told_in_full(&stage.story().await);
    assert!(told.contains(&"C2 Disconnected queue 74950000001 tfc=B > nobody(302)* 1164 cmd=t blind".to_owned()), "{told:#?}");
    assert!(told.contains(&"F1 Appeared abonent 74950000001 tfc=C > 101* cmd=t return_blind".to_owned()), "{told:#?}");
}

#[tokio::test]
async fn a_caller_in_the_menu_is_led_elsewhere() {
    let stage = Stage::new().await;
    stage.patient(&["103"]).await;
    stage.control("incoming", json!({"from": "74950000001", "to": "101", "menu": 86_400})).await;
    let menu = stage.leg("74950000010", "Appeared").await;
    stage.control("dtmf", json!({"digits": "1"})).await;
    stage.control("dtmf", json!({"digits": "123456789"})).await;
    assert_eq!(stage.command("play/start", json!({"command_id": "p", "call_id": menu, "after_play_time": 20})).await, 1000);
    assert_eq!(stage.command("route", json!({"command_id": "r", "call_id": menu, "to_number": "103"})).await, 1000);
    stage.leg("103", "Connected").await;
    stage.hang_up(json!({"extension": "103"})).await;
    let story = stage.story().await;
    assert_eq!(
        told_in_full(&story),
        [
            "A1 Appeared ivr 74950000001 > 74950000010*",
            "dtmf 1 A ivr 1 by 74950000001",
            "dtmf 2 A ivr.1 123456789 by 74950000001",
            "result/play/start 1000 p",
            "A2 Disconnected ivr 74950000001 > 74950000010* 1100",
            "B1 Appeared abonent 74950000001 tfc=A > 103* cmd=r",
            "result/route 1000 r",
            "B2 Connected abonent 74950000001 tfc=A > 103* cmd=r",
            "recording r1 Started 1 B 103",
            "B3 Disconnected abonent 74950000001 tfc=A > 103* 1120 cmd=r",
            "recording r1 Completed 2 B 103 1000",
            "summary",
            "added r1 400000103",
        ]
    );
}

#[tokio::test]
async fn a_ringing_call_and_a_waiting_one_are_led_elsewhere() {
    let stage = Stage::new().await;
    stage.patient(&["103"]).await;
    stage.waiting(&["101", "107"]).await;
    stage.control("outgoing", json!({"from": "102", "to": "101"})).await;
    let ringing = stage.leg("101", "Appeared").await;
    stage.command("route", json!({"command_id": "r", "call_id": ringing, "to_number": "103"})).await;
    stage.leg("103", "Connected").await;
    assert_eq!(stage.command("route", json!({"command_id": "r", "call_id": ringing, "to_number": "103"})).await, 4101);
    stage.hang_up(json!({"extension": "103"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    assert_eq!(
        told_in_full(&story),
        [
            "A1 Appeared abonent 102 > 101",
            "A2 Disconnected abonent 102 > 101 1110",
            "B1 Appeared abonent 102 tfc=A > 103 cmd=r",
            "B2 Connected abonent 102 tfc=A > 103 cmd=r",
            "B3 Disconnected abonent 102 tfc=A > 103 1120 cmd=r",
        ]
    );

    stage.control("incoming", json!({"from": "74950000001", "to": "302"})).await;
    stage.leg("107", "Appeared").await;
    let queue = stage.hears("events/call", |event| event["location"] == "queue").await["call_id"].clone();
    assert_eq!(stage.command("call/hangup", json!({"command_id": "h", "call_id": queue})).await, 4100);
    stage.command("route", json!({"command_id": "r", "call_id": queue, "to_number": "103"})).await;
    stage.leg("103", "Connected").await;
    stage.hang_up(json!({"extension": "103"})).await;
    let story: Vec<_> = stage.story().await.into_iter().filter(|(path, _)| path == "events/call").collect();
    assert_eq!(
        told_in_full(&story)[2..],
        [
            "B1 Appeared queue 74950000001 tfc=A > nobody(302)*",
            "C1 Appeared abonent 74950000001 tfc=B > 107(302)*",
            "B2 Disconnected queue 74950000001 tfc=A > nobody(302)* 1100",
            "D1 Appeared abonent 74950000001 tfc=B > 103* cmd=r",
            "C2 Disconnected abonent 74950000001 tfc=B > 107(302)* 1182",
            "D2 Connected abonent 74950000001 tfc=B > 103* cmd=r",
            "D3 Disconnected abonent 74950000001 tfc=B > 103* 1120 cmd=r",
        ]
    );
}

#[tokio::test]
async fn impossible_commands_are_refused_and_change_nothing() {
    let stage = Stage::new().await;
    let call_id = talking(&stage).await;
    let menu = stage.leg("74950000010", "Appeared").await;
    let with = |order: &Value, change: Value| {
        let mut order = order.clone();
        change.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
        order
    };
    let move_it = json!({"command_id": "x", "call_id": call_id, "method": "blind", "to_number": "102", "initiator": "101"});
    let order = |call_id: &str| json!({"command_id": "x", "call_id": call_id});
    stage.control("settings", json!({"transfers_outside": false})).await;
    for (method, order, result) in [
        ("transfer", with(&move_it, json!({"method": null})), 3103),
        ("transfer", with(&move_it, json!({"method": "kind"})), 3104),
        ("transfer", with(&move_it, json!({"to_number": null})), 3103),
        ("transfer", with(&move_it, json!({"to_number": "199"})), 3200),
        ("transfer", with(&move_it, json!({"to_number": "12-34"})), 3104),
        ("transfer", with(&move_it, json!({"initiator": null})), 3103),
        ("transfer", with(&move_it, json!({"initiator": "102"})), 3100),
        ("transfer", with(&move_it, json!({"initiator": "to.number"})), 3100),
        ("transfer", with(&move_it, json!({"initiator": "74950000001"})), 3100),
        ("transfer", with(&move_it, json!({"call_id": null})), 3103),
        ("transfer", with(&move_it, json!({"call_id": "nonsense"})), 4101),
        ("transfer", with(&move_it, json!({"call_id": menu})), 4101),
        ("transfer", with(&move_it, json!({"to_number": "101"})), 4100),
        ("transfer", with(&move_it, json!({"to_number": "74950000001"})), 4100),
        ("transfer", with(&move_it, json!({"to_number": "74950000021"})), 4100),
        ("transfer_cancel", order(&call_id), 4100),
        ("transfer_cancel", order("nonsense"), 4101),
        ("call/hold/on", order(&call_id), 3103),
        ("call/hold/on", with(&order(&call_id), json!({"initiator": "102"})), 3100),
        ("route", with(&order(&call_id), json!({"to_number": "102"})), 4100),
        ("route", with(&order(&menu), json!({"to_number": "102"})), 4101),
        ("play/start", with(&order(&call_id), json!({"internal_id": 1})), 4100),
        ("play/start", with(&order(&call_id), json!({"after_play_time": -1})), 3104),
        ("recording/start", order(&call_id), 3103),
        ("recording/start", with(&order(&call_id), json!({"call_party_number": "74950000001"})), 3330),
        ("recording/start", with(&order(&call_id), json!({"call_party_number": "102"})), 3330),
        ("recording/start", with(&order(&call_id), json!({"call_party_number": "101"})), 4102),
        ("calls_connect", json!({"command_id": "x", "holded_call_id": call_id}), 3103),
        (
            "calls_connect",
            json!({"command_id": "x", "holded_call_id": call_id, "transferred_call_id": "x", "transfer_initiator_number": "101"}),
            4101,
        ),
    ] {
        assert_eq!(stage.command(method, order.clone()).await, result, "{method} {order}");
        if result >= 4000 {
            let path = format!("result/{method}");
            let told = |event: &Value| event["result"] == result && event["command_id"] == "x";
            let refused = locked(&stage.told).iter().any(|(heard, event)| heard.trim_end_matches('/') == path && told(event));
            let refused = refused || stage.hears(&path, told).await["result"] == result;
            assert!(refused, "{method} {order}");
        }
        locked(&stage.told).retain(|(path, _)| !path.starts_with("result/"));
    }
    stage.control("settings", json!({"transfers_outside": true})).await;
    transfer(&stage, &call_id, "hold", "74950000021").await;
    assert_eq!(transfer(&stage, &call_id, "blind", "102").await, 4100, "on hold");
    stage.hang_up(json!({"number": "74950000001"})).await;
    stage.hang_up(json!({"extension": "101"})).await;
    let told = told_in_full(&stage.story().await);
    assert!(told.contains(&"C1 Appeared abonent 101* tfc=B > 74950000021 cmd=t consultative".to_owned()), "{told:#?}");
}

#[tokio::test]
async fn a_refusal_can_come_later_than_the_answer() {
    let stage = Stage::new().await;
    stage.control("settings", json!({"refuse_later": true})).await;
    assert_eq!(transfer(&stage, "nonsense", "blind", "102").await, 1000);
    assert_eq!(stage.story().await, [("result/transfer".to_owned(), json!({"command_id": "t", "result": 4101}))]);
}

#[tokio::test]
async fn a_command_that_comes_with_the_natural_end_breaks_nothing() {
    for round in 0..30 {
        let stage = Stage::with(|settings| Settings { seed: round, ..settings }).await;
        stage.control("people/102", json!({"behaviour": "answers", "ring": 0, "talk": f64::from(round as u32 % 6) / 2.0})).await;
        stage.control("incoming", json!({"from": "74950000001", "to": "102", "menu": 0})).await;
        let call_id = stage.leg("102", "Connected").await;
        let order = json!({"command_id": "t", "call_id": call_id, "method": "blind", "to_number": "103", "initiator": "102"});
        let moved = stage.command("transfer", order).await;
        let ended = stage.command("call/hangup", json!({"command_id": "h", "call_id": call_id})).await;
        assert!([1000, 4101].contains(&moved) && ended == 4101, "{moved} {ended}");
        let story = stage.story().await;
        let told = told_in_full(&story);
        assert_eq!(told.iter().any(|row| row.contains("cmd=t")), moved == 1000, "{told:#?}");
        assert_eq!(told.iter().filter(|row| *row == "summary").count(), 1);
        let count = |state: &str| story.iter().filter(|(_, event)| event["call_state"] == state).count();
        assert_eq!(count("Appeared"), count("Disconnected"), "every leg ends once: {told:#?}");
        assert_eq!(stage.look("status").await["live"], 0);
    }
}

#[tokio::test]
async fn limits_of_transfer_and_route_are_one_in_two_seconds() {
    let stage = Stage::with(|settings| Settings { limits: true, ..settings }).await;
    for method in ["commands/transfer", "commands/route/"] {
        let order = json!({"call_id": "nonsense", "method": "blind", "to_number": "102", "initiator": "101"}).to_string();
        assert_eq!(stage.send(method, &order).await.0, 200);
        assert_eq!(stage.send(method, &order).await.0, 429, "{method}");
    }
}
