//! The state of a call from its events: any order, any repetition, and losses before the end.

use mango::journal::entry::{Facts, Leg, State};
use mango::journal::told::by_events;
use mango::pbx::event::{CallEvent, Event, EventParty, SummaryEvent};
use proptest::prelude::*;
use proptest::sample::subsequence;

/// Events that were recorded as such, by call.
fn recorded_calls() -> Vec<Vec<Event>> {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut calls: std::collections::BTreeMap<String, Vec<Event>> = Default::default();
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let message: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let event = Event::parse(message["path"].as_str().unwrap(), message["json"].as_str().unwrap());
        if let Some(entry_id) = event.entry_id().map(str::to_owned) {
            calls.entry(entry_id).or_default().push(event);
        }
    }
    calls.into_values().collect()
}

/// Those after which nothing is open: the last of every leg, and the summary.
fn is_final(event: &Event) -> bool {
    match event {
        Event::Call(event) => event.call_state.as_deref() == Some("Disconnected"),
        Event::Summary(_) => true,
        _ => false,
    }
}

/// What losses before the end do not change.
fn end(told: &(Facts, Vec<Leg>)) -> (Option<State>, Option<bool>, Option<i64>) {
    (told.0.state, told.0.answered, told.0.reason)
}

fn is_over(call: &[Event]) -> bool {
    call.iter().any(|event| matches!(event, Event::Summary(_)))
}

/// Any order, some of them several times.
fn disordered(events: Vec<Event>) -> impl Strategy<Value = Vec<Event>> {
    let repeated = proptest::collection::vec(any::<proptest::sample::Index>(), 0..8);
    (Just(events), repeated).prop_flat_map(|(events, again)| {
        let again: Vec<Event> = again.into_iter().map(|n| n.get(&events).clone()).collect();
        Just([events, again].concat()).prop_shuffle()
    })
}

fn a_recorded_call() -> impl Strategy<Value = Vec<Event>> {
    proptest::sample::select(recorded_calls())
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.8, proptest::sample::select(values))
}

fn texts(values: &[&str]) -> impl Strategy<Value = Option<String>> + use<> {
    maybe(values.iter().map(|text| (*text).to_owned()).collect())
}

fn party() -> impl Strategy<Value = EventParty> {
    let fields =
        (texts(&["101", "102"]), texts(&["74950000020", "74950000021"]), texts(&["74950000010"]), texts(&["300"]), texts(&["a", "b", "c"]));
    fields.prop_map(|(extension, number, line_number, acd_group, taken_from_call_id)| EventParty {
        extension,
        number,
        line_number,
        acd_group,
        taken_from_call_id,
    })
}

/// Events that contradict each other in every way, as no PBX sends them.
fn any_event() -> impl Strategy<Value = Event> {
    let ids = (texts(&["a", "b", "c"]), maybe(vec![100, 101, 102]), maybe(vec![1, 2, 3]));
    let states = texts(&["Appeared", "Connected", "OnHold", "Disconnected", "Parked"]);
    let rest = (texts(&["ivr", "queue", "abonent"]), maybe(vec![1000, 1110, 1122]), texts(&["cmd"]), texts(&["blind", "consultative"]));
    let call = (ids, states, rest, party(), party()).prop_map(|((call_id, timestamp, seq), call_state, rest, from, to)| {
        let (location, disconnect_reason, command_id, transfer) = rest;
        let entry_id = Some("e".to_owned());
        Event::Call(CallEvent {
            entry_id,
            call_id,
            timestamp,
            seq,
            call_state,
            location,
            from,
            to,
            disconnect_reason,
            command_id,
            transfer,
            ..CallEvent::default()
        })
    });
    let times = (maybe(vec![0, 100]), maybe(vec![0, 101]), maybe(vec![102, 103]), maybe(vec![1100, 1110]));
    let summary = (times, party(), party()).prop_map(|((create_time, talk_time, end_time, disconnect_reason), from, to)| {
        Event::Summary(SummaryEvent { create_time, talk_time, end_time, disconnect_reason, from, to, ..SummaryEvent::default() })
    });
    prop_oneof![8 => call, 1 => summary]
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(
        (ordered, disordered) in a_recorded_call().prop_flat_map(|call| (Just(call.clone()), disordered(call)))
    ) {
        prop_assert_eq!(by_events(&disordered), by_events(&ordered));
    }

    #[test]
    fn order_and_repetition_change_nothing_even_in_nonsense(
        (ordered, disordered) in proptest::collection::vec(any_event(), 1..12).prop_flat_map(|call| (Just(call.clone()), disordered(call)))
    ) {
        prop_assert_eq!(by_events(&disordered), by_events(&ordered));
    }

    #[test]
    fn losses_before_the_end_do_not_change_how_it_ended(
        (whole, left) in a_recorded_call().prop_filter("over", |call| is_over(call)).prop_flat_map(|whole| {
            let (last, others): (Vec<Event>, Vec<Event>) = whole.iter().cloned().partition(is_final);
            let kept = subsequence(others.clone(), 0..=others.len());
            let left = kept.prop_flat_map(move |kept| disordered([kept, last.clone()].concat()));
            (Just(whole), left)
        })
    ) {
        prop_assert_eq!(end(&by_events(&left)), end(&by_events(&whole)));
    }

    #[test]
    fn an_event_too_many_never_reopens_a_call_that_is_over(
        (whole, late) in a_recorded_call().prop_filter("over", |call| is_over(call)).prop_flat_map(|whole| {
            let late = proptest::sample::select(whole.clone());
            (Just(whole), late)
        })
    ) {
        let again = [whole.clone(), vec![late]].concat();
        prop_assert_eq!(by_events(&again).0.state, Some(State::Ended));
    }
}
