//! Additions and subtractions of two halves or four bytes at once (DDI0403 A5.3.12, A5.3.13).

use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::cpu::cortex_m4::CortexM4;
use crate::virtual_bench::cpu::instruction::{Operands, Outcome};

/// Operations by their number in the encoding.
const ADD_BYTES: u8 = 0;
const ADD_HALVES: u8 = 1;
/// Add the top, subtract the bottom, with halves exchanged.
const ADD_SUBTRACT: u8 = 2;
const SUBTRACT_BYTES: u8 = 4;
const SUBTRACT_HALVES: u8 = 5;
/// All that the decoder lets through.
pub(in super::super) const OPERATIONS: [u8; 6] = [0, 1, 2, 4, 5, 6];

/// What is kept of a sum that does not fit: in the encoding, too.
const SATURATED: u32 = 1;
const HALVED: u32 = 2;

/// `a` is the operation, `imm` 0 to 2 how signed results are kept, 4 to 6 unsigned ones.
pub(in super::super) fn parallel(core: &mut CortexM4, _: &mut Bus, x: Operands) -> Outcome {
    let unsigned = x.imm & 4 != 0;
    let kind = x.imm & 3;
    let (n, m) = (core.reg(x.n), core.reg(x.m));
    let lanes = |width: u32, count: u32, subtracts: &dyn Fn(u32) -> bool, crossed: bool| {
        let (mut result, mut ge) = (0, 0);
        for lane in 0..count {
            let other = if crossed { count - 1 - lane } else { lane };
            let (left, right) = (
                part(n, lane, width, unsigned),
                part(m, other, width, unsigned),
            );
            let subtracts = subtracts(lane);
            let value = if subtracts {
                left - right
            } else {
                left + right
            };
            let kept = keep(value, width, unsigned, kind);
            result |= (kept as u32 & ones(width)) << (lane * width);
            // An unsigned sum tells its carry, everything else that it is not negative.
            let tells = if unsigned && !subtracts {
                value >> width != 0
            } else {
                value >= 0
            };
            let flags = if width == 8 { 1 } else { 3 };
            ge |= if tells { flags } else { 0 } << (lane * width / 8);
        }
        (result, ge)
    };
    let (result, ge) = match x.a {
        ADD_BYTES => lanes(8, 4, &|_| false, false),
        ADD_HALVES => lanes(16, 2, &|_| false, false),
        ADD_SUBTRACT => lanes(16, 2, &|lane| lane == 0, true),
        SUBTRACT_BYTES => lanes(8, 4, &|_| true, false),
        SUBTRACT_HALVES => lanes(16, 2, &|_| true, false),
        _ => lanes(16, 2, &|lane| lane == 1, true),
    };
    core.set_reg(x.d, result);
    if kind == 0 {
        core.state.ge = ge;
    }
    Ok(())
}

fn ones(width: u32) -> u32 {
    (1 << width) - 1
}

fn part(value: u32, lane: u32, width: u32, unsigned: bool) -> i32 {
    let bits = value >> (lane * width) & ones(width);
    let unused = 32 - width;
    if unsigned {
        bits as i32
    } else {
        (bits << unused) as i32 >> unused
    }
}

fn keep(value: i32, width: u32, unsigned: bool, kind: u32) -> i32 {
    match kind {
        SATURATED if unsigned => value.clamp(0, ones(width) as i32),
        SATURATED => value.clamp(-(1 << (width - 1)), (1 << (width - 1)) - 1),
        HALVED => value >> 1,
        _ => value,
    }
}
