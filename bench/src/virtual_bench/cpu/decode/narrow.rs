//! Instructions of 16 bits (DDI0403 A5.2).

use super::{bits, low, plain, signed};
use crate::virtual_bench::cpu::alu::{ASR, LSL, LSR, ROR, immediate_shift};
use crate::virtual_bench::cpu::execute::data::{
    self, ADC, ADD, AND, BIC, CARRY_STAYS, EOR, ORR, RSB, SBC, SUB, operation, test,
};
use crate::virtual_bench::cpu::execute::memory::{
    LOAD_BYTE, LOAD_HALF, LOAD_SIGNED_BYTE, LOAD_SIGNED_HALF, LOAD_WORD, STORE_BYTE, STORE_HALF,
    STORE_WORD,
};
use crate::virtual_bench::cpu::execute::{bits as bit, branch, multiple, multiply, special};
use crate::virtual_bench::cpu::instruction::{Instruction, Operands, sets_flags};

pub(super) fn decode(e: u32) -> Option<Instruction> {
    match bits(e, 10, 6) {
        0b00_0000..=0b00_1111 => shift_add_subtract_move(e),
        0b01_0000 => data_processing(e),
        0b01_0001 => special_data(e),
        0b01_0010 | 0b01_0011 => literal(e),
        0b01_0100..=0b10_0111 => single(e),
        0b10_1000..=0b10_1011 => Some(address(e)),
        0b10_1100..=0b10_1111 => miscellaneous(e),
        0b11_0000..=0b11_0111 if bits(e, 12, 4) == 0b1100 => Some(several(e)),
        0b11_0100..=0b11_0111 => conditional_branch(e),
        _ => {
            let imm = signed(bits(e, 0, 11) << 1, 12);
            Some(Instruction::new(branch::always, operands(0, 0, 0, imm)))
        }
    }
}

fn operands(d: u8, n: u8, m: u8, imm: u32) -> Operands {
    Operands {
        d,
        n,
        m,
        a: sets_flags::OUTSIDE_IT,
        imm,
    }
}

/// A5.2.1.
fn shift_add_subtract_move(e: u32) -> Option<Instruction> {
    let (d, n) = (low(e, 0), low(e, 3));
    let big = low(e, 8);
    let byte = bits(e, 0, 8);
    Some(match bits(e, 9, 5) {
        kind @ 0b0_0000..=0b0_1011 => {
            let (kind, amount) = immediate_shift((kind >> 2) as u8, bits(e, 6, 5));
            Instruction::new(data::move_shifted, operands(d, 0, n | kind << 4, amount))
        }
        0b0_1100 => Instruction::new(operation(ADD)?.register, operands(d, n, low(e, 6), 0)),
        0b0_1101 => Instruction::new(operation(SUB)?.register, operands(d, n, low(e, 6), 0)),
        0b0_1110 => Instruction::new(operation(ADD)?.immediate, operands(d, n, 0, bits(e, 6, 3))),
        0b0_1111 => Instruction::new(operation(SUB)?.immediate, operands(d, n, 0, bits(e, 6, 3))),
        0b1_0000..=0b1_0011 => {
            Instruction::new(data::move_immediate, operands(big, 0, CARRY_STAYS, byte))
        }
        0b1_0100..=0b1_0111 => Instruction::new(test(SUB)?.immediate, operands(0, big, 0, byte)),
        0b1_1000..=0b1_1011 => {
            Instruction::new(operation(ADD)?.immediate, operands(big, big, 0, byte))
        }
        _ => Instruction::new(operation(SUB)?.immediate, operands(big, big, 0, byte)),
    })
}

/// A5.2.2.
fn data_processing(e: u32) -> Option<Instruction> {
    let (dn, m) = (low(e, 0), low(e, 3));
    let two = operands(dn, dn, m, 0);
    let shift =
        |kind: u8| Instruction::new(data::shift_by_register, operands(dn, dn, m | kind << 4, 0));
    let keeps = |op| Some(Instruction::new(operation(op)?.register, two));
    let tests = |op| Some(Instruction::new(test(op)?.register, two));
    match bits(e, 6, 4) {
        0 => keeps(AND),
        1 => keeps(EOR),
        2 => Some(shift(LSL)),
        3 => Some(shift(LSR)),
        4 => Some(shift(ASR)),
        5 => keeps(ADC),
        6 => keeps(SBC),
        7 => Some(shift(ROR)),
        8 => tests(AND),
        9 => Some(Instruction::new(
            operation(RSB)?.immediate,
            operands(dn, m, 0, 0),
        )),
        10 => tests(SUB),
        11 => tests(ADD),
        12 => keeps(ORR),
        13 => Some(Instruction::new(multiply::multiply, two)),
        14 => keeps(BIC),
        _ => Some(Instruction::new(
            data::move_not_shifted,
            operands(dn, 0, m | LSL << 4, 0),
        )),
    }
}

/// A5.2.3.
fn special_data(e: u32) -> Option<Instruction> {
    let dn = low(e, 0) | (bits(e, 7, 1) << 3) as u8;
    let with = operands(dn, dn, bits(e, 3, 4) as u8, 0);
    Some(match bits(e, 7, 3) {
        0b000 | 0b001 => Instruction::new(data::add_high, with),
        0b010 | 0b011 => Instruction::new(test(SUB)?.register, with),
        0b100 | 0b101 => Instruction::new(data::move_high, with),
        0b110 => Instruction::new(branch::exchange, with),
        _ => Instruction::new(branch::link_exchange, with),
    })
}

fn literal(e: u32) -> Option<Instruction> {
    let with = operands(low(e, 8), 15, 0, bits(e, 0, 8) * 4);
    Some(Instruction::new(LOAD_WORD.literal, with))
}

/// A5.2.4.
fn single(e: u32) -> Option<Instruction> {
    let (t, n) = (low(e, 0), low(e, 3));
    let with = |imm| operands(t, n, 0, imm);
    let imm5 = bits(e, 6, 5);
    let on_stack = operands(low(e, 8), 13, 0, bits(e, 0, 8) * 4);
    Some(match bits(e, 11, 5) {
        0b01010 | 0b01011 => {
            let access = match bits(e, 9, 3) {
                0 => STORE_WORD,
                1 => STORE_HALF,
                2 => STORE_BYTE,
                3 => LOAD_SIGNED_BYTE,
                4 => LOAD_WORD,
                5 => LOAD_HALF,
                6 => LOAD_BYTE,
                _ => LOAD_SIGNED_HALF,
            };
            Instruction::new(access.register, operands(t, n, low(e, 6), 0))
        }
        0b01100 => Instruction::new(STORE_WORD.offset, with(imm5 * 4)),
        0b01101 => Instruction::new(LOAD_WORD.offset, with(imm5 * 4)),
        0b01110 => Instruction::new(STORE_BYTE.offset, with(imm5)),
        0b01111 => Instruction::new(LOAD_BYTE.offset, with(imm5)),
        0b10000 => Instruction::new(STORE_HALF.offset, with(imm5 * 2)),
        0b10001 => Instruction::new(LOAD_HALF.offset, with(imm5 * 2)),
        0b10010 => Instruction::new(STORE_WORD.offset, on_stack),
        _ => Instruction::new(LOAD_WORD.offset, on_stack),
    })
}

/// ADR, and ADD of the stack pointer.
fn address(e: u32) -> Instruction {
    let (d, imm) = (low(e, 8), bits(e, 0, 8) * 4);
    match bits(e, 11, 1) {
        0 => Instruction::new(data::address, operands(d, 15, 0, imm)),
        _ => Instruction::new(data::add_wide, operands(d, 13, 0, imm)),
    }
}

/// A5.2.5.
fn miscellaneous(e: u32) -> Option<Instruction> {
    let (d, m) = (low(e, 0), low(e, 3));
    Some(match bits(e, 5, 7) {
        kind @ 0..=0b000_0111 => {
            let imm = bits(e, 0, 7) * 4;
            let imm = if kind & 0b100 == 0 {
                imm
            } else {
                imm.wrapping_neg()
            };
            Instruction::new(data::add_wide, operands(13, 13, 0, imm))
        }
        op if op & 0b010_1000 == 0b000_1000 => {
            let imm = bits(e, 9, 1) << 6 | bits(e, 3, 5) << 1;
            let with = Operands {
                a: bits(e, 11, 1) as u8,
                ..operands(0, d, 0, imm)
            };
            Instruction::new(branch::compare_zero, with)
        }
        op @ 0b001_0000..=0b001_0111 => {
            // SXTH, SXTB, UXTH, UXTB: numbered otherwise in the 32-bit form.
            let which = [0, 4, 1, 5][(op as usize >> 1) & 3];
            Instruction::new(bit::extension(which)?, operands(d, 15, m, 0))
        }
        0b010_0000..=0b010_1111 => {
            let list = bits(e, 0, 8) | bits(e, 8, 1) << 14;
            Instruction::new(multiple::store_down, listed(13, list))
        }
        0b011_0011 => Instruction::new(special::change_state, operands(0, 0, 0, bits(e, 0, 5))),
        op @ (0b101_0000..=0b101_0011 | 0b101_0110 | 0b101_0111) => {
            Instruction::new(bit::reversal(op >> 1 & 3), operands(d, 0, m, 0))
        }
        0b110_0000..=0b110_1111 => {
            let list = bits(e, 0, 8) | bits(e, 8, 1) << 15;
            Instruction::new(multiple::load_up, listed(13, list))
        }
        0b111_0000..=0b111_0111 => plain(special::breakpoint),
        0b111_1000..=0b111_1111 => if_then_or_hint(e),
        _ => return None,
    })
}

fn listed(n: u8, list: u32) -> Operands {
    Operands {
        a: multiple::WRITES_BACK,
        ..operands(0, n, 0, list)
    }
}

fn if_then_or_hint(e: u32) -> Instruction {
    match (bits(e, 0, 4), bits(e, 4, 4)) {
        (0, 2) => plain(special::wait_for_event),
        (0, 3) => plain(special::wait_for_interrupt),
        (0, 4) => plain(special::send_event),
        (0, _) => plain(special::nothing),
        _ => Instruction::new(branch::if_then, operands(0, 0, 0, bits(e, 0, 8))),
    }
}

/// LDM writes its base back unless it loads it.
fn several(e: u32) -> Instruction {
    let (n, list) = (low(e, 8), bits(e, 0, 8));
    let loads = bits(e, 11, 1) == 1;
    let back = !loads || list >> n & 1 == 0;
    let with = Operands {
        a: if back { multiple::WRITES_BACK } else { 0 },
        ..listed(n, list)
    };
    let execute = if loads {
        multiple::load_up
    } else {
        multiple::store_up
    };
    Instruction::new(execute, with)
}

/// A5.2.6.
fn conditional_branch(e: u32) -> Option<Instruction> {
    Some(match bits(e, 8, 4) {
        14 => return None,
        15 => plain(special::supervisor_call),
        condition => {
            let imm = signed(bits(e, 0, 8) << 1, 9);
            Instruction::new(branch::conditional(condition as u8), operands(0, 0, 0, imm))
        }
    })
}
