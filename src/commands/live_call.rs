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
    #[arg(value_name = tr("ЗВОНОК", "CALL"), help = tr("@N из mango calls или начало идентификатора [мой единственный]", "@N from mango calls, or the beginning of an id [my only one]"), add = ArgValueCompleter::new(completion::live_calls))]
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

    /// What is said when no leg of mine is so; `running` are all legs of all running calls.
    fn lacking(self, me: &str, running: &[Leg]) -> &'static str {
        let any = |is: &dyn Fn(&Leg) -> bool| running.iter().any(|leg| leg.state != Some(State::Ended) && is(leg));
        match self {
            Needed::GoingOn => tr("у вас сейчас нет звонка", "you have no call now"),
            Needed::RingingMe if any(&|leg| leg.location.as_deref() == Some("ivr")) => tr(
                "звонящий ещё в голосовом меню, ваш телефон пока не звонит",
                "the caller is still in the voice menu, your telephone does not ring yet",
            ),
            Needed::RingingMe => tr("вам сейчас никто не звонит", "nobody is calling you now"),
            Needed::Talking if consultation(running).is_some_and(|(held, _)| held.is_of(me)) => consulting(),
            Needed::Talking if any(&|leg| leg.state == Some(State::Held) && leg.is_of(me)) => tr(
                "собеседник на удержании: снимите его с удержания на самом телефоне",
                "the other side is on hold: take the call off hold on the telephone itself",
            ),
            Needed::Talking => tr("вы сейчас ни с кем не разговариваете", "you are talking to nobody now"),
            Needed::Held => tr("у вас никого нет на удержании", "you have nobody on hold"),
        }
    }
}

/// What is said of another transfer meanwhile.
pub(super) fn consulting() -> &'static str {
    tr(
        "перевод уже идёт: соедините их (mango transfer --connect) или вернитесь к собеседнику (--cancel)",
        "a transfer is under way: join them (mango transfer --connect) or go back to the held party (--cancel)",
    )
}

/// The leg on which he who holds the caller rings somebody else or consults him (vpbx-core §7.6): with the leg that is held.
pub(super) fn consultation(legs: &[Leg]) -> Option<(&Leg, &Leg)> {
    let held = legs.iter().find(|leg| leg.state == Some(State::Held))?;
    let follows = |leg: &&Leg| match &leg.taken_from {
        Some(from) => held.call_id.as_ref() == Some(from),
        // Begun on the telephone (vpbx-core §7.7).
        None => leg.from_extension.as_deref().is_some_and(|holder| held.is_of(holder)) && leg.call_id != held.call_id,
    };
    let consulted = legs.iter().rev().filter(|leg| leg.state != Some(State::Ended)).find(follows)?;
    Some((held, consulted))
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
        if let Some(entry) = self.named(ctx)? {
            let legs = journal.legs(&entry)?;
            let mine = legs.iter().rev().find(|leg| needed.fits(leg, me) && me.is_some_and(|me| leg.is_of(me)));
            let leg = mine.or_else(|| legs.iter().rev().find(|leg| needed.fits(leg, None))).cloned();
            return Ok((entry, leg.ok_or(Error::NoLiveCall { said: elsewhere() })?));
        }
        let me = me.ok_or(Error::NoExtension)?;
        let (mut found, mut running) = (Vec::new(), Vec::new());
        for entry in journal.live(None)? {
            let legs = journal.legs(&entry)?;
            let leg = legs.iter().rev().find(|leg| leg.is_of(me) && needed.fits(leg, Some(me))).cloned();
            found.extend(leg.map(|leg| (entry, leg)));
            running.extend(legs);
        }
        only(found, || needed.lacking(me, &running))
    }

    /// The call that was named. `@N` counts running calls, the newest first; anything else is an id.
    pub(super) fn named(&self, ctx: &Context) -> Result<Option<Entry>> {
        let Some(call) = &self.call else { return Ok(None) };
        let journal = ctx.journal()?;
        let Some(n) = call.strip_prefix('@').and_then(|n| n.parse::<usize>().ok()) else { return journal.call(call).map(Some) };
        let found = journal.live(None)?.into_iter().nth(n.wrapping_sub(1));
        found.map(Some).ok_or_else(|| Error::NoSuchLiveCall { call: call.to_owned() })
    }
}

/// The only one of mine; of several one has to be named.
pub(super) fn only(mut found: Vec<(Entry, Leg)>, lacking: impl FnOnce() -> &'static str) -> Result<(Entry, Leg)> {
    match found.len() {
        0 => Err(Error::NoLiveCall { said: lacking() }),
        1 => Ok(found.remove(0)),
        _ => Err(Error::ManyLiveCalls { candidates: candidates(&found) }),
    }
}

/// A call that was named is not as an order needs it.
fn elsewhere() -> &'static str {
    tr("этот звонок уже завершён или сейчас в другом состоянии", "this call has ended or is in another state now")
}

fn candidates(found: &[(Entry, Leg)]) -> Vec<Candidate> {
    let other = |entry: &Entry| entry.facts.other_number().map(crate::phone::shown).unwrap_or_default();
    let state = |leg: &Leg| leg.state.map(|state| state.word().to_owned()).unwrap_or_default();
    found.iter().map(|(entry, leg)| Candidate { id: entry.entry_id.clone(), name: other(entry), detail: state(leg) }).collect()
}
