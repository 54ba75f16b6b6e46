//! A signed-in session with BPMSoft: cookies, the anti-forgery header, and what is done when the session is lost (bpmsoft-odata §2).
//!
//! A wrong password is tried once: five tries lock a person out of the CRM. The refusal is remembered in the profile, and the CRM is
//! not asked again until another password is stored.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cookie_store::CookieStore;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::kept::{Kept, Refusal};
use super::odata::{complaint, is_page, stripped};
use crate::error::{Error, Result};
use crate::pbx::client::{reason, silence};
use crate::text::{printable, tr};
use crate::time::now;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often what may be repeated is repeated, and the longest pause that the server may ask for (§3.11).
const AGAIN: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Refused sign-ins after which a stock BPMSoft shuts the door for a quarter of an hour (§2.5).
const TRIES: u32 = 5;
const LOCKED_FOR: i64 = 15 * 60;

/// Tries in a row whose answers did not come, after which the CRM is left alone for as long.
const UNANSWERED: u32 = 2;

/// Where the password is found when it is needed: most commands find a living session and need none.
/// It may take as long as a person needs to unlock a keyring.
pub type FindPassword = Arc<dyn Fn() -> Result<SecretString> + Send + Sync>;

/// A password that is at hand.
pub fn at_hand(password: SecretString) -> FindPassword {
    Arc::new(move || Ok(password.clone()))
}

/// Where the CRM is, and who asks.
pub struct Access {
    /// Root of the site, without `/0` and without a slash at the end
    pub app: String,
    /// Workspace that the person has pinned by writing it into the address: `/0`
    pub pinned: Option<String>,
    /// Login
    pub user: String,
    /// Password
    pub password: FindPassword,
    /// One request as a whole
    pub timeout: Duration,
    /// Where cookies and findings are kept between runs
    pub directory: PathBuf,
}

/// A session, signed in when it is first needed.
pub struct Session {
    http: reqwest::Client,
    access: Access,
    url: reqwest::Url,
    jar: Mutex<CookieStore>,
    kept: Kept,
    /// Counts sign-ins. Whoever lost the session waits here; when somebody else has signed in meanwhile, that is enough.
    signing_in: tokio::sync::Mutex<()>,
    signed_in: AtomicU64,
    /// A write was refused with 403 and a new token has been tried: the next one means that the right is missing.
    suspected_token: AtomicBool,
}

/// A request below the site's root.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is to be done
    pub method: Method,
    /// Path and query below the site's root, beginning with a slash
    pub path: String,
    /// What is sent along
    pub body: Body,
    /// What is to come back
    pub accept: &'static str,
}

/// What is sent along.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing
    Nothing,
    /// A row
    Json(String),
    /// A file
    Bytes(Vec<u8>),
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status
    pub status: StatusCode,
    /// Where to, when the server would send us elsewhere
    location: Option<String>,
    retry_after: Option<u64>,
    /// Text
    pub body: String,
}

/// The answer to a sign-in (§2.1); other fields are not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Welcome {
    code: i64,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    exception: Option<Exception>,
    #[serde(default)]
    password_change_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exception {
    #[serde(default)]
    message: Option<String>,
}

impl Request {
    /// Reads.
    pub fn get(path: impl Into<String>) -> Request {
        Request { method: Method::GET, path: path.into(), body: Body::Nothing, accept: "application/json" }
    }

    /// Writes a row.
    pub fn json(method: Method, path: impl Into<String>, row: &serde_json::Value) -> Request {
        Request { method, path: path.into(), body: Body::Json(row.to_string()), accept: "application/json" }
    }

    fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl Session {
    /// Opens nothing yet.
    pub fn new(access: Access) -> Result<Session> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(access.timeout))
            .timeout(access.timeout)
            .user_agent(concat!("mango/", env!("CARGO_PKG_VERSION")))
            // A followed redirect to the login page would look like an answer.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        let url: reqwest::Url = format!("{}/", access.app).parse().map_err(|_| bad_address(&access.app))?;
        if url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.")) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| Error::Unexpected(error.to_string()))?;
        let kept = Kept::new(&access.directory, &access.app, &access.user);
        let jar = Mutex::new(kept.cookies());
        let (signing_in, signed_in, suspected_token) = Default::default();
        Ok(Session { http, access, url, jar, kept, signing_in, signed_in, suspected_token })
    }

    /// What is kept of this CRM between runs.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The workspace that the person has pinned.
    pub fn pinned(&self) -> Option<&str> {
        self.access.pinned.as_deref()
    }

    /// Login of whoever asks.
    pub fn user(&self) -> &str {
        &self.access.user
    }

    /// Whether the address is of this CRM: a session is never shown to another host.
    pub fn is_ours(&self, address: &str) -> bool {
        self.url.join(address).is_ok_and(|address| address.origin() == self.url.origin())
    }

    /// The path of an address of this CRM below the site's root.
    pub fn path_of(&self, address: &str) -> Option<String> {
        let address = self.url.join(address).ok()?;
        let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", address.path());
        path.strip_prefix(self.url.path().trim_end_matches('/')).map(str::to_owned)
    }

    /// Carries out what does no harm when it is done twice: a lost session is renewed once, an overloaded or broken server is asked again.
    pub async fn ask(&self, request: &Request) -> Result<Reply> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..AGAIN {
            let wait = match self.once(request).await {
                Ok(reply) if reply.is_overload() => reply.pause(),
                Ok(reply) if reply.status.is_server_error() && reply.status != StatusCode::NOT_IMPLEMENTED => pause,
                Err(Error::CrmNoReply { .. }) => pause,
                other => return other,
            };
            tracing::debug!("CRM: again in {:.1} s", wait.as_secs_f32());
            tokio::time::sleep(wait).await;
            pause *= 3;
        }
        self.once(request).await
    }

    /// Carries out a request; a lost session is renewed once.
    pub async fn once(&self, request: &Request) -> Result<Reply> {
        let before = self.signed_in.load(Ordering::Relaxed);
        if self.has_cookies() {
            let reply = self.exchange(request).await?;
            if !self.is_lost(request, &reply) {
                return Ok(reply);
            }
        }
        self.sign_in_after(before).await?;
        let reply = self.exchange(request).await?;
        match reply.is_sent_away() || (reply.status.is_success() && is_page(&reply.body) && request.accept != "text/html") {
            true => Err(Error::CrmGarbled { detail: reply.summary() }),
            false => Ok(reply),
        }
    }

    /// Signs in whatever the state, for `login --crm`: proves the password.
    pub async fn prove(&self) -> Result<()> {
        let _ours = self.signing_in.lock().await;
        self.sign_in(self.password().await?).await
    }

    /// The four signs of a lost session (§2.4).
    fn is_lost(&self, request: &Request, reply: &Reply) -> bool {
        if reply.status == StatusCode::FORBIDDEN && request.is_write() {
            return !self.suspected_token.swap(true, Ordering::Relaxed);
        }
        let page =
            reply.status.is_success() && request.accept != "text/html" && is_page(&reply.body) && request.accept != "application/xml";
        reply.status == StatusCode::UNAUTHORIZED || reply.is_sent_away() || page
    }

    async fn sign_in_after(&self, before: u64) -> Result<()> {
        let _ours = self.signing_in.lock().await;
        match self.signed_in.load(Ordering::Relaxed) == before {
            true => {
                let password = self.password().await?;
                self.may_try(self.kept.refusal().as_ref(), &password)?;
                self.sign_in(password).await
            }
            false => Ok(()),
        }
    }

    /// On a thread of its own: events go on being received meanwhile.
    async fn password(&self) -> Result<SecretString> {
        let find = self.access.password.clone();
        tokio::task::spawn_blocking(move || find()).await.map_err(|error| Error::Unexpected(error.to_string()))?
    }

    /// One try.
    async fn sign_in(&self, password: SecretString) -> Result<()> {
        let before = self.kept.refusal();
        let counted = before.clone().filter(|refusal| now().as_second() - refusal.at < LOCKED_FOR).map_or(0, |refusal| refusal.tries);
        let tried = Refusal::tried(&password, counted + 1);
        // Before it leaves: a run that is broken off must not be followed by one more try after another.
        self.kept.remember_refusal(&tried);
        self.jar().clear();
        let body = json!({ "UserName": self.access.user, "UserPassword": password.expose_secret() });
        let request = Request::json(Method::POST, "/ServiceModel/AuthService.svc/Login", &body);
        let reply = match self.exchange(&request).await {
            Err(error @ Error::CrmUnreachable { .. }) => return Err(self.not_tried(before, error)),
            reply => reply?,
        };
        let welcome: Welcome = match serde_json::from_str(stripped(&reply.body)) {
            Ok(welcome) => welcome,
            Err(_) => return Err(self.not_tried(before, self.no_welcome(&reply))),
        };
        if welcome.code != 0 {
            return Err(self.refusal(welcome, tried, &password));
        }
        self.kept.forget_refusal();
        if self.token().is_none() {
            // Some versions give the token only with the start page (§2.2).
            let page = Request { accept: "text/html", ..Request::get("/") };
            self.exchange(&page).await?;
        }
        if self.token().is_none() {
            tracing::debug!("CRM: no BPMCSRF cookie; going on without the header");
        }
        self.signed_in.fetch_add(1, Ordering::Relaxed);
        tracing::debug!("CRM: signed in as {}", printable(&self.access.user));
        Ok(())
    }

    fn no_welcome(&self, reply: &Reply) -> Error {
        match reply.status {
            StatusCode::NOT_FOUND => Error::CrmNotThere { address: self.access.app.clone() },
            status if status.is_server_error() => Error::CrmNoReply { detail: reply.summary() },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Error::CrmRefused { status: reply.status.as_u16(), detail: reply.complaint(), what: "Login".into() }
            }
            _ => Error::CrmNotThere { address: self.access.app.clone() },
        }
    }

    /// Whether a password may be tried: not one that was refused, nor a third time one whose tries were all cut off.
    fn may_try(&self, before: Option<&Refusal>, password: &SecretString) -> Result<()> {
        match before.filter(|refusal| refusal.is_of(password)) {
            Some(refusal) if refusal.answered => Err(self.refused(refusal)),
            Some(refusal) if refusal.tries > UNANSWERED && now().as_second() - refusal.at < LOCKED_FOR => {
                Err(Error::CrmNoReply { detail: tr("на вход нет ответа", "no answer to a sign-in").into() })
            }
            _ => Ok(()),
        }
    }

    /// The password was not looked at.
    fn not_tried(&self, before: Option<Refusal>, error: Error) -> Error {
        match before {
            Some(before) => self.kept.remember_refusal(&before),
            None => self.kept.forget_refusal(),
        }
        error
    }

    fn refusal(&self, welcome: Welcome, tried: Refusal, password: &SecretString) -> Error {
        let words = welcome.message.filter(|words| !words.is_empty()).or(welcome.exception.and_then(|exception| exception.message));
        let words = words.map(|words| printable(&words.replace(password.expose_secret(), "…")).into_owned());
        let must_change = welcome.password_change_url.is_some_and(|url| !url.is_empty());
        let mut refusal = tried;
        (refusal.answered, refusal.words, refusal.must_change) = (true, words, must_change);
        self.kept.remember_refusal(&refusal);
        self.refused(&refusal)
    }

    fn refused(&self, refusal: &Refusal) -> Error {
        Error::CrmLogin {
            user: self.access.user.clone(),
            detail: refusal.words.clone(),
            left: TRIES.saturating_sub(refusal.tries),
            must_change: refusal.must_change,
        }
    }

    async fn exchange(&self, request: &Request) -> Result<Reply> {
        let address = format!("{}{}", self.access.app, request.path);
        let mut building = self.http.request(request.method.clone(), &address).header(ACCEPT, request.accept);
        // With it a lost session is a 401 instead of a page (§2.3).
        building = building.header("ForceUseSession", "true");
        if let Some(cookies) = self.cookies(&address) {
            building = building.header(COOKIE, cookies);
        }
        if let Some(token) = self.token() {
            building = building.header("BPMCSRF", token);
        }
        building = match request.body.clone() {
            Body::Nothing => building,
            Body::Json(row) => {
                let building = building.header(CONTENT_TYPE, "application/json; charset=utf-8; IEEE754Compatible=true").body(row);
                // A server that would answer a change with the whole row need not (§7).
                if request.method == Method::PATCH { building.header("Prefer", "return=minimal") } else { building }
            }
            Body::Bytes(bytes) => building.header(CONTENT_TYPE, "application/octet-stream; IEEE754Compatible=true").body(bytes),
        };
        let shown = printable(request.path.split('?').next().unwrap_or_default()).into_owned();
        tracing::debug!("→ {} {shown}", request.method);
        let response = building.send().await.map_err(|error| self.not_sent(error))?;
        self.take_cookies(&response);
        let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
        let (status, location) = (response.status(), header(LOCATION));
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok());
        let body = response.bytes().await.map_err(|error| self.broken_off(error))?;
        let body = String::from_utf8(body.into()).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        tracing::debug!("← {} {shown}, {} bytes", status.as_u16(), body.len());
        Ok(Reply { status, location, retry_after, body })
    }

    fn not_sent(&self, error: reqwest::Error) -> Error {
        match error.is_connect() {
            true => Error::CrmUnreachable { address: self.access.app.clone(), detail: reason(&error) },
            false => self.broken_off(error),
        }
    }

    fn broken_off(&self, error: reqwest::Error) -> Error {
        Error::CrmNoReply { detail: if error.is_timeout() { silence(self.access.timeout) } else { reason(&error) } }
    }

    fn has_cookies(&self) -> bool {
        self.jar().iter_unexpired().next().is_some()
    }

    fn cookies(&self, address: &str) -> Option<HeaderValue> {
        let address = address.parse().ok()?;
        let jar = self.jar();
        let cookies: Vec<String> = jar.get_request_values(&address).map(|(name, value)| format!("{name}={value}")).collect();
        HeaderValue::from_str(&cookies.join("; ")).ok().filter(|cookies| !cookies.is_empty())
    }

    /// The anti-forgery token, byte for byte as it came (§2.3).
    fn token(&self) -> Option<HeaderValue> {
        let jar = self.jar();
        let token = jar.get_request_values(&self.url).find(|(name, _)| *name == "BPMCSRF").map(|(_, value)| value.to_owned());
        HeaderValue::from_str(&token?).ok()
    }

    /// Any answer may set cookies, not the sign-in alone (§2.2).
    fn take_cookies(&self, response: &reqwest::Response) {
        let set: Vec<&str> = response.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()).collect();
        if set.is_empty() {
            return;
        }
        let mut jar = self.jar();
        for cookie in set {
            if let Err(error) = jar.parse(cookie, response.url()) {
                tracing::debug!("CRM: a cookie is not taken: {error}");
            }
        }
        self.kept.keep_cookies(&jar);
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, CookieStore> {
        self.jar.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Reply {
    fn is_sent_away(&self) -> bool {
        self.status.is_redirection() && self.location.as_deref().is_none_or(|to| to.to_ascii_lowercase().contains("login"))
    }

    fn is_overload(&self) -> bool {
        matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
    }

    /// How long the server asks to wait.
    pub fn pause(&self) -> Duration {
        let seconds = if self.is_overload() { self.retry_after.unwrap_or(1) } else { 0 };
        Duration::from_secs(seconds).min(LONGEST_PAUSE)
    }

    /// What the server says of its cause.
    pub fn complaint(&self) -> Option<String> {
        complaint(&self.body)
    }

    /// Status and cause, or the beginning of the body, on one line.
    pub fn summary(&self) -> String {
        let status = self.status.as_u16();
        let start = || printable(stripped(&self.body)).chars().take(80).collect::<String>();
        match self.complaint().unwrap_or_else(start) {
            empty if empty.is_empty() => format!("HTTP {status}, {}", tr("пустой ответ", "empty answer")),
            said => format!("HTTP {status}: {said}"),
        }
    }
}

fn bad_address(address: &str) -> Error {
    Error::Usage(tr(format!("crm_url = \"{address}\": http://… или https://…"), format!("crm_url = \"{address}\": http://… or https://…")))
}
