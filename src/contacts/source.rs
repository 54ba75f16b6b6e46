//! Where people are kept: one of a known few places, chosen per profile.

use super::addressbook::AddressBook;
use super::bpmsoft::Crm;
use super::local::LocalBook;
use super::place::Place;
use super::{Activity, ActivityFilter, Choice, Number, Objects, Owner, Sort};
use crate::error::Result;

/// People and companies, wherever they are kept. What a place cannot do is [`crate::error::Error::NotInSource`].
///
/// A remote source keeps what it found, made or changed in its `PeopleFile` ([`super::PeopleFile::remember`]), because everything
/// that must not wait for a server looks there.
pub enum ContactSource {
    /// The profile's own file
    Local(LocalBook),
    /// The PBX's address book
    AddressBook(Box<AddressBook>),
    /// BPMSoft
    Bpmsoft(Box<Crm>),
}

impl ContactSource {
    /// Which one it is.
    pub fn place(&self) -> Place {
        match self {
            ContactSource::Local(_) => Place::Local,
            ContactSource::AddressBook(_) => Place::Addressbook,
            ContactSource::Bpmsoft(_) => Place::Bpmsoft,
        }
    }

    /// Persons and companies with this part of a name, best first: whole words, then people of recent calls, then by name.
    pub async fn find(&self, fragment: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        match self {
            ContactSource::Local(book) => book.find(fragment, among, limit).await,
            ContactSource::AddressBook(book) => book.find(fragment, among, limit).await,
            ContactSource::Bpmsoft(crm) => crm.find(fragment, among, limit).await,
        }
    }

    /// Everybody who has this number: by its last ten digits; a short one exactly.
    pub async fn owners(&self, number: &str) -> Result<Vec<Owner>> {
        match self {
            ContactSource::Local(book) => book.owners(number).await,
            ContactSource::AddressBook(book) => book.owners(number).await,
            ContactSource::Bpmsoft(crm) => crm.owners(number).await,
        }
    }

    /// Sees to it that the file knows whose numbers these are, as far as the source does: a look-up there then needs no server.
    pub async fn recognise(&self, numbers: &[String]) -> Result<()> {
        match self {
            ContactSource::Local(_) => Ok(()),
            ContactSource::AddressBook(book) => book.recognise(numbers).await,
            ContactSource::Bpmsoft(crm) => crm.recognise(numbers).await,
        }
    }

    /// The person or company with this id.
    pub async fn get(&self, sort: Sort, id: &str) -> Result<Owner> {
        match self {
            ContactSource::Local(book) => book.get(sort, id).await,
            ContactSource::AddressBook(book) => book.get(sort, id).await,
            ContactSource::Bpmsoft(crm) => crm.get(sort, id).await,
        }
    }

    /// All persons or all companies by name, a page at a time, until `each` says false.
    pub async fn all(&self, sort: Sort, each: &mut dyn FnMut(Owner) -> Result<bool>) -> Result<()> {
        match self {
            ContactSource::Local(book) => book.all(sort, each).await,
            ContactSource::AddressBook(book) => book.all(sort, each).await,
            ContactSource::Bpmsoft(crm) => crm.all(sort, each).await,
        }
    }

    /// Adds somebody; the id is given by the source.
    pub async fn create(&self, new: &Owner) -> Result<Owner> {
        match self {
            ContactSource::Local(book) => book.create(new).await,
            ContactSource::AddressBook(book) => book.create(new).await,
            ContactSource::Bpmsoft(crm) => crm.create(new).await,
        }
    }

    /// Writes somebody over as a whole.
    pub async fn change(&self, whole: &Owner) -> Result<Owner> {
        match self {
            ContactSource::Local(book) => book.change(whole).await,
            ContactSource::AddressBook(book) => book.change(whole).await,
            ContactSource::Bpmsoft(crm) => crm.change(whole).await,
        }
    }

    /// Removes somebody.
    pub async fn delete(&self, sort: Sort, id: &str) -> Result<()> {
        match self {
            ContactSource::Local(book) => book.delete(sort, id).await,
            ContactSource::AddressBook(book) => book.delete(sort, id).await,
            ContactSource::Bpmsoft(crm) => crm.delete(sort, id).await,
        }
    }

    /// Adds a number to somebody; false when it was there already, compared by the last ten digits.
    pub async fn add_number(&self, owner: &Owner, number: &Number) -> Result<bool> {
        match self {
            ContactSource::Local(book) => book.add_number(owner, number).await,
            ContactSource::AddressBook(book) => book.add_number(owner, number).await,
            ContactSource::Bpmsoft(crm) => crm.add_number(owner, number).await,
        }
    }

    /// Adds something to be done; the id is given by the source.
    pub async fn create_activity(&self, new: &Activity) -> Result<Activity> {
        match self {
            ContactSource::Local(book) => book.create_activity(new).await,
            ContactSource::AddressBook(book) => book.create_activity(new).await,
            ContactSource::Bpmsoft(crm) => crm.create_activity(new).await,
        }
    }

    /// What is to be done and what was done: open ones first, by when they are due.
    pub async fn activities(&self, filter: &ActivityFilter) -> Result<Vec<Activity>> {
        match self {
            ContactSource::Local(book) => book.activities(filter).await,
            ContactSource::AddressBook(book) => book.activities(filter).await,
            ContactSource::Bpmsoft(crm) => crm.activities(filter).await,
        }
    }

    /// The activity with this id.
    pub async fn activity(&self, id: &str) -> Result<Activity> {
        match self {
            ContactSource::Local(book) => book.activity(id).await,
            ContactSource::AddressBook(book) => book.activity(id).await,
            ContactSource::Bpmsoft(crm) => crm.activity(id).await,
        }
    }

    /// Marks one as done: what came of it, in a word and in detail. What is not given stays.
    pub async fn finish_activity(&self, id: &str, result: Option<&str>, text: Option<&str>) -> Result<Activity> {
        match self {
            ContactSource::Local(book) => book.finish_activity(id, result, text).await,
            ContactSource::AddressBook(book) => book.finish_activity(id, result, text).await,
            ContactSource::Bpmsoft(crm) => crm.finish_activity(id, result, text).await,
        }
    }

    /// What a call may be joined to beside people, companies and activities.
    pub async fn objects(&self) -> Result<Objects> {
        match self {
            ContactSource::Local(book) => book.objects().await,
            ContactSource::AddressBook(book) => book.objects().await,
            ContactSource::Bpmsoft(crm) => crm.objects().await,
        }
    }

    /// The results that a call may have.
    pub async fn results(&self) -> Result<Vec<Choice>> {
        match self {
            ContactSource::Local(book) => book.results().await,
            ContactSource::AddressBook(book) => book.results().await,
            ContactSource::Bpmsoft(crm) => crm.results().await,
        }
    }
}
