//! The bootloader built from this repository, on the virtual chip: what it refuses to run.
#![allow(clippy::unwrap_used)]

mod driver_support;

use cradle_bench::virtual_bench::BoardConfig;
use cradle_procedure::plan::BurnItem;
use cradle_protocol::message::{BankVerdict, DeviceState};
use cradle_protocol::metadata::{self, Bank};
use driver_support::signed::Key;
use driver_support::{Setup, firmware, program, region, setup};

const COUNTER: u32 = 3;

fn root() -> Key {
    Key::new(0x11)
}

fn good() -> Vec<u8> {
    root().image(&firmware("application.bin"), COUNTER)
}

/// A board with the bootloader, this image on trial, and the root key and counter burnt.
fn board_with(seed: u32, image: &[u8], counter: u32) -> Setup {
    let mut setup = setup(BoardConfig::genuine(seed));
    let device = &mut *setup.device;
    for (name, bytes) in [
        ("bootloader", firmware("bootloader.bin")),
        ("metadata-1", metadata::initial(Bank::A).to_vec()),
        ("bank-a", image.to_vec()),
    ] {
        program(device, region(name).start, &bytes).unwrap();
    }
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    let hash = BurnItem::RootKeyHash(root().hash());
    device.burn(&hash).unwrap();
    device.burn(&BurnItem::Counter(counter)).unwrap();
    setup
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

/// The firmware resets itself at once: `ldr r0, =AIRCR; ldr r1, =VECTKEY|SYSRESETREQ;
/// str r1, [r0]; b .`
#[test]
fn a_firmware_that_never_confirms_is_given_up_after_three_trials() {
    const CODE: [u16; 8] = [
        0x4801, 0x4902, 0x6001, 0xE7FE, 0xED0C, 0xE000, 0x0004, 0x05FA,
    ];
    let mut payload = 0x2001_0000_u32.to_le_bytes().to_vec();
    payload.extend((region("bank-a").start + 0x200 + 9).to_le_bytes());
    payload.extend(CODE.iter().flat_map(|half| half.to_le_bytes()));
    let image = root().image(&payload, COUNTER);
    let state = state_after_boot(board_with(26, &image, COUNTER));
    assert_eq!(state, refused(BankVerdict::Unconfirmed));
}
