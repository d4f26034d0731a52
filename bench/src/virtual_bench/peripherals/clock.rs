//! Emulated time.

/// Nanoseconds of emulated time since the board was inserted.
pub(crate) type Nanos = u64;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Turns core clock cycles into time while the core frequency changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    hz: u32,
    base_cycles: u64,
    base_time: Nanos,
}

impl Clock {
    pub(crate) fn new(hz: u32) -> Self {
        Self {
            hz: hz.max(1),
            base_cycles: 0,
            base_time: 0,
        }
    }

    pub(crate) fn hz(&self) -> u32 {
        self.hz
    }

    pub(crate) fn time(&self, cycles: u64) -> Nanos {
        let passed = cycles.saturating_sub(self.base_cycles);
        let nanos = match passed.checked_mul(NANOS_PER_SECOND) {
            Some(product) => product / u64::from(self.hz),
            None => {
                (u128::from(passed) * u128::from(NANOS_PER_SECOND) / u128::from(self.hz)) as u64
            }
        };
        self.base_time + nanos
    }

    /// Cycles that pass in `time` at the present frequency.
    pub(crate) fn cycles_in(&self, time: Nanos) -> u64 {
        (u128::from(time) * u128::from(self.hz)).div_ceil(NANOS_PER_SECOND.into()) as u64
    }

    pub(crate) fn set_hz(&mut self, hz: u32, now: u64) {
        self.base_time = self.time(now);
        self.base_cycles = now;
        self.hz = hz.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_change_keeps_the_time_that_has_passed() {
        let mut clock = Clock::new(16_000_000);
        assert_eq!(clock.time(16_000), 1_000_000);
        clock.set_hz(168_000_000, 16_000);
        assert_eq!(clock.time(16_000), 1_000_000);
        assert_eq!(clock.time(16_000 + 168_000), 2_000_000);
    }
}
