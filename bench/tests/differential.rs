//! The emulated core against two others: the same random instructions on the board, on
//! `armagnac` and under QEMU leave the same registers, flags and memory; and the firmware's
//! portable code answers the same on the board, under QEMU and on the host.
//!
//! Seeded, so that a difference is found again: `CRADLE_DIFFERENTIAL_SEED` is another
//! beginning, `CRADLE_DIFFERENTIAL_BATCHES` says how many batches of 64 cases each test runs.
#![allow(unreachable_pub, clippy::panic, clippy::unwrap_used)]

#[path = "differential/armagnac_core.rs"]
mod armagnac_core;
#[path = "differential/board.rs"]
mod board;
#[path = "differential/case.rs"]
mod case;
#[path = "differential/exceptions.rs"]
mod exceptions;
#[path = "differential/float_frames.rs"]
mod float_frames;
#[path = "differential/floats.rs"]
mod floats;
#[path = "differential/forms.rs"]
mod forms;
#[path = "differential/pattern.rs"]
mod pattern;
#[path = "differential/portable.rs"]
mod portable;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/qemu.rs"]
mod qemu;
#[path = "differential/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::env;

use board::BoardCore;
use case::Instructions;
use forms::{Class, Group};
use portable::{EXPECTED, Portable};
use program::{Batch, GE, Memory, NZCVQ};
use random::Random;

/// In each test of a normal run: 1,536 cases, about 90,000 instructions; of floating point twice
/// as many, with shorter cases.
const BATCHES: u64 = 24;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// What was executed, by class, and what was not, by reason.
#[derive(Debug, Default)]
struct Tally {
    executed: BTreeMap<Class, u32>,
    left_out: BTreeMap<&'static str, u32>,
}

impl Tally {
    fn add(&mut self, batch: &Batch) {
        for class in batch.classes() {
            *self.executed.entry(class).or_default() += 1;
        }
        for why in batch.left_out() {
            *self.left_out.entry(why).or_default() += 1;
        }
    }

    /// Every class was executed often enough for chance to have tried its corners.
    fn assert_covers(&self, groups: &[Group]) {
        println!("{self:?}");
        for class in Class::of(groups) {
            let count = self.executed.get(&class).copied().unwrap_or(0);
            assert!(count >= 1000, "{class:?}: {count}");
        }
    }
}

/// Runs batches on the board and on the other core.
fn compare(allowed: Instructions, flags: u32, mut other: impl FnMut(&Batch) -> Memory) {
    let board = BoardCore::new();
    let first = from_environment("CRADLE_DIFFERENTIAL_SEED", 1);
    let mut tally = Tally::default();
    for seed in first..first + from_environment("CRADLE_DIFFERENTIAL_BATCHES", BATCHES) {
        let batch = Batch::new(&mut Random::new(seed), allowed);
        let (ours, theirs) = (board.run(&batch), other(&batch));
        if let Some(difference) = batch.difference(&ours, &theirs, flags) {
            panic!("seed {seed}; before, ours, theirs: {difference}");
        }
        tally.add(&batch);
    }
    tally.assert_covers(allowed.groups);
}

/// All of ARMv7E-M but the floating-point extension.
#[test]
fn random_instructions_leave_what_they_leave_under_qemu() {
    compare(qemu::INSTRUCTIONS, NZCVQ | GE, qemu::run);
}

/// FPv4-SP: results, flags and what is in memory, in all rounding modes, with and without denormal
/// numbers, NaNs that propagate, and alternative halves.
#[test]
fn random_floating_point_leaves_what_it_leaves_under_qemu() {
    let board = BoardCore::new();
    let first = from_environment("CRADLE_DIFFERENTIAL_SEED", 1);
    let batches = from_environment("CRADLE_DIFFERENTIAL_BATCHES", 2 * BATCHES);
    let mut tally = BTreeMap::new();
    for seed in first..first + batches {
        let batch = floats::Batch::new(&mut Random::new(seed));
        let ours = board.run_program(&batch.code, &batch.data);
        let theirs = qemu::run_program(&batch.code, &batch.data);
        if let Some(difference) = batch.difference(&ours, &theirs) {
            panic!("seed {seed}; before, ours, theirs: {difference}");
        }
        for class in batch.classes() {
            *tally.entry(class).or_insert(0) += 1;
        }
    }
    println!("{tally:?}");
    for (class, _) in floats::FORMS {
        let count = tally.get(class).copied().unwrap_or(0);
        assert!(count >= 1000, "{class}: {count}");
    }
}

/// What `armagnac` does not have or get right is listed beside it.
#[test]
fn random_instructions_leave_what_they_leave_on_armagnac() {
    compare(armagnac_core::INSTRUCTIONS, NZCVQ, armagnac_core::run);
}

/// Preemption, masks, faults and their escalation, stacks, privilege: see the program.
#[test]
fn exceptions_leave_the_trace_that_they_leave_under_qemu() {
    assert_same_trace(exceptions::program());
}

/// Who may use the floating-point unit, and its state around exceptions: see the program.
#[test]
fn exceptions_around_floating_point_leave_the_trace_that_they_leave_under_qemu() {
    assert_same_trace(float_frames::program());
}

fn assert_same_trace((code, data): (Vec<u8>, Vec<u8>)) {
    let words = |memory: Memory| -> Vec<u32> {
        let (words, _) = memory.as_chunks::<4>();
        let mut words: Vec<_> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let end = words.iter().rposition(|word| *word == exceptions::LAST);
        words.truncate(end.unwrap() + 1);
        words
    };
    let ours = words(BoardCore::new().run_program(&code, &data));
    let theirs = words(qemu::run_program(&code, &data));
    println!("{} words: {ours:x?}", ours.len());
    assert_eq!(ours, theirs);
}

/// Digests, signatures, verdicts about images and boot decisions.
#[test]
fn the_portable_code_answers_on_the_board_and_under_qemu_as_on_the_host() {
    let program = Portable::find();
    assert_eq!(qemu::page(&program), EXPECTED, "QEMU");
    assert_eq!(BoardCore::new().page(&program), EXPECTED, "the board");
}

/// The comparison itself: what a core would get wrong is seen, wherever it shows.
#[test]
fn a_single_wrong_bit_in_a_register_a_flag_or_memory_is_a_difference() {
    let batch = Batch::new(&mut Random::new(1), qemu::INSTRUCTIONS);
    let right = BoardCore::new().run(&batch);
    assert_eq!(batch.difference(&right, &right, NZCVQ | GE), None);
    for (place, bit, counts) in program::PLACES {
        let mut wrong = right.clone();
        wrong[place] ^= 1 << bit;
        let difference = batch.difference(&right, &wrong, NZCVQ | GE);
        assert_eq!(difference.is_some(), counts, "{place}");
    }
}
