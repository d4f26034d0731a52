//! The watchdogs (TRM chapter 12): those that the mask ROM arms while it boots from flash, and
//! the one that guards a firmware on trial.

use esp32c3::{EFUSE, RTC_CNTL, TIMG0};

/// Opens the registers of the RTC's and of a timer group's watchdog (TRM §12.2.2.3).
const KEY: u32 = 0x50D8_3AA1;
/// Opens those of the super watchdog (TRM §12.3.2.2).
const SUPER_KEY: u32 = 0x8F1D_312A;
/// RC_SLOW_CLK, which the RTC watchdog counts (TRM §6.2.3), in Hz; it varies with temperature.
const SLOW_HZ: u32 = 136_000;
/// Stage action: reset the system (TRM §12.2.2.2).
const RESET_SYSTEM: u8 = 3;

/// The RTC's watchdog.
pub struct Watchdog(RTC_CNTL);

impl Watchdog {
    /// Stops every watchdog that runs.
    #[allow(unsafe_code)]
    pub fn stopped(rtc: RTC_CNTL, group: &TIMG0) -> Self {
        // SAFETY: the key is what the register is for, and zero disables every stage.
        unsafe {
            group.wdtwprotect().write(|w| w.bits(KEY));
            group.wdtconfig0().write(|w| w.bits(0));
            group.wdtwprotect().write(|w| w.bits(0));
            rtc.swd_wprotect().write(|w| w.bits(SUPER_KEY));
            rtc.swd_conf().modify(|_, w| w.swd_auto_feed_en().set_bit());
            rtc.swd_wprotect().write(|w| w.bits(0));
        }
        let mut watchdog = Self(rtc);
        watchdog.stop();
        watchdog
    }

    /// Leaves it as it is.
    pub fn found(rtc: RTC_CNTL) -> Self {
        Self(rtc)
    }

    /// Resets the system unless it is fed within so many seconds, at most 4000.
    #[allow(unsafe_code)]
    pub fn start(&mut self, seconds: u32, fuses: &EFUSE) {
        // The hold time is shifted by what these two bits say, plus one (TRM register 8.32).
        let shift = fuses.rd_repeat_data1().read().wdt_delay_sel().bits() + 1;
        self.unlocked(|rtc| {
            // SAFETY: any hold time is allowed, and the action is one the manual defines.
            unsafe {
                rtc.wdtconfig1()
                    .write(|w| w.bits((seconds * SLOW_HZ) >> shift));
                rtc.wdtconfig0().write(|w| {
                    w.wdt_stg0().bits(RESET_SYSTEM);
                    w.wdt_sys_reset_length().bits(7);
                    w.wdt_cpu_reset_length().bits(7);
                    w.wdt_en().set_bit()
                });
            }
            rtc.wdtfeed().write(|w| w.wdt_feed().set_bit());
        });
    }

    /// Begins the time anew, if it runs.
    pub fn feed(&mut self) {
        self.unlocked(|rtc| {
            rtc.wdtfeed().write(|w| w.wdt_feed().set_bit());
        });
    }

    /// Stops it.
    #[allow(unsafe_code)]
    pub fn stop(&mut self) {
        // SAFETY: zero disables the watchdog, every stage, and what the ROM armed.
        self.unlocked(|rtc| unsafe {
            rtc.wdtconfig0().write(|w| w.bits(0));
        });
    }

    #[allow(unsafe_code)]
    fn unlocked(&mut self, act: impl FnOnce(&RTC_CNTL)) {
        // SAFETY: the key is what the register is for.
        unsafe { self.0.wdtwprotect().write(|w| w.bits(KEY)) };
        act(&self.0);
        // SAFETY: anything but the key locks.
        unsafe { self.0.wdtwprotect().write(|w| w.bits(0)) };
    }
}
