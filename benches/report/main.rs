//! `cargo bench --bench report`: how fast it is, each figure beside a yardstick of the same run. Prints the table and keeps it in
//! `RESULTS.md`. No figure fails anything; a wrong answer does. `CALLS=20000` makes a quick run, and `ROWS=crm` one of the groups of
//! figures that have the word in their names; these are printed and not kept.

#![allow(clippy::print_stdout, missing_docs)]

mod archive;
mod crm;
mod legs;
mod live;
mod machine;
mod pace;
mod people;
mod process;
mod reports;
mod stock;

use std::fmt::Write;
use std::path::Path;

use process::{Beside, Program, Serving};
use stock::Stock;

const MANGO: &str = env!("CARGO_BIN_EXE_mango");

/// A line of the table.
struct Figure {
    what: String,
    ours: String,
    yardstick: String,
    wanted: &'static str,
    memory: String,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, bare, journal] = &args[..]
        && bare == live::BARE
    {
        return live::bare(journal);
    }
    let calls: u64 = std::env::var("CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(1_000_000);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let home = directory.path();
    let report = page(&figures(home, calls), calls);
    println!("{report}");
    if calls == 1_000_000 && std::env::var_os("ROWS").is_none() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/RESULTS.md"), report).unwrap();
    }
}

/// Whether a group of figures is wanted: all of them are, unless `ROWS` has a word of some.
fn wanted(group: &str) -> bool {
    std::env::var("ROWS").map_or(true, |word| group.contains(&word))
}

/// Groups that ask questions of the same journal, which takes minutes to fill.
const OF_STOCK: [&str; 5] = ["sync", "start", "answers", "search", "reports"];

fn figures(home: &Path, calls: u64) -> Vec<Figure> {
    let stocked = OF_STOCK.iter().any(|group| wanted(group));
    let mut figures = Vec::new();
    if stocked || wanted("pace") {
        figures.push(generated(home, calls));
    }
    if stocked {
        figures.extend(synced(home, calls));
    }
    if wanted("pace") {
        figures.extend(pace::paced(home, calls));
    }
    if wanted("archive") {
        figures.push(archive::filled(home));
    }
    if wanted("live") {
        figures.extend(live::taken(home, if calls == 1_000_000 { 60 } else { 6 }));
        figures.push(live::told(home));
    }
    if wanted("legs") {
        figures.push(legs::read(calls));
    }
    if wanted("import") {
        figures.push(people::imported(home, calls));
    }
    if wanted("crm") {
        figures.extend(crm::asked(home, calls));
    }
    if stocked {
        let stock = Stock::fill(home, calls);
        figures.push(stock.filled(calls));
        // What the filling has left in memory goes to the disk now, and not beside what is measured next.
        let _ = std::process::Command::new("sync").status();
        if wanted("start") {
            figures.extend(started(home));
        }
        if wanted("answers") {
            figures.extend(asked(home, &stock));
        }
        if wanted("search") {
            figures.extend(people::found(home, &stock));
        }
        // Last, since it adds visitors to the journal.
        if wanted("reports") {
            figures.extend(reports::counted(home, calls));
        }
    }
    figures.push(binary());
    figures
}

fn mango(home: &Path, args: &[&str]) -> Program {
    Program::new(MANGO, args).env("MANGO_HOME", home.to_str().unwrap()).env("MANGO_LANG", "ru").env("TZ", "Europe/Moscow")
}

/// A query as a script asks it, of the practice profile.
fn query(home: &Path, args: &[&str]) -> Program {
    mango(home, &[&["--sandbox", "-o", "tsv"], args].concat())
}

fn generated(home: &Path, calls: u64) -> Figure {
    let count = calls.to_string();
    let made = mango(home, &["sandbox", "generate", "--calls", &count, "--days", "365"]).once();
    Figure {
        what: format!("`sandbox generate --calls {calls}`"),
        ours: format!("{:.1} s", made.seconds),
        yardstick: "—".into(),
        wanted: "—",
        memory: made.memory(),
    }
}

/// Everything at once, as fast as both ends can: the limits are off and reports are ready when they are asked for.
fn synced(home: &Path, calls: u64) -> Vec<Figure> {
    let serving = Serving::start(home, &["--no-limits"]);
    serving.control("settings", r#"{"report_delay": 0}"#);
    let took = query(home, &["history", "--since", "366d", "--limit", "1"]).once();
    let journal = stock::journal(home);
    assert_eq!(stock::count(&journal, "entries"), calls, "calls in the journal after the synchronisation");
    let (download, bytes) = stock::download(&serving);
    let insert = stock::insert(home);
    let rate = |seconds: f64| format!("{:.0} calls/s", calls as f64 / seconds);
    let yardstick = format!(
        "{} = {:.1} s for the same {:.2} GB with bare reqwest and nothing read, then {:.1} s for the same rows with plain rusqlite",
        rate(download + insert),
        download,
        bytes as f64 / 1e9,
        insert
    );
    vec![Figure {
        what: format!("synchronisation of {calls} calls, without limits"),
        ours: format!("{} ({:.1} s)", rate(took.seconds), took.seconds),
        yardstick,
        wanted: "100 000 calls/s, 64 MiB",
        memory: took.memory(),
    }]
}

fn started(home: &Path) -> Vec<Figure> {
    let hello = process::hello(home);
    let yardstick = Program::new(hello.to_str().unwrap(), &[]);
    let beside = |what: &str, program: Program, wanted| figure(what, &program.beside(&yardstick), "hello, world", wanted);
    vec![
        beside("`--version`", mango(home, &["--version"]), "5 ms, 2×"),
        beside("`--help`", mango(home, &["--help"]), "5 ms, 2×"),
        beside("`mango his`, Tab", completion(home, &["his"]), "5 ms, 2×"),
        beside("`mango call Ива`, Tab", completion(home, &["--sandbox", "call", "Ива"]), "15 ms"),
        beside("`mango call Гус`, Tab", completion(home, &["--sandbox", "call", "Гус"]), "15 ms"),
        beside("`mango call @`, Tab", completion(home, &["--sandbox", "call", "@"]), "15 ms"),
    ]
}

/// What bash asks when Tab is pressed behind the last of these words.
fn completion(home: &Path, words: &[&str]) -> Program {
    mango(home, &[&["--", "mango"], words].concat())
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", &words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_IFS", "\n")
}

fn history<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["history", "--offline", "--limit", "50"], more].concat()
}

/// Answers from the journal, beside the `sqlite3` shell asked for the same rows.
fn asked(home: &Path, stock: &Stock) -> Vec<Figure> {
    const CALLS: &str =
        "SELECT entry_id, started_at, direction, from_number, to_number, from_extension, to_extension, from_name, to_name, line,
        answered_at, ended_at, talk, answered, reason, state FROM entries WHERE";
    const NEWEST: &str = "started_at IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT";
    const PEOPLE: &str = "SELECT c.id, name, company, job, group_concat(number) FROM contacts c JOIN numbers n ON n.contact = c.id";
    let found = |fragment: &str| {
        format!("{PEOPLE} WHERE c.id IN (SELECT rowid FROM contacts_found WHERE folded LIKE '%{fragment}%') GROUP BY c.id ORDER BY folded")
    };
    let ext = stock.extension.as_str();
    let key = stock.number[1..].to_owned();
    let questions: Vec<(Vec<&str>, String, bool)> = vec![
        (history(&[]), format!("{CALLS} {NEWEST} 50"), true),
        (vec!["show", "@1"], format!("{CALLS} {NEWEST} 1"), true),
        (vec!["show", &stock.entry], format!("{CALLS} entry_id = '{}'", stock.entry), true),
        (vec!["contact", "list", &stock.rare], found(&stock.rare), true),
        (vec!["contact", "list", "иванов", "-n", "20"], format!("{} LIMIT 20", found("иванов")), true),
        (vec!["contact", "list", "щщщщ"], found("щщщщ"), false),
        (vec!["contact", "list", &stock.owned], format!("{PEOPLE} WHERE last10 = '{}' GROUP BY c.id", &stock.owned[1..]), true),
        (history(&["--with", &stock.number]), format!("{CALLS} party = '{key}' AND {NEWEST} 50"), true),
        (
            history(&["--with", &stock.rare]),
            format!(
                "{CALLS} party IN (SELECT last10 FROM numbers JOIN contacts_found f ON f.rowid = contact WHERE f.folded LIKE '%{}%') AND {NEWEST} 50",
                stock.rare
            ),
            false,
        ),
        (history(&["--employee", ext]), format!("{CALLS} employee = '{ext}' AND {NEWEST} 50"), true),
        (history(&["--employee", "99"]), format!("{CALLS} employee = '99' AND {NEWEST} 50"), false),
        (history(&["--missed"]), format!("{CALLS} direction = 'incoming' AND answered = 0 AND {NEWEST} 50"), true),
        (
            history(&["--unreturned"]),
            format!(
                "{CALLS} direction = 'incoming' AND answered = 0 AND NOT EXISTS (SELECT 1 FROM entries later WHERE later.party = entries.party AND later.started_at > entries.started_at AND (later.direction = 'outgoing' OR later.answered)) AND {NEWEST} 50"
            ),
            true,
        ),
        (history(&["--min-talk", "86400"]), format!("{CALLS} talk >= 86400 AND {NEWEST} 50"), false),
        (vec!["call", "--dry-run", &stock.owned], format!("{PEOPLE} WHERE last10 = '{}' GROUP BY c.id", &stock.owned[1..]), true),
        (vec!["call", "--dry-run", &stock.rare], found(&stock.rare), true),
    ];
    let journal = stock::journal(home);
    let beside = |(args, sql, answer): (Vec<&str>, String, bool)| {
        let shell = Program::new("sqlite3", &["-readonly", "-tabs", journal.to_str().unwrap(), &sql]).answering(answer);
        let both = query(home, &args).answering(answer).beside(&shell);
        let wanted = if args[0] == "history" { "15 ms, 3×" } else { "15 ms" };
        figure(&format!("`{}`", args.join(" ")), &both, "sqlite3", wanted)
    };
    questions.into_iter().map(beside).collect()
}

fn figure(what: &str, both: &Beside, named: &str, wanted: &'static str) -> Figure {
    let Beside { ours, yardstick, ratio } = both;
    Figure {
        what: what.to_owned(),
        ours: format!("{:.2} ms ({:.2})", ours.median, ours.least),
        yardstick: format!("{named} {:.2} ms ({:.2}); {ratio:.1}×", yardstick.median, yardstick.least),
        wanted,
        memory: ours.memory(),
    }
}

fn binary() -> Figure {
    let bytes = std::fs::metadata(MANGO).unwrap().len();
    let empty = "—".to_owned();
    Figure {
        what: "the program, stripped".into(),
        ours: format!("{:.1} MB", bytes as f64 / 1e6),
        yardstick: empty.clone(),
        wanted: "20 MB",
        memory: empty,
    }
}

fn page(figures: &[Figure], calls: u64) -> String {
    let mut page = format!(
        "# Figures\n\nMade by `cargo bench --bench report` against a journal of {calls} calls and as many contacts; not edited.\n\
         Whole processes and their yardsticks by turns, median of {} runs and the least of them in brackets; median of the ratios.\n\
         Memory is the peak resident set of our process.\n\n{}\n\
         | what | ours | yardstick | wanted | memory |\n| --- | --- | --- | --- | --- |\n",
        process::RUNS,
        machine::described()
    );
    for Figure { what, ours, yardstick, wanted, memory } in figures {
        let _ = writeln!(page, "| {what} | {ours} | {yardstick} | {wanted} | {memory} |");
    }
    page
}
