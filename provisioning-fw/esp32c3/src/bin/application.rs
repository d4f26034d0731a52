//! The production sample: confirms itself, then answers the station. A product adds its work.
//!
//! One program serves both banks, because it runs from a copy in RAM. The bootloader says which
//! bank the copy is from.
#![no_std]
#![no_main]

use cradle_esp32c3::chip::{BANK_WINDOW, Chip, SMALL_WINDOW, StartedBy, Windows};
use cradle_esp32c3::cipher::Cipher;
use cradle_esp32c3::clock;
use cradle_esp32c3::line::Line;
use cradle_esp32c3::noise;
use cradle_esp32c3::random::Random;
use cradle_esp32c3::start::{Peripherals, reset};
use cradle_esp32c3::watchdog::Watchdog;
use cradle_esp32c3::window::Window;
use cradle_firmware::agent::{Agent, Firmware};
use cradle_firmware::boot::confirm;
use cradle_firmware::device::Entropy;
use cradle_firmware::key_store::InternalFlash;
use cradle_protocol::frame::Collector;
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::message::AGENT_BAUD;
use cradle_protocol::metadata::Bank;

cradle_esp32c3::program!(main, reset);

static SMALL: Window<SMALL_WINDOW> = Window::new();
static IMAGE: Window<BANK_WINDOW> = Window::new();

fn main(bank: u32, chip: Peripherals) -> ! {
    clock::start(&chip.system);
    noise::start(&chip.rtc, &chip.system, &chip.saradc);
    let random = Random::new(chip.rng, chip.systimer);
    let mut watchdog = Watchdog::found(chip.rtc);
    watchdog.feed();
    let (Some(small), Some(image)) = (SMALL.take(), IMAGE.take()) else {
        reset()
    };
    let Some(bank) = u8::try_from(bank).ok().and_then(Bank::from_index) else {
        reset()
    };
    let windows = Windows { small, bank: image };
    let cipher = Cipher::new(chip.xts_aes, chip.cache, chip.mmu, &chip.system);
    let mut device = Chip::new(
        (chip.spi1, cipher, StartedBy::Flash),
        chip.efuse,
        random,
        windows,
    );
    // Refused only where nothing is on trial; the attestation then says so. The counter in the
    // eFuses stays where the station put it: firmware burns none.
    if works(&mut device) && confirm(&mut device, bank).is_ok() {
        watchdog.stop();
    }
    let firmware = Firmware {
        hardware_model: "ESP32-C3",
        name: "cradle-sample",
        bank,
    };
    let agent = Agent::start(firmware, InternalFlash, &mut device);
    serve(agent, device, Line::start(chip.uart0, AGENT_BAUD), watchdog)
}

/// What this sample must be able to do: make random numbers. The rest has no way to fail.
fn works(device: &mut Chip<Random>) -> bool {
    device.fill(&mut [0; 4]).is_ok()
}

fn serve(
    mut agent: Agent<InternalFlash>,
    mut device: Chip<Random>,
    mut line: Line,
    mut watchdog: Watchdog,
) -> ! {
    let mut collector = Collector::new();
    let mut out = [0; MAX_FRAME];
    loop {
        // It runs while this firmware is on trial.
        watchdog.feed();
        while let Some(byte) = line.receive() {
            if let Some(frame) = collector.push(byte)
                && let Some(length) = agent.answer(&mut device, frame, &mut out)
            {
                line.send(&out[..length]);
                if agent.wants_restart() {
                    reset()
                }
            }
        }
    }
}
