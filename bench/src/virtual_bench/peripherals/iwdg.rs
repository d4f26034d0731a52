//! Independent watchdog (RM0090 §21). It counts emulated time.

use super::clock::Nanos;

const KR: u32 = 0x0;
const PR: u32 = 0x4;
const RLR: u32 = 0x8;
const SR: u32 = 0xC;

const UNLOCK: u32 = 0x5555;
const RELOAD: u32 = 0xAAAA;
const START: u32 = 0xCCCC;

/// LSI, typical (DS8626 "Low-speed internal RC oscillator").
const LSI_HZ: u64 = 32_000;

#[derive(Debug)]
pub(crate) struct Iwdg {
    prescaler: u32,
    reload: u32,
    unlocked: bool,
    deadline: Option<Nanos>,
}

impl Iwdg {
    pub(crate) fn new() -> Self {
        Self {
            prescaler: 0,
            reload: 0xFFF,
            unlocked: false,
            deadline: None,
        }
    }

    /// A reset stops it, unless the option bytes start it in hardware (§21.3.1).
    pub(crate) fn reset(&mut self, hardware_start: bool, now: Nanos) {
        *self = Self::new();
        if hardware_start {
            self.refresh(now);
        }
    }

    /// Time from a reload to the reset: (RLR + 1) × 4 × 2^PR / LSI (§21.3).
    fn timeout(&self) -> Nanos {
        let divider = 4_u64 << self.prescaler.min(6);
        (u64::from(self.reload) + 1) * divider * 1_000_000_000 / LSI_HZ
    }

    fn refresh(&mut self, now: Nanos) {
        self.deadline = Some(now + self.timeout());
    }

    /// When it will reset the chip, if it runs.
    pub(crate) fn deadline(&self) -> Option<Nanos> {
        self.deadline
    }

    pub(crate) fn has_expired(&self, now: Nanos) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        Some(match offset {
            // KR is write-only; PVU and RVU settle at once.
            KR | SR => 0,
            PR => self.prescaler,
            RLR => self.reload,
            _ => return None,
        })
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, now: Nanos) -> Option<()> {
        match offset {
            KR => self.write_key(value & 0xFFFF, now),
            PR if self.unlocked => self.prescaler = value & 7,
            RLR if self.unlocked => self.reload = value & 0xFFF,
            PR | RLR | SR => {}
            _ => return None,
        }
        Some(())
    }

    /// §21.3.2 "Register access protection": any key but 0x5555 protects again.
    fn write_key(&mut self, key: u32, now: Nanos) {
        self.unlocked = key == UNLOCK;
        match key {
            START => self.refresh(now),
            RELOAD if self.deadline.is_some() => self.refresh(now),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_bites_after_its_period_and_not_before() {
        let mut iwdg = Iwdg::new();
        iwdg.write(KR, UNLOCK, 0);
        iwdg.write(PR, 0, 0);
        iwdg.write(RLR, 31, 0);
        iwdg.write(KR, START, 0);
        assert!(!iwdg.has_expired(3_999_999) && iwdg.has_expired(4_000_000));
        iwdg.write(KR, RELOAD, 3_000_000);
        assert!(!iwdg.has_expired(6_999_999) && iwdg.has_expired(7_000_000));
    }

    #[test]
    fn settings_are_protected_without_the_key() {
        let mut iwdg = Iwdg::new();
        iwdg.write(RLR, 5, 0);
        assert_eq!(iwdg.read(RLR), Some(0xFFF));
    }
}
