//! Rows of the CRM read and written: pages followed, refusals understood, nothing inserted twice (bpmsoft-odata §3.6, §3.7, §3.10).

use std::cell::Cell;

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::constants::PHONES;
use super::kept::Found;
use super::model::Model;
use super::odata::{Expand, Page, Query, Row, is_missing_set, is_page, literal, row, stripped};
use super::session::{Access, Body, Reply, Request, Session};
use crate::error::{Error, Result};
use crate::time::now;

/// How long what was found out about an installation is believed.
const BELIEVED_FOR: i64 = 7 * 24 * 3600;

/// Rows of one page: few enough for memory, many enough for twenty thousand people in a minute.
const PAGE: usize = 500;

/// How often an insertion is tried before its outcome is left to the next run.
const INSERTIONS: usize = 3;

/// What became of an insertion.
pub enum Inserted {
    /// It was made
    Made,
    /// The row was there: an earlier try's, whose answer was lost, or another machine's
    WasThere,
}

/// The tables of one installation.
pub struct Tables {
    session: Session,
    found: tokio::sync::OnceCell<Found>,
    phones: tokio::sync::OnceCell<Vec<Uuid>>,
    me: tokio::sync::OnceCell<Option<Uuid>>,
    /// Whether the server takes options inside `$expand`, as far as is known
    nested: Cell<bool>,
}

impl Tables {
    /// Asks nothing yet.
    pub fn new(access: Access) -> Result<Tables> {
        let (found, phones, me) = Default::default();
        Ok(Tables { session: Session::new(access)?, found, phones, me, nested: Cell::new(true) })
    }

    /// The session below.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Tables and columns of this installation.
    pub async fn model(&self) -> Result<&Model> {
        Ok(&self.found().await?.model)
    }

    /// Contact of the signed-in user, if the CRM tells: persons are contacts, its users too (§2.7).
    pub async fn me(&self) -> Result<Option<Uuid>> {
        let found = self.found().await?;
        let ask = async || {
            let name = literal(self.session.user());
            let query = Query::of("SysAdminUnit").filter(format!("Name eq {name}")).select("Id,Name,ContactId").order("Id").top(1);
            let me = self.optional(found, query).await?.first().and_then(|row| row.id("ContactId"));
            self.keep(|found| found.me = Some(me));
            Ok(me)
        };
        match found.me {
            Some(me) => Ok(me),
            None => self.me.get_or_try_init(ask).await.copied(),
        }
    }

    /// Types of communication that are telephones. The platform decides that by a table (§4.4); who may not read it gets the usual ones.
    pub async fn phones(&self) -> Result<&[Uuid]> {
        let found = self.found().await?;
        let ask = async || {
            let query =
                Query::of("ComTypebyCommunication").filter("Communication/Code eq 'Phone'").select("CommunicationTypeId").order("Id");
            let mut phones: Vec<Uuid> = self.optional(found, query).await?.iter().filter_map(|row| row.id("CommunicationTypeId")).collect();
            if phones.is_empty() {
                phones = PHONES.to_vec();
            }
            self.keep(|found| found.phones = phones.clone());
            Ok(phones)
        };
        match found.phones.is_empty() {
            true => Ok(self.phones.get_or_try_init(ask).await?),
            false => Ok(&found.phones),
        }
    }

    fn keep(&self, learn: impl FnOnce(&mut Found)) {
        if let Some(mut found) = self.session.kept().found() {
            learn(&mut found);
            self.session.kept().keep_found(&found);
        }
    }

    /// What is known of the installation: from the profile when it was asked lately, else from the CRM.
    pub async fn found(&self) -> Result<&Found> {
        let known = || self.session.kept().found().filter(|found| now().as_second() - found.at < BELIEVED_FOR);
        let find = async || match known() {
            Some(found) => Ok(found),
            None => self.find_out().await,
        };
        self.found.get_or_try_init(find).await
    }

    /// Asks the installation what it is and keeps the answer.
    pub async fn find_out(&self) -> Result<Found> {
        let workspace = self.workspace().await?;
        let asked = Request { accept: "application/xml", ..Request::get(format!("{workspace}/odata/$metadata")) };
        let reply = self.session.ask(&asked).await?;
        if !reply.status.is_success() {
            return Err(refused(&reply, "$metadata"));
        }
        let found = Found { model: Model::read(stripped(&reply.body))?, workspace, at: now().as_second(), ..Found::default() };
        self.session.kept().keep_found(&found);
        Ok(found)
    }

    /// `/0` or nothing: whichever of the two roots answers with its list of sets (§1).
    async fn workspace(&self) -> Result<String> {
        if let Some(pinned) = self.session.pinned() {
            return Ok(pinned.to_owned());
        }
        let mut last = None;
        for workspace in ["", "/0"] {
            match self.session.ask(&Request::get(format!("{workspace}/odata/"))).await {
                Ok(reply) if reply.status.is_success() && rows_of(&reply).is_some() => return Ok(workspace.to_owned()),
                Ok(reply) => last = Some(refused(&reply, "odata")),
                Err(error @ Error::CrmGarbled { .. }) => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or(Error::CrmLacks { what: "odata".into() }))
    }

    /// Rows that one can do without.
    async fn optional(&self, found: &Found, query: Query) -> Result<Vec<Row>> {
        if !found.model.has(query.set()) {
            return Ok(Vec::new());
        }
        match self.rows(query).await {
            Err(Error::CrmRefused { .. } | Error::CrmLacks { .. }) => Ok(Vec::new()),
            rows => rows,
        }
    }

    /// As many rows as were asked for, at once; all of them when no number was said.
    pub async fn rows(&self, query: Query) -> Result<Vec<Row>> {
        let wanted = query.most().unwrap_or(usize::MAX);
        let mut all: Vec<Row> = Vec::new();
        let mut take = async |rows: Vec<Row>| -> Result<bool> {
            all.extend(rows);
            Ok(all.len() < wanted)
        };
        self.pages(query, wanted.min(PAGE), &mut take).await?;
        all.truncate(wanted);
        Ok(all)
    }

    /// All rows, a page at a time, until `each` says false: no more than one is in memory.
    pub async fn each_page(&self, query: Query, each: &mut impl AsyncFnMut(Vec<Row>) -> Result<bool>) -> Result<()> {
        self.pages(query, PAGE, each).await
    }

    /// Pages shorter than was asked for are not the end: the server has a limit of its own (§3.6).
    async fn pages(&self, query: Query, size: usize, each: &mut impl AsyncFnMut(Vec<Row>) -> Result<bool>) -> Result<()> {
        let mut taken = 0;
        let mut page = self.answered(&query.clone().top(size).page(0)).await?;
        loop {
            let (count, total, next) = (page.value.len(), page.total(), page.next.take());
            taken += count;
            if !each(std::mem::take(&mut page.value)).await? {
                return Ok(());
            }
            page = match next {
                Some(next) => self.following(&next).await?,
                None if count == 0 || total.is_some_and(|total| taken >= total) => return Ok(()),
                None => self.answered(&query.clone().top(size).page(taken)).await?,
            };
        }
    }

    /// The row with this id.
    pub async fn row(&self, query: &Query, id: Uuid) -> Result<Option<Row>> {
        let found = self.found().await?;
        let asked = |query: &Query| Request::get(format!("{}/odata/{}", found.workspace, query.address_of(id)));
        let mut reply = self.session.ask(&asked(&self.wanted(query))).await?;
        if self.is_too_deep(query, &reply) {
            reply = self.session.ask(&asked(&query.plain())).await?;
        }
        match reply.status {
            StatusCode::NOT_FOUND if !is_missing_set(&reply.body) => Ok(None),
            status if status.is_success() => one_row(&reply).map(Some),
            _ => Err(refused(&reply, query.set())),
        }
    }

    /// Inserts a row under its own id, at most once whatever is lost on the way: the id is read back before it is tried again (§3.7).
    pub async fn insert(&self, set: &str, id: Uuid, mut values: Map<String, Value>) -> Result<Inserted> {
        let found = self.found().await?;
        self.check(found, set, &values)?;
        values.shift_insert(0, "Id".into(), id.to_string().into());
        let request = Request::json(Method::POST, format!("{}/odata/{set}", found.workspace), &values.into());
        let mut last = None;
        for _ in 0..INSERTIONS {
            match self.session.once(&request).await {
                Ok(reply) if reply.status.is_success() => return self.made(reply),
                Ok(reply) => {
                    let again = reply.status.is_server_error() || reply.status == StatusCode::TOO_MANY_REQUESTS;
                    if self.is_there(set, id).await? {
                        return Ok(Inserted::WasThere);
                    }
                    if !again {
                        return Err(refused(&reply, set));
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(300) + reply.pause()).await;
                    last = Some(refused(&reply, set));
                }
                Err(error @ Error::CrmNoReply { .. }) => {
                    if self.is_there(set, id).await? {
                        return Ok(Inserted::WasThere);
                    }
                    last = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or(Error::CrmNoReply { detail: set.into() }))
    }

    /// A wrong set is answered with 200 at times, and creates nothing (§3.10).
    fn made(&self, reply: Reply) -> Result<Inserted> {
        match reply.body.trim().is_empty() {
            true => Ok(Inserted::Made),
            false => one_row(&reply).map(|_| Inserted::Made),
        }
    }

    async fn is_there(&self, set: &str, id: Uuid) -> Result<bool> {
        Ok(self.row(&Query::of(set).select("Id"), id).await?.is_some())
    }

    /// Changes columns of a row; false when there is no such row.
    pub async fn change(&self, set: &str, id: Uuid, values: Map<String, Value>) -> Result<bool> {
        let found = self.found().await?;
        self.check(found, set, &values)?;
        if values.is_empty() {
            return Ok(true);
        }
        let cleared: Vec<String> =
            values.iter().filter(|(name, value)| value.is_null() && name.ends_with("Id")).map(|(name, _)| name.clone()).collect();
        if !self.write(Method::PATCH, set, id, Some(&values.into())).await? {
            return Ok(false);
        }
        self.make_sure_cleared(set, id, cleared).await?;
        Ok(true)
    }

    /// Whether `null` empties a lookup is not known of every version; where it does not, the empty id does (§3.7).
    async fn make_sure_cleared(&self, set: &str, id: Uuid, cleared: Vec<String>) -> Result<()> {
        if cleared.is_empty() {
            return Ok(());
        }
        let row = self.row(&Query::of(set).select(cleared.join(",")), id).await?.unwrap_or_default();
        let left: Map<String, Value> =
            cleared.into_iter().filter(|column| row.id(column).is_some()).map(|column| (column, json!(Uuid::nil()))).collect();
        match left.is_empty() {
            true => Ok(()),
            false => self.write(Method::PATCH, set, id, Some(&left.into())).await.map(drop),
        }
    }

    /// Removes a row; false when there is none.
    pub async fn delete(&self, set: &str, id: Uuid) -> Result<bool> {
        self.write(Method::DELETE, set, id, None).await
    }

    /// Fills a row's file.
    pub async fn upload(&self, set: &str, id: Uuid, bytes: Vec<u8>) -> Result<()> {
        let path = format!("{}/odata/{}/Data", self.found().await?.workspace, row(set, id));
        let request = Request { method: Method::PUT, path, body: Body::Bytes(bytes), accept: "application/json" };
        let reply = self.session.ask(&request).await?;
        if reply.status.is_success() { Ok(()) } else { Err(refused(&reply, set)) }
    }

    async fn write(&self, method: Method, set: &str, id: Uuid, values: Option<&Value>) -> Result<bool> {
        let path = format!("{}/odata/{}", self.found().await?.workspace, row(set, id));
        let request = match values {
            Some(values) => Request::json(method, path, values),
            None => Request { method, path, body: Body::Nothing, accept: "application/json" },
        };
        let reply = self.session.ask(&request).await?;
        match reply.status {
            StatusCode::NOT_FOUND if !is_missing_set(&reply.body) => Ok(false),
            status if status.is_success() && !is_missing_set(&reply.body) => Ok(true),
            _ => Err(refused(&reply, set)),
        }
    }

    /// A name that the server does not know is dropped by one version and refused by another (§3.7): it does not leave.
    fn check(&self, found: &Found, set: &str, values: &Map<String, Value>) -> Result<()> {
        if !found.model.has(set) {
            return Err(Error::CrmLacks { what: set.into() });
        }
        match values.keys().find(|column| !found.model.has_column(set, column)) {
            Some(column) => Err(Error::CrmLacks { what: format!("{set}.{column}") }),
            None => Ok(()),
        }
    }

    async fn answered(&self, query: &Query) -> Result<Page> {
        let found = self.found().await?;
        found.model.has(query.set()).then_some(()).ok_or_else(|| Error::CrmLacks { what: query.set().into() })?;
        match self.page(&found.workspace, &self.wanted(query)).await {
            Err(Error::CrmRefused { status, .. }) if self.nested.get() && query.is_nested() && is_not_understood(status) => {
                let page = self.page(&found.workspace, &query.plain()).await?;
                self.nested.set(false);
                Ok(page)
            }
            other => other,
        }
    }

    fn wanted(&self, query: &Query) -> Query {
        if self.nested.get() { query.clone() } else { query.plain() }
    }

    fn is_too_deep(&self, query: &Query, reply: &Reply) -> bool {
        let too_deep = self.nested.get() && query.is_nested() && is_not_understood(reply.status.as_u16());
        if too_deep {
            self.nested.set(false);
        }
        too_deep
    }

    async fn page(&self, workspace: &str, query: &Query) -> Result<Page> {
        let reply = self.session.ask(&Request::get(format!("{workspace}/odata/{}", query.address()))).await?;
        page_of(&reply, query.set())
    }

    /// The page that the server names, if it is the server's own (§3.6).
    async fn following(&self, next: &str) -> Result<Page> {
        let root = format!("{}/odata/", self.found().await?.workspace);
        // A relative one is relative to the root of the service.
        let path = match next.contains("://") || next.starts_with('/') {
            true => self.session.path_of(next).filter(|_| self.session.is_ours(next)),
            false => Some(format!("{root}{next}")),
        };
        let path = path.ok_or_else(|| Error::CrmGarbled { detail: "@odata.nextLink".into() })?;
        page_of(&self.session.ask(&Request::get(path)).await?, "@odata.nextLink")
    }
}

/// Statuses with which a server says that it does not understand a question.
fn is_not_understood(status: u16) -> bool {
    matches!(status, 400 | 500 | 501)
}

fn rows_of(reply: &Reply) -> Option<Page> {
    serde_json::from_str(stripped(&reply.body)).ok()
}

fn page_of(reply: &Reply, set: &str) -> Result<Page> {
    match reply.status.is_success() {
        true => rows_of(reply).ok_or_else(|| refused(reply, set)),
        false => Err(refused(reply, set)),
    }
}

fn one_row(reply: &Reply) -> Result<Row> {
    let row: Option<Row> = serde_json::from_str(stripped(&reply.body)).ok();
    row.filter(|row| row.0.contains_key("Id") || row.0.contains_key("@odata.context")).ok_or_else(|| refused(reply, "?"))
}

/// What an answer that is no success, or no rows, means.
fn refused(reply: &Reply, what: &str) -> Error {
    let status = reply.status.as_u16();
    match reply.status {
        _ if is_missing_set(&reply.body) => Error::CrmLacks { what: what.into() },
        status if status.is_success() => Error::CrmGarbled { detail: reply.summary() },
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Error::CrmNoReply { detail: reply.summary() },
        status if status.is_server_error() && (is_page(&reply.body) || reply.complaint().is_none()) => {
            Error::CrmNoReply { detail: reply.summary() }
        }
        _ => Error::CrmRefused { status, detail: reply.complaint(), what: what.into() },
    }
}

/// Somebody's columns as `$expand` wants them.
pub fn neighbour(model: &Model, from: &str, navigation: &str, of: &str, columns: &[&str]) -> Option<Expand> {
    model.has_link(from, navigation).then(|| Expand::of(navigation, &model.select(of, columns)))
}
