//! Questions, only to somebody who is there.

use inquire::ui::{RenderConfig, Styled};

use super::Ui;
use super::table::cut;
use crate::contacts::fold::fold;
use crate::error::{Candidate, Error, Result};
use crate::text::{printable, tr};

/// Lines of a list that are seen at once.
const PAGE: usize = 12;

/// More than there are in any list: how well an item fits counts before its place.
const MOST_PICKED: i64 = 1 << 20;

/// Every word that was typed is in the item, whatever the case, `е` for `ё`; best where words begin so.
fn how_well(typed: &str, item: &str) -> Option<i64> {
    let item = fold(item);
    let begins = |word: &str| item.split(|letter: char| !letter.is_alphanumeric()).any(|own| own.starts_with(word));
    fold(typed).split_whitespace().try_fold(0, |sum, word| match (begins(word), item.contains(word)) {
        (true, _) => Some(sum + 2),
        (_, true) => Some(sum + 1),
        _ => None,
    })
}

impl Ui {
    /// Asks for one of several, by typing letters or moving. `None` when the person gives up.
    pub fn pick(&self, question: &str, candidates: &[Candidate]) -> Result<Option<usize>> {
        // A line that wraps would be drawn again below itself.
        let room = usize::from(dialoguer::console::Term::stderr().size().1).saturating_sub(4);
        let item = |one: &Candidate| cut(&printable(&format!("{}  {}", one.name, one.detail)), room);
        let items: Vec<String> = candidates.iter().map(item).collect();
        let fits = |typed: &str, _: &String, item: &str, n: usize| how_well(typed, item).map(|well| well * MOST_PICKED - n as i64);
        let help = tr("буквы — поиск, ↑ ↓ — выбор, Esc — отмена", "letters search, ↑ ↓ choose, Esc gives up");
        let looks = RenderConfig::default().with_canceled_prompt_indicator(Styled::new(""));
        let list = inquire::Select::new(question, items).with_scorer(&fits).with_page_size(PAGE).with_help_message(help);
        let chosen = self.answered("--yes", || list.with_render_config(looks).raw_prompt_skippable())?;
        Ok(chosen.map(|chosen| chosen.index))
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

    fn answered<T, E>(&self, flag: &'static str, ask: impl FnOnce() -> std::result::Result<T, E>) -> Result<T> {
        // Caught, an interrupt is an answer, and the cursor that the question has hidden comes back.
        #[cfg(unix)]
        let _caught = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        let answer = self.somebody_answers(flag, ask);
        if self.can_ask {
            let _ = dialoguer::console::Term::stderr().show_cursor();
        }
        answer
    }

    fn somebody_answers<T, E>(&self, flag: &'static str, ask: impl FnOnce() -> std::result::Result<T, E>) -> Result<T> {
        if !self.can_ask {
            return Err(Error::NoTerminal { flag });
        }
        ask().map_err(|_| Error::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_find_whatever_their_case_and_beginnings_come_first() {
        let results = ["Отправлено предложение", "Перезвонить", "Назначена встреча"];
        let found = |typed: &str| {
            let mut found: Vec<_> = results.iter().filter_map(|item| Some((-how_well(typed, item)?, *item))).collect();
            found.sort_by_key(|(well, _)| *well);
            found.into_iter().map(|(_, item)| item).collect::<Vec<_>>()
        };
        assert_eq!(found("пере"), ["Перезвонить"]);
        assert_eq!(found("НАЗ"), ["Назначена встреча"]);
        assert_eq!(found("вст наз"), ["Назначена встреча"]);
        assert_eq!(found("е"), results);
        assert_eq!(found("п"), ["Отправлено предложение", "Перезвонить"]);
        assert_eq!(found("ю"), Vec::<&str>::new());
        assert!(how_well("пётр петров", "Петров Пётр  +7 495 000-00-20") > how_well("етр", "Петров Пётр"));
    }
}
