//! The machine that plays calls: legs, and timed steps that happen to them (vpbx-core §7).
//!
//! A step is acted out here; what follows from it is decided by the scripts, which put further steps behind it.
//! So a command changes a living call by putting a step in front, and all else follows as it would have by itself.

use super::Sandbox;
use super::clock::Moment;
use super::entry::{self, Direction, Party, Place};
use super::people::{Employee, Group, Habit, Line};
use super::recordings::Recording;
use super::rules::Rules;
use super::scripts::{self, Fate, Next};
use super::telling::More;

/// One of the two ends of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    From,
    To,
}

impl End {
    pub(super) fn other(self) -> End {
        if self == End::From { End::To } else { End::From }
    }

    /// The reason of a leg whose party at this end hangs up.
    pub(super) fn farewell(self) -> i64 {
        if self == End::From { BY_CALLER } else { BY_CALLED }
    }
}

/// `transfer` of an event (vpbx-core §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    Consultative,
    Blind,
    ReturnBlind,
}

impl Transfer {
    pub(super) fn word(self) -> &'static str {
        ["consultative", "blind", "return_blind"][self as usize]
    }
}

/// A leg as its script imagines it, and what has become of it.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) place: Place,
    pub(super) from: Party<'static>,
    pub(super) to: Party<'static>,
    /// Stands in `to` on the way in, and in `from` on the way out (field notes).
    pub(super) line: Option<&'static Line>,
    pub(super) group: Option<&'static Group>,
    /// The leg in which the caller was before.
    pub(super) taken_from: Option<usize>,
    /// The conversation happens here, not on the way to it.
    pub(super) target: bool,
    /// Dialled on a telephone, which is known only when it is connected (vpbx-core §7.1).
    pub(super) by_hand: bool,
    /// The command that made the leg; all its events carry it.
    pub(super) command_id: Option<String>,
    pub(super) transfer: Option<Transfer>,
    /// By which kind of transfer the leg was made; `transfer` may change later.
    pub(super) made_by: Option<Transfer>,
    /// Taken away from whoever was ringing.
    pub(super) intercepted: bool,
    /// What whoever is rung does.
    pub(super) habit: Habit,
    pub(super) next: Next,
    pub(super) life: Life,
}

impl Leg {
    pub(super) fn party(&self, end: End) -> &Party<'static> {
        if end == End::From { &self.from } else { &self.to }
    }

    pub(super) fn state(&self) -> State {
        match &self.life {
            Life { appeared: None, .. } => State::Planned,
            Life { ended: Some(_), .. } => State::Ended,
            Life { held: Some(_), .. } => State::OnHold,
            Life { answered: Some(_), .. } => State::Connected,
            _ => State::Appeared,
        }
    }

    pub(super) fn lives(&self) -> bool {
        !matches!(self.state(), State::Planned | State::Ended)
    }
}

/// `call_state`, with what comes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Planned,
    Appeared,
    Connected,
    OnHold,
    Ended,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        ["Planned", "Appeared", "Connected", "OnHold", "Disconnected"][self as usize]
    }
}

/// What has happened to a leg so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) seq: u32,
    pub(super) appeared: Option<Moment>,
    pub(super) answered: Option<Moment>,
    /// Since when, and by whom.
    pub(super) held: Option<(Moment, End)>,
    /// Seconds on hold.
    pub(super) hold: f64,
    pub(super) ended: Option<(Moment, i64)>,
}

impl Life {
    fn release(&mut self, at: Moment) {
        if let Some((since, _)) = self.held.take() {
            self.hold += at - since;
        }
    }
}

/// Something that happens to a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Appear(usize),
    Connect(usize),
    /// By whom, and by which command.
    Hold(usize, End, Option<String>),
    Resume(usize),
    /// The party at this end is moved elsewhere, because the other one has left by a transfer; by which command.
    Move(usize, End, Option<String>),
    /// Somebody else takes the caller's place.
    Replace(usize, Party<'static>),
    Disconnect(usize, i64),
    /// The caller's patience is over, if nobody talks to him.
    GiveUp,
    /// Somebody is recorded from now on; by which command.
    Record(usize, &'static Employee, String),
    /// The caller has pressed these keys.
    Press(usize, String),
    /// `result/<command>` with its code.
    Report(&'static str, String, i64),
    /// A message that was held back.
    Say(Message),
}

impl Act {
    fn leg(&self) -> Option<usize> {
        match self {
            Act::Appear(leg) | Act::Connect(leg) | Act::Hold(leg, ..) | Act::Resume(leg) | Act::Move(leg, ..) => Some(*leg),
            Act::Replace(leg, _) | Act::Disconnect(leg, _) | Act::Record(leg, ..) | Act::Press(leg, _) => Some(*leg),
            Act::GiveUp | Act::Report(..) | Act::Say(_) => None,
        }
    }
}

/// An act and its time, in seconds since the call began.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) at: f64,
    pub(super) act: Act,
}

/// A call as far as it is written.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) direction: Direction,
    pub(super) line: Option<&'static Line>,
    pub(super) caller: Party<'static>,
    pub(super) called: Party<'static>,
    /// `context_init_type` (vpbx-core §6.2.2).
    pub(super) init: u8,
    /// The command that began the call.
    pub(super) command_id: Option<String>,
    pub(super) legs: Vec<Leg>,
    /// In the order of their times.
    pub(super) steps: Vec<Step>,
}

impl Plan {
    /// Adds a leg that appears at this time.
    pub(super) fn appear(&mut self, at: f64, leg: Leg) -> usize {
        self.legs.push(leg);
        self.at(at, Act::Appear(self.legs.len() - 1));
        self.legs.len() - 1
    }

    /// Behind everything that happens at the same time.
    pub(super) fn at(&mut self, at: f64, act: Act) {
        let place = self.steps.partition_point(|step| step.at <= at);
        self.steps.insert(place, Step { at, act });
    }

    /// Before everything that happens at the same time.
    pub(super) fn at_once(&mut self, at: f64, act: Act) {
        self.steps.insert(0, Step { at, act });
    }

    /// Nothing of what was to happen to the leg happens.
    pub(super) fn forget(&mut self, leg: usize) {
        self.steps.retain(|step| step.act.leg() != Some(leg));
    }

    /// What was to happen to the leg happens this much later.
    pub(super) fn postpone(&mut self, leg: usize, seconds: f64) {
        let later: Vec<Step> = self.steps.iter().filter(|step| step.act.leg() == Some(leg)).cloned().collect();
        self.forget(leg);
        later.into_iter().for_each(|step| self.at(step.at + seconds, step.act));
    }

    pub(super) fn is_ending(&self, leg: usize) -> bool {
        self.steps.iter().any(|step| matches!(step.act, Act::Disconnect(other, _) if other == leg))
    }

    /// The legs that live and are like this, in the order in which they appeared.
    pub(super) fn living(&self, like: impl Fn(&Leg) -> bool) -> Vec<usize> {
        let legs = self.legs.iter().enumerate();
        legs.filter(|(_, leg)| leg.lives() && like(leg)).map(|(index, _)| index).collect()
    }
}

/// A call that is being played.
pub(super) struct Call {
    pub(super) serial: i64,
    pub(super) began: Moment,
    pub(super) plan: Plan,
    pub(super) recordings: Vec<Recording>,
    /// What the caller has chosen in the menu, and how many times he has pressed anything.
    pub(super) menu: (String, u32),
    pub(super) closed: bool,
    luck: fastrand::Rng,
    /// The disorder has dice of its own: with it and without it a call goes the same way.
    mischief: fastrand::Rng,
    /// When the last thing happened.
    last: f64,
    told: Vec<Message>,
}

/// A message for the customer: path and JSON.
pub(super) type Message = (String, String);

pub(super) const DONE: i64 = 1000;
pub(super) const NORMAL: i64 = 1100;
pub(super) const BY_CALLER: i64 = 1110;
pub(super) const BY_CALLED: i64 = 1120;

impl Call {
    pub(super) fn new(serial: i64, began: Moment, plan: Plan, mut luck: fastrand::Rng) -> Call {
        let mischief = luck.fork();
        let (recordings, told, menu) = (Vec::new(), Vec::new(), (String::new(), 0));
        Call { serial, began, plan, recordings, menu, closed: false, luck, mischief, last: 0.0, told }
    }

    pub(super) fn next(&self) -> Option<Moment> {
        self.plan.steps.first().map(|step| self.began + step.at)
    }

    pub(super) fn leg(&self, call_id: &str) -> Option<usize> {
        (0..self.plan.legs.len()).find(|leg| self.call_id(*leg) == call_id)
    }

    pub(super) fn call_id(&self, leg: usize) -> String {
        entry::call_id(self.serial, leg, self.plan.legs[leg].place)
    }

    /// Nobody is on the line, and nobody will be.
    pub(super) fn is_over(&self) -> bool {
        let is_quiet = |act: &Act| matches!(act, Act::Say(_) | Act::Report(..) | Act::GiveUp);
        self.plan.steps.iter().all(|step| is_quiet(&step.act)) && !self.plan.legs.iter().any(Leg::lives)
    }

    /// Does everything that is due, but no more than what ends the call, whose summary may overtake what is still to be told.
    /// Times are those of the script, not of the moment when we got to it.
    pub(super) fn advance(&mut self, now: Moment, sandbox: &Sandbox, rules: &Rules) {
        while self.next().is_some_and(|moment| moment <= now + 1e-6) {
            let step = self.plan.steps.remove(0);
            self.act(step, sandbox, rules);
            if !self.closed && self.is_over() {
                return;
            }
        }
    }

    /// Takes what is to be told.
    pub(super) fn told(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.told)
    }

    /// Changes what is going to happen.
    pub(super) fn change<T>(&mut self, sandbox: &Sandbox, rules: &Rules, change: impl FnOnce(&mut Plan, &mut Fate) -> T) -> T {
        change(&mut self.plan, &mut Fate { sandbox, rules: *rules, luck: &mut self.luck })
    }

    /// The end: the summary, and a little later the news that the recordings can be fetched; returns when.
    pub(super) fn close(&mut self, rules: &Rules) -> Moment {
        self.closed = true;
        self.plan.steps.retain(|step| step.act != Act::GiveUp);
        let summary = self.summary().to_string();
        self.say(self.last, "events/summary", summary, rules);
        self.announce_recordings(self.last, rules)
    }

    /// Forgets everything, without a word to anybody.
    pub(super) fn vanish(&mut self) {
        self.closed = true;
        self.plan.steps.clear();
        self.plan.legs.clear();
    }

    fn act(&mut self, Step { at, act }: Step, sandbox: &Sandbox, rules: &Rules) {
        if act.leg().is_some_and(|leg| self.plan.legs[leg].life.ended.is_some()) {
            return;
        }
        self.last = self.last.max(at);
        match act.clone() {
            Act::Appear(leg) => {
                self.plan.legs[leg].life.appeared = Some(self.began + at);
                self.event(leg, "Appeared", at, More::default(), rules);
            }
            Act::Connect(leg) => {
                self.plan.legs[leg].life.answered = Some(self.began + at);
                self.event(leg, "Connected", at, More::default(), rules);
                self.begin_recording(leg, at, rules);
            }
            Act::Hold(leg, by, command_id) => {
                self.plan.legs[leg].life.held = Some((self.began + at, by));
                self.event(leg, "OnHold", at, More { command_id, holder: Some(by), ..More::default() }, rules);
            }
            Act::Resume(leg) => {
                self.plan.legs[leg].life.release(self.began + at);
                self.event(leg, "Connected", at, More::default(), rules);
            }
            Act::Replace(leg, caller) => {
                let changed = &mut self.plan.legs[leg];
                (changed.from, changed.transfer) = (caller, Some(Transfer::Blind));
                let state = changed.state().word();
                self.end_recordings_of_absent(leg, at, rules);
                self.event(leg, state, at, More::default(), rules);
            }
            Act::Move(leg, moved, command_id) => {
                let reason = moved.other().farewell();
                self.end(leg, at, reason, More { command_id, moved: Some(moved), ..More::default() }, rules);
            }
            Act::Disconnect(leg, reason) => self.end(leg, at, reason, More::default(), rules),
            Act::Record(leg, employee, command_id) => self.record(leg, employee, at, Some(command_id), rules),
            Act::Press(leg, keys) => self.pressed(leg, &keys, at, rules),
            Act::Report(command, command_id, code) => {
                let result = serde_json::json!({"command_id": command_id, "result": code});
                self.say(at, format!("result/{command}"), result.to_string(), rules);
            }
            Act::Say(message) => self.told.push(message),
            Act::GiveUp => {}
        }
        self.change(sandbox, rules, |plan, fate| scripts::follow(plan, at, &act, fate));
    }

    fn end(&mut self, leg: usize, at: f64, reason: i64, more: More, rules: &Rules) {
        let life = &mut self.plan.legs[leg].life;
        life.release(self.began + at);
        life.ended = Some((self.began + at, reason));
        self.event(leg, "Disconnected", at, More { reason: Some(reason), ..more }, rules);
        self.end_recordings(leg, at, rules);
    }

    /// Tells the customer, unless disorder is wanted: then late, twice or never (field notes).
    pub(super) fn say(&mut self, at: f64, path: impl Into<String>, json: String, rules: &Rules) {
        let message = (path.into(), json);
        let Some(moments) = rules.disorder.moments(at, &mut self.mischief) else { return self.told.push(message) };
        moments.into_iter().for_each(|at| self.plan.at(at, Act::Say(message.clone())));
    }

    /// Tells it when that time has come.
    pub(super) fn say_later(&mut self, at: f64, path: &str, json: String, rules: &Rules) {
        let message = (path.to_owned(), json);
        let moments = rules.disorder.moments(at, &mut self.mischief).unwrap_or_else(|| vec![at]);
        moments.into_iter().for_each(|at| self.plan.at(at, Act::Say(message.clone())));
    }

    /// Whether the result of a command comes before its events.
    pub(super) fn result_first(&mut self, rules: &Rules, usual: bool) -> bool {
        rules.results.first(usual, &mut self.luck)
    }
}
