//! `/sandbox/crm…`: how the CRM is made to misbehave, and what it was asked.
//!
//! | request | effect |
//! | --- | --- |
//! | `GET /sandbox/crm` | rows of each set, settings, requests (`method`, `path`, `query`) |
//! | `GET`, `DELETE …/requests` | the requests alone; tells and forgets them |
//! | `POST …/settings` | any of [`Switches`](super::switches::Switches): `{"page_cap": 7, "next_link": true}`, `{"down": true}`, `{"hidden": ["Lead", "Call.CaseId"]}` |
//! | `POST …/faults` | `{"path": "POST Call", "times": 2, "status": 500, "after": true}`; the path is `Call`, `GET Call`, `reads`, `writes`, `sign-in`, `root` or `*` |
//! | `DELETE …/faults` | forgets those that have not struck yet |
//! | `POST …/expire` | everybody is signed out, now or `{"after": 3}` requests |
//! | `POST …/columns` | a column of the company's own: `{"set": "Call", "name": "UsrMango", "kind": "text 250"}` |
//! | `POST …/people` | so many more contacts: `{"count": 20000}` |
//! | `POST …/reset` | the first day again |

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::reply::{Reply as Answered, Wrong};
use super::{Base, crowd, known};
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
    outcome(counted.map(|counts: Map<String, Value>| json!({"rows": counts, "settings": switches, "requests": *locked(&crm.seen)})))
}

async fn requests(State(sandbox): State<Sandbox>) -> Reply {
    reply(json!({"requests": *locked(&sandbox.0.crm.seen)}))
}

async fn forget_requests(State(sandbox): State<Sandbox>) -> Reply {
    reply(json!({"requests": std::mem::take(&mut *locked(&sandbox.0.crm.seen))}))
}

/// What is left out stays as it is.
async fn settings(State(sandbox): State<Sandbox>, body: Bytes) -> Reply {
    let changes: Map<String, Value> = match read(&body) {
        Ok(changes) => changes,
        Err(refusal) => return refusal,
    };
    let mut switches = locked(&sandbox.0.crm.switches);
    let mut changed = json!(*switches);
    changes.into_iter().for_each(|(name, value)| changed[name] = value);
    match serde_json::from_value(changed) {
        Ok(changed) => {
            *switches = changed;
            reply(json!(*switches))
        }
        Err(error) => refused(400, error),
    }
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
