//! Floating-point arithmetic: operands and result in single registers (DDI0403 A7.7).
//!
//! Every instruction first asks for the floating-point unit ([`CortexM4::use_float`]).

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::fault::Fault;
use crate::virtual_bench::cpu::float::{Fixed, Fpscr, Rounding, negated};
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};

/// Puts what `operation` makes of the registers `d`, `n` and `m` into `d`.
#[inline]
fn compute(
    core: &mut CortexM4,
    bus: &mut Bus,
    x: Operands,
    operation: impl FnOnce(&mut Fpscr, [u32; 3]) -> u32,
) -> Outcome {
    core.use_float(bus)?;
    let operands = [x.d, x.n, x.m].map(|register| core.state.single(register));
    let result = operation(&mut core.state.fpscr, operands);
    core.state.set_single(x.d, result);
    Ok(())
}

/// Instructions by what they compute.
macro_rules! compute {
    ($($name:ident: |$fpscr:pat_param, $operands:pat_param| $result:expr;)*) => {$(
        pub(in super::super) fn $name(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
            compute(core, bus, x, |$fpscr, $operands| $result)
        }
    )*};
}

compute! {
    add: |f, [_, n, m]| f.add(n, m);
    subtract: |f, [_, n, m]| f.subtract(n, m);
    multiply: |f, [_, n, m]| f.multiply(n, m);
    multiply_negated: |f, [_, n, m]| negated(f.multiply(n, m));
    divide: |f, [_, n, m]| f.divide(n, m);
    square_root: |f, [_, _, m]| f.square_root(m);
    absolute: |_, [_, _, m]| m & !(1 << 31);
    negate: |_, [_, _, m]| negated(m);
    move_register: |_, [_, _, m]| m;
    // VMLA and its relatives round the product.
    accumulate: |f, [d, n, m]| {
        let product = f.multiply(n, m);
        f.add(d, product)
    };
    accumulate_negated: |f, [d, n, m]| {
        let product = f.multiply(n, m);
        f.add(d, negated(product))
    };
    negated_accumulate: |f, [d, n, m]| {
        let product = f.multiply(n, m);
        f.add(negated(d), product)
    };
    negated_accumulate_negated: |f, [d, n, m]| {
        let product = f.multiply(n, m);
        f.add(negated(d), negated(product))
    };
    fused: |f, [d, n, m]| f.multiply_add(d, n, m);
    fused_negated: |f, [d, n, m]| f.multiply_add(d, negated(n), m);
    negated_fused: |f, [d, n, m]| f.multiply_add(negated(d), n, m);
    negated_fused_negated: |f, [d, n, m]| f.multiply_add(negated(d), negated(n), m);
    // VCVTB and VCVTT, by the half that they read or write.
    half_from_bottom: |f, [_, _, m]| f.half_to_single(m);
    half_from_top: |f, [_, _, m]| f.half_to_single(m >> 16);
    half_to_bottom: |f, [d, _, m]| d & 0xFFFF_0000 | f.single_to_half(m);
    half_to_top: |f, [d, _, m]| d & 0x0000_FFFF | f.single_to_half(m) << 16;
}

/// VMOV of an immediate.
pub(in super::super) fn move_immediate(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    compute(core, bus, x, |_, _| x.imm)
}

pub(in super::super) fn undefined(core: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    core.check_float_access()?;
    Err(Fault::Undefined.into())
}

/// VCMP and VCMPE, the latter by `a`.
pub(in super::super) fn compare(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    let [d, m] = [x.d, x.m].map(|register| core.state.single(register));
    core.state.fpscr.compare(d, m, x.a != 0);
    Ok(())
}

pub(in super::super) fn compare_zero(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    let d = core.state.single(x.d);
    core.state.fpscr.compare(d, 0, x.a != 0);
    Ok(())
}

/// Bits in `a` of the conversions from and to fixed-point numbers, whose fraction is `imm` bits.
pub(in super::super) mod fixed {
    pub(in super::super::super) const SIGNED: u8 = 1 << 0;
    pub(in super::super::super) const HALFWORD: u8 = 1 << 1;
    /// Otherwise it is the rounding mode of the conversion, not the one of FPSCR.
    pub(in super::super::super) const ROUNDS_AS_FPSCR: u8 = 1 << 2;
}

fn format(x: Operands) -> Fixed {
    Fixed {
        bits: if x.a & fixed::HALFWORD != 0 { 16 } else { 32 },
        fraction_bits: x.imm as i32,
        is_signed: x.a & fixed::SIGNED != 0,
    }
}

fn rounding(f: &Fpscr, x: Operands, otherwise: Rounding) -> Rounding {
    match x.a & fixed::ROUNDS_AS_FPSCR {
        0 => otherwise,
        _ => f.rounding(),
    }
}

pub(in super::super) fn to_fixed(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    compute(core, bus, x, |f, [_, _, m]| {
        f.single_to_fixed(m, format(x), rounding(f, x, Rounding::TowardZero))
    })
}

pub(in super::super) fn from_fixed(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    compute(core, bus, x, |f, [_, _, m]| {
        f.fixed_to_single(m, format(x), rounding(f, x, Rounding::Nearest))
    })
}
