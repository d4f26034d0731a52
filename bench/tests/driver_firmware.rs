//! The driver against a virtual chip that runs the firmware built from this repository.
#![allow(clippy::unwrap_used)]

mod driver_support;

use cradle_bench::virtual_bench::{BoardConfig, FaultPlan, LinkFault, Trng};
use cradle_procedure::attestation;
use cradle_procedure::fault::Code;
use cradle_procedure::ids::Uid;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{Device, ReadProtection};
use cradle_protocol::message::{BankVerdict, DeviceState, KeyFate};
use cradle_protocol::metadata::{self, Bank};
use driver_support::signed::{Key, certificate, device_spki, holds, request_info};
use driver_support::{code, firmware, program, region, setup};

const COUNTER: u32 = 3;

fn root() -> Key {
    Key::new(0x11)
}

fn wipe_authority() -> Key {
    Key::new(0x22)
}

fn flash_everything(device: &mut dyn Device) {
    let image = root().image(&firmware("application.bin"), COUNTER);
    for (name, bytes) in [
        ("bootloader", firmware("bootloader.bin")),
        ("metadata-0", metadata::initial(Bank::A).to_vec()),
        ("bank-a", image),
    ] {
        let region = region(name);
        let start = region.start;
        assert!(bytes.len() as u32 <= region.length, "{name} is too long");
        program(device, start, &bytes).unwrap();
        assert_eq!(device.read(start, bytes.len() as u32).unwrap(), bytes);
    }
}

fn burn(device: &mut dyn Device, item: &BurnItem) {
    device.burn(item).unwrap();
    assert!(item.holds(&device.fuses().unwrap()), "{item}");
}

#[test]
fn a_unit_is_provisioned_attests_is_wiped_and_erased() {
    let config = BoardConfig::genuine(5);
    let mut setup = setup(config.clone());
    let device = &mut *setup.device;
    device.identify().unwrap();
    flash_everything(device);
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    let key = device.make_key().unwrap();
    let info = request_info(&key);
    assert!(holds(&key, &info, &device.sign_request(&info).unwrap()));

    burn(device, &BurnItem::RootKeyHash(root().hash()));
    burn(device, &BurnItem::LockRootKey);
    burn(device, &BurnItem::Counter(COUNTER));
    device
        .store_credentials(&certificate(&key), &wipe_authority().public())
        .unwrap();
    burn(
        device,
        &BurnItem::WriteProtect(vec!["bootloader".to_owned()]),
    );
    burn(device, &BurnItem::ReadProtect);

    device.run().unwrap();
    let (uid, state) = device.ask_identity().unwrap();
    assert_eq!(
        (uid, state),
        (Uid::new(&config.uid), DeviceState::Operational)
    );
    let nonce = [0x42; 32];
    let statement = device.attest(&nonce).unwrap();
    let claims = attestation::verify(&statement, &device_spki(&key), &nonce).unwrap();
    assert_eq!(claims.counter, COUNTER);

    let challenge = device.request_wipe().unwrap();
    let foreign = root().wipe_order(&config.uid, &challenge);
    assert_eq!(code(device.wipe(&foreign)), Code::WipeNotAuthorized);
    let challenge = device.request_wipe().unwrap();
    let order = wipe_authority().wipe_order(&config.uid, &challenge);
    let report = device.wipe(&order).unwrap();
    assert_eq!((report.key, report.nvs_erased), (KeyFate::Zeroized, true));
    assert_eq!(device.ask_identity().unwrap().1, DeviceState::Wiped);
    assert_eq!(code(device.attest(&nonce)), Code::DeviceRefused);

    device.mass_erase().unwrap();
    assert!(setup.board.dump_flash().iter().all(|byte| *byte == 0xFF));
    let chip = device.identify().unwrap();
    assert_eq!(chip.read_protection, ReadProtection::Open);
    let fuses = chip.fuses.unwrap();
    assert_eq!((fuses.counter, fuses.root_key_locked), (COUNTER, true));
}

#[test]
fn a_chip_with_the_bootloader_alone_answers_from_recovery() {
    let config = BoardConfig::genuine(6);
    let mut setup = setup(config.clone());
    let at = region("bootloader").start;
    program(&mut *setup.device, at, &firmware("bootloader.bin")).unwrap();
    setup.device.run().unwrap();
    let (uid, state) = setup.device.ask_identity().unwrap();
    assert_eq!(uid, Uid::new(&config.uid));
    assert_eq!(state, DeviceState::Recovery([BankVerdict::Empty; 2]));
}

/// The provisioner tests the generator before it makes a key, as NIST SP 800-90B §4.4 says.
#[test]
fn a_chip_with_a_defective_random_generator_fails_its_hardware_check_and_makes_no_key() {
    for (trng, why) in [
        (Trng::Stuck(0x1234_5678), "repetition count test"),
        (Trng::SeedError, "seed error flag"),
    ] {
        let mut setup = setup(BoardConfig::genuine(9).with_trng(trng));
        let device = &mut *setup.device;
        let refused = device.start_provisioner(&firmware("provisioner.elf"));
        let fault = refused.unwrap_err();
        assert_eq!(fault.code, Code::HardwareCheck);
        assert!(fault.detail.contains(why), "{fault:?}");
        assert_eq!(code(device.make_key()), Code::HardwareCheck);
    }
}

#[test]
fn the_device_keeps_its_key_and_signs_for_no_other() {
    let mut setup = setup(BoardConfig::genuine(8));
    let device = &mut *setup.device;
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    let key = device.make_key().unwrap();
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    assert_eq!(device.make_key().unwrap(), key);
    let foreign = request_info(&root().public());
    assert_eq!(code(device.sign_request(&foreign)), Code::DeviceRefused);
}

#[test]
fn a_counter_is_burnt_further_and_never_back() {
    let mut setup = setup(BoardConfig::genuine(9));
    let device = &mut *setup.device;
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    for value in [1, 2, 40] {
        burn(device, &BurnItem::Counter(value));
    }
    let before = setup.board.dump_otp();
    assert_eq!(code(device.burn(&BurnItem::Counter(2))), Code::BurnFailed);
    assert_eq!(setup.board.dump_otp(), before);
}

#[test]
fn a_locked_root_key_takes_no_other_hash() {
    let mut setup = setup(BoardConfig::genuine(10));
    let device = &mut *setup.device;
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    burn(device, &BurnItem::LockRootKey);
    let hash = BurnItem::RootKeyHash(root().hash());
    assert_eq!(code(device.burn(&hash)), Code::BurnFailed);
    assert_eq!(device.fuses().unwrap().root_key, [0xFF; 32]);
}

#[test]
fn a_cable_that_drops_under_the_provisioner_is_a_lost_link_and_the_key_survives() {
    let mut setup = setup(BoardConfig::genuine(11));
    let device = &mut *setup.device;
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    let key = device.make_key().unwrap();
    setup
        .board
        .arm(FaultPlan::new().at_transfer(20, LinkFault::Drop));
    let hash = BurnItem::RootKeyHash(root().hash());
    assert_eq!(code(device.burn(&hash)), Code::LinkLost);
    assert_eq!(code(device.burn(&hash)), Code::Internal);
    setup.board.reconnect_cable();
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    assert_eq!(device.make_key().unwrap(), key);
    burn(device, &hash);
}
