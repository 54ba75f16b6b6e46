//! T of the command line: `cargo +nightly fuzz run when`

#![no_main]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use mango::time::{Edge, due, parse, relative, upcoming};

fuzz_target!(|input: (&str, i64)| {
    let (text, seconds) = input;
    let now = Timestamp::from_second(seconds % 253_402_000_000).unwrap_or_default();
    // Clocks change twice a year in this zone, and no file is needed to know when.
    let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a valid rule");
    match (parse(text, Edge::Since, now, &zone), parse(text, Edge::Until, now, &zone)) {
        (Ok(since), Ok(until)) => {
            assert!(since <= until);
            let _ = relative(since, now, &zone);
        }
        (Err(fault), _) | (_, Err(fault)) => assert!(fault.message().len() < 400),
    }
    match due(text, now, &zone) {
        Ok(at) => {
            assert!(at >= now);
            let _ = upcoming(at, now, &zone);
        }
        Err(fault) => assert!(fault.message().len() < 400),
    }
});
