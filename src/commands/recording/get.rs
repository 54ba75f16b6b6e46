//! `mango recording get CALL`: the recording of one call, into a file or a pipe.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::history::HistoryRow;
use super::{Call, download, named, receive};
use crate::archive::Part;
use crate::archive::names::{Template, marked};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// How a file is named when nobody says.
const USUAL: &str = "{date}_{time}_{direction}_{from}_{to}_{name}.mp3";

/// Arguments of `recording get`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: Call,
    #[arg(long, value_name = tr("КУДА", "PATH"), help = tr("Файл, каталог или - для stdout [текущий каталог]", "A file, a directory, or - for stdout [the current directory]"))]
    to: Option<PathBuf>,
    #[arg(long, help = tr("Заменить файл, если он есть", "Replace the file if there is one"))]
    force: bool,
}

/// Runs it. A call with several recordings gives several files.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = args.call.recorded(ctx)?;
    let call = HistoryRow::new(None, entry.clone(), None, &ctx.contacts()?)?;
    if args.to.as_deref() == Some(Path::new("-")) {
        for recording_id in &call.recordings {
            let mut download = download(recording_id, &entry, ctx, ui).await?;
            while let Some(piece) = download.chunk().await? {
                ui.bytes(&piece)?;
            }
        }
        return Ok(());
    }
    let files = files(&args, &call)?;
    let mut rows = Vec::new();
    for (recording_id, file) in call.recordings.iter().zip(files) {
        let mut download = download(recording_id, &entry, ctx, ui).await?;
        let mut part = Part::begin(&file, recording_id)?;
        let size = receive(&mut download, &mut part).await?;
        part.keep()?;
        let (recording_id, kind) = (recording_id.clone(), download.kind);
        rows.push(FileRow { recording_id, entry_id: call.entry_id.clone(), file: file.display().to_string(), size, kind });
    }
    ui.all(&rows)
}

/// A file for each recording, none of them there yet.
fn files(args: &Args, call: &HistoryRow) -> Result<Vec<PathBuf>> {
    let is_directory = |path: &Path| path.is_dir() || path.to_string_lossy().ends_with('/');
    let template = Template::parse(USUAL)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for recording_id in &call.recordings {
        let file = match &args.to {
            Some(file) if !is_directory(file) && call.recordings.len() == 1 => file.clone(),
            Some(file) if !is_directory(file) => return Err(several(call.recordings.len())),
            directory => {
                let file = |name: String| directory.clone().unwrap_or_default().join(name);
                let name = named(&template, call, recording_id);
                let plain = file(name.clone());
                if files.contains(&plain) { file(marked(&name, recording_id)) } else { plain }
            }
        };
        if file.exists() && !args.force {
            let file = file.display();
            return Err(Error::Usage(tr(
                format!("файл уже есть: {file}; заменить: --force"),
                format!("there is a file already: {file}; replace it with --force"),
            )));
        }
        files.push(file);
    }
    Ok(files)
}

fn several(count: usize) -> Error {
    Error::Usage(tr(
        format!("у этого звонка несколько записей ({count}): укажите в --to каталог"),
        format!("this call has several recordings ({count}): name a directory in --to"),
    ))
}

/// A file that was fetched; its JSON keys are a contract.
#[derive(Serialize)]
struct FileRow {
    recording_id: String,
    entry_id: String,
    file: String,
    size: u64,
    #[serde(rename = "type")]
    kind: String,
}

impl Row for FileRow {
    fn columns() -> Vec<Column> {
        vec![("file", tr("файл", "file")), ("size", tr("байт", "bytes")), ("type", tr("тип", "type"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Text(self.file.clone()), Cell::Count(self.size as i64), Cell::Text(self.kind.clone())]
    }
}
