//! Sign-in, cookies, tokens, lock-out and lost sessions (bpmsoft-odata §2).

use super::*;

/// 1
#[tokio::test]
async fn each_build_has_its_addresses_and_its_cookies() {
    let stage = Stage::new().await;
    for (directory, odata, wrong, expected) in [
        ("crm", "odata", "0/odata", [".ASPXAUTH", "BPMCSRF", "BPMSESSIONID", "CsrfToken"].as_slice()),
        ("crm-framework", "0/odata", "odata", [".ASPXAUTH", "BPMCSRF", "BPMLOADER", "BPMLOADER", "UserName"].as_slice()),
    ] {
        let visitor = stage.visitor(directory, odata);
        let signed_in = visitor.sign_in("demo", "demo-password").await;
        let done = json!({"Code": 0, "Message": "", "Exception": null, "PasswordChangeUrl": null, "RedirectUrl": null});
        assert_eq!((signed_in.status, signed_in.json()), (200, done));
        let mut names: Vec<String> = signed_in.cookies().iter().map(|cookie| cookie.split('=').next().unwrap().to_owned()).collect();
        names.sort();
        assert_eq!(names, expected);
        let sets = visitor.get("").await;
        assert_eq!((sets.status, sets.header("odata-version")), (200, "4.0"));
        assert!(sets.header("content-type").starts_with("application/json"));
        assert!(sets.rows().iter().any(|set| set["name"] == "Contact"));
        assert_eq!(stage.visitor(directory, wrong).get("").await.status, 404);
        assert!(visitor.cookie("BPMSESSIONID").is_some(), "one build gives it with a later answer");
    }
    let framework = stage.visitor("crm-framework", "0/odata");
    framework.sign_in("demo", "demo-password").await;
    assert_eq!(framework.cookie("UserName").as_deref(), Some("100|101|109|111"));
}

#[tokio::test]
async fn both_builds_show_the_same_rows() {
    let stage = Stage::new().await;
    let id = stage.user().await.made("Contact", json!({"Name": "Одна на двоих"})).await;
    let framework = stage.visitor("crm-framework", "0/odata");
    framework.sign_in("demo2", "demo2-password").await;
    assert_eq!(framework.row("Contact", &id).await["Name"], "Одна на двоих");
}

#[tokio::test]
async fn another_process_finds_the_rows_and_the_sessions() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let id = user.made("Contact", json!({"Name": "Осталась"})).await;
    let url = open_doors(stage.home.path()).await;
    let later = Visitor { odata: format!("{url}/crm/odata"), app: format!("{url}/crm"), ..user };
    assert_eq!(later.row("Contact", &id).await["Name"], "Осталась");
    assert_eq!(later.patch(&format!("Contact({id})"), json!({"Notes": "и здесь"})).await.status, 204);
}

/// 2
#[tokio::test]
async fn five_wrong_passwords_lock_the_account_even_for_the_right_one() {
    let stage = Stage::new().await;
    let visitor = stage.stranger();
    let mut told = Vec::new();
    for _ in 0..5 {
        let answer = visitor.sign_in("demo", "wrong").await;
        assert_eq!((answer.status, &answer.json()["Code"], answer.cookies().len()), (200, &json!(1), 0));
        told.push(answer.json()["Message"].as_str().unwrap().to_owned());
    }
    assert!(told[3].contains("Осталась одна попытка") && told[4].contains("заблокирована"), "{told:?}");
    let right = visitor.sign_in("demo", "demo-password").await.json();
    assert_eq!((&right["Code"], right["Message"].as_str().unwrap().contains("заблокирована")), (&json!(1), true));
    assert_eq!(right["Exception"]["Message"], right["Message"]);
    assert_eq!(visitor.sign_in("demo2", "demo2-password").await.json()["Code"], 0, "others are not locked");
    assert_eq!(visitor.sign_in("nobody", "x").await.json()["Code"], 1);
}

#[tokio::test]
async fn a_success_forgives_the_attempts_before_it() {
    let stage = Stage::new().await;
    let visitor = stage.stranger();
    for _ in 0..3 {
        for _ in 0..4 {
            visitor.sign_in("demo", "wrong").await;
        }
        assert_eq!(visitor.sign_in("DEMO", "demo-password").await.json()["Code"], 0);
    }
}

#[tokio::test]
async fn a_password_that_must_be_changed_lets_nobody_in() {
    let stage = Stage::new().await;
    let answer = stage.stranger().sign_in("demo-old", "demo-old-password").await.json();
    assert_eq!(answer["Code"], 1);
    assert!(answer["PasswordChangeUrl"].as_str().unwrap().starts_with("/crm/"));
}

/// 3
#[tokio::test]
async fn a_lost_session_is_said_as_the_client_asks_or_as_the_test_wants() {
    let stage = Stage::new().await;
    let forced = stage.user().await;
    stage.control("expire", json!({})).await;
    assert_eq!(forced.get("Contact").await.status, 401);
    let unforced = Visitor { forced: false, ..forced };
    let moved = unforced.get("Contact?$top=1").await;
    assert_eq!(moved.status, 302);
    assert_eq!(moved.header("location"), "/crm/Login/Login.html?ReturnUrl=%2Fcrm%2Fodata%2FContact%3F%24top%3D1");
    let page = stage.client.get(format!("{}{}", stage.url, moved.header("location"))).send().await.unwrap();
    assert_eq!((page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    for (lost, status) in [("401", 401), ("302", 302), ("html", 200)] {
        stage.control("settings", json!({"lost": lost})).await;
        let answer = unforced.get("Contact").await;
        assert_eq!(answer.status, status, "{lost}");
        assert_eq!(answer.header("content-type").starts_with("text/html"), lost != "401");
    }
}

#[tokio::test]
async fn a_session_may_end_in_the_middle_of_a_list() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    stage.control("expire", json!({"after": 2})).await;
    let mut statuses = Vec::new();
    for skip in [0, 10, 20, 30] {
        statuses.push(user.get(&format!("Contact?$top=10&$skip={skip}&$orderby=Name,Id")).await.status);
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    user.sign_in("demo", "demo-password").await;
    assert_eq!(user.get("Contact?$top=10&$skip=20&$orderby=Name,Id").await.rows().len(), 10);
}

/// 4
#[tokio::test]
async fn writes_need_the_token_and_reads_do_not() {
    let stage = Stage::new().await;
    let user = Visitor { with_token: false, ..stage.user().await };
    let token = user.cookie("BPMCSRF").unwrap();
    assert!(["/", ".", "+", "="].iter().all(|part| token.contains(part)), "{token}");
    assert_eq!(user.get("Contact?$top=1").await.status, 200);
    assert_eq!(user.post("Contact", json!({"Name": "Без жетона"})).await.status, 403);
    assert_eq!(user.delete(&format!("Contact({NOBODY})")).await.status, 403);
    stage.control("settings", json!({"csrf": false})).await;
    assert_eq!(user.post("Contact", json!({"Name": "Без жетона"})).await.status, 201);
}

#[tokio::test]
async fn a_token_of_another_session_is_a_wrong_one() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let old = user.cookie("BPMCSRF").unwrap();
    user.sign_in("demo", "demo-password").await;
    user.keep(&format!("BPMCSRF={old}"));
    assert_eq!(user.post("Contact", json!({"Name": "Со старым жетоном"})).await.status, 403);
}

/// 5
#[tokio::test]
async fn cookies_may_come_later_than_the_sign_in() {
    let stage = Stage::new().await;
    stage.control("settings", json!({"late_csrf": true, "late_session": true})).await;
    let user = stage.user().await;
    assert_eq!((user.cookie("BPMCSRF"), user.cookie("BPMSESSIONID")), (None, None));
    assert_eq!(user.get("Contact?$top=1").await.status, 200);
    assert!(user.cookie("BPMSESSIONID").is_some() && user.cookie("BPMCSRF").is_none());
    assert_eq!(user.post("Contact", json!({"Name": "Рано"})).await.status, 403);
    let root = user.send(Method::GET, &user.app, "").await.unwrap();
    assert_eq!((root.status, root.cookies().len()), (200, 1));
    assert_eq!(user.post("Contact", json!({"Name": "В самый раз"})).await.status, 201);
    assert!(user.get("Contact?$top=1").await.cookies().is_empty(), "everything has been told");
}

/// 6
#[tokio::test]
async fn a_bearer_token_needs_no_cookies() {
    let stage = Stage::new().await;
    let ask = async |form: &str| {
        let url = format!("{}/crm-identity/connect/token", stage.url);
        let request = stage.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        let sent = request.send().await.unwrap();
        (sent.status().as_u16(), serde_json::from_str::<Value>(&sent.text().await.unwrap()).unwrap())
    };
    let (status, granted) = ask("grant_type=client_credentials&client_id=demo-client&client_secret=demo-client-secret").await;
    assert_eq!((status, &granted["expires_in"], &granted["token_type"]), (200, &json!(3600), &json!("Bearer")));
    assert_eq!(ask("grant_type=client_credentials&client_id=demo-client&client_secret=x").await.1, json!({"error": "invalid_client"}));
    assert_eq!(ask("grant_type=password").await.0, 400);
    let post = async |token: &str| {
        let request = stage.client.post(format!("{}/crm/odata/Contact", stage.url)).header("content-type", "application/json");
        let sent = request.header("authorization", format!("Bearer {token}")).body(r#"{"Name":"По пропуску"}"#).send().await.unwrap();
        sent.status().as_u16()
    };
    let token = granted["access_token"].as_str().unwrap();
    assert_eq!((post(token).await, post("x").await), (201, 401));
    stage.control("expire", json!({})).await;
    assert_eq!(post(token).await, 401);
}

#[tokio::test]
async fn whoever_signs_in_can_find_out_who_he_is() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let unit = user.get("SysAdminUnit?$filter=Name eq 'demo'&$select=Id,Name,ContactId&$top=1").await;
    assert_eq!(unit.json()["@odata.context"], format!("{}/$metadata#SysAdminUnit(Id,Name,ContactId)", user.odata));
    let contact = unit.rows()[0]["ContactId"].as_str().unwrap().to_owned();
    assert_eq!(user.row("Contact", &contact).await["Name"], "Петров Иван");
    let other = user.get("SysAdminUnit?$filter=Name eq 'demo2'").await.rows()[0]["ContactId"].clone();
    assert_ne!(other, json!(contact));
}
