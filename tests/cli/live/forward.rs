//! `--forward-to`: a second receiver gets every event as it came, in order, whatever happens to either.

use std::net::SocketAddr;

use super::listening::*;
use crate::support::*;

/// A second receiver with the same key, at an address that was chosen before.
fn second(home: &Home, at: SocketAddr) -> Listening {
    Listening::at(at, customer(home, ["-o", "ndjson", "listen", "--bind", &at.to_string()]))
}

#[test]
fn events_are_passed_on_word_for_word_signed_and_in_order() {
    let (ours, theirs) = (Home::new(), Home::new());
    let mut target = Listening::start(&theirs);
    let to = format!("http://{}/crm/mango/", target.address);
    let listening = Listening::with(&ours, &["--forward-to", &to]);
    let messages = messages();
    for message in &messages {
        assert_eq!(listening.form(&message.path, &message.form()), 200);
    }
    target.told_at_least(messages.len());
    assert_eq!(recorded(&theirs), recorded(&ours));
}

#[test]
fn a_target_that_is_down_gets_everything_later_and_so_it_does_after_a_restart() {
    let (ours, theirs) = (Home::new(), Home::new());
    let at = nobodys();
    let to = format!("http://{at}");
    let mut listening = Listening::with(&ours, &["--forward-to", &to]);
    let send = |listening: &Listening, name: &str| {
        for event in whole_call(name) {
            assert_eq!(listening.send("events/call", &event), 200);
        }
    };
    send(&listening, "while it is down");
    listening.says(&to);
    let mut target = second(&theirs, at);
    target.told_at_least(3);
    // Killed in the middle of its work, it goes on where it was.
    target.kill();
    send(&listening, "down again");
    listening.kill();
    let listening = Listening::with(&ours, &["--forward-to", &to]);
    send(&listening, "after the restart");
    let mut target = second(&theirs, at);
    target.told_at_least(6);
    assert_eq!(recorded(&theirs), recorded(&ours));
}

#[test]
fn an_event_that_was_sent_elsewhere_or_came_too_early_is_sent_again() {
    let ours = Home::new();
    let answers = ["302 Found", "429 Too Many Requests", "500 Internal Server Error", "200 OK"].map(|status| {
        let head = format!("HTTP/1.1 {status}\r\nlocation: /elsewhere\r\n");
        head + "content-length: 0\r\nconnection: close\r\n\r\n"
    });
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let target = Wire::start(move |mut line| {
        line.hear_all();
        let n = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        line.tell(&answers[n.min(answers.len() - 1)]);
    });
    let mut listening = Listening::with(&ours, &["--forward-to", &format!("http://{}", target.address)]);
    for event in whole_call("c1") {
        assert_eq!(listening.send("events/call", &event), 200);
    }
    let state = |request: &String| Some(request.split("call_state%22%3A%22").nth(1)?.get(..9)?.to_owned());
    let states =
        listening.until("six requests", |_| Some(target.heard().iter().filter_map(state).collect::<Vec<_>>()).filter(|all| all.len() >= 6));
    assert_eq!(states, ["Appeared%", "Appeared%", "Appeared%", "Appeared%", "Connected", "Disconnec"]);
    assert!(target.heard().iter().all(|request| request.starts_with("POST /events/call ")), "{:?}", target.heard());
}

#[test]
fn what_the_target_refuses_holds_nothing_up() {
    let ours = Home::new();
    let target = Wire::replying("403 Forbidden", "text/plain", "no");
    let mut listening = Listening::with(&ours, &["--forward-to", &format!("http://{}", target.address)]);
    for event in whole_call("c1") {
        assert_eq!(listening.send("events/call", &event), 200);
    }
    let state = |request: &String| Some(request.split("call_state%22%3A%22").nth(1)?.get(..9)?.to_owned());
    let states =
        listening.until("three events", |_| Some(target.heard().iter().filter_map(state).collect::<Vec<_>>()).filter(|all| all.len() >= 3));
    listening.says("HTTP 403");
    assert_eq!(states, ["Appeared%", "Connected", "Disconnec"]);
}
