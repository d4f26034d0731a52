//! Typical durations (STM32F405 data sheet DS8626, "Flash memory programming"), and
//! the clock behind `BSY`.

use std::time::{Duration, Instant};

/// Programming parallelism, `CR.PSIZE` (RM0090 §3.6.2).
pub(super) fn sector_erase(size: u32, psize: u32) -> Duration {
    let by_parallelism = match size / 1024 {
        16 => [400, 300, 250],
        64 => [1200, 700, 550],
        _ => [2000, 1300, 1000],
    };
    Duration::from_millis(by_parallelism[psize.min(2) as usize])
}

pub(super) fn mass_erase(psize: u32) -> Duration {
    Duration::from_secs([16, 11, 8][psize.min(2) as usize])
}

/// A program takes as long for a byte as for a word.
pub(super) const PROGRAM: Duration = Duration::from_micros(16);
/// Option bytes are erased and programmed like a 16 KiB sector.
pub(super) const OPTION_BYTES: Duration = Duration::from_millis(250);

/// State of `BSY` and the sum of what was waited for.
#[derive(Debug, Default)]
pub(super) struct Busy {
    until: Option<Instant>,
    stuck: bool,
    /// Sum of the typical durations, unscaled.
    pub(super) device_time: Duration,
}

impl Busy {
    /// Starts an operation of `typical` length that takes `real` time here.
    pub(super) fn start(&mut self, typical: Duration, real: Duration) {
        self.device_time += typical;
        if !real.is_zero() {
            let now = Instant::now();
            // A write during BSY waits on the bus (RM0090 §3.6.4), so it queues.
            let from = self.until.filter(|until| *until > now).unwrap_or(now);
            self.until = Some(from + real);
        }
    }

    pub(super) fn stick(&mut self) {
        self.stuck = true;
    }

    pub(super) fn power_on(&mut self) {
        self.stuck = false;
        self.until = None;
    }

    pub(super) fn is_busy(&mut self) -> bool {
        if self.stuck {
            return true;
        }
        let Some(until) = self.until else {
            return false;
        };
        let busy = Instant::now() < until;
        if !busy {
            self.until = None;
        }
        busy
    }

    /// Real time until the array can be read again; `None` when it never can.
    pub(super) fn remaining(&self) -> Option<Duration> {
        match (self.stuck, self.until) {
            (true, _) => None,
            (false, None) => Some(Duration::ZERO),
            (false, Some(until)) => Some(until.saturating_duration_since(Instant::now())),
        }
    }
}
