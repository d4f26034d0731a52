//! What an ESP32-C3 may be like after a power cut while it is provisioned.

use cradle_bench::virtual_bench::{EspColdBoot, EspEnding, EspRemains};
use cradle_procedure::ids::Sha256;
use cradle_protocol::layout::esp32c3::{BANKS, IMAGE_CODE};

use crate::driver_support::boot_key_digest;

/// Of the copy in RAM, what the application does not write to.
const CODE: usize = 0x8000;
/// SECURE_BOOT_DIGEST0.
const BOOT_KEY_PURPOSE: u32 = 9;

/// What is meant to be on a unit.
pub struct Meant {
    pub bootloader: Vec<u8>,
    /// The image for each bank; empty where there is none.
    pub images: [Vec<u8>; 2],
    pub root_key: Sha256,
    pub counter: u32,
}

impl Meant {
    /// A whole image that verifies runs, or the bootloader waits in recovery, or there is no
    /// whole bootloader yet and the loader takes one. Secure boot is never on without the key
    /// that the bootloader is signed with.
    pub fn judge(&self, left: &EspRemains, boot: &EspColdBoot, what: &str) {
        let what = format!("{what}: {:?}", boot.ending);
        assert!(counter(left) <= self.counter, "{what}");
        if word(left, 3) >> 20 & 1 != 0 {
            assert_eq!(left.efuse_block(4), boot_key_digest(), "{what}");
            assert_eq!(word(left, 2) >> 24 & 0xF, BOOT_KEY_PURPOSE, "{what}");
        }
        match boot.ending {
            EspEnding::Entered => {
                assert_eq!(left.efuse_block(5), *self.root_key.bytes(), "{what}");
                let (image, start) = (&self.images[0], BANKS[0].start as usize);
                let there = read(left, start, image.len());
                assert!(there == *image, "{what}");
                let copy = boot.ram(IMAGE_CODE.start, CODE as u32).unwrap();
                assert!(copy == image[..CODE], "{what}");
            }
            EspEnding::Listening => {}
            _ => {
                let whole = read(left, 0, self.bootloader.len()) == self.bootloader;
                assert!(!whole, "{what}");
                assert_eq!(word(left, 4) & 1, 0, "{what}: downloads are disabled");
            }
        }
    }
}

/// Flash as ROM and firmware read it: deciphered where SPI_BOOT_CRYPT_CNT is odd.
fn read(left: &EspRemains, at: usize, len: usize) -> Vec<u8> {
    let encrypted = (word(left, 2) >> 18 & 7).count_ones() % 2 == 1;
    match encrypted {
        true => left.deciphered(at as u32, len as u32),
        false => left.flash()[at..at + len].to_vec(),
    }
}

/// The anti-rollback counter: set bits of SECURE_VERSION.
pub fn counter(left: &EspRemains) -> u32 {
    (word(left, 4) >> 14 & 0xFFFF).count_ones()
}

/// A word of block 0.
fn word(left: &EspRemains, index: usize) -> u32 {
    let block = left.efuse_block(0);
    u32::from_le_bytes(block[4 * index..4 * index + 4].try_into().unwrap())
}
