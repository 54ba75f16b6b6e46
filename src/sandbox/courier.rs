//! Carries events and results to the customer: one after another, signed, without ever making a call wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use tokio::sync::watch;

use super::locked;
use crate::credentials::Credentials;
use crate::pbx::envelope::Envelope;

/// How long the customer may take for one event.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause before the only second attempt.
const PAUSE: Duration = Duration::from_millis(200);

/// How many things are still going on: calls, events on their way, reports to announce.
pub(super) struct Work(watch::Sender<usize>);

/// One of them, until it is dropped.
pub(super) struct Task(Arc<Work>);

impl Work {
    pub(super) fn new() -> Arc<Work> {
        Arc::new(Work(watch::Sender::new(0)))
    }

    pub(super) fn begin(self: &Arc<Work>) -> Task {
        self.0.send_modify(|count| *count += 1);
        Task(self.clone())
    }

    pub(super) async fn over(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

struct Parcel {
    path: String,
    json: String,
    _task: Task,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Parcel>,
    walking: bool,
}

pub(super) struct Courier {
    credentials: Credentials,
    base: Mutex<Option<String>>,
    queue: Mutex<Queue>,
    client: OnceLock<Option<Client>>,
    work: Arc<Work>,
}

impl Courier {
    pub(super) fn new(credentials: Credentials, base: Option<String>, work: Arc<Work>) -> Arc<Courier> {
        Arc::new(Courier { credentials, base: Mutex::new(base), queue: Mutex::default(), client: OnceLock::new(), work })
    }

    pub(super) fn set_base(&self, base: Option<String>) {
        *locked(&self.base) = base.filter(|url| !url.is_empty());
    }

    pub(super) fn base(&self) -> Option<String> {
        locked(&self.base).clone()
    }

    /// Hands over one message for `{base}/{path}`. Without a base address nobody wants it.
    pub(super) fn send(self: &Arc<Courier>, path: impl Into<String>, json: String) {
        if self.base().is_none() {
            return;
        }
        let mut queue = locked(&self.queue);
        queue.waiting.push_back(Parcel { path: path.into(), json, _task: self.work.begin() });
        if !queue.walking {
            queue.walking = true;
            tokio::spawn(self.clone().walk());
        }
    }

    async fn walk(self: Arc<Courier>) {
        let mut heard_last_time = true;
        loop {
            let next = {
                let mut queue = locked(&self.queue);
                let next = queue.waiting.pop_front();
                queue.walking = next.is_some();
                next
            };
            let Some(parcel) = next else { return };
            heard_last_time = self.deliver(&parcel, heard_last_time).await;
        }
    }

    /// One retry; a customer that did not even take the previous parcel gets none, so that a dead one costs little.
    async fn deliver(&self, parcel: &Parcel, again: bool) -> bool {
        if self.post(parcel).await {
            return true;
        }
        if again {
            tokio::time::sleep(PAUSE).await;
            return self.post(parcel).await;
        }
        false
    }

    async fn post(&self, parcel: &Parcel) -> bool {
        let (Some(base), Some(client)) = (self.base(), self.client()) else { return false };
        let url = format!("{}/{}", base.trim_end_matches('/'), parcel.path);
        let body = Envelope::seal(&self.credentials, parcel.json.as_str()).form();
        let sent = client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).send().await;
        sent.is_ok_and(|answer| answer.status().is_success())
    }

    fn client(&self) -> Option<&Client> {
        let made = self.client.get_or_init(|| {
            // Another part of the program may have installed it already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            Client::builder().no_proxy().timeout(PATIENCE).connect_timeout(PATIENCE).build().ok()
        });
        made.as_ref()
    }
}
