//! A BPMSoft beside the PBX: sign-in, OData 4 and its quirks, over the same people whom the PBX can call (bpmsoft-odata §7).
//!
//! `/crm` is a .NET 8 build, `/crm-framework` a .NET Framework one, both over the rows of one `crm.db`.

mod base;
mod communications;
mod control;
mod crowd;
mod defaults;
mod filter;
mod flavour;
mod known;
mod layer;
mod metadata;
mod model;
mod odata;
mod people;
mod query;
mod read;
mod reply;
mod sessions;
mod sql;
mod switches;
#[cfg(test)]
mod tests;
mod visit;
mod write;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, Method, Response};
use axum::routing::any;
use serde::Serialize;

use super::doors::Peer;
use super::faults::Faults;
use super::gate::caller;
use super::{Sandbox, locked};
use crate::error::Result;
use base::{Base, Tables};
pub(super) use control::router as control;
use flavour::{Flavour, Place};
use reply::{Done, Reply};
use sessions::Session;
pub use sessions::{PASSWORD, USER};
use switches::Switches;
use visit::Visit;

/// The largest body that is read: a file of the largest size, and a little.
const LARGEST: usize = write::LARGEST_FILE + (1 << 20);

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The most requests that are remembered.
const REMEMBERED: usize = 10_000;

/// Everything of the CRM that the sandbox keeps. Its file is opened when the first request comes.
pub(super) struct Crm {
    directory: PathBuf,
    base: Mutex<Option<Base>>,
    switches: Mutex<Switches>,
    faults: Mutex<Faults>,
    seen: Mutex<VecDeque<Seen>>,
    /// So many requests get through before everybody is signed out.
    patience: Mutex<Option<u64>>,
    /// The last moment that a row was given.
    last: AtomicI64,
}

/// A request as the control API shows it: without its body, its headers and its cookies.
#[derive(Serialize)]
pub(super) struct Seen {
    method: String,
    path: String,
    query: String,
}

/// A request, taken from its socket.
struct Asked {
    flavour: Flavour,
    place: Place,
    method: Method,
    /// With its query, as it came.
    address: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
    /// The sandbox's time.
    at: f64,
}

impl Asked {
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Rows come as JSON; files as they are.
    fn has_readable_body(&self) -> bool {
        !matches!(self.method, Method::POST | Method::PATCH) || self.header(CONTENT_TYPE).contains("json")
    }
}

/// `/crm`, `/crm-framework` and the identity service beside them.
pub(super) fn router() -> Router<Sandbox> {
    let core = any(|State(sandbox): State<Sandbox>, request: Request| receive(sandbox, Flavour::Core, request));
    let framework = any(|State(sandbox): State<Sandbox>, request: Request| receive(sandbox, Flavour::Framework, request));
    Router::new()
        .route("/crm", core.clone())
        .route("/crm/", core.clone())
        .route("/crm/{*rest}", core)
        .route("/crm-framework", framework.clone())
        .route("/crm-framework/", framework.clone())
        .route("/crm-framework/{*rest}", framework)
        .route("/crm-identity/connect/token", axum::routing::post(token))
}

async fn receive(sandbox: Sandbox, flavour: Flavour, request: Request) -> Response<Body> {
    let peer = caller(request.extensions());
    if !is_allowed(&sandbox, &peer) {
        return Reply::page(403, "Forbidden").response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else { return Reply::page(413, "Request Entity Too Large").response() };
    let path = odata::decoded(parts.uri.path());
    let place = flavour.place(path.strip_prefix(flavour.directory()).unwrap_or_default().trim_start_matches('/'));
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let address = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let names = names(&parts.method, &place);
    let asked = Asked { flavour, place, method: parts.method, address, query, headers: parts.headers, body, at: sandbox.0.clock.now() };
    sandbox.0.crm.see(&asked.method, path, &asked.query);
    let fault = locked(&sandbox.0.crm.faults).strike(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let Some(fault) = fault else { return answer(sandbox, asked).await };
    fault.delay().await;
    let response = match fault.instead() {
        Some(response) => response,
        None => answer(sandbox, asked).await,
    };
    fault.spoil(response, &peer).await
}

/// What a fault may be meant for: `POST Call`, `Call`, `writes`, `*`.
fn names(method: &Method, place: &Place) -> Vec<String> {
    let target = match place {
        Place::Root => "root",
        Place::SignIn => "sign-in",
        Place::SignInPage => "sign-in-page",
        Place::Ping => "ping",
        Place::Settings => "settings",
        Place::Nowhere => "nowhere",
        Place::OData(path) => path.split(['/', '(']).next().unwrap_or_default(),
    };
    let kind = match place {
        Place::SignIn => "sign-in",
        _ if *method == Method::GET => "reads",
        _ => "writes",
    };
    vec![format!("{method} {target}"), target.to_owned(), kind.to_owned(), "*".to_owned()]
}

/// SQLite works on a thread of its own, so that a large page stops nobody's call.
async fn answer(sandbox: Sandbox, asked: Asked) -> Response<Body> {
    let answered = tokio::task::spawn_blocking(move || sandbox.0.crm.answer(&asked)).await;
    answered.unwrap_or_else(|_| Reply::page(500, "Internal Server Error")).response()
}

async fn token(State(sandbox): State<Sandbox>, request: Request) -> Response<Body> {
    if !is_allowed(&sandbox, &caller(request.extensions())) {
        return Reply::page(403, "Forbidden").response();
    }
    sandbox.0.crm.see(request.method(), request.uri().path().to_owned(), "");
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap_or_default();
    sandbox.0.crm.change(|tables| sessions::token(tables.db, &body)).unwrap_or_else(broken).response()
}

fn is_allowed(sandbox: &Sandbox, peer: &Peer) -> bool {
    let allowed = &sandbox.0.settings.allow_ips;
    allowed.is_empty() || allowed.contains(&peer.address())
}

fn broken(error: crate::error::Error) -> Reply {
    Reply::page(500, &error.message())
}

impl Crm {
    pub(super) fn new(directory: &Path) -> Crm {
        Crm {
            directory: directory.to_owned(),
            base: Mutex::default(),
            switches: Mutex::default(),
            faults: Mutex::default(),
            seen: Mutex::default(),
            patience: Mutex::default(),
            last: AtomicI64::default(),
        }
    }

    /// As on the first day; a CRM that nobody has asked for yet stays unmade.
    pub(super) fn forget_everything(&self) -> Result<()> {
        *locked(&self.switches) = Switches::default();
        locked(&self.faults).clear();
        locked(&self.seen).clear();
        *locked(&self.patience) = None;
        match Base::exists(&self.directory) {
            true => self.with(Base::forget_everything)?,
            false => Ok(()),
        }
    }

    fn see(&self, method: &Method, path: String, query: &str) {
        let query = odata::decoded(&query.replace("%20", "+").replace('+', " "));
        let mut seen = locked(&self.seen);
        seen.push_back(Seen { method: method.to_string(), path, query });
        if seen.len() > REMEMBERED {
            seen.pop_front();
        }
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Base) -> T) -> Result<T> {
        match &mut *locked(&self.base) {
            Some(base) => Ok(use_it(base)),
            none => Ok(use_it(none.insert(Base::open(&self.directory)?))),
        }
    }

    /// Changes rows; what is refused changes none.
    fn change(&self, work: impl FnOnce(&Tables<'_>) -> Done<Reply>) -> Result<Reply> {
        self.with(|base| in_transaction(base, true, work))
    }

    fn look(&self, work: impl FnOnce(&Tables<'_>) -> Done<Reply>) -> Result<Reply> {
        self.with(|base| in_transaction(base, false, work))
    }

    fn answer(&self, asked: &Asked) -> Reply {
        let switches = locked(&self.switches).clone();
        if switches.down {
            return Reply::page(503, "Service Unavailable");
        }
        match (&asked.place, &asked.method) {
            (Place::Nowhere, _) => Reply::page(404, "Not Found"),
            (Place::SignInPage, _) => sessions::sign_in_page(),
            (Place::Ping, _) => Reply::new(200, "text/plain", "Pong"),
            (Place::SignIn, &Method::POST) => {
                self.change(|tables| sessions::sign_in(tables, asked.flavour, &switches, &asked.body)).unwrap_or_else(broken)
            }
            (Place::SignIn, _) => Reply::page(405, "Method Not Allowed"),
            _ => self.to_a_user(asked, &switches),
        }
    }

    /// What only somebody who is signed in gets.
    fn to_a_user(&self, asked: &Asked, switches: &Switches) -> Reply {
        match self.with(|base| self.let_in(base, asked, switches)) {
            Ok(Ok((session, cookies))) => {
                let serve = |tables: &Tables<'_>| self.serve(tables, asked, switches, &session);
                let answered = if asked.method == Method::GET { self.look(serve) } else { self.change(serve) };
                let reply = answered.unwrap_or_else(broken);
                cookies.into_iter().fold(reply, |reply, cookie| reply.with("set-cookie", cookie))
            }
            Ok(Err(reply)) => reply,
            Err(error) => broken(error),
        }
    }

    /// Who it is, and the cookies he has yet to be given. Sessions are looked up before the transaction of the request begins:
    /// one that has read must not write if another process has written meanwhile.
    fn let_in(&self, base: &Base, asked: &Asked, switches: &Switches) -> std::result::Result<(Session, Vec<String>), Reply> {
        let tables = Tables { db: base.db(), model: &base.model() };
        let found = || {
            if self.is_out_of_patience() {
                sessions::end_all(tables.db)?;
            }
            let Some(session) = sessions::session(&tables, &asked.headers)? else { return Ok(None) };
            let cookies = sessions::late_cookies(tables.db, asked.flavour, &session, asked.place == Place::Root)?;
            Done::Ok(Some((session, cookies)))
        };
        match found() {
            Ok(Some((session, _))) if !session.allows(&asked.method, &asked.headers, switches) => Err(sessions::without_token()),
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(sessions::lost(asked.flavour, &asked.headers, switches, &asked.address)),
            Err(wrong) => Err(wrong.reply(404)),
        }
    }

    fn is_out_of_patience(&self) -> bool {
        let mut patience = locked(&self.patience);
        match patience.as_mut() {
            Some(0) => {
                *patience = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    fn serve(&self, tables: &Tables<'_>, asked: &Asked, switches: &Switches, session: &Session) -> Done<Reply> {
        match &asked.place {
            Place::OData(_) if !asked.has_readable_body() => Ok(Reply::page(415, "Unsupported Media Type")),
            Place::OData(path) => Ok(self.odata(tables, asked, switches, session, path)),
            Place::Settings => defaults::query_settings(tables, &asked.body),
            _ => Ok(Reply::page(200, "BPMSoft")),
        }
    }

    fn odata(&self, tables: &Tables<'_>, asked: &Asked, switches: &Switches, session: &Session, path: &str) -> Reply {
        let visible = (!switches.hidden.is_empty()).then(|| tables.model.without(&switches.hidden));
        let visit = Visit {
            tables: Tables { db: tables.db, model: tables.model },
            model: visible.as_ref().unwrap_or(tables.model),
            switches,
            author: &session.contact,
            root: &format!("http://{}{}", asked.header(HOST), asked.flavour.odata()),
            now: &layer::tick(&self.last, asked.at),
            precise: [ACCEPT, CONTENT_TYPE].into_iter().any(|name| asked.header(name).contains("IEEE754Compatible=true")),
        };
        visit.serve(&odata::Request {
            method: asked.method.as_str(),
            path,
            query: &asked.query,
            body: &asked.body,
            goes_on: asked.header(PREFER).contains("continue-on-error"),
            in_batch: false,
        })
    }

    /// Everybody is signed out after so many more requests.
    fn expire_after(&self, requests: u64) {
        *locked(&self.patience) = Some(requests);
    }

    fn moment(&self, at: f64) -> String {
        layer::tick(&self.last, at)
    }
}

fn in_transaction(base: &mut Base, writes: bool, work: impl FnOnce(&Tables<'_>) -> Done<Reply>) -> Reply {
    let model = base.model();
    let worked = || {
        let transaction = if writes { base.change()? } else { base.look()? };
        let reply = work(&Tables { db: &transaction, model: &model })?;
        // A refusal has changed nothing, but a refused sign-in is counted.
        if reply.status < 400 {
            transaction.commit()?;
        }
        Ok(reply)
    };
    let done: Done<Reply> = worked();
    done.unwrap_or_else(|wrong| wrong.reply(404))
}

/// Forgets what a sandbox that is not running has kept.
pub(super) fn reset(directory: &Path) -> Result<()> {
    if Base::exists(directory) { Base::open(directory)?.forget_everything() } else { Ok(()) }
}
