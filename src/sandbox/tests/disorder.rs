//! Messages out of order, twice or never, and the place of `result/…` (vpbx-core §3, §4; field notes).

use super::*;

async fn incoming(settings: Value, seed: u64) -> Vec<(String, Value)> {
    let stage = Stage::with(|old| Settings { seed, ..old }).await;
    stage.control("settings", settings).await;
    for _ in 0..3 {
        stage.control("incoming", json!({"from": "74950000001", "to": "301"})).await;
        stage.sandbox.idle().await;
    }
    stage.story().await
}

/// What happened, without when.
fn without_times(story: &[(String, Value)]) -> Vec<String> {
    story.iter().map(|(path, event)| format!("{path} {} {} {}", event["call_id"], event["seq"], event["recording_state"])).collect()
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

#[tokio::test]
async fn shuffled_messages_are_the_same_ones_in_an_order_that_the_seed_decides() {
    let plain = without_times(&incoming(json!({}), 5).await);
    let shuffled = without_times(&incoming(json!({"shuffle": 20}), 5).await);
    assert_ne!(shuffled, plain);
    assert_eq!(sorted(shuffled.clone()), sorted(plain));
    assert_eq!(without_times(&incoming(json!({"shuffle": 20}), 5).await), shuffled);
    let other = without_times(&incoming(json!({"shuffle": 20}), 6).await);
    let paths = |rows: &[String]| rows.iter().map(|row| row.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_ne!(paths(&other), paths(&shuffled));
}

#[tokio::test]
async fn the_summary_may_overtake_the_last_event() {
    let mut overtaken = false;
    for seed in 0..10 {
        let story = incoming(json!({"shuffle": 20}), seed).await;
        let first = story.iter().position(|(path, _)| path == "events/summary").unwrap();
        let entry = &story[first].1["entry_id"];
        overtaken |= story[first..].iter().any(|(path, event)| path == "events/call" && event["entry_id"] == *entry);
    }
    assert!(overtaken);
}

#[tokio::test]
async fn messages_come_twice_or_never() {
    let plain = without_times(&incoming(json!({}), 5).await);
    let twice = without_times(&incoming(json!({"duplicate": 1}), 5).await);
    assert_eq!(sorted(twice), sorted([plain.clone(), plain.clone()].concat()));
    let some = without_times(&incoming(json!({"lose": 0.5}), 5).await);
    assert!(!some.is_empty() && some.len() < plain.len() && some.iter().all(|row| plain.contains(row)));
    assert_eq!(without_times(&incoming(json!({"lose": 0.5}), 5).await), some);
    assert!(incoming(json!({"lose": 1}), 5).await.is_empty());
}

#[tokio::test]
async fn late_messages_keep_their_order() {
    let plain = without_times(&incoming(json!({}), 5).await);
    assert_eq!(without_times(&incoming(json!({"delay": 30}), 5).await), plain);
}

#[tokio::test]
async fn a_call_that_lost_every_message_is_in_the_statistics_all_the_same() {
    let stage = Stage::new().await;
    stage.control("settings", json!({"lose": 1})).await;
    assert!(stage.call("74950000020").await.is_empty());
    assert_eq!(stage.look("status").await["calls"], 1);
}

#[tokio::test]
async fn results_come_before_the_events_after_them_or_as_the_seed_decides() {
    let stage = Stage::new().await;
    let mut mixed = Vec::new();
    for results in ["usual", "before", "after", "mixed", "mixed", "mixed", "mixed", "mixed", "mixed", "mixed", "mixed"] {
        stage.control("settings", json!({"results": results})).await;
        stage.patient(&["102", "103"]).await;
        stage.control("incoming", json!({"from": "74950000001", "to": "102"})).await;
        let call_id = stage.leg("102", "Connected").await;
        let order = json!({"command_id": "t", "call_id": call_id, "method": "blind", "to_number": "103", "initiator": "102"});
        stage.command("transfer", order).await;
        stage.leg("103", "Connected").await;
        stage.control("hangup", json!({"extension": "103"})).await;
        let told = told_in_full(&stage.story().await);
        let place = |beginning: &str| told.iter().position(|row| row.starts_with(beginning)).unwrap();
        let first = place("result/transfer") < place("B3");
        assert!(first || place("result/transfer") == place("C1") + 1, "{told:#?}");
        match results {
            "mixed" => mixed.push(first),
            word => assert_eq!(first, word == "before", "{word}"),
        }
    }
    assert!(mixed.contains(&true) && mixed.contains(&false));
    stage.control("settings", json!({"results": "after"})).await;
    assert_eq!(told_briefly(&stage.call("74950000024").await)[..2], ["Appeared A", "callback"]);
}
