//! Turns a name into people, and a number into its owner, from the profile's file alone: no command waits for a server here.

use std::fmt;

use super::file::PeopleFile;
use super::{Kind, Number, Owner, fold};
use crate::error::{Candidate, Error, Result};
use crate::pbx::directory::User;
use crate::phone::Dial;
use crate::text::excerpt;

/// How many people a name of the command line may mean.
const MOST: usize = 50;

/// A person, company or number that WHO of the command line can mean.
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

/// The people of the profile and the employees known from the PBX.
pub struct ContactBook {
    people: PeopleFile,
    colleagues: Vec<User>,
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
    /// The people of a file, and the employees.
    pub fn new(people: PeopleFile, colleagues: Vec<User>) -> ContactBook {
        ContactBook { people, colleagues }
    }

    /// The people themselves.
    pub fn people(&self) -> &PeopleFile {
        &self.people
    }

    /// WHO of the command line, but for `@N`: a number, an extension, an address, or three letters or more of a name.
    /// Every number of everybody who fits, best first; none is none.
    pub fn find(&self, who: &str) -> Result<Vec<Callee>> {
        if Dial::looks_like(who) {
            return Ok(vec![self.owner(Dial::parse(who)?)?]);
        }
        if !fold::is_fragment(who) {
            return Err(Error::ShortFragment { input: excerpt(who) });
        }
        let mut found = self.people.find(who, None, MOST)?;
        let wanted = fold::fold(who);
        if let Some(exact) = found.iter().position(|owner| fold::fold(owner.name()) == wanted) {
            found = vec![found.swap_remove(exact)];
        }
        let mut callees: Vec<Callee> = found.iter().flat_map(callees).collect();
        // A CRM has the employees among its people.
        let colleagues: Vec<Callee> =
            self.colleagues(&wanted).into_iter().filter(|colleague| callees.iter().all(|known| known.dial != colleague.dial)).collect();
        callees.extend(colleagues);
        Ok(callees)
    }

    /// The name behind a number: a person's or a company's, else an employee's.
    pub fn name_of(&self, number: &str) -> Result<Option<String>> {
        Ok(self.people.owner(number)?.map(|owner| owner.name().to_owned()).or_else(|| self.colleague(number)))
    }

    /// The person or company behind a number.
    pub fn owner_of(&self, number: &str) -> Result<Option<Owner>> {
        self.people.owner(number)
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
        if let Some(owner) = self.people.owner(dial.wire())? {
            let kind = owner.kind_of(dial.wire());
            return Ok(Callee { name: Some(owner.name().into()), company: owner.company().map(str::to_owned), kind, dial });
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

/// Somebody as often as there are numbers to dial, in the order of their kinds.
fn callees(owner: &Owner) -> Vec<Callee> {
    let mut numbers: Vec<&Number> = owner.numbers().iter().filter(|number| number.kind != Kind::Fax).collect();
    numbers.sort_by_key(|number| number.kind);
    let callee = |number: &Number| {
        let company = owner.company().map(str::to_owned);
        Some(Callee { name: Some(owner.name().into()), company, kind: Some(number.kind), dial: number.dial()? })
    };
    numbers.into_iter().filter_map(callee).collect()
}
