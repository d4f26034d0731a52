//! Where the device key lives on a board. Each program is linked with one home, so what happens
//! to answer on the bus decides nothing.

use cortex_m::peripheral::{DCB, DWT};
use cradle_firmware::key_store::InternalFlash;
use cradle_firmware::secure_element::{Atecc608, SecureElement};
use stm32f4xx_hal::dwt::{Delay, DwtExt};
use stm32f4xx_hal::i2c::{I2c1, I2cExt, Mode};
use stm32f4xx_hal::pac::{GPIOB, I2C1};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::Rcc;

/// Slow enough for a zero address to wake the element (t_WLO, 60 µs).
const SCL_KHZ: u32 = 100;

/// What a home may take of the chip.
pub struct Parts {
    /// Bus.
    pub bus: I2C1,
    /// Port of its pins.
    pub port: GPIOB,
    /// Cycle counter, for delays.
    pub counter: DWT,
    /// Switches the counter on.
    pub debug: DCB,
}

/// A key store as a board brings it.
pub trait Home {
    /// Sets it up. Nothing is asked of it yet.
    fn open(parts: Parts, rcc: &mut Rcc) -> Self;

    /// Whether it can do its work.
    fn is_ready(&mut self) -> bool;
}

/// A secure element on the same board is left alone.
impl Home for InternalFlash {
    fn open(_: Parts, _: &mut Rcc) -> Self {
        Self
    }

    fn is_ready(&mut self) -> bool {
        true
    }
}

/// The ATECC608B on I2C1, PB8 and PB9. A board without one makes no key.
pub type ElementKeys = SecureElement<I2c1, Delay>;

impl Home for ElementKeys {
    fn open(parts: Parts, rcc: &mut Rcc) -> Self {
        let delay = parts.counter.constrain(parts.debug, &rcc.clocks).delay();
        let pins = parts.port.split(rcc);
        let mode = Mode::standard(SCL_KHZ.kHz());
        let bus = parts.bus.i2c((pins.pb8, pins.pb9), mode, rcc);
        Self::new(Atecc608::new(bus, delay))
    }

    /// It answers and may make keys.
    fn is_ready(&mut self) -> bool {
        Self::is_ready(self)
    }
}
