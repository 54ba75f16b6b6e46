//! BPMSoft: how many requests it takes to know who calls, and how much memory to list everybody. The CRM's own people are few; the
//! control API adds the others.

use std::path::Path;

use crate::process::{Program, Serving};
use crate::{Figure, query};

/// Fewer in a quick run.
const PEOPLE: u64 = 20_000;

pub fn asked(home: &Path, calls: u64) -> Vec<Figure> {
    let (fresh, people) = (home.join("crm"), PEOPLE.min(calls));
    std::fs::create_dir_all(&fresh).unwrap();
    let serving = Serving::start(&fresh, &["--no-limits"]);
    serving.control("crm/people", &format!(r#"{{"count": {people}}}"#));
    vec![identified(&serving, &fresh, people), listed(&serving, &fresh, people)]
}

fn of_crm(home: &Path, args: &[&str]) -> Program {
    query(home, args).env("MANGO_CONTACTS", "bpmsoft")
}

/// With a session from the run before, as it is between two calls; another number, so that nothing of the answer is known.
fn identified(serving: &Serving, home: &Path, people: u64) -> Figure {
    let number = |n: u64| format!("7901{n:07}");
    let who = |n: u64| of_crm(home, &["contact", "list", &number(n)]);
    let ask = |n: u64| counted(serving, || assert!(who(n).said().contains(&number(n)), "{}: nobody", number(n)));
    let (first, requests) = (ask(people / 2), ask(people / 2 + 1));
    let often = who(people / 2).measure();
    Figure {
        what: format!("who calls, of {people} people in BPMSoft"),
        ours: format!("{requests} requests, {:.1} ms ({:.1})", often.median, often.least),
        yardstick: format!("2 are allowed; {first} with the sign-in and the first look around"),
        wanted: "2 requests",
        memory: often.memory(),
    }
}

fn listed(serving: &Serving, home: &Path, people: u64) -> Figure {
    let list = of_crm(home, &["contact", "list"]);
    assert!(list.said().lines().count() as u64 > people, "a line for everybody");
    let mut seconds = 0.0;
    let mut memory = String::new();
    let requests = counted(serving, || {
        let once = list.once();
        (seconds, memory) = (once.seconds, once.memory());
    });
    Figure {
        what: format!("`contact list` of {people} people in BPMSoft"),
        ours: format!("{seconds:.1} s, {requests} requests"),
        yardstick: "—".into(),
        wanted: "—",
        memory,
    }
}

/// How many requests the CRM saw meanwhile.
fn counted(serving: &Serving, work: impl FnOnce()) -> usize {
    let before = serving.seen_by_crm();
    work();
    serving.seen_by_crm() - before
}
