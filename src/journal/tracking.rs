//! Where a call came from: the tracking number, the visitor behind it, the channel of a line (vpbx-data §3, design §9).

use std::collections::HashSet;

use rusqlite::{CachedStatement, OptionalExtension, Row, Transaction, params};

use super::{Direction, Entry, Journal};
use crate::error::Result;
use crate::pbx::event::Dct;
use crate::pbx::tracking::{Page, Utm, Visitor};
use crate::pbx::widgets::WidgetCall;
use crate::phone::{as_listed, recognised_by};
use crate::store::failed;
use crate::time::now;

/// What events say of the number that was dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// Tracking number: digits
    pub number: Option<String>,
    /// 1 dynamic, 2 static
    pub dct_type: i64,
}

/// A call whose visitor is to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToAsk {
    /// Row of the call
    pub entry: i64,
    /// Its dynamic number
    pub number: String,
    /// Began, Unix seconds
    pub started_at: Option<i64>,
    /// Ended, Unix seconds
    pub ended_at: Option<i64>,
}

/// Who told of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitSource {
    /// The PBX, asked by number while the call went on
    Dct,
    /// The list of a widget's calls
    Widget,
}

/// Who was behind the number, and what brought him.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Who told
    pub source: VisitSource,
    /// When, Unix seconds
    pub asked_at: i64,
    /// False where the PBX said that there is nobody
    pub found: bool,
    /// Tracking number: digits
    pub number: Option<String>,
    /// 1 dynamic, 2 static
    pub dct_type: Option<i64>,
    /// The visitor, as far as he is known
    pub visitor: Visitor,
    /// His first call
    pub is_new: Option<bool>,
    /// Long enough by the widget's rule
    pub is_quality: Option<bool>,
    /// What he has seen, in that order; `None` when it was never told
    pub pages: Option<Vec<Page>>,
}

/// A channel of static tracking: an advertisement that a number belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Digits, or `sip:…`
    pub number: String,
    /// For people
    pub name: String,
    /// As utm source
    pub source: Option<String>,
    /// As utm medium
    pub medium: Option<String>,
    /// As utm campaign
    pub campaign: Option<String>,
}

/// What became of a widget's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Calls of the widget
    pub calls: u64,
    /// Those found in the journal
    pub matched: u64,
    /// Those that no call in the journal fits
    pub unmatched: u64,
    /// Those whose caller hid his number: they fit nobody or anybody
    pub hidden: u64,
    /// Rows of the calls that have theirs
    taken: HashSet<i64>,
}

/// How far the widget's time of a call may lie from ours: it may be told in whole minutes, and the clocks are two.
const TOLERANCE: i64 = 120;

impl Tracked {
    /// What an event says; `None` for ordinary calls.
    pub fn by(dct: &Dct) -> Option<Tracked> {
        let dct_type = dct.kind.filter(|kind| matches!(kind, 1 | 2))?;
        Some(Tracked { number: dct.number.as_deref().map(as_listed), dct_type })
    }

    /// Whether the PBX can be asked who is behind it: a number that is none would be refused, and refusals are counted (vpbx-core §2).
    fn can_be_asked(&self) -> bool {
        let is_number = |number: &str| (5..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        self.dct_type == 1 && self.number.as_deref().is_some_and(is_number)
    }
}

impl VisitSource {
    /// As in JSON and in the journal.
    pub fn key(self) -> &'static str {
        match self {
            VisitSource::Dct => "dct",
            VisitSource::Widget => "widget",
        }
    }
}

impl Visit {
    /// What the PBX said of a dynamic number.
    pub fn asked(number: &str, visitor: Option<Visitor>) -> Visit {
        Visit {
            source: VisitSource::Dct,
            asked_at: now().as_second(),
            found: visitor.is_some(),
            number: Some(number.to_owned()),
            dct_type: Some(1),
            visitor: visitor.unwrap_or_default(),
            is_new: None,
            is_quality: None,
            pages: None,
        }
    }

    /// What a widget's list says of a call.
    fn listed(widget: u64, call: &WidgetCall) -> Visit {
        let page = |url: &Option<String>| url.clone().map(|url| Page { url: Some(url), ..Page::default() });
        let mut pages: Vec<Page> = [page(&call.first_url), page(&call.url)].into_iter().flatten().collect();
        pages.dedup();
        let mut visitor = Visitor {
            uid: call.uid.clone(),
            widget_id: i64::try_from(widget).ok(),
            ga_cid: call.ga_cid.clone(),
            ya_cid: call.ya_cid.clone(),
            ip: call.ip.clone(),
            utm: call.utm(),
            page: page(&call.url).unwrap_or_default(),
            device: call.device.clone(),
            custom: call.custom_param.clone(),
            ..Visitor::default()
        };
        visitor.location.country_code = call.country_code.clone();
        visitor.location.region_code = call.region_code.clone();
        visitor.location.city = call.city.clone();
        Visit {
            source: VisitSource::Widget,
            asked_at: now().as_second(),
            found: true,
            number: call.number.as_deref().map(as_listed),
            dct_type: call.call_type.filter(|kind| matches!(kind, 1 | 2)),
            visitor,
            is_new: call.is_new,
            is_quality: call.is_quality,
            pages: (!pages.is_empty()).then_some(pages),
        }
    }
}

impl Journal {
    /// What events said of the number that was dialled.
    pub fn tracked(&self, entry: &Entry) -> Result<Option<Tracked>> {
        let read = |row: &Row<'_>| Ok(Tracked { number: row.get(0)?, dct_type: row.get(1)? });
        let sql = "SELECT number, dct_type FROM tracked WHERE entry = ?1";
        self.lock().prepare_cached(sql).and_then(|mut one| one.query_row([entry.id], read).optional()).map_err(failed(&self.path))
    }

    /// Who was behind the number.
    pub fn visit(&self, entry: &Entry) -> Result<Option<Visit>> {
        let sql = format!("SELECT {COLUMNS} FROM visits WHERE entry = ?1");
        self.lock().prepare_cached(&sql).and_then(|mut one| one.query_row([entry.id], read).optional()).map_err(failed(&self.path))
    }

    /// What brought a caller, in a word or two: the utm source, else the channel of the static number or of the line.
    pub fn came_by(&self, entry: &Entry) -> Result<Option<String>> {
        if entry.facts.direction != Some(Direction::Incoming) {
            return Ok(None);
        }
        let sql = "SELECT utm_source FROM visits WHERE entry = ?1 AND found = 1";
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut one| one.query_row([entry.id], |row| row.get::<_, Option<String>>(0)).optional());
        if let Some(source) = found.map_err(failed(&self.path))?.flatten() {
            return Ok(Some(source));
        }
        drop(db);
        Ok(self.channel_of(entry)?.map(|channel| channel.name))
    }

    /// The static channel of an incoming call: that of its static number, else that of its line.
    pub fn channel_of(&self, entry: &Entry) -> Result<Option<Channel>> {
        if entry.facts.direction != Some(Direction::Incoming) {
            return Ok(None);
        }
        let sql = "SELECT number, name, source, medium, campaign FROM channels WHERE number = coalesce(
            (SELECT number FROM tracked WHERE entry = ?1 AND dct_type = 2), (SELECT number FROM visits WHERE entry = ?1 AND dct_type = 2), ?2)";
        let found =
            self.lock().prepare_cached(sql).and_then(|mut one| one.query_row(params![entry.id, entry.facts.line], read_channel).optional());
        found.map_err(failed(&self.path))
    }

    /// The calls whose visitors are to be asked for, the newest first.
    pub fn to_ask(&self) -> Result<Vec<ToAsk>> {
        let sql = "SELECT t.entry, t.number, e.started_at, e.ended_at FROM tracked t JOIN entries e ON e.id = t.entry WHERE t.asked = 0 ORDER BY t.entry DESC";
        let read = |row: &Row<'_>| Ok(ToAsk { entry: row.get(0)?, number: row.get(1)?, started_at: row.get(2)?, ended_at: row.get(3)? });
        let db = self.lock();
        let found = db.prepare_cached(sql).and_then(|mut all| all.query_map([], read)?.collect());
        found.map_err(failed(&self.path))
    }

    /// Remembers that a call's visitor need not be asked for any more.
    pub fn need_not_ask(&self, entry: i64) -> Result<()> {
        self.execute("UPDATE tracked SET asked = 1 WHERE entry = ?1", [entry])
    }

    /// Remembers what the PBX said of a call's visitor. One who was found stays found, whatever it says later.
    pub fn keep_visit(&self, entry: i64, visit: &Visit) -> Result<()> {
        self.change(|change| {
            let sql = "SELECT EXISTS (SELECT 1 FROM visits WHERE entry = ?1 AND found)";
            match !visit.found && change.query_row(sql, [entry], |row| row.get(0))? {
                true => Ok(()),
                false => write(change, entry, visit),
            }
        })
    }

    /// Gives the calls of a widget to the calls in the journal: the same caller and the same number within the tolerance, the nearest in
    /// time, and none of them twice. What the PBX itself said of a visitor stays; the list completes it.
    /// Told piece by piece; `matched` counts.
    pub fn take_widget_calls(&self, widget: u64, calls: &[WidgetCall], matched: &mut Matched) -> Result<()> {
        matched.calls += calls.len() as u64;
        self.change(|change| {
            let mut candidates = change.prepare_cached(CANDIDATES)?;
            for call in calls {
                let caller = call.caller().map(recognised_by).filter(|caller| caller.len() > 4);
                let Some((at, caller)) = call.started_at.zip(caller) else {
                    matched.hidden += 1;
                    continue;
                };
                match nearest(&mut candidates, call, at, &caller, &matched.taken)? {
                    Some(entry) => {
                        matched.taken.insert(entry);
                        matched.matched += 1;
                        join(change, entry, Visit::listed(widget, call))?;
                    }
                    None => matched.unmatched += 1,
                }
            }
            Ok(())
        })
    }

    /// All channels, by number.
    pub fn channels(&self) -> Result<Vec<Channel>> {
        let db = self.lock();
        let sql = "SELECT number, name, source, medium, campaign FROM channels ORDER BY number";
        let all = db.prepare(sql).and_then(|mut all| all.query_map([], read_channel)?.collect());
        all.map_err(failed(&self.path))
    }

    /// The numbers that were seen to be dynamic: they belong to visitors, not to a channel.
    pub fn dynamic_numbers(&self) -> Result<HashSet<String>> {
        let db = self.lock();
        let sql = "SELECT number FROM tracked WHERE dct_type = 1 AND number IS NOT NULL
            UNION SELECT number FROM visits WHERE dct_type = 1 AND number IS NOT NULL";
        let all = db.prepare(sql).and_then(|mut all| all.query_map([], |row| row.get(0))?.collect());
        all.map_err(failed(&self.path))
    }

    /// Remembers channels, all of them or none; a number that had one gets the new one.
    pub fn set_channels(&self, channels: &[Channel]) -> Result<()> {
        let at = now().as_second();
        self.change(|change| {
            let mut set = change.prepare_cached("INSERT OR REPLACE INTO channels VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            channels
                .iter()
                .try_for_each(|one| set.execute(params![one.number, one.name, one.source, one.medium, one.campaign, at]).map(drop))
        })
    }

    /// Forgets the channel of a number; false when it had none.
    pub fn remove_channel(&self, number: &str) -> Result<bool> {
        self.change(|change| Ok(change.execute("DELETE FROM channels WHERE number = ?1", [number])? > 0))
    }
}

/// Writes down what events said of an entry's number. Who is to be asked for is decided when a number is first named.
pub(super) fn put(change: &Transaction<'_>, entry: i64, tracked: &Tracked) -> rusqlite::Result<()> {
    let sql = "INSERT INTO tracked VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET number = ?2, dct_type = ?3, asked = ?4
        WHERE number IS NOT ?2 OR dct_type IS NOT ?3";
    change.prepare_cached(sql)?.execute(params![entry, tracked.number, tracked.dct_type, !tracked.can_be_asked()]).map(drop)
}

/// Incoming calls of a caller around a moment, with the numbers by which they came.
const CANDIDATES: &str = "SELECT e.id, e.started_at, e.line, t.number FROM entries e LEFT JOIN tracked t ON t.entry = e.id
    WHERE e.party = ?1 AND e.started_at BETWEEN ?2 AND ?3 AND e.direction = 'incoming' ORDER BY e.started_at, e.id";

fn nearest(
    candidates: &mut CachedStatement<'_>,
    call: &WidgetCall,
    at: i64,
    caller: &str,
    taken: &HashSet<i64>,
) -> rusqlite::Result<Option<i64>> {
    let number = call.number.as_deref().map(recognised_by);
    let same = |ours: Option<String>| ours.map(|ours| number.as_ref().is_none_or(|number| recognised_by(&ours) == *number));
    let mut best: Option<(i64, i64)> = None;
    let mut rows = candidates.query(params![caller, at - TOLERANCE, at + TOLERANCE])?;
    while let Some(row) = rows.next()? {
        let (entry, started_at): (i64, i64) = (row.get(0)?, row.get(1)?);
        // The number by which a call is tracked may be another than the line it came in by; either will do.
        let fits = match (same(row.get(2)?), same(row.get(3)?)) {
            (None, None) => true,
            (line, tracked) => line == Some(true) || tracked == Some(true),
        };
        let distance = (started_at - at).abs();
        if fits && !taken.contains(&entry) && best.is_none_or(|(nearest, _)| distance < nearest) {
            best = Some((distance, entry));
        }
    }
    Ok(best.map(|(_, entry)| entry))
}

/// Puts a widget's word beside what is known: of a visitor whom the PBX described, only what it did not say.
fn join(change: &Transaction<'_>, entry: i64, listed: Visit) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM visits WHERE entry = ?1");
    let known = change.prepare_cached(&sql)?.query_row([entry], read).optional()?;
    let visit = match known {
        Some(known) if known.found && known.source == VisitSource::Dct => completed(known, listed),
        _ => listed,
    };
    write(change, entry, &visit)
}

fn completed(known: Visit, listed: Visit) -> Visit {
    let (visitor, more) = (known.visitor, listed.visitor);
    let has_marks = visitor.utm != Utm::default();
    let mut location = visitor.location;
    location.country_code = location.country_code.or(more.location.country_code);
    location.region_code = location.region_code.or(more.location.region_code);
    location.city = location.city.or(more.location.city);
    Visit {
        number: known.number.or(listed.number),
        dct_type: known.dct_type.or(listed.dct_type),
        is_new: listed.is_new.or(known.is_new),
        is_quality: listed.is_quality.or(known.is_quality),
        pages: known.pages.or(listed.pages),
        visitor: Visitor {
            uid: visitor.uid.or(more.uid),
            widget_id: visitor.widget_id.or(more.widget_id),
            ga_cid: visitor.ga_cid.or(more.ga_cid),
            ya_cid: visitor.ya_cid.or(more.ya_cid),
            ip: visitor.ip.or(more.ip),
            // Marks belong together: those of one advertisement are not mixed with those of another.
            utm: if has_marks { visitor.utm } else { more.utm },
            page: if visitor.page.url.is_some() { visitor.page } else { more.page },
            device: visitor.device.or(more.device),
            custom: visitor.custom.or(more.custom),
            location,
            ..visitor
        },
        ..known
    }
}

/// The columns that [`read`] reads and [`write`] writes.
const COLUMNS: &str = "source, asked_at, found, number, dct_type, uid, widget_id, widget_name, url, title, ga_cid, ya_cid, rs_cid, ip, country, region, \
     city, device, duration, custom, utm_source, utm_medium, utm_campaign, utm_term, utm_content, is_new, is_quality, pages";

fn read(row: &Row<'_>) -> rusqlite::Result<Visit> {
    let mut visitor = Visitor {
        uid: row.get(5)?,
        widget_id: row.get(6)?,
        widget_name: row.get(7)?,
        page: Page { url: row.get(8)?, title: row.get(9)?, at: None },
        ga_cid: row.get(10)?,
        ya_cid: row.get(11)?,
        rs_cid: row.get(12)?,
        ip: row.get(13)?,
        device: row.get(17)?,
        duration: row.get(18)?,
        custom: row.get(19)?,
        utm: Utm { source: row.get(20)?, medium: row.get(21)?, campaign: row.get(22)?, term: row.get(23)?, content: row.get(24)? },
        ..Visitor::default()
    };
    visitor.location.country_code = row.get(14)?;
    visitor.location.region = row.get(15)?;
    visitor.location.city = row.get(16)?;
    let source = if row.get_ref(0)?.as_str()? == VisitSource::Widget.key() { VisitSource::Widget } else { VisitSource::Dct };
    let pages: Option<String> = row.get(27)?;
    Ok(Visit {
        source,
        asked_at: row.get(1)?,
        found: row.get(2)?,
        number: row.get(3)?,
        dct_type: row.get(4)?,
        visitor,
        is_new: row.get(25)?,
        is_quality: row.get(26)?,
        pages: pages.and_then(|pages| serde_json::from_str(&pages).ok()),
    })
}

fn write(change: &Transaction<'_>, entry: i64, visit: &Visit) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT OR REPLACE INTO visits (entry, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
         ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)"
    );
    let (one, utm, place) = (&visit.visitor, &visit.visitor.utm, &visit.visitor.location);
    let pages = visit.pages.as_ref().map(|pages| serde_json::to_string(pages).unwrap_or_default());
    let values = params![
        entry,
        visit.source.key(),
        visit.asked_at,
        visit.found,
        visit.number,
        visit.dct_type,
        one.uid,
        one.widget_id,
        one.widget_name,
        one.page.url,
        one.page.title,
        one.ga_cid,
        one.ya_cid,
        one.rs_cid,
        one.ip,
        place.country_code,
        place.region.as_ref().or(place.region_code.as_ref()),
        place.city,
        one.device,
        one.duration,
        one.custom,
        utm.source,
        utm.medium,
        utm.campaign,
        utm.term,
        utm.content,
        visit.is_new,
        visit.is_quality,
        pages,
    ];
    change.prepare_cached(&sql)?.execute(values).map(drop)
}

fn read_channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel { number: row.get(0)?, name: row.get(1)?, source: row.get(2)?, medium: row.get(3)?, campaign: row.get(4)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Facts;
    use crate::journal::write::{Over, Writer};

    const AT: i64 = 1_767_225_600;

    /// Incoming calls of these callers, on these lines, so many seconds after a moment.
    fn journal(calls: &[(&str, &str, i64)]) -> (tempfile::TempDir, Journal) {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("journal.db")).unwrap();
        let facts = |(caller, line, at): &(&str, &str, i64)| Facts {
            direction: Some(Direction::Incoming),
            from_number: Some((*caller).to_owned()),
            line: Some((*line).to_owned()),
            started_at: Some(AT + at),
            ..Facts::default()
        };
        let mut all = calls.iter().enumerate();
        let write = |change: &Transaction<'_>| {
            all.try_for_each(|(n, call)| Writer::of(change)?.write(&format!("E{n}"), 3, &facts(call), Over::Everything).map(drop))
        };
        journal.change(write).unwrap();
        (home, journal)
    }

    fn listed(caller: &str, number: &str, at: i64, source: &str) -> WidgetCall {
        let json =
            serde_json::json!([{"dateStart": AT + at, "callType": 1, "number": number, "callerNumber": caller, "utmSource": source}]);
        crate::pbx::widgets::calls(&json.to_string()).unwrap().remove(0)
    }

    fn source(journal: &Journal, call: &str) -> Option<String> {
        journal.visit(&journal.call(call).unwrap()).unwrap().and_then(|visit| visit.visitor.utm.source)
    }

    #[test]
    fn a_widget_s_call_goes_to_the_nearest_of_the_same_caller_and_number_and_to_one_alone() {
        let (caller, other, line) = ("79000000021", "79000000022", "74950000012");
        let (_home, journal) =
            journal(&[(caller, line, 0), (caller, line, 70), (caller, "74950000010", 5), (other, line, 10), (caller, line, 4000)]);
        let mut matched = Matched::default();
        let calls = [
            listed("8 900 000-00-21", "84950000012", 60, "second"),
            listed("+79000000021", line, 61, "first"),
            listed(caller, line, 62, "too many"),
            listed(other, line, 10 + TOLERANCE, "other"),
            listed(caller, line, 4000 + TOLERANCE + 1, "too late"),
            listed("", line, 0, "hidden"),
            listed("anonymous", line, 0, "nobody"),
        ];
        journal.take_widget_calls(1001, &calls, &mut matched).unwrap();
        assert_eq!((matched.calls, matched.matched, matched.unmatched, matched.hidden), (7, 3, 3, 1));
        let sources = ["E0", "E1", "E2", "E3", "E4"].map(|call| source(&journal, call));
        assert_eq!(sources, [Some("first".into()), Some("second".into()), None, Some("other".into()), None]);
    }

    #[test]
    fn what_the_pbx_told_is_completed_and_that_it_knew_nobody_is_corrected() {
        let (_home, journal) = journal(&[("79000000021", "74950000012", 0), ("79000000022", "74950000012", 0)]);
        let [known, unknown] = ["E0", "E1"].map(|call| journal.call(call).unwrap());
        let utm = Utm { source: Some("yandex".into()), ..Utm::default() };
        journal.keep_visit(known.id, &Visit::asked("74950000012", Some(Visitor { utm, ..Visitor::default() }))).unwrap();
        journal.keep_visit(unknown.id, &Visit::asked("74950000012", None)).unwrap();
        assert!(!journal.visit(&unknown).unwrap().unwrap().found);
        let calls = [listed("79000000021", "74950000012", 0, "google"), listed("79000000022", "74950000012", 0, "google")];
        journal.take_widget_calls(1001, &calls, &mut Matched::default()).unwrap();
        assert_eq!([source(&journal, "E0"), source(&journal, "E1")], [Some("yandex".into()), Some("google".into())]);
        let visit = journal.visit(&known).unwrap().unwrap();
        assert_eq!((visit.source, visit.visitor.widget_id), (VisitSource::Dct, Some(1001)));
    }

    #[test]
    fn who_is_to_be_asked_for_is_said_once_and_a_number_that_is_none_never() {
        let (_home, journal) = journal(&[("79000000021", "74950000012", 0), ("79000000022", "74950000012", 0)]);
        let [one, other] = ["E0", "E1"].map(|call| journal.call(call).unwrap().id);
        let tracked = |number: Option<&str>, kind| Tracked::by(&Dct { number: number.map(str::to_owned), kind: Some(kind) });
        assert_eq!((tracked(None, 0), tracked(Some("x"), 3)), (None, None));
        let put = |entry, tracked: Option<Tracked>| journal.change(|change| put(change, entry, &tracked.unwrap())).unwrap();
        for never in [tracked(None, 1), tracked(Some("anonymous"), 1), tracked(Some("74950000015"), 2), tracked(Some("sip:x@y"), 1)] {
            put(other, never);
            assert_eq!(journal.to_ask().unwrap(), []);
        }
        put(one, tracked(Some("8 (495) 000-00-12"), 1));
        put(one, tracked(Some("74950000012"), 1));
        let asked = ToAsk { entry: one, number: "74950000012".into(), started_at: Some(AT), ended_at: None };
        assert_eq!(journal.to_ask().unwrap(), [asked]);
        journal.need_not_ask(one).unwrap();
        put(one, tracked(Some("74950000012"), 1));
        assert_eq!(journal.to_ask().unwrap(), []);
    }

    #[test]
    fn a_call_belongs_to_the_channel_of_its_static_number_or_of_its_line() {
        let (_home, journal) =
            journal(&[("79000000021", "74950000010", 0), ("79000000022", "74950000010", 0), ("79000000023", "74950000011", 0)]);
        let channel = |number: &str, name: &str| Channel { number: number.into(), name: name.into(), ..Channel::default() };
        journal.set_channels(&[channel("74950000010", "Метро"), channel("74950000015", "Щит")]).unwrap();
        let calls = ["E0", "E1", "E2"].map(|call| journal.call(call).unwrap());
        let tracked = Tracked { number: Some("74950000015".into()), dct_type: 2 };
        journal.change(|change| put(change, calls[1].id, &tracked)).unwrap();
        let names = calls.each_ref().map(|call| journal.came_by(call).unwrap());
        assert_eq!(names, [Some("Метро".into()), Some("Щит".into()), None]);
        assert!(journal.remove_channel("74950000015").unwrap() && !journal.remove_channel("74950000015").unwrap());
        // A static number without a channel is not guessed to belong to that of the line.
        assert_eq!(journal.came_by(&calls[1]).unwrap(), None);
    }
}
