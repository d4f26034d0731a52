//! Decides which bank runs, copies it into RAM, verifies the copy, and runs that. Stays in
//! recovery when no bank may run.
#![no_std]
#![no_main]

use core::arch::asm;

use cradle_esp32c3::chip::{BANK_WINDOW, Chip, SMALL_WINDOW, StartedBy, Windows};
use cradle_esp32c3::cipher::Cipher;
use cradle_esp32c3::clock;
use cradle_esp32c3::line::Line;
use cradle_esp32c3::start::{Peripherals, reset};
use cradle_esp32c3::watchdog::Watchdog;
use cradle_esp32c3::window::Window;
use cradle_firmware::boot::{Decision, decide};
use cradle_firmware::device::Posture;
use cradle_firmware::recovery::Recovery;
use cradle_protocol::frame::Collector;
use cradle_protocol::layout::esp32c3::{BOOTLOADER_RAM, IMAGE_RAM};
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::message::AGENT_BAUD;
use cradle_protocol::metadata::Bank;

cradle_esp32c3::program!(main, reset);

/// How long a firmware on trial may be silent.
const TRIAL_WATCHDOG_SECONDS: u32 = 32;

static SMALL: Window<SMALL_WINDOW> = Window::new();

fn main(_: u32, chip: Peripherals) -> ! {
    clock::start(&chip.system);
    let mut watchdog = Watchdog::stopped(chip.rtc, &chip.timg0);
    let Some(small) = SMALL.take() else { reset() };
    let windows = Windows {
        small,
        bank: image_ram(),
    };
    let cipher = Cipher::new(chip.xts_aes, chip.cache, chip.mmu, &chip.system);
    let mut device = Chip::new(
        (chip.spi1, cipher, StartedBy::Flash),
        chip.efuse,
        (),
        windows,
    );
    match decide(&mut device) {
        Decision::Run { bank, image, trial } => {
            // What was accepted is what was read last, and that is still there.
            if !device.holds_image_of(bank) {
                reset()
            }
            if trial {
                watchdog.start(TRIAL_WATCHDOG_SECONDS, device.fuses());
            }
            run(image.start(), bank)
        }
        Decision::Recover(verdicts) => {
            let recovery = Recovery::new(device.uid(), verdicts);
            recover(device, Line::start(chip.uart0, AGENT_BAUD), recovery)
        }
    }
}

/// The memory that an image is copied to and runs from.
#[allow(unsafe_code)]
fn image_ram() -> &'static mut [u8] {
    const { assert!(IMAGE_RAM.end() <= BOOTLOADER_RAM.start) };
    // SAFETY: RAM outside this program's own part, so no other reference reaches it; `main` calls
    // this once.
    unsafe { core::slice::from_raw_parts_mut(IMAGE_RAM.start as *mut u8, BANK_WINDOW) }
}

/// Jumps to the first instruction of the copy and tells it which bank it is from.
#[allow(unsafe_code)]
fn run(start: u32, bank: Bank) -> ! {
    // SAFETY: `accept` placed `start` in the copy that was verified; nothing here is used after
    // the jump. The fence orders the writes of the copy before it is fetched.
    unsafe {
        asm!(
            "fence",
            "jr {start}",
            start = in(reg) start,
            in("a0") bank.index(),
            options(noreturn),
        )
    }
}

fn recover(mut device: Chip, mut line: Line, mut recovery: Recovery) -> ! {
    let mut collector = Collector::new();
    let mut out = [0; MAX_FRAME];
    loop {
        if let Some(byte) = line.receive()
            && let Some(frame) = collector.push(byte)
            && let Some(length) = recovery.answer(&mut device, frame, &mut out)
        {
            line.send(&out[..length]);
            if recovery.wants_restart() {
                reset()
            }
        }
    }
}
