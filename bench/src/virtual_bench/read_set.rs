//! Which words of the main flash a run has looked at, and whether it ran where it is watched.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rsemu::core::error::BusError;
use rsemu::core::space::{AccessPurpose, MemAttrs, MemOps, MemResult, Region};
use rsemu::core::value::Width;

use super::memory::Memory;
use super::memory_map::{FLASH_BASE, FLASH_SIZE};

/// What a run took from the main flash.
#[derive(Clone)]
pub(crate) struct ReadSet {
    /// One bit for each word.
    words: Arc<[AtomicU64]>,
    /// Offsets from which a fetch is noted.
    watched: Range<u32>,
    entered: Arc<AtomicU32>,
}

impl fmt::Debug for ReadSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: u32 = self.words.iter().map(|w| load(w).count_ones()).sum();
        write!(f, "ReadSet({words} words)")
    }
}

impl ReadSet {
    const NOWHERE: u32 = u32::MAX;

    /// Nothing read yet; `watched` are addresses in the main flash.
    pub(crate) fn empty(watched: &Range<u32>) -> Self {
        let words = FLASH_SIZE / 4;
        let offset = |address: u32| address.saturating_sub(FLASH_BASE);
        Self {
            words: (0..words / 64).map(|_| AtomicU64::new(0)).collect(),
            watched: offset(watched.start)..offset(watched.end),
            entered: Arc::new(AtomicU32::new(Self::NOWHERE)),
        }
    }

    /// The first watched address that an instruction was fetched from.
    pub(crate) fn entered(&self) -> Option<u32> {
        let offset = self.entered.load(Ordering::Relaxed);
        (offset != Self::NOWHERE).then(|| FLASH_BASE + offset)
    }

    fn fetched(&self, offset: u32) {
        if self.watched.contains(&offset) && self.entered().is_none() {
            self.entered.store(offset, Ordering::Relaxed);
        }
    }

    pub(crate) fn contains(&self, offset: u32) -> bool {
        let word = offset / 4;
        let bits = self.words.get(word as usize / 64).map_or(0, load);
        bits >> (word % 64) & 1 != 0
    }

    fn insert(&self, offset: u32) {
        let word = offset / 4;
        // One core reads: nothing can come between the load and the store.
        if let Some(bits) = self.words.get(word as usize / 64) {
            bits.store(load(bits) | 1 << (word % 64), Ordering::Relaxed);
        }
    }

    /// The main flash for fetches and loads, noting what they see.
    pub(crate) fn over(&self, flash: &Memory) -> Region {
        let ops = Watched {
            flash: flash.clone(),
            reads: self.clone(),
        };
        Region::io("watched flash", u64::from(FLASH_SIZE), Arc::new(ops))
    }
}

fn load(bits: &AtomicU64) -> u64 {
    bits.load(Ordering::Relaxed)
}

#[derive(Debug)]
struct Watched {
    flash: Memory,
    reads: ReadSet,
}

impl MemOps for Watched {
    fn read(&self, offset: u64, dst: &mut [u8], attrs: MemAttrs) -> MemResult {
        let width = Width::from_bytes(dst.len() as u64).ok_or(BusError::BadAccess)?;
        let offset = offset as u32;
        if attrs.purpose == AccessPurpose::FETCH {
            self.reads.fetched(offset);
        }
        self.reads.insert(offset);
        self.reads.insert(offset + dst.len() as u32 - 1);
        let value = self.flash.read(offset, width);
        for (byte, source) in dst.iter_mut().zip(value.to_le_bytes()) {
            *byte = source;
        }
        Ok(())
    }

    fn write(&self, _: u64, _: &[u8], _: MemAttrs) -> MemResult {
        Err(BusError::Protected)
    }
}
