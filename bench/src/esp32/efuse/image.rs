//! What all eFuse blocks hold, or are to hold.

use super::registers::WORDS;

/// Number of blocks.
pub(crate) const BLOCKS: usize = WORDS.len();
/// Words of the longest block.
const LONGEST: usize = 8;

/// The words of every block, as the read registers show them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Image([[u32; LONGEST]; BLOCKS]);

impl Image {
    pub(crate) fn bit(&self, block: usize, bit: usize) -> bool {
        self.0[block][bit / 32] >> (bit % 32) & 1 != 0
    }

    pub(crate) fn set(&mut self, block: usize, bit: usize) {
        self.0[block][bit / 32] |= 1 << (bit % 32);
    }

    /// The words of a block.
    pub(crate) fn words(&self, block: usize) -> &[u32] {
        &self.0[block][..WORDS[block] as usize]
    }

    pub(crate) fn words_mut(&mut self, block: usize) -> &mut [u32] {
        &mut self.0[block][..WORDS[block] as usize]
    }

    /// The 32 bytes of a block from BLOCK2 on.
    pub(crate) fn bytes(&self, block: usize) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, word) in bytes.chunks_exact_mut(4).zip(self.0[block]) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn put_bytes(&mut self, block: usize, bytes: &[u8; 32]) {
        let (words, _) = bytes.as_chunks::<4>();
        for (word, bytes) in self.0[block].iter_mut().zip(words) {
            *word |= u32::from_le_bytes(*bytes);
        }
    }

    /// Sets what the other has set, too.
    pub(crate) fn add(&mut self, other: &Self) {
        let ours = self.0.iter_mut().flatten();
        for (word, more) in ours.zip(other.0.iter().flatten()) {
            *word |= more;
        }
    }

    /// Whether everything in `wanted` is here.
    pub(crate) fn holds(&self, wanted: &Self) -> bool {
        let pairs = self.0.iter().flatten().zip(wanted.0.iter().flatten());
        pairs.fold(true, |so_far, (held, wanted)| {
            so_far && held & wanted == *wanted
        })
    }

    /// Whether nothing is here that `allowed` has not.
    pub(crate) fn is_within(&self, allowed: &Self) -> bool {
        allowed.holds(self)
    }

    /// The blocks with anything in them.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = usize> + '_ {
        (0..BLOCKS).filter(|block| self.0[*block].iter().any(|word| *word != 0))
    }
}
