//! The bytes of one record.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

use super::{Bank, BootState, Event, MAX_TRIALS, Place, RECORD_LENGTH};

/// Without its table of 1 KiB, for the bootloader's sake.
const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
const KIND: u32 = u32::from_le_bytes(*b"CBM\x01");
const WORDS: usize = RECORD_LENGTH / 4;
const NO_BANK: u8 = 0xFF;
/// The bits of the trials word that count.
pub(super) const TRIAL_BITS: u32 = (1 << MAX_TRIALS) - 1;

/// The words that are written at once.
pub(super) fn record(
    sequence: u32,
    active: Option<Bank>,
    pending: Option<Bank>,
    event: Event,
) -> [u32; 4] {
    let selection = u32::from_le_bytes([code(active), code(pending), event as u8, 0xFF]);
    [KIND, sequence, selection, sum(sequence, selection)]
}

fn sum(sequence: u32, selection: u32) -> u32 {
    let mut digest = CRC.digest();
    for word in [KIND, sequence, selection] {
        digest.update(&word.to_le_bytes());
    }
    digest.finalize()
}

/// Reads a record; `None` if it is none, or was never finished.
pub(super) fn parse(place: Place, slot: &[u8; RECORD_LENGTH]) -> Option<BootState> {
    let mut words = [0u32; WORDS];
    for (word, bytes) in words.iter_mut().zip(slot.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let [kind, sequence, selection, crc, trials, confirmed, ..] = words;
    if kind != KIND || crc != sum(sequence, selection) {
        return None;
    }
    let [active, pending, event, 0xFF] = selection.to_le_bytes() else {
        return None;
    };
    let trials = trials & TRIAL_BITS;
    Some(BootState {
        sequence,
        active: bank(active)?,
        pending: bank(pending)?,
        trials_left: trials.count_ones(),
        confirmed: confirmed == 0,
        event: Event::from_code(event)?,
        place,
        trials,
    })
}

fn code(bank: Option<Bank>) -> u8 {
    bank.map_or(NO_BANK, |bank| bank as u8)
}

/// Outer `None`: not a bank code at all.
fn bank(code: u8) -> Option<Option<Bank>> {
    match code {
        NO_BANK => Some(None),
        code => Bank::from_index(code).map(Some),
    }
}
