//! Read protection (RM0090 §3.7.4).
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use cradle_bench::virtual_bench::Board;
use probe_rs::{MemoryInterface, Permissions};

use common::{
    CHIP, FLASH, SRAM, attach, attach_halted, echo, eventually, install, one_board, program_word,
    set_option_bytes, unlock,
};

const LEVEL_0: u32 = 0x0FFF_AAEC;
const LEVEL_1: u32 = 0x0FFF_55EC;
const LEVEL_2: u32 = 0x0FFF_CCEC;
const OTP: u64 = 0x1FFF_7800;

fn set_level(board: &Board, optcr: u32) {
    let mut session = attach_halted(board);
    set_option_bytes(&mut session.core(0).unwrap(), optcr);
    drop(session);
    board.power_cycle();
}

#[test]
fn level_1_hides_flash_from_a_debugger_and_from_the_core_it_watches() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    set_level(&board, LEVEL_1);
    let mut session = attach(&board);
    let mut core = session.core(0).unwrap();
    core.halt(Duration::from_millis(100)).unwrap();
    assert!(core.read_word_32(FLASH).is_err());
    assert!(core.read_word_32(0).is_err());
    // SRAM and registers stay within reach, also after the failed read.
    core.write_word_32(SRAM, 0x600D_F00D).unwrap();
    assert_eq!(core.read_word_32(SRAM).unwrap(), 0x600D_F00D);
    assert_eq!(core.read_word_32(0xE004_2000).unwrap() & 0xFFF, 0x413);
    // The vector table cannot be fetched, so the core locks up after a reset.
    core.reset().unwrap();
    assert!(eventually(|| matches!(
        core.status(),
        Ok(probe_rs::CoreStatus::LockedUp)
    )));
}

#[test]
fn level_1_runs_its_firmware_after_a_power_cycle_without_debugger() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    set_level(&board, LEVEL_1);
    let before = board.counters().instructions;
    assert!(eventually(|| board.counters().instructions > before + 1000));
    // A debugger stops it, and only the next power cycle starts it again.
    drop(attach(&board));
    std::thread::sleep(Duration::from_millis(20));
    let stopped = board.counters().instructions;
    std::thread::sleep(Duration::from_millis(20));
    assert!(board.counters().instructions < stopped + 1000);
    board.power_cycle();
    let before = board.counters().instructions;
    assert!(eventually(|| board.counters().instructions > before + 1000));
}

#[test]
fn the_way_back_to_level_0_erases_the_flash_and_keeps_otp() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    program_word(&mut core, OTP, 0x0123_4567);
    drop(core);
    drop(session);
    set_level(&board, LEVEL_1);
    assert_ne!(board.dump_flash()[0], 0xFF);
    set_level(&board, LEVEL_0);
    assert!(board.dump_flash().iter().all(|&byte| byte == 0xFF));
    assert_eq!(board.option_bytes(), LEVEL_0);
    assert_eq!(board.dump_otp()[..4], 0x0123_4567_u32.to_le_bytes());
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xFFFF_FFFF);
}

#[test]
fn the_way_back_leaves_write_protection_as_it_was() {
    let (_bench, board) = one_board();
    set_level(&board, 0x0FFC_55EC);
    set_level(&board, LEVEL_0);
    assert_eq!(board.option_bytes(), 0x0FFC_AAEC);
    set_level(&board, LEVEL_0);
    assert_eq!(board.option_bytes(), LEVEL_0);
}

#[test]
fn level_2_answers_no_debugger_and_still_runs() {
    let (_bench, board) = one_board();
    install(&board, echo().bytes());
    set_level(&board, LEVEL_2);
    assert!(board.probe().attach(CHIP, Permissions::default()).is_err());
    let before = board.counters().instructions;
    assert!(eventually(|| board.counters().instructions > before + 1000));
}
