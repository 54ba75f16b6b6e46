//! Whoever tells of a call, in whatever order and however often: the journal knows the same of it.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::told::{by_base, by_extended};
use super::*;
use crate::contacts::place::Place;
use crate::pbx::statistics::{CallRecord, LegRecord, Look, parse_calls, parse_legs};

const ENTRY: &str = "E";

/// A journal that lives as long as the test case.
fn journal() -> (tempfile::TempDir, Journal) {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(&home.path().join("journal.db")).unwrap();
    // What is tested is the order of things, not the disk.
    journal.lock().pragma_update(None, "synchronous", "OFF").unwrap();
    (home, journal)
}

fn known(journal: &Journal) -> (Facts, Vec<Leg>) {
    let entry = journal.call(ENTRY).unwrap();
    let legs = journal.legs(&entry).unwrap();
    (entry.facts, legs)
}

/// What one source says at once.
#[derive(Clone, Debug)]
enum Word {
    Events(Vec<(&'static str, Value)>),
    Base(Vec<LegRow>),
    Extended(Box<CallRecord<'static>>),
}

fn tell(journal: &Journal, word: &Word) {
    match word {
        Word::Events(events) => {
            for (path, json) in events {
                hear(journal, path, &json.to_string());
            }
        }
        Word::Base(rows) => journal.take_legs(rows.clone()).unwrap(),
        Word::Extended(call) => journal.take_calls(vec![(**call).clone()], &employees()).unwrap(),
    }
}

/// As [`Intake`] does it, but at once. True when it is new.
fn hear(journal: &Journal, path: &str, json: &str) -> bool {
    let heard = journal.change(|change| {
        let inserted = insert_event(change, path, json)?;
        refold(change, inserted.entry_id.as_deref())?;
        Ok(inserted.new)
    });
    heard.unwrap()
}

fn employees() -> Employees {
    [(7, ("101".to_owned(), "Петров Иван".to_owned())), (8, ("102".to_owned(), String::new()))].into()
}

fn number() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![None, Some("74950000020"), Some("74950000021"), Some("sip:user101@demo.mangosip.ru")])
        .prop_map(|number: Option<&str>| number.map(str::to_owned))
}

fn extension() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![None, Some("101"), Some("102")]).prop_map(|extension: Option<&str>| extension.map(str::to_owned))
}

fn second() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(1_768_380_000i64..1_768_380_050)
}

fn call_event() -> impl Strategy<Value = Value> {
    let states = prop::sample::select(vec!["Appeared", "Connected", "OnHold", "Disconnected"]);
    let places = prop::sample::select(vec!["ivr", "queue", "abonent"]);
    let order = (prop::option::weighted(0.3, Just("command-1")), prop::option::weighted(0.3, Just("leg-0")));
    let sides = (number(), extension(), number(), extension());
    (0..3u8, 0..6i64, states, places, sides, order, second(), 1100..1125i64).prop_map(
        |(leg, seq, state, place, (from, from_extension, to, to_extension), (command, taken_from), at, reason)| {
            json!({
                "entry_id": ENTRY, "call_id": format!("leg-{leg}"), "seq": seq, "timestamp": at, "call_state": state, "location": place,
                "from": {"number": from, "extension": from_extension, "taken_from_call_id": taken_from},
                "to": {"number": to, "extension": to_extension, "line_number": "74950000010"},
                "command_id": command, "disconnect_reason": if state == "Disconnected" { Some(reason) } else { None },
            })
        },
    )
}

/// Events of one entry as the PBX makes them: one for each `seq` of a leg, at most one summary.
fn events() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let summary = (number(), extension(), second(), second(), 0..3i64).prop_map(|(number, extension, talk, end, direction)| {
        let json = json!({"entry_id": ENTRY, "from": {"number": number}, "to": {"extension": extension}, "create_time": 1_768_380_000,
            "talk_time": talk.unwrap_or(0), "end_time": end.unwrap_or(0), "call_direction": direction, "disconnect_reason": 1110});
        ("events/summary", json)
    });
    let recording = (0..3u8, any::<bool>()).prop_map(|(id, kept)| {
        let json = json!({"entry_id": ENTRY, "recording_id": format!("R{id}"), "recording_state": "Completed", "completion_code": if kept { 1000 } else { 4002 }});
        ("events/recording", json)
    });
    (prop::collection::vec(call_event(), 1..8), prop::collection::vec(recording, 0..3), prop::option::of(summary)).prop_map(
        |(mut calls, recordings, summary)| {
            let mut seen = std::collections::BTreeSet::new();
            calls.retain(|event| seen.insert((event["call_id"].to_string(), event["seq"].to_string())));
            calls.into_iter().map(|event| ("events/call", event)).chain(recordings).chain(summary).collect()
        },
    )
}

fn leg_row() -> impl Strategy<Value = LegRow> {
    let place = prop::sample::select(vec![None, Some("ivr"), Some("queue"), Some("abonent")]);
    (second(), second(), second(), (number(), extension()), (number(), extension()), place, prop::option::of(1100..1125i64)).prop_map(
        |(start, finish, answer, (from_number, from_extension), (to_number, to_extension), place, disconnect_reason)| LegRow {
            entry_id: Some(ENTRY.into()),
            location: place.map(str::to_owned),
            create: Some(1_768_380_000),
            records: Vec::new(),
            line_number: None,
            start,
            finish,
            answer,
            from_number,
            from_extension,
            to_number,
            to_extension,
            disconnect_reason,
        },
    )
}

fn call_record() -> impl Strategy<Value = CallRecord<'static>> {
    let leg = (prop::sample::select(vec!["user", "number", "group"]), prop::option::of(7..9i64), second(), second(), number()).prop_map(
        |(kind, who, answer, end, number)| LegRecord {
            call_type: Some(kind.into()),
            call_abonent_id: who,
            call_answer_time: answer,
            call_end_time: end,
            call_abonent_number: number.map(Cow::Owned),
            external_call_id: Some("leg-1".into()),
            ..LegRecord::default()
        },
    );
    (
        0..5i64,
        prop::option::of(0..2i64),
        prop::option::of(7..9i64),
        (number(), number()),
        second(),
        prop::option::of(0..90i64),
        prop::collection::vec(leg, 0..3),
    )
        .prop_map(|(kind, status, caller, (from, to), start, duration, legs)| CallRecord {
            entry_id: Some(ENTRY.into()),
            context_type: Some(kind),
            context_status: status,
            caller_id: caller,
            caller_number: from.map(Cow::Owned),
            called_number: to.map(Cow::Owned),
            context_start_time: start,
            duration,
            context_calls: legs,
            ..CallRecord::default()
        })
}

fn rows() -> impl Strategy<Value = Vec<LegRow>> {
    prop::collection::vec(leg_row(), 1..5)
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "status",
        "data",
        "list",
        "entry_id",
        "context_type",
        "context_start_time",
        "duration",
        "talk_duration",
        "hold_duration",
        "context_calls",
        "members",
        "call_type",
        "call_abonent_info",
        "call_abonent_extension",
        "call_answer_time",
        "call_end_time",
        "recording_id",
        "result",
        "name",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("complete")),
        Just(json!("work")),
        Just(json!(i64::MAX.to_string())),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..7)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whoever_tells_first_the_entry_is_the_same(events in events(), rows in rows(), call in call_record()) {
        let (events, base, extended) = (Word::Events(events), Word::Base(rows), Word::Extended(Box::new(call)));
        let orders = [
            [&events, &base, &extended], [&events, &extended, &base], [&base, &events, &extended],
            [&base, &extended, &events], [&extended, &events, &base], [&extended, &base, &events],
        ];
        let told = orders.map(|order| {
            let (_home, journal) = journal();
            order.into_iter().for_each(|word| tell(&journal, word));
            let once = known(&journal);
            // Told again, nobody says anything new.
            order.into_iter().rev().for_each(|word| tell(&journal, word));
            assert_eq!(known(&journal), once);
            assert_eq!(journal.all_calls(&Filter::default()).unwrap().len(), usize::from(once.0.started_at.is_some()));
            once
        });
        for other in &told[1..] {
            prop_assert_eq!(&told[0], other);
        }
    }

    #[test]
    fn events_in_any_order_and_number_give_the_same_state(
        (events, shuffled) in events().prop_flat_map(|events| {
            let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(twice).prop_shuffle())
        }),
    ) {
        let (_home, orderly) = journal();
        tell(&orderly, &Word::Events(events));
        let (_home, wild) = journal();
        tell(&wild, &Word::Events(shuffled));
        prop_assert_eq!(known(&orderly), known(&wild));
    }

    #[test]
    fn rows_of_the_base_report_mean_the_same_in_any_order((rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))) {
        prop_assert_eq!(by_base(rows), by_base(shuffled));
    }

    #[test]
    fn a_reply_of_any_shape_is_read_or_refused(json in any_json(), wrapped in any::<bool>()) {
        let json = if wrapped { json!({"status": "complete", "data": [{"list": json}]}) } else { json };
        let json = json.to_string();
        if let Ok(Look::Ready(calls)) = parse_calls(&json) {
            let (_home, journal) = journal();
            calls.iter().for_each(|call| drop(by_extended(call.clone(), &employees())));
            journal.take_calls(calls, &employees()).unwrap();
        }
    }

    #[test]
    fn a_base_report_of_any_text_is_read_or_refused(text in prop_oneof![".{0,200}", "([0-9;\\[\\],\\r\\n-]|;;;;;;){0,60}"], offset in -86_400i64..86_400) {
        if let Ok(rows) = parse_legs(&text, offset) {
            by_base(rows);
        }
    }

    #[test]
    fn an_event_of_any_shape_is_kept(json in any_json(), path in prop::sample::select(vec!["events/call", "events/summary", "events/recording", "result/callback", "events/new"])) {
        let (_home, journal) = journal();
        prop_assert!(hear(&journal, path, &json.to_string()));
        prop_assert!(!hear(&journal, path, &json.to_string()), "the second time it is nothing new");
    }
}

#[test]
fn what_a_person_wrote_stays_whatever_is_told_later() {
    let (_home, journal) = journal();
    let leg = |state: &str, seq: i64| {
        let json = json!({"entry_id": ENTRY, "call_id": "leg-1", "seq": seq, "timestamp": 1_768_380_000 + seq, "call_state": state, "location": "abonent",
            "from": {"number": "74950000020"}, "to": {"extension": "101", "line_number": "74950000010"}, "disconnect_reason": 1110});
        hear(&journal, "events/call", &json.to_string());
    };
    leg("Appeared", 1);
    let entry = journal.call(ENTRY).unwrap();
    let result = Some(Some(("Назначена встреча".to_owned(), "Назначена встреча".to_owned())));
    let file = KeptFile { name: "scan.pdf".into(), size: 3, added_at: 1 };
    journal.write_note(&entry, &NoteChange { result, text: Some(Some("во вторник".into())), files: vec![file] }).unwrap();
    journal.link(&entry, &Link::of("contact", "7", Some("Смирнова Анна"), Place::Local)).unwrap();
    let written = (journal.note(&entry).unwrap(), journal.links(&entry).unwrap());
    leg("Connected", 2);
    leg("Disconnected", 9);
    let call = json!({"entry_id": ENTRY, "context_type": 1, "context_status": 1, "caller_number": "74950000020", "context_start_time": 1_768_380_000, "duration": 9});
    tell(&journal, &Word::Extended(Box::new(serde_json::from_str(call.to_string().leak()).unwrap())));
    journal.take_legs(vec![LegRow { entry_id: Some(ENTRY.into()), start: Some(1_768_380_000), ..LegRow::default() }]).unwrap();
    let now = journal.call(ENTRY).unwrap();
    assert_eq!((now.id, now.facts.state), (entry.id, Some(State::Ended)));
    assert_eq!((journal.note(&now).unwrap(), journal.links(&now).unwrap()), written);
}

#[test]
fn another_person_takes_the_place_of_the_first_and_a_second_activity_stands_beside() {
    let (_home, journal) = journal();
    hear(&journal, "events/call", &json!({"entry_id": ENTRY, "call_id": "leg-1", "seq": 1, "call_state": "Appeared"}).to_string());
    let entry = journal.call(ENTRY).unwrap();
    let link = |kind: &str, target: &str| Link::of(kind, target, Some("имя"), Place::Local);
    let all =
        [("contact", "1"), ("account", "2"), ("activity", "1"), ("contact", "3"), ("activity", "1"), ("activity", "2"), ("Lead", "9")];
    all.into_iter().for_each(|(kind, target)| journal.link(&entry, &link(kind, target)).unwrap());
    let known = |journal: &Journal| {
        journal.links(&entry).unwrap().into_iter().map(|link| format!("{}:{}", link.kind, link.target)).collect::<Vec<_>>()
    };
    let mut all = known(&journal);
    all.sort();
    assert_eq!(all, ["Lead:9", "account:2", "activity:1", "activity:2", "contact:3"]);
    journal.unlink(&entry, &link("contact", "3")).unwrap();
    journal.unlink(&entry, &link("activity", "1")).unwrap();
    assert_eq!(known(&journal).len(), 3);
}

#[test]
fn a_hold_is_counted_once_it_is_over() {
    let (_home, journal) = journal();
    let leg = |state: &str, seq: i64, at: i64| {
        let json = json!({"entry_id": ENTRY, "call_id": "leg-1", "seq": seq, "timestamp": 1_768_380_000 + at, "call_state": state, "location": "abonent",
            "from": {"number": "74950000020"}, "to": {"extension": "101"}, "disconnect_reason": 1110});
        hear(&journal, "events/call", &json.to_string());
        known(&journal).0.hold
    };
    let told = [("Appeared", 0), ("Connected", 5), ("OnHold", 10), ("Connected", 17), ("OnHold", 30), ("Disconnected", 33)];
    let held: Vec<_> = (1..).zip(told).map(|(seq, (state, at))| leg(state, seq, at)).collect();
    assert_eq!(held, [None, None, None, Some(7), Some(7), Some(10)]);
    assert_eq!(known(&journal).1[0].hold, Some(10));
    let call = json!({"entry_id": ENTRY, "context_start_time": 1_768_380_000, "context_calls": [
        {"call_type": "group", "hold_duration": 11}, {"call_type": "user", "hold_duration": "11"}, {"call_type": "user", "hold_duration": null}]});
    tell(&journal, &Word::Extended(Box::new(serde_json::from_str(call.to_string().leak()).unwrap())));
    assert_eq!(known(&journal).0.hold, Some(11));
}

#[test]
fn legs_of_a_journal_from_before_they_lay_in_order_are_still_there() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.db");
    let before = store::open(&path, &schema::PROFILE[..7]).unwrap();
    before.execute("INSERT INTO entries (id, entry_id, source) VALUES (5, 'E', 0)", []).unwrap();
    let told = "INSERT INTO told VALUES (5, 1, '{}', '[{\"id\":\"leg-1\",\"at\":\"ivr\"}]'), (5, 3, NULL, '[{\"id\":\"leg-2\"}]'), (6, 2, NULL, '[]')";
    before.execute(told, []).unwrap();
    drop(before);
    let journal = Journal::open(&path).unwrap();
    let legs = journal.legs(&journal.call(ENTRY).unwrap()).unwrap();
    assert_eq!(legs.iter().map(|leg| leg.call_id.as_deref()).collect::<Vec<_>>(), [Some("leg-1"), Some("leg-2")]);
}
