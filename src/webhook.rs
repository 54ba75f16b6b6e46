//! What the PBX sends: verified, written down, and only then answered (design §7).

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::time::timeout;

use crate::credentials::Credentials;
use crate::error::Error;
use crate::journal::Intake;
use crate::pbx::envelope::Envelope;

/// Bodies above this are refused.
const LARGEST_BODY: usize = 1024 * 1024;

/// How long a client may take to send its request.
const SLOWEST_BODY: Duration = Duration::from_secs(10);

/// Addresses that the PBX's events come from (vpbx-core §1.6).
pub const PBX_ADDRESSES: [IpAddr; 5] = [
    IpAddr::V4(std::net::Ipv4Addr::new(81, 88, 80, 132)),
    IpAddr::V4(std::net::Ipv4Addr::new(81, 88, 80, 133)),
    IpAddr::V4(std::net::Ipv4Addr::new(81, 88, 82, 36)),
    IpAddr::V4(std::net::Ipv4Addr::new(81, 88, 82, 44)),
    IpAddr::V4(std::net::Ipv4Addr::new(81, 88, 82, 45)),
];

/// Where events go, and whom they are believed from.
#[derive(Clone)]
pub struct Receiver {
    /// Takes them in
    pub intake: Intake,
    /// Ours
    pub credentials: Credentials,
    /// Who may send; empty for everybody
    pub allow_ips: Vec<IpAddr>,
    /// Proxies whose `X-Forwarded-For` is believed
    pub trusted_proxies: Vec<IpAddr>,
}

/// Certificate and key, PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Chain, ours first
    pub cert: PathBuf,
    /// Private key
    pub key: PathBuf,
}

/// A receiver on threads of its own: what is shown and hooked never delays an answer.
pub struct Server {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    thread: std::thread::JoinHandle<()>,
}

/// How long requests that were begun may go on after the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

impl Server {
    /// Takes the address and begins. Errors: [`Error::AddressInUse`], a certificate that cannot be read.
    pub fn start(bind: SocketAddr, receiver: Receiver, tls: Option<Tls>) -> Result<Server, Error> {
        let listener = std::net::TcpListener::bind(bind).map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => Error::AddressInUse { address: bind.to_string() },
            _ => Error::Io { path: bind.to_string().into(), source },
        })?;
        let failed = |source| Error::Io { path: bind.to_string().into(), source };
        let tls = tls.map(|tls| certificate(&tls)).transpose()?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
        let handle = Handle::new();
        let (router, stop) = (router(receiver).into_make_service_with_connect_info::<SocketAddr>(), handle.clone());
        let thread = std::thread::spawn(move || {
            let served = runtime.block_on(async {
                match tls {
                    None => axum_server::from_tcp(listener)?.handle(stop).serve(router).await,
                    Some(tls) => axum_server::from_tcp_rustls(listener, tls)?.handle(stop).serve(router).await,
                }
            });
            if let Err(error) = served {
                tracing::error!("{error}");
            }
        });
        Ok(Server { address, handle, thread })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, answers those that were begun, and ends.
    pub fn stop(self) {
        self.handle.graceful_shutdown(Some(LAST_REQUESTS));
        let _ = self.thread.join();
    }
}

fn certificate(tls: &Tls) -> Result<RustlsConfig, Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = |path: &PathBuf| std::fs::read(path).map_err(|source| Error::Io { path: path.clone(), source });
    let (cert, key) = (read(&tls.cert)?, read(&tls.key)?);
    // On a thread of its own: we may stand within a runtime, and only another one waits for this.
    let loaded = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(RustlsConfig::from_pem(cert, key))
    });
    let loaded = loaded.join().unwrap_or_else(|_| Err(std::io::Error::other("certificate")));
    loaded.map_err(|source| Error::Io { path: tls.cert.clone(), source })
}

/// Receives `events/…`, `result/…` and `ping` below any prefix, with or without a slash at the end.
pub fn router(receiver: Receiver) -> Router {
    Router::new().fallback(receive).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(receiver)
}

/// 200 when it is on the disk; 403 when it is not ours, 404 for other paths, 400 for what is no form, 408 for who is too slow,
/// 413 for what is too large, 503 when it cannot be written.
async fn receive(State(receiver): State<Receiver>, request: Request) -> StatusCode {
    let path = known_part(request.uri().path()).map(str::to_owned);
    let from = sender(&receiver, &request);
    let refused = |status: StatusCode, why: &str| {
        let from = from.map(|ip| ip.to_string()).unwrap_or_default();
        tracing::warn!("{} {why} {from}", status.as_u16());
        status
    };
    let Some(path) = path else { return refused(StatusCode::NOT_FOUND, "unknown path") };
    if !receiver.allow_ips.is_empty() && !from.is_some_and(|ip| receiver.allow_ips.contains(&ip)) {
        return refused(StatusCode::FORBIDDEN, "address not allowed");
    }
    let envelope = match timeout(SLOWEST_BODY, envelope(request)).await {
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "too slow"),
        Ok(Err(status)) => return refused(status, "no form"),
        // The "check the connection" button of the account sends nothing at all (vpbx-core §1.6).
        Ok(Ok(None)) if path == "ping" => return StatusCode::OK,
        Ok(Ok(None)) => return refused(StatusCode::BAD_REQUEST, "a field is missing"),
        Ok(Ok(Some(envelope))) => envelope,
    };
    let json = match envelope.open(&receiver.credentials) {
        Ok(json) => json,
        Err(forged) => return refused(StatusCode::FORBIDDEN, &format!("{path}: {forged:?}")),
    };
    match receiver.intake.record(&path, json).await {
        Ok(_) => StatusCode::OK,
        Err(error) => unwritten(&path, &error),
    }
}

fn unwritten(path: &str, error: &Error) -> StatusCode {
    tracing::error!("{path}: {}", error.message());
    StatusCode::SERVICE_UNAVAILABLE
}

/// Who sends: the socket's other end, or whom a trusted proxy names last.
fn sender(receiver: &Receiver, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    if !receiver.trusted_proxies.contains(&peer) {
        return Some(peer);
    }
    // Some proxies append to the header that came, others add one of their own after it.
    let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    forwarded.and_then(|all| all.rsplit(',').next()?.trim().parse().ok()).or(Some(peer))
}

/// `/mango/events/call/` is `events/call`, whatever stands before.
fn known_part(path: &str) -> Option<&str> {
    let path = path.trim_matches('/');
    let begins = |word: &str| path.match_indices(word).map(|(at, _)| at).find(|at| *at == 0 || path.as_bytes()[at - 1] == b'/');
    if path == "ping" || path.ends_with("/ping") {
        return Some("ping");
    }
    ["events/", "result/"].into_iter().find_map(begins).map(|at| &path[at..])
}

/// The three fields of a urlencoded or multipart form; `None` when one is missing.
async fn envelope(request: Request) -> Result<Option<Envelope>, StatusCode> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let mut fields = Fields::default();
    if kind.starts_with("multipart/") {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| StatusCode::BAD_REQUEST)?;
        while let Some(field) = form.next_field().await.map_err(|error| error.status())? {
            let name = field.name().unwrap_or_default().to_owned();
            fields.keep(&name, field.text().await.map_err(|error| error.status())?);
        }
        return Ok(fields.envelope());
    }
    let body = Bytes::from_request(request, &()).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok(urlencoded(&body))
}

/// The envelope in a urlencoded body; `None` when a field is missing.
pub fn urlencoded(body: &[u8]) -> Option<Envelope> {
    let mut fields = Fields::default();
    form_urlencoded::parse(body).for_each(|(name, value)| fields.keep(&name, value.into_owned()));
    fields.envelope()
}

/// `vpbx_api_key`, `sign`, `json`, as far as they have come.
#[derive(Default)]
struct Fields([Option<String>; 3]);

impl Fields {
    fn keep(&mut self, name: &str, value: String) {
        if let Some(n) = ["vpbx_api_key", "sign", "json"].iter().position(|field| *field == name) {
            self.0[n] = Some(value);
        }
    }

    /// JSON never begins with `%`: then everything was encoded twice on its way (field notes).
    fn envelope(self) -> Option<Envelope> {
        let [Some(key), Some(sign), Some(json)] = self.0 else { return None };
        match json.starts_with('%') {
            true => Some(Envelope::received(decoded(&key), decoded(&sign), decoded(&json))),
            false => Some(Envelope::received(key, sign, json)),
        }
    }
}

/// Without `&` and `=` the text is the only name of a form.
fn decoded(text: &str) -> String {
    form_urlencoded::parse(text.replace('&', "%26").replace('=', "%3D").as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::known_part;

    #[test]
    fn the_path_is_known_below_any_prefix() {
        for (path, known) in [
            ("/events/call", Some("events/call")),
            ("/mango/api/v1/events/call/", Some("events/call")),
            ("/x/result/call/hold/on/", Some("result/call/hold/on")),
            ("/ping/", Some("ping")),
            ("/a/ping", Some("ping")),
            ("/myevents/call", None),
            ("/", None),
        ] {
            assert_eq!(known_part(path), known, "{path}");
        }
    }
}
