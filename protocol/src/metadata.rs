//! Boot metadata: which bank runs, which one is on trial, and what happened.
//!
//! NOR flash can only clear bits (RM0090 §3.6) and is erased by sector, so records are appended
//! to one of two sectors used in turn, and the newest valid record counts. Each record says which
//! bank is trusted (`active`), which one is on trial (`pending`), and why it was written, so the
//! records are at the same time the log of boot events. Two of its words change after it was
//! written: each trial boot clears one bit of the first, confirming clears the second.
//!
//! ```text
//! word 0  kind       "CBM" and format 1
//! word 1  sequence   one more than the record before, in whichever sector
//! word 2  selection  active | pending << 8 | event << 16 | 0xFF << 24
//! word 3  CRC-32 of words 0 to 2; written last, it makes the record valid
//! word 4  trials     bits 0 to 2: one cleared per trial boot
//! word 5  confirmed  0: the pending bank confirmed itself
//! word 6, 7          erased
//! ```
//!
//! Power may fail at any word: a record without its CRC does not exist and its place is skipped;
//! a sector is erased only while the other one holds the newest record; the two late words have
//! no state between before and after.
//!
//! The functions here are pure: they say what to write, the caller writes it.

mod bank;
mod record;

pub use bank::{Bank, Event};

use crate::layout::Region;
use record::{TRIAL_BITS, parse, record};

/// Bytes of a record.
pub const RECORD_LENGTH: usize = 32;
/// How often a pending bank is tried before it is given up.
pub const MAX_TRIALS: u32 = 3;

const TRIALS_WORD: u32 = 4;
const CONFIRMED_WORD: u32 = 5;

/// The newest valid record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootState {
    /// Number of the record; grows by one with each.
    pub sequence: u32,
    /// Bank that proved itself before.
    pub active: Option<Bank>,
    /// Bank that is to prove itself, or did (`confirmed`).
    pub pending: Option<Bank>,
    /// Trial boots that remain to the pending bank.
    pub trials_left: u32,
    /// The pending bank confirmed itself and counts as active.
    pub confirmed: bool,
    /// Why the record was written.
    pub event: Event,
    place: Place,
    trials: u32,
}

impl BootState {
    /// The bank to trust: the confirmed one, else the one active before.
    #[must_use]
    pub fn trusted(&self) -> Option<Bank> {
        if self.confirmed {
            self.pending
        } else {
            self.active
        }
    }

    /// The bank to try, if one is on trial and has a try left.
    #[must_use]
    pub fn on_trial(&self) -> Option<Bank> {
        self.pending
            .filter(|_| !self.confirmed && self.trials_left > 0)
    }
}

/// What is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Spend one trial of the pending bank; before it is started.
    UseTrial,
    /// The pending bank works.
    Confirm,
    /// Trust `active`, put `pending` on trial.
    Select {
        /// Bank to trust.
        active: Option<Bank>,
        /// Bank to try.
        pending: Option<Bank>,
        /// Why.
        event: Event,
    },
}

/// What to program into a metadata sector, word by word and in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// Which of the two sectors.
    pub sector: usize,
    /// Erase that sector first.
    pub erase: bool,
    /// Byte offset of the first word.
    pub offset: u32,
    words: [u32; 4],
    count: usize,
}

impl Write {
    /// The words.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words[..self.count]
    }

    /// Address of the first word, given where the sectors lie.
    #[must_use]
    pub const fn address(&self, sectors: &[Region; 2]) -> u32 {
        sectors[self.sector].start + self.offset
    }
}

/// The change asked for does not fit the state: nothing is on trial, or no trial is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOnTrial;

/// The first record, put by the station at the start of the first sector: `bank` is on trial and
/// the firmware in it confirms itself at its first run.
#[must_use]
pub fn initial(bank: Bank) -> [u8; RECORD_LENGTH] {
    let mut bytes = [0xFF; RECORD_LENGTH];
    let words = record(1, None, Some(bank), Event::Provisioned);
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// Reads the newest valid record of the two sectors.
#[must_use]
pub fn read(sector_a: &[u8], sector_b: &[u8]) -> Option<BootState> {
    [newest(0, sector_a), newest(1, sector_b)]
        .into_iter()
        .flatten()
        .max_by_key(|state| state.sequence)
}

/// What to write for `change`, given the two sectors as they read now.
///
/// # Errors
/// [`NotOnTrial`] if no bank is on trial, or it has no trial left to use. Confirming what is
/// confirmed already writes the same word again, which NOR flash allows.
pub fn next_write(sector_a: &[u8], sector_b: &[u8], change: Change) -> Result<Write, NotOnTrial> {
    let state = read(sector_a, sector_b);
    match change {
        Change::UseTrial => {
            let state = state.filter(|s| s.on_trial().is_some()).ok_or(NotOnTrial)?;
            let fewer = state.trials & (state.trials - 1);
            Ok(state.place.word(TRIALS_WORD, !TRIAL_BITS | fewer))
        }
        Change::Confirm => {
            let state = state.filter(|s| s.pending.is_some()).ok_or(NotOnTrial)?;
            Ok(state.place.word(CONFIRMED_WORD, 0))
        }
        Change::Select {
            active,
            pending,
            event,
        } => {
            let sequence = state.map_or(1, |s| s.sequence.saturating_add(1));
            let place = free_place(state.as_ref(), [sector_a, sector_b]);
            Ok(place.record(record(sequence, active, pending, event)))
        }
    }
}

/// All valid records, oldest first within each sector: the log of boot events.
pub fn records<'a>(sector: usize, bytes: &'a [u8]) -> impl Iterator<Item = BootState> + 'a {
    slots(bytes)
        .enumerate()
        .take_while(|(_, slot)| !is_erased(slot))
        .filter_map(move |(index, slot)| parse(Place::of(sector, index, false), slot))
}

/// The valid records of both sectors, oldest first. Only one sector is written at a time, so
/// one of them is wholly older than the other.
pub fn events<'a>(sector_a: &'a [u8], sector_b: &'a [u8]) -> impl Iterator<Item = BootState> + 'a {
    let first = |sector, bytes| records(sector, bytes).next().map(|state| state.sequence);
    let (older, newer) = match (first(0, sector_a), first(1, sector_b)) {
        (Some(a), Some(b)) if b < a => ((1, sector_b), (0, sector_a)),
        _ => ((0, sector_a), (1, sector_b)),
    };
    records(older.0, older.1).chain(records(newer.0, newer.1))
}

fn newest(sector: usize, bytes: &[u8]) -> Option<BootState> {
    records(sector, bytes).max_by_key(|state| state.sequence)
}

/// Where a record lies, and whether the sector is to be erased before it is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    sector: usize,
    offset: u32,
    erase: bool,
}

impl Place {
    fn of(sector: usize, index: usize, erase: bool) -> Self {
        let offset = u32::try_from(index * RECORD_LENGTH).unwrap_or(u32::MAX);
        Self {
            sector,
            offset,
            erase,
        }
    }

    fn word(self, index: u32, value: u32) -> Write {
        Write {
            sector: self.sector,
            erase: false,
            offset: self.offset + index * 4,
            words: [value, 0, 0, 0],
            count: 1,
        }
    }

    fn record(self, words: [u32; 4]) -> Write {
        Write {
            sector: self.sector,
            erase: self.erase,
            offset: self.offset,
            words,
            count: words.len(),
        }
    }
}

/// The next erased slot of the sector that holds the newest record, else the start of the other
/// sector, erased. Without any record: the start of the first sector, erased unless it is.
fn free_place(state: Option<&BootState>, sectors: [&[u8]; 2]) -> Place {
    let Some(state) = state else {
        return Place::of(0, 0, !crate::image::erased(sectors[0]));
    };
    let sector = state.place.sector;
    match first_erased(sectors[sector]) {
        Some(index) => Place::of(sector, index, false),
        None => Place::of(1 - sector, 0, true),
    }
}

fn first_erased(sector: &[u8]) -> Option<usize> {
    slots(sector).position(is_erased)
}

fn slots(sector: &[u8]) -> impl Iterator<Item = &[u8; RECORD_LENGTH]> {
    sector.as_chunks::<RECORD_LENGTH>().0.iter()
}

fn is_erased(slot: &[u8; RECORD_LENGTH]) -> bool {
    crate::image::erased(slot)
}

#[cfg(test)]
mod tests;
