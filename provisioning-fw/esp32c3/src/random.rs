//! The random number generator (TRM chapter 25).
//!
//! Its noise has to be switched on for it, see [`crate::noise`]. The generator mixes what it gets
//! and reports no faults of its own. So a key is made only behind the start-up tests in
//! `cradle_firmware::trng_health`; they find a generator that stands still or repeats itself, and
//! cannot find noise that is missing behind the mixing.

use cradle_firmware::device::EntropyFault;
use cradle_protocol::message::TrngFault;
use esp32c3::{RNG, SYSTIMER};

use crate::clock::Timer;

/// Time for noise to gather between two words, in microseconds: reads at up to 500 kHz get fresh
/// entropy.
const GATHER: u32 = 2;

/// The generator.
pub struct Random {
    generator: RNG,
    timer: Timer,
}

impl Random {
    /// Takes the generator; its noise runs already.
    pub fn new(generator: RNG, timer: SYSTIMER) -> Self {
        Self {
            generator,
            timer: Timer::new(timer),
        }
    }

    /// The next word.
    ///
    /// # Errors
    /// None: the generator does not check itself.
    pub fn word(&mut self) -> Result<u32, TrngFault> {
        self.timer.wait(GATHER);
        Ok(self.generator.data().read().bits())
    }

    /// Fills `bytes`.
    ///
    /// # Errors
    /// As [`Self::word`].
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFault> {
        for place in bytes.chunks_mut(4) {
            let word = self.word().map_err(|_| EntropyFault)?;
            place.copy_from_slice(&word.to_le_bytes()[..place.len()]);
        }
        Ok(())
    }
}
