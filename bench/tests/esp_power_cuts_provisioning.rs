//! Power fails at every operation on flash and eFuses of a whole provisioning of an ESP32-C3,
//! done by the driver with the firmware built from this repository.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "esp_power_cuts/support.rs"]
mod driver_support;
#[path = "esp_power_cuts/judge.rs"]
mod judge;
#[path = "power_cuts/line.rs"]
mod line;
#[path = "esp_power_cuts/walk.rs"]
mod walk;
#[path = "../../procedure/tests/world/mod.rs"]
mod world;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{EspConfig, EspOperation, EspRemains, FlashOp, VirtualBench};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::Device;
use cradle_procedure::step::Verdict;
use cradle_protocol::layout::esp32c3::{BANKS, BOOTLOADER};

use driver_support::profile;
use judge::counter;
use line::{COUNTER, Line, OnRecord};
use walk::walk;
use world::record::Record;

/// One provisioning without a fault, and everything it did to the chip.
struct Run {
    line: Line,
    config: EspConfig,
    virgin: EspRemains,
    operations: Vec<EspOperation>,
    history: Vec<OnRecord>,
    record: Record,
}

fn open(bench: &Arc<VirtualBench>) -> Box<dyn Device> {
    Bench::over_virtual(bench)
        .open(SlotId(1), &profile())
        .unwrap()
}

impl Run {
    fn new(seed: u32) -> Self {
        let line = Line::new();
        let config = EspConfig::genuine(seed);
        let bench = Arc::new(VirtualBench::new(1));
        let board = bench.insert_esp(0, config.clone()).unwrap();
        let (virgin, record) = (board.remains(), line.new_record());
        let mut history = Vec::new();
        board.start_record();
        let end = line.provision(&mut *open(&bench), &record, &mut |_| {
            history.push(OnRecord::now(board.counters().total(), &record));
        });
        assert_eq!((end.verdict, &end.fault), (Verdict::Pass, &None));
        Self {
            operations: board.take_record(),
            line,
            config,
            virgin,
            history,
            record: Rc::into_inner(record).unwrap().into_inner(),
        }
    }

    /// What is left when the supply fails during each burn; without `all`, during some.
    fn torn_burns(&self, all: bool) -> Vec<(u64, EspRemains)> {
        let (mut state, mut torn) = (self.virgin.clone(), Vec::new());
        for (nth, operation) in (1..).zip(&self.operations) {
            let burn = operation.kind() == FlashOp::OtpProgram;
            if burn && (all || torn.len() < 3) {
                let mut left = state.clone();
                left.apply_in_part(operation, nth);
                torn.push((nth, left));
            }
            state.apply(operation);
        }
        torn
    }

    fn restart(&self, nth: u64, left: &EspRemains) {
        let bench = Arc::new(VirtualBench::new(1));
        let config = self.config.clone();
        let board = bench.insert_esp_remains(0, config, left).unwrap();
        let record = OnRecord::at(&self.history, nth).restore(&self.line, &self.record);
        let device = &mut *open(&bench);
        let end = self.line.provision(device, &record, &mut |_| {});
        assert_eq!(end.verdict, Verdict::Pass, "{nth}: {:?}", end.fault);
        assert_eq!(record.borrow().units.len(), 1, "{nth}");
        assert_eq!(counter(&board.remains()), COUNTER, "{nth}");
    }
}

/// Pages of bootloader and application, of which there are hundreds.
fn is_in_an_image(operation: &EspOperation) -> bool {
    let images = [BOOTLOADER, BANKS[0]];
    let offset = operation.programs();
    offset.is_some_and(|at| images.iter().any(|i| (i.start..i.end()).contains(&at)))
}

/// `CRADLE_FAULTS=all` leaves nothing out.
fn everything() -> bool {
    std::env::var_os("CRADLE_FAULTS").is_some_and(|value| value == "all")
}

#[test]
fn a_power_cut_at_any_operation_leaves_a_unit_that_runs_only_what_verifies() {
    let run = Run::new(51);
    let meant = run.line.meant();
    let judge = |left: &_, boot: &_, what: &_| meant.judge(left, boot, what);
    let wanted = |operation: &EspOperation| everything() || !is_in_an_image(operation);
    let virgin = run.virgin.clone();
    let tally = walk(&run.config, virgin, &run.operations, wanted, judge);
    println!("{tally:?}");
    assert!(tally.boots > 20, "{tally:?}");
}

#[test]
fn a_unit_cut_off_during_a_burn_passes_when_started_again() {
    let run = Run::new(52);
    let torn = run.torn_burns(everything());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((nth, left)) = torn.get(next.fetch_add(1, Ordering::Relaxed)) {
            run.restart(*nth, left);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    println!("{} restarts", torn.len());
    assert!(torn.len() > 2);
}
