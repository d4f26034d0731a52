//! Fresh emulated boards for the slots of a virtual bench.

use std::sync::atomic::{AtomicU32, Ordering};

use cradle_bench::virtual_bench::{Board, BoardConfig, VirtualBench};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::SlotId;

use crate::station;

/// A reel of virgin boards. The same seed gives the same chips in the same order.
pub struct Boards {
    seed: u64,
    next: AtomicU32,
}

impl Boards {
    /// A reel that starts where the seed says.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            // Chips of one lot are numbered; different seeds start at different places in it.
            next: AtomicU32::new((seed % 1_000_000) as u32),
        }
    }

    /// A reel that starts anywhere.
    ///
    /// # Errors
    /// `RUN-02` the system has no random numbers.
    pub fn drawn() -> Result<Self, Fault> {
        let mut seed = [0; 8];
        station::entropy(&mut seed)?;
        Ok(Self::new(u64::from_le_bytes(seed)))
    }

    /// Puts the next board of the reel into a slot and switches it on.
    ///
    /// # Errors
    /// `DEV-17` there is no such slot, `RUN-02` the system has no pseudo-terminal left.
    pub fn insert(&self, bench: &VirtualBench, slot: SlotId) -> Result<Board, Fault> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let config = BoardConfig {
            entropy_seed: Some(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(index)),
            ..BoardConfig::genuine(index)
        };
        bench
            .insert(index_of(slot)?, config)
            .or_fault(Code::Internal)
    }
}

/// Slots are numbered from 1 on the bench, from 0 in the emulation.
///
/// # Errors
/// `DEV-17` for slot 0.
pub fn index_of(slot: SlotId) -> Result<usize, Fault> {
    let index = usize::from(slot.0).checked_sub(1);
    index.ok_or_else(|| Fault::new(Code::SlotUnknown, slot))
}
