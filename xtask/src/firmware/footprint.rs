//! How much room each program takes, and how much it may.

use anyhow::{Result, bail};
use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::stm32f405::{BANKS, BOOTLOADER, FLASH};
use serde::Serialize;

use super::compile::{Elf, Elves};
use super::image::segments;

const KIB: u64 = 1024;
const BOOTLOADER_FLASH: u64 = BOOTLOADER.length as u64;
/// The program in bank A starts behind the image header.
const APPLICATION_FLASH: u64 = BANKS[0].length as u64 - PADDED_HEADER as u64;
/// Of the 112 KiB of SRAM1 (RM0090 §2.3.1); the rest is its stack.
const PROVISIONER_RAM: u64 = 96 * KIB;
/// SRAM1 and SRAM2.
const CHIP_RAM: u64 = 128 * KIB;

/// Where the chip's RAM begins: core-coupled memory, then SRAM (RM0090 §2.3).
const RAM_START: u64 = 0x1000_0000;

/// What one program takes, in bytes.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct Footprint {
    program: &'static str,
    flash_bytes: u64,
    flash_limit: u64,
    ram_bytes: u64,
    ram_limit: u64,
}

/// What all programs take.
#[derive(Debug, Serialize)]
pub(super) struct Footprints {
    programs: Vec<Footprint>,
}

/// Measures the linked programs; stacks are not counted, they take what is left.
pub(super) fn measure(elves: &Elves) -> Result<Footprints> {
    let application = |name, elf| (name, elf, APPLICATION_FLASH, CHIP_RAM);
    let provisioner = |name, elf| (name, elf, 0, PROVISIONER_RAM);
    let (flash, element) = (&elves.internal_flash, &elves.secure_element);
    let rows = [
        ("bootloader", &elves.bootloader, BOOTLOADER_FLASH, CHIP_RAM),
        application("application", &flash.application),
        application("application-b", &flash.application_b),
        provisioner("provisioner", &flash.provisioner),
        application("application-se", &element.application),
        application("application-b-se", &element.application_b),
        provisioner("provisioner-se", &element.provisioner),
    ];
    let programs = rows
        .into_iter()
        .map(|(program, elf, flash_limit, ram_limit)| {
            let (flash_bytes, ram_bytes) = sizes(elf)?;
            Ok(Footprint {
                program,
                flash_bytes,
                flash_limit,
                ram_bytes,
                ram_limit,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Footprints { programs })
}

fn sizes(elf: &Elf) -> Result<(u64, u64)> {
    let segments = segments(&elf.content)?;
    let flash = segments
        .iter()
        .filter(|segment| is_flash(segment.stored_at));
    let ram = segments.iter().filter(|segment| is_ram(segment.runs_at));
    Ok((
        flash.map(|segment| segment.bytes.len() as u64).sum(),
        ram.map(|segment| segment.memory_length).sum(),
    ))
}

const fn is_flash(address: u64) -> bool {
    address >= FLASH.start as u64 && address < RAM_START
}

const fn is_ram(address: u64) -> bool {
    address >= RAM_START
}

impl Footprint {
    fn excess(&self) -> Option<String> {
        let over_flash = self.flash_bytes > self.flash_limit;
        let over_ram = self.ram_bytes > self.ram_limit;
        let which = match (over_flash, over_ram) {
            (false, false) => return None,
            (true, false) => format!(
                "{} of {} bytes of flash",
                self.flash_bytes, self.flash_limit
            ),
            (_, true) => format!("{} of {} bytes of RAM", self.ram_bytes, self.ram_limit),
        };
        Some(format!("{} takes {which}", self.program))
    }
}

impl Footprints {
    pub(super) fn print(&self) {
        println!(
            "   {:<16} {:>9} {:>9} {:>9} {:>9}",
            "program", "flash", "limit", "RAM", "limit"
        );
        for row in &self.programs {
            println!(
                "   {:<16} {:>9} {:>9} {:>9} {:>9}",
                row.program, row.flash_bytes, row.flash_limit, row.ram_bytes, row.ram_limit
            );
        }
    }

    pub(super) fn check_limits(&self) -> Result<()> {
        let excess: Vec<String> = self.programs.iter().filter_map(Footprint::excess).collect();
        if !excess.is_empty() {
            bail!("too large: {}", excess.join("; "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::compile::Variant;
    use super::*;
    use crate::firmware::image::fixture::{Load, elf};

    fn program(loads: &[Load<'_>]) -> Elf {
        Elf {
            path: PathBuf::from("test"),
            content: elf(loads),
        }
    }

    fn with_bootloader_of(bytes: &[u8]) -> Footprints {
        let variant = || Variant {
            application: program(&[Load::stored(0x0802_0200, &[0; 16])]),
            application_b: program(&[Load::stored(0x0808_0200, &[0; 16])]),
            provisioner: program(&[Load::stored(0x2000_0000, &[1, 2, 3, 4])]),
        };
        measure(&Elves {
            bootloader: program(&[Load::stored(0x0800_0000, bytes)]),
            internal_flash: variant(),
            secure_element: variant(),
            second_opinion: program(&[Load::stored(0x2000_0000, &[1, 2, 3, 4])]),
        })
        .unwrap()
    }

    #[test]
    fn initialised_data_counts_in_flash_and_in_ram() {
        let data = Load {
            stored_at: 0x0800_0010,
            runs_at: 0x2000_0000,
            memory_length: 100,
            bytes: &[0; 8],
        };
        let elf = program(&[Load::stored(0x0800_0000, &[0; 16]), data]);
        assert_eq!(sizes(&elf).unwrap(), (24, 100));
    }

    #[test]
    fn bootloader_may_fill_its_sectors_but_not_exceed_them() {
        assert!(with_bootloader_of(&[0; 32 * 1024]).check_limits().is_ok());
        let refused = with_bootloader_of(&[0; 32 * 1024 + 1]).check_limits();
        assert!(refused.unwrap_err().to_string().contains("bootloader"));
    }

    #[test]
    fn provisioner_leaves_nothing_in_flash() {
        let mut footprints = with_bootloader_of(&[0; 4]);
        footprints.programs[3].flash_bytes = 1;
        let refused = footprints.check_limits().unwrap_err().to_string();
        assert!(
            refused.contains("provisioner takes 1 of 0 bytes of flash"),
            "{refused}"
        );
    }
}
