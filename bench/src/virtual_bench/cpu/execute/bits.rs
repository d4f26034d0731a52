//! Bit fields, reversals, leading zeros, extensions.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Execute, Operands, Outcome};

fn ones(width: u32) -> u32 {
    u32::MAX.checked_shr(32 - width).unwrap_or(0)
}

/// BFI, and BFC from register 15: `a` is the lowest bit, `imm` the width.
pub(in super::super) fn insert(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let source = if x.n == 15 { 0 } else { core.reg(x.n) };
    let mask = ones(x.imm) << x.a;
    let result = core.reg(x.d) & !mask | source << x.a & mask;
    core.set_reg(x.d, result);
    Ok(())
}

/// UBFX.
pub(in super::super) fn extract(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let result = core.reg(x.n) >> x.a & ones(x.imm);
    core.set_reg(x.d, result);
    Ok(())
}

/// SBFX.
pub(in super::super) fn extract_signed(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let unused = 32 - x.imm;
    let top = core.reg(x.n) >> x.a << unused;
    core.set_reg(x.d, (top as i32 >> unused) as u32);
    Ok(())
}

/// REV, REV16, RBIT, REVSH: by their number in the encoding.
pub(in super::super) fn reversal(which: u32) -> Execute {
    match which {
        0 => reverse::<0>,
        1 => reverse::<1>,
        2 => reverse::<2>,
        _ => reverse::<3>,
    }
}

fn reverse<const WHICH: u8>(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let value = core.reg(x.m);
    let result = match WHICH {
        0 => value.swap_bytes(),
        1 => value.swap_bytes().rotate_left(16),
        2 => value.reverse_bits(),
        _ => (value as u16).swap_bytes() as i16 as u32,
    };
    core.set_reg(x.d, result);
    Ok(())
}

/// CLZ.
pub(in super::super) fn leading_zeros(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let zeros = core.reg(x.m).leading_zeros();
    core.set_reg(x.d, zeros);
    Ok(())
}

/// SXTH, UXTH, SXTB16, UXTB16, SXTB, UXTB, by their number in the 32-bit encoding, and the same
/// added to a register: `imm` is the rotation, `n` is 15 where nothing is added.
pub(in super::super) fn extension(which: u32) -> Option<Execute> {
    Some(match which {
        0 => extend::<0>,
        1 => extend::<1>,
        2 => extend::<2>,
        3 => extend::<3>,
        4 => extend::<4>,
        5 => extend::<5>,
        _ => return None,
    })
}

fn extend<const WHICH: u8>(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let value = core.reg(x.m).rotate_right(x.imm);
    let added = if x.n == 15 { 0 } else { core.reg(x.n) };
    let [low, _, high, _] = value.to_le_bytes();
    let halves = |low: u32, high: u32| {
        let low = (low as u16).wrapping_add(added as u16);
        let high = (high as u16).wrapping_add((added >> 16) as u16);
        u32::from(high) << 16 | u32::from(low)
    };
    let result = match WHICH {
        0 => (value as i16 as u32).wrapping_add(added),
        1 => (value & 0xFFFF).wrapping_add(added),
        2 => halves(low as i8 as u32, high as i8 as u32),
        3 => halves(low.into(), high.into()),
        4 => (low as i8 as u32).wrapping_add(added),
        _ => u32::from(low).wrapping_add(added),
    };
    core.set_reg(x.d, result);
    Ok(())
}

/// PKHBT, and PKHTB with `a` set: the second operand is shifted by `imm`.
pub(in super::super) fn pack(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let n = core.reg(x.n);
    let result = match x.a {
        0 => n & 0xFFFF | core.reg(x.m) << x.imm & 0xFFFF_0000,
        _ => {
            let shifted = (i64::from(core.reg(x.m) as i32) >> x.imm) as u32;
            n & 0xFFFF_0000 | shifted & 0xFFFF
        }
    };
    core.set_reg(x.d, result);
    Ok(())
}

/// SEL: bytes by GE.
pub(in super::super) fn select(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let (n, m) = (core.reg(x.n), core.reg(x.m));
    let mask = (0..4).map(|byte| (u32::from(core.state.ge >> byte & 1) * 0xFF) << (8 * byte));
    let mask: u32 = mask.sum();
    core.set_reg(x.d, n & mask | m & !mask);
    Ok(())
}
