//! One ESP32-C3: core, memory, registers, what the mask ROM is doing, and the resets that tie
//! them together.

use super::config::EspConfig;
use super::core::{Core, Trap};
use super::line::Line;
use super::nonvolatile::{Cells, factory_fuses};
use super::peripherals::Peripherals;
use super::ram::Ram;
use super::reset::ResetCause;
use super::rom::{BootMode, Booted, Loader, Security, boot};

/// Top of the stack that the ROM leaves to a program.
const ROM_STACK: u32 = 0x3FCD_E710;
const SP: usize = 2;

/// Who has the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The loader of the ROM.
    Loader,
    /// A program, on the core.
    Program,
    /// Nobody: only a watchdog or a reset helps.
    Stuck,
}

#[derive(Debug)]
pub(crate) struct EspChip {
    pub(super) core: Core,
    pub(super) ram: Ram,
    pub(super) io: Peripherals,
    pub(super) mode: Mode,
    /// Since the board was made.
    pub(super) resets: u32,
    /// Since the board was made.
    pub(super) transfers: u64,
    powered: bool,
    reset_held: bool,
    strap: BootMode,
    gpio8: bool,
    chip_id: u32,
    pub(super) loader: Loader,
    pub(super) line: Line,
}

impl EspChip {
    pub(crate) fn new(config: &EspConfig) -> Self {
        Self {
            core: Core::new(),
            ram: Ram::new(),
            io: Peripherals::new(config),
            mode: Mode::Stuck,
            resets: 0,
            transfers: 0,
            powered: false,
            reset_held: false,
            strap: BootMode::Flash,
            gpio8: config.gpio8,
            chip_id: config.chip_id,
            loader: Loader::default(),
            line: Line::default(),
        }
    }

    pub(crate) fn io(&mut self) -> &mut Peripherals {
        &mut self.io
    }

    pub(crate) fn is_powered(&self) -> bool {
        self.powered
    }

    pub(crate) fn is_running(&self) -> bool {
        self.powered && !self.reset_held
    }

    pub(crate) fn power_on(&mut self) {
        if !self.powered {
            self.powered = true;
            self.ram.forget();
            self.reset(ResetCause::PowerOn);
        }
    }

    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        // What was on the line is lost with the supply.
        self.io.uart.reset();
    }

    /// The EN pin. The strapping pins count when it rises.
    pub(crate) fn set_reset_line(&mut self, held: bool) {
        let released = self.reset_held && !held;
        self.reset_held = held;
        if self.powered && released {
            self.reset(ResetCause::PowerOn);
        }
    }

    pub(crate) fn set_strap(&mut self, strap: BootMode) {
        self.strap = strap;
    }

    pub(super) fn reset(&mut self, cause: ResetCause) {
        let cycles = self.core.cycles();
        self.io.reset(cause, self.strap.strap(), cycles);
        self.line.clear();
        self.resets += 1;
        let booted = boot(&mut self.io, &mut self.ram, self.strap, cause, self.gpio8);
        self.mode = match booted {
            Booted::Program(entry) => {
                self.start(entry);
                Mode::Program
            }
            Booted::Loader => {
                self.io.stop_watchdogs(cycles);
                self.loader = Loader::new(Security::read(&self.io.efuse), self.chip_id);
                Mode::Loader
            }
            Booted::Stuck => Mode::Stuck,
        };
    }

    pub(super) fn start(&mut self, entry: u32) {
        self.core.start(entry);
        self.core.set_register(SP, ROM_STACK);
        self.mode = Mode::Program;
    }

    /// Puts a program into RAM and starts it; `None` when a part does not fit.
    pub(crate) fn execute(&mut self, parts: &[(u32, &[u8])], entry: u32) -> Option<()> {
        for (address, bytes) in parts {
            self.ram.write(*address, bytes)?;
        }
        self.io.stop_watchdogs(self.core.cycles());
        self.start(entry);
        Some(())
    }

    /// Somebody pulls the board and plugs in a virgin one: MAC address, then the first bytes of
    /// the unique ID. The new one boots as the strapping pins say.
    pub(super) fn swap(&mut self, uid: [u8; 12]) {
        let mut config = EspConfig::default();
        config.mac.copy_from_slice(&uid[..6]);
        config.unique_id[..6].copy_from_slice(&uid[6..]);
        self.io.store.cells = Cells::new(factory_fuses(&config));
        self.power_off();
        self.power_on();
    }

    /// Plugs the serial cable in again.
    pub(crate) fn reconnect_cable(&mut self) {
        self.line.unplug(false);
    }

    pub(crate) fn ram(&self) -> &Ram {
        &self.ram
    }

    pub(crate) fn last_trap(&self) -> Option<Trap> {
        self.core.last_trap()
    }

    /// Frames from the host so far.
    pub(crate) fn transfers(&self) -> u64 {
        self.transfers
    }

    pub(crate) fn instructions(&self) -> u64 {
        self.core.instructions()
    }

    /// Baud rate at which the chip sends and listens.
    pub(crate) fn baud(&self) -> u32 {
        self.io.uart.baud()
    }

    /// What the chip has put on the TX pin. With the cable off it reaches nobody.
    pub(crate) fn uart_take(&mut self) -> Vec<u8> {
        let bytes = self.io.uart.take_outgoing();
        if self.line.is_off() {
            Vec::new()
        } else {
            bytes
        }
    }
}
