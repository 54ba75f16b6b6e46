//! `contact export`, `account export`: everybody into a file that `import` reads again.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Kept;
use crate::archive::Part;
use crate::contacts::exchange::{Form, card};
use crate::contacts::{Number, Owner};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::text::{plural, tr};
use crate::ui::Ui;

/// Arguments of `export`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ФАЙЛ", "FILE"), help = tr("Куда записать [stdout]", "Where to write [stdout]"), value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[arg(long, value_enum, hide_possible_values = true, value_name = "csv|vcard", help = tr("Вид файла [по имени файла, иначе csv]", "Form of the file [by its name, else csv]"))]
    format: Option<Form>,
    #[arg(long, requires = "file", help = tr("Записать поверх того, что есть", "Write over a file that is there"))]
    force: bool,
}

/// Runs it. They are written as they are read: memory does not grow with their number.
pub(in crate::commands) async fn run<K: Kept>(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let file = args.file.filter(|file| file.as_os_str() != "-");
    let form = args.format.unwrap_or_else(|| file.as_deref().map_or(Form::Csv, Form::of));
    let mut out = match &file {
        Some(path) => Out::file(path, args.force)?,
        None => Out::Ui(ui),
    };
    if form == Form::Csv {
        out.write(&line(&HEADING.map(str::to_owned)))?;
    }
    let mut n = 0;
    let mut write = |owner: Owner| {
        n += 1;
        out.write(&match form {
            Form::Csv => row(&owner),
            Form::Vcard => card(&owner),
        })?;
        Ok(true)
    };
    ctx.source().await?.all(K::SORT, &mut write).await?;
    out.end()?;
    if let Some(path) = &file {
        let count = plural(n, ["запись", "записи", "записей"], ["record", "records"]);
        ui.note(&tr(format!("Записано в {}: {count}.", path.display()), format!("Wrote {count} to {}.", path.display())));
    }
    Ok(())
}

enum Out<'a> {
    /// Beside what was there before until it is whole
    File(Part, String),
    /// What is no file cannot be replaced by one
    Device(BufWriter<File>, &'a Path),
    Ui(&'a mut Ui),
}

/// So much is written at once.
const AT_ONCE: usize = 64 * 1024;

impl<'a> Out<'a> {
    fn file(path: &'a Path, force: bool) -> Result<Out<'a>> {
        let failed = |source| Error::Io { path: path.into(), source };
        match std::fs::metadata(path) {
            Ok(there) if !there.is_file() => {
                Ok(Out::Device(OpenOptions::new().write(true).open(path).map(BufWriter::new).map_err(failed)?, path))
            }
            Ok(_) if !force => Err(Error::FileExists { path: path.into() }),
            _ => Ok(Out::File(Part::begin(path, &path.to_string_lossy())?, String::new())),
        }
    }

    fn write(&mut self, text: &str) -> Result<()> {
        match self {
            Out::File(part, waiting) => {
                waiting.push_str(text);
                match waiting.len() < AT_ONCE {
                    true => Ok(()),
                    false => part.write(std::mem::take(waiting).as_bytes()),
                }
            }
            Out::Device(file, path) => file.write_all(text.as_bytes()).map_err(|source| Error::Io { path: path.to_path_buf(), source }),
            Out::Ui(ui) => ui.raw(text),
        }
    }

    fn end(self) -> Result<()> {
        match self {
            Out::File(mut part, waiting) => part.write(waiting.as_bytes()).and_then(|()| part.keep()),
            Out::Device(mut file, path) => file.flush().map_err(|source| Error::Io { path: path.into(), source }),
            Out::Ui(_) => Ok(()),
        }
    }
}

/// The names by which `import` knows the columns, whatever the language.
const HEADING: [&str; 8] = ["type", "name", "company", "job", "numbers", "email", "web", "notes"];

fn row(owner: &Owner) -> String {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let numbers = |number: &Number| format!("{}:{}", number.kind.key(), number.number);
    let numbers = owner.numbers().iter().map(numbers).collect::<Vec<_>>().join(" ");
    let (email, web, notes) = match owner {
        Owner::Contact(one) => (one.email.as_deref(), None, one.notes.as_deref()),
        Owner::Account(one) => (one.email.as_deref(), one.web.as_deref(), one.notes.as_deref()),
    };
    line(&[
        owner.sort().key().to_owned(),
        owner.name().to_owned(),
        text(owner.company()),
        text(owner.job()),
        numbers,
        text(email),
        text(web),
        text(notes),
    ])
}

/// A row of CSV in which no value is a formula to a spreadsheet; `import` undoes that.
fn line(values: &[String]) -> String {
    let harmless = |value: &String| if value.starts_with(['=', '+', '-', '\t']) { format!("'{value}") } else { value.clone() };
    let mut csv = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = csv.write_record(values.iter().map(harmless));
    String::from_utf8(csv.into_inner().unwrap_or_default()).unwrap_or_default()
}
