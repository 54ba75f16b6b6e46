//! The journal under the figures: filled by the program itself, and by the plainest means beside it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use mango::contacts::place::Place;
use mango::contacts::{Contact, Kind, Number, Owner, PeopleFile};
use mango::pbx::envelope::Envelope;
use mango::pbx::statistics::PAGE;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde_json::json;

use crate::process::{Serving, blocking, http};
use crate::{Figure, query};

/// As `history --since 366d` asks them.
const WINDOW: i64 = 29 * 24 * 60 * 60;
const YEAR: i64 = 366 * 24 * 60 * 60;

/// People written in one transaction.
const BATCH: u64 = 10_000;

/// What there is to look for.
pub struct Stock {
    seconds: f64,
    /// A surname that one person has
    pub rare: String,
    /// A number that a contact has
    pub owned: String,
    /// A number with calls
    pub number: String,
    /// An employee with calls
    pub extension: String,
    /// A call in the middle of the journal
    pub entry: String,
}

pub fn journal(home: &Path) -> PathBuf {
    home.join("sandbox/journal.db")
}

pub fn read(home: &Path) -> Connection {
    Connection::open_with_flags(journal(home), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

pub fn count(journal: &Path, table: &str) -> u64 {
    let db = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap() as u64
}

/// Something that differs from run to run.
pub fn nanoseconds() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

impl Stock {
    /// As many people as calls, with names as they are spread in life: a hundred surnames for most, and one nobody else has.
    pub fn fill(home: &Path, people: u64) -> Stock {
        let start = Instant::now();
        let book = PeopleFile::open(&journal(home), Place::Local).unwrap();
        (0..people.div_ceil(BATCH)).for_each(|batch| {
            let of_batch = batch * BATCH..((batch + 1) * BATCH).min(people);
            book.create(&of_batch.map(person).collect::<Vec<_>>()).unwrap();
        });
        let seconds = start.elapsed().as_secs_f64();
        // The program's own first question introduces the sandbox's people.
        query(home, &["contact", "list", "-n", "1"]).once();
        let text = |sql: &str| read(home).query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        Stock {
            seconds,
            rare: RARE.to_lowercase(),
            owned: person(people / 2).numbers()[0].number.clone(),
            number: text(
                "SELECT from_number FROM entries WHERE direction = 'incoming' AND from_number LIKE '79%' GROUP BY 1 HAVING count(*) = 1 LIMIT 1",
            ),
            extension: text("SELECT employee FROM entries WHERE employee IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"),
            entry: text("SELECT entry_id FROM entries WHERE id = (SELECT max(id) / 2 FROM entries)"),
        }
    }

    pub fn filled(&self, people: u64) -> Figure {
        Figure {
            what: format!("{people} contacts, in transactions of {BATCH}"),
            ours: format!("{:.1} s", self.seconds),
            yardstick: "—".into(),
            wanted: "—",
            memory: "—".into(),
        }
    }
}

const RARE: &str = "Архангелогородский";

/// Somebody; everybody has another mobile number.
pub fn person(n: u64) -> Owner {
    const SURNAMES: [&str; 20] = [
        "Иванов",
        "Смирнов",
        "Кузнецов",
        "Попов",
        "Васильев",
        "Петров",
        "Соколов",
        "Михайлов",
        "Новиков",
        "Фёдоров",
        "Морозов",
        "Волков",
        "Алексеев",
        "Лебедев",
        "Семёнов",
        "Егоров",
        "Павлов",
        "Козлов",
        "Степанов",
        "Николаев",
    ];
    const NAMES: [&str; 12] =
        ["Александр", "Сергей", "Дмитрий", "Андрей", "Алексей", "Максим", "Евгений", "Иван", "Михаил", "Пётр", "Илья", "Артём"];
    const FATHERS: [&str; 7] = ["Иванович", "Петрович", "Сергеевич", "Андреевич", "Ильич", "Олегович", "Юрьевич"];
    const ENDINGS: [&str; 5] = ["", "ский", "ин", "енко", "ых"];
    let pick = |list: &[&'static str], step: u64| list[(n / step) as usize % list.len()];
    let surname = if n == 4242 { RARE.to_owned() } else { format!("{}{}", pick(&SURNAMES, 1), pick(&ENDINGS, 20)) };
    let company = n.is_multiple_of(3).then(|| format!("ООО «{} и партнёры № {}»", pick(&NAMES, 7), n % 5000));
    Owner::Contact(Contact {
        name: format!("{surname} {} {}", pick(&NAMES, 100), pick(&FATHERS, 1200)),
        company,
        job: n.is_multiple_of(5).then(|| "менеджер".to_owned()),
        numbers: vec![Number { kind: Kind::Mobile, number: format!("79{:09}", n * 997 % 1_000_000_000) }],
        ..Contact::default()
    })
}

/// Fetches every page that a synchronisation fetches and looks at none: seconds and bytes.
pub fn download(serving: &Serving) -> (f64, usize) {
    let start = Instant::now();
    let bytes = blocking(async {
        let mut bytes = 0;
        let now = mango::time::now().as_second();
        for window in 0..=YEAR / WINDOW {
            let until = now - window * WINDOW;
            for page in 0.. {
                let length = fetch(serving, until - WINDOW.min(YEAR - window * WINDOW), until, page * PAGE).await;
                bytes += length;
                // A full page has more than two hundred bytes for every call.
                if length < PAGE * 200 {
                    break;
                }
            }
        }
        bytes
    });
    (start.elapsed().as_secs_f64(), bytes)
}

async fn fetch(serving: &Serving, since: i64, until: i64, offset: usize) -> usize {
    let moscow = |at: i64| mango::time::moscow(jiff::Timestamp::from_second(at).unwrap());
    let started = json!({"start_date": moscow(since), "end_date": moscow(until), "limit": PAGE, "offset": offset});
    let started: serde_json::Value = serde_json::from_slice(&post(serving, "stats/calls/request", &started).await).unwrap();
    post(serving, "stats/calls/result", &json!({"key": started["key"]})).await.len()
}

async fn post(serving: &Serving, path: &str, json: &serde_json::Value) -> Vec<u8> {
    let body = Envelope::seal(&serving.credentials, json.to_string()).form();
    let request = http().post(format!("{}{path}", serving.url)).header("Content-Type", "application/x-www-form-urlencoded").body(body);
    request.send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap().to_vec()
}

/// Writes the rows that the synchronisation made into a file of the same schema, by prepared statements, a page a transaction.
pub fn insert(home: &Path) -> f64 {
    let path = home.join("plain.db");
    let from = read(home);
    let mut to = Connection::open(&path).unwrap();
    to.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").unwrap();
    mango::schema::PROFILE.iter().for_each(|step| to.execute_batch(step).unwrap());
    let mut seconds = 0.0;
    let last: i64 = from.query_row("SELECT max(id) FROM entries", [], |row| row.get(0)).unwrap();
    for begin in (0..=last).step_by(PAGE) {
        // What was told of a call has four places behind four times its id.
        let page = |table: &str, places: i64| {
            let (from_id, to_id) = (places * (begin + 1), places * (begin + 1 + PAGE as i64));
            rows(&from, &format!("SELECT * FROM {table} WHERE id >= {from_id} AND id < {to_id}"))
        };
        let (entries, told) = (page("entries", 1), page("told", 4));
        let start = Instant::now();
        let change = to.transaction().unwrap();
        put(&change, "entries", &entries);
        put(&change, "told", &told);
        change.commit().unwrap();
        seconds += start.elapsed().as_secs_f64();
    }
    assert_eq!(count(&path, "entries"), count(&journal(home), "entries"));
    drop(to);
    std::fs::remove_file(path).unwrap();
    seconds
}

fn rows(db: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut query = db.prepare_cached(sql).unwrap();
    let columns = query.column_count();
    query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap().collect::<Result<_, _>>().unwrap()
}

fn put(db: &Connection, table: &str, rows: &[Vec<Value>]) {
    let Some(first) = rows.first() else { return };
    let places = vec!["?"; first.len()].join(", ");
    let mut insert = db.prepare_cached(&format!("INSERT INTO {table} VALUES ({places})")).unwrap();
    for row in rows {
        insert.execute(params_from_iter(row)).unwrap();
    }
}
