//! What the driver tests share: a virtual bench with one board, and the driver over it.

#![allow(dead_code, unreachable_pub, clippy::panic, clippy::unwrap_used)]

pub mod element;
pub mod line;
pub mod signed;
pub mod unit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{Board, BoardConfig, VirtualBench};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::Device;
use cradle_procedure::profile::{Region, TargetProfile};

pub const SLOT: SlotId = SlotId(1);

pub struct Setup {
    pub bench: Arc<VirtualBench>,
    pub board: Board,
    pub device: Box<dyn Device>,
}

pub fn profile() -> TargetProfile {
    TargetProfile::parse(include_str!("../../../profiles/stm32f405.toml")).unwrap()
}

pub fn region(name: &str) -> Region {
    profile().region(name).unwrap()
}

pub fn setup(config: BoardConfig) -> Setup {
    setup_for(config, &profile())
}

pub fn setup_for(config: BoardConfig, profile: &TargetProfile) -> Setup {
    let bench = Arc::new(VirtualBench::new(1));
    let board = bench.insert(0, config).unwrap();
    let device = Bench::over_virtual(&bench).open(SLOT, profile).unwrap();
    Setup {
        bench,
        board,
        device,
    }
}

pub fn open(bench: &Arc<VirtualBench>) -> Box<dyn Device> {
    Bench::over_virtual(bench).open(SLOT, &profile()).unwrap()
}

/// What a release for this chip has besides bootloader and application: nothing.
pub fn components() -> BTreeMap<String, Vec<u8>> {
    BTreeMap::new()
}

/// Bytes that no two words share.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32 / 4 + 1)
        .flat_map(|word| (word.wrapping_mul(0x9E37_79B1) ^ 0x5A5A_5A5A).to_le_bytes())
        .take(length)
        .collect()
}

pub fn program(device: &mut dyn Device, address: u32, bytes: &[u8]) -> Result<(), Fault> {
    device.program(address, bytes, &mut |_| {})
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> Code {
    result.unwrap_err().code
}

/// A file of the firmware for the chip.
///
/// # Panics
/// When it is not there: build it with `cargo xtask firmware`.
pub fn firmware(name: &str) -> Vec<u8> {
    built(&firmware_folder(), name)
}

fn firmware_folder() -> PathBuf {
    std::env::var_os("CRADLE_FIRMWARE").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../target/firmware/stm32f405"
            ))
        },
        PathBuf::from,
    )
}

fn built(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo xtask firmware` first",
            path.display()
        )
    })
}
