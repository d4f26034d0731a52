//! Branches, and IT.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Execute, Operands, Outcome};
use crate::virtual_bench::width::Width;

/// B with a condition: `imm` is the distance from the program counter.
pub(in super::super) fn conditional(condition: u8) -> Execute {
    match condition {
        0 => branch_if::<0>,
        1 => branch_if::<1>,
        2 => branch_if::<2>,
        3 => branch_if::<3>,
        4 => branch_if::<4>,
        5 => branch_if::<5>,
        6 => branch_if::<6>,
        7 => branch_if::<7>,
        8 => branch_if::<8>,
        9 => branch_if::<9>,
        10 => branch_if::<10>,
        11 => branch_if::<11>,
        12 => branch_if::<12>,
        13 => branch_if::<13>,
        _ => always,
    }
}

fn branch_if<const CONDITION: u8>(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    if core.state.passes(CONDITION) {
        let target = core.reg(15).wrapping_add(x.imm);
        core.branch(target);
    }
    Ok(())
}

/// B.
pub(in super::super) fn always(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let target = core.reg(15).wrapping_add(x.imm);
    core.branch(target);
    Ok(())
}

/// BL.
pub(in super::super) fn link(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    core.set_reg(14, core.next | 1);
    let target = core.reg(15).wrapping_add(x.imm);
    core.branch(target);
    Ok(())
}

/// BX.
pub(in super::super) fn exchange(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let target = core.reg(x.m);
    core.branch_exchange(target)
}

/// BLX.
pub(in super::super) fn link_exchange(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let target = core.reg(x.m);
    core.set_reg(14, core.next | 1);
    core.enter_state(target);
    core.branch(target);
    Ok(())
}

/// CBZ, and CBNZ with `a` set.
pub(in super::super) fn compare_zero(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    if (core.reg(x.n) == 0) != (x.a != 0) {
        let target = core.reg(15).wrapping_add(x.imm);
        core.branch(target);
    }
    Ok(())
}

/// TBB, and TBH with `a` set.
pub(in super::super) fn table(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let (base, index) = (core.reg(x.n), core.reg(x.m));
    let halfwords = match x.a {
        0 => core.load(bus, base.wrapping_add(index), Width::U8)?,
        _ => core.load(bus, base.wrapping_add(index << 1), Width::U16)?,
    };
    let target = core.reg(15).wrapping_add(halfwords * 2);
    core.branch(target);
    Ok(())
}

/// IT: `imm` is the new ITSTATE.
pub(in super::super) fn if_then(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    core.state.it = x.imm as u8;
    Ok(())
}
