//! Extended statistics: asked for, and fetched page by page (vpbx-core §6.2).

use std::sync::Arc;

use serde_json::{Value, json};

use super::ask::{Ask, Asked, MISSING, Refusal, WRONG_DATES, WRONG_FORMAT, WRONG_PARAMETERS, integer};
use super::clock::{DAY, from_moscow};
use super::entry::{Direction, Entry, Place};
use super::gate::Answer;
use super::jobs::{Report, unknown_key};
use super::{Sandbox, locked, pages};

/// The only sizes of a page; another counts as an invalid request.
const LIMITS: &[i64] = &[1, 5, 10, 20, 50, 100, 500, 1000, 2000, 5000];

/// Strictly less than this: exactly 30 days are refused, a second less works.
const LONGEST: i64 = 30 * DAY;

/// Which calls are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Filter {
    pub(super) from: i64,
    pub(super) to: i64,
    /// One bit for each direction.
    directions: u8,
    status: Option<bool>,
    recall: Option<u8>,
    search: Option<String>,
    users: Vec<i64>,
    groups: Vec<i64>,
}

/// A page of them.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) filter: Filter,
    pub(super) limit: u64,
    pub(super) offset: u64,
    /// `ext_fields`
    pub(super) costs: bool,
    /// Ids given as text pass the start, but then the job fails (vpbx-core §6.2.1).
    broken: bool,
}

/// `stats/calls/request`
pub(super) fn request(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let order = order(ask)?;
    let ready = sandbox.0.clock.now() + locked(&sandbox.0.tuning).report_delay;
    let key = locked(&sandbox.0.jobs).add(Report::Extended(Arc::new(order)), ready);
    Ok(Answer::Json(json!({"key": key})))
}

/// `stats/calls/result`
pub(super) async fn result(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let key = ask.needed_text("key")?;
    let job = locked(&sandbox.0.jobs).get(&key);
    let Some((job, Report::Extended(order))) = job.map(|job| (job.ready, job.report)) else { return Ok(unknown_key()) };
    if sandbox.0.clock.now() < job {
        return Ok(Answer::Json(json!({"result": 1000, "status": "work", "data": []})));
    }
    if order.broken {
        return Ok(Answer::Json(json!({"result": 5004, "status": "error", "data": []})));
    }
    let pages = sandbox.0.pages.clone();
    let page = tokio::task::spawn_blocking(move || pages::write(&mut locked(&pages), &order)).await;
    Ok(match page {
        Ok(Ok(page)) => Answer::Body(200, "application/json", page),
        _ => Answer::Json(json!({"result": 5004, "status": "error", "data": []})),
    })
}

fn order(ask: &Ask) -> Asked<Order> {
    let limit = ask.needed_integer("limit")?;
    let offset = ask.needed_integer("offset")?;
    if !LIMITS.contains(&limit) {
        return Err(Refusal::of(WRONG_FORMAT, "limit"));
    }
    let offset = u64::try_from(offset).map_err(|_| Refusal::of(WRONG_FORMAT, "offset"))?;
    let (users, texts) = ids(ask, "user_ids")?;
    let (groups, more_texts) = ids(ask, "group_ids")?;
    let (from, to) = period(ask)?;
    let (directions, status) = (directions(ask)?, status(ask)?);
    let recall = recall(ask, directions, status)?;
    let filter = Filter { from, to, directions, status, recall, search: search(ask)?, users, groups };
    let costs = ask.words("ext_fields")?.unwrap_or_default().iter().any(|field| field.starts_with("context_cost"));
    Ok(Order { filter, limit: limit as u64, offset, costs, broken: texts || more_texts })
}

fn period(ask: &Ask) -> Asked<(i64, i64)> {
    let date = |name: &str| {
        let text = ask.value(name).ok_or_else(|| Refusal::of(MISSING, name))?;
        text.as_str().and_then(from_moscow).ok_or_else(|| Refusal::of(WRONG_FORMAT, name))
    };
    let (from, to) = (date("start_date")?, date("end_date")?);
    if to < from {
        return Err(Refusal::of(WRONG_DATES, "end_date"));
    }
    if to - from >= LONGEST {
        return Err(Refusal::new(WRONG_PARAMETERS).because("end_date", WRONG_DATES));
    }
    Ok((from, to))
}

/// The ids, and whether one of them was text.
fn ids(ask: &Ask, name: &str) -> Asked<(Vec<i64>, bool)> {
    let values = match ask.value(name) {
        None => return Ok((Vec::new(), false)),
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
    };
    let ids = values.iter().map(|value| integer(value).ok_or_else(|| Refusal::of(WRONG_FORMAT, name))).collect::<Asked<_>>()?;
    Ok((ids, values.iter().any(Value::is_string)))
}

fn directions(ask: &Ask) -> Asked<u8> {
    let (asked, _) = ids(ask, "context_type")?;
    let bits = asked.iter().map(|kind| if (1..=3).contains(kind) { Ok(1 << kind) } else { Err(Refusal::of(WRONG_FORMAT, "context_type")) });
    let bits = bits.collect::<Asked<Vec<u8>>>()?.into_iter().fold(0, |all, bit| all | bit);
    Ok(if bits == 0 { 0b1110 } else { bits })
}

fn status(ask: &Ask) -> Asked<Option<bool>> {
    match ask.integer("context_status")? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err(Refusal::of(WRONG_FORMAT, "context_status")),
    }
}

/// Only missed incoming calls can be called back.
fn recall(ask: &Ask, directions: u8, status: Option<bool>) -> Asked<Option<u8>> {
    let Some(recall) = ask.integer("recall_status")? else { return Ok(None) };
    if directions != 1 << Direction::Incoming as u8 || status != Some(false) {
        return Err(Refusal::of(WRONG_PARAMETERS, "recall_status"));
    }
    if (0..=2).contains(&recall) { Ok(Some(recall as u8)) } else { Err(Refusal::of(WRONG_FORMAT, "recall_status")) }
}

fn search(ask: &Ask) -> Asked<Option<String>> {
    let search = ask.text("search_string")?;
    match search {
        Some(text) if text.chars().count() < 3 => Err(Refusal::of(WRONG_FORMAT, "search_string")),
        search => Ok(search),
    }
}

impl Filter {
    /// Everything in the period is meant.
    pub(super) fn is_open(&self) -> bool {
        let any = self.users.is_empty() && self.groups.is_empty() && self.search.is_none();
        any && self.directions == 0b1110 && self.status.is_none() && self.recall.is_none()
    }

    /// The same, in another period.
    pub(super) fn within(&self, from: i64, to: i64) -> Filter {
        Filter { from: from.max(self.from), to: to.min(self.to), ..self.clone() }
    }

    pub(super) fn takes(&self, entry: &Entry) -> bool {
        self.directions & 1 << entry.direction as u8 != 0
            && self.status.is_none_or(|status| status == entry.answered)
            && self.recall.is_none_or(|recall| recall == entry.recall)
            && (self.users.is_empty() || self.users.iter().any(|id| takes_part(entry, *id)))
            && (self.groups.is_empty() || entry.legs.iter().any(|leg| leg.group.is_some_and(|group| self.groups.contains(&group.id))))
            && self.search.as_deref().is_none_or(|part| mentions(entry, part))
    }
}

fn takes_part(entry: &Entry, user_id: i64) -> bool {
    let legs = entry.legs.iter().filter(|leg| leg.place == Place::Abonent).map(|leg| leg.to.employee);
    legs.chain([entry.caller.employee]).flatten().any(|employee| employee.user_id == user_id)
}

fn mentions(entry: &Entry, part: &str) -> bool {
    let numbers = entry.legs.iter().flat_map(|leg| [&leg.from.number, &leg.to.number]);
    let mut extensions = entry.legs.iter().map(|leg| leg.to.extension());
    entry.called.contains(part)
        || entry.caller.number.contains(part)
        || numbers.into_iter().any(|number| number.contains(part))
        || extensions.any(|extension| extension == part)
}
