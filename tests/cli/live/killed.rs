//! `kill -9` of `listen` while events pour in: what was answered with 200 is there, once, and every call is worked out.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mango::journal::Journal;
use mango::journal::told::by_events;
use serde_json::{Value, json};

use super::listening::*;
use crate::support::*;

const KILLS: usize = 20;
const SENDERS: usize = 4;

/// Sends calls, event by event, until nobody answers; the bodies that got 200.
fn pour(mut connection: Connection, name: &str, answered: &AtomicUsize) -> Vec<String> {
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
        // Before it is killed: a sender may be the last to be let run.
        let (connections, answered) = ([(); SENDERS].map(|()| Connection::to(listening.address)), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let answered = &answered;
            let pouring = |(n, connection)| scope.spawn(move || pour(connection, &format!("{kill}-{n}"), answered));
            let senders: Vec<_> = connections.into_iter().enumerate().map(pouring).collect();
            awaited("answers", || (answered.load(Ordering::Relaxed) > fastrand::usize(..60)).then_some(()));
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

#[test]
fn what_a_long_silence_has_missed_is_asked_for() {
    let pbx = Pbx::start();
    pbx.generate(200);
    let history = |args: &[&str]| pbx.customer(["-o", "json", "history", "-n", "500"].iter().chain(args)).said().exits(0).json();
    history(&["--since", "15d", "--until", "5d"]);
    let silence = ["--since", &days_ago(4), "--until", &days_ago(1)];
    let told = |more: &[&str]| history(&[&silence[..], more].concat());
    let before = told(&["--offline"]);
    assert_eq!(before, json!([]));
    let _listening = Listening::of(|bind| pbx.customer(["listen", "--bind", bind]));
    let fresh = Home::new();
    fresh.write_config("limits = false\n");
    let whole = pbx.invite(fresh.mango(["-o", "json", "history", "-n", "500"].iter().chain(&silence))).said().exits(0).json();
    assert_ne!(whole, json!([]));
    let ids = |calls: &Value| calls.as_array().unwrap().iter().map(|call| call["entry_id"].clone()).collect::<Vec<_>>();
    let there = awaited("the calls of the silence", || Some(told(&["--offline"])).filter(|calls| *calls != json!([])));
    assert_eq!(ids(&there), ids(&whole));
}

#[test]
fn a_clock_that_was_ahead_hides_no_calls() {
    let pbx = Pbx::start();
    pbx.generate(50);
    pbx.customer(["history"]).said().exits(0);
    let db = rusqlite::Connection::open(pbx.home.journal("default")).unwrap();
    db.execute("UPDATE synced SET until = until + 7 * 86400", []).unwrap();
    pbx.incoming(json!({"from": "74950000020", "to": "101"}));
    let newest = pbx.customer(["-o", "json", "history", "-n", "1"]).at_the_time_of(&pbx).said().exits(0).json();
    assert_eq!(newest[0]["number"], "74950000020");
    let clean = Home::new();
    clean.write_config("limits = false\n");
    let fresh = pbx.invite(clean.mango(["-o", "json", "history", "-n", "1"])).at_the_time_of(&pbx).said().exits(0).json();
    assert_eq!(newest[0]["entry_id"], fresh[0]["entry_id"]);
}
