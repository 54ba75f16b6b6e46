//! Creating, changing and deleting rows; how values are told; files and batches (bpmsoft-odata §3.5–§3.9, §3.12).

use super::*;

/// 8
#[tokio::test]
async fn a_lookup_without_id_in_a_body_is_silently_ignored() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let someone = user.get("Contact?$top=1").await.rows()[0]["Id"].as_str().unwrap().to_owned();
    let id =
        user.made("Call", json!({"Contact": someone, "Contact/Id": someone, "Contact@odata.bind": format!("Contact({someone})")})).await;
    assert_eq!(user.row("Call", &id).await["ContactId"], NOBODY);
    assert_eq!(user.patch(&format!("Call({id})"), json!({"Contact": someone})).await.status, 204);
    assert_eq!(user.row("Call", &id).await["ContactId"], NOBODY);
    user.patch(&format!("Call({id})"), json!({"ContactId": someone})).await;
    assert_eq!(user.row("Call", &id).await["ContactId"], json!(someone));
}

/// 9
#[tokio::test]
async fn what_is_empty_is_told_as_its_types_nothing() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let id = user.made("Call", json!({})).await;
    let row = user.row("Call", &id).await;
    assert_eq!((&row["ResultId"], &row["EndDate"]), (&json!(NOBODY), &json!("0001-01-01T00:00:00Z")));
    assert_eq!((&row["Comment"], &row["Duration"]), (&json!(""), &json!(0)));
    assert_eq!(user.row("Contact", known::ADMINISTRATOR).await["DoNotUseCall"], false);
    stage.control("settings", json!({"nulls": true})).await;
    let row = user.row("Call", &id).await;
    assert_eq!((&row["ResultId"], &row["EndDate"], &row["Comment"]), (&Value::Null, &Value::Null, &json!("")));
}

#[tokio::test]
async fn both_null_and_the_empty_guid_clear_a_lookup() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for nothing in [Value::Null, json!(NOBODY)] {
        let id = user.made("Call", json!({"ResultId": known::CALL_COMPLETED, "EndDate": "2026-03-02T07:17:05.25Z"})).await;
        assert_eq!(user.row("Call", &id).await["EndDate"], "2026-03-02T07:17:05.25Z");
        user.patch(&format!("Call({id})"), json!({"ResultId": nothing, "EndDate": null})).await;
        let row = user.row("Call", &id).await;
        assert_eq!((&row["ResultId"], &row["EndDate"]), (&json!(NOBODY), &json!("0001-01-01T00:00:00Z")));
    }
}

/// 10
#[tokio::test]
async fn a_row_is_made_changed_and_deleted() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let id = "7c1d0000-0000-4000-8000-000000000003";
    let body =
        json!({"Id": id, "IntegrationId": "mango:MToxMDA6MQ==", "DirectionId": known::INCOMING, "StartDate": "2026-03-02T07:15:00Z"});
    let made = user.post("Call", body.clone()).await;
    assert_eq!((made.status, made.header("location")), (201, format!("{}/Call({id})", user.odata).as_str()));
    assert_eq!(made.json()["@odata.context"], format!("{}/$metadata#Call/$entity", user.odata));
    assert_eq!((&made.json()["Id"], &made.json()["StartDate"]), (&json!(id), &json!("2026-03-02T07:15:00Z")));
    assert_eq!(user.post("Call", body).await.status, 500, "a duplicate key");
    let row = format!("Call({id})");
    let changed = user.patch(&row, json!({"EndDate": "2026-03-02T07:17:05Z", "TalkTime": 110})).await;
    assert_eq!((changed.status, changed.body.len()), (204, 0));
    let seen = user.row("Call", id).await;
    assert_eq!((&seen["TalkTime"], &seen["IntegrationId"]), (&json!(110), &json!("mango:MToxMDA6MQ==")));
    assert_eq!(user.delete(&row).await.status, 204);
    for missing in [user.get(&row).await, user.patch(&row, json!({})).await, user.delete(&row).await] {
        assert_eq!((missing.status, &missing.json()["error"]["message"]), (404, &json!("Not found")));
    }
    assert_eq!(user.send(Method::PUT, &user.address(&row), "{}").await.unwrap().status, 405);
    assert_eq!(user.get("Call('7c1d0000-0000-4000-8000-000000000003')").await.status, 400);
}

#[tokio::test]
async fn defaults_are_filled_only_where_nothing_was_sent() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let task = |extra: Value| {
        let mut task = json!({"Title": "Перезвонить", "StartDate": "2026-03-03T07:00:00Z", "DueDate": "2026-03-03T07:30:00Z"});
        task.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        task
    };
    let row = user.post("Activity", task(json!({}))).await.json();
    assert_eq!(
        (&row["StatusId"], &row["ActivityCategoryId"], &row["TypeId"]),
        (&json!(known::NOT_STARTED), &json!(known::TO_DO), &json!(known::TASK))
    );
    assert_eq!(row["OwnerId"], row["CreatedById"]);
    assert_eq!(user.post("Activity", task(json!({"OwnerId": null}))).await.json()["OwnerId"], NOBODY);
    let refused = user.post("Activity", task(json!({"StatusId": NOBODY}))).await;
    assert_eq!(refused.status, 500);
    assert!(refused.text().contains("Состояние"), "the caption is named: {}", refused.text());
    assert_eq!(user.made("Call", json!({})).await.len(), 36);
    assert_eq!(user.get("Call").await.rows()[0]["DirectionId"], known::NO_DIRECTION);
}

#[tokio::test]
async fn bodies_that_make_no_sense_are_refused_and_change_nothing() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for (set, body, status) in [
        ("Contact", json!({"Surname": ""}), 500),
        ("Contact", json!({"Name": "x".repeat(251)}), 500),
        ("Contact", json!({"Name": 5}), 400),
        ("Contact", json!({"Name": "x", "AccountId": "nonsense"}), 400),
        ("Contact", json!({"Name": "x", "AccountId": "5f2a0000-0000-4000-8000-00000000dead"}), 500),
        ("Call", json!({"TalkTime": "5"}), 400),
        ("Call", json!({"StartDate": "2026-03-01T00:00:00"}), 400),
        ("Call", json!([1]), 400),
        ("VwRecentCall", json!({}), 405),
    ] {
        assert_eq!(user.post(set, body.clone()).await.status, status, "{set} {body}");
    }
    assert_eq!(user.get("Call/$count").await.text(), "\u{feff}0");
    let unknown = json!({"Name": "С лишним полем", "CallDate": "x"});
    assert_eq!(user.post("Contact", unknown.clone()).await.status, 201);
    stage.control("settings", json!({"refuse_unknown": true})).await;
    assert_eq!(user.post("Contact", unknown).await.status, 400);
    let plain = stage.client.post(user.address("Contact")).body("{}").header("content-type", "text/plain");
    let cookies = format!(".ASPXAUTH={}", user.cookie(".ASPXAUTH").unwrap());
    let sent = plain.header("cookie", cookies).header("BPMCSRF", user.cookie("BPMCSRF").unwrap()).send().await.unwrap();
    assert_eq!(sent.status(), 415);
}

/// 15
#[tokio::test]
async fn a_batch_stops_at_its_first_failure_unless_told_to_go_on() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let someone = user.get("Contact?$top=1").await.rows()[0]["Id"].as_str().unwrap().to_owned();
    let number = json!({"ContactId": someone, "CommunicationTypeId": known::OTHER_PHONE, "Number": "+7 900 000-00-02"});
    let batch = json!({"requests": [
        {"id": "1", "method": "POST", "url": "ContactCommunication", "atomicityGroup": "g1", "headers": {}, "body": number},
        {"id": "2", "method": "PATCH", "url": format!("Contact/{someone}"), "body": {"Notes": "из пачки"}},
        {"id": "3", "method": "POST", "url": "Contact", "body": {"Surname": ""}},
        {"id": "4", "method": "GET", "url": format!("Contact({someone})?$select=Notes")},
    ]});
    let send = async |prefer: &str| {
        let request = stage.client.post(user.address("$batch")).header("content-type", "application/json").header("prefer", prefer);
        let cookies = format!(".ASPXAUTH={}", user.cookie(".ASPXAUTH").unwrap());
        let request = request.header("cookie", cookies).header("BPMCSRF", user.cookie("BPMCSRF").unwrap());
        let sent = request.body(batch.to_string()).send().await.unwrap();
        assert_eq!(sent.status(), 200);
        let answer: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
        answer["responses"].as_array().unwrap().clone()
    };
    let statuses = |responses: &[Value]| responses.iter().map(|response| response["status"].as_i64().unwrap()).collect::<Vec<_>>();
    let stopped = send("").await;
    assert_eq!(statuses(&stopped), [201, 204, 500]);
    assert_eq!((&stopped[0]["id"], stopped[0]["body"]["Id"].is_string()), (&json!("1"), true));
    let whole = send("continue-on-error").await;
    assert_eq!(statuses(&whole), [201, 204, 500, 200]);
    assert_eq!(whole[3]["body"]["Notes"], "из пачки");
    let many: Vec<Value> = (0..101).map(|id| json!({"id": id, "method": "GET", "url": "Contact?$top=0"})).collect();
    assert_eq!(user.post("$batch", json!({ "requests": many[..100] })).await.json()["responses"].as_array().unwrap().len(), 100);
    assert_eq!(user.post("$batch", json!({ "requests": many })).await.status, 400);
}

/// 18
#[tokio::test]
async fn the_author_is_the_contact_of_whoever_is_signed_in() {
    let stage = Stage::new().await;
    let first = stage.user().await;
    let second = stage.stranger();
    second.sign_in("demo2", "demo2-password").await;
    let foreign = json!({"CreatedById": known::ADMINISTRATOR, "CreatedOn": "2001-01-01T00:00:00Z"});
    let id = first.made("Call", foreign.clone()).await;
    let made = first.row("Call", &id).await;
    let author = made["CreatedById"].as_str().unwrap().to_owned();
    assert_eq!(first.row("Contact", &author).await["Name"], "Петров Иван");
    assert!(made["CreatedOn"].as_str().unwrap() > "2020");
    second.patch(&format!("Call({id})"), json!({"Notes": "правка"})).await;
    let changed = first.row("Call", &id).await;
    assert_eq!(changed["CreatedById"], made["CreatedById"]);
    assert_ne!(changed["ModifiedById"], made["ModifiedById"]);
    assert!(changed["ModifiedOn"].as_str() > made["ModifiedOn"].as_str());
    stage.control("settings", json!({"author_from_body": true})).await;
    let id = first.made("Call", foreign).await;
    assert_eq!(first.row("Call", &id).await["CreatedById"], known::ADMINISTRATOR);
}

/// 22
#[tokio::test]
async fn a_file_is_put_and_got_byte_for_byte() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let call = user.made("Call", json!({})).await;
    let id = user.made("CallFile", json!({"Name": "2026-03-02_1015.mp3", "CallId": call})).await;
    let row = user.row("CallFile", &id).await;
    assert_eq!((&row["TypeId"], row.get("Data")), (&json!(known::FILE), None));
    assert!(row["Data@odata.mediaReadLink"].is_string());
    let address = user.address(&format!("CallFile({id})/Data"));
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert_eq!(user.send(Method::GET, &address, "").await.unwrap().status, 204, "nothing there yet");
    assert_eq!(user.send(Method::PUT, &address, bytes.clone()).await.unwrap().status, 200);
    let got = user.send(Method::GET, &address, "").await.unwrap();
    assert_eq!((got.status, got.header("content-type"), got.body == bytes), (200, "application/octet-stream", true));
    assert_eq!(user.row("CallFile", &id).await["Size"], 100_000);
    assert_eq!(user.send(Method::PUT, &address, vec![0_u8; (10 << 20) + 1]).await.unwrap().status, 413);
    assert_eq!(user.send(Method::DELETE, &address, "").await.unwrap().status, 204);
    assert_eq!(user.send(Method::GET, &address, "").await.unwrap().status, 204);
    assert_eq!(user.delete(&format!("Call({call})")).await.status, 204);
    assert_eq!(user.get(&format!("CallFile({id})")).await.status, 404, "files go with their call");
}

#[tokio::test]
async fn single_fields_begin_with_a_mark() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let id = user.get("Contact?$filter=Name eq 'Иванов Пётр'").await.rows()[0]["Id"].as_str().unwrap().to_owned();
    let bare = user.get(&format!("Contact({id})/Name/$value")).await;
    assert_eq!((bare.header("content-type"), bare.text()), ("text/plain", "\u{feff}Иванов Пётр".to_owned()));
    assert_eq!(user.get(&format!("Contact({id})/Name")).await.json()["value"], "Иванов Пётр");
    assert_eq!(user.get(&format!("Contact({id})/Nothing")).await.status, 400);
    assert_eq!(user.get(&format!("Contact({NOBODY})/Name/$value")).await.status, 404);
}

#[tokio::test]
async fn decimals_are_text_for_those_who_ask_for_it() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    assert_eq!(user.get("Opportunity?$select=Amount").await.rows(), [json!({"Amount": 125000.5})]);
    let url = user.address("Opportunity?$select=Amount");
    let cookie = format!(".ASPXAUTH={}", user.cookie(".ASPXAUTH").unwrap());
    let request = stage.client.get(url).header("accept", "application/json;IEEE754Compatible=true").header("cookie", cookie);
    assert!(request.send().await.unwrap().text().await.unwrap().contains(r#""Amount":"125000.5""#));
}
