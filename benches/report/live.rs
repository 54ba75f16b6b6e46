//! Events on their way to the disk, beside a handler that only verifies and appends; and from an event to its line in another process.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use mango::credentials::Credentials;
use mango::pbx::envelope::Envelope;
use mango::webhook;
use rusqlite::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::process::{blocking, megabytes, peak};
use crate::{Figure, stock};

/// The argument with which this program is the yardstick.
pub const BARE: &str = "--only-verify-and-append";

/// What is asked for: events a second.
const WANTED: f64 = 20_000.0;

/// Senders, each of which waits for its answer before it sends again.
const SENDERS: usize = 256;

/// Events that share a commit at most, here as in the program.
const BATCH: usize = 512;

const KEY: &str = "demokey";
const SALT: &str = "demosalt";

fn credentials() -> Credentials {
    Credentials::new(KEY, SALT)
}

/// A process that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Somebody who takes events.
struct Taker {
    running: Running,
    address: String,
    journal: PathBuf,
}

/// What came of a minute of events.
struct Load {
    rate: f64,
    /// Milliseconds
    median: f64,
    p99: f64,
}

/// As fast as both go, then a minute at the rate that is asked for.
pub fn taken(home: &Path, seconds: u64) -> Vec<Figure> {
    let (ours, theirs) = (Taker::listen(home), Taker::bare(home));
    let pause = Duration::from_secs(seconds.div_ceil(6));
    // In turn, so that both see the same machine.
    let rates: Vec<(f64, f64)> = (0..3).map(|_| (ours.bear(f64::INFINITY, pause).rate, theirs.bear(f64::INFINITY, pause).rate)).collect();
    let middle = |pick: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = rates.iter().map(pick).collect();
        all.sort_by(f64::total_cmp);
        all[1]
    };
    let (most, bare) = (middle(|rates| rates.0), middle(|rates| rates.1));
    let (paced, bare_paced) = (ours.bear(WANTED, Duration::from_secs(seconds)), theirs.bear(WANTED, Duration::from_secs(seconds)));
    let memory = ours.memory();
    vec![
        Figure {
            what: format!("`listen`, signed events, {SENDERS} senders, as many as it takes"),
            ours: format!("{most:.0} events/s"),
            yardstick: format!("a handler that only verifies and appends {bare:.0} events/s; {:.2}×", most / bare),
            wanted: "0.5×",
            memory: memory.clone(),
        },
        Figure {
            what: format!("`listen`, {WANTED:.0} signed events/s for {seconds} s"),
            ours: paced.words(),
            yardstick: bare_paced.words(),
            wanted: "20 000 events/s, p99 20 ms, 64 MiB",
            memory,
        },
    ]
}

impl Load {
    fn words(&self) -> String {
        format!("{:.0} events/s, median {:.1} ms, p99 {:.1} ms", self.rate, self.median, self.p99)
    }
}

impl Taker {
    /// The program itself, as a service runs it.
    fn listen(home: &Path) -> Taker {
        let home = home.join("live");
        let mut command = listening(&home, &["listen", "--bind", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let address = address_in(child.stderr.as_mut().unwrap());
        Taker { running: Running(child), address, journal: home.join("default/journal.db") }
    }

    fn bare(home: &Path) -> Taker {
        let journal = home.join("bare.db");
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg(BARE).arg(&journal).stdout(Stdio::piped()).spawn().unwrap();
        let address = address_in(child.stdout.as_mut().unwrap());
        Taker { running: Running(child), address, journal }
    }

    /// Sends events at a rate for a while. What was answered with 200 must be on the disk.
    fn bear(&self, rate: f64, pause: Duration) -> Load {
        let before = stock::count(&self.journal, "events");
        let (latencies, seconds) = blocking(tokio::task::LocalSet::new().run_until(load(&self.address, rate, pause)));
        assert_eq!(stock::count(&self.journal, "events") - before, latencies.len() as u64, "answered with 200, and on the disk");
        let at = |part: f64| latencies[((latencies.len() - 1) as f64 * part) as usize] * 1000.0;
        Load { rate: latencies.len() as f64 / seconds, median: at(0.5), p99: at(0.99) }
    }

    fn memory(&self) -> String {
        megabytes(peak(&self.running.0))
    }
}

fn listening(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(crate::MANGO);
    command.args(args).env("MANGO_HOME", home).env("MANGO_LANG", "en").env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT);
    // Nobody answers there: statistics are not what is measured.
    command.env("MANGO_API_URL", "http://localhost:9/vpbx/").env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}

/// The first address that is said.
fn address_in(said: impl Read) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut lines = BufReader::new(said).lines().map(Result::unwrap);
    let port = lines.find_map(|line| {
        let port = line.split(HOST).nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.to_owned();
        (!port.is_empty()).then_some(port)
    });
    format!("{HOST}{}", port.expect("an address"))
}

/// Latencies in order, in seconds, from the moment when an event was due; and how long it all took.
async fn load(address: &str, rate: f64, pause: Duration) -> (Vec<f64>, f64) {
    let sender = Sender { start: Instant::now(), tickets: Rc::default(), run: stock::nanoseconds(), rate, pause, address: address.into() };
    let senders: Vec<_> = (0..SENDERS).map(|_| tokio::task::spawn_local(sender.clone().send())).collect();
    let mut latencies = Vec::new();
    for sender in senders {
        latencies.extend(sender.await.unwrap());
    }
    let seconds = sender.start.elapsed().as_secs_f64();
    latencies.sort_by(f64::total_cmp);
    (latencies, seconds)
}

/// One of those who send, on a connection of its own that is kept.
#[derive(Clone)]
struct Sender {
    start: Instant,
    /// Events that were taken by somebody to be sent
    tickets: Rc<Cell<u64>>,
    /// Entries of different runs differ
    run: u128,
    rate: f64,
    pause: Duration,
    address: String,
}

impl Sender {
    async fn send(self) -> Vec<f64> {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut latencies = Vec::new();
        loop {
            let n = self.tickets.replace(self.tickets.get() + 1);
            let due = self.start + Duration::from_secs_f64(if self.rate.is_finite() { n as f64 / self.rate } else { 0.0 });
            tokio::time::sleep_until(due.into()).await;
            if self.start.elapsed() > self.pause {
                return latencies;
            }
            let since = if self.rate.is_finite() { due } else { Instant::now() };
            socket.write_all(request(&self.address, self.run, n).as_bytes()).await.unwrap();
            answered(&mut socket).await;
            latencies.push(since.elapsed().as_secs_f64());
        }
    }
}

/// Four events make a call.
fn request(address: &str, run: u128, n: u64) -> String {
    let (entry, step, at) = (n / 4, n % 4, 1_767_225_600 + n / 1000);
    let state = ["Appeared", "Connected", "Disconnected", ""][step as usize];
    let (from, to) = (
        format!("7900{:07}", entry % 10_000_000),
        r#"{"extension":"101","number":"sip:user101@demo.mangosip.ru","line_number":"74950000010"}"#,
    );
    let json = match step {
        3 => format!(
            r#"{{"entry_id":"{run}-{entry}","call_direction":1,"from":{{"number":"{from}"}},"to":{to},"line_number":"74950000010","create_time":{at},"forward_time":{at},"talk_time":{at},"end_time":{at},"entry_result":1,"disconnect_reason":1110}}"#
        ),
        _ => format!(
            r#"{{"entry_id":"{run}-{entry}","call_id":"{run}-{entry}:1","timestamp":{at},"seq":{},"call_state":"{state}","location":"abonent","from":{{"number":"{from}"}},"to":{to},"dct":{{"type":0}}}}"#,
            step + 1
        ),
    };
    let path = if step == 3 { "events/summary" } else { "events/call" };
    let form = Envelope::seal(&credentials(), json).form();
    let length = form.len();
    format!(
        "POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
}

/// Reads an answer without a body, which must be 200.
async fn answered(socket: &mut TcpStream) {
    let mut answer = [0; 512];
    let mut length = 0;
    while !answer[..length].ends_with(b"\r\n\r\n") {
        let more = socket.read(&mut answer[length..]).await.unwrap();
        assert!(more > 0, "the connection was closed");
        length += more;
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..length]));
}

/// The yardstick: verifies, appends with the same durability, answers. Nothing is understood, told apart or shown.
pub fn bare(journal: &str) {
    let (arrived, coming) = mpsc::channel();
    let journal = journal.to_owned();
    std::thread::spawn(move || append(&journal, &coming));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        axum::serve(listener, Router::new().fallback(verified).with_state(arrived)).await.unwrap();
    });
}

type Arrived = (String, oneshot::Sender<()>);

async fn verified(State(arrived): State<mpsc::Sender<Arrived>>, body: Bytes) -> StatusCode {
    let Some(Ok(json)) = webhook::urlencoded(&body).map(|envelope| envelope.open(&credentials())) else { return StatusCode::FORBIDDEN };
    let (done, written) = oneshot::channel();
    arrived.send((json, done)).unwrap();
    written.await.map_or(StatusCode::SERVICE_UNAVAILABLE, |()| StatusCode::OK)
}

fn append(journal: &str, coming: &mpsc::Receiver<Arrived>) {
    let mut db = Connection::open(journal).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE events (id INTEGER PRIMARY KEY, json TEXT)")
        .unwrap();
    while let Ok(first) = coming.recv() {
        let batch: Vec<Arrived> = std::iter::once(first).chain(coming.try_iter().take(BATCH - 1)).collect();
        let change = db.transaction().unwrap();
        for (json, _) in &batch {
            change.prepare_cached("INSERT INTO events (json) VALUES (?1)").unwrap().execute([json]).unwrap();
        }
        change.commit().unwrap();
        for (_, done) in batch {
            let _ = done.send(());
        }
    }
}

/// From the moment when an event is sent to its line in `watch`, another process; beside the moment when the sender has his answer,
/// which is when it is on the disk.
pub fn told(home: &Path) -> Figure {
    const EVENTS: usize = 101;
    let listen = Taker::listen(home);
    let mut watch = Running(listening(&home.join("live"), &["watch", "-o", "ndjson"]).stdout(Stdio::piped()).spawn().unwrap());
    let (tell, lines) = mpsc::channel();
    let out = BufReader::new(watch.0.stdout.take().unwrap());
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|_| tell.send(Instant::now())));
    let run = stock::nanoseconds();
    let send = |n: usize| {
        let mut socket = std::net::TcpStream::connect(&listen.address).unwrap();
        let start = Instant::now();
        socket.write_all(request(&listen.address, run, 4 * n as u64).as_bytes()).unwrap();
        assert!(socket.read(&mut [0; 512]).unwrap() > 0);
        (start, start.elapsed())
    };
    // Until the watcher is there.
    let mut n = 0;
    while lines.recv_timeout(Duration::from_millis(500)).is_err() {
        n += 1;
        send(n);
    }
    std::thread::sleep(Duration::from_millis(500));
    lines.try_iter().for_each(drop);
    let pairs = (0..EVENTS).map(|more| {
        let (start, answered) = send(n + 1 + more);
        (milliseconds(lines.recv().unwrap() - start), milliseconds(answered))
    });
    let (mut shown, mut answered): (Vec<f64>, Vec<f64>) = pairs.unzip();
    [&mut shown, &mut answered].into_iter().for_each(|all| all.sort_by(f64::total_cmp));
    Figure {
        what: "from an event to its line in `watch`, another process".into(),
        ours: format!("{:.1} ms", shown[EVENTS / 2]),
        yardstick: format!("on the disk and answered after {:.1} ms", answered[EVENTS / 2]),
        wanted: "150 ms",
        memory: listen.memory(),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
