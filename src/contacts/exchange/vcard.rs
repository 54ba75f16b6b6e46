//! People as cards: vCard 2.1, 3.0 and 4.0 are read, 4.0 is written.

use vcard::param::VcardParam;
use vcard::prop::{VcardProp, VcardPropKind, VcardPropName};
use vcard::tree::cst::VcardCst;
use vcard::tree::line::VcardLine;
use vcard::tree::value::cursor::VcardValueCursor;
use vcard::value::{VcardValue, n::VcardN, org::VcardOrg};
use vcard::vcard::Vcard;
use vcard::version::VcardVersion;

use super::text::Lines;
use super::{Fault, Found};
use crate::contacts::entered::numbered;
use crate::contacts::{Entered, Kind, Number, Owner, Sort};
use crate::error::{Error, Result};
use crate::text::tr;

/// The longest card: a photograph is part of it.
const LONGEST: usize = 32 << 20;

/// Reads cards one by one; memory does not grow with the file.
pub struct Cards {
    lines: Lines,
}

impl Cards {
    /// Of a file that has at least one card, or nothing.
    pub fn begin(lines: Lines) -> Cards {
        Cards { lines }
    }

    /// The next card. What stands between cards is not looked at.
    pub fn next(&mut self) -> Result<Option<Found>> {
        let (line, first) = loop {
            match self.lines.line()? {
                None => return Ok(None),
                Some((line, text)) if is(&text, "BEGIN:VCARD") => break (line, text),
                Some(_) => {}
            }
        };
        let mut text = first + "\r\n";
        let whole = loop {
            match self.lines.line()? {
                // A card that never ends must not take the next one with it.
                Some(begins) if is(&begins.1, "BEGIN:VCARD") => {
                    self.lines.put_back([begins].into_iter());
                    break false;
                }
                Some((_, more)) if text.len() < LONGEST => {
                    text += &more;
                    text += "\r\n";
                    if is(&more, "END:VCARD") {
                        break true;
                    }
                }
                _ => break false,
            }
        };
        let owner = match whole {
            true => read(&text),
            false => Err(Error::Usage(tr("карточка не закончена: нет END:VCARD", "the card does not end: no END:VCARD").into())),
        };
        Ok(Some(Found { line, owner: owner.map_err(|error| Fault(error.message())) }))
    }
}

fn is(line: &str, word: &str) -> bool {
    line.trim().eq_ignore_ascii_case(word)
}

fn read(card: &str) -> Result<Owner> {
    let unreadable = |error: vcard::tree::error::VcardParseError| {
        Error::Usage(tr(format!("карточка не читается: {error}"), format!("the card cannot be read: {error}")))
    };
    let mut card = VcardCst::parse(card).map_err(unreadable)?;
    let mut entered = Entered::default();
    let (mut structured, mut tel) = (String::new(), Vec::new());
    let mut sort = Sort::Contact;
    for line in &mut card.props {
        let name = line.bare_name().to_ascii_uppercase();
        let parts = parts(line);
        let text = parts.join("; ");
        let first = |field: &mut Option<String>, text: String| {
            if field.is_none() && !text.trim().is_empty() {
                *field = Some(text);
            }
        };
        match name.as_str() {
            "FN" => first(&mut entered.name, text),
            "N" => structured = name_of(&parts),
            "ORG" => first(&mut entered.company, parts.into_iter().find(|part| !part.trim().is_empty()).unwrap_or_default()),
            "TITLE" => first(&mut entered.job, text),
            "EMAIL" => first(&mut entered.email, text),
            "URL" => first(&mut entered.web, text),
            "NOTE" => first(&mut entered.notes, text),
            "KIND" | "X-ABSHOWAS" | "X-ADDRESSBOOKSERVER-KIND" if ["org", "company"].contains(&text.to_ascii_lowercase().as_str()) => {
                sort = Sort::Account;
            }
            "TEL" => tel.push((text, kind(line))),
            _ => {}
        }
    }
    entered.name = entered.name.filter(|name| !name.trim().is_empty()).or(Some(structured));
    if entered.name.as_deref().is_none_or(|name| name.trim().is_empty()) && entered.company.is_some() {
        sort = Sort::Account;
    }
    if sort == Sort::Account {
        entered.name = entered.company.take().or(entered.name);
    }
    for (text, kind) in tel {
        let number = numbered(text.trim().trim_start_matches("tel:"), sort)?;
        entered.added.push(Number { kind: kind.unwrap_or(number.kind), ..number });
    }
    let mut owner = Owner::blank(sort);
    entered.apply(&mut owner)?;
    Ok(owner)
}

/// The components of a value, whichever way the version has encoded them.
fn parts(line: &mut VcardLine<'_>) -> Vec<String> {
    let is_printable = line.params.iter().any(|param| param.name.get().eq_ignore_ascii_case("QUOTED-PRINTABLE"))
        || matches!(line.params.iter().find_map(|param| match param.decode() { VcardParam::Encoding(text) => Some(text.into_owned()), _ => None }), Some(text) if text.eq_ignore_ascii_case("QUOTED-PRINTABLE"));
    if is_printable {
        return VcardValueCursor { line }.charset().split(';').map(str::to_owned).collect();
    }
    (0..line.value.component_count()).map(|n| line.value.decode_component(n).into_owned()).collect()
}

/// Surname, first name and father's name, as they stand in a list here.
fn name_of(parts: &[String]) -> String {
    parts.iter().take(3).map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A fax at work is a fax.
fn kind(line: &VcardLine<'_>) -> Option<Kind> {
    let mut types: Vec<String> = Vec::new();
    for param in &line.params {
        match param.decode() {
            VcardParam::Type(values) => types.extend(values.iter().flat_map(|value| value.split(',')).map(str::to_ascii_lowercase)),
            // In version 2.1 the type may stand without its name.
            VcardParam::Unknown { name, values } if values.iter().all(|value| value.is_empty()) => types.push(name.to_ascii_lowercase()),
            _ => {}
        }
    }
    let by_word = [
        ("fax", Kind::Fax),
        ("cell", Kind::Mobile),
        ("iphone", Kind::Mobile),
        ("main", Kind::Main),
        ("home", Kind::Home),
        ("work", Kind::Work),
        (EXTENSION, Kind::Extension),
    ];
    by_word.into_iter().find(|(word, _)| types.iter().any(|kind| kind == word)).map(|(_, kind)| kind)
}

/// A short number has no type of its own in the standard.
const EXTENSION: &str = "x-extension";

/// One card of version 4.0.
pub fn written(owner: &Owner) -> String {
    let text = |kind, text: &str| property(kind, VcardValue::Text(text.to_owned().into()));
    let mut properties = vec![
        text(VcardPropKind::Kind, if owner.sort() == Sort::Account { "org" } else { "individual" }),
        text(VcardPropKind::Fn, owner.name()),
    ];
    let (email, web, notes) = match owner {
        Owner::Contact(one) => (&one.email, &None, &one.notes),
        Owner::Account(one) => (&one.email, &one.web, &one.notes),
    };
    match owner.sort() {
        Sort::Account => properties.push(organisation(owner.name())),
        // Which word is the surname is not known; telephones want some structured name.
        Sort::Contact => {
            let name = VcardN { given: vec![owner.name().to_owned().into()], ..VcardN::default() };
            properties.push(property(VcardPropKind::N, VcardValue::N(name)));
        }
    }
    properties.extend(owner.company().map(organisation));
    properties.extend(owner.job().map(|job| text(VcardPropKind::Title, job)));
    for number in owner.numbers() {
        let kind = match number.kind {
            Kind::Mobile => "cell",
            Kind::Extension => EXTENSION,
            kind => kind.key(),
        };
        let plus = if number.number.len() > 5 && !number.number.starts_with("sip:") { "+" } else { "" };
        let mut tel = text(VcardPropKind::Tel, &format!("{plus}{}", number.number));
        tel.params.push(VcardParam::Type(vec![kind.into()]));
        properties.push(tel);
    }
    properties.extend(email.as_deref().map(|email| text(VcardPropKind::Email, email)));
    properties.extend(
        web.as_deref().map(|web| property(VcardPropKind::Url, VcardValue::Uri(vcard::value::uri::VcardUri(web.to_owned().into())))),
    );
    properties.extend(notes.as_deref().map(|notes| text(VcardPropKind::Note, notes)));
    let card = Vcard { version: VcardVersion::V4_0, properties };
    String::from_utf8_lossy(&card.encode().to_bytes()).into_owned()
}

fn organisation(name: &str) -> VcardProp<'static> {
    property(VcardPropKind::Org, VcardValue::Org(VcardOrg(vec![name.to_owned().into()])))
}

fn property(kind: VcardPropKind, value: VcardValue<'static>) -> VcardProp<'static> {
    VcardProp { group: None, name: VcardPropName::from(kind), params: Vec::new(), value }
}
