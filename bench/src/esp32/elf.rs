//! A program linked to RAM, as its ELF file describes it.

use std::ops::Range;

use cradle_procedure::fault::{Code, Fault};
use object::elf::{EM_RISCV, PT_LOAD};
use object::read::elf::{ElfFile32, FileHeader as _, ProgramHeader as _};
use object::{Endianness, Object as _};

/// SRAM as the instruction bus and the data bus see it (TRM table 3-1, "Internal Memory Address
/// Mapping"). The two show the same cells from 0x4038_0000 and 0x3FC8_0000 on.
const RAM: [Range<u32>; 2] = [0x4037_C000..0x403E_0000, 0x3FC8_0000..0x3FCE_0000];

/// A program for RAM.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RamProgram {
    pub(crate) segments: Vec<Segment>,
    /// Address of the first instruction.
    pub(crate) entry: u32,
}

/// A run of memory to be loaded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) address: u32,
    pub(crate) bytes: Vec<u8>,
}

impl RamProgram {
    /// Reads the file. What it holds must lie in SRAM; what it does not hold, the program clears
    /// itself.
    ///
    /// # Errors
    /// `REL-01` if the file is not such a program.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, Fault> {
        let elf = ElfFile32::<Endianness>::parse(file).map_err(unreadable)?;
        let endian = elf.endian();
        if elf.elf_header().e_machine(endian) != EM_RISCV {
            return Err(unreadable("it is not for RISC-V"));
        }
        let mut segments = Vec::new();
        for header in elf.elf_program_headers() {
            let data = header
                .data(endian, elf.data())
                .map_err(|()| unreadable("a segment is cut off"))?;
            if header.p_type(endian) != PT_LOAD || data.is_empty() {
                continue;
            }
            segments.push(segment(header.p_paddr(endian), data)?);
        }
        let entry = u32::try_from(elf.entry()).map_err(unreadable)?;
        if segments.is_empty() || !RAM[0].contains(&entry) {
            return Err(unreadable("nothing to run in SRAM"));
        }
        Ok(Self { segments, entry })
    }
}

/// The loader takes whole words.
fn segment(address: u32, data: &[u8]) -> Result<Segment, Fault> {
    let mut bytes = data.to_vec();
    bytes.resize(data.len().next_multiple_of(4), 0);
    let end = u32::try_from(bytes.len()).ok();
    let end = end.and_then(|length| address.checked_add(length));
    let inside = |ram: &Range<u32>| ram.contains(&address) && end.is_some_and(|end| end <= ram.end);
    if !RAM.iter().any(inside) || !address.is_multiple_of(4) {
        return Err(unreadable(format!(
            "segment at {address:#010x} is not in SRAM"
        )));
    }
    Ok(Segment { address, bytes })
}

fn unreadable(why: impl std::fmt::Display) -> Fault {
    Fault::new(Code::ReleaseUnreadable, format!("provisioner: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_elf_is_refused() {
        for file in [&b""[..], b"\x7fELF", &[0; 64]] {
            let fault = RamProgram::parse(file).unwrap_err();
            assert_eq!(fault.code, Code::ReleaseUnreadable);
        }
    }

    #[test]
    fn a_segment_outside_of_ram_is_refused() {
        assert!(segment(0x4038_0000, &[0; 6]).is_ok_and(|it| it.bytes.len() == 8));
        for address in [0, 0x4000_0000, 0x3FCD_FFFC, 0x403D_FFFC, 0x4038_0002] {
            assert!(segment(address, &[0; 8]).is_err(), "{address:#x}");
        }
    }
}
