//! WHO of the command line: `cargo +nightly fuzz run who`

#![no_main]

use libfuzzer_sys::fuzz_target;
use mango::contacts::fold::{fold, is_fragment};
use mango::phone::{Dial, Phone, same_party, shown};

fuzz_target!(|text: &str| {
    let looks = Dial::looks_like(text);
    match Dial::parse(text) {
        Ok(dial) => {
            assert!(looks && dial.wire().len() <= 128);
            assert_eq!(Dial::parse(&dial.to_string()).expect("what is shown is read back"), dial);
            if let Dial::Phone(phone) = &dial {
                assert_eq!(Phone::from_e164(phone.digits()).expect("digits are read back").digits(), phone.digits());
            }
            assert!(same_party(text, text));
        }
        Err(fault) => assert!(fault.message().len() < 400),
    }
    let folded = fold(text);
    assert_eq!(fold(&folded), folded);
    assert!(!is_fragment(text) || folded.len() >= 3);
    let _ = shown(text);
});
