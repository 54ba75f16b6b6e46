//! Signing in, staying signed in, and being asked to sign in again (bpmsoft-odata §2).

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, Method};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::base::{Row, Tables, fold};
use super::flavour::Flavour;
use super::reply::{Done, Reply};
use super::sql::stored;
use super::switches::{Lost, Switches};
use crate::time;

/// Login of whoever tries the CRM.
pub const USER: &str = "demo";

/// The password of [`USER`].
pub const PASSWORD: &str = "demo-password";

/// Everybody who can sign in, the second one another operator, the third one must change the password first.
pub(super) const USERS: [(&str, &str); 3] = [(USER, PASSWORD), ("demo2", "demo2-password"), ("demo-old", "demo-old-password")];

/// The client of the identity service, which acts as [`USER`].
pub(super) const CLIENT: (&str, &str) = ("demo-client", "demo-client-secret");

/// `LoginAttemptCount`
const ATTEMPTS: i64 = 5;

/// `UserLockoutDuration`
const LOCKED: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// `UserSessionTimeout`: seconds without a request.
const IDLE: i64 = 3600;

/// Seconds in which a bearer token works.
const TOKEN: i64 = 3600;

/// Somebody who is signed in.
pub(super) struct Session {
    ticket: String,
    pub(super) login: String,
    pub(super) contact: String,
    csrf: String,
    csrf_told: bool,
    id: String,
    id_told: bool,
    bearer: bool,
}

/// The sign-in service: refused or not, the status is 200.
pub(super) fn sign_in(tables: &Tables<'_>, flavour: Flavour, switches: &Switches, body: &[u8]) -> Done<Reply> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Asked {
        user_name: String,
        user_password: String,
    }
    let Ok(asked) = serde_json::from_slice::<Asked>(body) else { return Ok(refused("Неверный запрос", None)) };
    let Some(unit) = tables.rows("SysAdminUnit", "fold(\"Name\") = ?1", &[&fold(&asked.user_name)])?.pop() else {
        return Ok(refused(WRONG, None));
    };
    if let Some(reply) = locked(tables, &unit)? {
        return Ok(reply);
    }
    let fits = USERS.iter().any(|(login, password)| *login == unit.text("Name") && *password == asked.user_password);
    if !fits || !unit.is_set("Active") {
        return failed(tables, &unit);
    }
    tables.update("SysAdminUnit", unit.text("Id"), &Row::default().with("LoginAttemptCount", 0))?;
    if unit.is_set("ForceChangePassword") {
        let url = format!("{}/Login/ChangePassword.html", flavour.directory());
        return Ok(refused("Необходимо сменить пароль", Some(url)));
    }
    let session =
        begin(tables.db, unit.text("Name"), !switches.late_csrf, flavour == Flavour::Core && !switches.late_session, false, IDLE)?;
    let done = json!({"Code": 0, "Message": "", "Exception": null, "PasswordChangeUrl": null, "RedirectUrl": null});
    Ok(cookies(flavour, &session).into_iter().fold(Reply::json(200, &done), |reply, cookie| reply.with("set-cookie", cookie)))
}

const WRONG: &str = "Неверное имя пользователя или пароль";

fn refused(message: &str, change: Option<String>) -> Reply {
    let exception = json!({
        "HelpLink": null, "InnerException": null, "Message": message, "StackTrace": null, "Type": "System.Security.SecurityException",
    });
    Reply::json(200, &json!({"Code": 1, "Message": message, "Exception": exception, "PasswordChangeUrl": change, "RedirectUrl": null}))
}

/// While the account is locked even the right password is refused.
fn locked(tables: &Tables<'_>, unit: &Row) -> Done<Option<Reply>> {
    let now = stored(time::now());
    if unit.text("UnblockTime") > now.as_str() {
        return Ok(Some(refused("Учетная запись заблокирована. Повторите попытку позже", None)));
    }
    if attempts(unit) >= ATTEMPTS {
        tables.update("SysAdminUnit", unit.text("Id"), &Row::default().with("LoginAttemptCount", 0))?;
    }
    Ok(None)
}

fn failed(tables: &Tables<'_>, unit: &Row) -> Done<Reply> {
    let count = attempts(unit) % ATTEMPTS + 1;
    let mut changes = Row::default().with("LoginAttemptCount", count);
    let message = match ATTEMPTS - count {
        0 => {
            let until = time::now().checked_add(LOCKED).unwrap_or(jiff::Timestamp::MAX);
            changes.set("UnblockTime", stored(until));
            "Учетная запись заблокирована. Повторите попытку позже".to_owned()
        }
        1 => format!("{WRONG}. Осталась одна попытка до блокировки"),
        _ => WRONG.to_owned(),
    };
    tables.update("SysAdminUnit", unit.text("Id"), &changes)?;
    Ok(refused(&message, None))
}

fn attempts(unit: &Row) -> i64 {
    match unit.0.get("LoginAttemptCount") {
        Some(rusqlite::types::Value::Integer(count)) => *count,
        _ => 0,
    }
}

fn begin(db: &Connection, login: &str, csrf_told: bool, id_told: bool, bearer: bool, lasts: i64) -> Done<Session> {
    let random = || uuid::Uuid::new_v4().simple().to_string();
    // A real token has such characters, and must come back as it went.
    let csrf = format!("{}/{}.{}+==", &random()[..10], &random()[..8], &random()[..4]);
    let (ticket, id) = (random().to_uppercase(), random());
    let contact = String::new();
    let session = Session { ticket, login: login.to_owned(), contact, csrf, csrf_told, id, id_told, bearer };
    db.execute("DELETE FROM session WHERE ends < ?1", [time::now().as_second()])?;
    let values = params![session.ticket, login, session.csrf, csrf_told, session.id, id_told, bearer, time::now().as_second() + lasts];
    db.execute("INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", values)?;
    Ok(session)
}

/// What the sign-in sets. A virtual directory's loader cookie comes twice, with two paths.
fn cookies(flavour: Flavour, session: &Session) -> Vec<String> {
    let mut cookies = Vec::new();
    match flavour {
        Flavour::Core => {
            if session.id_told {
                cookies.push(format!("BPMSESSIONID={}; path=/; HttpOnly", session.id));
            }
            cookies.push(format!(".ASPXAUTH={}; path=/; HttpOnly", session.ticket));
            cookies.push(format!("CsrfToken={}; path=/", &session.id[..12]));
        }
        Flavour::Framework => {
            let path = flavour.directory();
            let codes: Vec<String> = session.login.chars().map(|letter| u32::from(letter).to_string()).collect();
            let expires = time::now().checked_add(jiff::SignedDuration::from_hours(24 * 30)).unwrap_or(jiff::Timestamp::MAX);
            let expires = expires.strftime("%a, %d %b %Y %H:%M:%S GMT");
            cookies.push(format!("BPMLOADER={}; path={path}; HttpOnly", &session.id[..16]));
            cookies.push(format!("BPMLOADER={}; path={path}/0; HttpOnly", &session.id[..16]));
            cookies.push(format!(".ASPXAUTH={}; path={path}; HttpOnly", session.ticket));
            cookies.push(format!("UserName={}; expires={expires}; path={path}; HttpOnly", codes.join("|")));
        }
    }
    if session.csrf_told {
        cookies.push(csrf_cookie(flavour, session));
    }
    cookies
}

fn csrf_cookie(flavour: Flavour, session: &Session) -> String {
    format!("BPMCSRF={}; path={}", session.csrf, cookie_path(flavour))
}

/// Cookies that come with a later answer than the sign-in's. From then on they are told.
pub(super) fn late_cookies(db: &Connection, flavour: Flavour, session: &Session, is_root: bool) -> Done<Vec<String>> {
    let mut cookies = Vec::new();
    if session.bearer {
        return Ok(cookies);
    }
    if is_root && !session.csrf_told {
        db.execute("UPDATE session SET csrf_told = 1 WHERE ticket = ?1", [&session.ticket])?;
        cookies.push(csrf_cookie(flavour, session));
    }
    if !session.id_told {
        db.execute("UPDATE session SET id_told = 1 WHERE ticket = ?1", [&session.ticket])?;
        cookies.push(format!("BPMSESSIONID={}; path={}; HttpOnly", session.id, cookie_path(flavour)));
    }
    Ok(cookies)
}

fn cookie_path(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Core => "/",
        Flavour::Framework => flavour.directory(),
    }
}

/// Whose request this is; using a session makes it last.
pub(super) fn session(tables: &Tables<'_>, headers: &HeaderMap) -> Done<Option<Session>> {
    let now = time::now().as_second();
    for (ticket, bearer) in tickets(headers) {
        let Some((session, ends)) = find(tables.db, &ticket, bearer, now)? else { continue };
        // Not at every request: that would be a write for each read.
        if !bearer && ends < now + IDLE - 60 {
            tables.db.execute("UPDATE session SET ends = ?1 WHERE ticket = ?2", params![now + IDLE, ticket])?;
        }
        return Ok(Some(session));
    }
    Ok(None)
}

fn find(db: &Connection, ticket: &str, bearer: bool, now: i64) -> Done<Option<(Session, i64)>> {
    let sql = r#"SELECT login, csrf, csrf_told, session.id, id_told, ends, coalesce("ContactId", '') FROM session
                 LEFT JOIN "SysAdminUnit" ON fold("Name") = fold(login) WHERE ticket = ?1 AND bearer = ?2 AND ends > ?3"#;
    let read = |row: &rusqlite::Row<'_>| {
        let session = Session {
            ticket: ticket.to_owned(),
            login: row.get(0)?,
            contact: row.get(6)?,
            csrf: row.get(1)?,
            csrf_told: row.get(2)?,
            id: row.get(3)?,
            id_told: row.get(4)?,
            bearer,
        };
        Ok((session, row.get(5)?))
    };
    Ok(db.prepare_cached(sql)?.query_row(params![ticket, bearer, now], read).optional()?)
}

/// A jar may hold tickets of both builds; whether one is a bearer's stands beside it.
fn tickets(headers: &HeaderMap) -> Vec<(String, bool)> {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let bearer = headers.get(AUTHORIZATION).map(text).and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    let cookies: Vec<String> = headers.get_all(COOKIE).iter().map(text).collect();
    let pairs = cookies.iter().flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().strip_prefix(".ASPXAUTH="));
    bearer.map(|token| (token, true)).into_iter().chain(pairs.map(|ticket| (ticket.to_owned(), false))).collect()
}

impl Session {
    /// Whether a request may change something (bpmsoft-odata §2.3).
    pub(super) fn allows(&self, method: &Method, headers: &HeaderMap, switches: &Switches) -> bool {
        let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let token = headers.get("bpmcsrf").is_some_and(|token| token.as_bytes() == self.csrf.as_bytes());
        is_read || self.bearer || !switches.csrf || token
    }
}

pub(super) fn without_token() -> Reply {
    Reply::json(403, &json!({"Message": "The request has no valid anti-forgery token."}))
}

/// The answer to somebody who is signed in no more (bpmsoft-odata §2.4).
pub(super) fn lost(flavour: Flavour, headers: &HeaderMap, switches: &Switches, path: &str) -> Reply {
    let forced = headers.get("forceusesession").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
    let bearer = headers.contains_key(AUTHORIZATION);
    match switches.lost {
        Lost::Auto if forced || bearer => unauthorized(),
        Lost::Status401 => unauthorized(),
        Lost::Auto | Lost::Redirect => {
            let page = flavour.sign_in_page();
            let back: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
            Reply::page(302, "Object moved").with("location", format!("{page}?ReturnUrl={back}"))
        }
        Lost::Page => sign_in_page(),
    }
}

fn unauthorized() -> Reply {
    Reply::json(401, &json!({"Message": "Authentication failed."}))
}

pub(super) fn sign_in_page() -> Reply {
    Reply::page(200, "Вход в систему")
}

/// `POST /connect/token` of the identity service (bpmsoft-odata §2.6).
pub(super) fn token(db: &Connection, body: &[u8]) -> Done<Reply> {
    let mut fields = (None, None, None);
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "grant_type" => fields.0 = Some(value.into_owned()),
            "client_id" => fields.1 = Some(value.into_owned()),
            "client_secret" => fields.2 = Some(value.into_owned()),
            _ => {}
        }
    }
    let refusal = |error: &str| Ok(Reply::json(400, &json!({ "error": error })));
    match fields {
        (Some(grant), _, _) if grant != "client_credentials" => refusal("unsupported_grant_type"),
        (Some(_), Some(id), Some(secret)) if (id.as_str(), secret.as_str()) == CLIENT => {
            let session = begin(db, USER, true, true, true, TOKEN)?;
            let answer: Value =
                json!({"access_token": session.ticket, "expires_in": TOKEN, "token_type": "Bearer", "scope": "ApplicationAccess"});
            Ok(Reply::json(200, &answer))
        }
        (Some(_), Some(_), Some(_)) => refusal("invalid_client"),
        _ => refusal("invalid_request"),
    }
}

/// Nobody is signed in any more.
pub(super) fn end_all(db: &Connection) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM session", [])
}
