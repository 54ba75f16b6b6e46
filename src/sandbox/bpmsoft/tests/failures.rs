//! Failures on demand, and what the control API tells (bpmsoft-odata §3.7, §3.11).

use std::time::{Duration, Instant};

use super::*;

/// 11
#[tokio::test]
async fn a_row_may_be_inserted_and_the_answer_say_500() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    stage.control("faults", json!({"path": "POST Call", "times": 2, "status": 500, "after": true})).await;
    for id in ["7c1d0000-0000-4000-8000-000000000001", "7c1d0000-0000-4000-8000-000000000002"] {
        let answer = user.post("Call", json!({"Id": id})).await;
        assert_eq!((answer.status, answer.json()["error"]["innererror"]["message"].is_string()), (500, true));
        assert_eq!(user.get(&format!("Call({id})")).await.status, 200, "it is there");
    }
    assert_eq!(user.post("Call", json!({})).await.status, 201);
}

/// 11
#[tokio::test]
async fn a_connection_may_break_after_the_insert_or_before_it() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let call = |caption: &str| json!({"Caption": caption}).to_string();
    stage.control("faults", json!({"path": "writes", "close": true, "after": true})).await;
    assert!(user.send(Method::POST, &user.address("Call"), call("после")).await.is_err());
    stage.control("faults", json!({"path": "writes", "close": true})).await;
    assert!(user.send(Method::POST, &user.address("Call"), call("до")).await.is_err());
    let captions: Vec<_> = user.get("Call?$select=Caption").await.rows();
    assert_eq!(captions, [json!({"Caption": "после"})]);
}

/// 11
#[tokio::test]
async fn answers_may_be_late_or_put_off() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for status in [429, 503] {
        stage.control("faults", json!({"path": "Contact", "status": status, "retry_after": 3})).await;
        let answer = user.get("Contact?$top=1").await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, "3"));
        assert_eq!(user.get("Contact?$top=1").await.status, 200);
    }
    stage.control("faults", json!({"path": "GET Contact", "delay": 0.15})).await;
    let begun = Instant::now();
    assert_eq!(user.get("Contact?$top=1").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
    stage.control("faults", json!({"path": "sign-in", "status": 200, "body": "<html></html>"})).await;
    assert_eq!(user.sign_in("demo", "demo-password").await.header("content-type"), "text/html");
    assert_eq!(user.sign_in("demo", "demo-password").await.json()["Code"], 0);
}

#[tokio::test]
async fn a_crm_that_is_down_says_503_to_everything() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    stage.control("settings", json!({"down": true})).await;
    assert_eq!(user.get("Contact").await.status, 503);
    assert_eq!(user.sign_in("demo", "demo-password").await.status, 503);
    stage.control("settings", json!({"down": false})).await;
    assert_eq!(user.get("Contact?$top=1").await.status, 200, "the session has survived");
}

#[tokio::test]
async fn rights_may_be_refused_set_by_set() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    stage.control("settings", json!({"refused": ["SysAdminUnit"], "read_only": ["Call"]})).await;
    assert_eq!(user.get("SysAdminUnit").await.status, 403);
    assert_eq!((user.get("Call").await.status, user.post("Call", json!({})).await.status), (200, 403));
    assert_eq!(user.get("Contact?$top=1").await.status, 200);
}

#[tokio::test]
async fn requests_are_told_without_secrets() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    user.get("Contact?$filter=Name eq 'Ёж + 1'&$top=1").await;
    user.post("Call", json!({"Caption": "тайна"})).await;
    let told = stage.look().await;
    let expected = json!([
        {"method": "POST", "path": "/crm/ServiceModel/AuthService.svc/Login", "query": ""},
        {"method": "GET", "path": "/crm/odata/Contact", "query": "$filter=Name eq 'Ёж + 1'&$top=1"},
        {"method": "POST", "path": "/crm/odata/Call", "query": ""},
    ]);
    assert_eq!(told["requests"], expected);
    assert_eq!((&told["rows"]["Call"], told["rows"]["Contact"].as_i64().unwrap() > 50), (&json!(1), true));
    for secret in ["demo-password", "тайна", &user.cookie("BPMCSRF").unwrap(), &user.cookie(".ASPXAUTH").unwrap()] {
        assert!(!told.to_string().contains(secret));
    }
    stage.client.delete(format!("{}/sandbox/crm/requests", stage.url)).send().await.unwrap();
    assert_eq!(stage.look().await["requests"], json!([]));
}

#[tokio::test]
async fn a_reset_brings_the_first_day_back() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    user.made("Call", json!({})).await;
    stage.control("settings", json!({"page_cap": 3})).await;
    stage.control("columns", json!({"set": "Call", "name": "UsrOwn", "kind": "int"})).await;
    let before = user.get("Contact?$filter=Name eq 'Иванова Мария'&$select=Id").await.rows();
    let reset = stage.client.post(format!("{}/sandbox/reset", stage.url)).send().await.unwrap();
    assert_eq!(reset.status(), 200);
    assert_eq!(user.get("Call").await.status, 401, "sessions are forgotten, too");
    user.sign_in("demo", "demo-password").await;
    assert_eq!((user.get("Call").await.rows().len(), user.get("Contact").await.rows().len() > 50), (0, true));
    assert_eq!(user.get("Call?$select=UsrOwn").await.status, 400);
    assert_eq!(user.get("Contact?$filter=Name eq 'Иванова Мария'&$select=Id").await.rows(), before, "ids are the same everywhere");
}

#[tokio::test]
async fn nothing_is_made_before_somebody_asks() {
    let stage = Stage::new().await;
    let asked = stage.client.get(format!("{}/sandbox/status", stage.url)).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    stage.client.post(format!("{}/sandbox/reset", stage.url)).send().await.unwrap();
    assert!(!stage.home.path().join("crm.db").exists());
    super::super::reset(stage.home.path()).unwrap();
    assert!(!stage.home.path().join("crm.db").exists());
    stage.user().await;
    assert!(stage.home.path().join("crm.db").exists());
}

#[tokio::test]
async fn two_processes_may_write_at_once() {
    let stage = Stage::new().await;
    let first = stage.user().await;
    let url = open_doors(stage.home.path()).await;
    let second = Visitor { odata: format!("{url}/crm/odata"), app: format!("{url}/crm"), ..stage.stranger() };
    second.sign_in("demo2", "demo2-password").await;
    let write = async |user: &Visitor| {
        for number in 0..20 {
            user.made("Contact", json!({"Name": format!("Человек {number}"), "Phone": "1"})).await;
            assert_eq!(user.get("Contact?$top=1").await.status, 200);
        }
    };
    tokio::join!(write(&first), write(&second));
    assert_eq!(first.get("Contact/$count?$filter=startswith(Name,'Человек')").await.text(), "\u{feff}40");
}

#[tokio::test]
async fn the_control_api_refuses_what_it_does_not_understand() {
    let stage = Stage::new().await;
    for (path, body) in [
        ("settings", json!({"pagecap": 1})),
        ("settings", json!({"page_cap": 0})),
        ("settings", json!({"lost": "418"})),
        ("faults", json!({"times": 1})),
        ("columns", json!({"set": "Call", "name": "Own", "kind": "int"})),
        ("columns", json!({"set": "Call", "name": "Usr\"x", "kind": "int"})),
        ("people", json!({})),
    ] {
        let sent = stage.client.post(format!("{}/sandbox/crm/{path}", stage.url)).body(body.to_string()).send().await.unwrap();
        assert_eq!(sent.status(), 400, "{path} {body}");
    }
}
