//! Multiplication and division (DDI0403 A5.3.16, A5.3.17).

use super::{bits, field};
use crate::virtual_bench::cpu::execute::multiply as run;
use crate::virtual_bench::cpu::instruction::{Execute, Instruction, Operands};

/// A5.3.16. Register 15 as the one to be added means that nothing is.
pub(super) fn short(e: u32) -> Option<Instruction> {
    let (a, op2) = (field(e, 12), bits(e, 4, 2));
    if bits(e, 6, 2) != 0 {
        return None;
    }
    let alone = a == 15;
    let execute: Execute = match (bits(e, 20, 3), op2) {
        (0, 0) if alone => run::multiply,
        (0, 0) => run::accumulate,
        (0, 1) => run::subtract,
        (1, _) => run::halves,
        (2, 0 | 1) => run::two_added,
        (3, 0 | 1) => run::word_by_half,
        (4, 0 | 1) => run::two_subtracted,
        (5, 0 | 1) => run::high_word,
        // Without something to subtract from it is unpredictable: the product alone.
        (6, 0 | 1) if alone => run::high_word,
        (6, 0 | 1) => run::high_word_subtracted,
        (7, 0) => run::differences,
        _ => return None,
    };
    let with = Operands {
        d: field(e, 8),
        n: field(e, 16),
        m: field(e, 0),
        // MUL does not set flags here.
        a: if (bits(e, 20, 3), op2, alone) == (0, 0, true) {
            0
        } else {
            a
        },
        imm: op2,
    };
    Some(Instruction::new(execute, with))
}

/// A5.3.17.
pub(super) fn long(e: u32) -> Option<Instruction> {
    let op2 = bits(e, 4, 4);
    let execute: Execute = match (bits(e, 20, 3), op2) {
        (0, 0) => run::signed_long,
        (1, 0xF) => run::divide_signed,
        (2, 0) => run::unsigned_long,
        (3, 0xF) => run::divide_unsigned,
        (4, 0) => run::signed_accumulate,
        (4, 0b1000..=0b1011) => run::halves_long,
        (4, 0b1100 | 0b1101) => run::two_added_long,
        (5, 0b1100 | 0b1101) => run::two_subtracted_long,
        (6, 0) => run::unsigned_accumulate,
        (6, 0b0110) => run::unsigned_add_both,
        _ => return None,
    };
    let with = Operands {
        d: field(e, 8),
        n: field(e, 16),
        m: field(e, 0),
        a: field(e, 12),
        imm: op2 & 3,
    };
    Some(Instruction::new(execute, with))
}
