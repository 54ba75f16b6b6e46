//! `--html FILE --open`: a report as a page.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::opener;
use crate::page::Page;
use crate::text::tr;
use crate::ui::Ui;

/// Where a page goes, as arguments.
#[derive(clap::Args, Debug)]
pub(super) struct Html {
    #[arg(long, value_name = tr("ФАЙЛ", "FILE"), value_hint = clap::ValueHint::FilePath, help = tr("Записать страницу с диаграммами в ФАЙЛ", "Write a page with charts to FILE"))]
    html: Option<PathBuf>,
    #[arg(long, requires = "html", help = tr("И открыть её", "And open it"))]
    open: bool,
}

impl Html {
    /// Whether a page is wanted instead of data on stdout.
    pub(super) fn is_wanted(&self) -> bool {
        self.html.is_some()
    }

    /// Writes the page, and opens it if that is wanted.
    pub(super) fn write(&self, page: Page, ui: &Ui) -> Result<()> {
        let Some(file) = &self.html else { return Ok(()) };
        whole(file, &page.html()).map_err(|source| Error::Io { path: file.clone(), source })?;
        let shown = file.display();
        ui.note(&tr(format!("Страница записана: {shown}"), format!("The page is written: {shown}")));
        match self.open {
            true => opener::open(std::path::absolute(file).unwrap_or_else(|_| file.clone())),
            false => Ok(()),
        }
    }
}

/// Writes a file that is there as a whole or, when something fails, as it was before.
fn whole(file: &Path, text: &str) -> std::io::Result<()> {
    // What is no file, such as a pipe, is written to, not put aside.
    if file.metadata().is_ok_and(|there| !there.is_file()) {
        return std::fs::write(file, text);
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = std::fs::File::create(&beside).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        new.sync_all()
    });
    let done = written.and_then(|()| std::fs::rename(&beside, file));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}
