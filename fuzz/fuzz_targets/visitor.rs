//! What the PBX and the widgets API may answer of visitors: `cargo +nightly fuzz run visitor`

#![no_main]

use libfuzzer_sys::fuzz_target;
use mango::pbx::{tracking, widgets};

fuzz_target!(|body: &[u8]| {
    let Ok(body) = std::str::from_utf8(body) else { return };
    let (visitor, pages, calls) = (tracking::visitor(body), tracking::history(body), widgets::calls(body));
    assert!(visitor.is_ok() == pages.is_ok() && pages.is_ok() == calls.is_ok(), "JSON is JSON to all of them");
    if let Ok(pages) = pages {
        assert!(pages.iter().all(|page| page.url.is_some() || page.title.is_some()));
        // What the journal keeps is read as it was written.
        let kept = serde_json::to_string(&pages).unwrap();
        assert_eq!(serde_json::from_str::<Vec<tracking::Page>>(&kept).unwrap(), pages);
    }
    // An envelope changes nothing.
    if let Ok(Some(visitor)) = visitor {
        assert_eq!(tracking::visitor(&format!("{{\"data\":{body}}}")).unwrap(), Some(visitor));
    }
});
