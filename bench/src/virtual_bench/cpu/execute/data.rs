//! Data processing: arithmetic, logic, moves, comparisons, shifts.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::alu::{add_with_carry, shift};
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Execute, Operands, Outcome, sets_flags};

/// Operations, as bits 24 to 21 of the 32-bit encodings number them (A5.3.1, A5.3.11).
pub(in super::super) const AND: u8 = 0;
pub(in super::super) const BIC: u8 = 1;
pub(in super::super) const ORR: u8 = 2;
pub(in super::super) const ORN: u8 = 3;
pub(in super::super) const EOR: u8 = 4;
pub(in super::super) const ADD: u8 = 8;
pub(in super::super) const ADC: u8 = 10;
pub(in super::super) const SBC: u8 = 11;
pub(in super::super) const SUB: u8 = 13;
pub(in super::super) const RSB: u8 = 14;

/// One operation in its three forms: with an immediate in `imm` and, in `m`, the carry it makes
/// or [`CARRY_STAYS`]; with a register; with a register shifted by `imm` as `m >> 4` says.
#[derive(Clone, Copy)]
pub(in super::super) struct Forms {
    pub(in super::super) immediate: Execute,
    pub(in super::super) register: Execute,
    pub(in super::super) shifted: Execute,
}

pub(in super::super) const CARRY_STAYS: u8 = 2;

const fn forms<const OP: u8, const STORES: bool>() -> Forms {
    Forms {
        immediate: immediate::<OP, STORES>,
        register: register::<OP, STORES>,
        shifted: shifted::<OP, STORES>,
    }
}

/// An operation that keeps its result.
pub(in super::super) fn operation(op: u8) -> Option<Forms> {
    Some(match op {
        AND => const { forms::<AND, true>() },
        BIC => const { forms::<BIC, true>() },
        ORR => const { forms::<ORR, true>() },
        ORN => const { forms::<ORN, true>() },
        EOR => const { forms::<EOR, true>() },
        ADD => const { forms::<ADD, true>() },
        ADC => const { forms::<ADC, true>() },
        SBC => const { forms::<SBC, true>() },
        SUB => const { forms::<SUB, true>() },
        RSB => const { forms::<RSB, true>() },
        _ => return None,
    })
}

/// TST, TEQ, CMN and CMP: the flags alone.
pub(in super::super) fn test(op: u8) -> Option<Forms> {
    Some(match op {
        AND => const { forms::<AND, false>() },
        EOR => const { forms::<EOR, false>() },
        ADD => const { forms::<ADD, false>() },
        SUB => const { forms::<SUB, false>() },
        _ => return None,
    })
}

impl CortexM4 {
    #[inline]
    pub(super) fn wants_flags(&self, a: u8) -> bool {
        a == sets_flags::ALWAYS || a == sets_flags::OUTSIDE_IT && self.state.it == 0
    }

    #[inline]
    pub(super) fn set_nz(&mut self, result: u32) {
        self.state.n = result >> 31 != 0;
        self.state.z = result == 0;
    }
}

#[inline]
fn perform<const OP: u8, const STORES: bool>(
    core: &mut CortexM4,
    x: Operands,
    y: u32,
    carry: bool,
) {
    let n = core.reg(x.n);
    let (result, carry, overflow) = match OP {
        AND => (n & y, carry, core.state.v),
        BIC => (n & !y, carry, core.state.v),
        ORR => (n | y, carry, core.state.v),
        ORN => (n | !y, carry, core.state.v),
        EOR => (n ^ y, carry, core.state.v),
        ADD => add_with_carry(n, y, false),
        ADC => add_with_carry(n, y, core.state.c),
        SBC => add_with_carry(n, !y, core.state.c),
        SUB => add_with_carry(n, !y, true),
        _ => add_with_carry(!n, y, true),
    };
    if !STORES || core.wants_flags(x.a) {
        core.set_nz(result);
        core.state.c = carry;
        core.state.v = overflow;
    }
    if STORES {
        core.set_reg(x.d, result);
    }
}

fn immediate<const OP: u8, const STORES: bool>(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let carry = if x.m == CARRY_STAYS {
        core.state.c
    } else {
        x.m != 0
    };
    perform::<OP, STORES>(core, x, x.imm, carry);
    Ok(())
}

fn register<const OP: u8, const STORES: bool>(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let (y, carry) = (core.reg(x.m), core.state.c);
    perform::<OP, STORES>(core, x, y, carry);
    Ok(())
}

fn shifted<const OP: u8, const STORES: bool>(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let (y, carry) = shift(core.reg(x.m), x.m >> 4, x.imm, core.state.c);
    perform::<OP, STORES>(core, x, y, carry);
    Ok(())
}

/// MOV of an immediate.
pub(in super::super) fn move_immediate(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    if core.wants_flags(x.a) {
        core.set_nz(x.imm);
        core.state.c = if x.m == CARRY_STAYS {
            core.state.c
        } else {
            x.m != 0
        };
    }
    core.set_reg(x.d, x.imm);
    Ok(())
}

/// MVN of an immediate.
pub(in super::super) fn move_not_immediate(
    core: &mut CortexM4,
    bus: &mut Bus,
    x: Operands,
) -> Outcome {
    move_immediate(core, bus, Operands { imm: !x.imm, ..x })
}

/// MOV, and the shifts by an immediate.
pub(in super::super) fn move_shifted(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (result, carry) = shift(core.reg(x.m), x.m >> 4, x.imm, core.state.c);
    moved(core, x, result, carry);
    Ok(())
}

/// MVN of a shifted register.
pub(in super::super) fn move_not_shifted(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (value, carry) = shift(core.reg(x.m), x.m >> 4, x.imm, core.state.c);
    moved(core, x, !value, carry);
    Ok(())
}

/// LSL, LSR, ASR and ROR by the bottom byte of a register.
pub(in super::super) fn shift_by_register(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let amount = core.reg(x.m) & 0xFF;
    let (result, carry) = shift(core.reg(x.n), x.m >> 4, amount, core.state.c);
    moved(core, x, result, carry);
    Ok(())
}

#[inline]
fn moved(core: &mut CortexM4, x: Operands, result: u32, carry: bool) {
    if core.wants_flags(x.a) {
        core.set_nz(result);
        core.state.c = carry;
    }
    core.set_reg(x.d, result);
}

/// ADD of high registers; the program counter may be the result.
pub(in super::super) fn add_high(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let sum = core.reg(x.n).wrapping_add(core.reg(x.m));
    write_high(core, x.d, sum)
}

/// MOV of high registers.
pub(in super::super) fn move_high(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let value = core.reg(x.m);
    write_high(core, x.d, value)
}

fn write_high(core: &mut CortexM4, d: u8, value: u32) -> Outcome {
    match d {
        15 => core.branch(value),
        _ => core.set_reg(d, value),
    }
    Ok(())
}

/// ADR, and ADD to the program counter: `imm` may be negative.
pub(in super::super) fn address(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let base = core.reg(15) & !3;
    core.set_reg(x.d, base.wrapping_add(x.imm));
    Ok(())
}

/// ADDW, SUBW and ADD to the stack pointer: no flags; `imm` may be negative.
pub(in super::super) fn add_wide(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let sum = core.reg(x.n).wrapping_add(x.imm);
    core.set_reg(x.d, sum);
    Ok(())
}

pub(in super::super) fn move_top(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let low = core.reg(x.d) & 0xFFFF;
    core.set_reg(x.d, x.imm << 16 | low);
    Ok(())
}
