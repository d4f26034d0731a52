//! What the window has played.

use super::Pending;

/// The station's loudspeaker, for who does not look at the screen all the time.
pub trait Speaker {
    /// Plays a tone. `CFG-02` if this machine has nothing to play it with.
    fn play(&self, tone: Tone) -> Pending<()>;
}

/// A tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A unit passed: upwards.
    Good,
    /// A unit failed, or is quarantined: downwards.
    Bad,
}
