//! Gives each program its own memory map, made from the layout that station and device share.
//! The search path must come before the script that includes `memory.x` from it.

use std::path::PathBuf;
use std::{env, fs, io};

use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::Region;
use cradle_protocol::layout::stm32f405::{BANKS, BOOTLOADER};

/// SRAM1 (RM0090 §2.3.1).
const SRAM: Region = Region {
    start: 0x2000_0000,
    length: 112 * 1024,
};
/// What the provisioner's code takes of it; the rest is its data and stack.
const PROVISIONER_CODE: u32 = 60 * 1024;

fn main() -> io::Result<()> {
    let (code, data) = split(SRAM, PROVISIONER_CODE);
    let (stack, behind_stack) = split(SRAM, SRAM.length - PROVISIONER_CODE);
    let programs = [
        ("bootloader", BOOTLOADER, SRAM),
        ("application", behind_header(BANKS[0]), SRAM),
        ("application-b", behind_header(BANKS[1]), SRAM),
        ("application-se", behind_header(BANKS[0]), SRAM),
        ("application-b-se", behind_header(BANKS[1]), SRAM),
        // Everything in SRAM, so that nothing of it stays in flash.
        ("provisioner", code, data),
        ("provisioner-se", code, data),
        // A stack that grows too far faults and does not reach the code.
        ("second-opinion", behind_stack, stack),
    ];
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for (program, flash, ram) in programs {
        let folder = out.join(program);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("memory.x"), memory_map(flash, ram))?;
        println!("cargo:rustc-link-arg-bin={program}=-L{}", folder.display());
        println!("cargo:rustc-link-arg-bin={program}=-Tlink.x");
    }
    println!("cargo:rerun-if-changed=build.rs");
    Ok(())
}

/// The vector table follows the padded image header.
fn behind_header(bank: Region) -> Region {
    split(bank, u32::from(PADDED_HEADER)).1
}

fn split(region: Region, at: u32) -> (Region, Region) {
    let first = Region {
        length: at,
        ..region
    };
    let second = Region {
        start: region.start + at,
        length: region.length - at,
    };
    (first, second)
}

fn memory_map(flash: Region, ram: Region) -> String {
    let line = |name, region: Region| {
        let Region { start, length } = region;
        format!("  {name} : ORIGIN = {start:#010x}, LENGTH = {length:#x}\n")
    };
    format!(
        "MEMORY\n{{\n{}{}}}\n",
        line("FLASH", flash),
        line("RAM", ram)
    )
}
