//! `--forward-to`: events on to another receiver, in order, none lost. The queue is the journal itself.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::CONTENT_TYPE;

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::pbx::envelope::Envelope;

/// Events that may wait; older ones are left out, and said.
const MOST: i64 = 100_000;

/// Events read at once.
const PAGE: usize = 100;

const TIMEOUT: Duration = Duration::from_secs(10);

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The pause after the journal could not be read or written.
const TROUBLE: Duration = Duration::from_secs(1);

/// Takes its place among the notifications, before the first one comes; where it has one already, it stays.
pub fn begin(to: &str, journal: &Journal) -> Result<()> {
    journal.position(&mark(to)).map(drop)
}

fn mark(to: &str) -> String {
    format!("forwarded {to}")
}

/// Passes on what comes, for ever. The text is the one that came and key and salt are the same, so the signature is the same.
pub async fn forward(to: Option<&str>, journal: &Journal, key: &str, salt: &str) -> Result<()> {
    let Some(to) = to else { return std::future::pending().await };
    let credentials = Credentials::new(key, salt);
    // Another part of the program may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A redirect of a POST is followed as a GET, and its answer would say that the event was taken.
    let http = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::Unexpected(error.to_string()))?;
    loop {
        let pause = match forward_what_came(to, journal, &credentials, &http).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::error!("{}", error.message());
                TROUBLE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn forward_what_came(to: &str, journal: &Journal, credentials: &Credentials, http: &reqwest::Client) -> Result<()> {
    let mark = mark(to);
    let (mut sent, last) = (journal.position(&mark)?, journal.last_event_id()?);
    if last - sent > MOST {
        tracing::warn!("{to}: {} events left out", last - sent - MOST);
        sent = last - MOST;
    }
    for event in journal.happened_after(sent, PAGE)? {
        let url = format!("{}/{}", to.trim_end_matches('/'), event.path);
        let body = Envelope::seal(credentials, event.json).form();
        deliver(http, &url, &body).await;
        journal.set_position(&mark, event.id)?;
    }
    Ok(())
}

/// Until it is taken: with growing pauses, for ever. What is refused as such (4xx but those that mean "later") is not sent again.
async fn deliver(http: &reqwest::Client, url: &str, body: &str) {
    let pauses = ExponentialBuilder::default().with_max_delay(Duration::from_secs(60)).with_jitter().without_max_times().build();
    for pause in pauses {
        let sent = http.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.to_owned()).send().await;
        match sent {
            Ok(reply) if reply.status().is_success() => return,
            Ok(reply) if reply.status().is_client_error() && !matches!(reply.status().as_u16(), 408 | 425 | 429) => {
                return tracing::warn!("{url}: HTTP {}", reply.status().as_u16());
            }
            Ok(reply) => tracing::warn!("{url}: HTTP {}", reply.status().as_u16()),
            Err(error) => tracing::warn!("{url}: {}", error.without_url()),
        }
        tokio::time::sleep(pause).await;
    }
}
