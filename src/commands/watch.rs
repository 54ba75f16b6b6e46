//! `mango watch`: calls as they happen, from what a receiver writes down.

use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use super::live_call::LiveCall;
use super::{hangup, hold, note, reject, transfer};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hooks::Hooks;
use crate::journal::{Feed, Happened, Journal, State};
use crate::keys::Keys;
use crate::live::{Card, Moment, words};
use crate::text::tr;
use crate::time::clock_time;
use crate::ui::{Ui, moment};

/// How often running times are drawn anew.
const TICK: Duration = Duration::from_secs(1);

/// Arguments of `watch`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, help = tr("Только звонки моего добавочного", "Only calls of my extension"))]
    me: bool,
}

/// Runs it until it is interrupted.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let journal = ctx.journal()?;
    if !journal.somebody_listens()? {
        ui.note(tr(
            "События АТС пока никто не принимает: запустите mango listen (или mango sandbox serve).",
            "Nobody receives the PBX's events yet: run mango listen (or mango sandbox serve).",
        ));
    }
    let mut hooks = Hooks::new(None, Vec::new());
    follow(ctx, ui, args.me, &mut journal.feed()?, &mut hooks, &mut |_, _| {}).await
}

/// Shows everything that happens, starts hooks, and calls `heard` on every fresh moment. Ends only with an error.
pub(super) async fn follow(
    ctx: &Context,
    ui: &mut Ui,
    me: bool,
    feed: &mut Feed<'_>,
    hooks: &mut Hooks,
    heard: &mut dyn FnMut(Moment, &Card),
) -> Result<()> {
    let journal = ctx.journal()?.clone();
    let me = match me {
        true => Some(ctx.config.extension.clone().ok_or(Error::NoExtension)?),
        false => None,
    };
    let mut keys = (ui.is_for_a_person() && ui.can_ask()).then(Keys::read);
    if keys.is_some() {
        ui.note(tr(
            "Клавиши: r — отклонить, x — положить трубку, h — удержание, t — перевод, n — записать итог.",
            "Keys: r reject, x hang up, h hold, t transfer, n note what came of it.",
        ));
    }
    loop {
        if ui.is_for_a_person() {
            draw(ctx, ui, &journal, me.as_deref())?;
        }
        let happened = tokio::select! {
            happened = feed.next() => happened?,
            key = pressed(&mut keys) => {
                act(key, ctx, ui).await;
                keys.iter().for_each(Keys::go_on);
                continue;
            }
            () = sleep(TICK) => continue,
        };
        let numbers: Vec<String> = happened.iter().filter_map(|one| one.entry.as_ref()?.facts.other_number().map(str::to_owned)).collect();
        ctx.recognise(&numbers).await;
        let contacts = ctx.contacts()?;
        for one in happened {
            let is_wanted = is_wanted(&one, &journal, me.as_deref())?;
            let card = one.entry.as_ref().filter(|_| is_wanted).map(|entry| Card::of(entry, &journal, &contacts)).transpose()?;
            // A journal that fails before this shows it again; nothing is shown and no hook is run twice.
            feed.done(&one);
            if !is_wanted {
                continue;
            }
            tell(&one, card.as_ref(), ui)?;
            let Some(card) = card else { continue };
            for moment in hooks.fresh(&card.entry_id, Moment::of(&one)) {
                hooks.run(moment, &card);
                heard(moment, &card);
                if moment == Moment::Ended && ui.is_for_a_person() {
                    ui.above(&format!("{}  {}  {}", clock(card.ended_at), card.parties(), card.ending()))?;
                }
            }
        }
    }
}

async fn pressed(keys: &mut Option<Keys>) -> char {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

/// What a key does to the call that rings or goes on; a failure is said and the watching goes on.
async fn act(key: char, ctx: &Context, ui: &mut Ui) {
    let call = LiveCall::of(None);
    let _ = ui.redraw(&[]);
    let done = match key.to_lowercase().next() {
        Some('r' | 'к') => reject::run(reject::Args { call }, ctx, ui).await,
        Some('x' | 'ч') => hangup::run(hangup::Args { call }, ctx, ui).await,
        Some('h' | 'р') => hold::run(hold::Args { call }, ctx, ui).await,
        Some('n' | 'т') => note::ask_about_the_last(ctx, ui).await,
        Some('t' | 'е') => match ui.ask(tr("Кому перевести", "Transfer to")) {
            Ok(who) => transfer::run(transfer::Args::to(who), ctx, ui).await,
            Err(error) => Err(error),
        },
        _ => return,
    };
    if let Err(error) = done {
        ui.fail(&error);
    }
}

fn is_wanted(happened: &Happened, journal: &Journal, me: Option<&str>) -> Result<bool> {
    match (me, &happened.entry) {
        (None, _) => Ok(true),
        (Some(me), Some(entry)) => Ok(journal.legs(entry)?.iter().any(|leg| leg.is_of(me))),
        (Some(_), None) => Ok(false),
    }
}

/// One redrawn block for every running call.
fn draw(ctx: &Context, ui: &mut Ui, journal: &Journal, me: Option<&str>) -> Result<()> {
    let contacts = ctx.contacts()?;
    let mut lines = Vec::new();
    for entry in journal.live(me)?.iter().rev() {
        lines.extend(Card::of(entry, journal, &contacts)?.block());
    }
    ui.redraw(&lines)
}

/// A line or an object for every notification, where nothing is redrawn.
fn tell(happened: &Happened, card: Option<&Card>, ui: &mut Ui) -> Result<()> {
    if ui.is_for_a_person() {
        return Ok(());
    }
    if ui.wants_json() {
        return ui.event(&Line {
            id: happened.id,
            received_at: Some(happened.received_at),
            event: &happened.path,
            state: state(card),
            call: card,
        });
    }
    match words(happened) {
        Some(words) => {
            let parties = card.map(Card::parties).unwrap_or_default();
            ui.line(&format!("{}  {parties}  {words}", clock(Some(happened.received_at))))
        }
        None => Ok(()),
    }
}

fn state(card: Option<&Card>) -> Option<State> {
    card.and_then(|card| card.state)
}

fn clock(at: Option<i64>) -> String {
    at.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(clock_time).unwrap_or_default()
}

/// A notification for programs.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    #[serde(serialize_with = "moment")]
    received_at: Option<i64>,
    event: &'a str,
    state: Option<State>,
    call: Option<&'a Card>,
}
