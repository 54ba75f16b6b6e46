//! Visitors behind numbers, and the widgets API.

use super::*;
use crate::sandbox::widgets;

/// A visitor calls; what his events say of the number.
async fn a_visitor(stage: &Stage) -> Value {
    stage.control("incoming", json!({"from": "79000000021", "dct": true})).await;
    let story = stage.story().await;
    let calls: Vec<&Value> = story.iter().filter(|(path, _)| path == "events/call").map(|(_, event)| &event["dct"]).collect();
    assert!(calls.len() > 2 && calls.iter().all(|dct| *dct == calls[0]), "{calls:?}");
    calls[0].clone()
}

#[tokio::test]
async fn a_visitor_is_told_by_number_in_every_shape_signed_or_bare() {
    let stage = Stage::new().await;
    assert_eq!(a_visitor(&stage).await, json!({"number": "74950000012", "type": 1}));
    let number = json!({"number": "8 (495) 000-00-12"});
    let data = stage.ask("queries/user_info_by_dct_number", number.clone()).await;
    let pages = stage.ask("queries/user_history_by_dct_number", number.clone()).await;
    assert!(
        data["data"]["current_page"]["url"].is_string() && pages["data"][0]["date"].as_str().unwrap().ends_with("+03:00"),
        "{data} {pages}"
    );
    for (shape, nobody) in [("bare", json!({})), ("list", json!([])), ("empty", json!({})), ("data", json!({"data": {}}))] {
        stage.control("settings", json!({ "dct_shape": shape })).await;
        assert_eq!(stage.ask("queries/user_info_by_dct_number", json!({"number": "74950000014"})).await, nobody, "{shape}");
    }
    let url = format!("{}/vpbx/queries/user_info_by_dct_number", stage.url);
    let sent = stage.client.post(url).header("content-type", "application/json").body(number.to_string()).send().await.unwrap();
    let bare: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
    assert_eq!(bare["data"]["uid"], data["data"]["uid"]);
    let url = format!("{}/vpbx/account/balance", stage.url);
    let sent = stage.client.post(url).header("content-type", "application/json").body("{}").send().await.unwrap();
    assert!(sent.text().await.unwrap().contains("3103"));
}

#[tokio::test]
async fn a_number_goes_from_visitor_to_visitor_and_is_nobody_s_after_a_while() {
    let stage = Stage::new().await;
    let uid = async || stage.ask("queries/user_info_by_dct_number", json!({"number": "74950000012"})).await["data"]["uid"].clone();
    a_visitor(&stage).await;
    let first = uid().await;
    // Numbers that are free go first.
    assert_eq!(a_visitor(&stage).await["number"], "74950000013");
    assert_eq!(a_visitor(&stage).await["number"], "74950000014");
    assert_eq!(uid().await, first);
    assert_eq!(a_visitor(&stage).await["number"], "74950000012");
    assert!(uid().await.is_string() && uid().await != first);
    stage.control("settings", json!({"binding": 0})).await;
    stage.control("incoming", json!({"from": "79000000021", "line": "74950000012"})).await;
    assert_eq!(uid().await, Value::Null);
}

#[tokio::test]
async fn other_numbers_have_no_visitor() {
    let stage = Stage::new().await;
    let dct = async |line: &str| {
        stage.control("incoming", json!({"from": "79000000021", "line": line})).await;
        stage.story().await[0].1["dct"].clone()
    };
    assert_eq!(dct("74950000015").await, json!({"number": "74950000015", "type": 2}));
    assert_eq!(dct("74950000010").await, json!({"type": 0}));
    assert_eq!(stage.ask("queries/user_info_by_dct_number", json!({"number": "74950000015"})).await, json!({"data": {}}));
    assert_eq!(stage.ask("queries/user_history_by_dct_number", json!({"number": "74950000015"})).await, json!({"data": []}));
    assert_eq!(stage.ask("queries/user_info_by_dct_number", json!({})).await["result"], 3103);
}

#[tokio::test]
async fn the_widgets_api_wants_its_token_and_filters() {
    let stage = Stage::new().await;
    stage.control("generate", json!({"calls": 500, "days": 5, "seed": 3})).await;
    let token = widgets::token(&credentials());
    let now = crate::time::now().as_second();
    let at = |second: i64| jiff::Timestamp::from_second(second).unwrap().strftime("%Y-%m-%dT%H:%MZ").to_string();
    let period = format!("dateStart={}&dateEnd={}", at(now - 6 * 86_400), at(now));
    let get = async |path: &str, query: &str| {
        let sent = stage.client.get(format!("{}/widgets/v1/calltracking/{path}?{query}", stage.url)).send().await.unwrap();
        (sent.status().as_u16(), sent.text().await.unwrap())
    };
    let calls = async |query: &str| -> Vec<Value> {
        let (status, body) = get("1001/calls.json", &format!("{period}&access_token={token}&{query}")).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    };
    let all = calls("").await;
    let (dynamic, fixed) = (calls("callType=1").await, calls("callType=2").await);
    assert!(all.len() > 30 && dynamic.len() + fixed.len() == all.len() && !fixed.is_empty());
    assert!(dynamic.iter().all(|call| call["uid"].is_string()) && fixed.iter().all(|call| call["uid"].is_null()));
    let yandex = calls("utmSource=yandex&isNew=1").await;
    assert!(!yandex.is_empty() && yandex.iter().all(|call| call["utmSource"] == "yandex" && call["isNew"] == true));
    let (status, table) = get("1001/calls.csv", &format!("{period}&access_token={token}")).await;
    assert_eq!((status, table.lines().count()), (200, all.len() + 1));
    assert!(table.starts_with("callId,dateStart,dateEnd,callType,"), "{table}");
    for (path, query, status) in [
        ("1001/calls", format!("{period}&access_token={token}"), 200),
        ("1001/calls", format!("{period}&access_token=wrong"), 401),
        ("1001/calls", period.clone(), 401),
        ("1002/calls", format!("{period}&access_token={token}"), 404),
        ("1001/deals", format!("{period}&access_token={token}"), 404),
        ("1001/calls", format!("access_token={token}"), 400),
        ("1001/calls", format!("dateStart={}&dateEnd={}&access_token={token}", at(now - 40 * 86_400), at(now)), 400),
    ] {
        assert_eq!(get(path, &query).await.0, status, "{path} {query}");
    }
    let bearer = stage.client.get(format!("{}/widgets/v1/calltracking/1001/calls?{period}", stage.url)).bearer_auth(&token);
    assert_eq!(bearer.send().await.unwrap().status(), 200);
    assert!(!stage.look("requests").await.to_string().contains(&token));
}
