//! Records kept in a flash sector: device key, certificate, wipe authority, wipe mark and result.
//!
//! Records are appended and never moved; the newest valid one of a kind counts. They start at
//! multiples of 16 bytes:
//!
//! ```text
//! word 0   length of the content in bytes, its complement << 16; written first
//! word 1   "CK" and kind
//! word 2   CRC-32 of words 0 and 1 and the content; written last, it makes the record valid
//! word 3.. content, padded with 0xFF
//! ```
//!
//! Power may fail at any word: what was begun can be skipped, because its length was written
//! before anything else, and does not count, because its CRC was not.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use zeroize::Zeroize;

use cradle_protocol::image::erased;
use cradle_protocol::layout::Region;

use crate::device::{Flash, StorageFault, program_verified};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Private key, then public key X and Y: 96 bytes.
    DeviceKey = 1,
    /// Device certificate, DER.
    Certificate = 2,
    /// Public key X and Y of the wipe authority: 64 bytes.
    WipeAuthority = 3,
    /// The device was wiped. No content.
    Wiped = 4,
    /// Public key X and Y of the device key in a secure element: 64 bytes.
    ElementKey = 5,
    /// What a wipe made of the device key: 2 bytes, see `wipe.rs`.
    KeyFate = 6,
}

impl Kind {
    const fn tag(self) -> u32 {
        u32::from_le_bytes([b'C', b'K', self as u8, 0])
    }
}

const UNIT: usize = 16;
/// Bytes before the content.
const HEAD: usize = 12;
/// Words handed to the flash driver at once.
const CHUNK: usize = 16;
/// Without its table of 1 KiB, for the bootloader's sake.
const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// The newest valid record of this kind in a sector's bytes.
#[must_use]
pub fn find(sector: &[u8], kind: Kind) -> Option<&[u8]> {
    Records::of(sector)
        .filter(|record| record.tag == kind.tag() && record.valid())
        .last()
        .map(|record| record.content)
}

/// Appends a record and reads it back.
///
/// # Errors
/// [`StorageFault`]; with 0 also when the sector is full or the content too long.
pub fn append(
    flash: &mut impl Flash,
    sector: Region,
    kind: Kind,
    content: &[u8],
) -> Result<(), StorageFault> {
    let length = u16::try_from(content.len()).map_err(|_| StorageFault(0))?;
    let length_word = u32::from(length) | u32::from(!length) << 16;
    let offset = free_offset(flash.bytes(sector), content.len()).ok_or(StorageFault(0))?;
    let start = sector.start + offset;
    program_verified(flash, start, &[length_word])?;
    program_verified(flash, start + 4, &[kind.tag()])?;
    program_content(flash, start + HEAD as u32, content)?;
    program_verified(flash, start + 8, &[sum(length_word, kind.tag(), content)])
}

/// Clears every bit of the content of every record of this kind, valid or begun, where it lies:
/// NOR flash can always clear. Each word is read back.
///
/// # Errors
/// [`StorageFault`]; what could be cleared is cleared.
pub fn clear_in_place(
    flash: &mut impl Flash,
    sector: Region,
    kind: Kind,
) -> Result<(), StorageFault> {
    let mut outcome = Ok(());
    let mut from = 0;
    while let Some((start, end)) = content_of_next(flash.bytes(sector), from, kind) {
        for offset in (start..end).step_by(4) {
            let cleared = program_verified(flash, sector.start + offset, &[0]);
            outcome = outcome.and(cleared);
        }
        from = end;
    }
    outcome
}

/// Whether every record of this kind, valid or begun, has all content bits cleared.
#[must_use]
pub fn is_cleared(sector: &[u8], kind: Kind) -> bool {
    Records::of(sector)
        .filter(|record| record.tag == kind.tag())
        .all(|record| record.content.iter().all(|byte| *byte == 0))
}

fn program_content(flash: &mut impl Flash, start: u32, content: &[u8]) -> Result<(), StorageFault> {
    let mut words = [0; CHUNK];
    let mut address = start;
    let mut outcome = Ok(());
    for chunk in content.chunks(CHUNK * 4) {
        for (word, bytes) in words.iter_mut().zip(chunk.chunks(4)) {
            let mut padded = [0xFF; 4];
            padded[..bytes.len()].copy_from_slice(bytes);
            *word = u32::from_le_bytes(padded);
        }
        let count = chunk.len().div_ceil(4);
        outcome = outcome.and_then(|()| program_verified(flash, address, &words[..count]));
        address += CHUNK as u32 * 4;
    }
    words.zeroize();
    outcome
}

fn free_offset(sector: &[u8], content: usize) -> Option<u32> {
    let mut records = Records::of(sector);
    records.by_ref().for_each(drop);
    let room = sector.get(records.offset..)?.get(..HEAD + content)?;
    erased(room).then_some(u32::try_from(records.offset).ok()?)
}

/// Where the content of the first record of `kind` at or after `from` lies, in whole words.
fn content_of_next(sector: &[u8], from: u32, kind: Kind) -> Option<(u32, u32)> {
    let record = Records::of(sector)
        .find(|record| record.tag == kind.tag() && record.offset + HEAD >= from as usize)?;
    let start = record.offset + HEAD;
    let end = start + record.content.len().next_multiple_of(4);
    Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?))
}

fn sum(length_word: u32, tag: u32, content: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(&length_word.to_le_bytes());
    digest.update(&tag.to_le_bytes());
    digest.update(content);
    digest.finalize()
}

struct Record<'a> {
    offset: usize,
    length_word: u32,
    tag: u32,
    sum: u32,
    content: &'a [u8],
}

impl Record<'_> {
    fn valid(&self) -> bool {
        self.sum == sum(self.length_word, self.tag, self.content)
    }
}

/// Everything that was begun, valid or not, up to the first erased unit; `offset` is then where
/// the next record goes.
struct Records<'a> {
    sector: &'a [u8],
    offset: usize,
}

impl<'a> Records<'a> {
    fn of(sector: &'a [u8]) -> Self {
        Self { sector, offset: 0 }
    }

    fn begun(&self, unit: &[u8; UNIT]) -> Option<Record<'a>> {
        let length_word = word(unit, 0);
        let [l0, l1, h0, h1] = length_word.to_le_bytes();
        let length = u16::from_le_bytes([l0, l1]);
        if length != !u16::from_le_bytes([h0, h1]) {
            return None;
        }
        let start = self.offset + HEAD;
        let content = self.sector.get(start..start + usize::from(length))?;
        Some(Record {
            offset: self.offset,
            length_word,
            tag: word(unit, 4),
            sum: word(unit, 8),
            content,
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        loop {
            let unit = self.sector.get(self.offset..)?.first_chunk::<UNIT>()?;
            if erased(unit) {
                return None;
            }
            if let Some(record) = self.begun(unit) {
                self.offset += (HEAD + record.content.len()).next_multiple_of(UNIT);
                return Some(record);
            }
            // Power failed while the length was written, so nothing follows it.
            self.offset += UNIT;
        }
    }
}

fn word(unit: &[u8; UNIT], at: usize) -> u32 {
    u32::from_le_bytes([unit[at], unit[at + 1], unit[at + 2], unit[at + 3]])
}

#[cfg(test)]
mod tests;
