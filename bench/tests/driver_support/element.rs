//! Boards whose device key lives in a secure element, and the firmware for them.

use std::ffi::OsString;
use std::path::PathBuf;

use cradle_bench::virtual_bench::{Board, BoardConfig, ElementPreset};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::profile::TargetProfile;
use cradle_protocol::layout::stm32f405::{BANKS, BOOTLOADER, METADATA};
use cradle_protocol::message::PublicKey;
use cradle_protocol::metadata::{self, Bank};
use p256::ecdsa::SigningKey;

use super::signed::Key;
use super::unit::{COUNTER, root};
use super::{Setup, built, firmware_folder, program, setup_for};

/// Slot 2 of the data zone, behind configuration (128 bytes), OTP (64) and two slots (36 each):
/// 4 bytes of padding, then the private key.
const PRIVATE_KEY: std::ops::Range<usize> = 128 + 64 + 2 * 36 + 4..128 + 64 + 3 * 36;

/// A file of the firmware for boards with a secure element.
pub fn element_firmware(name: &str) -> Vec<u8> {
    let mut folder = OsString::from(firmware_folder());
    folder.push("-se");
    built(&PathBuf::from(folder), name)
}

pub fn element_profile() -> TargetProfile {
    TargetProfile::parse(include_str!("../../../profiles/stm32f405-se.toml")).unwrap()
}

pub fn wipe_authority() -> Key {
    Key::new(0x22)
}

/// A board with one, nothing else.
pub fn with_element(index: u32) -> BoardConfig {
    BoardConfig::genuine(index).with_element(ElementPreset::Configured)
}

/// A board that runs firmware for a secure element, and the provisioner on it; whether there is
/// an element is the board's matter.
pub fn ready_for_a_key(config: BoardConfig) -> Setup {
    let mut setup = setup_for(config, &element_profile());
    let device = &mut *setup.device;
    let image = root().image(&element_firmware("application.bin"), COUNTER);
    for (start, bytes) in [
        (BOOTLOADER.start, element_firmware("bootloader.bin")),
        (METADATA[0].start, metadata::initial(Bank::A).to_vec()),
        (BANKS[0].start, image),
    ] {
        program(device, start, &bytes).unwrap();
    }
    provisioner(&mut setup);
    for item in [
        BurnItem::RootKeyHash(root().hash()),
        BurnItem::Counter(COUNTER),
    ] {
        setup.device.burn(&item).unwrap();
    }
    setup
}

/// Loads and runs it, whatever the board went through before.
pub fn provisioner(setup: &mut Setup) {
    setup.device.identify().unwrap();
    setup
        .device
        .start_provisioner(&element_firmware("provisioner.elf"))
        .unwrap();
}

/// The private key that the element holds in slot 2.
pub fn private_key(board: &Board) -> Option<SigningKey> {
    let zones = board.dump_element().unwrap();
    SigningKey::from_slice(&zones[PRIVATE_KEY]).ok()
}

/// Its public key.
pub fn held_key(board: &Board) -> Option<PublicKey> {
    let private = private_key(board)?;
    PublicKey::from_sec1(private.verifying_key().to_sec1_point(false).as_bytes())
}
