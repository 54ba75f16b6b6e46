//! JSON that may be shown at a terminal.

use std::io::{self, Write};

use crate::error::Error;

/// JSON in which characters that could steer a terminal are escaped as `\u….`: the same text to any reader of JSON.
pub(super) struct Harmless;

impl serde_json::ser::Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        for letter in text.split_inclusive(crate::text::is_hostile) {
            let harmless = letter.trim_end_matches(crate::text::is_hostile);
            out.write_all(harmless.as_bytes())?;
            for hostile in letter[harmless.len()..].encode_utf16() {
                write!(out, "\\u{hostile:04x}")?;
            }
        }
        Ok(())
    }
}

/// A value on one line.
pub fn harmless(value: &impl serde::Serialize) -> String {
    let mut out = Vec::new();
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Harmless));
    String::from_utf8_lossy(&out).into_owned()
}

/// What changes the meaning of the data, as programs read it.
pub(super) fn warning_json(kind: &str, message: &str) -> serde_json::Value {
    serde_json::json!({ "warning": { "kind": kind, "message": message } })
}

/// An error as programs read it (design §3).
pub(super) fn error_json(error: &Error, hint: Option<&str>) -> serde_json::Value {
    serde_json::json!({ "error": {
        "kind": error.kind(),
        "code": error.result_code(),
        "message": error.message(),
        "hint": hint,
        "candidates": error.candidates(),
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_at_a_terminal_is_harmless_and_means_the_same() {
        let name = "Иван\u{9b}31m \u{202e}ов\u{1b}[0m \u{e0041}👩‍💻 \"\\";
        let shown = harmless(&name);
        assert!(!shown.chars().any(crate::text::is_hostile), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), name);
        assert_eq!(harmless(&"Иванова"), "\"Иванова\"");
    }
}
