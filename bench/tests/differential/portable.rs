//! The portable boot and signature code as a program of its own, in RAM. It fills a page with
//! what it answers and tells it by semihosting; see its source,
//! `provisioning-fw/stm32f405/src/bin/second-opinion.rs`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader};
use object::{Endianness, Object};

/// What the same code answers on the host; a test of `provisioning-fw` holds it to that.
pub const EXPECTED: &str =
    include_str!("../../../provisioning-fw/tests/second_opinion/expected.txt");

pub struct Portable {
    pub path: PathBuf,
    /// Address of the first instruction, with the Thumb bit.
    pub entry: u32,
    /// Where each part goes.
    pub parts: Vec<(u32, Vec<u8>)>,
}

impl Portable {
    /// Finds it where `cargo xtask firmware` puts it: beside the folder with the firmware.
    pub fn find() -> Self {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/firmware/stm32f405");
        let folder = env::var_os("CRADLE_FIRMWARE").map_or(built, PathBuf::from);
        let path = folder.with_file_name("tests").join("second-opinion.elf");
        let path = fs::canonicalize(&path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run `cargo xtask firmware` first",
                path.display()
            )
        });
        let file = fs::read(&path).unwrap();
        let elf = ElfFile32::<Endianness>::parse(&*file).unwrap();
        let endian = elf.endian();
        let loads = elf.elf_program_headers().iter();
        let parts = loads
            .filter(|load| load.p_type(endian) == PT_LOAD)
            .map(|load| (load.p_paddr(endian), load.data(endian, &*file).unwrap()))
            .map(|(address, bytes)| (address, bytes.to_vec()))
            .collect();
        let entry = elf.entry() as u32 | 1;
        Self { path, entry, parts }
    }
}
