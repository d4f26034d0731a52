//! A program linked to RAM, as its ELF file describes it.

use cradle_procedure::fault::{Code, Fault};
use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};

use super::registers::SRAM;

/// Symbol of the RTT control block.
const RTT_SYMBOL: &str = "_SEGGER_RTT";

/// A program for RAM.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RamProgram {
    pub(crate) segments: Vec<Segment>,
    /// Address of the vector table.
    pub(crate) vectors: u32,
    pub(crate) stack_pointer: u32,
    /// Address of the first instruction, with the Thumb bit.
    pub(crate) entry: u32,
    /// Address of the RTT control block.
    pub(crate) rtt: u32,
}

/// A run of memory to be loaded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) address: u32,
    /// What the file holds, then zeros up to the size in memory.
    pub(crate) bytes: Vec<u8>,
}

impl RamProgram {
    /// Reads the file. The vector table must begin the lowest segment and lead to the file's
    /// entry point; every byte must lie in SRAM.
    ///
    /// # Errors
    /// `REL-01` if the file is not such a program.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, Fault> {
        let elf = ElfFile32::<Endianness>::parse(file).map_err(unreadable)?;
        let mut segments = segments(&elf)?;
        segments.sort_by_key(|segment| segment.address);
        let first = segments.first().ok_or_else(|| unreadable("no segments"))?;
        let word = |place: usize| {
            let bytes = first.bytes.get(place..place + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let (Some(stack_pointer), Some(entry)) = (word(0), word(4)) else {
            return Err(unreadable("no vector table"));
        };
        if u64::from(entry) | 1 != elf.entry() | 1 || entry & 1 == 0 {
            return Err(unreadable("the lowest segment is not the vector table"));
        }
        if stack_pointer <= SRAM.start || stack_pointer > SRAM.end {
            return Err(unreadable("the stack is not in SRAM"));
        }
        let rtt = elf
            .symbols()
            .find(|symbol| symbol.name() == Ok(RTT_SYMBOL))
            .and_then(|symbol| u32::try_from(symbol.address()).ok())
            .filter(|address| SRAM.contains(address))
            .ok_or_else(|| unreadable("no RTT control block"))?;
        Ok(Self {
            vectors: first.address,
            stack_pointer,
            entry,
            rtt,
            segments,
        })
    }
}

fn segments(elf: &ElfFile32<'_, Endianness>) -> Result<Vec<Segment>, Fault> {
    let endian = elf.endian();
    let mut segments = Vec::new();
    for header in elf.elf_program_headers() {
        let size = header.p_memsz(endian);
        if header.p_type(endian) != PT_LOAD || size == 0 {
            continue;
        }
        let address = header.p_paddr(endian);
        let end = address.checked_add(size).filter(|end| *end <= SRAM.end);
        if address < SRAM.start || end.is_none() {
            let detail = format!("segment at {address:#010x} is not in SRAM");
            return Err(unreadable(detail));
        }
        let data = header
            .data(endian, elf.data())
            .map_err(|()| unreadable("a segment is cut off"))?;
        let mut bytes = data.to_vec();
        bytes.resize(size as usize, 0);
        segments.push(Segment { address, bytes });
    }
    Ok(segments)
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
}
