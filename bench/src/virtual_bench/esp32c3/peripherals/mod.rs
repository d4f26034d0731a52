//! Registers of the chip, at their addresses.

mod cache;
pub(crate) mod clocks;
mod efuse;
mod nor_flash;
mod rng;
mod rtc;
mod spi;
mod systimer;
mod timg;
mod uart;
mod watchdog;
mod xts_aes;

use std::collections::HashMap;
use std::time::Duration;

use cache::Cache;
pub(crate) use efuse::EfuseController;
pub(crate) use nor_flash::{
    BLOCK_ERASE, CHIP_ERASE, NorFlash, PAGE_PROGRAM, SECTOR_ERASE, WRITE_ENABLE,
};
use rng::Rng;
use rtc::Rtc;
use spi::Spi;
use systimer::Systimer;
use timg::TimerGroup;
pub(crate) use uart::Uart;
use xts_aes::XtsAes;

use super::config::EspConfig;
use super::core::{NoAnswer, Registers};
use super::memory_map::{
    APB_CTRL, BLOCK_MASK, DROM, EFUSE_OFFSET, EXTMEM, GPIO, MMU_TABLE, PERIPHERALS, RTC_CNTL, SPI1,
    SYSTEM, SYSTIMER, TIMG0, TIMG1, UART0, XTS_AES,
};
use super::nonvolatile::{Cells, Operations, factory_fuses};
use super::ram::Width;
use super::reset::ResetCause;
use super::rom::Security;
use super::xts::Xts;
use crate::virtual_bench::peripherals::{Clock, Nanos};

/// GPIO_STRAP: what the strapping pins were at reset.
const GPIO_STRAP: u32 = 0x38;
/// A pin low at reset: the loader of the ROM has the chip, and its rules hold for encryption.
const STRAP_FLASH: u32 = 1 << 3;
/// SYSTEM_EXTERNAL_DEVICE_ENCRYPT_DECRYPT_CONTROL: manual encryption after a boot from flash;
/// decryption of reads and manual encryption in download mode.
const ENCRYPT_CONTROL: u32 = 0x44;
const SPI_MANUAL_ENCRYPT: u32 = 1 << 0;
const DOWNLOAD_DECRYPT: u32 = 1 << 2;
const DOWNLOAD_MANUAL_ENCRYPT: u32 = 1 << 3;
/// Looks at a quiet line or a timer after which a program is taken to be waiting.
const IDLE_POLLS: u32 = 2_048;
/// Looks that it gets between two sleeps.
const POLLS_PER_WAKE: u32 = 64;

/// All registers, and what lies behind them.
#[derive(Debug)]
pub(crate) struct Peripherals {
    pub(crate) uart: Uart,
    pub(crate) efuse: EfuseController,
    pub(crate) flash: NorFlash,
    pub(crate) store: Operations,
    pub(crate) clock: Clock,
    spi: Spi,
    xts_aes: XtsAes,
    cache: Cache,
    rng: Rng,
    rtc: Rtc,
    timer_groups: [TimerGroup; 2],
    systimer: Systimer,
    /// Registers that only keep what is written.
    others: HashMap<u32, u32>,
    strap: u32,
    /// Looks since the program last did something.
    polls: u32,
    /// A burn has cut the supply.
    supply_failed: bool,
    /// Real time that a burn still takes.
    burning: Duration,
    attention: bool,
}

impl Peripherals {
    pub(crate) fn new(config: &EspConfig) -> Self {
        let cells = Cells::new(factory_fuses(config));
        Self {
            uart: Uart::new(),
            efuse: EfuseController::new(),
            flash: NorFlash::new(config.flash_id),
            store: Operations::new(cells, config.link.busy_scale),
            clock: Clock::new(clocks::core_hz(
                clocks::RESET_SYSCLK_CONF,
                clocks::RESET_CPU_PER_CONF,
            )),
            spi: Spi::new(),
            xts_aes: XtsAes::default(),
            cache: Cache::new(),
            rng: Rng::new(config.entropy_seed, config.trng),
            rtc: Rtc::new(),
            timer_groups: [TimerGroup::new(), TimerGroup::new()],
            systimer: Systimer::new(),
            others: HashMap::new(),
            strap: 0,
            polls: 0,
            supply_failed: false,
            burning: Duration::ZERO,
            attention: false,
        }
    }

    /// `strap` is the boot mode as the pins say it.
    pub(crate) fn reset(&mut self, cause: ResetCause, strap: u32, cycles: u64) {
        let now = self.clock.time(cycles);
        if cause == ResetCause::PowerOn {
            self.flash.power_on();
        }
        self.uart.reset();
        self.efuse.reset(&self.store);
        self.spi.reset();
        self.xts_aes.reset();
        self.cache = Cache::new();
        self.rtc.reset(cause, now);
        let [first, second] = &mut self.timer_groups;
        first.reset(true, now);
        second.reset(false, now);
        self.systimer.reset(now);
        self.others.clear();
        self.others
            .insert(SYSTEM + clocks::SYSCLK_CONF, clocks::RESET_SYSCLK_CONF);
        self.others
            .insert(SYSTEM + clocks::CPU_PER_CONF, clocks::RESET_CPU_PER_CONF);
        self.follow_clock(cycles);
        self.strap = strap;
        self.polls = 0;
        self.burning = Duration::ZERO;
    }

    /// The ROM loader waits for the host without watchdogs.
    pub(crate) fn stop_watchdogs(&mut self, cycles: u64) {
        let now = self.clock.time(cycles);
        self.rtc.stop_watchdogs(now);
        self.timer_groups[0].reset(false, now);
    }

    fn follow_clock(&mut self, cycles: u64) {
        let get = |offset: u32| self.others.get(&(SYSTEM + offset)).copied().unwrap_or(0);
        let hz = clocks::core_hz(get(clocks::SYSCLK_CONF), get(clocks::CPU_PER_CONF));
        self.clock.set_hz(hz, cycles);
    }

    fn control(&self, bit: u32) -> bool {
        let control = self.others.get(&(SYSTEM + ENCRYPT_CONTROL));
        control.is_some_and(|control| control & bit != 0)
    }

    fn booted_from_flash(&self) -> bool {
        self.strap & STRAP_FLASH != 0
    }

    /// The cipher, where manual encryption is allowed (TRM chapter "XTS_AES", table of the
    /// enabling conditions).
    fn manual_encryption(&self) -> Option<Xts> {
        let on = match self.booted_from_flash() {
            true => self.control(SPI_MANUAL_ENCRYPT),
            false => {
                self.control(DOWNLOAD_MANUAL_ENCRYPT)
                    && !Security::read(&self.efuse).manual_encrypt_disabled()
            }
        };
        on.then(|| self.efuse.flash_cipher())
    }

    /// The cipher, where reads through the cache are decrypted (the same table).
    fn automatic_decryption(&self) -> Option<Xts> {
        let on = match self.booted_from_flash() {
            true => Security::read(&self.efuse).flash_encryption(),
            false => self.control(DOWNLOAD_DECRYPT),
        };
        on.then(|| self.efuse.flash_cipher())
    }

    /// A word of flash over the data bus.
    fn read_mapped(&mut self, address: u32) -> Result<u32, NoAnswer> {
        let closed =
            !self.booted_from_flash() && Security::read(&self.efuse).download_icache_disabled();
        let place = self.cache.place(address).filter(|_| !closed);
        let place = place.ok_or(NoAnswer)?;
        self.did_something();
        let cipher = self.automatic_decryption();
        let (flash, store) = (&mut self.flash, &self.store);
        Ok(self.cache.word(address, || {
            let cells = flash.fetch(store, place, cache::LINE as usize);
            match cipher {
                Some(cipher) => cipher.decrypted(place, &cells),
                None => cells,
            }
        }))
    }

    /// A program has done nothing but look for a while.
    pub(crate) fn only_polls(&self) -> bool {
        self.polls >= IDLE_POLLS
    }

    /// Gives it a few more looks.
    pub(crate) fn wake(&mut self) {
        self.polls = self.polls.min(IDLE_POLLS - POLLS_PER_WAKE);
    }

    fn polled(&mut self) {
        self.polls = self.polls.saturating_add(1);
        self.attention |= self.only_polls();
    }

    fn did_something(&mut self) {
        self.polls = 0;
    }

    /// Whether the supply has failed during an operation since the last call.
    pub(crate) fn take_supply_failure(&mut self) -> bool {
        let flash = self.flash.take_supply_failure();
        std::mem::take(&mut self.supply_failed) || flash
    }

    /// Whether [`Peripherals::take_supply_failure`] will tell of one.
    pub(crate) fn has_lost_supply(&self) -> bool {
        self.supply_failed || self.flash.has_lost_supply()
    }

    /// Real time that has to pass before the core goes on: all that it does meanwhile is ask
    /// for the end of the operation again and again.
    pub(crate) fn take_stall(&mut self) -> Duration {
        let burning = std::mem::take(&mut self.burning);
        self.flash.remaining().unwrap_or_default().max(burning)
    }

    pub(crate) fn has_reset_request(&self) -> bool {
        self.rtc.has_reset_request()
    }

    pub(crate) fn take_reset_request(&mut self) -> Option<ResetCause> {
        self.rtc.take_reset_request()
    }

    pub(crate) fn take_attention(&mut self) -> bool {
        std::mem::take(&mut self.attention)
    }

    /// The watchdog that bites first, and when.
    pub(crate) fn watchdog(&self) -> Option<(Nanos, ResetCause)> {
        let [first, second] = &self.timer_groups;
        let first = first.deadline().map(|at| (at, ResetCause::TimerGroup0));
        let second = second.deadline().map(|at| (at, ResetCause::TimerGroup1));
        let all = first.into_iter().chain(second).chain(self.rtc.deadline());
        all.min_by_key(|(at, _)| *at)
    }

    /// A whole register.
    fn read_word(&mut self, address: u32, cycles: u64) -> u32 {
        let offset = address & !BLOCK_MASK;
        let now = self.clock.time(cycles);
        match address & BLOCK_MASK {
            UART0 => {
                // FIFO reads take something away; anything else only looks.
                if offset == 0 && self.uart.has_input() {
                    self.did_something();
                } else if !self.uart.has_input() {
                    self.polled();
                }
                self.uart.read(offset, now)
            }
            SPI1 => self.spi.read(offset),
            XTS_AES => self.xts_aes.read(offset),
            EXTMEM => self.cache.read(offset),
            MMU_TABLE => self.cache.entry(offset),
            RTC_CNTL if offset >= EFUSE_OFFSET => self.efuse.read(offset - EFUSE_OFFSET),
            RTC_CNTL => self.rtc.read(offset),
            TIMG0 => self.timer_groups[0].read(offset),
            TIMG1 => self.timer_groups[1].read(offset),
            SYSTIMER => {
                self.polled();
                self.systimer.read(offset)
            }
            APB_CTRL if offset == rng::DATA => {
                self.did_something();
                self.rng.read()
            }
            GPIO if offset == GPIO_STRAP => self.strap,
            _ => self.others.get(&address).copied().unwrap_or(0),
        }
    }

    fn write_word(&mut self, address: u32, value: u32, cycles: u64) {
        let offset = address & !BLOCK_MASK;
        let now = self.clock.time(cycles);
        match address & BLOCK_MASK {
            UART0 => {
                if offset == 0 {
                    self.did_something();
                }
                self.uart.write(offset, value);
            }
            SPI1 => {
                // A flash that is never ready again is waited for like a quiet line.
                if self.flash.remaining().is_none() {
                    self.polled();
                } else {
                    self.did_something();
                }
                let result = self.xts_aes.released();
                self.spi
                    .write(offset, value, result, &mut self.flash, &mut self.store);
                self.attention |= offset == 0;
            }
            XTS_AES => {
                let cipher = self.manual_encryption();
                self.xts_aes.write(offset, value, cipher);
            }
            EXTMEM => self.cache.write(offset, value),
            MMU_TABLE => self.cache.set_entry(offset, value),
            RTC_CNTL if offset >= EFUSE_OFFSET => {
                self.did_something();
                let offset = offset - EFUSE_OFFSET;
                let burnt = self.efuse.write(offset, value, &mut self.store);
                self.burning += burnt.busy;
                self.supply_failed |= burnt.supply_failed;
                self.attention = true;
            }
            RTC_CNTL => {
                self.rtc.write(offset, value, now);
                self.attention |= self.rtc.has_reset_request();
            }
            TIMG0 => self.timer_groups[0].write(offset, value, now),
            TIMG1 => self.timer_groups[1].write(offset, value, now),
            SYSTIMER => self.systimer.write(offset, value, now),
            block => {
                self.others.insert(address, value);
                if block == SYSTEM {
                    self.follow_clock(cycles);
                }
            }
        }
    }
}

impl Registers for Peripherals {
    fn load(&mut self, address: u32, width: Width, cycles: u64) -> Result<u32, NoAnswer> {
        let word = match address & !3 {
            mapped if DROM.contains(&mapped) => self.read_mapped(mapped)?,
            register if PERIPHERALS.contains(&register) => self.read_word(register, cycles),
            _ => return Err(NoAnswer),
        };
        let word = word >> (8 * (address & 3));
        Ok(match width {
            Width::Byte => word & 0xFF,
            Width::Half => word & 0xFFFF,
            Width::Word => word,
        })
    }

    /// Registers take whole words (TRM chapter "System and Memory"); the FIFO also takes bytes.
    fn store(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        cycles: u64,
    ) -> Result<(), NoAnswer> {
        let whole = width == Width::Word || address == UART0;
        if !PERIPHERALS.contains(&address) || !whole {
            return Err(NoAnswer);
        }
        self.write_word(address, value, cycles);
        Ok(())
    }

    fn wants_attention(&self) -> bool {
        self.attention
    }
}
