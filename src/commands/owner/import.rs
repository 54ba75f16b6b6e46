//! `contact import`, `account import`: people and companies from a file, all or none; row by row where a server keeps them.

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::Kept;
use crate::config::Config;
use crate::contacts::entered::merge;
use crate::contacts::exchange::{Form, Found, People, Reading, text};
use crate::contacts::place::Place;
use crate::contacts::{ContactSource, Import, Owner, PeopleFile, Sort};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::store::failed;
use crate::text::tr;
use crate::ui::Ui;

mod report;

use report::Report;

/// Bytes of a short row, to tell from the file's size about how many rows come.
const SHORT_ROW: u64 = 60;

/// Rows that are passed on together, and how many such parts may lie between reading and writing.
const TOGETHER: usize = 256;
const AHEAD: usize = 8;

/// How often the bar moves.
const LOOK: Duration = Duration::from_millis(100);

/// Arguments of `import`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ФАЙЛ", "FILE"), help = tr("CSV или vCard; - читает stdin", "CSV or vCard; - reads stdin"), value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    #[arg(long, value_enum, hide_possible_values = true, value_name = "csv|vcard", help = tr("Что в файле [по имени файла]", "What the file holds [by its name]"))]
    format: Option<Form>,
    #[arg(long, value_name = tr("КОДИРОВКА", "ENCODING"), help = tr("Кодировка: cp1251, koi8-r, cp866, utf-16le [utf-8]", "Encoding: cp1251, koi8-r, cp866, utf-16le [utf-8]"))]
    encoding: Option<String>,
    #[arg(long, value_name = tr("ЗНАК", "CHAR"), help = tr("Чем разделены столбцы [сам: запятая, точка с запятой или табуляция]", "What separates columns [found out: comma, semicolon or tab]"))]
    delimiter: Option<char>,
    #[arg(long, value_name = tr("СТОЛБЕЦ=ПОЛЕ", "COLUMN=FIELD"), help = tr("Что в столбце: name, company, job, email, web, notes, mobile, work, main, home, extension, fax, skip", "What a column holds: name, company, job, email, web, notes, mobile, work, main, home, extension, fax, skip"))]
    map: Vec<String>,
    #[arg(long, help = tr("Уже записанных дополнить и обновить, а не пропускать", "Update those who are known already instead of skipping them"))]
    update: bool,
    #[arg(long, help = tr("Не записывать ничего, если хоть одна строка не годится", "Write nothing if a single row is refused"))]
    strict: bool,
    #[arg(short = 'n', long, help = tr("Только проверить", "Only check"))]
    dry_run: bool,
}

/// Runs it.
pub(in crate::commands) async fn run<K: Kept>(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let (people, size) = open(&args, K::SORT)?;
    let report = Report::of(&args, people.ignored());
    let bar = ui.progress(tr("Импорт", "Importing"));
    let moving = follow(&bar, people.read(), size);
    let source = ctx.source().await?;
    let work = Work { people: ahead(people), update: args.update, strict: args.strict, report };
    let working = async {
        match source.place() {
            Place::Local => {
                let config = ctx.config.clone();
                // A thread of its own, so that an interrupt is heard meanwhile.
                let done = tokio::task::spawn_blocking(move || into_file(work, &config, size, args.dry_run));
                done.await.map_err(|error| Error::Unexpected(error.to_string()))
            }
            _ => Ok(into_source(work, source, args.dry_run).await),
        }
    };
    let (mut report, end) = tokio::select! {
        done = working => done?,
        () = moving => return Ok(()),
    };
    bar.finish_and_clear();
    if end.is_err() && source.place() == Place::Local {
        // Nothing of it is there.
        (report.created, report.updated) = (0, 0);
    }
    report.tell(ui)?;
    end
}

/// A file that is being read, and what to do with those in it.
struct Work {
    people: Box<dyn Iterator<Item = Result<Found>> + Send>,
    update: bool,
    strict: bool,
    report: Report,
}

/// Reads on a thread of its own: one processor reads and checks while another writes.
fn ahead(mut people: People) -> Box<dyn Iterator<Item = Result<Found>> + Send> {
    let (tell, read) = mpsc::sync_channel(AHEAD);
    std::thread::spawn(move || {
        loop {
            let some: Vec<_> = people.by_ref().take(TOGETHER).collect();
            if some.is_empty() || tell.send(some).is_err() {
                break;
            }
        }
    });
    Box::new(read.into_iter().flatten())
}

fn open(args: &Args, sort: Sort) -> Result<(People, u64)> {
    let reading = Reading {
        form: args.format.unwrap_or_else(|| Form::of(&args.file)),
        sort,
        encoding: args.encoding.as_deref().map(text::encoding).transpose()?,
        delimiter: args.delimiter.map(delimiter).transpose()?,
        map: args.map.iter().map(|pair| mapped(pair)).collect::<Result<_>>()?,
    };
    if args.file.as_os_str() == "-" {
        return Ok((People::begin(std::io::stdin(), &reading)?, 0));
    }
    let lost = |source| Error::Io { path: args.file.clone(), source };
    let file = File::open(&args.file).map_err(lost)?;
    let size = file.metadata().map_err(lost)?.len();
    Ok((People::begin(file, &reading)?, size))
}

fn delimiter(sign: char) -> Result<u8> {
    u8::try_from(sign)
        .ok()
        .filter(|sign| sign.is_ascii() && *sign != b'"')
        .ok_or_else(|| Error::Usage(tr(format!("разделителем не может быть «{sign}»"), format!("'{sign}' cannot separate columns"))))
}

fn mapped(pair: &str) -> Result<(String, String)> {
    let (column, field) = pair
        .rsplit_once('=')
        .ok_or_else(|| Error::Usage(tr(format!("--map {pair}: нужно СТОЛБЕЦ=ПОЛЕ"), format!("--map {pair}: COLUMN=FIELD is needed"))))?;
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

/// Moves the bar for ever.
async fn follow(bar: &indicatif::ProgressBar, read: Arc<AtomicU64>, size: u64) {
    loop {
        tokio::time::sleep(LOOK).await;
        bar.set_position((read.load(Ordering::Relaxed) * 1000).checked_div(size).unwrap_or(0));
    }
}

/// Into the profile's own file: all or none.
fn into_file(mut work: Work, config: &Config, size: u64, dry_run: bool) -> (Report, Result<()>) {
    let path = config.journal();
    let end = PeopleFile::open(&path, Place::Local).and_then(|file| match dry_run {
        true => file.rehearse(|import| work.all(import, &path)),
        false => file.import(size / SHORT_ROW, |import| work.all(import, &path)),
    });
    (work.report, end)
}

impl Work {
    fn all(&mut self, import: &mut Import<'_>, path: &std::path::Path) -> Result<()> {
        for found in &mut self.people {
            let Found { line, owner } = found?;
            self.report.rows += 1;
            let owner = match owner {
                Ok(owner) => owner,
                Err(fault) => {
                    self.report.refuse(line, fault.0);
                    continue;
                }
            };
            let known = import.known(&owner).map_err(failed(path))?;
            match (known, self.update) {
                (None, _) => {
                    import.create(&owner).map_err(failed(path))?;
                    self.report.created += 1;
                }
                (Some(row), true) => {
                    import.change(row, |known| merge(known, owner)).map_err(failed(path))?;
                    self.report.updated += 1;
                }
                (Some(_), false) => self.report.skip(line, owner.name()),
            }
        }
        match self.strict && self.report.refused > 0 {
            true => Err(Error::RowsRefused { refused: self.report.refused }),
            false => Ok(()),
        }
    }
}

impl Work {
    /// The next of them, waited for on another thread: a pipe may be slow, and an interrupt is heard meanwhile.
    async fn next(&mut self) -> Option<Result<Found>> {
        let mut people = std::mem::replace(&mut self.people, Box::new(std::iter::empty()));
        let read = tokio::task::spawn_blocking(move || (people.next(), people));
        let (found, people) = read.await.ok()?;
        self.people = people;
        found
    }

    /// A server does not give back what it has taken: all of the file is read, and its rows are checked, before the first of them goes.
    async fn read_whole(&mut self) -> Result<()> {
        let mut all = Vec::new();
        while let Some(found) = self.next().await {
            all.push(found?);
        }
        if all.iter().all(|found| found.owner.is_ok()) {
            self.people = Box::new(all.into_iter().map(Ok));
            return Ok(());
        }
        for Found { line, owner } in all {
            self.report.rows += 1;
            if let Err(fault) = owner {
                self.report.refuse(line, fault.0);
            }
        }
        Err(Error::RowsRefused { refused: self.report.refused })
    }
}

/// Where a server keeps people: one after the other. What stops it is told with the line, and the same import goes on from there:
/// those who are there already are skipped.
async fn into_source(mut work: Work, source: &ContactSource, dry_run: bool) -> (Report, Result<()>) {
    if work.strict
        && let Err(error) = work.read_whole().await
    {
        return (work.report, Err(error));
    }
    while let Some(found) = work.next().await {
        let Found { line, owner } = match found {
            Ok(found) => found,
            Err(error) => return (work.report, Err(error)),
        };
        work.report.rows += 1;
        let taken = match owner {
            Ok(owner) => take(source, owner, work.update, dry_run).await,
            Err(fault) => Err(Error::Usage(fault.0)),
        };
        match taken {
            Ok(Taken::Created) => work.report.created += 1,
            Ok(Taken::Updated) => work.report.updated += 1,
            Ok(Taken::Known(name)) => work.report.skip(line, &name),
            Err(error) if matches!(error.exit_code(), 2 | 6) => work.report.refuse(line, error.message()),
            Err(error) => {
                work.report.stopped_at = Some(line);
                return (work.report, Err(error));
            }
        }
    }
    (work.report, Ok(()))
}

enum Taken {
    Created,
    Updated,
    Known(String),
}

async fn take(source: &ContactSource, owner: Owner, update: bool, dry_run: bool) -> Result<Taken> {
    let known = known(source, &owner).await?;
    match known {
        None if dry_run => Ok(Taken::Created),
        None => source.create(&owner).await.map(|_| Taken::Created),
        Some(_) if update && dry_run => Ok(Taken::Updated),
        Some(mut known) if update => {
            merge(&mut known, owner);
            source.change(&known).await.map(|_| Taken::Updated)
        }
        Some(known) => Ok(Taken::Known(known.name().to_owned())),
    }
}

async fn known(source: &ContactSource, new: &Owner) -> Result<Option<Owner>> {
    let named_so = |owner: &Owner| (owner.name(), owner.company()) == (new.name(), new.company());
    for number in new.numbers() {
        let is_own =
            |owner: &Owner| number.kind.is_own(new.sort()) && owner.kind_of(&number.number).is_some_and(|kind| kind.is_own(new.sort()));
        let same = |owner: &Owner| owner.sort() == new.sort() && (is_own(owner) || named_so(owner));
        if let Some(owner) = source.owners(&number.number).await?.into_iter().find(same) {
            return Ok(Some(owner));
        }
    }
    if !new.numbers().is_empty() {
        return Ok(None);
    }
    let named = source.find(new.name(), Some(new.sort()), 50).await?;
    Ok(named.into_iter().find(named_so))
}
