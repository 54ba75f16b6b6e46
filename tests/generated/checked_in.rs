//! Checked-in pages and scripts are those that the program makes today.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Home, repository};

fn pages(directory: &Path) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(directory).expect("a directory").map(|file| file.expect("a file").path());
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "1"));
    pages
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read_to_string(&path).expect("text")))
        .collect()
}

#[test]
fn manual_pages_are_fresh_in_both_languages() {
    for (lang, checked_in) in [("en", "man"), ("ru", "man/ru")] {
        let home = Home::new();
        let made = home.0.path().join("pages");
        home.says(&["--lang", lang, "man", "--dir", made.to_str().expect("a path")]);
        let (made, old) = (pages(&made), pages(&repository().join(checked_in)));
        let stale: Vec<_> = made.keys().chain(old.keys()).filter(|name| made.get(*name) != old.get(*name)).collect();
        assert!(stale.is_empty() && !made.is_empty(), "{checked_in} is stale, run ./tests/regenerate: {stale:?}");
    }
}

#[test]
fn completions_are_fresh() {
    for (shell, file) in
        [("bash", "mango.bash"), ("zsh", "_mango"), ("fish", "mango.fish"), ("powershell", "_mango.ps1"), ("elvish", "mango.elv")]
    {
        let old = std::fs::read_to_string(repository().join("completions").join(file)).unwrap_or_default();
        assert!(Home::new().says(&["completions", shell]) == old, "completions/{file} is stale, run ./tests/regenerate");
    }
}

#[test]
fn a_page_is_found_by_the_words_of_its_command_and_by_its_name() {
    let home = Home::new();
    for (asked, page) in [
        (&["call"][..], "mango-call"),
        (&["mango-call"], "mango-call"),
        (&["contact", "create"], "mango-contact-create"),
        (&["mango-contact-create.1"], "mango-contact-create"),
        (&[], "mango"),
    ] {
        let roff = home.says(&[&["man"], asked].concat());
        assert!(roff.contains(&format!("\n.TH {page} 1 ")), "{asked:?}");
    }
    let missing = home.command().args(["man", "dance"]).output().expect("the program runs");
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_russian_page_has_no_english_heading() {
    for (name, page) in pages(&repository().join("man/ru")) {
        let headings = page.lines().filter_map(|line| line.strip_prefix(".SH "));
        let english: Vec<_> = headings.filter(|heading| heading.is_ascii() && *heading != "JSON").collect();
        assert!(english.is_empty(), "{name}: {english:?}");
    }
}
