//! `contact import` and `export`: files of other programs, files that are broken, and files that are interrupted.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::*;

fn file(home: &Home, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = home.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn people(home: &Home) -> Vec<Value> {
    home.mango(["-o", "json", "contact", "list"]).said().exits(0).json().as_array().unwrap().clone()
}

fn import(home: &Home, args: &[&str]) -> Said {
    home.mango([&["-o", "json", "contact", "import"], args].concat()).said()
}

const TABLE: &str = "Фамилия;Имя;Компания;Мобильный;Рабочий;Рост\n\
    Ёлкин;Пётр;ООО «Ромашка»;8 900 000-00-51;8 495 000-00-51;180\n\
    ;;ООО «Ромашка»;;8 495 000-00-60;\n\
    Орлова;Дарья;;не номер;;\n\
    Ёлкин;Павел;;+79000000051;;\n\
    Лис;Инна;;;;\n";

#[test]
fn a_table_is_taken_in_and_what_is_not_is_told_with_its_line() {
    let home = Home::new();
    let table = file(&home, "people.csv", format!("\u{feff}{TABLE}"));
    let checked = import(&home, &[&table, "--dry-run"]).exits(0).json();
    assert_eq!((&checked["dry_run"], &checked["created"], &checked["skipped"]), (&json!(true), &json!(3), &json!(1)));
    assert_eq!(people(&home), Vec::<Value>::new(), "nothing is written for a look");
    let report = import(&home, &[&table]).exits(0).json();
    assert_eq!(
        report,
        json!({"file": table, "dry_run": false, "rows": 5, "created": 3, "updated": 0, "skipped": 1, "refused": 1, "stopped_at": null,
            "ignored_columns": ["Рост"], "problems": [
                {"line": 4, "outcome": "refused", "reason": "number 'не номер': this is not a number"},
                {"line": 5, "outcome": "skipped", "reason": "already known: Ёлкин Павел"}]})
    );
    let all = people(&home);
    assert_eq!(all.iter().map(|one| &one["name"]).collect::<Vec<_>>(), ["Ёлкин Пётр", "Лис Инна"]);
    let company = home.mango(["-o", "json", "account", "show", "ромашка"]).said().exits(0).json();
    assert_eq!(company["numbers"], json!([{"kind": "work", "number": "74950000060"}]));
    // The same once more changes nothing.
    let again = import(&home, &[&table]).exits(0).json();
    assert_eq!((&again["created"], &again["skipped"]), (&json!(0), &json!(4)));
    let said = home.mango(["-o", "table", "contact", "import", &table]).in_russian().said().exits(0);
    said.says("5 строк: добавлено 0, уже были 4, не годятся 1.").says("Не взяты столбцы: Рост.").on_stdout("это не номер");
}

#[test]
fn those_who_are_known_are_updated_when_that_is_meant() {
    let home = Home::new();
    home.mango(["contact", "create", "Ёлкин П.", "+79000000051", "--notes", "после обеда"]).said().exits(0);
    let table = file(&home, "people.csv", TABLE);
    let report = import(&home, &[&table, "--update"]).exits(0).json();
    assert_eq!((&report["created"], &report["updated"]), (&json!(2), &json!(2)));
    let known = home.mango(["-o", "json", "contact", "show", "1"]).said().exits(0).json();
    assert_eq!(
        (&known["name"], &known["company"], &known["notes"]),
        (&json!("Ёлкин Павел"), &json!("ООО «Ромашка»"), &json!("после обеда"))
    );
    assert_eq!(known["numbers"].as_array().unwrap().len(), 2);
}

#[test]
fn a_single_refused_row_stops_a_strict_import() {
    let home = Home::new();
    let said = import(&home, &[&file(&home, "people.csv", TABLE), "--strict"]).exits(2);
    assert_eq!((said.error()["kind"].clone(), said.json()["created"].clone()), (json!("rows_refused"), json!(0)));
    assert_eq!(people(&home), Vec::<Value>::new());
}

#[test]
fn a_file_in_another_encoding_is_named_and_read_when_it_is_said() {
    let home = Home::new();
    let bytes = encoding_rs::WINDOWS_1251.encode(TABLE).0;
    let table = file(&home, "people.csv", bytes);
    let error = import(&home, &[&table]).exits(2).error();
    assert_eq!((&error["kind"], &error["hint"]), (&json!("not_text"), &json!("name the encoding: --encoding cp1251")));
    assert_eq!(people(&home), Vec::<Value>::new());
    assert_eq!(import(&home, &[&table, "--encoding", "cp1251"]).exits(0).json()["created"], 3);
    import(&home, &[&table, "--encoding", "cp1252000"]).exits(2);
    import(&home, &[&file(&home, "picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0")]).exits(2);
}

#[test]
fn a_letter_of_another_encoding_in_the_middle_leaves_nothing_half_done() {
    let home = Home::new();
    let mut table = b"name\n\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\n".to_vec();
    table.extend_from_slice(b"\xcf\xe5\xf2\xf0\n");
    let error = import(&home, &[&file(&home, "people.csv", table)]).exits(2).error();
    assert_eq!(error["message"], "line 3: this is not UTF-8, it looks like cp1251");
    assert_eq!(people(&home), Vec::<Value>::new());
}

#[test]
fn what_cannot_be_a_table_of_people_is_refused_as_a_whole() {
    let home = Home::new();
    for (content, kind) in [("", "usage"), ("a,b\n1,2\n", "no_name_column"), ("+79000000051\n", "no_name_column")] {
        assert_eq!(import(&home, &[&file(&home, "people.csv", content)]).exits(2).error()["kind"], kind, "{content}");
    }
    let table = file(&home, "people.csv", "Кто,Куда\nИванов,+79000000051\n");
    assert_eq!(import(&home, &[&table, "--map", "Кто=name", "--map", "Куда=mobile"]).exits(0).json()["created"], 1);
    for map in ["Кого=name", "Кто=nmae", "Кто"] {
        import(&home, &[&table, "--map", map]).exits(2);
    }
    import(&home, &["/no/such/file.csv"]).exits(1);
}

#[test]
fn cards_are_taken_in_from_stdin() {
    let home = Home::new();
    let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ёлкин;Пётр;;;\r\nFN:Пётр Ёлкин\r\nORG:ООО «Ромашка»\r\nTEL;type=CELL:+7 900 000-00-51\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:org\r\nFN:АО «Кедр»\r\nTEL:+74950000060\r\nEND:VCARD\r\n";
    let said = home.mango(["-o", "json", "contact", "import", "-", "--format", "vcard"]).stdin(cards).said().exits(0);
    assert_eq!(said.json()["created"], 2);
    assert_eq!(people(&home)[0]["name"], "Пётр Ёлкин");
    home.mango(["account", "show", "+74950000060"]).said().exits(0);
}

#[test]
fn what_is_exported_comes_back_the_same() {
    let home = Home::new();
    let hostile = ["=HYPERLINK(\"x\")", "Запятая, «кавычки» и \"другие\"", "\u{202e}вонавИ", "Оператор 👩‍💻", "-минус", "'апостроф"];
    for (name, n) in hostile.iter().zip(10..) {
        let numbers = [format!("mobile:790000000{n}"), format!("work:749500000{n}"), "fax:84950000099".into(), "extension:101".into()];
        let fields = ["--company", "ООО «Ромашка; и Ко»", "--job", "+директор", "--email", "a@b.ru", "--notes", "две\nстроки"];
        let named = format!("--name={name}");
        let all = ["contact", "create", &named].into_iter().chain(numbers.iter().map(String::as_str)).chain(fields);
        home.mango(all).said().exits(0);
    }
    let without_ids = |home: &Home| -> Vec<Value> {
        let forget = |mut one: Value| {
            one["id"] = json!(null);
            one
        };
        people(home).into_iter().map(forget).collect()
    };
    for name in ["people.csv", "people.vcf"] {
        let path = home.path().join(name).display().to_string();
        home.mango(["contact", "export", &path]).said().exits(0);
        assert_eq!(home.mango(["-o", "json", "contact", "export", &path]).said().exits(2).error()["kind"], "file_exists");
        home.mango(["contact", "export", &path, "--force"]).said().exits(0);
        let other = Home::new();
        // The fax and the extension are everybody's, and keep nobody out.
        assert_eq!(import(&other, &[&path]).exits(0).json()["created"], hostile.len());
        assert_eq!(without_ids(&other), without_ids(&home), "{name}");
        assert_eq!(import(&other, &[&path]).exits(0).json()["skipped"], hostile.len());
    }
    let out = home.mango(["contact", "export"]).said().exits(0);
    assert!(out.out.starts_with("type,name,company,job,numbers,email,web,notes\n") && out.out.contains("'=HYPERLINK"), "{out}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_import_leaves_nothing() {
    let home = Home::new();
    let mut command = home.mango(["contact", "import", "-"]).command();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let rows: String = (0..30_000).map(|n| format!("Иванов {n},+7900{n:07}\n")).collect();
    stdin.write_all(format!("name,mobile\n{rows}").as_bytes()).unwrap();
    // The pipe is smaller than what was written: most of it has been read by now.
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    drop(stdin);
    assert_eq!(status.code(), Some(130));
    assert_eq!(people(&home), Vec::<Value>::new());
    home.mango(["contact", "create", "Ёлкин", "+79000000051"]).said().exits(0);
    home.mango(["contact", "show", "елкин"]).said().exits(0);
}

#[test]
fn a_short_number_is_an_extension_whatever_its_column_and_a_dash_is_stdout() {
    let home = Home::new();
    home.mango(["contact", "import", "-", "--format", "csv"]).stdin("name,mobile\nИкс Пётр,105\n").said().exits(0);
    let one = home.mango(["-o", "json", "contact", "show", "Икс"]).said().exits(0).json();
    assert_eq!(one["numbers"], serde_json::json!([{"kind": "extension", "number": "105"}]));
    let table = home.mango(["contact", "export", "-"]).said().exits(0);
    assert!(table.out.contains("Икс Пётр") && !home.path().join("-").exists(), "{table}");
}

#[test]
fn a_strict_import_into_a_server_reads_all_of_the_file_first() {
    let pbx = Pbx::start();
    pbx.home.write_config("[profiles.sandbox]\ncontacts = 'bpmsoft'\n");
    let count = || pbx.mango(["-o", "json", "contact", "list"]).said().exits(0).json().as_array().unwrap().len();
    let before = count();
    let table = file(&pbx.home, "people.csv", TABLE);
    let run = |args: &[&str]| pbx.mango(["-o", "json", "contact", "import", &table].iter().chain(args)).said();
    let said = run(&["--strict"]).exits(2);
    assert_eq!((&said.json()["refused"], &said.json()["created"], count()), (&json!(1), &json!(0), before));
    assert_eq!(said.error()["kind"], "rows_refused");
    assert_eq!(run(&[]).exits(0).json()["created"], 3);
}

#[test]
fn an_export_that_breaks_off_leaves_the_file_of_before() {
    let pbx = Pbx::start();
    pbx.home.write_config("[profiles.sandbox]\ncontacts = 'bpmsoft'\n");
    let export = || pbx.mango(["contact", "export", "people.csv", "--force"]).said();
    export().exits(0);
    let path = pbx.home.path().join("people.csv");
    let before = std::fs::read(&path).unwrap();
    pbx.control("POST", "crm/faults", json!({"path": "GET Contact", "times": 0, "close": true}));
    export().exits(5);
    assert!(std::fs::read(&path).unwrap() == before && !before.is_empty());
}
