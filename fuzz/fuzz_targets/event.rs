//! What may come to `listen`: a form, its envelope, and every kind of event inside: `cargo +nightly fuzz run event`

#![no_main]

use libfuzzer_sys::fuzz_target;
use mango::credentials::Credentials;
use mango::journal::told::by_events;
use mango::pbx::envelope::Envelope;
use mango::pbx::event::Event;
use mango::webhook::urlencoded;

const PATHS: [&str; 6] = ["events/call", "events/summary", "events/recording", "result/transfer", "events/user/x", "ping"];

fuzz_target!(|body: &[u8]| {
    let ours = Credentials::new("key", "salt");
    // A form as it came: nobody but us can have signed it.
    if let Some(envelope) = urlencoded(body) {
        assert!(envelope.open(&ours).is_err());
    }
    // The same bytes as the JSON of an event, sent by somebody who has the key.
    let Ok(json) = std::str::from_utf8(body) else { return };
    let sealed = Envelope::seal(&ours, json);
    if !json.starts_with('%') {
        let opened = urlencoded(sealed.form().as_bytes()).expect("three fields").open(&ours);
        assert_eq!(opened.as_deref(), Ok(json), "the text arrives as it was");
    }
    let events: Vec<Event> = PATHS.iter().map(|path| Event::parse(path, json)).collect();
    let backwards: Vec<Event> = events.iter().rev().cloned().collect();
    assert_eq!(by_events(&events), by_events(&backwards));
});
