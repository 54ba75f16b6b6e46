//! What an archive knows of its files: NDJSON beside them, a line for whatever happened to a recording, the last line counts.
//!
//! Lines are added and on the disk before the next file begins. What a killed process left of a line is cut off.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::names::is_inside;
use crate::error::{Error, Result, StoreFault};
use crate::journal::Direction;

/// Its name in the archive.
pub const NAME: &str = "recordings.ndjson";

/// A line. Times are RFC 3339; what does not apply is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// The recording
    pub recording_id: String,
    /// Its call
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_id: Option<String>,
    /// Where it is, relative to the archive
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Bytes
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// `audio/mpeg`
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When the call began
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// Which way it went
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The other side
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its number
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The employee's extension
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee: Option<String>,
    /// Seconds of conversation
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talk: Option<i64>,
    /// When it was fetched, or found to be there
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<String>,
    /// When the PBX did not have it any more
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<String>,
    /// When it was removed for its age
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pruned_at: Option<String>,
}

/// What has become of a recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// It is in this file, which has so many bytes; when its call began
    Kept {
        /// Relative to the archive
        file: Box<str>,
        /// Bytes
        size: u64,
        /// Unix seconds
        started_at: Option<i64>,
    },
    /// The PBX does not have it any more, or it was removed for its age
    Past,
}

impl Line {
    pub(super) fn known(self) -> Option<(String, Known)> {
        let started_at = self.started_at.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok()).map(|at| at.as_second());
        let known = match (self.file, self.size) {
            _ if self.gone_at.is_some() || self.pruned_at.is_some() => Known::Past,
            (Some(file), Some(size)) if is_inside(&file) => Known::Kept { file: file.into(), size, started_at },
            _ => return None,
        };
        Some((self.recording_id, known))
    }
}

/// The file, held by one process at a time.
pub struct Manifest {
    file: Mutex<File>,
    path: PathBuf,
}

impl Manifest {
    /// Opens it, or begins one, and tells what is known. Another process that works on the same archive is an error.
    pub fn open(directory: &Path) -> Result<(Manifest, HashMap<String, Known>)> {
        let path = directory.join(NAME);
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = opened.map_err(super::disk(&path))?;
        // Where files cannot be locked, nobody is kept out.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::Store { path, fault: StoreFault::Locked, detail: String::new() });
        }
        let known = read(&mut file).map_err(super::disk(&path))?;
        Ok((Manifest { file: Mutex::new(file), path }, known))
    }

    /// Adds a line; when this returns, it is on the disk.
    pub fn add(&self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line).map_err(|error| Error::Unexpected(error.to_string()))? + "\n";
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let before = file.metadata().map_err(super::disk(&self.path))?.len();
        let added = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        added.map_err(|error| {
            // Half a line must not stand before the next one.
            let _ = file.set_len(before);
            super::disk(&self.path)(error)
        })
    }
}

/// Reads every line and cuts off a last one that has no end. Lines that cannot be understood are passed over.
fn read(file: &mut File) -> std::io::Result<HashMap<String, Known>> {
    let mut known = HashMap::new();
    let (mut line, mut whole) = (Vec::new(), 0);
    let mut lines = BufReader::new(&*file);
    while lines.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        whole += line.len() as u64;
        if let Some((id, state)) = serde_json::from_slice::<Line>(&line).ok().and_then(Line::known) {
            known.insert(id, state);
        }
        line.clear();
    }
    if !line.is_empty() {
        file.set_len(whole)?;
    }
    file.seek(SeekFrom::End(0))?;
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(id: &str, file: &str, size: u64) -> Line {
        let started_at = Some("2026-01-14T12:30:00+03:00".into());
        Line { recording_id: id.into(), file: Some(file.into()), size: Some(size), started_at, ..Line::default() }
    }

    fn past(id: &str) -> Line {
        Line { recording_id: id.into(), gone_at: Some("2026-01-15T00:00:00Z".into()), ..Line::default() }
    }

    #[test]
    fn the_last_line_of_a_recording_counts() {
        let home = tempfile::tempdir().unwrap();
        let (manifest, known) = Manifest::open(home.path()).unwrap();
        assert!(known.is_empty());
        for line in [kept("R1", "a.mp3", 10), kept("R2", "b.mp3", 20), past("R1"), kept("R2", "b.mp3", 21)] {
            manifest.add(&line).unwrap();
        }
        drop(manifest);
        let (_, known) = Manifest::open(home.path()).unwrap();
        let expected = Known::Kept { file: "b.mp3".into(), size: 21, started_at: Some(1_768_383_000) };
        assert_eq!((known.len(), &known["R1"], &known["R2"]), (2, &Known::Past, &expected));
    }

    #[test]
    fn a_torn_last_line_is_cut_off_at_any_byte() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(NAME);
        let (manifest, _) = Manifest::open(home.path()).unwrap();
        manifest.add(&kept("R1", "a.mp3", 10)).unwrap();
        let whole = std::fs::read(&path).unwrap().len();
        manifest.add(&kept("R2", "Ж.mp3", 20)).unwrap();
        drop(manifest);
        let text = std::fs::read(&path).unwrap();
        for end in whole..text.len() {
            std::fs::write(&path, &text[..end]).unwrap();
            let (manifest, known) = Manifest::open(home.path()).unwrap();
            assert_eq!(known.len(), 1, "{end}");
            manifest.add(&kept("R3", "c.mp3", 30)).unwrap();
            drop(manifest);
            assert_eq!(Manifest::open(home.path()).unwrap().1.len(), 2, "{end}");
        }
    }

    #[test]
    fn foreign_lines_and_files_outside_are_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let outside = serde_json::to_string(&kept("R2", "../../etc/passwd", 1)).unwrap();
        let good = serde_json::to_string(&kept("R3", "d/a.mp3", 1)).unwrap();
        std::fs::write(home.path().join(NAME), format!("nonsense\n[1]\n\u{feff}\n{{\"recording_id\":\"R1\"}}\n{outside}\n{good}\n"))
            .unwrap();
        let (_, known) = Manifest::open(home.path()).unwrap();
        assert_eq!(known.keys().collect::<Vec<_>>(), ["R3"]);
    }

    #[test]
    fn one_process_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let held = Manifest::open(home.path()).unwrap();
        assert!(matches!(Manifest::open(home.path()), Err(Error::Store { fault: StoreFault::Locked, .. })));
        drop(held);
        assert!(Manifest::open(home.path()).is_ok());
    }
}
