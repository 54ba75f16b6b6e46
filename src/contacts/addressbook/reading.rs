//! The book read as a whole into the profile's file, and kept up to date by what the PBX tells of changes.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::{AddressBook, card, is_away};
use crate::contacts::{Account, Owner, Sort};
use crate::error::{Error, Result};
use crate::pbx::addressbook::{Card, Change, Organization};
use crate::text::tr;
use crate::time::now;

/// How long the file is believed.
const DAY: i64 = 24 * 60 * 60;

/// A reading that was interrupted (whoever asked waits a second at most) goes on where it was, if that is no longer ago than this:
/// how long a cursor lives is not documented, and one that is too old would be a refused request.
const FRESH: Duration = Duration::from_secs(30);

/// More pages than any book has: ten million rows.
const MOST_PAGES: usize = 20_000;

/// Notifications taken at a time: one may tell of 500 contacts.
const BATCH: usize = 20;

/// How long news may take to come, and how many contacts are asked for because of that.
const MOMENTS: i64 = 10;
const MOST_DOUBTS: usize = 50;

/// Its names in the journal: when the book was read, and up to which notification the file follows.
const READ: &str = "addressbook";
const FOLLOWED: &str = "addressbook_followed";

/// How far a reading has come.
#[derive(Clone)]
pub(super) struct Reading {
    /// Unix seconds; whoever was not seen since is gone
    began: i64,
    /// The last notification before it began
    told: i64,
    stage: Stage,
    pages: usize,
    turned: Instant,
}

#[derive(Clone)]
enum Stage {
    Organizations(Option<String>),
    Contacts(Option<String>),
}

impl AddressBook {
    /// Makes the file say what the book says, as far as that is known. A PBX that cannot be reached leaves it as it is.
    pub(super) async fn catch_up(&self) -> Result<()> {
        let mut reading = self.reading.lock().await;
        let age = self.journal.age(READ)?;
        if age.is_none_or(|age| age > DAY) {
            match (self.read_whole(&mut reading).await, age) {
                (Err(error), Some(age)) if is_away(&error) => {
                    let hours = age / 3600;
                    tracing::warn!(
                        "{}",
                        tr(
                            format!("адресная книга АТС не прочитана, ей {hours} ч"),
                            format!("the PBX's address book could not be read; what is known is {hours} h old"),
                        )
                    );
                }
                (done, _) => done?,
            }
        }
        self.follow().await
    }

    async fn read_whole(&self, kept: &mut Option<Reading>) -> Result<()> {
        let begun = Reading {
            began: now().as_second(),
            told: self.journal.last_event_id()?,
            stage: Stage::Organizations(None),
            pages: 0,
            turned: Instant::now(),
        };
        let mut reading = kept.clone().filter(|reading| reading.turned.elapsed() < FRESH).unwrap_or(begun);
        while let Some(next) = self.turn(&reading.stage).await? {
            reading = Reading { stage: next, pages: reading.pages + 1, turned: Instant::now(), ..reading };
            if reading.pages > MOST_PAGES {
                return Err(Error::Garbled {
                    detail: tr("адресная книга не кончается", "the address book has no end").into()
                });
            }
            *kept = Some(reading.clone());
        }
        *kept = None;
        self.people.forget_unseen(reading.began)?;
        self.journal.set_position(FOLLOWED, reading.told)?;
        self.journal.mark(READ)
    }

    /// Reads one page; what comes after it.
    async fn turn(&self, stage: &Stage) -> Result<Option<Stage>> {
        Ok(match stage {
            Stage::Organizations(cursor) => {
                let page = match cursor {
                    Some(cursor) => self.client.more_organizations(cursor).await?,
                    None => self.client.organizations("").await?,
                };
                self.keep_organizations(&page.rows)?;
                Some(page.next.map_or(Stage::Contacts(None), |cursor| Stage::Organizations(Some(cursor))))
            }
            Stage::Contacts(cursor) => {
                let page = match cursor {
                    Some(cursor) => self.client.more_contacts(cursor).await?,
                    None => self.client.contacts("").await?,
                };
                self.keep_cards(&page.rows)?;
                page.next.map(|cursor| Stage::Contacts(Some(cursor)))
            }
        })
    }

    /// Takes in what was told since the last time.
    async fn follow(&self) -> Result<()> {
        let mut told = self.journal.position(FOLLOWED)?;
        let last = self.journal.last_event_id()?;
        let mut doubtful = BTreeMap::new();
        while told < last {
            let changes = self.journal.told_of("events/ab/", told, BATCH)?;
            for (_, at, path, json) in &changes {
                if let Some(change) = Change::parse(path, json) {
                    self.take(change, *at, &mut doubtful)?;
                }
            }
            told = changes.last().filter(|_| changes.len() == BATCH).map_or(last, |(id, ..)| *id);
            if doubtful.is_empty() {
                self.journal.set_position(FOLLOWED, told)?;
            }
        }
        // Cut short in the middle, those who are doubtful still are told of again.
        self.settle(doubtful).await?;
        self.journal.set_position(FOLLOWED, told)
    }

    /// A contact whom we have seen moments ago, perhaps because we changed him, may be told of as he was before: he is doubtful.
    fn take(&self, change: Change, at: i64, doubtful: &mut BTreeMap<String, Card>) -> Result<()> {
        match change {
            Change::Contacts(cards) => {
                let (mut old, mut new) = (Vec::new(), Vec::new());
                for card in cards {
                    match &card.contact_id {
                        Some(id) if self.people.saw_card(id, at - MOMENTS)? => old.push((id.clone(), card)),
                        _ => new.push(card),
                    }
                }
                doubtful.extend(old);
                self.keep_cards(&new)
            }
            Change::Organizations(organizations) => self.keep_organizations(&organizations),
            Change::ContactsGone(ids) => ids.iter().try_for_each(|id| self.people.bury(Sort::Contact, id)),
            Change::OrganizationsGone(ids) => ids.iter().try_for_each(|id| {
                self.people.move_members(id, None)?;
                self.people.bury(Sort::Account, id)
            }),
        }
    }

    /// Asks how the doubtful are now; when there are too many of them, or nobody answers, what was told is believed.
    async fn settle(&self, doubtful: BTreeMap<String, Card>) -> Result<()> {
        let believed: Vec<Card> = match doubtful.len() {
            0..=MOST_DOUBTS => {
                let mut believed = Vec::new();
                for (id, card) in doubtful {
                    match self.people.is_buried(Sort::Contact, &id)? {
                        true => continue,
                        false => match self.refresh_card(&id).await {
                            Ok(()) | Err(Error::NoContact { .. }) => {}
                            Err(error) if is_away(&error) => believed.push(card),
                            Err(error) => return Err(error),
                        },
                    }
                }
                believed
            }
            _ => doubtful.into_values().collect(),
        };
        self.keep_cards(&believed)
    }

    /// Keeps contacts as they are now: persons, and the cards of companies.
    pub(super) fn keep_cards(&self, cards: &[Card]) -> Result<()> {
        let (mut people, mut stand_for) = (Vec::new(), HashMap::new());
        for card in cards {
            let Some(id) = &card.contact_id else { continue };
            if self.people.is_buried(Sort::Contact, id)? {
                continue;
            }
            if let Some((account, name)) = card::company(card) {
                let known = stand_for.get(account).cloned().or(self.people.card_of(account)?);
                if known.is_none_or(|known| known == *id) {
                    people.push(card::account(account, name, card));
                    stand_for.insert(account.to_owned(), id.clone());
                    continue;
                }
            }
            if let Some((account, name)) = card::employer(card) {
                self.meet(account, name)?;
            }
            self.people.release_card(id)?;
            people.push(card::contact(card));
        }
        self.people.remember_cards(&people, &stand_for)
    }

    /// A company of which only the name is known.
    fn meet(&self, id: &str, name: &str) -> Result<()> {
        match self.people.get(Sort::Account, id) {
            Ok(_) => Ok(()),
            Err(Error::NoContact { .. }) => self.people.remember(&[bare(id, name)]),
            Err(error) => Err(error),
        }
    }

    /// Keeps organizations: what their cards say stays, and those who work there hear of another name.
    pub(super) fn keep_organizations(&self, organizations: &[Organization]) -> Result<()> {
        let mut seen = Vec::new();
        for organization in organizations {
            let (Some(id), Some(name)) = (&organization.org_id, &organization.org_name) else { continue };
            if self.people.is_buried(Sort::Account, id)? {
                continue;
            }
            seen.push(match self.people.get(Sort::Account, id) {
                Ok(Owner::Account(known)) => {
                    if known.name != *name {
                        self.people.move_members(id, Some(name))?;
                    }
                    Owner::Account(Account { name: name.clone(), ..known })
                }
                Ok(_) | Err(Error::NoContact { .. }) => bare(id, name),
                Err(error) => return Err(error),
            });
        }
        self.people.remember(&seen)
    }
}

fn bare(id: &str, name: &str) -> Owner {
    Owner::Account(Account { id: id.to_owned(), name: name.to_owned(), ..Account::default() })
}
