//! From an encoding to what executes it (DDI0403 A5).

mod branches;
mod data;
mod float;
mod memory;
mod multiply;
mod narrow;

use super::execute::special;
use super::instruction::{Execute, Instruction, Operands};

/// An encoding of 16 bits, or of 32 with the first halfword on top. Every encoding means
/// something: undefined ones raise the fault.
pub(super) fn decode(encoding: u32) -> Instruction {
    let found = match encoding >> 16 {
        0 => narrow::decode(encoding),
        _ => wide(encoding),
    };
    found.unwrap_or_else(|| plain(special::undefined))
}

/// A5.3.
fn wide(e: u32) -> Option<Instruction> {
    match (bits(e, 27, 2), bits(e, 20, 7)) {
        (0b01, op) if op & 0b110_0100 == 0 => memory::multiple(e),
        (0b01, op) if op & 0b110_0100 == 0b000_0100 => memory::two_or_exclusive(e),
        (0b01, op) if op & 0b110_0000 == 0b010_0000 => data::shifted_register(e),
        (0b01 | 0b11, op) if op & 0b100_0000 != 0 => Some(float::decode(e)),
        (0b10, _) if bits(e, 15, 1) == 1 => branches::decode(e),
        (0b10, op) if op & 0b010_0000 == 0 => data::modified_immediate(e),
        (0b10, _) => data::plain_immediate(e),
        (_, op) if op & 0b110_0000 == 0 => memory::single(e),
        (_, op) if op & 0b111_0000 == 0b010_0000 => data::register(e),
        (_, op) if op & 0b111_1000 == 0b011_0000 => multiply::short(e),
        (_, op) if op & 0b111_1000 == 0b011_1000 => multiply::long(e),
        _ => None,
    }
}

/// So many bits from `at` up.
const fn bits(encoding: u32, at: u32, count: u32) -> u32 {
    encoding >> at & ((1 << count) - 1)
}

/// A register field.
const fn field(encoding: u32, at: u32) -> u8 {
    (encoding >> at & 0xF) as u8
}

/// A register field of three bits.
const fn low(encoding: u32, at: u32) -> u8 {
    (encoding >> at & 7) as u8
}

/// A number of so many bits in two's complement.
const fn signed(value: u32, count: u32) -> u32 {
    ((value << (32 - count)) as i32 >> (32 - count)) as u32
}

fn plain(execute: Execute) -> Instruction {
    Instruction::new(execute, Operands::default())
}
