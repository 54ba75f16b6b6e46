//! What can be dialled: phone numbers, extensions, SIP addresses, and how they are read and shown.

mod written;

use std::fmt;
use std::str::FromStr;

use self::written::Written;
use crate::error::{Error, NumberFault, Result};
use crate::text::{excerpt, printable, tr};

/// The most the PBX takes for a number or an address (vpbx-core §4.1).
const PBX_BYTES: usize = 128;

/// A phone number in E.164: country code first, 7–15 digits, without `+`.
///
/// An extension written after it («доб. 101») is kept beside the digits: it is shown, but not sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone {
    digits: String,
    extension: Option<String>,
}

impl Phone {
    /// Reads a number as people in Russia write it: `8…`, `7…` and ten digits are `+7…`; `810…`, `00…` and `+…` are international.
    pub fn parse(text: &str) -> Result<Phone> {
        Written::read(text).ok_or(NumberFault::NotANumber).and_then(Phone::of).map_err(|fault| refused(text, fault))
    }

    /// Reads what [`Phone::digits`] gave, without guessing: `4722334455` is Norway here, and Belgorod for [`Phone::parse`].
    pub fn from_e164(digits: &str) -> Result<Phone> {
        let of = |digits: &str| if digits.bytes().all(|b| b.is_ascii_digit()) { e164(digits) } else { Err(NumberFault::NotANumber) };
        let digits = of(digits).map_err(|fault| refused(digits, fault))?;
        Ok(Phone { digits, extension: None })
    }

    fn of(written: Written) -> Result<Phone, NumberFault> {
        let digits = e164(&with_country_code(&written)?)?;
        Ok(Phone { digits, extension: written.extension })
    }

    /// Digits with the country code, as they go to the PBX: `74950000020`.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The digits by which a caller is identified: the same for `+7…` and `8…`. Fewer than ten in small countries.
    pub fn last10(&self) -> &str {
        &self.digits[self.digits.len().saturating_sub(10)..]
    }

    /// What to dial after the answer, as it was written after the number: 1–7 digits.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// ISO 3166 code, `RU`; none for international freephone and satellites.
    pub fn country(&self) -> Option<&'static str> {
        phonelib::extract_country(&format!("+{}", self.digits)).map(|country| country.code).filter(|&code| code != "001")
    }

    /// Whether it is a number of Russia; Kazakhstan shares `+7` and is not.
    pub fn is_russian(&self) -> bool {
        self.country() == Some("RU")
    }
}

impl FromStr for Phone {
    type Err = Error;

    fn from_str(text: &str) -> Result<Phone> {
        Phone::parse(text)
    }
}

impl fmt::Display for Phone {
    /// `+7 495 000-00-20`, `+375 291 234 567`, `+7 495 000-00-20 ext. 101`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spaced(&self.digits))?;
        match &self.extension {
            Some(extension) => write!(f, " {} {extension}", tr("доб.", "ext.")),
            None => Ok(()),
        }
    }
}

fn spaced(digits: &str) -> String {
    let plus = format!("+{digits}");
    match digits.strip_prefix('7') {
        Some(d) if d.len() == 10 => format!("+7 {} {}-{}-{}", &d[..3], &d[3..6], &d[6..8], &d[8..]),
        _ => phonelib::format_phone_number(&plus, phonelib::PhoneFormat::International).unwrap_or(plus),
    }
}

/// What can be dialled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Dial {
    /// An employee's or a group's short number: 1–5 digits, leading zeros kept. Emergency numbers have this shape too.
    Extension(String),
    /// A number of the public network.
    Phone(Phone),
    /// `sip:user@host`, 128 bytes at most.
    Sip(String),
}

impl Dial {
    /// Whether a text is meant as something to dial rather than as a name. What is meant may still be wrong: `*55`, `sip:`.
    pub fn looks_like(text: &str) -> bool {
        is_sip(text.trim()) || written::is_meant_as_number(text)
    }

    /// Reads digits with any punctuation, or a SIP address.
    pub fn parse(text: &str) -> Result<Dial> {
        let read = match text.trim() {
            address if is_sip(address) => sip(address),
            _ => Written::read(text).ok_or(NumberFault::NotANumber).and_then(Dial::of),
        };
        read.map_err(|fault| refused(text, fault))
    }

    fn of(written: Written) -> Result<Dial, NumberFault> {
        if written.digits.len() <= 5 && !written.plus && written.extension.is_none() {
            return Ok(Dial::Extension(written.digits));
        }
        Phone::of(written).map(Dial::Phone)
    }

    /// What is sent to the PBX: `101`, `74950000020`, `sip:user@host`.
    pub fn wire(&self) -> &str {
        match self {
            Dial::Extension(digits) => digits,
            Dial::Phone(phone) => phone.digits(),
            Dial::Sip(address) => address,
        }
    }

    /// Whether the public network takes it for an emergency service in Russia: 112, 101–104, 01–04, and 911, which mobile
    /// operators pass to 112. 999 is not one here. A company may have an employee 101: whoever calls this knows.
    pub fn is_emergency(&self) -> bool {
        matches!(self, Dial::Extension(digits) if matches!(digits.as_str(),
            "112" | "911" | "101" | "102" | "103" | "104" | "01" | "02" | "03" | "04"))
    }
}

impl FromStr for Dial {
    type Err = Error;

    fn from_str(text: &str) -> Result<Dial> {
        Dial::parse(text)
    }
}

impl fmt::Display for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dial::Phone(phone) => phone.fmt(f),
            Dial::Extension(text) | Dial::Sip(text) => f.write_str(text),
        }
    }
}

/// Whether two numbers, however written, are one party's: by the last ten digits, so extensions only when they are equal.
/// SIP addresses are compared without regard to case; two callers called `anonymous` are nobody's number.
pub fn same_party(a: &str, b: &str) -> bool {
    match (compared(a), compared(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => is_sip(a.trim()) && a.trim().eq_ignore_ascii_case(b.trim()),
        _ => false,
    }
}

fn compared(number: &str) -> Option<String> {
    let digits = Written::read(number)?.digits;
    Some(digits[digits.len().saturating_sub(10)..].to_owned())
}

/// What a party is recognised by, the same for every way of writing its number: the last ten digits, so that `+7…` and `8…`
/// are one; short numbers as they are; addresses in lower case. The key under which journal and contacts keep numbers.
pub fn recognised_by(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        _ if is_sip(number) => number.to_lowercase(),
        0 => number.to_lowercase(),
        1..=10 => digits,
        long => digits[long - 10..].to_owned(),
    }
}

/// One of the company's own numbers as its list of lines has it, however an event or a person writes it: `84950000010` and
/// `+7 495 000-00-10` are `74950000010`; addresses stay (field notes).
pub fn as_listed(number: &str) -> String {
    if is_sip(number.trim()) {
        return number.trim().to_owned();
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0 => number.trim().to_owned(),
        10 => format!("7{digits}"),
        11 if digits.starts_with('8') => format!("7{}", &digits[1..]),
        _ => digits,
    }
}

/// A number from the PBX or a CRM as people read it: `74950000020` is `+7 495 000-00-20`; anything else stays, made safe for a terminal.
pub fn shown(number: &str) -> String {
    match sent(number) {
        Some(phone) => phone.to_string(),
        None => printable(number).into_owned(),
    }
}

/// Digits alone have the country code first, unless they are as dialled in Russia: ten digits, an 8 and ten, or `810…`.
/// Seven and fewer are a short number, or a city's own.
fn sent(number: &str) -> Option<Phone> {
    if number.len() <= 7 {
        return None;
    }
    let russian = number.len() == 10 || (number.len() == 11 && number.starts_with('8')) || number.starts_with("810");
    let parsed = if russian { Phone::parse(number) } else { Phone::from_e164(number).or_else(|_| Phone::parse(number)) };
    parsed.ok()
}

/// The digits with a country code in front, whatever stood there.
fn with_country_code(written: &Written) -> Result<String, NumberFault> {
    let digits = written.digits.as_str();
    match digits.len() {
        129.. => Err(NumberFault::TooLongForThePbx),
        11 if written.lone_eight => Err(NumberFault::UnknownCountry),
        _ if written.plus => Ok(digits.into()),
        6.. if digits.starts_with("00") => Ok(digits[2..].into()),
        6 | 7 => Err(NumberFault::NoAreaCode),
        10.. if digits.starts_with("810") => Ok(digits[3..].into()),
        ..=9 => Err(NumberFault::TooShort),
        10 => Ok(format!("7{digits}")),
        11 if digits.starts_with('8') => Ok(format!("7{}", &digits[1..])),
        // One digit too many after an 8 is a slip of the finger far more often than a call to Vietnam without a plus.
        12 if digits.starts_with('8') => Err(NumberFault::TooLong),
        _ => Ok(digits.into()),
    }
}

/// Checks the country code and the length that country uses; takes out a trunk prefix left inside, as in `+44 (0)20…`.
fn e164(digits: &str) -> Result<String, NumberFault> {
    if digits.starts_with('0') {
        return Err(NumberFault::UnknownCountry);
    }
    let plus = phonelib::try_normalize_phone_number(&format!("+{digits}")).map_err(|fault| fault_of(fault, digits))?;
    let normal = &plus[1..];
    match normal.len() {
        ..7 => Err(NumberFault::TooShort),
        // phonelib knows fourteen-digit numbers of Russia, which nobody dials.
        12.. if normal.starts_with('7') => Err(NumberFault::TooLong),
        _ => Ok(normal.to_owned()),
    }
}

fn fault_of(fault: phonelib::ParseError, digits: &str) -> NumberFault {
    use phonelib::ParseError::*;
    match fault {
        TooLong => NumberFault::TooLong,
        TooShort => NumberFault::TooShort,
        UnknownCountryCode => NumberFault::UnknownCountry,
        InvalidLength if digits.len() > longest(digits) => NumberFault::TooLong,
        InvalidLength => NumberFault::TooShort,
        _ => NumberFault::NotANumber,
    }
}

/// The most digits a number with this country code has.
fn longest(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 11,
        _ => (1..=3).filter_map(|code| longest_after(digits, code)).next().unwrap_or(15),
    }
}

fn longest_after(digits: &str, code: usize) -> Option<usize> {
    let countries = phonelib::countries_by_calling_code(digits.get(..code)?.parse().ok()?);
    let national = countries.iter().flat_map(|country| country.phone_lengths).max()?;
    Some(code + usize::from(*national))
}

fn is_sip(text: &str) -> bool {
    text.as_bytes().get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"sip:"))
}

fn sip(address: &str) -> Result<Dial, NumberFault> {
    let address = &address[4..];
    let (user, host) = address.split_once('@').ok_or(NumberFault::NotANumber)?;
    // SIP addresses are ASCII (RFC 3261 §25.1); brackets and quotes would make a second address out of one.
    let fit = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\,@".contains(&b));
    match fit(user) && fit(host) && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') {
        false => Err(NumberFault::NotANumber),
        true if "sip:".len() + address.len() > PBX_BYTES => Err(NumberFault::TooLongForThePbx),
        true => Ok(Dial::Sip(format!("sip:{address}"))),
    }
}

fn refused(text: &str, fault: NumberFault) -> Error {
    Error::Number { input: excerpt(text), fault }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{Lang, set_lang};
    use NumberFault::*;

    fn wire(text: &str) -> String {
        Dial::parse(text).map_or_else(|fault| format!("{fault:?}"), |dial| dial.wire().to_owned())
    }

    fn fault(text: &str) -> NumberFault {
        match Dial::parse(text) {
            Err(Error::Number { fault, .. }) => fault,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, digits) in [
            ("8 (495) 123-45-67", "74951234567"),
            ("74951234567", "74951234567"),
            ("4951234567", "74951234567"),
            ("+7 916 123-45-67", "79161234567"),
            ("(+7) 916 123-45-67", "79161234567"),
            ("+7 (8) 916 123-45-67", "79161234567"),
            ("8 800 555 35 35", "78005553535"),
            ("88123456789", "78123456789"),
            ("810 375 29 1234567", "375291234567"),
            ("0049 30 123456", "4930123456"),
            ("+44 (0)20 7946 0958", "442079460958"),
            ("+1 202 555-0173", "12025550173"),
            ("+86 138 1234 5678", "8613812345678"),
            ("8613812345678", "8613812345678"),
            ("+81 3 1234 5678", "81312345678"),
            ("+7 727 123-45-67", "77271234567"),
            ("8 (495) 123-45-67 доб. 101", "74951234567"),
            ("8 (495) 123-45-67, доб.101", "74951234567"),
            ("8 (495) 123-45-67 (вн. 101)", "74951234567"),
            ("+74951234567 ext 12", "74951234567"),
            ("+74951234567#12", "74951234567"),
            ("+74951234567,12", "74951234567"),
            ("tel:+74951234567;ext=12", "74951234567"),
            ("тел. 8-916-123-45-67", "79161234567"),
            ("Моб. тел.: 8-916-123-45-67", "79161234567"),
            ("８（４９５）１２３－４５－６７", "74951234567"),
            ("٨٤٩٥١٢٣٤٥٦٧", "74951234567"),
            ("\u{202a}+7\u{a0}495\u{2011}123—45–67\u{202c}\n", "74951234567"),
            ("101", "101"),
            ("0012", "0012"),
            ("доб. 101", "101"),
            ("1-01", "101"),
            ("112", "112"),
            ("99999", "99999"),
            ("sip:user@domain", "sip:user@domain"),
            (" SIP:User101@demo.mangosip.ru ", "sip:User101@demo.mangosip.ru"),
            ("sip:a@[::1]:5060;transport=tcp", "sip:a@[::1]:5060;transport=tcp"),
        ] {
            assert_eq!(wire(text), digits, "{text}");
            assert!(Dial::looks_like(text), "{text}");
        }
    }

    #[test]
    fn a_wrong_number_says_what_is_wrong() {
        let long_address = format!("sip:{}@demo.ru", "a".repeat(120));
        for (text, expected) in [
            ("", NotANumber),
            ("Иванов", NotANumber),
            ("*55", NotANumber),
            ("*55#", NotANumber),
            ("#31#84951234567", NotANumber),
            ("8 495 123-45-67 Иван", NotANumber),
            ("8 495 123-45-67, 8 916 123-45-67", NotANumber),
            ("8 495 123-45-67:095", NotANumber),
            ("8 495 + 123-45-67", NotANumber),
            ("++74951234567", NotANumber),
            ("1-800-FLOWERS", NotANumber),
            ("123-45-67", NoAreaCode),
            ("123456", NoAreaCode),
            ("+101", TooShort),
            ("12345678", TooShort),
            ("101 доб. 5", TooShort),
            ("+7 495 123-45-6", TooShort),
            ("8 (495) 123-45-678", TooLong),
            ("+7 495 123-45-678", TooLong),
            ("+74951234567890", TooLong),
            ("+1 202 555-01734", TooLong),
            ("+8 (495) 123-45-67", UnknownCountry),
            ("+8 916 123-45-67", UnknownCountry),
            ("+0049 30 123456", UnknownCountry),
            ("0 495 123-45-67", UnknownCountry),
            ("+999 123 456 789", UnknownCountry),
            ("+1 111 111 1111", NotANumber),
            ("sip:", NotANumber),
            ("sip:@host", NotANumber),
            ("sip:user@", NotANumber),
            ("sip:us er@host", NotANumber),
            ("sip:user@host\u{1b}[2J", NotANumber),
            ("sip:a@b@c", NotANumber),
            (&long_address, TooLongForThePbx),
            (&"1".repeat(10_000), TooLongForThePbx),
            ("\u{202e}74951234567", NotANumber),
            ("8\u{200f}4951234567", NotANumber),
            ("☎8 495 123-45-67", NotANumber),
            ("8495\u{0}1234567", NotANumber),
        ] {
            assert_eq!(fault(text), expected, "{text}");
        }
    }

    #[test]
    fn a_plus_before_eight_is_a_slip_only_where_the_eight_stands_apart() {
        assert_eq!(wire("+84951234567"), "84951234567");
        assert_eq!(wire("+82 10 1234 5678"), "821012345678");
        assert_eq!(fault("+8-495-123-45-67"), UnknownCountry);
    }

    #[test]
    fn the_complaint_is_short_and_safe_for_a_terminal() {
        for text in ["x".repeat(1 << 20), "\u{1b}[2J\u{202e}9".repeat(10_000), "9".repeat(1 << 20)] {
            let said = Dial::parse(&text).unwrap_err().message();
            assert!(said.chars().count() < 100, "{said}");
            assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
        }
    }

    #[test]
    fn a_name_is_not_taken_for_a_number() {
        for name in ["", "Иванов", "3М", "1С", "X5", "Т2", "Tele2", "Фабрика 7", "8 чудес", "@3", "sip", "+", "( )", "Дом 5", "доб. отдел"]
        {
            assert!(!Dial::looks_like(name), "{name}");
        }
        for number in ["*55", "#31#", "+7", "доб. 101", "тел. 5", "123-45-67", "8 495 123 45 67 доб. 1", "sip:"] {
            assert!(Dial::looks_like(number), "{number}");
        }
    }

    #[test]
    fn an_extension_after_the_number_is_kept_beside_it() {
        let phone = Phone::parse("8 495 000-00-20 доб. 0101").unwrap();
        assert_eq!((phone.digits(), phone.extension()), ("74950000020", Some("0101")));
        assert_eq!(phone.to_string(), "+7 495 000-00-20 ext. 0101");
        set_lang(Lang::Ru);
        assert_eq!(phone.to_string(), "+7 495 000-00-20 доб. 0101");
        assert_eq!(Phone::parse(&phone.to_string()).unwrap(), phone);
        set_lang(Lang::En);
    }

    #[test]
    fn countries_are_told_apart() {
        let country = |text| Phone::parse(text).unwrap().country();
        assert_eq!(country("8 495 123-45-67"), Some("RU"));
        assert_eq!(country("+7 727 123-45-67"), Some("KZ"));
        assert_eq!(country("810 375 29 1234567"), Some("BY"));
        assert_eq!(country("+800 1234 5678"), None);
        assert!(Phone::parse("88005553535").unwrap().is_russian());
        assert!(!Phone::parse("+77271234567").unwrap().is_russian());
    }

    #[test]
    fn emergency_numbers_are_recognised() {
        for number in ["112", "1-1-2", "101", "102", "103", "104", "01", "04", "911"] {
            assert!(Dial::parse(number).unwrap().is_emergency(), "{number}");
        }
        for number in ["999", "105", "1", "1120", "00", "84951234567", "sip:112@host"] {
            assert!(!Dial::parse(number).unwrap().is_emergency(), "{number}");
        }
    }

    #[test]
    fn one_party_is_recognised_however_it_is_written() {
        for (a, b) in [
            ("+7 495 000-00-20", "84950000020"),
            ("4950000020", "74950000020"),
            ("101", "101"),
            ("SIP:a@b", "sip:a@b"),
            ("доб. 101", "101"),
        ] {
            assert!(same_party(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("101", "74950000101"),
            ("101", "0101"),
            ("", ""),
            ("anonymous", "anonymous"),
            ("", "101"),
            ("sip:101@b", "101"),
            ("0000020", "74950000020"),
        ] {
            assert!(!same_party(a, b), "{a} {b}");
        }
    }

    #[test]
    fn numbers_from_the_pbx_are_shown_to_people() {
        for (sent, expected) in [
            ("74950000020", "+7 495 000-00-20"),
            ("84950000020", "+7 495 000-00-20"),
            ("4950000020", "+7 495 000-00-20"),
            ("88005553535", "+7 800 555-35-35"),
            ("+74950000020", "+7 495 000-00-20"),
            ("375291234567", "+375 291 234 567"),
            ("821012345678", "+82 101 234 5678"),
            ("810375291234567", "+375 291 234 567"),
            ("12025550173", "+1 202 555 0173"),
            ("101", "101"),
            ("4912345", "4912345"),
            ("sip:user101@demo.mangosip.ru", "sip:user101@demo.mangosip.ru"),
            ("anonymous\u{1b}[31m", "anonymous[31m"),
            ("", ""),
        ] {
            assert_eq!(shown(sent), expected, "{sent}");
        }
    }

    /// Numbers that exist by their country and length.
    fn phone() -> impl Strategy<Value = Phone> {
        let valid = prop_oneof!["7[3489][0-9]{9}", "375[0-9]{9}", "1[2-9][0-9]{2}[2-9][0-9]{6}", "[1-9][0-9]{6,14}"];
        valid.prop_filter_map("no such number", |digits| Phone::from_e164(&digits).ok())
    }

    /// The digits with punctuation after any of them.
    fn punctuated(digits: &str, marks: &[&str]) -> String {
        digits.chars().zip(marks.iter().cycle()).map(|(digit, mark)| format!("{digit}{mark}")).collect()
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(phone in phone()) {
            prop_assert_eq!(Phone::parse(&phone.to_string()).unwrap(), phone.clone());
            prop_assert_eq!(Phone::from_e164(phone.digits()).unwrap(), phone);
        }

        #[test]
        fn what_is_sent_is_read_back_where_no_russian_number_looks_the_same(phone in phone()) {
            let digits = phone.digits();
            prop_assume!(digits.len() > 10 && !(digits.starts_with('8') && digits.len() < 13) && !digits.starts_with("810"));
            prop_assert_eq!(Dial::parse(digits).unwrap(), Dial::Phone(phone));
        }

        #[test]
        fn russian_numbers_are_one_however_they_begin(national in "[3489][0-9]{9}", start in "(\\+7|7|8|)") {
            prop_assume!(!(start.is_empty() && national.starts_with("810")));
            prop_assume!(!(start == "8" && national.starts_with("10")));
            prop_assert_eq!(wire(&format!("{start}{national}")), format!("7{national}"));
        }

        #[test]
        fn punctuation_changes_nothing(
            phone in phone(),
            marks in prop::collection::vec(prop::sample::select(vec!["", "", " ", "-", ".", ") ", " (", "\u{a0}", "\u{2011}", " — ", "/"]), 1..9),
        ) {
            let digits = phone.digits();
            prop_assume!(!(digits.starts_with('8') && digits.len() == 11));
            prop_assert_eq!(Phone::parse(&format!("+{}", punctuated(digits, &marks))).unwrap(), phone.clone());
            prop_assert_eq!(Dial::parse(&punctuated(digits, &marks)).ok(), Dial::parse(digits).ok());
        }

        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let _ = (Dial::parse(&text), Dial::looks_like(&text), shown(&text), same_party(&text, "101"), Phone::from_e164(&text));
        }

        #[test]
        fn whatever_can_be_dialled_looks_like_it(text in "(sip:|тел\\. ?|\\+|)[0-9() .,:=;#*+х-]{1,16}( ?(доб|ext)\\.? ?)?[0-9]{0,3}(@a)?") {
            if let Ok(dial) = Dial::parse(&text) {
                prop_assert!(Dial::looks_like(&text), "{}", text);
                prop_assert!(dial.wire().len() <= PBX_BYTES && !dial.to_string().is_empty());
            }
        }
    }
}
