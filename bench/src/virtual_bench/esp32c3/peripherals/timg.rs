//! The watchdog of a timer group (TRM chapter "Watchdog Timers"). The general-purpose timer
//! beside it is not modelled.

use super::clocks::APB_HZ;
use super::watchdog::{WDT_KEY, Watchdog};
use crate::virtual_bench::peripherals::Nanos;

const WDTCONFIG0: u32 = 0x48;
const WDTCONFIG1: u32 = 0x4C;
const WDTCONFIG2: u32 = 0x50;
const WDTFEED: u32 = 0x60;
const WDTWPROTECT: u32 = 0x64;

const WDT_EN: u32 = 1 << 31;
const WDT_FLASHBOOT: u32 = 1 << 14;
const RESET_WDTCONFIG0: u32 = 0x0004_C000;
const RESET_WDTCONFIG1: u32 = 0x0001_0000;
const RESET_WDTCONFIG2: u32 = 0x018C_BA80;

#[derive(Debug)]
pub(crate) struct TimerGroup {
    registers: [u32; 0x40],
    watchdog: Watchdog,
}

impl TimerGroup {
    pub(crate) fn new() -> Self {
        Self {
            registers: [0; 0x40],
            watchdog: Watchdog::default(),
        }
    }

    /// Only group 0 watches over the boot from flash.
    pub(crate) fn reset(&mut self, watches_boot: bool, now: Nanos) {
        *self = Self::new();
        let boot = if watches_boot { RESET_WDTCONFIG0 } else { 0 };
        self.set(WDTCONFIG0, boot);
        self.set(WDTCONFIG1, RESET_WDTCONFIG1);
        self.set(WDTCONFIG2, RESET_WDTCONFIG2);
        self.set(WDTWPROTECT, WDT_KEY);
        self.follow(now);
    }

    fn get(&self, offset: u32) -> u32 {
        self.registers
            .get(offset as usize / 4)
            .copied()
            .unwrap_or(0)
    }

    fn set(&mut self, offset: u32, value: u32) {
        if let Some(register) = self.registers.get_mut(offset as usize / 4) {
            *register = value;
        }
    }

    fn follow(&mut self, now: Nanos) {
        let config = self.get(WDTCONFIG0);
        let bites = config & WDT_EN != 0 && config >> 29 & 3 > 1;
        let prescale = u64::from(self.get(WDTCONFIG1) >> 16).max(1);
        let ticks = u64::from(self.get(WDTCONFIG2)) * prescale;
        let timeout = ticks * 1_000 / u64::from(APB_HZ / 1_000_000);
        self.watchdog
            .configure(bites || config & WDT_FLASHBOOT != 0, timeout, now);
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        self.get(offset)
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, now: Nanos) {
        let open = self.get(WDTWPROTECT) == WDT_KEY;
        match offset {
            WDTCONFIG0..=WDTFEED if !open => {}
            WDTFEED => self.watchdog.feed(now),
            _ => self.set(offset, value),
        }
        self.follow(now);
    }

    pub(crate) fn deadline(&self) -> Option<Nanos> {
        self.watchdog.deadline()
    }
}
