//! The bootloader built from this repository, on the virtual chip: what it refuses to run.
#![allow(clippy::unwrap_used)]

mod driver_support;

use std::sync::Arc;

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{BoardConfig, VirtualBench};
use cradle_protocol::message::{BankVerdict, DeviceState};
use cradle_protocol::metadata::Bank;
use driver_support::signed::Key;
use driver_support::unit::{COUNTER, board_with, never_confirms, root, with_image};
use driver_support::{SLOT, Setup, firmware, profile};

fn good() -> Vec<u8> {
    root().image(&firmware("application.bin"), COUNTER)
}

fn state_after_boot(mut setup: Setup) -> DeviceState {
    setup.device.run().unwrap();
    setup.device.ask_identity().unwrap().1
}

fn refused(verdict: BankVerdict) -> DeviceState {
    DeviceState::Recovery([verdict, BankVerdict::Empty])
}

#[test]
fn a_good_image_boots() {
    let state = state_after_boot(board_with(21, &good(), COUNTER));
    assert_eq!(state, DeviceState::Operational);
}

#[test]
fn an_image_with_one_flipped_bit_does_not_boot() {
    let mut image = good();
    image[0x1000] ^= 1;
    let state = state_after_boot(board_with(22, &image, COUNTER));
    assert_eq!(state, refused(BankVerdict::BadHash));
}

#[test]
fn an_image_with_a_flipped_bit_in_its_signature_does_not_boot() {
    let mut image = good();
    let last = image.len() - 1;
    image[last] ^= 1;
    let state = state_after_boot(board_with(23, &image, COUNTER));
    assert_eq!(state, refused(BankVerdict::BadSignature));
}

#[test]
fn an_image_signed_by_another_key_does_not_boot() {
    let image = Key::new(0x77).image(&firmware("application.bin"), COUNTER);
    let state = state_after_boot(board_with(24, &image, COUNTER));
    assert_eq!(state, refused(BankVerdict::UnknownKey));
}

#[test]
fn an_image_below_the_counter_in_otp_does_not_boot() {
    let state = state_after_boot(board_with(25, &good(), COUNTER + 1));
    assert_eq!(state, refused(BankVerdict::RolledBack));
}

#[test]
fn a_firmware_that_never_confirms_is_given_up_after_three_trials() {
    let image = root().image(&never_confirms(Bank::A), COUNTER);
    let state = state_after_boot(board_with(26, &image, COUNTER));
    assert_eq!(state, refused(BankVerdict::Unconfirmed));
}

#[test]
fn a_board_is_sensed_when_it_is_there_and_has_its_supply() {
    for simple in [false, true] {
        let boards = Arc::new(VirtualBench::new(1));
        let bench = Bench::over_virtual(&boards);
        assert_eq!(bench.senses_board(SLOT), Some(false));
        let config = BoardConfig::genuine(31);
        let board = boards.insert(
            0,
            match simple {
                true => config.with_simple_probe(),
                false => config,
            },
        );
        let board = board.unwrap();
        board.power_on();
        assert_eq!(
            bench.senses_board(SLOT),
            Some(true),
            "simple probe: {simple}"
        );
        board.power_off();
        assert_eq!(
            bench.senses_board(SLOT),
            Some(false),
            "simple probe: {simple}"
        );
        board.power_on();
        boards.pull(0);
        assert_eq!(
            bench.senses_board(SLOT),
            Some(false),
            "simple probe: {simple}"
        );
    }
}

#[test]
fn a_slot_with_a_driver_at_work_is_not_looked_at() {
    let boards = Arc::new(VirtualBench::new(1));
    boards
        .insert(0, BoardConfig::genuine(32))
        .unwrap()
        .power_on();
    let bench = Bench::over_virtual(&boards);
    let driver = bench.open(SLOT, &profile()).unwrap();
    assert_eq!(bench.senses_board(SLOT), None);
    drop(driver);
    assert_eq!(bench.senses_board(SLOT), Some(true));
}

/// Only the debug port is asked, nothing behind it: a core cannot be halted or reset like that.
#[test]
fn a_unit_that_runs_is_sensed_and_goes_on_running() {
    let config = BoardConfig::genuine(33).with_simple_probe();
    let mut setup = with_image(config, &good(), COUNTER);
    setup.device.run().unwrap();
    assert_eq!(
        setup.device.ask_identity().unwrap().1,
        DeviceState::Operational
    );
    let bench = Bench::over_virtual(&setup.bench);
    let before = setup.board.counters();
    for _ in 0..5 {
        assert_eq!(bench.senses_board(SLOT), Some(true));
    }
    let after = setup.board.counters();
    let asked = (after.dap_transfers - before.dap_transfers) / 5;
    assert!(asked < 32, "{asked} transfers a look");
    assert_eq!(after.flash, before.flash);
    assert_eq!(
        setup.device.ask_identity().unwrap().1,
        DeviceState::Operational
    );
}
