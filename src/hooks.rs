//! Hooks: a command of the person's own for every moment he asked for, bounded in number and in time.

use std::collections::{HashMap, HashSet};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::live::{Card, Moment};

/// Commands that run at once.
const AT_ONCE: usize = 4;

/// Commands that may wait for their turn; more are left out, and said.
const WAITING: usize = 1000;

/// Calls whose moments are remembered; up to twice as many.
const REMEMBERED: usize = 10_000;

/// How long one may take.
const LONGEST: Duration = Duration::from_secs(30);

/// Runs commands on moments.
pub struct Hooks {
    command: Option<String>,
    on: Vec<Moment>,
    turns: Arc<Semaphore>,
    heard: HashMap<String, HashSet<Moment>>,
    /// Those of the calls before
    heard_before: HashMap<String, HashSet<Moment>>,
    longest: Duration,
    speaks: bool,
}

impl Hooks {
    /// `on` empty is every moment; no command is no hooks.
    pub fn new(command: Option<String>, on: Vec<Moment>) -> Hooks {
        let turns = Arc::new(Semaphore::new(AT_ONCE + WAITING));
        let (heard, heard_before) = (HashMap::new(), HashMap::new());
        Hooks { command, on, turns, heard, heard_before, longest: LONGEST, speaks: false }
    }

    /// What the commands print is seen: nothing else is printed meanwhile.
    pub fn speaking(self) -> Hooks {
        Hooks { speaks: true, ..self }
    }

    /// Waits until no command that is started would be left out.
    pub async fn room(&self) {
        drop(self.turns.acquire().await);
    }

    /// Those of the moments that were not heard for this call before. A call is forgotten when nothing was heard of it for as many others
    /// as are remembered: what comes late of an ended call is no second end.
    pub fn fresh(&mut self, entry_id: &str, moments: Vec<Moment>) -> Vec<Moment> {
        if moments.is_empty() {
            return moments;
        }
        if self.heard.len() >= REMEMBERED {
            self.heard_before = std::mem::take(&mut self.heard);
        }
        let before = self.heard_before.remove(entry_id).unwrap_or_default();
        let heard = self.heard.entry(entry_id.to_owned()).or_default();
        heard.extend(before);
        moments.into_iter().filter(|moment| *moment == Moment::Recorded || heard.insert(*moment)).collect()
    }

    /// Starts the command; its failure is said and loses nothing.
    pub fn run(&self, moment: Moment, card: &Card) {
        let Some(command) = self.command.clone().filter(|_| self.on.is_empty() || self.on.contains(&moment)) else { return };
        let Ok(turn) = self.turns.clone().try_acquire_owned() else {
            return tracing::warn!("hook left out, {WAITING} are waiting: {}", card.entry_id);
        };
        let (variables, json) = (variables(moment, card), json(moment, card));
        let (running, longest, speaks) = (RUNNING.clone(), self.longest, self.speaks);
        tokio::spawn(async move {
            let _turn = turn;
            let Ok(_place) = running.acquire().await else { return };
            match tokio::time::timeout(longest, run(&command, variables, json, speaks)).await {
                Ok(Ok(status)) if status.success() => {}
                Ok(Ok(status)) => tracing::warn!("hook: {status}"),
                Ok(Err(error)) => tracing::warn!("hook: {error}"),
                Err(_) => tracing::warn!("hook: stopped after {} s", longest.as_secs()),
            }
        });
    }

    /// Waits until all commands that were started have ended.
    pub async fn ended(&self) {
        drop(self.turns.acquire_many((AT_ONCE + WAITING) as u32).await);
    }
}

static RUNNING: std::sync::LazyLock<Arc<Semaphore>> = std::sync::LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

async fn run(
    command: &str,
    variables: Vec<(&'static str, String)>,
    json: String,
    speaks: bool,
) -> std::io::Result<std::process::ExitStatus> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .arg(flag)
        .arg(command)
        .envs(variables)
        .stdin(Stdio::piped())
        .stdout(if speaks { Stdio::inherit() } else { Stdio::null() })
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook that does not read its stdin is none the worse.
        let _ = stdin.write_all(json.as_bytes()).await;
    }
    child.wait().await
}

/// `{"event": "missed", …card}`
pub fn json(moment: Moment, card: &Card) -> String {
    let mut object = serde_json::Map::new();
    object.insert("event".into(), moment.key().into());
    if let Ok(serde_json::Value::Object(card)) = serde_json::to_value(card) {
        object.extend(card);
    }
    crate::ui::harmless(&object)
}

fn variables(moment: Moment, card: &Card) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.as_deref().map(|text| crate::text::printable(text).into_owned()).unwrap_or_default();
    vec![
        ("MANGO_EVENT", moment.key().to_owned()),
        ("MANGO_ENTRY_ID", card.entry_id.clone()),
        ("MANGO_DIRECTION", card.direction.map(|direction| direction.key().to_owned()).unwrap_or_default()),
        ("MANGO_NAME", text(&card.name)),
        ("MANGO_COMPANY", text(&card.company)),
        ("MANGO_NUMBER", text(&card.number)),
        ("MANGO_CALLED_EXTENSION", text(&card.employee)),
        ("MANGO_CALLED_LINE", text(&card.line)),
        ("MANGO_CHANNEL", text(&card.channel)),
        ("MANGO_TALK", card.talk.unwrap_or(0).to_string()),
    ]
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::journal::{Entry, Facts};

    fn card() -> Card {
        let home = tempfile::tempdir().unwrap();
        let journal = crate::journal::Journal::open(&home.path().join("journal.db")).unwrap();
        let people = crate::contacts::PeopleFile::open(journal.path(), Default::default()).unwrap();
        let entry = Entry { id: 1, entry_id: "entry".into(), facts: Facts::default() };
        Card::of(&entry, &journal, &crate::contacts::ContactBook::new(people, Vec::new())).unwrap()
    }

    /// Waits until the process whose id the hook left in `file` is gone. Whoever is stopped stays in the list of processes until the
    /// runtime has time for him.
    async fn gone(file: &std::path::Path) {
        let id = std::fs::read_to_string(file).unwrap();
        let is_there =
            async || Command::new("sh").args(["-c", &format!("kill -0 {id}")]).stderr(Stdio::null()).status().await.unwrap().success();
        let gone = async {
            while is_there().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(300), gone).await.unwrap();
    }

    #[tokio::test]
    async fn a_hook_that_hangs_is_stopped_and_the_next_one_runs() {
        let home = tempfile::tempdir().unwrap();
        let (id, next) = (home.path().join("id"), home.path().join("next"));
        let (card, longest) = (card(), Duration::from_millis(300));
        let hangs = Hooks { longest, ..Hooks::new(Some(format!("echo $$ >'{}'; exec sleep 1000000", id.display())), Vec::new()) };
        hangs.run(Moment::Incoming, &card);
        hangs.ended().await;
        gone(&id).await;
        let runs = Hooks::new(Some(format!("echo >'{}'", next.display())), Vec::new());
        runs.run(Moment::Incoming, &card);
        runs.ended().await;
        assert!(next.exists());
    }

    #[tokio::test]
    async fn none_is_left_out_for_whom_there_is_room() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("all");
        let hooks = Hooks::new(Some(format!("echo >>'{}'", file.display())), Vec::new());
        let (card, many) = (card(), AT_ONCE + WAITING + 20);
        for _ in 0..many {
            hooks.room().await;
            hooks.run(Moment::Missed, &card);
        }
        hooks.ended().await;
        assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), many);
    }

    #[tokio::test]
    async fn a_moment_is_heard_once_a_recording_every_time() {
        let mut hooks = Hooks::new(None, Vec::new());
        assert_eq!(hooks.fresh("a", vec![Moment::Incoming, Moment::Answered]), [Moment::Incoming, Moment::Answered]);
        assert_eq!(hooks.fresh("a", vec![Moment::Incoming, Moment::Answered, Moment::Ended]), [Moment::Ended]);
        assert_eq!(hooks.fresh("b", vec![Moment::Incoming]), [Moment::Incoming]);
        assert_eq!(hooks.fresh("a", vec![Moment::Recorded]), [Moment::Recorded]);
        assert_eq!(hooks.fresh("a", vec![Moment::Recorded]), [Moment::Recorded]);
    }
}
