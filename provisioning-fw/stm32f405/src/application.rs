//! The production sample: confirms itself, then answers the station. A product adds its work.
//!
//! It is linked once for each bank, for flash is not remapped and code runs where it lies, and
//! once for each home of the device key: which one it uses is settled here, not on the board.

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, entry, exception};
use cradle_firmware::agent::{Agent, Firmware};
use cradle_firmware::boot::{confirm, raise_counter};
use cradle_firmware::device::Entropy;
use cradle_protocol::frame::Collector;
use cradle_protocol::layout::stm32f405::BANKS;
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::metadata::Bank;
use cradle_stm32f405::chip::Chip;
use cradle_stm32f405::clock::{self, CORE_HZ};
use cradle_stm32f405::idle::{LONGEST, Sleeper};
use cradle_stm32f405::keys::{Home, Parts};
use cradle_stm32f405::line::Line;
use stm32f4xx_hal::pac::{self, Interrupt};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rng::Rng;
use stm32f4xx_hal::watchdog::IndependentWatchdog;

use crate::Keys;

#[entry]
fn main() -> ! {
    let (Some(device), Some(core)) = (pac::Peripherals::take(), cortex_m::Peripherals::take())
    else {
        SCB::sys_reset()
    };
    let mut watchdog = IndependentWatchdog::new(device.IWDG);
    watchdog.feed();
    let mut rcc = clock::start(device.RCC);
    let trng = device.RNG.constrain(&mut rcc);
    let Ok(line) = Line::start(device.USART1, device.GPIOA, &mut rcc) else {
        SCB::sys_reset()
    };
    let mut chip = Chip::new(device.FLASH, trng, CORE_HZ);
    let parts = Parts {
        bus: device.I2C1,
        port: device.GPIOB,
        counter: core.DWT,
        debug: core.DCB,
    };
    let mut keys = Keys::open(parts, &mut rcc);
    let bank = running_bank(&core.SCB);
    if works(&mut chip, &mut keys) {
        // Refused only where nothing is on trial; the attestation then says so.
        let _ = confirm(&mut chip, bank);
        // Tried again at the next start; the attestation says how far it got.
        let _ = raise_counter(&mut chip, bank);
    }
    let firmware = Firmware {
        hardware_model: "STM32F405",
        name: "cradle-sample",
        bank,
    };
    let agent = Agent::start(firmware, keys, &mut chip);
    let sleeper = Sleeper::new(core.SYST, LONGEST, Some(Interrupt::USART1));
    serve(agent, chip, line, sleeper, watchdog)
}

/// What this sample must be able to do: make random numbers, use its key store. The UART is up
/// already.
fn works(chip: &mut Chip<Rng>, keys: &mut Keys) -> bool {
    chip.fill(&mut [0; 4]).is_ok() && Home::is_ready(keys)
}

fn running_bank(scb: &SCB) -> Bank {
    if BANKS[Bank::B.index()].holds(scb.vtor.read(), 0) {
        Bank::B
    } else {
        Bank::A
    }
}

fn serve(
    mut agent: Agent<Keys>,
    mut chip: Chip<Rng>,
    mut line: Line,
    mut sleeper: Sleeper,
    mut watchdog: IndependentWatchdog,
) -> ! {
    let mut collector = Collector::new();
    let mut out = [0; MAX_FRAME];
    loop {
        // It runs if the bootloader put this firmware on trial, and cannot be stopped then.
        watchdog.feed();
        while let Some(byte) = line.receive() {
            if let Some(frame) = collector.push(byte)
                && let Some(length) = agent.answer(&mut chip, frame, &mut out)
            {
                line.send(&out[..length]);
                if agent.wants_restart() {
                    SCB::sys_reset()
                }
            }
        }
        sleeper.sleep();
    }
}

/// Better a reset than a hang: on trial it counts, and trusted firmware starts again.
#[allow(unsafe_code)]
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    SCB::sys_reset()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
