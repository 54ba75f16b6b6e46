//! `$filter`, `$select`, `$expand`, `$orderby`, pages and counts (bpmsoft-odata §3).

use super::*;

/// 7
#[tokio::test]
async fn a_lookup_is_filtered_by_its_navigation_and_a_text_that_ends_in_id_by_itself() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let contact = user.get("Contact?$filter=Name eq 'Иванов Пётр'").await.rows()[0]["Id"].as_str().unwrap().to_owned();
    let call = json!({"CallerId": "74950000021", "IntegrationId": "mango:1", "ContactId": contact, "StartDate": "2026-03-02T07:15:00Z"});
    let id = user.made("Call", call).await;
    for filter in [
        format!("Contact/Id eq {contact}"),
        "CallerId eq '74950000021'".to_owned(),
        "IntegrationId eq 'MANGO:1'".to_owned(),
        "Contact/Account/Name eq 'ООО «Северный ветер»'".to_owned(),
        format!("Contact/Account/Id ne {NOBODY}"),
        "contains(Contact/Name,'пётр')".to_owned(),
    ] {
        let rows = user.get(&format!("Call?$filter={filter}&$select=Id")).await.rows();
        assert_eq!(rows, [json!({"Id": id})], "{filter}");
    }
    for (filter, path) in
        [(format!("ContactId eq {contact}"), "ContactId"), (format!("Contact/AccountId eq {NOBODY}"), "Contact/AccountId")]
    {
        let refused = user.get(&format!("Call?$filter={filter}")).await;
        let expected = format!("Column by path {path} not found in schema Call.");
        assert_eq!((refused.status, &refused.json()["error"]["innererror"]["message"]), (500, &json!(expected)));
    }
    assert_eq!(user.get("Call?$select=ContactId").await.rows(), [json!({"ContactId": contact})]);
    assert_eq!(user.get("Call?$expand=ContactId").await.status, 400);
}

#[tokio::test]
async fn filters_are_evaluated_with_their_priorities_and_types() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for (minutes, talk) in [(1, 0), (2, 10), (3, 20)] {
        let call =
            json!({"CallerId": format!("7900000000{minutes}"), "StartDate": format!("2026-03-01T00:0{minutes}:00Z"), "TalkTime": talk});
        user.made("Call", call).await;
    }
    for (filter, expected) in [
        ("TalkTime eq 0", 1),
        ("TalkTime gt 0 and TalkTime le 20", 2),
        ("0 lt TalkTime", 2),
        ("TalkTime eq 10 or TalkTime eq 20 and CallerId eq 'x'", 1),
        ("(TalkTime eq 10 or TalkTime eq 20) and CallerId ne 'x'", 2),
        ("StartDate ge 2026-03-01T00:02:00Z", 2),
        ("StartDate lt 2026-03-01T03:02:00+03:00", 1),
        ("StartDate ge 2026-03-01", 3),
        ("not (TalkTime eq 0)", 2),
        ("not contains(CallerId,'7900')", 0),
        ("startswith(CallerId,'7900')", 3),
        ("endswith(CallerId,'02')", 1),
        ("contains(CallerId,'000003') eq false", 2),
        ("EndDate eq null", 3),
        ("EndDate ne null", 0),
        ("Comment eq '' and Comment eq null", 3),
        ("Result/Id eq null", 3),
    ] {
        let count = user.get(&format!("Call/$count?$filter={filter}")).await.text();
        assert_eq!(count, format!("\u{feff}{expected}"), "{filter}");
    }
    assert_eq!(user.get("Activity?$filter=Status/Finish eq false").await.rows().len(), 5);
    assert_eq!(user.get("Activity?$filter=Status/Finish").await.rows().len(), 2);
}

#[tokio::test]
async fn what_the_library_refuses_is_400() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for query in [
        "$filter=StartDate ge '2026-03-01T00:00:00Z'",
        "$filter=CallerId eq 79000000001",
        "$filter=Contact/Id eq '00000000-0000-0000-0000-000000000000'",
        "$filter=TalkTime eq 'x'",
        "$filter=Nothing eq 1",
        "$filter=Contact/Nothing eq 1",
        "$filter=TalkTime",
        "$filter=TalkTime eq",
        "$filter=contains(TalkTime,'1')",
        "$select=Nothing",
        "$orderby=Nothing",
        "$expand=Nothing",
        "$top=-1",
        "$apply=groupby((CallerId))",
        "$expand=Contact($expand=Account($expand=City))",
    ] {
        let refused = user.get(&format!("Call?{query}")).await;
        assert_eq!((refused.status, refused.json()["error"]["message"].is_string()), (400, true), "{query}: {}", refused.text());
    }
    for query in
        ["$filter=tolower(CallerId) eq 'x'", "$filter=length(CallerId) eq 1", "$filter=ContactCommunicationCollectionByContact/any()"]
    {
        assert!(user.get(&format!("Call?{query}")).await.status >= 400, "{query}");
    }
}

/// 14
#[tokio::test]
async fn a_filter_has_a_hundred_nodes_at_most() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let chain = |terms: usize| vec![format!("Contact/Id eq {NOBODY}"); terms].join(" or ");
    assert_eq!(user.get(&format!("Call?$filter={}", chain(16))).await.status, 200);
    assert_eq!(user.get(&format!("Call?$filter={}", chain(17))).await.status, 400);
}

/// 20
#[tokio::test]
async fn text_is_compared_without_regard_to_case() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for filter in ["Name eq 'иванова МАРИЯ'", "startswith(Name,'ИВАНОВА ')", "endswith(Name,'ВА МАРИЯ')", "contains(Name,'НОВА МАР')"]
    {
        assert_eq!(user.names(&format!("Contact?$filter={filter}")).await, ["Иванова Мария"], "{filter}");
    }
    assert!(user.names("Contact?$filter=contains(Name,'алена')").await.is_empty(), "е is not ё");
    assert!(user.names("Contact?$filter=contains(Name,'%')").await.is_empty(), "a percent sign is a percent sign");
}

#[tokio::test]
async fn expansions_nest_and_an_empty_lookup_is_null() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let query = "$filter=startswith(SearchNumber,'1200000594')\
        &$expand=Contact($select=Id,Name,AccountId;$expand=Account($select=Name)),CommunicationType($select=Name)\
        &$select=Number,SearchNumber&$top=20&$count=true";
    let answer = user.get(&format!("ContactCommunication?{query}")).await.json();
    assert_eq!(answer["@odata.count"], 1);
    let row = &answer["value"][0];
    assert_eq!((&row["Number"], &row["SearchNumber"]), (&json!("8 495 000-00-21"), &json!("12000005948")));
    assert_eq!((&row["Contact"]["Name"], &row["Contact"]["Account"]), (&json!("Иванов Пётр"), &json!({"Name": "ООО «Северный ветер»"})));
    assert_eq!(row["CommunicationType"]["Name"], "Мобильный телефон");
    assert_eq!(row.as_object().unwrap().len(), 4);
    let alone = user.get("Contact?$filter=Name eq 'Захарова Вера'&$select=AccountId&$expand=Account").await.rows();
    assert_eq!(alone, [json!({"AccountId": NOBODY, "Account": null})]);
    let numbers = "$expand=ContactCommunicationCollectionByContact($select=Number;$orderby=Number desc;$top=2)";
    let rows = user.get(&format!("Contact?$filter=Name eq 'Захарова Вера'&$select=Name&{numbers}")).await.rows();
    let numbers = rows[0]["ContactCommunicationCollectionByContact"].as_array().unwrap();
    assert_eq!(numbers.len(), 2);
}

#[tokio::test]
async fn rows_are_ordered_by_paths() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let rows = user
        .get("Contact?$filter=contains(Name,'Иванов')&$orderby=Account/Name desc,Name&$select=Name&$expand=Account($select=Name)")
        .await
        .rows();
    let names: Vec<_> = rows.iter().map(|row| row["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Иванов Пётр", "Иванова Мария", "Иванов Сергей", "Иванов Илья"]);
}

/// 12
#[tokio::test]
async fn pages_are_cut_with_and_without_a_link_to_the_next() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let all = user.names("Contact?$orderby=Name,Id").await;
    stage.control("settings", json!({"page_cap": 7})).await;
    let answer = user.get("Contact?$top=20&$orderby=Name,Id&$count=true").await.json();
    assert_eq!(
        (answer["value"].as_array().unwrap().len(), &answer["@odata.count"], answer.get("@odata.nextLink")),
        (7, &json!(all.len()), None)
    );
    stage.control("settings", json!({"next_link": true})).await;
    let mut collected = Vec::new();
    let mut next = Some(user.address("Contact?$top=20&$orderby=Name,Id&$select=Id,Name"));
    let mut pages = Vec::new();
    while let Some(link) = next {
        let page = user.send(Method::GET, &link, "").await.unwrap();
        pages.push(page.rows().len());
        collected.extend(page.rows().iter().map(|row| row["Name"].as_str().unwrap().to_owned()));
        next = page.json().get("@odata.nextLink").map(|link| link.as_str().unwrap().to_owned());
    }
    assert_eq!((pages, collected.as_slice()), (vec![7, 7, 6], &all[..20]));
    let whole = user.get("Contact?$top=0&$count=true").await.json();
    assert_eq!((&whole["@odata.count"], &whole["value"]), (&json!(all.len()), &json!([])));
    assert_eq!(user.get("Contact/$count").await.body, format!("\u{feff}{}", all.len()).into_bytes());
    assert!(user.get("Contact?$skip=1000").await.rows().is_empty());
}

#[tokio::test]
async fn twenty_thousand_people_are_no_burden() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    stage.control("people", json!({"count": 20_100})).await;
    let page = user.get("Contact?$orderby=Name,Id&$top=500&$skip=15000&$count=true&$select=Id,Name").await.json();
    assert_eq!((page["value"].as_array().unwrap().len(), page["@odata.count"].as_i64().unwrap() > 20_100), (500, true));
    assert_eq!(user.get("Contact?$select=Id").await.rows().len(), 20_000, "the server's own limit");
    let found =
        user.get("ContactCommunication?$filter=startswith(SearchNumber,'5432100109')&$expand=Contact($select=Name)&$top=20").await.rows();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["Contact"]["Name"], "Ефимов Леонид 12345");
}

/// 13
#[tokio::test]
async fn a_wrong_set_name_is_a_message_with_status_200_or_404() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    for status in [200, 404] {
        stage.control("settings", json!({"missing_set": status})).await;
        for set in ["Contacts", "contact", "Contacts(00000000-0000-0000-0000-000000000000)"] {
            let answer = user.get(set).await;
            let name = set.split('(').next().unwrap();
            let detail = format!("No type was found that matches the controller named '{name}'.");
            assert_eq!((answer.status, &answer.json()["MessageDetail"]), (status, &json!(detail)), "{set}");
        }
    }
}

/// 21
#[tokio::test]
async fn metadata_shows_what_this_installation_has() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let before = user.get("$metadata").await;
    assert_eq!(before.header("content-type"), "application/xml");
    let call = |xml: &str| xml.split("<EntityType Name=\"Call\">").nth(1).unwrap().split("</EntityType>").next().unwrap().to_owned();
    for part in [
        "Name=\"CaseId\" Type=\"Edm.Guid\"",
        "<NavigationProperty Name=\"Case\"",
        "CallRecordLink",
        "Name=\"CallerId\" Type=\"Edm.String\"",
    ] {
        assert!(call(&before.text()).contains(part), "{part}");
    }
    assert!(before.text().contains("CallCollectionByContact") && before.text().contains("<EntitySet Name=\"VwRecentCall\""));
    stage.control("settings", json!({"hidden": ["Call.CaseId", "Lead", "Call.CallRecordLink"]})).await;
    stage.control("columns", json!({"set": "Call", "name": "UsrMangoEntry", "kind": "text 250"})).await;
    let xml = user.get("$metadata").await.text();
    assert!(!xml.contains("\"Lead\"") && !xml.contains("LeadId") && xml.contains("UsrMangoEntry"));
    assert!(!call(&xml).contains("CaseId") && !call(&xml).contains("CallRecordLink"));
    let made = user.post("Call", json!({"UsrMangoEntry": "MToxMDA6MQ==", "CaseId": NOBODY})).await;
    assert_eq!((made.status, &made.json()["UsrMangoEntry"], made.json().get("CaseId")), (201, &json!("MToxMDA6MQ=="), None));
    assert!(user.get("Lead").await.json().get("value").is_none());
    assert_eq!(user.get("Call?$select=CaseId").await.status, 400);
    assert_eq!(user.get("Call?$filter=UsrMangoEntry eq 'mtoxmda6mq=='").await.rows().len(), 1);
}

#[tokio::test]
async fn settings_are_asked_by_their_codes() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let url = format!("{}/DataService/json/SyncReply/QuerySysSettings", user.app);
    let asked = json!({"sysSettingsNameCollection": ["SearchNumberLength", "DefaultContactCommunicationType", "Nonsense"]});
    let answer = user.send(Method::POST, &url, asked.to_string()).await.unwrap().json();
    assert_eq!((&answer["success"], &answer["notFoundSettings"]), (&json!(true), &json!(["Nonsense"])));
    assert_eq!(
        answer["values"]["SearchNumberLength"],
        json!({"code": "SearchNumberLength", "value": 10, "displayValue": "10", "dataValueType": 4})
    );
    assert_eq!(answer["values"]["DefaultContactCommunicationType"]["value"], known::WORK_PHONE);
    let rows = user.get("SysSettingsValue?$filter=SysSettings/Code eq 'InternalNumberLength'&$select=IntegerValue").await.rows();
    assert_eq!(rows, [json!({"IntegerValue": 4})]);
}

#[tokio::test]
async fn phones_results_and_employees_are_found_as_the_panel_finds_them() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let phones = user.get("ComTypebyCommunication?$filter=Communication/Code eq 'Phone'&$select=CommunicationTypeId").await.rows();
    assert_eq!(phones.len(), 7);
    let results = user
        .get("ActivityCategoryResultEntry?$filter=ActivityCategory/Id eq e52bd583-7825-e011-8165-00155d043204&$expand=ActivityResult($select=Name)")
        .await
        .rows();
    let names: Vec<_> = results.iter().map(|row| row["ActivityResult"]["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Выполнено", "Назначена встреча", "Перезвонить", "Отказ", "Не дозвонились"]);
    let employee = user.get("ContactCommunication?$filter=SearchNumber eq '201'&$expand=Contact($select=Name,TypeId)").await.rows();
    assert_eq!(employee[0]["Contact"], json!({"Name": "Сидорова Анна", "TypeId": known::EMPLOYEE}));
    let company = user.get("AccountCommunication?$filter=startswith(SearchNumber,'7200000594')&$expand=Account($select=Name)").await.rows();
    assert_eq!(company[0]["Account"]["Name"], "ООО «Тихая гавань»");
}
