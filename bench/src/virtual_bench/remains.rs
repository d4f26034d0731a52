//! What is left of a board without supply, and the operations that made it so.

use super::flash::{Cells, Extent, Work};
use super::memory_map::FLASH_BASE;
use super::noise::Noise;
use crate::virtual_bench::fault::FlashOp;

/// One operation on non-volatile memory, as a board was asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation(pub(crate) Work);

impl Operation {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> FlashOp {
        self.0.kind()
    }

    /// Address that a program into the main array goes to.
    #[must_use]
    pub fn programs(&self) -> Option<u32> {
        self.program_offset().map(|offset| FLASH_BASE + offset)
    }

    pub(crate) fn program_offset(&self) -> Option<u32> {
        match self.0 {
            Work::Program { offset, .. } => Some(offset),
            _ => None,
        }
    }
}

/// Main flash, OTP and option bytes of a board at one moment.
///
/// Applying the operations of a run one by one to what was there before gives the state that
/// a power cut leaves at each of them, because cells change in no other way.
#[derive(Debug)]
pub struct Remains(pub(crate) Cells);

impl Remains {
    /// The operation happens.
    pub fn apply(&mut self, operation: &Operation) {
        self.0.apply(operation.0, Extent::Whole, &mut Noise::new(0));
    }

    /// The supply fails while the operation is under way; `seed` chooses the cells that have
    /// changed by then.
    pub fn apply_in_part(&mut self, operation: &Operation, seed: u64) {
        self.0
            .apply(operation.0, Extent::Partial, &mut Noise::new(seed));
    }

    /// Main flash, 1 MiB.
    #[must_use]
    pub fn flash(&self) -> Vec<u8> {
        self.0.array().memory().bytes().to_vec()
    }

    /// OTP blocks (512 bytes) and lock bytes (16).
    #[must_use]
    pub fn otp(&self) -> Vec<u8> {
        self.0.otp().image()
    }

    /// The option bytes in the layout of `FLASH_OPTCR` (RM0090 §3.9.10).
    #[must_use]
    pub fn option_bytes(&self) -> u32 {
        self.0.options().register()
    }
}

impl Clone for Remains {
    fn clone(&self) -> Self {
        Self(self.0.duplicate())
    }
}
