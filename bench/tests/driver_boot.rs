//! The bootloader built from this repository, on the virtual chip: what it refuses to run.
#![allow(clippy::unwrap_used)]

mod driver_support;

use cradle_protocol::message::{BankVerdict, DeviceState};
use cradle_protocol::metadata::Bank;
use driver_support::signed::Key;
use driver_support::unit::{COUNTER, board_with, never_confirms, root};
use driver_support::{Setup, firmware};

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
