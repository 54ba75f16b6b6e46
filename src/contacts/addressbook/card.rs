//! People as the address book writes them: a contact's numbers have a type and a remark, a company is an organization and its card
//! (vpbx-data §6.5). What is sent is checked here first, because a refused request costs (vpbx-core §2).

use crate::contacts::fold::fold;
use crate::contacts::{Account, Contact, Kind, Number, Owner};
use crate::error::{Error, Result};
use crate::pbx::addressbook::{Card, Draft, Email, Organization, Phone};
use crate::phone::{Dial, recognised_by, same_party};
use crate::text::{excerpt, tr};

/// Letters of a line: documented for numbers and their remarks, believed of the rest.
const LONGEST_LINE: usize = 255;

/// Letters of notes: not documented.
const LONGEST_NOTES: usize = 4000;

const LANDLINE: i64 = 0;
const MOBILE: i64 = 1;
const SIP: i64 = 2;
const SKYPE: i64 = 3;
const OTHER: i64 = 4;
const FAX: i64 = 5;

/// Whether the PBX can take it.
pub(super) fn check(owner: &Owner) -> Result<()> {
    let (email, notes, web) = match owner {
        Owner::Contact(one) => (&one.email, &one.notes, &None),
        Owner::Account(one) => (&one.email, &one.notes, &one.web),
    };
    if fold(owner.name()).is_empty() {
        return Err(Error::Usage(tr("адресной книге АТС нужно имя", "the PBX's address book needs a name").into()));
    }
    let lines = [
        (tr("имя", "name"), Some(owner.name())),
        (tr("компания", "company"), owner.company()),
        (tr("должность", "job"), owner.job()),
        (tr("почта", "e-mail"), email.as_deref()),
        (tr("сайт", "site"), web.as_deref()),
    ];
    let numbers = owner.numbers().iter().map(|number| (tr("номер", "number"), Some(number.number.as_str())));
    for (what, text) in lines.into_iter().chain(numbers) {
        not_longer(what, text, LONGEST_LINE)?;
    }
    not_longer(tr("заметки", "notes"), notes.as_deref(), LONGEST_NOTES)?;
    match email.as_deref().map(|email| (email, email.split_once('@'))) {
        None => Ok(()),
        Some((_, Some((name, host)))) if !name.is_empty() && !host.is_empty() && !host.contains('@') => Ok(()),
        Some((email, _)) => {
            let email = excerpt(email);
            Err(Error::Usage(tr(format!("«{email}» — не адрес почты"), format!("'{email}' is not an e-mail address"))))
        }
    }
}

fn not_longer(what: &str, text: Option<&str>, most: usize) -> Result<()> {
    match text.is_some_and(|text| text.chars().count() > most) {
        false => Ok(()),
        true => Err(Error::Usage(tr(
            format!("{what}: адресная книга АТС принимает не больше {most} знаков"),
            format!("{what}: the PBX's address book takes {most} characters at most"),
        ))),
    }
}

/// Whether a company has nothing but its name: then it needs no card.
pub(super) fn is_bare(owner: &Owner) -> bool {
    match owner {
        Owner::Contact(_) => false,
        Owner::Account(one) => one.numbers.is_empty() && one.email.is_none() && one.web.is_none() && one.notes.is_none(),
    }
}

/// The company whose card this is.
pub(super) fn company(card: &Card) -> Option<(&str, &str)> {
    let (id, name) = employer(card)?;
    (fold(card.name.as_deref()?) == fold(name)).then_some((id, name))
}

/// Where the person works: id and name.
pub(super) fn employer(card: &Card) -> Option<(&str, &str)> {
    let org = card.org.first()?;
    Some((org.org_id.as_deref()?, org.org_name.as_deref()?))
}

/// The person of a card.
pub(super) fn contact(card: &Card) -> Owner {
    let employer = employer(card);
    Owner::Contact(Contact {
        id: card.contact_id.clone().unwrap_or_default(),
        name: card.name.clone().unwrap_or_default(),
        company: employer.map(|(_, name)| name.to_owned()),
        account: employer.map(|(id, _)| id.to_owned()),
        job: card.office.clone(),
        email: email(card),
        notes: card.comment.clone(),
        numbers: card.phones.iter().filter_map(number).collect(),
    })
}

/// The company with what its card has.
pub(super) fn account(id: &str, name: &str, card: &Card) -> Owner {
    let main = |phone: &Phone| {
        let number = number(phone)?;
        let is_main = number.kind == Kind::Work && phone.comment.is_none();
        Some(if is_main { Number { kind: Kind::Main, ..number } } else { number })
    };
    Owner::Account(Account {
        id: id.to_owned(),
        name: name.to_owned(),
        email: email(card),
        web: card.site.clone(),
        notes: card.comment.clone(),
        numbers: card.phones.iter().filter_map(main).collect(),
    })
}

fn email(card: &Card) -> Option<String> {
    card.emails.get(chosen(card)?)?.email.clone()
}

/// The address that is shown: the preferred one, else the first.
fn chosen(card: &Card) -> Option<usize> {
    let preferred = card.emails.iter().position(|email| email.is_default == Some(true) && email.email.is_some());
    preferred.or_else(|| card.emails.iter().position(|email| email.email.is_some()))
}

/// A number as it is dialled; a name in Skype is none. What nobody can read as a number is kept as it is.
fn number(phone: &Phone) -> Option<Number> {
    let text = phone.phone.as_deref().or(phone.phone_num.as_deref())?.trim();
    let kind = phone.kind.unwrap_or(LANDLINE);
    let number = match kind {
        SKYPE => return None,
        SIP if !text.contains(':') => format!("sip:{text}"),
        SIP => text.to_owned(),
        _ => Dial::parse(text).map_or_else(|_| text.to_owned(), |dial| dial.wire().to_owned()),
    };
    let said = phone.comment.as_deref().and_then(|comment| remarked(comment.split([',', ';']).next()?));
    let kind = match (kind, said) {
        (MOBILE, _) => Kind::Mobile,
        (FAX, _) => Kind::Fax,
        (_, Some(kind)) => kind,
        _ if number.len() <= 5 => Kind::Extension,
        _ => Kind::Work,
    };
    Some(Number { kind, number })
}

/// The kind that a remark says, for kinds that the PBX has no type for.
fn remarked(remark: &str) -> Option<Kind> {
    let remark = fold(remark);
    let kinds = [
        (Kind::Home, ["дом", "home"]),
        (Kind::Main, ["основн", "main"]),
        (Kind::Work, ["рабоч", "work"]),
        (Kind::Extension, ["добав", "extension"]),
    ];
    let is_it = |beginning: &&str| remark.starts_with(*beginning) && !remark.contains(' ');
    kinds.into_iter().find(|(_, words)| words.iter().any(is_it)).map(|(kind, _)| kind)
}

fn type_of(number: &Number) -> i64 {
    match number.kind {
        _ if number.number.starts_with("sip:") => SIP,
        Kind::Mobile => MOBILE,
        Kind::Fax => FAX,
        Kind::Extension => OTHER,
        Kind::Work | Kind::Main | Kind::Home => LANDLINE,
    }
}

/// The remark that tells a kind, before what was remarked besides.
fn remark(kind: Kind, old: Option<&str>) -> Option<String> {
    let word = match kind {
        Kind::Home => Some(tr("домашний", "home")),
        Kind::Main => Some(tr("основной", "main")),
        Kind::Extension => Some(tr("добавочный", "extension")),
        Kind::Mobile | Kind::Work | Kind::Fax => None,
    };
    let rest = old.map(|old| match old.split_once([',', ';']) {
        Some((first, rest)) if remarked(first).is_some() => rest.trim(),
        None if remarked(old).is_some() => "",
        _ => old,
    });
    let parts: Vec<&str> = [word, rest].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let remark: String = parts.join(", ").chars().take(LONGEST_LINE).collect();
    (!remark.is_empty() || old.is_some()).then_some(remark)
}

fn phone(number: &Number) -> Phone {
    Phone { kind: Some(type_of(number)), phone: Some(number.number.clone()), comment: remark(number.kind, None), ..Phone::default() }
}

/// A new contact, or a company's new card.
pub(super) fn of_owner(owner: &Owner) -> Draft {
    let mut phones: Vec<Phone> = owner.numbers().iter().map(phone).collect();
    if let Some(first) = phones.first_mut() {
        first.is_default = Some(true);
    }
    let (org, email, site, notes) = match owner {
        Owner::Contact(one) => (organization(one.account.as_deref(), one.company.as_deref()), &one.email, &None, &one.notes),
        Owner::Account(one) => (organization(Some(&one.id), None), &one.email, &one.web, &one.notes),
    };
    Draft {
        contact_id: None,
        name: Some(owner.name().to_owned()),
        office: owner.job().map(str::to_owned),
        site: site.clone(),
        comment: notes.clone(),
        org: org.map(Some),
        phones: Some(phones).filter(|phones| !phones.is_empty()),
        emails: email.clone().map(|email| vec![Email { email: Some(email), is_default: Some(true), ..Email::default() }]),
    }
}

/// By its id, or by a name, which makes it when there is none.
fn organization(id: Option<&str>, name: Option<&str>) -> Option<Organization> {
    match (id, name) {
        (Some(id), _) => Some(Organization { org_id: Some(id.to_owned()), org_name: None }),
        (None, Some(name)) => Some(Organization { org_id: None, org_name: Some(name.to_owned()) }),
        (None, None) => None,
    }
}

/// What has to be written so that the card says what `whole` says, where that is different from what was `known` of it: what others
/// have written meanwhile stays, and so do records that mean nothing to us.
pub(super) fn difference(now: &Card, known: &Owner, whole: &Owner) -> Draft {
    let old = match known {
        Owner::Contact(_) => contact(now),
        Owner::Account(one) => account(&one.id, &one.name, now),
    };
    let (old_email, old_notes, old_web) = more(&old);
    let (known_email, known_notes, known_web) = more(known);
    let (new_email, new_notes, new_web) = more(whole);
    let name = Some(whole.name()).filter(|name| *name != known.name() && now.name.as_deref() != Some(name));
    let numbers = merged(old.numbers(), known.numbers(), whole.numbers());
    let email = meant(old_email, known_email, new_email);
    Draft {
        contact_id: None,
        name: name.map(str::to_owned),
        office: other(old.job(), meant(old.job(), known.job(), whole.job())),
        site: other(old_web, meant(old_web, known_web, new_web)),
        comment: other(old_notes, meant(old_notes, known_notes, new_notes)),
        org: match (known, whole) {
            (Owner::Contact(known), Owner::Contact(whole)) => moved(now, known, whole),
            _ => None,
        },
        phones: (old.numbers() != numbers).then(|| phones(&now.phones, &numbers)),
        emails: (old_email != email).then(|| emails(now, email)),
    }
}

/// The new text where it is different from what was known, else what stands there now.
fn meant<'a>(now: Option<&'a str>, known: Option<&str>, new: Option<&'a str>) -> Option<&'a str> {
    if known == new { now } else { new }
}

/// The numbers of now, with those added, removed and changed that are different between `known` and `wanted`.
fn merged(now: &[Number], known: &[Number], wanted: &[Number]) -> Vec<Number> {
    let among = |list: &[Number], number: &Number| list.iter().find(|one| same_number(one, number)).map(|one| one.kind);
    if now == known {
        return wanted.to_vec();
    }
    let is_removed = |number: &Number| among(known, number).is_some() && among(wanted, number).is_none();
    let mut merged: Vec<Number> = now.iter().filter(|number| !is_removed(number)).cloned().collect();
    for number in wanted.iter().filter(|number| among(known, number) != Some(number.kind)) {
        match merged.iter_mut().find(|one| same_number(one, number)) {
            Some(one) => one.kind = number.kind,
            None => merged.push(number.clone()),
        }
    }
    merged
}

fn more(owner: &Owner) -> (Option<&str>, Option<&str>, Option<&str>) {
    match owner {
        Owner::Contact(one) => (one.email.as_deref(), one.notes.as_deref(), None),
        Owner::Account(one) => (one.email.as_deref(), one.notes.as_deref(), one.web.as_deref()),
    }
}

/// A field's new text, if it has changed; `""` takes it away.
fn other(old: Option<&str>, new: Option<&str>) -> Option<String> {
    (old != new).then(|| new.unwrap_or_default().to_owned())
}

/// Another company than was known: whoever changes the company's name alone means another company too.
fn moved(now: &Card, known: &Contact, whole: &Contact) -> Option<Option<Organization>> {
    let (account, company) = (whole.account.as_deref(), whole.company.as_deref());
    let wanted = match (whole.account != known.account, whole.company != known.company) {
        (false, false) => return None,
        (true, _) if account.is_some() => organization(account, None),
        _ => organization(None, company),
    };
    let (id, name) = employer(now).unzip();
    let is_there = wanted.as_ref().map_or(id.is_none(), |org| match &org.org_id {
        Some(wanted) => id == Some(wanted),
        None => name == org.org_name.as_deref(),
    });
    (!is_there).then_some(wanted)
}

fn phones(old: &[Phone], wanted: &[Number]) -> Vec<Phone> {
    let mut left: Vec<Phone> = old.to_vec();
    let mut new = Vec::new();
    for number in wanted {
        let place = left.iter().position(|phone| self::number(phone).is_some_and(|known| same_number(&known, number)));
        new.push(match place.map(|place| left.remove(place)) {
            Some(known) => changed(known, number),
            None => phone(number),
        });
    }
    let foreign = left.into_iter().filter(|phone| number(phone).is_none());
    new.into_iter().chain(foreign).collect()
}

fn same_number(a: &Number, b: &Number) -> bool {
    a.number == b.number || same_party(&a.number, &b.number)
}

fn changed(known: Phone, wanted: &Number) -> Phone {
    match number(&known) {
        Some(now) if now.kind == wanted.kind => known,
        _ => Phone { kind: Some(type_of(wanted)), comment: remark(wanted.kind, known.comment.as_deref()), ..known },
    }
}

fn emails(now: &Card, wanted: Option<&str>) -> Vec<Email> {
    let mut emails = now.emails.clone();
    match (chosen(now), wanted) {
        (Some(place), Some(email)) => emails[place].email = Some(email.to_owned()),
        (Some(place), None) => drop(emails.remove(place)),
        (None, Some(email)) => emails.push(Email { email: Some(email.to_owned()), is_default: Some(true), ..Email::default() }),
        (None, None) => {}
    }
    emails
}

/// Whether this is what the draft would have made.
pub(super) fn is_like(card: &Card, draft: &Draft) -> bool {
    let numbers = |phones: &[Phone]| {
        let mut keys: Vec<String> = phones.iter().filter_map(number).map(|number| recognised_by(&number.number)).collect();
        keys.sort();
        keys
    };
    card.name == draft.name && numbers(&card.phones) == numbers(draft.phones.as_deref().unwrap_or_default())
}
