//! Numbers as people write them: «тел. 8 (495) 123-45-67, доб. 101».

/// What a text says when it is read as a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// ASCII digits, at least one; the extension's are not among them.
    pub(super) digits: String,
    /// It begins with `+`, so the country code comes first.
    pub(super) plus: bool,
    /// `+8` stands apart from what follows. No country has the code 8, so this is the Russian 8 with a plus by mistake.
    pub(super) lone_eight: bool,
    /// «доб. 101», `ext 12`, `#12`: one to seven digits to be dialled after the answer.
    pub(super) extension: Option<String>,
}

/// Words before a number. A longer word stands before its own beginning; those that also name things need their full stop.
const LEADING: [&str; 26] = [
    "телефон",
    "тел",
    "т.",
    "мобильный",
    "моб",
    "раб.",
    "дом.",
    "сот.",
    "факс",
    "telephone",
    "phone",
    "tel",
    "mobile",
    "mob",
    "cell",
    "fax",
    "callto",
    "добавочный",
    "доб",
    "доп",
    "внутренний",
    "внутр",
    "вн.",
    "extension",
    "extn",
    "ext",
];

const EXTENSION: [&str; 11] = ["добавочный", "доб", "доп", "внутренний", "внутр", "вн", "extension", "extn", "ext", "x", "х"];

impl Written {
    /// Reads a number with its punctuation; `None` when anything else is in the text.
    pub(super) fn read(text: &str) -> Option<Written> {
        let plain = plain(text);
        let text = without_leading_words(plain.trim());
        let (number, rest) = text.split_at(text.find(|c| !is_number_mark(c)).unwrap_or(text.len()));
        let number = number.trim_start_matches(['(', '[', ' ']);
        let local = number.strip_prefix('+').unwrap_or(number);
        let digits: String = local.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() || local.contains('+') {
            return None;
        }
        let plus = local.len() < number.len();
        let after_eight = local.trim_start_matches(is_punctuation).strip_prefix('8');
        let lone_eight = plus && after_eight.is_some_and(|rest| rest.starts_with(is_punctuation));
        Some(Written { digits, plus, lone_eight, extension: extension(rest)? })
    }
}

/// Whether a text is meant as a number rather than as a name, even when the number is wrong: `*55` is, «3М» is not.
pub(super) fn is_meant_as_number(text: &str) -> bool {
    let plain = plain(text);
    let text = without_leading_words(plain.trim());
    let (number, rest) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let well_marked = |c: char| is_number_mark(c) || matches!(c, '*' | '#' | ',' | ';' | ':' | '=');
    let no_name = |rest: &str| rest.chars().all(|c| is_number_mark(c) || matches!(c, ':' | '='));
    number.contains(|c: char| c.is_ascii_digit())
        && number.chars().all(well_marked)
        && (rest.is_empty() || without_word(rest, &EXTENSION).is_some_and(no_name))
}

/// `Some(None)` when nothing follows the number, `None` when something other than an extension does.
fn extension(rest: &str) -> Option<Option<String>> {
    let pause = |c: char| matches!(c, ',' | ';' | '#' | ' ');
    if rest.chars().all(|c| matches!(c, ',' | ';' | ' ')) {
        return Some(None);
    }
    let after_pause = rest.trim_start_matches(pause);
    let after_word = without_word(after_pause, &EXTENSION);
    let digits = after_word.or((after_pause.len() < rest.len()).then_some(after_pause))?;
    let digits = digits.trim_start_matches([':', '=', '.', '-', ' ']).trim_end_matches(is_punctuation);
    let usable = (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    usable.then(|| Some(digits.to_owned()))
}

fn without_leading_words(mut text: &str) -> &str {
    while let Some(rest) = without_word(text, &LEADING) {
        text = rest.trim_start_matches([' ', '.', ':', '/', '-']);
    }
    text
}

fn without_word<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let rest = words.iter().find_map(|word| text.strip_prefix(word))?;
    (!rest.starts_with(char::is_alphabetic)).then_some(rest)
}

fn is_number_mark(c: char) -> bool {
    c.is_ascii_digit() || c == '+' || is_punctuation(c)
}

fn is_punctuation(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '[' | ']' | '/')
}

/// Lower case, ASCII digits and punctuation, and without the invisible marks that come along when a number is copied from a page.
fn plain(text: &str) -> String {
    text.chars().filter(|&c| !is_invisible(c)).map(plain_char).flat_map(char::to_lowercase).collect()
}

/// Left-to-right marks and zero widths. Right-to-left ones are not here: under them a person sees other digits than are dialled.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{202a}' | '\u{202c}' | '\u{2060}' | '\u{2066}' | '\u{2068}' | '\u{2069}' | '\u{feff}'
    )
}

fn plain_char(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{ff0b}' => '+',
        '\u{ff08}' => '(',
        '\u{ff09}' => ')',
        '\u{ff0e}' => '.',
        '\u{ff0f}' => '/',
        c if c.is_whitespace() => ' ',
        c => digit(c).unwrap_or(c),
    }
}

/// The zero of every script with decimal digits in Unicode 14; nine more follow each.
#[rustfmt::skip]
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090,
    0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

fn digit(c: char) -> Option<char> {
    let zero = ZEROS.partition_point(|&zero| zero <= u32::from(c)).checked_sub(1)?;
    char::from_digit(u32::from(c) - ZEROS[zero], 10)
}
