//! Numbered operations on the cells, and the faults that strike them.

use std::time::Duration;

use super::cells::{Cells, Extent, Work};
use crate::virtual_bench::counters::FlashCounters;
use crate::virtual_bench::fault::{FaultPlan, Faults, FlashFault, Moment};

/// What an operation was like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Real time that it takes; `None`: it never ends.
    pub(crate) busy: Option<Duration>,
    /// The supply failed meanwhile.
    pub(crate) supply_failed: bool,
}

/// The cells, with the fault plan and the count of what was done to them.
#[derive(Debug)]
pub(crate) struct Operations {
    pub(crate) cells: Cells,
    pub(crate) faults: Faults,
    pub(crate) counters: FlashCounters,
    record: Option<Vec<Work>>,
    busy_scale: f64,
}

impl Operations {
    pub(crate) fn new(cells: Cells, busy_scale: f64) -> Self {
        Self {
            cells,
            faults: Faults::new(FaultPlan::new()),
            counters: FlashCounters::default(),
            record: None,
            busy_scale,
        }
    }

    pub(crate) fn arm(&mut self, plan: FaultPlan) {
        self.faults = Faults::new(plan);
    }

    /// Notes every operation from here on, until [`Operations::take_record`].
    pub(crate) fn start_record(&mut self) {
        self.record = Some(Vec::new());
    }

    pub(crate) fn take_record(&mut self) -> Vec<Work> {
        self.record.take().unwrap_or_default()
    }

    /// One numbered operation that takes `typical` time on silicon.
    pub(crate) fn run(&mut self, work: Work, typical: Duration) -> Outcome {
        let op = work.kind();
        self.counters.operations[op.index()] += 1;
        self.counters.device_busy += typical;
        let fault = self.faults.on_flash(op);
        let extent = match fault {
            Some(FlashFault::PowerCut(Moment::Before)) => None,
            Some(FlashFault::PowerCut(Moment::Mid)) => Some(Extent::Partial),
            _ => Some(Extent::Whole),
        };
        if let Some(extent) = extent {
            self.cells.apply(&work, extent, &mut self.faults.noise);
        }
        if fault == Some(FlashFault::BitFlip) {
            self.cells.flip_bit(&work, &mut self.faults.noise);
        }
        if let Some(record) = &mut self.record {
            record.push(work);
        }
        let scaled = if self.busy_scale > 0.0 {
            typical.mul_f64(self.busy_scale)
        } else {
            Duration::ZERO
        };
        Outcome {
            busy: match fault {
                Some(FlashFault::StuckBusy) => None,
                Some(FlashFault::Stall(extra)) => Some(scaled + extra),
                _ => Some(scaled),
            },
            supply_failed: matches!(fault, Some(FlashFault::PowerCut(_))),
        }
    }
}
