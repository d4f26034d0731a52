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

use std::cell::RefCell;
use std::rc::Rc;

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
    record: Rc<RefCell<Record>>,
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
            history.push(OnRecord::now(&setup.board, &record));
        });
        assert_eq!((end.verdict, &end.fault), (Verdict::Pass, &None));
        Self {
            operations: setup.board.take_record(),
            line,
            config,
            virgin,
            history,
            record,
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

    /// What is left when the supply fails at an operation, counted from 1.
    fn cut_at(&self, nth: usize, cut: Cut) -> Remains {
        let mut left = self.virgin.clone();
        for operation in &self.operations[..nth - 1] {
            left.apply(operation);
        }
        let last = &self.operations[nth - 1];
        match cut {
            Cut::During => left.apply_in_part(last, nth as u64),
            Cut::After => left.apply(last),
        }
        left
    }

    fn restart(&self, nth: usize, cut: Cut) -> Verdict {
        let bench = std::sync::Arc::new(VirtualBench::new(1));
        let left = self.cut_at(nth, cut);
        let board = bench.insert_remains(0, self.config.clone(), &left).unwrap();
        let record = OnRecord::at(&self.line, &self.history, nth as u64, &self.record.borrow());
        let end = self
            .line
            .provision(&mut *open(&bench), &record, &mut |_| {});
        let what = format!("operation {nth}, cut {cut:?}: {:?}", end.fault);
        assert_eq!(record.borrow().units.len(), 1, "{what}");
        assert!(counter(&board.remains()) <= COUNTER, "{what}");
        end.verdict
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
    assert!(tally.entered > 0 && tally.asleep > 0, "{tally:?}");
}

/// Option bytes are erased before they are written (RM0090 §3.7.3); cut in between they read as
/// protection level 1 that nobody asked for. The line sets such a unit aside.
#[test]
fn a_unit_cut_off_at_an_irreversible_operation_passes_when_started_again_or_is_set_aside() {
    let run = Run::new(32);
    let all = everything();
    let mut restarts = 0;
    for (nth, operation) in (1_usize..).zip(&run.operations) {
        let image = is_in(operation, "bootloader") || is_in(operation, "bank-a");
        let options = operation.kind() == FlashOp::OptionBytes;
        let few = options || operation.kind() == FlashOp::OtpProgram && nth.is_multiple_of(4);
        for cut in [Cut::During, Cut::After] {
            if all && !image || few && cut == Cut::During {
                let verdict = run.restart(nth, cut);
                let set_aside = options && cut == Cut::During && verdict == Verdict::Quarantine;
                let what = format!("{nth}: {operation:x?}, {cut:?}: {verdict:?}");
                assert!(set_aside || verdict == Verdict::Pass, "{what}");
                restarts += 1;
            }
        }
    }
    assert!(restarts > 2, "{restarts}");
}
