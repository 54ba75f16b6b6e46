//! People and the numbers they are reached at.

pub mod fold;
pub mod local;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Candidate, Error, Result};
use crate::pbx::directory::User;
use crate::phone::{Dial, shown};
use crate::text::{excerpt, tr};
use local::LocalBook;

/// What a number is. The order is that in which a person is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Мобильный
    Mobile,
    /// Рабочий
    Work,
    /// Основной, of a company
    Main,
    /// Домашний
    Home,
    /// Добавочный
    Extension,
    /// Факс
    Fax,
}

/// A number of a person or company: digits with the country code, a short number, or `sip:…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Number {
    /// What it is
    pub kind: Kind,
    /// As it is dialled
    pub number: String,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// In this source
    pub id: i64,
    /// As it was entered
    pub name: String,
    /// Where the person works
    pub company: Option<String>,
    /// As what
    pub job: Option<String>,
    /// In the order in which they were entered
    pub numbers: Vec<Number>,
}

/// A person or number that WHO of the command line can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// Known people have one
    pub name: Option<String>,
    /// And perhaps a company
    pub company: Option<String>,
    /// What the number is, if it belongs to somebody
    pub kind: Option<Kind>,
    /// What is dialled
    pub dial: Dial,
}

/// Turns a name into people, and a number into its owner.
pub struct ContactBook {
    local: LocalBook,
    colleagues: Vec<User>,
}

impl Kind {
    /// For people, short: `моб.`
    pub fn word(self) -> &'static str {
        match self {
            Kind::Mobile => tr("моб.", "mobile"),
            Kind::Work => tr("раб.", "work"),
            Kind::Main => tr("осн.", "main"),
            Kind::Home => tr("дом.", "home"),
            Kind::Extension => tr("доб.", "ext."),
            Kind::Fax => tr("факс", "fax"),
        }
    }

    /// For JSON and the store.
    pub fn key(self) -> &'static str {
        match self {
            Kind::Mobile => "mobile",
            Kind::Work => "work",
            Kind::Main => "main",
            Kind::Home => "home",
            Kind::Extension => "extension",
            Kind::Fax => "fax",
        }
    }

    /// The kind of this name; an unknown one is work.
    pub fn named(key: &str) -> Kind {
        let all = [Kind::Mobile, Kind::Work, Kind::Main, Kind::Home, Kind::Extension, Kind::Fax];
        all.into_iter().find(|kind| kind.key() == key).unwrap_or(Kind::Work)
    }

    /// What a number most likely is.
    pub fn of(dial: &Dial) -> Kind {
        match dial {
            Dial::Extension(_) => Kind::Extension,
            Dial::Phone(phone) if phone.digits().starts_with("79") => Kind::Mobile,
            _ => Kind::Work,
        }
    }
}

impl Contact {
    /// What this number of the person is.
    pub fn kind_of(&self, number: &str) -> Option<Kind> {
        self.numbers.iter().find(|own| crate::phone::same_party(&own.number, number)).map(|own| own.kind)
    }
}

impl Number {
    /// As people read it. The country's code stands first: `4930123456` is Berlin here, not a city of Russia without its 7.
    pub fn shown(&self) -> String {
        stored(&self.number).map_or_else(|| shown(&self.number), |dial| dial.to_string())
    }
}

impl Callee {
    /// A number that nobody is known by.
    pub fn stranger(dial: Dial) -> Callee {
        Callee { name: None, company: None, kind: None, dial }
    }

    /// What to choose it by.
    pub fn candidate(&self) -> Candidate {
        let kind = self.kind.map(|kind| format!(" ({})", kind.word())).unwrap_or_default();
        let company = self.company.as_ref().map(|company| format!(", {company}")).unwrap_or_default();
        Candidate {
            id: self.dial.wire().to_owned(),
            name: self.name.clone().unwrap_or_default(),
            detail: format!("{}{kind}{company}", self.dial),
        }
    }
}

/// `Иванова Мария, +7 495 000-00-20 (моб.)`
impl fmt::Display for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}, ")?;
        }
        write!(f, "{}", self.dial)?;
        match self.kind {
            Some(kind) => write!(f, " ({})", kind.word()),
            None => Ok(()),
        }
    }
}

impl ContactBook {
    /// The people of the profile and the employees known from the PBX.
    pub fn new(local: LocalBook, colleagues: Vec<User>) -> ContactBook {
        ContactBook { local, colleagues }
    }

    /// The contacts themselves.
    pub fn local(&self) -> &LocalBook {
        &self.local
    }

    /// WHO of the command line, but for `@N`: a number, an extension, an address, or three letters or more of a name.
    /// Every number of every person who fits, best first; none is none.
    pub fn find(&self, who: &str) -> Result<Vec<Callee>> {
        if Dial::looks_like(who) {
            return Ok(vec![self.owner(Dial::parse(who)?)?]);
        }
        if !fold::is_fragment(who) {
            return Err(Error::ShortFragment { input: excerpt(who) });
        }
        let mut found = self.local.find(who, 50)?;
        let wanted = fold::fold(who);
        if let Some(exact) = found.iter().position(|contact| fold::fold(&contact.name) == wanted) {
            found = vec![found.swap_remove(exact)];
        }
        let mut callees: Vec<Callee> = found.into_iter().flat_map(callees).collect();
        callees.extend(self.colleagues(&wanted));
        Ok(callees)
    }

    /// The name behind a number: a contact's, else an employee's.
    pub fn name_of(&self, number: &str) -> Result<Option<String>> {
        Ok(self.local.owner(number)?.map(|contact| contact.name).or_else(|| self.colleague(number)))
    }

    /// The contact behind a number.
    pub fn contact_of(&self, number: &str) -> Result<Option<Contact>> {
        self.local.owner(number)
    }

    /// Whether the number is an employee's extension.
    pub fn is_colleague(&self, extension: &str) -> bool {
        self.colleagues.iter().any(|user| user.extension.as_deref() == Some(extension))
    }

    /// Whether the PBX was ever asked for its employees.
    pub fn has_colleagues(&self) -> bool {
        !self.colleagues.is_empty()
    }

    fn owner(&self, dial: Dial) -> Result<Callee> {
        if let Some(contact) = self.local.owner(dial.wire())? {
            let kind =
                contact.numbers.iter().find(|number| crate::phone::same_party(&number.number, dial.wire())).map(|number| number.kind);
            return Ok(Callee { name: Some(contact.name), company: contact.company, kind, dial });
        }
        let name = self.colleague(dial.wire());
        let kind = name.is_some().then_some(Kind::Extension);
        Ok(Callee { name, company: None, kind, dial })
    }

    fn colleague(&self, extension: &str) -> Option<String> {
        self.colleagues.iter().find(|user| user.extension.as_deref() == Some(extension)).and_then(|user| user.name.clone())
    }

    fn colleagues(&self, wanted: &str) -> Vec<Callee> {
        let fits = |name: &String| fold::words(wanted).all(|word| fold::fold(name).contains(word));
        let callee = |user: &User| {
            let (name, extension) = (user.name.clone().filter(fits)?, user.extension.clone()?);
            Some(Callee { name: Some(name), company: None, kind: Some(Kind::Extension), dial: Dial::Extension(extension) })
        };
        self.colleagues.iter().filter_map(callee).collect()
    }
}

/// A person as often as there are numbers to dial, in the order of their kinds.
fn callees(contact: Contact) -> Vec<Callee> {
    let mut numbers = contact.numbers;
    numbers.sort_by_key(|number| number.kind);
    let dial = |number: &Number| stored(&number.number).map(|dial| (number.kind, dial));
    let callee = |(kind, dial)| Callee { name: Some(contact.name.clone()), company: contact.company.clone(), kind: Some(kind), dial };
    numbers.iter().filter(|number| number.kind != Kind::Fax).filter_map(dial).map(callee).collect()
}

/// A number as the store has it, already checked when it was entered.
fn stored(number: &str) -> Option<Dial> {
    match number.len() > 5 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => crate::phone::Phone::from_e164(number).ok().map(Dial::Phone),
        false => Dial::parse(number).ok(),
    }
}
