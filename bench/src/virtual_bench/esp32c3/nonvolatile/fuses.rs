//! The eFuse blocks (TRM chapter "eFuse Controller").
//!
//! Block 0 is stored four times in silicon and outvotes a failing bit; here it is kept once.
//! Blocks 1 to 10 carry the check bytes of a Reed-Solomon code: RS(44, 32), and 24 data bytes in
//! block 1. Cells go from 0 to 1 only, so that a second burn into a coded block leaves check bytes
//! that fit neither of the two.

use reed_solomon::{Decoder, Encoder};

/// Number of blocks.
pub(crate) const BLOCKS: usize = 11;
/// Check bytes of the code.
pub(crate) const CHECK: usize = 12;
/// Words in block 0, and in block 1.
const SHORT: usize = 24;
const LONG: usize = 32;
/// RD_DIS bits: KEY0 to KEY5 and SYS_DATA2, which are blocks 4 to 10.
const FIRST_HIDEABLE: usize = 4;

/// Data bytes of a block.
const fn data_len(block: usize) -> usize {
    if block < 2 { SHORT } else { LONG }
}

/// Cells of all blocks: data, then check bytes where there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fuses([Vec<u8>; BLOCKS]);

/// A block as the controller reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Readout {
    pub(crate) data: Vec<u8>,
    /// Bytes that the code has put right.
    pub(crate) corrected: u32,
    /// More are wrong than the code can put right; the data are what the cells hold.
    pub(crate) failed: bool,
}

impl Fuses {
    /// Length of [`Fuses::image`].
    pub(crate) const IMAGE: usize = SHORT + (SHORT + CHECK) + 9 * (LONG + CHECK);

    pub(crate) fn blank() -> Self {
        Self(std::array::from_fn(|block| {
            let check = if block == 0 { 0 } else { CHECK };
            vec![0; data_len(block) + check]
        }))
    }

    /// Burns data with the check bytes that belong to it, as the factory does.
    pub(crate) fn burn_coded(&mut self, block: usize, data: &[u8]) {
        let mut padded = data.to_vec();
        padded.resize(data_len(block), 0);
        let coded = Encoder::new(CHECK).encode(&padded);
        self.burn(block, &coded);
    }

    /// Sets bits; those that are set stay.
    pub(super) fn burn(&mut self, block: usize, bits: &[u8]) {
        if let Some(cells) = self.0.get_mut(block) {
            for (cell, bit) in cells.iter_mut().zip(bits) {
                *cell |= bit;
            }
        }
    }

    pub(super) fn flip(&mut self, block: usize, at: usize, bit: u8) {
        if let Some(cell) = self.0.get_mut(block).and_then(|cells| cells.get_mut(at)) {
            *cell ^= bit;
        }
    }

    /// Block 0 as its six words.
    pub(crate) fn block_0(&self) -> [u32; 6] {
        let mut words = [0; 6];
        for (word, bytes) in words.iter_mut().zip(self.0[0].chunks_exact(4)) {
            *word = bytes
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        words
    }

    /// What the controller reads: decoded, and zero where `rd_dis` hides it.
    pub(crate) fn read(&self, block: usize, rd_dis: u32) -> Readout {
        let cells = &self.0[block];
        let (data, check) = cells.split_at(data_len(block));
        let hidden = block >= FIRST_HIDEABLE && rd_dis >> (block - FIRST_HIDEABLE) & 1 != 0;
        let mut readout = Readout {
            data: data.to_vec(),
            ..Readout::default()
        };
        // A block that was never burnt is all zero, which is a word of the code.
        if !check.is_empty() {
            match Decoder::new(CHECK).correct_err_count(cells, None) {
                Ok((right, count)) => {
                    readout.data = right.data().to_vec();
                    readout.corrected = count as u32;
                }
                Err(_) => readout.failed = true,
            }
        }
        if hidden {
            readout.data.fill(0);
        }
        readout
    }

    /// All cells: the blocks in order, each with its data and check bytes.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// `None` when the length is wrong.
    pub(crate) fn from_image(image: &[u8]) -> Option<Self> {
        if image.len() != Self::IMAGE {
            return None;
        }
        let mut fuses = Self::blank();
        let mut rest = image;
        for block in &mut fuses.0 {
            let (cells, behind) = rest.split_at(block.len());
            block.copy_from_slice(cells);
            rest = behind;
        }
        Some(fuses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_burn_into_a_coded_block_is_reported() {
        let mut fuses = Fuses::blank();
        fuses.burn_coded(4, &[0x0F; 32]);
        assert!(!fuses.read(4, 0).failed);
        assert_eq!(fuses.read(4, 0).data, [0x0F; 32]);
        fuses.burn_coded(4, &[0xF0; 32]);
        let readout = fuses.read(4, 0);
        assert!(readout.failed || readout.corrected > 0, "{readout:?}");
    }

    #[test]
    fn the_code_puts_a_few_wrong_bytes_right() {
        let mut fuses = Fuses::blank();
        fuses.burn_coded(3, b"what the user keeps here, 32 byte");
        let right = fuses.read(3, 0).data;
        fuses.flip(3, 7, 0x10);
        fuses.flip(3, 35, 0x01);
        let readout = fuses.read(3, 0);
        assert_eq!(
            (readout.data, readout.corrected, readout.failed),
            (right, 2, false)
        );
    }

    #[test]
    fn a_hidden_key_reads_as_zero() {
        let mut fuses = Fuses::blank();
        fuses.burn_coded(5, &[0x5A; 32]);
        assert_eq!(fuses.read(5, 1 << 1).data, [0; 32]);
        assert_eq!(fuses.read(5, 1 << 0).data, [0x5A; 32]);
    }

    #[test]
    fn an_image_brings_all_cells_back() {
        let mut fuses = Fuses::blank();
        fuses.burn_coded(10, &[3; 32]);
        fuses.burn(0, &[1, 2, 3]);
        assert_eq!(Fuses::from_image(&fuses.image()), Some(fuses));
        assert_eq!(Fuses::from_image(&[0; 10]), None);
    }
}
