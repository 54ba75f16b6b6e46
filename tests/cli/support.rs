//! A home of its own for every test, the binary in it, a sandbox beside it, and a server that misbehaves on purpose.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// 2026-01-14T09:30:00Z, half past twelve in Moscow on a Wednesday.
pub const CLOCK: &str = "1768383000";

pub const KEY: &str = "test-key-5f2c";
pub const SALT: &str = "test-salt-91ab";

/// Waits for what comes sooner or later; what has not come after five minutes never will.
#[track_caller]
pub fn awaited<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + Duration::from_secs(300);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < give_up, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A day of the past, written as a date: `4d` is another moment in every run.
pub fn days_ago(days: i64) -> String {
    jiff::Zoned::now().date().checked_sub(jiff::Span::new().days(days)).unwrap().to_string()
}

/// A person's home: settings, journal and all, gone with the test.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn journal(&self, profile: &str) -> PathBuf {
        self.path().join(profile).join("journal.db")
    }

    pub fn write_config(&self, text: &str) {
        std::fs::write(self.path().join("config.toml"), text).unwrap();
    }

    pub fn mango<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Mango {
        let mut mango = Mango::sealed(self.path());
        mango.command.args(args);
        mango
    }
}

/// One run of the program to come.
pub struct Mango {
    command: Command,
    stdin: Vec<u8>,
}

impl Mango {
    /// Nothing of the tester's environment gets in.
    fn sealed(home: &Path) -> Mango {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mango"));
        command.env_clear().envs([("TZ", "Europe/Moscow"), ("MANGO_LANG", "en"), ("PATH", "/usr/local/bin:/usr/bin:/bin")]);
        command.env("HOME", home).env("MANGO_HOME", home).current_dir(home);
        Mango { command, stdin: Vec::new() }
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Mango {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Mango {
        self.command.env_remove(name);
        self
    }

    pub fn in_russian(self) -> Mango {
        self.env("MANGO_LANG", "ru")
    }

    /// At the time of a practice PBX that runs fast: reports end at the present.
    pub fn at_the_time_of(self, pbx: &Pbx) -> Mango {
        let now = pbx.control("GET", "status", json!({}))["now"].as_f64().unwrap();
        self.env("MANGO_CLOCK", now.ceil().to_string())
    }

    /// As if it always began at [`CLOCK`].
    pub fn at_noon(self) -> Mango {
        self.env("MANGO_CLOCK", CLOCK)
    }

    pub fn stdin(mut self, text: &str) -> Mango {
        self.stdin = text.into();
        self
    }

    /// The command as it would be run, for tests that need another parent or terminal.
    pub fn command(self) -> Command {
        self.command
    }

    /// The same run under another program: `sh -c '… "$@"' sh`.
    pub fn under(self, program: &str, args: &[&str]) -> Mango {
        let mut outer = Command::new(program);
        outer.args(args).arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        outer.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        outer.current_dir(self.command.get_current_dir().unwrap());
        Mango { command: outer, stdin: self.stdin }
    }

    pub fn start(mut self) -> Child {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        // Who does not read stdin closes it: that is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        child
    }

    pub fn said(self) -> Said {
        Said::of(self.start().wait_with_output().unwrap())
    }
}

/// What a run left: data, talk and number.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Said {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The exit code must be this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Said {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Stderr must hold this.
    #[track_caller]
    pub fn says(self, words: &str) -> Said {
        assert!(self.err.contains(words), "«{words}» is not said:\n{self}");
        self
    }

    /// Nothing may be said or printed: cron would write a letter.
    #[track_caller]
    pub fn silent(self) -> Said {
        assert!(self.out.is_empty() && self.err.is_empty(), "{self}");
        self
    }

    /// Stdout must hold this.
    #[track_caller]
    pub fn on_stdout(self, words: &str) -> Said {
        assert!(self.out.contains(words), "«{words}» is not there:\n{self}");
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The `error` object that `-o json` leaves on stderr, and nothing else beside it.
    #[track_caller]
    pub fn error(&self) -> Value {
        let error: Value = serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self}"));
        error["error"].clone()
    }

    /// Exit code, and how many elements the JSON list has.
    #[track_caller]
    pub fn json_or_error(&self) -> (Option<i32>, usize) {
        (self.code, self.json().as_array().map_or(0, Vec::len))
    }

    pub fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// Both streams: what must not hold a secret.
    pub fn whole(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Data, talk and exit code together, as snapshots compare them.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.out)?;
        for line in self.err.lines() {
            writeln!(f, "! {line}")?;
        }
        match self.code {
            Some(code) => writeln!(f, "exit {code}"),
            None => writeln!(f, "killed"),
        }
    }
}

/// A sandbox that another process serves, and the home of whoever uses it.
pub struct Pbx {
    pub home: Home,
    pub url: String,
    control: SocketAddr,
    child: Child,
}

impl Pbx {
    /// Fast, and without limits.
    pub fn start() -> Pbx {
        Pbx::with(&["--speed", "50", "--no-limits"])
    }

    pub fn with(args: &[&str]) -> Pbx {
        Pbx::with_credentials(args, KEY, SALT)
    }

    pub fn with_credentials(args: &[&str], key: &str, salt: &str) -> Pbx {
        let home = Home::new();
        home.write_config("[profiles.default]\nlimits = false\nextension = '101'\n");
        let fixed = ["sandbox", "serve", "--seed", "7", "--key", key, "--salt", salt];
        Pbx::serve(home, "127.0.0.1:0", &fixed.iter().chain(args).copied().collect::<Vec<_>>())
    }

    /// The machine that was turned off, at the same address.
    pub fn turned_on(mut self) -> Pbx {
        self.stop();
        let home = std::mem::replace(&mut self.home, Home::new());
        Pbx::serve(home, &self.control.to_string(), &["sandbox", "serve", "--seed", "7", "--no-limits", "--key", KEY, "--salt", SALT])
    }

    fn serve(home: Home, bind: &str, args: &[&str]) -> Pbx {
        let mut serve = home.mango(args.iter().chain(&["--bind", bind])).command();
        let mut child = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let ready: Value = serde_json::from_str(&ready).expect("serve prints one JSON line");
        let url = ready["url"].as_str().unwrap().to_owned();
        let control = ready["control"].as_str().unwrap().trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
        Pbx { home, url, control, child }
    }

    /// As somebody who tries the sandbox: its events reach the journal.
    pub fn mango<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Mango {
        let mut mango = self.home.mango(["--sandbox"]);
        mango.command.args(args);
        mango
    }

    /// As a customer of an ordinary PBX, from the same home: nobody receives events.
    pub fn customer<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Mango {
        self.invite(self.home.mango(args))
    }

    /// The same from any home.
    pub fn invite(&self, mango: Mango) -> Mango {
        mango.env("MANGO_API_URL", &self.url).env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT)
    }

    pub fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = http(self.control, method, &format!("/sandbox/{path}"), &body.to_string());
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{path}: {answer}"))
    }

    /// The next requests to `path` go wrong.
    pub fn fault(&self, fault: Value) {
        assert_eq!(self.control("POST", "faults", fault), json!({}));
    }

    /// What was asked so far, forgetting it: `(path, json)`.
    pub fn asked(&self) -> Vec<(String, Value)> {
        let seen = self.control("DELETE", "requests", json!({}));
        let one = |seen: &Value| (seen["path"].as_str().unwrap().to_owned(), seen["json"].clone());
        seen["requests"].as_array().unwrap().iter().map(one).collect()
    }

    /// The orders among them.
    pub fn orders(&self) -> Vec<(String, Value)> {
        self.asked().into_iter().filter(|(path, _)| path.starts_with("commands/")).collect()
    }

    /// Makes up a history in the sandbox.
    pub fn generate(&self, calls: u32) {
        self.control("POST", "generate", json!({ "calls": calls, "days": 20, "seed": 1 }));
    }

    /// A call from outside, played to its end.
    pub fn incoming(&self, call: Value) {
        let made = self.control("POST", "incoming", call);
        assert!(made["entry_id"].is_string(), "{made}");
        awaited("the end of the call", || (self.control("GET", "status", json!({}))["live"] == 0).then_some(()));
    }

    /// Turns the machine off: nobody is at this address any more, nor comes there.
    pub fn turn_off(&mut self) {
        self.stop();
        held(self.control.port());
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        self.stop();
    }
}

fn http(to: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").expect("an HTTP answer").1.to_owned()
}

/// A server that does with a connection what the test says, and remembers what came.
pub struct Wire {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

/// A connection at the far end of the wire.
pub struct Line {
    stream: TcpStream,
    seen: Arc<Mutex<Vec<String>>>,
    slot: usize,
}

impl Wire {
    /// `play` is called for each connection, on a thread of its own; when it returns, the connection is closed.
    pub fn start(play: impl Fn(Line) + Send + Sync + 'static) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (play, shared) = (Arc::new(play), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let slot = {
                    let mut seen = shared.lock().unwrap();
                    seen.push(String::new());
                    seen.len() - 1
                };
                let line = Line { stream: stream.unwrap(), seen: shared.clone(), slot };
                let play = play.clone();
                std::thread::spawn(move || play(line));
            }
        });
        Wire { address, seen }
    }

    /// Answers every request with these bytes.
    pub fn answering(answer: impl Into<String>) -> Wire {
        let answer = answer.into();
        Wire::start(move |mut line| {
            line.hear_all();
            line.tell(&answer);
        })
    }

    /// Answers every request with this status and body.
    pub fn replying(status: &str, kind: &str, body: &str) -> Wire {
        Wire::answering(reply(status, kind, body))
    }

    pub fn url(&self) -> String {
        format!("http://{}/vpbx/", self.address)
    }

    /// What came over each connection.
    pub fn heard(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// As a customer whose PBX this is.
    pub fn customer<A: AsRef<OsStr>>(&self, home: &Home, args: impl IntoIterator<Item = A>) -> Mango {
        let mango = home.mango(args).env("MANGO_API_URL", self.url()).env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT);
        mango.env("MANGO_EXTENSION", "101")
    }
}

impl Line {
    /// Reads so many bytes, or all there are before the other side stops.
    pub fn hear(&mut self, count: usize) {
        let mut bytes = vec![0; count];
        let mut read = 0;
        while read < count {
            match self.stream.read(&mut bytes[read..]) {
                Ok(0) | Err(_) => break,
                Ok(n) => read += n,
            }
        }
        self.seen.lock().unwrap()[self.slot] += &String::from_utf8_lossy(&bytes[..read]);
    }

    /// Reads a whole request.
    pub fn hear_all(&mut self) {
        while !self.is_whole() {
            let before = self.text().len();
            self.hear(1);
            if self.text().len() == before {
                break;
            }
        }
    }

    /// Reads a request up to its body.
    pub fn hear_head(&mut self) {
        while !self.text().contains("\r\n\r\n") {
            let before = self.text().len();
            self.hear(1);
            if self.text().len() == before {
                break;
            }
        }
    }

    fn is_whole(&self) -> bool {
        let text = self.text();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        body.len() >= length.unwrap_or(0)
    }

    /// What was heard so far.
    pub fn text(&self) -> String {
        self.seen.lock().unwrap()[self.slot].clone()
    }

    pub fn tell(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes());
        let _ = self.stream.flush();
    }

    /// Says nothing until the other side has gone away.
    pub fn be_silent(&mut self) {
        let _ = self.stream.read_to_end(&mut Vec::new());
    }

    /// Cut, so that the other side is told of a reset rather than of an end: what was sent to us stays unread.
    pub fn cut(self) {
        drop(self.stream);
    }
}

/// A whole HTTP answer.
pub fn reply(status: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// Whether a program is installed.
pub fn installed(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).output().is_ok_and(|found| found.status.success())
}

/// For a test that needs what this machine lacks: says so where `tests/run` reads it. With `CI=true` that is a failure.
pub fn not_run(test: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} could not run: {why}");
    if let Some(list) = std::env::var_os("MANGO_TESTS_NOT_RUN") {
        let mut list = std::fs::OpenOptions::new().create(true).append(true).open(list).unwrap();
        writeln!(list, "{test}: {why}").unwrap();
    }
}

/// Whether all of these programs are here; if not, says so.
pub fn can_run(test: &str, programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs.iter().copied().filter(|program| !installed(program)).collect();
    if !missing.is_empty() {
        not_run(test, &format!("{} missing", missing.join(", ")));
    }
    missing.is_empty()
}

/// Whether a small disk of our own can be mounted.
pub fn namespaces() -> bool {
    let mount = "mount -t tmpfs tmpfs /mnt";
    Command::new("unshare").args(["-rm", "sh", "-c", mount]).output().is_ok_and(|done| done.status.success())
}

/// An address at which nobody listens, and that nobody gets who does not ask for it.
pub fn nobodys() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], held(0)))
}

/// Holds a port, or any that is free, as long as the tests run: bound without listening, it is open to whoever names it.
fn held(port: u16) -> u16 {
    static HELD: Mutex<Vec<tokio::net::TcpSocket>> = Mutex::new(Vec::new());
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
    let port = socket.local_addr().unwrap().port();
    HELD.lock().unwrap().push(socket);
    port
}

/// An HTTPS server for `localhost` whose certificate, `cert.pem` in its directory, nobody has signed.
pub struct SelfSigned(Child);

impl SelfSigned {
    pub fn start(directory: &Path, port: u16) -> SelfSigned {
        make_certificate(directory);
        let port = port.to_string();
        let child =
            openssl(directory, &["s_server", "-quiet", "-www", "-cert", "cert.pem", "-key", "key.pem", "-accept", &port]).spawn().unwrap();
        awaited("openssl", || TcpStream::connect(format!("127.0.0.1:{port}")).ok());
        SelfSigned(child)
    }
}

/// `cert.pem` and `key.pem` for `localhost`, signed by themselves.
pub fn make_certificate(directory: &Path) {
    let made = openssl(directory, &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .status();
    assert!(made.unwrap().success(), "openssl makes a certificate");
}

fn openssl(directory: &Path, args: &[&str]) -> Command {
    let mut openssl = Command::new("openssl");
    openssl.args(args).current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    openssl
}

impl Drop for SelfSigned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
