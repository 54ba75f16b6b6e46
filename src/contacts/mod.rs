//! People, companies and the numbers they are reached at.

pub mod addressbook;
pub mod book;
pub mod bpmsoft;
pub mod entered;
pub mod exchange;
pub mod file;
pub mod fold;
pub mod local;
pub mod place;
pub mod source;

use serde::{Deserialize, Serialize};

use crate::phone::{Dial, Phone, same_party, shown};
use crate::text::tr;

pub use book::{Callee, ContactBook};
pub use entered::Entered;
pub use file::{Import, PeopleFile};
pub use source::ContactSource;

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

/// A person. Ids are the source's own: the row in our file, a GUID in BPMSoft, `contact_id` in the PBX's address book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// In this source
    pub id: String,
    /// As it was entered
    pub name: String,
    /// Where the person works
    pub company: Option<String>,
    /// Id of that company, when the source has it
    pub account: Option<String>,
    /// As what
    pub job: Option<String>,
    /// Where to write
    pub email: Option<String>,
    /// Whatever else is to be known
    pub notes: Option<String>,
    /// In the order in which they were entered
    pub numbers: Vec<Number>,
}

/// A company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// In this source
    pub id: String,
    /// As it was entered
    pub name: String,
    /// Where to write
    pub email: Option<String>,
    /// Its site
    pub web: Option<String>,
    /// Whatever else is to be known
    pub notes: Option<String>,
    /// In the order in which they were entered
    pub numbers: Vec<Number>,
}

/// Who has a number: a person or a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Owner {
    /// A person
    Contact(Contact),
    /// A company
    Account(Account),
}

/// What somebody is. Where it may be left out, both are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// A person
    Contact,
    /// A company
    Account,
}

/// Something to be done, or done, with a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// In this source
    pub id: String,
    /// What
    pub title: String,
    /// By when, Unix seconds
    #[serde(serialize_with = "crate::time::moment")]
    pub due: Option<i64>,
    /// Who is to do it
    pub owner: Option<String>,
    /// With whom
    pub contact: Option<Named>,
    /// For which company
    pub account: Option<Named>,
    /// The call it came from: its `entry_id`
    pub call: Option<String>,
    /// Whether it is done
    pub done: bool,
    /// What came of it
    pub result: Option<String>,
    /// In detail
    pub text: Option<String>,
}

/// A reference to something of the source, with what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// In the source
    pub id: String,
    /// For people
    pub name: String,
}

/// One of the results that a call may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// In the source
    pub id: String,
    /// For people
    pub name: String,
}

/// What a call may be joined to beside people, companies and activities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objects {
    /// Whatever is named
    Any,
    /// These alone: `Lead`, `Opportunity`, …
    These(Vec<String>),
}

/// Which activities to list. Empty lists all.
#[derive(Clone, Debug, Default)]
pub struct ActivityFilter {
    /// Only those that are not done
    pub open: bool,
    /// Only those of this owner
    pub owner: Option<String>,
    /// Only those with this person, by id
    pub contact: Option<String>,
    /// Only those for this company, by id
    pub account: Option<String>,
    /// Only those that came of this call, by `entry_id`
    pub call: Option<String>,
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

    /// Whether two records with such a number tell of the same person or company: colleagues share the office's, but not a mobile.
    pub fn is_own(self, sort: Sort) -> bool {
        match sort {
            Sort::Contact => matches!(self, Kind::Mobile | Kind::Home),
            Sort::Account => !matches!(self, Kind::Extension | Kind::Fax),
        }
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

impl Number {
    /// As people read it. The country's code stands first: `4930123456` is Berlin here, not a city of Russia without its 7.
    pub fn shown(&self) -> String {
        self.dial().map_or_else(|| shown(&self.number), |dial| dial.to_string())
    }

    /// As it was checked when it was entered.
    pub fn dial(&self) -> Option<Dial> {
        match self.number.len() > 5 && self.number.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Phone::from_e164(&self.number).ok().map(Dial::Phone),
            false => Dial::parse(&self.number).ok(),
        }
    }
}

impl Sort {
    /// As in JSON, in links and in the store.
    pub fn key(self) -> &'static str {
        match self {
            Sort::Contact => "contact",
            Sort::Account => "account",
        }
    }

    /// Both when none is asked for, persons first.
    pub fn among(sort: Option<Sort>) -> &'static [Sort] {
        match sort {
            None => &[Sort::Contact, Sort::Account],
            Some(Sort::Contact) => &[Sort::Contact],
            Some(Sort::Account) => &[Sort::Account],
        }
    }
}

impl Owner {
    /// Somebody of whom nothing is known yet.
    pub fn blank(sort: Sort) -> Owner {
        match sort {
            Sort::Contact => Owner::Contact(Contact::default()),
            Sort::Account => Owner::Account(Account::default()),
        }
    }

    /// Person or company.
    pub fn sort(&self) -> Sort {
        match self {
            Owner::Contact(_) => Sort::Contact,
            Owner::Account(_) => Sort::Account,
        }
    }

    /// In its source.
    pub fn id(&self) -> &str {
        match self {
            Owner::Contact(contact) => &contact.id,
            Owner::Account(account) => &account.id,
        }
    }

    /// As it was entered.
    pub fn name(&self) -> &str {
        match self {
            Owner::Contact(contact) => &contact.name,
            Owner::Account(account) => &account.name,
        }
    }

    /// Where a person works; a company works nowhere.
    pub fn company(&self) -> Option<&str> {
        match self {
            Owner::Contact(contact) => contact.company.as_deref(),
            Owner::Account(_) => None,
        }
    }

    /// Id of that company.
    pub fn account(&self) -> Option<&str> {
        match self {
            Owner::Contact(contact) => contact.account.as_deref(),
            Owner::Account(_) => None,
        }
    }

    /// As what a person works.
    pub fn job(&self) -> Option<&str> {
        match self {
            Owner::Contact(contact) => contact.job.as_deref(),
            Owner::Account(_) => None,
        }
    }

    /// In the order in which they were entered.
    pub fn numbers(&self) -> &[Number] {
        match self {
            Owner::Contact(contact) => &contact.numbers,
            Owner::Account(account) => &account.numbers,
        }
    }

    /// The same, to be changed.
    pub fn numbers_mut(&mut self) -> &mut Vec<Number> {
        match self {
            Owner::Contact(contact) => &mut contact.numbers,
            Owner::Account(account) => &mut account.numbers,
        }
    }

    /// What this number of the person or company is.
    pub fn kind_of(&self, number: &str) -> Option<Kind> {
        self.numbers().iter().find(|own| same_party(&own.number, number)).map(|own| own.kind)
    }

    /// With this id instead.
    pub fn with_id(mut self, new: impl Into<String>) -> Owner {
        match &mut self {
            Owner::Contact(Contact { id, .. }) | Owner::Account(Account { id, .. }) => *id = new.into(),
        }
        self
    }
}
