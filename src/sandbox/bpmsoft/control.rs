//! `/sandbox/crm…`: how the CRM is made to misbehave, and what it was asked.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::reply::{Reply as Answered, Wrong};
use super::switches::{Lost, Switches};
use super::{Base, Crm, crowd, known};
use crate::sandbox::control::{Reply, outcome, read, refused, reply};
use crate::sandbox::faults::Fault;
use crate::sandbox::{Sandbox, locked};

pub(in crate::sandbox) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/crm", get(status))
        .route("/sandbox/crm/settings", post(settings))
        .route("/sandbox/crm/faults", post(add_fault).delete(clear_faults))
        .route("/sandbox/crm/requests", get(requests).delete(forget_requests))
        .route("/sandbox/crm/expire", post(expire))
        .route("/sandbox/crm/columns", post(add_column))
        .route("/sandbox/crm/people", post(gather))
        .route("/sandbox/crm/reset", post(reset))
}

/// How many rows there are of each entity, the switches, the requests.
async fn status(State(sandbox): State<Sandbox>) -> Reply {
    let crm = &sandbox.0.crm;
    let counted = crm.with(|base| {
        let model = base.model();
        let counts = base.look().and_then(|look| {
            let tables = super::Tables { db: &look, model: &model };
            model.entities().iter().map(|entity| Ok((entity.name.clone(), tables.count(&entity.name)?.into()))).collect()
        });
        counts.unwrap_or_else(|_| Map::new())
    });
    let switches = locked(&crm.switches).clone();
    outcome(counted.map(|counts: Map<String, Value>| json!({"rows": counts, "settings": switches, "requests": seen(crm)})))
}

fn seen(crm: &Crm) -> Vec<Value> {
    let seen = locked(&crm.seen);
    seen.iter().map(|seen| json!({"method": seen.method.as_str(), "path": seen.path, "query": seen.query})).collect()
}

async fn requests(State(sandbox): State<Sandbox>) -> Reply {
    reply(json!({"requests": seen(&sandbox.0.crm)}))
}

async fn forget_requests(State(sandbox): State<Sandbox>) -> Reply {
    locked(&sandbox.0.crm.seen).clear();
    reply(json!({}))
}

/// What is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    page_cap: Option<u64>,
    next_link: Option<bool>,
    nulls: Option<bool>,
    refuse_unknown: Option<bool>,
    author_from_body: Option<bool>,
    missing_set: Option<u16>,
    hidden: Option<Vec<String>>,
    refused: Option<Vec<String>>,
    read_only: Option<Vec<String>>,
    csrf: Option<bool>,
    late_csrf: Option<bool>,
    late_session: Option<bool>,
    lost: Option<Lost>,
    down: Option<bool>,
}

async fn settings(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let changes: Changes = match read(&body) {
        Ok(changes) => changes,
        Err(refusal) => return refusal,
    };
    let mut switches = locked(&sandbox.0.crm.switches);
    let old = switches.clone();
    *switches = Switches {
        page_cap: changes.page_cap.map_or(old.page_cap, |cap| cap.clamp(1, 1_000_000)),
        next_link: changes.next_link.unwrap_or(old.next_link),
        nulls: changes.nulls.unwrap_or(old.nulls),
        refuse_unknown: changes.refuse_unknown.unwrap_or(old.refuse_unknown),
        author_from_body: changes.author_from_body.unwrap_or(old.author_from_body),
        missing_set: changes.missing_set.unwrap_or(old.missing_set),
        hidden: changes.hidden.unwrap_or(old.hidden),
        refused: changes.refused.unwrap_or(old.refused),
        read_only: changes.read_only.unwrap_or(old.read_only),
        csrf: changes.csrf.unwrap_or(old.csrf),
        late_csrf: changes.late_csrf.unwrap_or(old.late_csrf),
        late_session: changes.late_session.unwrap_or(old.late_session),
        lost: changes.lost.unwrap_or(old.lost),
        down: changes.down.unwrap_or(old.down),
    };
    reply(json!(*switches))
}

async fn add_fault(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    match read::<Fault>(&body) {
        Ok(fault) => {
            // What the platform itself says when something after the insert has failed.
            let broken = Wrong::Platform("InvalidOperationException", "An event handler has failed.".to_owned()).reply(404);
            locked(&sandbox.0.crm.faults).add(fault.with_body_for(500, "application/json", &String::from_utf8_lossy(&broken.body)));
            reply(json!({}))
        }
        Err(refusal) => refusal,
    }
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> Reply {
    locked(&sandbox.0.crm.faults).clear();
    reply(json!({}))
}

/// Signs everybody out, now or after so many more requests.
async fn expire(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    #[derive(Deserialize)]
    struct When {
        #[serde(default)]
        after: u64,
    }
    match read::<When>(&body) {
        Ok(when) => {
            sandbox.0.crm.expire_after(when.after);
            reply(json!({}))
        }
        Err(refusal) => refusal,
    }
}

/// Adds a column of the company's own.
async fn add_column(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    #[derive(Deserialize)]
    struct Column {
        set: String,
        name: String,
        kind: String,
    }
    let column: Column = match read(&body) {
        Ok(column) => column,
        Err(refusal) => return refusal,
    };
    let is_name = column.name.starts_with("Usr") && column.name.chars().all(|letter| letter.is_ascii_alphanumeric());
    let is_kind = ["text 250", "text", "int", "decimal", "bool", "time", "guid"].contains(&column.kind.as_str());
    if !is_name || !is_kind {
        return refused(400, "the name begins with Usr; the kind is text, text 250, int, decimal, bool, time or guid");
    }
    let description = format!("{} {}", column.name, column.kind);
    let added = sandbox.0.crm.with(|base| base.add_column(&column.set, &description));
    outcome(added.and_then(|added| added).map(|()| json!({})))
}

async fn gather(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    #[derive(Deserialize)]
    struct Count {
        count: u64,
    }
    let Count { count } = match read(&body) {
        Ok(count) => count,
        Err(refusal) => return refusal,
    };
    let gathered = tokio::task::spawn_blocking(move || {
        let now = sandbox.0.crm.moment(sandbox.0.clock.now());
        sandbox.0.crm.change(|tables| crowd::gather(tables, count, known::ADMINISTRATOR, &now).map(|()| Answered::empty(200)))
    });
    match gathered.await {
        Ok(Ok(answer)) if answer.status == 200 => reply(json!({"people": count})),
        Ok(Ok(answer)) => refused(500, String::from_utf8_lossy(&answer.body)),
        Ok(Err(error)) => outcome(Err(error)),
        Err(error) => refused(500, error),
    }
}

async fn reset(State(sandbox): State<Sandbox>) -> Reply {
    let crm = &sandbox.0.crm;
    outcome(crm.forget_everything().map(|()| json!({"made": Base::exists(&crm.directory)})))
}
