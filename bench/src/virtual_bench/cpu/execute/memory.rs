//! Loads and stores of one or two registers, and exclusive ones.

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::fault::{Fault, Trap};
use crate::virtual_bench::cpu::instruction::{Execute, Operands, Outcome};
use crate::virtual_bench::width::Width;

/// How an address is made from base and offset, in `a`.
pub(in super::super) mod index {
    /// Base and offset, the base stays.
    pub(in super::super::super) const OFFSET: u8 = 0;
    /// The sum is written back.
    pub(in super::super::super) const BEFORE: u8 = 1;
    /// The base alone; the sum is written back.
    pub(in super::super::super) const AFTER: u8 = 2;
}

const BYTE: u8 = 0;
const HALF: u8 = 1;
const WORD: u8 = 2;
const SIGNED_BYTE: u8 = 3;
const SIGNED_HALF: u8 = 4;

#[inline]
fn load<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, address: u32) -> Result<u32, Trap> {
    Ok(match KIND {
        BYTE => core.load(bus, address, Width::U8)?,
        HALF => core.load(bus, address, Width::U16)?,
        SIGNED_BYTE => core.load(bus, address, Width::U8)? as i8 as u32,
        SIGNED_HALF => core.load(bus, address, Width::U16)? as i16 as u32,
        _ => core.load(bus, address, Width::U32)?,
    })
}

#[inline]
fn store<const KIND: u8>(
    core: &mut CortexM4,
    bus: &mut Bus,
    address: u32,
    value: u32,
) -> Result<(), Trap> {
    match KIND {
        BYTE => core.store(bus, address, Width::U8, value),
        HALF => core.store(bus, address, Width::U16, value),
        _ => core.store(bus, address, Width::U32, value),
    }
}

/// The four ways to reach one datum: at a register with an offset, indexed before or after, at
/// the program counter, at a register with a shifted register.
#[derive(Clone, Copy)]
pub(in super::super) struct Access {
    pub(in super::super) offset: Execute,
    pub(in super::super) indexed: Execute,
    pub(in super::super) literal: Execute,
    pub(in super::super) register: Execute,
}

const fn loads<const KIND: u8>() -> Access {
    Access {
        offset: load_offset::<KIND>,
        indexed: load_indexed::<KIND>,
        literal: load_literal::<KIND>,
        register: load_register::<KIND>,
    }
}

/// A store has no literal form: the encoding is undefined.
const fn stores<const KIND: u8>() -> Access {
    Access {
        offset: store_offset::<KIND>,
        indexed: store_indexed::<KIND>,
        literal: super::special::undefined,
        register: store_register::<KIND>,
    }
}

pub(in super::super) const LOAD_BYTE: Access = loads::<BYTE>();
pub(in super::super) const LOAD_HALF: Access = loads::<HALF>();
pub(in super::super) const LOAD_WORD: Access = loads::<WORD>();
pub(in super::super) const LOAD_SIGNED_BYTE: Access = loads::<SIGNED_BYTE>();
pub(in super::super) const LOAD_SIGNED_HALF: Access = loads::<SIGNED_HALF>();
pub(in super::super) const STORE_BYTE: Access = stores::<BYTE>();
pub(in super::super) const STORE_HALF: Access = stores::<HALF>();
pub(in super::super) const STORE_WORD: Access = stores::<WORD>();

/// A load of the program counter is a branch.
#[inline]
fn loaded(core: &mut CortexM4, register: u8, value: u32) -> Outcome {
    if register == 15 {
        return core.branch_exchange(value);
    }
    core.set_reg(register, value);
    Ok(())
}

fn load_offset<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let address = core.reg(x.n).wrapping_add(x.imm);
    let value = load::<KIND>(core, bus, address)?;
    loaded(core, x.d, value)
}

fn store_offset<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let address = core.reg(x.n).wrapping_add(x.imm);
    store::<KIND>(core, bus, address, core.reg(x.d))
}

fn load_indexed<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let (address, back) = indexed(core, x);
    let value = load::<KIND>(core, bus, address)?;
    core.set_reg(x.n, back);
    loaded(core, x.d, value)
}

fn store_indexed<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let (address, back) = indexed(core, x);
    store::<KIND>(core, bus, address, core.reg(x.d))?;
    core.set_reg(x.n, back);
    Ok(())
}

/// The address to use, and what the base becomes.
fn indexed(core: &CortexM4, x: Operands) -> (u32, u32) {
    let base = core.reg(x.n);
    let sum = base.wrapping_add(x.imm);
    match x.a {
        index::OFFSET => (sum, base),
        index::BEFORE => (sum, sum),
        _ => (base, sum),
    }
}

fn load_literal<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let address = (core.reg(15) & !3).wrapping_add(x.imm);
    let value = load::<KIND>(core, bus, address)?;
    loaded(core, x.d, value)
}

fn load_register<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let address = core.reg(x.n).wrapping_add(core.reg(x.m) << x.imm);
    let value = load::<KIND>(core, bus, address)?;
    loaded(core, x.d, value)
}

fn store_register<const KIND: u8>(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let address = core.reg(x.n).wrapping_add(core.reg(x.m) << x.imm);
    store::<KIND>(core, bus, address, core.reg(x.d))
}

/// What must be aligned whatever CCR says (A3.2.1).
pub(in super::super) fn aligned(address: u32, width: Width) -> Result<u32, Trap> {
    match width.aligns(address) {
        true => Ok(address),
        false => Err(Fault::Unaligned.into()),
    }
}

/// LDRD: `d` and `m`.
pub(in super::super) fn load_two(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let (address, back) = two_at(core, x)?;
    let first = core.load(bus, address, Width::U32)?;
    let second = core.load(bus, address.wrapping_add(4), Width::U32)?;
    if x.a != index::OFFSET {
        core.set_reg(x.n, back);
    }
    core.set_reg(x.d, first);
    core.set_reg(x.m, second);
    Ok(())
}

/// STRD.
pub(in super::super) fn store_two(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let (address, back) = two_at(core, x)?;
    core.store(bus, address, Width::U32, core.reg(x.d))?;
    core.store(bus, address.wrapping_add(4), Width::U32, core.reg(x.m))?;
    if x.a != index::OFFSET {
        core.set_reg(x.n, back);
    }
    Ok(())
}

/// A literal is counted from a multiple of 4.
fn two_at(core: &CortexM4, x: Operands) -> Result<(u32, u32), Trap> {
    let (address, back) = indexed(core, x);
    let address = if x.n == 15 { address & !3 } else { address };
    Ok((aligned(address, Width::U32)?, back))
}

fn width(a: u8) -> Width {
    match a {
        0 => Width::U8,
        1 => Width::U16,
        _ => Width::U32,
    }
}

/// LDREX and its narrow forms, by `a`.
pub(in super::super) fn load_exclusive(core: &mut CortexM4, bus: &mut Bus, x: Operands) -> Outcome {
    let width = width(x.a);
    let address = aligned(core.reg(x.n).wrapping_add(x.imm), width)?;
    let value = core.load(bus, address, width)?;
    core.exclusive = true;
    core.set_reg(x.d, value);
    Ok(())
}

/// STREX: `m` is stored, `d` tells 0 if it was.
pub(in super::super) fn store_exclusive(
    core: &mut CortexM4,
    bus: &mut Bus,
    x: Operands,
) -> Outcome {
    let width = width(x.a);
    let address = aligned(core.reg(x.n).wrapping_add(x.imm), width)?;
    if core.exclusive {
        core.store(bus, address, width, core.reg(x.m))?;
    }
    let stored = std::mem::take(&mut core.exclusive);
    core.set_reg(x.d, u32::from(!stored));
    Ok(())
}

pub(in super::super) fn clear_exclusive(core: &mut CortexM4, _: &mut Bus, _: Operands) -> Outcome {
    core.exclusive = false;
    Ok(())
}
