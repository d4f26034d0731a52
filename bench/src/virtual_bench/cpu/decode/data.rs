//! Data processing of 32 bits (DDI0403 A5.3.1, A5.3.3, A5.3.11 to A5.3.15).

use super::{bits, field};
use crate::virtual_bench::cpu::alu::{ASR, LSL, expand_immediate, immediate_shift};
use crate::virtual_bench::cpu::execute::data::{self, CARRY_STAYS, operation, test};
use crate::virtual_bench::cpu::execute::parallel::{OPERATIONS, parallel};
use crate::virtual_bench::cpu::execute::{bits as bit, saturate};
use crate::virtual_bench::cpu::instruction::{Execute, Instruction, Operands, sets_flags};

/// PKHBT and PKHTB are among the operations.
const PACK: u8 = 6;

fn flags(e: u32) -> u8 {
    match bits(e, 20, 1) {
        0 => sets_flags::NEVER,
        _ => sets_flags::ALWAYS,
    }
}

/// Immediate of 12 bits in three fields.
fn imm12(e: u32) -> u32 {
    bits(e, 26, 1) << 11 | bits(e, 12, 3) << 8 | bits(e, 0, 8)
}

/// Amount of a shift, in two fields.
fn amount(e: u32) -> u32 {
    bits(e, 12, 3) << 2 | bits(e, 6, 2)
}

/// A5.3.1.
pub(super) fn modified_immediate(e: u32) -> Option<Instruction> {
    let (imm, carry) = expand_immediate(imm12(e));
    let (op, n, d) = (field(e, 21), field(e, 16), field(e, 8));
    let execute: Execute = match (op, n, d) {
        (data::ORR, 15, _) => data::move_immediate,
        (data::ORN, 15, _) => data::move_not_immediate,
        (_, _, 15) if flags(e) == sets_flags::ALWAYS => test(op)?.immediate,
        _ => operation(op)?.immediate,
    };
    let with = Operands {
        d,
        n,
        m: carry.map_or(CARRY_STAYS, u8::from),
        a: flags(e),
        imm,
    };
    Some(Instruction::new(execute, with))
}

/// A5.3.11.
pub(super) fn shifted_register(e: u32) -> Option<Instruction> {
    let (op, n, d, m) = (field(e, 21), field(e, 16), field(e, 8), field(e, 0));
    if op == PACK {
        return pack(e);
    }
    let (kind, imm) = immediate_shift(bits(e, 4, 2) as u8, amount(e));
    let plain = kind == LSL && imm == 0;
    let execute: Execute = match (op, n, d) {
        (data::ORR, 15, _) => data::move_shifted,
        (data::ORN, 15, _) => data::move_not_shifted,
        (_, _, 15) if flags(e) == sets_flags::ALWAYS && plain => test(op)?.register,
        (_, _, 15) if flags(e) == sets_flags::ALWAYS => test(op)?.shifted,
        _ if plain => operation(op)?.register,
        _ => operation(op)?.shifted,
    };
    let with = Operands {
        d,
        n,
        m: m | kind << 4,
        a: flags(e),
        imm,
    };
    Some(Instruction::new(execute, with))
}

fn pack(e: u32) -> Option<Instruction> {
    let top = bits(e, 5, 1);
    if bits(e, 20, 1) == 1 || bits(e, 4, 1) == 1 {
        return None;
    }
    let kind = if top == 1 { ASR } else { LSL };
    let (_, imm) = immediate_shift(kind, amount(e));
    let with = Operands {
        d: field(e, 8),
        n: field(e, 16),
        m: field(e, 0),
        a: top as u8,
        imm,
    };
    Some(Instruction::new(bit::pack, with))
}

/// A5.3.3.
pub(super) fn plain_immediate(e: u32) -> Option<Instruction> {
    let (n, d) = (field(e, 16), field(e, 8));
    let wide = imm12(e);
    let top = bits(e, 16, 4) << 12 | wide;
    let with = |imm| Operands {
        d,
        n,
        imm,
        ..Operands::default()
    };
    Some(match bits(e, 20, 5) {
        0b00000 if n == 15 => Instruction::new(data::address, with(wide)),
        0b00000 => Instruction::new(data::add_wide, with(wide)),
        0b00100 => Instruction::new(data::move_immediate, with(top)),
        0b01010 if n == 15 => Instruction::new(data::address, with(wide.wrapping_neg())),
        0b01010 => Instruction::new(data::add_wide, with(wide.wrapping_neg())),
        0b01100 => Instruction::new(data::move_top, with(top)),
        0b10000 | 0b10010 | 0b11000 | 0b11010 => saturation(e),
        0b10100 => field_instruction(bit::extract_signed, e, bits(e, 0, 5) + 1),
        0b11100 => field_instruction(bit::extract, e, bits(e, 0, 5) + 1),
        0b10110 => {
            let width = (bits(e, 0, 5) + 1).checked_sub(amount(e))?;
            field_instruction(bit::insert, e, width)
        }
        _ => return None,
    })
}

/// A field that begins at an immediate; one that leaves the word is cut there.
fn field_instruction(execute: Execute, e: u32, width: u32) -> Instruction {
    let from = amount(e);
    let with = Operands {
        d: field(e, 8),
        n: field(e, 16),
        m: 0,
        a: from as u8,
        imm: width.min(32 - from),
    };
    Instruction::new(execute, with)
}

/// SSAT, USAT, and their forms for halves where a shift by ASR #0 would be.
fn saturation(e: u32) -> Instruction {
    let unsigned = bits(e, 23, 1) == 1;
    let (kind, imm) = immediate_shift(bits(e, 21, 1) as u8 * 2, amount(e));
    let to = if unsigned {
        bits(e, 0, 5)
    } else {
        bits(e, 0, 5) + 1
    };
    let halves = bits(e, 21, 1) == 1 && amount(e) == 0;
    let execute: Execute = match (halves, unsigned) {
        (false, false) => saturate::signed,
        (false, true) => saturate::unsigned,
        (true, false) => saturate::signed_halves,
        (true, true) => saturate::unsigned_halves,
    };
    let with = Operands {
        d: field(e, 8),
        n: field(e, 16),
        m: kind << 4,
        a: to as u8,
        imm,
    };
    Instruction::new(execute, with)
}

/// A5.3.12 to A5.3.15.
pub(super) fn register(e: u32) -> Option<Instruction> {
    if bits(e, 12, 4) != 0b1111 {
        return None;
    }
    let (n, d, m) = (field(e, 16), field(e, 8), field(e, 0));
    let (op1, op2) = (bits(e, 20, 4), bits(e, 4, 4));
    let with = |a, imm| Operands { d, n, m, a, imm };
    Some(match (op1, op2) {
        (0..=7, 0) => {
            let m = m | (op1 >> 1 << 4) as u8;
            let with = Operands {
                m,
                ..with(flags(e), 0)
            };
            Instruction::new(data::shift_by_register, with)
        }
        (0..=5, 8..) => Instruction::new(bit::extension(op1)?, with(0, (op2 & 3) * 8)),
        (8.., 0..=7) if op2 & 3 != 3 && OPERATIONS.contains(&((op1 & 7) as u8)) => {
            Instruction::new(parallel, with((op1 & 7) as u8, op2))
        }
        // QADD, QDADD, QSUB, QDSUB: bit 0 doubles, bit 1 subtracts.
        (8, 8..=11) => Instruction::new(saturate::add, with(0, op2 & 3)),
        (9, 8..=11) => Instruction::new(bit::reversal(op2 & 3), with(0, 0)),
        (10, 8) => Instruction::new(bit::select, with(0, 0)),
        (11, 8) => Instruction::new(bit::leading_zeros, with(0, 0)),
        _ => return None,
    })
}
