//! Values that flags of several commands share, and definitions that wait until they are needed.

use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};

use crate::cli;
use crate::text::tr;

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
    cli::spoken(common.into_iter().fold(command, |command, id| command.mut_arg(id, |arg| arg)))
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

/// Heading of the options that every command understands.
pub fn common_heading() -> &'static str {
    tr("Общие параметры", "Global options")
}

/// As many as a database can count.
const MOST: u64 = i64::MAX as u64;

/// A whole number from 1 on.
pub fn count(text: &str) -> Result<u64, String> {
    within(text, 1, MOST)
}

/// Seconds of a time-out.
pub fn seconds(text: &str) -> Result<u64, String> {
    within(text, 1, 3600)
}

/// Days of a made-up history.
pub fn days(text: &str) -> Result<u32, String> {
    within(text, 1, 3650).map(|days| days as u32)
}

fn within(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| match most {
        MOST => tr(format!("нужно целое число от {least}"), format!("a whole number from {least}")),
        _ => tr(format!("нужно целое число от {least} до {most}"), format!("a whole number from {least} to {most}")),
    })
}
