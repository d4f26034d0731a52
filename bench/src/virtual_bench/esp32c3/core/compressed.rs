//! The 16-bit encodings, as the instructions they stand for (RISC-V Unprivileged ISA, chapter
//! "C", tables of RVC quadrants; RV32 without floating point).

use super::op::{Kind, Op, illegal};

const RA: u8 = 1;
const SP: u8 = 2;

pub(super) fn decode(half: u16) -> Op {
    let word = u32::from(half);
    let decoded = match word & 3 {
        0 => quadrant_0(word),
        1 => quadrant_1(word),
        _ => quadrant_2(word),
    };
    decoded.unwrap_or(illegal(word))
}

/// One of the eight registers that three bits can name: x8 to x15.
fn popular(word: u32, shift: u32) -> u8 {
    8 + (word >> shift & 7) as u8
}

fn field(word: u32, shift: u32, bits: u32, to: u32) -> u32 {
    (word >> shift & ((1 << bits) - 1)) << to
}

/// The six-bit immediate of CI: bit 5 is the sign.
fn imm_ci(word: u32) -> u32 {
    let sign = if word & 1 << 12 == 0 { 0 } else { !31 };
    sign | field(word, 2, 5, 0)
}

fn quadrant_0(word: u32) -> Option<Op> {
    let (near, base) = (popular(word, 2), popular(word, 7));
    let offset = field(word, 10, 3, 3) | field(word, 6, 1, 2) | field(word, 5, 1, 6);
    Some(match word >> 13 {
        0 => {
            let imm = field(word, 11, 2, 4)
                | field(word, 7, 4, 6)
                | field(word, 6, 1, 2)
                | field(word, 5, 1, 3);
            // All zero is defined to be illegal, and the rest of imm = 0 is reserved.
            (imm != 0).then(|| Op::new(Kind::Addi, near, SP, 0, imm))?
        }
        2 => Op::new(Kind::Lw, near, base, 0, offset),
        6 => Op::new(Kind::Sw, 0, base, near, offset),
        _ => return None,
    })
}

fn quadrant_1(word: u32) -> Option<Op> {
    let rd = field(word, 7, 5, 0) as u8;
    let imm = imm_ci(word);
    Some(match word >> 13 {
        0 => Op::new(Kind::Addi, rd, rd, 0, imm),
        1 => Op::new(Kind::Jal, RA, 0, 0, imm_cj(word)),
        2 => Op::new(Kind::Addi, rd, 0, 0, imm),
        3 if rd == SP => {
            let sign = if word & 1 << 12 == 0 { 0 } else { !0x1FF };
            let imm = sign
                | field(word, 6, 1, 4)
                | field(word, 5, 1, 6)
                | field(word, 3, 2, 7)
                | field(word, 2, 1, 5);
            (imm != 0).then(|| Op::new(Kind::Addi, SP, SP, 0, imm))?
        }
        3 => (imm != 0).then(|| Op::new(Kind::Lui, rd, 0, 0, imm << 12))?,
        4 => arithmetic(word)?,
        5 => Op::new(Kind::Jal, 0, 0, 0, imm_cj(word)),
        6 => Op::new(Kind::Beq, 0, popular(word, 7), 0, imm_cb(word)),
        _ => Op::new(Kind::Bne, 0, popular(word, 7), 0, imm_cb(word)),
    })
}

fn arithmetic(word: u32) -> Option<Op> {
    let (rd, other) = (popular(word, 7), popular(word, 2));
    let high = word & 1 << 12 != 0;
    let shift = field(word, 2, 5, 0);
    Some(match word >> 10 & 3 {
        // A shift by 32 or more is for RV64.
        0 | 1 if high => return None,
        0 => Op::new(Kind::Srli, rd, rd, 0, shift),
        1 => Op::new(Kind::Srai, rd, rd, 0, shift),
        2 => Op::new(Kind::Andi, rd, rd, 0, imm_ci(word)),
        _ if high => return None,
        _ => {
            let kind = [Kind::Sub, Kind::Xor, Kind::Or, Kind::And][(word >> 5 & 3) as usize];
            Op::new(kind, rd, rd, other, 0)
        }
    })
}

fn imm_cj(word: u32) -> u32 {
    let sign = if word & 1 << 12 == 0 { 0 } else { !0x7FF };
    sign | field(word, 11, 1, 4)
        | field(word, 9, 2, 8)
        | field(word, 8, 1, 10)
        | field(word, 7, 1, 6)
        | field(word, 6, 1, 7)
        | field(word, 3, 3, 1)
        | field(word, 2, 1, 5)
}

fn imm_cb(word: u32) -> u32 {
    let sign = if word & 1 << 12 == 0 { 0 } else { !0xFF };
    sign | field(word, 10, 2, 3)
        | field(word, 5, 2, 6)
        | field(word, 3, 2, 1)
        | field(word, 2, 1, 5)
}

fn quadrant_2(word: u32) -> Option<Op> {
    let (rd, rs2) = (field(word, 7, 5, 0) as u8, field(word, 2, 5, 0) as u8);
    let high = word & 1 << 12 != 0;
    Some(match word >> 13 {
        0 if high => return None,
        0 => Op::new(Kind::Slli, rd, rd, 0, u32::from(rs2)),
        2 if rd == 0 => return None,
        2 => {
            let imm = field(word, 12, 1, 5) | field(word, 4, 3, 2) | field(word, 2, 2, 6);
            Op::new(Kind::Lw, rd, SP, 0, imm)
        }
        4 => match (high, rd, rs2) {
            (false, 0, 0) => return None,
            (false, _, 0) => Op::new(Kind::Jalr, 0, rd, 0, 0),
            (false, ..) => Op::new(Kind::Add, rd, 0, rs2, 0),
            (true, 0, 0) => Op::new(Kind::Ebreak, 0, 0, 0, 0),
            (true, _, 0) => Op::new(Kind::Jalr, RA, rd, 0, 0),
            (true, ..) => Op::new(Kind::Add, rd, rd, rs2, 0),
        },
        6 => {
            let imm = field(word, 9, 4, 2) | field(word, 7, 2, 6);
            Op::new(Kind::Sw, 0, SP, rs2, imm)
        }
        _ => return None,
    })
}
