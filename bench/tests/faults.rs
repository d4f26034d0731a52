//! Planned faults strike at their operation and nowhere else.
#![allow(clippy::unwrap_used)]

mod common;

use cradle_bench::virtual_bench::{
    BoardConfig, Counting, FaultPlan, FlashFault, FlashOp, LinkFault, Moment, VirtualBench,
};
use probe_rs::{MemoryInterface, Permissions};

use common::{
    CHIP, CR, FLASH, PSIZE_32, SER, SR, SRAM, STRT, attach, attach_halted, eventually, one_board,
    program_word, set_option_bytes, unlock,
};

fn zeros(core: &mut probe_rs::Core<'_>, words: u64) {
    for word in 0..words {
        program_word(core, FLASH + 4 * word, 0);
    }
}

#[test]
fn a_power_cut_in_mid_erase_leaves_a_mixture_and_a_board_without_supply() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    zeros(&mut core, 64);
    let cut = FlashFault::PowerCut(Moment::Mid);
    board.arm(FaultPlan::new().at_flash(Counting::Only(FlashOp::SectorErase), 1, cut));
    let _ = core.write_word_32(CR, SER | PSIZE_32 | STRT);
    assert!(!board.is_powered());
    assert!(core.read_word_32(SRAM).is_err());
    drop(core);
    drop(session);
    let flash = board.dump_flash();
    assert!(flash[..256].iter().any(|&byte| byte != 0xFF));
    assert!(flash[..256].iter().any(|&byte| byte != 0x00));
    board.power_on();
    let mut session = attach_halted(&board);
    let word = session.core(0).unwrap().read_word_32(FLASH).unwrap();
    assert_eq!(word.to_le_bytes(), flash[..4]);
}

#[test]
fn power_cuts_before_and_after_a_program_differ_in_the_cells_only() {
    for (moment, expected) in [(Moment::Before, 0xFF), (Moment::After, 0x00)] {
        let (_bench, board) = one_board();
        let mut session = attach_halted(&board);
        let mut core = session.core(0).unwrap();
        unlock(&mut core);
        let cut = FlashFault::PowerCut(moment);
        board.arm(FaultPlan::new().at_flash(Counting::Any, 1, cut));
        core.write_word_32(CR, 1 | PSIZE_32).unwrap();
        let _ = core.write_word_32(FLASH, 0);
        assert!(!board.is_powered());
        assert_eq!(board.dump_flash()[0], expected);
    }
}

#[test]
fn option_bytes_torn_by_a_power_cut_protect() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let cut = FlashFault::PowerCut(Moment::Mid);
    board.arm(FaultPlan::new().at_flash(Counting::Only(FlashOp::OptionBytes), 1, cut));
    let mut core = session.core(0).unwrap();
    for (address, value) in [
        (0x4002_3C08, 0x0819_2A3B),
        (0x4002_3C08, 0x4C5D_6E7F),
        (0x4002_3C14, 0x0FFC_AAEE),
    ] {
        let _ = core.write_word_32(address, value);
    }
    drop(core);
    drop(session);
    board.power_on();
    assert_eq!(board.option_bytes() >> 8 & 0xFF, 0xFF);
    let mut session = attach(&board);
    assert!(session.core(0).unwrap().read_word_32(FLASH).is_err());
}

#[test]
fn a_regression_cut_in_its_mass_erase_stays_protected() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    zeros(&mut core, 64);
    set_option_bytes(&mut core, 0x0FFF_55EC);
    let cut = FlashFault::PowerCut(Moment::Mid);
    board.arm(FaultPlan::new().at_flash(Counting::Only(FlashOp::MassErase), 1, cut));
    let _ = core.write_word_32(0x4002_3C14, 0x0FFF_AAEE);
    assert!(!board.is_powered());
    assert_eq!(board.option_bytes() >> 8 & 0xFF, 0x55);
}

#[test]
fn a_stuck_controller_stays_busy_until_the_power_cycle() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    board.arm(FaultPlan::new().at_flash(Counting::Any, 1, FlashFault::StuckBusy));
    core.write_word_32(CR, 1 | PSIZE_32).unwrap();
    core.write_word_32(FLASH, 0).unwrap();
    assert_ne!(core.read_word_32(SR).unwrap() & 1 << 16, 0);
    drop(core);
    drop(session);
    board.power_cycle();
    let mut session = attach_halted(&board);
    assert_eq!(session.core(0).unwrap().read_word_32(SR).unwrap(), 0);
}

#[test]
fn a_flipped_bit_shows_in_the_programmed_word() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    board.arm(FaultPlan::new().at_flash(Counting::Any, 2, FlashFault::BitFlip));
    program_word(&mut core, FLASH, 0xA5A5_A5A5);
    program_word(&mut core, FLASH + 4, 0xA5A5_A5A5);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xA5A5_A5A5);
    let spoilt = core.read_word_32(FLASH + 4).unwrap() ^ 0xA5A5_A5A5;
    assert_eq!(spoilt.count_ones(), 1);
}

#[test]
fn a_bus_fault_is_reported_and_the_session_goes_on() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.write_word_32(SRAM, 1).unwrap();
    // A read takes three transfers at most: CSW or SELECT, TAR, DRW.
    board.arm(FaultPlan::new().at_transfer(2, LinkFault::BusFault));
    let results: Vec<_> = (0..3).map(|_| core.read_word_32(SRAM).is_ok()).collect();
    assert_eq!(results.iter().filter(|ok| !**ok).count(), 1);
    assert_eq!(core.read_word_32(SRAM).unwrap(), 1);
}

#[test]
fn a_dropped_cable_gives_errors_until_it_is_back() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    board.arm(FaultPlan::new().at_transfer(1, LinkFault::Drop));
    assert!(core.read_word_32(SRAM).is_err());
    drop(core);
    drop(session);
    assert!(board.probe().attach(CHIP, Permissions::default()).is_err());
    board.reconnect_cable();
    attach_halted(&board);
}

#[test]
fn a_used_part_and_a_wrong_chip_show_themselves() {
    let bench = VirtualBench::new(1);
    let used = BoardConfig::genuine(1)
        .with_used_otp()
        .with_flash_kib(512)
        .with_dev_id(0x419);
    let board = bench.insert(0, used).unwrap();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    assert_ne!(core.read_word_32(0x1FFF_7800).unwrap(), 0xFFFF_FFFF);
    assert_eq!(core.read_word_8(0x1FFF_7A00).unwrap(), 0);
    assert_eq!(core.read_word_16(0x1FFF_7A22).unwrap(), 512);
    assert_eq!(core.read_word_32(0xE004_2000).unwrap() & 0xFFF, 0x419);
}

#[test]
fn device_time_is_counted_even_when_it_does_not_pass() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    common::erase_sector(&mut core, 0);
    program_word(&mut core, FLASH, 0);
    let flash = board.counters().flash;
    assert_eq!(
        (flash.of(FlashOp::SectorErase), flash.of(FlashOp::Program)),
        (1, 1)
    );
    // 250 ms for 16 KiB at 32-bit parallelism, 16 µs for a word.
    assert_eq!(flash.device_busy, std::time::Duration::from_micros(250_016));
}

/// Erases a sector on a board that lets `busy_scale` of the device's time pass.
fn erasing_board(busy_scale: f64) -> (VirtualBench, probe_rs::Session) {
    let bench = VirtualBench::new(1);
    let mut config = BoardConfig::default();
    config.link.busy_scale = busy_scale;
    let board = bench.insert(0, config).unwrap();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    core.write_word_32(CR, SER | PSIZE_32 | STRT).unwrap();
    drop(core);
    (bench, session)
}

#[test]
fn a_slow_array_is_busy_until_its_time_has_passed() {
    const BSY: u32 = 1 << 16;
    let (_bench, mut session) = erasing_board(1000.0);
    let mut core = session.core(0).unwrap();
    assert_ne!(core.read_word_32(SR).unwrap() & BSY, 0);
    let (_bench, mut session) = erasing_board(0.05);
    let mut core = session.core(0).unwrap();
    assert!(eventually(|| core.read_word_32(SR).unwrap() & BSY == 0));
}

#[test]
fn what_was_saved_comes_back_on_another_bench() {
    let directory = tempfile::tempdir().unwrap();
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    program_word(&mut core, FLASH + 8, 0x1357_9BDF);
    program_word(&mut core, 0x1FFF_7820, 0x0246_8ACE);
    set_option_bytes(&mut core, 0x0FFE_AAEC);
    board.save(directory.path()).unwrap();
    let bench = VirtualBench::new(2);
    let restored = bench
        .insert_saved(1, BoardConfig::genuine(9), directory.path())
        .unwrap();
    assert_eq!(restored.uid(), board.uid());
    assert_eq!(restored.dump_flash(), board.dump_flash());
    assert_eq!(restored.dump_otp(), board.dump_otp());
    assert_eq!(restored.option_bytes(), 0x0FFE_AAEC);
}
