//! `mango man`: the manual, made from the command line's own definitions.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::manual;
use crate::text::{excerpt, tr};
use crate::ui::Ui;

/// Arguments of `man`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("СТРАНИЦА", "PAGE"), help = tr("Команда: call, contact create, … [обзор]", "Command: call, contact create, … [overview]"))]
    page: Vec<String>,
    #[arg(long, value_name = tr("КАТАЛОГ", "DIR"), help = tr("Записать все страницы в этот каталог", "Write all pages into this directory"))]
    dir: Option<PathBuf>,
}

/// Runs it: `mango man | man -l -`, or `mango man --dir DIR` for packaging.
pub fn run(args: Args, ui: &mut Ui) -> Result<()> {
    let pages = manual::pages();
    let Some(dir) = args.dir else { return ui.raw(named(&args.page, &pages)?) };
    let failed = |source| Error::Io { path: dir.clone(), source };
    std::fs::create_dir_all(&dir).map_err(failed)?;
    pages.iter().try_for_each(|(name, roff)| std::fs::write(dir.join(name), roff).map_err(failed))
}

/// `call`, `contact create`, `mango-call` or `mango-call.1`.
fn named<'a>(words: &[String], pages: &'a [(String, String)]) -> Result<&'a str> {
    let asked = excerpt(&words.join("-"));
    let asked = asked.trim_end_matches(".1");
    let short = |name: &str| name.trim_end_matches(".1").trim_start_matches("mango-").to_owned();
    let page = pages.iter().find(|(name, _)| short(name) == short(if asked.is_empty() { "mango" } else { asked }));
    let names = || pages.iter().map(|(name, _)| short(name).replace('-', " ")).collect::<Vec<_>>().join(", ");
    let missing =
        || Error::Usage(tr(format!("нет страницы «{asked}»; есть: {}", names()), format!("no page '{asked}'; there are: {}", names())));
    page.map(|(_, roff)| roff.as_str()).ok_or_else(missing)
}
