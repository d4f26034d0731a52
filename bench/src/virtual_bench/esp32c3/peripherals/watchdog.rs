//! The four watchdogs: RTC watchdog and super watchdog (TRM chapter "Watchdog Timers", in the
//! low-power domain), and those of the two timer groups. Only their first stage is modelled, and
//! as what the ROM leaves: both flash boot protections on.

use crate::virtual_bench::peripherals::Nanos;

/// Key that opens a watchdog's registers, and that of the super watchdog.
pub(crate) const WDT_KEY: u32 = 0x50D8_3AA1;
pub(crate) const SWD_KEY: u32 = 0x8F1D_312A;

/// One watchdog with the time at which it bites.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    enabled: bool,
    timeout: Nanos,
    fed_at: Nanos,
}

impl Watchdog {
    pub(crate) fn configure(&mut self, enabled: bool, timeout: Nanos, now: Nanos) {
        if enabled && !self.enabled {
            self.fed_at = now;
        }
        self.enabled = enabled;
        self.timeout = timeout;
    }

    pub(crate) fn feed(&mut self, now: Nanos) {
        self.fed_at = now;
    }

    pub(crate) fn deadline(&self) -> Option<Nanos> {
        self.enabled
            .then(|| self.fed_at.saturating_add(self.timeout))
    }
}
