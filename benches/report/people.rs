//! People by the million: taken in from a table, and found, beside SQLite doing the least of it.

use std::path::Path;

use mango::contacts::place::Place;
use mango::contacts::{Owner, PeopleFile};

use crate::process::{Program, RUNS, repeated};
use crate::stock::{self, Stock, person};
use crate::{Figure, mango, query};

/// A scan takes the better part of a second.
const SCANS: usize = 5;

/// `contact import` into an empty profile, beside the same table taken in by `sqlite3` as text, without an index.
pub fn imported(home: &Path, people: u64) -> Figure {
    let fresh = home.join("import");
    std::fs::create_dir_all(&fresh).unwrap();
    let (table, plain) = (fresh.join("people.csv"), fresh.join("plain.db"));
    let numbers = write_table(&table, people);
    // The program's own first question introduces the sandbox's people.
    query(&fresh, &["contact", "list", "-n", "1"]).once();
    let journal = stock::journal(&fresh);
    let before = (stock::count(&journal, "contacts"), stock::count(&journal, "numbers"));
    let ours = mango(&fresh, &["--sandbox", "contact", "import", table.to_str().unwrap()]).once();
    assert_eq!(stock::count(&journal, "contacts") - before.0, people, "contacts");
    assert_eq!(stock::count(&journal, "numbers") - before.1, numbers, "numbers");
    let import = format!(".import --csv \"{}\" people", table.display());
    let shell = Program::new("sqlite3", &[plain.to_str().unwrap(), &import]).once();
    assert_eq!(stock::count(&plain, "people"), people, "rows by sqlite3");
    let bytes = std::fs::metadata(&table).unwrap().len();
    std::fs::remove_dir_all(&fresh).unwrap();
    let rate = |seconds: f64| people as f64 / seconds;
    Figure {
        what: format!("`contact import` of {people} rows with {numbers} numbers, {:.0} MB", bytes as f64 / 1e6),
        ours: format!("{:.1} s ({:.0} rows/s)", ours.seconds, rate(ours.seconds)),
        yardstick: format!(
            "sqlite3 `.import --csv` {:.1} s ({:.0} rows/s); {:.1}×",
            shell.seconds,
            rate(shell.seconds),
            ours.seconds / shell.seconds
        ),
        wanted: "60 s, 128 MiB",
        memory: ours.memory(),
    }
}

/// As another program would export them, two in five with a second number; returns how many numbers there are.
fn write_table(path: &Path, people: u64) -> u64 {
    let mut table = csv::Writer::from_path(path).unwrap();
    table.write_record(["Фамилия", "Имя", "Отчество", "Компания", "Должность", "Мобильный телефон", "Рабочий телефон"]).unwrap();
    let mut numbers = 0;
    for n in 0..people {
        let Owner::Contact(contact) = person(n) else { unreachable!("a person") };
        let names: Vec<&str> = contact.name.split(' ').collect();
        let (mobile, work) = (&contact.numbers[0].number, format!("{:07}", n * 7));
        let mobile = format!("+7 {} {}-{}-{}", &mobile[1..4], &mobile[4..7], &mobile[7..9], &mobile[9..]);
        let work = if n % 5 < 2 { format!("8 (499) {}-{}-{}", &work[..3], &work[3..5], &work[5..]) } else { String::new() };
        numbers += 1 + u64::from(!work.is_empty());
        let (company, job) = (contact.company.unwrap_or_default(), contact.job.unwrap_or_default());
        table.write_record([names[0], names[1], names[2], &company, &job, &mobile, &work]).unwrap();
    }
    table.flush().unwrap();
    numbers
}

/// Look-ups within one process, beside scans of the plain tables.
pub fn found(home: &Path, stock: &Stock) -> Vec<Figure> {
    let people = PeopleFile::open(&stock::journal(home), Place::Local).unwrap();
    let named = |fragment: &str, limit| {
        beside(
            home,
            format!("within one process: `{fragment}`, at most {limit}"),
            || people.find(fragment, None, limit).unwrap().len(),
            &format!(
                "SELECT id, name, company, job FROM contacts NOT INDEXED WHERE folded LIKE '%{fragment}%' ORDER BY folded LIMIT {limit}"
            ),
        )
    };
    let owned = beside(
        home,
        format!("within one process: whose number is {}", stock.owned),
        || people.owners(&stock.owned).unwrap().len(),
        &format!(
            "SELECT c.id, name, company, job FROM numbers n NOT INDEXED CROSS JOIN contacts c ON c.id = n.contact WHERE n.number LIKE '%{}'",
            &stock.owned[1..]
        ),
    );
    vec![named(&stock.rare, 1), named("иванов", 20), owned]
}

fn beside(home: &Path, what: String, look: impl FnMut() -> usize, scan: &str) -> Figure {
    let db = stock::read(home);
    let mut scan = db.prepare(scan).unwrap();
    let (ours, found) = repeated(RUNS, look);
    let (theirs, scanned) = repeated(SCANS, || scan.query_map([], |row| row.get::<_, String>(1)).unwrap().count());
    assert_eq!(found, scanned, "{what}");
    Figure {
        what,
        ours: format!("{:.3} ms", ours * 1000.0),
        yardstick: format!("LIKE scan {:.1} ms; we are {:.0}× as fast", theirs * 1000.0, theirs / ours),
        wanted: "20×",
        memory: "—".into(),
    }
}
