//! Programs as a whole: how long from start to end, and how much memory at the most.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use mango::credentials::Credentials;
use serde_json::Value;

/// How often a short program is run.
pub const RUNS: usize = 30;

/// A program with its arguments and variables.
pub struct Program {
    path: String,
    args: Vec<String>,
    variables: Vec<(String, String)>,
    answers: bool,
}

/// Many runs: milliseconds, and kilobytes of memory at the most.
pub struct Measured {
    pub median: f64,
    pub least: f64,
    kilobytes: Option<u64>,
}

/// Many runs of two programs by turns: other work of the machine meets both alike.
pub struct Beside {
    pub ours: Measured,
    pub yardstick: Measured,
    /// Median of how many times as long ours took as the yardstick right after it
    pub ratio: f64,
}

/// One long run.
pub struct Once {
    pub seconds: f64,
    kilobytes: Option<u64>,
}

impl Program {
    pub fn new(path: &str, args: &[&str]) -> Program {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Program { path: path.into(), args, variables: Vec::new(), answers: true }
    }

    pub fn env(mut self, name: &str, value: &str) -> Program {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Whether it finds something. A program that finds nothing ends with 0 or with 3, and with empty output.
    pub fn answering(mut self, answers: bool) -> Program {
        self.answers = answers;
        self
    }

    fn command(&self, path: &str) -> Command {
        let mut command = Command::new(path);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).env_remove("RUST_BACKTRACE");
        command.envs(self.variables.iter().cloned());
        command
    }

    pub fn spawn(&self) -> Child {
        self.command(&self.path).args(&self.args).spawn().unwrap()
    }

    /// Checks the answer once, warms up, then measures.
    pub fn measure(&self) -> Measured {
        self.check();
        self.measured((0..RUNS).map(|_| self.timed() * 1000.0).collect())
    }

    /// The same beside another program that answers the same question.
    pub fn beside(&self, yardstick: &Program) -> Beside {
        self.check();
        yardstick.check();
        let pairs: Vec<(f64, f64)> = (0..RUNS).map(|_| (self.timed() * 1000.0, yardstick.timed() * 1000.0)).collect();
        let ratio = sorted(pairs.iter().map(|(ours, theirs)| ours / theirs).collect())[RUNS / 2];
        let (ours, theirs) = pairs.into_iter().unzip();
        Beside { ours: self.measured(ours), yardstick: yardstick.measured(theirs), ratio }
    }

    fn measured(&self, times: Vec<f64>) -> Measured {
        let times = sorted(times);
        Measured { median: times[RUNS / 2], least: times[0], kilobytes: self.weighed().map(|(_, kilobytes)| kilobytes) }
    }

    fn check(&self) {
        let first = self.command(&self.path).args(&self.args).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let good = first.status.success() || !self.answers && first.status.code() == Some(3);
        assert!(good && self.answers != first.stdout.is_empty(), "{:?}: {first:?}", self.args);
    }

    /// What it says.
    pub fn said(&self) -> String {
        let done = self.command(&self.path).args(&self.args).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        assert!(done.status.success(), "{:?}: {done:?}", self.args);
        String::from_utf8(done.stdout).unwrap()
    }

    /// Runs it once, with its memory measured in the same run where there is a `time` to do so.
    pub fn once(&self) -> Once {
        match self.weighed() {
            Some((seconds, kilobytes)) => Once { seconds, kilobytes: Some(kilobytes) },
            None => Once { seconds: self.timed(), kilobytes: None },
        }
    }

    fn timed(&self) -> f64 {
        let start = Instant::now();
        let done = self.spawn().wait().unwrap();
        let seconds = start.elapsed().as_secs_f64();
        assert!(done.success() || !self.answers, "{:?}: {done}", self.args);
        seconds
    }

    /// Seconds and kilobytes, by the `time` program.
    fn weighed(&self) -> Option<(f64, u64)> {
        let mut command = self.command("time");
        command.args(["-q", "-f", "%e %M", &self.path]).args(&self.args).stderr(Stdio::piped());
        let start = Instant::now();
        let said = command.output().ok()?;
        let seconds = start.elapsed().as_secs_f64();
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success() || !self.answers, "{:?}: {text}", self.args);
        let kilobytes = text.lines().last()?.split_once(' ')?.1.parse().ok()?;
        Some((seconds, kilobytes))
    }
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

impl Measured {
    pub fn memory(&self) -> String {
        megabytes(self.kilobytes)
    }
}

impl Once {
    pub fn memory(&self) -> String {
        megabytes(self.kilobytes)
    }
}

pub fn megabytes(kilobytes: Option<u64>) -> String {
    kilobytes.map_or_else(|| "—".into(), |kilobytes| format!("{:.1} MiB", kilobytes as f64 / 1024.0))
}

/// Kilobytes that a running program had at the most, where the system tells.
pub fn peak(program: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// Does something of this very process several times: the median in seconds, and the last answer.
pub fn repeated<T>(times: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut once = || {
        let start = Instant::now();
        let answer = work();
        (start.elapsed().as_secs_f64(), answer)
    };
    let (mut all, mut last): (Vec<f64>, _) = (Vec::new(), once());
    for _ in 1..times {
        all.push(last.0);
        last = once();
    }
    all.push(last.0);
    all.sort_by(f64::total_cmp);
    (all[times / 2], last.1)
}

/// The yardstick of everything that starts: a program that prints one line, built as ours is.
pub fn hello(directory: &Path) -> PathBuf {
    let (source, program) = (directory.join("hello.rs"), directory.join("hello"));
    std::fs::write(&source, "fn main() { println!(\"hello, world\"); }").unwrap();
    let built = Command::new("rustc").args(["-O", "-C", "panic=abort", "-C", "strip=symbols", "-o"]).arg(&program).arg(&source).status();
    assert!(built.unwrap().success());
    program
}

/// A sandbox that runs until it is dropped.
pub struct Serving {
    child: Child,
    pub url: String,
    pub credentials: Credentials,
    control: String,
}

impl Serving {
    pub fn start(home: &Path, more: &[&str]) -> Serving {
        let args = [&["sandbox", "serve", "--bind", "127.0.0.1:0"], more].concat();
        let mut command = super::mango(home, &args).command(super::MANGO);
        let mut child = command.args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        let address: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| address[name].as_str().unwrap().to_owned();
        Serving { child, url: text("url"), credentials: Credentials::new(text("key"), text("salt")), control: text("control") }
    }

    /// Changes something through the control API.
    pub fn control(&self, path: &str, json: &str) {
        self.ask(reqwest::Method::POST, path, json);
    }

    /// How many requests of a method have come.
    pub fn seen(&self, path: &str) -> usize {
        self.requests("requests").iter().filter(|request| request["path"] == path).count()
    }

    /// How many requests have come to the CRM.
    pub fn seen_by_crm(&self) -> usize {
        self.requests("crm/requests").len()
    }

    fn requests(&self, path: &str) -> Vec<Value> {
        let requests: Value = serde_json::from_str(&self.ask(reqwest::Method::GET, path, "")).unwrap();
        requests["requests"].as_array().unwrap().clone()
    }

    fn ask(&self, method: reqwest::Method, path: &str, json: &str) -> String {
        blocking(async {
            let request = http().request(method, format!("{}{path}", self.control)).body(json.to_owned());
            request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
        })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
