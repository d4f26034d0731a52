//! A batch of cases as one program: each sets all registers, runs random instructions and stores
//! all registers.

use super::forms;
use super::random::Random;

/// Where the code lies: SRAM on the instruction bus.
pub const CODE: u32 = 0x4038_0000;
/// Where the data lie: SRAM on the data bus, far from the code behind its other address.
pub const DATA: u32 = 0x3FCA_0000;
/// The windows that loads and stores reach, then the operands, then the results.
const WINDOW: u32 = 4096;
const OPERANDS: u32 = DATA + WINDOW;
const REGISTERS: u32 = 32 * 4;
const CASES: u32 = 64;
const RESULTS: u32 = OPERANDS + CASES * REGISTERS;
pub const DATA_LENGTH: u32 = WINDOW + 2 * CASES * REGISTERS;
const LENGTH: u32 = 40;

/// x2, x9 and x31 point into the window, x30 to the operands and results.
pub const RESERVED: [u32; 4] = [2, 9, 30, 31];
pub const WINDOW_REGISTERS: [u32; 3] = [2, 9, 31];

pub struct Batch {
    pub code: Vec<u8>,
    pub data: Vec<u8>,
    pub classes: Vec<&'static str>,
}

fn li(register: u32, value: u32) -> Vec<u8> {
    let low = value << 20 >> 20;
    let sign = low >> 11 & 1;
    let high = (value >> 12).wrapping_add(sign) << 12;
    let lui = high | register << 7 | 0x37;
    let addi = low << 20 | register << 15 | register << 7 | 0x13;
    [lui, addi]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}

impl Batch {
    pub fn new(random: &mut Random) -> Self {
        let mut batch = Self {
            code: Vec::new(),
            data: vec![0; DATA_LENGTH as usize],
            classes: Vec::new(),
        };
        for byte in &mut batch.data[..WINDOW as usize] {
            *byte = random.next() as u8;
        }
        for case in 0..CASES {
            batch.case(random, case);
        }
        batch
            .code
            .extend(super::qemu::epilogue(CODE + batch.code.len() as u32));
        batch
    }

    fn case(&mut self, random: &mut Random, case: u32) {
        let operands = OPERANDS + case * REGISTERS;
        self.code.extend(li(30, operands));
        for register in 1..30 {
            let at = (WINDOW + case * REGISTERS + register * 4) as usize;
            self.data[at..at + 4].copy_from_slice(&random.operand().to_le_bytes());
            // lw register, 4 * register(x30)
            let lw = (register * 4) << 20 | 30 << 15 | 2 << 12 | register << 7 | 0x03;
            self.code.extend(lw.to_le_bytes());
        }
        for (register, offset) in WINDOW_REGISTERS.into_iter().zip([512, 1024, 0]) {
            self.code.extend(li(register, DATA + offset));
        }
        for _ in 0..LENGTH {
            self.step(random);
        }
        self.code.extend(li(30, RESULTS + case * REGISTERS));
        for register in 0..32_u32 {
            let offset = register * 4;
            let split = (offset >> 5) << 25 | (offset & 31) << 7;
            let sw = split | register << 20 | 30 << 15 | 2 << 12 | 0x23;
            self.code.extend(sw.to_le_bytes());
        }
    }

    fn step(&mut self, random: &mut Random) {
        if random.below(5) != 0 {
            let (class, bytes) = forms::straight(random);
            self.classes.push(class);
            self.code.extend(bytes);
            return;
        }
        let mut skipped = Vec::new();
        for _ in 0..=random.below(3) {
            let (class, bytes) = forms::straight(random);
            self.classes.push(class);
            skipped.extend(bytes);
        }
        let (class, bytes) = forms::jump(random, skipped.len() as u32);
        self.classes.push(class);
        self.code.extend(bytes);
        self.code.extend(skipped);
    }

    /// The first word that differs, in words for people.
    pub fn difference(&self, ours: &[u8], theirs: &[u8]) -> Option<String> {
        assert_eq!(ours.len(), theirs.len());
        let at = (0..ours.len())
            .step_by(4)
            .find(|at| ours[*at..at + 4] != theirs[*at..at + 4])?;
        let results = (RESULTS - DATA) as usize;
        let place = match at.checked_sub(results) {
            Some(at) => format!(
                "case {}, x{}",
                at / REGISTERS as usize,
                at % REGISTERS as usize / 4
            ),
            None => format!("memory at {at:#x}"),
        };
        Some(format!(
            "{place}: ours {:02x?}, theirs {:02x?}",
            &ours[at..at + 4],
            &theirs[at..at + 4]
        ))
    }
}
