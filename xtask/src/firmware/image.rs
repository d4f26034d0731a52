//! From an ELF file to the bytes that lie in flash.

use anyhow::{Context, Result, bail, ensure};
use object::Endianness;
use object::elf::{FileHeader32, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

/// Value of an erased flash byte.
const ERASED: u8 = 0xFF;
/// No flash of a supported chip is larger; a bigger span means a section at a stray address.
const SPAN_LIMIT: u64 = 2 * 1024 * 1024;

/// A part of the program that is there when it starts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment<'data> {
    /// Where its bytes are stored (load address).
    pub(super) stored_at: u64,
    /// Where it is while the program runs.
    pub(super) runs_at: u64,
    /// Size while the program runs, in bytes; what goes beyond `bytes` starts as zero.
    pub(super) memory_length: u64,
    /// What is stored.
    pub(super) bytes: &'data [u8],
}

/// The loadable segments of a 32-bit ELF file.
pub(super) fn segments(elf: &[u8]) -> Result<Vec<Segment<'_>>> {
    let header = FileHeader32::<Endianness>::parse(elf).context("not a 32-bit ELF file")?;
    let endian = header.endian()?;
    header
        .program_headers(endian, elf)?
        .iter()
        .filter(|segment| segment.p_type(endian) == PT_LOAD)
        .map(|segment| {
            let bytes = segment
                .data(endian, elf)
                .map_err(|()| anyhow::anyhow!("a segment lies outside the file"))?;
            Ok(Segment {
                stored_at: segment.p_paddr(endian).into(),
                runs_at: segment.p_vaddr(endian).into(),
                memory_length: segment.p_memsz(endian).into(),
                bytes,
            })
        })
        .collect()
}

/// Address of the first instruction.
pub(super) fn entry(elf: &[u8]) -> Result<u32> {
    let header = FileHeader32::<Endianness>::parse(elf).context("not a 32-bit ELF file")?;
    Ok(header.e_entry(header.endian()?))
}

/// All stored bytes in address order, gaps left as erased flash. The first byte belongs at the
/// lowest load address.
pub(super) fn flatten(elf: &[u8]) -> Result<Vec<u8>> {
    let mut stored = segments(elf)?;
    stored.retain(|segment| !segment.bytes.is_empty());
    stored.sort_by_key(|segment| segment.stored_at);
    let Some(base) = stored.first().map(|segment| segment.stored_at) else {
        bail!("the program stores nothing");
    };
    let mut image = Vec::new();
    for segment in stored {
        let offset = segment.stored_at - base;
        ensure!(
            offset + segment.bytes.len() as u64 <= SPAN_LIMIT,
            "a segment at {:#010x} is out of reach of the first at {base:#010x}",
            segment.stored_at,
        );
        let offset = usize::try_from(offset)?;
        ensure!(
            offset >= image.len(),
            "two segments overlap at {:#010x}",
            segment.stored_at
        );
        image.resize(offset, ERASED);
        image.extend_from_slice(segment.bytes);
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::image::fixture::{Load, elf};

    #[test]
    fn gap_between_segments_is_erased_flash() {
        let file = elf(&[
            Load::stored(0x0800_0008, &[3, 4]),
            Load::stored(0x0800_0000, &[1, 2]),
        ]);
        assert_eq!(
            flatten(&file).unwrap(),
            [1, 2, ERASED, ERASED, ERASED, ERASED, ERASED, ERASED, 3, 4]
        );
    }

    #[test]
    fn zeroed_memory_takes_no_room_in_flash() {
        let file = elf(&[
            Load::stored(0x0800_0000, &[1]),
            Load {
                runs_at: 0x2000_0000,
                memory_length: 4096,
                ..Load::stored(0x2000_0000, &[])
            },
        ]);
        assert_eq!(flatten(&file).unwrap(), [1]);
    }

    #[test]
    fn overlapping_segments_are_refused() {
        let file = elf(&[
            Load::stored(0x0800_0000, &[1, 2, 3, 4]),
            Load::stored(0x0800_0002, &[5]),
        ]);
        assert!(flatten(&file).unwrap_err().to_string().contains("overlap"));
    }

    #[test]
    fn stray_address_is_refused() {
        let file = elf(&[
            Load::stored(0x0800_0000, &[1]),
            Load::stored(0x2000_0000, &[5]),
        ]);
        assert!(
            flatten(&file)
                .unwrap_err()
                .to_string()
                .contains("out of reach")
        );
    }

    #[test]
    fn what_is_no_elf_file_is_refused() {
        assert!(flatten(b"MZ not an ELF").is_err());
        assert!(flatten(&elf(&[])).is_err());
    }
}

/// Small ELF files to test with.
#[cfg(test)]
pub(super) mod fixture {
    /// One loadable segment to put into the file.
    #[derive(Clone, Copy)]
    pub(crate) struct Load<'data> {
        pub(crate) stored_at: u32,
        pub(crate) runs_at: u32,
        pub(crate) memory_length: u32,
        pub(crate) bytes: &'data [u8],
    }

    impl<'data> Load<'data> {
        pub(crate) fn stored(address: u32, bytes: &'data [u8]) -> Self {
            Self {
                stored_at: address,
                runs_at: address,
                memory_length: u32::try_from(bytes.len()).unwrap(),
                bytes,
            }
        }
    }

    const HEADER_LENGTH: u32 = 52;
    const PROGRAM_HEADER_LENGTH: u32 = 32;

    /// A little-endian ELF file for ARM with these segments and no sections.
    pub(crate) fn elf(loads: &[Load<'_>]) -> Vec<u8> {
        let count = u32::try_from(loads.len()).unwrap();
        let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        // e_type = EXEC, e_machine = ARM, e_version.
        file.extend_from_slice(&[2, 0, 40, 0, 1, 0, 0, 0]);
        // e_entry, e_phoff, e_shoff, e_flags.
        for word in [0, HEADER_LENGTH, 0, 0] {
            file.extend_from_slice(&u32::to_le_bytes(word));
        }
        // e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx.
        for half in [HEADER_LENGTH, PROGRAM_HEADER_LENGTH, count, 0, 0, 0] {
            file.extend_from_slice(&u16::try_from(half).unwrap().to_le_bytes());
        }
        let mut offset = HEADER_LENGTH + PROGRAM_HEADER_LENGTH * count;
        for load in loads {
            let length = u32::try_from(load.bytes.len()).unwrap();
            // p_type = LOAD, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align.
            for word in [
                1,
                offset,
                load.runs_at,
                load.stored_at,
                length,
                load.memory_length,
                7,
                4,
            ] {
                file.extend_from_slice(&u32::to_le_bytes(word));
            }
            offset += length;
        }
        for load in loads {
            file.extend_from_slice(load.bytes);
        }
        file
    }
}
