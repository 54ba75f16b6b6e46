//! Keys pressed at a terminal while something else goes on, one at a time.

use std::sync::mpsc;

use tokio::sync::mpsc as coming;

/// Reads keys on a thread of its own, each only after the one before has been dealt with: questions may be asked in between.
pub struct Keys {
    pressed: coming::UnboundedReceiver<char>,
    next: mpsc::Sender<()>,
}

impl Keys {
    /// Begins to read. Only when stdin is a terminal.
    pub fn read() -> Keys {
        let (press, pressed) = coming::unbounded_channel();
        let (next, wanted) = mpsc::channel();
        std::thread::spawn(move || {
            let terminal = dialoguer::console::Term::stdout();
            while wanted.recv().is_ok() {
                let Ok(key) = terminal.read_char() else { break };
                if press.send(key).is_err() {
                    break;
                }
            }
        });
        let keys = Keys { pressed, next };
        keys.go_on();
        keys
    }

    /// The next key; never resolves when the terminal is gone.
    pub async fn next(&mut self) -> char {
        match self.pressed.recv().await {
            Some(key) => key,
            None => std::future::pending().await,
        }
    }

    /// The last key has been dealt with.
    pub fn go_on(&self) {
        let _ = self.next.send(());
    }
}
