//! What a person makes of a call: notes, links, activities, and the page that shows all of it.

use rusqlite::Connection;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use super::support::*;

const STRANGER: &str = "79000000777";

/// A call from outside to 101, played to its end.
fn call_from(pbx: &Pbx, number: &str) {
    pbx.incoming(json!({"from": number, "to": "101"}));
}

/// What a command prints as JSON, when it did what it was asked to.
#[track_caller]
fn told(pbx: &Pbx, args: &[&str]) -> Value {
    pbx.mango(["-o", "json"].iter().chain(args)).said().exits(0).json()
}

/// `type:name` of every link.
#[track_caller]
fn links(pbx: &Pbx, call: &str) -> Vec<String> {
    let rows = told(pbx, &["link", call]);
    let one = |row: &Value| format!("{}:{}", row["type"].as_str().unwrap(), row["name"].as_str().or(row["id"].as_str()).unwrap());
    rows.as_array().unwrap().iter().map(one).collect()
}

/// Whether it is six in the evening of a Tuesday in Moscow.
fn is_tuesday_evening(due: &Value) -> bool {
    let at: jiff::Timestamp = due.as_str().unwrap().parse().unwrap();
    let at = at.to_zoned(jiff::tz::TimeZone::get("Europe/Moscow").unwrap());
    (at.weekday(), at.hour(), at.minute()) == (jiff::civil::Weekday::Tuesday, 18, 0)
}

#[test]
fn a_stranger_becomes_a_person_with_a_result_and_a_meeting_in_every_contact_source() {
    for (source, has_activities) in [("local", true), ("addressbook", false), ("bpmsoft", true)] {
        let pbx = Pbx::start();
        pbx.mango(["config", "set", "contacts", source]).said().exits(0);
        let says = |args: &[&str], words: &str| drop(pbx.mango(args).in_russian().said().exits(0).says(words));
        call_from(&pbx, STRANGER);
        assert_eq!(told(&pbx, &["history"])[0]["name"], json!(null), "{source}");
        pbx.mango(["contact", "create", "Смирнова Анна", STRANGER]).said().exits(0);
        call_from(&pbx, STRANGER);
        assert_eq!(told(&pbx, &["history"])[0]["name"], "Смирнова Анна", "{source}");
        says(&["note", "@1", "--result", "Назначена встреча", "--text", "во вторник"], "Записано.");
        let create = ["activity", "create", "--from-call", "@1", "Встреча", "--due", "tuesday"];
        if has_activities {
            says(&create, "Добавлено дело: Встреча, срок ");
            assert_eq!(links(&pbx, "@1"), ["contact:Смирнова Анна", "activity:Встреча"], "{source}");
        } else {
            pbx.mango(create).in_russian().said().exits(2).says("в источнике контактов addressbook нет дел");
            says(&["link", "@1", "--contact", "Смирнова"], "Звонок связан: Смирнова Анна.");
            assert_eq!(links(&pbx, "@1"), ["contact:Смирнова Анна"], "{source}");
        }
        let page = told(&pbx, &["show", "@1"]);
        assert_eq!((&page["result"], &page["text"]), (&json!("Назначена встреча"), &json!("во вторник")), "{source}");
        let due: Vec<&Value> = page["activities"].as_array().unwrap().iter().map(|one| &one["due"]).collect();
        assert!(due.len() == usize::from(has_activities) && due.into_iter().all(is_tuesday_evening), "{source}: {page}");
        let history = told(&pbx, &["history"]);
        assert_eq!((&history[0]["result"], &history[1]["result"]), (&json!("Назначена встреча"), &json!(null)), "{source}");
    }
}

#[test]
fn the_page_of_a_call_says_what_came_of_it_and_what_it_is_linked_to() {
    let pbx = Pbx::start();
    pbx.mango(["contact", "create", "Смирнова Анна", STRANGER]).said().exits(0);
    call_from(&pbx, STRANGER);
    pbx.mango(["note", "--result", "Назначена", "--text", "во вторник"]).in_russian().said().exits(0);
    pbx.mango(["activity", "create", "--from-call", "@1", "Встреча", "--due", "tuesday"]).at_noon().said().exits(0);
    let page = pbx.mango(["-o", "table", "show", "@1"]).in_russian().at_noon().said();
    assert_data_eq!(
        page.to_string(),
        str![[r#"
звонок       [..]
кто          Смирнова Анна, +7 900 000-07-77
кому         Петров Иван, доб. 101
...
итог         Назначена встреча
подробно     во вторник

связь    с кем, с чем                id
контакт  Смирнова Анна               [..]
дело     Встреча        до вт 18:00  [..]

плечо      кто               кому                   начало    конец     завершение
меню       +7 900 000-07-77  +7 495 000-00-10  [..]  [..]  Вызов завершился штатно
сотрудник  +7 900 000-07-77  Петров Иван, доб. 101  [..]  [..]  Нет ответа за отведённое время

пришло    событие
[..]  меню: вызов +7 495 000-00-10
[..]  меню: отбой +7 495 000-00-10 Вызов завершился штатно
[..]  вызов 101
[..]  отбой 101 Нет ответа за отведённое время
[..]  звонок завершён
exit 0

"#]]
    );
    let listed = pbx.mango(["-o", "table", "link", "@1"]).in_russian().at_noon().said();
    assert_data_eq!(
        listed.to_string(),
        str![[r#"
связь    с кем, с чем                id
контакт  Смирнова Анна               72
дело     Встреча        до вт 18:00  1
exit 0

"#]]
    );
}

#[test]
fn a_result_is_one_of_the_list_and_only_what_is_given_changes() {
    let pbx = Pbx::start();
    call_from(&pbx, STRANGER);
    let note = |args: &[&str]| told(&pbx, &[&["note"], args].concat());
    assert_eq!(note(&["--result", "meeting"])["result"], "Meeting arranged");
    assert_eq!((&note(&["--text", "-"])["result"], &note(&[])["text"]), (&json!("Meeting arranged"), &json!("-")));
    assert_eq!(note(&["--result", "CALL BACK"])["result"], "Call back");
    let refused = pbx.mango(["note", "--result", "Продано"]).in_russian().said().exits(2);
    assert!(
        refused.err.contains("нет такого итога: «Продано»; есть: Назначена встреча, ") && refused.err.contains("config set results"),
        "{refused}"
    );
    assert_eq!(pbx.mango(["-o", "json", "note", "--result", "?"]).said().exits(2).error()["kind"], "no_result");
    // What was refused changed nothing, neither did its text.
    pbx.mango(["note", "--result", "x", "--text", "новый"]).said().exits(2);
    assert_eq!((&note(&[])["result"], &note(&[])["text"]), (&json!("Call back"), &json!("-")));
    let removed = note(&["--result", "", "--text", " "]);
    assert_eq!((&removed["result"], &removed["result_id"], &removed["text"]), (&json!(null), &json!(null), &json!(null)));
    pbx.mango(["config", "set", "results", "Продано, Не продано"]).said().exits(0);
    assert_eq!(note(&["--result", "прод"])["result"], "Продано");
    pbx.mango(["note", "--result", "Meeting arranged"]).said().exits(2).says("there are: Продано, Не продано");
    pbx.mango(["note", "@99", "--text", "x"]).said().exits(3);
}

#[test]
fn files_are_kept_beside_the_journal_and_go_with_it() {
    let pbx = Pbx::start();
    call_from(&pbx, STRANGER);
    let home = pbx.home.path();
    let (scan, hostile) = (home.join("договор.pdf"), home.join("\u{1b}[31m.txt"));
    std::fs::write(&scan, "один").unwrap();
    std::fs::write(&hostile, "два").unwrap();
    let (scan, hostile) = (scan.to_str().unwrap(), hostile.to_str().unwrap());
    let note = told(&pbx, &["note", "--file", scan, "--file", hostile]);
    let files = note["files"].as_array().unwrap();
    assert_eq!((&files[0]["name"], &files[0]["size"]), (&json!("_[31m.txt"), &json!(6)), "{note}");
    let kept = files[1]["path"].as_str().unwrap();
    assert!(kept.starts_with(home.to_str().unwrap()), "{kept}");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "один");
    assert_eq!(told(&pbx, &["note", "--file", scan])["files"].as_array().unwrap().len(), 2, "the same file once more is the same file");
    // Nothing is kept when one of them is missing or is no file.
    for wrong in ["absent.pdf", "."] {
        pbx.mango(["note", "--file", "договор.pdf", "--file", wrong, "--text", "x"]).said().exits(2).says("no such file");
    }
    let page = told(&pbx, &["show"]);
    assert_eq!((&page["files"], &page["text"]), (&note["files"], &json!(null)));
    pbx.mango(["sandbox", "reset"]).said().exits(0);
    assert!(!std::path::Path::new(kept).exists());
}

#[test]
fn a_person_or_company_that_a_call_is_linked_to_gets_its_number() {
    let pbx = Pbx::start();
    call_from(&pbx, STRANGER);
    assert_eq!(links(&pbx, "@1"), [""; 0]);
    pbx.mango(["link", "--contact", "Захарова", "--no-number"]).said().exits(0).says("linked to Захарова Вера");
    let numbers = |command: &str, who: &str| told(&pbx, &[command, "show", who])["numbers"].clone();
    assert_eq!(numbers("contact", "Захарова").as_array().unwrap().len(), 2);
    let linked = pbx.mango(["link", "--contact", "Захарова"]).in_russian().said().exits(0);
    assert!(linked.err.contains("Номер +7 900 000-07-77 добавлен: Захарова Вера."), "{linked}");
    assert_eq!(numbers("contact", "Захарова")[2], json!({"kind": "mobile", "number": STRANGER}));
    let again = pbx.mango(["link", "--contact", "Захарова"]).said().exits(0);
    assert!(!again.err.contains("added"), "{again}");
    // Another person takes her place; the number is now two people's, so that it says nothing by itself.
    pbx.mango(["link", "--contact", "Зайцев"]).said().exits(0);
    assert_eq!(links(&pbx, "@1"), ["contact:Зайцев Денис"]);
    pbx.mango(["unlink", "--contact", "зай"]).said().exits(0);
    assert_eq!(links(&pbx, "@1"), [""; 0]);
}

#[test]
fn a_call_may_be_linked_to_anything_and_released() {
    let pbx = Pbx::start();
    call_from(&pbx, "74950000020");
    assert_eq!(told(&pbx, &["link"])[0]["by"], "number", "a call belongs to whom its number belongs to");
    let one = told(&pbx, &["activity", "create", "Отправить", "договор"]);
    assert_eq!((&one["title"], &one["owner"], &one["call"]), (&json!("Отправить договор"), &json!("101"), &json!(null)));
    let id = one["id"].as_str().unwrap();
    let linked =
        told(&pbx, &["link", "--no-number", "--account", "Тихая", "--activity", id, "--object", "Lead:17", "--object", "Order:x y"]);
    let all: Vec<&str> = linked.as_array().unwrap().iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert_eq!(all.len(), 4, "{linked}");
    assert!(["account", "activity", "Lead", "Order"].iter().all(|kind| all.contains(kind)), "{linked}");
    // All or none.
    assert_eq!(pbx.mango(["-o", "json", "unlink", "--object", "lead:17", "--activity", "99"]).said().exits(3).error()["kind"], "no_link");
    assert_eq!(links(&pbx, "@1").len(), 4);
    pbx.mango(["unlink", "--object", "lead:17", "--activity", "договор", "--account", "гавань"]).said().exits(0);
    assert_eq!(links(&pbx, "@1"), ["contact:Иванова Мария", "account:ООО «Северный ветер»", "Order:x y"]);
    pbx.mango(["unlink"]).in_russian().said().exits(2).says("укажите, с чем");
    for wrong in ["Lead", ":17", "Lead:", "contact:1", "Le ad:1", "7:1"] {
        pbx.mango(["link", "--object", wrong]).said().exits(2);
    }
    for (args, kind) in [
        (["link", "--contact", "Никтошкин"], "no_contact"),
        (["link", "--contact", "Иванов"], "many_contacts"),
        (["link", "--contact", "Тихая"], "no_contact"),
        (["link", "--account", "Иванова Мария"], "no_contact"),
        (["link", "--activity", "99"], "no_activity"),
    ] {
        let error = pbx.mango(["-o", "json"].iter().chain(&args)).said().exits(3).error();
        assert_eq!(error["kind"], kind, "{args:?}: {error}");
    }
    assert_eq!(links(&pbx, "@1"), ["contact:Иванова Мария", "account:ООО «Северный ветер»", "Order:x y"]);
}

#[test]
fn what_a_person_wrote_stays_when_statistics_come() {
    let pbx = Pbx::start();
    call_from(&pbx, "74950000020");
    told(&pbx, &["note", "--result", "Settled", "--text", "всё хорошо"]);
    told(&pbx, &["link", "--contact", "Захарова", "--no-number"]);
    let before = (told(&pbx, &["note"]), links(&pbx, "@1"));
    let history = told(&pbx, &["history"]);
    assert_eq!((&history[0]["result"], &history[0]["missed"]), (&json!("Settled"), &json!(true)));
    assert_eq!((told(&pbx, &["note"]), links(&pbx, "@1")), before);
    // In another program's hands the result is a column like any other.
    let csv = pbx.mango(["-o", "csv", "history", "--offline"]).said().exits(0);
    assert!(csv.lines()[0].ends_with(",outcome,result") && csv.lines()[1].ends_with(",missed,Settled"), "{csv}");
}

#[test]
fn activities_are_mine_or_everybodys_open_or_done() {
    let pbx = Pbx::start();
    let create = |args: &[&str]| told(&pbx, &[&["activity", "create"], args].concat())["id"].as_str().unwrap().to_owned();
    let contract = create(&["Договор", "--contact", "Иванова", "--due", "+2h", "--text", "два экземпляра"]);
    create(&["Счёт", "--owner", "102", "--account", "Тихая гавань"]);
    create(&["Звонок", "--owner", "Сидорова", "--contact", "Иванова", "--due", "2030-01-01T10:00"]);
    let titles = |args: &[&str]| -> Vec<String> {
        let listed = told(&pbx, &[&["activity", "list"], args].concat());
        listed.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&[]), ["Договор"]);
    assert_eq!(titles(&["--all"]), ["Договор", "Звонок", "Счёт"]);
    assert_eq!(titles(&["--all", "-n", "2"]), ["Договор", "Звонок"]);
    assert_eq!(titles(&["--with", "Иванова"]), ["Договор", "Звонок"]);
    assert_eq!(titles(&["--with", "гавань"]), ["Счёт"]);
    let done = told(&pbx, &["activity", "done", &contract, "--result", "Подписан"]);
    assert_eq!((&done["done"], &done["result"], &done["text"]), (&json!(true), &json!("Подписан"), &json!("два экземпляра")));
    assert_eq!((titles(&[]), titles(&["--done"]), titles(&["--open", "--done", "--all"]).len()), (vec![], vec!["Договор".to_owned()], 3));
    pbx.mango(["activity", "list"]).in_russian().said().exits(0).silent();
    pbx.mango(["activity", "done", "99"]).in_russian().said().exits(3).says("нет такого дела: 99");
    for (args, words) in [
        (["create", "x", "--due", "вчера"], "не понимаю срок «вчера»"),
        (["create", "x", "--due", "2020-01-01"], "этот срок уже прошёл"),
        (["create", "x", "--owner", "199"], "на АТС нет такого сотрудника"),
        (["create", " ", "--text", "x"], "название: от 1 до 500 знаков"),
    ] {
        pbx.mango(["activity"].iter().chain(&args)).in_russian().said().exits(2).says(words);
    }
    pbx.mango(["activity", "create", "x", "--owner", "Никтошкин"]).said().exits(3);
}

#[test]
fn of_an_id_too_long_to_type_the_beginning_will_do() {
    let pbx = Pbx::start();
    pbx.mango(["config", "set", "contacts", "bpmsoft"]).said().exits(0);
    let made = told(&pbx, &["activity", "create", "Договор", "--contact", "Иванова Мария"]);
    let id = made["id"].as_str().unwrap();
    call_from(&pbx, STRANGER);
    assert_eq!(told(&pbx, &["link", "--activity", &id[..8]])[0]["id"], id);
    let done = told(&pbx, &["activity", "done", &id[..8].to_uppercase(), "--result", "Подписан"]);
    assert_eq!((&done["id"], &done["done"]), (&made["id"], &json!(true)));
    pbx.mango(["activity", "done", "№"]).said().exits(3);
}

#[test]
fn a_card_tells_the_last_result_and_what_is_still_to_be_done() {
    let pbx = Pbx::start();
    call_from(&pbx, "74950000021");
    told(&pbx, &["note", "--result", "Settled"]);
    told(&pbx, &["activity", "create", "Договор", "--contact", "Иванов Пётр"]);
    // From his other number.
    call_from(&pbx, "74950000120");
    // The last event may have come and not been read yet.
    let card = awaited("the end of the second call", || {
        let cards = pbx.mango(["replay", "--on", "ended"]).said().exits(0);
        let card: Value = serde_json::from_str(cards.lines().last().unwrap()).unwrap();
        (card["kind"] == "work").then_some(card)
    });
    assert_eq!((&card["name"], &card["kind"]), (&json!("Иванов Пётр"), &json!("work")));
    assert_eq!((&card["last_call"]["result"], &card["activities"][0]["title"]), (&json!("Settled"), &json!("Договор")), "{card}");
}

#[test]
fn while_the_crm_is_away_a_note_is_written_and_waits_for_it() {
    let pbx = Pbx::start();
    pbx.generate(3);
    pbx.customer(["history"]).said().exits(0);
    pbx.home.write_config("[profiles.default]\nlimits = false\nextension = '101'\ncontacts = 'bpmsoft'\n");
    let offline = |args: &[&str]| pbx.home.mango(["-o", "json"].iter().chain(args)).said();
    let note = offline(&["note", "@2", "--text", "перезвонит сам"]).exits(0).json();
    assert_eq!(offline(&["show", "@2"]).exits(0).json()["text"], "перезвонит сам");
    let db = Connection::open(pbx.home.journal("default")).unwrap();
    let sql = "SELECT e.entry_id, o.state FROM outbox o JOIN entries e ON e.id = o.entry";
    let waiting: (String, String) = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((json!(waiting.0), waiting.1.as_str()), (note["entry_id"].clone(), "waiting"));
}

#[test]
fn notes_of_any_kind_are_kept_whole_and_shown_harmless() {
    let pbx = Pbx::start();
    call_from(&pbx, STRANGER);
    for text in
        ["\u{1b}[31mкрасный\u{7}", "\u{202e}вонавИ", "одна\nдве\tтри", "=HYPERLINK(\"x\")", "'; DROP TABLE notes;--", &"ы".repeat(10_000)]
    {
        assert_eq!(told(&pbx, &["note", "--text", text])["text"], text);
        for args in [["-o", "table", "note"], ["-o", "tsv", "show"], ["-o", "table", "show"]] {
            let said = pbx.mango(args).said().exits(0);
            assert!(said.out.chars().all(|c| (!c.is_control() || c == '\n' || c == '\t') && c != '\u{202e}'), "{args:?}");
        }
    }
}
