//! `mango sandbox`: the practice PBX on this machine.

use std::net::IpAddr;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use crate::args;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::pbx::limits::Limits;
use crate::phone::Dial;
use crate::practice::{self, Address};
use crate::sandbox::{self, Sandbox, Settings};
use crate::text::{plural, tr};
use crate::ui::Ui;

/// What can be done with it.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Serve
    #[command(about = tr("Запустить учебную АТС для других программ", "Run the practice PBX for other programs"))]
    Serve(Serve),
    /// Incoming
    #[command(about = tr("Позвонить в компанию снаружи", "Call the company from outside"))]
    Incoming(Incoming),
    /// Answer
    #[command(about = tr("Снять трубку за сотрудника или снять собеседника с удержания", "Pick up an employee's ringing phone, or take the other side off hold"))]
    Answer(Own),
    /// Hangup
    #[command(about = tr("Положить трубку за сотрудника или собеседника", "Put down an employee's or the other side's phone"))]
    Hangup(Own),
    /// Generate
    #[command(about = tr("Придумать историю звонков", "Make up a call history"))]
    Generate(Generate),
    /// Reset
    #[command(about = tr("Стереть все звонки и контакты учебной АТС", "Erase all calls and contacts of the practice PBX"))]
    Reset,
}

/// Arguments of `sandbox serve`.
#[derive(clap::Args, Debug)]
pub struct Serve {
    #[arg(long, value_name = tr("АДРЕС", "ADDR"), default_value = "127.0.0.1:8701", hide_default_value = true, help = tr("Адрес и порт [127.0.0.1:8701]", "Address and port [127.0.0.1:8701]"))]
    bind: String,
    #[arg(long, value_name = tr("КЛЮЧ", "KEY"), help = tr("Ключ учебной АТС [случайный]", "Key of the practice PBX [random]"))]
    key: Option<String>,
    #[arg(long, value_name = tr("СОЛЬ", "SALT"), help = tr("Соль учебной АТС [случайная]", "Salt of the practice PBX [random]"))]
    salt: Option<String>,
    #[arg(long, value_name = "URL", help = tr("Куда слать события [в журнал учебного профиля]", "Where to send events [to the practice profile's journal]"))]
    external_url: Option<String>,
    #[arg(long, value_name = "N", help = tr("Во сколько раз ускорить время [1]", "How many times faster time runs [1]"))]
    speed: Option<f64>,
    #[arg(long, value_name = "N", help = tr("Зерно случайности: одно зерно — одни и те же звонки", "Random seed: the same seed gives the same calls"))]
    seed: Option<u64>,
    #[arg(long, help = tr("Не ограничивать число запросов", "Do not limit the number of requests"))]
    no_limits: bool,
    #[arg(long, value_name = "IP", help = tr("Принимать запросы только с этих адресов", "Accept requests from these addresses only"))]
    allow_ip: Vec<IpAddr>,
    #[arg(long, value_name = tr("СЕК", "SEC"), help = tr("Доставлять события вразнобой, в пределах стольких секунд", "Deliver events out of order, within so many seconds"))]
    shuffle: Option<f64>,
    #[arg(long, value_name = "P", help = tr("Повторять событие с вероятностью P (0…1)", "Repeat an event with probability P (0…1)"))]
    duplicate: Option<f64>,
    #[arg(long, value_name = "P", help = tr("Терять событие с вероятностью P (0…1)", "Lose an event with probability P (0…1)"))]
    lose: Option<f64>,
    #[arg(long, value_name = tr("СЕК", "SEC"), help = tr("Задерживать события", "Delay events"))]
    delay: Option<f64>,
}

/// Arguments of `sandbox incoming`.
#[derive(clap::Args, Debug)]
pub struct Incoming {
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("Кто звонит [кто-нибудь из контактов]", "Who calls [somebody from the contacts]"))]
    from: Option<String>,
    #[arg(long, value_name = tr("ДОБ", "EXT"), help = tr("Кому из сотрудников", "Which employee is called"))]
    to: Option<String>,
    #[arg(long, value_name = tr("НОМЕР", "NUMBER"), help = tr("На какую линию", "Which line is called"))]
    line: Option<String>,
    #[arg(long, help = tr("Звонит посетитель сайта, по номеру динамического коллтрекинга", "A visitor of the site calls, by a number of dynamic call tracking"))]
    dct: bool,
}

/// Arguments of `sandbox answer` and `sandbox hangup`.
#[derive(clap::Args, Debug)]
pub struct Own {
    #[arg(value_name = tr("ТЕЛЕФОН", "PHONE"), help = tr("Добавочный или внешний номер [мой]", "Extension or outside number [mine]"))]
    phone: Option<String>,
}

/// Arguments of `sandbox generate`.
#[derive(clap::Args, Debug)]
pub struct Generate {
    #[arg(long, value_name = "N", default_value = "1000", hide_default_value = true, value_parser = args::count, help = tr("Сколько звонков [1000]", "How many calls [1000]"))]
    calls: u64,
    #[arg(long, value_name = tr("ДНЕЙ", "DAYS"), default_value = "28", hide_default_value = true, value_parser = args::days, help = tr("За сколько последних дней [28]", "Over how many past days [28]"))]
    days: u32,
    #[arg(long, value_name = "N", help = tr("Зерно случайности: одно зерно — одни и те же звонки", "Random seed: the same seed gives the same calls"))]
    seed: Option<u64>,
}

/// Runs one of them.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Serve(args) => serve(args, ctx, ui).await,
        Command::Incoming(args) => incoming(args, ctx, ui).await,
        Command::Answer(args) => telephone("answer", args, ctx).await,
        Command::Hangup(args) => telephone("hangup", args, ctx).await,
        Command::Generate(args) => generate(args, ctx, ui).await,
        Command::Reset => reset(ctx, ui).await,
    }
}

async fn serve(args: Serve, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let directory = ctx.config.directory();
    if let Some(running) = Address::of_running(&directory).await {
        return Err(Error::Usage(tr(
            format!("учебная АТС уже работает: {}", running.url),
            format!("the practice PBX is running already: {}", running.url),
        )));
    }
    let random = || uuid::Uuid::new_v4().simple().to_string();
    let credentials = Credentials::new(args.key.unwrap_or_else(random), args.salt.unwrap_or_else(random));
    let listener = practice::bind(&args.bind).await?;
    ctx.contacts()?;
    let is_ours = args.external_url.is_none();
    let events_to = match args.external_url {
        Some(url) => url,
        None => practice::receive(ctx.journal()?.clone(), credentials.clone()).await?,
    };
    let sandbox = Sandbox::open(Settings {
        directory: directory.clone(),
        credentials: credentials.clone(),
        events_to: Some(events_to),
        speed: speed(args.speed)?,
        seed: args.seed.unwrap_or_else(practice::fresh_seed),
        limits: !args.no_limits,
        allow_ips: args.allow_ip,
    })?;
    let address = practice::host(listener, &sandbox, &credentials, !args.no_limits)?;
    let disorder = json!({ "shuffle": args.shuffle, "duplicate": args.duplicate, "lose": args.lose, "delay": args.delay });
    address.control("settings", disorder).await?;
    if is_ours {
        practice::ask_for_visitors(ctx.journal()?.clone(), Arc::new(address.client(&ctx.config)?));
    }
    // It remembers neither the calls nor the refusals of the one before.
    ctx.journal()?.nothing_goes_on()?;
    Limits::open(&ctx.config.limits_file(), true).forgive();
    address.leave(&directory)?;
    if !ui.is_for_a_person() {
        ui.event(&address)?;
    }
    ui.note(&tr(
        format!("Учебная АТС работает: {}. Остановить: Ctrl-C.", address.url),
        format!("The practice PBX is running: {}. Ctrl-C stops it.", address.url),
    ));
    ui.note(tr(
        "Дальше — в другом терминале: mango watch, mango call Иванова, mango sandbox incoming.",
        "Go on in another terminal: mango watch, mango call Иванова, mango sandbox incoming.",
    ));
    terminated().await;
    sandbox.end_calls().await;
    if is_ours {
        practice::settled(ctx.journal()?).await;
    }
    address.forget(&directory);
    Ok(())
}

fn speed(asked: Option<f64>) -> Result<f64> {
    match asked {
        None => Ok(practice::speed()),
        Some(speed) if speed.is_finite() && (0.01..=100_000.0).contains(&speed) => Ok(speed),
        Some(speed) => {
            Err(Error::Usage(tr(format!("--speed {speed}: нужно от 0.01 до 100000"), format!("--speed {speed}: between 0.01 and 100000"))))
        }
    }
}

/// Until somebody stops us; being told to stop is the ordinary end of a server. Listens for it from the call on, not from the first wait.
pub(super) fn terminated() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
        async move {
            let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return drop(tokio::signal::ctrl_c().await) };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
    }
    #[cfg(not(unix))]
    async {
        drop(tokio::signal::ctrl_c().await)
    }
}

async fn incoming(args: Incoming, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let wire = |text: &Option<String>| text.as_deref().map(|text| Dial::parse(text).map(|dial| dial.wire().to_owned())).transpose();
    let from = wire(&args.from)?.unwrap_or_else(practice::somebody);
    let call = json!({ "from": from, "to": wire(&args.to)?, "line": wire(&args.line)?, "dct": args.dct });
    ctx.control("incoming", call)
        .await
        .map_err(|error| no_such(error, tr("такого сотрудника, группы или линии нет", "no such employee, group or line")))?;
    let is_served = Address::of_running(&ctx.config.directory()).await.is_some();
    ui.note(match is_served {
        true => tr("Звонок пошёл; смотрите mango watch.", "The call is coming in; see mango watch."),
        false => tr("Звонок пошёл; смотрите mango history.", "The call is coming in; see mango history."),
    });
    Ok(())
}

/// What a person does with a telephone in his hand: completing a transfer, for one, is hanging up (vpbx-core §4.8).
async fn telephone(what: &str, args: Own, ctx: &Context) -> Result<()> {
    let phone = args.phone.or(ctx.config.extension.clone()).ok_or(Error::NoExtension)?;
    let whose = match Dial::parse(&phone)? {
        Dial::Extension(extension) => json!({ "extension": extension }),
        dial => json!({ "number": dial.wire() }),
    };
    if Address::of_running(&ctx.config.directory()).await.is_none() {
        return Err(Error::NoSandbox);
    }
    let said = match what {
        "answer" => {
            tr("этот телефон сейчас не звонит, и на удержании у него никого", "this telephone does not ring now, and has nobody on hold")
        }
        _ => tr("по этому телефону сейчас не говорят", "nobody is on this telephone now"),
    };
    ctx.control(what, whose).await.map(drop).map_err(|error| no_such(error, said))
}

/// What the practice PBX refuses, in the person's language; a failure of another kind stays what it is.
fn no_such(error: Error, said: &'static str) -> Error {
    match error {
        Error::Usage(_) => Error::NoLiveCall { said },
        error => error,
    }
}

async fn generate(args: Generate, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let Generate { calls, days, seed } = args;
    // Otherwise a second run would double every call of the first.
    let seed = seed.unwrap_or_else(practice::fresh_seed);
    match Address::of_running(&ctx.config.directory()).await {
        Some(_) => drop(ctx.control("generate", json!({ "calls": calls, "days": days, "seed": seed })).await?),
        None => {
            let bar = ui.progress(tr("Придумываю звонки", "Making up calls"));
            sandbox::generate(&ctx.config.directory(), calls, days, seed, &mut |done| bar.set_position(done * 1000 / calls))?;
            bar.finish_and_clear();
        }
    }
    // What was thought complete is so no more.
    ctx.journal()?.forget_synced()?;
    let made = plural(calls, ["звонок", "звонка", "звонков"], ["call", "calls"]);
    ui.note(&tr(format!("Готово: {made}. Смотрите mango history."), format!("Done: {made}. See mango history.")));
    Ok(())
}

async fn reset(ctx: &Context, ui: &mut Ui) -> Result<()> {
    match Address::of_running(&ctx.config.directory()).await {
        Some(_) => drop(ctx.control("reset", json!({})).await?),
        None => sandbox::reset(&ctx.config.directory())?,
    }
    ctx.journal()?.forget_everything()?;
    ui.note(tr("Учебная АТС как новая.", "The practice PBX is as new."));
    Ok(())
}
