//! What a release for the ESP32-C3 is made from. Everything runs from RAM: the bootloader is an
//! image of the mask ROM's format, one application serves both banks, and a partition table tells
//! the vendor's tools where things lie.

use anyhow::{Context, Result};
use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::esp32c3::{BOOTLOADER, BOOTLOADER_RAM, IMAGE_RAM, RAM, SECTOR};

use super::chip::Chip;
use super::compile::{Elf, Programs};
use super::footprint::{Footprint, Footprints, Limits};
use super::{Papers, esp_image, image, partitions};
use crate::workspace;

/// The last sector is the signature's.
const BOOTLOADER_FLASH: u32 = BOOTLOADER.length - SECTOR;
/// Behind its header the image ends with TLVs, which signing adds: less than 1 KiB.
const APPLICATION_FLASH: u32 = IMAGE_RAM.length - PADDED_HEADER as u32 - 1024;

/// Leaves what was built where releases and tests look for it.
pub(super) fn put(programs: &Programs, sbom: Vec<u8>) -> Result<Footprints> {
    let bootloader = programs.take("bootloader")?;
    let application = programs.take("application")?;
    let provisioner = programs.take("provisioner")?;
    let bootloader_image = esp_image::from_elf(&bootloader.content)
        .with_context(|| format!("no image from {}", bootloader.path.display()))?;
    let application_image = image::flatten(&application.content)
        .with_context(|| format!("cannot flatten {}", application.path.display()))?;
    let footprints = Footprints::new(vec![
        row(
            "bootloader",
            &bootloader_image,
            &bootloader,
            BOOTLOADER_FLASH,
            BOOTLOADER_RAM.length,
        )?,
        row(
            "application",
            &application_image,
            &application,
            APPLICATION_FLASH,
            RAM.length,
        )?,
        row(
            "provisioner",
            &[],
            &provisioner,
            0,
            BOOTLOADER_RAM.end() - RAM.start,
        )?,
    ]);
    let folder = workspace::firmware_of(Chip::Esp32c3.name());
    workspace::make_folder(&folder)?;
    for (name, content) in [
        ("bootloader.bin", &bootloader_image),
        ("application.bin", &application_image),
        ("partition-table.bin", &partitions::table()),
        ("provisioner.elf", &provisioner.content),
    ] {
        workspace::write_if_changed(&folder.join(name), content)?;
    }
    Papers::new(sbom, &footprints)?.put(&folder)?;
    Ok(footprints)
}

/// All of a program is in RAM; in flash is its image.
fn row(program: &'static str, image: &[u8], elf: &Elf, flash: u32, ram: u32) -> Result<Footprint> {
    let segments = image::segments(&elf.content)?;
    let in_ram = segments.iter().map(|segment| segment.memory_length).sum();
    let limits = Limits {
        flash: flash.into(),
        ram: ram.into(),
    };
    Ok(Footprint::measured(
        program,
        image.len() as u64,
        in_ram,
        limits,
    ))
}
