//! What the ROM reaches: RAM, registers and, through SPI, the flash. It waits for what is busy.

use std::time::Duration;

use md5::{Digest, Md5};

use super::request::Refusal;
use super::security::Security;
use crate::virtual_bench::esp32c3::core::Registers;
use crate::virtual_bench::esp32c3::memory_map::{FLASH_SIZE, ROM};
use crate::virtual_bench::esp32c3::nonvolatile::PAGE;
use crate::virtual_bench::esp32c3::peripherals::{
    BLOCK_ERASE, CHIP_ERASE, PAGE_PROGRAM, Peripherals, SECTOR_ERASE, WRITE_ENABLE,
};
use crate::virtual_bench::esp32c3::ram::{Ram, Width};
use crate::virtual_bench::esp32c3::xts;

const SECTOR: u32 = 0x1000;
const BLOCK: u32 = 0x1_0000;
/// A word in the mask ROM by which host programs tell chips apart, and what it is here.
const CHIP_DETECT: (u32, u32) = (0x4000_1000, 0x1B31_506F);

pub(crate) struct Silicon<'a> {
    pub(crate) ram: &'a mut Ram,
    pub(crate) io: &'a mut Peripherals,
    pub(crate) cycles: u64,
    delay: Duration,
    hangs: bool,
}

impl<'a> Silicon<'a> {
    pub(crate) fn new(ram: &'a mut Ram, io: &'a mut Peripherals, cycles: u64) -> Self {
        Self {
            ram,
            io,
            cycles,
            delay: Duration::ZERO,
            hangs: false,
        }
    }

    /// Real time that the last operations took.
    pub(super) fn take_delay(&mut self) -> Duration {
        let burning = self.io.take_stall();
        std::mem::take(&mut self.delay) + burning
    }

    /// The flash is never ready again.
    pub(super) fn hangs(&self) -> bool {
        self.hangs
    }

    /// Nothing more can be done to the flash.
    fn stopped(&self) -> bool {
        self.hangs || self.io.has_lost_supply()
    }

    /// `None` where nothing answers.
    pub(super) fn read(&mut self, address: u32) -> Option<u32> {
        if ROM.contains(&address) {
            return Some(if address == CHIP_DETECT.0 {
                CHIP_DETECT.1
            } else {
                0
            });
        }
        let word = self.ram.load(address, Width::Word);
        word.or_else(|| self.io.load(address, Width::Word, self.cycles).ok())
    }

    pub(super) fn write(&mut self, address: u32, value: u32) -> Option<()> {
        let done = self.ram.store(address, Width::Word, value);
        done.or_else(|| self.io.store(address, Width::Word, value, self.cycles).ok())
    }

    pub(super) fn write_ram(&mut self, address: u32, bytes: &[u8]) -> Option<()> {
        self.ram.write(address, bytes)
    }

    pub(super) fn read_flash(&self, offset: u32, len: u32) -> Result<Vec<u8>, Refusal> {
        let end = offset.checked_add(len).ok_or(Refusal::Invalid)?;
        let flash = self.io.store.cells.flash();
        let bytes = flash.get(offset as usize..end as usize);
        Ok(bytes.ok_or(Refusal::Invalid)?.to_vec())
    }

    pub(super) fn md5(&self, offset: u32, len: u32) -> Result<[u8; 16], Refusal> {
        let bytes = self.read_flash(offset, len)?;
        Ok(Md5::digest(bytes).into())
    }

    /// A write to the flash: enable, instruction, wait.
    fn change(&mut self, instruction: u8, address: u32, bytes: &[u8]) {
        let io = &mut *self.io;
        io.flash.transact(&mut io.store, WRITE_ENABLE, 0, &[], 0);
        io.flash
            .transact(&mut io.store, instruction, address, bytes, 0);
        match io.flash.wait() {
            Some(time) => self.delay += time,
            None => self.hangs = true,
        }
    }

    /// All sectors that the region touches, by blocks where that can be.
    pub(super) fn erase(&mut self, offset: u32, len: u32) -> Result<(), Refusal> {
        let end = offset.checked_add(len).filter(|end| *end <= FLASH_SIZE);
        let end = end.ok_or(Refusal::Failed)?.next_multiple_of(SECTOR);
        let mut at = offset / SECTOR * SECTOR;
        while at < end && !self.stopped() {
            if at.is_multiple_of(BLOCK) && at + BLOCK <= end {
                self.change(BLOCK_ERASE, at, &[]);
                at += BLOCK;
            } else {
                self.change(SECTOR_ERASE, at, &[]);
                at += SECTOR;
            }
        }
        Ok(())
    }

    pub(super) fn erase_chip(&mut self) {
        self.change(CHIP_ERASE, 0, &[]);
    }

    /// Whether the ROM encrypts what it writes when it is asked to.
    pub(super) fn encrypts(&self) -> bool {
        !Security::read(&self.io.efuse).manual_encrypt_disabled()
    }

    /// As it stands in flash, whole blocks of the cipher only.
    pub(super) fn program_encrypted(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let whole = (offset as usize | bytes.len()).is_multiple_of(xts::BLOCK);
        let cipher = self.io.efuse.flash_cipher();
        let cells = whole.then(|| cipher.encrypted(offset, bytes));
        self.program(offset, &cells.ok_or(Refusal::Failed)?)
    }

    /// Page by page.
    pub(super) fn program(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refusal> {
        let fits = offset.checked_add(bytes.len() as u32);
        fits.filter(|end| *end <= FLASH_SIZE)
            .ok_or(Refusal::Failed)?;
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() && !self.stopped() {
            let room = ((PAGE - at % PAGE) as usize).min(rest.len());
            let (page, behind) = rest.split_at(room);
            self.change(PAGE_PROGRAM, at, page);
            at += room as u32;
            rest = behind;
        }
        Ok(())
    }
}
