//! A whole provisioning of an ESP32-C3, and its restart from what a power cut left.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{
    EspBoard, EspConfig, EspOperation, EspRemains, FlashOp, VirtualBench,
};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::Device;
use cradle_procedure::provision::Conclusion;
use cradle_procedure::step::Verdict;
use cradle_protocol::layout::esp32c3::{BANKS, BOOTLOADER};

use crate::driver_support::profile;
use crate::judge::counter;
use crate::line::{COUNTER, Line, OnRecord};
use crate::walk::walk;
use crate::world::record::Record;

/// One provisioning without a fault, and everything it did to the chip.
pub struct Run {
    pub line: Line,
    pub config: EspConfig,
    pub virgin: EspRemains,
    pub operations: Vec<EspOperation>,
    history: Vec<OnRecord>,
    record: Record,
}

pub fn open(bench: &Arc<VirtualBench>) -> Box<dyn Device> {
    Bench::over_virtual(bench)
        .open(SlotId(1), &profile())
        .unwrap()
}

impl Run {
    pub fn new(seed: u32) -> Self {
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

    /// Cuts the supply at every operation, or, where not everything is tried, outside the images;
    /// what is left runs only what verifies.
    pub fn cut_everywhere(&self) {
        let meant = self.line.meant();
        let judge = |left: &_, boot: &_, what: &_| meant.judge(left, boot, what);
        let wanted = |operation: &EspOperation| everything() || !is_in_an_image(operation);
        let virgin = self.virgin.clone();
        let tally = walk(&self.config, virgin, &self.operations, wanted, judge);
        println!("{tally:?}");
        assert!(tally.boots > 20, "{tally:?}");
    }

    /// What is left when the supply fails during each burn; without `all`, during some.
    pub fn torn_burns(&self, all: bool) -> Vec<(u64, EspRemains)> {
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

    /// Starts again what was cut off at the `nth` operation; it has to pass.
    pub fn restart(&self, nth: u64, left: &EspRemains) {
        let (end, board, record) = self.again(nth, left);
        assert_eq!(end.verdict, Verdict::Pass, "{nth}: {:?}", end.fault);
        assert_eq!(record.borrow().units.len(), 1, "{nth}");
        assert_eq!(counter(&board.remains()), COUNTER, "{nth}");
    }

    /// Starts again what was cut off at the `nth` operation.
    pub fn again(
        &self,
        nth: u64,
        left: &EspRemains,
    ) -> (Conclusion, EspBoard, Rc<RefCell<Record>>) {
        let bench = Arc::new(VirtualBench::new(1));
        let config = self.config.clone();
        let board = bench.insert_esp_remains(0, config, left).unwrap();
        let record = OnRecord::at(&self.history, nth).restore(&self.line, &self.record);
        let device = &mut *open(&bench);
        let end = self.line.provision(device, &record, &mut |_| {});
        (end, board, record)
    }
}

/// Pages of bootloader and application, of which there are hundreds.
pub fn is_in_an_image(operation: &EspOperation) -> bool {
    let images = [BOOTLOADER, BANKS[0]];
    let offset = operation.programs();
    offset.is_some_and(|at| images.iter().any(|i| (i.start..i.end()).contains(&at)))
}

/// `CRADLE_FAULTS=all` leaves nothing out.
pub fn everything() -> bool {
    std::env::var_os("CRADLE_FAULTS").is_some_and(|value| value == "all")
}
