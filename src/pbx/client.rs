//! The PBX as it is asked: one private `post()` through which everything goes, and what must never go wrong there.
//!
//! Orders (a call, a transfer, a message) leave at most once. Questions are asked again with growing pauses.
//! The methods stand by area in `commands`, `directory` and `statistics`.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use serde::Serialize;

use super::code::ResultCode;
use super::envelope::Envelope;
use super::limits::Limits;
use super::reply::{Reply, Secrets, Verdict};
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::text::{printable, tr};

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest pause that is waited out on the PBX's word; it asks for 120 s at times (vpbx-core §1.5).
const LONGEST_PAUSE: Duration = Duration::from_secs(130);

/// Room that is made on the word of a server before anything has come.
const LONGEST_AT_ONCE: u64 = 16 << 20;

/// How much of a request or an answer `--verbose` shows.
const LONGEST_SHOWN: usize = 4000;

/// How often a question is asked again: when over the limit, and when nobody is there.
const AGAIN: usize = 6;
const AGAIN_WHEN_UNREACHABLE: usize = 2;

/// One method of the API: its path below the base, the spacing its limit asks for, and whether it may be repeated.
pub(super) struct Method {
    pub path: &'static str,
    /// Methods with the same name share one limit (vpbx-core §2).
    pub limit: &'static str,
    pub spacing: Duration,
    pub kind: Kind,
}

/// Whether sending twice does harm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Asked again when the answer does not come.
    Question,
    /// A question whose answer is an address elsewhere (HTTP 302).
    Whereabouts,
    /// Rings telephones or costs money: at most once.
    Order,
}

/// Speaks to one PBX.
pub struct Client {
    pub(super) http: reqwest::Client,
    pub(super) base: String,
    pub(super) credentials: Credentials,
    limits: Limits,
    pub(super) timeout: Duration,
}

impl Client {
    /// `base` is [`super::addresses::API`] or a sandbox's address; `timeout` bounds one request as a whole.
    /// Proxies come from `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`; certificates from the system.
    pub fn new(base: &str, credentials: Credentials, limits: Limits, timeout: Duration) -> Result<Client> {
        Client::built(reqwest::Client::builder(), base, credentials, limits, timeout)
    }

    /// For a PBX on this machine: past any proxy.
    pub fn nearby(base: &str, credentials: Credentials, limits: Limits, timeout: Duration) -> Result<Client> {
        Client::built(reqwest::Client::builder().no_proxy(), base, credentials, limits, timeout)
    }

    fn built(http: reqwest::ClientBuilder, base: &str, credentials: Credentials, limits: Limits, timeout: Duration) -> Result<Client> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = http
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .user_agent(concat!("mango/", env!("CARGO_PKG_VERSION")))
            // A followed redirect or a library's own second try would be a second call.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // A connection that was kept may be dying: then it is unknown whether an order left.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Client { http, base: format!("{}/", base.trim_end_matches('/')), credentials, limits, timeout })
    }

    /// How long to wait until one more invalid request does no harm: another within two minutes shuts the API (vpbx-core §2).
    pub fn until_forgiven(&self) -> Duration {
        self.limits.until_forgiven()
    }

    /// Whether limits are kept, and with them the pauses that the PBX asks for; off only against a sandbox without limits.
    pub fn is_paced(&self) -> bool {
        self.limits.is_spaced()
    }

    /// Sends a request of the method's kind and returns an accepted reply.
    pub(super) async fn post(&self, method: &Method, json: &impl Serialize) -> Result<Reply> {
        let json = serde_json::to_string(json).map_err(|error| Error::Unexpected(error.to_string()))?;
        match method.kind {
            Kind::Order => self.send(method, &json).await,
            Kind::Question | Kind::Whereabouts => self.ask(method, &json).await,
        }
    }

    async fn ask(&self, method: &Method, json: &str) -> Result<Reply> {
        let mut unreachable = 0;
        (|| self.send(method, json))
            .retry(ExponentialBuilder::default().with_min_delay(Duration::from_millis(300)).with_max_times(AGAIN).with_jitter())
            .when(move |error| match error {
                Error::RateLimited { retry_after } => retry_after.is_none_or(|seconds| seconds <= LONGEST_PAUSE.as_secs()),
                Error::NoReply { .. } | Error::Unreachable { .. } => {
                    unreachable += 1;
                    unreachable <= AGAIN_WHEN_UNREACHABLE
                }
                _ => false,
            })
            .adjust(|error, pause| match error {
                Error::RateLimited { retry_after: Some(seconds) } => pause.map(|pause| pause.max(Duration::from_secs(*seconds))),
                _ => pause,
            })
            .notify(|error, pause| tracing::debug!("{}; again in {:.1} s", error.message(), pause.as_secs_f32()))
            .await
    }

    async fn send(&self, method: &Method, json: &str) -> Result<Reply> {
        self.limits.blocked()?;
        let wait = self.limits.reserve(method.limit, method.spacing);
        if wait > LONGEST_PAUSE {
            return Err(Error::RateLimited { retry_after: Some(wait.as_secs()) });
        }
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
            // Another process may have been refused meanwhile.
            self.limits.blocked()?;
        }
        let envelope = Envelope::seal(&self.credentials, json);
        let secrets = Secrets::of(&self.credentials, &envelope);
        tracing::debug!("→ POST {}{} {}", self.base, method.path, secrets.hide(json, LONGEST_SHOWN));
        let reply = self.exchange(method, envelope, secrets).await?;
        tracing::debug!("← {} {}", reply.status.as_u16(), reply.secrets.hide(&reply.body, LONGEST_SHOWN));
        self.judge(method, reply)
    }

    async fn exchange(&self, method: &Method, envelope: Envelope, secrets: Secrets) -> Result<Reply> {
        let body = envelope.form();
        let request = self.http.post(format!("{}{}", self.base, method.path));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let mut response = request.send().await.map_err(|error| self.not_sent(method, error))?;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let location = header(LOCATION).map(str::to_owned);
        // Not `text()`, which has it twice for a while: a page of statistics has seven megabytes.
        let mut body = Vec::with_capacity(response.content_length().map_or(0, |length| length.min(LONGEST_AT_ONCE) as usize));
        while let Some(piece) = response.chunk().await.map_err(|error| self.broken_off(method, error))? {
            body.extend_from_slice(&piece);
        }
        let body = String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(Reply { status, retry_after, location, body, secrets })
    }

    fn judge(&self, method: &Method, reply: Reply) -> Result<Reply> {
        match reply.verdict() {
            Verdict::Accepted => Ok(reply),
            Verdict::Unauthorized => Err(self.limits.explains_401().map_or(Error::WrongKey, |until| Error::Blocked { until })),
            Verdict::AddressRefused => Err(Error::AddressRefused),
            Verdict::Limited => {
                let pause = reply.retry_after.map(Duration::from_secs);
                self.limits.postpone(method.limit, pause.unwrap_or(method.spacing).min(LONGEST_PAUSE));
                Err(Error::RateLimited { retry_after: reply.retry_after })
            }
            Verdict::Refused(code) => Err(self.refused(code, &reply)),
            Verdict::Proxy => Err(Error::Unreachable { host: self.host(), detail: reply.summary() }),
            // The request was taken and something broke behind it: an order may have been carried out.
            Verdict::ServerFault if method.kind == Kind::Order => Err(Error::Unknown { detail: reply.summary() }),
            Verdict::ServerFault => Err(Error::NoReply { detail: reply.summary() }),
            Verdict::Missing => Err(Error::NotFound { path: format!("{}{}", self.base, method.path) }),
            Verdict::Garbled if method.kind == Kind::Whereabouts && reply.status.is_redirection() => Ok(reply),
            Verdict::Garbled if method.kind == Kind::Order => Err(Error::Unknown { detail: reply.summary() }),
            Verdict::Garbled => Err(Error::Garbled { detail: reply.summary() }),
        }
    }

    pub(super) fn refused(&self, code: ResultCode, reply: &Reply) -> Error {
        if code.is_invalid_request() {
            self.limits.remember_refusal(code.0);
        }
        match code.0 {
            3105 => Error::WrongKey,
            3102 => Error::WrongSalt,
            _ => reply.refusal(code),
        }
    }

    /// The request failed before an answer began: up to connecting that is harmless, everything after it is not.
    fn not_sent(&self, method: &Method, error: reqwest::Error) -> Error {
        if error.is_connect() || error.is_builder() {
            return Error::Unreachable { host: self.host(), detail: reason(&error) };
        }
        self.broken_off(method, error)
    }

    fn broken_off(&self, method: &Method, error: reqwest::Error) -> Error {
        let detail = if error.is_timeout() { silence(self.timeout) } else { reason(&error) };
        match method.kind {
            Kind::Order => Error::Unknown { detail },
            Kind::Question | Kind::Whereabouts => Error::NoReply { detail },
        }
    }

    fn host(&self) -> String {
        let rest = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest).to_owned()
    }
}

/// The sentence that nothing came in time.
pub(crate) fn silence(timeout: Duration) -> String {
    let seconds = timeout.as_secs_f32();
    tr(format!("нет ответа за {seconds} с"), format!("no answer within {seconds} s"))
}

/// The cause of a network failure in a few words: the innermost error says it best.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    let mut kind = None;
    while let Some(source) = innermost.source() {
        innermost = source;
        kind = innermost.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(kind);
    }
    let text = innermost.to_string();
    let known = match kind {
        Some(std::io::ErrorKind::ConnectionRefused) => tr("в соединении отказано", "connection refused"),
        Some(std::io::ErrorKind::ConnectionReset) => tr("соединение разорвано", "connection reset"),
        _ if error.is_timeout() => tr("нет ответа", "timed out"),
        _ if text.contains("certificate") => {
            return tr(format!("сертификат не признан: {text}"), format!("certificate not accepted: {text}"));
        }
        _ if text.contains("lookup address") || text.contains("dns error") => tr("имя узла не найдено", "host name not found"),
        _ if text.contains("proxy") || text.contains("tunnel") => {
            return tr(format!("прокси отказал: {text}"), format!("the proxy refused: {text}"));
        }
        _ => return printable(&text).into_owned(),
    };
    known.to_owned()
}
