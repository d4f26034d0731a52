//! The ESP32-C3 with 4 MiB of flash.
//!
//! Addresses of flash are offsets: it hangs on a serial bus, is read through the SPI1 controller
//! and is not mapped (ESP32-C3 Technical Reference Manual, chapter 3, table 3-3 for the internal
//! memories). Any serial NOR flash erases 4 KiB at a time.
//!
//! RAM is SRAM1, 384 KiB, which the CPU fetches from at one address and reads at another:
//!
//! ```text
//! data bus      fetch
//! 0x3FC8_0000   0x4038_0000   image with its header, copied there by the bootloader: 160 KiB
//! 0x3FCA_8000                 the application's variables and stack, to the end
//! 0x3FCB_0000   0x403B_0000   bootloader, gone when the application runs: 160 KiB
//! 0x3FCD_8000                 the mask ROM's own data while it loads the bootloader
//! 0x3FCE_0000                 end
//! ```
//!
//! A RAM program of the factory has everything below the ROM's data to itself.

use super::{Execution, KIB, Layout, Region, SectorRun};

/// What the portable code is compiled for.
pub const LAYOUT: Layout = Layout {
    flash: FLASH,
    sectors: &[SectorRun {
        count: FLASH.length / SECTOR,
        length: SECTOR,
    }],
    bootloader: BOOTLOADER,
    metadata: METADATA,
    nvs: NVS,
    nvs_spare: NVS_SPARE,
    banks: BANKS,
    execution: Execution::Copied { to: IMAGE_CODE },
};

/// Main flash memory.
pub const FLASH: Region = at(0, 4096 * KIB);
/// Bytes of a flash sector.
pub const SECTOR: u32 = 4 * KIB;
/// Bootloader, with the signature sector that the mask ROM verifies.
pub const BOOTLOADER: Region = at(0, 64 * KIB);
/// Partition table. Our bootloader does not read it; tools of the chip's vendor do.
pub const PARTITION_TABLE: Region = at(0x1_0000, SECTOR);
/// Boot metadata: two sectors used in turn.
pub const METADATA: [Region; 2] = [at(0x1_1000, SECTOR), at(0x1_2000, SECTOR)];
/// Device key, certificate and configuration.
pub const NVS: Region = at(0x1_3000, 4 * SECTOR);
/// Holds the mark of a wipe.
pub const NVS_SPARE: Region = at(0x1_7000, 4 * SECTOR);
/// Image banks A and B.
pub const BANKS: [Region; 2] = [at(0x2_0000, 384 * KIB), at(0x8_0000, 384 * KIB)];

/// What is encrypted where flash encryption is used: programs, and the partition table as its
/// vendor's tools expect it. Metadata and key store are written word by word, which the cipher's
/// blocks of 16 bytes do not allow; they stay in the clear, as the NVS of ESP-IDF does.
pub const ENCRYPTED: [Region; 4] = [BOOTLOADER, PARTITION_TABLE, BANKS[0], BANKS[1]];

/// SRAM1 on the data bus (TRM §3.3.2).
pub const RAM: Region = at(0x3FC8_0000, 384 * KIB);
/// What to add to an address of SRAM1 on the data bus for the one to fetch from.
pub const FETCH_OFFSET: u32 = 0x70_0000;
/// Where the image of the application is copied to, on the data bus.
pub const IMAGE_RAM: Region = at(RAM.start, 160 * KIB);
/// The same as the CPU fetches from it.
pub const IMAGE_CODE: Region = at(RAM.start + FETCH_OFFSET, IMAGE_RAM.length);
/// Where the bootloader is loaded to and runs, on the data bus.
pub const BOOTLOADER_RAM: Region = at(0x3FCB_0000, 160 * KIB);

/// Bits of SECURE_VERSION, whose count of ones is the anti-rollback counter (TRM §4.3.1.1).
pub const COUNTER_MAX: u32 = 16;

const fn at(start: u32, length: u32) -> Region {
    Region { start, length }
}

const _: () = {
    LAYOUT.assert_sound();
    assert!(PARTITION_TABLE.start == BOOTLOADER.end());
    assert!(METADATA[0].start == PARTITION_TABLE.end());
    assert!(NVS.start == METADATA[1].end() && NVS_SPARE.start == NVS.end());
    assert!(BANKS[0].start >= NVS_SPARE.end() && BANKS[1].start == BANKS[0].end());
    // What the bootloader copies must not reach the bootloader, nor it the ROM's data.
    assert!(IMAGE_RAM.end() <= BOOTLOADER_RAM.start && BOOTLOADER_RAM.end() < RAM.end());
};
