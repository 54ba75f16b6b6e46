//! Asks who is behind a dynamic number while the call still rings: the PBX knows it only as long as the visit lasts (vpbx-data §3).
//!
//! It happens beside everything else and after the PBX was answered. What is to be asked stands in the journal, so nothing is lost when
//! it fails, and whoever starts next goes on with it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::error::{Error, Result};
use crate::journal::{Journal, ToAsk, Visit};
use crate::pbx::client::Client;
use crate::time::now;

/// Questions on their way at once.
const AT_ONCE: usize = 4;

/// Calls that wait for a question or between two of them; the others stay in the journal until there is room.
const WAITING: usize = 256;

/// The pauses after a failure: the first, and the longest that they grow to.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A number goes to the next visitor some time after the call: so long after its end, or after its beginning if its end was never told,
/// the answer would be about him.
const AFTER_THE_END: i64 = 60;
const LONGEST_CALL: i64 = 60 * 60;

/// Asks for the visitors of one journal's calls.
pub struct Asker {
    journal: Arc<Journal>,
    client: Arc<Client>,
    turns: Semaphore,
    /// Calls that are being asked about
    asking: Mutex<HashSet<i64>>,
}

impl Asker {
    /// Asks this PBX for the calls in this journal.
    pub fn new(journal: Arc<Journal>, client: Arc<Client>) -> Arc<Asker> {
        Arc::new(Asker { journal, client, turns: Semaphore::new(AT_ONCE), asking: Mutex::default() })
    }

    /// Asks for ever, as calls come.
    pub async fn keep_asking(self: Arc<Asker>) {
        let mut seen = -1;
        loop {
            match self.journal.changed_since(seen).await {
                Ok(version) => seen = version,
                Err(error) => {
                    tracing::error!("{}", error.message());
                    sleep(LONGEST_PAUSE).await;
                }
            }
            match self.journal.to_ask() {
                Ok(calls) => calls.into_iter().for_each(|call| self.begin(call)),
                Err(error) => tracing::error!("{}", error.message()),
            }
        }
    }

    fn begin(self: &Arc<Asker>, call: ToAsk) {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if asking.len() >= WAITING || !asking.insert(call.entry) {
            return;
        }
        let asker = self.clone();
        tokio::spawn(async move {
            if let Err(error) = asker.follow(&call).await {
                tracing::warn!("{}: {}", call.number, error.message());
            }
            asker.asking.lock().unwrap_or_else(PoisonError::into_inner).remove(&call.entry);
        });
    }

    /// Asks until there is an answer, or none can be expected any more.
    async fn follow(&self, call: &ToAsk) -> Result<()> {
        let mut pause = FIRST_PAUSE;
        let mut first = !is_too_late(call);
        while first || self.still_goes_on(call)? {
            first = false;
            match self.ask(call).await {
                Ok(()) => break,
                Err(error @ Error::Store { .. }) => return Err(error),
                // A refusal stays one, and too many of them shut the API for the whole company (vpbx-core §2).
                Err(error) if !is_passing(&error) => {
                    self.journal.need_not_ask(call.entry)?;
                    return Err(error);
                }
                Err(error) => tracing::debug!("{}: {}; again in {:.1} s", call.number, error.message(), pause.as_secs_f32()),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.journal.need_not_ask(call.entry)
    }

    /// The visitor first, who is what matters, then his pages.
    async fn ask(&self, call: &ToAsk) -> Result<()> {
        let Ok(_turn) = self.turns.acquire().await else { return Ok(()) };
        let visitor = self.client.user_info_by_dct_number(&call.number).await?;
        let visit = Visit::asked(&call.number, visitor);
        self.journal.keep_visit(call.entry, &visit)?;
        if visit.found {
            let pages = self.client.user_history_by_dct_number(&call.number).await?;
            self.journal.keep_visit(call.entry, &Visit { pages: Some(pages), ..visit })?;
        }
        Ok(())
    }

    fn still_goes_on(&self, call: &ToAsk) -> Result<bool> {
        let now_known = self.journal.to_ask()?.into_iter().find(|other| other.entry == call.entry);
        Ok(now_known.is_some_and(|call| !is_too_late(&call)))
    }
}

fn is_too_late(call: &ToAsk) -> bool {
    let until = call.ended_at.map(|at| at + AFTER_THE_END).or(call.started_at.map(|at| at + LONGEST_CALL));
    until.is_some_and(|until| now().as_second() > until)
}

/// Whether the same question may be answered a little later.
fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::NoReply { .. } | Error::Unreachable { .. } | Error::RateLimited { .. } | Error::Blocked { .. } | Error::Garbled { .. }
    )
}
