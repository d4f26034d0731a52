//! The reference target, STM32F405RG (1 MiB).
//!
//! Sector sizes from RM0090 §3.3, table 5; OTP from §3.6.5. Bank and metadata boundaries are
//! sector boundaries because NOR flash is erased by sector only.

use super::{Execution, KIB, Layout, Region, SectorRun};

/// What the portable code is compiled for.
pub const LAYOUT: Layout = Layout {
    flash: FLASH,
    sectors: &[
        SectorRun {
            count: 4,
            length: 16 * KIB,
        },
        SectorRun {
            count: 1,
            length: 64 * KIB,
        },
        SectorRun {
            count: 7,
            length: 128 * KIB,
        },
    ],
    bootloader: BOOTLOADER,
    metadata: METADATA,
    nvs: NVS,
    nvs_spare: NVS_SPARE,
    banks: BANKS,
    execution: Execution::InPlace { stack: SRAM },
};

/// SRAM1 and SRAM2 (RM0090 §2.3.1).
pub const SRAM: Region = Region {
    start: 0x2000_0000,
    length: 128 * KIB,
};
/// Main flash memory.
pub const FLASH: Region = Region {
    start: 0x0800_0000,
    length: 1024 * KIB,
};
/// Size of each flash sector in bytes.
pub const SECTORS: [u32; 12] = {
    let mut sizes = [128 * KIB; 12];
    let mut index = 0;
    while index < 4 {
        sizes[index] = 16 * KIB;
        index += 1;
    }
    sizes[4] = 64 * KIB;
    sizes
};

/// The flash sectors `first..=last` as one region.
#[must_use]
pub const fn sectors(first: usize, last: usize) -> Region {
    let mut start = FLASH.start;
    let mut index = 0;
    while index < first {
        start += SECTORS[index];
        index += 1;
    }
    let mut length = 0;
    while index <= last {
        length += SECTORS[index];
        index += 1;
    }
    Region { start, length }
}

/// Bootloader, write-protected after provisioning.
pub const BOOTLOADER: Region = sectors(0, 1);
/// Boot metadata: two sectors used in turn.
pub const METADATA: [Region; 2] = [sectors(2, 2), sectors(3, 3)];
/// Device key, certificate and configuration.
pub const NVS: Region = sectors(4, 4);
/// Image banks A and B.
pub const BANKS: [Region; 2] = [sectors(5, 7), sectors(8, 10)];
/// Reserve for the NVS to be rewritten into.
pub const NVS_SPARE: Region = sectors(11, 11);

/// One-time programmable area: 16 blocks of 32 bytes.
pub const OTP: Region = Region {
    start: 0x1FFF_7800,
    length: 16 * OTP_BLOCK,
};
/// Bytes in an OTP block.
pub const OTP_BLOCK: u32 = 32;
/// One lock byte per OTP block; 0x00 locks it.
pub const OTP_LOCKS: Region = Region {
    start: 0x1FFF_7A00,
    length: 16,
};
/// OTP block with SHA-256 of the root public key's `SubjectPublicKeyInfo` DER.
pub const OTP_ROOT_KEY_BLOCK: u32 = 0;
/// OTP block with the anti-rollback counter: the count of cleared bits, cleared from bit 0 of
/// its first word upwards.
pub const OTP_COUNTER_BLOCK: u32 = 1;
/// Highest value the counter can hold.
pub const COUNTER_MAX: u32 = OTP_BLOCK * 8;

const _: () = {
    assert!(BOOTLOADER.start == FLASH.start && BOOTLOADER.length == 32 * KIB);
    assert!(METADATA[0].start == BOOTLOADER.end() && METADATA[1].start == METADATA[0].end());
    assert!(NVS.start == METADATA[1].end() && NVS.length == 64 * KIB);
    assert!(BANKS[0].start == NVS.end() && BANKS[1].start == BANKS[0].end());
    assert!(BANKS[0].length == 384 * KIB && BANKS[1].length == BANKS[0].length);
    assert!(NVS_SPARE.start == BANKS[1].end() && NVS_SPARE.end() == FLASH.end());
    assert!(OTP.end() == OTP_LOCKS.start);
    LAYOUT.assert_sound();
};
