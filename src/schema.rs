//! The one SQLite file of a profile: calls, what was told of them, people. Never edit a step, append.

use crate::store::Migrations;

/// Steps to today's schema.
pub const PROFILE: Migrations = &[CALLS, PEOPLE];

/// Times are Unix seconds, durations seconds, numbers digits or `sip:…` as the PBX writes them.
///
/// `entries.source` names the one source that told of the call (1 events, 2 base statistics, 3 extended statistics) or is 0
/// when there were several; then `told.facts` keeps what each said, and the columns hold the best of them, so that the order
/// in which they came does not matter. `party` and `employee` are derived, for looking up.
const CALLS: &str = "
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  entry_id TEXT NOT NULL UNIQUE,
  source INTEGER NOT NULL,
  direction TEXT,
  state TEXT,
  from_number TEXT, from_extension TEXT, from_name TEXT,
  to_number TEXT, to_extension TEXT, to_name TEXT,
  line TEXT,
  acd_group TEXT,
  started_at INTEGER, answered_at INTEGER, ended_at INTEGER,
  talk INTEGER,
  answered INTEGER,
  reason INTEGER,
  command_id TEXT,
  created_by TEXT,
  init_type INTEGER,
  recordings TEXT,
  party TEXT,
  employee TEXT
);
CREATE INDEX entries_by_time ON entries (started_at);
CREATE INDEX entries_by_party ON entries (party, started_at);
CREATE INDEX entries_by_employee ON entries (employee, started_at);
CREATE INDEX entries_by_command ON entries (command_id) WHERE command_id IS NOT NULL;
CREATE TABLE told (
  entry INTEGER NOT NULL,
  source INTEGER NOT NULL,
  facts TEXT,
  legs TEXT NOT NULL,
  PRIMARY KEY (entry, source)
) WITHOUT ROWID;
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  path TEXT NOT NULL,
  entry_id TEXT,
  json TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE
);
CREATE INDEX events_by_entry ON events (entry_id) WHERE entry_id IS NOT NULL;
CREATE TABLE commands (
  command_id TEXT PRIMARY KEY,
  command TEXT NOT NULL,
  target TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  result INTEGER
) WITHOUT ROWID;
CREATE TABLE synced (since INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE employees (extension TEXT PRIMARY KEY, user_id INTEGER, name TEXT) WITHOUT ROWID;
";

/// `folded` is what a search looks in: lower case, ё as е (see `contacts::fold`). `last10` is what a number is recognised by.
const PEOPLE: &str = "
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  company TEXT,
  job TEXT,
  folded TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX contacts_by_name ON contacts (folded);
CREATE TABLE numbers (
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  last10 TEXT NOT NULL,
  PRIMARY KEY (contact, n)
) WITHOUT ROWID;
CREATE INDEX numbers_by_last10 ON numbers (last10);
CREATE VIRTUAL TABLE contacts_found USING fts5 (folded, content = 'contacts', content_rowid = 'id', tokenize = 'trigram', detail = 'none');
CREATE TRIGGER contacts_added AFTER INSERT ON contacts BEGIN
  INSERT INTO contacts_found (rowid, folded) VALUES (new.id, new.folded);
END;
CREATE TRIGGER contacts_removed AFTER DELETE ON contacts BEGIN
  INSERT INTO contacts_found (contacts_found, rowid, folded) VALUES ('delete', old.id, old.folded);
END;
CREATE TRIGGER contacts_renamed AFTER UPDATE OF folded ON contacts BEGIN
  INSERT INTO contacts_found (contacts_found, rowid, folded) VALUES ('delete', old.id, old.folded);
  INSERT INTO contacts_found (rowid, folded) VALUES (new.id, new.folded);
END;
";
