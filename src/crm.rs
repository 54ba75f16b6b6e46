//! Calls on their way into the CRM: off the path of events, one row for one call, and nothing lost while the CRM is away.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::config::{Config, CrmCalls};
use crate::contacts::bpmsoft::Crm;
use crate::contacts::bpmsoft::calls::{CallRow, INCOMING, OUTGOING, Sent, identification};
use crate::contacts::place::Place;
use crate::contacts::{Choice, Owner, Sort};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::{Direction, Entry, Facts, Journal, Link, Note, Visit, Waiting};
use crate::pbx::tracking::Visitor;
use crate::text::tr;
use crate::time::now;

/// How often a receiver looks whether a call is to be written, and the longest pause while the CRM is away.
const LOOK: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long a command that has changed something waits for the CRM before it leaves the rest for later.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls that began longer ago are put on the list by `mango crm push` alone: no statistics tell a receiver of them. Most of the time two
/// days are looked through, and now and then all of it.
const LOOK_BACK: i64 = 29 * DAY;
const LOOK_BACK_OFTEN: i64 = 2 * DAY;
const NOW_AND_THEN: Duration = Duration::from_secs(300);
const DAY: i64 = 24 * 60 * 60;

/// A detailed result is a text of 500 characters (bpmsoft-odata §4.0, §4.5).
const LONGEST_COMMENT: usize = 500;

/// A column that a company adds for a text usually takes 250 characters (bpmsoft-odata §4.0).
const LONGEST_TEXT: usize = 250;

/// What became of a call.
#[derive(Debug)]
pub enum Outcome {
    /// It stands in the CRM under this id
    Sent(Uuid),
    /// The CRM refused it, or a file of it cannot be read; it is tried again later
    Failed(Error),
}

/// Whether this profile writes calls into a CRM.
pub fn is_on(config: &Config) -> bool {
    config.contacts == Place::Bpmsoft && config.crm_calls != CrmCalls::Never
}

/// Sends what waits, as `listen` does it: for as long as the process lives. Nothing here ends it.
pub async fn keep_pushing(ctx: &Context) {
    if !is_on(&ctx.config) {
        return std::future::pending().await;
    }
    let (mut pause, mut looked) = (LOOK, None::<Instant>);
    loop {
        let back = if looked.is_some_and(|at| at.elapsed() < NOW_AND_THEN) { LOOK_BACK_OFTEN } else { LOOK_BACK };
        if back == LOOK_BACK {
            looked = Some(Instant::now());
        }
        let pushed = async {
            let journal = ctx.journal()?;
            journal.queue_calls(journal.crm_since()?.max(now().as_second() - back))?;
            push(ctx, Which::Due, &mut |_, _| Ok(())).await
        };
        pause = match pushed.await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::warn!("{}", error.message());
                (pause * 2).min(LONGEST_PAUSE)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// After something of a call was changed by a command: it is put on the list, and sent if the CRM answers at once. Returns what is to be
/// said when it waits.
pub async fn changed(ctx: &Context, entry: &Entry) -> Result<Option<String>> {
    if !is_on(&ctx.config) {
        return Ok(None);
    }
    ctx.journal()?.queue_call(entry.id)?;
    let pushed = tokio::time::timeout(PATIENCE, push(ctx, Which::Due, &mut |_, _| Ok(()))).await;
    let waits = |why: String| tr(format!("В CRM уйдёт позже: {why}"), format!("Goes into the CRM later: {why}"));
    match pushed {
        Ok(Ok(())) => Ok(ctx.journal()?.outbox()?.error.map(waits)),
        Ok(Err(error @ (Error::Store { .. } | Error::Io { .. }))) => Err(error),
        Ok(Err(error)) => Ok(Some(waits(error.message()))),
        Err(_) => Ok(Some(waits(tr("CRM не ответила вовремя", "the CRM did not answer in time").into()))),
    }
}

/// Which of the waiting calls are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those whose pause is over
    Due,
    /// All of them
    All,
}

/// Sends the waiting calls one after another. What one call lacks does not stop the others; a CRM that is away or does not let us in does.
pub async fn push(ctx: &Context, which: Which, each: &mut dyn FnMut(&Entry, Outcome) -> Result<()>) -> Result<()> {
    let journal = ctx.journal()?;
    let mut last = 0;
    let Some(first) = journal.next_waiting(last, which == Which::All)? else { return Ok(()) };
    // Another process is at it: it sends what we would.
    let Some(_alone) = alone(&ctx.config).await? else { return Ok(()) };
    let mut courier = Courier { ctx, crm: ctx.crm().await?, known: HashMap::new(), results: None };
    let mut next = Some(first);
    while let Some(waiting) = next {
        last = waiting.entry.id;
        let outcome = match courier.send(&waiting).await {
            Ok(id) => Outcome::Sent(id),
            Err(error @ (Error::CrmRefused { .. } | Error::CrmLacks { .. } | Error::NoContact { .. } | Error::Io { .. })) => {
                journal.call_not_sent(&waiting, &error.message())?;
                Outcome::Failed(error)
            }
            Err(error) => {
                journal.call_not_sent(&waiting, &error.message())?;
                return Err(error);
            }
        };
        each(&waiting.entry, outcome)?;
        next = journal.next_waiting(last, which == Which::All)?;
    }
    Ok(())
}

/// One process at a time sends. The lock ends with the process, however that ends.
async fn alone(config: &Config) -> Result<Option<File>> {
    let path = config.directory().join("crm-push.lock");
    let failed = |source| Error::Io { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    for _ in 0..10 {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
    Ok(None)
}

/// Carries calls; asks the CRM no question twice.
struct Courier<'a> {
    ctx: &'a Context,
    crm: &'a Crm,
    known: HashMap<String, Map<String, Value>>,
    results: Option<Vec<Choice>>,
}

impl Courier<'_> {
    async fn send(&mut self, waiting: &Waiting) -> Result<Uuid> {
        let journal = self.ctx.journal()?;
        let entry = &waiting.entry;
        let links: Vec<Link> = journal.links(entry)?.into_iter().filter(|link| link.source == Place::Bpmsoft.key()).collect();
        let sent: Option<Sent> = waiting.sent.as_deref().and_then(|sent| serde_json::from_str(sent).ok());
        let identified = if sent.is_some() { Map::new() } else { self.identified(&entry.facts).await? };
        let mut told = told(&entry.facts, self.ctx.config.extension.as_deref());
        told.extend(journal.visit(entry)?.map(|visit| visited(&visit)).unwrap_or_default());
        let row =
            CallRow { entry_id: entry.entry_id.clone(), told, identified, written: self.written(&journal.note(entry)?, &links).await? };
        let now_sent = self.crm.put_call(row, sent.as_ref(), self.ctx.config.crm_calls == CrmCalls::IfAbsent).await?;
        let text = serde_json::to_string(&now_sent).map_err(|error| Error::Unexpected(error.to_string()))?;
        journal.call_sent(waiting, &now_sent.id.to_string(), &text)?;
        self.files(journal, entry, now_sent.id).await?;
        Ok(now_sent.id)
    }

    /// Whose number it is, as the panel would save it.
    async fn identified(&mut self, facts: &Facts) -> Result<Map<String, Value>> {
        let Some(number) = facts.other_number().map(str::to_owned) else { return Ok(Map::new()) };
        if let Some(known) = self.known.get(&number) {
            return Ok(known.clone());
        }
        let found = match self.crm.owners(&number).await {
            Ok(owners) => identification(&owners),
            // A CRM that does not let us look does not keep the call from being written.
            Err(Error::CrmRefused { .. } | Error::CrmLacks { .. }) => Map::new(),
            Err(error) => return Err(error),
        };
        self.known.insert(number, found.clone());
        Ok(found)
    }

    /// What a person wrote, as columns.
    async fn written(&mut self, written: &Note, links: &[Link]) -> Result<Map<String, Value>> {
        let mut columns = Map::new();
        let result = self.result(written).await?;
        if let Some(id) = result {
            columns.insert("ResultId".into(), json!(id));
        }
        // A result that the CRM has no word for stands before the text.
        let unknown = written.result.as_deref().filter(|_| result.is_none());
        let text = match (unknown, written.text.as_deref()) {
            (Some(result), Some(text)) => Some(format!("{result}. {text}")),
            (one, other) => one.or(other).map(str::to_owned),
        };
        if let Some(text) = text {
            columns.insert("Comment".into(), json!(text.chars().take(LONGEST_COMMENT).collect::<String>()));
            if text.chars().count() > LONGEST_COMMENT {
                columns.insert("Notes".into(), json!(text));
            }
        }
        for link in links {
            self.link(&link.kind, &link.target, &mut columns).await?;
        }
        Ok(columns)
    }

    async fn link(&self, kind: &str, target: &str, columns: &mut Map<String, Value>) -> Result<()> {
        match kind {
            "contact" => {
                columns.insert("ContactId".into(), json!(target));
                if let Owner::Contact(contact) = self.crm.get(Sort::Contact, target).await?
                    && let Some(account) = contact.account
                {
                    columns.entry("AccountId").or_insert(json!(account));
                }
            }
            "account" => drop(columns.insert("AccountId".into(), json!(target))),
            "activity" => drop(columns.insert("ActivityId".into(), json!(target))),
            object => {
                let lacks = || Error::CrmLacks { what: format!("Call.{object}Id") };
                let column = self.crm.call_column(object).await?.ok_or_else(lacks)?;
                columns.insert(column, json!(target));
            }
        }
        Ok(())
    }

    async fn result(&mut self, written: &Note) -> Result<Option<Uuid>> {
        if let Some(id) = written.result_id.as_deref().and_then(|id| Uuid::parse_str(id).ok()) {
            return Ok(Some(id));
        }
        let Some(name) = &written.result else { return Ok(None) };
        if self.results.is_none() {
            self.results = Some(self.crm.results().await?);
        }
        let same = |choice: &&Choice| choice.name.to_lowercase() == name.to_lowercase();
        Ok(self.results.iter().flatten().find(same).and_then(|choice| Uuid::parse_str(&choice.id).ok()))
    }

    async fn files(&self, journal: &Journal, entry: &Entry, call: Uuid) -> Result<()> {
        for name in journal.files_to_send(entry)? {
            let path = journal.file_of(entry, &name);
            let bytes = std::fs::read(&path).map_err(|source| Error::Io { path, source })?;
            let id = self.crm.put_file(call, &name, bytes).await?;
            journal.file_sent(entry, &name, &id.to_string())?;
        }
        Ok(())
    }
}

/// What the PBX told of a call, as columns of `Call`. The company's own side is the line, if there is one: it says which number was
/// dialled, while the operator is whoever signed in (bpmsoft-odata §4.5).
fn told(facts: &Facts, me: Option<&str>) -> Map<String, Value> {
    let own = |extension: &Option<String>| facts.line.clone().or(extension.clone());
    let (caller, called) = match facts.direction {
        Some(Direction::Incoming) => (facts.from_number.clone(), own(&facts.to_extension).or(facts.to_number.clone())),
        Some(Direction::Outgoing) => (own(&facts.from_extension).or(facts.from_number.clone()), facts.to_number.clone()),
        _ => (facts.from_extension.clone().or(facts.from_number.clone()), facts.to_extension.clone().or(facts.to_number.clone())),
    };
    // The CRM has no direction for calls between colleagues: they are seen from this machine's side.
    let came_in = match facts.direction {
        Some(Direction::Internal) => me.is_some() && facts.to_extension.as_deref() == me,
        direction => direction == Some(Direction::Incoming),
    };
    let moment = |at: Option<i64>| at.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(|at| json!(at.to_string()));
    let whole = facts.ended_at.zip(facts.started_at).map(|(end, start)| (end - start).max(0));
    let other = if came_in { &caller } else { &called };
    let caption = other.as_ref().map(|number| match came_in {
        true => tr(format!("Входящий звонок {number}"), format!("Incoming call {number}")),
        false => tr(format!("Исходящий звонок {number}"), format!("Outgoing call {number}")),
    });
    let columns = [
        ("DirectionId", Some(json!(if came_in { INCOMING } else { OUTGOING }))),
        ("CallerId", caller.map(|number| json!(number))),
        ("CalledId", called.map(|number| json!(number))),
        ("StartDate", moment(facts.started_at)),
        ("EndDate", moment(facts.ended_at)),
        ("Duration", whole.map(|seconds| json!(seconds))),
        ("BeforeConnectionTime", facts.wait().map(|seconds| json!(seconds))),
        ("TalkTime", Some(json!(facts.talk.unwrap_or(0)))),
        ("HoldTime", facts.hold.map(|seconds| json!(seconds))),
        ("Caption", caption.map(|caption| json!(caption))),
    ];
    columns.into_iter().filter_map(|(column, value)| Some((column.to_owned(), value?))).collect()
}

/// Who called, as the site saw him, in columns that a company may add to its `Call` under these names; those it lacks are not sent.
fn visited(visit: &Visit) -> Map<String, Value> {
    let Visitor { utm, location, page, device, ga_cid, ya_cid, rs_cid, .. } = &visit.visitor;
    let columns = [
        ("UsrTrackingNumber", &visit.number),
        ("UsrUtmSource", &utm.source),
        ("UsrUtmMedium", &utm.medium),
        ("UsrUtmCampaign", &utm.campaign),
        ("UsrUtmTerm", &utm.term),
        ("UsrUtmContent", &utm.content),
        ("UsrPageUrl", &page.url),
        ("UsrPageTitle", &page.title),
        ("UsrRegion", &location.region),
        ("UsrCity", &location.city),
        ("UsrDevice", device),
        ("UsrGoogleClientId", ga_cid),
        ("UsrYandexClientId", ya_cid),
        ("UsrRoistatId", rs_cid),
    ];
    let cut = |text: &String| json!(text.chars().take(LONGEST_TEXT).collect::<String>());
    columns.into_iter().filter_map(|(column, text)| Some((column.to_owned(), cut(text.as_ref()?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<'a>(row: &'a Map<String, Value>, name: &str) -> &'a str {
        row[name].as_str().unwrap()
    }

    #[test]
    fn a_call_becomes_a_row_seen_from_the_company() {
        let incoming = Facts {
            direction: Some(Direction::Incoming),
            from_number: Some("79000000001".into()),
            to_extension: Some("101".into()),
            line: Some("74950000001".into()),
            started_at: Some(1_772_435_700),
            answered_at: Some(1_772_435_715),
            ended_at: Some(1_772_435_825),
            talk: Some(110),
            answered: Some(true),
            ..Facts::default()
        };
        let row = told(&incoming, Some("101"));
        assert_eq!((column(&row, "CallerId"), column(&row, "CalledId")), ("79000000001", "74950000001"));
        assert_eq!((column(&row, "StartDate"), column(&row, "EndDate")), ("2026-03-02T07:15:00Z", "2026-03-02T07:17:05Z"));
        assert_eq!((&row["Duration"], &row["BeforeConnectionTime"], &row["TalkTime"]), (&json!(125), &json!(15), &json!(110)));
        assert_eq!(row["DirectionId"], json!(INCOMING));

        let internal = Facts {
            direction: Some(Direction::Internal),
            from_extension: Some("102".into()),
            to_extension: Some("101".into()),
            ..Facts::default()
        };
        assert_eq!(told(&internal, Some("101"))["DirectionId"], json!(INCOMING));
        assert_eq!(told(&internal, Some("102"))["DirectionId"], json!(OUTGOING));
        assert_eq!(column(&told(&internal, None), "CalledId"), "101");
    }
}
