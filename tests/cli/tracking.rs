//! `mango tracking`: where calls come from, asked for while they ring, taken from a widget, or known by their line.

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use super::support::*;

const INFO: &str = "queries/user_info_by_dct_number";
const HISTORY: &str = "queries/user_history_by_dct_number";
const WIDGET: &str = "widgets/v1/calltracking/1001/calls.json";

/// The tracking of the last call, once somebody knows whether there is a visitor.
fn learnt(pbx: &Pbx) -> Value {
    until(pbx, |shown| !shown["found"].is_null())
}

#[track_caller]
fn until(pbx: &Pbx, enough: impl Fn(&Value) -> bool) -> Value {
    awaited("the tracking of the last call", || {
        let said = pbx.mango(["-o", "json", "tracking", "show"]).said();
        (said.code == Some(0)).then(|| said.json()).filter(&enough)
    })
}

/// The questions about visitors that the PBX was asked.
fn questions(pbx: &Pbx) -> Vec<String> {
    pbx.asked().into_iter().map(|(path, _)| path).filter(|path| path.starts_with("queries/")).collect()
}

/// A visitor calls; the call is played to its end.
fn visitor(pbx: &Pbx) {
    pbx.incoming(json!({"from": "74950000020", "dct": true}));
}

#[test]
fn a_new_user_sees_the_page_and_the_marks_of_a_visitor_who_called() {
    let home = Home::new();
    let run = |args: &[&str]| home.mango(args).env("MANGO_SANDBOX_SPEED", "50").env("MANGO_SANDBOX_SEED", "11");
    run(&["sandbox", "incoming", "--dct"]).said().exits(0);
    let page = run(&["-o", "table", "--sandbox", "tracking", "show", "@1"]).in_russian().said().exits(0);
    assert_data_eq!(
        page.to_string(),
        str![[r#"
звонок              [..]
начало              [..]
номер коллтрекинга  +7 495 000-00-12
вид номера          динамический
страница            https://shop.example.com/[..]
...
utm source          [..]
...
устройство          [..]
на сайте            [..]
...
страниц             [..]
exit 0

"#]]
    );
    let call = run(&["-o", "json", "--sandbox", "show"]).said().exits(0).json();
    assert_eq!((&call["tracking"]["type"], &call["tracking"]["found"]), (&json!("dynamic"), &json!(true)));
    assert_eq!(call["line"], "74950000012");
}

#[test]
fn every_way_of_telling_of_a_visitor_is_understood() {
    let pbx = Pbx::start();
    for shape in ["data", "bare", "list"] {
        pbx.control("POST", "settings", json!({ "dct_shape": shape }));
        visitor(&pbx);
        let shown = until(&pbx, |shown| shown["pages"].is_array());
        assert_eq!((&shown["found"], &shown["source"]), (&json!(true), &json!("dct")), "{shape}");
        assert!(shown["url"].as_str().unwrap().starts_with("https://shop.example.com/"), "{shown}");
        assert!(shown["uid"].is_string() && shown["duration"].is_number() && shown["city"].is_string(), "{shown}");
        let pages = shown["pages"].as_array().unwrap();
        assert_eq!(pages.last().unwrap()["url"], shown["url"]);
        assert!(pages.iter().map(|page| page["at"].as_str().unwrap()).is_sorted(), "{shown}");
        pbx.mango(["sandbox", "reset"]).said().exits(0);
    }
}

#[test]
fn that_nobody_is_there_is_remembered_and_not_asked_again() {
    let pbx = Pbx::start();
    for nobody in [json!({"dct_shape": "empty"}), json!({"dct_shape": "data", "binding": 0})] {
        pbx.control("POST", "settings", nobody);
        visitor(&pbx);
        let shown = learnt(&pbx);
        assert_eq!((&shown["found"], &shown["type"], &shown["url"]), (&json!(false), &json!("dynamic"), &json!(null)));
        assert_eq!(questions(&pbx), [INFO]);
        let page = pbx.mango(["-o", "table", "tracking", "show"]).in_russian().said().exits(0);
        page.on_stdout("АТС его не знает");
        pbx.mango(["sandbox", "reset"]).said().exits(0);
    }
}

#[test]
fn a_failure_is_tried_again_while_the_call_lasts() {
    let pbx = Pbx::with(&["--speed", "1", "--no-limits"]);
    pbx.fault(json!({"path": INFO, "status": 502, "times": 4}));
    pbx.fault(json!({"path": HISTORY, "status": 200, "content_type": "application/json", "body": "{\"data\":", "times": 1}));
    pbx.control("POST", "incoming", json!({"from": "74950000020", "dct": true}));
    let shown = until(&pbx, |shown| shown["pages"].is_array());
    assert_eq!(shown["found"], true);
    assert!(questions(&pbx).iter().filter(|path| *path == INFO).count() >= 5);
}

#[test]
fn a_refusal_is_never_repeated() {
    let pbx = Pbx::start();
    pbx.fault(json!({"path": INFO, "result": 3104, "times": 0}));
    visitor(&pbx);
    let mut seen = awaited("a question", || Some(questions(&pbx)).filter(|seen| !seen.is_empty()));
    // Another call, and then nothing is left of the first.
    pbx.control("DELETE", "faults", json!({}));
    visitor(&pbx);
    until(&pbx, |shown| shown["pages"].is_array());
    seen.extend(questions(&pbx));
    assert_eq!(seen, [INFO, INFO, HISTORY]);
    let first = pbx.mango(["-o", "json", "tracking", "show", "@2"]).said().exits(0).json();
    assert_eq!((&first["type"], &first["found"]), (&json!("dynamic"), &json!(null)));
    pbx.mango(["-o", "table", "tracking", "show", "@2"]).in_russian().said().exits(0).on_stdout("узнать не удалось");
}

#[test]
fn a_pbx_that_does_not_answer_delays_no_event() {
    let pbx = Pbx::start();
    pbx.fault(json!({"path": INFO, "delay": 3600, "times": 0}));
    visitor(&pbx);
    let call = awaited("the end of the call", || {
        let said = pbx.mango(["-o", "json", "show"]).said();
        (said.code == Some(0)).then(|| said.json()).filter(|call| call["state"] == "ended")
    });
    assert_eq!(call["tracking"]["found"], json!(null));
}

#[test]
fn listen_asks_as_soon_as_a_visitor_calls() {
    let at = nobodys();
    let pbx = Pbx::with(&["--speed", "20", "--no-limits", "--external-url", &format!("http://{at}/mango/")]);
    let mut listening = pbx.customer(["listen", "--bind", &at.to_string(), "-o", "ndjson"]).start();
    awaited("listen", || {
        assert!(listening.try_wait().unwrap().is_none(), "listen has ended");
        std::net::TcpStream::connect(at).ok()
    });
    visitor(&pbx);
    let shown = awaited("the pages of the visit", || {
        let said = pbx.customer(["-o", "json", "tracking", "show"]).said();
        (said.code == Some(0)).then(|| said.json()).filter(|shown| shown["pages"].is_array())
    });
    assert_eq!((&shown["found"], &shown["number"]), (&json!(true), &json!("74950000012")));
    let _ = listening.kill();
    let _ = listening.wait();
}

#[test]
fn an_ordinary_call_asks_nobody_and_a_static_number_has_no_visitor() {
    let pbx = Pbx::start();
    pbx.incoming(json!({"from": "74950000020"}));
    let said = until(&pbx, |shown| shown["type"].is_null());
    assert_eq!((&said["number"], &said["found"]), (&json!(null), &json!(null)));
    pbx.mango(["-o", "table", "tracking", "show"]).said().exits(0).says("Nothing is known of what brought this call.");
    assert_eq!(pbx.mango(["-o", "json", "show"]).said().json()["tracking"], json!(null));
    pbx.incoming(json!({"from": "74950000020", "line": "74950000015"}));
    let said = until(&pbx, |shown| shown["type"] == "static");
    assert_eq!((&said["number"], &said["channel"], &said["found"]), (&json!("74950000015"), &json!(null), &json!(null)));
    assert_eq!(questions(&pbx), [""; 0]);
}

#[test]
fn a_card_tells_what_brought_the_caller() {
    let pbx = Pbx::start();
    pbx.mango(["tracking", "channel", "set", "+7 495 000-00-10", "Газета «Метро»"]).said().exits(0);
    pbx.incoming(json!({"from": "74950000020"}));
    let card = || {
        awaited("a card", || {
            let said = pbx.mango(["replay", "--on", "incoming"]).said().exits(0);
            said.lines().last().map(|line| serde_json::from_str::<Value>(line).unwrap())
        })
    };
    assert_eq!(card()["channel"], "Газета «Метро»");
    visitor(&pbx);
    let shown = learnt(&pbx);
    let came_by = &shown["utm_source"];
    assert_eq!(card()["channel"], *came_by);
    // What we call ourselves was brought by nothing.
    pbx.mango(["call", "Иванова", "--wait"]).said().exits(0);
    assert_eq!(pbx.mango(["-o", "json", "tracking", "show"]).said().exits(0).json()["channel"], json!(null));
}

#[test]
fn lines_are_given_to_channels_and_taken_from_them() {
    let pbx = Pbx::start();
    let channel = |args: &[&str]| pbx.mango([&["tracking", "channel"], args].concat());
    let listed = || channel(&["list", "-o", "json"]).said().exits(0).json();
    assert!(listed().as_array().unwrap().iter().all(|row| row["name"].is_null() && row["is_line"] == true));
    channel(&["list", "-o", "table"]).in_russian().said().exits(0).says("Линии без канала: +7 495 000-00-10, ");

    channel(&["set", "8 (495) 000-00-10", " Газета «Метро» ", "--source", "metro", "--medium", "print", "-o", "table"]).said().exits(0);
    channel(&["set", "+74950000099", "Радио", "-o", "table"]).in_russian().said().exits(0).says("У АТС нет линии +7 495 000-00-99");
    channel(&["set", "74950000010", "Другая", "-o", "table"]).in_russian().said().exits(0).says("относился к каналу «Газета «Метро»»");
    let rows = listed();
    assert_eq!((&rows[0]["number"], &rows[0]["name"], &rows[0]["source"]), (&json!("74950000010"), &json!("Другая"), &json!(null)));
    assert_eq!((&rows[1]["number"], &rows[1]["is_line"]), (&json!("74950000099"), &json!(false)));
    assert!(rows.as_array().unwrap()[2..].iter().all(|row| row["name"].is_null()));
    channel(&["list", "-o", "table"]).said().exits(0).says("The PBX has no such lines: +7 495 000-00-99.");

    channel(&["remove", "84950000099"]).said().exits(0);
    assert_eq!(channel(&["remove", "84950000099", "-o", "json"]).said().exits(3).error()["kind"], "no_channel");
    for (args, code) in [(["set", "101", "Радио"], 2), (["set", "12345678", "Радио"], 2), (["set", "74950000010", " "], 2)] {
        channel(&args).said().exits(code);
    }
    channel(&["set", "74950000010", &"я".repeat(300)]).said().exits(2).says("250");

    // Numbers that are seen to be dynamic belong to visitors and are not offered.
    visitor(&pbx);
    learnt(&pbx);
    assert!(listed().as_array().unwrap().iter().all(|row| row["number"] != "74950000012"));
}

#[test]
fn channels_are_listed_and_set_without_a_pbx() {
    let home = Home::new();
    let nowhere =
        |args: &[&str]| home.mango(args).env("MANGO_API_URL", "http://127.0.0.1:9/").env("MANGO_API_KEY", "k").env("MANGO_API_SALT", "s");
    nowhere(&["tracking", "channel", "set", "sip:line1@demo.mangosip.ru", "Сайт"]).said().exits(0);
    let listed = nowhere(&["tracking", "channel", "list", "-o", "csv"]).said().exits(0).says("The PBX's lines could not be learnt");
    assert_eq!(listed.lines()[1], "sip:line1@demo.mangosip.ru,Сайт,,,,,");
    let offline = nowhere(&["tracking", "channel", "list", "--offline", "-o", "json"]).said().exits(0);
    assert_eq!((offline.err.as_str(), &offline.json()[0]["is_line"]), ("", &json!(null)));
}

#[test]
fn a_table_of_channels_is_imported_whole_or_not_at_all() {
    let home = Home::new();
    let import = |table: &[u8]| {
        std::fs::write(home.path().join("channels.csv"), table).unwrap();
        home.mango(["tracking", "channel", "import", "channels.csv", "-o", "json"]).said()
    };
    let listed = || home.mango(["tracking", "channel", "list", "--offline", "-o", "json"]).said().exits(0).json();
    let done = import("\u{feff}number;name;source\r\n84950000010;Метро;metro\r\n+7 800 000-00-10;Радио;\r\n".as_bytes()).exits(0).json();
    assert_eq!(done, json!({"channels": 2, "added": 2, "changed": 0}));
    let bad = import("number,name\n74950000011,Щит\n74950000010,\n101,X\n84950000011,Щит 2\n".as_bytes()).exits(2).error();
    let message = bad["message"].as_str().unwrap();
    for part in ["nothing was imported", "line 3: ", "line 4: ", "line 5: the same number as in line 2"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(listed().as_array().unwrap().len(), 2);
    let done = import("number,name,campaign\n74950000010,Метро,spring\n74950000011,Щит,\n".as_bytes()).exits(0).json();
    assert_eq!(done, json!({"channels": 2, "added": 1, "changed": 1}));
    assert_eq!(
        listed()[0],
        json!({"number": "74950000010", "name": "Метро", "source": null, "medium": null, "campaign": "spring", "is_line": null, "comment": null})
    );
    assert_eq!(import(b"74950000010,\xcc\xe5\xf2\xf0\xee\n").exits(2).error()["kind"], "usage");
    assert_eq!(home.mango(["tracking", "channel", "import", "missing.csv", "-o", "json"]).said().exits(1).error()["kind"], "io");
    // What was written out can be read in again.
    let table = home.mango(["tracking", "channel", "list", "--offline", "-o", "csv"]).said().exits(0).out;
    assert_eq!(import(table.as_bytes()).exits(0).json(), json!({"channels": 3, "added": 0, "changed": 0}));
}

#[test]
fn a_widget_tells_of_calls_that_nobody_saw() {
    let pbx = Pbx::start();
    pbx.generate(800);
    let sync = || pbx.mango(["-o", "json", "tracking", "sync", "--widget", "1001"]).said().exits(0).json();
    let done = sync();
    assert!(done["calls"].as_u64().unwrap() > 50, "{done}");
    assert_eq!((&done["matched"], &done["unmatched"], &done["hidden"]), (&done["calls"], &json!(0), &json!(0)));
    assert_eq!(sync()["matched"], done["matched"]);
    let calls = pbx.mango(["-o", "json", "history", "-n", "800", "--in", "--offline"]).said().exits(0).json();
    let of_line = |line: &str| {
        let call = calls.as_array().unwrap().iter().find(|call| call["line"] == line).unwrap();
        pbx.mango(["-o", "json", "tracking", "show", call["entry_id"].as_str().unwrap()]).said().exits(0).json()
    };
    let dynamic = of_line("74950000012");
    assert_eq!((&dynamic["source"], &dynamic["found"], &dynamic["type"]), (&json!("widget"), &json!(true), &json!("dynamic")));
    assert!(dynamic["url"].is_string() && dynamic["is_new"].is_boolean() && dynamic["uid"].is_string(), "{dynamic}");
    let newspaper = of_line("74950000015");
    assert_eq!((&newspaper["type"], &newspaper["url"], &newspaper["utm_source"]), (&json!("static"), &json!(null), &json!(null)));
}

#[test]
fn what_the_pbx_told_during_the_call_stays_and_the_widget_completes_it() {
    let pbx = Pbx::start();
    visitor(&pbx);
    let before = until(&pbx, |shown| shown["pages"].is_array());
    let until = "2h";
    let start = before["started_at"].as_str().unwrap();
    // In the sandbox's faster time the call lies in our future: its list is told as if it had been asked for a little later.
    let list = json!([{"callId": "x", "dateStart": start, "callType": 1, "number": "74950000012", "callerNumber": "74950000020", "isNew": true,
        "isQuality": 0, "utmSource": "somebody-else", "city": "Тверь"}]);
    pbx.fault(json!({"path": WIDGET, "status": 200, "content_type": "application/json", "body": list.to_string(), "times": 0}));
    let clock = jiff::Timestamp::from_second(start.parse::<jiff::Timestamp>().unwrap().as_second() + 600).unwrap().as_second().to_string();
    let done = pbx.mango(["-o", "json", "tracking", "sync", "--widget", "1001", "--since", until]).env("MANGO_CLOCK", clock).said();
    assert_eq!(done.exits(0).json()["matched"], 1);
    let after = pbx.mango(["-o", "json", "tracking", "show"]).said().exits(0).json();
    assert_eq!((&after["is_new"], &after["is_quality"]), (&json!(true), &json!(false)));
    for key in ["source", "utm_source", "city", "pages", "uid", "asked_at"] {
        assert_eq!(after[key], before[key], "{key}");
    }
}

#[test]
fn calls_of_the_widget_that_are_not_in_the_history_are_counted_and_not_invented() {
    let pbx = Pbx::start();
    pbx.generate(200);
    let call = |caller: Value, at: &str| json!({"dateStart": at, "callType": 1, "number": "74950000012", "callerNumber": caller});
    let list = json!([
        call(json!("79009999999"), "2026-01-10T10:00Z"),
        call(json!(null), "2026-01-10T11:00Z"),
        call(json!(""), "10-01-2026T12:00Z")
    ]);
    pbx.fault(json!({"path": WIDGET, "status": 200, "content_type": "application/json", "body": list.to_string(), "times": 0}));
    let sync = ["tracking", "sync", "--widget", "1001", "--since", "2026-01-10", "--until", "2026-01-10"];
    let done = pbx.mango([&["-o", "json"], &sync[..]].concat()).at_noon().said().exits(0).json();
    assert_eq!((&done["calls"], &done["matched"], &done["unmatched"], &done["hidden"]), (&json!(3), &json!(0), &json!(1), &json!(2)));
    pbx.mango([&["-o", "table"], &sync[..]].concat())
        .at_noon()
        .in_russian()
        .said()
        .exits(0)
        .says("Не нашлось в истории: 1 звонок виджета.");
}

#[test]
fn a_token_is_looked_for_refused_and_never_shown() {
    let pbx = Pbx::start();
    let base = pbx.url.replace("/vpbx/", "/widgets/v1/calltracking/");
    let run = |args: &[&str]| pbx.customer(args).env("MANGO_WIDGETS_URL", &base);
    let sync = ["-o", "json", "tracking", "sync", "--widget", "1001"];
    assert_eq!(run(&sync).said().exits(4).error()["kind"], "no_widget_token");
    run(&sync[2..]).in_russian().said().exits(4).says("MANGO_WIDGET_TOKEN");
    let wrong = run(&[&sync[2..], &["-v"]].concat()).env("MANGO_WIDGET_TOKEN", "secret-token-17").said().exits(4);
    assert!(!wrong.whole().contains("secret-token-17") && wrong.err.contains("HTTP 401"), "{wrong}");
    let serving = std::fs::read_to_string(pbx.home.path().join("sandbox/serving.json")).unwrap();
    let token = serde_json::from_str::<Value>(&serving).unwrap()["widget_token"].as_str().unwrap().to_owned();
    std::fs::write(pbx.home.path().join("mango_widget_token"), format!("{token}\n")).unwrap();
    let good = run(&["-v", "tracking", "sync", "--widget", "1001"]).env("CREDENTIALS_DIRECTORY", pbx.home.path()).said().exits(0);
    assert!(!good.whole().contains(&token), "{good}");
    let missing = run(&["-o", "json", "tracking", "sync", "--widget", "7"]).env("MANGO_WIDGET_TOKEN", &token).said().exits(5);
    assert_eq!(missing.error()["kind"], "not_found");
}

#[test]
fn a_server_that_wants_the_token_in_the_address_gets_it_there() {
    let wire = Wire::start(|mut line| {
        line.hear_all();
        let answer = match line.text().contains("access_token=secret-token-17") {
            true => reply("200 OK", "application/json", "{\"data\":[]}"),
            false => reply("401 Unauthorized", "application/json", "{}"),
        };
        line.tell(&answer);
    });
    let pbx = Pbx::start();
    let sync = ["-v", "tracking", "sync", "--widget", "1001", "--since", "today"];
    let run = pbx.customer(sync).env("MANGO_WIDGETS_URL", format!("http://{}/", wire.address)).env("MANGO_WIDGET_TOKEN", "secret-token-17");
    let said = run.said().exits(0);
    assert!(!said.whole().contains("secret-token-17"), "{said}");
    assert!(wire.heard()[0].to_ascii_lowercase().contains("authorization: bearer secret-token-17"), "{:?}", wire.heard());
    assert!(!wire.heard()[0].contains("access_token"));
}
