//! The extended report, as JSON: `cargo +nightly fuzz run statistics`

#![no_main]

use libfuzzer_sys::fuzz_target;
use mango::journal::told::by_extended;
use mango::pbx::statistics::{Look, parse_calls};

fuzz_target!(|json: &str| {
    let employees = [(1, ("101".to_owned(), "Петров Иван".to_owned()))].into();
    match parse_calls(json) {
        Ok(Look::Ready(calls)) => calls.into_iter().for_each(|call| {
            let (facts, legs) = by_extended(call.clone(), &employees);
            assert!(legs.len() >= call.context_calls.len());
            assert_eq!(by_extended(call, &employees), (facts, legs));
        }),
        Ok(Look::NotYet(_) | Look::Gone) => {}
        Err(fault) => assert_eq!(fault.exit_code(), 5),
    }
});
