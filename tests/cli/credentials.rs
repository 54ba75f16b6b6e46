//! Key and salt: where they are kept, in which order they are looked for, and what is said when they are not there.
//!
//! The keyring is a real Secret Service on a bus of its own.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::json;

use super::support::*;

/// What a Secret Service in a test needs, in words of Debian: gnome-keyring, dbus, libsecret-tools.
const NEEDED: [&str; 3] = ["gnome-keyring-daemon", "dbus-run-session", "secret-tool"];

/// A desktop session with nothing but a bus, and perhaps a keyring on it. It ends with the test.
struct Session {
    child: Child,
    keep: Option<ChildStdin>,
    bus: String,
    runtime: tempfile::TempDir,
}

impl Session {
    /// With a keyring that its owner has unlocked. The keyring's files are in `home`.
    fn unlocked(home: &Home) -> Session {
        Session::start(home, &[], "printf test-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1")
    }

    /// With a keyring that nobody has unlocked.
    fn locked(home: &Home) -> Session {
        Session::start(home, &[], "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1")
    }

    /// With a bus on which nobody keeps secrets, nor can be asked to.
    fn without_keyring(home: &Home) -> Session {
        let config = home.path().join("bus.conf");
        let text = r#"<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;
        std::fs::write(&config, text).unwrap();
        Session::start(home, &["--config-file", config.to_str().unwrap()], ":")
    }

    fn start(home: &Home, args: &[&str], begin: &str) -> Session {
        let runtime = tempfile::tempdir().unwrap();
        let mut run = Command::new("dbus-run-session");
        run.args(args).args(["--", "sh", "-c", &format!("{begin}; echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat")]);
        run.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", home.path()).env("XDG_RUNTIME_DIR", runtime.path());
        let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut bus = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut bus).unwrap();
        assert!(bus.starts_with("unix:"), "a session bus: {bus}");
        Session { keep: child.stdin.take(), bus: bus.trim().to_owned(), runtime, child }
    }

    fn inside(&self, mango: Mango) -> Mango {
        mango.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).env("XDG_RUNTIME_DIR", self.runtime.path())
    }

    /// What another program sees of our secrets: attributes only, never the secrets themselves.
    fn seen(&self) -> String {
        let mut tool = Command::new("secret-tool");
        tool.args(["search", "--all", "service", "mango"]).env_clear().env("PATH", "/usr/bin:/bin");
        let output = tool.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.keep.take();
        let _ = self.child.wait();
    }
}

/// A PBX, and a home that knows its address but no key.
fn stranger() -> (Pbx, Home) {
    let (pbx, home) = (Pbx::start(), Home::new());
    home.write_config(&format!("api_url = '{}'\nlimits = false\nextension = '101'\n", pbx.url));
    (pbx, home)
}

const LOGIN: [&str; 3] = ["login", "--key-stdin", "--salt-stdin"];

fn lines(key: &str, salt: &str) -> String {
    format!("{key}\n{salt}\n")
}

#[test]
fn login_proves_and_stores_status_says_where_logout_removes() {
    const TEST: &str = "login_proves_and_stores_status_says_where_logout_removes";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (_pbx, home) = stranger();
    let session = Session::unlocked(&home);
    let run = |args: &[&str]| session.inside(home.mango(args));

    let error = run(&["-o", "json", "balance"]).said().exits(4).error();
    assert_eq!(error["kind"], "not_logged_in");
    run(&["balance"]).in_russian().said().exits(4).says("mango login");

    let said = run(&LOGIN).stdin(&lines(KEY, SALT)).said().exits(0).says("Done, profile 'default'. Balance");
    assert!(!said.whole().contains(KEY) && !said.whole().contains(SALT));
    let seen = session.seen();
    assert!(seen.contains("attribute.username = default") && seen.contains("attribute.service = mango"), "{seen}");
    assert_eq!(run(&["-o", "json", "status"]).said().exits(0).json()["credentials"], "keyring");
    run(&["-o", "table", "status"]).in_russian().said().exits(0).on_stdout("хранилище паролей");
    run(&["call", "+74950000020"]).said().exits(0);

    let other = Pbx::with_credentials(&["--no-limits"], "second-key", "second-salt");
    let second =
        |args: &[&str]| run(&["--profile", "shop"].iter().chain(args).copied().collect::<Vec<_>>()).env("MANGO_API_URL", &other.url);
    second(&["balance"]).said().exits(4);
    second(&LOGIN).stdin(&lines("second-key", "second-salt")).in_russian().said().exits(0).says("профиль «shop»");
    second(&["balance"]).said().exits(0);
    run(&["balance"]).said().exits(0);

    run(&["logout"]).said().exits(0).says("have been removed");
    run(&["logout"]).in_russian().said().exits(0).says("нет ключа профиля «default»");
    run(&["balance"]).said().exits(4);
    second(&["balance"]).said().exits(0);
    assert!(!session.seen().contains("default"));
    // Neither key nor salt is in any file of ours.
    for file in files(home.path()).into_iter().filter(|file| !file.to_string_lossy().contains("keyrings")) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [KEY, SALT, "second-key", "second-salt"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} in {}", file.display());
        }
    }
}

#[test]
fn what_the_pbx_refuses_is_not_stored() {
    const TEST: &str = "what_the_pbx_refuses_is_not_stored";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (mut pbx, home) = stranger();
    let session = Session::unlocked(&home);
    let login = |text: &str| session.inside(home.mango(["-o", "json"].iter().chain(&LOGIN))).stdin(text).said();
    assert_eq!(login(&lines("wrong-key", SALT)).exits(4).error()["kind"], "wrong_key");
    let error = login(&lines(KEY, "wrong-salt")).exits(4).error();
    assert_eq!((&error["kind"], &error["code"]), (&json!("wrong_salt"), &json!(3102)));
    for incomplete in ["", "\n\n", "only-one\n", "only-one"] {
        login(incomplete).exits(2);
    }
    pbx.turn_off();
    // Two refusals have shut the API for this profile; another one meets a PBX that is gone.
    assert_eq!(login(&lines(KEY, SALT)).exits(5).error()["kind"], "blocked");
    let other = session.inside(home.mango(["-o", "json", "--profile", "other"].iter().chain(&LOGIN)));
    assert_eq!(other.stdin(&lines(KEY, SALT)).said().exits(5).error()["kind"], "unreachable");
    assert!(!session.seen().contains("attribute"), "nothing was stored: {}", session.seen());
}

#[test]
fn windows_line_ends_and_spaces_around_key_and_salt_do_no_harm() {
    const TEST: &str = "windows_line_ends_and_spaces_around_key_and_salt_do_no_harm";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (_pbx, home) = stranger();
    let session = Session::unlocked(&home);
    session.inside(home.mango(LOGIN)).stdin(&format!("  {KEY}\r\n\r\n{SALT} \r\n")).said().exits(0);
    session.inside(home.mango(["balance"])).said().exits(0);
}

#[test]
fn a_widget_token_is_kept_beside_key_and_salt_and_leaves_with_them() {
    const TEST: &str = "a_widget_token_is_kept_beside_key_and_salt_and_leaves_with_them";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (pbx, home) = stranger();
    let session = Session::unlocked(&home);
    let serving = std::fs::read_to_string(pbx.home.path().join("sandbox/serving.json")).unwrap();
    let serving: serde_json::Value = serde_json::from_str(&serving).unwrap();
    let (url, token) = (serving["widgets_url"].as_str().unwrap(), serving["widget_token"].as_str().unwrap());
    let run = |args: &[&str]| session.inside(home.mango(args)).env("MANGO_WIDGETS_URL", url);
    run(&LOGIN).stdin(&lines(KEY, SALT)).said().exits(0);
    let sync = ["-o", "json", "tracking", "sync", "--widget", "1001"];
    assert_eq!(run(&sync).said().exits(4).error()["kind"], "no_widget_token");
    run(&["login", "--widget", "--token-stdin"]).stdin("\n").said().exits(2);
    let said = run(&["login", "--widget", "--token-stdin"]).stdin(&format!("{token}\n")).said().exits(0);
    assert!(!said.whole().contains(token), "{said}");
    assert!(session.seen().contains("attribute.username = default/widget"), "{}", session.seen());
    run(&sync).said().exits(0);
    // Another profile has another token, or none.
    let other = [&sync[..], &["--profile", "shop"]].concat();
    assert_eq!(run(&other).said().exits(4).error()["kind"], "no_widget_token");
    run(&["logout"]).said().exits(0).says("have been removed");
    assert_eq!(run(&sync).said().exits(4).error()["kind"], "no_widget_token");
}

#[test]
fn the_password_of_the_crm_is_kept_in_the_keyring_once_the_crm_has_taken_it() {
    const TEST: &str = "the_password_of_the_crm_is_kept_in_the_keyring_once_the_crm_has_taken_it";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (pbx, home) = stranger();
    let session = Session::unlocked(&home);
    let serving = std::fs::read_to_string(pbx.home.path().join("sandbox/serving.json")).unwrap();
    let serving: serde_json::Value = serde_json::from_str(&serving).unwrap();
    let text = |key: &str| serving[key].as_str().unwrap().to_owned();
    let (url, user, password) = (text("crm"), text("crm_user"), text("crm_password"));
    let run = |args: &[&str]| session.inside(pbx.invite(home.mango(args)));
    let login = ["login", "--crm", "--url", &url, "--user", &user, "--password-stdin"];
    run(&login).stdin("wrong horse\n").said().exits(4).says("does not take the password");
    assert!(!session.seen().contains("attribute"), "nothing was stored: {}", session.seen());
    let said = run(&login).stdin(&format!("{password}\n")).said().exits(0).says("Done: the CRM let").says("config set contacts bpmsoft");
    assert!(!said.whole().contains(&password));
    assert!(session.seen().contains("attribute.username = default/crm"), "{}", session.seen());
    run(&["config", "set", "contacts", "bpmsoft"]).said().exits(0);
    let status = run(&["-o", "json", "status"]).said().exits(0).json();
    assert_eq!((&status["crm_password"], &status["crm_error"]), (&json!("keyring"), &json!(null)));
    run(&["contact", "list", "иванов"]).said().exits(0);
    run(&["logout", "--crm"]).said().exits(0).says("has been removed");
    assert_eq!(run(&["-o", "json", "contact", "list", "иванов"]).said().exits(4).error()["kind"], "no_crm_password");
    for file in files(home.path()).into_iter().filter(|file| !file.to_string_lossy().contains("keyrings")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()), "{}", file.display());
    }
}

#[test]
fn a_locked_keyring_is_named_with_the_ways_around_it() {
    const TEST: &str = "a_locked_keyring_is_named_with_the_ways_around_it";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (_pbx, home) = stranger();
    let unlocked = Session::unlocked(&home);
    unlocked.inside(home.mango(LOGIN)).stdin(&lines(KEY, SALT)).said().exits(0);
    drop(unlocked);
    let session = Session::locked(&home);
    names_the_others(|| session.inside(home.mango(["balance"])), "the keyring is locked", "хранилище паролей заблокировано");
    session.inside(home.mango(["logout"])).said().exits(4);
    // The variables need no keyring.
    session.inside(home.mango(["balance"])).env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).said().exits(0);
}

#[test]
fn without_a_keyring_the_other_sources_are_named() {
    let (_pbx, home) = stranger();
    let nowhere = || home.mango(["balance"]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    names_the_others(nowhere, "there is no keyring here", "хранилища паролей здесь нет");
    names_the_others(
        || home.mango(["balance"]).env("XDG_RUNTIME_DIR", home.path()),
        "there is no keyring here",
        "хранилища паролей здесь нет",
    );
    let login = home.mango(["-o", "json"].iter().chain(&LOGIN)).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    assert_eq!(login.stdin(&lines(KEY, SALT)).said().exits(4).error()["kind"], "keyring");
}

#[test]
fn a_bus_without_a_keyring_is_no_keyring() {
    const TEST: &str = "a_bus_without_a_keyring_is_no_keyring";
    if !can_run(TEST, &["dbus-run-session"]) {
        return;
    }
    let (_pbx, home) = stranger();
    let session = Session::without_keyring(&home);
    names_the_others(|| session.inside(home.mango(["balance"])), "there is no keyring here", "хранилища паролей здесь нет");
}

#[test]
fn a_keyring_that_says_nothing_is_given_up() {
    // Accepts and never answers: if that were waited for, this test would never end.
    let (_pbx, home) = stranger();
    let socket = home.path().join("bus");
    let listener = UnixListener::bind(&socket).unwrap();
    let (keep, kept) = std::sync::mpsc::channel();
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).try_for_each(|line| keep.send(line)));
    let run = || home.mango(["balance"]).env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    names_the_others(run, "the keyring did not answer within 5 s", "хранилище паролей не ответило за 5 с");
    assert!(kept.try_recv().is_ok(), "it was asked");
}

/// One line says what is wrong, the next one, in one line too, which sources need no keyring.
#[track_caller]
fn names_the_others(run: impl Fn() -> Mango, english: &str, russian: &str) {
    for (said, words) in [(run().said(), english), (run().in_russian().said(), russian)] {
        let said = said.exits(4).says(words);
        assert_eq!(said.err.lines().count(), 2, "{said}");
        let hint = said.err.lines().last().unwrap();
        for name in ["MANGO_API_KEY", "MANGO_API_SALT", "CREDENTIALS_DIRECTORY", "credential_command"] {
            assert!(hint.contains(name), "{name}: {said}");
        }
    }
    assert_eq!(run().env("MANGO_OUTPUT", "json").said().exits(4).error()["kind"], "not_logged_in");
}

#[test]
fn half_of_the_variables_is_an_error_that_names_the_other_half() {
    let (_pbx, home) = stranger();
    home.mango(["balance"]).env("MANGO_API_KEY", KEY).said().exits(4).says("MANGO_API_SALT");
    home.mango(["balance"]).env("MANGO_API_SALT", SALT).in_russian().said().exits(4).says("нужна и переменная MANGO_API_KEY");
}

#[test]
fn systemd_credentials_are_read_from_their_directory() {
    let (_pbx, home) = stranger();
    let directory = home.path().join("credentials");
    std::fs::create_dir(&directory).unwrap();
    let run = |args: &[&str]| home.mango(args).env("CREDENTIALS_DIRECTORY", &directory);
    std::fs::write(directory.join("mango_api_key"), format!("{KEY}\n")).unwrap();
    run(&["balance"]).said().exits(4).says("mango_api_salt");
    std::fs::write(directory.join("mango_api_salt"), "").unwrap();
    run(&["balance"]).in_russian().said().exits(4).says("файл пуст");
    std::fs::write(directory.join("mango_api_salt"), SALT).unwrap();
    assert_eq!(run(&["-o", "json", "status"]).said().exits(0).json()["credentials"], "systemd");
}

#[test]
fn a_command_may_print_key_and_salt() {
    let (pbx, home) = stranger();
    let with =
        |command: &str| home.write_config(&format!("api_url = '{}'\nlimits = false\ncredential_command = '''{command}'''\n", pbx.url));
    with(&format!("printf '{KEY}\\n{SALT}\\nurl: x\\n'"));
    assert_eq!(home.mango(["-o", "json", "status"]).said().exits(0).json()["credentials"], "command");
    with("exit 3");
    let error = home.mango(["-o", "json", "balance"]).said().exits(4).error();
    assert_eq!(error["kind"], "credential_source");
    home.mango(["balance"]).in_russian().said().exits(4).says("credential_command");
    with("echo only-one-line");
    let said = home.mango(["balance"]).in_russian().said().exits(4).says("нужны две строки: ключ и соль");
    assert!(!said.err.contains("only-one-line\n"), "what was printed is not repeated: {said}");
    with("no-such-program-at-all");
    home.mango(["balance"]).said().exits(4);
    // A source that fails is not passed over for the next one: that would be another company's PBX.
    let said = home.mango(["balance"]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").said().exits(4);
    assert!(!said.err.contains("keyring here"), "{said}");
}

#[test]
fn variables_go_before_systemd_before_the_command_before_the_keyring() {
    const TEST: &str = "variables_go_before_systemd_before_the_command_before_the_keyring";
    if !can_run(TEST, &NEEDED) {
        return;
    }
    let (pbx, home) = stranger();
    let session = Session::unlocked(&home);
    session.inside(home.mango(LOGIN)).stdin(&lines(KEY, SALT)).said().exits(0);
    let source = |mango: Mango| session.inside(mango).said().exits(0).json()["credentials"].as_str().unwrap().to_owned();
    let status = || home.mango(["-o", "json", "status"]);
    assert_eq!(source(status()), "keyring");
    home.write_config(&format!("api_url = '{}'\nlimits = false\ncredential_command = \"printf '{KEY}\\\\n{SALT}'\"\n", pbx.url));
    assert_eq!(source(status()), "command");
    let directory = home.path().join("credentials");
    std::fs::DirBuilder::new().mode(0o700).create(&directory).unwrap();
    // An empty directory is another service's.
    assert_eq!(source(status().env("CREDENTIALS_DIRECTORY", &directory)), "command");
    for (name, secret) in [("mango_api_key", KEY), ("mango_api_salt", SALT)] {
        let mut file = std::fs::File::create(directory.join(name)).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o400)).unwrap();
        file.write_all(secret.as_bytes()).unwrap();
    }
    assert_eq!(source(status().env("CREDENTIALS_DIRECTORY", &directory)), "systemd");
    let all = status().env("CREDENTIALS_DIRECTORY", &directory).env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT);
    assert_eq!(source(all), "environment");
}

fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else if path.is_file() {
                vec![path]
            } else {
                vec![]
            }
        })
        .collect()
}
