//! What happens after the 200: whose call it is, what is said of it, which hooks hear it. Nothing here can lose an event.

use jiff::Timestamp;
use serde::Serialize;

use crate::contacts::{ActivityFilter, ContactBook, Kind, Owner, Sort};
use crate::error::Result;
use crate::journal::{Direction, Entry, Happened, Journal, State, state_word};
use crate::pbx::code::ResultCode;
use crate::pbx::event::Event;
use crate::phone::shown;
use crate::text::tr;
use crate::time::{ago, duration, now, upcoming, zone};
use crate::ui::moment;

/// Who calls, before anybody answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// The call
    pub entry_id: String,
    /// Which way
    pub direction: Option<Direction>,
    /// How far
    pub state: Option<State>,
    /// The same for people
    #[serde(skip)]
    pub state_word: &'static str,
    /// Person
    pub name: Option<String>,
    /// Where the person works
    pub company: Option<String>,
    /// As what
    pub job: Option<String>,
    /// Of the number: mobile, work, …
    pub kind: Option<&'static str>,
    /// Digits, extension or `sip:…`
    pub number: Option<String>,
    /// Line the call came by
    pub line: Option<String>,
    /// What brought the caller: an advertisement's source, or the channel of the line
    pub channel: Option<String>,
    /// Who is called or calls, of ours
    pub employee: Option<String>,
    /// His name
    pub employee_name: Option<String>,
    /// The one before with the same person, or with the same number
    pub last_call: Option<LastCall>,
    /// What is still to be done with this person, by when it is due
    pub activities: Vec<OpenActivity>,
    /// Began
    #[serde(serialize_with = "moment")]
    pub started_at: Option<i64>,
    /// Answered
    #[serde(serialize_with = "moment")]
    pub answered_at: Option<i64>,
    /// Ended
    #[serde(serialize_with = "moment")]
    pub ended_at: Option<i64>,
    /// Seconds
    pub talk: Option<i64>,
    /// Disconnect reason
    pub reason: Option<i64>,
    /// Not taken by anybody
    pub missed: bool,
}

/// An earlier call with the same person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LastCall {
    /// When
    #[serde(serialize_with = "moment")]
    pub started_at: Option<i64>,
    /// Whether there was a conversation
    pub answered: Option<bool>,
    /// Its seconds
    pub talk: Option<i64>,
    /// What a person noted of it
    pub result: Option<String>,
}

/// Something to be done with whoever calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenActivity {
    /// In its source
    pub id: String,
    /// What
    pub title: String,
    /// By when
    #[serde(serialize_with = "moment")]
    pub due: Option<i64>,
}

impl Card {
    /// Looks up whose call it is.
    pub fn of(entry: &Entry, journal: &Journal, contacts: &ContactBook) -> Result<Card> {
        let facts = &entry.facts;
        let number = facts.other_number().map(str::to_owned);
        let owner = number.as_deref().map(|number| contacts.owner_of(number)).transpose()?.flatten();
        let kind = owner.as_ref().zip(number.as_deref()).and_then(|(owner, number)| owner.kind_of(number));
        let colleague = |extension: Option<&str>| extension.map(|extension| contacts.name_of(extension)).transpose().map(Option::flatten);
        let name = match &owner {
            Some(owner) => Some(owner.name().to_owned()),
            None => colleague(number.as_deref())?.or(facts.other_name().filter(|name| Some(*name) != number.as_deref()).map(str::to_owned)),
        };
        Ok(Card {
            entry_id: entry.entry_id.clone(),
            direction: facts.direction,
            state: facts.state,
            state_word: state_of(entry, journal)?,
            name,
            company: owner.as_ref().and_then(|owner| owner.company()).map(str::to_owned),
            job: owner.as_ref().and_then(|owner| owner.job()).map(str::to_owned),
            kind: kind.map(|kind| kind.key()),
            last_call: last_call(entry, owner.as_ref(), number.as_deref(), journal)?,
            activities: owner.as_ref().map(|owner| open_activities(owner, contacts)).transpose()?.unwrap_or_default(),
            number,
            line: facts.line.clone(),
            channel: journal.came_by(entry)?,
            employee: facts.employee().map(str::to_owned),
            employee_name: colleague(facts.employee())?,
            started_at: facts.started_at,
            answered_at: facts.answered_at,
            ended_at: facts.ended_at,
            talk: facts.talk,
            reason: facts.reason,
            missed: facts.is_missed(),
        })
    }

    /// `← Иванова Мария, +7 495 000-00-20 (моб.)  101 Петров Иван`
    pub fn parties(&self) -> String {
        // What an extension is need not be said.
        let kind = self.kind.map(Kind::named).filter(|kind| *kind != Kind::Extension);
        let kind = kind.map(|kind| format!(" ({})", kind.word())).unwrap_or_default();
        let number = self.number.as_deref().map(|number| shown(number) + &kind);
        let other: Vec<String> = [self.name.clone(), number].into_iter().flatten().collect();
        let other = if other.is_empty() { tr("номер скрыт", "number hidden").to_owned() } else { other.join(", ") };
        let own: Vec<String> = [self.employee.clone(), self.employee_name.clone()].into_iter().flatten().collect();
        let arrow = self.direction.map_or("", Direction::arrow);
        match own.is_empty() {
            true => format!("{arrow} {other}"),
            false => format!("{arrow} {other}  {}", own.join(" ")),
        }
    }

    /// The block that is drawn while the call goes on: parties, who they are, how long.
    pub fn block(&self) -> Vec<String> {
        let state = self.state_word;
        let since = self.answered_at.or(self.started_at).map_or(0, |since| now().as_second() - since);
        let mut lines = vec![format!("{}  {state} {}", self.parties(), duration(since))];
        let about: Vec<String> = [self.job.clone(), self.company.clone()].into_iter().flatten().collect();
        let line = self.line.as_deref().map(|line| tr(format!("линия {}", shown(line)), format!("line {}", shown(line))));
        let channel = self.channel.as_deref().map(|channel| tr(format!("реклама: {channel}"), format!("came by {channel}")));
        let last = self.last_call.as_ref().map(LastCall::words);
        let about = Some(about.join(", ")).filter(|about| !about.is_empty());
        let about: Vec<String> = [about, line, channel, last].into_iter().flatten().collect();
        if !about.is_empty() {
            lines.push(format!("    {}", about.join(" · ")));
        }
        let open: Vec<String> = self.activities.iter().map(OpenActivity::words).collect();
        if !open.is_empty() {
            lines.push(format!("    {} {}", tr("дела:", "to do:"), open.join(", ")));
        }
        lines
    }

    /// How it ended, for the line that stays.
    pub fn ending(&self) -> String {
        match (self.talk.filter(|talk| *talk > 0), self.missed, self.reason) {
            (Some(talk), ..) => tr(format!("разговор {}", duration(talk)), format!("talked {}", duration(talk))),
            (None, true, _) => tr("пропущен", "missed").into(),
            (None, false, Some(reason)) => ResultCode(reason).meaning().into(),
            (None, false, None) => tr("завершён", "ended").into(),
        }
    }
}

fn state_of(entry: &Entry, journal: &Journal) -> Result<&'static str> {
    Ok(match entry.facts.state {
        Some(State::Ringing) => state_word(State::Ringing, &journal.legs(entry)?),
        state => state.map_or("", State::word),
    })
}

fn last_call(entry: &Entry, owner: Option<&Owner>, number: Option<&str>, journal: &Journal) -> Result<Option<LastCall>> {
    let known = owner.map(Owner::numbers).unwrap_or_default().iter().map(|own| own.number.as_str());
    let numbers: Vec<&str> = number.into_iter().chain(known).collect();
    let Some(last) = journal.last_with(&numbers, entry)? else { return Ok(None) };
    let result = journal.noted_result(&last)?;
    let facts = last.facts;
    Ok(Some(LastCall { started_at: facts.started_at, answered: facts.answered, talk: facts.talk, result }))
}

fn open_activities(owner: &Owner, contacts: &ContactBook) -> Result<Vec<OpenActivity>> {
    let id = Some(owner.id().to_owned());
    let filter = match owner.sort() {
        Sort::Contact => ActivityFilter { contact: id, ..ActivityFilter::default() },
        Sort::Account => ActivityFilter { account: id, ..ActivityFilter::default() },
    };
    let open = contacts.people().activities(&ActivityFilter { open: true, ..filter })?;
    Ok(open.into_iter().map(|one| OpenActivity { id: one.id, title: one.title, due: one.due }).collect())
}

impl OpenActivity {
    /// `Встреча (завтра 10:00)`
    fn words(&self) -> String {
        let due = self.due.and_then(|at| Timestamp::from_second(at).ok());
        match due.map(|at| upcoming(at, now(), &zone())) {
            Some(due) => format!("{} ({due})", self.title),
            None => self.title.clone(),
        }
    }
}

impl LastCall {
    fn words(&self) -> String {
        let when = self.started_at.map(|at| ago(now().as_second() - at)).unwrap_or_default();
        let said = match (self.answered, self.talk) {
            (Some(true), Some(talk)) => {
                tr(format!("прошлый звонок {when}, {}", duration(talk)), format!("last call {when}, {}", duration(talk)))
            }
            _ => tr(format!("прошлый звонок {when}, без разговора"), format!("last call {when}, no conversation")),
        };
        match &self.result {
            Some(result) => format!("{said}: {result}"),
            None => said,
        }
    }
}

/// One notification in a line: what happened to which leg.
pub fn words(happened: &Happened) -> Option<String> {
    let said = match &happened.event {
        Event::Call(event) => {
            let place = match event.location.as_deref() {
                Some("ivr") => tr("меню:", "menu"),
                Some("queue") => tr("очередь:", "queue"),
                _ => "",
            };
            let state = match event.call_state.as_deref()? {
                "Appeared" => tr("вызов", "ringing"),
                "Connected" => tr("ответ", "connected"),
                "OnHold" => tr("удержание", "on hold"),
                "Disconnected" => tr("отбой", "disconnected"),
                other => return Some(other.to_owned()),
            };
            let transfer = match event.transfer.as_deref() {
                Some("consultative") => tr("консультация", "consultation"),
                Some("blind") => tr("перевод", "transfer"),
                Some("return_blind") => tr("возврат после перевода", "transfer returned"),
                _ => "",
            };
            let reason = event.disconnect_reason.filter(|_| event.call_state.as_deref() == Some("Disconnected"));
            let reason = reason.map(|code| ResultCode(code).meaning()).unwrap_or_default();
            let to = event.to.extension.clone().or(event.to.number.as_deref().map(shown)).unwrap_or_default();
            [place, state, &to, transfer, reason].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Event::Summary(_) => tr("звонок завершён", "the call is over").into(),
        Event::Recording(event) => match event.recording_state.as_deref() {
            Some("Started") => tr("запись началась", "recording started").into(),
            Some("Completed") => tr("запись окончена", "recording complete").into(),
            _ => return None,
        },
        Event::Added(_) => tr("запись можно скачать", "the recording can be downloaded").into(),
        Event::Outcome(event) => {
            let code = ResultCode(event.result?);
            let order = happened.path.trim_start_matches("result/");
            format!("{order}: {code}")
        }
        Event::Sms(event) => format!("SMS: {}", ResultCode(event.reason?)),
        Event::Unknown => return None,
    };
    Some(said)
}

/// What hooks may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Moment {
    /// A call from outside rings
    Incoming,
    /// One to outside begins
    Outgoing,
    /// Somebody talks
    Answered,
    /// Nobody took a call from outside
    Missed,
    /// Any call is over
    Ended,
    /// A recording was kept
    Recorded,
}

impl Moment {
    /// As in `--on`, in JSON and in `MANGO_EVENT`.
    pub fn key(self) -> &'static str {
        match self {
            Moment::Incoming => "incoming",
            Moment::Outgoing => "outgoing",
            Moment::Answered => "answered",
            Moment::Missed => "missed",
            Moment::Ended => "ended",
            Moment::Recorded => "recorded",
        }
    }

    /// What a notification means, apart from whether it was heard before.
    pub fn of(happened: &Happened) -> Vec<Moment> {
        let Some(entry) = &happened.entry else { return Vec::new() };
        let facts = &entry.facts;
        let mut moments = Vec::new();
        match (facts.direction, &happened.event) {
            // It comes when the call is long over.
            (_, Event::Added(_)) => return Vec::new(),
            (_, Event::Recording(event))
                if event.recording_state.as_deref() == Some("Completed") && event.completion_code.is_none_or(|code| code == 1000) =>
            {
                return vec![Moment::Recorded];
            }
            (Some(Direction::Incoming), _) => moments.push(Moment::Incoming),
            (Some(Direction::Outgoing), _) => moments.push(Moment::Outgoing),
            _ => {}
        }
        if facts.answered_at.is_some() {
            moments.push(Moment::Answered);
        }
        if facts.state == Some(State::Ended) {
            moments.push(Moment::Ended);
            moments.extend(facts.is_missed().then_some(Moment::Missed));
        }
        moments
    }
}
