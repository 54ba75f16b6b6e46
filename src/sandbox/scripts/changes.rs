//! How a living call is changed: by a command, or by somebody with a telephone in his hand (vpbx-core §4.3, §4.7–4.11).

use super::{Fate, Next, Target, is_inside, queue_of, reach, resume};
use crate::sandbox::calls::{Act, BY_CALLER, End, NORMAL, Plan, State, Transfer};
use crate::sandbox::entry::{Party, Place};
use crate::sandbox::people::{Employee, LINES, Line};

/// How long somebody stays on hold at least.
const HOLD: f64 = 120.0;

const DECLINED: i64 = 1122;
const BY_EXTERNAL_SYSTEM: i64 = 1181;

/// A command to move a party of a leg elsewhere.
pub(in crate::sandbox) struct Order {
    pub(in crate::sandbox) leg: usize,
    /// Where the employee is on whose behalf it is given.
    pub(in crate::sandbox) initiator: End,
    pub(in crate::sandbox) target: Target,
    /// Nobody's command: done on the telephone.
    pub(in crate::sandbox) command_id: Option<String>,
}

/// The leg ends and nothing else of it happens.
pub(in crate::sandbox) fn silence(plan: &mut Plan, at: f64, leg: usize) {
    plan.forget(leg);
    plan.at(at, Act::Disconnect(leg, BY_EXTERNAL_SYSTEM));
}

/// Somebody picks up the telephone that rings.
pub(in crate::sandbox) fn answer(plan: &mut Plan, at: f64, leg: usize) {
    plan.forget(leg);
    plan.at(at, Act::Connect(leg));
}

/// The initiator leaves at once, the other party is connected with the target, and comes back if nobody answers there (vpbx-core §7.8).
pub(in crate::sandbox) fn blind_transfer(plan: &mut Plan, at: f64, order: Order, fate: &mut Fate) {
    let (staying, moved) = parties(plan, &order);
    plan.forget(order.leg);
    plan.at(at, Act::Move(order.leg, order.initiator.other(), order.command_id.clone()));
    let new = reach(plan, at, moved, Some(order.leg), &order.target, fate);
    mark(plan, new, order, Transfer::Blind, Next::Return(staying), fate);
}

/// The other party waits while the initiator talks with the target (vpbx-core §7.6).
pub(in crate::sandbox) fn consult(plan: &mut Plan, at: f64, order: Order, fate: &mut Fate) {
    let (staying, _) = parties(plan, &order);
    hold(plan, at, order.leg, order.initiator, order.command_id.clone());
    let new = reach(plan, at, staying, Some(order.leg), &order.target, fate);
    let next = Next::Resume(order.leg);
    mark(plan, new, order, Transfer::Consultative, next, fate);
}

/// Whoever is put on hold loses patience some day.
pub(in crate::sandbox) fn hold(plan: &mut Plan, at: f64, leg: usize, by: End, command_id: Option<String>) {
    plan.forget(leg);
    plan.at(at, Act::Hold(leg, by, command_id));
    let patience = HOLD.max(plan.legs[leg].habit.talk);
    plan.at(at + patience, Act::Disconnect(leg, by.other().farewell()));
}

/// The leg that an employee keeps on hold while he consults somebody about it.
pub(in crate::sandbox) fn consultation(plan: &Plan, employee: &Employee) -> Option<usize> {
    let holds = |index: &usize| {
        let leg = &plan.legs[*index];
        leg.life.held.is_some_and(|(_, by)| leg.party(by).employee == Some(employee))
    };
    plan.living(|leg| leg.state() == State::OnHold).into_iter().filter(holds).find(|held| !consulted(plan, *held).is_empty())
}

/// The legs on which somebody is consulted about whoever is held in this one.
pub(in crate::sandbox) fn consulted(plan: &Plan, held: usize) -> Vec<usize> {
    plan.living(|leg| leg.next == Next::Resume(held))
}

/// The initiator has left: the waiting party takes his place in the consultation, which need not be answered yet (vpbx-core §7.6, §7.7).
pub(in crate::sandbox) fn complete_transfer(plan: &mut Plan, at: f64, held: usize, command_id: Option<String>) {
    let Some((_, by)) = plan.legs[held].life.held else { return };
    let (initiator, waiting) = (plan.legs[held].party(by).clone(), plan.legs[held].party(by.other()).clone());
    plan.forget(held);
    plan.at(at, Act::Move(held, by.other(), command_id));
    for leg in consulted(plan, held) {
        let talks = plan.legs[leg].state() == State::Connected;
        plan.legs[leg].next = if talks { Next::Nothing } else { Next::Return(initiator.clone()) };
        plan.legs[leg].line = line(plan, &waiting, &plan.legs[leg].to);
        if talks {
            plan.forget(leg);
        }
        plan.at(at, Act::Replace(leg, waiting.clone()));
        if talks {
            let talk = plan.legs[leg].habit.talk;
            plan.at(at + talk, Act::Disconnect(leg, BY_CALLER));
        }
    }
}

/// `calls_connect`: both legs must belong together and talk. `None` when they do not.
pub(in crate::sandbox) fn connect_transfer(plan: &mut Plan, at: f64, held: usize, talking: usize, command_id: String) -> Option<()> {
    let (is_held, talks) = (plan.legs[held].state() == State::OnHold, plan.legs[talking].state() == State::Connected);
    let belongs = plan.legs[talking].next == Next::Resume(held);
    (is_held && talks && belongs).then(|| complete_transfer(plan, at, held, Some(command_id)))
}

/// The consultation ends, the conversation goes on.
pub(in crate::sandbox) fn cancel_transfer(plan: &mut Plan, at: f64, held: usize) {
    consulted(plan, held).into_iter().for_each(|leg| silence(plan, at, leg));
    resume(plan, at, held);
}

/// Takes a caller out of the menu, out of the queue, or away from a ringing telephone (vpbx-core §7.4, §7.5).
pub(in crate::sandbox) fn route(plan: &mut Plan, at: f64, order: Order, fate: &mut Fate) {
    let Order { leg, target, command_id, .. } = order;
    let taken = plan.legs[leg].clone();
    let is_ringing = taken.place == Place::Abonent;
    let queue = queue_of(plan, leg);
    plan.forget(leg);
    plan.legs[leg].next = Next::Nothing;
    plan.at(at, Act::Disconnect(leg, if is_ringing { BY_CALLER } else { NORMAL }));
    if let Some(queue) = queue {
        plan.at(at, Act::Disconnect(queue, NORMAL));
    }
    let new = reach(plan, at, taken.from, Some(leg), &target, fate);
    let line = line(plan, &plan.legs[new].from, &plan.legs[new].to);
    let leg = &mut plan.legs[new];
    (leg.command_id, leg.transfer, leg.intercepted, leg.line) = (command_id, taken.transfer, is_ringing, line);
    leg.next = if matches!(taken.next, Next::Reach(_)) { Next::Nothing } else { taken.next };
}

/// Everybody like this puts down the receiver.
///
/// Whoever is called and does not answer has declined, and the call may go elsewhere; when the caller goes, nothing more is done for him.
pub(in crate::sandbox) fn hang_up_at(plan: &mut Plan, at: f64, like: &dyn Fn(&Party) -> bool) {
    for leg in plan.living(|leg| like(&leg.from) || like(&leg.to)) {
        let end = if like(&plan.legs[leg].from) { End::From } else { End::To };
        let rings = plan.legs[leg].state() == State::Appeared;
        let reason = if rings && end == End::To { DECLINED } else { end.farewell() };
        if rings && end == End::From {
            plan.legs[leg].next = Next::Nothing;
        }
        plan.forget(leg);
        plan.at(at, Act::Disconnect(leg, reason));
    }
}

/// Who gives the order, and who is moved or waits.
fn parties(plan: &Plan, order: &Order) -> (Party<'static>, Party<'static>) {
    let leg = &plan.legs[order.leg];
    (leg.party(order.initiator).clone(), leg.party(order.initiator.other()).clone())
}

fn mark(plan: &mut Plan, new: usize, order: Order, transfer: Transfer, next: Next, fate: &mut Fate) {
    let line = line(plan, &plan.legs[new].from, &plan.legs[new].to);
    let leg = &mut plan.legs[new];
    (leg.command_id, leg.transfer, leg.made_by, leg.next, leg.line) = (order.command_id, Some(transfer), Some(transfer), next, line);
    if leg.place == Place::Abonent {
        leg.habit = fate.of_called(&leg.to);
    }
}

/// Two employees need no line.
fn line(plan: &Plan, from: &Party, to: &Party) -> Option<&'static Line> {
    let inside = is_inside(from) && (is_inside(to) || *to == Party::default());
    if inside { None } else { plan.line.or(LINES.first()) }
}
