//! Lists page by page: `init` asks and gets the first page, `cursor` turns the pages (vpbx-data §6.2).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Ask, Asked, Book, Kind, Refusal, TOO_LARGE, WRONG_FORMAT, described, wants_all};
use crate::sandbox::entry::base64;

/// How long a cursor is good, in real time, since whoever turns pages lives in it.
const KEPT: Duration = Duration::from_secs(300);

const PAGE: i64 = 10;
const LONGEST_PAGE: i64 = 500;

/// How far `next-page-N` and `prev-page-N` go.
const FARTHEST: i64 = 9;

/// What is listed, and where.
#[derive(Clone)]
struct Place {
    kind: Kind,
    query: String,
    order: String,
    limit: i64,
    /// From 1
    page: i64,
}

/// Lists that somebody is reading.
#[derive(Default)]
pub(super) struct Cursors {
    places: HashMap<String, (Place, Instant)>,
    made: u64,
}

impl Cursors {
    fn keep(&mut self, place: Place) -> String {
        self.places.retain(|_, (_, made)| made.elapsed() < KEPT);
        self.made += 1;
        let told = json!({"page": place.page, "limit": place.limit, "query": place.query, "n": self.made});
        let cursor = base64(told.to_string().as_bytes());
        self.places.insert(cursor.clone(), (place, Instant::now()));
        cursor
    }

    fn find(&self, kind: Kind, cursor: &str) -> Asked<Place> {
        let place = self.places.get(cursor).filter(|(place, made)| place.kind == kind && made.elapsed() < KEPT);
        place.map(|(place, _)| place.clone()).ok_or_else(|| Refusal::of(WRONG_FORMAT, "cursor"))
    }
}

pub(super) fn init(book: &mut Book, kind: Kind, ask: &Ask) -> Asked<Value> {
    if !ask.names("query") {
        return Err(Refusal::of(super::MISSING, "query"));
    }
    let limit = ask.integer("limit_rows")?.unwrap_or(PAGE);
    match limit {
        1..=LONGEST_PAGE => {}
        ..1 => return Err(Refusal::of(WRONG_FORMAT, "limit_rows")),
        _ => return Err(Refusal::of(TOO_LARGE, "limit_rows")),
    }
    let query = ask.text("query")?.unwrap_or_default().to_lowercase();
    let place = Place { kind, query, order: order(kind, &ask.rows("order")?)?, limit, page: 1 };
    page(book, place, wants_all(ask)?)
}

/// `[{"name":"asc"},{"id":"desc"}]` as SQL.
fn order(kind: Kind, asked: &[Ask]) -> Asked<String> {
    let wrong = || Refusal::of(WRONG_FORMAT, "order");
    let mut columns = Vec::new();
    for pair in asked {
        let (field, way) = pair.only().ok_or_else(wrong)?;
        let column = match field {
            "id" => "id",
            "name" => "name",
            "importance" | "when_created" if kind == Kind::Contact => &format!("json_extract(body, '$.{field}')"),
            _ if field == kind.id() => "id",
            _ if field == kind.name() => "name",
            _ => return Err(wrong()),
        };
        let way = match way.as_str().map(str::to_lowercase).as_deref() {
            Some("asc") => "ASC",
            Some("desc") => "DESC",
            _ => return Err(wrong()),
        };
        columns.push(format!("{column} {way}"));
    }
    columns.push("id".into());
    Ok(columns.join(", "))
}

pub(super) fn cursor(book: &mut Book, kind: Kind, ask: &Ask) -> Asked<Value> {
    let mut place = book.cursors.find(kind, &ask.needed_text("cursor")?)?;
    let mode = ask.needed_text("mode")?;
    let pages = pages(book.read(|shelf| shelf.count(kind, &place.query))?, place.limit);
    let steps = |count: &str| count.parse().ok().filter(|count| (1..=FARTHEST).contains(count));
    place.page = match mode.split_once("-page") {
        Some(("first", "")) => 1,
        Some(("last", "")) => pages,
        Some(("current", "")) => place.page,
        Some(("next", count)) => count.strip_prefix('-').and_then(steps).map(|count: i64| place.page + count).ok_or_else(wrong_mode)?,
        Some(("prev", count)) => count.strip_prefix('-').and_then(steps).map(|count: i64| place.page - count).ok_or_else(wrong_mode)?,
        _ => return Err(wrong_mode()),
    }
    .max(1);
    page(book, place, wants_all(ask)?)
}

fn wrong_mode() -> Refusal {
    Refusal::of(WRONG_FORMAT, "mode")
}

fn pages(rows: i64, limit: i64) -> i64 {
    (rows + limit - 1) / limit
}

fn page(book: &mut Book, place: Place, all: bool) -> Asked<Value> {
    let Place { kind, query, order, limit, page } = &place;
    let from = (page - 1) * limit;
    let (rows, data) = book.read(|shelf| {
        let found = shelf.page(*kind, query, order, *limit, from)?;
        let data = found.iter().map(|stored| described(shelf, *kind, stored, all)).collect::<Asked<Vec<_>>>()?;
        Ok((shelf.count(*kind, query)?, data))
    })?;
    let info = json!({
        "page": page, "from": from, "size": data.len(), "limit": limit, "total_rows": rows, "pages": pages(rows, *limit),
    });
    let mut state = json!({"info": info});
    if !data.is_empty() {
        state["cursor"] = json!(book.cursors.keep(place));
    }
    Ok(json!({"result": 1000, "data": data, "state": state}))
}
