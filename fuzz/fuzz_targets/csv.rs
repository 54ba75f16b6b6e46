//! The base report, as text: `cargo +nightly fuzz run csv`

#![no_main]

use libfuzzer_sys::fuzz_target;
use mango::journal::told::by_base;
use mango::pbx::statistics::parse_legs;

fuzz_target!(|text: &str| {
    match parse_legs(text, 10_800) {
        Ok(rows) => {
            assert!(rows.len() <= text.lines().count() + text.matches('\r').count());
            let told = by_base(rows.clone());
            assert_eq!(told.1.len(), rows.len(), "no leg is lost");
            assert_eq!(by_base(rows.into_iter().rev().collect()), told, "the order does not matter");
        }
        Err(fault) => assert_eq!(fault.kind(), "garbled"),
    }
});
