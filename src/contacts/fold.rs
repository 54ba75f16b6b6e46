//! Names made comparable: what BPMSoft's panel finds, a search here finds too.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// A name as it is compared: lower case, ё as е, accents composed or gone, punctuation as single spaces.
///
/// «  Ёлкин-Иванов,  Пётр » is «елкин иванов петр». Letters of every alphabet and digits are kept.
pub fn fold(text: &str) -> String {
    let letters = text.nfc().flat_map(char::to_lowercase).nfc().filter(|&c| !is_dropped(c)).map(comparable);
    let mut folded = String::with_capacity(text.len());
    // A dropped mark may have stood between two letters that make one.
    for c in letters.nfc() {
        if c != ' ' || !(folded.is_empty() || folded.ends_with(' ')) {
            folded.push(c);
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Whether there is enough of a name to search for: three letters, digits and spaces not counted.
pub fn is_fragment(text: &str) -> bool {
    fold(text).chars().filter(|c| c.is_alphabetic()).count() >= 3
}

/// The words of a folded text.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(' ').filter(|word| !word.is_empty())
}

/// Stress marks («Ива́нов») and the invisible: soft hyphens, zero widths, directions.
fn is_dropped(c: char) -> bool {
    canonical_combining_class(c) != 0
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn comparable(c: char) -> char {
    match c {
        'ё' => 'е',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        assert_eq!(fold("  Ёлкин-Иванов,\u{a0} Пётр "), "елкин иванов петр");
        assert_eq!(fold("ООО «Ромашка № 5»"), "ооо ромашка 5");
        assert_eq!(fold("O'Brien & Søn"), "o brien søn");
        assert_eq!(fold("Ива\u{301}нов"), "иванов");
        assert_eq!(fold("Ива\u{ad}нов\u{202e}"), "иванов");
        assert_eq!(fold("«…»"), "");
    }

    #[test]
    fn a_short_i_is_one_letter_however_it_is_encoded() {
        assert_eq!(fold("Андреи\u{306}"), "андрей");
        assert_eq!(fold("АНДРЕИ\u{306}"), fold("Андрей"));
        assert_eq!(fold("е\u{308}лка"), "елка");
        assert_ne!(fold("Андреи"), fold("Андрей"));
    }

    #[test]
    fn a_fragment_has_three_letters() {
        for (text, enough) in [("Ива", true), ("Ив", false), ("И-В-А", true), ("12345", false), ("Ив7", false), ("и\u{306}о", false)]
        {
            assert_eq!(is_fragment(text), enough, "{text}");
        }
    }

    #[test]
    fn words_are_split_at_spaces() {
        assert_eq!(words("елкин  петр ").collect::<Vec<_>>(), ["елкин", "петр"]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}", marks in "[а-яёЁa-z\u{300}-\u{345}ㄱ-ㅎᄀ-ᇿ ]{0,20}") {
            for text in [text, marks] {
                let once = fold(&text);
                prop_assert_eq!(fold(&once), once);
            }
        }

        #[test]
        fn case_and_yo_do_not_matter(text in "[а-яёА-ЯЁa-zA-Z0-9 .-]{0,30}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&text.to_uppercase()), folded.clone());
            prop_assert_eq!(fold(&text.replace('ё', "е").replace('Ё', "Е")), folded);
        }

        #[test]
        fn decomposed_text_equals_composed(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&text.nfd().collect::<String>()), fold(&text.nfc().collect::<String>()));
        }

        #[test]
        fn a_folded_text_has_single_spaces_between_words(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(words(&folded).collect::<Vec<_>>().join(" "), folded);
        }
    }
}
