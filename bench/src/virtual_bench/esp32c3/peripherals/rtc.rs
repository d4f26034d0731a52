//! Low-power management: resets, the RTC watchdog and the super watchdog (TRM chapters "Reset
//! and Clock", "Watchdog Timers", "Low-power Management").

use super::clocks::RC_SLOW_HZ;
use super::watchdog::{SWD_KEY, WDT_KEY, Watchdog};
use crate::virtual_bench::esp32c3::reset::ResetCause;
use crate::virtual_bench::peripherals::Nanos;

const OPTIONS0: u32 = 0x00;
const RESET_STATE: u32 = 0x38;
const WDTCONFIG0: u32 = 0x90;
const WDTCONFIG1: u32 = 0x94;
const WDTFEED: u32 = 0xA4;
const WDTWPROTECT: u32 = 0xA8;
const SWD_CONF: u32 = 0xAC;
const SWD_WPROTECT: u32 = 0xB0;
/// STORE0 to STORE3 and STORE4 to STORE7 live through all resets but that of the supply.
const STORE_LOW: std::ops::Range<u32> = 0x50..0x60;
const STORE_HIGH: std::ops::Range<u32> = 0xB8..0xC8;

const SW_SYS_RST: u32 = 1 << 31;
const SW_PROCPU_RST: u32 = 1 << 5;
const WDT_EN: u32 = 1 << 31;
const WDT_FLASHBOOT: u32 = 1 << 12;
const FEED: u32 = 1 << 31;
const SWD_AUTO_FEED: u32 = 1 << 31;
const SWD_DISABLE: u32 = 1 << 30;
const SWD_FEED: u32 = 1 << 29;
/// The super watchdog bites somewhat less than a second after its last feed.
const SWD_TIMEOUT: Nanos = 950_000_000;

const RESET_WDTCONFIG0: u32 = 0x0001_3214;
const RESET_WDTCONFIG1: u32 = 200_000;
const RESET_SWD_CONF: u32 = 0x04B0_0000;
/// Stage timeouts are in slow clock cycles, doubled by WDT_DELAY_SEL = 0 for stage 0.
const STAGE_0_FACTOR: u64 = 2;

#[derive(Debug)]
pub(crate) struct Rtc {
    registers: [u32; 0x200],
    rwdt: Watchdog,
    swd: Watchdog,
    reset_request: Option<ResetCause>,
}

impl Rtc {
    pub(crate) fn new() -> Self {
        Self {
            registers: [0; 0x200],
            rwdt: Watchdog::default(),
            swd: Watchdog::default(),
            reset_request: None,
        }
    }

    pub(crate) fn reset(&mut self, cause: ResetCause, now: Nanos) {
        let stored: Vec<_> = STORE_LOW
            .chain(STORE_HIGH)
            .step_by(4)
            .map(|offset| (offset, self.get(offset)))
            .collect();
        *self = Self::new();
        if cause != ResetCause::PowerOn {
            for (offset, value) in stored {
                self.set(offset, value);
            }
        }
        self.set(RESET_STATE, 0x3000 | cause.code() | cause.code() << 6);
        self.set(WDTCONFIG0, RESET_WDTCONFIG0);
        self.set(WDTCONFIG1, RESET_WDTCONFIG1);
        self.set(SWD_CONF, RESET_SWD_CONF);
        self.follow(now);
    }

    /// The ROM loader turns the watchdogs off while it waits for the host.
    pub(crate) fn stop_watchdogs(&mut self, now: Nanos) {
        self.set(WDTCONFIG0, 0);
        self.set(SWD_CONF, RESET_SWD_CONF | SWD_AUTO_FEED);
        self.follow(now);
    }

    fn get(&self, offset: u32) -> u32 {
        self.registers[(offset as usize / 4) & 0x1FF]
    }

    fn set(&mut self, offset: u32, value: u32) {
        self.registers[(offset as usize / 4) & 0x1FF] = value;
    }

    /// Takes the settings of the watchdogs over.
    fn follow(&mut self, now: Nanos) {
        let config = self.get(WDTCONFIG0);
        // Without a stage 0 action only the flash boot protection bites.
        let bites = config & WDT_EN != 0 && config >> 28 & 7 > 1;
        let cycles = u64::from(self.get(WDTCONFIG1)) * STAGE_0_FACTOR;
        let timeout = cycles * 1_000_000_000 / u64::from(RC_SLOW_HZ);
        self.rwdt
            .configure(bites || config & WDT_FLASHBOOT != 0, timeout, now);
        let watched = self.get(SWD_CONF) & (SWD_AUTO_FEED | SWD_DISABLE) == 0;
        self.swd.configure(watched, SWD_TIMEOUT, now);
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        self.get(offset)
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, now: Nanos) {
        match offset {
            OPTIONS0 => {
                if value & SW_SYS_RST != 0 {
                    self.reset_request = Some(ResetCause::SoftwareSystem);
                } else if value & SW_PROCPU_RST != 0 {
                    self.reset_request = Some(ResetCause::SoftwareCore);
                }
                self.set(offset, value & !(SW_SYS_RST | SW_PROCPU_RST));
            }
            WDTCONFIG0..WDTFEED if self.get(WDTWPROTECT) != WDT_KEY => {}
            WDTFEED => {
                if self.get(WDTWPROTECT) == WDT_KEY && value & FEED != 0 {
                    self.rwdt.feed(now);
                }
            }
            SWD_CONF => {
                if self.get(SWD_WPROTECT) == SWD_KEY {
                    if value & SWD_FEED != 0 {
                        self.swd.feed(now);
                    }
                    self.set(offset, value & !SWD_FEED);
                }
            }
            RESET_STATE => {}
            _ => self.set(offset, value),
        }
        self.follow(now);
    }

    pub(crate) fn take_reset_request(&mut self) -> Option<ResetCause> {
        self.reset_request.take()
    }

    pub(crate) fn has_reset_request(&self) -> bool {
        self.reset_request.is_some()
    }

    /// The watchdog that bites first.
    pub(crate) fn deadline(&self) -> Option<(Nanos, ResetCause)> {
        let rwdt = self.rwdt.deadline().map(|at| (at, ResetCause::RtcWatchdog));
        let swd = self
            .swd
            .deadline()
            .map(|at| (at, ResetCause::SuperWatchdog));
        rwdt.into_iter().chain(swd).min_by_key(|(at, _)| *at)
    }
}
