//! Power fails at every operation on non-volatile memory of a whole provisioning, done by the
//! driver with the firmware built from this repository; see docs/virtual-bench.md.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod driver_support;
#[path = "power_cuts/judge.rs"]
mod judge;
#[path = "power_cuts/line.rs"]
mod line;
#[path = "power_cuts/walk.rs"]
mod walk;
#[allow(dead_code)]
#[path = "../../procedure/tests/world/mod.rs"]
mod world;

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cradle_bench::virtual_bench::{BoardConfig, FlashOp, Operation, Remains, VirtualBench};
use cradle_procedure::step::Verdict;
use driver_support::{open, region, setup};
use judge::{IN_BANKS, counter};
use line::{COUNTER, Line, OnRecord};
use walk::{Cut, walk};
use world::record::Record;

/// One provisioning without a fault, and everything it did to the chip.
struct Run {
    line: Line,
    config: BoardConfig,
    virgin: Remains,
    operations: Vec<Operation>,
    history: Vec<OnRecord>,
    record: Record,
}

impl Run {
    fn new(seed: u32) -> Self {
        let line = Line::new();
        let config = BoardConfig::genuine(seed);
        let mut setup = setup(config.clone());
        let (virgin, record) = (setup.board.remains(), line.new_record());
        let mut history = Vec::new();
        setup.board.start_record();
        let end = line.provision(&mut *setup.device, &record, &mut |_| {
            let operations = setup.board.counters().flash.total();
            history.push(OnRecord::now(operations, &record));
        });
        assert_eq!((end.verdict, &end.fault), (Verdict::Pass, &None));
        Self {
            operations: setup.board.take_record(),
            line,
            config,
            virgin,
            history,
            record: Rc::into_inner(record).unwrap().into_inner(),
        }
    }

    /// Operations up to and with the last word of the bootloader.
    fn bootloader_length(&self) -> usize {
        let last = self
            .operations
            .iter()
            .rposition(|operation| is_in(operation, "bootloader"));
        last.unwrap() + 1
    }

    /// The cuts to start again from: all that leave another chip or another record than the one
    /// before; or a few of them.
    fn restarts(&self, all: bool) -> Vec<Restart> {
        let (mut state, mut restarts) = (self.virgin.clone(), Vec::new());
        let mut last = None;
        for (nth, operation) in (1_u64..).zip(&self.operations) {
            let wanted = if all {
                !is_in(operation, "bootloader") && !is_in(operation, "bank-a")
            } else {
                is_one_of_few(nth, operation)
            };
            if !wanted {
                state.apply(operation);
                continue;
            }
            let on = OnRecord::at(&self.history, nth);
            for cut in [Cut::During, Cut::After] {
                let mut left = state.clone();
                match cut {
                    Cut::During => left.apply_in_part(operation, nth),
                    Cut::After => left.apply(operation),
                }
                let now = (contents(&left), on);
                if last.as_ref() != Some(&now) && (all || cut == Cut::During) {
                    restarts.push(Restart { nth, cut, left });
                }
                last = Some(now);
            }
            state.apply(operation);
        }
        restarts
    }

    fn restart(&self, from: &Restart) {
        let bench = std::sync::Arc::new(VirtualBench::new(1));
        let board = bench
            .insert_remains(0, self.config.clone(), &from.left)
            .unwrap();
        let record = OnRecord::at(&self.history, from.nth).restore(&self.line, &self.record);
        let end = self
            .line
            .provision(&mut *open(&bench), &record, &mut |_| {});
        let what = format!("{}, cut {:?}: {:?}", from.nth, from.cut, end.fault);
        assert_eq!(record.borrow().units.len(), 1, "{what}");
        assert!(counter(&board.remains()) <= COUNTER, "{what}");
        assert_eq!(end.verdict, Verdict::Pass, "{what}");
    }
}

/// A power cut at an operation, counted from 1, and what it left.
struct Restart {
    nth: u64,
    cut: Cut,
    left: Remains,
}

fn contents(left: &Remains) -> (Vec<u8>, Vec<u8>, u32) {
    (left.flash(), left.otp(), left.option_bytes())
}

fn is_one_of_few(nth: u64, operation: &Operation) -> bool {
    match operation.kind() {
        FlashOp::OptionBytes => true,
        FlashOp::OtpProgram => nth.is_multiple_of(4),
        _ => false,
    }
}

fn is_in(operation: &Operation, name: &str) -> bool {
    let region = region(name);
    operation
        .programs()
        .is_some_and(|at| (region.start..region.start + region.length).contains(&at))
}

/// `CRADLE_FAULTS=all` leaves nothing out.
fn everything() -> bool {
    std::env::var_os("CRADLE_FAULTS").is_some_and(|value| value == "all")
}

/// While the bootloader is being written there is nothing else on the chip; those cuts are
/// left to the long run.
#[test]
fn a_power_cut_at_any_operation_leaves_a_unit_that_runs_only_what_verifies() {
    let run = Run::new(31);
    let skipped = if everything() {
        0
    } else {
        run.bootloader_length()
    };
    let mut state = run.virgin.clone();
    let (before, walked) = run.operations.split_at(skipped);
    for operation in before {
        state.apply(operation);
    }
    let meant = run.line.meant();
    let tally = walk(&run.config, state, walked, &IN_BANKS, |found| {
        meant.judge(found);
    });
    assert_eq!(tally.cuts, 2 * walked.len() as u64);
    println!("{tally:?}");
    assert!(tally.entered > 0 && tally.asleep > 0, "{tally:?}");
}

#[test]
fn a_unit_cut_off_at_an_irreversible_operation_passes_when_started_again() {
    let run = Run::new(32);
    let restarts = run.restarts(everything());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(from) = restarts.get(next.fetch_add(1, Ordering::Relaxed)) {
            run.restart(from);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    println!("{} restarts", restarts.len());
    assert!(restarts.len() > 2);
}
