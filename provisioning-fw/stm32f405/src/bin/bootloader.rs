//! Decides which bank runs, and runs it. Stays in recovery when none may.
//!
//! Up to the jump nothing of the chip is set up but the watchdog, so the application finds it
//! as after reset.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, entry, exception};
use cradle_firmware::boot::{Decision, decide};
use cradle_firmware::recovery::Recovery;
use cradle_protocol::frame::Collector;
use cradle_protocol::limits::MAX_FRAME;
use cradle_stm32f405::chip::{self, Chip};
use cradle_stm32f405::clock;
use cradle_stm32f405::idle::{LONGEST, Sleeper};
use cradle_stm32f405::line::Line;
use stm32f4xx_hal::pac::{self, Interrupt};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::HSI;
use stm32f4xx_hal::watchdog::IndependentWatchdog;

/// How long a firmware on trial may be silent: the most the watchdog can do.
const TRIAL_WATCHDOG_MS: u32 = 32_000;

#[entry]
fn main() -> ! {
    let (Some(device), Some(core)) = (pac::Peripherals::take(), cortex_m::Peripherals::take())
    else {
        SCB::sys_reset()
    };
    let mut chip = Chip::new(device.FLASH, (), HSI);
    match decide(&mut chip) {
        Decision::Run { image, trial, .. } => {
            if trial {
                IndependentWatchdog::new(device.IWDG).start(TRIAL_WATCHDOG_MS.millis());
            }
            run(core.SCB, image.start())
        }
        Decision::Recover(verdicts) => {
            let mut rcc = clock::start(device.RCC);
            let Ok(line) = Line::start(device.USART1, device.GPIOA, &mut rcc) else {
                SCB::sys_reset()
            };
            let sleeper = Sleeper::new(core.SYST, LONGEST, Some(Interrupt::USART1));
            recover(chip, line, sleeper, Recovery::new(chip::uid(), verdicts))
        }
    }
}

/// Jumps into an image. Its vector table was made sure of by `accept`.
#[allow(unsafe_code)]
fn run(scb: SCB, vector_table: u32) -> ! {
    // SAFETY: the address is an aligned vector table in flash whose stack pointer lies in SRAM
    // and whose entry lies in the verified image; nothing here is used after the jump.
    unsafe {
        scb.vtor.write(vector_table);
        cortex_m::asm::bootload(vector_table as *const u32)
    }
}

fn recover(mut chip: Chip, mut line: Line, mut sleeper: Sleeper, mut recovery: Recovery) -> ! {
    let mut collector = Collector::new();
    let mut out = [0; MAX_FRAME];
    loop {
        while let Some(byte) = line.receive() {
            if let Some(frame) = collector.push(byte)
                && let Some(length) = recovery.answer(&mut chip, frame, &mut out)
            {
                line.send(&out[..length]);
                if recovery.wants_restart() {
                    SCB::sys_reset()
                }
            }
        }
        sleeper.sleep();
    }
}

/// Better a reset than a hang.
#[allow(unsafe_code)]
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    SCB::sys_reset()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
