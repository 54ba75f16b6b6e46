//! The control API, and the lists of employees, groups and lines.

use super::*;

#[tokio::test]
async fn employees_are_listed_with_the_fields_that_were_asked_for() {
    let stage = Stage::new().await;
    for extension in [json!("103"), json!(103)] {
        let fields = ["general.user_id", "general.sips", "groups", "telephony.line_id", "telephony.numbers.schedule"];
        let answer = stage.ask("config/users/request", json!({"extension": extension, "ext_fields": fields})).await;
        let [user] = answer["users"].as_array().unwrap().as_slice() else { panic!("{answer}") };
        assert_eq!((&user["general"]["user_id"], &user["groups"]), (&json!(400000103), &json!([400000300])));
        assert_eq!(user["general"]["sips"][0]["number"], "user103@demo.mangosip.ru");
        assert_eq!(user["telephony"]["numbers"][0]["schedule"], json!([]));
        assert!(user["general"].get("mobile").is_none() && user["telephony"].get("dial_alg").is_none());
    }
    assert_eq!(stage.ask("config/users/request", json!({"extension": "999"})).await, json!({"users": []}));
}

#[tokio::test]
async fn groups_can_be_filtered() {
    let stage = Stage::new().await;
    for (filter, expected) in [
        (json!({}), vec!["300", "301", "302"]),
        (json!({"group_id": 400000301}), vec!["301"]),
        (json!({"group_id": "400000301"}), vec!["301"]),
        (json!({"operator_id": 400000108}), vec!["302"]),
        (json!({"operator_extension": "101"}), vec!["300"]),
        (json!({"operator_extension": ""}), vec!["300", "301", "302"]),
        (json!({"group_id": 1}), vec![]),
    ] {
        let answer = stage.ask("groups", filter.clone()).await;
        let found: Vec<_> = answer["groups"].as_array().unwrap().iter().map(|group| group["extension"].as_str().unwrap()).collect();
        assert_eq!((answer["result"].as_i64(), found), (Some(1000), expected), "{filter}");
        assert!(answer["groups"][0].get("operators").is_none());
    }
    let answer = stage.ask("groups", json!({"show_users": 1})).await;
    assert_eq!(
        answer["groups"][0]["operators"][0],
        json!({"id": 400000101, "name": "Петров Иван", "extension": "101", "priority": 1, "order": 1})
    );
}

#[tokio::test]
async fn lines_and_balance_have_the_fields_of_real_answers() {
    let stage = Stage::new().await;
    let answer = stage.ask("incominglines", json!([])).await;
    let keys: Vec<_> = answer["lines"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["line_id", "number", "name", "comment", "region", "schema_id", "schema_name"]);
    let answer = stage.ask("account/balance", json!({})).await;
    assert_eq!((&answer["currency"], answer["balance"].is_f64()), (&json!("RUB"), true));
    assert_eq!(answer["response_at"].as_str().unwrap().len(), 19);
}

#[tokio::test]
async fn requests_can_be_counted_without_seeing_secrets() {
    let stage = Stage::new().await;
    stage.ask("groups", json!({"show_users": 1})).await;
    stage.send("no/such", "{}").await;
    let seen = stage.look("requests").await;
    assert_eq!(seen["requests"], json!([{"path": "groups", "json": {"show_users": 1}}, {"path": "no/such", "json": {}}]));
    assert!(!seen.to_string().contains("demokey"));
}

#[tokio::test]
async fn a_reset_forgets_calls_habits_and_faults() {
    let stage = Stage::new().await;
    stage.control("people/74950000020", json!({"behaviour": "busy"})).await;
    stage.control("faults", json!({"path": "groups", "times": 0, "status": 500})).await;
    stage.control("generate", json!({"calls": 100, "days": 3})).await;
    assert_eq!(summary(&stage.call("74950000020").await)["disconnect_reason"], 1121);
    assert_eq!(stage.look("status").await["calls"], 101);
    stage.ask("commands/callback", json!({"from": {"extension": "101"}, "to_number": "79990000000"})).await;
    stage.control("reset", json!({})).await;
    stage.sandbox.idle().await;
    let status = stage.look("status").await;
    assert_eq!((&status["calls"], &status["live"]), (&json!(0), &json!(0)));
    assert_eq!(stage.send("groups", "{}").await.0, 200);
    locked(&stage.told).clear();
    assert_eq!(summary(&stage.call("74950000020").await)["entry_result"], 1);
}

#[tokio::test]
async fn people_are_listed_with_what_they_do() {
    let stage = Stage::new().await;
    stage.control("people/105", json!({"behaviour": "declines"})).await;
    let answer = stage.look("people").await;
    assert_eq!((&answer["people"][0]["name"], &answer["people"][0]["numbers"][0]["kind"]), (&json!("Иванова Мария"), &json!("mobile")));
    assert_eq!(answer["employees"][4]["behaviour"], "declines");
}

#[tokio::test]
async fn the_control_api_refuses_what_it_does_not_understand() {
    let stage = Stage::new().await;
    for (path, body) in [
        ("faults", json!({"path": "x", "mistyped": 1})),
        ("people/101", json!({"behaviour": "sleeps"})),
        ("settings", json!({"spelling": "418"})),
        ("incoming", json!({"from": "1", "to": "999"})),
        ("incoming", json!({"from": "1", "line": "1"})),
        ("generate", json!({})),
    ] {
        let sent = stage.client.post(format!("{}/sandbox/{path}", stage.url)).body(body.to_string()).send().await.unwrap();
        assert_eq!(sent.status(), 400, "{path} {body}");
    }
}

#[tokio::test]
async fn a_stranger_may_not_pull_the_strings() {
    use axum::extract::{ConnectInfo, Request};
    use axum::middleware::{Next, from_fn};
    let home = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(settings(&home)).unwrap();
    for (address, status) in [("192.0.2.7:1", 403), ("127.0.0.1:1", 200), ("[::ffff:127.0.0.1]:1", 200)] {
        let from: std::net::SocketAddr = address.parse().unwrap();
        let pretend = from_fn(move |mut request: Request, next: Next| {
            request.extensions_mut().insert(ConnectInfo(from));
            next.run(request)
        });
        let router = sandbox.router().layer(pretend);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/sandbox/status", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        assert_eq!(client().get(url).send().await.unwrap().status(), status, "{address}");
    }
}
