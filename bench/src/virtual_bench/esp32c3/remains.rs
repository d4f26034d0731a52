//! What is left of a board without supply, and the operations that made it so.

use std::ops::Range;

use super::nonvolatile::{Cells, Extent, PAGE, Work};
use super::xts::{BLOCK, Xts};
use crate::virtual_bench::fault::FlashOp;
use crate::virtual_bench::noise::Noise;

/// The eFuse block of BLOCK_KEY2.
const KEY2: usize = 6;

/// One operation on flash or eFuses, as a board was asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EspOperation(pub(super) Work);

impl EspOperation {
    /// Its kind; a burn of an eFuse block is [`FlashOp::OtpProgram`].
    #[must_use]
    pub fn kind(&self) -> FlashOp {
        self.0.kind()
    }

    /// Offset in flash that a page program goes to.
    #[must_use]
    pub fn programs(&self) -> Option<u32> {
        match self.0 {
            Work::Program { offset, .. } => Some(offset),
            _ => None,
        }
    }

    /// The eFuse block that a burn goes to.
    #[must_use]
    pub fn burns(&self) -> Option<usize> {
        match self.0 {
            Work::Burn { block, .. } => Some(block),
            _ => None,
        }
    }

    /// The pages that it changes, by their numbers; `None` when it may be any.
    pub(super) fn pages(&self) -> Option<Range<u32>> {
        let (offset, len) = match self.0 {
            Work::Program { offset, .. } => (offset, PAGE),
            Work::Erase { offset, len } => (offset, len),
            Work::ChipErase | Work::Burn { .. } => return None,
        };
        let first = offset / len * len / PAGE;
        Some(first..first + len / PAGE)
    }
}

/// Flash and eFuses of a board at one moment.
///
/// Applying the operations of a run one by one to what was there before gives the state that a
/// power cut leaves at each of them, because cells change in no other way.
#[derive(Debug, Clone)]
pub struct EspRemains(pub(super) Cells);

impl EspRemains {
    /// The operation happens.
    pub fn apply(&mut self, operation: &EspOperation) {
        self.0
            .apply(&operation.0, Extent::Whole, &mut Noise::new(0));
    }

    /// The supply fails while the operation is under way; `seed` chooses the cells that have
    /// changed by then.
    pub fn apply_in_part(&mut self, operation: &EspOperation, seed: u64) {
        self.0
            .apply(&operation.0, Extent::Partial, &mut Noise::new(seed));
    }

    /// Flash, 4 MiB.
    #[must_use]
    pub fn flash(&self) -> &[u8] {
        self.0.flash()
    }

    /// Flash from `at`, a multiple of 16, as it is under the key in BLOCK_KEY2.
    #[must_use]
    pub fn deciphered(&self, at: u32, len: u32) -> Vec<u8> {
        let key = self.efuse_block(KEY2).try_into().unwrap_or_default();
        let end = at as usize + (len as usize).next_multiple_of(BLOCK);
        let cells = self.flash().get(at as usize..end).unwrap_or_default();
        let mut plain = Xts::new(&key).decrypted(at, cells);
        plain.truncate(len as usize);
        plain
    }

    /// The data bytes of an eFuse block, 0 to 10.
    #[must_use]
    pub fn efuse_block(&self, block: usize) -> Vec<u8> {
        self.0.fuses.read(block, 0).data
    }
}
