//! Which words of the main flash a run has looked at, and whether it ran where it is watched.

use std::fmt;
use std::ops::Range;

use super::memory_map::{FLASH_BASE, FLASH_SIZE};
use super::width::Width;

/// What a run took from the main flash.
#[derive(Clone)]
pub(crate) struct ReadSet {
    /// One bit for each word.
    words: Box<[u64]>,
    /// Offsets from which a fetch is noted.
    watched: Range<u32>,
    entered: Option<u32>,
}

impl fmt::Debug for ReadSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: u32 = self.words.iter().map(|bits| bits.count_ones()).sum();
        write!(f, "ReadSet({words} words)")
    }
}

impl ReadSet {
    /// Nothing read yet; `watched` are addresses in the main flash.
    pub(crate) fn empty(watched: &Range<u32>) -> Self {
        let offset = |address: u32| address.saturating_sub(FLASH_BASE);
        Self {
            words: vec![0; FLASH_SIZE as usize / 4 / 64].into(),
            watched: offset(watched.start)..offset(watched.end),
            entered: None,
        }
    }

    /// The first watched address that an instruction was fetched from.
    pub(crate) fn entered(&self) -> Option<u32> {
        self.entered.map(|offset| FLASH_BASE + offset)
    }

    /// A halfword of code at this offset.
    pub(crate) fn fetched(&mut self, offset: u32) {
        if self.watched.contains(&offset) {
            self.entered.get_or_insert(offset);
        }
        self.insert(offset);
    }

    pub(crate) fn loaded(&mut self, offset: u32, width: Width) {
        self.insert(offset);
        self.insert(offset + width.bytes() - 1);
    }

    pub(crate) fn contains(&self, offset: u32) -> bool {
        let word = offset / 4;
        let bits = self.words.get(word as usize / 64).copied().unwrap_or(0);
        bits >> (word % 64) & 1 != 0
    }

    fn insert(&mut self, offset: u32) {
        let word = offset / 4;
        if let Some(bits) = self.words.get_mut(word as usize / 64) {
            *bits |= 1 << (word % 64);
        }
    }
}
