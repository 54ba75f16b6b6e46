//! CALL of commands on running calls: the one named, or the only one of mine.

use clap_complete::ArgValueCompleter;

use crate::completion;
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::journal::{Entry, Leg, State};
use crate::text::tr;

/// Which running call.
#[derive(clap::Args, Debug)]
pub(super) struct LiveCall {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), help = tr("@N из mango calls или начало идентификатора [мой единственный]", "@N from mango calls, or the beginning of an id [my only one]"), add = ArgValueCompleter::new(completion::calls))]
    call: Option<String>,
}

/// What a leg must be for an order to make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    GoingOn,
    RingingMe,
    Talking,
    Held,
}

impl Needed {
    fn fits(self, leg: &Leg, me: Option<&str>) -> bool {
        let rings_me = || me.is_none_or(|me| leg.to_extension.as_deref() == Some(me));
        match (self, leg.state) {
            (_, None | Some(State::Ended)) => false,
            (Needed::GoingOn, _) => true,
            (Needed::RingingMe, state) => state == Some(State::Ringing) && rings_me(),
            (Needed::Talking, state) => state == Some(State::Talking),
            (Needed::Held, state) => state == Some(State::Held),
        }
    }

    /// What is said when no leg of mine is so.
    fn lacking(self) -> &'static str {
        match self {
            Needed::GoingOn => tr("у вас сейчас нет звонка", "you have no call now"),
            Needed::RingingMe => tr("вам сейчас никто не звонит", "nobody is calling you now"),
            Needed::Talking => tr("вы сейчас ни с кем не разговариваете", "you are talking to nobody now"),
            Needed::Held => tr("у вас никого нет на удержании", "you have nobody on hold"),
        }
    }
}

impl LiveCall {
    /// CALL from another command's `--call`.
    pub(super) fn of(call: Option<String>) -> LiveCall {
        LiveCall { call }
    }

    /// The call and the leg of mine on it that is as needed. Of a call that was named, any leg will do if none is mine.
    pub(super) fn find(&self, needed: Needed, ctx: &Context) -> Result<(Entry, Leg)> {
        let journal = ctx.journal()?;
        if !journal.somebody_listens()? {
            return Err(Error::NobodyListens);
        }
        let me = ctx.config.extension.as_deref();
        if let Some(call) = &self.call {
            let entry = named(call, ctx)?;
            let legs = journal.legs(&entry)?;
            let mine = legs.iter().rev().find(|leg| needed.fits(leg, me) && me.is_some_and(|me| leg.is_of(me)));
            let leg = mine.or_else(|| legs.iter().rev().find(|leg| needed.fits(leg, None))).cloned();
            return Ok((entry, leg.ok_or(Error::NoLiveCall { said: elsewhere() })?));
        }
        let me = me.ok_or(Error::NoExtension)?;
        let mut found = Vec::new();
        for entry in journal.live(Some(me))? {
            let leg = journal.legs(&entry)?.into_iter().rev().find(|leg| leg.is_of(me) && needed.fits(leg, Some(me)));
            found.extend(leg.map(|leg| (entry, leg)));
        }
        match found.len() {
            0 => Err(Error::NoLiveCall { said: needed.lacking() }),
            1 => Ok(found.remove(0)),
            _ => Err(Error::ManyCalls { call: me.to_owned(), candidates: candidates(&found) }),
        }
    }
}

/// A call that was named is not as an order needs it.
fn elsewhere() -> &'static str {
    tr("этот звонок уже завершён или сейчас в другом состоянии", "this call has ended or is in another state now")
}

/// `@N` counts running calls, the newest first; anything else is an id.
fn named(call: &str, ctx: &Context) -> Result<Entry> {
    let journal = ctx.journal()?;
    match call.strip_prefix('@').and_then(|n| n.parse::<usize>().ok()) {
        Some(n) => {
            let found = journal.live(None)?.into_iter().nth(n.wrapping_sub(1));
            found.ok_or_else(|| Error::NoCall { call: call.to_owned() })
        }
        None => journal.call(call),
    }
}

fn candidates(found: &[(Entry, Leg)]) -> Vec<Candidate> {
    let other = |entry: &Entry| entry.facts.other_number().map(crate::phone::shown).unwrap_or_default();
    let state = |leg: &Leg| leg.state.map(|state| state.word().to_owned()).unwrap_or_default();
    found.iter().map(|(entry, leg)| Candidate { id: entry.entry_id.clone(), name: other(entry), detail: state(leg) }).collect()
}
