//! What became of a file that was imported.

use serde::Serialize;

use super::Args;
use crate::error::Result;
use crate::text::{plural, tr};
use crate::ui::{Cell, Column, Row, Ui};

/// Rows told of one by one; of more, only how many.
const MOST_TOLD: usize = 1000;

/// What became of a file.
#[derive(Serialize)]
pub(super) struct Report {
    file: String,
    dry_run: bool,
    pub(super) rows: u64,
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) skipped: u64,
    pub(super) refused: u64,
    /// The row at which a server failed
    pub(super) stopped_at: Option<u64>,
    ignored_columns: Vec<String>,
    problems: Vec<Problem>,
}

/// A row that was not taken.
#[derive(Serialize)]
struct Problem {
    line: u64,
    outcome: &'static str,
    reason: String,
}

impl Report {
    /// Nothing yet.
    pub(super) fn of(args: &Args, ignored: &[String]) -> Report {
        Report {
            file: args.file.display().to_string(),
            dry_run: args.dry_run,
            rows: 0,
            created: 0,
            updated: 0,
            skipped: 0,
            refused: 0,
            stopped_at: None,
            ignored_columns: ignored.to_vec(),
            problems: Vec::new(),
        }
    }

    /// A row that does not fit.
    pub(super) fn refuse(&mut self, line: u64, reason: String) {
        self.refused += 1;
        self.tell_of(Problem { line, outcome: "refused", reason });
    }

    /// Somebody who is known.
    pub(super) fn skip(&mut self, line: u64, name: &str) {
        self.skipped += 1;
        let reason = tr(format!("уже записан: {name}"), format!("already known: {name}"));
        self.tell_of(Problem { line, outcome: "skipped", reason });
    }

    fn tell_of(&mut self, problem: Problem) {
        if self.problems.len() < MOST_TOLD {
            self.problems.push(problem);
        }
    }

    /// A person reads which rows were refused, and a sentence; a program gets all of it.
    pub(super) fn tell(&self, ui: &mut Ui) -> Result<()> {
        if ui.wants_json() {
            return ui.one(self);
        }
        ui.all(&self.problems.iter().filter(|problem| problem.outcome == "refused").collect::<Vec<_>>())?;
        if !self.ignored_columns.is_empty() {
            let columns = self.ignored_columns.join(", ");
            ui.note(&tr(format!("Не взяты столбцы: {columns}."), format!("Columns not taken: {columns}.")));
        }
        ui.note(&self.sentence());
        Ok(())
    }

    fn sentence(&self) -> String {
        let rows = |n: u64| plural(n, ["строка", "строки", "строк"], ["row", "rows"]);
        let mut parts = vec![match self.dry_run {
            true => tr(format!("будет добавлено {}", self.created), format!("{} would be added", self.created)),
            false => tr(format!("добавлено {}", self.created), format!("{} added", self.created)),
        }];
        let mut some = |count: u64, text: String| parts.extend((count > 0).then_some(text));
        some(self.updated, tr(format!("обновлено {}", self.updated), format!("{} updated", self.updated)));
        some(self.skipped, tr(format!("уже были {}", self.skipped), format!("{} already known", self.skipped)));
        some(self.refused, tr(format!("не годятся {}", self.refused), format!("{} refused", self.refused)));
        if let Some(line) = self.stopped_at {
            parts.push(tr(
                format!("остановлено на строке {line}: повторите ту же команду, записанные будут пропущены"),
                format!("stopped at line {line}: run the same command again, those already there are skipped"),
            ));
        }
        format!("{}: {}.", rows(self.rows), parts.join(", "))
    }
}

impl Row for Report {
    fn columns() -> Vec<Column> {
        vec![
            ("rows", tr("строк", "rows")),
            ("created", tr("добавлено", "created")),
            ("updated", tr("обновлено", "updated")),
            ("skipped", tr("уже были", "skipped")),
            ("refused", tr("не годятся", "refused")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        [self.rows, self.created, self.updated, self.skipped, self.refused].map(|count| Cell::Count(count as i64)).to_vec()
    }
}

impl Row for &Problem {
    fn columns() -> Vec<Column> {
        vec![("line", tr("строка", "line")), ("outcome", tr("итог", "outcome")), ("reason", tr("почему", "why"))]
    }

    fn cells(&self) -> Vec<Cell> {
        let outcome = if self.outcome == "refused" {
            Cell::Warning(tr("не годится", "refused").into())
        } else {
            Cell::Text(self.outcome.into())
        };
        vec![Cell::Count(self.line as i64), outcome, Cell::Text(self.reason.clone())]
    }
}
