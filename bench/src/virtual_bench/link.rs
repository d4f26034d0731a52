//! How long things take: the debug link and the flash array.

use std::time::Duration;

/// Time model of one slot. The default costs no time at all, so that tests run at
/// the speed of the emulator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkModel {
    /// Latency of one USB transaction with the probe. A block transfer of up to
    /// [`LinkModel::words_per_transaction`] words is one transaction.
    pub usb_transaction: Duration,
    /// Words a probe packs into one transaction.
    pub words_per_transaction: usize,
    /// Share of the data sheet's typical program and erase times that passes in real
    /// time: 0.0 finishes at once, 1.0 is as slow as silicon.
    pub busy_scale: f64,
}

impl Default for LinkModel {
    fn default() -> Self {
        Self {
            usb_transaction: Duration::ZERO,
            words_per_transaction: 14,
            busy_scale: 0.0,
        }
    }
}

impl LinkModel {
    /// Time that `words` words need to cross the link.
    pub(crate) fn transfer_time(&self, words: usize) -> Duration {
        let transactions = words.max(1).div_ceil(self.words_per_transaction.max(1));
        self.usb_transaction
            .saturating_mul(u32::try_from(transactions).unwrap_or(u32::MAX))
    }

    /// Real time a flash operation of `typical` length takes here.
    pub(crate) fn busy_time(&self, typical: Duration) -> Duration {
        if self.busy_scale > 0.0 {
            typical.mul_f64(self.busy_scale)
        } else {
            Duration::ZERO
        }
    }
}
