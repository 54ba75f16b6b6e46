//! `mango listen` in a home of its own, and somebody who posts to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use mango::credentials::Credentials;
use mango::pbx::envelope::Envelope;
use serde_json::{Value, json};

use crate::support::*;

/// Those of `tests/wire/sign`. The key has everything that a form must escape.
pub const WIRE_KEY: &str = "wire+key/00000000000000000000001=";
pub const WIRE_SALT: &str = "wire-salt-0000000000000000000001";

/// Nobody's address: statistics that `listen` asks for are refused at once, and no test ever reaches a real PBX.
pub const NOBODY: &str = "http://127.0.0.1:9/vpbx/";

/// What every test here believes the PBX's key to be.
pub fn customer<A: AsRef<std::ffi::OsStr>>(home: &Home, args: impl IntoIterator<Item = A>) -> Mango {
    home.mango(args).env("MANGO_CLOCK", CLOCK).env("MANGO_API_URL", NOBODY).env("MANGO_API_KEY", WIRE_KEY).env("MANGO_API_SALT", WIRE_SALT)
}

/// A running receiver; gone with the test.
pub struct Listening {
    pub address: SocketAddr,
    child: Child,
    out: Lines,
    err: Lines,
}

/// What a running program has printed so far.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    pub fn of(stream: impl Read + Send + 'static) -> Lines {
        let lines = Lines(Arc::default());
        let ours = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n') {
                let Ok(line) = line else { return };
                ours.0.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
            }
        });
        lines
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Listening {
    pub fn start(home: &Home) -> Listening {
        Listening::with(home, &[])
    }

    /// On a port of its own, printing NDJSON.
    pub fn with(home: &Home, args: &[&str]) -> Listening {
        Listening::of(|bind| {
            let fixed = ["-o", "ndjson", "listen", "--bind", bind];
            customer(home, fixed.iter().chain(args))
        })
    }

    /// The command is made for an address.
    pub fn of(mango: impl Fn(&str) -> Mango) -> Listening {
        let address = nobodys();
        Listening::at(address, mango(&address.to_string()))
    }

    pub fn at(address: SocketAddr, mango: Mango) -> Listening {
        let mut command = mango.command();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (Lines::of(child.stdout.take().unwrap()), Lines::of(child.stderr.take().unwrap()));
        awaited("listen", || {
            assert!(child.try_wait().unwrap().is_none(), "listen ended: {:?}", err.all());
            TcpStream::connect(address).ok()
        });
        Listening { address, child, out, err }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Posts a signed event to its path; the status of the answer.
    pub fn send(&self, path: &str, json: &Value) -> u16 {
        self.form(path, &sealed(&json.to_string()))
    }

    /// Posts a ready form.
    pub fn form(&self, path: &str, form: &str) -> u16 {
        self.post(path, "application/x-www-form-urlencoded", form.as_bytes(), &[])
    }

    pub fn post(&self, path: &str, kind: &str, body: &[u8], headers: &[(&str, &str)]) -> u16 {
        post(self.address, path, kind, body, headers)
    }

    /// NDJSON printed so far.
    pub fn told(&self) -> Vec<Value> {
        self.out.all().iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// Waits until so many notifications were printed.
    pub fn told_at_least(&mut self, count: usize) -> Vec<Value> {
        self.until("notifications to be shown", |listening| {
            let told = listening.told();
            (told.len() >= count).then_some(told)
        })
    }

    /// Waits until this was said on stderr.
    pub fn says(&mut self, words: &str) {
        self.until(words, |listening| listening.err.all().iter().any(|line| line.contains(words)).then_some(()))
    }

    /// Lines printed so far.
    pub fn lines(&self) -> Vec<String> {
        self.out.all()
    }

    pub fn talk(&self) -> String {
        self.err.all().join("\n")
    }

    /// Waits for something that must come as long as the program runs.
    pub fn until<T>(&mut self, what: &str, found: impl Fn(&Listening) -> Option<T>) -> T {
        awaited(what, || {
            let found = found(self);
            if found.is_none()
                && let Some(ended) = self.child.try_wait().unwrap()
            {
                panic!("listen ended ({ended}) while waiting for {what}:\n{}", self.talk());
            }
            found
        })
    }

    /// SIGTERM; the exit code.
    pub fn stop(mut self) -> Option<i32> {
        signal(self.id(), "TERM");
        self.child.wait().unwrap().code()
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(process: u32, name: &str) {
    assert!(Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status().unwrap().success());
}

/// The form of a signed event.
pub fn sealed(json: &str) -> String {
    Envelope::seal(&Credentials::new(WIRE_KEY, WIRE_SALT), json).form()
}

pub fn post(to: SocketAddr, path: &str, kind: &str, body: &[u8], headers: &[(&str, &str)]) -> u16 {
    Connection::to(to).post(path, kind, body, headers).expect("an answer")
}

/// A connection that is kept open.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn to(address: SocketAddr) -> Connection {
        Connection(BufReader::new(TcpStream::connect(address).unwrap()))
    }

    /// The status; `None` when the other side is gone before it answered.
    pub fn post(&mut self, path: &str, kind: &str, body: &[u8], headers: &[(&str, &str)]) -> Option<u16> {
        let mut head = format!("POST /{path} HTTP/1.1\r\nhost: pbx\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        // Who refuses a body may answer before all of it was sent.
        let _ = self.0.get_mut().write_all(&[head.as_bytes(), b"\r\n", body].concat());
        self.answer()
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    pub fn answer(&mut self) -> Option<u16> {
        let mut status = None;
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => return status,
                line if status.is_none() => status = line.split(' ').nth(1)?.parse().ok(),
                _ => {}
            }
        }
    }
}

/// A message of `tests/wire`, signed by openssl.
pub struct Message {
    pub name: String,
    pub path: String,
    pub json: String,
    pub sign: String,
}

impl Message {
    pub fn form(&self) -> String {
        let field = |text: &str| form_urlencoded(text);
        format!("json={}&sign={}&vpbx_api_key={}", field(&self.json), self.sign, field(WIRE_KEY))
    }
}

/// Everything but letters and digits as `%XX`, as other people's programs do it.
pub fn form_urlencoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

pub fn wire_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

/// All of them, in the order of their names.
pub fn messages() -> Vec<Message> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(wire_directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: &PathBuf| {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let text = |key: &str| file[key].as_str().unwrap().to_owned();
        Message { name: path.file_stem().unwrap().to_str().unwrap().into(), path: text("path"), json: text("json"), sign: text("sign") }
    };
    paths.iter().map(read).collect()
}

/// `(path, json)` of every recorded notification, in the order of their coming.
pub fn recorded(home: &Home) -> Vec<(String, String)> {
    let db = rusqlite::Connection::open(home.journal("default")).unwrap();
    let mut all = db.prepare("SELECT path, json FROM events ORDER BY id").unwrap();
    let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    all.map(Result::unwrap).collect()
}

/// A leg towards 101 that changes state, a while before the tests' clock.
pub fn call(entry: &str, seq: i64, state: &str) -> Value {
    let at = CLOCK.parse::<i64>().unwrap() - 100 + seq;
    let mut event = json!({
        "entry_id": entry, "call_id": format!("{entry}-leg"), "timestamp": at, "seq": seq, "call_state": state, "location": "abonent",
        "from": {"number": "74950000020"}, "to": {"extension": "101", "line_number": "74950000010"},
    });
    if state == "Disconnected" {
        event["disconnect_reason"] = json!(1110);
    }
    event
}

/// All there is of a call that was talked on.
pub fn whole_call(entry: &str) -> Vec<Value> {
    vec![call(entry, 1, "Appeared"), call(entry, 2, "Connected"), call(entry, 3, "Disconnected")]
}
