//! XTS-AES-128 as the external-memory encryption of the chip uses it (IEEE 1619; TRM chapter
//! "External Memory Encryption and Decryption (XTS_AES)").
//!
//! The data unit is 128 bytes of flash, its number is its address, and the unit goes through the
//! cipher with its last byte first. So each 16 bytes can be enciphered alone.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// Bytes of a cipher block: the least that can be written.
pub(crate) const BLOCK: usize = 16;
/// Bytes of a data unit.
const UNIT: u32 = 128;
/// The polynomial of GF(2^128) that the tweak is multiplied in.
const POLYNOMIAL: u128 = 0x87;

/// The cipher with the key of the chip.
pub(crate) struct Xts {
    data: Aes128,
    tweak: Aes128,
}

impl Xts {
    /// The key as it stands in its eFuse block, which is with the last byte first.
    pub(crate) fn new(block: &[u8; 32]) -> Self {
        let key: [u8; 32] = std::array::from_fn(|at| block[31 - at]);
        let (data, tweak) = key.split_at(16);
        let cipher = |half: &[u8]| {
            let half: [u8; 16] = std::array::from_fn(|at| half[at]);
            Aes128::new(&half.into())
        };
        Self {
            data: cipher(data),
            tweak: cipher(tweak),
        }
    }

    /// Bytes for `address`, both multiples of 16, as they stand in flash.
    pub(crate) fn encrypted(&self, address: u32, plain: &[u8]) -> Vec<u8> {
        self.through(address, plain, |block| {
            let mut block = (*block).into();
            self.data.encrypt_block(&mut block);
            block.into()
        })
    }

    /// Bytes that stand at `address` in flash, both multiples of 16, as programs read them.
    pub(crate) fn decrypted(&self, address: u32, cells: &[u8]) -> Vec<u8> {
        self.through(address, cells, |block| {
            let mut block = (*block).into();
            self.data.decrypt_block(&mut block);
            block.into()
        })
    }

    fn through(
        &self,
        address: u32,
        bytes: &[u8],
        cipher: impl Fn(&[u8; BLOCK]) -> [u8; BLOCK],
    ) -> Vec<u8> {
        let blocks = (address..).step_by(BLOCK).zip(bytes.chunks_exact(BLOCK));
        let out = blocks.flat_map(|(at, block)| {
            let mask = self.mask(at);
            let masked: [u8; BLOCK] = std::array::from_fn(|at| block[BLOCK - 1 - at] ^ mask[at]);
            let done = cipher(&masked);
            std::array::from_fn::<u8, BLOCK, _>(|at| done[BLOCK - 1 - at] ^ mask[BLOCK - 1 - at])
        });
        out.collect()
    }

    /// The enciphered number of the unit, multiplied by x for each block before this one: the
    /// first in the cipher is the last in flash.
    fn mask(&self, address: u32) -> [u8; BLOCK] {
        let number = u128::from(address / UNIT * UNIT).to_le_bytes();
        let mut number = number.into();
        self.tweak.encrypt_block(&mut number);
        let before = (UNIT - 1 - address % UNIT) / BLOCK as u32;
        let first = u128::from_le_bytes(number.into());
        let mask = (0..before).fold(first, |mask, _| {
            let carry = if mask >> 127 == 0 { 0 } else { POLYNOMIAL };
            mask << 1 ^ carry
        });
        mask.to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 1619-2007, annex B, vector 1: everything is zero.
    #[test]
    fn vector_1_of_the_standard_holds_with_its_bytes_turned_around() {
        let xts = Xts::new(&[0; 32]);
        let mut cells = xts.encrypted(0x60, &[0; 32]);
        cells.reverse();
        let standard = [
            0x91, 0x7C, 0xF6, 0x9E, 0xBD, 0x68, 0xB2, 0xEC, 0x9B, 0x9F, 0xE9, 0xA3, 0xEA, 0xDD,
            0xA6, 0x92, 0xCD, 0x43, 0xD2, 0xF5, 0x95, 0x98, 0xED, 0x85, 0x8C, 0x02, 0xC2, 0x65,
            0x2F, 0xBF, 0x92, 0x2E,
        ];
        assert_eq!(cells, standard);
    }

    #[test]
    fn what_is_encrypted_is_decrypted_again_at_its_own_address_only() {
        let key = std::array::from_fn(|at| at as u8);
        let xts = Xts::new(&key);
        let plain: Vec<u8> = (0..=255).collect();
        let cells = xts.encrypted(0x1_0030, &plain);
        assert_eq!(xts.decrypted(0x1_0030, &cells), plain);
        assert_ne!(xts.decrypted(0x1_00B0, &cells), plain);
    }
}
