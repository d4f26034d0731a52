//! A board that is switched on once, alone, to see where its boot ends.

use std::collections::BTreeSet;
use std::ops::Range;

use super::chip::{EspChip, Mode};
use super::config::EspConfig;
use super::core::{Stop, Trap};
use super::link::EspLink;
use super::nonvolatile::PAGE;
use super::ram::Width;
use super::remains::{EspOperation, EspRemains};
use crate::virtual_bench::chip::Rest;

/// Instructions between two looks at where the core is.
const SLICE: u64 = 2_000;
/// More resets than firmware gets trials.
const MOST_RESETS: u32 = 8;
/// The ROM looks for its image from the beginning of the flash on; so much at most.
const ROM_READS: u32 = 0x1_0000 / PAGE;

/// Where a boot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EspEnding {
    /// The core was at one of the watched addresses.
    Entered,
    /// A program that is not there waits for the host.
    Listening,
    /// The ROM has started nothing, or a program sleeps for good.
    Stuck,
    /// A trap that nobody handles.
    Crashed(Trap),
    /// The chip reset itself again and again.
    Resetting,
    /// None of these within the limit.
    Undecided,
}

/// One boot from given non-volatile memory, and what it depended on.
///
/// The chip has no cables and no thread of its own, and its random numbers are fixed: the same
/// cells give the same boot.
#[derive(Debug)]
pub struct EspColdBoot {
    /// Where it ended.
    pub ending: EspEnding,
    /// Instructions it took.
    pub instructions: u64,
    /// What was on the serial line.
    pub log: Vec<u8>,
    reads: BTreeSet<u32>,
    chip: EspChip,
}

impl EspColdBoot {
    /// Switches a board with this non-volatile memory on and runs it until it is in `watched`,
    /// ends otherwise, or has executed `limit` instructions.
    #[must_use]
    pub fn run(config: &EspConfig, remains: &EspRemains, watched: &Range<u32>, limit: u64) -> Self {
        let config = EspConfig {
            entropy_seed: Some(0),
            link: EspLink::default(),
            ..config.clone()
        };
        let mut chip = EspChip::new(&config);
        chip.io().store.cells = remains.0.clone();
        chip.io().flash.note_reads();
        chip.power_on();
        let ending = chip.boot_alone(watched, limit);
        Self {
            ending,
            instructions: chip.instructions(),
            log: chip.uart_take(),
            reads: chip.io().flash.take_reads(),
            chip,
        }
    }

    /// Whether the boot could end differently if this operation had happened, or a part of it:
    /// false only for a program or an erase of pages that the boot never looked at.
    #[must_use]
    pub fn depends_on(&self, operation: &EspOperation) -> bool {
        operation
            .pages()
            .is_none_or(|pages| pages.start < ROM_READS || self.reads.range(pages).next().is_some())
    }

    /// RAM when the boot ended; `None` where there is none.
    #[must_use]
    pub fn ram(&self, address: u32, len: u32) -> Option<Vec<u8>> {
        let ram = self.chip.ram();
        let byte = |at| ram.load(at, Width::Byte).map(|byte| byte as u8);
        (address..address.saturating_add(len)).map(byte).collect()
    }

    /// Flash and eFuses when the boot ended.
    #[must_use]
    pub fn remains(mut self) -> EspRemains {
        EspRemains(self.chip.io().store.cells.clone())
    }
}

impl EspChip {
    fn boot_alone(&mut self, watched: &Range<u32>, limit: u64) -> EspEnding {
        while self.instructions() < limit {
            if self.resets > MOST_RESETS {
                return EspEnding::Resetting;
            }
            if self.bite() {
                continue;
            }
            if self.mode != Mode::Program {
                return EspEnding::Stuck;
            }
            let stop = self.core.run(&mut self.ram, &mut self.io, SLICE);
            if watched.contains(&self.core.pc()) {
                return EspEnding::Entered;
            }
            let waits = match stop {
                Stop::Budget => false,
                Stop::Attention => self.attend() != Rest::Not,
                Stop::Waiting => return EspEnding::Stuck,
                Stop::Crashed => return self.crashed(),
            };
            if waits {
                return EspEnding::Listening;
            }
        }
        EspEnding::Undecided
    }

    fn crashed(&self) -> EspEnding {
        let trap = self.last_trap();
        trap.map_or(EspEnding::Stuck, EspEnding::Crashed)
    }
}
