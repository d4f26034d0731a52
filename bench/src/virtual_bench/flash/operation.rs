//! Numbered operations on the cells, and the faults that strike them.

use std::time::Duration;

use super::array::Extent;
use super::cells::Work;
use super::controller::FlashController;
use super::registers::{cr, sr};
use crate::virtual_bench::fault::{FlashFault, Moment};

impl FlashController {
    /// One numbered operation, with what the fault plan has in store for it.
    pub(super) fn run(&mut self, work: Work, typical: Duration) {
        let op = work.kind();
        self.counters.operations[op.index()] += 1;
        if let Some(record) = &mut self.record {
            record.push(work);
        }
        let fault = self.faults.on_flash(op);
        let mut real = self.link.busy_time(typical);
        match fault {
            Some(FlashFault::PowerCut(Moment::Before)) => {
                self.supply_failed = true;
                return;
            }
            Some(FlashFault::PowerCut(Moment::Mid)) => {
                self.apply(work, Extent::Partial);
                self.supply_failed = true;
                return;
            }
            Some(FlashFault::PowerCut(Moment::After)) => self.supply_failed = true,
            Some(FlashFault::Stall(extra)) => real += extra,
            Some(FlashFault::StuckBusy) => self.busy.stick(),
            Some(FlashFault::BitFlip) | None => {}
        }
        let weak = !matches!(work, Work::Options(_)) && !self.supply_suffices();
        self.apply(work, if weak { Extent::Partial } else { Extent::Whole });
        if fault == Some(FlashFault::BitFlip) {
            self.cells.flip_bit(work, &mut self.faults.noise);
        }
        self.busy.start(typical, real);
        // EOP is set only if its interrupt is enabled (§3.9.5).
        if self.cr & cr::EOPIE != 0 {
            self.sr |= sr::EOP;
        }
    }

    fn apply(&mut self, work: Work, extent: Extent) {
        self.cells.apply(work, extent, &mut self.faults.noise);
    }

    /// Notes every operation from here on, until [`FlashController::take_record`].
    pub(crate) fn start_record(&mut self) {
        self.record = Some(Vec::new());
    }

    /// What was asked of the cells since the record began.
    pub(crate) fn take_record(&mut self) -> Vec<Work> {
        self.record.take().unwrap_or_default()
    }
}
