//! `mango stats`: counted as history lists, in every format, and as a page that a real browser draws.

use std::collections::BTreeMap;

use serde_json::Value;

use super::browser::{Browser, words};
use super::support::*;

/// A PBX with a believable history of three weeks, and a journal that knows it.
fn three_weeks() -> Pbx {
    let pbx = Pbx::start();
    pbx.generate(600);
    pbx.customer(["history", "--since", "25d"]).said().exits(0);
    pbx
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn sum(rows: &Value, key: &str) -> u64 {
    list(rows).iter().map(|row| row[key].as_u64().unwrap()).sum()
}

/// The document of the last 25 days, from the journal.
fn stats(pbx: &Pbx, args: &[&str]) -> Value {
    let fixed = ["-o", "json", "stats", "--offline", "--since", "25d"];
    pbx.customer(fixed.iter().chain(args)).said().exits(0).json()
}

fn history(pbx: &Pbx, args: &[&str]) -> Vec<Value> {
    let fixed = ["-o", "json", "history", "--offline", "--since", "25d"];
    list(&pbx.customer(fixed.iter().chain(args)).said().exits(0).json()).clone()
}

#[test]
fn the_journal_is_brought_up_to_date_first() {
    let pbx = Pbx::start();
    pbx.generate(100);
    let counted = pbx.customer(["-o", "json", "stats", "--since", "25d"]).said().exits(0).json();
    assert_eq!(counted["totals"]["calls"], 100);
    pbx.asked();
    pbx.customer(["stats", "--offline"]).said().exits(0);
    assert!(pbx.asked().is_empty());
}

#[test]
fn it_counts_what_history_lists() {
    let pbx = three_weeks();
    let (counted, calls) = (stats(&pbx, &[]), history(&pbx, &[]));
    let has = |key: &str, value: &Value| calls.iter().filter(|call| call[key] == *value).count() as u64;
    let totals = &counted["totals"];
    assert_eq!(totals["calls"], calls.len());
    for direction in ["incoming", "outgoing", "internal"] {
        assert_eq!(totals[direction].as_u64(), Some(has("direction", &direction.into())), "{direction}");
    }
    assert_eq!(totals["answered"].as_u64(), Some(has("answered", &true.into())));
    assert_eq!(totals["missed"].as_u64(), Some(has("missed", &true.into())));
    assert_eq!(totals["talk"].as_i64().unwrap(), calls.iter().filter_map(|call| call["talk"].as_i64()).sum::<i64>());
    for (part, key) in [("employees", "employee"), ("lines", "line")] {
        for row in list(&counted[part]) {
            assert_eq!(row["calls"].as_u64(), Some(has(key, &row[key])), "{row}");
        }
    }
    let mut days = BTreeMap::new();
    calls.iter().for_each(|call| *days.entry(call["started_at"].as_str().unwrap()[..10].to_owned()).or_insert(0) += 1);
    for day in list(&counted["days"]) {
        assert_eq!(day["calls"], days.remove(day["date"].as_str().unwrap()).unwrap_or(0), "{day}");
    }
    assert!(days.is_empty(), "{days:?}");
    for part in ["hours", "days", "employees", "lines"] {
        assert_eq!(sum(&counted[part], "calls"), calls.len() as u64, "{part}");
        assert_eq!(sum(&counted[part], "missed"), totals["missed"].as_u64().unwrap(), "{part}");
    }
    let longest = calls.iter().filter(|call| call["missed"] == true).map(|call| call["wait"].as_i64().unwrap()).max();
    assert_eq!(counted["longest_unanswered"]["wait"].as_i64(), longest);
    assert!(calls.iter().any(|call| call["entry_id"] == counted["longest_unanswered"]["entry_id"] && call["missed"] == true));
    assert!(list(&counted["employees"]).iter().any(|row| row["employee_name"] == "Петров Иван"), "{}", counted["employees"]);
}

#[test]
fn filters_are_those_of_history() {
    let pbx = three_weeks();
    let until = days_ago(3);
    let filters: [&[&str]; 7] = [
        &["--in"],
        &["--out", "--internal"],
        &["--employee", "101"],
        &["--line", "+7 495 000-00-10"],
        &["--line", "sip:line1@demo.mangosip.ru"],
        &["--in", "--employee", "102", "--line", "84950000010"],
        &["--until", &until],
    ];
    for filter in filters {
        let counted = stats(&pbx, filter);
        assert_eq!(counted["totals"]["calls"], history(&pbx, filter).len(), "{filter:?}");
        assert!(counted["totals"]["calls"].as_u64() > Some(0), "{filter:?}");
    }
}

#[test]
fn hours_are_those_of_the_persons_zone() {
    let pbx = three_weeks();
    let hours = |zone: &str| {
        let counted = pbx.customer(["-o", "json", "stats", "--offline", "--since", "25d"]).env("TZ", zone).said().exits(0).json();
        assert_eq!(counted["zone"], zone);
        list(&counted["hours"]).iter().map(|hour| hour["calls"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    // Seven hours later, so that what was at 0:00 on Monday is at 7:00. Neither city changes its clocks.
    let (moscow, vladivostok) = (hours("Europe/Moscow"), hours("Asia/Vladivostok"));
    assert_eq!(moscow.len(), 168);
    for (n, calls) in moscow.iter().enumerate() {
        assert_eq!(*calls, vladivostok[(n + 7) % 168], "hour {n}");
    }
}

#[test]
fn the_last_seven_days_are_meant_when_nothing_is_said() {
    let pbx = three_weeks();
    let counted = pbx.customer(["-o", "json", "stats", "--offline"]).said().exits(0).json();
    assert_eq!(list(&counted["days"]).len(), 7);
    assert!(counted["since"].as_str().unwrap().contains("T00:00:00"), "{}", counted["since"]);
    let table = pbx.customer(["stats", "--offline"]).said().exits(0);
    assert_eq!(table.lines().len(), 7, "a pipe gets the days:\n{table}");
}

#[test]
fn every_format_tells_the_same() {
    let pbx = three_weeks();
    let counted = stats(&pbx, &[]);
    let run = |format: &str, by: &str| pbx.customer(["-o", format, "stats", "--offline", "--since", "25d", "--by", by]).said().exits(0);
    for (by, part, own) in [
        ("hour", "hours", "weekday,hour"),
        ("day", "days", "date"),
        ("employee", "employees", "employee,employee_name"),
        ("line", "lines", "line"),
    ] {
        let rows = list(&counted[part]);
        let (csv, tsv, ndjson, table) = (run("csv", by), run("tsv", by), run("ndjson", by), run("table", by));
        let heading = format!("{own},calls,incoming,outgoing,internal,answered,missed,average_wait,talk,average_talk");
        assert_eq!(csv.lines()[0], heading);
        assert_eq!([csv.lines().len() - 1, tsv.lines().len(), table.lines().len() - 1], [rows.len(); 3], "{by}");
        assert_eq!(run("json", by).json(), counted[part]);
        for (n, row) in rows.iter().enumerate() {
            let line: Value = serde_json::from_str(ndjson.lines()[n]).unwrap();
            assert_eq!(line, *row);
            let (calls, missed) = (row["calls"].to_string(), row["missed"].to_string());
            let fields: Vec<&str> = tsv.lines()[n].split('\t').collect();
            let place = own.split(',').count();
            assert_eq!((fields[place], fields[place + 5]), (calls.as_str(), missed.as_str()));
            assert!(table.lines()[n + 1].contains(&calls), "{table}");
        }
    }
    let shown = pbx.customer(["-o", "table", "stats", "--offline", "--since", "25d"]).in_russian().said().exits(0);
    for words in ["звонков. Входящих", "пн   ", "Дольше всех без ответа", "сотрудник", "линия", "█", "░░"]
    {
        assert!(shown.out.contains(words), "{words}\n{shown}");
    }
}

#[test]
fn nothing_is_counted_in_every_format() {
    let home = Home::new();
    for (format, out) in [("table", ""), ("ndjson", ""), ("tsv", "")] {
        let said = home.mango(["-o", format, "stats", "--offline"]).said().exits(0);
        assert_eq!(said.out, out, "{format}");
    }
    let nothing = home.mango(["-o", "json", "stats", "--offline"]).said().exits(0).json();
    assert_eq!((&nothing["totals"]["calls"], list(&nothing["hours"]).len(), list(&nothing["days"]).len()), (&0.into(), 168, 0));
    assert_eq!((&nothing["longest_unanswered"], &nothing["totals"]["average_wait"]), (&Value::Null, &Value::Null));
    home.mango(["stats", "--offline"]).in_russian().said().exits(0).silent();
    home.mango(["stats", "--offline", "--html", "empty.html"]).said().exits(0);
}

#[test]
fn a_period_that_makes_no_sense_is_refused() {
    let home = Home::new();
    home.mango(["stats", "--offline", "--since", "today", "--until", "2026-01-01"]).said().exits(2).says("must end after it begins");
    home.mango(["stats", "--offline", "--since", "2100-01-01"]).in_russian().said().exits(2).says("период ещё не наступил");
    home.mango(["stats", "--offline", "--by", "moon"]).said().exits(2).says("there are: hour, day, employee, line");
    home.mango(["stats", "--offline", "--open"]).said().exits(2).says("--html");
    home.mango(["stats", "--offline", "--since", "1900-01-01", "--until", "2020-01-01"]).said().exits(0);
}

#[test]
fn a_page_is_there_as_a_whole_or_not_at_all() {
    let pbx = three_weeks();
    let write = |file: &str| pbx.customer(["stats", "--offline", "--html", file]).said();
    let page = pbx.home.path().join("week.html");
    let said = write("week.html").exits(0).says("The page is written: week.html");
    assert_eq!(said.out, "");
    assert!(std::fs::read_to_string(&page).unwrap().ends_with("</html>\n"));
    write("no/such/directory/week.html").exits(1).says("no/such/directory/week.html");
    std::fs::create_dir(pbx.home.path().join("directory")).unwrap();
    write("directory").exits(1);
    let left: Vec<_> = std::fs::read_dir(pbx.home.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".week")), "{left:?}");
    // What is no file is written to: nothing is renamed over it.
    let piped = pbx.customer(["-o", "json", "stats", "--offline", "--html", "/dev/stdout"]).said().exits(0);
    assert!(piped.out.starts_with("<!doctype html>"), "{piped}");
    write("/dev/full").exits(1);
}

#[test]
fn the_page_is_opened_when_asked_for() {
    let pbx = three_weeks();
    let bin = pbx.home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let opener = bin.join("xdg-open");
    std::fs::write(&opener, "#!/bin/sh\nprintf %s \"$1\" >opened.new && mv opened.new opened\n").unwrap();
    std::fs::set_permissions(&opener, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let open = |path: &str| pbx.customer(["stats", "--offline", "--html", "week & month.html", "--open"]).env("PATH", path).said();
    open(&path).exits(0);
    let opened = pbx.home.path().join("opened");
    awaited("the page at the opener", || opened.exists().then_some(()));
    let page = pbx.home.path().canonicalize().unwrap().join("week & month.html");
    assert_eq!(std::fs::read_to_string(opened).unwrap(), page.to_str().unwrap());
    open("/nowhere").exits(1).says("xdg-open");
}

#[test]
fn a_browser_draws_the_week() {
    let Some(browser) = Browser::start("a_browser_draws_the_week") else { return };
    let pbx = three_weeks();
    let counted = stats(&pbx, &[]);
    // A name that would be a script if it were not only a name.
    let db = rusqlite::Connection::open(pbx.home.journal("default")).unwrap();
    let evil = "<img src=x onerror=alert(1)><b>Иван</b>";
    db.execute("UPDATE employees SET name = ?1 WHERE extension = '101'", [evil]).unwrap();
    for (lang, heading, missed) in [("ru", "По часам и дням недели", "Пропущено"), ("en", "By hour and weekday", "Missed")]
    {
        let file = format!("stats-{lang}.html");
        pbx.customer(["--lang", lang, "stats", "--offline", "--since", "25d", "--html", &file]).said().exits(0);
        let page = pbx.home.path().join(file);
        let understood = browser.understood(&page);
        let text = words(&understood);
        let totals = &counted["totals"];
        for expected in
            [heading.to_owned(), format!("{missed} {}", totals["missed"]), "&lt;b&gt;Иван".into(), totals["answered"].to_string()]
        {
            assert!(text.contains(&expected), "{expected}\n{text}");
        }
        for row in list(&counted["employees"]).iter().filter(|row| row["employee"] != "101" && !row["employee"].is_null()) {
            let expected = format!("{} {} {}", row["employee"].as_str().unwrap(), row["employee_name"].as_str().unwrap(), row["calls"]);
            assert!(text.contains(&expected), "{expected}\n{text}");
        }
        assert!(!understood.contains("<img") && !understood.contains("<script"), "{understood}");
        // 168 hours, a column for each day, a bar for each employee and line.
        assert_eq!(understood.matches("class=\"heat\"").count() + understood.matches("class=\"empty\"").count(), 168);
        let bars = list(&counted["employees"]).len() + list(&counted["lines"]).len();
        assert_eq!(understood.matches("class=\"bar\"").count(), bars);

        let seen = browser.seen(&page);
        let (answered, missed) = (seen.count([0x2f, 0x6f, 0xde]), seen.count([0xe0, 0x60, 0x3c]));
        assert!(answered > 10_000 && missed > 300, "{answered} blue pixels, {missed} red ones");
        // The darkest hour and the emptiest one, and shades between them.
        assert!(seen.colors() > 20, "{} colours", seen.colors());
        // The busiest employee's bar has the whole of its room, 6rem of 16 pixels; nothing else is as long.
        let longest = seen.runs([0x2f, 0x6f, 0xde]).into_iter().max();
        assert!(longest.is_some_and(|run| (94..=96).contains(&run)), "{longest:?}");
    }
}
