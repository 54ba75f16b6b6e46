//! WHO of the command line, made one person or number: found, asked for, or refused with the candidates.

use clap_complete::ArgValueCompleter;

use crate::completion;
use crate::contacts::place::Place;
use crate::contacts::{Callee, ContactBook};
use crate::context::Context;
use crate::error::{Candidate, Error, Result};
use crate::phone::Dial;
use crate::text::tr;
use crate::ui::Ui;

/// WHO as an argument: its words need no quotes.
#[derive(clap::Args, Debug)]
pub(super) struct Who {
    #[arg(
        required = true,
        value_name = tr("КОМУ", "WHO"),
        help = tr("Имя или его часть, номер, добавочный, sip:…; @N — с кем был N-й звонок в истории", "Name or part of it, number, extension, sip:…; @N is whoever the N-th call in history was with"),
        add = ArgValueCompleter::new(completion::people)
    )]
    words: Vec<String>,
}

impl Who {
    /// From words that were typed elsewhere.
    pub(super) fn of(words: Vec<String>) -> Who {
        Who { words }
    }

    /// As it was typed.
    pub(super) fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// Exactly one. Several are asked about at a terminal; `yes` takes the first number of a single person.
pub(super) async fn one(who: &Who, yes: bool, ctx: &Context, ui: &Ui) -> Result<Callee> {
    let text = who.text();
    let is_name = !text.starts_with('@') && !Dial::looks_like(&text);
    if is_name {
        ctx.look_for(&text).await;
    }
    let mut found = all(&text, &ctx.contacts()?, ctx)?;
    if found.is_empty() && is_name && ctx.config.contacts != Place::Local {
        // Nobody to go on with: now it is worth waiting, and worth hearing why there is no answer.
        ctx.source().await?.find(&text, None, 50).await?;
        found = all(&text, &ctx.contacts()?, ctx)?;
    }
    if found.is_empty() {
        // A colleague hired since the employees were last asked for.
        learn_colleagues(ctx).await?;
        found = all(&text, &ctx.contacts()?, ctx)?;
    }
    let candidates: Vec<Candidate> = found.iter().map(Callee::candidate).collect();
    let same_person = found.windows(2).all(|pair| pair[0].name == pair[1].name && pair[0].company == pair[1].company);
    match found.len() {
        0 => Err(Error::NoContact { who: text }),
        1 => Ok(found.remove(0)),
        _ if same_person && yes => Ok(found.remove(0)),
        _ if ui.can_ask() => match ui.pick(tr("Кому?", "Whom?"), &candidates)? {
            Some(n) => Ok(found.swap_remove(n)),
            None => Err(Error::Interrupted),
        },
        _ => Err(Error::ManyContacts { who: text, candidates }),
    }
}

/// Everybody whom the words can mean.
pub(super) fn all(text: &str, book: &ContactBook, ctx: &Context) -> Result<Vec<Callee>> {
    if !text.starts_with('@') {
        return book.find(text);
    }
    let call = ctx.journal()?.call(text)?;
    match call.facts.other_number() {
        Some(number) => book.find(number),
        None => Err(Error::NoContact { who: text.to_owned() }),
    }
}

/// The extension of an employee who is named by it or by his name: that of somebody who has left is in the history still.
pub(super) fn employee(text: &str, ctx: &Context) -> Result<String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let book = ctx.contacts()?;
    let mut found = book.find(text)?;
    found.retain(|callee| book.is_colleague(callee.dial.wire()));
    match &found[..] {
        [] => Err(Error::NoEmployee { extension: text.to_owned() }),
        [one] => Ok(one.dial.wire().to_owned()),
        several => Err(Error::ManyContacts { who: text.to_owned(), candidates: several.iter().map(Callee::candidate).collect() }),
    }
}

/// A line as the PBX and the journal have it: its number, in any form, or the name of a SIP line (vpbx-core §4.1).
pub(super) fn line(text: &str) -> Result<String> {
    if Dial::looks_like(text) { Ok(Dial::parse(text)?.wire().to_owned()) } else { Ok(text.to_owned()) }
}

/// A short number that nobody on the PBX has is asked about at a terminal, and refused in a script: an emergency service, or one
/// that the PBX would refuse, which costs (vpbx-core §2).
pub(super) async fn is_dialled_on_purpose(dial: &Dial, ctx: &Context, ui: &Ui) -> Result<()> {
    let Dial::Extension(number) = dial else { return Ok(()) };
    let question = match dial.is_emergency() {
        true => tr(format!("{number} — экстренная служба. Звонить?"), format!("{number} is an emergency service. Call it?")),
        false => tr(format!("Номера {number} на АТС нет. Всё равно звонить?"), format!("The PBX has no number {number}. Dial it anyway?")),
    };
    if is_on_the_pbx(dial, ctx).await? || (ui.can_ask() && ui.confirm(&question)?) {
        return Ok(());
    }
    let number = number.clone();
    Err(if dial.is_emergency() { Error::NeedsYes { number } } else { Error::NoShortNumber { number } })
}

/// An employee's number, or a group's. What the PBX has is asked for where it is not known: 101 to 104 are extensions far more
/// often than the fire brigade. Where it cannot be asked, only an emergency number is none of its.
async fn is_on_the_pbx(dial: &Dial, ctx: &Context) -> Result<bool> {
    let known = |book: ContactBook| book.is_colleague(dial.wire());
    if known(ctx.contacts()?) {
        return Ok(true);
    }
    learn_colleagues(ctx).await?;
    if known(ctx.contacts()?) {
        return Ok(true);
    }
    Ok(has_group(dial.wire(), ctx).await.unwrap_or(!dial.is_emergency()))
}

/// None when the PBX cannot be asked.
async fn has_group(extension: &str, ctx: &Context) -> Option<bool> {
    let groups = ctx.client().await.ok()?.groups().await.ok()?;
    Some(groups.iter().any(|group| group.extension.as_deref() == Some(extension)))
}

/// An error when the PBX says that it has no such group.
pub(super) async fn is_group(extension: &str, ctx: &Context) -> Result<()> {
    match has_group(extension, ctx).await {
        Some(false) => Err(Error::NoShortNumber { number: extension.to_owned() }),
        _ => Ok(()),
    }
}

/// An error when the PBX says that no line has this number. One that was used of late is not asked about, and the name of a SIP line
/// is believed: the list of lines does not have them all.
pub(super) async fn is_line(line: &str, ctx: &Context) -> Result<()> {
    if !line.bytes().all(|byte| byte.is_ascii_digit()) || ctx.journal()?.has_used_line(line)? {
        return Ok(());
    }
    let lines = match ctx.client().await {
        Ok(client) => client.lines().await.unwrap_or_default(),
        Err(_) => return Ok(()),
    };
    match lines.is_empty() || lines.iter().any(|known| known.number.as_deref() == Some(line)) {
        true => Ok(()),
        false => Err(Error::NoLine { number: line.to_owned() }),
    }
}

/// An error when the employees are known and nobody among them has this extension.
pub(super) async fn is_employee(extension: &str, ctx: &Context) -> Result<()> {
    let known = |book: ContactBook| book.is_colleague(extension) || !book.has_colleagues();
    if known(ctx.contacts()?) {
        return Ok(());
    }
    learn_colleagues(ctx).await?;
    match known(ctx.contacts()?) {
        true => Ok(()),
        false => Err(Error::NoEmployee { extension: extension.to_owned() }),
    }
}

async fn learn_colleagues(ctx: &Context) -> Result<()> {
    let stale = ctx.journal()?.employees()?.1.is_none_or(|age| age > 60);
    if stale && let Ok(client) = ctx.client().await {
        ctx.journal()?.refresh_employees(client).await?;
    }
    Ok(())
}
