//! A decoded instruction: what executes it, and its operands.

use super::cortex_m4::CortexM4;
use super::fault::Trap;
use crate::virtual_bench::bus::Bus;

/// `Err` leaves the state as it was before the instruction, but for what DDI0403 lets an
/// abandoned load of several registers have written.
pub(super) type Outcome = Result<(), Trap>;

pub(super) type Execute = fn(&mut CortexM4, &mut Bus, Operands) -> Outcome;

/// Registers as the encoding names them, and the immediate. What `a` means is up to the
/// instruction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Operands {
    pub(super) d: u8,
    pub(super) n: u8,
    pub(super) m: u8,
    pub(super) a: u8,
    pub(super) imm: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Instruction {
    pub(super) execute: Execute,
    pub(super) with: Operands,
}

impl Instruction {
    pub(super) fn new(execute: Execute, with: Operands) -> Self {
        Self { execute, with }
    }
}

/// When an instruction sets the flags, in [`Operands::a`].
pub(super) mod sets_flags {
    pub(in super::super) const NEVER: u8 = 0;
    pub(in super::super) const ALWAYS: u8 = 1;
    /// The 16-bit forms (DDI0403 A4.1.2).
    pub(in super::super) const OUTSIDE_IT: u8 = 2;
}
