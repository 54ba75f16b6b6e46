//! How calls are played, as far as the control API can change it.

use serde::Serialize;

/// What holds for all calls from now on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    /// Seconds until the person at the terminal answers an incoming call; `None` when only the person decides.
    pub(super) answer_after: Option<f64>,
    /// The account's switch "transfers to outside numbers" is off.
    pub(super) transfers_stay_inside: bool,
    /// A command that cannot be carried out is accepted first and refused in its `result/…` alone.
    pub(super) refuse_later: bool,
    pub(super) results: Results,
    pub(super) disorder: Disorder,
    /// Seconds after the end of a call until its recordings can be fetched, when they are not the usual ones.
    pub(super) recording_delay: Option<f64>,
}

/// Whether `result/…` comes before the events of the command or after them; the order is not guaranteed (vpbx-core §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Results {
    /// As the document's examples have it.
    #[default]
    Usual,
    Before,
    After,
    /// As the dice fall.
    Mixed,
}

impl Results {
    const WORDS: [(&'static str, Results); 4] =
        [("usual", Results::Usual), ("before", Results::Before), ("after", Results::After), ("mixed", Results::Mixed)];

    pub(super) fn from_word(word: &str) -> Option<Results> {
        Results::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, results)| results)
    }

    pub(super) fn word(self) -> &'static str {
        Results::WORDS[self as usize].0
    }

    pub(super) fn first(self, usual: bool, luck: &mut fastrand::Rng) -> bool {
        match self {
            Results::Usual => usual,
            Results::Before => true,
            Results::After => false,
            Results::Mixed => luck.bool(),
        }
    }
}

/// What befalls messages on their way to the customer. Seconds are those of the sandbox's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Disorder {
    /// Messages of one call that are at most this far apart may overtake each other.
    pub(super) shuffle: f64,
    /// The share of messages that come twice.
    pub(super) duplicate: f64,
    /// The share of messages that never come.
    pub(super) lose: f64,
    /// Every message comes this much later.
    pub(super) delay: f64,
}

/// A message that comes again comes within so many seconds at least.
const AGAIN: f64 = 1.0;

impl Disorder {
    /// When a message of this time is told; `None` means at once.
    pub(super) fn moments(&self, at: f64, dice: &mut fastrand::Rng) -> Option<Vec<f64>> {
        if *self == Disorder::default() {
            return None;
        }
        let [lost, doubled, first, second] = [dice.f64(), dice.f64(), dice.f64(), dice.f64()];
        let mut moments = Vec::new();
        if lost >= self.lose {
            moments.push(at + self.delay + first * self.shuffle);
            if doubled < self.duplicate {
                moments.push(moments[0] + second * self.shuffle.max(AGAIN));
            }
        }
        Some(moments)
    }
}
