//! The system timer (DDI0403 B3.3), counted by when it will be at zero.

const ENABLE: u32 = 1 << 0;
const TICKINT: u32 = 1 << 1;
const COUNTFLAG: u32 = 1 << 16;

/// Both clock sources count the core's cycles here.
#[derive(Debug, Clone)]
pub(super) struct SysTick {
    control: u32,
    reload: u32,
    /// The counter while it is switched off.
    held: u32,
    /// Cycle at which it will be at zero; never while it does not count.
    pub(super) zero_at: u64,
}

impl SysTick {
    pub(super) fn off() -> Self {
        Self {
            control: 0,
            reload: 0,
            held: 0,
            zero_at: u64::MAX,
        }
    }

    fn counts(&self) -> bool {
        self.zero_at != u64::MAX
    }

    /// One cycle to reload, then one for each step down.
    fn start(&mut self, counter: u32, now: u64) {
        self.zero_at = match (counter, self.reload) {
            (0, 0) => u64::MAX,
            (0, reload) => now + 1 + u64::from(reload),
            (counter, _) => now + u64::from(counter),
        };
    }

    /// Goes on to the present; true if it asks for its exception.
    pub(super) fn advance(&mut self, now: u64) -> bool {
        if now < self.zero_at {
            return false;
        }
        self.control |= COUNTFLAG;
        let period = u64::from(self.reload) + 1;
        let periods = (now - self.zero_at) / period + 1;
        self.zero_at = match self.reload {
            0 => u64::MAX,
            _ => self.zero_at + periods * period,
        };
        self.control & TICKINT != 0
    }

    pub(super) fn cycles_to_exception(&self, now: u64) -> Option<u64> {
        let asks = self.counts() && self.control & TICKINT != 0;
        asks.then(|| self.zero_at.saturating_sub(now).max(1))
    }

    pub(super) fn control(&self) -> u32 {
        self.control
    }

    /// COUNTFLAG clears when the program reads it.
    pub(super) fn control_was_read(&mut self) {
        self.control &= !COUNTFLAG;
    }

    pub(super) fn set_control(&mut self, value: u32, now: u64) {
        let counter = self.counter(now);
        self.control = self.control & COUNTFLAG | value & 0b111;
        if value & ENABLE == 0 {
            self.held = counter;
            self.zero_at = u64::MAX;
        } else if !self.counts() {
            self.start(counter, now);
        }
    }

    pub(super) fn reload(&self) -> u32 {
        self.reload
    }

    pub(super) fn set_reload(&mut self, value: u32, now: u64) {
        self.reload = value & 0x00FF_FFFF;
        if self.control & ENABLE != 0 && !self.counts() {
            self.start(self.held, now);
        }
    }

    pub(super) fn counter(&self, now: u64) -> u32 {
        if !self.counts() {
            return self.held;
        }
        match self.zero_at.saturating_sub(now) {
            left if left > u64::from(self.reload) && self.reload != 0 => 0,
            left => left as u32,
        }
    }

    /// Any write clears it.
    pub(super) fn clear_counter(&mut self, now: u64) {
        self.control &= !COUNTFLAG;
        self.held = 0;
        if self.counts() {
            self.start(0, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_every_reload_plus_one_cycles() {
        let mut timer = SysTick::off();
        timer.set_reload(9, 0);
        timer.set_control(ENABLE | TICKINT, 100);
        assert_eq!(timer.counter(101), 9);
        assert!(!timer.advance(109));
        assert!(timer.advance(110));
        assert_eq!(timer.counter(110), 0);
        assert_eq!(timer.counter(111), 9);
        assert!(!timer.advance(119));
        assert!(timer.advance(145));
        assert_eq!(timer.zero_at, 150);
    }
}
