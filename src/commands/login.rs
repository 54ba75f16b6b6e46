//! `mango login`: key and salt, proved against the PBX, into the keyring. `mango login --crm`: the same with the CRM's password.

use std::io::Read;

use secrecy::{ExposeSecret, SecretString};

use crate::contacts::place::Place;
use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::error::{Error, Result};
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `login`. Secrets are never arguments: they would be seen in the list of processes.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, help = tr("Прочитать ключ из stdin (первая строка)", "Read the key from stdin (first line)"))]
    key_stdin: bool,
    #[arg(long, help = tr("Прочитать соль из stdin (вторая строка, если и ключ оттуда)", "Read the salt from stdin (second line if the key is there too)"))]
    salt_stdin: bool,
    #[arg(long, conflicts_with_all = ["key_stdin", "salt_stdin"], help = tr("Сохранить токен виджета коллтрекинга вместо ключа и соли", "Store the token of a call-tracking widget instead of key and salt"))]
    widget: bool,
    #[arg(long, requires = "widget", help = tr("Прочитать токен из stdin", "Read the token from stdin"))]
    token_stdin: bool,
    #[arg(long, conflicts_with_all = ["key_stdin", "salt_stdin", "widget"], help = tr("Войти в BPMSoft: адрес, пользователь, пароль", "Log in to BPMSoft: address, user, password"))]
    crm: bool,
    #[arg(long, requires = "crm", help = tr("Адрес сайта BPMSoft", "Address of the BPMSoft site"))]
    url: Option<String>,
    #[arg(long, requires = "crm", value_name = tr("ИМЯ", "NAME"), help = tr("Пользователь BPMSoft", "BPMSoft user"))]
    user: Option<String>,
    #[arg(long, requires = "crm", help = tr("Прочитать пароль из stdin", "Read the password from stdin"))]
    password_stdin: bool,
}

/// Runs it. Nothing is stored unless the PBX accepted the signature, or the CRM the password.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    if args.crm {
        return to_the_crm(args, ctx, ui).await;
    }
    if ctx.config.sandbox {
        ui.note(tr(
            "Учебной АТС ключ не нужен: mango --sandbox call Иванова",
            "The practice PBX needs no key: mango --sandbox call Иванова",
        ));
        return Ok(());
    }
    if args.widget {
        return widget(&args, ctx, ui);
    }
    let credentials = ask(&args, ui)?;
    let balance = ctx.client_for(credentials.clone())?.balance().await?;
    credentials.store(&ctx.config.profile, ctx.somebody())?;
    let profile = &ctx.config.profile;
    ui.note(&match balance.amount {
        Some(money) => {
            let currency = balance.currency.unwrap_or_default();
            tr(
                format!("Готово, профиль «{profile}». Баланс {money:.2} {currency}."),
                format!("Done, profile '{profile}'. Balance {money:.2} {currency}."),
            )
        }
        None => tr(format!("Готово, профиль «{profile}»."), format!("Done, profile '{profile}'.")),
    });
    if ctx.config.extension.is_none() {
        ui.note(tr(
            "Осталось указать ваш добавочный: mango config set extension 101 (список: mango users)",
            "Now set your extension: mango config set extension 101 (list: mango users)",
        ));
    }
    Ok(())
}

/// Nothing proves a token but a widget's id, which is asked for when calls are: `tracking sync`.
fn widget(args: &Args, ctx: &Context, ui: &Ui) -> Result<()> {
    let token = match args.token_stdin {
        true => stdin_lines()?.into_iter().next().unwrap_or_default(),
        false => ui.ask_secret(tr("Токен виджета", "Widget token"), "--token-stdin")?,
    };
    let token: SecretString = token.expose_secret().trim().into();
    if token.expose_secret().is_empty() {
        return Err(Error::Usage(tr("токен не может быть пустым", "the token cannot be empty").into()));
    }
    credentials::store_widget_token(token, &ctx.config.profile, ctx.somebody())?;
    let profile = &ctx.config.profile;
    ui.note(&tr(
        format!("Токен виджета сохранён, профиль «{profile}». Проверить: mango tracking sync --widget ID"),
        format!("The widget token is stored, profile '{profile}'. Try it: mango tracking sync --widget ID"),
    ));
    Ok(())
}

/// One sign-in proves the password; a second one with the same wrong password would bring the user nearer to the lock-out.
async fn to_the_crm(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let config = &ctx.config;
    let asked = |given: Option<String>, known: &Option<String>, question: &str| match given.or(known.clone()) {
        Some(value) => Ok(value),
        None => ui.ask(question),
    };
    let url = asked(args.url, &config.crm_url, tr("Адрес BPMSoft (https://…)", "BPMSoft address (https://…)"))?;
    let user = asked(args.user, &config.crm_user, tr("Пользователь", "User"))?;
    let password = match args.password_stdin {
        true => stdin_lines()?.into_iter().next().unwrap_or_default(),
        false => ui.ask_secret(tr("Пароль", "Password"), "--password-stdin")?,
    };
    if password.expose_secret().is_empty() {
        return Err(Error::Usage(tr("пароль не может быть пустым", "the password cannot be empty").into()));
    }
    let (url, user) = (url.trim().trim_end_matches('/').to_owned(), user.trim().to_owned());
    ctx.crm_for(&url, &user, password.clone())?.prove().await?;
    // Before the keyring, which may be missing: then the password comes from elsewhere, and the rest is known.
    super::config::set(&config.places.config, config.named_profile.as_deref(), "crm_url", &url)?;
    super::config::set(&config.places.config, config.named_profile.as_deref(), "crm_user", &user)?;
    ctx.journal()?.crm_since()?;
    credentials::crm::store(&password, &config.profile, ctx.somebody())?;
    ui.note(&tr(format!("Готово: вход в CRM под именем {user}."), format!("Done: the CRM let {user} in.")));
    if config.contacts != Place::Bpmsoft {
        ui.note(tr(
            "Чтобы брать людей из CRM: mango config set contacts bpmsoft",
            "To take people from the CRM: mango config set contacts bpmsoft",
        ));
    }
    Ok(())
}

fn ask(args: &Args, ui: &Ui) -> Result<Credentials> {
    let mut lines = if args.key_stdin || args.salt_stdin { stdin_lines()? } else { Vec::new() };
    let mut next = |from_stdin: bool, question: &str, flag: &'static str| match from_stdin {
        true if lines.is_empty() => {
            Err(Error::Usage(tr(format!("{flag}: в stdin не хватает строки"), format!("{flag}: a line is missing on stdin"))))
        }
        true => Ok(lines.remove(0)),
        false => ui.ask_secret(question, flag),
    };
    let key = next(args.key_stdin, tr("Ключ АТС", "PBX key"), "--key-stdin --salt-stdin")?;
    let salt = next(args.salt_stdin, tr("Соль", "Salt"), "--key-stdin --salt-stdin")?;
    let (key, salt) = (key.expose_secret().trim(), salt.expose_secret().trim());
    match key.is_empty() || salt.is_empty() {
        true => Err(Error::Usage(tr("ключ и соль не могут быть пустыми", "key and salt cannot be empty").into())),
        false => Ok(Credentials::new(key, salt)),
    }
}

fn stdin_lines() -> Result<Vec<SecretString>> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text).map_err(|source| Error::Io { path: "stdin".into(), source })?;
    let text = SecretString::from(text);
    Ok(text.expose_secret().lines().filter(|line| !line.trim().is_empty()).map(|line| line.to_owned().into()).collect())
}
