//! Gives each program its own memory map, made from the layout that station and device share.

use std::path::PathBuf;
use std::{env, fs, io};

use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::Region;
use cradle_protocol::layout::esp32c3::{BOOTLOADER_RAM, FETCH_OFFSET, IMAGE_RAM, RAM};

/// What the last part of an image takes at most: its TLVs.
const TLVS: u32 = 1024;

fn main() -> io::Result<()> {
    // Everything below the mask ROM's own data: the ROM still runs while it loads this one.
    let below_rom = Region {
        start: RAM.start,
        length: BOOTLOADER_RAM.end() - RAM.start,
    };
    let (_, code) = IMAGE_RAM.split_at(u32::from(PADDED_HEADER));
    let (code, _) = code.split_at(code.length - TLVS);
    let (_, variables) = RAM.split_at(IMAGE_RAM.length);
    let programs = [
        ("bootloader", BOOTLOADER_RAM, None),
        ("provisioner", below_rom, None),
        // Its image is copied by the bootloader; what is not in the image lies behind it.
        ("application", code, Some(variables)),
    ];
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for (program, code, variables) in programs {
        let script = out.join(format!("{program}.x"));
        fs::write(&script, memory_map(code, variables))?;
        println!("cargo:rustc-link-arg-bin={program}=-T{}", script.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=sections.x");
    Ok(())
}

/// Symbols that `sections.x` places things by. Without a place of their own the variables follow
/// the code.
fn memory_map(code: Region, variables: Option<Region>) -> String {
    let (at, end) = match variables {
        Some(variables) => (format!("{:#x}", variables.start), variables.end()),
        None => ("_code_end".to_owned(), code.end()),
    };
    format!(
        "_code = {:#x};\n_code_limit = {:#x};\n_variables = {at};\n_stack_top = {end:#x};\n\
         _fetch_offset = {FETCH_OFFSET:#x};\n{}",
        code.start,
        code.end(),
        include_str!("sections.x"),
    )
}
