//! The switches in eFuse that the ROM obeys (TRM chapter "eFuse Controller", table of the
//! parameters in block 0).

use crate::virtual_bench::esp32c3::peripherals::EfuseController;

/// Purposes of a key block that the ROM looks for.
const PURPOSE_DIGEST: [u8; 3] = [9, 10, 11];
/// KEY0 is block 4.
const FIRST_KEY_BLOCK: usize = 4;
const KEYS: usize = 6;

/// Block 0 as the hardware read it at reset.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Security {
    words: [u32; 6],
}

impl Security {
    pub(crate) fn read(efuse: &EfuseController) -> Self {
        let mut words = [0; 6];
        for (index, word) in (0..).zip(&mut words) {
            *word = efuse.block_0(index);
        }
        Self { words }
    }

    fn bit(&self, word: usize, bit: u32) -> bool {
        self.words[word] >> bit & 1 != 0
    }

    pub(crate) fn secure_boot(&self) -> bool {
        self.bit(3, 20)
    }

    pub(crate) fn aggressive_revoke(&self) -> bool {
        self.bit(3, 21)
    }

    pub(crate) fn revoked(&self, index: usize) -> bool {
        self.bit(2, 21 + index as u32)
    }

    pub(crate) fn secure_download(&self) -> bool {
        self.bit(4, 5)
    }

    pub(crate) fn download_disabled(&self) -> bool {
        self.bit(4, 0)
    }

    pub(crate) fn crypt_count(&self) -> u8 {
        (self.words[2] >> 18 & 7) as u8
    }

    /// An odd number of bits turns flash encryption on.
    pub(crate) fn flash_encryption(&self) -> bool {
        self.crypt_count().count_ones() % 2 == 1
    }

    pub(crate) fn soft_dis_jtag(&self) -> u8 {
        (self.words[1] >> 16 & 7) as u8
    }

    pub(crate) fn pad_jtag_disabled(&self) -> bool {
        self.bit(1, 19)
    }

    pub(crate) fn usb_jtag_disabled(&self) -> bool {
        self.bit(1, 9)
    }

    pub(crate) fn download_icache_disabled(&self) -> bool {
        self.bit(1, 10)
    }

    pub(crate) fn manual_encrypt_disabled(&self) -> bool {
        self.bit(1, 20)
    }

    /// UART_PRINT_CONTROL: always, if GPIO8 is low, if it is high, never.
    pub(crate) fn prints(&self, gpio8: bool) -> bool {
        match self.words[4] >> 6 & 3 {
            0 => true,
            1 => !gpio8,
            2 => gpio8,
            _ => false,
        }
    }

    pub(crate) fn key_purpose(&self, key: usize) -> u8 {
        let nibble = key as u32 + 6;
        (self.words[2 + nibble as usize / 8] >> (4 * (nibble % 8)) & 0xF) as u8
    }

    /// The digests of boot keys that count, with their index.
    pub(crate) fn boot_key_digests(&self, efuse: &EfuseController) -> Vec<(usize, Vec<u8>)> {
        let mut digests = Vec::new();
        for (index, purpose) in PURPOSE_DIGEST.iter().enumerate() {
            let keys = (0..KEYS).filter(|key| self.key_purpose(*key) == *purpose);
            if !self.revoked(index) {
                digests.extend(keys.map(|key| (index, efuse.block(FIRST_KEY_BLOCK + key))));
            }
        }
        digests
    }
}
