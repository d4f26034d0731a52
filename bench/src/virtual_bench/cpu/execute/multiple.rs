//! Loads and stores of several registers, PUSH and POP. `imm` is the list.

use super::memory::aligned;
use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};
use crate::virtual_bench::width::{Width, words_from};

/// In `a`: the base is written back.
pub(in super::super) const WRITES_BACK: u8 = 1;

fn registers(list: u32) -> impl Iterator<Item = u8> {
    (0..16).filter(move |number| list >> number & 1 != 0)
}

/// LDM, POP: upwards from the base.
pub(in super::super) fn load_up(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let start = core.reg(x.n);
    let back = start.wrapping_add(4 * x.imm.count_ones());
    load(core, bus, x, start, back)
}

/// LDMDB: up to the base.
pub(in super::super) fn load_down(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let start = core.reg(x.n).wrapping_sub(4 * x.imm.count_ones());
    load(core, bus, x, start, start)
}

/// STM.
pub(in super::super) fn store_up(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let start = core.reg(x.n);
    let back = start.wrapping_add(4 * x.imm.count_ones());
    store(core, bus, x, start, back)
}

/// STMDB, PUSH.
pub(in super::super) fn store_down(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let start = core.reg(x.n).wrapping_sub(4 * x.imm.count_ones());
    store(core, bus, x, start, start)
}

/// Nothing is changed before all words are there: a fault leaves the base as it was.
fn load(core: &mut CortexM4, bus: &mut Bus, x: Operands, start: u32, back: u32) -> Outcome {
    let start = aligned(start, Width::U32)?;
    let mut words = [0; 16];
    for (address, number) in words_from(start).zip(registers(x.imm)) {
        words[usize::from(number)] = core.load(bus, address, Width::U32)?;
    }
    if x.a == WRITES_BACK {
        core.set_reg(x.n, back);
    }
    for number in registers(x.imm & 0x7FFF) {
        core.set_reg(number, words[usize::from(number)]);
    }
    match x.imm >> 15 & 1 {
        0 => Ok(()),
        _ => core.branch_exchange(words[15]),
    }
}

fn store(core: &mut CortexM4, bus: &mut Bus, x: Operands, start: u32, back: u32) -> Outcome {
    let start = aligned(start, Width::U32)?;
    for (address, number) in words_from(start).zip(registers(x.imm)) {
        core.store(bus, address, Width::U32, core.reg(number))?;
    }
    if x.a == WRITES_BACK {
        core.set_reg(x.n, back);
    }
    Ok(())
}
