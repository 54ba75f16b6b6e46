//! Questions, only to somebody who is there.

use super::Ui;
use super::table::cut;
use crate::error::{Candidate, Error, Result};
use crate::text::{printable, tr};

impl Ui {
    /// Asks for one of several, by typing letters or moving. `None` when the person gives up.
    pub fn pick(&self, question: &str, candidates: &[Candidate]) -> Result<Option<usize>> {
        // A line that wraps would be drawn again below itself.
        let room = usize::from(dialoguer::console::Term::stderr().size().1).saturating_sub(4);
        let item = |one: &Candidate| cut(&printable(&format!("{}  {}", one.name, one.detail)), room);
        let items: Vec<String> = candidates.iter().map(item).collect();
        self.answered("--yes", || dialoguer::FuzzySelect::new().with_prompt(question).items(&items).default(0).interact_opt())
    }

    /// Asks yes or no; no is what Enter alone means. A letter without Enter is no answer: it may be meant for another window.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        let question = format!("{question} {}", tr("[д/Н]", "[y/N]"));
        loop {
            let ask = || dialoguer::Input::<String>::new().with_prompt(&question).allow_empty(true).interact_text();
            match self.answered("--yes", ask)?.trim().to_lowercase().as_str() {
                "y" | "yes" | "д" | "да" => return Ok(true),
                "" | "n" | "no" | "н" | "нет" => return Ok(false),
                _ => {}
            }
        }
    }

    /// Asks for a line of text.
    pub fn ask(&self, question: &str) -> Result<String> {
        self.answered("--help", || dialoguer::Input::<String>::new().with_prompt(question).interact_text())
    }

    /// Asks for a line that may stay empty; `now` stands there already. `flag` says it in a script.
    pub fn ask_line(&self, question: &str, now: &str, flag: &'static str) -> Result<String> {
        let now = printable(now).into_owned();
        self.answered(flag, || {
            dialoguer::Input::<String>::new().with_prompt(question).with_initial_text(now).allow_empty(true).interact_text()
        })
    }

    /// Asks for a secret without showing it.
    pub fn ask_secret(&self, question: &str, flag: &'static str) -> Result<secrecy::SecretString> {
        // A line that is read is not given up by an interrupt that we have caught: here it ends the program as ever.
        self.somebody_answers(flag, || dialoguer::Password::new().with_prompt(question).report(false).interact()).map(Into::into)
    }

    fn answered<T>(&self, flag: &'static str, ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
        // Caught, an interrupt is an answer, and the cursor that the question has hidden comes back.
        #[cfg(unix)]
        let _caught = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        let answer = self.somebody_answers(flag, ask);
        if self.can_ask {
            let _ = dialoguer::console::Term::stderr().show_cursor();
        }
        answer
    }

    fn somebody_answers<T>(&self, flag: &'static str, ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
        // Without this guard a fuzzy picker redraws for ever when stdin is not a terminal.
        if !self.can_ask {
            return Err(Error::NoTerminal { flag });
        }
        ask().map_err(|_| Error::Interrupted)
    }
}
