//! Commands in our words and in the person's language: clap's own headings, `--help` and `--version` are English.

use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};

use crate::args;
use crate::text::{Lang, lang, tr};

/// The arguments of a command, defined when it is chosen: to define those of all commands takes longer than most commands do.
#[derive(Debug)]
pub struct Later<T>(pub T);

/// What is said of a command beside its name outweighs what its arguments say of themselves; the options of every command, which it
/// has been given already, come after its own.
fn defined(command: Command, define: fn(Command) -> Command) -> Command {
    let about = command.get_about().cloned();
    let common: Vec<_> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    let command = define(command).long_about(None);
    let command = about.into_iter().fold(command, Command::about);
    spoken(common.into_iter().fold(command, |command, id| command.mut_arg(id, |arg| arg)))
}

impl<T: Args> Args for Later<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| defined(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Subcommand> Subcommand for Later<T> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(|command| defined(command, T::augment_subcommands))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: FromArgMatches> FromArgMatches for Later<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Later)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// The program itself; what is under it waits.
pub(crate) fn top(command: Command) -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).help(tr("Показать версию", "Show the version"));
    in_our_language(worded(command, "mango").arg(common(version)), "mango")
}

/// One command, and those under it, in our words and the chosen language.
fn spoken(command: Command) -> Command {
    let path = command.get_bin_name().map_or_else(|| format!("mango {}", command.get_name()), str::to_owned);
    with_those_below(command, &path)
}

fn with_those_below(command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = in_our_language(worded(command.disable_help_subcommand(true), path), path);
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |sub| with_those_below(sub, &path))
    })
}

fn in_our_language(command: Command, path: &str) -> Command {
    if lang() == Lang::Ru { translated(command, path) } else { command }
}

/// Our own `--help` and `--version`, whose words can be translated.
fn worded(command: Command, path: &str) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help(tr("Показать справку", "Show help"));
    let mut place = 0;
    // Under a heading of ours clap would sort the arguments by their names.
    let in_order = |arg: Arg| {
        place += 1;
        if arg.is_positional() { arg.display_order(place) } else { arg }
    };
    let command = command.mut_args(in_order).mut_args(under_heading).disable_help_flag(true).disable_version_flag(true);
    command.bin_name(path).arg(common(help))
}

fn common(arg: Arg) -> Arg {
    arg.help_heading(args::common_heading()).display_order(100)
}

/// Every argument stands under a heading of ours, and a command's own options before those of every command.
fn under_heading(arg: Arg) -> Arg {
    let heading = match (arg.get_help_heading(), arg.is_positional()) {
        (Some(_), _) => return arg,
        (None, true) => tr("Аргументы", "Arguments"),
        (None, false) => tr("Параметры", "Options"),
    };
    arg.help_heading(heading)
}

/// The headings that clap has in English only.
fn translated(command: Command, path: &str) -> Command {
    let template = "{about-with-newline}\nИспользование: {usage}\n\n{all-args}{after-help}";
    let command = command.help_template(template).subcommand_value_name("КОМАНДА").subcommand_help_heading("Команды");
    let usage = match command.has_subcommands() {
        true => format!("{path} [ПАРАМЕТРЫ] <КОМАНДА>"),
        false => usage_of_arguments(command.clone().bin_name(path)),
    };
    command.override_usage(usage)
}

fn usage_of_arguments(command: Command) -> String {
    // It may not have been given the options of every command yet.
    let usage = command.arg(Arg::new("common").long("common")).render_usage().to_string();
    usage.trim_start_matches("Usage:").trim().replace("[OPTIONS]", "[ПАРАМЕТРЫ]")
}
