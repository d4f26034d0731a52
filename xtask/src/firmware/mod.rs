//! `cargo xtask firmware`: the reference target's firmware, from source to what the bench flashes.

mod compile;
mod footprint;
mod image;
mod sbom;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::{self, Need};
use crate::{phase, workspace};

pub(crate) use compile::{build_folder, folder, manifest};
pub(crate) use toolchain::has_target;

use compile::{Elf, Elves, Variant};
use toolchain::Toolchain;

/// Build the firmware for the reference target, STM32F405.
///
/// Leaves bootloader.bin, application.bin and application-b.bin (for banks A and B),
/// provisioner.elf, sbom.cdx.json and sizes.json in target/firmware/stm32f405, and the same for
/// boards with a secure element in target/firmware/stm32f405-se. What only tests run is in
/// target/firmware/tests. Uses the toolchain's thumbv7em-none-eabi target where it is installed,
/// else Debian's compiler with its core library built along.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    ensure().map(drop)
}

/// The system packages that building the firmware needs on this machine.
pub(crate) fn needs() -> Vec<Need> {
    let mut needs = vec![Need::FirmwareLinker];
    if !has_target() {
        needs.push(Need::FirmwareCompiler);
    }
    needs
}

/// Builds whatever changed and returns the folder with the results.
pub(crate) fn ensure() -> Result<PathBuf> {
    setup::ensure(&needs())?;
    phase::phase("firmware for STM32F405", build)
}

fn build() -> Result<PathBuf> {
    let toolchain = Toolchain::choose();
    println!("   compiler: {toolchain}");
    let elves = compile::compile(&toolchain)?;
    let footprints = footprint::measure(&elves)?;
    let papers = Papers {
        sbom: sbom::of_firmware(&toolchain)?,
        sizes: serde_json::to_vec_pretty(&footprints).context("cannot write sizes as JSON")?,
    };
    let folder = workspace::firmware_artefacts();
    papers.put(&folder, &elves, &elves.internal_flash)?;
    let with_element = workspace::firmware_with_element();
    papers.put(&with_element, &elves, &elves.secure_element)?;
    put_for_tests(&elves.second_opinion)?;
    footprints.print();
    footprints.check_limits()?;
    Ok(folder)
}

/// What goes with each variant.
struct Papers {
    sbom: Vec<u8>,
    sizes: Vec<u8>,
}

impl Papers {
    /// One folder holds one variant: what a release is made from.
    fn put(&self, folder: &Path, elves: &Elves, variant: &Variant) -> Result<()> {
        workspace::make_folder(folder)?;
        put_flat_image(&elves.bootloader, &folder.join("bootloader.bin"))?;
        put_flat_image(&variant.application, &folder.join("application.bin"))?;
        put_flat_image(&variant.application_b, &folder.join("application-b.bin"))?;
        let provisioner = &variant.provisioner.content;
        workspace::write_if_changed(&folder.join("provisioner.elf"), provisioner)?;
        workspace::write_if_changed(&folder.join("sbom.cdx.json"), &self.sbom)?;
        workspace::write_if_changed(&folder.join("sizes.json"), &self.sizes)
    }
}

fn put_for_tests(program: &Elf) -> Result<()> {
    let folder = workspace::firmware_for_tests();
    workspace::make_folder(&folder)?;
    workspace::write_if_changed(&folder.join("second-opinion.elf"), &program.content)
}

fn put_flat_image(elf: &Elf, path: &Path) -> Result<()> {
    let image = image::flatten(&elf.content)
        .with_context(|| format!("cannot flatten {}", elf.path.display()))?;
    workspace::write_if_changed(path, &image)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
