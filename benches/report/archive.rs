//! How fast an archive of recordings fills, beside what the PBX allows.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::Serving;
use crate::{Figure, mango, query};

/// What the PBX allows in a second (vpbx-core §2).
const ALLOWED: f64 = 10.0;

/// A thousand recordings: every second call has one.
const CALLS: &str = "2000";

/// Fills an empty archive, with limits; the time is that between the first file and the last.
pub fn filled(home: &Path) -> Figure {
    let fresh = home.join("recordings");
    std::fs::create_dir_all(&fresh).unwrap();
    mango(&fresh, &["sandbox", "generate", "--calls", CALLS, "--days", "28", "--seed", "1"]).once();
    let _serving = Serving::start(&fresh, &[]);
    query(&fresh, &["history", "--since", "28d", "--limit", "1"]).once();
    let directory = fresh.join("archive");
    let sync = query(&fresh, &["recording", "sync", "--since", "28d", "--dir", directory.to_str().unwrap()]);
    let (once, times) = std::thread::scope(|scope| {
        let syncing = scope.spawn(|| sync.once());
        let mut times = Vec::new();
        while !syncing.is_finished() {
            times.resize(lines(&directory).max(times.len()), Instant::now());
            std::thread::sleep(Duration::from_millis(10));
        }
        times.resize(lines(&directory).max(times.len()), Instant::now());
        (syncing.join().unwrap(), times)
    });
    let bytes: u64 = size(&directory);
    let taken = times.last().unwrap().duration_since(times[0]).as_secs_f64();
    let rate = (times.len() - 1) as f64 / taken;
    std::fs::remove_dir_all(&directory).unwrap();
    Figure {
        what: format!("`recording sync` of {} files, {:.0} MB, with limits", times.len(), bytes as f64 / 1e6),
        ours: format!("{rate:.2} files/s ({:.1} s)", once.seconds),
        yardstick: format!("{ALLOWED:.0} files/s are allowed; we run at {:.1} %", 100.0 * rate / ALLOWED),
        wanted: "95 %",
        memory: once.memory(),
    }
}

/// Files that are whole, by the manifest.
fn lines(directory: &Path) -> usize {
    std::fs::read(directory.join("recordings.ndjson")).map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count())
}

fn size(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| if entry.file_type().unwrap().is_dir() { size(&entry.path()) } else { entry.metadata().unwrap().len() }).sum()
}
