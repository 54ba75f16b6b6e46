//! The OData endpoint: which address means what, and `$batch` (bpmsoft-odata §3.1, §3.9).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::filter::is_guid;
use super::metadata;
use super::model::Entity;
use super::query::Options;
use super::reply::{Done, Reply, Wrong};
use super::visit::Visit;

/// The most requests in a batch.
const BATCH: usize = 100;

/// One request below the root of the service, which may be part of a batch.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Decoded, without a slash in front.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
    /// `Prefer: continue-on-error`
    pub(super) goes_on: bool,
    pub(super) in_batch: bool,
}

impl Request<'_> {
    pub(super) fn writes(&self) -> bool {
        self.method != "GET"
    }
}

impl Visit<'_> {
    /// The answer, whatever goes wrong.
    pub(super) fn serve(&self, request: &Request<'_>) -> Reply {
        self.route(request).unwrap_or_else(|wrong| wrong.reply(self.switches.missing_set))
    }

    fn route(&self, request: &Request<'_>) -> Done<Reply> {
        match (request.method, request.path) {
            ("GET", "") => return Ok(Reply::odata(200, metadata::sets(self.model, self.root).to_string())),
            ("GET", "$metadata") => return Ok(Reply::new(200, "application/xml", metadata::edmx(self.model)).with("odata-version", "4.0")),
            ("POST", "$batch") if !request.in_batch => return self.batch(request),
            _ => {}
        }
        let mut segments = request.path.trim_end_matches('/').split('/');
        let (set, key) = keyed(segments.next().unwrap_or_default())?;
        let entity = self.model.entity(set).ok_or_else(|| Wrong::NoSet(set.to_owned()))?;
        self.allow(entity, request)?;
        let mut rest: Vec<&str> = segments.collect();
        // In a batch a key may be a segment of its own.
        let key = match rest.first() {
            Some(segment) if key.is_none() && request.in_batch && is_guid(segment) => Some(rest.remove(0).to_lowercase()),
            _ => key,
        };
        match key {
            None => self.whole_set(entity, request, &rest),
            Some(id) => self.of_row(entity, &id, request, &rest),
        }
    }

    fn allow(&self, entity: &Entity, request: &Request<'_>) -> Done<()> {
        let has = |list: &[String]| list.contains(&entity.name);
        if has(&self.switches.refused) || (request.writes() && has(&self.switches.read_only)) {
            return Err(Wrong::Forbidden(format!("Недостаточно прав на объект \"{}\"", entity.name)));
        }
        if request.writes() && entity.view {
            return Err(Wrong::Method(known_method(request.method)));
        }
        Ok(())
    }

    fn whole_set(&self, entity: &Entity, request: &Request<'_>, rest: &[&str]) -> Done<Reply> {
        match (request.method, rest) {
            ("GET", []) => self.list(entity, &options(request)?, request.query),
            ("GET", ["$count"]) => self.count(entity, &options(request)?),
            ("POST", []) => self.create(entity, request.body),
            (method, []) => Err(Wrong::Method(known_method(method))),
            _ => Err(Wrong::Missing),
        }
    }

    fn of_row(&self, entity: &Entity, id: &str, request: &Request<'_>, rest: &[&str]) -> Done<Reply> {
        match (request.method, rest) {
            ("GET", []) => self.one(entity, id, &options(request)?),
            ("PATCH", []) => self.update(entity, id, request.body),
            ("DELETE", []) => self.delete(entity, id),
            ("GET", [name, "$value"]) => self.field(entity, id, name, true),
            ("GET", [name]) if is_stream(entity, name) => self.get_stream(entity, id, name),
            ("PUT", [name]) => self.put_stream(entity, id, name, Some(request.body)),
            ("DELETE", [name]) => self.put_stream(entity, id, name, None),
            ("GET", [name]) => self.field(entity, id, name, false),
            (method, []) => Err(Wrong::Method(known_method(method))),
            _ => Err(Wrong::Missing),
        }
    }

    /// Stops at the first failure unless told to go on. What was done stays done.
    fn batch(&self, request: &Request<'_>) -> Done<Reply> {
        #[derive(Deserialize)]
        struct Batch {
            requests: Vec<Inner>,
        }
        let parsed: Result<Batch, _> = serde_json::from_slice(request.body);
        let batch = parsed.map_err(|error| Wrong::Request(format!("The batch is not readable: {error}")))?;
        if batch.requests.len() > BATCH {
            let message = format!("The current batch message contains too many parts. The maximum number of parts is {BATCH}.");
            return Err(Wrong::Request(message));
        }
        let mut responses = Vec::new();
        for inner in &batch.requests {
            let reply = self.inner(inner)?;
            let failed = reply.status >= 400;
            responses.push(described(&inner.id, reply));
            if failed && !request.goes_on {
                break;
            }
        }
        Ok(Reply::json(200, &json!({ "responses": responses })))
    }

    fn inner(&self, inner: &Inner) -> Done<Reply> {
        let (path, query) = inner.url.split_once('?').unwrap_or((&inner.url, ""));
        let body = inner.body.as_ref().map(Value::to_string).unwrap_or_default();
        let path = decoded(path);
        let method = inner.method.to_uppercase();
        let request = Request { method: &method, path: &path, query, body: body.as_bytes(), goes_on: false, in_batch: true };
        let db = self.tables.db;
        db.execute_batch("SAVEPOINT part")?;
        let reply = self.serve(&request);
        db.execute_batch(if reply.status < 400 { "RELEASE part" } else { "ROLLBACK TO part; RELEASE part" })?;
        Ok(reply)
    }
}

#[derive(Deserialize)]
struct Inner {
    id: Value,
    method: String,
    url: String,
    body: Option<Value>,
}

fn described(id: &Value, reply: Reply) -> Value {
    let headers: Map<String, Value> = reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let mut response = json!({"id": id, "status": reply.status, "headers": headers});
    if !reply.body.is_empty() {
        response["body"] = serde_json::from_slice(&reply.body).unwrap_or_else(|_| String::from_utf8_lossy(&reply.body).into());
    }
    response
}

fn options(request: &Request<'_>) -> Done<Options> {
    Options::of_query(request.query).map_err(Wrong::Request)
}

/// `Contact(5f2a…)`: the key is bare, in quotes it is no key.
fn keyed(segment: &str) -> Done<(&str, Option<String>)> {
    let Some((set, key)) = segment.split_once('(') else { return Ok((segment, None)) };
    match key.strip_suffix(')') {
        Some(key) if is_guid(key) => Ok((set, Some(key.to_lowercase()))),
        _ => Err(Wrong::Request(format!("The key in '{segment}' is not a valid GUID."))),
    }
}

fn is_stream(entity: &Entity, name: &str) -> bool {
    entity.column(name).is_some_and(|column| column.kind == super::model::Kind::Stream)
}

fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "PATCH", "PUT", "DELETE"].into_iter().find(|known| *known == method).unwrap_or("OTHER")
}

/// A path with its `%20`s resolved; a plus is a plus there.
pub(super) fn decoded(path: &str) -> String {
    let query = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(query.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}
