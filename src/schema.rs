//! The one SQLite file of a profile: calls, what was told of them, people, what a person wrote. Never edit a step, append.

use crate::store::Migrations;

/// Steps to today's schema.
pub const PROFILE: Migrations = &[CALLS, REPORTS, PEOPLE, ADDRESSBOOK, WRITTEN, TRACKING, OUTBOX, LEGS];

/// Times are Unix seconds, durations seconds, numbers digits or `sip:…` as the PBX writes them.
///
/// `entries.source` names the one source that told of the call (1 events, 2 base statistics, 3 extended statistics) or is 0
/// when there were several; then `told.facts` keeps what each said, and the columns hold the best of them, so that the order
/// in which they came does not matter. `party` and `employee` are derived, for looking up.
///
/// An event comes once, by its `digest`. That is looked for among those of its call, which lie together: an index of digests alone, in
/// no order, made every event of a long day touch a page of its own.
///
/// `synced` are the periods that statistics were asked for and answered; `begun` the one whose pages were coming when a run ended.
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
  hold INTEGER,
  answered INTEGER,
  reason INTEGER,
  command_id TEXT,
  created_by TEXT,
  init_type INTEGER,
  recordings TEXT,
  party TEXT,
  employee TEXT
);
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
  digest BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_entry ON events (entry_id, digest) WHERE entry_id IS NOT NULL;
CREATE UNIQUE INDEX events_apart ON events (digest) WHERE entry_id IS NULL;
CREATE TABLE commands (
  command_id TEXT PRIMARY KEY,
  command TEXT NOT NULL,
  target TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  result INTEGER
) WITHOUT ROWID;
CREATE TABLE synced (since INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE TABLE begun (since INTEGER NOT NULL, until INTEGER NOT NULL, pages INTEGER NOT NULL);
CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE employees (extension TEXT PRIMARY KEY, user_id INTEGER, name TEXT) WITHOUT ROWID;
";

/// What reports count of a call, kept in the order of time, so that they look at no call itself: a fifth of a second for a million.
///
/// `brief` is how it went, in one number that `journal::brief` takes apart. A number or an extension of digits alone is kept as a
/// number behind a 1, which leaves zeros at its beginning and is read in half the time; anything else stays a text. The index has the
/// expressions of the view, word for word, or it would not be used.
const REPORTS: &str = "
CREATE VIEW counted AS SELECT id, started_at,
  (CASE direction WHEN 'incoming' THEN 1 WHEN 'outgoing' THEN 2 WHEN 'internal' THEN 3 ELSE 0 END
    + 4 * coalesce(answered, 2) + 16 * (state IS 'ended') << 40)
    | (min(coalesce(max(coalesce(answered_at, CASE WHEN answered IS 1 THEN NULL ELSE ended_at END) - started_at, 0) + 1, 0), 1048575) << 20)
    | min(max(coalesce(talk + 1, 0), 0), 1048575) AS brief,
  CASE WHEN length(line) < 18 AND line NOT GLOB '*[^0-9]*' THEN CAST('1' || line AS INTEGER) ELSE line END AS line,
  CASE WHEN length(employee) < 18 AND employee NOT GLOB '*[^0-9]*' THEN CAST('1' || employee AS INTEGER) ELSE employee END AS employee,
  CASE WHEN length(party) < 18 AND party NOT GLOB '*[^0-9]*' THEN CAST('1' || party AS INTEGER) ELSE party END AS party
  FROM entries;
CREATE INDEX entries_by_time ON entries (started_at, id,
  (CASE direction WHEN 'incoming' THEN 1 WHEN 'outgoing' THEN 2 WHEN 'internal' THEN 3 ELSE 0 END
    + 4 * coalesce(answered, 2) + 16 * (state IS 'ended') << 40)
    | (min(coalesce(max(coalesce(answered_at, CASE WHEN answered IS 1 THEN NULL ELSE ended_at END) - started_at, 0) + 1, 0), 1048575) << 20)
    | min(max(coalesce(talk + 1, 0), 0), 1048575),
  CASE WHEN length(line) < 18 AND line NOT GLOB '*[^0-9]*' THEN CAST('1' || line AS INTEGER) ELSE line END,
  CASE WHEN length(employee) < 18 AND employee NOT GLOB '*[^0-9]*' THEN CAST('1' || employee AS INTEGER) ELSE employee END,
  CASE WHEN length(party) < 18 AND party NOT GLOB '*[^0-9]*' THEN CAST('1' || party AS INTEGER) ELSE party END);
";

/// Persons and companies, ours and those of remote sources; `remote` is the id that such a source gave, NULL in our own rows. Ids are
/// never given twice, because links keep them. `folded` is what a search looks in: lower case, ё as е (see `contacts::fold`), with a
/// space before and behind every word, so that the trigram index knows where words begin and end. `last10` is what a number is
/// recognised by. `strangers` are numbers that a remote source did not know when it was asked.
const PEOPLE: &str = "
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  remote TEXT,
  is_account INTEGER NOT NULL,
  name TEXT NOT NULL,
  company TEXT,
  account TEXT,
  job TEXT,
  email TEXT,
  web TEXT,
  notes TEXT,
  folded TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  fetched_at INTEGER
);
CREATE TABLE numbers (
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  last10 TEXT NOT NULL,
  PRIMARY KEY (contact, n)
) WITHOUT ROWID;
CREATE INDEX contacts_by_name ON contacts (source, is_account, folded);
CREATE UNIQUE INDEX contacts_by_remote ON contacts (source, remote, is_account) WHERE remote IS NOT NULL;
CREATE INDEX contacts_by_account ON contacts (account) WHERE account IS NOT NULL;
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
CREATE TABLE strangers (
  source TEXT NOT NULL,
  last10 TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (source, last10)
) WITHOUT ROWID;
";

/// Which contact (`card`) of the PBX's address book has the numbers of a company, which is only a name there; and who is gone from it,
/// because news of him may still come.
const ADDRESSBOOK: &str = "
CREATE TABLE cards (
  card TEXT PRIMARY KEY,
  account TEXT NOT NULL UNIQUE,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE gone (
  is_account INTEGER NOT NULL,
  remote TEXT NOT NULL,
  gone_at INTEGER NOT NULL,
  PRIMARY KEY (is_account, remote)
) WITHOUT ROWID;
";

/// What a person wrote of a call (`links`, `notes`, `files`) hangs on the row of `entries`, which keeps its id whatever the PBX tells.
/// `choices` are the results that a remote source last offered (`n` is their order). One activity of a remote source is one row.
const WRITTEN: &str = "
CREATE TABLE links (
  entry INTEGER NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  name TEXT,
  source TEXT NOT NULL,
  linked_at INTEGER NOT NULL,
  PRIMARY KEY (entry, kind, target)
) WITHOUT ROWID;
CREATE INDEX links_by_target ON links (kind, target);
CREATE TABLE notes (
  entry INTEGER PRIMARY KEY,
  result TEXT,
  result_id TEXT,
  text TEXT,
  noted_at INTEGER NOT NULL
);
CREATE TABLE files (
  entry INTEGER NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  remote TEXT,
  PRIMARY KEY (entry, name)
) WITHOUT ROWID;
CREATE TABLE activities (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  remote TEXT,
  title TEXT NOT NULL,
  due INTEGER,
  owner TEXT,
  contact TEXT,
  contact_name TEXT,
  account TEXT,
  account_name TEXT,
  call TEXT,
  done_at INTEGER,
  result TEXT,
  text TEXT,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX activities_by_remote ON activities (source, remote) WHERE remote IS NOT NULL;
CREATE INDEX activities_by_contact ON activities (contact) WHERE contact IS NOT NULL;
CREATE INDEX activities_by_account ON activities (account) WHERE account IS NOT NULL;
CREATE INDEX activities_by_call ON activities (call) WHERE call IS NOT NULL;
CREATE TABLE choices (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  n INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (source, id)
) WITHOUT ROWID;
";

/// `tracked` is what events said of an entry by themselves (`dct` of type 1 or 2, vpbx-data §3.3); `asked` is 0 while its visitor is
/// still to be asked for, and 1 when he was, was given up, or there is nobody to ask for. `visits` is who was behind the number, asked
/// of the PBX (`dct`) or taken from a widget's list (`widget`); `found` is 0 where the PBX said that there is nobody.
/// `pages` is a JSON array of `{url, title, at}` in the order of their opening, `at` in Unix seconds.
/// The channel of an incoming call is that of its static tracking number (`dct_type` 2), else that of its line.
const TRACKING: &str = "
CREATE TABLE tracked (
  entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
  number TEXT,
  dct_type INTEGER NOT NULL,
  asked INTEGER NOT NULL
);
CREATE INDEX tracked_to_ask ON tracked (entry) WHERE asked = 0;
CREATE TABLE visits (
  entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  found INTEGER NOT NULL,
  number TEXT,
  dct_type INTEGER,
  uid TEXT, widget_id INTEGER, widget_name TEXT,
  url TEXT, title TEXT, ga_cid TEXT, ya_cid TEXT, rs_cid TEXT, ip TEXT,
  country TEXT, region TEXT, city TEXT, device TEXT, duration INTEGER, custom TEXT,
  utm_source TEXT, utm_medium TEXT, utm_campaign TEXT, utm_term TEXT, utm_content TEXT,
  is_new INTEGER, is_quality INTEGER,
  pages TEXT
);
CREATE TABLE channels (
  number TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  source TEXT, medium TEXT, campaign TEXT,
  set_at INTEGER NOT NULL
) WITHOUT ROWID;
";

/// What the CRM still has to be told, and what it was (`sent`), so that later only what has changed is sent. What the PBX tells of a
/// call after it was sent makes it wait again; who was behind a tracking number is often known only then.
const OUTBOX: &str = "
CREATE TABLE outbox (
  entry INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  remote TEXT,
  sent TEXT,
  error TEXT
);
CREATE INDEX outbox_by_state ON outbox (state, next_at) WHERE state = 'waiting';
CREATE TRIGGER entries_corrected AFTER UPDATE ON entries
WHEN new.state = 'ended' AND old.state = 'ended' AND (new.talk IS NOT old.talk OR new.ended_at IS NOT old.ended_at
  OR new.answered_at IS NOT old.answered_at OR new.started_at IS NOT old.started_at OR new.party IS NOT old.party OR new.line IS NOT old.line
  OR new.hold IS NOT old.hold)
BEGIN
  UPDATE outbox SET state = 'waiting', changed_at = changed_at + 1, next_at = 0 WHERE entry = new.id AND state = 'sent';
END;
CREATE TRIGGER visits_told AFTER INSERT ON visits WHEN new.found = 1
BEGIN
  UPDATE outbox SET state = 'waiting', changed_at = changed_at + 1, next_at = 0 WHERE entry = new.entry AND state = 'sent';
END;
";

/// What was told of a call lies in the order of coming: its `id` is four times the row of the call, plus the source. Beside a key of two
/// columns a fifth of a synchronisation went into finding places that are always at the end.
const LEGS: &str = "
ALTER TABLE told RENAME TO told_before;
CREATE TABLE told (id INTEGER PRIMARY KEY, facts TEXT, legs TEXT NOT NULL);
INSERT INTO told SELECT entry * 4 + source, facts, legs FROM told_before;
DROP TABLE told_before;
";
