//! Loads and stores of 32 bits (DDI0403 A5.3.5 to A5.3.10).

use super::{bits, field, plain};
use crate::virtual_bench::cpu::execute::memory::{
    self, LOAD_BYTE, LOAD_HALF, LOAD_SIGNED_BYTE, LOAD_SIGNED_HALF, LOAD_WORD, STORE_BYTE,
    STORE_HALF, STORE_WORD, index,
};
use crate::virtual_bench::cpu::execute::{branch, multiple, special};
use crate::virtual_bench::cpu::instruction::{Execute, Instruction, Operands};

/// A5.3.5.
pub(super) fn multiple(e: u32) -> Option<Instruction> {
    let (loads, back) = (bits(e, 20, 1) == 1, bits(e, 21, 1) == 1);
    let (n, list) = (field(e, 16), bits(e, 0, 16));
    let execute: Execute = match (bits(e, 23, 2), loads) {
        (0b01, true) => multiple::load_up,
        (0b01, false) => multiple::store_up,
        (0b10, true) => multiple::load_down,
        (0b10, false) => multiple::store_down,
        _ => return None,
    };
    let with = Operands {
        n,
        a: if back { multiple::WRITES_BACK } else { 0 },
        imm: list,
        ..Operands::default()
    };
    Some(Instruction::new(execute, with))
}

/// A5.3.6.
pub(super) fn two_or_exclusive(e: u32) -> Option<Instruction> {
    let (before, up) = (bits(e, 24, 1) == 1, bits(e, 23, 1) == 1);
    let (back, loads) = (bits(e, 21, 1) == 1, bits(e, 20, 1) == 1);
    if !before && !back {
        return exclusive_or_table(e, up, loads);
    }
    let offset = bits(e, 0, 8) * 4;
    let with = Operands {
        d: field(e, 12),
        n: field(e, 16),
        m: field(e, 8),
        a: indexing(before, back),
        imm: if up { offset } else { offset.wrapping_neg() },
    };
    let execute: Execute = if loads {
        memory::load_two
    } else {
        memory::store_two
    };
    Some(Instruction::new(execute, with))
}

fn indexing(before: bool, back: bool) -> u8 {
    match (before, back) {
        (true, false) => index::OFFSET,
        (true, true) => index::BEFORE,
        (false, _) => index::AFTER,
    }
}

fn exclusive_or_table(e: u32, up: bool, loads: bool) -> Option<Instruction> {
    let (n, t) = (field(e, 16), field(e, 12));
    let offset = bits(e, 0, 8) * 4;
    let narrow = bits(e, 4, 4) as u8;
    let operands = |d, m, a, imm| Operands { d, n, m, a, imm };
    Some(match (up, loads, narrow) {
        (false, false, _) => {
            Instruction::new(memory::store_exclusive, operands(field(e, 8), t, 2, offset))
        }
        (false, true, _) => Instruction::new(memory::load_exclusive, operands(t, 0, 2, offset)),
        (true, true, 0 | 1) => Instruction::new(branch::table, operands(0, field(e, 0), narrow, 0)),
        (true, true, 4 | 5) => {
            Instruction::new(memory::load_exclusive, operands(t, 0, narrow - 4, 0))
        }
        (true, false, 4 | 5) => {
            let with = operands(field(e, 0), t, narrow - 4, 0);
            Instruction::new(memory::store_exclusive, with)
        }
        _ => return None,
    })
}

/// A5.3.7 to A5.3.10.
pub(super) fn single(e: u32) -> Option<Instruction> {
    let (n, t) = (field(e, 16), field(e, 12));
    let is_signed = bits(e, 24, 1) == 1;
    let access = match (bits(e, 20, 1), bits(e, 21, 2), is_signed) {
        (0, 0, false) => STORE_BYTE,
        (0, 1, false) => STORE_HALF,
        (0, 2, false) => STORE_WORD,
        (1, 0, false) => LOAD_BYTE,
        (1, 1, false) => LOAD_HALF,
        (1, 2, false) => LOAD_WORD,
        (1, 0, true) => LOAD_SIGNED_BYTE,
        (1, 1, true) => LOAD_SIGNED_HALF,
        _ => return None,
    };
    let loads = bits(e, 20, 1) == 1;
    let word = bits(e, 21, 2) == 2;
    let with = |a, m, imm| Operands { d: t, n, m, a, imm };
    let found = match (bits(e, 23, 1), bits(e, 6, 6)) {
        _ if n == 15 && loads => {
            let offset = bits(e, 0, 12);
            let up = bits(e, 23, 1) == 1;
            let imm = if up { offset } else { offset.wrapping_neg() };
            Instruction::new(access.literal, with(0, 0, imm))
        }
        _ if n == 15 => return None,
        (1, _) => Instruction::new(access.offset, with(0, 0, bits(e, 0, 12))),
        (0, 0) => Instruction::new(access.register, with(0, field(e, 0), bits(e, 4, 2))),
        (0, form) if form & 0b10_0000 != 0 => {
            let (before, up, back) = (bits(e, 10, 1) == 1, bits(e, 9, 1) == 1, bits(e, 8, 1) == 1);
            if !before && !back {
                return None;
            }
            let offset = bits(e, 0, 8);
            let imm = if up { offset } else { offset.wrapping_neg() };
            Instruction::new(access.indexed, with(indexing(before, back), 0, imm))
        }
        _ => return None,
    };
    // Loads to register 15 that are not words are preload hints.
    if t == 15 && loads && !word {
        return Some(plain(special::nothing));
    }
    Some(found)
}
