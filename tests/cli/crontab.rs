//! The crontab of README, as cron runs it: a shell, hardly any environment, no terminal; what is printed becomes a letter.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::support::*;

/// The lines of the crontab in a README, without their schedules.
fn commands(readme: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(readme)).unwrap();
    let block = text.split("```crontab\n").nth(1).expect("a crontab").split("```").next().unwrap();
    let lines = block.lines().filter(|line| !line.starts_with('#') && !line.starts_with("MAILTO="));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.splitn(6, ' ').collect();
            assert!(fields[..5].iter().all(|field| field.chars().all(|c| "0123456789*-,/".contains(c)) && !field.is_empty()), "{line}");
            // To cron it is the end of the line.
            assert!(!line.contains('%'), "{line}");
            fields[5].trim().to_owned()
        })
        .collect()
}

fn run(home: &Home, command: &str) -> Said {
    let mut cron = Command::new("/bin/sh");
    cron.args(["-c", command]).env_clear().current_dir(home.path()).stdin(std::process::Stdio::null());
    cron.env("HOME", home.path()).env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh").env("LOGNAME", "user");
    Said::of(cron.output().unwrap())
}

/// A home as README has it set up, for a customer of this PBX.
fn customer(pbx: &Pbx) -> Home {
    let home = Home::new();
    let settings = home.path().join(".config/mango");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("config.toml"), "limits = false\n").unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_mango")).parent().unwrap().display();
    let url = &pbx.url;
    let secrets =
        format!("export MANGO_API_KEY={KEY}\nexport MANGO_API_SALT={SALT}\nexport MANGO_API_URL={url}\nexport PATH=\"{programs}:$PATH\"\n");
    std::fs::write(settings.join("secrets"), secrets).unwrap();
    home
}

fn recordings(home: &Home) -> usize {
    let manifest = std::fs::read_to_string(home.path().join("records/recordings.ndjson")).unwrap_or_default();
    manifest.lines().count()
}

#[test]
fn every_line_of_the_crontab_does_what_it_says() {
    assert_eq!(commands("README.md"), commands("README.ru.md"));
    let [missed, archive, report, balance, export] = &commands("README.md")[..] else { panic!("five lines") };
    let pbx = Pbx::start();
    // Nothing happened: no letters.
    let home = customer(&pbx);
    for quiet in [missed, archive, balance, export] {
        run(&home, quiet).exits(0).silent();
    }
    let home = customer(&pbx);
    pbx.control("POST", "generate", json!({"calls": 400, "days": 2, "seed": 1}));
    let letter = run(&home, missed).exits(0);
    assert!(letter.err.is_empty() && letter.lines().iter().any(|line| line.contains("\tmissed\t")), "{letter}");
    run(&home, archive).exits(0).silent();
    let archived = recordings(&home);
    assert!(archived > 0);
    run(&home, archive).exits(0).silent();
    assert_eq!(recordings(&home), archived);
    run(&home, report).exits(0).says("report.html");
    assert!(std::fs::read_to_string(home.path().join("report.html")).unwrap().contains("<svg"));
    run(&home, balance).exits(0).silent();
    run(&home, export).exits(0).silent();
    let calls = std::fs::read_to_string(home.path().join("calls.csv")).unwrap();
    assert!(calls.lines().count() > 300 && calls.starts_with("n,started_at,"), "{} lines", calls.lines().count());
}
