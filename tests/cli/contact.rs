//! `mango contact`: people with any name at all.

use serde_json::json;
use snapbox::{assert_data_eq, str};

use super::support::*;

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
