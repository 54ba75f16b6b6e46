//! Envelope, refusals, limits, faults (vpbx-core §1, §2; field notes).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::*;

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn signed(json: &str) -> [(&'static str, String); 3] {
    let sign = crate::pbx::envelope::sign(&["demokey", json, "demosalt"]);
    [("vpbx_api_key", "demokey".to_owned()), ("sign", sign), ("json", json.to_owned())]
}

#[tokio::test]
async fn every_form_that_real_clients_send_is_understood() {
    let stage = Stage::new().await;
    for json in ["{}", "[]", "null", "", " { }\n", r#"{"extension":null}"#, r#"{"extension":""}"#, r#"{"extension":0,"limit":5}"#] {
        let [key, sign, text] = signed(json);
        let backwards = form(&[("json", &text.1), ("nonsense", "1"), ("sign", &sign.1), ("vpbx_api_key", &key.1)]);
        for path in ["config/users/request", "config/users/request/"] {
            let (status, body) = stage.post(path, backwards.clone()).await.unwrap();
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((status, body["users"].as_array().map(Vec::len)), (200, Some(8)), "{json} at {path}");
            assert!(body.get("result").is_none());
        }
    }
}

#[tokio::test]
async fn multipart_forms_are_understood() {
    let stage = Stage::new().await;
    let part = |(name, value): &(&str, String)| format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = signed(r#"{"operator_extension":"104","note":"Привет"}"#).iter().map(part).collect::<String>() + "--cut--\r\n";
    let url = format!("{}/groups", stage.url);
    let sent = stage.client.post(url).header("content-type", "multipart/form-data; boundary=cut").body(body).send().await.unwrap();
    let answer: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
    assert_eq!(answer["groups"][0]["extension"], "301", "{answer}");
}

#[tokio::test]
async fn what_is_signed_is_the_text_and_not_its_meaning() {
    let stage = Stage::new().await;
    let (_, body) = stage.send("config/users/request", r#"{ "a\/b" : "\u041f", "extension":  "103" }"#).await;
    assert!(body.contains("Белов"), "{body}");
}

#[tokio::test]
async fn refusals_are_those_of_the_pbx() {
    let stage = Stage::new().await;
    let [key, sign, json] = signed("{}");
    let whole = |key: &str, sign: &str, json: &str| form(&[("vpbx_api_key", key), ("sign", sign), ("json", json)]);
    let broken = signed("{broken");
    for (what, body, status, result) in [
        ("foreign key", whole("other", &sign.1, &json.1), 401, 3105),
        ("wrong sign", whole(&key.1, "00", &json.1), 200, 3102),
        ("no sign", form(&[("vpbx_api_key", &key.1), ("json", &json.1)]), 200, 3103),
        ("no key", form(&[("sign", &sign.1), ("json", &json.1)]), 200, 3103),
        ("no json", form(&[("vpbx_api_key", &key.1), ("sign", &sign.1)]), 200, 3103),
        ("nothing", String::new(), 200, 3103),
        ("broken json", whole(&key.1, &broken[1].1, &broken[2].1), 200, 3400),
    ] {
        let (given, text) = stage.post("groups", body).await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((given, answer["result"].as_i64()), (status, Some(result)), "{what}: {text}");
    }
    let got = stage.client.get(format!("{}/vpbx/groups", stage.url)).send().await.unwrap();
    assert!(got.text().await.unwrap().contains("3101"));
    assert_eq!(stage.send("no/such/method", "{}").await.0, 404);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(900_000));
    assert_eq!(stage.send("groups", &large).await.0, 200);
    assert_eq!(stage.send("groups", &"x".repeat(1_100_000)).await.0, 413);
}

#[tokio::test]
async fn a_foreign_address_gets_in_nowhere() {
    let elsewhere: IpAddr = "192.0.2.1".parse().unwrap();
    let stage = Stage::with(|settings| Settings { allow_ips: vec![elsewhere], ..settings }).await;
    assert_eq!(stage.send("groups", "{}").await.0, 403);
    let stage = Stage::with(|settings| Settings { allow_ips: vec![elsewhere, "127.0.0.1".parse().unwrap()], ..settings }).await;
    assert_eq!(stage.send("groups", "{}").await.0, 200);
}

#[tokio::test]
async fn too_many_requests_are_refused_in_every_known_spelling() {
    let stage = Stage::with(|settings| Settings { limits: true, ..settings }).await;
    assert_eq!(stage.send("config/users/request", "{}").await.0, 200);
    let documented = r#"{"name":"Service Unavailable","message":"Rate limit exceeded.","code":0,"status":429}"#;
    assert_eq!(stage.send("config/users/request", "{}").await, (429, documented.to_owned()));
    for (spelling, status, part) in
        [("503", 503, "Rate limit"), ("5008", 200, r#"{"result":5008}"#), ("retry-after", 429, "Total rate limit")]
    {
        stage.control("settings", json!({"spelling": spelling})).await;
        let (given, body) = stage.send("config/users/request", "{}").await;
        assert_eq!((given, body.contains(part)), (status, true), "{spelling}: {body}");
    }
    assert_eq!(stage.send("groups", "{}").await.0, 200, "other methods have limits of their own");
    stage.control("settings", json!({"limits": false})).await;
    assert_eq!(stage.send("config/users/request", "{}").await.0, 200);
}

#[tokio::test]
async fn two_invalid_requests_shut_everything_for_a_while() {
    // Two minutes are three seconds: longer than four requests take anywhere.
    let stage = Stage::with(|settings| Settings { limits: true, speed: 40.0, ..settings }).await;
    assert_eq!(stage.send("stats/result", "{}").await.0, 200);
    assert_eq!(stage.send("groups", "{}").await.0, 200, "one is tolerated");
    assert_eq!(stage.send("commands/callback", "{}").await.0, 401);
    assert_eq!(stage.send("groups", "{}").await.0, 401);
    while stage.send("groups", "{}").await.0 == 401 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stage.send("groups", "{}").await.0, 200);
}

#[tokio::test]
async fn a_wrong_key_is_no_invalid_request() {
    let stage = Stage::with(|settings| Settings { limits: true, ..settings }).await;
    for _ in 0..3 {
        let foreign = Envelope::seal(&Credentials::new("other", "demosalt"), "{}").form();
        assert_eq!(stage.post("groups", foreign).await.unwrap().0, 401);
    }
    assert_eq!(stage.send("groups", "{}").await.0, 200);
}

#[tokio::test]
async fn answers_can_be_replaced_for_a_number_of_requests() {
    let stage = Stage::new().await;
    stage.control("faults", json!({"path": "groups", "times": 2, "status": 502, "body": "<html>bad gateway</html>"})).await;
    for status in [502, 502, 200] {
        assert_eq!(stage.send("groups/", "{}").await.0, status);
    }
    stage.control("faults", json!({"path": "vpbx/groups", "result": 9999})).await;
    assert_eq!(stage.ask("groups", json!({})).await, json!({"result": 9999}));
    stage.control("faults", json!({"path": "*", "string_result": true})).await;
    assert_eq!(stage.ask("groups", json!({})).await["result"], "1000");
    stage.control("faults", json!({"path": "stats/result", "times": 0, "status": 204})).await;
    for _ in 0..5 {
        assert_eq!(stage.send("stats/result", r#"{"key":"x"}"#).await, (204, String::new()));
    }
}

#[tokio::test]
async fn answers_can_be_late_cut_or_missing() {
    let stage = Stage::new().await;
    let try_it = || stage.post("groups", Envelope::seal(&credentials(), "{}").form());
    stage.control("faults", json!({"path": "groups", "truncate": true})).await;
    assert!(try_it().await.is_err(), "half a body");
    stage.control("faults", json!({"path": "groups", "close": true})).await;
    assert!(try_it().await.is_err(), "no answer");
    stage.control("faults", json!({"path": "groups", "delay": 0.15})).await;
    let begun = Instant::now();
    assert_eq!(try_it().await.unwrap().0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_lost_answer_may_mean_that_the_call_was_made() {
    let stage = Stage::new().await;
    let order = json!({"command_id": "c", "from": {"extension": "101"}, "to_number": "74950000020"}).to_string();
    let form = || Envelope::seal(&credentials(), order.as_str()).form();
    stage.control("faults", json!({"path": "commands/callback", "close": true})).await;
    assert!(stage.post("commands/callback", form()).await.is_err());
    assert!(stage.story().await.is_empty());
    stage.control("faults", json!({"path": "commands/callback", "close": true, "after": true})).await;
    assert!(stage.post("commands/callback", form()).await.is_err());
    assert!(!stage.story().await.is_empty());
}
