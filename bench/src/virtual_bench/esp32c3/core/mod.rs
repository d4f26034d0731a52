//! An RV32IMC core in machine mode (TRM chapter "ESP-RISC-V CPU").
//!
//! It fetches from the internal SRAM only; loads and stores reach the SRAM and, through
//! [`Registers`], the peripherals. Interrupts are not modelled: the programs of this bench poll.
//! Accesses that are not aligned trap, so that nobody comes to rely on them. Held to QEMU's
//! core by `tests/esp_chip_core.rs`.

mod compressed;
mod csr;
mod execute;
mod op;

pub(crate) use op::{Kind, Op};

use super::ram::{Ram, Width};
use csr::Csrs;

/// No register answers at this address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoAnswer;

/// What lies beside the SRAM. `cycles` is the time of the access.
pub(crate) trait Registers {
    fn load(&mut self, address: u32, width: Width, cycles: u64) -> Result<u32, NoAnswer>;
    fn store(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        cycles: u64,
    ) -> Result<(), NoAnswer>;
    /// True when an access has changed something that the run loop has to look at.
    fn wants_attention(&self) -> bool;
}

/// An exception (RISC-V Privileged Architecture, `mcause`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trap {
    /// Exception code as in `mcause`.
    pub cause: u32,
    /// Address of the instruction.
    pub pc: u32,
    /// Address or encoding that was at fault, else 0.
    pub value: u32,
}

pub(crate) mod cause {
    pub(crate) const FETCH_ACCESS: u32 = 1;
    pub(crate) const ILLEGAL: u32 = 2;
    pub(crate) const BREAKPOINT: u32 = 3;
    pub(crate) const LOAD_MISALIGNED: u32 = 4;
    pub(crate) const LOAD_ACCESS: u32 = 5;
    pub(crate) const STORE_MISALIGNED: u32 = 6;
    pub(crate) const STORE_ACCESS: u32 = 7;
    pub(crate) const ECALL_MACHINE: u32 = 11;
}

/// Why the core handed control back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It has executed what it was asked to.
    Budget,
    /// A register access needs the run loop.
    Attention,
    /// WFI: without interrupts only a reset ends it.
    Waiting,
    /// A trap whose handler is in the mask ROM, or cannot be fetched: nothing can go on.
    Crashed,
}

#[derive(Debug)]
pub(crate) struct Core {
    x: [u32; 32],
    pc: u32,
    csrs: Csrs,
    /// Clock cycles so far: one for each instruction, and those that were slept away.
    cycles: u64,
    slept: u64,
    /// The last trap since the reset.
    trap: Option<Trap>,
}

impl Core {
    pub(crate) fn new() -> Self {
        Self {
            x: [0; 32],
            pc: 0,
            csrs: Csrs::reset(),
            cycles: 0,
            slept: 0,
            trap: None,
        }
    }

    /// Reset; execution begins at `entry`.
    pub(crate) fn start(&mut self, entry: u32) {
        *self = Self {
            pc: entry,
            cycles: self.cycles,
            slept: self.slept,
            ..Self::new()
        };
    }

    pub(crate) fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Time passes without instructions.
    pub(crate) fn idle(&mut self, cycles: u64) {
        self.cycles += cycles;
        self.slept += cycles;
    }

    pub(crate) fn instructions(&self) -> u64 {
        self.cycles - self.slept
    }

    pub(crate) fn set_register(&mut self, index: usize, value: u32) {
        if index != 0 {
            self.x[index & 31] = value;
        }
    }

    /// Address of the next instruction.
    pub(crate) fn pc(&self) -> u32 {
        self.pc
    }

    pub(crate) fn last_trap(&self) -> Option<Trap> {
        self.trap
    }

    /// Executes up to `budget` instructions.
    pub(crate) fn run(&mut self, ram: &mut Ram, io: &mut impl Registers, budget: u64) -> Stop {
        let end = self.cycles + budget;
        while self.cycles < end {
            let Some(op) = ram.op(self.pc) else {
                return self.cannot_fetch();
            };
            self.cycles += 1;
            match self.execute(op, ram, io) {
                Ok(()) => {}
                Err(Event::Attention) => return Stop::Attention,
                Err(Event::Waiting) => return Stop::Waiting,
                Err(Event::Trap(cause, value)) => self.take(cause, value),
            }
        }
        Stop::Budget
    }

    fn take(&mut self, cause: u32, value: u32) {
        let pc = self.pc;
        self.trap = Some(Trap { cause, pc, value });
        self.pc = self.csrs.enter_trap(cause, pc, value);
    }

    /// Nothing at `pc`. That is a trap, unless it is the handler that is not there.
    fn cannot_fetch(&mut self) -> Stop {
        if self.trap.is_none() || self.pc != self.csrs.handler() {
            self.cycles += 1;
            self.take(cause::FETCH_ACCESS, self.pc);
        }
        if Ram::holds_code(self.csrs.handler()) {
            Stop::Budget
        } else {
            Stop::Crashed
        }
    }
}

/// What ends an instruction other than its end.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// Done, and somebody has to look.
    Attention,
    Waiting,
    Trap(u32, u32),
}
