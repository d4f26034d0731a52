//! Multiplication, with and without accumulation, and division.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::fault::Fault;
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};

/// MUL; the 16-bit form sets N and Z.
pub(in super::super) fn multiply(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let product = core.reg(x.n).wrapping_mul(core.reg(x.m));
    if core.wants_flags(x.a) {
        core.set_nz(product);
    }
    core.set_reg(x.d, product);
    Ok(())
}

/// MLA: to the product, `a` is added.
pub(in super::super) fn accumulate(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let product = core.reg(x.n).wrapping_mul(core.reg(x.m));
    core.set_reg(x.d, product.wrapping_add(core.reg(x.a)));
    Ok(())
}

/// MLS.
pub(in super::super) fn subtract(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let product = core.reg(x.n).wrapping_mul(core.reg(x.m));
    core.set_reg(x.d, core.reg(x.a).wrapping_sub(product));
    Ok(())
}

impl CortexM4 {
    /// The low word is in `a`, the high one in `d`.
    fn long(&self, x: Operands) -> u64 {
        u64::from(self.reg(x.d)) << 32 | u64::from(self.reg(x.a))
    }

    fn set_long(&mut self, x: Operands, value: u64) -> Outcome {
        self.set_reg(x.a, value as u32);
        self.set_reg(x.d, (value >> 32) as u32);
        Ok(())
    }

    fn signed(&self, register: u8) -> i64 {
        i64::from(self.reg(register) as i32)
    }

    /// One half of a register, signed.
    fn half(&self, register: u8, top: bool) -> i64 {
        let value = self.reg(register);
        i64::from(if top { value >> 16 } else { value } as i16)
    }

    fn unsigned_product(&self, x: Operands) -> u64 {
        u64::from(self.reg(x.n)) * u64::from(self.reg(x.m))
    }

    fn signed_product(&self, x: Operands) -> i64 {
        self.signed(x.n) * self.signed(x.m)
    }

    /// Adds `a`, if it is not 15, and notes in Q when the sum does not fit.
    fn sum_with_q(&mut self, x: Operands, value: i64) -> Outcome {
        let added = if x.a == 15 { 0 } else { self.signed(x.a) };
        let sum = value + added;
        self.state.q |= i64::from(sum as i32) != sum;
        self.set_reg(x.d, sum as u32);
        Ok(())
    }
}

/// UMULL.
pub(in super::super) fn unsigned_long(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    core.set_long(x, core.unsigned_product(x))
}

/// UMLAL.
pub(in super::super) fn unsigned_accumulate(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let sum = core.long(x).wrapping_add(core.unsigned_product(x));
    core.set_long(x, sum)
}

/// UMAAL: both words are added on their own.
pub(in super::super) fn unsigned_add_both(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let (low, high) = (u64::from(core.reg(x.a)), u64::from(core.reg(x.d)));
    core.set_long(x, core.unsigned_product(x) + low + high)
}

/// SMULL.
pub(in super::super) fn signed_long(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    core.set_long(x, core.signed_product(x) as u64)
}

/// SMLAL.
pub(in super::super) fn signed_accumulate(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let sum = core.long(x).wrapping_add(core.signed_product(x) as u64);
    core.set_long(x, sum)
}

/// SMULxy and SMLAxy: `imm` says in its two bits which halves.
pub(in super::super) fn halves(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let product = core.half(x.n, x.imm & 2 != 0) * core.half(x.m, x.imm & 1 != 0);
    core.sum_with_q(x, product)
}

/// SMLALxy.
pub(in super::super) fn halves_long(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let product = core.half(x.n, x.imm & 2 != 0) * core.half(x.m, x.imm & 1 != 0);
    let sum = core.long(x).wrapping_add(product as u64);
    core.set_long(x, sum)
}

/// SMULWy and SMLAWy: a word by a half, the top 32 of 48 bits.
pub(in super::super) fn word_by_half(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let product = (core.signed(x.n) * core.half(x.m, x.imm & 1 != 0)) >> 16;
    core.sum_with_q(x, product)
}

fn two_products(core: &CortexM4, x: Operands) -> (i64, i64) {
    let crossed = x.imm & 1 != 0;
    let low = core.half(x.n, false) * core.half(x.m, crossed);
    let high = core.half(x.n, true) * core.half(x.m, !crossed);
    (low, high)
}

/// SMUAD and SMLAD.
pub(in super::super) fn two_added(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (low, high) = two_products(core, x);
    core.sum_with_q(x, low + high)
}

/// SMUSD and SMLSD.
pub(in super::super) fn two_subtracted(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (low, high) = two_products(core, x);
    core.sum_with_q(x, low - high)
}

/// SMLALD.
pub(in super::super) fn two_added_long(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (low, high) = two_products(core, x);
    let sum = core.long(x).wrapping_add((low + high) as u64);
    core.set_long(x, sum)
}

/// SMLSLD.
pub(in super::super) fn two_subtracted_long(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let (low, high) = two_products(core, x);
    let sum = core.long(x).wrapping_add((low - high) as u64);
    core.set_long(x, sum)
}

/// SMMUL and SMMLA, rounded with `imm` set.
pub(in super::super) fn high_word(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let added = if x.a == 15 { 0 } else { core.signed(x.a) << 32 };
    rounded_high(core, x, added.wrapping_add(core.signed_product(x)))
}

/// SMMLS.
pub(in super::super) fn high_word_subtracted(
    core: &mut CortexM4,
    _: &mut Bus,
    x: Operands,
) -> Outcome {
    let from = core.signed(x.a) << 32;
    rounded_high(core, x, from.wrapping_sub(core.signed_product(x)))
}

fn rounded_high(core: &mut CortexM4, x: Operands, value: i64) -> Outcome {
    let rounding = if x.imm & 1 != 0 { 0x8000_0000 } else { 0 };
    let result = value.wrapping_add(rounding) >> 32;
    core.set_reg(x.d, result as u32);
    Ok(())
}

/// USAD8 and USADA8: the differences of the bytes.
pub(in super::super) fn differences(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (n, m) = (core.reg(x.n).to_le_bytes(), core.reg(x.m).to_le_bytes());
    let sum: u32 = n.iter().zip(m).map(|(n, m)| u32::from(n.abs_diff(m))).sum();
    let added = if x.a == 15 { 0 } else { core.reg(x.a) };
    core.set_reg(x.d, sum.wrapping_add(added));
    Ok(())
}

/// UDIV. By zero it is 0, or a fault if CCR says so (B3.2.8).
pub(in super::super) fn divide_unsigned(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let quotient = core.reg(x.n).checked_div(core.reg(x.m));
    divided(core, x, quotient)
}

/// SDIV.
pub(in super::super) fn divide_signed(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (n, m) = (core.reg(x.n) as i32, core.reg(x.m) as i32);
    let quotient = (m != 0).then(|| n.wrapping_div(m) as u32);
    divided(core, x, quotient)
}

fn divided(core: &mut CortexM4, x: Operands, quotient: Option<u32>) -> Outcome {
    if quotient.is_none() && core.system.traps_division() {
        return Err(Fault::DivisionByZero.into());
    }
    core.cycles += 5;
    core.set_reg(x.d, quotient.unwrap_or(0));
    Ok(())
}
