//! Words for people: the language, plural forms, and text from outside made safe for a terminal.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};

/// Language of everything said to a person. JSON keys and logs stay English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Русский
    Ru,
    /// English, also for every locale that is not Russian
    En,
}

#[cfg(not(test))]
static LANG: AtomicU8 = AtomicU8::new(1);

// Unit tests share one process: each thread has its own language, or a Russian test would spoil the sentences of its neighbours.
#[cfg(test)]
thread_local! {
    static LANG: AtomicU8 = const { AtomicU8::new(1) };
}

/// The language chosen for this process; English until [`set_lang`] is called.
pub fn lang() -> Lang {
    #[cfg(not(test))]
    let chosen = LANG.load(Ordering::Relaxed);
    #[cfg(test)]
    let chosen = LANG.with(|lang| lang.load(Ordering::Relaxed));
    if chosen == 0 { Lang::Ru } else { Lang::En }
}

/// Chooses the language once, at start.
pub fn set_lang(lang: Lang) {
    #[cfg(not(test))]
    LANG.store(lang as u8, Ordering::Relaxed);
    #[cfg(test)]
    LANG.with(|chosen| chosen.store(lang as u8, Ordering::Relaxed));
}

impl Lang {
    /// Reads a language name or a locale: `ru`, `ru_RU.UTF-8`, `Russian`; anything else is English.
    pub fn from_locale(locale: &str) -> Lang {
        let locale = locale.to_ascii_lowercase();
        if locale == "ru"
            || locale.starts_with("ru_")
            || locale.starts_with("ru-")
            || locale.starts_with("ru.")
            || locale.starts_with("russian")
        {
            Lang::Ru
        } else {
            Lang::En
        }
    }
}

/// The same sentence in both languages, said at the place where it is needed.
pub fn tr<T>(ru: T, en: T) -> T {
    match lang() {
        Lang::Ru => ru,
        Lang::En => en,
    }
}

/// A count with its noun: `plural(2, ["звонок", "звонка", "звонков"], ["call", "calls"])` is «2 звонка».
pub fn plural(n: u64, ru: [&str; 3], en: [&str; 2]) -> String {
    let noun = match lang() {
        Lang::En => en[usize::from(n != 1)],
        Lang::Ru => match (n % 10, n % 100) {
            (1, teen) if teen != 11 => ru[0],
            (2..=4, teen) if !(12..=14).contains(&teen) => ru[1],
            _ => ru[2],
        },
    };
    format!("{n} {noun}")
}

/// `279.1 MB`, «279,1 МБ»: thousands, as people and disks count.
pub fn size(bytes: u64) -> String {
    let units = tr(["Б", "кБ", "МБ", "ГБ", "ТБ"], ["B", "kB", "MB", "GB", "TB"]);
    let power = (0..units.len() as u32 - 1).find(|power| bytes < 1000u64.pow(power + 1)).unwrap_or(units.len() as u32 - 1);
    let decimals = usize::from(power > 0);
    let number = format!("{:.decimals$}", bytes as f64 / 1000f64.powi(power as i32));
    let number = if lang() == Lang::Ru { number.replace('.', ",") } else { number };
    format!("{number} {}", units[power as usize])
}

/// A part of a whole, 0 to 1: «12,5 %».
pub fn percent(part: f64) -> String {
    let percent = format!("{:.1} %", part * 100.0);
    match lang() {
        Lang::Ru => percent.replace('.', ","),
        Lang::En => percent,
    }
}

/// Text from outside with everything that could move the cursor, recolour, hide or reverse what a person reads taken out.
///
/// Line breaks and tabs become spaces: a caller's name stays on its line.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !is_hostile(c) && !is_break(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|&c| !is_hostile(c)).map(|c| if is_break(c) { ' ' } else { c }).collect())
}

/// What somebody typed, as an error repeats it: forty characters at most, [`printable`].
pub fn excerpt(text: &str) -> String {
    let mut rest = text.trim().chars();
    let start: String = rest.by_ref().take(40).collect();
    let more = if rest.next().is_some() { "…" } else { "" };
    format!("{}{more}", printable(&start))
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character could move the cursor, recolour, hide or reverse what a person reads.
pub fn is_hostile(c: char) -> bool {
    !is_break(c)
        && (c.is_control()
            || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_counts_agree_with_their_nouns() {
        set_lang(Lang::Ru);
        let said: Vec<_> =
            [0, 1, 2, 5, 11, 12, 21, 22, 111, 121].map(|n| plural(n, ["звонок", "звонка", "звонков"], ["call", "calls"])).into();
        set_lang(Lang::En);
        assert_eq!(
            said,
            [
                "0 звонков",
                "1 звонок",
                "2 звонка",
                "5 звонков",
                "11 звонков",
                "12 звонков",
                "21 звонок",
                "22 звонка",
                "111 звонков",
                "121 звонок"
            ]
        );
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("\u{1b}[31mИванов\u{7}\nПётр\u{202e}"), "[31mИванов Пётр");
        assert!(matches!(printable("Ёлкин 👩‍💻"), Cow::Borrowed(_)));
    }

    #[test]
    fn locales_are_recognised() {
        assert_eq!(Lang::from_locale("ru_RU.UTF-8"), Lang::Ru);
        assert_eq!(Lang::from_locale("C.UTF-8"), Lang::En);
        assert_eq!(Lang::from_locale("rue"), Lang::En);
    }
}
