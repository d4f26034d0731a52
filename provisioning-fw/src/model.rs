//! A chip for tests: flash and OTP under NOR rules, power that fails at a chosen operation.

mod der;
mod esp32c3;
mod image;
mod signer;

use core::marker::PhantomData;
use std::vec::Vec;

use cradle_protocol::layout::stm32f405::{OTP_BLOCK, OTP_COUNTER_BLOCK, OTP_ROOT_KEY_BLOCK};
use cradle_protocol::layout::{Layout, Region, stm32f405};
use cradle_protocol::message::{ChipUid, TrngFault};

use crate::device::{Entropy, EntropyFault, Flash, Posture, StorageFault};
use crate::otp::{OTP_BLOCKS, OTP_WORDS, Otp};

pub(crate) use der::element;
pub(crate) use esp32c3::Esp32c3;
pub(crate) use image::ImageBuilder;
pub(crate) use signer::Signer;

pub(crate) const UID: ChipUid = *b"uid of model";
/// What an operation reports that power did not let finish.
pub(crate) const POWER_LOST: StorageFault = StorageFault(0xDEAD);
const WRITE_PROTECTED: StorageFault = StorageFault(1 << 4);
const WORDS_PER_BLOCK: usize = OTP_BLOCK as usize / 4;

/// Which chip it is.
pub(crate) trait Kind: Clone {
    const LAYOUT: Layout;
}

#[derive(Clone)]
pub(crate) struct Stm32f405;

impl Kind for Stm32f405 {
    const LAYOUT: Layout = stm32f405::LAYOUT;
}

/// The chip.
#[derive(Clone)]
pub(crate) struct Model<K = Stm32f405> {
    flash: Vec<u8>,
    otp: [u32; OTP_WORDS as usize],
    locks: [u8; OTP_BLOCKS as usize],
    /// Operations (a word programmed, a sector erased) until power fails.
    pub(crate) power: usize,
    /// Bits that still got programmed of the word at which power failed.
    pub(crate) torn: u32,
    /// Operations done.
    pub(crate) operations: usize,
    pub(crate) entropy_broken: bool,
    pub(crate) entropy_stuck: bool,
    /// The region of a bank that was read last.
    pub(crate) last_of_bank: Option<Region>,
    seed: u64,
    kind: PhantomData<K>,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self::blank()
    }

    pub(crate) fn burn_root_key(&mut self, hash: &[u8; 32]) {
        let first = OTP_ROOT_KEY_BLOCK as usize * WORDS_PER_BLOCK;
        for (word, bytes) in self.otp[first..].iter_mut().zip(hash.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        self.locks[OTP_ROOT_KEY_BLOCK as usize] = 0;
    }

    /// Counter values up to 32.
    pub(crate) fn burn_counter(&mut self, value: u32) {
        let first = OTP_COUNTER_BLOCK as usize * WORDS_PER_BLOCK;
        self.otp[first] = u32::MAX.checked_shl(value).unwrap_or(0);
    }
}

impl<K: Kind> Model<K> {
    pub(crate) fn blank() -> Self {
        Self {
            flash: std::vec![0xFF; K::LAYOUT.flash.length as usize],
            otp: [u32::MAX; _],
            locks: [0xFF; _],
            power: usize::MAX,
            torn: 0,
            operations: 0,
            entropy_broken: false,
            entropy_stuck: false,
            last_of_bank: None,
            seed: 1,
            kind: PhantomData,
        }
    }

    /// The same chip after power came back.
    pub(crate) fn restarted(&self) -> Self {
        Self {
            power: usize::MAX,
            ..self.clone()
        }
    }

    /// Puts bytes into flash from outside, as a debug probe does.
    pub(crate) fn load(&mut self, address: u32, bytes: &[u8]) {
        let at = (address - K::LAYOUT.flash.start) as usize;
        self.flash[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Spends one operation. `Err` if power fails at it; then whether it is the one at which
    /// power fails, and not a later one.
    fn spend(&mut self) -> Result<(), bool> {
        match self.power.checked_sub(1) {
            Some(left) => {
                self.power = left;
                self.operations += 1;
                Ok(())
            }
            None => Err(core::mem::take(&mut self.torn) != 0),
        }
    }

    fn program_flash_word(&mut self, address: u32, word: u32) -> Result<(), StorageFault> {
        let torn = self.torn;
        let (outcome, word) = match self.spend() {
            Ok(()) => (Ok(()), word),
            Err(true) => (Err(POWER_LOST), word | !torn),
            Err(false) => return Err(POWER_LOST),
        };
        let at = (address - K::LAYOUT.flash.start) as usize;
        for (place, byte) in self.flash[at..at + 4].iter_mut().zip(word.to_le_bytes()) {
            *place &= byte;
        }
        outcome
    }
}

impl<K: Kind> Flash for Model<K> {
    const LAYOUT: Layout = K::LAYOUT;

    fn bytes(&mut self, region: Region) -> &[u8] {
        if Self::LAYOUT
            .banks
            .iter()
            .any(|bank| bank.holds(region.start, 1))
        {
            self.last_of_bank = Some(region);
        }
        let start = (region.start - K::LAYOUT.flash.start) as usize;
        &self.flash[start..start + region.length as usize]
    }

    fn program(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault> {
        assert!(address.is_multiple_of(4));
        for (at, word) in (address..).step_by(4).zip(words) {
            self.program_flash_word(at, *word)?;
        }
        Ok(())
    }

    /// Power that fails leaves the second half of the sector as it was.
    fn erase(&mut self, region: Region) -> Result<(), StorageFault> {
        let sector = Self::LAYOUT.sector_at(region.start).unwrap();
        let start = (sector.start - K::LAYOUT.flash.start) as usize;
        let (length, outcome) = match self.spend() {
            Ok(()) => (sector.length as usize, Ok(())),
            Err(true) => (sector.length as usize / 2, Err(POWER_LOST)),
            Err(false) => return Err(POWER_LOST),
        };
        self.flash[start..start + length].fill(0xFF);
        outcome
    }
}

impl Otp for Model {
    fn word(&self, index: u16) -> u32 {
        self.otp[usize::from(index)]
    }

    fn lock_byte(&self, block: u8) -> u8 {
        self.locks[usize::from(block)]
    }

    fn program_word(&mut self, index: u16, value: u32) -> Result<(), StorageFault> {
        if self.locks[usize::from(index) / WORDS_PER_BLOCK] == 0 {
            return Err(WRITE_PROTECTED);
        }
        self.spend().map_err(|_| POWER_LOST)?;
        self.otp[usize::from(index)] &= value;
        Ok(())
    }

    fn lock_block(&mut self, block: u8) -> Result<(), StorageFault> {
        self.spend().map_err(|_| POWER_LOST)?;
        self.locks[usize::from(block)] = 0;
        Ok(())
    }
}

impl<K: Kind> Entropy for Model<K> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFault> {
        for byte in bytes {
            self.seed = self
                .seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = (self.seed >> 56) as u8;
        }
        if self.entropy_broken {
            return Err(EntropyFault);
        }
        Ok(())
    }

    fn raw_word(&mut self) -> Result<u32, TrngFault> {
        if self.entropy_stuck {
            return Ok(0x5EED_5EED);
        }
        let mut word = [0; 4];
        self.fill(&mut word).map_err(|_| TrngFault::Seed)?;
        Ok(u32::from_le_bytes(word))
    }
}

impl<K: Kind> Posture for Model<K> {
    fn uid(&self) -> ChipUid {
        UID
    }

    fn flash_kib(&self) -> u16 {
        1024
    }

    fn rdp(&self) -> u8 {
        0x55
    }

    fn write_protected(&self) -> u32 {
        0b11
    }

    fn clock_hz(&self) -> u32 {
        48_000_000
    }
}
