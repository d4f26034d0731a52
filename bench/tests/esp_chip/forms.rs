//! Random RV32IMC instructions, by class. Each is written from the encoding tables of the RISC-V
//! Unprivileged ISA, not with the decoder under test.

use super::program::{RESERVED, WINDOW_REGISTERS};
use super::random::Random;

/// What a class gives: its bytes.
type Make = fn(&mut Random) -> Vec<u8>;

const FORMS: &[(&str, Make)] = &[
    ("register", register),
    ("multiply and divide", multiply),
    ("immediate", immediate),
    ("shift by immediate", shift),
    ("upper immediate", upper),
    ("load", load),
    ("store", store),
    ("csr", csr),
    ("compressed immediate", compressed_immediate),
    ("compressed stack pointer", compressed_stack_pointer),
    ("compressed arithmetic", compressed_arithmetic),
    ("compressed move and add", compressed_move),
    ("compressed load", compressed_load),
    ("compressed store", compressed_store),
];
pub const FLOW: [&str; 4] = ["branch", "jump", "compressed branch", "compressed jump"];

pub fn classes() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|(class, _)| *class).chain(FLOW)
}

/// One that does not jump.
pub fn straight(random: &mut Random) -> (&'static str, Vec<u8>) {
    let (class, make) = random.one_of(FORMS);
    (class, make(random))
}

fn wide(word: u32) -> Vec<u8> {
    word.to_le_bytes().to_vec()
}

fn narrow(half: u32) -> Vec<u8> {
    (half as u16).to_le_bytes().to_vec()
}

fn any(random: &mut Random) -> u32 {
    random.below(32)
}

/// A register that may be changed, x0 included.
fn target(random: &mut Random) -> u32 {
    loop {
        let register = any(random);
        if !RESERVED.contains(&register) {
            return register;
        }
    }
}

/// One of x8 to x15 that may be changed, as three bits.
fn near_target(random: &mut Random) -> u32 {
    loop {
        let near = random.below(8);
        if !RESERVED.contains(&(near + 8)) {
            return near;
        }
    }
}

fn base(random: &mut Random) -> u32 {
    *random.one_of(&WINDOW_REGISTERS)
}

fn r_type(random: &mut Random, funct7: u32, funct3: u32) -> Vec<u8> {
    let (rs2, rs1, rd) = (any(random), any(random), target(random));
    wide(funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x33)
}

fn register(random: &mut Random) -> Vec<u8> {
    let funct3 = random.below(8);
    let other = [0, 5].contains(&funct3) && random.below(2) == 1;
    r_type(random, if other { 0x20 } else { 0 }, funct3)
}

fn multiply(random: &mut Random) -> Vec<u8> {
    let funct3 = random.below(8);
    r_type(random, 1, funct3)
}

fn immediate(random: &mut Random) -> Vec<u8> {
    let funct3 = *random.one_of(&[0, 2, 3, 4, 6, 7]);
    let (imm, rs1, rd) = (random.below(4096), any(random), target(random));
    wide(imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x13)
}

fn shift(random: &mut Random) -> Vec<u8> {
    let (funct7, funct3) = *random.one_of(&[(0, 1), (0, 5), (0x20, 5)]);
    let (by, rs1, rd) = (random.below(32), any(random), target(random));
    wide(funct7 << 25 | by << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x13)
}

fn upper(random: &mut Random) -> Vec<u8> {
    let opcode = *random.one_of(&[0x37, 0x17]);
    wide(random.next() << 12 | target(random) << 7 | opcode)
}

/// Offsets stay inside of the window of 2 KiB behind the base.
fn load(random: &mut Random) -> Vec<u8> {
    let (funct3, size) = *random.one_of(&[(0, 1), (1, 2), (2, 4), (4, 1), (5, 2)]);
    let offset = random.below(2048 / size) * size;
    let (rs1, rd) = (base(random), target(random));
    wide(offset << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x03)
}

fn store(random: &mut Random) -> Vec<u8> {
    let (funct3, size) = *random.one_of(&[(0, 1), (1, 2), (2, 4)]);
    let offset = random.below(2048 / size) * size;
    let (rs1, rs2) = (base(random), any(random));
    let split = (offset >> 5) << 25 | (offset & 31) << 7;
    wide(split | rs2 << 20 | rs1 << 15 | funct3 << 12 | 0x23)
}

/// `mscratch` keeps what is written.
fn csr(random: &mut Random) -> Vec<u8> {
    let funct3 = *random.one_of(&[1, 2, 3, 5, 6, 7]);
    let (rs1, rd) = (any(random), target(random));
    wide(0x340 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x73)
}

/// C.ADDI, C.LI, C.LUI, C.SLLI.
fn compressed_immediate(random: &mut Random) -> Vec<u8> {
    let rd = target(random);
    let imm = random.below(64);
    let ci = |funct3: u32, quadrant: u32| {
        narrow(funct3 << 13 | imm >> 5 << 12 | rd << 7 | (imm & 31) << 2 | quadrant)
    };
    match random.below(4) {
        0 => ci(0, 1),
        1 => ci(2, 1),
        // Zero is reserved.
        2 if imm != 0 => ci(3, 1),
        2 => ci(2, 1),
        _ => narrow(rd << 7 | (imm & 31) << 2 | 2),
    }
}

/// C.ADDI4SPN; C.ADDI16SP, of which a copy is taken before the way back.
fn compressed_stack_pointer(random: &mut Random) -> Vec<u8> {
    if random.below(2) == 0 {
        let imm = 1 + random.below(255);
        let bits =
            (imm >> 2 & 3) << 11 | (imm >> 4 & 15) << 7 | (imm & 1) << 6 | (imm >> 1 & 1) << 5;
        return narrow(bits | near_target(random) << 2);
    }
    let by = 1 + random.below(31);
    let copy = 1 + random.below(8);
    let mut bytes = add_16_sp(by);
    // C.MV to x3..x8 and others that are not reserved.
    bytes.extend(narrow(4 << 13 | (copy + 9) << 7 | 2 << 2 | 2));
    bytes.extend(add_16_sp(64 - by));
    bytes
}

/// C.ADDI16SP by six bits in units of 16.
fn add_16_sp(units: u32) -> Vec<u8> {
    let bits = (units >> 5) << 12
        | (units & 1) << 6
        | (units >> 2 & 1) << 5
        | (units >> 3 & 3) << 3
        | (units >> 1 & 1) << 2;
    narrow(3 << 13 | 2 << 7 | bits | 1)
}

/// C.SRLI, C.SRAI, C.ANDI, C.SUB, C.XOR, C.OR, C.AND.
fn compressed_arithmetic(random: &mut Random) -> Vec<u8> {
    let rd = near_target(random);
    let imm = random.below(32);
    let ca =
        |kind: u32, other: u32| narrow(4 << 13 | 3 << 10 | rd << 7 | kind << 5 | other << 2 | 1);
    let cb =
        |kind: u32, high: u32| narrow(4 << 13 | high << 12 | kind << 10 | rd << 7 | imm << 2 | 1);
    match random.below(7) {
        0 => cb(0, 0),
        1 => cb(1, 0),
        2 => cb(2, random.below(2)),
        kind => ca(kind - 3, random.below(8)),
    }
}

fn compressed_move(random: &mut Random) -> Vec<u8> {
    let (rd, rs2) = (target(random), 1 + random.below(31));
    narrow(4 << 13 | random.below(2) << 12 | rd << 7 | rs2 << 2 | 2)
}

/// C.LW over x9, C.LWSP.
fn compressed_load(random: &mut Random) -> Vec<u8> {
    let at = random.below(32);
    if random.below(2) == 0 {
        return narrow(2 << 13 | words(at) | 1 << 7 | near_target(random) << 2);
    }
    let rd = loop {
        let rd = target(random);
        if rd != 0 {
            break rd;
        }
    };
    narrow(2 << 13 | (at >> 3 & 1) << 12 | rd << 7 | (at & 7) << 4 | (at >> 4 & 1) << 2 | 2)
}

/// C.SW over x9, C.SWSP.
fn compressed_store(random: &mut Random) -> Vec<u8> {
    let at = random.below(32);
    if random.below(2) == 0 {
        return narrow(6 << 13 | words(at) | 1 << 7 | random.below(8) << 2);
    }
    narrow(6 << 13 | (at & 15) << 9 | (at >> 4 & 1) << 7 | any(random) << 2 | 2)
}

/// The offset of C.LW and C.SW, in words.
fn words(at: u32) -> u32 {
    (at >> 1 & 7) << 10 | (at & 1) << 6 | (at >> 4 & 1) << 5
}

/// An instruction that jumps over `skipped` bytes that follow it, sometimes.
pub fn jump(random: &mut Random, skipped: u32) -> (&'static str, Vec<u8>) {
    let class = *random.one_of(&FLOW);
    let bytes = match class {
        "branch" => branch(random, skipped + 4),
        "jump" => wide(j_imm(skipped + 4) | target(random) << 7 | 0x6F),
        "compressed branch" => {
            let funct3 = 6 + random.below(2);
            let by = skipped + 2;
            let bits = (by >> 8 & 1) << 12 | (by >> 3 & 3) << 10 | (by >> 6 & 3) << 5;
            let bits = bits | (by >> 1 & 3) << 3 | (by >> 5 & 1) << 2;
            narrow(funct3 << 13 | bits | random.below(8) << 7 | 1)
        }
        _ => {
            // C.JAL, C.J.
            let funct3 = *random.one_of(&[1, 5]);
            narrow(funct3 << 13 | cj_imm(skipped + 2) | 1)
        }
    };
    (class, bytes)
}

fn branch(random: &mut Random, by: u32) -> Vec<u8> {
    let funct3 = *random.one_of(&[0, 1, 4, 5, 6, 7]);
    let bits = (by >> 5 & 63) << 25 | (by >> 1 & 15) << 8 | (by >> 11 & 1) << 7;
    wide(bits | any(random) << 20 | any(random) << 15 | funct3 << 12 | 0x63)
}

fn j_imm(by: u32) -> u32 {
    (by >> 1 & 0x3FF) << 21 | (by >> 11 & 1) << 20 | by & 0xF_F000
}

fn cj_imm(by: u32) -> u32 {
    (by >> 4 & 1) << 11
        | (by >> 8 & 3) << 9
        | (by >> 10 & 1) << 8
        | (by >> 6 & 1) << 7
        | (by >> 7 & 1) << 6
        | (by >> 1 & 7) << 3
        | (by >> 5 & 1) << 2
}
