//! `mango account`: companies with numbers of their own.

use serde_json::json;

use super::support::*;

#[test]
fn a_company_is_created_found_changed_and_deleted() {
    let home = Home::new();
    let run = |args: &[&str]| home.mango([&["-o", "json"], args].concat()).said();
    let made = run(&["account", "create", "ООО «Ромашка»", "main:84950000060", "fax:84950000061", "--web", "romashka.example"]).exits(0);
    assert_eq!(
        made.json(),
        json!({"id": "1", "name": "ООО «Ромашка»", "email": null, "web": "romashka.example", "notes": null, "numbers": [
            {"kind": "main", "number": "74950000060"}, {"kind": "fax", "number": "74950000061"}]})
    );
    run(&["contact", "create", "Ёлкина Пелагея", "+79000000060", "--company", "ООО Ромашка"]).exits(0);
    assert_eq!(run(&["contact", "show", "елкина"]).json()["account"], "1", "a person of the company belongs to it");
    assert_eq!(run(&["account", "list", "ромаш"]).json().as_array().unwrap().len(), 1, "people are not companies");
    assert_eq!(run(&["account", "list"]).json()[0], made.json());
    let edited = run(&["account", "edit", "ромашка", "--name", "АО «Ромашка»", "--email", "info@romashka.example"]).exits(0).json();
    assert_eq!((&edited["name"], &edited["web"]), (&json!("АО «Ромашка»"), &json!("romashka.example")));
    assert_eq!(run(&["contact", "show", "елкина"]).json()["company"], "АО «Ромашка»", "its people know the new name");
    run(&["account", "show", "елкина"]).exits(3);
    run(&["contact", "show", "+74950000060"]).exits(3);
    run(&["account", "delete", "ромашка", "--yes"]).exits(0);
    assert_eq!(run(&["account", "list"]).json(), json!([]));
    assert_eq!(run(&["contact", "show", "елкина"]).json()["account"], json!(null));
}

#[test]
fn a_company_is_called_by_its_name_and_recognised_by_its_number() {
    let home = Home::new();
    home.mango(["account", "create", "ООО «Ромашка»", "fax:84950000061", "84950000060"]).said().exits(0);
    let preview = home.mango(["-o", "json", "call", "ромашка", "--from", "101", "--dry-run"]).said().exits(0).json();
    assert_eq!(preview["json"]["to_number"], "74950000060", "nobody talks to a fax");
    let pbx = Pbx::start();
    let companies = pbx.mango(["-o", "json", "account", "list"]).said().exits(0).json();
    let haven = companies.as_array().unwrap().iter().find(|one| one["name"] == "ООО «Тихая гавань»").unwrap();
    assert_eq!(haven["numbers"][0], json!({"kind": "main", "number": "74950000027"}));
    pbx.incoming(json!({"from": "74950000027", "to": "101"}));
    assert_eq!(pbx.mango(["-o", "json", "history"]).said().exits(0).json()[0]["name"], "ООО «Тихая гавань»");
    let person = pbx.mango(["-o", "json", "contact", "show", "Иванова", "Мария"]).said().exits(0).json();
    let company = companies.as_array().unwrap().iter().find(|one| one["id"] == person["account"]).unwrap();
    assert_eq!(company["name"], "ООО «Северный ветер»");
}
