//! Branches and control instructions of 32 bits (DDI0403 A5.3.4).

use super::{bits, field, plain, signed};
use crate::virtual_bench::cpu::execute::{branch, memory, special};
use crate::virtual_bench::cpu::instruction::{Instruction, Operands};

pub(super) fn decode(e: u32) -> Option<Instruction> {
    let distance = |imm| Operands {
        imm,
        ..Operands::default()
    };
    match (bits(e, 14, 1), bits(e, 12, 1)) {
        (0, 0) if bits(e, 23, 3) != 0b111 => {
            let condition = field(e, 22) & 0xF;
            let execute = branch::conditional(condition);
            Some(Instruction::new(execute, distance(short(e))))
        }
        (0, 0) => control(e),
        (0, _) => Some(Instruction::new(branch::always, distance(far(e)))),
        (_, 1) => Some(Instruction::new(branch::link, distance(far(e)))),
        _ => None,
    }
}

/// Encoding T3 of B: 21 bits.
fn short(e: u32) -> u32 {
    let (s, j1, j2) = (bits(e, 26, 1), bits(e, 13, 1), bits(e, 11, 1));
    let imm = s << 20 | j2 << 19 | j1 << 18 | bits(e, 16, 6) << 12 | bits(e, 0, 11) << 1;
    signed(imm, 21)
}

/// Encoding T4 of B, and BL: 25 bits, of which two are coded with the sign.
fn far(e: u32) -> u32 {
    let s = bits(e, 26, 1);
    let i1 = !(bits(e, 13, 1) ^ s) & 1;
    let i2 = !(bits(e, 11, 1) ^ s) & 1;
    let imm = s << 24 | i1 << 23 | i2 << 22 | bits(e, 16, 10) << 12 | bits(e, 0, 11) << 1;
    signed(imm, 25)
}

fn control(e: u32) -> Option<Instruction> {
    let with = Operands {
        d: field(e, 8),
        n: field(e, 16),
        m: 0,
        a: bits(e, 10, 2) as u8,
        imm: bits(e, 0, 8),
    };
    Some(match bits(e, 20, 7) {
        0b011_1000 | 0b011_1001 => Instruction::new(special::write, with),
        // Hints: the same as those of 16 bits.
        0b011_1010 => match bits(e, 0, 8) {
            2 => plain(special::wait_for_event),
            3 => plain(special::wait_for_interrupt),
            4 => plain(special::send_event),
            _ => plain(special::nothing),
        },
        // CLREX, and the barriers.
        0b011_1011 => match bits(e, 4, 4) {
            2 => plain(memory::clear_exclusive),
            4..=6 => plain(special::nothing),
            _ => return None,
        },
        0b011_1110 | 0b011_1111 => Instruction::new(special::read, with),
        _ => return None,
    })
}
