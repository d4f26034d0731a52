//! How the core gets its turns, and what happens between them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::Chip;
use crate::virtual_bench::core_debug::HaltCause;
use crate::virtual_bench::cpu::{CpuCore, Stop};
use crate::virtual_bench::memory_map::{FLASH_BASE, FLASH_SIZE};
use crate::virtual_bench::peripherals::{Nanos, ResetCause};

/// Steps between two looks at timers and the reset request.
pub(super) const STEPS_PER_CHECK: u64 = 64;
/// Checks after which a slice ends even if nobody waits.
const CHECKS_PER_SLICE: u64 = 256;
/// Checks while the debug wire is busy with one batch of transfers. A transfer takes
/// about 12 µs at 4 MHz, some thousand cycles in which a running core goes on.
const CHECKS_PER_TRANSFER: u64 = 4;

/// What the runner does after a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Go on at once.
    Not,
    /// Nothing will happen by itself.
    UntilWoken,
    /// Nothing will happen by itself before this much real time has passed.
    For(Duration),
}

impl Chip {
    pub(crate) fn is_running(&self) -> bool {
        self.powered && !self.reset_held && !self.debug.is_halted()
    }

    /// Runs until somebody waits for the chip, something has to be sent, or nothing is
    /// left to do.
    pub(crate) fn run(&mut self, waiting: &AtomicUsize) -> Rest {
        for _ in 0..CHECKS_PER_SLICE {
            let rest = self.run_until_check();
            if rest != Rest::Not || self.has_output() || waiting.load(Ordering::Relaxed) > 0 {
                return rest;
            }
        }
        Rest::Not
    }

    /// What the core does while the debug wire is busy. Done by the thread of the
    /// debugger, so that one that polls without a pause cannot starve the core.
    pub(crate) fn run_beside_transfer(&mut self) {
        for _ in 0..CHECKS_PER_TRANSFER {
            if self.run_until_check() != Rest::Not {
                return;
            }
        }
    }

    fn has_output(&self) -> bool {
        self.peripherals().usart1.has_outgoing()
    }

    fn run_until_check(&mut self) -> Rest {
        if !self.is_running() {
            return Rest::UntilWoken;
        }
        if let Some(stall) = self.flash_stall() {
            return stall;
        }
        if self.core.is_asleep() || self.core.is_locked_up() {
            return self.idle();
        }
        let attention = self.run_steps();
        self.check_timers();
        if attention {
            self.serve_attention()
        } else {
            Rest::Not
        }
    }

    /// Some instructions; true when a peripheral has news.
    fn run_steps(&mut self) -> bool {
        let stepping = self.debug.is_stepping();
        let steps = if stepping { 1 } else { STEPS_PER_CHECK };
        let debug = Some(&self.debug).filter(|debug| debug.is_enabled());
        let (steps, stop) = self.core.run(&mut self.bus, steps, debug);
        self.instructions += steps;
        if steps > 0 {
            self.debug.note_retired();
        }
        if stop == Stop::Breakpoint {
            self.debug.halt(HaltCause::Breakpoint, &mut self.core);
        } else if stepping {
            self.debug.halt(HaltCause::Request, &mut self.core);
        }
        self.bus.take_attention()
    }

    /// True when the chip was reset.
    pub(super) fn check_timers(&mut self) -> bool {
        let cycles = self.core.cycles();
        let peripherals = &mut self.bus.peripherals;
        peripherals.advance(cycles);
        let expired = peripherals.iwdg.has_expired(peripherals.clock.time(cycles));
        self.bus.follow_irqs(cycles);
        self.core.set_irqs(self.bus.irqs());
        let cause = if expired {
            ResetCause::IndependentWatchdog
        } else if self.core.take_reset_request() {
            ResetCause::Software
        } else {
            return false;
        };
        self.reset(cause);
        true
    }

    /// Interrupt levels and supply failure.
    pub(super) fn serve_attention(&mut self) -> Rest {
        self.core.set_irqs(self.bus.irqs());
        let failed = self.peripherals_mut().flash.take_supply_failure();
        if failed {
            self.power_off();
            return Rest::UntilWoken;
        }
        Rest::Not
    }

    /// Code in flash does not go on while the array is busy (RM0090 §3.6.5).
    fn flash_stall(&self) -> Option<Rest> {
        let pc = self.core.pc();
        let in_flash = (FLASH_BASE..FLASH_BASE + FLASH_SIZE).contains(&pc) || pc < FLASH_SIZE;
        match self.peripherals().flash.stall() {
            _ if !in_flash => None,
            Some(Duration::ZERO) => None,
            Some(time) => Some(Rest::For(time)),
            None => Some(Rest::UntilWoken),
        }
    }

    /// Asleep or locked up: the next thing to happen is a byte on the line, to which
    /// time is moved at once, or a timer, for which real time is spent.
    fn idle(&mut self) -> Rest {
        self.check_timers();
        if !self.core.is_asleep() && !self.core.is_locked_up() {
            return Rest::Not;
        }
        let peripherals = self.peripherals();
        let now = peripherals.clock.time(self.core.cycles());
        let watchdog = peripherals.iwdg.deadline();
        if let Some(at) = peripherals.next_event() {
            self.pass_time(at.saturating_sub(now));
            return Rest::Not;
        }
        let tick = self
            .core
            .cycles_to_tick()
            .map(|cycles| now + self.nanos(cycles));
        match [watchdog, tick].into_iter().flatten().min() {
            Some(at) => Rest::For(Duration::from_nanos(at.saturating_sub(now).max(1))),
            None => Rest::UntilWoken,
        }
    }

    fn nanos(&self, cycles: u64) -> Nanos {
        cycles * 1_000_000_000 / u64::from(self.peripherals().clock.hz())
    }

    /// Emulated time passes without instructions.
    pub(crate) fn pass_time(&mut self, time: Nanos) {
        let cycles = self.peripherals().clock.cycles_in(time);
        self.core.idle(cycles);
    }

    /// Real time has passed while the core slept with nothing on the line; bytes that
    /// ended the sleep are only now on their way.
    pub(crate) fn slept(&mut self, time: Nanos) {
        self.peripherals_mut().usart1.postpone(time);
        self.pass_time(time);
    }
}
