//! The file that keeps everything: newer, foreign, damaged, unwritable, or with no room left for it.

use std::path::Path;

use serde_json::json;

use super::support::*;

fn with_calls() -> Pbx {
    let pbx = Pbx::start();
    pbx.generate(60);
    pbx.customer(["history"]).said().exits(0);
    pbx
}

fn every_command(home: &Home, check: impl Fn(Said)) {
    for args in [
        vec!["history", "--offline"],
        vec!["show"],
        vec!["contact", "list"],
        vec!["contact", "create", "Иванов", "+74950000020"],
        vec!["call", "Иванов", "--from", "101"],
    ] {
        check(home.mango(["-o", "json"].iter().chain(&args)).said());
    }
}

#[test]
fn numbers_are_indexed_after_the_first_fill_though_it_was_killed() {
    let pbx = Pbx::start();
    pbx.generate(60);
    let indexed = || {
        let db = rusqlite::Connection::open(pbx.home.journal("default")).unwrap();
        db.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'entries_by_party'", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    pbx.customer(["history", "--since", "90d"]).said().exits(0);
    assert_eq!(indexed(), 1);
    rusqlite::Connection::open(pbx.home.journal("default")).unwrap().execute("DROP INDEX entries_by_party", []).unwrap();
    let all = pbx.customer(["-o", "json", "history", "--since", "90d"]).said().exits(0).json();
    let number = all[0]["number"].as_str().unwrap();
    let calls = pbx.customer(["-o", "json", "history", "--with", number]).said().exits(0).json();
    assert_eq!((indexed(), calls.as_array().unwrap().is_empty()), (1, false));
}

#[test]
fn a_journal_of_a_newer_version_is_not_touched() {
    let pbx = with_calls();
    let path = pbx.home.journal("default");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let before = std::fs::read(&path).unwrap();
    every_command(&pbx.home, |said| {
        let error = said.exits(1).error();
        assert_eq!(error["kind"], "store");
        assert_eq!(error["hint"], "upgrade mango");
    });
    pbx.home.mango(["history", "--offline"]).in_russian().said().exits(1).says("создан более новой версией mango").says("обновите mango");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_text_file_in_its_place_is_not_overwritten() {
    let home = Home::new();
    let path = home.journal("default");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = "Дорогой дневник, сегодня я никому не звонил.\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    every_command(&home, |said| assert_eq!(said.exits(1).error()["kind"], "store"));
    home.mango(["history", "--offline"]).in_russian().said().exits(1).says("повреждён").says("уберите файл в сторону");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_damaged_journal_is_an_error_and_never_a_shorter_answer() {
    for damage in [truncated as fn(&Path), overwritten] {
        let pbx = with_calls();
        let path = pbx.home.journal("default");
        // Everything into the file itself, so that the damage is not healed from the log beside it.
        rusqlite::Connection::open(&path).unwrap().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        damage(&path);
        let said = pbx.customer(["-o", "json", "history", "--offline", "-n", "100"]).said().exits(1);
        let last = said.err.lines().last().unwrap();
        let error: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(error["error"]["kind"], "store", "{said}");
        pbx.customer(["history", "--offline"]).in_russian().said().exits(1).says("повреждён");
    }
}

fn truncated(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn overwritten(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let from = 4096;
    bytes[from..].iter_mut().step_by(7).for_each(|byte| *byte = !*byte);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let home = Home::new();
    let path = home.journal("default");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "").unwrap();
    home.mango(["contact", "create", "Иванов", "+74950000020"]).said().exits(0);
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let home = Home::new();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    for inside in [file.clone(), file.join("deeper")] {
        let said = home.mango(["history", "--offline"]).env("MANGO_HOME", &inside).said();
        assert!(matches!(said.code, Some(1 | 2)), "{said}");
        assert!(said.err.contains(file.to_str().unwrap()), "{said}");
        home.mango(["contact", "create", "Иванов", "+74950000020"]).env("MANGO_HOME", &inside).in_russian().said().exits(1);
        home.mango(["config", "set", "extension", "101"]).env("MANGO_HOME", &inside).said().exits(1);
    }
    // What needs no home works without one.
    home.mango(["--version"]).env("MANGO_HOME", &file).said().exits(0);
}

#[test]
fn a_directory_where_the_journal_should_be_is_named() {
    let home = Home::new();
    std::fs::create_dir_all(home.journal("default")).unwrap();
    every_command(&home, |said| assert_eq!(said.exits(1).error()["kind"], "store"));
}

#[test]
fn no_home_at_all_is_a_wrong_configuration() {
    const TEST: &str = "no_home_at_all_is_a_wrong_configuration";
    if !namespaces() {
        return not_run(TEST, "no user namespaces here (unshare)");
    }
    let home = Home::new();
    // A user without an entry in the password file, as in a container, has no home but the variable.
    let nobody = home.mango(["history", "--offline"]).without("MANGO_HOME").without("HOME").under("unshare", &["--map-user=12345"]);
    nobody.said().exits(2).says("set MANGO_HOME");
}

#[test]
fn a_journal_that_may_only_be_read_still_answers() {
    const TEST: &str = "a_journal_that_may_only_be_read_still_answers";
    let pbx = with_calls();
    let read_only =
        "mount --bind -o ro \"$MANGO_HOME\" \"$MANGO_HOME\" 2>/dev/null && mount -o remount,bind,ro \"$MANGO_HOME\" && exec \"$@\"";
    if !namespaces() {
        return not_run(TEST, "no mount namespaces here (unshare -rm)");
    }
    let run =
        |args: &[&str]| pbx.home.mango(["-o", "json"].iter().chain(args)).under("unshare", &["-rm", "sh", "-c", read_only, "sh"]).said();
    let said = run(&["history", "--offline"]);
    assert_eq!(said.json_or_error(), (Some(0), 20), "{said}");
    let said = run(&["contact", "create", "Иванов", "+74950000020"]).exits(1);
    assert_eq!(said.error()["kind"], "store", "{said}");
}

#[test]
fn a_full_disk_loses_nothing_that_was_there() {
    const TEST: &str = "a_full_disk_loses_nothing_that_was_there";
    if !namespaces() {
        return not_run(TEST, "no mount namespaces here (unshare -rm)");
    }
    let home = Home::new();
    let disk = home.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    // A disk of its own, small; people are added until there is no room; then it is read back.
    let script = r#"
        mount -t tmpfs -o size=512k tmpfs "$MANGO_HOME" || exit 99
        n=0
        while "$1" -o json contact create "Иванов $n $(head -c 150 /dev/zero | tr '\0' x)" "+7495$((1000000 + n))" >/dev/null 2>"$HOME/err"; do
            n=$((n + 1)); [ $n -lt 3000 ] || exit 98
        done
        echo "$n"
        "$1" -o ndjson contact list | wc -l
    "#;
    let said = home.mango::<&str>([]).env("MANGO_HOME", &disk).under("unshare", &["-rm", "sh", "-c", script, "sh"]).said().exits(0);
    let told: Vec<usize> = said.lines().iter().map(|line| line.trim().parse().unwrap()).collect();
    assert!(told[0] > 0 && told[1] == told[0], "as many as were created: {said}");
    let error: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(home.path().join("err")).unwrap()).unwrap();
    assert_eq!(error["error"]["kind"], "store");
    assert!(error["error"]["message"].as_str().unwrap().starts_with("no room on the disk"), "{error}");
}

#[test]
fn a_file_that_may_not_grow_is_no_room_either() {
    let pbx = with_calls();
    let limited = ["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"];
    let said = pbx.home.mango(["-o", "json", "contact", "create", "Иванов", "+74950000020"]).under("sh", &limited).said().exits(1);
    assert_eq!(said.error()["kind"], "store");
    assert!(said.error()["message"].as_str().unwrap().starts_with("no room on the disk"), "{said}");
    pbx.home
        .mango(["contact", "create", "Иванов", "+74950000020"])
        .in_russian()
        .under("sh", &limited)
        .said()
        .exits(1)
        .says("нет места на диске");
    // A call that cannot be remembered is not made.
    pbx.asked();
    pbx.customer(["call", "+74950000020"]).under("sh", &limited).said().exits(1);
    assert!(pbx.orders().is_empty());
    // And with room again everything is there.
    let calls = pbx.customer(["-o", "json", "history", "--offline", "-n", "100"]).said().exits(0).json();
    assert_eq!(calls.as_array().unwrap().len(), 60);
    pbx.home.mango(["contact", "create", "Иванов", "+74950000020"]).said().exits(0);
}

#[test]
fn another_process_that_writes_is_waited_for() {
    let pbx = with_calls();
    let mut db = rusqlite::Connection::open(pbx.home.journal("default")).unwrap();
    let held = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let child = pbx.home.mango(["-o", "json", "contact", "create", "Иванов", "+74950000020"]).start();
    // Readers do not wait at all.
    pbx.home.mango(["history", "--offline"]).said().exits(0);
    held.rollback().unwrap();
    assert_eq!(Said::of(child.wait_with_output().unwrap()).exits(0).json()["name"], json!("Иванов"));
}

#[cfg(unix)]
#[test]
fn nobody_else_looks_into_the_journal() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.mango(["history", "--offline"]).said().exits(0);
    let directory = home.journal("default").parent().unwrap().to_owned();
    assert_eq!(std::fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
}
