//! The bootloader with the longest image there can be.
#![allow(clippy::unwrap_used)]

mod driver_support;

use std::thread;
use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::Board;
use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::Region;
use cradle_protocol::layout::stm32f405::{BANKS, FLASH, METADATA};
use cradle_protocol::metadata::{self, MAX_TRIALS};
use driver_support::unit::{COUNTER, board_with, root};

/// `wfi; b .-2`
const CODE: [u16; 2] = [0xBF30, 0xE7FD];

/// Firmware that does nothing, and much of it.
fn sleeps_at_once(length: usize) -> Vec<u8> {
    let start = BANKS[0].start + u32::from(PADDED_HEADER);
    let mut payload = 0x2001_0000_u32.to_le_bytes().to_vec();
    payload.extend((start + 9).to_le_bytes());
    payload.extend(CODE.iter().flat_map(|half| half.to_le_bytes()));
    payload.resize(length, 0x5A);
    payload
}

fn image_of(length: usize) -> Vec<u8> {
    let around = root().image(&sleeps_at_once(1000), COUNTER).len() - 1000;
    root().image(&sleeps_at_once(length - around), COUNTER)
}

/// Instructions until the core sleeps; `None` if it never does.
fn instructions_until_asleep(board: &Board) -> Option<u64> {
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut before = 0;
    while Instant::now() < deadline {
        let now = board.counters().instructions;
        if now == before {
            return Some(now);
        }
        before = now;
        thread::sleep(Duration::from_millis(200));
    }
    None
}

/// The first trial is spent before the firmware starts, and only then.
fn started(board: &Board) -> bool {
    let flash = board.dump_flash();
    let [a, b] = METADATA.map(|Region { start, length }| {
        let start = (start - FLASH.start) as usize;
        &flash[start..start + length as usize]
    });
    metadata::read(a, b).unwrap().trials_left == MAX_TRIALS - 1
}

/// What it costs is in docs/firmware.md.
#[test]
fn an_image_that_fills_its_bank_boots() {
    let room = BANKS[0].length as usize;
    // Signatures differ in length by a few bytes.
    let image = image_of(room - 8);
    assert!(image.len() <= room && image.len() + 16 > room);
    let mut setup = board_with(27, &image, COUNTER);
    let before = setup.board.counters().instructions;
    setup.device.run().unwrap();
    let after = instructions_until_asleep(&setup.board).unwrap();
    println!("{} instructions until it runs", after - before);
    assert!(started(&setup.board));
}
