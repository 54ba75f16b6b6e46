//! The results that a remote source last offered, so that a note can be written while it is away.

use rusqlite::params;

use super::PeopleFile;
use crate::contacts::Choice;
use crate::error::Result;
use crate::store::failed;
use crate::time::now;

impl PeopleFile {
    /// Keeps them instead of those known before.
    pub fn remember_results(&self, results: &[Choice]) -> Result<()> {
        let at = now().as_second();
        self.change(|change| {
            change.execute("DELETE FROM choices WHERE source = ?1", [self.place.key()])?;
            let mut keep = change.prepare_cached("INSERT OR REPLACE INTO choices VALUES (?1, ?2, ?3, ?4, ?5)")?;
            (0i64..).zip(results).try_for_each(|(n, one)| keep.execute(params![self.place.key(), one.id, one.name, n, at]).map(drop))
        })
    }

    /// Those that were offered last, and how many seconds ago.
    pub fn known_results(&self) -> Result<Option<(Vec<Choice>, i64)>> {
        let sql = "SELECT id, name, seen_at FROM choices WHERE source = ?1 ORDER BY n";
        let db = self.lock();
        let known = db.prepare_cached(sql).and_then(|mut all| {
            let rows =
                all.query_map([self.place.key()], |row| Ok((Choice { id: row.get(0)?, name: row.get(1)? }, row.get::<_, i64>(2)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        let known = known.map_err(failed(&self.path))?;
        let Some(seen_at) = known.first().map(|(_, seen_at)| *seen_at) else { return Ok(None) };
        Ok(Some((known.into_iter().map(|(choice, _)| choice).collect(), (now().as_second() - seen_at).max(0))))
    }
}
