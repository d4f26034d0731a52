//! One STM32F405: core, bus, debug port, and the resets that tie them together.

mod boot;
mod debug_wire;
mod run_loop;

use std::sync::MutexGuard;

use rsemu::core::error::Error;

pub(crate) use debug_wire::{LinkError, Transfer};
pub(crate) use run_loop::Rest;

use super::board_config::BoardConfig;
use super::bus::Bus;
use super::core_debug::CoreDebug;
use super::counters::Counters;
use super::cpu::{CpuCore, RsemuCore};
use super::dap::Dap;
use super::peripherals::{Peripherals, ResetCause};
use super::read_set::ReadSet;

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
        Self::build(config, None)
    }

    /// A chip that notes what it reads from its main flash; slower than others.
    pub(crate) fn watched(config: &BoardConfig, reads: &ReadSet) -> Result<Self, Error> {
        Self::build(config, Some(reads))
    }

    fn build(config: &BoardConfig, watch: Option<&ReadSet>) -> Result<Self, Error> {
        let bus = Bus::new(Peripherals::new(config), watch)?;
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

    pub(crate) fn peripherals(&self) -> MutexGuard<'_, Peripherals> {
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
        self.peripherals().power_off(self.cycles);
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
}
