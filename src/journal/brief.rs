//! Calls as reports see them: a few numbers each, read from the index alone (see `schema::REPORTS`).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Row, params_from_iter};

use super::{Direction, Journal};
use crate::error::Result;
use crate::phone::recognised_by;
use crate::store::failed;

/// Times that are none, told by a confused PBX, are not on any calendar: 1970 to 9999.
const CALENDAR: (i64, i64) = (0, 253_402_200_000);

/// Which calls a report is about. Empty is all of them.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Started at or after, Unix seconds
    pub since: Option<i64>,
    /// Started before, Unix seconds
    pub until: Option<i64>,
    /// Only these; empty for all
    pub directions: Vec<Direction>,
    /// Extension of the employee
    pub employee: Option<String>,
    /// Line, digits
    pub line: Option<String>,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Brief(pub i64);

impl Brief {
    pub fn direction(self) -> Option<Direction> {
        [None, Some(Direction::Incoming), Some(Direction::Outgoing), Some(Direction::Internal)][(self.0 >> 40 & 3) as usize]
    }

    pub fn answered(self) -> Option<bool> {
        [Some(false), Some(true), None, None][(self.0 >> 42 & 3) as usize]
    }

    /// A call from outside that nobody took.
    pub fn is_missed(self) -> bool {
        // Incoming, not answered, ended.
        self.0 >> 40 == 0b1_00_01
    }

    /// Seconds until the answer, or until it was given up.
    pub fn wait(self) -> Option<i64> {
        seconds(self.0 >> 20)
    }

    /// Seconds of conversation.
    pub fn talk(self) -> Option<i64> {
        seconds(self.0)
    }
}

/// Nothing is 0, and everything else is one more than it is.
fn seconds(low: i64) -> Option<i64> {
    let seconds = low & 0xf_ffff;
    (seconds > 0).then(|| seconds - 1)
}

/// A number, a line or an extension as the index has it.
pub(super) fn key(text: &str) -> Value {
    match text.len() < 18 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("1{text}").parse().map_or(Value::Null, Value::Integer),
        false => text.to_owned().into(),
    }
}

/// The text that was behind a number of the index.
fn text(key: i64) -> String {
    key.to_string().split_off(1)
}

/// Conditions of a [`Scope`] on the view `counted`, with the values behind their marks. Both ends of the period are always among them:
/// so calls whose time is not known are left out, and the index is used.
pub(super) fn conditions(scope: &Scope) -> (String, Vec<Value>) {
    let (first, last) = CALENDAR;
    let mut values = vec![scope.since.unwrap_or(first).max(first).into(), scope.until.unwrap_or(last).min(last).into()];
    let mut conditions = "started_at >= ?1 AND started_at < ?2".to_owned();
    if !scope.directions.is_empty() {
        let wanted: Vec<String> = scope.directions.iter().map(|direction| (*direction as u8 + 1).to_string()).collect();
        conditions += &format!(" AND brief >> 40 & 3 IN ({})", wanted.join(", "));
    }
    if let Some(line) = &scope.line {
        values.push(key(line));
        conditions += &format!(" AND line = ?{}", values.len());
    }
    if let Some(employee) = &scope.employee {
        // As in the history: an internal call is also that of the employee who was called.
        values.extend([key(employee), key(&recognised_by(employee))]);
        conditions += &format!(" AND (employee = ?{} OR party = ?{})", values.len() - 1, values.len());
    }
    (conditions, values)
}

impl Journal {
    /// Hands over these columns of the view `counted`, in the order of time.
    pub(super) fn walk(&self, columns: &str, scope: &Scope, each: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>) -> Result<()> {
        let (conditions, values) = conditions(scope);
        let sql = format!("SELECT {columns} FROM counted WHERE {conditions} ORDER BY started_at, id");
        let db = self.lock();
        let walked = db.prepare(&sql).and_then(|mut walk| {
            let mut calls = walk.query(params_from_iter(values))?;
            while let Some(call) = calls.next()? {
                each(call)?;
            }
            Ok(())
        });
        walked.map_err(failed(&self.path))
    }
}

/// A table that is fast for numbers.
pub(super) type Spreading<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

/// Something for every line, employee or channel that occurs.
#[derive(Debug)]
pub(super) struct Groups<T> {
    numbers: Spreading<i64, usize>,
    texts: HashMap<String, usize>,
    nobody: Option<usize>,
    all: Vec<(Option<String>, T)>,
}

impl<T: Default> Groups<T> {
    pub fn new() -> Groups<T> {
        Groups { numbers: HashMap::default(), texts: HashMap::new(), nobody: None, all: Vec::new() }
    }

    /// That of a key.
    pub fn of(&mut self, key: ValueRef<'_>) -> &mut T {
        let place = self.place(key);
        &mut self.all[place].1
    }

    /// The name at a place.
    pub fn name(&self, place: usize) -> Option<&str> {
        self.all[place].0.as_deref()
    }

    /// Where the key stands among all of them.
    pub fn place(&mut self, key: ValueRef<'_>) -> usize {
        let all = &mut self.all;
        let mut add = |name: Option<String>| {
            all.push((name, T::default()));
            all.len() - 1
        };
        match key {
            ValueRef::Integer(number) => *self.numbers.entry(number).or_insert_with(|| add(Some(text(number)))),
            ValueRef::Text(bytes) => {
                let name = String::from_utf8_lossy(bytes).into_owned();
                *self.texts.entry(name).or_insert_with_key(|name| add(Some(name.clone())))
            }
            _ => *self.nobody.get_or_insert_with(|| add(None)),
        }
    }

    /// All of them with their names.
    pub fn into_all(self) -> Vec<(Option<String>, T)> {
        self.all
    }
}

/// Spreads telephone numbers over a table: four times as fast as the hash that withstands attackers, who do not choose our lines.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::journal::Journal;
    use crate::journal::entry::{Facts, State};
    use crate::journal::write::{Over, Writer};

    fn journal() -> (tempfile::TempDir, Journal) {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::open(&home.path().join("journal.db")).unwrap();
        (home, journal)
    }

    /// What the index says of one call: its brief and the texts of its keys.
    fn counted(journal: &Journal, facts: &Facts) -> (Brief, Vec<Option<String>>) {
        journal.change(|change| Writer::of(change)?.write("E", 3, facts, Over::Everything).map(drop)).unwrap();
        let db = journal.lock();
        db.query_row("SELECT brief, line, employee, party FROM counted", [], |row| {
            let text = |n| match row.get_ref(n).unwrap() {
                ValueRef::Integer(number) => Some(super::text(number)),
                ValueRef::Text(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                _ => None,
            };
            Ok((Brief(row.get(0)?), (1..4).map(text).collect()))
        })
        .unwrap()
    }

    fn some_facts() -> impl Strategy<Value = Facts> {
        let direction = prop::option::of(prop::sample::select(vec![Direction::Incoming, Direction::Outgoing, Direction::Internal]));
        let state = prop::option::of(prop::sample::select(vec![State::Ringing, State::Talking, State::Held, State::Ended]));
        let at = || prop::option::of(1_000_000i64..1_100_000);
        let name =
            prop::sample::select(vec!["101", "0511", "", "sip:a@example.com", "74950000010", "0", "123456789012345678901", "Продажи"]);
        let number = prop::option::of(name);
        let sides = (number.clone(), number.clone(), number);
        (direction, state, at(), at(), at(), prop::option::of(-5i64..2000), prop::option::of(any::<bool>()), sides).prop_map(
            |(direction, state, started_at, answered_at, ended_at, talk, answered, (line, from, to))| {
                let own = |text: Option<&str>| text.map(str::to_owned);
                let (from, to) = (own(from), own(to));
                Facts {
                    direction,
                    state,
                    from_number: from.clone(),
                    from_extension: from,
                    to_number: to.clone(),
                    to_extension: to,
                    line: own(line),
                    started_at,
                    answered_at,
                    ended_at,
                    talk,
                    answered,
                    ..Facts::default()
                }
            },
        )
    }

    #[test]
    fn the_index_says_of_a_call_what_its_facts_say() {
        let (_home, journal) = journal();
        proptest!(ProptestConfig::with_cases(128), |(facts in some_facts())| {
            let (brief, names) = counted(&journal, &facts);
            prop_assert_eq!(brief.direction(), facts.direction);
            prop_assert_eq!(brief.answered(), facts.answered);
            prop_assert_eq!(brief.is_missed(), facts.is_missed());
            prop_assert_eq!(brief.wait(), facts.wait());
            prop_assert_eq!(brief.talk(), facts.talk.filter(|talk| *talk >= 0));
            let party = facts.other_number().map(recognised_by);
            prop_assert_eq!(names, vec![facts.line.clone(), facts.employee().map(str::to_owned), party]);
        });
    }

    #[test]
    fn a_key_is_found_under_the_text_it_was_made_of() {
        let (_home, journal) = journal();
        for text in ["101", "0511", "", "74950000010", "sip:a@example.com", "12345678901234567", "123456789012345678"] {
            let facts = Facts { line: Some(text.into()), started_at: Some(5), ..Facts::default() };
            counted(&journal, &facts);
            let (conditions, values) = conditions(&Scope { line: Some(text.into()), ..Scope::default() });
            let sql = format!("SELECT count(*) FROM counted WHERE {conditions}");
            let found: i64 = journal.lock().query_row(&sql, rusqlite::params_from_iter(values), |row| row.get(0)).unwrap();
            assert_eq!(found, 1, "{text}");
        }
    }

    #[test]
    fn reports_are_read_from_the_index_alone() {
        let (_home, journal) = journal();
        let scope = Scope {
            employee: Some("101".into()),
            line: Some("74950000010".into()),
            directions: vec![Direction::Incoming],
            ..Scope::default()
        };
        for scope in [Scope::default(), scope] {
            let (conditions, values) = conditions(&scope);
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT started_at, id, brief, line, employee, party FROM counted WHERE {conditions} ORDER BY started_at, id"
            );
            let plan: String = journal.lock().query_row(&sql, rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
            assert_eq!(plan, "SEARCH entries USING COVERING INDEX entries_by_time (started_at>? AND started_at<?)");
        }
    }
}
