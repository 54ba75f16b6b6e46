//! How near a synchronisation comes to what the PBX allows: one report may be started in two seconds.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{Program, Serving, megabytes, peak};
use crate::{Figure, mango, query, stock};

/// Seconds from one start to the next (vpbx-core §2).
const SPACING: f64 = 2.0;

/// The newest month of many calls, and a year of few as a table.
pub fn paced(home: &Path, calls: u64) -> Vec<Figure> {
    let month = home.join("paced");
    std::fs::create_dir_all(month.join("sandbox")).unwrap();
    std::fs::copy(home.join("sandbox/sandbox.db"), month.join("sandbox/sandbox.db")).unwrap();
    let (year, few) = (home.join("year"), calls / 20);
    std::fs::create_dir_all(&year).unwrap();
    mango(&year, &["sandbox", "generate", "--calls", &few.to_string(), "--days", "365", "--seed", "1"]).once();
    let export = mango(&year, &["--sandbox", "-o", "csv", "history", "--since", "366d"]);
    let figures = vec![
        measured("synchronisation", &month, &query(&month, &["history", "--since", "28d", "--limit", "1"])),
        measured(&format!("`history --since 366d -o csv`, {few} calls"), &year, &export),
    ];
    // Everything is there now, and the PBX is away.
    let rows = mango(&year, &["--sandbox", "-o", "csv", "history", "--offline", "--since", "366d"]).said();
    assert_eq!(rows.lines().count() as u64, few + 1, "rows of the table, with its heading");
    assert_eq!(stock::count(&stock::journal(&year), "entries"), few, "calls in the journal");
    figures
}

/// The time is that between the first start and the last.
fn measured(what: &str, home: &Path, program: &Program) -> Figure {
    let serving = Serving::start(home, &[]);
    let mut child = program.spawn();
    let (mut starts, mut memory) = (Vec::new(), None);
    let done = loop {
        if let Some(done) = child.try_wait().unwrap() {
            break done;
        }
        let seen = serving.seen("stats/calls/request");
        starts.resize(seen.max(starts.len()), Instant::now());
        memory = peak(&child).or(memory);
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(done.success(), "{what}: {done}");
    let between = starts.len().saturating_sub(1) as f64;
    let taken = starts.last().zip(starts.first()).map_or(0.0, |(last, first)| last.duration_since(*first).as_secs_f64());
    Figure {
        what: format!("{what}: {} pages, with limits", starts.len()),
        ours: format!("{:.3} pages/s", between / taken),
        yardstick: format!("{:.3} pages/s are allowed; we run at {:.1} %", 1.0 / SPACING, 100.0 * SPACING * between / taken),
        wanted: "95 %",
        memory: megabytes(memory),
    }
}
