//! Runs from RAM, loaded by the mask ROM's loader, talks over UART0 at the speed the loader
//! starts with, and is gone with the reset.
#![no_std]
#![no_main]

use cradle_esp32c3::chip::{Chip, SMALL_WINDOW, StartedBy, Windows};
use cradle_esp32c3::cipher::Cipher;
use cradle_esp32c3::clock;
use cradle_esp32c3::line::Line;
use cradle_esp32c3::noise;
use cradle_esp32c3::random::Random;
use cradle_esp32c3::start::{Peripherals, reset, stop};
use cradle_esp32c3::watchdog::Watchdog;
use cradle_esp32c3::window::Window;
use cradle_firmware::key_store::InternalFlash;
use cradle_firmware::provisioner;
use cradle_protocol::frame::Collector;
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::message::PROVISIONER_BAUD;

// A reset would start what is in flash, with the station still believing in this program.
cradle_esp32c3::program!(main, stop);

static SMALL: Window<SMALL_WINDOW> = Window::new();
/// What is hashed of a bank at once.
static PIECE: Window<4096> = Window::new();

fn main(_: u32, chip: Peripherals) -> ! {
    clock::start(&chip.system);
    noise::start(&chip.rtc, &chip.system, &chip.saradc);
    let random = Random::new(chip.rng, chip.systimer);
    Watchdog::stopped(chip.rtc, &chip.timg0);
    let (Some(small), Some(bank)) = (SMALL.take(), PIECE.take()) else {
        reset()
    };
    let windows = Windows { small, bank };
    let cipher = Cipher::new(chip.xts_aes, chip.cache, chip.mmu, &chip.system);
    let mut device = Chip::new(
        (chip.spi1, cipher, StartedBy::Loader),
        chip.efuse,
        random,
        windows,
    );
    let mut keys = InternalFlash;
    let mut line = Line::start(chip.uart0, PROVISIONER_BAUD);
    let mut collector = Collector::new();
    let mut out = [0; MAX_FRAME];
    loop {
        if let Some(byte) = line.receive()
            && let Some(frame) = collector.push(byte)
            && let Some(length) = provisioner::answer(&mut device, &mut keys, frame, &mut out)
        {
            line.send(&out[..length]);
        }
    }
}
