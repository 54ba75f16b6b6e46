//! Recordings of conversations: begun with the answer or by command, continued where the employee goes, ended with his part (vpbx-core §3.3, §7.9).

use serde_json::json;

use super::calls::{Call, DONE, State};
use super::clock::Moment;
use super::entry;
use super::people::Employee;
use super::rules::Rules;
use super::scripts::Next;

/// Shorter ones are not kept.
const SHORTEST: f64 = 1.0;
const TOO_SHORT: i64 = 4002;

/// Seconds until a recording can be fetched: fewer than at the real PBX, for whoever tries it does not want to wait.
const INTO_CLOUD: f64 = 0.3;

/// What one employee says and hears, as long as he is on the line.
pub(super) struct Recording {
    employee: &'static Employee,
    /// Where it began, and how many had begun there before it: its id comes from these.
    began: (usize, usize),
    /// Where the employee is now.
    leg: usize,
    since: Moment,
    seq: u32,
    command_id: Option<String>,
    /// Whether it was long enough, when it is over.
    kept: Option<bool>,
}

impl Call {
    /// An employee who is recorded already goes on being recorded; of the others in the leg, the first whose conversations are recorded.
    pub(super) fn begin_recording(&mut self, leg: usize, at: f64, rules: &Rules) {
        if !self.plan.legs[leg].target {
            return;
        }
        let parties = self.employees(leg);
        if let Next::Resume(held) = self.plan.legs[leg].next {
            self.carry_on(held, leg, at, rules);
        }
        let running = |employee: &Employee| self.running(leg).any(|index| self.recordings[index].employee == employee);
        let new = parties.into_iter().find(|employee| employee.recorded && !running(employee));
        if let Some(employee) = new {
            self.record(leg, employee, at, None, rules);
        }
    }

    pub(super) fn record(&mut self, leg: usize, employee: &'static Employee, at: f64, command_id: Option<String>, rules: &Rules) {
        let before = self.recordings.iter().filter(|recording| recording.began.0 == leg).count();
        let since = self.began + at;
        self.recordings.push(Recording { employee, began: (leg, before), leg, since, seq: 0, command_id, kept: None });
        self.tell(self.recordings.len() - 1, "Started", at, rules);
    }

    pub(super) fn is_recorded(&self, leg: usize, employee: &Employee) -> bool {
        self.running(leg).any(|index| self.recordings[index].employee == employee)
    }

    /// The leg is over: whoever has another one that waits for him goes on there, the others' recordings end.
    pub(super) fn end_recordings(&mut self, leg: usize, at: f64, rules: &Rules) {
        if let Next::Resume(held) = self.plan.legs[leg].next
            && self.plan.legs[held].state() == State::OnHold
        {
            self.carry_on(leg, held, at, rules);
        }
        self.running(leg).collect::<Vec<_>>().into_iter().for_each(|index| self.complete(index, at, rules));
    }

    /// After a change of the caller: whoever is not in the leg any more is not recorded in it.
    pub(super) fn end_recordings_of_absent(&mut self, leg: usize, at: f64, rules: &Rules) {
        let present = self.employees(leg);
        let absent: Vec<usize> = self.running(leg).filter(|index| !present.contains(&self.recordings[*index].employee)).collect();
        absent.into_iter().for_each(|index| self.complete(index, at, rules));
    }

    /// `events/record/added` for everything that was kept, when it can be fetched; that moment is returned.
    pub(super) fn announce_recordings(&mut self, at: f64, rules: &Rules) -> Moment {
        let ready = at + rules.recording_delay.unwrap_or(INTO_CLOUD);
        let kept = self.recordings.iter().filter(|recording| recording.kept == Some(true));
        let added = kept.map(|recording| {
            let event = json!({
                "entry_id": entry::entry_id(self.serial), "product_id": entry::PRODUCT, "user_id": recording.employee.user_id,
                "timestamp": (self.began + ready) as i64, "recording_id": self.recording_id(recording),
            });
            event.to_string()
        });
        for event in added.collect::<Vec<_>>() {
            self.say_later(ready, "events/record/added", event, rules);
        }
        self.began + ready
    }

    /// Whether the first or the second recording that began in a leg was kept.
    pub(super) fn keeps_recording(&self, leg: usize, nth: usize) -> bool {
        self.recordings.iter().any(|recording| recording.began == (leg, nth) && recording.kept == Some(true))
    }

    fn running(&self, leg: usize) -> impl Iterator<Item = usize> {
        let runs = move |recording: &Recording| recording.leg == leg && recording.kept.is_none();
        self.recordings.iter().enumerate().filter(move |(_, recording)| runs(recording)).map(|(index, _)| index)
    }

    fn employees(&self, leg: usize) -> Vec<&'static Employee> {
        let leg = &self.plan.legs[leg];
        [leg.from.employee, leg.to.employee].into_iter().flatten().collect()
    }

    fn carry_on(&mut self, from: usize, to: usize, at: f64, rules: &Rules) {
        let goes_on = self.employees(to);
        let movers: Vec<usize> = self.running(from).filter(|index| goes_on.contains(&self.recordings[*index].employee)).collect();
        for index in movers {
            self.recordings[index].leg = to;
            self.tell(index, "Continued", at, rules);
        }
    }

    fn complete(&mut self, index: usize, at: f64, rules: &Rules) {
        let recording = &mut self.recordings[index];
        recording.kept = Some(self.began + at - recording.since >= SHORTEST);
        self.tell(index, "Completed", at, rules);
    }

    fn tell(&mut self, index: usize, state: &str, at: f64, rules: &Rules) {
        self.recordings[index].seq += 1;
        let recording = &self.recordings[index];
        let mut event = json!({
            "recording_id": self.recording_id(recording), "recording_state": state, "seq": recording.seq,
            "entry_id": entry::entry_id(self.serial), "call_id": self.call_id(recording.leg),
            "extension": recording.employee.extension, "timestamp": (self.began + at) as i64,
        });
        if let Some(kept) = recording.kept {
            event["completion_code"] = json!(if kept { DONE } else { TOO_SHORT });
            if kept {
                event["recipient"] = json!("Cloud");
            }
        }
        if let Some(command_id) = &recording.command_id {
            event["command_id"] = json!(command_id);
        }
        self.say(at, "events/recording", event.to_string(), rules);
    }

    fn recording_id(&self, recording: &Recording) -> String {
        let (leg, nth) = recording.began;
        entry::recording_id(self.serial, leg, nth)
    }
}
