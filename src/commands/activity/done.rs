//! `mango activity done ID`: it is done, and this came of it.

use super::{ActivityRow, remember, whole_id};
use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `activity done`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = "ID", help = tr("Из mango activity list; длинный можно не до конца", "From mango activity list; of a long one the beginning will do"))]
    id: String,
    #[arg(long, value_name = tr("ИТОГ", "RESULT"), help = tr("Что вышло", "What came of it"))]
    result: Option<String>,
    #[arg(long, value_name = tr("ТЕКСТ", "TEXT"), allow_hyphen_values = true, help = tr("Подробно, вместо прежнего текста", "In detail, instead of the text before"))]
    text: Option<String>,
}

/// Runs it. Errors: 3 when there is no such activity.
pub(super) async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (result, text) = (given(args.result), given(args.text));
    let done = ctx.source().await?.finish_activity(&whole_id(&args.id, ctx)?, result.as_deref(), text.as_deref()).await?;
    remember(std::slice::from_ref(&done), ctx)?;
    ui.note(&tr(format!("Сделано: {}.", done.title), format!("Done: {}.", done.title)));
    match ui.is_for_a_person() {
        true => Ok(()),
        false => ui.one(&ActivityRow::new(done, &ctx.contacts()?)?),
    }
}
