//! The calls that are going on: played from step to step, and changed by commands and by whoever pulls the strings.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::ask::Asked;
use super::calls::{Act, Call, DONE, End, Leg, Plan, State};
use super::clock::Moment;
use super::courier::Task;
use super::entry::{self, Direction, Party, Place};
use super::people::Employee;
use super::scripts::{self, Fate, Order, Target};
use super::{Sandbox, locked};

/// The handle under which a living call is found and changed.
pub(super) struct LiveCall {
    call: Mutex<Call>,
    changed: Notify,
}

/// Whether a command can be carried out, and with which result code it cannot.
pub(super) type Outcome = Result<(), i64>;

pub(super) const AGAINST_LOGIC: i64 = 4100;
pub(super) const ENDED_OR_UNKNOWN: i64 = 4101;
pub(super) const RECORDED_ALREADY: i64 = 4102;

/// One leg of a living call, at the moment of a command about it.
pub(super) struct Scene<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) call: &'a mut Call,
    pub(super) leg: usize,
    pub(super) at: f64,
}

/// Calls that are ended, and ended again, before a program that stops goes.
const MOST_TURNS: usize = 1000;

impl Scene<'_> {
    pub(super) fn leg(&self) -> &Leg {
        &self.call.plan.legs[self.leg]
    }

    /// A place and a state in which the command makes sense; anything else is against the logic of the PBX.
    pub(super) fn must_be(&self, place: Place, state: State) -> Outcome {
        let leg = self.leg();
        if leg.place == place && leg.state() == state { Ok(()) } else { Err(AGAINST_LOGIC) }
    }

    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Plan, &mut Fate) -> T) -> T {
        let rules = self.sandbox.rules();
        self.call.change(self.sandbox, &rules, change)
    }

    /// `result/…`, before the events of the command or after them.
    fn report(&mut self, name: &'static str, command_id: &str) -> i64 {
        let result = Act::Report(name, command_id.to_owned(), DONE);
        if self.call.result_first(&self.sandbox.rules(), false) {
            self.call.plan.at_once(self.at, result);
        } else {
            self.call.plan.at(self.at, result);
        }
        DONE
    }

    /// At which end of the leg this number or short number is.
    pub(super) fn end_of(&self, value: &str) -> Option<End> {
        [End::From, End::To].into_iter().find(|end| is_called(self.leg().party(*end), value))
    }
}

/// Whether the party is meant by this number or short number.
pub(super) fn is_called(party: &Party, value: &str) -> bool {
    party.number == value || party.employee.is_some_and(|employee| employee.extension == value)
}

impl Sandbox {
    /// Begins to play a plan.
    pub(super) fn play(&self, serial: i64, plan: Plan, luck: fastrand::Rng) {
        let now = self.0.clock.now();
        if let Some(line) = plan.line.filter(|_| plan.direction == Direction::Incoming) {
            let seconds = locked(&self.0.tuning).binding;
            locked(&self.0.bindings).bind(line, serial, now, seconds);
        }
        let call = Mutex::new(Call::new(serial, now, plan, luck));
        let live = Arc::new(LiveCall { call, changed: Notify::new() });
        locked(&self.0.live).insert(serial, live.clone());
        tokio::spawn(self.clone().follow(serial, live, self.0.work.begin()));
    }

    async fn follow(self, serial: i64, live: Arc<LiveCall>, _task: Task) {
        loop {
            let next = locked(&live.call).next();
            let Some(moment) = next else { break };
            tokio::select! {
                () = self.0.clock.until(moment) => {}
                () = live.changed.notified() => continue,
            }
            self.advance(&mut locked(&live.call), self.0.clock.now());
        }
        locked(&self.0.live).remove(&serial);
    }

    /// Plays what is due. First into the ledger, then the summary: whoever hears that a call is over can look it up.
    fn advance(&self, call: &mut Call, now: Moment) {
        let rules = self.rules();
        call.advance(now, self, &rules);
        if call.is_over() && !call.closed {
            // A ledger that cannot be written must not stop the telephone; statistics will miss this call.
            if let Some(entry) = call.entry()
                && let Err(error) = locked(&self.0.ledger).record(&entry)
            {
                tracing::warn!("sandbox.db: {}", error.message());
            }
            let ready = call.close(&rules);
            locked(&self.0.files).not_before(call.serial, ready);
            call.advance(now, self, &rules);
        }
        call.told().into_iter().for_each(|(path, json)| self.0.courier.send(path, json));
    }

    /// Forgets what is being played, without a word to anybody.
    pub(super) fn drop_calls(&self) {
        for live in std::mem::take(&mut *locked(&self.0.live)).into_values() {
            locked(&live.call).vanish();
            live.changed.notify_one();
        }
    }

    /// Carries out a command about a leg, and tells `result/…`. The code is that result.
    pub(super) fn command(
        &self,
        name: &'static str,
        command_id: &str,
        call_id: &str,
        carry_out: impl FnOnce(&mut Scene) -> Asked<Outcome>,
    ) -> Asked<i64> {
        let found = self.scene(
            |call| call.leg(call_id).filter(|leg| call.plan.legs[*leg].lives()),
            |mut scene| {
                let done = carry_out(&mut scene)?;
                Ok(done.map_or_else(std::convert::identity, |()| scene.report(name, command_id)))
            },
        );
        let code = found.unwrap_or(Ok(ENDED_OR_UNKNOWN))?;
        if code != DONE {
            self.0.courier.send(format!("result/{name}"), json!({"command_id": command_id, "result": code}).to_string());
        }
        Ok(code)
    }

    /// Shows the first living call in which there is such a leg, brought up to date before and after.
    pub(super) fn scene<T>(&self, find: impl Fn(&Call) -> Option<usize>, show: impl FnOnce(Scene) -> T) -> Option<T> {
        let calls: Vec<_> = locked(&self.0.live).values().cloned().collect();
        for live in calls {
            let mut call = locked(&live.call);
            let now = self.0.clock.now();
            self.advance(&mut call, now);
            let Some(leg) = find(&call) else { continue };
            let at = now - call.began;
            let shown = show(Scene { sandbox: self, call: &mut call, leg, at });
            self.advance(&mut call, now);
            drop(call);
            live.changed.notify_one();
            return Some(shown);
        }
        None
    }

    /// The telephone that rings at an employee's, or in this leg, is picked up.
    pub(super) fn pick_up(&self, who: &dyn Fn(&Call, usize) -> bool) -> bool {
        let rings = |call: &Call| {
            let ringing = call.plan.living(|leg| leg.place == Place::Abonent && leg.state() == State::Appeared);
            ringing.into_iter().find(|leg| who(call, *leg))
        };
        self.scene(rings, |mut scene| {
            let (at, leg) = (scene.at, scene.leg);
            scene.change(|plan, _| scripts::answer(plan, at, leg));
        })
        .is_some()
    }

    /// Whoever is on hold in this leg is talked to again, unless somebody else is consulted about him.
    pub(super) fn take_off_hold(&self, who: &dyn Fn(&Call, usize) -> bool) -> bool {
        let held = |call: &Call| {
            let held = call.plan.living(|leg| leg.state() == State::OnHold);
            let is_left_alone = |leg: &usize| scripts::consulted(&call.plan, *leg).is_empty();
            held.into_iter().filter(is_left_alone).find(|leg| who(call, *leg))
        };
        self.scene(held, |scene| scene.call.plan.at(scene.at, Act::Resume(scene.leg))).is_some()
    }

    /// An employee hangs up; if he was consulting somebody about a caller, those two are connected (vpbx-core §4.8).
    pub(super) fn employee_hangs_up(&self, employee: &Employee) -> bool {
        let is_his = |party: &Party| party.employee == Some(employee);
        let takes_part = |call: &Call| call.plan.living(|leg| is_his(&leg.from) || is_his(&leg.to)).first().copied();
        let hang_up = |plan: &mut Plan, at: f64| match scripts::consultation(plan, employee) {
            Some(held) => scripts::complete_transfer(plan, at, held, None),
            None => scripts::hang_up_at(plan, at, &is_his),
        };
        self.scene(takes_part, |mut scene| {
            let at = scene.at;
            scene.change(|plan, _| hang_up(plan, at));
        })
        .is_some()
    }

    /// An employee puts whoever he talks to on hold and dials somebody else (vpbx-core §7.6).
    pub(super) fn employee_consults(&self, employee: &Employee, target: Target) -> bool {
        let is_his = |party: &Party| party.employee == Some(employee);
        let talks = |leg: &Leg| leg.state() == State::Connected && (is_his(&leg.from) || is_his(&leg.to));
        self.scene(
            |call| call.plan.living(talks).first().copied(),
            |mut scene| {
                let initiator = if is_his(&scene.leg().from) { End::From } else { End::To };
                let (at, order) = (scene.at, Order { leg: scene.leg, initiator, target, command_id: None });
                scene.change(|plan, fate| scripts::consult(plan, at, order, fate));
            },
        )
        .is_some()
    }

    /// Every telephone is put down, and whatever rings again then, too.
    pub(super) fn everybody_hangs_up(&self) {
        for _ in 0..MOST_TURNS {
            let alive = self.scene(
                |call| call.plan.living(|_| true).first().copied(),
                |mut scene| {
                    let at = scene.at;
                    scene.change(|plan, _| plan.living(|_| true).into_iter().for_each(|leg| scripts::silence(plan, at, leg)));
                },
            );
            if alive.is_none() {
                return;
            }
        }
    }

    /// Somebody outside hangs up.
    pub(super) fn outsider_hangs_up(&self, number: &str) -> bool {
        let is_his = |party: &Party| party.employee.is_none() && party.number == number;
        let takes_part =
            |call: &Call| call.plan.living(|leg| is_his(&leg.from) || (leg.place == Place::Abonent && is_his(&leg.to))).first().copied();
        self.scene(takes_part, |mut scene| {
            let at = scene.at;
            scene.change(|plan, _| scripts::hang_up_at(plan, at, &is_his));
        })
        .is_some()
    }

    /// A caller in the menu presses keys.
    pub(super) fn press(&self, who: &dyn Fn(&Call, usize) -> bool, keys: &str) -> bool {
        let listens = |call: &Call| call.plan.living(|leg| leg.place == Place::Ivr).into_iter().find(|leg| who(call, *leg));
        self.scene(listens, |scene| scene.call.plan.at(scene.at, Act::Press(scene.leg, keys.to_owned()))).is_some()
    }

    /// The legs that live, as the control API shows them.
    pub(super) fn living_legs(&self) -> Vec<Value> {
        let calls: Vec<_> = locked(&self.0.live).values().cloned().collect();
        let legs = calls.iter().flat_map(|live| {
            let mut call = locked(&live.call);
            self.advance(&mut call, self.0.clock.now());
            let describe = |index: usize| {
                let leg = &call.plan.legs[index];
                let side = |party: &Party| json!({"extension": party.extension(), "number": party.number});
                json!({
                    "entry_id": entry::entry_id(call.serial), "call_id": call.call_id(index), "state": leg.state().word(),
                    "location": leg.place.word(), "from": side(&leg.from), "to": side(&leg.to),
                })
            };
            call.plan.living(|_| true).into_iter().map(describe).collect::<Vec<_>>()
        });
        legs.collect()
    }
}
