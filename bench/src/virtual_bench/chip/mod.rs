//! One STM32F405: core, bus, debug port, and the resets that tie them together.

mod boot;
mod debug_wire;
mod run_loop;

pub(crate) use debug_wire::{LinkError, Transfer};
pub(crate) use run_loop::Rest;

use super::board_config::BoardConfig;
use super::bus::Bus;
use super::core_debug::CoreDebug;
use super::counters::Counters;
use super::cpu::{CortexM4, CpuCore};
use super::dap::Dap;
use super::peripherals::{Peripherals, ResetCause};
use super::read_set::ReadSet;

#[derive(Debug)]
pub(crate) struct Chip {
    bus: Bus,
    core: CortexM4,
    debug: CoreDebug,
    dap: Dap,
    powered: bool,
    reset_held: bool,
    cable_off: bool,
    instructions: u64,
    dap_transfers: u64,
}

impl Chip {
    pub(crate) fn new(config: &BoardConfig) -> Self {
        Self::build(config, None)
    }

    /// A chip that notes what it reads from its main flash.
    pub(crate) fn watched(config: &BoardConfig, reads: ReadSet) -> Self {
        Self::build(config, Some(reads))
    }

    fn build(config: &BoardConfig, watch: Option<ReadSet>) -> Self {
        Self {
            bus: Bus::new(Peripherals::new(config), watch),
            core: CortexM4::new(),
            debug: CoreDebug::default(),
            dap: Dap::new(),
            powered: false,
            reset_held: false,
            cable_off: false,
            instructions: 0,
            dap_transfers: 0,
        }
    }

    pub(crate) fn peripherals(&self) -> &Peripherals {
        &self.bus.peripherals
    }

    pub(crate) fn peripherals_mut(&mut self) -> &mut Peripherals {
        &mut self.bus.peripherals
    }

    /// What a watched chip has noted.
    pub(crate) fn into_watch(self) -> Option<ReadSet> {
        self.bus.into_watch()
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            instructions: self.instructions,
            cycles: self.core.cycles(),
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
        self.bus.peripherals.power_off(self.core.cycles());
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
        let cycles = self.core.cycles();
        self.bus.peripherals.reset(cause, cycles);
        self.bus.follow_irqs(cycles);
        self.bus.follow_protection();
        self.core.reset(&mut self.bus);
        self.core.set_irqs(self.bus.irqs());
        self.debug.core_reset(&mut self.core);
    }

    /// Bytes on the way to the USART's RX pin. Without supply they are lost.
    pub(crate) fn uart_arrive(&mut self, bytes: &[u8]) {
        if !self.powered || self.reset_held {
            return;
        }
        let cycles = self.core.cycles();
        let peripherals = &mut self.bus.peripherals;
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
        let peripherals = &mut self.bus.peripherals;
        let connected = peripherals.usart1_tx_connected();
        let bytes = peripherals.usart1.take_outgoing();
        if connected { bytes } else { Vec::new() }
    }
}
