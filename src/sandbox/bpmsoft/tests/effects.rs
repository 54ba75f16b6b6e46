//! What the product does by itself when a row is written (bpmsoft-odata §4.9, §5.1, §5.6).

use super::*;

/// Numbers of a contact as `(number, type, primary)`, in the order of their making.
async fn numbers(user: &Visitor, contact: &str) -> Vec<(String, String, bool)> {
    let rows = user.get(&format!("ContactCommunication?$filter=Contact/Id eq {contact}&$orderby=CreatedOn")).await.rows();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "Number"), text(row, "CommunicationTypeId"), row["IsCreatedBySynchronization"] == true)).collect()
}

fn number(number: &str, kind: &str, primary: bool) -> (String, String, bool) {
    (number.to_owned(), kind.to_owned(), primary)
}

async fn number_row(user: &Visitor, contact: &str, text: &str) -> String {
    let filter = format!("Contact/Id eq {contact} and Number eq '{text}'");
    user.get(&format!("ContactCommunication?$filter={filter}")).await.rows()[0]["Id"].as_str().unwrap().to_owned()
}

/// 16
#[tokio::test]
async fn the_search_form_of_a_number_is_the_servers() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let contact = user.made("Contact", json!({"Name": "Ищущий"})).await;
    for (text, kind, expected) in [
        ("+7 (900) 123-45-67", known::MOBILE_PHONE, "76543210097"),
        ("8 900 123-45-67", known::OTHER_PHONE, "76543210098"),
        ("1024", known::EXTENSION, "4201"),
        ("+7 495 000-00-01 доб. 12", known::WORK_PHONE, "2110000005947"),
        ("Ivan@Example.TEST", known::EMAIL, "ivan@example.test"),
    ] {
        let body = json!({"ContactId": contact, "CommunicationTypeId": kind, "Number": text, "SearchNumber": "nonsense"});
        let row = user.post("ContactCommunication", body).await.json();
        assert_eq!(row["SearchNumber"], expected, "{text}");
    }
    let id = number_row(&user, &contact, "1024").await;
    user.patch(&format!("ContactCommunication({id})"), json!({"Number": "2048", "SearchNumber": "x"})).await;
    assert_eq!(user.row("ContactCommunication", &id).await["SearchNumber"], "8402");
}

/// 17
#[tokio::test]
async fn a_column_that_is_set_or_changed_adds_a_primary_row() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let contact = user.made("Contact", json!({"Name": "Петров Пётр", "MobilePhone": "+79001234567", "Email": "a@b.test"})).await;
    let row = format!("Contact({contact})");
    let email = number("a@b.test", known::EMAIL, true);
    assert_eq!(numbers(&user, &contact).await.len(), 2);
    assert!(numbers(&user, &contact).await.contains(&email));
    user.patch(&row, json!({"MobilePhone": "+79001234568"})).await;
    let of_mobile =
        |all: Vec<(String, String, bool)>| all.into_iter().filter(|(_, kind, _)| kind == known::MOBILE_PHONE).collect::<Vec<_>>();
    let expected = [number("+79001234567", known::MOBILE_PHONE, false), number("+79001234568", known::MOBILE_PHONE, true)];
    assert_eq!(of_mobile(numbers(&user, &contact).await), expected);
    user.patch(&row, json!({"MobilePhone": "", "Notes": "стёрт"})).await;
    assert_eq!(of_mobile(numbers(&user, &contact).await), expected, "clearing the column changes no rows");
    user.patch(&row, json!({"MobilePhone": "+79001234567"})).await;
    let expected = [number("+79001234568", known::MOBILE_PHONE, false), number("+79001234567", known::MOBILE_PHONE, true)];
    assert_eq!(of_mobile(numbers(&user, &contact).await), expected, "the older duplicate is gone");
}

/// 17
#[tokio::test]
async fn a_row_that_is_added_changed_or_deleted_moves_the_column() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let contact = user.made("Contact", json!({"Name": "Сидоров Сидор", "Phone": "1"})).await;
    let phone = async || user.row("Contact", &contact).await["Phone"].as_str().unwrap().to_owned();
    let second =
        user.made("ContactCommunication", json!({"ContactId": contact, "CommunicationTypeId": known::WORK_PHONE, "Number": "2"})).await;
    assert_eq!((phone().await, numbers(&user, &contact).await[0].2), ("2".to_owned(), false), "the new one is primary");
    let second = format!("ContactCommunication({second})");
    user.patch(&second, json!({"Number": "3"})).await;
    assert_eq!(phone().await, "3");
    let first = format!("ContactCommunication({})", number_row(&user, &contact, "1").await);
    user.patch(&first, json!({"Number": "4"})).await;
    assert_eq!(phone().await, "3", "it was not the primary one");
    user.patch(&second, json!({"CommunicationTypeId": known::HOME_PHONE})).await;
    let row = user.row("Contact", &contact).await;
    assert_eq!((&row["Phone"], &row["HomePhone"]), (&json!(""), &json!("3")));
    user.delete(&first).await;
    assert_eq!(user.row("Contact", &contact).await["HomePhone"], "3");
    user.delete(&second).await;
    assert_eq!(user.row("Contact", &contact).await["HomePhone"], "");
    let other = json!({"ContactId": contact, "CommunicationTypeId": known::OTHER_PHONE, "Number": "5"});
    user.made("ContactCommunication", other.clone()).await;
    let before = user.row("Contact", &contact).await;
    assert_eq!((&before["Phone"], &before["MobilePhone"]), (&json!(""), &json!("")), "this type has no column");
    user.made("ContactCommunication", other).await;
    assert_eq!(numbers(&user, &contact).await, [number("5", known::OTHER_PHONE, true)], "exactly equal rows become one");
    assert!(user.row("Contact", &contact).await["ModifiedOn"].as_str() > before["ModifiedOn"].as_str());
}

/// 17
#[tokio::test]
async fn a_company_has_the_same_rules_and_its_main_person_works_there() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let (free, busy) =
        (user.made("Contact", json!({"Name": "Свободный"})).await, user.get("Contact?$filter=Name eq 'Волков Роман'").await.rows());
    let account = user.made("Account", json!({"Name": "ООО «Новое»", "Phone": "+7 495 000-00-01", "PrimaryContactId": free})).await;
    assert_eq!(user.row("Contact", &free).await["AccountId"], json!(account));
    let busy_before = busy[0]["AccountId"].clone();
    user.patch(&format!("Account({account})"), json!({"PrimaryContactId": busy[0]["Id"]})).await;
    assert_eq!(user.row("Contact", busy[0]["Id"].as_str().unwrap()).await["AccountId"], busy_before);
    let body = json!({"AccountId": account, "CommunicationTypeId": known::MAIN_PHONE, "Number": "+7 495 000-00-02"});
    user.made("AccountCommunication", body).await;
    assert_eq!(user.row("Account", &account).await["Phone"], "+7 495 000-00-02");
    let rows =
        user.get(&format!("AccountCommunication?$filter=Account/Id eq {account}&$select=Number,Primary&$orderby=CreatedOn")).await.rows();
    assert_eq!(rows, [json!({"Number": "+7 495 000-00-01", "Primary": false}), json!({"Number": "+7 495 000-00-02", "Primary": true})]);
}

/// 17
#[tokio::test]
async fn a_name_and_its_parts_follow_each_other() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let parts = |row: &Value| ["Name", "Surname", "GivenName", "MiddleName"].map(|name| row[name].as_str().unwrap().to_owned());
    let made = user.post("Contact", json!({"Name": "Петров Пётр Ильич", "Surname": "Не тот"})).await.json();
    assert_eq!(parts(&made), ["Петров Пётр Ильич", "Петров", "Пётр", "Ильич"]);
    let row = format!("Contact({})", made["Id"].as_str().unwrap());
    user.patch(&row, json!({"Surname": "Иванов"})).await;
    assert_eq!(user.get(&row).await.json()["Name"], "Иванов Пётр Ильич");
    let composed = user.post("Contact", json!({"Surname": "Орлов", "GivenName": "Глеб"})).await.json();
    assert_eq!(parts(&composed), ["Орлов Глеб", "Орлов", "Глеб", ""]);
}

#[tokio::test]
async fn a_career_and_an_address_are_kept_beside_the_contact() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let accounts = user.get("Account?$top=2&$orderby=Name").await.rows();
    let contact = user.made("Contact", json!({"Name": "Кочевник", "AccountId": accounts[0]["Id"], "Address": "ул. Первая, 1"})).await;
    user.patch(&format!("Contact({contact})"), json!({"AccountId": accounts[1]["Id"], "Address": "ул. Вторая, 2"})).await;
    let career =
        user.get(&format!("ContactCareer?$filter=Contact/Id eq {contact}&$orderby=StartDate&$select=AccountId,Current")).await.rows();
    assert_eq!(
        career,
        [json!({"AccountId": accounts[0]["Id"], "Current": false}), json!({"AccountId": accounts[1]["Id"], "Current": true})]
    );
    let addresses = user.get(&format!("ContactAddress?$filter=Contact/Id eq {contact}&$select=Address,Primary")).await.rows();
    assert_eq!(addresses, [json!({"Address": "ул. Вторая, 2", "Primary": true})]);
    assert_eq!(user.delete(&format!("Contact({contact})")).await.status, 204);
    assert!(user.get(&format!("ContactCareer?$filter=Contact/Id eq {contact}")).await.rows().is_empty());
}

/// 19
#[tokio::test]
async fn history_has_the_latest_call_with_each_subscriber_of_an_operator() {
    let stage = Stage::new().await;
    let user = stage.user().await;
    let other = stage.stranger();
    other.sign_in("demo2", "demo2-password").await;
    let people = user.get("Contact?$top=1&$orderby=Name").await.rows();
    let account = user.get("Account?$top=1").await.rows();
    let call = |caption: &str, caller: &str, called: &str, direction: &str| json!({"Caption": caption, "CallerId": caller, "CalledId": called, "DirectionId": direction});
    let with = |mut call: Value, column: &str, id: &Value| {
        call[column] = id.clone();
        call
    };
    user.made("Call", with(call("1", "a", "x", known::INCOMING), "ContactId", &people[0]["Id"])).await;
    user.made("Call", with(call("2", "x", "b", known::OUTGOING), "ContactId", &people[0]["Id"])).await;
    user.made("Call", with(call("3", "c", "x", known::INCOMING), "AccountId", &account[0]["Id"])).await;
    user.made("Call", call("4", "d", "x", known::INCOMING)).await;
    user.made("Call", call("5", "x", "d", known::OUTGOING)).await;
    user.made("Call", call("6", "e", "x", known::INCOMING)).await;
    other.made("Call", call("7", "d", "x", known::INCOMING)).await;
    let me = user.get("Call?$filter=Caption eq '1'").await.rows()[0]["CreatedById"].as_str().unwrap().to_owned();
    let query = "$expand=Call($select=Caption;$expand=Contact($select=Name),Account($select=Name))&$orderby=Call/CreatedOn desc&$top=20";
    let history = user.get(&format!("VwRecentCall?$filter=CreatedBy/Id eq {me}&{query}")).await.rows();
    let captions: Vec<_> = history.iter().map(|row| row["Call"]["Caption"].as_str().unwrap()).collect();
    assert_eq!(captions, ["6", "5", "3", "2"]);
    assert_eq!(history[3]["Call"]["Contact"]["Name"], people[0]["Name"]);
    let setting = user.get("SysSettingsValue?$filter=SysSettings/Code eq 'CommunicationHistoryRowCount'").await.rows()[0]["Id"].clone();
    user.patch(&format!("SysSettingsValue({})", setting.as_str().unwrap()), json!({"IntegerValue": 2})).await;
    assert_eq!(user.get(&format!("VwRecentCall?$filter=CreatedBy/Id eq {me}")).await.rows().len(), 2);
}
