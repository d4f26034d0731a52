//! Saturation; what does not fit is noted in Q.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::alu::{saturate_signed, saturate_unsigned, shift};
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};

fn shifted(core: &CortexM4, x: Operands) -> i64 {
    let (value, _) = shift(core.reg(x.n), x.m >> 4, x.imm, false);
    i64::from(value as i32)
}

/// SSAT: into `a` bits.
pub(in super::super) fn signed(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (result, saturated) = saturate_signed(shifted(core, x), x.a.into());
    core.state.q |= saturated;
    core.set_reg(x.d, result as u32);
    Ok(())
}

/// USAT.
pub(in super::super) fn unsigned(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (result, saturated) = saturate_unsigned(shifted(core, x), x.a.into());
    core.state.q |= saturated;
    core.set_reg(x.d, result);
    Ok(())
}

/// SSAT16: both halves.
pub(in super::super) fn signed_halves(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    halves(core, x, |half, bits| {
        let (result, saturated) = saturate_signed(half, bits);
        (result as u32, saturated)
    })
}

/// USAT16.
pub(in super::super) fn unsigned_halves(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    halves(core, x, saturate_unsigned)
}

fn halves(core: &mut CortexM4, x: Operands, saturate: impl Fn(i64, u32) -> (u32, bool)) -> Outcome {
    let value = core.reg(x.n);
    let (low, first) = saturate((value as i16).into(), x.a.into());
    let (high, second) = saturate(((value >> 16) as i16).into(), x.a.into());
    core.state.q |= first | second;
    core.set_reg(x.d, high << 16 | low & 0xFFFF);
    Ok(())
}

/// QADD, QDADD, QSUB, QDSUB, by `imm`: `m` and `n`, the latter doubled or not.
pub(in super::super) fn add(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (m, n) = (core.reg(x.m) as i32, core.reg(x.n) as i32);
    let n = i64::from(n);
    let (n, first) = match x.imm & 1 {
        0 => (n as i32, false),
        _ => saturate_signed(2 * n, 32),
    };
    let (m, n) = (i64::from(m), i64::from(n));
    let (result, second) = saturate_signed(if x.imm & 2 == 0 { m + n } else { m - n }, 32);
    core.state.q |= first | second;
    core.set_reg(x.d, result as u32);
    Ok(())
}
