//! What a board has done so far.

use std::time::Duration;

use super::fault::FlashOp;

/// Work of one board since it was inserted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Instructions the core has executed.
    pub instructions: u64,
    /// Core clock cycles that passed, sleeping included.
    pub cycles: u64,
    /// DAP register transfers, each word of a block counted.
    pub dap_transfers: u64,
    /// Operations on non-volatile memory.
    pub flash: FlashCounters,
}

/// Operations on non-volatile memory since the board was inserted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlashCounters {
    pub(crate) operations: [u64; FlashOp::ALL.len()],
    /// What these operations take on silicon, by the data sheet's typical times.
    pub device_busy: Duration,
}

impl FlashCounters {
    /// Operations of one kind.
    #[must_use]
    pub fn of(&self, op: FlashOp) -> u64 {
        self.operations[op.index()]
    }

    /// Operations of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.operations.iter().sum()
    }
}
