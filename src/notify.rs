//! Desktop notifications: who calls, on the screen. Without a desktop: one warning.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify_rust::Notification;

use crate::live::Card;
use crate::phone::shown;
use crate::text::{printable, tr};

/// The desktop of this session.
pub struct Desktop {
    profile: Vec<String>,
    warned: Arc<AtomicBool>,
}

impl Desktop {
    /// `profile` is what this program must be told to act for the same PBX: `--profile NAME` or `--sandbox`.
    pub fn new(profile: Vec<String>) -> Desktop {
        Desktop { profile, warned: Arc::default() }
    }

    /// Shows who calls. The notification service is asked on a plain thread: its own runtime must not meet ours.
    pub fn show(&mut self, card: &Card) {
        let number = card.number.as_deref().map(shown).unwrap_or_default();
        let title = card
            .name
            .clone()
            .unwrap_or_else(|| if number.is_empty() { tr("Номер скрыт", "Number hidden").into() } else { number.clone() });
        let line = card.line.as_deref().map(|line| tr(format!("линия {}", shown(line)), format!("line {}", shown(line))));
        let body: Vec<String> =
            [card.job.clone(), card.company.clone(), Some(number), line].into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let (title, body) = (printable(&title).into_owned(), printable(&body.join(", ")).into_owned());
        let warned = self.warned.clone();
        let reject = [self.profile.clone(), vec!["reject".into(), card.entry_id.clone()]].concat();
        std::thread::spawn(move || show(&title, &body, &reject, &warned));
    }
}

/// How long one stays, in milliseconds: no telephone rings longer.
const LONGEST: u32 = 120_000;

/// A name is no markup where the desktop understands some.
fn shown_as_text(body: &str) -> String {
    #[cfg(all(unix, not(target_os = "macos")))]
    if notify_rust::get_capabilities().is_ok_and(|able| able.iter().any(|what| what == "body-markup")) {
        return body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    }
    body.to_owned()
}

fn show(title: &str, body: &str, reject: &[String], warned: &AtomicBool) {
    let mut notification = Notification::new();
    notification.appname("mango").summary(title).body(&shown_as_text(body)).icon("call-start").action("reject", tr("Отклонить", "Reject"));
    // Whoever is not at the desk closes nothing, and each one that is open has a thread of its own here.
    notification.timeout(notify_rust::Timeout::Milliseconds(LONGEST));
    match notification.show() {
        Ok(shown) => wait(shown, reject),
        Err(error) if !warned.swap(true, Ordering::Relaxed) => tracing::warn!("notifications: {error}"),
        Err(_) => {}
    }
}

/// Reject is this very program's `reject`, as if the person had typed it.
#[cfg(all(unix, not(target_os = "macos")))]
fn wait(shown: notify_rust::NotificationHandle, reject: &[String]) {
    shown.wait_for_action(|action| {
        if action == "reject"
            && let Ok(program) = std::env::current_exe()
        {
            let _ = std::process::Command::new(program).args(reject).status();
        }
    });
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn wait(_: notify_rust::NotificationHandle, _: &[String]) {}
