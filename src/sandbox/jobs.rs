//! Reports that were asked for: each has a key, is ready after a while, and is forgotten later (vpbx-core §6).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::clock::Moment;
use super::extended::Order;
use super::gate::Answer;
use super::report::Query;

/// A key works at least a minute; ours work five, in real time, since whoever polls lives in it.
const KEPT: Duration = Duration::from_secs(300);

/// What a key stands for.
#[derive(Clone)]
pub(super) enum Report {
    Extended(Arc<Order>),
    Base(Arc<Query>),
}

#[derive(Clone)]
pub(super) struct Job {
    pub(super) report: Report,
    pub(super) ready: Moment,
    made: Instant,
}

pub(super) struct Jobs {
    chance: fastrand::Rng,
    jobs: HashMap<String, Job>,
}

impl Jobs {
    pub(super) fn new(seed: u64) -> Jobs {
        Jobs { chance: fastrand::Rng::with_seed(seed ^ 0x6a6f_6273), jobs: HashMap::new() }
    }

    /// Remembers a report and gives it a key, which looks like base64.
    pub(super) fn add(&mut self, report: Report, ready: Moment) -> String {
        self.jobs.retain(|_, job| job.made.elapsed() < KEPT);
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let random: String = (0..22).map(|_| char::from(letters[self.chance.usize(..64)])).collect();
        let key = format!("{random}==");
        self.jobs.insert(key.clone(), Job { report, ready, made: Instant::now() });
        key
    }

    pub(super) fn get(&self, key: &str) -> Option<Job> {
        self.jobs.get(key).filter(|job| job.made.elapsed() < KEPT).cloned()
    }
}

/// HTTP 404: the key is wrong, or too old.
pub(super) fn unknown_key() -> Answer {
    Answer::json(404, &json!({"result": 3300, "status": "not-found"}))
}
