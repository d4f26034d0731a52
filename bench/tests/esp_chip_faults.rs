//! Faults that strike the ESP32-C3 board at numbered operations, and what survives them.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "esp_chip/board.rs"]
mod board;

use std::time::Duration;

use cradle_bench::virtual_bench::{
    Counting, EspBoard, EspConfig, EspLink, FaultPlan, FlashFault, FlashOp, LinkFault, Moment,
    VirtualBench,
};
use espflash::flasher::Flasher;
use espflash::target::DefaultProgressCallback;
use reed_solomon::Encoder;
use tempfile::tempdir;

use board::{download, flasher, insert, new_board, pattern};

const LENGTH: usize = 3_000;

fn write(flasher: &mut Flasher, bytes: &[u8]) -> Result<(), espflash::Error> {
    flasher.write_bin_to_flash(0x1000, bytes, &mut DefaultProgressCallback)
}

/// Burns the user's block, with the check bytes of its code, through the registers.
fn burn_user_block(flasher: &mut Flasher, data: &[u8; 32]) -> Result<(), espflash::Error> {
    const CONTROLLER: u32 = 0x6000_8800;
    let connection = flasher.connection();
    let coded = Encoder::new(12).encode(data);
    for (register, word) in (CONTROLLER..).step_by(4).zip(coded.chunks_exact(4)) {
        let word = u32::from_le_bytes(word.try_into().unwrap());
        connection.write_reg(register, word, None)?;
    }
    connection.write_reg(CONTROLLER + 0x1CC, 0x5A5A, None)?;
    connection.write_reg(CONTROLLER + 0x1D4, 2 | 3 << 2, None)
}

fn cut(nth: u64, moment: Moment) -> FaultPlan {
    FaultPlan::new().at_flash(Counting::Any, nth, FlashFault::PowerCut(moment))
}

#[test]
fn a_cut_supply_leaves_what_was_done_until_then() {
    for (moment, expected) in [(Moment::Before, 256), (Moment::After, 512)] {
        let board = new_board();
        let mut flasher = flasher(&board, false, None);
        let bytes = pattern(LENGTH, 1);
        // The sector is erased, one page is programmed, the second is struck.
        board.arm(cut(3, moment));
        write(&mut flasher, &bytes).unwrap_err();
        assert!(!board.is_powered());
        let flash = board.dump_flash();
        assert!(flash[0x1000..0x1000 + expected] == bytes[..expected]);
        assert!(
            flash[0x1000 + expected..0x2000]
                .iter()
                .all(|byte| *byte == 0xFF)
        );
        drop(flasher);
        board.power_on();
        write(&mut board::flasher(&board, false, None), &bytes).unwrap();
    }
}

#[test]
fn a_burn_that_is_cut_short_sets_some_of_its_bits() {
    let board = new_board();
    let mut flasher = flasher(&board, false, None);
    board.arm(cut(1, Moment::Mid).with_seed(5));
    burn_user_block(&mut flasher, &[0xFF; 32]).unwrap_err();
    assert!(!board.is_powered());
    let cells = board.remains();
    assert_ne!(cells.efuse_block(3), [0; 32]);
    assert_ne!(cells.efuse_block(3), [0xFF; 32]);
}

#[test]
fn applying_the_operations_of_a_run_one_by_one_gives_what_it_left() {
    let board = new_board();
    let mut remains = board.remains();
    let mut flasher = flasher(&board, false, None);
    board.start_record();
    write(&mut flasher, &pattern(LENGTH, 2)).unwrap();
    burn_user_block(&mut flasher, &[0x81; 32]).unwrap();
    let record = board.take_record();
    assert_eq!(record[0].kind(), FlashOp::SectorErase);
    assert_eq!(record.last().unwrap().kind(), FlashOp::OtpProgram);
    for operation in &record {
        remains.apply(operation);
    }
    assert!(remains.flash() == board.dump_flash());
    assert_eq!(remains.efuse_block(3), board.dump_efuse_block(3));
}

#[test]
fn a_bit_that_flips_is_seen_by_the_digest() {
    let board = new_board();
    let mut flasher = flasher(&board, false, None);
    let plan = FaultPlan::new().with_seed(3);
    board.arm(plan.at_flash(Counting::Only(FlashOp::Program), 2, FlashFault::BitFlip));
    write(&mut flasher, &pattern(LENGTH, 4)).unwrap_err();
}

#[test]
fn a_flash_that_is_never_ready_again_silences_the_loader() {
    let board = new_board();
    let mut flasher = flasher(&board, false, None);
    board.arm(FaultPlan::new().at_flash(Counting::Any, 1, FlashFault::StuckBusy));
    write(&mut flasher, &pattern(LENGTH, 4)).unwrap_err();
    board.power_cycle();
    drop(flasher);
    write(
        &mut board::flasher(&board, false, None),
        &pattern(LENGTH, 4),
    )
    .unwrap();
}

#[test]
fn a_cable_that_falls_out_is_silent_until_it_is_plugged_in() {
    let board = new_board();
    let mut flasher = flasher(&board, false, None);
    board.arm(FaultPlan::new().at_transfer(2, LinkFault::Drop));
    write(&mut flasher, &pattern(LENGTH, 5)).unwrap_err();
    drop(flasher);
    board.reconnect_cable();
    write(
        &mut board::flasher(&board, false, None),
        &pattern(LENGTH, 5),
    )
    .unwrap();
}

#[test]
fn a_board_that_was_swapped_has_another_identity() {
    let board = new_board();
    let mut flasher = flasher(&board, false, None);
    let other = *b"\x60\x55\xF9\x09\x09\x09unique";
    board.arm(FaultPlan::new().at_transfer(1, LinkFault::Swap(other)));
    flasher.connection().read_reg(0x6000_8844).unwrap_err();
    assert_eq!(board.uid(), other);
}

#[test]
fn a_saved_board_comes_back_as_it_was() {
    let (board, folder) = (insert(EspConfig::genuine(77)), tempdir().unwrap());
    let mut flasher = flasher(&board, false, None);
    write(&mut flasher, &pattern(LENGTH, 6)).unwrap();
    burn_user_block(&mut flasher, &[0x5A; 32]).unwrap();
    board.save(folder.path()).unwrap();
    let bench = VirtualBench::new(1);
    let restored = bench
        .insert_esp_saved(0, EspConfig::default(), folder.path())
        .unwrap();
    assert!(restored.dump_flash() == board.dump_flash());
    assert_eq!(restored.uid(), EspConfig::genuine(77).uid());
    assert_eq!(restored.dump_efuse_block(3), [0x5A; 32]);
    assert!(bench.board(0).is_none(), "the slot is taken by one board");
}

#[test]
fn a_cable_that_is_too_slow_garbles_fast_transfers() {
    let link = EspLink {
        max_baud: 460_800,
        ..EspLink::default()
    };
    let board = insert(EspConfig {
        link,
        ..EspConfig::default()
    });
    download(&board);
    let mut connection = board::connection(&board, 115_200);
    connection.begin().unwrap();
    connection.set_timeout(Duration::from_millis(200)).unwrap();
    let change = espflash::command::Command::ChangeBaudrate {
        new_baud: 921_600,
        prior_baud: 0,
    };
    connection.command(change).unwrap();
    connection.set_baud(921_600).unwrap();
    assert!(connection.read_reg(0x6000_8844).is_err());
}

#[test]
fn eight_boards_work_at_once() {
    let bench = VirtualBench::new(8);
    let boards: Vec<EspBoard> = (0..8)
        .map(|slot| {
            bench
                .insert_esp(slot, EspConfig::genuine(slot as u32))
                .unwrap()
        })
        .collect();
    std::thread::scope(|scope| {
        for (seed, board) in (10..).zip(&boards) {
            scope.spawn(move || {
                let bytes = pattern(LENGTH, seed);
                write(&mut flasher(board, false, None), &bytes).unwrap();
                assert!(board.dump_flash()[0x1000..0x1000 + LENGTH] == bytes);
            });
        }
    });
}
