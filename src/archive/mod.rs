//! An archive of recordings: a directory of whole files and a manifest. Whatever happens to the process, a file is there whole or not at all.

mod manifest;
pub mod names;

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use manifest::{Known, Line, Manifest};

use crate::error::{Error, Result, StoreFault};
use crate::time::{now, rfc3339};

/// Files that are not whole end so, and begin with a dot.
const PART: &str = ".part";

/// The archive in a directory, for one process.
pub struct Archive {
    directory: PathBuf,
    manifest: Arc<Manifest>,
    known: HashMap<String, Known>,
    /// Names that are taken, without regard to case, as some file systems have it
    taken: HashSet<String>,
}

/// Whether a recording is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is
    Whole,
    /// It is not, and is not to be fetched: the PBX does not have it any more, or it was removed for its age
    Past,
    /// It is not, or its file has been changed
    Missing,
}

/// Where a recording goes.
#[derive(Debug, PartialEq)]
pub enum Place {
    /// To be fetched into this file
    Free(String),
    /// It is in this file already, which the manifest does not know; so many bytes
    There(String, u64),
}

impl Archive {
    /// Opens or begins it, and removes what a killed process left half done.
    pub fn open(directory: &Path) -> Result<Archive> {
        std::fs::create_dir_all(directory).map_err(disk(directory))?;
        let (manifest, known) = Manifest::open(directory)?;
        sweep(directory).map_err(disk(directory))?;
        let file = |known: &Known| match known {
            Known::Kept { file, .. } => Some(file.to_lowercase()),
            Known::Past => None,
        };
        let taken = known.values().filter_map(file).collect();
        Ok(Archive { directory: directory.to_owned(), manifest: Arc::new(manifest), known, taken })
    }

    /// Whether a recording is here: its file, with the size that it had.
    pub fn holds(&self, recording_id: &str) -> Held {
        let is_whole = |file: &str, size: u64| std::fs::metadata(self.path(file)).is_ok_and(|found| found.len() == size);
        match self.known.get(recording_id) {
            Some(Known::Kept { file, size, .. }) if is_whole(file, *size) => Held::Whole,
            Some(Known::Past) => Held::Past,
            _ => Held::Missing,
        }
    }

    /// Finds a place for a recording that is not here. One that was here and is damaged or lost goes where it was; a file that
    /// the manifest does not know is taken for this recording when it is sound, and left alone when it is anything else.
    pub fn place(&mut self, recording_id: &str, name: &str) -> Result<Place> {
        if let Some(Known::Kept { file, .. }) = self.known.get(recording_id) {
            return Ok(Place::Free(file.to_string()));
        }
        let marked = names::marked(name, recording_id);
        for name in [name, marked.as_str()] {
            if !self.taken.insert(name.to_lowercase()) {
                continue;
            }
            let path = self.path(name);
            match std::fs::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Place::Free(name.to_owned())),
                Ok(found) if found.is_file() && is_sound(&path) => return Ok(Place::There(name.to_owned(), found.len())),
                Ok(_) => {}
                Err(error) => return Err(disk(&path)(error)),
            }
        }
        Err(Error::Io { path: self.path(&marked), source: io::ErrorKind::AlreadyExists.into() })
    }

    /// The file of a recording that is here.
    pub fn file(&self, recording_id: &str) -> Option<PathBuf> {
        match self.known.get(recording_id) {
            Some(Known::Kept { file, .. }) if self.holds(recording_id) == Held::Whole => Some(self.path(file)),
            _ => None,
        }
    }

    /// Takes a file that was there for a recording's.
    pub fn adopt(&mut self, line: Line) -> Result<()> {
        self.manifest.add(&line)?;
        self.known.extend(line.known());
        Ok(())
    }

    /// Where lines are added.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// Removes the files of calls that began before this, Unix seconds; how many.
    pub fn prune(&mut self, before: i64) -> Result<u64> {
        let is_old = |known: &Known| matches!(known, Known::Kept { started_at: Some(at), .. } if *at < before);
        let old: Vec<(String, Known)> =
            self.known.iter().filter(|(_, known)| is_old(known)).map(|(id, known)| (id.clone(), known.clone())).collect();
        let mut count = 0;
        for (recording_id, known) in old {
            let Known::Kept { file, .. } = known else { continue };
            let path = self.path(&file);
            match std::fs::remove_file(&path) {
                Ok(()) => count += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(disk(&path)(error)),
            }
            // The directory of its day, when that was its last file.
            path.parent().filter(|parent| *parent != self.directory).map(std::fs::remove_dir);
            let line = Line { file: Some(file.into()), pruned_at: Some(rfc3339(now())), ..Line::default() };
            self.manifest.add(&Line { recording_id: recording_id.clone(), ..line })?;
            self.known.insert(recording_id, Known::Past);
        }
        Ok(count)
    }

    /// Where a file of the archive is.
    pub fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.directory.clone(), |path, part| path.join(part))
    }
}

/// A file that is not whole yet. It has another name until it is, and goes when it never will be.
pub struct Part {
    file: File,
    part: PathBuf,
    whole: PathBuf,
    kept: bool,
}

impl Part {
    /// Begins the file that will be at `whole`; `of` makes its name until then its own.
    pub fn begin(whole: &Path, of: &str) -> Result<Part> {
        let directory = whole.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory).map_err(disk(directory))?;
        let part = directory.join(format!(".{}{PART}", names::mark(of, 8)));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&part).map_err(disk(&part))?;
        Ok(Part { file, part, whole: whole.to_owned(), kept: false })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(disk(&self.whole))
    }

    /// The file is whole: onto the disk with it, and then to its name.
    pub fn keep(mut self) -> Result<()> {
        self.file.sync_all().and_then(|()| std::fs::rename(&self.part, &self.whole)).map_err(disk(&self.whole))?;
        self.kept = true;
        #[cfg(unix)]
        if let Some(directory) = self.whole.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            // Some file systems cannot do this; they need not.
            let _ = File::open(directory).and_then(|directory| directory.sync_all());
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

/// A failure of the disk as what it means.
pub fn disk(path: &Path) -> impl Fn(io::Error) -> Error {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let path = path.to_owned();
    move |source| {
        let fault = match source.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => StoreFault::Full,
            PermissionDenied | ReadOnlyFilesystem => StoreFault::ReadOnly,
            _ => return Error::Io { path: path.clone(), source },
        };
        Error::Store { path: path.clone(), fault, detail: source.to_string() }
    }
}

/// Whether a file begins as sound does.
fn is_sound(path: &Path) -> bool {
    let mut begun = [0; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut begun));
    read.is_ok_and(|count| crate::pbx::recordings::is_sound("", &begun[..count]))
}

/// Removes what was not whole when a process was killed. Links are not followed.
fn sweep(directory: &Path) -> io::Result<()> {
    for found in std::fs::read_dir(directory)? {
        let found = found?;
        let name = found.file_name();
        let is_part = |name: &str| {
            name.strip_prefix('.').and_then(|name| name.strip_suffix(PART)).is_some_and(|mark| mark.len() == 16 && is_hex(mark))
        };
        match found.file_type()? {
            kind if kind.is_dir() => sweep(&found.path())?,
            kind if kind.is_file() && name.to_str().is_some_and(is_part) => std::fs::remove_file(found.path())?,
            _ => {}
        }
    }
    Ok(())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &[u8] = &[0xff, 0xf3, 0x28, 0xc4, 0, 0];

    fn store(archive: &mut Archive, id: &str, name: &str, started_at: &str) -> String {
        let Place::Free(file) = archive.place(id, name).unwrap() else { panic!("{name} is there") };
        let mut part = Part::begin(&archive.path(&file), id).unwrap();
        part.write(SOUND).unwrap();
        part.keep().unwrap();
        let line = Line {
            recording_id: id.into(),
            file: Some(file.clone()),
            size: Some(SOUND.len() as u64),
            started_at: Some(started_at.into()),
            ..Line::default()
        };
        archive.manifest().add(&line).unwrap();
        file
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(home.path()).unwrap();
        let file = store(&mut archive, "R1", "d/a.mp3", "2026-01-14T12:30:00Z");
        let mut begun = Part::begin(&archive.path("d/b.mp3"), "R2").unwrap();
        begun.write(b"half").unwrap();
        // A process that is killed does not clean up behind itself.
        std::mem::forget(begun);
        drop(archive);
        assert_eq!(std::fs::read_dir(home.path().join("d")).unwrap().count(), 2);
        let archive = Archive::open(home.path()).unwrap();
        assert!(archive.holds("R1") == Held::Whole && archive.holds("R2") == Held::Missing);
        assert_eq!(archive.file("R1").unwrap(), home.path().join(file));
        assert_eq!(std::fs::read_dir(home.path().join("d")).unwrap().count(), 1, "the half is gone");
    }

    #[test]
    fn two_recordings_of_one_name_get_two_files() {
        let home = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(home.path()).unwrap();
        let one = store(&mut archive, "R1", "A.mp3", "2026-01-14T12:30:00Z");
        let other = store(&mut archive, "R2", "a.mp3", "2026-01-14T12:30:00Z");
        assert_eq!((one.as_str(), other), ("A.mp3", names::marked("a.mp3", "R2")));
    }

    #[test]
    fn a_damaged_file_goes_where_it_was_and_a_foreign_one_stays() {
        let home = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(home.path()).unwrap();
        let file = store(&mut archive, "R1", "a.mp3", "2026-01-14T12:30:00Z");
        drop(archive);
        std::fs::write(home.path().join(&file), b"short").unwrap();
        std::fs::write(home.path().join("b.mp3"), b"my diary").unwrap();
        std::fs::write(home.path().join("c.mp3"), SOUND).unwrap();
        let mut archive = Archive::open(home.path()).unwrap();
        assert_eq!(archive.holds("R1"), Held::Missing);
        assert_eq!(archive.place("R1", "another name.mp3").unwrap(), Place::Free("a.mp3".into()));
        assert_eq!(archive.place("R2", "b.mp3").unwrap(), Place::Free(names::marked("b.mp3", "R2")));
        assert_eq!(archive.place("R3", "c.mp3").unwrap(), Place::There("c.mp3".into(), SOUND.len() as u64));
    }

    #[test]
    fn what_is_old_is_removed_and_not_fetched_again() {
        let home = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(home.path()).unwrap();
        store(&mut archive, "R1", "2026-01-01/a.mp3", "2026-01-01T12:00:00Z");
        store(&mut archive, "R2", "2026-01-14/b.mp3", "2026-01-14T12:00:00Z");
        drop(archive);
        std::fs::write(home.path().join("old.mp3"), "not ours").unwrap();
        let mut archive = Archive::open(home.path()).unwrap();
        assert_eq!(archive.prune(1_768_000_000).unwrap(), 1);
        assert_eq!(archive.prune(1_768_000_000).unwrap(), 0);
        assert!(archive.holds("R1") == Held::Past && archive.file("R1").is_none() && archive.file("R2").is_some());
        assert!(home.path().join("old.mp3").exists() && !home.path().join("2026-01-01").exists());
        drop(archive);
        assert_eq!(Archive::open(home.path()).unwrap().holds("R1"), Held::Past);
    }
}
