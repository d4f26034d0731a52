//! How the core gets its turns, and what happens between them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::chip::{EspChip, Mode};
use super::core::Stop;
use crate::virtual_bench::chip::Rest;
use crate::virtual_bench::peripherals::Nanos;

/// Instructions between two looks at the watchdogs, at who waits and at what is to be sent.
const SLICE: u64 = 20_000;
const SLICES: u32 = 32;
/// A program that only polls gets this long to sleep before it may look again.
const NAP: Duration = Duration::from_millis(5);

impl EspChip {
    /// Runs until somebody waits for the chip, something has to be sent, or nothing is left to
    /// do.
    pub(crate) fn run(&mut self, waiting: &AtomicUsize) -> Rest {
        for _ in 0..SLICES {
            let rest = self.run_slice();
            let wanted = waiting.load(Ordering::Relaxed) > 0;
            if rest != Rest::Not || wanted || self.io.uart.has_outgoing() {
                return rest;
            }
        }
        Rest::Not
    }

    fn run_slice(&mut self) -> Rest {
        if !self.is_running() {
            return Rest::UntilWoken;
        }
        if self.bite() {
            return Rest::Not;
        }
        if let Some(cause) = self.io.take_reset_request() {
            self.reset(cause);
            return Rest::Not;
        }
        match self.mode {
            Mode::Loader => self.run_loader(),
            Mode::Stuck => self.wait_for_watchdog(),
            Mode::Program => match self.core.run(&mut self.ram, &mut self.io, SLICE) {
                Stop::Budget => Rest::Not,
                Stop::Attention => self.attend(),
                Stop::Waiting | Stop::Crashed => {
                    self.mode = Mode::Stuck;
                    Rest::Not
                }
            },
        }
    }

    /// A register access has changed something.
    pub(super) fn attend(&mut self) -> Rest {
        self.io.take_attention();
        if self.io.take_supply_failure() {
            self.power_off();
            return Rest::UntilWoken;
        }
        // What the program sent before leaves at its rate, then the chip resets.
        if self.io.has_reset_request() {
            return Rest::Not;
        }
        let stall = self.io.take_stall();
        if !stall.is_zero() {
            return Rest::For(stall);
        }
        if self.io.only_polls() && !self.io.uart.has_input() {
            self.io.wake();
            return Rest::For(NAP);
        }
        Rest::Not
    }

    fn now(&self) -> Nanos {
        self.io.clock.time(self.core.cycles())
    }

    /// Whether a watchdog has reset the chip.
    pub(super) fn bite(&mut self) -> bool {
        match self.io.watchdog() {
            Some((at, cause)) if at <= self.now() => {
                self.reset(cause);
                true
            }
            _ => false,
        }
    }

    fn wait_for_watchdog(&self) -> Rest {
        match self.io.watchdog() {
            Some((at, _)) => Rest::For(Duration::from_nanos(at.saturating_sub(self.now()).max(1))),
            None => Rest::UntilWoken,
        }
    }

    /// Real time has passed while the core did nothing.
    pub(crate) fn slept(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let cycles = self.io.clock.cycles_in(nanos);
        self.core.idle(cycles);
        self.io.uart.slept(nanos);
    }
}
