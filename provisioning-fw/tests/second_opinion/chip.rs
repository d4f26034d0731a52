//! A chip in RAM: flash and one-time memory under NOR rules, its sectors short enough for SRAM.

use core::ops::Range;

use cradle_firmware::device::{Flash, StorageFault};
use cradle_firmware::otp::{OTP_WORDS, Otp};
use cradle_protocol::layout::stm32f405::{self, OTP_BLOCK, OTP_COUNTER_BLOCK, OTP_ROOT_KEY_BLOCK};
use cradle_protocol::layout::{Layout, Region};

/// Bytes of a bank.
pub const BANK: usize = 1536;
/// Bytes of a metadata sector: eight records.
const SECTOR: usize = 256;
const FLASH: usize = 2 * (SECTOR + BANK);
const WORDS_PER_BLOCK: usize = OTP_BLOCK as usize / 4;

/// The reference target's, with short parts where its own begin.
pub const LAYOUT: Layout = {
    let real = stm32f405::LAYOUT;
    let [metadata, _] = real.metadata;
    let [a, b] = real.banks;
    Layout {
        metadata: [
            part(metadata.start, SECTOR),
            part(metadata.start + SECTOR as u32, SECTOR),
        ],
        banks: [part(a.start, BANK), part(b.start, BANK)],
        ..real
    }
};

const fn part(start: u32, length: usize) -> Region {
    Region {
        start,
        length: length as u32,
    }
}

/// Where the parts of flash lie in RAM.
const PARTS: [(Region, Range<usize>); 3] = [
    (part(LAYOUT.metadata[0].start, 2 * SECTOR), 0..2 * SECTOR),
    (LAYOUT.banks[0], 2 * SECTOR..2 * SECTOR + BANK),
    (LAYOUT.banks[1], 2 * SECTOR + BANK..FLASH),
];

pub struct Chip {
    flash: [u8; FLASH],
    otp: [u32; OTP_WORDS as usize],
}

impl Chip {
    pub const fn blank() -> Self {
        Self {
            flash: [0xFF; FLASH],
            otp: [u32::MAX; OTP_WORDS as usize],
        }
    }

    /// Makes it another chip, blank but for this root key and a counter of up to 32. In place,
    /// because the stack has no room for many.
    pub fn replace(&mut self, root_key_hash: &[u8; 32], counter: u32) {
        self.flash.fill(0xFF);
        self.otp.fill(u32::MAX);
        let root = OTP_ROOT_KEY_BLOCK as usize * WORDS_PER_BLOCK;
        let (words, _) = root_key_hash.as_chunks::<4>();
        for (word, bytes) in self.otp[root..].iter_mut().zip(words) {
            *word = u32::from_le_bytes(*bytes);
        }
        let first = OTP_COUNTER_BLOCK as usize * WORDS_PER_BLOCK;
        self.otp[first] = u32::MAX.checked_shl(counter).unwrap_or(0);
    }

    /// Puts bytes into flash from outside, as a debug probe does.
    pub fn load(&mut self, address: u32, bytes: &[u8]) {
        let places = self.flash[place(address, bytes.len())].iter_mut();
        places.zip(bytes).for_each(|(place, byte)| *place = *byte);
    }

    /// Turns one bit over.
    pub fn flip(&mut self, address: u32, bit: usize) {
        for byte in &mut self.flash[place(address, 1)] {
            *byte ^= 1 << bit;
        }
    }

    /// Both metadata sectors.
    pub fn metadata(&self) -> &[u8] {
        &self.flash[..2 * SECTOR]
    }
}

fn place(address: u32, length: usize) -> Range<usize> {
    PARTS
        .into_iter()
        .find(|(whole, _)| whole.holds(address, 1))
        .map_or(0..0, |(whole, part)| {
            let first = part.end.min(part.start + (address - whole.start) as usize);
            first..part.end.min(first + length)
        })
}

impl Flash for Chip {
    const LAYOUT: Layout = LAYOUT;

    fn bytes(&mut self, region: Region) -> &[u8] {
        &self.flash[place(region.start, region.length as usize)]
    }

    fn program(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault> {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        let places = self.flash[place(address, words.len() * 4)].iter_mut();
        places.zip(bytes).for_each(|(place, byte)| *place &= byte);
        Ok(())
    }

    fn erase(&mut self, region: Region) -> Result<(), StorageFault> {
        self.flash[place(region.start, region.length as usize)].fill(0xFF);
        Ok(())
    }
}

impl Otp for Chip {
    fn word(&self, index: u16) -> u32 {
        self.otp[usize::from(index)]
    }

    fn lock_byte(&self, _: u8) -> u8 {
        0xFF
    }

    fn program_word(&mut self, index: u16, value: u32) -> Result<(), StorageFault> {
        self.otp[usize::from(index)] &= value;
        Ok(())
    }

    fn lock_block(&mut self, _: u8) -> Result<(), StorageFault> {
        Err(StorageFault(0))
    }
}
