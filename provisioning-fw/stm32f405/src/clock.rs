//! One clock for all programs that need the UART or the TRNG: 48 MHz from the internal
//! oscillator and the PLL, so that no crystal is assumed and the TRNG gets its 48 MHz too.

use stm32f4xx_hal::pac::RCC;
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::{Config, Rcc};

/// Core, AHB and APB2 clock in Hz.
pub const CORE_HZ: u32 = 48_000_000;

/// Starts it.
pub fn start(rcc: RCC) -> Rcc {
    rcc.freeze(Config::hsi().sysclk(CORE_HZ.Hz()).require_pll48clk())
}
