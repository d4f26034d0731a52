//! Numbered operations on the cells, and the faults that strike them.

use std::time::Duration;

use rsemu::core::value::Width;

use super::array::{Extent, SECTORS};
use super::controller::FlashController;
use super::option_bytes::OptionBytes;
use super::registers::{cr, sr};
use crate::virtual_bench::fault::{FlashFault, FlashOp, Moment};
use crate::virtual_bench::memory_map::FLASH_SIZE;

/// What an operation does to the cells, chosen before a fault can intervene.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    Program {
        offset: u32,
        width: Width,
        value: u32,
    },
    Otp {
        offset: usize,
        width: Width,
        value: u32,
    },
    Sector(usize),
    Mass,
    Options(OptionBytes),
}

impl FlashController {
    /// One numbered operation, with what the fault plan has in store for it.
    pub(super) fn run(&mut self, op: FlashOp, work: Work, typical: Duration) {
        self.counters.operations[op.index()] += 1;
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
        self.apply(work, Extent::Whole);
        if fault == Some(FlashFault::BitFlip) {
            self.flip_bit(work);
        }
        self.busy.start(typical, real);
        // EOP is set only if its interrupt is enabled (§3.9.5).
        if self.cr & cr::EOPIE != 0 {
            self.sr |= sr::EOP;
        }
    }

    fn apply(&mut self, work: Work, extent: Extent) {
        let noise = &mut self.faults.noise;
        match work {
            Work::Program {
                offset,
                width,
                value,
            } => self.array.program(offset, width, value, extent, noise),
            Work::Otp {
                offset,
                width,
                value,
            } => {
                for (i, byte) in value.to_le_bytes()[..width.bytes() as usize]
                    .iter()
                    .enumerate()
                {
                    let mask = match extent {
                        Extent::Whole => 0xFF,
                        Extent::Partial => noise.next_u64() as u8,
                    };
                    self.otp.clear(offset + i, !byte & mask);
                }
            }
            Work::Sector(number) => self.array.erase_sector(number, extent, noise),
            Work::Mass => self.array.erase_all(extent, noise),
            Work::Options(wanted) => {
                self.options = match extent {
                    Extent::Whole => wanted,
                    Extent::Partial => OptionBytes::ERASED,
                }
            }
        }
    }

    /// Spoils one bit of what an operation has just left behind.
    fn flip_bit(&mut self, work: Work) {
        let noise = &mut self.faults.noise;
        match work {
            Work::Program { offset, width, .. } => {
                let at = offset + noise.below(width.bytes()) as u32;
                self.array.flip_bit(at, noise);
            }
            Work::Sector(number) => {
                if let Some(sector) = SECTORS.get(number) {
                    let at = sector.offset + noise.below(u64::from(sector.size)) as u32;
                    self.array.flip_bit(at, noise);
                }
            }
            Work::Mass => {
                let at = noise.below(u64::from(FLASH_SIZE)) as u32;
                self.array.flip_bit(at, noise);
            }
            // A cell that was meant to stay 1 has gone to 0.
            Work::Otp { offset, width, .. } => {
                let at = offset + noise.below(width.bytes()) as usize;
                self.otp.clear(at, 1 << noise.below(8));
            }
            Work::Options(_) => self.options.n_wrp ^= 1 << noise.below(12),
        }
    }
}
