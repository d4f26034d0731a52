//! `armagnac`, an emulator of ARMv7-M that shares nothing with ours.

use armagnac::core::{Config, Emulator, Event, Processor, RunOptions};

use super::case::{Gap, Instructions};
use super::forms::Group;
use super::pattern::Encoded;
use super::program::{Batch, CODE, DATA, DATA_LENGTH, Memory};

/// Version 0.3 has little of the DSP extension (its README lists what is missing), and stops at
/// a division by zero and at writing APSR.
pub const INSTRUCTIONS: Instructions = Instructions {
    groups: &[Group::Base],
    gaps: GAPS,
};

const SHIFT: &str = "it stops at an arithmetic shift by 32";

const GAPS: &[Gap] = &[
    gap("divide", |e| e.field('x') == 0, DIVISION),
    gap("arithmetic shift, 16 bits", |e| e.field('s') == 0, SHIFT),
    gap("shifted register", shifts_by_32, SHIFT),
    gap("shifted register, move", shifts_by_32, SHIFT),
    gap("shifted register, test", shifts_by_32, SHIFT),
    gap(
        "register, 16 bits",
        |e| [4, 7].contains(&e.field('o')),
        "it stops at ASR by 32 or more, and at ROR by a multiple of 32",
    ),
    gap(
        "shift",
        |e| e.field('y') >= 2,
        "it stops at ASR by 32 or more, and at ROR by a multiple of 32",
    ),
];

/// Its quotient does not fit.
const DIVISION: &str = "it stops at the most negative number divided by -1";

const fn gap(class: &'static str, covers: fn(&Encoded) -> bool, why: &'static str) -> Gap {
    Gap { class, covers, why }
}

fn shifts_by_32(e: &Encoded) -> bool {
    e.field('y') == 2 && e.field('j') + e.field('w') == 0
}

const MOST_INSTRUCTIONS: usize = 1_000_000;

pub fn run(batch: &Batch) -> Memory {
    let mut processor = Processor::new(Config::v7m());
    processor.map_ram(CODE, DATA - CODE).unwrap();
    processor.map(DATA, &batch.data).unwrap();
    processor.write_bytes_iface(CODE, &batch.code).unwrap();
    processor.set_pc(CODE);
    let end = processor.run(RunOptions::new().gas(MOST_INSTRUCTIONS));
    assert!(matches!(end, Ok(Some(Event::Break(_)))), "{:?}", end.err());
    processor.read_bytes_iface(DATA, DATA_LENGTH).unwrap()
}
