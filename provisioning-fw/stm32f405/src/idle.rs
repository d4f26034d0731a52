//! Sleeping until something happens.
//!
//! Interrupts are never taken: PRIMASK stays set, and a pending one only ends the sleep
//! (ARMv7-M ARM B1.5.19). So there are no handlers and nothing is shared with any.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SCB, SYST};
use stm32f4xx_hal::pac::Interrupt;

/// Longest period of the 24-bit SysTick; 2.8 s at 48 MHz / 8.
pub const LONGEST: u32 = 0x00FF_FFFF;

/// Wakes regularly, and when the interrupt asked for is pending.
pub struct Sleeper {
    interrupt: Option<Interrupt>,
}

impl Sleeper {
    /// Wakes every `period` ticks of an eighth of the core clock, at most [`LONGEST`], and for
    /// `interrupt`.
    pub fn new(mut systick: SYST, period: u32, interrupt: Option<Interrupt>) -> Self {
        cortex_m::interrupt::disable();
        systick.set_clock_source(SystClkSource::External);
        systick.set_reload(period);
        systick.clear_current();
        systick.enable_interrupt();
        systick.enable_counter();
        if let Some(interrupt) = interrupt {
            unmask(interrupt);
        }
        Self { interrupt }
    }

    /// Sleeps. What it woke for is forgotten before it returns, so the caller must look.
    pub fn sleep(&mut self) {
        cortex_m::asm::wfi();
        SCB::clear_pendst();
        if let Some(interrupt) = self.interrupt {
            NVIC::unpend(interrupt);
        }
    }
}

#[allow(unsafe_code)]
fn unmask(interrupt: Interrupt) {
    // SAFETY: PRIMASK is set for good, so no handler ever runs and no critical section breaks.
    unsafe { NVIC::unmask(interrupt) }
}
