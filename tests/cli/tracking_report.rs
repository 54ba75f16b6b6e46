//! `mango tracking report`: what each advertisement brought, in every format, and as a page that a real browser draws.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::browser::{Browser, words};
use super::support::*;

/// Two lines with channels, calls by them, and a visitor of the site among the callers.
fn advertised() -> Pbx {
    let pbx = Pbx::start();
    let set = |args: &[&str]| pbx.mango(["tracking", "channel", "set"].iter().chain(args)).said().exits(0);
    set(&["74950000010", "Газета «Метро»", "--source", "metro", "--medium", "print"]);
    set(&["74950000011", "Щит"]);
    for (from, line) in [("74950000020", "74950000010"), ("74950000020", "74950000010"), ("74950000021", "74950000011")] {
        pbx.incoming(json!({"from": from, "to": "102", "line": line}));
    }
    pbx.control("POST", "people/102", json!({"behaviour": "silent"}));
    pbx.incoming(json!({"from": "74950000020", "to": "102", "line": "74950000011"}));
    pbx.incoming(json!({"from": "74950000022", "dct": true}));
    // The visitor is asked for after the event.
    awaited("the visitor", || pbx.mango(["-o", "json", "tracking", "show"]).said().json()["found"].as_bool());
    pbx
}

fn report(pbx: &Pbx, args: &[&str]) -> Value {
    pbx.mango(["-o", "json", "tracking", "report"].iter().chain(args)).said().exits(0).json()
}

/// The values of a column, one for each group.
fn column(report: &Value, key: &str) -> Vec<Value> {
    report["groups"].as_array().unwrap().iter().map(|group| group[key].clone()).collect()
}

#[test]
fn a_new_user_sees_bars() {
    let home = Home::new();
    let run = |args: &[&str]| home.mango(args).env("MANGO_SANDBOX_SPEED", "50").env("MANGO_SANDBOX_SEED", "11");
    run(&["sandbox", "incoming", "--dct"]).said().exits(0);
    let shown = run(&["-o", "table", "--sandbox", "tracking", "report", "--by", "source"]).said().exits(0);
    assert!(shown.lines()[0].starts_with("source"), "{shown}");
    assert!(shown.lines()[1].contains("████████████████████ 1"), "{shown}");
}

#[test]
fn calls_belong_to_the_visitor_or_to_the_channel_of_their_line() {
    let pbx = advertised();
    let visitor = pbx.mango(["-o", "json", "tracking", "show"]).said().exits(0).json();
    let by_channel = report(&pbx, &["--by", "channel", "--sort", "name"]);
    assert_eq!(column(&by_channel, "channel"), [json!("Газета «Метро»"), json!("Щит"), Value::Null]);
    assert_eq!(column(&by_channel, "calls"), [2, 2, 1]);
    assert_eq!(column(&by_channel, "callers"), [1, 2, 1]);
    assert_eq!(column(&by_channel, "new_callers"), [1, 1, 1]);
    assert_eq!(column(&by_channel, "missed")[1], 1);
    assert_eq!(column(&by_channel, "share"), [0.4, 0.4, 0.2]);
    let totals = &by_channel["totals"];
    assert_eq!(
        (&totals["calls"], &totals["callers"], &totals["new_callers"], &totals["share"]),
        (&json!(5), &json!(3), &json!(3), &json!(1.0))
    );

    let by_source = report(&pbx, &["--by", "source,medium"]);
    let of = |source: &Value| column(&by_source, "source").iter().position(|value| value == source).map(|n| by_source["groups"][n].clone());
    assert_eq!(of(&json!("metro")).unwrap()["medium"], "print");
    assert_eq!(of(&visitor["utm_source"]).unwrap()["medium"], visitor["utm_medium"]);
    // A channel without a source is not given one.
    assert_eq!(of(&Value::Null).unwrap()["calls"], 2);

    let by_number = report(&pbx, &["--by", "number"]);
    assert!(column(&by_number, "number").contains(&visitor["number"]), "{by_number}");
    for (mark, key) in
        [("term", "utm_term"), ("content", "utm_content"), ("campaign", "utm_campaign"), ("city", "city"), ("device", "device")]
    {
        let found = report(&pbx, &["--by", mark, "--only", "channel="]);
        assert_eq!(column(&found, mark), std::slice::from_ref(&visitor[key]), "{mark}");
    }
    let page = report(&pbx, &["--by", "page", "--only", "channel="])["groups"][0]["page"].as_str().unwrap().to_owned();
    assert!(visitor["url"].as_str().unwrap().starts_with(&page) && !page.contains('?'), "{page}");
}

#[test]
fn only_some_calls_in_the_order_that_is_asked_for() {
    let pbx = advertised();
    let calls = |args: &[&str]| report(&pbx, args)["totals"]["calls"].clone();
    assert_eq!(calls(&["--only", "channel=Щит"]), 2);
    assert_eq!(calls(&["--only", "source=metro", "--only", "medium=print"]), 2);
    assert_eq!(calls(&["--only", "source=metro", "--only", "medium=cpc"]), 0);
    assert_eq!(calls(&["--only", "channel="]), 1);
    assert_eq!(calls(&["--line", "8 (495) 000-00-10"]), 2);
    assert_eq!(calls(&["--until", "2d"]), 0);
    // The days of the calls themselves: midnight may fall among them.
    let listed = pbx.mango(["-o", "json", "history"]).said().exits(0).json();
    let days: BTreeSet<&str> = listed.as_array().unwrap().iter().map(|call| &call["started_at"].as_str().unwrap()[..10]).collect();
    assert_eq!(days.iter().map(|day| calls(&["--since", day, "--until", day]).as_i64().unwrap()).sum::<i64>(), 5, "{days:?}");
    for (sort, first) in [("missed", json!("Щит")), ("callers", json!("Щит")), ("name", json!("Газета «Метро»"))] {
        assert_eq!(column(&report(&pbx, &["--by", "channel", "--sort", sort]), "channel")[0], first, "{sort}");
    }
    let one = report(&pbx, &["--by", "channel", "-n", "1"]);
    assert_eq!((column(&one, "calls").len(), &one["totals"]["calls"]), (1, &json!(5)));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let home = Home::new();
    let refused = |args: &[&str]| home.mango(["tracking", "report", "--offline"].iter().chain(args)).said().exits(2);
    refused(&["--by", "moon"]).says("there are: source, medium");
    refused(&["--by", "source,source"]).says("the mark source is named twice");
    refused(&["--by", ""]);
    refused(&["--only", "source"]).says("MARK=VALUE");
    refused(&["--only", "moon=1"]).says("the marks are: source");
    refused(&["--sort", "moon"]).says("average_talk");
    refused(&["--limit", "0"]);
    refused(&["--open"]).says("--html");
    refused(&["--since", "today", "--until", "2020-01-01"]).says("must end after it begins");
    home.mango(["tracking", "report", "--only", "луна=1"]).in_russian().said().exits(2).says("метки есть такие");
}

#[test]
fn every_format_tells_the_same() {
    let pbx = advertised();
    let run = |format: &str, by: &str| pbx.mango(["-o", format, "tracking", "report", "--offline", "--by", by]).said().exits(0);
    for by in ["channel", "channel,device,page"] {
        let (json, csv, tsv, ndjson) = (run("json", by).json(), run("csv", by), run("tsv", by), run("ndjson", by));
        assert_eq!(csv.lines()[0], format!("{by},calls,share,callers,new_callers,answered,missed,talk,average_talk"));
        let groups = json["groups"].as_array().unwrap();
        assert_eq!([csv.lines().len() - 1, tsv.lines().len(), ndjson.lines().len()], [groups.len(); 3]);
        let own = by.split(',').count();
        for (n, group) in groups.iter().enumerate() {
            assert_eq!(serde_json::from_str::<Value>(ndjson.lines()[n]).unwrap(), *group);
            let fields: Vec<&str> = tsv.lines()[n].split('\t').collect();
            assert_eq!(fields[0], group["channel"].as_str().unwrap_or_default());
            assert_eq!(fields[own], group["calls"].to_string());
            assert_eq!(fields.len(), own + 8);
        }
        // For people there is a sum.
        assert_eq!(run("table", by).lines().len(), groups.len() + 2);
    }
    let shown = pbx.mango(["-o", "table", "tracking", "report", "--offline", "--by", "channel"]).in_russian().said().exits(0);
    for words in ["канал", "Щит", "(неизвестно)", "всего", "40,0 %", "██"] {
        assert!(shown.out.contains(words), "{words}\n{shown}");
    }
    let nothing = Home::new();
    nothing.mango(["tracking", "report", "--offline"]).in_russian().said().exits(0).says("Входящих звонков не нашлось.");
    let empty = nothing.mango(["-o", "json", "tracking", "report", "--offline"]).said().exits(0).json();
    assert_eq!((&empty["groups"], &empty["totals"]["share"]), (&json!([]), &Value::Null));
    nothing.mango(["tracking", "report", "--offline", "--html", "empty.html"]).said().exits(0);
}

#[test]
fn a_browser_draws_the_bars() {
    let Some(browser) = Browser::start("a_browser_draws_the_bars") else { return };
    let pbx = advertised();
    let evil = "<script>document.title = 1</script>Щит & «Ко»";
    pbx.mango(["tracking", "channel", "set", "74950000011", evil]).said().exits(0);
    let counted = report(&pbx, &["--by", "channel"]);
    for (lang, heading, total) in [("ru", "Откуда звонят", "всего"), ("en", "Where calls come from", "total")] {
        let file = format!("report-{lang}.html");
        pbx.mango(["--lang", lang, "tracking", "report", "--offline", "--by", "channel", "--html", &file]).said().exits(0);
        let page = pbx.home.path().join(file);
        let understood = browser.understood(&page);
        let text = words(&understood);
        for group in counted["groups"].as_array().unwrap() {
            let name = match group["channel"].as_str() {
                Some(name) if name.contains("script") => "&lt;script&gt;document.title = 1&lt;/script&gt;Щит &amp; «Ко»",
                Some(name) => name,
                None if lang == "ru" => "(неизвестно)",
                None => "(none)",
            };
            let expected = format!("{name} {}", group["calls"]);
            assert!(text.contains(&expected), "{expected}\n{text}");
        }
        for expected in [heading.to_owned(), format!("{total} {}", counted["totals"]["calls"])] {
            assert!(text.contains(&expected), "{expected}\n{text}");
        }
        assert!(!understood.contains("<script"), "{understood}");
        // Bars of two, two and one calls: the last is half as long as the others, whatever the scale.
        // A bar has 6rem of 16 pixels, and corners that are cut by a pixel or two; the chart's columns are 66 wide.
        let runs = browser.seen(&page).runs([0x2f, 0x6f, 0xde]);
        let near = |wanted: usize| runs.iter().filter(|run| run.abs_diff(wanted) <= 2).count();
        assert!(near(96) >= 16 && near(48) >= 8, "{runs:?}");
    }
}
