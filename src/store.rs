//! SQLite files of ours: opened one way, brought up to date one way, their failures told apart one way.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, Result, StoreFault};

/// Steps from an empty file to today's schema; the file remembers in `user_version` how many it has taken. Never edit one, append.
pub type Migrations = &'static [&'static str];

/// How long one process waits for another's write.
const BUSY: Duration = Duration::from_secs(10);

/// Opens a database for reading and writing, making it and its directory when missing, and brings its schema up to date.
/// One that may only be read is opened for reading, if its schema is today's: whoever writes then is told.
///
/// Several processes may do this at once: the migration takes the write lock and looks again.
pub fn open(path: &Path, migrations: Migrations) -> Result<Connection> {
    open_for_writing(path, migrations).or_else(|error| match error {
        Error::Store { fault: StoreFault::ReadOnly | StoreFault::Unopenable, .. } if path.is_file() => {
            open_read_only(path, migrations)?.ok_or(error)
        }
        _ => Err(error),
    })
}

/// The same, but what cannot be written is an error at once.
pub fn open_for_writing(path: &Path, migrations: Migrations) -> Result<Connection> {
    if let Some(directory) = path.parent() {
        make_private(directory).map_err(|source| Error::Io { path: directory.into(), source })?;
    }
    let mut db = Connection::open(path).map_err(failed(path))?;
    db.busy_timeout(BUSY).map_err(failed(path))?;
    let version = version(&db).map_err(failed(path))?;
    if version > migrations.len() {
        return Err(Error::Store { path: path.into(), fault: StoreFault::Newer, detail: format!("schema {version}") });
    }
    patiently(|| pragmas(&db)).map_err(failed(path))?;
    if version < migrations.len() {
        migrate(&mut db, migrations).map_err(failed(path))?;
    }
    Ok(db)
}

/// Makes a directory, and those above it, that nobody else looks into: calls, notes and what people said are in it.
pub fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut how = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut how, 0o700);
    how.recursive(true).create(directory)
}

/// Opens an existing database without ever writing to it: completion, `--offline`, a read-only disk. `None` when there is none yet.
pub fn open_read_only(path: &Path, migrations: Migrations) -> Result<Option<Connection>> {
    if !path.exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(failed(path))?;
    db.busy_timeout(BUSY).map_err(failed(path))?;
    if version(&db).is_err() && is_settled(path) {
        // Reading in WAL mode wants a file beside the database; on a disk that cannot be written only this does without.
        let address =
            format!("file:{}?immutable=1", path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23"));
        db = Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI).map_err(failed(path))?;
    }
    match version(&db).map_err(failed(path))? {
        version if version > migrations.len() => {
            Err(Error::Store { path: path.into(), fault: StoreFault::Newer, detail: format!("schema {version}") })
        }
        version if version < migrations.len() => Ok(None),
        _ => {
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed(path))?;
            Ok(Some(db))
        }
    }
}

/// Whether everything is in the file itself, and nothing in a log beside it.
fn is_settled(path: &Path) -> bool {
    let log = path.with_extension("db-wal");
    std::fs::metadata(log).map_or(true, |log| log.len() == 0)
}

fn version(db: &Connection) -> rusqlite::Result<usize> {
    db.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)).map(|version| version as usize)
}

/// A new file becomes a WAL one by a lock for which SQLite itself does not wait: two programs that make it at once meet there.
fn patiently(work: impl Fn() -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let give_up = Instant::now() + BUSY;
    loop {
        match work() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// Statements that are kept ready: showing one event needs some forty, and preparing them took half of the time of `listen`.
const STATEMENTS: usize = 128;

/// Twice of what SQLite takes by itself: the indexes of a million calls are not written out and read again for every page of statistics. More
/// makes nothing faster, and a synchronisation is to stay under 64 MiB.
pub const CACHE: &str = "PRAGMA cache_size = -4000";

fn pragmas(db: &Connection) -> rusqlite::Result<()> {
    // Plans do not depend on the values behind the marks: SQLite would prepare a statement with `LIMIT ?` anew for each of them.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // A page of statistics comes to fewer of the larger pages, which is a sixth of the work with the disk. FULL: an event that was answered
    // with 200, a call that was dialled, is on the disk.
    db.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 40000000;",
    )?;
    db.execute_batch(CACHE)
}

fn migrate(db: &mut Connection, migrations: Migrations) -> rusqlite::Result<()> {
    let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done = version(&change)?;
    for step in migrations.iter().skip(done) {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "user_version", migrations.len().max(done) as u32)?;
    change.commit()
}

/// Turns SQLite's failure into ours, with the file it happened in: `query.map_err(failed(path))`.
pub fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> Error + '_ {
    |error| Error::Store { path: path.into(), fault: fault(&error), detail: error.to_string() }
}

fn fault(error: &rusqlite::Error) -> StoreFault {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreFault::ReadOnly,
        Some(ErrorCode::DiskFull) => StoreFault::Full,
        Some(ErrorCode::SystemIoFailure) if is_disk_full(error) => StoreFault::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::Locked,
        Some(ErrorCode::CannotOpen) => StoreFault::Unopenable,
        _ => StoreFault::Damaged,
    }
}

fn is_disk_full(error: &rusqlite::Error) -> bool {
    // SQLITE_IOERR_WRITE and SQLITE_IOERR_SHMSIZE: what WAL reports when its files cannot grow.
    matches!(error, rusqlite::Error::SqliteFailure(code, _) if matches!(code.extended_code, 778 | 4874))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migrations = &["CREATE TABLE a(x)"];
    const TWO: Migrations = &["CREATE TABLE a(x)", "CREATE TABLE b(y)"];

    #[test]
    fn a_file_grows_with_the_program_and_is_not_touched_by_an_older_one() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/er/file.db");
        assert!(open_read_only(&path, ONE).unwrap().is_none());
        drop(open(&path, ONE).unwrap());
        assert!(open_read_only(&path, TWO).unwrap().is_none());
        open(&path, TWO).unwrap().execute("INSERT INTO b VALUES (1)", []).unwrap();
        assert!(open_read_only(&path, TWO).unwrap().is_some());
        let refused = open(&path, ONE).unwrap_err();
        assert!(matches!(refused, Error::Store { fault: StoreFault::Newer, .. }));
    }

    #[test]
    fn a_text_file_is_not_a_database() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file.db");
        std::fs::write(&path, "this is not a database, but it is long enough to look at".repeat(40)).unwrap();
        assert!(matches!(open(&path, ONE).unwrap_err(), Error::Store { fault: StoreFault::Damaged, .. }));
    }

    #[test]
    fn many_processes_may_create_it_at_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file.db");
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path, TWO).map(drop))).collect();
            assert!(opened.into_iter().all(|thread| thread.join().unwrap().is_ok()));
        });
    }
}
