//! Recordings as files, links to them, and what was said in them (vpbx-data §1, §2).

use super::*;

impl Stage {
    /// A conversation with somebody outside, played to its end: ids of its call and its recording.
    async fn recorded(&self) -> (String, String) {
        let story = self.call("74950000020").await;
        let added = story.iter().find(|(path, _)| path == "events/record/added").expect("a recording");
        let text = |name: &str| added.1[name].as_str().unwrap().to_owned();
        (text("entry_id"), text("recording_id"))
    }

    /// Where a recording is to be fetched.
    async fn address(&self, recording_id: &str, action: &str) -> String {
        let order = json!({"recording_id": recording_id, "action": action}).to_string();
        let form = Envelope::seal(&credentials(), order).form();
        let sent = not_following().post(format!("{}/vpbx/queries/recording/post", self.url)).header("content-type", FORM).body(form);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), 302);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn refused(&self, method: &str, ask: Value) -> i64 {
        self.ask(method, ask).await["result"].as_i64().unwrap()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn not_following() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn post(recording_id: &str) -> Value {
    json!({"recording_id": recording_id, "action": "download"})
}

fn ids(ids: &[&str]) -> Value {
    json!({"recording_id": json!(ids).to_string(), "with_terms": true, "with_names": true})
}

#[tokio::test]
async fn a_recording_is_fetched_once_from_an_address_of_its_own() {
    let stage = Stage::new().await;
    let (_, recording) = stage.recorded().await;
    for (action, disposition) in [("download", "attachment"), ("play", "inline")] {
        let address = stage.address(&recording, action).await;
        assert!(address.starts_with(&stage.url), "{address}");
        let file = stage.client.get(&address).send().await.unwrap();
        let header = |name: &str| file.headers()[name].to_str().unwrap().to_owned();
        assert_eq!((file.status().as_u16(), header("content-type")), (200, "audio/mp3".to_owned()));
        assert!(header("content-disposition").starts_with(&format!("{disposition}; filename=\"20")), "{}", header("content-disposition"));
        let length: usize = header("content-length").parse().unwrap();
        let bytes = file.bytes().await.unwrap();
        // Six seconds at 16 kbit/s.
        assert_eq!((bytes.len(), bytes.len()), (length, 167 * 72));
        assert_eq!(stage.client.get(&address).send().await.unwrap().status(), 404, "the address is spent");
    }
    // Whoever lets his library follow with a POST gets the file, too, and whoever only looks has spent the address.
    let address = stage.address(&recording, "download").await;
    assert_eq!(stage.client.post(&address).send().await.unwrap().bytes().await.unwrap().len(), 167 * 72);
    let address = stage.address(&recording, "download").await;
    assert_eq!(stage.client.head(&address).send().await.unwrap().status(), 200);
    assert_eq!(stage.client.get(&address).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let stage = Stage::new().await;
    let (_, recording) = stage.recorded().await;
    for (ask, code) in [
        (post("r100:777:500:256"), 3320),
        (post("MToxMDAwMDAwMTo1MDAwMDAwMDAxOjA="), 3320),
        (post(&crate::sandbox::entry::recording_id(1, 0, 0)), 3320),
        (json!({"action": "download"}), 3103),
        (json!({"recording_id": recording}), 3103),
        (json!({"recording_id": recording, "action": "steal"}), 3104),
    ] {
        assert_eq!(stage.refused("queries/recording/post", ask.clone()).await, code, "{ask}");
    }
}

#[tokio::test]
async fn a_recording_takes_its_time_into_the_cloud() {
    let stage = Stage::new().await;
    stage.control("settings", json!({"recording_delay": 86_400})).await;
    stage.ask("commands/callback", json!({"command_id": "c", "from": {"extension": "101"}, "to_number": "74950000020"})).await;
    let started = stage.hears("events/recording", |event| event["recording_state"] == "Started").await;
    let recording = started["recording_id"].as_str().unwrap();
    assert_eq!(stage.refused("queries/recording/post", post(recording)).await, 3340, "they are still talking");
    stage.hears("events/summary", |_| true).await;
    assert_eq!(stage.refused("queries/recording/post", post(recording)).await, 3340, "they have just hung up");
    stage.control("settings", json!({"not_ready": 3320})).await;
    assert_eq!(stage.refused("queries/recording/post", post(recording)).await, 3320);
}

#[tokio::test]
async fn a_link_is_good_until_it_expires_for_whoever_signs_it_right() {
    let stage = Stage::new().await;
    let (_, recording) = stage.recorded().await;
    let now = stage.look("status").await["now"].as_f64().unwrap() as i64;
    let link = |salt: &str, until: i64, action: &str| {
        let sign = crate::pbx::envelope::sign(&["demokey", &until.to_string(), &recording, salt]);
        format!("{}/vpbx/queries/recording/link/{recording}/{action}/demokey/{until}/{sign}", stage.url)
    };
    let good = link("demosalt", now + 100_000, "play");
    for _ in 0..2 {
        let file = stage.client.get(&good).send().await.unwrap();
        assert_eq!((file.status().as_u16(), &file.headers()["content-type"]), (200, &"audio/mpeg".parse().unwrap()));
        assert_eq!(file.bytes().await.unwrap().len(), 167 * 72);
    }
    for bad in [link("other", now + 100_000, "play"), link("demosalt", now - 10, "play"), good.replace("demokey", "other")] {
        assert_eq!(stage.client.get(&bad).send().await.unwrap().status(), 403, "{bad}");
    }
    stage.control("settings", json!({"recording_links": false})).await;
    assert_eq!(stage.client.get(&good).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_made_up_history_has_recordings() {
    let stage = Stage::new().await;
    stage.control("generate", json!({"calls": 300, "days": 3})).await;
    let now = jiff::Timestamp::now();
    let moscow = |days: i64| crate::time::moscow(now - jiff::SignedDuration::from_hours(24 * days));
    let order = json!({"start_date": moscow(5), "end_date": moscow(0), "limit": 500, "offset": 0});
    let key = stage.ask("stats/calls/request", order).await["key"].clone();
    let report = loop {
        let report = stage.ask("stats/calls/result", json!({"key": key})).await;
        if report["status"] == "complete" {
            break report.to_string();
        }
    };
    let mut ids: Vec<&str> = report.split("\"recording_id\":[\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    ids.dedup();
    assert!(ids.len() > 100, "{} recordings", ids.len());
    for id in &ids[..20] {
        let file = stage.client.get(stage.address(id, "download").await).send().await.unwrap();
        assert!(file.bytes().await.unwrap().len() > 72 * 100);
    }
}

#[tokio::test]
async fn a_file_can_go_wrong_on_its_way() {
    let stage = Stage::new().await;
    let (_, recording) = stage.recorded().await;
    let whole = 167 * 72;
    for count in [0, 1, 71, 5000, whole - 1] {
        stage.control("faults", json!({"path": "files", "cut": count})).await;
        let file = stage.client.get(stage.address(&recording, "download").await).send().await;
        let read = match file {
            Ok(mut file) => {
                let mut read = 0;
                while let Ok(Some(piece)) = file.chunk().await {
                    read += piece.len();
                }
                read
            }
            Err(_) => 0,
        };
        assert_eq!(read, count);
    }
    stage.control("faults", json!({"path": "files", "content_length": whole + 100})).await;
    assert!(stage.client.get(stage.address(&recording, "download").await).send().await.unwrap().bytes().await.is_err());
    stage.control("faults", json!({"path": "files", "status": 200, "body": "<html>", "content_type": "text/html"})).await;
    assert_eq!(stage.client.get(stage.address(&recording, "download").await).send().await.unwrap().text().await.unwrap(), "<html>");
    stage.control("faults", json!({"path": "files", "trickle": 0.05})).await;
    let begun = std::time::Instant::now();
    let file = stage.client.get(stage.address(&recording, "download").await).send().await.unwrap().bytes().await.unwrap();
    assert!(file.len() == whole && begun.elapsed() >= std::time::Duration::from_millis(50));
    let away = json!({"path": "queries/recording/post", "status": 302, "location": "http://192.0.2.1/x"});
    stage.control("faults", away).await;
    assert_eq!(stage.address(&recording, "download").await, "http://192.0.2.1/x");
}

#[tokio::test]
async fn what_was_said_is_told_and_always_the_same() {
    let stage = Stage::new().await;
    stage.control("people/74950000020", json!({"talk": 60})).await;
    let (_, recording) = stage.recorded().await;
    let ask = || stage.ask("queries/recording_transcripts", ids(&[&recording, "unknown"]));
    let told = ask().await;
    assert_eq!((&told["result"], told["data"].as_array().unwrap().len()), (&json!(1000), 1), "{told}");
    let spoken = &told["data"][0];
    assert_eq!(spoken["names"], json!({"client": "Иванова Мария", "operator": "Петров Иван"}));
    let phrases = spoken["phrases"].as_array().unwrap();
    assert!(phrases.len() >= 10 && phrases.iter().all(|phrase| phrase[0] == "client" || phrase[0] == "operator"), "{told}");
    assert_eq!(ask().await, told);

    let topics = stage.ask("queries/recording_categories", ids(&[&recording])).await;
    let topic = &topics["data"][0]["categories"][0];
    assert!(topic["name"].is_string() && topic["terms"][0]["count"].as_i64() >= Some(1), "{topics}");
    let terse = stage.ask("queries/recording_categories", json!({"recording_id": json!([recording]).to_string()})).await;
    assert!(terse["data"][0]["categories"][0].get("name").is_none() && terse["data"][0]["categories"][0].get("terms").is_none());

    // The document shows the methods below /s2t/ with a bare body.
    let today = &crate::sandbox::clock::moscow_time(stage.look("status").await["now"].as_f64().unwrap() as i64)[..10];
    let bare = |path: &str, body: Value| {
        let sent = stage.client.post(format!("{}{path}", stage.url)).header("content-type", "application/json").body(body.to_string());
        async move { serde_json::from_str::<Value>(&sent.send().await.unwrap().text().await.unwrap()).unwrap() }
    };
    let calls = bare("/s2t/queries/records", json!({"date_from": "2020-01-01", "date_to": today, "offset": 0, "limit": 100})).await;
    let [call] = calls["data"].as_array().unwrap().as_slice() else { panic!("{calls}") };
    assert_eq!((&call["info"]["direction"], &call["info"]["to_number"]), (&json!("out"), &json!("74950000020")));
    let about = json!({"communication_id": [call["communication_id"]]});
    let summary = bare("/s2t/queries/recording_summary", about.clone()).await;
    let text = summary["data"][0]["summary"].as_str().unwrap();
    assert!(text.starts_with("1. Цель звонка: ") && text.contains("\\n2. "), "{text}");
    let signed = stage.post("../s2t/queries/recording_summary", Envelope::seal(&credentials(), about.to_string()).form()).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&signed.1).unwrap(), summary);
}

#[tokio::test]
async fn what_was_said_is_asked_for_rightly_and_by_whom_pays_for_it() {
    let stage = Stage::new().await;
    let (_, recording) = stage.recorded().await;
    let many = vec![recording.as_str(); 501];
    for (method, ask, code) in [
        ("queries/recording_transcripts", json!({"recording_id": [recording]}), 3104),
        ("queries/recording_transcripts", json!({}), 3103),
        ("queries/recording_transcripts", ids(&many), 3109),
        ("queries/recording_transcripts", ids(&["unknown"]), 1000),
        ("s2t/queries/recording_summary", json!({"communication_id": "MzAwMDAwMDAwMQ=="}), 3104),
        ("s2t/queries/records", json!({"date_from": "01.01.2026", "date_to": "2026-01-01"}), 3104),
        ("s2t/queries/records", json!({"date_from": "2026-01-02", "date_to": "2026-01-01"}), 3111),
    ] {
        assert_eq!(stage.refused(method, ask.clone()).await, code, "{method}");
    }
    stage.control("settings", json!({"speech": false})).await;
    for method in ["recording_categories", "recording_transcripts"] {
        assert_eq!(stage.refused(&format!("queries/{method}"), ids(&[&recording])).await, 2230);
    }
    assert_eq!(stage.refused("s2t/queries/records", json!({"date_from": "2026-01-01", "date_to": "2026-01-01"})).await, 2230);
}
