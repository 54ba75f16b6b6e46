//! `mango listen`: the PBX's events, verified, written down, shown, passed on.

mod print;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use secrecy::ExposeSecret;

use super::watch;
use crate::context::Context;
use crate::crm;
use crate::error::{Error, Result};
use crate::forward::{self, forward};
use crate::hooks::Hooks;
use crate::journal::{Feed, HEARTBEAT, Intake, Journal, SyncOptions};
use crate::live::{Card, Moment};
use crate::notify;
use crate::text::tr;
use crate::time::now;
use crate::tracking::Asker;
use crate::ui::Ui;
use crate::webhook::{self, PBX_ADDRESSES, Receiver, Tls};

/// Where a proxy on this machine finds us.
const BIND: &str = "127.0.0.1:8700";

/// How often statistics are asked for what was missed; a day back at least, and after a longer silence as far as one report reaches.
const CATCH_UP: Duration = Duration::from_secs(60 * 60);
const MISSED_SINCE: i64 = 24 * 60 * 60;
const MISSED_AT_MOST: i64 = 29 * MISSED_SINCE;

/// The pause before the journal is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Arguments of `listen`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, value_name = tr("АДРЕС", "ADDR"), default_value = BIND, hide_default_value = true, help = tr("Где слушать [127.0.0.1:8700]", "Where to listen [127.0.0.1:8700]"))]
    bind: SocketAddr,
    #[arg(long, value_name = "IP", value_parser = allowed, help = tr("Принимать только с этих адресов; mango — адреса самой АТС", "Admit these addresses only; mango means the PBX's own"))]
    allow_ip: Vec<Allowed>,
    #[arg(long, value_name = "IP", help = tr("Прокси, чьему заголовку X-Forwarded-For можно верить", "Proxy whose X-Forwarded-For is believed"))]
    trusted_proxy: Vec<IpAddr>,
    #[arg(long, value_name = tr("ФАЙЛ", "FILE"), requires = "tls_key", help = tr("Сертификат (PEM): принимать по HTTPS", "Certificate (PEM): receive over HTTPS"))]
    tls_cert: Option<PathBuf>,
    #[arg(long, value_name = tr("ФАЙЛ", "FILE"), requires = "tls_cert", help = tr("Ключ сертификата (PEM)", "Key of the certificate (PEM)"))]
    tls_key: Option<PathBuf>,
    #[arg(long, help = tr("Показывать только звонки моего добавочного", "Show only calls of my extension"))]
    me: bool,
    #[arg(long, value_name = tr("КОМАНДА", "CMD"), help = tr("Запускать на каждое событие: JSON в stdin, переменные MANGO_*", "Run on every event: JSON on stdin, MANGO_* variables"))]
    exec: Option<String>,
    #[arg(long, value_name = tr("СОБЫТИЯ", "EVENTS"), value_enum, value_delimiter = ',', hide_possible_values = true, help = tr("На какие события: incoming,outgoing,answered,missed,ended,recorded", "On which events: incoming,outgoing,answered,missed,ended,recorded"))]
    on: Vec<Moment>,
    #[arg(long, help = tr("Показывать уведомления на рабочем столе", "Show desktop notifications"))]
    notify: bool,
    #[arg(long, value_name = "URL", help = tr("Пересылать события на этот адрес с той же подписью", "Pass events on to this address, with the same signature"))]
    forward_to: Option<String>,
    #[arg(long, help = tr("Показать, что вписать в личном кабинете", "Show what to enter in the personal account"))]
    print_setup: bool,
    #[arg(long, help = tr("Показать юнит для systemd", "Show a systemd unit"))]
    print_unit: bool,
}

/// An address, or the PBX's own.
#[derive(Clone, Debug)]
pub enum Allowed {
    /// One
    Ip(IpAddr),
    /// Those of vpbx-core §1.6
    Mango,
}

fn allowed(text: &str) -> std::result::Result<Allowed, String> {
    match text {
        "mango" => Ok(Allowed::Mango),
        ip => ip.parse().map(Allowed::Ip).map_err(|_| tr("нужен IP-адрес или mango", "an IP address or mango").into()),
    }
}

/// Runs it until it is told to stop. Errors: 2 when the address is taken, 4 without key and salt.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    if args.print_setup {
        return ui.raw(&print::setup(&args));
    }
    if args.print_unit {
        return ui.raw(&print::unit(&args)?);
    }
    let credentials = ctx.credentials().await?;
    let journal = ctx.journal()?.clone();
    let receiver = Receiver {
        intake: Intake::start(journal.path())?,
        credentials: credentials.clone(),
        allow_ips: args.allow_ip.iter().flat_map(addresses).collect(),
        trusted_proxies: args.trusted_proxy.clone(),
    };
    let tls = args.tls_cert.clone().zip(args.tls_key.clone()).map(|(cert, key)| Tls { cert, key });
    let terminated = super::sandbox::terminated();
    // From before the first event can come, so that none goes by unseen.
    let mut feed = journal.feed()?;
    if let Some(to) = &args.forward_to {
        forward::begin(to, &journal)?;
    }
    let server = webhook::Server::start(args.bind, receiver, tls)?;
    let _listening = keep_listening(&journal)?;
    ui.note(&tr(
        format!("Принимаю события на {}; остановить: Ctrl-C.", server.address()),
        format!("Receiving events on {}; Ctrl-C stops.", server.address()),
    ));
    let mut hooks = Hooks::new(args.exec.clone(), args.on.clone());
    let mut desktop = args.notify.then(|| notify::Desktop::new(ctx.config.as_typed()));
    let heard = &mut |moment: Moment, card: &_| {
        if let (Moment::Incoming, Some(desktop)) = (moment, &mut desktop) {
            desktop.show(card);
        }
    };
    let ended = tokio::select! {
        ended = keep_following(ctx, ui, args.me, &mut feed, &mut hooks, heard) => ended,
        () = keep_up(ctx) => Ok(()),
        () = keep_asking(ctx) => Ok(()),
        () = crm::keep_pushing(ctx) => Ok(()),
        ended = forward(args.forward_to.as_deref(), &journal, credentials.key.expose_secret(), credentials.salt.expose_secret()) => ended,
        () = terminated => Ok(()),
    };
    server.stop();
    hooks.ended().await;
    ended
}

fn addresses(allowed: &Allowed) -> Vec<IpAddr> {
    match allowed {
        Allowed::Ip(ip) => vec![*ip],
        Allowed::Mango => PBX_ADDRESSES.to_vec(),
    }
}

/// A full disk or a locked journal ends nothing: events are refused for a while, and shown again later. Nor does what they are shown on.
async fn keep_following(
    ctx: &Context,
    ui: &mut Ui,
    me: bool,
    feed: &mut Feed<'_>,
    hooks: &mut Hooks,
    heard: &mut dyn FnMut(Moment, &Card),
) -> Result<()> {
    loop {
        match watch::follow(ctx, ui, me, feed, hooks, heard).await {
            Err(error @ (Error::Store { .. } | Error::Io { .. })) => tracing::error!("{}", error.message()),
            ended => return ended,
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Says again and again that events are received here, until what it returns is dropped. On a thread of its own: the server goes on
/// while a person thinks over a question.
fn keep_listening(journal: &Arc<Journal>) -> Result<mpsc::Sender<()>> {
    journal.say_listening()?;
    let (journal, (alive, gone)) = (journal.clone(), mpsc::channel());
    std::thread::spawn(move || {
        while gone.recv_timeout(HEARTBEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
            if let Err(error) = journal.say_listening() {
                tracing::error!("{}", error.message());
            }
        }
    });
    Ok(alive)
}

/// Asks statistics at the start and every hour for what events did not tell. A PBX that does not answer is asked again later.
async fn keep_up(ctx: &Context) {
    loop {
        let synced = async {
            let (journal, until) = (ctx.journal()?, now().as_second());
            let day_ago = until - MISSED_SINCE;
            let options = SyncOptions {
                since: journal.synced_until()?.unwrap_or(day_ago).clamp(until - MISSED_AT_MOST, day_ago),
                until,
                time_offset: ctx.config.time_offset,
                patience: ctx.config.timeout * 10,
                progress: &mut |_| {},
            };
            journal.sync(ctx.client().await?, options).await
        };
        if let Err(error) = synced.await {
            tracing::warn!("{}", error.message());
        }
        tokio::time::sleep(CATCH_UP).await;
    }
}

/// Asks who is behind the dynamic numbers that are called.
async fn keep_asking(ctx: &Context) {
    match (ctx.journal(), ctx.shared_client().await) {
        (Ok(journal), Ok(client)) => Asker::new(journal.clone(), client).keep_asking().await,
        (Err(error), _) | (_, Err(error)) => tracing::warn!("{}", error.message()),
    }
    std::future::pending().await
}
