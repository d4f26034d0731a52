//! The ESP32-C3 driver on the emulated board, judged by Espressif's own tools: what it writes,
//! what it burns, what it refuses.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "esp_chip/board.rs"]
mod board;
#[path = "esp_driver/burns.rs"]
mod burns;
#[path = "esp_driver/refusals.rs"]
mod refusals;
#[path = "esp_driver/signatures.rs"]
mod signatures;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{EspBoard, EspConfig, EspLink, VirtualBench};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{Device, ReadProtection};
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::step::StepId;
use tempfile::tempdir;

use board::{download, esptool, pattern};

pub struct Setup {
    pub bench: Arc<VirtualBench>,
    pub board: EspBoard,
    pub device: Box<dyn Device>,
}

pub fn profile() -> TargetProfile {
    TargetProfile::parse(include_str!("../../profiles/esp32c3.toml")).unwrap()
}

pub fn setup(config: EspConfig) -> Setup {
    let bench = Arc::new(VirtualBench::new(1));
    let board = bench.insert_esp(0, config).unwrap();
    let slots = Bench::over_virtual(&bench);
    let device = slots.open(SlotId(1), &profile()).unwrap();
    Setup {
        bench,
        board,
        device,
    }
}

pub fn virgin() -> Setup {
    setup(EspConfig::default())
}

pub fn act(name: &str) -> BurnItem {
    BurnItem::Act {
        name: name.to_owned(),
        step: StepId::BurnSettings,
    }
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> Code {
    result.unwrap_err().code
}

/// A file of the firmware for the chip, which is built beside that of the reference target.
pub fn firmware(name: &str) -> Vec<u8> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/firmware/stm32f405");
    let reference = std::env::var_os("CRADLE_FIRMWARE").map_or(default.into(), PathBuf::from);
    let path = reference.with_file_name("esp32c3").join(name);
    fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo xtask firmware` first",
            path.display()
        )
    })
}

#[test]
fn a_virgin_chip_says_who_it_is_and_that_it_is_open() {
    let mut it = setup(EspConfig::genuine(7));
    let chip = it.device.identify().unwrap();
    assert_eq!(chip.uid, Uid::new(&it.board.uid()));
    assert_eq!((chip.device_id, chip.revision), (5, 4));
    assert_eq!(chip.flash_kib, 4096);
    assert_eq!(chip.read_protection, ReadProtection::Open);
    let fuses = chip.fuses.unwrap();
    assert!(fuses.rest_virgin && fuses.acts.is_empty() && !fuses.root_key_locked);
    assert_eq!((fuses.root_key, fuses.counter), ([0; 32], 0));
}

#[test]
fn esptool_verifies_what_the_driver_wrote_and_the_driver_reads_it_back() {
    let (mut it, folder) = (virgin(), tempdir().unwrap());
    // Neither whole sectors nor whole blocks nor whole words.
    let bytes = pattern(9_001, 3);
    fs::write(folder.path().join("image"), &bytes).unwrap();
    let mut told = Vec::new();
    let written = it
        .device
        .program(0x2_0000, &bytes, &mut |done| told.push(done));
    written.unwrap();
    assert_eq!(told.last(), Some(&9_001));
    assert_eq!(it.device.read(0x2_0000, 9_001).unwrap(), bytes);
    assert_eq!(it.device.read(0x2_0005, 3).unwrap(), bytes[5..8]);
    it.device.erase(0x2_1000, 0x1000).unwrap();
    let back = it.device.read(0x2_1000, 0x1000).unwrap();
    assert!(back.iter().all(|byte| *byte == 0xFF));
    it.device.program(0x2_0000, &bytes, &mut |_| {}).unwrap();
    drop(it.device);
    download(&it.board);
    let verify = ["--no-stub", "verify-flash", "0x20000", "image"];
    esptool(&it.board, &verify, folder.path());
}

#[test]
fn a_cable_that_does_not_carry_the_speed_is_worked_on_slowly() {
    let link = EspLink {
        max_baud: 230_400,
        ..EspLink::default()
    };
    let mut it = setup(EspConfig {
        link,
        ..EspConfig::default()
    });
    assert!(it.device.identify().is_ok());
    it.device
        .program(0x3_0000, &[0x5A; 64], &mut |_| {})
        .unwrap();
    assert_eq!(it.board.dump_flash()[0x3_0000..0x3_0040], [0x5A; 64]);
}

#[test]
fn the_provisioner_makes_its_key_on_the_chip_and_keeps_it_over_a_reset() {
    let mut it = virgin();
    it.device.identify().unwrap();
    let elf = firmware("provisioner.elf");
    it.device.start_provisioner(&elf).unwrap();
    let key = it.device.make_key().unwrap();
    // The loader, and then the provisioner again.
    assert!(it.device.fuses().is_ok());
    assert_eq!(it.device.make_key().unwrap(), key);
}
