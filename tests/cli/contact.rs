//! `mango contact`: people with any name at all.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use super::support::*;
use super::terminal::Person;

#[test]
fn a_person_is_created_listed_shown_and_called() {
    let home = Home::new();
    let made = home.mango([
        "-o",
        "json",
        "contact",
        "create",
        "Ёлкина Пелагея",
        "8 (495) 000-00-20",
        "work:+49 30 123456",
        "--company",
        "ООО «Ромашка»",
        "--job",
        "закупщик",
    ]);
    assert_eq!(
        made.said().exits(0).json(),
        json!({"id": "1", "name": "Ёлкина Пелагея", "company": "ООО «Ромашка»", "account": null, "job": "закупщик", "email": null, "notes": null, "numbers": [
            {"kind": "work", "number": "74950000020"}, {"kind": "work", "number": "4930123456"}]})
    );
    for who in ["елкин", "ПЕЛАГЕЯ", "ромашка", "1", "+74950000020", "8 495 000 00 20"] {
        assert_eq!(home.mango(["-o", "json", "contact", "show", who]).said().exits(0).json()["name"], "Ёлкина Пелагея", "{who}");
    }
    let list = home.mango(["-o", "table", "contact", "list", "елк"]).in_russian().said();
    assert_data_eq!(
        list.to_string(),
        str![[r#"
id  имя             компания       должность  номера
1   Ёлкина Пелагея  ООО «Ромашка»  закупщик   +7 495 000-00-20 (раб.), +49 3012 3456 (раб.)
exit 0

"#]]
    );
    let preview = home.mango(["-o", "json", "call", "елкина", "--yes", "--from", "101", "--dry-run"]).said().exits(0).json();
    assert_eq!(preview["json"]["to_number"], "74950000020");
}

#[test]
fn a_number_that_is_known_already_is_told_of() {
    let home = Home::new();
    home.mango(["contact", "create", "Иванов", "+74950000020"]).said().exits(0);
    home.mango(["contact", "create", "Иванова", "84950000020"]).said().exits(0).says("already known as Иванов");
}

#[test]
fn what_is_no_number_is_no_contact() {
    let home = Home::new();
    for number in ["1234567", "hello", "work:", "sip:", ""] {
        home.mango(["contact", "create", "Кто-то", number]).said().exits(2);
    }
    assert_eq!(home.mango(["-o", "json", "contact", "list"]).said().exits(0).json(), json!([]));
    home.mango(["contact", "show", "Никтошкин"]).in_russian().said().exits(3).says("никого не нашлось");
    home.mango(["contact", "list", "Никтошкин"]).said().exits(0).says("Nobody found.");
}

#[test]
fn hostile_names_are_kept_whole_and_shown_harmless() {
    let home = Home::new();
    let names = [
        "\u{1b}[31mКрасный\u{1b}]0;title\u{7}",
        "\u{202e}вонавИ",
        "Иванов\nВторая строка\t",
        "Оператор 👩‍💻🇷🇺",
        "Ива\u{301}нов",
        "=HYPERLINK(\"x\")",
        "'; DROP TABLE contacts;--",
        "100%_LIKE",
        "김철수 山田太郎",
        "علي حسن",
    ];
    for (name, n) in names.iter().zip(10..) {
        let number = format!("749500000{n}");
        let made = home.mango(["-o", "json", "contact", "create", name, &number]).said().exits(0).json();
        assert_eq!(made["name"], name.trim(), "what was entered is what is kept");
        for format in ["table", "tsv", "csv"] {
            let said = home.mango(["-o", format, "contact", "show", &number]).said().exits(0);
            assert!(said.out.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'), "{said:?}", said = said.out);
            assert!(!said.out.contains('\u{202e}'));
        }
        // Calling says the name on stderr, and a note is one line.
        let said = home
            .mango(["call", &number, "--from", "101", "--yes"])
            .env("MANGO_API_URL", "http://127.0.0.1:9/")
            .env("MANGO_API_KEY", KEY)
            .env("MANGO_API_SALT", SALT)
            .said()
            .exits(5);
        assert!(said.err.chars().all(|c| !c.is_control() || c == '\n'), "{said}");
    }
    let listed = home.mango(["-o", "json", "contact", "list"]).said().exits(0);
    assert_eq!(listed.json().as_array().unwrap().len(), names.len());
    assert!(!listed.out.contains('\u{1b}') && !listed.out.contains('\u{202e}'), "JSON cannot steer a terminal either");
    assert_eq!(
        home.mango(["-o", "tsv", "contact", "list"]).said().lines().len(),
        names.len(),
        "a line break in a name makes no second row"
    );
    let many = home.mango(["call", "--from", "101", "ООО"]).said();
    assert!(matches!(many.code, Some(3 | 4)), "{many}");
}

#[test]
fn empty_and_endless_names_are_refused() {
    let home = Home::new();
    for name in ["", "   ", "\n"] {
        home.mango(["contact", "create", name, "+74950000020"]).in_russian().said().exits(2).says("от 1 до 250 знаков");
    }
    let endless = "Ы".repeat(10_000);
    let said = home.mango(["contact", "create", &endless, "+74950000020"]).said().exits(2);
    assert!(said.err.len() < 500, "an error does not repeat ten thousand letters");
    home.mango(["contact", "create", &"Ы".repeat(250), "+74950000020"]).said().exits(0);
    // Looking for such a name is a search that finds nobody.
    let said = home
        .mango(["call", &endless, "--from", "101"])
        .env("MANGO_API_URL", "http://127.0.0.1:9/")
        .env("MANGO_API_KEY", KEY)
        .env("MANGO_API_SALT", SALT)
        .said();
    assert!(matches!(said.code, Some(3 | 5)), "{said}");
    assert!(said.err.len() < 2000, "{}", said.err.len());
}

#[test]
fn a_search_finds_at_most_what_is_asked_for() {
    let home = Home::new();
    for n in 10..15 {
        home.mango(["contact", "create", &format!("Иванов {n}"), &format!("+749500000{n}")]).said().exits(0);
    }
    let count =
        |args: &[&str]| home.mango(["-o", "json", "contact", "list"].iter().chain(args)).said().exits(0).json().as_array().unwrap().len();
    assert_eq!((count(&[]), count(&["-n", "2"]), count(&["иван"]), count(&["иван", "-n", "3"]), count(&["иван", "12"])), (5, 2, 5, 3, 1));
    for limit in ["0", "-1", "x"] {
        home.mango(["contact", "list", "-n", limit]).said().exits(2);
    }
}

#[test]
fn only_what_is_given_is_changed() {
    let home = Home::new();
    let run = |args: &[&str]| home.mango([&["-o", "json", "contact"], args].concat()).said();
    run(&[
        "create",
        "--name",
        "Лаврова Софья",
        "+79000000051",
        "--number",
        "work:84950000051",
        "--company",
        "ООО «Ромашка»",
        "--job",
        "бухгалтер",
        "--email",
        "lavrova@example.com",
        "--notes",
        "после обеда",
    ])
    .exits(0);
    let edited = run(&["edit", "лаврова", "--job", "главный бухгалтер", "--notes", ""]).exits(0).json();
    assert_eq!(
        edited,
        json!({"id": "1", "name": "Лаврова Софья", "company": "ООО «Ромашка»", "account": null, "job": "главный бухгалтер",
            "email": "lavrova@example.com", "notes": null, "numbers": [
            {"kind": "mobile", "number": "79000000051"}, {"kind": "work", "number": "74950000051"}]})
    );
    let edited = run(&["edit", "лаврова", "--remove-number", "8 900 000-00-51", "--add-number", "home:+74950000052"]).exits(0).json();
    assert_eq!(edited["numbers"], json!([{"kind": "work", "number": "74950000051"}, {"kind": "home", "number": "74950000052"}]));
    let edited = run(&["edit", "лаврова", "--add-number", "fax:84950000052"]).exits(0).json();
    assert_eq!(edited["numbers"][1], json!({"kind": "fax", "number": "74950000052"}), "the same number is one number");
    run(&["edit", "лаврова", "--remove-number", "+74950000099"]).exits(2);
    run(&["edit", "лаврова", "--email", "не почта"]).exits(2);
    run(&["edit", "лаврова", "--name", ""]).exits(2);
    assert_eq!(run(&["edit", "лаврова"]).exits(2).error()["kind"], "no_terminal");
    assert_eq!(run(&["edit", "никто такой", "--job", "x"]).exits(3).error()["kind"], "no_contact");
    assert_eq!(run(&["show", "лаврова"]).exits(0).json(), edited);
}

#[test]
fn a_person_is_deleted_only_when_it_is_meant() {
    let home = Home::new();
    home.mango(["contact", "create", "Лаврова Софья", "+79000000051"]).said().exits(0);
    let said = home.mango(["-o", "json", "contact", "delete", "лаврова"]).said().exits(2);
    assert_eq!(said.error()["kind"], "no_terminal");
    let gone = home.mango(["-o", "json", "contact", "delete", "лаврова", "--yes"]).said().exits(0).json();
    assert_eq!(gone["name"], "Лаврова Софья");
    home.mango(["contact", "show", "лаврова"]).said().exits(3);
    home.mango(["contact", "delete", "1", "--yes"]).said().exits(3);
    let next = home.mango(["-o", "json", "contact", "create", "Орлов", "+79000000052"]).said().exits(0).json();
    assert_eq!(next["id"], "2", "links that are kept must not lead to somebody else");
}

#[test]
fn several_who_fit_are_told_of_and_a_whole_name_means_one() {
    let home = Home::new();
    for (name, number) in [("Иванов Пётр", "+74950000021"), ("Иванов Пётр Ильич", "+74950000022")] {
        home.mango(["contact", "create", name, number]).said().exits(0);
    }
    let error = home.mango(["-o", "json", "contact", "show", "иванов"]).said().exits(3).error();
    assert_eq!(error["kind"], "many_contacts");
    assert_eq!(error["candidates"][1], json!({"id": "2", "name": "Иванов Пётр Ильич", "detail": "+7 495 000-00-22"}));
    let one = home.mango(["-o", "json", "contact", "show", "иванов", "петр"]).said().exits(0).json();
    assert_eq!(one["id"], "1");
}

#[test]
fn whoever_called_is_entered_with_the_number_of_the_call() {
    let pbx = Pbx::start();
    pbx.incoming(json!({"from": "79000000099", "to": "101"}));
    pbx.mango(["history"]).said().exits(0);
    let run = |args: &[&str]| pbx.mango([&["-o", "json"], args].concat()).said();
    assert_eq!(run(&["history", "--offline", "-n", "1"]).json()[0]["name"], json!(null));
    let made = run(&["contact", "create", "--from-call", "@1", "--name", "Смирнова Анна"]).exits(0).json();
    assert_eq!(made["numbers"], json!([{"kind": "mobile", "number": "79000000099"}]));
    assert_eq!(run(&["history", "--offline", "-n", "1"]).json()[0]["name"], "Смирнова Анна");
    let error = run(&["contact", "create", "--from-call", "@1", "--name", "Кто-то ещё"]).exits(3).error();
    assert_eq!((&error["kind"], &error["candidates"][0]["name"]), (&json!("known_number"), &json!("Смирнова Анна")));
    run(&["contact", "create", "--from-call", "@1", "--name", "Кто-то ещё", "--anyway"]).exits(0);
    let company = run(&["account", "create", "--from-call", "@1", "--name", "ООО «Рассвет»", "--anyway"]).exits(0).json();
    assert_eq!(company["numbers"], json!([{"kind": "main", "number": "79000000099"}]));
    assert_eq!(run(&["contact", "create", "--from-call", "@77", "--name", "Некто"]).exits(3).error()["kind"], "no_call");
    pbx.incoming(json!({"from": "79000000099", "to": "101"}));
    pbx.mango(["history"]).said().exits(0);
    assert_eq!(run(&["history", "--offline", "-n", "1"]).json()[0]["name"], "Смирнова Анна", "of several people, the one entered first");
}

#[test]
fn at_a_terminal_what_was_not_typed_is_asked() {
    let home = Home::new();
    let mut person = Person::sits_at(home.mango(["contact", "create"]));
    person.sees("Name");
    person.types("Лаврова Софья\r");
    person.sees("Company");
    person.types("ООО «Ромашка»\r");
    person.sees("Number");
    person.types("8 495 000-00-51\r");
    person.sees("What is +7 495 000-00-51?");
    person.types("home");
    person.types("\r");
    person.sees("Added Лаврова Софья");
    assert_eq!(person.stays_to_the_end().1, 0);
    let made = home.mango(["-o", "json", "contact", "show", "1"]).said().exits(0).json();
    assert_eq!((&made["company"], &made["numbers"]), (&json!("ООО «Ромашка»"), &json!([{"kind": "home", "number": "74950000051"}])));
    let mut person = Person::sits_at(home.mango(["contact", "edit", "Лаврова"]));
    person.sees("Лаврова Софья");
    person.types(" Львовна\r");
    for _ in 0..5 {
        person.sees(": ");
        person.types("\r");
    }
    person.sees("Saved Лаврова Софья Львовна");
    assert_eq!(person.stays_to_the_end().1, 0);
    let edited = home.mango(["-o", "json", "contact", "show", "1"]).said().exits(0).json();
    assert_eq!((&edited["company"], &edited["numbers"]), (&made["company"], &made["numbers"]));
    let mut person = Person::sits_at(home.mango(["contact", "delete", "Лаврова"]));
    person.sees("Delete Лаврова Софья Львовна");
    person.types("y\r");
    person.sees("Deleted");
    assert_eq!(person.stays_to_the_end().1, 0);
}

#[test]
fn at_a_terminal_the_person_who_is_known_is_offered() {
    let pbx = Pbx::start();
    pbx.incoming(json!({"from": "74950000020", "to": "101"}));
    pbx.mango(["history"]).said().exits(0);
    let mut person = Person::sits_at(pbx.mango(["contact", "create", "--from-call", "@1", "--name", "Смирнова Анна"]));
    person.sees("Whom does the call belong to?");
    person.sees("Иванова Мария");
    person.types("\r");
    person.sees("The call is linked to Иванова Мария");
    assert_eq!(person.stays_to_the_end().1, 0);
    pbx.mango(["contact", "show", "Смирнова Анна"]).said().exits(3);
}
