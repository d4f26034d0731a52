//! One clock for all programs: the crystal, 40 MHz on every ESP32-C3, undivided. The PLL would
//! need analogue registers that no manual describes.

use esp32c3::{SYSTEM, SYSTIMER};

/// Core clock in Hz.
pub const CORE_HZ: u32 = 40_000_000;
/// Ticks of the system timer in a microsecond (TRM §10.2).
const TICKS_PER_MICROSECOND: u32 = 16;

/// Takes the CPU from the crystal directly (TRM §6.2.4.1); after reset it gets half.
#[allow(unsafe_code)]
pub fn start(system: &SYSTEM) {
    system.sysclk_conf().modify(|_, w| {
        // SAFETY: source 0 is the crystal, and a divider of 0 divides by one.
        unsafe { w.soc_clk_sel().bits(0).pre_div_cnt().bits(0) }
    });
}

/// Time from the system timer, which runs since reset.
pub struct Timer(SYSTIMER);

impl Timer {
    /// Takes the timer.
    pub fn new(timer: SYSTIMER) -> Self {
        Self(timer)
    }

    /// Waits at least so many microseconds, at most a minute.
    pub fn wait(&mut self, microseconds: u32) {
        let since = self.ticks();
        while self.ticks().wrapping_sub(since) <= microseconds * TICKS_PER_MICROSECOND {}
    }

    /// The lower half of the counter, sampled as TRM §10.4.1 says.
    fn ticks(&mut self) -> u32 {
        self.0.unit0_op().write(|w| w.update().set_bit());
        while self.0.unit0_op().read().value_valid().bit_is_clear() {}
        self.0.unit0_value().lo().read().bits()
    }
}
