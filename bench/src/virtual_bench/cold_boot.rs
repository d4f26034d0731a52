//! A board that is switched on once, alone, to see where its boot ends.

use std::ops::Range;

use super::board_config::BoardConfig;
use super::chip::Chip;
use super::link::LinkModel;
use super::read_set::ReadSet;
use super::remains::{Operation, Remains};

/// Where a boot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// An instruction was fetched from the watched addresses; the first.
    Entered(u32),
    /// The core went to sleep before that.
    Asleep,
    /// The core locked up (DDI0403 B1.5.15).
    LockedUp,
    /// The chip reset itself again and again.
    Resetting,
    /// None of these within the limit.
    Undecided,
}

/// One boot from given non-volatile memory, and what it depended on.
///
/// The chip has no cables and no thread of its own, its random numbers are fixed, and volatile
/// memory holds a fixed pattern: the same cells give the same boot.
#[derive(Debug)]
pub struct ColdBoot {
    /// Where it ended.
    pub ending: Ending,
    /// Instructions it took.
    pub instructions: u64,
    /// What it did to non-volatile memory.
    pub operations: Vec<Operation>,
    reads: Option<ReadSet>,
}

impl ColdBoot {
    /// Switches a board with this non-volatile memory on and runs it until it fetches from
    /// `watched`, ends otherwise, or has executed `limit` instructions.
    #[must_use]
    pub fn run(config: &BoardConfig, remains: &Remains, watched: &Range<u32>, limit: u64) -> Self {
        let config = BoardConfig {
            entropy_seed: Some(0),
            link: LinkModel::default(),
            ..config.clone()
        };
        let mut chip = Chip::watched(&config, ReadSet::empty(watched));
        chip.peripherals_mut().flash.load(&remains.0);
        chip.peripherals_mut().flash.start_record();
        chip.power_on();
        let ending = chip.boot(limit);
        let works = chip.peripherals_mut().flash.take_record();
        Self {
            ending,
            instructions: chip.counters().instructions,
            operations: works.into_iter().map(Operation).collect(),
            reads: chip.into_watch(),
        }
    }

    /// Whether the boot could end differently if this operation had happened, or a part of it:
    /// false only for a program into a word that the boot never looked at.
    #[must_use]
    pub fn depends_on(&self, operation: &Operation) -> bool {
        operation
            .program_offset()
            .is_none_or(|offset| (self.reads.as_ref()).is_none_or(|reads| reads.contains(offset)))
    }
}
