//! Flash, eFuses, random numbers and posture of the ESP32-C3.

use cradle_firmware::device::{Entropy, EntropyFault, Flash, OneTime, Posture, StorageFault};
use cradle_protocol::layout::esp32c3::{ENCRYPTED, IMAGE_RAM, LAYOUT, NVS};
use cradle_protocol::layout::{Layout, Region};
use cradle_protocol::message::{ChipUid, Refusal, TrngFault};
use cradle_protocol::metadata::Bank;
use esp32c3::{EFUSE, SPI1};
use zeroize::Zeroize;

use crate::cipher::{Cipher, whole_blocks};
use crate::clock::CORE_HZ;
use crate::efuse;
use crate::flash::SerialFlash;
use crate::flash_key::{self, SAMPLE_AT};
use crate::random::Random;

/// Room for what is read of flash outside the banks: the NVS, or both metadata sectors.
pub const SMALL_WINDOW: usize = NVS.length as usize;
/// Room for the image of a bank.
pub const BANK_WINDOW: usize = IMAGE_RAM.length as usize;

const _: () = assert!(2 * LAYOUT.metadata[0].length as usize <= SMALL_WINDOW);

/// Where copies of flash go.
pub struct Windows {
    /// Copies of what lies outside the banks, at least [`SMALL_WINDOW`].
    pub small: &'static mut [u8],
    /// Copies of images; [`BANK_WINDOW`] where images are looked at.
    pub bank: &'static mut [u8],
}

/// Who started the program: that decides from when on flash is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartedBy {
    /// The ROM, from flash: SPI_BOOT_CRYPT_CNT says so.
    Flash,
    /// The loader in ROM: as soon as there is a key. The chip is being provisioned.
    Loader,
}

/// The chip. `R` is the random number generator, or `()` where nothing random is needed.
pub struct Chip<R = ()> {
    flash: SerialFlash,
    cipher: Cipher,
    started_by: StartedBy,
    flash_kib: u16,
    fuses: EFUSE,
    random: R,
    windows: Windows,
    /// Bytes of the small window that hold a copy.
    used: usize,
    /// What the bank window holds a copy of.
    copied: Option<Region>,
}

impl<R> Chip<R> {
    /// Takes the peripherals.
    pub fn new(
        (spi, cipher, started_by): (SPI1, Cipher, StartedBy),
        fuses: EFUSE,
        random: R,
        windows: Windows,
    ) -> Self {
        let mut flash = SerialFlash::new(spi);
        let flash_kib = flash.kib();
        Self {
            flash,
            cipher,
            started_by,
            flash_kib,
            fuses,
            random,
            windows,
            used: 0,
            copied: None,
        }
    }

    /// Whether the bank window holds what can be image of `bank`, as it was read last.
    pub fn holds_image_of(&self, bank: Bank) -> bool {
        let (room, _) = LAYOUT.bank(bank).split_at(LAYOUT.max_image());
        self.copied == Some(room)
    }

    /// What the engine makes of 16 zero bytes, as it stands in flash.
    fn sample(flash: &mut SerialFlash, cipher: &mut Cipher) -> Result<[u8; 16], StorageFault> {
        let mut sample = [0; 16];
        flash.erase_sector(SAMPLE_AT)?;
        flash.program_encrypted(SAMPLE_AT, &[0; 4], cipher)?;
        flash.read(SAMPLE_AT, &mut sample);
        flash.erase_sector(SAMPLE_AT)?;
        Ok(sample)
    }

    /// The eFuses.
    pub fn fuses(&self) -> &EFUSE {
        &self.fuses
    }
}

impl<R> Flash for Chip<R> {
    const LAYOUT: Layout = LAYOUT;

    /// A region that no window has room for reads as nothing.
    fn bytes(&mut self, region: Region) -> &[u8] {
        let encrypted = self.encrypts(region);
        let whole = match encrypted {
            true => whole_blocks(region),
            false => region,
        };
        let length = whole.length as usize;
        let of_bank = LAYOUT.banks.iter().any(|bank| bank.holds(region.start, 1));
        let window = if of_bank {
            self.copied = Some(region);
            &mut *self.windows.bank
        } else {
            self.used = self.used.max(length);
            &mut *self.windows.small
        };
        let Some(window) = window.get_mut(..length) else {
            return &[];
        };
        self.flash.read(whole.start, window);
        if encrypted {
            self.cipher.decipher(whole.start, window);
        }
        let before = (region.start - whole.start) as usize;
        &window[before..before + region.length as usize]
    }

    fn forget(&mut self) {
        if let Some(used) = self.windows.small.get_mut(..self.used) {
            used.zeroize();
        }
        self.used = 0;
    }

    fn encrypts(&self, region: Region) -> bool {
        let on = match self.started_by {
            StartedBy::Flash => efuse::flash_is_encrypted(&self.fuses),
            StartedBy::Loader => flash_key::in_place(&self.fuses),
        };
        let within = |whole: &Region| whole.holds(region.start, region.length);
        on && ENCRYPTED.iter().any(within)
    }

    fn program(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault> {
        let region = Region {
            start: address,
            length: words.len() as u32 * 4,
        };
        match self.encrypts(region) {
            true => self
                .flash
                .program_encrypted(address, words, &mut self.cipher),
            false => self.flash.program(address, words),
        }
    }

    fn erase(&mut self, region: Region) -> Result<(), StorageFault> {
        self.flash.erase_sector(region.start)
    }
}

impl<R> OneTime for Chip<R> {
    fn root_key_block(&self) -> [u8; 32] {
        efuse::root_key_block(&self.fuses)
    }

    fn root_key_hash(&self) -> Option<[u8; 32]> {
        let hash = self.root_key_block();
        (efuse::holds_root_key(&self.fuses) && hash != [0; 32]).then_some(hash)
    }

    fn root_key_locked(&self) -> bool {
        efuse::root_key_locked(&self.fuses)
    }

    fn counter(&self) -> u32 {
        efuse::counter(&self.fuses)
    }

    fn burn(&mut self, _: u16, _: u32) -> Result<u32, Refusal> {
        Err(Refusal::Range)
    }

    fn close(&mut self, _: u8) -> Result<u32, Refusal> {
        Err(Refusal::Range)
    }

    fn keep_flash_key(&mut self, key: &[u8; 32]) -> Result<(), Refusal> {
        let (flash, cipher) = (&mut self.flash, &mut self.cipher);
        flash_key::keep(&self.fuses, key, || Self::sample(flash, cipher))
    }
}

impl Entropy for Chip<Random> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFault> {
        self.random.fill(bytes)
    }

    fn raw_word(&mut self) -> Result<u32, TrngFault> {
        self.random.word()
    }
}

impl<R> Posture for Chip<R> {
    fn uid(&self) -> ChipUid {
        efuse::uid(&self.fuses)
    }

    fn flash_kib(&self) -> u16 {
        self.flash_kib
    }

    fn rdp(&self) -> u8 {
        efuse::read_protection(&self.fuses)
    }

    /// Flash outside the chip has no protection that the chip enforces.
    fn write_protected(&self) -> u32 {
        0
    }

    fn clock_hz(&self) -> u32 {
        CORE_HZ
    }
}
