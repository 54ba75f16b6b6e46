//! People in the PBX's own address book (vpbx-data §6), which the whole company shares.
//!
//! The PBX cannot be asked whose number it is, and does not say in which fields it searches. So the book is read as a whole, page by
//! page, into the profile's file, and every question is answered from there. It is read when it was never read or a day has passed;
//! in between the file follows what the PBX tells of changes to whoever listens, which is in the journal. Somebody who was entered
//! elsewhere while nobody listened is therefore found a day later at the latest; what we write ourselves is there at once.
//!
//! A company there is a name and nothing more. Its numbers, address and notes are those of a contact in it that has the company's
//! own name: the company's card, which is not shown as a person.

mod card;
mod reading;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::file::PeopleFile;
use super::local::choices;
use super::place::Place;
use super::{Account, Activity, ActivityFilter, Choice, Number, Objects, Owner, Sort};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::pbx::addressbook::{Card, Draft, Organization};
use crate::pbx::client::Client;
use crate::pbx::code::ResultCode;
use crate::phone::recognised_by;
use crate::text::{excerpt, tr};
use reading::Reading;

/// The PBX's address book. What its methods do is said at those of [`super::ContactSource`].
pub struct AddressBook {
    client: Arc<Client>,
    journal: Arc<Journal>,
    people: PeopleFile,
    results: Vec<String>,
    reading: tokio::sync::Mutex<Option<Reading>>,
}

#[allow(missing_docs)]
impl AddressBook {
    /// Of the PBX that `client` speaks to; `people` and `journal` are of the same file.
    pub fn new(client: Arc<Client>, journal: Arc<Journal>, people: PeopleFile, results: Vec<String>) -> AddressBook {
        AddressBook { client, journal, people, results, reading: tokio::sync::Mutex::default() }
    }

    pub async fn find(&self, fragment: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        self.catch_up().await?;
        self.people.find(fragment, among, limit)
    }

    pub async fn owners(&self, number: &str) -> Result<Vec<Owner>> {
        self.catch_up().await?;
        self.people.owners(number)
    }

    pub async fn recognise(&self, _: &[String]) -> Result<()> {
        self.catch_up().await
    }

    /// As the PBX has them now, so that whoever edits does not undo what others have written since the book was read.
    pub async fn get(&self, sort: Sort, id: &str) -> Result<Owner> {
        self.catch_up().await?;
        let known = self.people.get(sort, id)?;
        let asked = match sort {
            Sort::Contact => self.refresh_card(id).await,
            Sort::Account => self.company(id).await,
        };
        match asked {
            Ok(()) => self.people.get(sort, id),
            Err(error) if is_away(&error) => Ok(known),
            Err(error) => Err(error),
        }
    }

    pub async fn all(&self, sort: Sort, each: &mut dyn FnMut(Owner) -> Result<bool>) -> Result<()> {
        self.catch_up().await?;
        self.people.all(sort, each)
    }

    pub async fn create(&self, new: &Owner) -> Result<Owner> {
        card::check(new)?;
        self.catch_up().await?;
        match new {
            Owner::Contact(_) => {
                let card = self.make(&card::of_owner(new)).await?;
                self.keep_cards(std::slice::from_ref(&card))?;
                Ok(card::contact(&card))
            }
            Owner::Account(account) => self.create_account(account).await,
        }
    }

    pub async fn change(&self, whole: &Owner) -> Result<Owner> {
        card::check(whole)?;
        // What was known when somebody began to edit: what is not different from it is not meant to be changed.
        let known = self.people.get(whole.sort(), whole.id())?;
        self.catch_up().await?;
        if let Owner::Account(account) = whole
            && known.name() != account.name
        {
            self.rename(&account.id, &account.name).await?;
        }
        self.rewrite(&known, whole).await
    }

    pub async fn delete(&self, sort: Sort, id: &str) -> Result<()> {
        self.catch_up().await?;
        self.people.get(sort, id)?;
        match sort {
            Sort::Contact => self.client.delete_contacts(&[id]).await?,
            Sort::Account => {
                if let Some(card) = self.people.card_of(id)? {
                    self.client.delete_contacts(&[&card]).await?;
                    self.people.bury(Sort::Contact, &card)?;
                }
                self.client.delete_organization(id).await?;
                self.people.move_members(id, None)?;
            }
        }
        self.people.bury(sort, id)
    }

    pub async fn add_number(&self, owner: &Owner, number: &Number) -> Result<bool> {
        let mut now = self.get(owner.sort(), owner.id()).await?;
        if now.numbers().iter().any(|known| recognised_by(&known.number) == recognised_by(&number.number)) {
            return Ok(false);
        }
        let known = now.clone();
        now.numbers_mut().push(number.clone());
        self.rewrite(&known, &now).await.map(|_| true)
    }

    pub async fn create_activity(&self, _: &Activity) -> Result<Activity> {
        Err(no_activities())
    }

    pub async fn activities(&self, _: &ActivityFilter) -> Result<Vec<Activity>> {
        Err(no_activities())
    }

    pub async fn activity(&self, _: &str) -> Result<Activity> {
        Err(no_activities())
    }

    pub async fn finish_activity(&self, _: &str, _: Option<&str>, _: Option<&str>) -> Result<Activity> {
        Err(no_activities())
    }

    pub async fn objects(&self) -> Result<Objects> {
        Ok(Objects::These(Vec::new()))
    }

    pub async fn results(&self) -> Result<Vec<Choice>> {
        Ok(choices(&self.results))
    }

    async fn create_account(&self, new: &Account) -> Result<Owner> {
        let made = self.make_organization(&new.name).await?;
        let id = made.org_id.clone().ok_or_else(|| Error::Garbled { detail: "org_id".into() })?;
        self.keep_organizations(&[made])?;
        let account = Owner::Account(Account { id: id.clone(), ..new.clone() });
        match card::is_bare(&account) {
            true => self.people.get(Sort::Account, &id),
            false => self.rewrite(&self.people.get(Sort::Account, &id)?, &account).await,
        }
    }

    async fn rename(&self, id: &str, name: &str) -> Result<()> {
        let renamed = self.client.rename_organization(id, name).await?;
        self.keep_organizations(&[renamed])
    }

    /// Writes what `whole` has different from what was `known`, and nothing when the PBX has it so already.
    async fn rewrite(&self, known: &Owner, whole: &Owner) -> Result<Owner> {
        let card = match whole {
            Owner::Contact(contact) => Some(contact.id.clone()),
            Owner::Account(account) => self.people.card_of(&account.id)?,
        };
        let written = match card {
            Some(id) => {
                let now = self.card(&id).await?;
                let draft = card::difference(&now, known, whole);
                if draft == Draft::default() { now } else { self.client.update_contact(&Draft { contact_id: Some(id), ..draft }).await? }
            }
            None if card::is_bare(whole) => return self.people.get(whole.sort(), whole.id()),
            None => self.make(&card::of_owner(whole)).await?,
        };
        self.keep_cards(std::slice::from_ref(&written))?;
        match whole.sort() {
            Sort::Contact => Ok(card::contact(&written)),
            Sort::Account => self.people.get(Sort::Account, whole.id()),
        }
    }

    /// One contact as the PBX has him now.
    async fn card(&self, id: &str) -> Result<Card> {
        self.client.contact(id).await.map_err(|error| self.gone(Sort::Contact, id, error))
    }

    async fn refresh_card(&self, id: &str) -> Result<()> {
        self.keep_cards(&[self.card(id).await?])
    }

    /// One company, with its card, as the PBX has it now.
    async fn company(&self, id: &str) -> Result<()> {
        let organization = self.client.organization(id).await.map_err(|error| self.gone(Sort::Account, id, error))?;
        self.keep_organizations(&[organization])?;
        match self.people.card_of(id)? {
            Some(card) => match self.refresh_card(&card).await {
                Ok(()) | Err(Error::NoContact { .. }) => Ok(()),
                Err(error) => Err(error),
            },
            None => Ok(()),
        }
    }

    /// Somebody whom the PBX does not have is forgotten here too.
    fn gone(&self, sort: Sort, id: &str, error: Error) -> Error {
        match error {
            Error::Refused { code: NO_OBJECT, .. } => match self.people.bury(sort, id) {
                Ok(()) => Error::NoContact { who: excerpt(id) },
                Err(error) => error,
            },
            error => error,
        }
    }

    /// Sent once. When no answer comes, a look into the book tells whether it is there.
    async fn make(&self, draft: &Draft) -> Result<Card> {
        let lost = match self.client.create_contact(draft).await {
            Err(Error::Unknown { detail }) => detail,
            other => return other,
        };
        let found = self.client.contacts(draft.name.as_deref().unwrap_or_default()).await?.rows;
        let is_new = |card: &Card| card.contact_id.as_deref().is_some_and(|id| !self.people.knows_card(id).unwrap_or(true));
        found.into_iter().find(|card| card::is_like(card, draft) && is_new(card)).ok_or(Error::NoReply { detail: lost })
    }

    async fn make_organization(&self, name: &str) -> Result<Organization> {
        let named = |page: Vec<Organization>| page.into_iter().find(|one| one.org_name.as_deref() == Some(name));
        match self.client.create_organization(name).await {
            Err(Error::Unknown { detail }) => {
                let found = self.client.organizations(name).await?.rows;
                named(found).ok_or(Error::NoReply { detail })
            }
            other => other,
        }
    }
}

/// «Объекта нет»
const NO_OBJECT: ResultCode = ResultCode(3300);

/// Whether the PBX could not be asked, which is no reason not to answer from the file.
fn is_away(error: &Error) -> bool {
    matches!(error, Error::Unreachable { .. } | Error::NoReply { .. } | Error::RateLimited { .. } | Error::Blocked { .. })
}

fn no_activities() -> Error {
    Error::NotInSource { source: Place::Addressbook.key(), what: tr("дел", "activities") }
}
