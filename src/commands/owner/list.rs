//! `contact list`, `account list`: everybody, or those who fit.

use super::Kept;
use crate::args;
use crate::contacts::Sort;
use crate::context::Context;
use crate::error::Result;
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ЧАСТЬ", "FRAGMENT"), help = tr("Часть имени или компании, либо номер", "Part of a name or company, or a number"))]
    fragment: Vec<String>,
    #[arg(short = 'n', long, value_name = "N", value_parser = args::count, allow_hyphen_values = true, help = tr("Не больше N", "At most N"))]
    limit: Option<u64>,
}

/// Runs it. Everybody is shown as they are read: memory does not grow with their number.
pub(in crate::commands) async fn run<K: Kept>(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let limit = args.limit.map_or(usize::MAX >> 1, |limit| usize::try_from(limit).unwrap_or(usize::MAX >> 1));
    let source = ctx.source().await?;
    let fragment = args.fragment.join(" ");
    let mut rows = ui.rows::<K::Row>()?;
    let mut n = 0;
    let mut show = |owner| {
        n += 1;
        rows.row(&K::Row::from(owner))?;
        Ok(n < limit)
    };
    if fragment.trim().is_empty() {
        source.all(K::SORT, &mut show).await?;
    } else {
        let found = match Dial::looks_like(&fragment) {
            true => source.owners(&fragment).await?,
            false => source.find(&fragment, Some(K::SORT), limit).await?,
        };
        for owner in found.into_iter().filter(|owner| owner.sort() == K::SORT) {
            if !show(owner)? {
                break;
            }
        }
    }
    rows.end()?;
    if n == 0 {
        ui.note(match K::SORT {
            Sort::Contact => tr("Никого не нашлось.", "Nobody found."),
            Sort::Account => tr("Компаний не нашлось.", "No companies found."),
        });
    }
    Ok(())
}
