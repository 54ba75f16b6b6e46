//! `mango config` and the command line itself.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use snapbox::{assert_data_eq, str};

use super::support::*;

#[test]
fn a_setting_is_set_and_got_and_comments_stay() {
    let home = Home::new();
    home.write_config("# моя АТС\nextension = \"101\" # менеджер\n\n[profiles.shop]\nline = \"74950000011\"\n");
    home.mango(["config", "set", "timeout", "10"]).said().exits(0);
    home.mango(["config", "set", "extension", "0102"]).said().exits(0);
    home.mango(["--profile", "shop", "config", "set", "extension", "203"]).said().exits(0);
    assert_data_eq!(
        std::fs::read_to_string(home.path().join("config.toml")).unwrap(),
        str![[r#"
# моя АТС
extension = "0102" # менеджер
timeout = 10

[profiles.shop]
line = "74950000011"
extension = "203"

"#]]
    );
    let got = |args: &[&str]| home.mango(args).said().exits(0).out;
    assert_eq!(got(&["config", "get", "extension"]), "0102\n");
    assert_eq!(got(&["--profile", "shop", "config", "get", "extension"]), "203\n");
    assert_eq!(got(&["config", "get", "line"]), "\n");
    home.mango(["config", "set", "timeout", ""]).said().exits(0);
    assert_eq!(got(&["config", "get", "timeout"]), "\n");
    assert_eq!(got(&["config", "path"]).trim(), home.path().join("config.toml").to_str().unwrap());
    let listed = home.mango(["-o", "json", "config", "list"]).in_russian().said().exits(0).json();
    assert_eq!((&listed[1]["key"], &listed[1]["value"]), (&"extension".into(), &"0102".into()));
}

#[test]
fn a_bad_value_is_refused_and_the_file_stays_as_it_was() {
    let home = Home::new();
    let before = "# comment\nextension = \"101\"\n";
    home.write_config(before);
    for (key, value) in [
        ("timeout", "soon"),
        ("timeout", "0"),
        ("timeout", "-1"),
        ("output", "xml"),
        ("limits", "perhaps"),
        ("extention", "101"),
        ("salt", "x"),
        ("key", "x"),
        ("time_offset", "1h"),
        ("profile", "../x"),
        ("lang", "zz"),
        ("api_url", "nowhere"),
        ("extension", "Иванов"),
    ] {
        let said = home.mango(["config", "set", key, value]).said();
        assert_eq!(said.code, Some(2), "{key} = {value}: {said}");
        assert!(said.err.contains(key), "{key}: {said}");
        assert_eq!(std::fs::read_to_string(home.path().join("config.toml")).unwrap(), before, "{key} = {value}");
    }
    home.mango(["config", "get", "salt"]).in_russian().said().exits(2).says("нет настройки «salt»");
}

#[test]
fn a_wrong_file_is_named_with_its_line() {
    let home = Home::new();
    for (text, word) in [
        ("extention = '101'\n", "extention"),
        ("extension = \n", "line 1"),
        ("extension = '101'\n[profiles.a]\nsalt = 'x'\n", "salt"),
        ("timeout = 'x'\n", "timeout"),
        ("output = 'xml'\n", "xml"),
        ("\u{0}", "config.toml"),
    ] {
        home.write_config(text);
        let said = home.mango(["history", "--offline"]).said().exits(2);
        assert!(said.err.contains(word) && said.err.contains("config.toml"), "{said}");
    }
    std::fs::write(home.path().join("config.toml"), b"extension = '\xff\xfe'").unwrap();
    let said = home.mango(["history", "--offline"]).said();
    assert!(matches!(said.code, Some(1 | 2)), "{said}");
    home.write_config("extention = '101'\n");
    // Help does not read it.
    home.mango(["--help"]).said().exits(0);
    home.mango(["--version"]).said().exits(0);
}

#[test]
fn flag_goes_over_variable_over_file() {
    let home = Home::new();
    home.write_config("extension = '101'\noutput = 'csv'\nlang = 'ru'\nprofile = 'shop'\n[profiles.shop]\nextension = '102'\n");
    let from = |mango: Mango| mango.said().exits(0).json()["json"]["from"]["extension"].as_str().unwrap().to_owned();
    let call = ["-o", "json", "call", "+74950000020", "--dry-run"];
    assert_eq!(from(home.mango(call)), "102");
    assert_eq!(from(home.mango(call).env("MANGO_PROFILE", "other")), "101");
    assert_eq!(from(home.mango(call).env("MANGO_EXTENSION", "103")), "103");
    assert_eq!(from(home.mango(call.iter().chain(&["--from", "104"])).env("MANGO_EXTENSION", "103")), "104");
    let history = || home.mango(["history", "--offline"]);
    assert!(history().said().exits(0).out.starts_with("n,"));
    assert_eq!(history().env("MANGO_OUTPUT", "json").said().exits(0).out, "[]\n");
    assert_eq!(home.mango(["-o", "tsv", "history", "--offline"]).env("MANGO_OUTPUT", "json").said().exits(0).out, "");
    history().env("MANGO_OUTPUT", "xml").said().exits(2);
    let short = || home.mango(["call", "аб"]);
    short().without("MANGO_LANG").said().exits(2).says("нужно хотя бы три буквы");
    short().env("MANGO_LANG", "en").said().exits(2).says("three letters");
    home.mango(["--lang", "ru", "call", "аб"]).said().exits(2).says("нужно хотя бы три буквы");
    history().without("MANGO_LANG").env("LANG", "de_DE.UTF-8").said().exits(0);
}

#[test]
fn a_profile_cannot_leave_the_home() {
    let home = Home::new();
    for name in ["../x", "a/b", ".", "", "x\u{1b}"] {
        home.mango(["--profile", name, "history", "--offline"]).said().exits(2);
    }
    home.mango(["--profile", "магазин", "history", "--offline"]).said().exits(0);
    assert!(home.journal("магазин").exists());
}

#[test]
fn arguments_that_are_not_utf8_are_a_wrong_command_line() {
    let home = Home::new();
    let odd = OsStr::from_bytes(b"\xd0\xff\xfe");
    for args in [
        vec![OsStr::new("call"), odd],
        vec![OsStr::new("show"), odd],
        vec![odd],
        vec![OsStr::new("--lang"), odd, OsStr::new("history")],
        vec![OsStr::new("contact"), OsStr::new("create"), odd],
    ] {
        let said = home.mango(&args).said();
        assert_eq!(said.code, Some(2), "{args:?} {said}");
        assert!(!said.err.is_empty());
    }
    home.mango([OsStr::new("call"), odd]).in_russian().said().exits(2).says("не в UTF-8");
}

#[test]
fn a_wrong_command_line_is_explained_in_both_languages() {
    let home = Home::new();
    assert_data_eq!(
        home.mango(["call", "--wiat", "Иванов"]).in_russian().said().to_string(),
        str![[r#"
! ошибка: нет такого параметра: --wiat; может быть, --wait?
exit 2

"#]]
    );
    home.mango(["histroy"]).said().exits(2).says("no such command: histroy").says("history");
    home.mango(["call"]).said().exits(2);
    home.mango(["history", "--offline", "\u{1b}[31m"]).said().exits(2);
    let said = home.mango(["\u{1b}[31m"]).said().exits(2);
    assert!(!said.err.contains('\u{1b}'));
}

#[test]
fn help_and_version_need_nothing_and_go_to_stdout() {
    let home = Home::new();
    let commands = [
        "call",
        "history",
        "show",
        "contact",
        "login",
        "logout",
        "status",
        "sandbox",
        "config",
        "completions",
        "man",
        "users",
        "groups",
        "lines",
        "balance",
    ];
    for command in commands {
        let said = home.mango([command, "--help"]).said().exits(0);
        assert!(said.out.contains("Usage:") && said.err.is_empty(), "{command}: {said}");
        let said = home.mango([command, "-h"]).in_russian().said().exits(0);
        assert!(said.out.contains("Использование:"), "{command}: {said}");
        for english in ["Usage", "Options", "Arguments", "Commands", "[default", "[possible"] {
            assert!(!said.out.contains(english), "{command}: {english}");
        }
    }
    assert!(std::fs::read_dir(home.path()).unwrap().next().is_none(), "help touches no disk");
}
