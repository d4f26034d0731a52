//! Random instructions of the floating-point extension FPv4-SP-D16 (DDI0403 A6.4 to A6.8).
//!
//! Each case loads S0 to S31, FPSCR and R1 to R7 from its record, runs a few instructions, and
//! puts them back there. R0 points to memory that belongs to the case.

use std::fmt::Write as _;

use super::case::set;
use super::pattern::{Encoded, Pattern};
use super::program::{CODE, DATA, DATA_LENGTH};
use super::random::Random;

const CASES: u32 = DATA_LENGTH / (RECORD * 4);
/// Words: S0 to S31, FPSCR, R1 to R7, and memory.
const RECORD: u32 = 48;
const FPSCR: usize = 32;
/// Instructions in a case are fewer: the exceptions that they leave in FPSCR add up.
const LONGEST: u32 = 8;

/// Instructions by class, and their encodings; of a class with several, any.
pub const FORMS: &[(&str, &[&str])] = &[
    ("vmla, vmls", &["1110 1110 0x00 xxxx xxxx 1010 xxx0 xxxx"]),
    ("vnmla, vnmls", &["1110 1110 0x01 xxxx xxxx 1010 xxx0 xxxx"]),
    ("vmul", &["1110 1110 0x10 xxxx xxxx 1010 x0x0 xxxx"]),
    ("vnmul", &["1110 1110 0x10 xxxx xxxx 1010 x1x0 xxxx"]),
    ("vadd", &["1110 1110 0x11 xxxx xxxx 1010 x0x0 xxxx"]),
    ("vsub", &["1110 1110 0x11 xxxx xxxx 1010 x1x0 xxxx"]),
    ("vdiv", &["1110 1110 1x00 xxxx xxxx 1010 x0x0 xxxx"]),
    ("vfnma, vfnms", &["1110 1110 1x01 xxxx xxxx 1010 xxx0 xxxx"]),
    ("vfma, vfms", &["1110 1110 1x10 xxxx xxxx 1010 xxx0 xxxx"]),
    (
        "vmov, immediate",
        &["1110 1110 1x11 xxxx xxxx 1010 0000 xxxx"],
    ),
    (
        "vmov, vabs, vneg",
        &[
            "1110 1110 1x11 0000 xxxx 1010 x1x0 xxxx",
            "1110 1110 1x11 0001 xxxx 1010 01x0 xxxx",
        ],
    ),
    ("vsqrt", &["1110 1110 1x11 0001 xxxx 1010 11x0 xxxx"]),
    (
        "half to single",
        &["1110 1110 1x11 0010 xxxx 1010 x1x0 xxxx"],
    ),
    (
        "single to half",
        &["1110 1110 1x11 0011 xxxx 1010 x1x0 xxxx"],
    ),
    (
        "compare",
        &[
            "1110 1110 1x11 0100 xxxx 1010 x1x0 xxxx",
            "1110 1110 1x11 0101 xxxx 1010 x100 0000",
        ],
    ),
    ("from integer", &["1110 1110 1x11 1000 xxxx 1010 x1x0 xxxx"]),
    ("to integer", &["1110 1110 1x11 110x xxxx 1010 x1x0 xxxx"]),
    (
        "from fixed-point",
        &[
            "1110 1110 1x11 101x xxxx 1010 11x0 xxxx",
            "1110 1110 1x11 101x xxxx 1010 01x0 0xxx",
        ],
    ),
    (
        "to fixed-point",
        &[
            "1110 1110 1x11 111x xxxx 1010 11x0 xxxx",
            "1110 1110 1x11 111x xxxx 1010 01x0 0xxx",
        ],
    ),
    (
        "one core register",
        &[
            // A single, both ways; a half of a double, both ways.
            "1110 1110 000x xxxx 0rrr 1010 x001 0000",
            "1110 1110 00x0 xxxx 0rrr 1011 0001 0000",
            "1110 1110 00x1 xxxx 0rrr 1011 0001 0000",
        ],
    ),
    (
        "two core registers",
        &[
            "1110 1100 010x 0ttt 0rrr 1010 00x1 ssss",
            "1110 1100 010x 0ttt 0rrr 1011 0001 xxxx",
        ],
    ),
    // Flags to APSR, and APSR to a register.
    ("status to flags", &[STATUS_TO_FLAGS]),
    (
        "status to register",
        &["1110 1110 1111 0001 0rrr 1010 0001 0000"],
    ),
    (
        "load and store",
        &[
            "1110 1101 1x0x 0000 xxxx 1010 0000 0xxx",
            "1110 1101 100x 0000 xxxx 1011 0000 00xx",
            // Literals, and below R2.
            "1110 1101 1x01 1111 xxxx 1010 0000 0xxx",
            "1110 1101 1001 1111 xxxx 1011 0000 0xxx",
            "1110 1101 0x0x 0010 xxxx 1010 0000 0kkk",
            "1110 1101 000x 0010 xxxx 1011 0000 0kk0",
        ],
    ),
    (
        "load and store several",
        &[
            // Up from R0, up from R1 and down from R2, which change; the last two move the base
            // by a word more than they transfer.
            "1110 1100 1x0x 0000 0xxx 1010 0000 0kkk",
            "1110 1100 1x1x 0001 0xxx 1010 0000 0kkk",
            "1110 1101 0x1x 0010 0xxx 1010 0000 0kkk",
            "1110 1100 101x 0001 0xxx 1011 0000 0kk0",
            "1110 1101 001x 0010 0xxx 1011 0000 0kk0",
            "1110 1100 101x 0001 0xxx 1011 0000 0kk1",
            "1110 1101 001x 0010 0xxx 1011 0000 0kk1",
        ],
    ),
];

const STATUS_TO_FLAGS: &str = "1110 1110 1111 0001 1111 1010 0001 0000";
/// MRS R3, APSR
const READ_FLAGS: [u16; 2] = [0xF3EF, 0x8300];
/// ADDS R1, R0, #4; ADD.W R2, R0, #32: what lies between is within the case's memory.
const BASES: [u16; 3] = [0x1D01, 0xF100, 0x0220];

struct Case {
    code: Vec<u16>,
    classes: Vec<&'static str>,
}

pub struct Batch {
    cases: Vec<Case>,
    pub code: Vec<u8>,
    pub data: Vec<u8>,
}

/// Singles at which something changes, halves and integers among them.
fn operand(random: &mut Random) -> u32 {
    const EDGES: [u32; 34] = [
        0,
        1,
        2,
        0x0000_7FFF,
        0x0000_8000,
        0x0040_0000,
        0x007F_FFFF,
        0x0080_0000,
        0x0080_0001,
        0x00FF_FFFF,
        0x0100_0000,
        0x3280_0000,
        0x3300_0000,
        0x3300_0001,
        0x3380_0000,
        0x387F_E000,
        0x387F_FFFF,
        0x3880_0000,
        0x3EFF_FFFF,
        0x3F00_0000,
        0x3F7F_FFFF,
        0x3F80_0000,
        0x3F80_0001,
        0x3FC0_0000,
        0x477F_E000,
        0x477F_F000,
        0x4EFF_FFFF,
        0x4F00_0000,
        0x4F80_0000,
        0x7F7F_FFFF,
        0x7F80_0000,
        0x7F80_0001,
        0x7FC0_0000,
        0x7FFF_FFFF,
    ];
    let sign = random.next() & 1 << 31;
    let fraction = match random.below(3) {
        0 => random.next() & random.next() & 0x0070_0000,
        1 => (random.next() >> random.below(32)) & 0x007F_FFFF,
        _ => random.next() & 0x007F_FFFF,
    };
    // Exponents of all, of integers and halves, and whose products are the least there are.
    let exponent = match random.below(5) {
        0 => random.below(256),
        1 => 110 + random.below(50),
        2 => 56 + random.below(20),
        3 => 126 + random.below(4),
        _ => return sign | *random.one_of(&EDGES),
    };
    sign | exponent << 23 | fraction
}

/// For rules about several operands: zero, a denormal number, infinity, a signalling NaN, a quiet
/// one, all with a sign.
fn mostly_special(random: &mut Random) -> u32 {
    const SPECIAL: [u32; 5] = [0, 0x0012_3456, 0x7F80_0000, 0x7F81_2345, 0x7FC5_4321];
    let sign = random.next() & 1 << 31;
    match random.below(3) {
        0 => operand(random),
        _ => sign | *random.one_of(&SPECIAL),
    }
}

/// Modes as they come, mostly without exceptions of before.
fn status(random: &mut Random) -> u32 {
    let modes = random.next() & random.next() & 7 << 24 | random.next() & 3 << 22;
    let before = if random.below(4) == 0 { 0xF000_009F } else { 0 };
    modes | random.next() & before
}

fn at(case: u32) -> u32 {
    DATA + case * RECORD * 4
}

/// R0 stays where it is; the last single has no successor; what is unpredictable is left out: the
/// same core register twice, and an empty list.
fn is_legal(form: &str, encoded: &Encoded) -> bool {
    let named = |name| form.contains(name).then(|| encoded.field(name));
    let (r, t) = (named('r'), named('t'));
    let stays = r != Some(0) && t != Some(0);
    stays && (t.is_none() || r != t) && named('s') != Some(15) && named('k') != Some(0)
}

fn instruction(random: &mut Random, form: &'static str) -> Vec<u16> {
    let mut code = Vec::new();
    if form.contains('k') {
        code.extend(BASES);
    }
    let encoded = loop {
        let encoded = Pattern(form).fill(random);
        if is_legal(form, &encoded) {
            break encoded;
        }
    };
    code.extend(encoded.halfwords());
    if form == STATUS_TO_FLAGS {
        code.extend(READ_FLAGS);
    }
    code
}

impl Case {
    fn new(random: &mut Random) -> Self {
        let mut case = Self {
            code: Vec::new(),
            classes: Vec::new(),
        };
        for _ in 0..=random.below(LONGEST) {
            let (class, forms) = *random.one_of(FORMS);
            let form = random.one_of(forms);
            case.code.extend(instruction(random, form));
            case.classes.push(class);
        }
        case
    }

    fn framed(&self, number: u32) -> Vec<u16> {
        let mut code = set(0, at(number));
        code.extend([0xECB0, 0x0A20]); // vldmia r0!, {s0-s31}
        code.extend([0xC802]); // ldmia r0!, {r1}
        code.extend([0xEEE1, 0x1A10]); // vmsr fpscr, r1
        code.extend([0xC8FE]); // ldmia r0!, {r1-r7}
        code.extend(&self.code);
        code.extend([0xEEF1, 0x8A10]); // vmrs r8, fpscr
        code.extend(set(0, at(number)));
        code.extend([0xECA0, 0x0A20]); // vstmia r0!, {s0-s31}
        code.extend([0xF840, 0x8B04]); // str r8, [r0], #4
        code.extend([0xC0FE]); // stmia r0!, {r1-r7}
        code
    }
}

/// CPACR: both halves of the floating-point unit for everybody.
fn switch_on() -> Vec<u16> {
    let mut code = set(0, 0xE000_ED88);
    code.extend(set(1, 0x00F0_0000));
    code.extend([0x6001, 0xF3BF, 0x8F4F, 0xF3BF, 0x8F6F]); // str r1, [r0]; dsb; isb
    code.extend([0x4280]); // cmp r0, r0
    code
}

impl Batch {
    pub fn new(random: &mut Random) -> Self {
        let mut data = Vec::new();
        let mut halfwords = switch_on();
        let mut cases = Vec::new();
        for number in 0..CASES {
            let any = if random.below(4) == 0 {
                mostly_special
            } else {
                operand
            };
            let mut words: Vec<_> = (0..RECORD).map(|_| any(random)).collect();
            words[FPSCR] = status(random);
            data.extend(words.into_iter().flat_map(u32::to_le_bytes));
            let case = Case::new(random);
            halfwords.extend(case.framed(number));
            cases.push(case);
        }
        let halves = halfwords.iter();
        let mut code: Vec<u8> = halves.flat_map(|half| half.to_le_bytes()).collect();
        code.extend(super::qemu::epilogue(CODE + code.len() as u32));
        assert!(code.len() as u32 <= DATA - CODE);
        Self { cases, code, data }
    }

    pub fn classes(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.cases
            .iter()
            .flat_map(|case| case.classes.iter().copied())
    }

    /// The first case after which the records differ.
    pub fn difference(&self, ours: &[u8], theirs: &[u8]) -> Option<String> {
        assert_eq!(
            (ours.len(), theirs.len()),
            (self.data.len(), self.data.len())
        );
        let length = RECORD as usize * 4;
        let records = |bytes: &[u8]| -> Vec<Vec<u32>> { bytes.chunks(length).map(words).collect() };
        let (before, ours, theirs) = (records(&self.data), records(ours), records(theirs));
        let different = (0..self.cases.len()).find(|case| ours[*case] != theirs[*case])?;
        let case = &self.cases[different];
        let [before, ours, theirs] = [before, ours, theirs].map(|all| all[different].clone());
        let mut text = format!("{:04x?}\n{:?}\n", case.code, case.classes);
        for index in 0..RECORD as usize {
            if ours[index] != theirs[index] {
                let (was, ours, theirs) = (before[index], ours[index], theirs[index]);
                let _ = writeln!(text, "word {index}: {was:08x}, {ours:08x}, {theirs:08x}");
            }
        }
        let _ = writeln!(text, "from {before:08x?}");
        Some(text)
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word)).collect()
}
