//! The random number generator (TRM chapter 25).
//!
//! Without a radio its noise comes from RC_FAST_CLK, which is asynchronous to everything else and
//! must be switched on for it. The generator reports no faults of its own, so a key is made only
//! behind the start-up tests in `cradle_firmware::trng_health`.

use cradle_firmware::device::EntropyFault;
use cradle_protocol::message::TrngFault;
use esp32c3::{RNG, RTC_CNTL, SYSTIMER};

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
    /// Switches the noise source on (RTC_CNTL_CLK_CONF_REG).
    pub fn start(generator: RNG, rtc: &RTC_CNTL, timer: SYSTIMER) -> Self {
        rtc.clk_conf()
            .modify(|_, w| w.enb_ck8m().clear_bit().dig_clk8m_en().set_bit());
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
