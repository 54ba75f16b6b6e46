//! What a recording sounds like: two hums of different pitch that take turns, for as long as the conversation lasted.
//!
//! Put together from MP3 frames that can be heard without their neighbours (see `voices/make`), so that every player plays it and
//! nothing has to be encoded; made while it is sent, so that a long conversation costs no memory.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::{Frame, SizeHint};

/// Bytes of a frame, and how long it is heard: 16 kbit/s at 16 kHz.
const FRAME: usize = 72;
const MILLISECONDS: u64 = 36;

static LOW: &[u8] = include_bytes!("voices/low.mp3");
static HIGH: &[u8] = include_bytes!("voices/high.mp3");
static SILENCE: &[u8] = include_bytes!("voices/silence.mp3");

/// How much is made at once.
const PIECE: usize = 16 * 1024;

/// Frames of a turn, and of the silence behind it.
const TURN: std::ops::Range<u64> = 30..160;
const PAUSE: std::ops::Range<u64> = 6..28;

/// A conversation on its way to somebody's ear.
pub(super) struct Sound {
    dice: fastrand::Rng,
    /// Frames still to come.
    left: u64,
    /// Whose turn it is, or was before the silence.
    speaker: &'static [u8],
    silent: bool,
    /// Frames of the turn that were heard, and those still to come.
    heard: u64,
    turn: u64,
}

impl Sound {
    /// A conversation of so many seconds; the same seed gives the same one.
    pub(super) fn new(seconds: i64, seed: u64) -> Sound {
        let left = (seconds.max(0) as u64 * 1000 + MILLISECONDS / 2) / MILLISECONDS;
        let mut dice = fastrand::Rng::with_seed(seed);
        let turn = dice.u64(TURN);
        Sound { speaker: if dice.bool() { LOW } else { HIGH }, silent: false, dice, left: left.max(1), heard: 0, turn }
    }

    pub(super) fn length(&self) -> u64 {
        self.left * FRAME as u64
    }

    fn piece(&mut self) -> Bytes {
        let frames = self.left.min((PIECE / FRAME) as u64);
        let mut piece = Vec::with_capacity(frames as usize * FRAME);
        (0..frames).for_each(|_| piece.extend_from_slice(self.frame()));
        piece.into()
    }

    fn frame(&mut self) -> &'static [u8] {
        if self.turn == 0 {
            self.change();
        }
        let voice = if self.silent { SILENCE } else { self.speaker };
        let at = self.heard as usize * FRAME % voice.len();
        (self.left, self.turn, self.heard) = (self.left - 1, self.turn - 1, self.heard + 1);
        &voice[at..at + FRAME]
    }

    /// After a voice comes silence, after silence the other voice.
    fn change(&mut self) {
        self.silent = !self.silent;
        if !self.silent {
            self.speaker = if self.speaker == LOW { HIGH } else { LOW };
        }
        self.turn = self.dice.u64(if self.silent { PAUSE } else { TURN });
        self.heard = 0;
    }
}

impl HttpBody for Sound {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let sound = self.get_mut();
        Poll::Ready((sound.left > 0).then(|| Ok(Frame::data(sound.piece()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_can_be_heard_alone() {
        for voice in [LOW, HIGH, SILENCE] {
            assert!(voice.len().is_multiple_of(FRAME));
            // MPEG-2 layer III, 16 kbit/s, 16 kHz, no padding; and nothing borrowed from the frame before.
            assert!(voice.chunks(FRAME).all(|frame| frame.starts_with(&[0xff, 0xf3, 0x28]) && frame[4] == 0));
        }
    }

    #[tokio::test]
    async fn a_conversation_is_as_long_as_it_was_and_always_the_same() {
        for seconds in [0, 1, 6, 59, 3601] {
            let whole = axum::body::to_bytes(axum::body::Body::new(Sound::new(seconds, 5)), usize::MAX).await.unwrap();
            let lasts = (whole.len() / FRAME) as u64 * MILLISECONDS;
            assert_eq!(whole.len() as u64, Sound::new(seconds, 5).length());
            assert!(lasts.abs_diff(seconds as u64 * 1000) <= MILLISECONDS, "{seconds}: {lasts}");
            let again = axum::body::to_bytes(axum::body::Body::new(Sound::new(seconds, 5)), usize::MAX).await.unwrap();
            assert!(whole == again && whole.chunks(FRAME).all(|frame| frame.starts_with(&[0xff, 0xf3])));
        }
    }

    #[test]
    fn both_voices_and_silence_are_heard() {
        let mut sound = Sound::new(60, 1);
        let mut heard = [0; 3];
        while sound.left > 0 {
            let frame = sound.frame();
            // The voices take breath, too.
            heard[[SILENCE, LOW, HIGH].iter().position(|voice| voice.chunks(FRAME).any(|known| known == frame)).unwrap()] += 1;
        }
        assert!(heard.iter().all(|frames| *frames > 50), "{heard:?}");
    }
}
