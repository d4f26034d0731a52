//! `cargo xtask firmware`: the chips' firmware, from source to what the bench flashes.

mod chip;
mod compile;
mod esp32c3;
mod esp_image;
mod footprint;
mod image;
mod partitions;
mod sbom;
mod stm32f405;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::{self, Need};
use crate::{phase, workspace};

pub(crate) use chip::Chip;
pub(crate) use compile::build_folder;
pub(crate) use toolchain::has_target;

use footprint::Footprints;
use toolchain::Toolchain;

/// Build the firmware for STM32F405 and ESP32-C3.
///
/// Leaves bootloader.bin, application.bin and, where banks differ, application-b.bin (for banks A
/// and B), provisioner.elf, sbom.cdx.json and sizes.json in target/firmware/stm32f405 and
/// target/firmware/esp32c3 (there with partition-table.bin), and the same for STM32 boards with a
/// secure element in target/firmware/stm32f405-se. What only tests run is in
/// target/firmware/tests. Uses the toolchain's own targets (thumbv7em-none-eabi,
/// riscv32imc-unknown-none-elf) where they are installed, else Debian's compiler with its core
/// library built along.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    ensure().map(drop)
}

/// The system packages that building the firmware needs on this machine.
pub(crate) fn needs() -> Vec<Need> {
    let mut needs = Chip::ALL.map(Chip::linker).to_vec();
    if !Chip::ALL.into_iter().all(has_target) {
        needs.push(Need::FirmwareCompiler);
    }
    needs
}

/// Builds whatever changed and returns the folder with the reference target's results.
pub(crate) fn ensure() -> Result<PathBuf> {
    setup::ensure(&needs())?;
    phase::phase("firmware for STM32F405", || build(Chip::Stm32f405))?;
    phase::phase("firmware for ESP32-C3", || build(Chip::Esp32c3))?;
    Ok(workspace::firmware_of(Chip::Stm32f405.name()))
}

fn build(chip: Chip) -> Result<()> {
    let toolchain = Toolchain::choose(chip);
    println!("   compiler: {toolchain}");
    let programs = compile::compile(&toolchain, chip)?;
    let sbom = sbom::of_firmware(&toolchain, chip)?;
    let footprints = match chip {
        Chip::Stm32f405 => stm32f405::put(&programs, sbom)?,
        Chip::Esp32c3 => esp32c3::put(&programs, sbom)?,
    };
    footprints.print();
    footprints.check_limits()
}

/// What goes with the programs in each folder.
struct Papers {
    sbom: Vec<u8>,
    sizes: Vec<u8>,
}

impl Papers {
    fn new(sbom: Vec<u8>, footprints: &Footprints) -> Result<Self> {
        let sizes = serde_json::to_vec_pretty(footprints).context("cannot write sizes as JSON")?;
        Ok(Self { sbom, sizes })
    }

    fn put(&self, folder: &Path) -> Result<()> {
        workspace::write_if_changed(&folder.join("sbom.cdx.json"), &self.sbom)?;
        workspace::write_if_changed(&folder.join("sizes.json"), &self.sizes)
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
