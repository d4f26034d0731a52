//! What kind of ESP32-C3 board is put into a slot.

use super::link::EspLink;
use crate::virtual_bench::board_config::Trng;

/// One board. The default is a genuine, virgin ESP32-C3 revision v0.4 with 4 MiB of flash.
#[derive(Debug, Clone, PartialEq)]
pub struct EspConfig {
    /// Factory MAC address, in the order in which it is printed.
    pub mac: [u8; 6],
    /// OPTIONAL_UNIQUE_ID of block 2.
    pub unique_id: [u8; 16],
    /// Wafer revision, major and minor.
    pub revision: (u8, u8),
    /// Answer of the flash to RDID: manufacturer, type, capacity.
    pub flash_id: [u8; 3],
    /// What the ROM says of the chip in GET_SECURITY_INFO: 5 is the ESP32-C3.
    pub chip_id: u32,
    /// Level of GPIO8 at reset, which UART_PRINT_CONTROL may look at.
    pub gpio8: bool,
    /// Fixes what the random number generator gives; `None` takes entropy from the operating
    /// system.
    pub entropy_seed: Option<u64>,
    /// Defect of the random number generator. It has no status register, so that
    /// [`Trng::SeedError`] is as sound here as [`Trng::Sound`].
    pub trng: Trng,
    /// Time model of the serial cable and of the memories.
    pub link: EspLink,
}

impl Default for EspConfig {
    fn default() -> Self {
        Self {
            mac: [0x60, 0x55, 0xF9, 0x00, 0x00, 0x01],
            unique_id: *b"\x8E\x1F\x42\x07\xB3\x90\x5C\xD1\x26\x7A\xE8\x13\x64\x0B\xF5\x39",
            revision: (0, 4),
            // 32 Mbit.
            flash_id: [0xEF, 0x40, 0x16],
            chip_id: 5,
            gpio8: true,
            entropy_seed: None,
            trng: Trng::Sound,
            link: EspLink::default(),
        }
    }
}

impl EspConfig {
    /// A genuine part, the `index`-th of its reel: MAC addresses and unique IDs differ.
    #[must_use]
    pub fn genuine(index: u32) -> Self {
        let mut config = Self::default();
        let [_, high, middle, low] = index.to_be_bytes();
        config.mac[3..].copy_from_slice(&[high, middle, low]);
        config.unique_id[..4].copy_from_slice(&index.to_be_bytes());
        config
    }

    /// The 12 bytes that stand for the chip's identity: factory MAC address as it is printed,
    /// then the first six bytes of OPTIONAL_UNIQUE_ID.
    #[must_use]
    pub fn uid(&self) -> [u8; 12] {
        let mut uid = [0; 12];
        uid[..6].copy_from_slice(&self.mac);
        uid[6..].copy_from_slice(&self.unique_id[..6]);
        uid
    }

    /// A board that carries the identity of another one.
    #[must_use]
    pub fn clone_of(other: &Self) -> Self {
        other.clone()
    }

    /// A part of another revision.
    #[must_use]
    pub fn with_revision(mut self, major: u8, minor: u8) -> Self {
        self.revision = (major, minor);
        self
    }

    /// Another chip of the family on the board.
    #[must_use]
    pub fn with_chip_id(mut self, chip_id: u32) -> Self {
        self.chip_id = chip_id;
        self
    }

    /// A part whose random number generator is defective.
    #[must_use]
    pub fn with_trng(mut self, trng: Trng) -> Self {
        self.trng = trng;
        self
    }
}
