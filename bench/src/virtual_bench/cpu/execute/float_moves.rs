//! Between floating-point registers and core registers or memory (DDI0403 A6.6 to A6.8).

use super::memory::aligned;
use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};
use crate::virtual_bench::width::{Width, words_from};

/// VMOV of single `d` from core register `n`; a half of a double is a single as well.
pub(in super::super) fn from_core(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    core.state.set_single(x.d, core.reg(x.n));
    Ok(())
}

/// VMOV of core register `n` from single `d`.
pub(in super::super) fn to_core(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    core.set_reg(x.n, core.state.single(x.d));
    Ok(())
}

/// VMOV of single `d` and the next from core registers `n` and `m`.
pub(in super::super) fn two_from_core(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    core.state.set_single(x.d, core.reg(x.n));
    core.state.set_single(x.d + 1, core.reg(x.m));
    Ok(())
}

/// VMOV of core registers `n` and `m` from single `d` and the next.
pub(in super::super) fn two_to_core(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    core.set_reg(x.n, core.state.single(x.d));
    core.set_reg(x.m, core.state.single(x.d + 1));
    Ok(())
}

/// VMSR
pub(in super::super) fn write_status(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    core.state.fpscr.set_bits(core.reg(x.n));
    Ok(())
}

/// VMRS; into register 15 it moves the flags to APSR.
pub(in super::super) fn read_status(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    let status = core.state.fpscr.bits();
    if x.n == 15 {
        let bit = |at: u32| status >> at & 1 != 0;
        let state = &mut core.state;
        (state.n, state.z, state.c, state.v) = (bit(31), bit(30), bit(29), bit(28));
    } else {
        core.set_reg(x.n, status);
    }
    Ok(())
}

/// Bits in `a` of what goes to memory and comes from there: `m` singles from `d` up, at `n` and
/// the offset `imm`.
pub(in super::super) mod memory {
    /// The base becomes the address behind, or the first if that is lower.
    pub(in super::super::super) const WRITES_BACK: u8 = 1 << 0;
    /// From the base down, and not up; the offset of the first word is then negative.
    pub(in super::super::super) const DOWN: u8 = 1 << 1;
}

/// Address of the first word, and what the base becomes.
fn addresses(core: &CortexM4, x: Operands) -> (u32, u32) {
    let base = core.reg(x.n);
    if x.a & memory::WRITES_BACK == 0 {
        return (base, base);
    }
    match x.a & memory::DOWN {
        0 => (base, base.wrapping_add(x.imm)),
        _ => (base.wrapping_sub(x.imm), base.wrapping_sub(x.imm)),
    }
}

/// Registers `d` to `d + m - 1`.
fn registers(x: Operands) -> std::ops::Range<u8> {
    x.d..x.d + x.m
}

fn load_from(core: &mut CortexM4, bus: &mut Bus, x: Operands, address: u32) -> Outcome {
    let address = aligned(address, Width::U32)?;
    for (register, address) in registers(x).zip(words_from(address)) {
        let word = core.load(bus, address, Width::U32)?;
        core.state.set_single(register, word);
    }
    Ok(())
}

fn store_to(core: &mut CortexM4, bus: &mut Bus, x: Operands, address: u32) -> Outcome {
    let address = aligned(address, Width::U32)?;
    for (register, address) in registers(x).zip(words_from(address)) {
        core.store(bus, address, Width::U32, core.state.single(register))?;
    }
    Ok(())
}

/// VLDM and VPOP
pub(in super::super) fn load_multiple(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    let (address, back) = addresses(core, x);
    load_from(core, bus, x, address)?;
    core.set_reg(x.n, back);
    Ok(())
}

/// VSTM and VPUSH
pub(in super::super) fn store_multiple(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    let (address, back) = addresses(core, x);
    store_to(core, bus, x, address)?;
    core.set_reg(x.n, back);
    Ok(())
}

/// A literal is counted from a multiple of 4.
fn at_offset(core: &CortexM4, x: Operands) -> u32 {
    let base = core.reg(x.n);
    let base = if x.n == 15 { base & !3 } else { base };
    base.wrapping_add(x.imm)
}

/// VLDR
pub(in super::super) fn load(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    load_from(core, bus, x, at_offset(core, x))
}

/// VSTR
pub(in super::super) fn store(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    core.use_float(bus)?;
    store_to(core, bus, x, at_offset(core, x))
}
