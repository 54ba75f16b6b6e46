//! What came of a call: its result, a text, files. A person wrote it, and nothing that the PBX tells touches it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};

use super::{Entry, Journal};
use crate::error::{Error, Result};
use crate::store::failed;
use crate::text::is_hostile;
use crate::time::now;

/// The longest name of a file that every disk takes, in bytes, with room for a number behind it.
const LONGEST_NAME: usize = 200;

/// What a person wrote of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// What came of it, in words
    pub result: Option<String>,
    /// The same as the contact source names it
    pub result_id: Option<String>,
    /// In detail
    pub text: Option<String>,
    /// When it was last changed, Unix seconds
    pub noted_at: Option<i64>,
    /// By name
    pub files: Vec<KeptFile>,
}

/// A file that belongs to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// Beside the journal, in a directory of the call's own
    pub name: String,
    /// Bytes
    pub size: i64,
    /// Unix seconds
    pub added_at: i64,
}

/// What is to change: a field that is absent stays, one that is `None` goes away.
#[derive(Clone, Debug, Default)]
pub struct NoteChange {
    /// Words and the source's id
    pub result: Option<Option<(String, String)>>,
    /// In detail
    pub text: Option<Option<String>>,
    /// Added; see [`Journal::keep_file`]
    pub files: Vec<KeptFile>,
}

impl Journal {
    /// What a person wrote of a call; empty when nobody did.
    pub fn note(&self, entry: &Entry) -> Result<Note> {
        let db = self.lock();
        let sql = "SELECT result, result_id, text, noted_at FROM notes WHERE entry = ?1";
        let note = db.prepare_cached(sql).and_then(|mut one| {
            let read = |row: &rusqlite::Row<'_>| {
                let (result, result_id, text) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Note { result, result_id, text, noted_at: row.get(3)?, files: Vec::new() })
            };
            one.query_row([entry.id], read).optional()
        });
        let files = db.prepare_cached("SELECT name, size, added_at FROM files WHERE entry = ?1 ORDER BY name").and_then(|mut all| {
            let read = |row: &rusqlite::Row<'_>| Ok(KeptFile { name: row.get(0)?, size: row.get(1)?, added_at: row.get(2)? });
            all.query_map([entry.id], read)?.collect()
        });
        let note = note.map_err(failed(&self.path))?.unwrap_or_default();
        Ok(Note { files: files.map_err(failed(&self.path))?, ..note })
    }

    /// The result alone.
    pub fn noted_result(&self, entry: &Entry) -> Result<Option<String>> {
        let db = self.lock();
        let found = db.prepare_cached("SELECT result FROM notes WHERE entry = ?1");
        let found = found.and_then(|mut one| one.query_row([entry.id], |row| row.get(0)).optional());
        Ok(found.map_err(failed(&self.path))?.flatten())
    }

    /// Changes it.
    pub fn write_note(&self, entry: &Entry, new: &NoteChange) -> Result<()> {
        let at = now().as_second();
        self.change(|change| {
            change.execute(
                "INSERT INTO notes (entry, noted_at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET noted_at = ?2",
                params![entry.id, at],
            )?;
            if let Some(result) = &new.result {
                let (name, id) = result.as_ref().map(|(name, id)| (name, id)).unzip();
                change.execute("UPDATE notes SET result = ?2, result_id = ?3 WHERE entry = ?1", params![entry.id, name, id])?;
            }
            if let Some(text) = &new.text {
                change.execute("UPDATE notes SET text = ?2 WHERE entry = ?1", params![entry.id, text])?;
            }
            let sql = "INSERT OR IGNORE INTO files (entry, name, size, added_at) VALUES (?1, ?2, ?3, ?4)";
            new.files.iter().try_for_each(|file| change.execute(sql, params![entry.id, file.name, file.size, file.added_at]).map(drop))
        })
    }

    /// Where a file of a call is kept.
    pub fn file_of(&self, entry: &Entry, name: &str) -> PathBuf {
        self.files().join(entry.id.to_string()).join(name)
    }

    /// Copies a file beside the journal, whole or not at all. One that is there already with the same content is not copied again;
    /// another one of the same name gets a number.
    pub fn keep_file(&self, entry: &Entry, from: &Path) -> Result<KeptFile> {
        let name = kept_name(&from.file_name().unwrap_or_default().to_string_lossy());
        let directory = self.files().join(entry.id.to_string());
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        crate::store::make_private(&directory).map_err(failed(&directory))?;
        for n in 1.. {
            let name = numbered(&name, n);
            let path = directory.join(&name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                // The name is ours now; what stands under it is whole when it is renamed over.
                Ok(_) => {
                    let size = copy(from, &path).inspect_err(|_| drop(std::fs::remove_file(&path))).map_err(failed(from))?;
                    return Ok(KeptFile { name, size, added_at: now().as_second() });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if let Some(size) = same_content(from, &path).map_err(failed(from))? {
                        return Ok(KeptFile { name, size, added_at: now().as_second() });
                    }
                }
                Err(error) => return Err(failed(&path)(error)),
            }
        }
        unreachable!("a number is always free")
    }

    /// Files of calls, all of them.
    pub(super) fn files(&self) -> PathBuf {
        self.path.with_file_name("files")
    }

    /// Puts a call on the list of those that the CRM must be told of, again if something of it has changed.
    pub fn queue_call(&self, entry: i64) -> Result<()> {
        let sql = "INSERT INTO outbox (entry, state, changed_at, next_at) VALUES (?1, 'waiting', 1, 0)
            ON CONFLICT DO UPDATE SET state = 'waiting', changed_at = changed_at + 1, next_at = 0, tries = 0";
        self.execute(sql, [entry])
    }
}

/// A name that means one file in one directory, on any system, and cannot steer a terminal.
fn kept_name(name: &str) -> String {
    let allowed = |c: char| if c.is_control() || is_hostile(c) || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = name.chars().map(allowed).collect();
    let name = name.trim_matches([' ', '.']);
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut stem = stem.to_owned();
    while stem.len() + extension.len() > LONGEST_NAME {
        stem.pop();
    }
    let reserved = ["con", "prn", "aux", "nul"].contains(&stem.to_lowercase().as_str());
    match stem.is_empty() || reserved {
        true => format!("_{stem}{extension}"),
        false => stem + &extension,
    }
}

/// `scan.pdf`, `scan (2).pdf`, …
fn numbered(name: &str, n: u32) -> String {
    match (n, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (n, Some((stem, extension))) if !stem.is_empty() => format!("{stem} ({n}).{extension}"),
        (n, _) => format!("{name} ({n})"),
    }
}

/// Copies to a name of its own, puts it on the disk, and renames it.
fn copy(from: &Path, to: &Path) -> io::Result<i64> {
    let part = to.with_file_name(format!(".{}.part", uuid::Uuid::new_v4().simple()));
    let copied = std::fs::File::open(from).and_then(|mut from| {
        let mut part = File::create(&part)?;
        let size = io::copy(&mut from, &mut part)?;
        part.sync_all()?;
        Ok(size)
    });
    let copied = copied.and_then(|size| std::fs::rename(&part, to).map(|()| size));
    copied.inspect_err(|_| drop(std::fs::remove_file(&part))).map(|size| size as i64)
}

/// The size of two files that are the same; `None` when they are not.
fn same_content(one: &Path, other: &Path) -> io::Result<Option<i64>> {
    let (mut one, mut other) = (io::BufReader::new(File::open(one)?), io::BufReader::new(File::open(other)?));
    let size = one.get_ref().metadata()?.len();
    if size != other.get_ref().metadata()?.len() {
        return Ok(None);
    }
    let (mut a, mut b) = ([0; 8192], [0; 8192]);
    loop {
        let n = one.read(&mut a)?;
        other.read_exact(&mut b[..n])?;
        match (n, a[..n] == b[..n]) {
            (0, _) => return Ok(Some(size as i64)),
            (_, false) => return Ok(None),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::entry::Facts;
    use crate::journal::write::{Over, Writer};

    fn journal() -> (tempfile::TempDir, Journal, Entry) {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("p/journal.db")).unwrap();
        let facts = Facts { started_at: Some(1_768_380_000), ..Facts::default() };
        journal.change(|change| Writer::of(change)?.write("E", 1, &facts, Over::Everything)).unwrap();
        let entry = journal.call("E").unwrap();
        (home, journal, entry)
    }

    #[test]
    fn only_what_is_given_changes() {
        let (_home, journal, entry) = journal();
        assert_eq!(journal.note(&entry).unwrap(), Note::default());
        let result = Some(Some(("Назначена встреча".to_owned(), "1".to_owned())));
        journal.write_note(&entry, &NoteChange { result, ..NoteChange::default() }).unwrap();
        journal.write_note(&entry, &NoteChange { text: Some(Some("во вторник".into())), ..NoteChange::default() }).unwrap();
        let note = journal.note(&entry).unwrap();
        assert_eq!((note.result.as_deref(), note.text.as_deref()), (Some("Назначена встреча"), Some("во вторник")));
        journal.write_note(&entry, &NoteChange { result: Some(None), ..NoteChange::default() }).unwrap();
        let note = journal.note(&entry).unwrap();
        assert_eq!((note.result, note.result_id, note.text.as_deref()), (None, None, Some("во вторник")));
    }

    #[test]
    fn a_file_is_kept_once_and_another_of_its_name_beside_it() {
        let (home, journal, entry) = journal();
        let scan = home.path().join("scan.pdf");
        let keep = |content: &str| {
            std::fs::write(&scan, content).unwrap();
            journal.keep_file(&entry, &scan).unwrap()
        };
        assert_eq!((keep("one").name.as_str(), keep("one").name.as_str()), ("scan.pdf", "scan.pdf"));
        let second = keep("another");
        assert_eq!((second.name.as_str(), second.size, keep("one").name.as_str()), ("scan (2).pdf", 7, "scan.pdf"));
        assert_eq!(std::fs::read_to_string(journal.file_of(&entry, "scan (2).pdf")).unwrap(), "another");
        assert_eq!(std::fs::read_dir(journal.files().join(entry.id.to_string())).unwrap().count(), 2, "nothing half done is left");
        assert!(journal.keep_file(&entry, &home.path().join("absent")).is_err());
        assert_eq!(std::fs::read_dir(journal.files().join(entry.id.to_string())).unwrap().count(), 2);
    }

    #[test]
    fn a_name_stays_in_its_directory_and_harmless() {
        let long = format!("{}.tar.gz", "ы".repeat(300));
        for (name, kept) in [
            ("договор.pdf", "договор.pdf"),
            ("..", "_"),
            ("", "_"),
            ("a/b\\c:d", "a_b_c_d"),
            ("\u{1b}[31m\u{202e}x\n.txt", "_[31m_x_.txt"),
            (".hidden", "hidden"),
            ("CON.txt", "_CON.txt"),
            ("тихо. ", "тихо"),
        ] {
            assert_eq!(kept_name(name), kept, "{name:?}");
        }
        let kept = kept_name(&long);
        assert!(kept.len() <= LONGEST_NAME && kept.ends_with(".gz"), "{kept}");
    }
}
