//! The flash controller's rules (RM0090 §3.6 to §3.8), seen through its registers.
#![allow(clippy::unwrap_used)]

mod common;

use cradle_bench::virtual_bench::{BoardConfig, VirtualBench};
use probe_rs::MemoryInterface;

use common::{
    CR, FLASH, KEYR, MER, OPTCR, PG, PGPERR, PGSERR, PSIZE_32, STRT, WRPERR, attach_halted,
    erase_sector, one_board, program_word, set_option_bytes, take_status, unlock,
};

const OTP: u64 = 0x1FFF_7800;
const OTP_LOCKS: u64 = 0x1FFF_7A00;
const LOCK: u32 = 1 << 31;

#[test]
fn programming_without_erase_can_only_clear_bits() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    assert_eq!(program_word(&mut core, FLASH, 0xFF00_FF00), 0);
    assert_eq!(program_word(&mut core, FLASH, 0x0FF0_0FF0), 0);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0x0F00_0F00);
    assert_eq!(erase_sector(&mut core, 0), 0);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xFFFF_FFFF);
}

#[test]
fn a_wrong_key_jams_the_lock_until_reset() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.write_word_32(KEYR, 0xCDEF_89AB).unwrap();
    unlock(&mut core);
    assert_ne!(core.read_word_32(CR).unwrap() & LOCK, 0);
    core.reset_and_halt(std::time::Duration::from_millis(500))
        .unwrap();
    unlock(&mut core);
    assert_eq!(core.read_word_32(CR).unwrap() & LOCK, 0);
}

#[test]
fn programming_is_refused_without_pg_and_while_locked() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    core.write_word_32(FLASH, 0).unwrap();
    assert_eq!(take_status(&mut core), PGSERR);
    unlock(&mut core);
    core.write_word_32(FLASH, 0).unwrap();
    assert_eq!(take_status(&mut core), PGSERR);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xFFFF_FFFF);
}

#[test]
fn the_access_width_must_match_psize() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    core.write_word_32(CR, PG).unwrap();
    core.write_word_32(FLASH, 0).unwrap();
    assert_eq!(take_status(&mut core), PGPERR);
    core.write_word_8(FLASH + 1, 0x12).unwrap();
    assert_eq!(take_status(&mut core), 0);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xFFFF_12FF);
}

#[test]
fn a_locked_otp_block_refuses_and_the_next_does_not() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    assert_eq!(program_word(&mut core, OTP, 0x1234_5678), 0);
    assert_eq!(program_word(&mut core, OTP_LOCKS, 0xFFFF_FF00), 0);
    assert_eq!(program_word(&mut core, OTP + 4, 0), WRPERR);
    assert_eq!(program_word(&mut core, OTP + 32, 0x8765_4321), 0);
    assert_eq!(core.read_word_32(OTP).unwrap(), 0x1234_5678);
    assert_eq!(core.read_word_32(OTP + 4).unwrap(), 0xFFFF_FFFF);
    assert_eq!(core.read_word_32(OTP + 32).unwrap(), 0x8765_4321);
    drop(core);
    drop(session);
    let otp = board.dump_otp();
    assert_eq!(otp.len(), 528);
    assert_eq!(otp[512], 0x00);
}

#[test]
fn a_write_protected_sector_refuses_programming_and_any_erase() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    assert_eq!(program_word(&mut core, FLASH + 0x4000, 0xCAFE_F00D), 0);
    set_option_bytes(&mut core, 0x0FFD_AAEC);
    assert_eq!(core.read_word_32(OPTCR).unwrap() & !1, 0x0FFD_AAEC);
    assert_eq!(program_word(&mut core, FLASH + 0x4000, 0), WRPERR);
    assert_eq!(erase_sector(&mut core, 1), WRPERR);
    core.write_word_32(CR, MER | PSIZE_32 | STRT).unwrap();
    assert_eq!(take_status(&mut core), WRPERR);
    assert_eq!(core.read_word_32(FLASH + 0x4000).unwrap(), 0xCAFE_F00D);
    assert_eq!(program_word(&mut core, FLASH + 0x8000, 0), 0);
}

#[test]
fn a_mass_erase_leaves_otp_alone() {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    let mut core = session.core(0).unwrap();
    unlock(&mut core);
    program_word(&mut core, FLASH + 0xF_FFFC, 0);
    program_word(&mut core, OTP + 8, 0x5555_AAAA);
    core.write_word_32(CR, MER | PSIZE_32 | STRT).unwrap();
    assert_eq!(take_status(&mut core), 0);
    assert_eq!(core.read_word_32(FLASH + 0xF_FFFC).unwrap(), 0xFFFF_FFFF);
    assert_eq!(core.read_word_32(OTP + 8).unwrap(), 0x5555_AAAA);
}

/// RM0090 §3.6.2, table 7: 32 bits at a time take 2.7 V, 16 bits 2.1 V. More than that gives no
/// flag and no predictable result.
#[test]
fn a_low_supply_spoils_what_is_programmed_too_wide() {
    for (supply_mv, holds) in [
        (3_300, [true; 2]),
        (2_500, [false, true]),
        (1_900, [false; 2]),
    ] {
        let bench = VirtualBench::new(1);
        let config = BoardConfig::default().with_supply_mv(supply_mv);
        let board = bench.insert(0, config).unwrap();
        let mut session = attach_halted(&board);
        let mut core = session.core(0).unwrap();
        unlock(&mut core);
        assert_eq!(program_word(&mut core, FLASH, 0), 0, "{supply_mv} mV");
        core.write_word_32(CR, PG | 1 << 8).unwrap();
        for half in [4, 6] {
            core.write_word_16(FLASH + half, 0).unwrap();
        }
        assert_eq!(take_status(&mut core), 0, "{supply_mv} mV");
        let read = [FLASH, FLASH + 4].map(|at| core.read_word_32(at).unwrap() == 0);
        assert_eq!(read, holds, "{supply_mv} mV");
    }
}
