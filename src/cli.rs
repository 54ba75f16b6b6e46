//! The command line: what is typed becomes values, and help and errors speak the person's language.

use std::ffi::OsString;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::args::Format;
use crate::commands::Command;
use crate::config::{Overrides, early_lang, variable};
use crate::error::Error;
use crate::manual;
use crate::text::{excerpt, set_lang, tr};
use crate::wording;

/// Everything that was typed.
#[derive(Parser, Debug)]
#[command(
    name = "mango",
    version,
    about = tr("Телефон в командной строке для виртуальной АТС MANGO OFFICE", "A command-line telephone for the MANGO OFFICE virtual PBX"),
    after_help = tr(
        "Попробовать без АТС: mango --sandbox call Иванова --wait\nРуководство, коды выхода, ключи JSON: mango man | man -l -",
        "Try it without a PBX: mango --sandbox call Иванова --wait\nManual, exit codes, JSON keys: mango man | man -l -",
    ),
    styles = Styles::styled().header(AnsiColor::Yellow.on_default().bold()).literal(AnsiColor::Green.on_default()),
)]
pub struct Cli {
    /// Flags of every command
    #[command(flatten)]
    pub overrides: Overrides,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Why there is nothing to run.
pub enum NotRun {
    /// Help or version was asked for: this text goes to stdout
    Told(String),
    /// Nothing was asked for: this help goes to stderr
    Nothing(String),
    /// The command line is wrong
    Wrong(Error),
}

/// Chooses the language, then reads the command line in it.
pub fn parse(args: Vec<OsString>) -> Result<Cli, NotRun> {
    set_lang(early_lang(typed_lang(&args).as_deref()));
    let args = help_asked_for(args);
    let matches = command().try_get_matches_from(&args).map_err(|error| not_run(&error, &args))?;
    Cli::from_arg_matches(&matches).map_err(|error| not_run(&error, &args))
}

/// `mango help call` is `mango call --help`.
fn help_asked_for(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|word| word == "help") {
        args.remove(1);
        args.push("--help".into());
    }
    args
}

/// The page of the manual about the command that is typed: `mango-contact-create`.
fn page(args: &[OsString]) -> String {
    let words = args.iter().skip(1).filter_map(|arg| arg.to_str()).filter(|word| !word.starts_with('-'));
    let pages = words.scan("mango".to_owned(), |page, word| {
        *page += &format!("-{word}");
        Some(page.clone())
    });
    pages.take_while(|page| manual::has(page)).last().unwrap_or_default()
}

/// The command line in the chosen language. What belongs to one command is defined when that is built.
pub fn command() -> clap::Command {
    let command = Cli::command().subcommand_value_name(tr("КОМАНДА", "COMMAND")).disable_help_subcommand(true).args_override_self(true);
    wording::top(command)
}

/// The same with every command of it: manual pages are made from it.
pub fn whole_command() -> clap::Command {
    let mut command = command();
    command.build();
    command
}

/// The value of `--lang` before the command line is read, since the reading itself speaks.
fn typed_lang(args: &[OsString]) -> Option<String> {
    typed_value(args, &["--lang"])
}

/// The format that was typed, or stands in the environment: a program that asked for JSON gets it when the rest makes no sense, too.
pub fn early_format(args: &[OsString]) -> Option<Format> {
    let name = typed_value(args, &["--output", "-o"]).or_else(|| variable("MANGO_OUTPUT"))?;
    clap::ValueEnum::from_str(&name, true).ok()
}

/// What follows a flag: `--lang ru`, `--lang=ru`, `-oru`.
fn typed_value(args: &[OsString], names: &[&str]) -> Option<String> {
    let mut texts = args.iter().map(|arg| arg.to_str().unwrap_or_default());
    while let Some(text) = texts.next() {
        for name in names {
            match text.strip_prefix(name) {
                Some("") => return texts.next().map(str::to_owned),
                Some(value) if value.starts_with('=') || name.len() == 2 => return Some(value.trim_start_matches('=').to_owned()),
                _ => {}
            }
        }
    }
    None
}

fn not_run(error: &clap::Error, args: &[OsString]) -> NotRun {
    match error.kind() {
        ErrorKind::DisplayHelp => NotRun::Told(error.render().to_string() + &manual::examples_in_help(&page(args))),
        ErrorKind::DisplayVersion => NotRun::Told(error.render().to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => NotRun::Nothing(error.render().to_string()),
        _ => NotRun::Wrong(Error::Usage(wrong(error))),
    }
}

/// The sentence about a wrong command line, from the facts that clap gives.
fn wrong(error: &clap::Error) -> String {
    let fact = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => excerpt(text),
        Some(ContextValue::Strings(texts)) => texts.iter().map(|text| excerpt(text)).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    let (arg, value) = (fact(ContextKind::InvalidArg), fact(ContextKind::InvalidValue));
    let sentence = match error.kind() {
        ErrorKind::UnknownArgument if !arg.starts_with('-') => tr(format!("лишнее слово: {arg}"), format!("one word too many: {arg}")),
        ErrorKind::UnknownArgument => tr(format!("нет такого параметра: {arg}"), format!("no such option: {arg}")),
        ErrorKind::InvalidSubcommand => {
            let name = fact(ContextKind::InvalidSubcommand);
            tr(format!("нет такой команды: {name}"), format!("no such command: {name}"))
        }
        ErrorKind::InvalidValue if value.is_empty() => tr(format!("для {arg} нужно значение"), format!("{arg} needs a value")),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = Some(fact(ContextKind::ValidValue)).filter(|valid| !valid.is_empty());
            let why = valid.map(|valid| tr(format!("есть: {valid}"), format!("there are: {valid}")));
            let why = why.or(std::error::Error::source(error).map(ToString::to_string)).map(|why| format!("; {why}")).unwrap_or_default();
            tr(format!("значение «{value}» не годится для {arg}{why}"), format!("'{value}' is not a valid value for {arg}{why}"))
        }
        ErrorKind::MissingRequiredArgument => tr(format!("не хватает: {arg}"), format!("missing: {arg}")),
        ErrorKind::MissingSubcommand => tr("нужна команда".into(), "a command is needed".into()),
        ErrorKind::ArgumentConflict => {
            let other = fact(ContextKind::PriorArg);
            tr(format!("нельзя вместе: {arg} и {other}"), format!("{arg} cannot be used with {other}"))
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            tr(format!("не то число значений: {arg}"), format!("wrong number of values: {arg}"))
        }
        ErrorKind::InvalidUtf8 => tr("командная строка не в UTF-8".into(), "the command line is not UTF-8".into()),
        _ => error.to_string(),
    };
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue].map(fact).concat();
    match near.is_empty() {
        true => sentence,
        false => tr(format!("{sentence}; может быть, {near}?"), format!("{sentence}; perhaps {near}?")),
    }
}
