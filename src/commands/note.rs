//! `mango note CALL`: what came of it.

use std::path::PathBuf;

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use super::link::written;
use crate::completion;
use crate::contacts::Choice;
use crate::contacts::fold::fold;
use crate::contacts::place::Place;
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::journal::{Entry, Filter, KeptFile, Note, NoteChange};
use crate::live::Card;
use crate::text::{excerpt, tr};
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Arguments of `note`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), default_value = "@1", hide_default_value = true, help = tr("@N из истории или начало идентификатора [@1]", "@N from history, or the beginning of an id [@1]"), add = ArgValueCompleter::new(completion::calls))]
    call: String,
    #[arg(long, value_name = tr("ИТОГ", "RESULT"), help = tr("Итог из списка, можно начало; пустой убирает", "One of the results, its beginning will do; an empty one removes it"), add = ArgValueCompleter::new(completion::results))]
    result: Option<String>,
    #[arg(long, value_name = tr("ТЕКСТ", "TEXT"), allow_hyphen_values = true, help = tr("Подробно; пустой убирает", "In detail; an empty one removes it"))]
    text: Option<String>,
    #[arg(long, value_name = tr("ФАЙЛ", "FILE"), help = tr("Приложить файл; можно несколько раз", "Attach a file; may be repeated"))]
    file: Vec<PathBuf>,
    #[arg(long, conflicts_with_all = ["result", "text", "file"], help = tr("Спросить об итоге и тексте", "Ask for result and text"))]
    ask: bool,
}

/// Runs it. Errors: 2 when there is no such result or file, 3 no such call.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let journal = ctx.journal()?;
    let entry = journal.call(&args.call)?;
    let nothing_given = args.result.is_none() && args.text.is_none() && args.file.is_empty();
    if args.ask {
        ask_about(&entry, ctx, ui).await?;
    } else if !nothing_given {
        let change = decide(args, &entry, ctx).await?;
        write(&entry, &change, ctx, ui).await?;
    }
    if nothing_given || !ui.is_for_a_person() {
        let note = journal.note(&entry)?;
        if note == Note::default() {
            ui.note(tr("О звонке ничего не записано.", "Nothing is noted of the call."));
        }
        return ui.one(&NoteRow::new(&entry, note, ctx)?);
    }
    Ok(())
}

/// Checks everything before anything is kept.
async fn decide(args: Args, entry: &Entry, ctx: &Context) -> Result<NoteChange> {
    let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let result = match args.result.map(given) {
        Some(Some(result)) => Some(Some(chosen(&result, ctx).await?)),
        removed => removed.map(|_| None),
    };
    for path in &args.file {
        if !path.is_file() {
            let path = excerpt(&path.to_string_lossy());
            return Err(Error::Usage(tr(format!("нет такого файла: {path}"), format!("no such file: {path}"))));
        }
    }
    let journal = ctx.journal()?;
    let files = args.file.iter().map(|path| journal.keep_file(entry, path)).collect::<Result<Vec<_>>>()?;
    Ok(NoteChange { result: result.map(|choice| choice.map(|choice| (choice.name, choice.id))), text: args.text.map(given), files })
}

/// The result that is meant. One that a remote source offers only now is asked for once more.
pub(super) async fn chosen(result: &str, ctx: &Context) -> Result<Choice> {
    let ours = ctx.config.contacts != Place::Bpmsoft;
    match fitting(result, ctx.results(false).await?, ours) {
        Err(Error::NoResult { .. }) if !ours => fitting(result, ctx.results(true).await?, ours),
        found => found,
    }
}

/// A whole name in any case, or the beginning of one alone.
fn fitting(result: &str, choices: Vec<Choice>, ours: bool) -> Result<Choice> {
    let wanted = fold(result);
    let exact = choices.iter().find(|choice| fold(&choice.name) == wanted || choice.id == result);
    let mut begun = choices.iter().filter(|choice| !wanted.is_empty() && fold(&choice.name).starts_with(&wanted));
    let found = exact.or_else(|| begun.next().filter(|_| begun.next().is_none())).cloned();
    let there_are = || choices.into_iter().map(|choice| choice.name).collect();
    found.ok_or_else(|| Error::NoResult { input: excerpt(result), there_are: there_are(), ours })
}

async fn write(entry: &Entry, change: &NoteChange, ctx: &Context, ui: &Ui) -> Result<()> {
    ctx.journal()?.write_note(entry, change)?;
    ui.note(tr("Записано.", "Noted."));
    written(entry, ctx, ui).await
}

/// A small form at the terminal: result, then text. Enter alone leaves everything as it is.
pub(super) async fn ask(entry: &Entry, ctx: &Context, ui: &Ui) -> Result<()> {
    let mut choices = ctx.results(false).await?;
    let item = |name: &str| Candidate { id: String::new(), name: name.to_owned(), detail: String::new() };
    let mut items = vec![item(tr("— пропустить", "— skip"))];
    items.extend(choices.iter().map(|choice| item(&choice.name)));
    items.push(item(tr("— только текст", "— a text only")));
    let result = match ui.pick(tr("Итог звонка", "Result of the call"), &items)? {
        None | Some(0) => return Ok(()),
        Some(n) if n <= choices.len() => Some(choices.swap_remove(n - 1)),
        Some(_) => None,
    };
    let before = ctx.journal()?.note(entry)?.text.unwrap_or_default();
    let text = ui.ask_line(tr("Подробно", "In detail"), &before, "--text")?;
    let text = Some(text).filter(|text| *text != before).map(|text| Some(text).filter(|text| !text.trim().is_empty()));
    match result.is_none() && text.is_none() {
        true => Ok(()),
        false => write(entry, &NoteChange { result: result.map(|one| Some((one.name, one.id))), text, files: Vec::new() }, ctx, ui).await,
    }
}

/// The form, after it is said which call it is about.
async fn ask_about(entry: &Entry, ctx: &Context, ui: &Ui) -> Result<()> {
    if !ui.can_ask() {
        return Err(Error::NoTerminal { flag: "--result" });
    }
    ui.note(&Card::of(entry, ctx.journal()?, &ctx.contacts()?)?.parties());
    ask(entry, ctx, ui).await
}

/// The form, of the call that goes on, or else of the last one; mine, when I am known.
pub(super) async fn ask_about_the_last(ctx: &Context, ui: &Ui) -> Result<()> {
    let (journal, me) = (ctx.journal()?, ctx.config.extension.clone());
    let running = journal.live(me.as_deref())?.into_iter().next();
    let last = || journal.all_calls(&Filter { limit: Some(1), employee: me.clone(), ..Filter::default() });
    let entry = match running {
        Some(running) => Some(running),
        None => last()?.pop(),
    };
    ask_about(&entry.ok_or_else(|| Error::NoCall { call: "@1".into() })?, ctx, ui).await
}

/// What is noted of a call.
#[derive(Serialize)]
struct NoteRow {
    entry_id: String,
    result: Option<String>,
    result_id: Option<String>,
    text: Option<String>,
    files: Vec<FileRow>,
    #[serde(serialize_with = "moment")]
    noted_at: Option<i64>,
}

/// A file that belongs to a call.
#[derive(Serialize)]
pub(super) struct FileRow {
    name: String,
    size: i64,
    path: String,
    #[serde(serialize_with = "moment")]
    added_at: Option<i64>,
}

impl FileRow {
    pub(super) fn all(entry: &Entry, files: Vec<KeptFile>, ctx: &Context) -> Result<Vec<FileRow>> {
        let journal = ctx.journal()?;
        let path = |name: &str| journal.file_of(entry, name).display().to_string();
        Ok(files
            .into_iter()
            .map(|file| FileRow { path: path(&file.name), name: file.name, size: file.size, added_at: Some(file.added_at) })
            .collect())
    }

    /// Names for people, paths for programs.
    pub(super) fn cell(files: &[FileRow]) -> Cell {
        let told = |part: fn(&FileRow) -> &str, between: &str| files.iter().map(part).collect::<Vec<_>>().join(between);
        match files.is_empty() {
            true => Cell::Empty,
            false => Cell::Told { people: told(|file| &file.name, ", "), programs: told(|file| &file.path, " ") },
        }
    }
}

impl NoteRow {
    fn new(entry: &Entry, note: Note, ctx: &Context) -> Result<NoteRow> {
        let (result, result_id, text, noted_at) = (note.result, note.result_id, note.text, note.noted_at);
        Ok(NoteRow { entry_id: entry.entry_id.clone(), result, result_id, text, files: FileRow::all(entry, note.files, ctx)?, noted_at })
    }
}

impl Row for NoteRow {
    fn columns() -> Vec<Column> {
        vec![
            ("result", tr("итог", "result")),
            ("text", tr("подробно", "in detail")),
            ("files", tr("файлы", "files")),
            ("noted_at", tr("записано", "noted")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::text(&self.result), Cell::text(&self.text), FileRow::cell(&self.files), Cell::time(self.noted_at)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_meant_by_its_name_in_any_case_or_the_beginning_of_one_alone() {
        let choices = || {
            ["Назначена встреча", "Назначен звонок", "Перезвонить"]
                .map(|name| Choice { id: format!("id of {name}"), name: name.into() })
                .into()
        };
        for (typed, meant) in [
            ("назначена ВСТРЕЧА", "Назначена встреча"),
            ("пере", "Перезвонить"),
            ("назначена", "Назначена встреча"),
            ("id of Перезвонить", "Перезвонить"),
        ] {
            assert_eq!(fitting(typed, choices(), true).unwrap().name, meant, "{typed}");
        }
        for typed in ["назначен", "встреча", "?!", "Продано"] {
            let refused = fitting(typed, choices(), true).map(|choice| choice.name);
            match (typed, refused) {
                (_, Err(Error::NoResult { there_are, .. })) => assert_eq!(there_are.len(), 3),
                (typed, other) => panic!("{typed}: {other:?}"),
            }
        }
    }
}
