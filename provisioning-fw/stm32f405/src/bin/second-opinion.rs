//! Asks the portable code the questions of `provisioning-fw/tests/second_opinion` on the core it
//! runs on, and tells the answers by semihosting. For tests only: from SRAM, without any
//! peripheral, so that it runs the same on every Cortex-M4. A debugger that does not do
//! semihosting finds the core halted, with the address of the page in R1.
#![no_std]
#![no_main]

#[path = "../../../tests/second_opinion/page.rs"]
mod page;

use core::arch::asm;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, entry, exception};
// For its interrupt vectors.
use stm32f4xx_hal as _;

/// `SYS_WRITE0`: R1 points to text that ends with a zero (Semihosting for AArch32 and AArch64).
const WRITE0: usize = 0x04;
/// `SYS_EXIT`: R1 says why.
const EXIT: usize = 0x18;
/// `ADP_Stopped_ApplicationExit`
const APPLICATION_EXIT: usize = 0x20026;

#[entry]
fn main() -> ! {
    let mut text = Text::new();
    match page::write(&mut text) {
        Ok(()) => tell(&text.bytes),
        Err(fmt::Error) => tell(b"the page was not finished\0"),
    }
}

/// The page and the zero behind it.
struct Text {
    bytes: [u8; Self::ROOM],
    length: usize,
}

impl Text {
    const ROOM: usize = 8 * 1024;

    const fn new() -> Self {
        Self {
            bytes: [0; Self::ROOM],
            length: 0,
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        // The last byte stays zero.
        let place = self.bytes[..Self::ROOM - 1].get_mut(self.length..end);
        place.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

fn tell(text: &[u8]) -> ! {
    loop {
        semihosting(WRITE0, text.as_ptr().addr());
        semihosting(EXIT, APPLICATION_EXIT);
    }
}

#[allow(unsafe_code)]
fn semihosting(operation: usize, argument: usize) {
    // SAFETY: both operations only read, and R0 alone is written.
    unsafe { asm!("bkpt 0xAB", inlateout("r0") operation => _, in("r1") argument) }
}

#[allow(unsafe_code)]
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    tell(b"a fault\0")
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    tell(b"a panic\0")
}
