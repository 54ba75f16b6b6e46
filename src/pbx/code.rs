//! Result codes of commands and end reasons of calls (vpbx-core appendix A, vpbx-data §9).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::code_table::CODES;
use crate::text::tr;

/// A result code. Unknown ones keep their number and borrow the words of their class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResultCode(pub i64);

impl ResultCode {
    /// Accepted for processing: 0, 1000 and 1001 (vpbx-core §1.4, vpbx-data §0.4). Other 1xxx are not: 12xx are session errors.
    pub fn is_accepted(self) -> bool {
        matches!(self.0, 0 | 1000 | 1001)
    }

    /// An invalid request (3xxx): the second within two minutes shuts the API (vpbx-core §2).
    pub fn is_invalid_request(self) -> bool {
        (3000..4000).contains(&self.0)
    }

    /// Whether a text is this code's meaning, in either language.
    pub fn means(self, text: &str) -> bool {
        find(self.0).is_some_and(|(_, en, ru)| [*en, *ru].contains(&text.trim_end_matches('.')))
    }

    /// The meaning in the person's language; an unknown code takes its subclass, then its class (2219 → 2210, 1090 → 1000).
    pub fn meaning(self) -> &'static str {
        let row = [1, 10, 100, 1000].into_iter().find_map(|unit| find(self.0 / unit * unit));
        row.map_or(tr("неизвестный код", "unknown code"), |(_, en, ru)| tr(*ru, *en))
    }
}

/// `Абонент занят (1121)`
impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.meaning(), self.0)
    }
}

fn find(code: i64) -> Option<&'static (i64, &'static str, &'static str)> {
    CODES.binary_search_by_key(&code, |(code, ..)| *code).ok().map(|i| &CODES[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_fall_back_to_their_class() {
        for (code, like) in [(2219, 2210), (1090, 1000), (1299, 1200), (3599, 3000), (1121, 1121)] {
            assert_eq!(ResultCode(code).meaning(), ResultCode(like).meaning(), "{code}");
        }
        assert_eq!(ResultCode(987_654).meaning(), "unknown code");
        assert_eq!(ResultCode(-1).meaning(), "unknown code");
    }

    #[test]
    fn only_success_is_success() {
        assert!([0, 1000, 1001].into_iter().all(|code| ResultCode(code).is_accepted()));
        assert!([1100, 1200, 2000, 3100, 5008].into_iter().all(|code| !ResultCode(code).is_accepted()));
    }

    #[test]
    fn the_table_is_sorted_and_complete() {
        assert!(CODES.is_sorted_by_key(|(code, ..)| *code));
        assert_eq!(CODES.len(), 216);
        assert!(CODES.iter().all(|(_, en, ru)| !en.is_empty() && !ru.is_empty()));
    }
}
