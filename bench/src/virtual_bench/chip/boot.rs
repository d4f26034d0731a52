//! One boot of a chip that nobody talks to.

use super::Chip;
use super::run_loop::STEPS_PER_CHECK;
use crate::virtual_bench::cold_boot::Ending;
use crate::virtual_bench::cpu::{CpuCore, Stop};
use crate::virtual_bench::read_set::ReadSet;

/// Resets after which a chip is taken to be caught in them.
const RESETS: u32 = 3;

impl Chip {
    /// Runs until the core fetches from where a watched chip is watched, ends otherwise, or has executed
    /// `limit` instructions.
    pub(crate) fn boot(&mut self, limit: u64) -> Ending {
        let mut resets = 0;
        while self.instructions < limit {
            self.run_some();
            if let Some(address) = self.bus.watch().and_then(ReadSet::entered) {
                return Ending::Entered(address);
            }
            resets += u32::from(self.check_timers());
            if resets >= RESETS {
                return Ending::Resetting;
            }
            if self.core.is_locked_up() {
                return Ending::LockedUp;
            }
            if self.core.is_asleep() {
                return Ending::Asleep;
            }
        }
        Ending::Undecided
    }

    fn run_some(&mut self) {
        let mut left = STEPS_PER_CHECK;
        while left > 0 {
            let (steps, stop) = self.core.run(&mut self.bus, left, None);
            self.instructions += steps;
            left -= steps;
            if self.bus.take_attention() {
                self.serve_attention();
            }
            if stop == Stop::Resting {
                return;
            }
        }
    }
}
