//! How calls begin. A new kind of call is a new function here.

use super::{Fate, Next, Target, leg, reach};
use crate::sandbox::calls::{Act, Leg, Plan};
use crate::sandbox::entry::{Direction, Party, Place};
use crate::sandbox::people::{Behaviour, Habit, LINES, Line};

/// Nothing happens before the answer to the command is on its way.
const SOON: f64 = 0.05;

/// How long one's own telephone rings before one picks it up.
const OWN_RING: f64 = 1.0;

/// What `commands/callback` asks for, already checked.
pub(in crate::sandbox) struct Callback {
    pub(in crate::sandbox) command_id: String,
    pub(in crate::sandbox) from: Party<'static>,
    pub(in crate::sandbox) to: Target,
    pub(in crate::sandbox) line: Option<&'static Line>,
    /// Seconds after which the own telephone picks up by itself.
    pub(in crate::sandbox) answer_after: Option<f64>,
}

/// The initiator is rung first, with the parties reversed; when he answers, his leg ends and the target is rung (vpbx-core §7.2).
pub(in crate::sandbox) fn callback(order: Callback, fate: &mut Fate) -> Plan {
    let inside = order.to.is_inside();
    let mut plan = Plan {
        direction: if inside { Direction::Internal } else { Direction::Outgoing },
        line: if inside { None } else { order.line.or(LINES.first()) },
        init: 4,
        command_id: Some(order.command_id.clone()),
        ..plan(order.from.clone(), order.to.party())
    };
    let mut habit = Habit { ring: order.answer_after.unwrap_or(OWN_RING), ..fate.of(&order.from) };
    if order.answer_after.is_some() {
        habit.behaviour = Behaviour::Answers;
    }
    let own = Leg { habit, next: Next::Reach(order.to.clone()), ..leg(&plan, Place::Abonent, order.to.party(), order.from) };
    plan.appear(SOON, own);
    report(&mut plan, "callback", order.command_id, fate);
    plan
}

/// What `commands/callback_group` asks for, already checked: at least one side is a group.
pub(in crate::sandbox) struct GroupCallback {
    pub(in crate::sandbox) command_id: String,
    pub(in crate::sandbox) from: Target,
    pub(in crate::sandbox) to: Target,
    pub(in crate::sandbox) line: &'static Line,
}

/// The side named first is rung first; when somebody answers there, the other side is rung (vpbx-core §4.2).
pub(in crate::sandbox) fn callback_group(order: GroupCallback, fate: &mut Fate) -> Plan {
    let incoming = matches!(order.from, Target::One(_));
    let mut plan = Plan {
        direction: if incoming { Direction::Incoming } else { Direction::Outgoing },
        line: Some(order.line),
        init: 4,
        command_id: Some(order.command_id.clone()),
        ..plan(order.from.party(), order.to.party())
    };
    let first = reach(&mut plan, SOON, order.to.party(), None, &order.from, fate);
    // Whatever is rung first is only the way to the conversation.
    (plan.legs[first].target, plan.legs[first].next) = (false, Next::Reach(order.to));
    report(&mut plan, "callback_group", order.command_id, fate);
    plan
}

/// A call from outside.
pub(in crate::sandbox) struct Incoming {
    /// Without a number when the caller hides it.
    pub(in crate::sandbox) from: Party<'static>,
    pub(in crate::sandbox) to: Target,
    pub(in crate::sandbox) line: &'static Line,
    /// Seconds in the voice menu.
    pub(in crate::sandbox) menu: f64,
    /// Seconds until the caller hangs up, if nobody talks to him.
    pub(in crate::sandbox) patience: Option<f64>,
}

/// Through the voice menu to an employee or a group (vpbx-core §7.3).
pub(in crate::sandbox) fn incoming(order: Incoming) -> Plan {
    let called = Party::outside(order.line.number);
    let mut plan = Plan { direction: Direction::Incoming, line: Some(order.line), init: 0, ..plan(order.from.clone(), called.clone()) };
    let habit = Habit { behaviour: Behaviour::Answers, ring: order.menu, talk: 0.0 };
    let menu = Leg { habit, next: Next::Reach(order.to), ..leg(&plan, Place::Ivr, order.from, called) };
    plan.appear(SOON, menu);
    if let Some(seconds) = order.patience {
        plan.at(SOON + seconds, Act::GiveUp);
    }
    plan
}

/// An employee calls from his telephone, out or inside (vpbx-core §7.1).
pub(in crate::sandbox) fn outgoing(from: Party<'static>, to: &Target, fate: &mut Fate) -> Plan {
    let inside = to.is_inside();
    let mut plan = Plan {
        direction: if inside { Direction::Internal } else { Direction::Outgoing },
        line: if inside { None } else { LINES.first() },
        init: 0,
        ..plan(from.clone(), to.party())
    };
    let rung = reach(&mut plan, SOON, from, None, to, fate);
    plan.legs[rung].by_hand = !inside;
    plan
}

fn plan(caller: Party<'static>, called: Party<'static>) -> Plan {
    Plan { direction: Direction::Internal, line: None, caller, called, init: 0, command_id: None, legs: Vec::new(), steps: Vec::new() }
}

/// `result/…` stands before the first leg or behind it.
fn report(plan: &mut Plan, command: &'static str, command_id: String, fate: &mut Fate) {
    let first = fate.rules.results.first(true, fate.luck);
    plan.at(if first { 0.0 } else { SOON }, Act::Report(command, command_id, 1000));
}
