//! The driver and the real firmware on boards that keep the device key in an ATECC608B.
#![allow(clippy::unwrap_used)]

mod driver_support;

use cradle_bench::virtual_bench::{BoardConfig, ElementFault, ElementPreset, FaultPlan};
use cradle_procedure::attestation;
use cradle_procedure::fault::Code;
use cradle_protocol::layout::stm32f405::NVS;
use cradle_protocol::message::{DeviceState, KeyFate};
use driver_support::element::{
    element_profile, held_key, provisioner, ready_for_a_key, wipe_authority, with_element,
};
use driver_support::signed::{certificate, device_spki, holds, request_info};
use driver_support::{Setup, code, firmware, profile};

fn nvs_is_blank(setup: &Setup) -> bool {
    let start = (NVS.start - 0x0800_0000) as usize;
    let flash = setup.board.dump_flash();
    flash[start..start + NVS.length as usize]
        .iter()
        .all(|byte| *byte == 0xFF)
}

#[test]
fn the_key_is_made_used_and_replaced_inside_the_element() {
    let config = with_element(70);
    let mut setup = ready_for_a_key(config.clone());
    let device = &mut *setup.device;
    let key = device.make_key().unwrap();
    assert_eq!(held_key(&setup.board), Some(key));
    let info = request_info(&key);
    assert!(holds(&key, &info, &device.sign_request(&info).unwrap()));
    device
        .store_credentials(&certificate(&key), &wipe_authority().public())
        .unwrap();

    device.run().unwrap();
    assert_eq!(device.ask_identity().unwrap().1, DeviceState::Operational);
    let nonce = [0x42; 32];
    let statement = device.attest(&nonce).unwrap();
    let claims = attestation::verify(&statement, &device_spki(&key), &nonce).unwrap();
    assert!(claims.confirmed);

    let challenge = device.request_wipe().unwrap();
    let order = wipe_authority().wipe_order(&config.uid, &challenge);
    let report = device.wipe(&order).unwrap();
    assert_eq!(report.key, KeyFate::Replaced { slot: 2 });
    assert!(report.nvs_erased);
    // The old key is nowhere: the slot holds another, flash never held any.
    let now = held_key(&setup.board).unwrap();
    assert_ne!(now, key);
    assert_eq!(code(device.attest(&nonce)), Code::DeviceRefused);
    assert_eq!(device.ask_identity().unwrap().1, DeviceState::Wiped);
}

/// The element hears nothing while the wipe is ordered, and everything after the next power-on.
#[test]
fn a_key_that_a_wipe_could_not_reach_is_replaced_at_the_next_start_and_told() {
    let config = with_element(78);
    let mut setup = ready_for_a_key(config.clone());
    let device = &mut *setup.device;
    let key = device.make_key().unwrap();
    device
        .store_credentials(&certificate(&key), &wipe_authority().public())
        .unwrap();
    device.run().unwrap();
    device.ask_identity().unwrap();
    assert_eq!(code(device.wipe_report()), Code::DeviceRefused);
    let challenge = device.request_wipe().unwrap();
    let order = wipe_authority().wipe_order(&config.uid, &challenge);
    let deaf = FaultPlan::new().at_element(1, ElementFault::Silent);
    setup.board.arm(deaf);
    let left = device.wipe(&order).unwrap();
    assert_eq!((left.key, left.nvs_erased), (KeyFate::Remains, true));
    assert_eq!(device.wipe_report().unwrap(), left);
    assert_eq!(held_key(&setup.board), Some(key));

    device.run().unwrap();
    assert_eq!(device.ask_identity().unwrap().1, DeviceState::Wiped);
    let told = device.wipe_report().unwrap();
    assert_eq!(
        (told.key, told.nvs_erased),
        (KeyFate::Replaced { slot: 2 }, true)
    );
    assert_ne!(held_key(&setup.board), Some(key));
    assert_eq!(code(device.attest(&[0x42; 32])), Code::DeviceRefused);
}

#[test]
fn without_an_element_no_key_is_made_anywhere() {
    let mut setup = ready_for_a_key(BoardConfig::genuine(71));
    assert_eq!(code(setup.device.make_key()), Code::SecureElement);
    assert!(nvs_is_blank(&setup));
}

#[test]
fn an_element_whose_configuration_is_open_makes_no_key() {
    let config = BoardConfig::genuine(72).with_element(ElementPreset::Unlocked);
    let mut setup = ready_for_a_key(config);
    let before = setup.board.dump_element();
    let fault = setup.device.make_key().unwrap_err();
    assert_eq!(fault.code, Code::SecureElement);
    assert!(fault.detail.contains("not locked"), "{}", fault.detail);
    assert_eq!(setup.board.dump_element(), before);
    assert!(nvs_is_blank(&setup));
}

/// Making a key takes two commands: the lock bytes are read, then the key is made.
#[test]
fn an_element_that_falls_silent_leaves_no_record_of_a_key() {
    for nth in 1..=2 {
        let mut setup = ready_for_a_key(with_element(72 + nth));
        setup
            .board
            .arm(FaultPlan::new().at_element(nth.into(), ElementFault::Silent));
        assert_eq!(code(setup.device.make_key()), Code::SecureElement, "{nth}");
        assert!(nvs_is_blank(&setup), "{nth}");
        setup.board.power_cycle();
        provisioner(&mut setup);
        let key = setup.device.make_key().unwrap();
        assert_eq!(held_key(&setup.board), Some(key));
    }
}

#[test]
fn a_garbled_command_is_refused_and_a_disturbed_one_is_not() {
    let mut setup = ready_for_a_key(with_element(75));
    setup
        .board
        .arm(FaultPlan::new().at_element(2, ElementFault::BitFlip));
    assert_eq!(code(setup.device.make_key()), Code::SecureElement);
    assert!(nvs_is_blank(&setup));
    // ST's erratum says to ignore BERR in a master, and the driver does.
    setup
        .board
        .arm(FaultPlan::new().at_element(2, ElementFault::BusError));
    let key = setup.device.make_key().unwrap();
    assert_eq!(held_key(&setup.board), Some(key));
}

#[test]
fn firmware_for_internal_flash_leaves_the_element_alone() {
    let mut setup = ready_for_a_key(with_element(76));
    let before = setup.board.dump_element();
    setup
        .device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    setup.device.make_key().unwrap();
    assert_eq!(setup.board.dump_element(), before);
    assert!(!nvs_is_blank(&setup));
}

#[test]
fn a_saved_board_comes_back_with_its_element() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = ready_for_a_key(with_element(77));
    let key = setup.device.make_key().unwrap();
    setup.board.save(folder.path()).unwrap();
    setup.board = setup
        .bench
        .insert_saved(0, with_element(0), folder.path())
        .unwrap();
    provisioner(&mut setup);
    assert_eq!(setup.device.make_key().unwrap(), key);
    let info = request_info(&key);
    let signature = setup.device.sign_request(&info).unwrap();
    assert!(holds(&key, &info, &signature));
}

#[test]
fn both_profiles_describe_the_same_chip() {
    let mut with = element_profile();
    with.id = profile().id;
    with.element = None;
    assert_eq!(with, profile());
}
