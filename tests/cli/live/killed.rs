//! `kill -9` of `listen` while events pour in: what was answered with 200 is there, once, and every call is worked out.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mango::journal::Journal;
use mango::journal::told::by_events;

use super::listening::*;
use crate::support::*;

const KILLS: usize = 20;
const SENDERS: usize = 4;

/// Sends calls, event by event, until nobody answers; the bodies that got 200.
fn pour(to: std::net::SocketAddr, name: &str, answered: &AtomicUsize) -> Vec<String> {
    let mut connection = Connection::to(to);
    let mut taken = Vec::new();
    for n in 0.. {
        for event in whole_call(&format!("{name}-{n}")) {
            let json = event.to_string();
            match connection.post("events/call", "application/x-www-form-urlencoded", sealed(&json).as_bytes(), &[]) {
                Some(200) => taken.push(json),
                Some(other) => panic!("{other}"),
                None => return taken,
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
    unreachable!()
}

#[test]
fn every_event_that_was_answered_is_in_the_journal_once_and_every_call_is_worked_out() {
    let home = Home::new();
    let mut taken: Vec<String> = Vec::new();
    let mut listening = Listening::start(&home);
    for kill in 0..KILLS {
        let (to, answered) = (listening.address, AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let answered = &answered;
            let senders: Vec<_> = (0..SENDERS).map(|n| scope.spawn(move || pour(to, &format!("{kill}-{n}"), answered))).collect();
            while answered.load(Ordering::Relaxed) < 1 + fastrand::usize(..60) {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_micros(fastrand::u64(..5000)));
            listening.kill();
            senders.into_iter().for_each(|sender| taken.extend(sender.join().unwrap()));
        });
        // The next one works out what this one left, even when no event comes.
        listening = Listening::start(&home);
        listening.until("all calls to be worked out", |_| worked_out(&home).then_some(()));
    }
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    recorded(&home).into_iter().for_each(|(_, json)| *times.entry(json).or_default() += 1);
    assert!(taken.len() >= KILLS, "{} events are no load", taken.len());
    let lost: Vec<&String> = taken.iter().filter(|json| !times.contains_key(*json)).collect();
    assert!(lost.is_empty(), "answered with 200 and lost: {lost:?}");
    assert!(times.values().all(|times| *times == 1));
    every_call_is_what_its_events_say(&home);
}

/// Whether the state of calls has caught up with the events.
fn worked_out(home: &Home) -> bool {
    let db = rusqlite::Connection::open(home.journal("default")).unwrap();
    let sql = "SELECT coalesce(max(id), 0) <= (SELECT coalesce(max(at), 0) FROM moments WHERE name = 'folded') FROM events";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn every_call_is_what_its_events_say(home: &Home) {
    let journal = Journal::open(&home.journal("default")).unwrap();
    let ids: HashSet<String> = recorded(home)
        .into_iter()
        .map(|(_, json)| serde_json::from_str::<serde_json::Value>(&json).unwrap()["entry_id"].as_str().unwrap().to_owned())
        .collect();
    for id in ids {
        let entry = journal.call(&id).unwrap();
        let events: Vec<_> = journal.happened_in(&entry).unwrap().into_iter().map(|happened| happened.event).collect();
        let (facts, legs) = by_events(&events);
        assert_eq!((&entry.facts, journal.legs(&entry).unwrap()), (&facts, legs), "{id}");
    }
}
