//! Names of archived files: a template for them, and values from outside that stay within it.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::text::{excerpt, printable, tr};

/// The usual template: a directory a day, files in the order of the day.
pub const USUAL: &str = "{date}/{time}_{direction}_{from}_{to}_{name}.mp3";

/// What may stand in braces.
pub const FIELDS: [&str; 13] =
    ["date", "time", "direction", "from", "to", "name", "number", "employee", "employee_name", "line", "talk", "call", "recording"];

/// File systems take 255 bytes; a suffix needs some of them.
const LONGEST: usize = 200;
const LONGEST_VALUE: usize = 80;

/// How files are named, directory by directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Vec<Part>>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Field(&'static str),
}

impl Template {
    /// Reads a template. It may make directories below the archive and never leaves it.
    pub fn parse(text: &str) -> Result<Template> {
        let wrong = |why: String| Error::Usage(format!("--name «{}»: {why}", excerpt(text)));
        let outside = || wrong(tr("имя должно оставаться внутри каталога", "the name must stay below the directory").into());
        if text.contains('\\') || text.chars().any(|letter| letter.is_control()) {
            return Err(outside());
        }
        let mut directories = Vec::new();
        for component in text.split('/') {
            if matches!(component.trim(), "" | "." | "..") {
                return Err(outside());
            }
            directories.push(parts(component).map_err(wrong)?);
        }
        Ok(Template(directories))
    }

    /// The name under which a recording is kept, relative to the archive, with `/` between directories.
    pub fn name(&self, value: impl Fn(&'static str) -> String) -> String {
        self.0.iter().map(|parts| component(parts, &value)).collect::<Vec<_>>().join("/")
    }
}

fn parts(component: &str) -> std::result::Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = component;
    while let Some((before, after)) = rest.split_once('{') {
        let (field, behind) = after.split_once('}').ok_or_else(|| tr("скобка { не закрыта", "{ is not closed").to_owned())?;
        let known = FIELDS.into_iter().find(|known| *known == field).ok_or_else(|| no_such_field(field))?;
        parts.extend([Part::Text(before.to_owned()), Part::Field(known)]);
        rest = behind;
    }
    parts.push(Part::Text(rest.to_owned()));
    parts.retain(|part| *part != Part::Text(String::new()));
    Ok(parts)
}

fn no_such_field(field: &str) -> String {
    let (field, all) = (excerpt(field), FIELDS.join(", "));
    tr(format!("нет поля {{{field}}}; есть: {all}"), format!("no field {{{field}}}; there are: {all}"))
}

fn component(parts: &[Part], value: &impl Fn(&'static str) -> String) -> String {
    const BETWEEN: [char; 4] = ['_', '-', ' ', ','];
    let mut name = String::new();
    for part in parts {
        match part {
            Part::Text(text) => name += text,
            Part::Field(field) => match harmless(&value(field)) {
                // What is not known takes what parts it from the rest along.
                value if value.is_empty() => name.truncate(name.trim_end_matches(BETWEEN).len()),
                value => name += &value,
            },
        }
    }
    // A dot in front would hide it.
    let name = name.trim_start_matches(|letter| letter == '.' || BETWEEN.contains(&letter)).trim_end_matches([' ', '.']);
    let name = shortened(if name.is_empty() { "_" } else { name }, LONGEST);
    if is_reserved(&name) { format!("_{name}") } else { name }
}

/// A value without anything that parts directories, hides a file, or means something to some system.
fn harmless(value: &str) -> String {
    let plain = printable(value);
    let letters =
        plain.chars().map(|letter| if matches!(letter, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '-' } else { letter });
    let value: String = letters.filter(|letter| !letter.is_control()).collect();
    shortened(value.trim_matches([' ', '.']), LONGEST_VALUE).trim_matches([' ', '.']).to_owned()
}

/// At most so many bytes, with the extension kept.
fn shortened(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    let (stem, extension) = with_extension(name);
    let mut end = most.saturating_sub(extension.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem[..end].trim_end())
}

/// Names of devices, which some systems open instead of a file.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered =
        |word: &str| stem.strip_prefix(word).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// `a/b` and `.mp3`; an extension is short.
fn with_extension(name: &str) -> (&str, &str) {
    let at = name.rfind('.').filter(|at| *at > 0 && name.len() - at <= 6 && !name[*at..].contains('/'));
    name.split_at(at.unwrap_or(name.len()))
}

/// The same name with a mark of its own, which the recording alone decides.
pub fn marked(name: &str, recording_id: &str) -> String {
    let (stem, extension) = with_extension(name);
    format!("{stem}_{}{extension}", mark(recording_id, 3))
}

/// A part of a recording's digest, so many bytes of it, as hex.
pub fn mark(recording_id: &str, bytes: usize) -> String {
    let digest = Sha256::digest(recording_id.as_bytes());
    digest.iter().take(bytes).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether a name of the manifest stays below the archive: somebody may have edited it.
pub fn is_inside(name: &str) -> bool {
    use std::path::{Component, Path};
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(template: &str, name: &str) -> String {
        Template::parse(template).unwrap().name(|field| match field {
            "date" => "2026-01-14".into(),
            "time" => "12-30-00".into(),
            "direction" => "incoming".into(),
            "from" => "74950000020".into(),
            "to" => "101".into(),
            "name" => name.into(),
            _ => String::new(),
        })
    }

    #[test]
    fn the_usual_name_tells_when_and_who() {
        assert_eq!(named(USUAL, "Иванова Мария"), "2026-01-14/12-30-00_incoming_74950000020_101_Иванова Мария.mp3");
        assert_eq!(named(USUAL, ""), "2026-01-14/12-30-00_incoming_74950000020_101.mp3", "nobody leaves no trace");
        assert_eq!(named("{line}/{name}", ""), "_/_");
        assert_eq!(named("{name}_{to}.mp3", ""), "101.mp3");
    }

    #[test]
    fn names_from_outside_stay_where_they_are_put() {
        for (name, kept) in [
            ("../../etc/passwd", "etc-passwd"),
            ("a/b\\c:d", "a-b-c-d"),
            ("\u{1b}[31mИванов\u{7}\u{202e}\n", "[31mИванов"),
            ("..", "_"),
            (".bashrc", "bashrc"),
            ("NUL", "_NUL"),
            ("com7", "_com7"),
            ("a\0b", "ab"),
            ("trailing. . ", "trailing"),
        ] {
            assert_eq!(named("{name}", name), kept, "{name:?}");
        }
        let long = named("{date}/{name}.mp3", &"Ж".repeat(5000));
        assert!(long.len() < 220 && long.ends_with("Ж.mp3"), "{long}");
    }

    #[test]
    fn a_template_may_not_leave_the_directory_and_knows_its_fields() {
        for bad in ["", "/x", "x/", "../{name}", "a/../b", "a//b", "./a", "C:\\x", "{nonsense}", "{name", "a\nb"] {
            assert!(matches!(Template::parse(bad), Err(Error::Usage(_))), "{bad}");
        }
        assert!(Template::parse("{nope}").unwrap_err().message().contains("employee_name"));
        assert!(Template::parse("архив {date}/{time} {name}.mp3").is_ok());
    }

    #[test]
    fn two_that_would_be_one_are_told_apart() {
        let (one, other) = (marked("d/a.mp3", "R1"), marked("d/a.mp3", "R2"));
        assert!(one != other && one.starts_with("d/a_") && one.ends_with(".mp3"), "{one}");
        assert_eq!(marked("d.x/a", "R1"), format!("d.x/a_{}", mark("R1", 3)));
        assert_eq!(marked("d/a.mp3", "R1"), one, "always the same");
    }

    proptest! {
        #[test]
        fn whatever_a_person_is_called_the_file_is_one_and_inside(name in any::<String>(), template in "[a-z{}/. _-]{0,20}") {
            let file = named(USUAL, &name);
            prop_assert!(is_inside(&file) && file.split('/').count() == 2, "{file:?}");
            prop_assert!(!file.chars().any(char::is_control));
            prop_assert!(file.split('/').all(|part| part.len() <= 205 && !part.starts_with('.')));
            if let Ok(template) = Template::parse(&template) {
                let file = template.name(|_| name.clone());
                prop_assert!(is_inside(&file), "{file:?}");
            }
        }
    }
}
