//! A case: random instructions that run from the first to the last.

use super::forms::{Class, FORMS, Form, Group, Kind};
use super::pattern::{Encoded, Pattern};
use super::program::BASES;
use super::random::Random;

const BRANCH: Class = Class("branch");
const COMPARE_AND_BRANCH: Class = Class("compare and branch");
const TABLE_BRANCH: Class = Class("table branch");
const IF_THEN: Class = Class("if-then block");
/// What is not in [`FORMS`] because it surrounds other instructions.
pub const FLOW: [Class; 4] = [BRANCH, COMPARE_AND_BRANCH, TABLE_BRANCH, IF_THEN];

/// Units in a case.
const LENGTH: usize = 40;

/// Which groups of instructions are allowed.
#[derive(Debug, Clone, Copy)]
pub struct Instructions {
    pub groups: &'static [Group],
    /// What the other core does not get right.
    pub gaps: &'static [Gap],
}

/// Encodings that are left out.
#[derive(Debug)]
pub struct Gap {
    pub class: &'static str,
    pub covers: fn(&Encoded) -> bool,
    pub why: &'static str,
}

impl Instructions {
    fn has(self, form: &Form) -> bool {
        self.groups.contains(&form.group)
    }

    fn gap(self, form: &Form, encoded: &Encoded) -> Option<&'static Gap> {
        let mut gaps = self.gaps.iter().filter(|gap| gap.class == form.class.0);
        gaps.find(|gap| (gap.covers)(encoded))
    }
}

pub struct Case {
    pub code: Vec<u16>,
    pub classes: Vec<Class>,
    /// Why something was left out, each time it was.
    pub left_out: Vec<&'static str>,
}

/// Makes one case; `window` is where its memory begins.
pub struct Writer<'a> {
    random: &'a mut Random,
    allowed: Instructions,
    window: u32,
    case: Case,
}

impl<'a> Writer<'a> {
    pub fn new(random: &'a mut Random, allowed: Instructions, window: u32) -> Self {
        let case = Case {
            code: Vec::new(),
            classes: Vec::new(),
            left_out: Vec::new(),
        };
        Self {
            random,
            allowed,
            window,
            case,
        }
    }

    pub fn write(mut self) -> Case {
        for _ in 0..LENGTH {
            match self.random.below(16) {
                0 => self.branch(),
                1 => self.compare_and_branch(),
                2 => self.table_branch(),
                3 | 4 => self.if_then(),
                _ => self.instruction(),
            }
        }
        self.case
    }

    /// One of the classes, one of its forms, one of what that stands for.
    fn pick(&mut self, wanted: impl Fn(&Form) -> bool) -> (&'static Form, Encoded) {
        let allowed = self.allowed;
        let forms: Vec<_> = FORMS
            .iter()
            .filter(|form| allowed.has(form) && wanted(form))
            .collect();
        let mut classes: Vec<_> = forms.iter().map(|form| form.class).collect();
        classes.dedup();
        let class = *self.random.one_of(&classes);
        let forms: Vec<_> = forms.iter().filter(|form| form.class == class).collect();
        loop {
            let form = **self.random.one_of(&forms);
            let encoded = form.pattern.fill(self.random);
            if !form.is_legal(&encoded) {
                continue;
            }
            match allowed.gap(form, &encoded) {
                Some(gap) => self.case.left_out.push(gap.why),
                None => return (form, encoded),
            }
        }
    }

    fn instruction(&mut self) {
        let (form, encoded) = self.pick(|_| true);
        self.prepare(form, &encoded);
        self.put(form.class, &encoded.halfwords());
    }

    /// Makes a base point into memory, an index small, a divisor odd.
    fn prepare(&mut self, form: &Form, encoded: &Encoded) {
        match form.kind {
            Kind::Data => {}
            Kind::Divides => {
                let odd = Pattern("11110 0 00010 0 nnnn 0 000 dddd 00000001").fill(self.random);
                let m = encoded.field('m');
                let odd = odd.with('n', m).with('d', m);
                self.case.code.extend(odd.halfwords());
            }
            Kind::Access(alignment) => {
                let offset = BASES.start + self.random.below(BASES.end - BASES.start);
                let base = self.window + offset / alignment * alignment;
                self.set(encoded.field('n'), base);
                if form.pattern.0.contains('m') {
                    let index = self.random.below(32);
                    self.set(encoded.field('m'), index);
                }
            }
        }
    }

    fn set(&mut self, register: u32, value: u32) {
        self.case.code.extend(set(register, value));
    }

    fn put(&mut self, class: Class, halfwords: &[u16]) {
        self.case.classes.push(class);
        self.case.code.extend(halfwords);
    }

    /// One to three instructions that may be jumped over.
    fn skipped(&mut self) -> Vec<u16> {
        let start = self.case.code.len();
        for _ in 0..=self.random.below(3) {
            self.instruction();
        }
        self.case.code.split_off(start)
    }

    /// B by a condition, in both lengths, and B without.
    fn branch(&mut self) {
        let skipped = self.skipped();
        let length = skipped.len() as u32 * 2;
        let condition = self.random.below(14);
        let branch = match self.random.below(3) {
            0 => Pattern("1101 cccc iiiiiiii")
                .fill(self.random)
                .with('i', length / 2 - 1),
            1 => Pattern("11100 iiiiiiiiiii")
                .fill(self.random)
                .with('i', length / 2 - 1),
            _ => Pattern("11110 0 cccc 000000 10 0 0 0 iiiiiiiiiii")
                .fill(self.random)
                .with('i', length / 2),
        };
        let branch = branch.with('c', condition);
        self.put(BRANCH, &branch.halfwords());
        self.case.code.extend(skipped);
    }

    fn compare_and_branch(&mut self) {
        let skipped = self.skipped();
        let offset = skipped.len() as u32 - 1;
        let branch = Pattern("1011 x 0 0 1 iiiii nnn").fill(self.random);
        self.put(COMPARE_AND_BRANCH, &branch.with('i', offset).halfwords());
        self.case.code.extend(skipped);
    }

    /// TBB with a table of two, of which the second leads over some instructions.
    fn table_branch(&mut self) {
        let skipped = self.skipped();
        let register = self.random.below(8);
        let which = self.random.below(2);
        self.set(register, which);
        let branch = Pattern("11101000 1101 1111 1111 0000 000 0 mmmm").fill(self.random);
        self.put(TABLE_BRANCH, &branch.with('m', register).halfwords());
        self.case.code.push((1 + skipped.len() as u16) << 8 | 1);
        self.case.code.extend(skipped);
    }

    /// IT and one to four instructions, of which the first may access memory.
    fn if_then(&mut self) {
        let (first, encoded) = self.pick(|_| true);
        self.prepare(first, &encoded);
        let mut instructions = vec![(first.class, encoded)];
        for _ in 0..self.random.below(4) {
            let (form, encoded) = self.pick(|form| form.kind == Kind::Data);
            instructions.push((form.class, encoded));
        }
        let condition = self.random.below(14);
        let count = instructions.len() as u32;
        // As many free bits as there are instructions behind the first, and a one (A7.7.38).
        let mask = (self.random.below(8) << 1 | 1) << (4 - count) & 0xF;
        self.put(IF_THEN, &[(0xBF00 | condition << 4 | mask) as u16]);
        for (class, encoded) in instructions {
            self.put(class, &encoded.halfwords());
        }
    }
}

/// MOVW and MOVT.
pub fn set(register: u32, value: u32) -> Vec<u16> {
    let half = |opcode: u32, half: u32| {
        let (i, imm4) = (half >> 11 & 1, half >> 12);
        let (imm3, imm8) = (half >> 8 & 7, half & 0xFF);
        [
            (opcode | i << 10 | imm4) as u16,
            (imm3 << 12 | register << 8 | imm8) as u16,
        ]
    };
    [half(0xF240, value & 0xFFFF), half(0xF2C0, value >> 16)].concat()
}
