//! Commands about living calls and messages (vpbx-core §4.3–4.11).
//!
//! Wrong parameters are refused in the answer. Whether a command can be carried out is told in the answer and in `result/…`.

use serde_json::json;

use super::Sandbox;
use super::ask::{Ask, Asked, MISSING, NO_NUMBER, NO_OBJECT, Refusal, TOO_LARGE, WRONG_FORMAT, WRONG_NUMBER, WRONG_PARAMETERS};
use super::calls::{Act, DONE, End, State};
use super::commands::{command_id, is_short, number};
use super::entry::{Party, Place};
use super::gate::Answer;
use super::live::{AGAINST_LOGIC, ENDED_OR_UNKNOWN, Outcome, RECORDED_ALREADY, Scene, is_called};
use super::people::{Behaviour, Employee};
use super::scripts::{self, Order, Target};

/// `commands/call/hangup` (vpbx-core §4.3): not in the queue.
pub(super) fn hangup(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    carry_out(sandbox, ask, "call/hangup", "call_id", |scene, _| {
        if scene.leg().place == Place::Queue {
            return Err(AGAINST_LOGIC);
        }
        let (at, leg) = (scene.at, scene.leg);
        scene.change(|plan, _| scripts::silence(plan, at, leg));
        Ok(())
    })
}

/// `commands/recording/start` (vpbx-core §4.5)
pub(super) fn record(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let party = ask.needed_text("call_party_number")?;
    command(sandbox, ask, "recording/start", "call_id", |scene, command_id| {
        let recorded = scene.end_of(&party).and_then(|end| scene.leg().party(end).employee);
        let Some(employee) = recorded else { return Err(Refusal::of(NO_NUMBER, "call_party_number")) };
        if let Err(code) = scene.must_be(Place::Abonent, State::Connected) {
            return Ok(Err(code));
        }
        if scene.call.is_recorded(scene.leg, employee) {
            return Ok(Err(RECORDED_ALREADY));
        }
        scene.call.plan.at(scene.at, Act::Record(scene.leg, employee, command_id.to_owned()));
        Ok(Ok(()))
    })
}

/// `commands/play/start` (vpbx-core §4.6): heard by a caller in the menu or in the queue; the menu waits for its end.
pub(super) fn play(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    /// How long a file plays.
    const PLAYS: f64 = 5.0;
    let file = ask.integer("internal_id")?;
    let pause = ask.integer("after_play_time")?.unwrap_or(0);
    if !(0..=3600).contains(&pause) {
        return Err(Refusal::of(WRONG_FORMAT, "after_play_time"));
    }
    carry_out(sandbox, ask, "play/start", "call_id", |scene, _| {
        let leg = scene.leg();
        if leg.place == Place::Abonent || leg.line.is_none() {
            return Err(AGAINST_LOGIC);
        }
        if leg.place == Place::Ivr {
            scene.call.plan.postpone(scene.leg, pause as f64 + file.map_or(0.0, |_| PLAYS));
        }
        Ok(())
    })
}

/// `commands/route` (vpbx-core §4.7): only what has appeared and is not answered.
pub(super) fn route(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let target = target(ask)?;
    carry_out(sandbox, ask, "route", "call_id", |scene, command_id| {
        let leg = scene.leg();
        // One's own leg of a callback is a way, not a caller who could be led elsewhere.
        if leg.state() != State::Appeared || (leg.place == Place::Abonent && !leg.target) {
            return Err(AGAINST_LOGIC);
        }
        let order = Order { leg: scene.leg, initiator: End::To, target, command_id: Some(command_id.to_owned()) };
        let at = scene.at;
        scene.change(|plan, fate| scripts::route(plan, at, order, fate));
        Ok(())
    })
}

/// `commands/transfer` (vpbx-core §4.8)
pub(super) fn transfer(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let blind = match ask.needed_text("method")?.as_str() {
        "blind" => true,
        "hold" => false,
        _ => return Err(Refusal::of(WRONG_FORMAT, "method")),
    };
    let target = target(ask)?;
    let initiator = ask.needed_text("initiator")?;
    command(sandbox, ask, "transfer", "call_id", |scene, command_id| {
        let initiator = initiator_end(scene, &initiator, "initiator")?;
        let order = Order { leg: scene.leg, initiator, target, command_id: Some(command_id.to_owned()) };
        Ok(may_transfer(scene, &order).map(|()| {
            let at = scene.at;
            let transfer = if blind { scripts::blind_transfer } else { scripts::consult };
            scene.change(|plan, fate| transfer(plan, at, order, fate));
        }))
    })
}

/// Not from a consultation, not to whoever is in the call, and outside only when the account allows it.
fn may_transfer(scene: &Scene, order: &Order) -> Outcome {
    scene.must_be(Place::Abonent, State::Connected)?;
    let leg = scene.leg();
    let stays = matches!(leg.next, scripts::Next::Resume(_));
    let goes_outside = matches!(&order.target, Target::One(party) if party.employee.is_none());
    let is_party = |party: &Party| [&leg.from, &leg.to].iter().any(|here| is_called(here, party.name()));
    let is_here = matches!(&order.target, Target::One(party) if is_party(party));
    let forbidden = goes_outside && scene.sandbox.rules().transfers_stay_inside;
    if stays || is_here || forbidden { Err(AGAINST_LOGIC) } else { Ok(()) }
}

/// `commands/calls_connect` (vpbx-core §4.9)
pub(super) fn connect(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let talking = ask.needed_text("transferred_call_id")?;
    let initiator = ask.needed_text("transfer_initiator_number")?;
    command(sandbox, ask, "calls_connect/", "holded_call_id", |scene, command_id| {
        let Some(talking) = scene.call.leg(&talking).filter(|leg| scene.call.plan.legs[*leg].lives()) else {
            return Ok(Err(ENDED_OR_UNKNOWN));
        };
        if !is_called(&scene.call.plan.legs[talking].from, &initiator) {
            return Err(Refusal::of(WRONG_PARAMETERS, "transfer_initiator_number"));
        }
        let (at, held) = (scene.at, scene.leg);
        let connected = scene.change(|plan, _| scripts::connect_transfer(plan, at, held, talking, command_id.to_owned()));
        Ok(connected.ok_or(AGAINST_LOGIC))
    })
}

/// `commands/transfer_cancel` (vpbx-core §4.10)
pub(super) fn cancel(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    carry_out(sandbox, ask, "transfer_cancel/", "call_id", |scene, _| {
        scene.must_be(Place::Abonent, State::OnHold)?;
        let (at, held) = (scene.at, scene.leg);
        scene.change(|plan, _| scripts::cancel_transfer(plan, at, held));
        Ok(())
    })
}

/// `commands/call/hold/on` (vpbx-core §4.11)
pub(super) fn hold(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let initiator = ask.needed_text("initiator")?;
    command(sandbox, ask, "call/hold/on", "call_id", |scene, command_id| {
        let by = initiator_end(scene, &initiator, "initiator")?;
        Ok(scene.must_be(Place::Abonent, State::Connected).map(|()| {
            let (at, leg) = (scene.at, scene.leg);
            scene.change(|plan, _| scripts::hold(plan, at, leg, by, Some(command_id.to_owned())));
        }))
    })
}

/// `commands/sms` (vpbx-core §4.4): 4 segments, which are shorter as soon as one letter is not Latin.
pub(super) fn sms(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let command_id = command_id(ask)?;
    let text = ask.needed_text("text")?;
    let longest = if text.is_ascii() { 612 } else { 268 };
    if text.chars().count() > longest {
        return Err(Refusal::of(TOO_LARGE, "text"));
    }
    let from = ask.needed_text("from_extension")?;
    if is_short(&from) && Employee::by_extension(&from).is_none() {
        return Err(Refusal::of(NO_OBJECT, "from_extension"));
    }
    let to = number(ask, "to_number")?.ok_or_else(|| Refusal::of(MISSING, "to_number"))?;
    if is_short(&to) {
        return Err(Refusal::of(WRONG_PARAMETERS, "to_number"));
    }
    if ask.text("sms_sender")?.is_some_and(|sender| sender.len() > 128) {
        return Err(Refusal::of(WRONG_FORMAT, "sms_sender"));
    }
    let answer = Answer::Json(json!({"result": DONE, "command_id": command_id}));
    deliver(sandbox.clone(), command_id, to);
    Ok(answer)
}

/// `result/sms` at once, `events/sms` when the telephone has taken it or will not.
fn deliver(sandbox: Sandbox, command_id: String, to: String) {
    const ON_THE_WAY: f64 = 2.0;
    let task = sandbox.0.work.begin();
    let habit = sandbox.habit(&to, &mut fastrand::Rng::with_seed(0));
    let reason = match habit.behaviour {
        Behaviour::Answers | Behaviour::Busy => DONE,
        Behaviour::Silent => 4301,
        Behaviour::Declines => 4392,
    };
    let sent = sandbox.0.clock.now();
    sandbox.0.courier.send("result/sms", json!({"command_id": command_id, "result": DONE}).to_string());
    tokio::spawn(async move {
        sandbox.0.clock.until(sent + ON_THE_WAY).await;
        let event = json!({"command_id": command_id, "timestamp": (sent + ON_THE_WAY) as i64, "reason": reason});
        sandbox.0.courier.send("events/sms", event.to_string());
        drop(task);
    });
}

/// Where the employee is on whose behalf the command is given; he must be a party of the leg (vpbx-core §4.8).
fn initiator_end(scene: &Scene, initiator: &str, field: &str) -> Asked<End> {
    let end = scene.end_of(initiator).filter(|end| scene.leg().party(*end).employee.is_some());
    end.ok_or_else(|| Refusal::of(WRONG_PARAMETERS, field))
}

fn target(ask: &Ask) -> Asked<Target> {
    let text = number(ask, "to_number")?.ok_or_else(|| Refusal::of(MISSING, "to_number"))?;
    match Target::of(&text) {
        Target::One(Party { employee: None, .. }) if is_short(&text) => Err(Refusal::of(WRONG_NUMBER, "to_number")),
        target => Ok(target),
    }
}

/// A command whose parameters cannot be wrong any more.
fn carry_out(
    sandbox: &Sandbox,
    ask: &Ask,
    name: &'static str,
    call_id: &str,
    carry_out: impl FnOnce(&mut Scene, &str) -> Outcome,
) -> Asked<Answer> {
    command(sandbox, ask, name, call_id, |scene, command_id| Ok(carry_out(scene, command_id)))
}

fn command(
    sandbox: &Sandbox,
    ask: &Ask,
    name: &'static str,
    call_id: &str,
    carry_out: impl FnOnce(&mut Scene, &str) -> Asked<Outcome>,
) -> Asked<Answer> {
    let command_id = command_id(ask)?;
    let call_id = ask.needed_text(call_id)?;
    let code = sandbox.command(name, &command_id, &call_id, |scene| carry_out(scene, &command_id))?;
    let told = if sandbox.rules().refuse_later { DONE } else { code };
    Ok(Answer::Json(json!({"result": told, "command_id": command_id})))
}
