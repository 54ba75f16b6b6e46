//! The address book, asked in the shapes of the document.

use super::*;

/// Everybody's names, page by page.
async fn everybody(stage: &Stage, init: &str, ask: Value) -> (Vec<Value>, Vec<Value>) {
    let mut answer = stage.ask(init, ask).await;
    let (mut all, mut infos) = (Vec::new(), Vec::new());
    loop {
        all.extend(answer["data"].as_array().unwrap().clone());
        let info = answer["state"]["info"].clone();
        infos.push(info.clone());
        if info["page"].as_i64() >= info["pages"].as_i64() {
            return (all, infos);
        }
        let turn = json!({"mode": "next-page-1", "cursor": answer["state"]["cursor"]});
        answer = stage.ask(&init.replace("init", "cursor"), turn).await;
        assert_eq!(answer["result"], 1000, "{answer}");
    }
}

/// The first contact who is found.
async fn found(stage: &Stage, query: &str) -> Value {
    stage.ask("ab/contact/init", json!({"query": query})).await["data"][0].clone()
}

#[tokio::test]
async fn the_people_of_the_sandbox_are_in_the_book_page_by_page() {
    let stage = Stage::new().await;
    let order = json!([{"name": "asc"}, {"id": "asc"}]);
    let (all, infos) = everybody(&stage, "ab/contact/init/", json!({"query": "", "limit_rows": "20", "order": order})).await;
    assert_eq!(all.len(), 50);
    assert_eq!(infos[0], json!({"page": 1, "from": 0, "size": 20, "limit": 20, "total_rows": 50, "pages": 3}));
    assert_eq!(infos[2], json!({"page": 3, "from": 40, "size": 10, "limit": 20, "total_rows": 50, "pages": 3}));
    assert!(all.is_sorted_by_key(|contact| contact["name"].as_str().unwrap().to_owned()));
    let (organizations, _) = everybody(&stage, "ab/organizations/init", json!({"query": ""})).await;
    assert!(organizations.iter().any(|organization| organization["org_name"] == "АО «Кедр»"));

    let vasilyeva = found(&stage, "васильева").await;
    assert_eq!((&vasilyeva["office"], &vasilyeva["org"]["org_name"]), (&json!("директор"), &json!("ООО «Маяк»")));
    let phones = vasilyeva["phones"].as_array().unwrap();
    assert_eq!((&phones[0]["type"], &phones[0]["phone_num"], &phones[0]["is_default"]), (&json!(1), &json!("79000000023"), &json!(true)));
    assert_eq!((&phones[1]["type"], &phones[1]["comment"]), (&json!(0), &json!("домашний")));
    assert_eq!(found(&stage, "8120000020").await["name"], "Семёнова Юлия");
    let nobody = stage.ask("ab/contact/init", json!({"query": "нет таких"})).await;
    assert_eq!((&nobody["data"], nobody["state"].get("cursor")), (&json!([]), None));
}

#[tokio::test]
async fn a_contact_is_created_changed_and_deleted_and_the_customer_is_told() {
    let stage = Stage::new().await;
    let row = json!({"name": "Петров", "office": "кассир", "importance": "5", "birthday": "1980-02-29", "org": {"org_name": "Ромашка"},
        "phones": [{"type": 1, "phone": "+7 (900) 000-00-50", "is_default": "true"}, {"phone": "74950000050", "ext": "12", "is_default": true}],
        "emails": [{"email": "p@example.com"}], "groups": [{"group_name": "VIP"}],
        "custom_values": [{"custom_field_id": 3001, "text": "A-17"}, {"custom_field_id": 3002, "list_items": [{"enum_id": 6001}]}]});
    let made = stage.ask("ab/contacts/create/", json!({"data": [row]})).await;
    assert_eq!((&made["result"], made.get("skipped")), (&json!([1000]), None), "{made}");
    let (id, contact) = made["data"].as_object().unwrap().iter().next().unwrap();
    assert_eq!((&contact["importance"], &contact["phones"][0]["phone_num"]), (&json!(5), &json!("79000000050")));
    assert_eq!((&contact["phones"][0]["is_default"], contact["phones"][1].get("is_default")), (&json!(true), None));
    assert!(contact.get("custom_values").is_none());
    let told = stage.story().await;
    let said: Vec<_> = told.iter().map(|(path, event)| (path.as_str(), event["action"].as_str().unwrap())).collect();
    assert_eq!(said, [("events/ab/organizations", "new"), ("events/ab/groups", "new"), ("events/ab/contacts", "new")]);
    assert_eq!(told[2].1["data"], json!([contact]));

    let whole = stage.ask("ab/contact", json!({"contact_id": id, "contact_ext_fields": true})).await;
    assert_eq!(whole["data"]["custom_values"][1]["list_items"][0]["name"], "А");
    let kept = &contact["phones"][1]["phone_id"];
    let patch = json!({"contact_id": id, "comment": "после обеда", "org": null,
        "phones": [{"phone_id": kept, "type": 5}, {"type": 1, "phone": "79000000051"}]});
    let changed = stage.ask("ab/contacts/update", json!({"data": [patch]})).await;
    let contact = &changed["data"][id];
    assert_eq!((&contact["office"], &contact["comment"], &contact["org"]), (&json!("кассир"), &json!("после обеда"), &Value::Null));
    let phones: Vec<_> = contact["phones"].as_array().unwrap().iter().map(|phone| (&phone["phone_num"], &phone["type"])).collect();
    assert_eq!(phones, [(&json!("74950000050"), &json!(5)), (&json!("79000000051"), &json!(1))]);
    assert_eq!(contact["phones"][0]["ext"], "12");

    assert_eq!(stage.ask("ab/contacts/delete", json!({"data": [id]})).await, json!({"result": 1000}));
    assert_eq!(stage.ask("ab/contacts/delete", json!({"data": [id]})).await, json!({"result": 1000}));
    assert_eq!(stage.ask("ab/contact", json!({"contact_id": id})).await["result"], 3300);
    let told = stage.story().await;
    assert_eq!(told.last().unwrap(), &("events/ab/contacts".into(), json!({"action": "deleted", "data": [id]})));
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn rows_that_cannot_be_written_are_left_out_one_by_one() {
    let stage = Stage::new().await;
    let rows = json!([
        {"name": "Годный"}, {"office": "без имени"}, {"name": "Долгий", "phones": [{"phone": "1".repeat(256)}]},
        {"name": "Странный", "phones": [{"phone": "1", "type": 6}]}, {"name": "Иванова Мария", "phones": [{"phone": "+7 495 000-00-20"}]},
        {"name": "Рождённый", "birthday": "30.02.1980"}, {"name": "Годная"},
    ]);
    let made = stage.ask("ab/contacts/create", json!({"data": rows})).await;
    assert_eq!((&made["result"], &made["skipped"]), (&json!([1000, 1000]), &json!([1, 2, 3, 4, 5])));
    stage.control("settings", json!({"book_codes": "all"})).await;
    let made = stage.ask("ab/contacts/create", json!({"data": rows, "on_error": "duplicate"})).await;
    assert_eq!(made["result"], json!([1000, 3103, 3109, 3109, 1000, 3104, 1000]));
    for (ask, code) in [
        (json!({}), 3103),
        (json!({"data": vec![json!({"name": "Много"}); 501]}), 3503),
        (json!({"data": [1]}), 3104),
        (json!({"data": [{"name": "Х"}], "on_error": "stop"}), 3104),
    ] {
        assert_eq!(stage.ask("ab/contacts/create", ask).await["result"], code);
    }
    let lost = stage.ask("ab/contacts/update", json!({"data": [{"contact_id": "1", "name": "Никто"}]})).await;
    assert_eq!((&lost["data"], &lost["skipped"]), (&json!({}), &json!([0])));
}

#[tokio::test]
async fn organizations_and_groups_have_only_a_name() {
    let stage = Stage::new().await;
    for (thing, things, id, name) in
        [("ab/organization", "ab/organizations", "org_id", "org_name"), ("ab/group", "ab/groups", "group_id", "group_name")]
    {
        let made = stage.ask(&format!("{things}/create"), json!({"data": [{name: "Ромашка"}, {name: "Ромашка"}]})).await;
        assert_eq!((&made["result"], &made["skipped"]), (&json!([1000]), &json!([1])), "{made}");
        let key = made["data"][0][id].clone();
        let changed = stage.ask(&format!("{things}/update"), json!({"data": [{id: key, name: "Василёк"}]})).await;
        assert_eq!(changed, json!({"result": [1000], "data": [{id: key, name: "Василёк"}]}));
        assert_eq!(stage.ask(thing, json!({id: key})).await, json!({"result": 1000, "data": {id: key, name: "Василёк"}}));
        assert_eq!(stage.ask(&format!("{things}/delete"), json!({"data": [key]})).await, json!({"result": 1000}));
        assert_eq!(stage.ask(thing, json!({id: key})).await["result"], 3300);
    }
}

#[tokio::test]
async fn whoever_lost_the_organization_has_none() {
    let stage = Stage::new().await;
    let org = found(&stage, "козлов").await["org"].clone();
    stage.ask("ab/organizations/update", json!({"data": [{"org_id": org["org_id"], "org_name": "Нева"}]})).await;
    assert_eq!(found(&stage, "козлов").await["org"]["org_name"], "Нева");
    stage.ask("ab/organizations/delete", json!({"data": [org["org_id"]]})).await;
    assert_eq!(found(&stage, "козлов").await["org"], Value::Null);
}

#[tokio::test]
async fn pages_are_turned_as_far_as_the_cursor_allows() {
    let stage = Stage::new().await;
    let first = stage.ask("ab/contact/init", json!({"query": "", "limit_rows": 5})).await;
    let turned = async |mode: &str| {
        let answer = stage.ask("ab/contact/cursor", json!({"mode": mode, "cursor": first["state"]["cursor"]})).await;
        (answer["result"].as_i64().unwrap(), answer["state"]["info"]["page"].as_i64(), answer["data"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(turned("current-page").await, (1000, Some(1), 5));
    assert_eq!(turned("next-page-9").await, (1000, Some(10), 5));
    assert_eq!(turned("prev-page-1").await, (1000, Some(1), 5));
    assert_eq!(turned("last-page").await, (1000, Some(10), 5));
    for wrong in ["next-page", "next-page-0", "next-page-10", "page"] {
        assert_eq!(turned(wrong).await.0, 3104, "{wrong}");
    }
    let past = stage.ask("ab/contact/init", json!({"query": "", "limit_rows": 50})).await;
    let past = stage.ask("ab/contact/cursor", json!({"mode": "next-page-1", "cursor": past["state"]["cursor"]})).await;
    assert_eq!((&past["result"], &past["data"], past["state"].get("cursor")), (&json!(1000), &json!([]), None));
    for (path, ask, code) in [
        ("ab/contact/init", json!({}), 3103),
        ("ab/contact/init", json!({"query": "", "limit_rows": 501}), 3109),
        ("ab/contact/init", json!({"query": "", "order": [{"phone": "asc"}]}), 3104),
        ("ab/contact/cursor", json!({"mode": "next-page-1", "cursor": "nobody's"}), 3104),
        ("ab/groups/cursor", json!({"mode": "next-page-1", "cursor": first["state"]["cursor"]}), 3104),
    ] {
        assert_eq!(stage.ask(path, ask).await["result"], code, "{path}");
    }
}

#[tokio::test]
async fn the_companys_own_fields_are_checked_and_cleared() {
    let stage = Stage::new().await;
    let fields = stage.ask("ab/custom_fields/", json!({})).await;
    assert_eq!(fields["data"].as_array().unwrap().len(), 2);
    let id = found(&stage, "зайцев").await["contact_id"].clone();
    let change = async |value: Value| {
        let row = json!({"contact_id": id, "custom_values": [value]});
        let answer = stage.ask("ab/contacts/update", json!({"data": [row]})).await;
        let contact = stage.ask("ab/contact", json!({"contact_id": id, "contact_ext_fields": true})).await;
        (answer.get("skipped").is_none(), contact["data"]["custom_values"].clone())
    };
    let (_, values) = change(json!({"custom_value_id": "", "custom_field_id": 3001, "text": "B-20"})).await;
    assert_eq!((&values[0]["custom_field_id"], &values[0]["text"]), (&json!(3001), &json!("B-20")));
    assert!(!change(json!({"custom_field_id": 3001, "text": "longer than ten"})).await.0);
    assert!(!change(json!({"custom_field_id": 3002, "list_items": [{"enum_id": 1}]})).await.0);
    assert_eq!(change(json!({"custom_value_id": values[0]["custom_value_id"]})).await, (true, json!([])));
}

#[tokio::test]
async fn the_next_process_finds_the_same_book_and_a_reset_the_first_one() {
    let home = tempfile::tempdir().unwrap();
    let stage = Stage::with(|settings| Settings { directory: home.path().into(), ..settings }).await;
    stage.ask("ab/contacts/create", json!({"data": [{"name": "Новенький"}]})).await;
    let ids: Vec<_> = stage.ask("ab/contact/init", json!({"query": "зайцев"})).await["data"][0]["contact_id"]
        .clone()
        .as_str()
        .into_iter()
        .map(str::to_owned)
        .collect();
    stage.ask("ab/contacts/delete", json!({"data": ids})).await;
    let next = Stage::with(|settings| Settings { directory: home.path().into(), ..settings }).await;
    assert_eq!(found(&next, "новенький").await["name"], "Новенький");
    assert_eq!(found(&next, "зайцев").await, Value::Null);
    next.control("reset", json!({})).await;
    assert_eq!(found(&next, "новенький").await, Value::Null);
    assert_eq!(found(&next, "зайцев").await["name"], "Зайцев Денис");
}
