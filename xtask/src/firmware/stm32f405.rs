//! What a release for the reference target is made from: flat images for both banks, with the
//! device key in internal flash or in a secure element.

use std::path::Path;

use anyhow::{Context, Result};
use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::stm32f405::{BANKS, BOOTLOADER, FLASH};

use super::Papers;
use super::chip::Chip;
use super::compile::{Elf, Programs};
use super::footprint::{Footprint, Footprints, Limits};
use super::image;
use crate::workspace;

const KIB: u64 = 1024;
/// SRAM1 and SRAM2 (RM0090 §2.3.1).
const CHIP_RAM: u64 = 128 * KIB;
const BOOTLOADER_LIMITS: Limits = Limits {
    flash: BOOTLOADER.length as u64,
    ram: CHIP_RAM,
};
/// The program in a bank starts behind the image header.
const APPLICATION_LIMITS: Limits = Limits {
    flash: BANKS[0].length as u64 - PADDED_HEADER as u64,
    ram: CHIP_RAM,
};
/// Nothing of it may stay in flash. Of the 112 KiB of SRAM1; the rest is its stack.
const PROVISIONER_LIMITS: Limits = Limits {
    flash: 0,
    ram: 96 * KIB,
};
/// Where the chip's RAM begins: core-coupled memory, then SRAM (RM0090 §2.3).
const RAM_START: u64 = 0x1000_0000;

/// The programs that use the device key.
struct Variant {
    application: Elf,
    /// The same, linked for bank B.
    application_b: Elf,
    provisioner: Elf,
}

impl Variant {
    fn take(programs: &Programs, suffix: &str) -> Result<Self> {
        let take = |name: &str| programs.take(&format!("{name}{suffix}"));
        Ok(Self {
            application: take("application")?,
            application_b: take("application-b")?,
            provisioner: take("provisioner")?,
        })
    }
}

/// Leaves what was built where releases and tests look for it.
pub(super) fn put(programs: &Programs, sbom: Vec<u8>) -> Result<Footprints> {
    let bootloader = programs.take("bootloader")?;
    let flash = Variant::take(programs, "")?;
    let element = Variant::take(programs, "-se")?;
    let footprints = measure(&bootloader, &flash, &element)?;
    let papers = Papers::new(sbom, &footprints)?;
    for (folder, variant) in [
        (workspace::firmware_of(Chip::Stm32f405.name()), flash),
        (workspace::firmware_with_element(), element),
    ] {
        workspace::make_folder(&folder)?;
        put_flat_image(&bootloader, &folder.join("bootloader.bin"))?;
        put_flat_image(&variant.application, &folder.join("application.bin"))?;
        put_flat_image(&variant.application_b, &folder.join("application-b.bin"))?;
        let provisioner = &variant.provisioner.content;
        workspace::write_if_changed(&folder.join("provisioner.elf"), provisioner)?;
        papers.put(&folder)?;
    }
    let tests = workspace::firmware_for_tests();
    workspace::make_folder(&tests)?;
    let second_opinion = programs.take("second-opinion")?.content;
    workspace::write_if_changed(&tests.join("second-opinion.elf"), &second_opinion)?;
    Ok(footprints)
}

fn measure(bootloader: &Elf, flash: &Variant, element: &Variant) -> Result<Footprints> {
    let rows = [
        ("bootloader", bootloader, BOOTLOADER_LIMITS),
        ("application", &flash.application, APPLICATION_LIMITS),
        ("application-b", &flash.application_b, APPLICATION_LIMITS),
        ("provisioner", &flash.provisioner, PROVISIONER_LIMITS),
        ("application-se", &element.application, APPLICATION_LIMITS),
        (
            "application-b-se",
            &element.application_b,
            APPLICATION_LIMITS,
        ),
        ("provisioner-se", &element.provisioner, PROVISIONER_LIMITS),
    ];
    let footprints = rows.into_iter().map(|(program, elf, limits)| {
        Footprint::of(program, elf, limits, is_flash, |at| at >= RAM_START)
    });
    footprints.collect::<Result<_>>().map(Footprints::new)
}

const fn is_flash(address: u64) -> bool {
    address >= FLASH.start as u64 && address < RAM_START
}

fn put_flat_image(elf: &Elf, path: &Path) -> Result<()> {
    let image = image::flatten(&elf.content)
        .with_context(|| format!("cannot flatten {}", elf.path.display()))?;
    workspace::write_if_changed(path, &image)
}
