//! What the figures were made on.

use std::process::Command;

/// Cores, memory, system and compiler in one line.
pub fn described() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let kilobytes: f64 = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0.0);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output().map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let sqlite = Command::new("sqlite3").arg("--version").output().map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "Machine: {cores} cores ({processor}), {:.0} GiB of memory, Linux {}, {}, sqlite3 {}; load average {} when the last figure was made.\n",
        kilobytes / 1024.0 / 1024.0,
        kernel.trim(),
        rustc.unwrap_or_default().trim(),
        sqlite.unwrap_or_default().split(' ').next().unwrap_or("none"),
        load.split(' ').next().unwrap_or("unknown")
    )
}

/// `name : value` of a file of the kernel's.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
