//! Notifications on their way to the disk: many share one commit, and the PBX is answered when theirs is done.
//!
//! One thread owns the writing connection. An event is durable before its call is worked out: under load the working out
//! lags behind and catches up, and what a killed process left undone is done at the next start.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Transaction, params};
use tokio::sync::{mpsc, oneshot, watch};

use super::{Journal, insert_event, refold};
use crate::error::{Error, Result};
use crate::store::failed;

/// Events that share a commit at most.
const BATCH: usize = 512;

/// Calls worked out between two looks for new events, while none are there and while some wait.
const FOLDS: (usize, usize) = (64, 8);

/// Pages of the log after which it is worked into the file: whoever waits for an answer meanwhile must not wait long.
const CHECKPOINT: i64 = 2000;

/// Events that may wait for the disk; more are refused, and the PBX will know.
const QUEUE: usize = 8192;

/// How long the thread rests after the disk refused.
const REST: Duration = Duration::from_millis(500);

struct Arrived {
    path: String,
    json: String,
    done: oneshot::Sender<Result<bool>>,
}

/// The way in. Clones lead to the same thread; it ends when the last of them is gone.
#[derive(Clone)]
pub struct Intake {
    arrived: mpsc::Sender<Arrived>,
    /// Id of the last event whose call is worked out
    folded: watch::Receiver<i64>,
}

impl Intake {
    /// Starts the thread, which first works out what an earlier process left.
    pub fn start(path: &Path) -> Result<Intake> {
        let journal = Journal::open(path)?;
        journal.lock().pragma_update(None, "wal_autocheckpoint", CHECKPOINT).map_err(failed(path))?;
        let (arrived, coming) = mpsc::channel(QUEUE);
        let known = journal.folded()?;
        let (tell, folded) = watch::channel(known);
        std::thread::Builder::new()
            .name("intake".into())
            .spawn(move || Writer { journal, coming, tell, dirty: BTreeSet::new(), known }.run())
            .map_err(|source| Error::Io { path: path.into(), source })?;
        Ok(Intake { arrived, folded })
    }

    /// Writes a notification down; when this returns, it is on the disk. True when it is new.
    pub async fn record(&self, path: &str, json: String) -> Result<bool> {
        let gone = || Error::Unexpected("the journal's writer has ended".into());
        let (done, written) = oneshot::channel();
        self.arrived.send(Arrived { path: path.to_owned(), json, done }).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }

    /// Resolves when further events have been worked out.
    pub async fn worked_out(&mut self) -> bool {
        self.folded.changed().await.is_ok()
    }
}

struct Writer {
    journal: Journal,
    coming: mpsc::Receiver<Arrived>,
    tell: watch::Sender<i64>,
    /// Calls with events that are not worked out yet
    dirty: BTreeSet<String>,
    /// Id of the event up to which all calls are worked out or among those: another process may write events, too
    known: i64,
}

impl Writer {
    fn run(mut self) {
        // What an earlier process left.
        self.fold();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let open = self.next(&mut batch);
            if !batch.is_empty() {
                self.write(&mut batch);
            }
            self.fold();
            if !open && self.dirty.is_empty() {
                break;
            }
        }
    }

    /// Takes what has come; waits only when there is nothing else to do. False when nobody will send any more.
    fn next(&mut self, batch: &mut Vec<Arrived>) -> bool {
        let first = match self.dirty.is_empty() {
            true => self.coming.blocking_recv(),
            false => match self.coming.try_recv() {
                Ok(first) => Some(first),
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Err(mpsc::error::TryRecvError::Disconnected) => return false,
            },
        };
        let Some(first) = first else { return false };
        batch.push(first);
        while batch.len() < BATCH
            && let Ok(more) = self.coming.try_recv()
        {
            batch.push(more);
        }
        true
    }

    fn write(&mut self, batch: &mut Vec<Arrived>) {
        let known = self.known;
        let written = self.journal.change(|change| {
            let others = written_after(change, known)?;
            let ours = batch.iter().map(|event| insert_event(change, &event.path, &event.json)).collect::<rusqlite::Result<Vec<_>>>()?;
            Ok((others, ours, last_event(change)?))
        });
        match written {
            Ok((others, all, last)) => {
                self.dirty.extend(others);
                self.known = last;
                for (event, inserted) in batch.drain(..).zip(all) {
                    self.dirty.extend(inserted.entry_id);
                    let _ = event.done.send(Ok(inserted.new));
                }
            }
            Err(error) => {
                tracing::error!("{}", error.message());
                for event in batch.drain(..) {
                    let _ = event.done.send(Err(again(&error)));
                }
                std::thread::sleep(REST);
            }
        }
    }

    /// Works out some of the calls; when none is left, says up to which event everything is done.
    fn fold(&mut self) {
        let most = if self.coming.is_empty() { FOLDS.0 } else { FOLDS.1 };
        let some: Vec<String> = self.dirty.iter().take(most).cloned().collect();
        let (last, known) = (self.dirty.len() <= most, self.known);
        let folded = self.journal.change_lightly(|change| {
            some.iter().try_for_each(|entry_id| refold(change, Some(entry_id)))?;
            let others = if last { written_after(change, known)? } else { BTreeSet::new() };
            let upto = last_event(change)?;
            let done = last && others.is_empty();
            if done {
                mark_folded(change, upto)?;
            }
            Ok((others, upto, done))
        });
        match folded {
            Ok((others, upto, done)) => {
                // One by one: under load far more wait than were worked out.
                for entry_id in &some {
                    self.dirty.remove(entry_id);
                }
                self.dirty.extend(others);
                if last {
                    self.known = upto;
                }
                if done {
                    self.tell.send_replace(upto);
                }
            }
            Err(error) => {
                tracing::error!("{}", error.message());
                std::thread::sleep(REST);
            }
        }
    }
}

/// The same failure once more, for everybody whose event was in the batch.
fn again(error: &Error) -> Error {
    match error {
        Error::Store { path, fault, detail } => Error::Store { path: path.clone(), fault: *fault, detail: detail.clone() },
        other => Error::Unexpected(other.message()),
    }
}

fn last_event(change: &Transaction<'_>) -> rusqlite::Result<i64> {
    change.prepare_cached("SELECT coalesce(max(id), 0) FROM events")?.query_row([], |row| row.get(0))
}

/// Calls of the events that came after this one. By number: an index of calls would be walked through from its beginning.
fn written_after(change: &Transaction<'_>, known: i64) -> rusqlite::Result<BTreeSet<String>> {
    let mut after = change.prepare_cached("SELECT entry_id FROM events NOT INDEXED WHERE id > ?1 AND entry_id IS NOT NULL")?;
    after.query_map([known], |row| row.get(0))?.collect()
}

fn mark_folded(change: &Transaction<'_>, upto: i64) -> rusqlite::Result<()> {
    change.prepare_cached("INSERT OR REPLACE INTO moments VALUES ('folded', ?1)")?.execute(params![upto]).map(drop)
}

impl Journal {
    /// Id of the last event up to which every call is worked out.
    pub(super) fn folded(&self) -> Result<i64> {
        let sql = "SELECT coalesce(max(at), 0) FROM moments WHERE name = 'folded'";
        self.lock().query_row(sql, [], |row| row.get(0)).map_err(failed(self.path()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(call: &str) -> String {
        format!(r#"{{"entry_id":"{call}","call_id":"leg","seq":1,"call_state":"Appeared","timestamp":1768383000,"location":"ivr"}}"#)
    }

    /// One of them has written an event down and not worked it out when another, on the same journal, takes its own in.
    #[tokio::test]
    async fn what_another_process_has_only_written_down_is_worked_out() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("journal.db");
        let mut ours = Intake::start(&path).unwrap();
        assert!(ours.record("events/call", event("first")).await.unwrap());
        let theirs = Journal::open(&path).unwrap();
        let left: super::super::Inserted = theirs.change(|change| insert_event(change, "events/call", &event("theirs"))).unwrap();
        assert!(left.new);
        assert!(ours.record("events/call", event("ours")).await.unwrap());
        while !theirs.is_worked_out().unwrap() {
            assert!(ours.worked_out().await);
        }
        for call in ["first", "theirs", "ours"] {
            assert!(theirs.call(call).is_ok(), "{call}");
        }
    }
}
