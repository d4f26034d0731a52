//! Many cases as one program, in RAM at the same addresses on every core.
//!
//! Each case loads R0 to R12, runs, and pushes what R0 to R12 and APSR hold then. Behind the
//! last one the program stops at a breakpoint; QEMU takes that one for a semihosting call and
//! goes on to write the data to a file.

use std::fmt::Write as _;
use std::ops::Range;

use super::case::{Case, Instructions, Writer, set};
use super::forms::Class;
use super::random::Random;

/// Where the code is.
pub const CODE: u32 = 0x2000_0000;
/// Where the data of the first case is.
pub const DATA: u32 = 0x2001_0000;
pub const DATA_LENGTH: u32 = CASES * CASE_LENGTH;

const CASES: u32 = 64;
/// 13 registers before; APSR and 13 registers after; and a window for loads and stores.
const BEFORE: u32 = 13 * 4;
const AFTER: u32 = 14 * 4;
const WINDOW: u32 = 660;
const CASE_LENGTH: u32 = BEFORE + AFTER + WINDOW;
/// Offsets in the window that bases point to; accesses reach 256 below and 300 above.
pub const BASES: Range<u32> = 264..328;

/// APSR (B1.4.2).
pub const NZCVQ: u32 = 0xF800_0000;
pub const GE: u32 = 0x000F_0000;

/// Byte and bit of the last case's data, and whether a difference there counts: a carry flag, a
/// bit of APSR that the architecture reserves, R12, and the last byte of the window.
pub const PLACES: [(usize, u32, bool); 4] = {
    let last = ((CASES - 1) * CASE_LENGTH) as usize;
    let after = last + BEFORE as usize;
    [
        (after + 3, 5, true),
        (after, 0, false),
        (after + 13 * 4, 0, true),
        (last + CASE_LENGTH as usize - 1, 7, true),
    ]
};

/// The data after a run.
pub type Memory = Vec<u8>;

pub struct Batch {
    cases: Vec<Case>,
    pub code: Vec<u8>,
    pub data: Vec<u8>,
}

fn at(case: u32) -> u32 {
    DATA + case * CASE_LENGTH
}

impl Batch {
    pub fn new(random: &mut Random, allowed: Instructions) -> Self {
        let mut data = Vec::new();
        let mut cases = Vec::new();
        for case in 0..CASES {
            let words = (0..CASE_LENGTH / 4).map(|_| random.operand());
            data.extend(words.flat_map(u32::to_le_bytes));
            let window = at(case) + BEFORE + AFTER;
            cases.push(Writer::new(random, allowed, window).write());
        }
        let halfwords: Vec<_> = (0..)
            .zip(&cases)
            .flat_map(|(n, case)| frame(n, case))
            .collect();
        let mut code: Vec<u8> = halfwords
            .iter()
            .flat_map(|half| half.to_le_bytes())
            .collect();
        code.extend(super::qemu::epilogue(CODE + code.len() as u32));
        assert!(code.len() as u32 <= DATA - CODE);
        Self { cases, code, data }
    }

    pub fn classes(&self) -> impl Iterator<Item = Class> + '_ {
        self.cases
            .iter()
            .flat_map(|case| case.classes.iter().copied())
    }

    pub fn left_out(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.cases
            .iter()
            .flat_map(|case| case.left_out.iter().copied())
    }

    /// The first case after which the memories differ; of APSR only `flags` count.
    pub fn difference(&self, ours: &[u8], theirs: &[u8], flags: u32) -> Option<String> {
        assert_eq!(
            (ours.len(), theirs.len()),
            (self.data.len(), self.data.len())
        );
        let length = CASE_LENGTH as usize;
        let pairs = ours.chunks(length).zip(theirs.chunks(length));
        for ((case, before), (ours, theirs)) in
            self.cases.iter().zip(self.data.chunks(length)).zip(pairs)
        {
            let mut text = String::new();
            for (index, ((was, ours), theirs)) in words(before)
                .zip(words(ours))
                .zip(words(theirs))
                .enumerate()
            {
                let counts = if index == APSR { flags } else { u32::MAX };
                if (ours ^ theirs) & counts != 0 {
                    let _ = writeln!(text, "{}: {was:x}, {ours:x}, {theirs:x}", name(index));
                }
            }
            if !text.is_empty() {
                let registers: Vec<_> = words(before).take(13).collect();
                let _ = writeln!(text, "from {registers:x?}");
                let _ = writeln!(text, "{:04x?}\n{:?}", case.code, case.classes);
                return Some(text);
            }
        }
        None
    }
}

const APSR: usize = 13;

fn name(index: usize) -> String {
    match index {
        0..13 => format!("R{index} before"),
        APSR => "APSR".to_owned(),
        14..27 => format!("R{}", index - 14),
        _ => format!("memory at {:#x}", (index - 27) * 4),
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word))
}

fn frame(number: u32, case: &Case) -> Vec<u16> {
    let state = at(number);
    let mut code = set(0, state + BEFORE + AFTER);
    code.extend([0x4685]); // mov sp, r0
    code.extend(set(0, state));
    code.extend([0xE890, 0x1FFF]); // ldm r0, {r0-r12}
    code.extend([0x4288]); // cmp r0, r1
    code.extend(&case.code);
    code.extend([0xE92D, 0x1FFF]); // push {r0-r12}
    code.extend([0xF3EF, 0x8000]); // mrs r0, apsr
    code.extend([0xB401]); // push {r0}
    code
}
