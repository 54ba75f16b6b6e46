//! READMEs and manual pages name only commands and options that exist.

use super::{Home, repository};

/// The `mango …` commands of a shell line: of a pipe, a `$(…)`, behind variables.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.split(" #").next().unwrap_or_default();
    let line = line.replace("\"$(", "$(").replace(")\"", ")");
    let mut commands = Vec::new();
    let mut words: Vec<String> = vec![String::new()];
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => words.last_mut().expect("a word").push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | ';' | '&' | '(' | ')' | '>' | '<') => {
                commands.push(std::mem::replace(&mut words, vec![String::new()]));
                if c == '>' {
                    // A file, not an argument.
                    while rest.next_if(|c| c.is_whitespace()).is_some() {}
                    while rest.next_if(|c| !c.is_whitespace()).is_some() {}
                }
            }
            (None, ' ') => words.push(String::new()),
            (None, c) => words.last_mut().expect("a word").push(c),
        }
    }
    commands.push(words);
    let own = |words: Vec<String>| {
        let mut words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let release = ["cargo", "run", "--release", "--"];
        if words.starts_with(&release.map(str::to_owned)) {
            words.splice(..4, ["mango".to_owned()]);
        }
        let start = words.iter().position(|word| !(word.contains('=') && word.starts_with(|c: char| c.is_ascii_uppercase())))?;
        (words[start] == "mango").then(|| words[start + 1..].to_vec())
    };
    commands.into_iter().filter_map(own).collect()
}

/// Whether the command line is one that the program would run.
fn check(from: &str, args: &[String]) {
    let line = ["mango"].into_iter().chain(args.iter().map(String::as_str)).map(Into::into).collect();
    if let Err(mango::cli::NotRun::Wrong(error)) = mango::cli::parse(line) {
        panic!("{from}: mango {args:?}: {}", error.message());
    }
}

/// The lines of a manual page that are to be typed.
fn examples(page: &str) -> Vec<String> {
    let plain = |line: &str| line.replace("\\-", "-").replace("\\*(Aq", "'").replace("\\(ti", "~").replace("\\fB", "").replace("\\fR", "");
    page.split("\n.nf\n").skip(1).filter_map(|rest| rest.split("\n.fi\n").next()).map(plain).collect()
}

#[test]
fn every_command_in_a_readme_is_one_that_the_program_takes() {
    for readme in ["README.md", "README.ru.md"] {
        let text = std::fs::read_to_string(repository().join(readme)).expect(readme);
        let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
        let found: Vec<_> = blocks.flat_map(str::lines).flat_map(commands).collect();
        assert!(found.len() > 15, "{readme}: only {} commands found", found.len());
        found.iter().for_each(|args| check(readme, args));
    }
}

#[test]
fn every_page_has_examples_that_the_program_takes() {
    let pages = std::fs::read_dir(repository().join("man")).expect("man").map(|page| page.expect("a page").path());
    for page in pages.filter(|page| page.is_file()) {
        let text = std::fs::read_to_string(&page).expect("text");
        let found: Vec<_> = examples(&text).iter().flat_map(|line| commands(line)).collect();
        assert!(!found.is_empty(), "{}", page.display());
        found.iter().for_each(|args| check(&page.display().to_string(), args));
    }
}

#[test]
fn a_command_is_found_in_a_pipe_and_behind_a_variable() {
    let found = commands("pass show mango | TZ=UTC mango login --key-stdin > file && mango call 'А Б' # why");
    assert_eq!(found, [vec!["login", "--key-stdin"], vec!["call", "А Б"]]);
}

#[test]
fn help_is_a_word_too_and_ends_with_examples() {
    let home = Home::with_a_call();
    let help = home.says(&["help", "contact", "create"]);
    assert_eq!(help, home.says(&["contact", "create", "--help"]));
    assert!(help.contains("Examples:\n") && help.contains("    mango contact create "), "{help}");
    assert_eq!(home.says(&["help"]), home.says(&["--help"]));
}
