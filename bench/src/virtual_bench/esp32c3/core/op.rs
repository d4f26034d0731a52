//! Decoded instructions, and the decoder of the 32-bit encodings (RISC-V Unprivileged ISA,
//! chapters "RV32I" and "M" and the opcode listings).

use super::compressed;

/// What an instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Not decoded yet.
    Unknown,
    Illegal,
    Lui,
    Auipc,
    Jal,
    Jalr,
    Beq,
    Bne,
    Blt,
    Bge,
    Bltu,
    Bgeu,
    Lb,
    Lh,
    Lw,
    Lbu,
    Lhu,
    Sb,
    Sh,
    Sw,
    Addi,
    Slti,
    Sltiu,
    Xori,
    Ori,
    Andi,
    Slli,
    Srli,
    Srai,
    Add,
    Sub,
    Sll,
    Slt,
    Sltu,
    Xor,
    Srl,
    Sra,
    Or,
    And,
    Mul,
    Mulh,
    Mulhsu,
    Mulhu,
    Div,
    Divu,
    Rem,
    Remu,
    /// FENCE and FENCE.I: there is one hart, and stores reach the decoded instructions at once.
    Fence,
    Ecall,
    Ebreak,
    Mret,
    Wfi,
    Csrrw,
    Csrrs,
    Csrrc,
    Csrrwi,
    Csrrsi,
    Csrrci,
}

/// One instruction, ready to be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Op {
    pub(crate) kind: Kind,
    pub(crate) rd: u8,
    /// Register, or the immediate of the CSR instructions that have one.
    pub(crate) rs1: u8,
    pub(crate) rs2: u8,
    /// Immediate, sign-extended; the register number of CSR instructions.
    pub(crate) imm: u32,
    /// Length, bytes: 2 or 4.
    pub(crate) len: u32,
}

impl Op {
    pub(crate) const UNKNOWN: Self = Self::new(Kind::Unknown, 0, 0, 0, 0);

    pub(super) const fn new(kind: Kind, rd: u8, rs1: u8, rs2: u8, imm: u32) -> Self {
        Self {
            kind,
            rd,
            rs1,
            rs2,
            imm,
            len: 4,
        }
    }

    /// Decodes what lies at an address: `word` are the four bytes from there on.
    pub(crate) fn decode(word: u32) -> Self {
        if word & 3 == 3 {
            decode_wide(word)
        } else {
            Self {
                len: 2,
                ..compressed::decode(word as u16)
            }
        }
    }
}

fn decode_wide(word: u32) -> Op {
    let (rd, rs1, rs2) = (
        (word >> 7 & 31) as u8,
        (word >> 15 & 31) as u8,
        (word >> 20 & 31) as u8,
    );
    let funct3 = word >> 12 & 7;
    let signed = word as i32;
    let imm_i = (signed >> 20) as u32;
    let imm_u = word & 0xFFFF_F000;
    match word & 0x7F {
        0x37 => Op::new(Kind::Lui, rd, 0, 0, imm_u),
        0x17 => Op::new(Kind::Auipc, rd, 0, 0, imm_u),
        0x6F => Op::new(Kind::Jal, rd, 0, 0, imm_j(word)),
        0x67 if funct3 == 0 => Op::new(Kind::Jalr, rd, rs1, 0, imm_i),
        0x63 => Op::new(branch(funct3), 0, rs1, rs2, imm_b(word)),
        0x03 => Op::new(load(funct3), rd, rs1, 0, imm_i),
        0x23 => {
            let imm = (signed >> 25 << 5) as u32 | u32::from(rd);
            Op::new(store(funct3), 0, rs1, rs2, imm)
        }
        0x13 => immediate(word, rd, rs1, imm_i),
        0x33 => Op::new(register(word >> 25, funct3), rd, rs1, rs2, 0),
        0x0F if funct3 < 2 => Op::new(Kind::Fence, 0, 0, 0, 0),
        0x73 => system(word, rd, rs1),
        _ => illegal(word),
    }
}

/// An illegal instruction leaves its encoding in `mtval`.
pub(super) const fn illegal(word: u32) -> Op {
    Op::new(Kind::Illegal, 0, 0, 0, word)
}

fn imm_j(word: u32) -> u32 {
    let sign = (word as i32 >> 31 << 20) as u32;
    sign | word & 0x000F_F000 | word >> 9 & 0x800 | word >> 20 & 0x7FE
}

fn imm_b(word: u32) -> u32 {
    let sign = (word as i32 >> 31 << 12) as u32;
    sign | word << 4 & 0x800 | word >> 20 & 0x7E0 | word >> 7 & 0x1E
}

fn branch(funct3: u32) -> Kind {
    use Kind::{Beq, Bge, Bgeu, Blt, Bltu, Bne, Illegal};
    [Beq, Bne, Illegal, Illegal, Blt, Bge, Bltu, Bgeu][funct3 as usize & 7]
}

fn load(funct3: u32) -> Kind {
    use Kind::{Illegal, Lb, Lbu, Lh, Lhu, Lw};
    [Lb, Lh, Lw, Illegal, Lbu, Lhu, Illegal, Illegal][funct3 as usize & 7]
}

fn store(funct3: u32) -> Kind {
    match funct3 {
        0 => Kind::Sb,
        1 => Kind::Sh,
        2 => Kind::Sw,
        _ => Kind::Illegal,
    }
}

fn immediate(word: u32, rd: u8, rs1: u8, imm: u32) -> Op {
    let shift = imm & 31;
    match (word >> 12 & 7, word >> 25) {
        (0, _) => Op::new(Kind::Addi, rd, rs1, 0, imm),
        (2, _) => Op::new(Kind::Slti, rd, rs1, 0, imm),
        (3, _) => Op::new(Kind::Sltiu, rd, rs1, 0, imm),
        (4, _) => Op::new(Kind::Xori, rd, rs1, 0, imm),
        (6, _) => Op::new(Kind::Ori, rd, rs1, 0, imm),
        (7, _) => Op::new(Kind::Andi, rd, rs1, 0, imm),
        (1, 0) => Op::new(Kind::Slli, rd, rs1, 0, shift),
        (5, 0) => Op::new(Kind::Srli, rd, rs1, 0, shift),
        (5, 0x20) => Op::new(Kind::Srai, rd, rs1, 0, shift),
        _ => illegal(word),
    }
}

fn register(funct7: u32, funct3: u32) -> Kind {
    use Kind::{
        Add, And, Div, Divu, Illegal, Mul, Mulh, Mulhsu, Mulhu, Or, Rem, Remu, Sll, Slt, Sltu, Sra,
        Srl, Sub, Xor,
    };
    let row = match funct7 {
        0x00 => [Add, Sll, Slt, Sltu, Xor, Srl, Or, And],
        0x01 => [Mul, Mulh, Mulhsu, Mulhu, Div, Divu, Rem, Remu],
        0x20 => [
            Sub, Illegal, Illegal, Illegal, Illegal, Sra, Illegal, Illegal,
        ],
        _ => [Illegal; 8],
    };
    row[funct3 as usize & 7]
}

fn system(word: u32, rd: u8, rs1: u8) -> Op {
    let csr = |kind| Op::new(kind, rd, rs1, 0, word >> 20);
    match word >> 12 & 7 {
        0 => match word {
            0x0000_0073 => Op::new(Kind::Ecall, 0, 0, 0, 0),
            0x0010_0073 => Op::new(Kind::Ebreak, 0, 0, 0, 0),
            0x3020_0073 => Op::new(Kind::Mret, 0, 0, 0, 0),
            0x1050_0073 => Op::new(Kind::Wfi, 0, 0, 0, 0),
            _ => illegal(word),
        },
        1 => csr(Kind::Csrrw),
        2 => csr(Kind::Csrrs),
        3 => csr(Kind::Csrrc),
        5 => csr(Kind::Csrrwi),
        6 => csr(Kind::Csrrsi),
        7 => csr(Kind::Csrrci),
        _ => illegal(word),
    }
}
