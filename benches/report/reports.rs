//! Everything counted: `stats` and `tracking report` over the whole journal, beside the same question asked of the `sqlite3` shell.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::process::Program;
use crate::{Figure, figure, mango, query, stock};

/// The hour of the week by Moscow's clocks, which are three hours ahead all the year; the first of January 1970 was a Thursday.
const HOURS: &str = "SELECT (started_at + 270000) / 3600 % 168, count(*), sum(direction = 'incoming'), sum(direction = 'outgoing'),
    sum(direction = 'internal'), sum(answered), sum(direction = 'incoming' AND NOT answered), sum(talk) FROM entries GROUP BY 1 ORDER BY 1";

/// Whoever calls for the first time is not told apart.
const SOURCES: &str =
    "SELECT CASE WHEN v.entry IS NULL THEN c.source ELSE v.utm_source END, count(*), count(DISTINCT party), sum(answered),
    sum(NOT answered), sum(e.talk) FROM entries e LEFT JOIN visits v ON v.entry = e.id LEFT JOIN channels c ON c.number = e.line
    WHERE direction = 'incoming' GROUP BY 1 ORDER BY 2 DESC";

const CHANNELS: &str = "SELECT c.name, count(*), count(DISTINCT party), sum(answered), sum(NOT answered), sum(talk)
    FROM entries e LEFT JOIN channels c ON c.number = e.line WHERE direction = 'incoming' GROUP BY 1 ORDER BY 2 DESC";

pub fn counted(home: &Path, calls: u64) -> Vec<Figure> {
    let journal = stock::journal(home);
    advertise(&journal);
    let totals: Value = told(home, &["stats"]);
    assert_eq!(totals["totals"]["calls"], calls, "calls that stats counts");
    for (mark, sql) in [("source", SOURCES), ("channel", CHANNELS)] {
        assert_eq!(came(&told(home, &["tracking", "report", "--by", mark]), mark), grouped(home, sql), "calls by {mark}");
    }
    let questions: [(&[&str], &str); 3] = [
        (&["stats", "--by", "hour"], HOURS),
        (&["tracking", "report", "--by", "source"], SOURCES),
        (&["tracking", "report", "--by", "channel"], CHANNELS),
    ];
    let beside = |(args, sql): (&[&str], &str)| {
        let shell = Program::new("sqlite3", &["-readonly", "-tabs", journal.to_str().unwrap(), sql]);
        let both = query(home, &[args, &ALL].concat()).beside(&shell);
        figure(&format!("`{}` of {calls} calls", args.join(" ")), &both, "sqlite3", "300 ms")
    };
    questions.into_iter().map(beside).collect()
}

/// The whole journal, without the PBX.
const ALL: [&str; 3] = ["--offline", "--since", "366d"];

fn told(home: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&mango(home, &[&["--sandbox", "-o", "json"], args, &ALL].concat()).said()).unwrap()
}

/// Every line gets an advertisement, and every fifth call from outside a visitor who came from one of eight places.
fn advertise(journal: &Path) {
    let db = Connection::open(journal).unwrap();
    db.execute_batch(
        "INSERT OR REPLACE INTO channels (number, name, source, medium, set_at)
           SELECT line, 'реклама ' || line, CASE WHEN line % 2 THEN 'yandex' ELSE 'billboard' END, 'offline', 0
           FROM (SELECT DISTINCT line FROM entries WHERE direction = 'incoming' AND line IS NOT NULL);
         INSERT OR IGNORE INTO visits (entry, source, asked_at, found, utm_source, utm_medium, utm_campaign, url, city, device)
           SELECT id, 'dct', 0, 1, CASE id / 5 % 8 WHEN 0 THEN 'yandex' WHEN 1 THEN 'google' WHEN 2 THEN NULL ELSE 'place' || id / 5 % 8 END,
           'cpc', 'campaign ' || id % 40, 'https://demo.example/page/' || id % 200, 'Москва', 'mobile'
           FROM entries WHERE direction = 'incoming' AND id % 5 = 0",
    )
    .unwrap();
}

type Groups = BTreeMap<Option<String>, u64>;

fn came(report: &Value, mark: &str) -> Groups {
    let groups = report["groups"].as_array().unwrap().iter();
    groups.map(|group| (group[mark].as_str().map(str::to_owned), group["calls"].as_u64().unwrap())).collect()
}

fn grouped(home: &Path, sql: &str) -> Groups {
    let db = stock::read(home);
    let mut all = db.prepare(sql).unwrap();
    let groups = all.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))).unwrap();
    groups.collect::<Result<_, _>>().unwrap()
}
