//! What Tab offers: people's names and recent calls, from the journal alone, in a few milliseconds.

use std::ffi::{OsStr, OsString};

use clap::Command;
use clap_complete::CompletionCandidate;
use jiff::Timestamp;

use crate::config::{Config, Overrides, variable};
use crate::contacts::local::choices;
use crate::contacts::{Number, Owner, PeopleFile, fold::fold};
use crate::error::Result;
use crate::journal::{Entry, Filter, Journal};
use crate::pbx::directory::User;
use crate::phone::shown;
use crate::text::tr;
use crate::time;

mod shells;

pub use shells::shells;

/// How many are offered.
const MOST: usize = 30;

/// The program as it is completed: only commands that stand on the line have their arguments defined. To define those of all took half of
/// the time.
pub fn command() -> Command {
    let line: Vec<OsString> = std::env::args_os().collect();
    let is_typed = |command: &Command| line.iter().any(|word| word == command.get_name());
    crate::cli::command().mut_subcommands(|command| if is_typed(&command) { command } else { command.defer(|nothing| nothing) })
}

/// Names that fit what is typed, and `@N` of recent calls. Of a name whose first words stand there already, the rest.
pub fn people(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = unquoted(&typed.to_string_lossy());
    let before = words_before();
    match typed.chars().next() {
        Some('@') => return calls(OsStr::new(&typed)),
        Some('-') => return Vec::new(),
        _ => {}
    }
    let whole = format!("{}{typed}", before.iter().map(|word| format!("{word} ")).collect::<String>());
    let offer = |person: Person| Some(CompletionCandidate::new(rest(&person.name, &before, &typed)?).help(Some(person.detail.into())));
    found(&whole).unwrap_or_default().into_iter().filter_map(offer).collect()
}

/// The words of WHO that stand before the one that is being typed.
fn words_before() -> Vec<String> {
    let line: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let index = variable("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok()).unwrap_or(line.len().saturating_sub(1));
    let line = line.into_iter().take(index).map(|word| unquoted(&word.to_string_lossy()));
    let Ok(matches) = crate::cli::command().ignore_errors(true).try_get_matches_from(line) else { return Vec::new() };
    let mut matches = &matches;
    while let Some((_, deeper)) = matches.subcommand() {
        matches = deeper;
    }
    let said = ["words", "who"].into_iter().find_map(|id| matches.try_get_many::<String>(id).ok().flatten());
    said.into_iter().flatten().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect()
}

/// What is left of a name to type: all of it, its end, or the word that has been begun.
fn rest(name: &str, before: &[String], typed: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let said = |word: &&str| before.iter().any(|said| fold(said) == fold(word));
    match words.iter().zip(before).all(|(word, said)| fold(word) == fold(said)) && words.len() > before.len() {
        true => Some(words[before.len()..].join(" ")),
        false => words.into_iter().find(|word| !said(word) && fold(word).starts_with(&fold(typed))).map(str::to_owned),
    }
}

/// `@1`, `@2`, … of the history with what they were.
pub fn calls(typed: &OsStr) -> Vec<CompletionCandidate> {
    numbered(typed, described(|journal| journal.all_calls(&Filter { limit: Some(MOST), ..Filter::default() })))
}

/// `@1`, `@2`, … of the calls that go on.
pub fn live_calls(typed: &OsStr) -> Vec<CompletionCandidate> {
    numbered(typed, described(|journal| journal.live(None)))
}

fn numbered(typed: &OsStr, calls: Option<Vec<String>>) -> Vec<CompletionCandidate> {
    let typed = unquoted(&typed.to_string_lossy());
    let offered = calls.unwrap_or_default().into_iter().enumerate().map(|(n, words)| (format!("@{}", n + 1), words));
    offered.filter(|(id, _)| id.starts_with(&typed)).map(|(id, words)| CompletionCandidate::new(id).help(Some(words.into()))).collect()
}

/// Results that a call may have.
pub fn results(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = fold(&unquoted(&typed.to_string_lossy()));
    let Some(config) = config() else { return Vec::new() };
    let known =
        PeopleFile::open_read_only(&config.journal(), config.contacts).ok().flatten().and_then(|people| people.known_results().ok()?);
    let all = known.map_or_else(|| choices(&config.results), |(known, _)| known);
    all.into_iter().filter(|one| fold(&one.name).starts_with(&typed)).map(|one| CompletionCandidate::new(one.name)).collect()
}

/// Somebody to offer.
struct Person {
    name: String,
    detail: String,
}

fn found(typed: &str) -> Option<Vec<Person>> {
    let config = config()?;
    let book = PeopleFile::open_read_only(&config.journal(), config.contacts).ok()??;
    let mut owners = book.beginning(typed, None, MOST).ok()?;
    if owners.is_empty() && typed.chars().count() >= 3 {
        owners = book.find(typed, None, MOST).ok()?;
    }
    let colleagues = colleagues(&config, typed).unwrap_or_default();
    Some(owners.into_iter().map(person).chain(colleagues).collect())
}

fn person(owner: Owner) -> Person {
    let numbers: Vec<String> = owner.numbers().iter().map(Number::shown).collect();
    let detail = [owner.company().map(str::to_owned), Some(numbers.join(", "))].into_iter().flatten().collect::<Vec<_>>().join(", ");
    Person { name: owner.name().to_owned(), detail }
}

fn colleagues(config: &Config, typed: &str) -> Option<Vec<Person>> {
    let (all, _) = Journal::open_read_only(&config.journal()).ok()??.employees().ok()?;
    let person = |user: User| Some(Person { name: user.name?, detail: tr("доб. ", "ext. ").to_owned() + &user.extension? });
    Some(all.into_iter().filter_map(person).filter(|person| fold(&person.name).starts_with(&fold(typed))).collect())
}

/// The newest calls of the history, or those that go on, as they are numbered.
fn described(which: impl FnOnce(&Journal) -> Result<Vec<Entry>>) -> Option<Vec<String>> {
    let config = config()?;
    let journal = Journal::open_read_only(&config.journal()).ok()??;
    let book = PeopleFile::open_read_only(&config.journal(), config.contacts).ok()??;
    let calls = which(&journal).ok()?;
    let words = |entry: Entry| {
        let number = entry.facts.other_number().unwrap_or_default().to_owned();
        let name = book.owner(&number).ok().flatten().map(|owner| owner.name().to_owned());
        let arrow = entry.facts.direction.map_or("", |direction| direction.arrow());
        let at = entry.facts.started_at.and_then(|at| Timestamp::from_second(at).ok());
        let at = at.map(|at| time::relative(at, time::now(), &time::zone())).unwrap_or_default();
        format!("{arrow} {}, {at}", name.unwrap_or_else(|| shown(&number)))
    };
    Some(calls.into_iter().map(words).collect())
}

/// The profile of the command line that is being typed.
fn config() -> Option<Config> {
    let words: Vec<String> = std::env::args().collect();
    let value = |flag: &str| {
        let at = words.iter().position(|word| word == flag || word.starts_with(&format!("{flag}=")))?;
        words[at].split_once('=').map(|(_, value)| value.to_owned()).or_else(|| words.get(at + 1).cloned())
    };
    let flags = Overrides { sandbox: words.iter().any(|word| word == "--sandbox"), profile: value("--profile"), ..Overrides::default() };
    Config::load(&flags).ok()
}

/// A quote with which the word began, and backslashes before its spaces, as bash hands them over, taken off.
fn unquoted(typed: &str) -> String {
    typed.trim_start_matches(['"', '\'']).replace('\\', "")
}
