//! probe-rs drives a virtual board with its own description and algorithm.

mod common;

use std::time::Duration;

use cradle_bench::virtual_bench::{BoardConfig, VirtualBench};
use probe_rs::{MemoryInterface, Permissions};

use common::{CHIP, FLASH, attach, attach_halted, flash, one_board};

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

#[test]
fn the_real_algorithm_flashes_and_verifies_64_kib() {
    let (_bench, board) = one_board();
    let image = pattern(64 * 1024);
    flash(&mut attach(&board), FLASH, &image);
    let array = board.dump_flash();
    assert_eq!(&array[..image.len()], &image[..]);
    assert!(array[128 * 1024..].iter().all(|&byte| byte == 0xFF));
}

#[test]
fn flashing_again_replaces_what_was_there() {
    let (_bench, board) = one_board();
    let (first, second) = (pattern(20_000), vec![0x5A; 20_000]);
    let mut session = attach(&board);
    flash(&mut session, FLASH, &first);
    flash(&mut session, FLASH, &second);
    assert_eq!(&board.dump_flash()[..second.len()], &second[..]);
}

#[test]
fn a_blank_chip_locks_up_and_still_attaches() {
    let (_bench, board) = one_board();
    let mut session = attach(&board);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.status().unwrap(), probe_rs::CoreStatus::LockedUp);
    core.reset_and_halt(Duration::from_millis(500)).unwrap();
    assert_eq!(core.read_word_32(0xE004_2000).unwrap() & 0xFFF, 0x413);
    assert_eq!(core.read_word_32(FLASH).unwrap(), 0xFFFF_FFFF);
    core.write_word_32(0x2000_0000, 0x1234_5678).unwrap();
    assert_eq!(core.read_word_8(0x2000_0002).unwrap(), 0x34);
    assert_eq!(core.read_word_16(0x1FFF_7A22).unwrap(), 1024);
}

#[test]
fn attaching_under_reset_works() {
    let (_bench, board) = one_board();
    let mut session = board
        .probe()
        .attach_under_reset(CHIP, Permissions::default())
        .unwrap();
    assert!(session.core(0).unwrap().core_halted().unwrap());
}

#[test]
fn a_board_that_was_pulled_gives_an_error() {
    let (bench, board) = one_board();
    let mut session = attach_halted(&board);
    bench.pull(0);
    let mut core = session.core(0);
    if let Ok(core) = &mut core {
        assert!(core.read_word_32(0x2000_0000).is_err());
    }
    drop(core);
    drop(session);
    assert!(bench.board(0).is_none());
    let probe = bench.probe(0).unwrap();
    assert!(probe.attach(CHIP, Permissions::default()).is_err());
}

#[test]
fn a_probe_stays_with_its_slot_when_the_board_is_exchanged() {
    let bench = VirtualBench::new(1);
    for index in 0..2 {
        let config = BoardConfig::genuine(index);
        let uid = config.uid;
        bench.insert(0, config).unwrap();
        let probe = bench.probe(0).unwrap();
        let mut session = probe.attach(CHIP, Permissions::default()).unwrap();
        let mut found = [0; 12];
        let mut core = session.core(0).unwrap();
        core.read_8(0x1FFF_7A10, &mut found).unwrap();
        assert_eq!(found, uid);
    }
}

#[test]
fn sixteen_boards_work_side_by_side() {
    let bench = VirtualBench::new(16);
    std::thread::scope(|scope| {
        for slot in 0..bench.slots() {
            let bench = &bench;
            scope.spawn(move || {
                let config = BoardConfig::genuine(slot as u32);
                let board = bench.insert(slot, config).unwrap();
                let image = vec![slot as u8; 4096];
                flash(&mut attach(&board), FLASH, &image);
                assert_eq!(&board.dump_flash()[..image.len()], &image[..]);
            });
        }
    });
}
