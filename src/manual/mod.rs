//! The manual: one page a command, from the definitions of the command line and the texts beside this.

mod texts;

use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::cli;
use crate::text::tr;
use texts::Text;

/// So that `man` reads the page right under any locale.
const CODING: &str = ".\\\" -*- coding: UTF-8 -*-\n";

/// Every page: file name (`mango-call.1`) and roff, in the person's language.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    collect(cli::whole_command(), &mut pages);
    pages
}

/// The JSON keys that a page documents, one list for each shape of output: `legs[].state` is `state` of each of `legs`.
pub fn documented_keys(page: &str) -> Vec<Vec<&'static str>> {
    texts::of(page).json.iter().map(|shape| shape.keys.iter().map(|(key, ..)| *key).collect()).collect()
}

/// Whether there is such a page.
pub fn has(page: &str) -> bool {
    !texts::of(page).description.is_empty()
}

/// The examples of a page under their heading, as `--help` ends; nothing when it has none.
pub fn examples_in_help(page: &str) -> String {
    let examples = texts::of(page).examples;
    if examples.is_empty() {
        return String::new();
    }
    let told = examples.iter().map(|(what, line)| format!("  {what}:\n    {line}\n"));
    format!("\n{}\n{}", tr("Примеры:", "Examples:"), told.collect::<String>())
}

fn collect(command: clap::Command, pages: &mut Vec<(String, String)>) {
    let subcommands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    let name = command.get_display_name().unwrap_or("mango").to_owned();
    pages.push((format!("{name}.1"), page(&name, command)));
    subcommands.into_iter().for_each(|command| collect(command, pages));
}

fn page(name: &str, command: clap::Command) -> String {
    let text = texts::of(name);
    let (top, parent) = (name == "mango", command.has_subcommands());
    let man = Man::new(typeset(command, top));
    let mut page = title(name);
    page += &under(tr("ИМЯ", "NAME"), &part(&man, Man::render_name_section));
    page += &under(tr("ОБЗОР", "SYNOPSIS"), &part(&man, Man::render_synopsis_section));
    page += &section(tr("ОПИСАНИЕ", "DESCRIPTION"), &paragraphs(&text.description));
    page += &options(&man, top);
    if parent {
        page += &under(tr("КОМАНДЫ", "COMMANDS"), &part(&man, Man::render_subcommands_section));
    }
    page += &json(&text);
    page += &exit_status(&text);
    page += &listed(tr("ПЕРЕМЕННЫЕ ОКРУЖЕНИЯ", "ENVIRONMENT"), texts::variables(), text.variables, top);
    page += &listed(tr("ФАЙЛЫ", "FILES"), texts::files(), text.files, top);
    page += &examples(&text);
    page + &see_also(name, &text)
}

/// The heading, and the apostrophe that stays straight, so that examples can be copied.
fn title(name: &str) -> String {
    let (version, manual) = (env!("CARGO_PKG_VERSION"), tr("Руководство mango", "mango manual"));
    format!("{CODING}.ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {name} 1 \"\" \"mango {version}\" \"{manual}\"\n")
}

/// The command as its page shows it: the options of every command are on the first page alone.
fn typeset(mut command: clap::Command, top: bool) -> clap::Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let common = |arg: &clap::Arg| !top && arg.get_help_heading() == Some(crate::args::common_heading());
    command.override_usage(usage).mut_args(|arg| if common(&arg) { arg.hide(true) } else { arg })
}

/// A part of clap_mangen's page without the preamble that each of them begins with.
fn part(man: &Man, render: impl Fn(&Man, &mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut roff = Vec::new();
    // Writing into memory cannot fail.
    let _ = render(man, &mut roff);
    let roff = String::from_utf8_lossy(&roff);
    roff.find(".SH ").map(|at| roff[at..].to_owned()).unwrap_or_default()
}

/// The part under our own heading instead of clap_mangen's English one.
fn under(heading: &str, part: &str) -> String {
    section(heading, part.split_once('\n').map_or("", |(_, body)| body))
}

fn section(heading: &str, body: &str) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    written(&roff) + body
}

/// Quotes, tildes and the like as they are typed: groff would make them curly.
fn written(roff: &Roff) -> String {
    roff.to_roff().replace('\'', "\\*(Aq").replace('~', "\\(ti").replace('^', "\\(ha").replace('`', "\\(ga")
}

fn options(man: &Man, top: bool) -> String {
    let own = part(man, Man::render_options_section);
    let common =
        paragraphs(&[tr("Параметры, общие для всех команд, — в *mango*(1).", "The options that all commands have are in *mango*(1).")]);
    match (top, own.is_empty()) {
        (true, _) => own,
        (false, true) => section(tr("ПАРАМЕТРЫ", "OPTIONS"), &common),
        (false, false) => own + ".PP\n" + &common,
    }
}

fn paragraphs(paragraphs: &[&str]) -> String {
    let mut roff = Roff::new();
    for (n, paragraph) in paragraphs.iter().enumerate() {
        if n > 0 {
            roff.control("PP", []);
        }
        roff.text(marked(paragraph));
    }
    written(&roff)
}

/// `*bold*` and plain text.
fn marked(text: &str) -> Vec<Inline> {
    text.split('*').enumerate().map(|(n, words)| if n % 2 == 1 { bold(words) } else { roman(words) }).collect()
}

fn json(text: &Text) -> String {
    if text.json.is_empty() {
        return String::new();
    }
    let mut roff = Roff::new();
    roff.control("SH", ["JSON"]);
    for (n, shape) in text.json.iter().enumerate() {
        if n > 0 {
            roff.control("PP", []);
        }
        roff.text(marked(shape.of));
        for (key, kind, meaning) in &shape.keys {
            item(&mut roff, vec![bold(*key), roman(" ("), italic(*kind), roman(")")], meaning);
        }
    }
    roff.control("PP", []);
    roff.text([roman(tr(
        "Ключи есть всегда; чего программа не знает, то null. Новые ключи могут появиться, прежние не меняются.",
        "A key is always there; what is not known is null. New keys may appear, these do not change.",
    ))]);
    written(&roff)
}

fn item(roff: &mut Roff, title: Vec<Inline>, body: &str) {
    roff.control("TP", []);
    roff.text(title);
    roff.text(marked(body));
}

fn exit_status(text: &Text) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [tr("КОДЫ ВЫХОДА", "EXIT STATUS")]);
    for (code, meaning) in texts::exit_codes().into_iter().filter(|(code, _)| text.exits.contains(code)) {
        item(&mut roff, vec![bold(code.to_string())], meaning);
    }
    written(&roff)
}

/// Those of `all` that the page names; the first page has them all.
fn listed(heading: &str, all: Vec<(&'static str, &'static str)>, named: &[&str], every: bool) -> String {
    let mut roff = Roff::new();
    let wanted: Vec<_> = all.into_iter().filter(|(name, _)| every || named.contains(name)).collect();
    if wanted.is_empty() {
        return String::new();
    }
    roff.control("SH", [heading]);
    wanted.into_iter().for_each(|(name, meaning)| item(&mut roff, vec![bold(name)], meaning));
    written(&roff)
}

fn examples(text: &Text) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [tr("ПРИМЕРЫ", "EXAMPLES")]);
    for (n, (what, line)) in text.examples.iter().enumerate() {
        if n > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(format!("{what}:"))]);
        roff.control("PP", []);
        roff.control("RS", ["4"]);
        roff.control("nf", []);
        roff.text([bold(*line)]);
        roff.control("fi", []);
        roff.control("RE", []);
    }
    written(&roff)
}

fn see_also(name: &str, text: &Text) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [tr("СМОТРИТЕ ТАКЖЕ", "SEE ALSO")]);
    let first = (name != "mango").then_some("mango");
    let mut line = Vec::new();
    for (n, page) in first.into_iter().chain(text.see.iter().copied()).enumerate() {
        line.extend([roman(if n > 0 { ", " } else { "" }), bold(page), roman("(1)")]);
    }
    roff.text(line);
    written(&roff)
}
