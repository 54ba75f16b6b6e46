//! How calls go (vpbx-core §7): how each kind begins, what follows from what, and how a living call is changed.

mod beginnings;
mod changes;

pub(super) use beginnings::{Callback, GroupCallback, Incoming, callback, callback_group, incoming, outgoing};
pub(super) use changes::{
    Order, answer, blind_transfer, cancel_transfer, complete_transfer, connect_transfer, consult, consultation, consulted, hang_up_at,
    hold, route, silence,
};

use super::Sandbox;
use super::calls::{Act, End, Leg, Life, NORMAL, Plan, State, Transfer};
use super::entry::{Party, Place};
use super::people::{Behaviour, EMPLOYEES, Employee, Group, Habit};
use super::rules::Rules;

/// How long the PBX lets a member of a group ring before it tries the next.
const PATIENCE: f64 = 15.0;

/// How long the person at the terminal has to act on an incoming call, and how long the conversation lasts if nobody ends it.
const AT_TERMINAL: Habit = Habit { behaviour: Behaviour::Silent, ring: 20.0, talk: 60.0 };

/// How long a consultation lasts at least: whoever ordered it needs time to decide.
const CONSULTATION: f64 = 30.0;

const GROUP_IN_VAIN: i64 = 1164;
const TAKEN_BY_ANOTHER: i64 = 1182;

/// Looks up what a telephone does and rolls the dice of one call.
pub(super) struct Fate<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) rules: Rules,
    pub(super) luck: &'a mut fastrand::Rng,
}

impl Fate<'_> {
    fn of(&mut self, party: &Party) -> Habit {
        self.sandbox.habit(party.name(), self.luck)
    }

    /// The same for a call that comes in: the first employee is the person at the terminal, who wants to act on it.
    fn of_called(&mut self, party: &Party) -> Habit {
        if party.employee != EMPLOYEES.first() || self.sandbox.changed_habit(party.name()).is_some() {
            return self.of(party);
        }
        match self.rules.answer_after {
            Some(ring) => Habit { behaviour: Behaviour::Answers, ring, ..AT_TERMINAL },
            None => AT_TERMINAL,
        }
    }

    /// Who hangs up first.
    fn farewell(&mut self) -> i64 {
        if self.luck.bool() { End::From.farewell() } else { End::To.farewell() }
    }
}

/// Whom a call is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    One(Party<'static>),
    Group(&'static Group),
}

impl Target {
    /// What a dialled number means to the PBX: a group, an employee by short number or device, or the world outside.
    pub(super) fn of(number: &str) -> Target {
        if let Some(group) = Group::by_extension(number) {
            return Target::Group(group);
        }
        if let Some(employee) = Employee::by_extension(number) {
            return Target::One(Party::employee(employee));
        }
        Target::One(Party { employee: Employee::by_number(number), number: number.to_owned().into() })
    }

    fn party(&self) -> Party<'static> {
        match self {
            Target::One(party) => party.clone(),
            Target::Group(group) => Party::outside(group.extension),
        }
    }

    /// At the PBX's own telephones, not beyond one of its lines.
    pub(super) fn is_inside(&self) -> bool {
        match self {
            Target::One(party) => is_inside(party),
            Target::Group(_) => true,
        }
    }
}

fn is_inside(party: &Party) -> bool {
    party.employee.is_some_and(|employee| employee.sip == party.number)
}

/// What follows a leg.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Next {
    #[default]
    Nothing,
    /// The leg is only the way: whoever gets to its end is connected with the target.
    Reach(Target),
    /// A consultation: when it is over, the leg on hold goes on.
    Resume(usize),
    /// A call passed on: when nobody takes it, whoever passed it on is rung.
    Return(Party<'static>),
}

/// What follows from something that has just happened.
pub(super) fn follow(plan: &mut Plan, at: f64, act: &Act, fate: &mut Fate) {
    match act {
        Act::Appear(leg) => appeared(plan, at, *leg, fate),
        Act::Connect(leg) => connected(plan, at, *leg, fate),
        Act::Resume(leg) => {
            let talk = plan.legs[*leg].habit.talk;
            plan.at(at + talk, Act::Disconnect(*leg, fate.farewell()));
        }
        Act::Disconnect(leg, reason) => ended(plan, at, *leg, *reason, fate),
        Act::GiveUp if !plan.legs.iter().any(|leg| leg.target && leg.life.answered.is_some()) => {
            let caller = plan.caller.clone();
            hang_up_at(plan, at, &|party| *party == caller);
        }
        _ => {}
    }
}

fn appeared(plan: &mut Plan, at: f64, leg: usize, fate: &mut Fate) {
    let Leg { place, habit, .. } = plan.legs[leg];
    match (place, habit.behaviour) {
        (Place::Ivr, _) => plan.at(at + habit.ring, Act::Disconnect(leg, NORMAL)),
        (Place::Queue, _) => ring_members(plan, at, leg, fate),
        (Place::Abonent, Behaviour::Answers) => plan.at(at + habit.ring, Act::Connect(leg)),
        (Place::Abonent, Behaviour::Busy) => plan.at(at + habit.ring, Act::Disconnect(leg, 1121)),
        (Place::Abonent, Behaviour::Declines) => plan.at(at + habit.ring, Act::Disconnect(leg, 1122)),
        (Place::Abonent, Behaviour::Silent) => plan.at(at + habit.ring, Act::Disconnect(leg, 1111)),
    }
}

/// Whoever has picked up has the call: the queue is left, and a way leads on.
fn connected(plan: &mut Plan, at: f64, leg: usize, fate: &mut Fate) {
    let connected = plan.legs[leg].clone();
    if let Some(queue) = queue_of(plan, leg) {
        // Whoever would pick up at the same moment is too late.
        ringing_in(plan, queue).into_iter().for_each(|other| plan.forget(other));
        plan.at(at, Act::Disconnect(queue, NORMAL));
    }
    if let Next::Reach(target) = connected.next {
        if connected.to.employee.is_some() {
            plan.caller = connected.to.clone();
        }
        plan.at(at, Act::Disconnect(leg, 1000));
        reach(plan, at, connected.to, Some(leg), &target, fate);
        return;
    }
    let talk = if matches!(connected.next, Next::Resume(_)) { connected.habit.talk.max(CONSULTATION) } else { connected.habit.talk };
    plan.at(at + talk, Act::Disconnect(leg, fate.farewell()));
}

fn ended(plan: &mut Plan, at: f64, leg: usize, reason: i64, fate: &mut Fate) {
    let Leg { place, from, next, life, group, .. } = plan.legs[leg].clone();
    match (place, next) {
        (Place::Ivr, Next::Reach(target)) if reason == NORMAL => {
            reach(plan, at, from, Some(leg), &target, fate);
        }
        (Place::Ivr, _) => {}
        (Place::Queue, _) => {
            for member in ringing_in(plan, leg) {
                plan.forget(member);
                plan.at(at, Act::Disconnect(member, if reason == NORMAL { TAKEN_BY_ANOTHER } else { reason }));
            }
            if reason == GROUP_IN_VAIN {
                in_vain(plan, at, leg, fate);
            }
        }
        (Place::Abonent, Next::Resume(held)) if life.answered.is_some() => resume(plan, at, held),
        (Place::Abonent, _) if life.answered.is_some() => {}
        (Place::Abonent, _) if group.is_some() => {
            if let Some(queue) = queue_of(plan, leg).filter(|queue| !plan.is_ending(*queue)) {
                next_member(plan, at, queue, fate);
            }
        }
        (Place::Abonent, _) => in_vain(plan, at, leg, fate),
    }
}

/// Nobody has taken what was rung.
fn in_vain(plan: &mut Plan, at: f64, leg: usize, fate: &mut Fate) {
    match plan.legs[leg].next.clone() {
        Next::Resume(held) => resume(plan, at, held),
        Next::Return(to) => {
            let Leg { from, command_id, .. } = plan.legs[leg].clone();
            let back = reach(plan, at, from, Some(leg), &Target::One(to), fate);
            let leg = &mut plan.legs[back];
            (leg.command_id, leg.transfer, leg.made_by) = (command_id, Some(Transfer::ReturnBlind), Some(Transfer::ReturnBlind));
            leg.habit = fate.of_called(&leg.to);
        }
        Next::Nothing | Next::Reach(_) => {}
    }
}

fn resume(plan: &mut Plan, at: f64, held: usize) {
    if plan.legs[held].state() == State::OnHold {
        plan.forget(held);
        plan.at(at, Act::Resume(held));
    }
}

/// Rings a target. Returns its first leg.
fn reach(plan: &mut Plan, at: f64, from: Party<'static>, before: Option<usize>, target: &Target, fate: &mut Fate) -> usize {
    let leg = match target {
        Target::One(party) => Leg { target: true, habit: habit(plan, party, fate), ..leg(plan, Place::Abonent, from, party.clone()) },
        Target::Group(group) => Leg { group: Some(group), ..leg(plan, Place::Queue, from, Party::default()) },
    };
    plan.appear(at, Leg { taken_from: before, ..leg })
}

/// In a call by command, whoever is rung is expected to know of it.
fn habit(plan: &Plan, party: &Party, fate: &mut Fate) -> Habit {
    if plan.command_id.is_some() { fate.of(party) } else { fate.of_called(party) }
}

/// The caller waits in the queue while the employees are rung, one after another or all at once.
fn ring_members(plan: &mut Plan, at: f64, queue: usize, fate: &mut Fate) {
    let count = match plan.legs[queue].group {
        Some(group) if group.at_once => rung(group, &plan.legs[queue].from).count(),
        _ => 1,
    };
    (0..count).for_each(|_| next_member(plan, at, queue, fate));
}

/// Rings whoever has not been rung yet; when there is nobody, and nobody is ringing, the group has failed.
fn next_member(plan: &mut Plan, at: f64, queue: usize, fate: &mut Fate) {
    let waiting = plan.legs[queue].clone();
    let Some(group) = waiting.group else { return };
    let tried = members_of(plan, queue).count();
    let Some(employee) = rung(group, &waiting.from).nth(tried) else {
        if !members_of(plan, queue).any(|member| plan.legs[member].lives()) {
            plan.at(at, Act::Disconnect(queue, GROUP_IN_VAIN));
        }
        return;
    };
    let to = Party::employee(employee);
    let habit = patient(habit(plan, &to, fate));
    let target = !matches!(waiting.next, Next::Reach(_));
    plan.appear(at, Leg { place: Place::Abonent, to, taken_from: Some(queue), target, habit, life: Life::default(), ..waiting });
}

fn patient(habit: Habit) -> Habit {
    if habit.ring > PATIENCE { Habit { behaviour: Behaviour::Silent, ring: PATIENCE, ..habit } } else { habit }
}

/// A member who calls his own group is not rung himself.
fn rung<'a>(group: &'static Group, caller: &'a Party<'static>) -> impl Iterator<Item = &'static Employee> + use<'a> {
    group.employees().filter(|employee| caller.employee != Some(employee))
}

fn members_of(plan: &Plan, queue: usize) -> impl Iterator<Item = usize> {
    let is_member = move |leg: &Leg| leg.place == Place::Abonent && leg.group.is_some() && leg.taken_from == Some(queue);
    plan.legs.iter().enumerate().filter(move |(_, leg)| is_member(leg)).map(|(index, _)| index)
}

fn ringing_in(plan: &Plan, queue: usize) -> Vec<usize> {
    members_of(plan, queue).filter(|member| plan.legs[*member].state() == State::Appeared).collect()
}

/// The queue from which a member is rung, while the caller waits in it.
fn queue_of(plan: &Plan, member: usize) -> Option<usize> {
    let queue = plan.legs[member].group.and(plan.legs[member].taken_from)?;
    (plan.legs[queue].place == Place::Queue && plan.legs[queue].lives()).then_some(queue)
}

fn leg(plan: &Plan, place: Place, from: Party<'static>, to: Party<'static>) -> Leg {
    let nobody = Habit { behaviour: Behaviour::Silent, ring: 0.0, talk: 0.0 };
    let (line, command_id) = (plan.line, plan.command_id.clone());
    Leg {
        place,
        from,
        to,
        line,
        group: None,
        taken_from: None,
        target: false,
        by_hand: false,
        command_id,
        transfer: None,
        made_by: None,
        intercepted: false,
        habit: nobody,
        next: Next::Nothing,
        life: Life::default(),
    }
}
