//! The floating-point extension FPv4-SP-D16 (DDI0403 A6.4 to A6.8): arithmetic on singles,
//! doubles in moves only.

use super::{bits, field, plain};
use crate::virtual_bench::cpu::execute::float::{self as run, fixed};
use crate::virtual_bench::cpu::execute::float_moves as moves;
use crate::virtual_bench::cpu::execute::special;
use crate::virtual_bench::cpu::instruction::{Execute, Instruction, Operands};

/// An instruction for a coprocessor: 10 and 11 are the floating-point unit, others are not there.
pub(super) fn decode(e: u32) -> Instruction {
    if bits(e, 9, 3) != 0b101 {
        return plain(special::no_coprocessor);
    }
    found(e).unwrap_or_else(|| plain(run::undefined))
}

fn found(e: u32) -> Option<Instruction> {
    match (bits(e, 28, 1), bits(e, 24, 2), bits(e, 4, 1)) {
        (0, 0b10, 0) if is_double(e) => None,
        (0, 0b10, 0) => data(e),
        (0, 0b10, _) => one_word(e),
        (0, 0b00, _) if bits(e, 21, 4) == 0b0010 => two_words(e),
        (0, 0b00 | 0b01, _) => memory(e),
        _ => None,
    }
}

fn is_double(e: u32) -> bool {
    bits(e, 8, 1) == 1
}

/// A single register: four bits and a last one.
fn single(e: u32, at: u32, last: u32) -> u8 {
    field(e, at) << 1 | bits(e, last, 1) as u8
}

/// A double register by its lower half; there are 16.
fn double(e: u32, at: u32, first: u32) -> Option<u8> {
    (bits(e, first, 1) == 0).then(|| field(e, at) << 1)
}

fn registers(e: u32) -> Operands {
    Operands {
        d: single(e, 12, 22),
        n: single(e, 16, 7),
        m: single(e, 0, 5),
        ..Operands::default()
    }
}

/// A6.5.
fn data(e: u32) -> Option<Instruction> {
    let opcode = bits(e, 23, 1) << 2 | bits(e, 20, 2);
    let execute: Execute = match (opcode, bits(e, 6, 1)) {
        (0, 0) => run::accumulate,
        (0, _) => run::accumulate_negated,
        (1, 0) => run::negated_accumulate,
        (1, _) => run::negated_accumulate_negated,
        (2, 0) => run::multiply,
        (2, _) => run::multiply_negated,
        (3, 0) => run::add,
        (3, _) => run::subtract,
        (4, 0) => run::divide,
        (5, 0) => run::negated_fused,
        (5, _) => run::negated_fused_negated,
        (6, 0) => run::fused,
        (6, _) => run::fused_negated,
        (7, 0) => return immediate(e),
        (7, _) => return other(e),
        _ => return None,
    };
    Some(Instruction::new(execute, registers(e)))
}

/// `VFPExpandImm()` (A6.4.1).
fn immediate(e: u32) -> Option<Instruction> {
    if bits(e, 5, 1) | bits(e, 7, 1) != 0 {
        return None;
    }
    let (sign, high, low) = (
        bits(e, 19, 1),
        bits(e, 18, 1),
        bits(e, 16, 2) << 4 | bits(e, 0, 4),
    );
    // Bit 6 of the immediate is copied five times, and stands once more, inverted.
    let exponent = (1 - high) << 7 | (high * 0x1F) << 2;
    let imm = sign << 31 | exponent << 23 | low << 19;
    let with = Operands {
        imm,
        ..registers(e)
    };
    Some(Instruction::new(run::move_immediate, with))
}

/// A6.5, of two registers or one.
fn other(e: u32) -> Option<Instruction> {
    let upper = bits(e, 7, 1);
    let with = registers(e);
    let execute: Execute = match (bits(e, 16, 4), upper) {
        (0b0000, 0) => run::move_register,
        (0b0000, _) => run::absolute,
        (0b0001, 0) => run::negate,
        (0b0001, _) => run::square_root,
        (0b0010, 0) => run::half_from_bottom,
        (0b0010, _) => run::half_from_top,
        (0b0011, 0) => run::half_to_bottom,
        (0b0011, _) => run::half_to_top,
        (0b0100, _) => return Some(compare(run::compare, e)),
        (0b0101, _) => return Some(compare(run::compare_zero, e)),
        (0b1000, _) => return Some(integer(run::from_fixed, with, upper == 1, true)),
        (0b1100 | 0b1101, _) => {
            let is_signed = bits(e, 16, 1) == 1;
            return Some(integer(run::to_fixed, with, is_signed, upper == 0));
        }
        (0b1010 | 0b1011, _) => return fixed_point(run::from_fixed, e),
        (0b1110 | 0b1111, _) => return fixed_point(run::to_fixed, e),
        _ => return None,
    };
    Some(Instruction::new(execute, with))
}

fn compare(execute: Execute, e: u32) -> Instruction {
    let with = Operands {
        a: bits(e, 7, 1) as u8,
        ..registers(e)
    };
    Instruction::new(execute, with)
}

fn integer(execute: Execute, with: Operands, is_signed: bool, as_fpscr: bool) -> Instruction {
    let a = if is_signed { fixed::SIGNED } else { 0 };
    let a = if as_fpscr {
        a | fixed::ROUNDS_AS_FPSCR
    } else {
        a
    };
    Instruction::new(execute, Operands { a, ..with })
}

/// In place: source and destination are the same register.
fn fixed_point(execute: Execute, e: u32) -> Option<Instruction> {
    let is_word = bits(e, 7, 1) == 1;
    let size = if is_word { 32_u32 } else { 16 };
    let imm = size.checked_sub(bits(e, 0, 4) << 1 | bits(e, 5, 1))?;
    let a = if bits(e, 16, 1) == 0 {
        fixed::SIGNED
    } else {
        0
    };
    let d = single(e, 12, 22);
    let with = Operands {
        d,
        n: 0,
        m: d,
        a: if is_word { a } else { a | fixed::HALFWORD },
        imm,
    };
    Some(Instruction::new(execute, with))
}

/// A6.7.
fn one_word(e: u32) -> Option<Instruction> {
    let to_core = bits(e, 20, 1) == 1;
    let (n, status) = (field(e, 12), bits(e, 16, 4) == 1);
    let (d, execute): (_, Execute) = match (is_double(e), bits(e, 21, 3)) {
        (false, 0) if to_core => (single(e, 16, 7), moves::to_core),
        (false, 0) => (single(e, 16, 7), moves::from_core),
        (false, 7) if status && to_core => (0, moves::read_status),
        (false, 7) if status => (0, moves::write_status),
        (true, half @ (0 | 1)) if bits(e, 5, 2) == 0 => {
            let d = double(e, 16, 7)? + half as u8;
            (
                d,
                if to_core {
                    moves::to_core
                } else {
                    moves::from_core
                },
            )
        }
        _ => return None,
    };
    let with = Operands {
        d,
        n,
        ..Operands::default()
    };
    Some(Instruction::new(execute, with))
}

/// A6.8.
fn two_words(e: u32) -> Option<Instruction> {
    let d = match is_double(e) {
        true => double(e, 0, 5)?,
        false => single(e, 0, 5),
    };
    if bits(e, 6, 2) != 0 || bits(e, 4, 1) == 0 || d == 31 {
        return None;
    }
    let execute: Execute = match bits(e, 20, 1) {
        1 => moves::two_to_core,
        _ => moves::two_from_core,
    };
    let with = Operands {
        d,
        n: field(e, 12),
        m: field(e, 16),
        ..Operands::default()
    };
    Some(Instruction::new(execute, with))
}

/// A6.6. Of a double the lower half comes first; a last word without its other half is not
/// transferred.
fn memory(e: u32) -> Option<Instruction> {
    let (before, up) = (bits(e, 24, 1) == 1, bits(e, 23, 1) == 1);
    let (back, loads) = (bits(e, 21, 1) == 1, bits(e, 20, 1) == 1);
    let d = match is_double(e) {
        true => double(e, 12, 22)?,
        false => single(e, 12, 22),
    };
    let (n, offset) = (field(e, 16), bits(e, 0, 8) * 4);
    if before && !back {
        let m = if is_double(e) { 2 } else { 1 };
        let imm = if up { offset } else { offset.wrapping_neg() };
        let execute: Execute = if loads { moves::load } else { moves::store };
        let with = Operands { d, n, m, a: 0, imm };
        return Some(Instruction::new(execute, with));
    }
    let words = match is_double(e) {
        true => bits(e, 1, 7) << 1,
        false => bits(e, 0, 8),
    };
    if before == up || n == 15 || words == 0 || u32::from(d) + words > 32 {
        return None;
    }
    let mut a = if back { moves::memory::WRITES_BACK } else { 0 };
    if !up {
        a |= moves::memory::DOWN;
    }
    let execute: Execute = match loads {
        true => moves::load_multiple,
        false => moves::store_multiple,
    };
    let with = Operands {
        d,
        n,
        m: words as u8,
        a,
        imm: offset,
    };
    Some(Instruction::new(execute, with))
}
