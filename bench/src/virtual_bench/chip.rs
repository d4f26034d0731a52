//! One STM32F405: core, bus, debug port, and the resets that tie them together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rsemu::core::error::Error;
use rsemu::core::value::Width;

use super::board_config::BoardConfig;
use super::bus::Bus;
use super::core_debug::{CoreDebug, HaltCause};
use super::counters::Counters;
use super::cpu::{CpuCore, RsemuCore};
use super::dap::{Dap, DebugBus, Port, Refusal};
use super::fault::LinkFault;
use super::memory_map::{BLOCK, DBGMCU_BASE, FLASH_BASE, FLASH_SIZE, PPB};
use super::peripherals::{Nanos, Peripherals, ResetCause};

/// Steps between two looks at timers and the reset request.
const STEPS_PER_CHECK: u64 = 64;
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

/// Outcome of a transfer on the debug wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    Read(Port),
    Write(Port, u32),
}

/// What the debug wire or the cable to the probe did instead of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkError {
    Refused(Refusal),
    CableOff,
}

#[derive(Debug)]
pub(crate) struct Chip {
    bus: Bus,
    core: RsemuCore,
    debug: CoreDebug,
    dap: Dap,
    powered: bool,
    reset_held: bool,
    cable_off: bool,
    cycles: u64,
    instructions: u64,
    dap_transfers: u64,
}

impl Chip {
    pub(crate) fn new(config: &BoardConfig) -> Result<Self, Error> {
        let bus = Bus::new(Peripherals::new(config))?;
        let core = RsemuCore::new(bus.space());
        Ok(Self {
            bus,
            core,
            debug: CoreDebug::default(),
            dap: Dap::new(),
            powered: false,
            reset_held: false,
            cable_off: false,
            cycles: 0,
            instructions: 0,
            dap_transfers: 0,
        })
    }

    pub(crate) fn peripherals(&self) -> std::sync::MutexGuard<'_, Peripherals> {
        self.bus.shared.lock()
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            instructions: self.instructions,
            cycles: self.cycles,
            dap_transfers: self.dap_transfers,
            flash: self.peripherals().flash.counters(),
        }
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    pub(crate) fn power_on(&mut self) {
        if self.powered {
            return;
        }
        self.powered = true;
        self.bus.scramble_volatile();
        self.debug.power_on();
        self.dap = Dap::new();
        self.reset(ResetCause::PowerOn);
    }

    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.dap = Dap::new();
    }

    pub(crate) fn set_reset_line(&mut self, held: bool) {
        let released = self.reset_held && !held;
        self.reset_held = held;
        if self.powered && (held || released) {
            self.reset(ResetCause::Pin);
        }
    }

    pub(crate) fn reset_line(&self) -> bool {
        self.reset_held
    }

    pub(crate) fn set_cable(&mut self, off: bool) {
        self.cable_off = off;
    }

    fn reset(&mut self, cause: ResetCause) {
        let irqs = {
            let mut peripherals = self.bus.shared.lock();
            peripherals.reset(cause, self.cycles);
            peripherals.irq_levels(self.cycles)
        };
        self.bus.shared.signals.set_irqs(irqs);
        self.bus.follow_protection();
        self.core.set_irqs(irqs);
        self.core.reset();
        self.debug.core_reset(&mut self.core);
    }

    /// Bytes on the way to the USART's RX pin. Without supply they are lost.
    pub(crate) fn uart_arrive(&mut self, bytes: &[u8]) {
        if !self.powered || self.reset_held {
            return;
        }
        let cycles = self.cycles;
        let mut peripherals = self.bus.shared.lock();
        let now = peripherals.clock.time(cycles);
        if peripherals.usart1_rx_connected() {
            peripherals.usart1.arrive(bytes.iter().copied(), now);
        }
    }

    pub(crate) fn uart_backlog(&self) -> usize {
        self.peripherals().usart1.backlog()
    }

    /// What the firmware has put on the TX pin.
    pub(crate) fn uart_take(&mut self) -> Vec<u8> {
        let mut peripherals = self.bus.shared.lock();
        let connected = peripherals.usart1_tx_connected();
        let bytes = peripherals.usart1.take_outgoing();
        if connected { bytes } else { Vec::new() }
    }

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
        let breakpoints = self.debug.is_enabled();
        for _ in 0..STEPS_PER_CHECK {
            if breakpoints && self.stops_here() {
                return false;
            }
            self.step();
            if self.bus.shared.signals.take_attention() {
                return true;
            }
            if self.debug.is_stepping() {
                self.debug.halt(HaltCause::Request, &mut self.core);
                return false;
            }
        }
        self.debug.note_retired();
        false
    }

    fn step(&mut self) {
        self.cycles += self.core.step();
        self.instructions += 1;
        self.bus.shared.signals.set_cycles(self.cycles);
    }

    /// With halting debug on, BKPT and a matching comparator halt before the
    /// instruction executes (DDI0403 C1.4.1, A7.7.17).
    fn stops_here(&mut self) -> bool {
        let pc = self.core.pc();
        let stop = self.debug.has_breakpoints() && self.debug.breakpoint_at(pc)
            || matches!(self.bus.peek_code(pc), Some(0xBE00..=0xBEFF));
        if stop {
            self.debug.halt(HaltCause::Breakpoint, &mut self.core);
        }
        stop
    }

    fn check_timers(&mut self) {
        let (expired, irqs) = {
            let mut peripherals = self.bus.shared.lock();
            let now = peripherals.clock.time(self.cycles);
            peripherals.usart1.advance(now);
            let irqs = peripherals.irq_levels(self.cycles);
            (peripherals.iwdg.has_expired(now), irqs)
        };
        self.bus.shared.signals.set_irqs(irqs);
        self.core.set_irqs(irqs);
        if expired {
            self.reset(ResetCause::IndependentWatchdog);
        } else if self.core.take_reset_request() {
            self.reset(ResetCause::Software);
        }
    }

    /// Interrupt levels and supply failure.
    fn serve_attention(&mut self) -> Rest {
        self.core.set_irqs(self.bus.shared.signals.irqs());
        let failed = self.peripherals().flash.take_supply_failure();
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
        let (now, uart, watchdog) = {
            let peripherals = self.bus.shared.lock();
            let now = peripherals.clock.time(self.cycles);
            let uart = peripherals.usart1.next_event();
            (now, uart, peripherals.iwdg.deadline())
        };
        if let Some(at) = uart {
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
        self.cycles += cycles;
        self.bus.shared.signals.set_cycles(self.cycles);
        self.core.idle(cycles);
    }

    /// Real time has passed while the core slept with nothing on the line; bytes that
    /// ended the sleep are only now on their way.
    pub(crate) fn slept(&mut self, time: Nanos) {
        self.peripherals().usart1.postpone(time);
        self.pass_time(time);
    }

    /// Bits on SWDIO outside of transfers.
    pub(crate) fn swj_sequence(&mut self, len: u8, bits: u64) {
        if self.powered {
            self.dap.sequence(len, bits);
        }
    }

    /// One transfer on the debug wire, with the fault that is planned for it. The
    /// duration is what a stall adds; the caller waits for it.
    pub(crate) fn transfer(&mut self, transfer: Transfer) -> (Result<u32, LinkError>, Duration) {
        self.dap_transfers += 1;
        let fault = self.peripherals().flash.faults().on_transfer();
        let mut stall = Duration::ZERO;
        let mut flipped = 0;
        match fault {
            Some(LinkFault::Drop) => self.cable_off = true,
            Some(LinkFault::PowerCut) => self.power_off(),
            Some(LinkFault::Stall(time)) => stall = time,
            Some(LinkFault::BitFlip) => {
                flipped = 1 << self.peripherals().flash.faults().noise.below(32);
            }
            Some(LinkFault::BusFault) if self.powered => {
                let refusal = self.dap.fail_transfer();
                return (Err(LinkError::Refused(refusal)), stall);
            }
            Some(LinkFault::BusFault) | None => {}
        }
        if self.cable_off {
            return (Err(LinkError::CableOff), stall);
        }
        let result = match transfer {
            Transfer::Read(port) => self.wire(|dap, bus| dap.read(port, bus)),
            Transfer::Write(port, value) => {
                self.wire(|dap, bus| dap.write(port, value ^ flipped, bus).map(|()| 0))
            }
        };
        let result = result.map(|value| value ^ flipped);
        (result.map_err(LinkError::Refused), stall)
    }

    /// Level 2 and a missing supply leave the wire without an answer.
    fn wire<T>(
        &mut self,
        transfer: impl FnOnce(&mut Dap, &mut ChipBus<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if !self.powered || self.peripherals().flash.debug_disabled() {
            return Err(Refusal::NoResponse);
        }
        let mut bus = ChipBus {
            bus: &mut self.bus,
            core: &mut self.core,
            debug: &mut self.debug,
            in_reset: self.reset_held,
        };
        let result = transfer(&mut self.dap, &mut bus);
        self.after_debug_access();
        result
    }

    /// What a debugger's write may have set off.
    fn after_debug_access(&mut self) {
        if self.core.take_reset_request() {
            self.reset(ResetCause::Software);
        }
        if self.bus.shared.signals.take_attention() {
            self.core.set_irqs(self.bus.shared.signals.irqs());
            if self.peripherals().flash.take_supply_failure() {
                self.power_off();
            }
        }
    }
}

/// The chip's insides as the AHB-AP reaches them.
struct ChipBus<'a> {
    bus: &'a mut Bus,
    core: &'a mut RsemuCore,
    debug: &'a mut CoreDebug,
    in_reset: bool,
}

impl ChipBus<'_> {
    /// The debug components answer while the system is held in reset, the rest of the
    /// bus matrix does not (RM0090 §38.9 "connect under reset").
    fn reachable(&self, address: u32) -> Option<()> {
        (!self.in_reset || PPB.contains(&address)).then_some(())
    }
}

fn is_debug_mcu(address: u32) -> bool {
    (DBGMCU_BASE..DBGMCU_BASE + BLOCK).contains(&address)
}

impl DebugBus for ChipBus<'_> {
    fn read(&mut self, address: u32, width: Width) -> Option<u32> {
        self.reachable(address)?;
        if !PPB.contains(&address) || is_debug_mcu(address) {
            return self.bus.read(address, width).ok();
        }
        let word = self
            .debug
            .read(address & !3, self.core)
            .unwrap_or_else(|| self.core.read_scs(address & !3));
        Some(word >> (8 * (address & 3)) & width.mask() as u32)
    }

    fn write(&mut self, address: u32, width: Width, value: u32) -> Option<()> {
        self.reachable(address)?;
        if !PPB.contains(&address) || is_debug_mcu(address) {
            return self.bus.write(address, width, value).ok();
        }
        if self.debug.write(address & !3, value, self.core).is_none() {
            self.core.write_scs(address & !3, value);
        }
        Some(())
    }

    fn debugger_connected(&mut self) {
        self.bus.shared.lock().flash.debugger_connected();
        self.bus.follow_protection();
    }
}
