//! SPI1, through which programs reach the flash (TRM chapter "SPI Controller"; registers of
//! SPI_MEM in the `esp32c3` crate). Transactions of the user's own and the ready-made commands;
//! they are over when the command register is read.

use super::nor_flash::{
    BLOCK_ERASE, CHIP_ERASE, NorFlash, PAGE_PROGRAM, READ_DATA, READ_ID, READ_STATUS, SECTOR_ERASE,
    WRITE_DISABLE, WRITE_ENABLE,
};
use crate::virtual_bench::esp32c3::nonvolatile::Operations;

const CMD: u32 = 0x00;
const ADDR: u32 = 0x04;
const USER: u32 = 0x18;
const USER1: u32 = 0x1C;
const USER2: u32 = 0x20;
const MOSI_DLEN: u32 = 0x24;
const MISO_DLEN: u32 = 0x28;
const RD_STATUS: u32 = 0x2C;
const W0: u32 = 0x58;
const W_END: u32 = 0x98;
const END: usize = 0x400;

const USR: u32 = 1 << 18;
const USR_COMMAND: u32 = 1 << 31;
const USR_ADDR: u32 = 1 << 30;
const USR_MISO: u32 = 1 << 28;
const USR_MOSI: u32 = 1 << 27;

const RESET: [(u32, u32); 3] = [
    (USER, 0x8000_0000),
    (USER1, 0x5C00_0007),
    (USER2, 0x7000_0000),
];

/// The ready-made commands by their bit in CMD.
const READY_MADE: [(u32, u8); 9] = [
    (31, READ_DATA),
    (30, WRITE_ENABLE),
    (29, WRITE_DISABLE),
    (28, READ_ID),
    (27, READ_STATUS),
    (25, PAGE_PROGRAM),
    (24, SECTOR_ERASE),
    (23, BLOCK_ERASE),
    (22, CHIP_ERASE),
];

#[derive(Debug)]
pub(crate) struct Spi {
    registers: [u32; END / 4],
}

impl Spi {
    pub(crate) fn new() -> Self {
        Self {
            registers: [0; END / 4],
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::new();
        for (offset, value) in RESET {
            self.set(offset, value);
        }
    }

    fn get(&self, offset: u32) -> u32 {
        self.registers
            .get(offset as usize / 4)
            .copied()
            .unwrap_or(0)
    }

    fn set(&mut self, offset: u32, value: u32) {
        if let Some(register) = self.registers.get_mut(offset as usize / 4) {
            *register = value;
        }
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        self.get(offset)
    }

    /// `encrypted` is what manual encryption gives: the ready-made page program writes it in
    /// place of the buffer. A transaction of the user's own writes the buffer.
    pub(crate) fn write(
        &mut self,
        offset: u32,
        value: u32,
        encrypted: Option<&[u8]>,
        flash: &mut NorFlash,
        store: &mut Operations,
    ) {
        if offset != CMD {
            return self.set(offset, value);
        }
        if value & USR != 0 {
            self.transaction(flash, store);
            return;
        }
        if let Some((_, instruction)) = READY_MADE.iter().find(|(bit, _)| value >> bit & 1 != 0) {
            self.ready_made(*instruction, encrypted, flash, store);
        }
    }

    /// Command, address and data as the USER registers describe them; lengths are in bits, less
    /// one. The address stands at the right end of its register.
    fn transaction(&mut self, flash: &mut NorFlash, store: &mut Operations) {
        let user = self.get(USER);
        if user & USR_COMMAND == 0 {
            return;
        }
        let instruction = self.get(USER2) as u8;
        let address = if user & USR_ADDR == 0 {
            0
        } else {
            let bits = (self.get(USER1) >> 26) + 1;
            self.get(ADDR) & (u64::from(u32::MAX) >> (32 - bits.min(32))) as u32
        };
        let sent = match user & USR_MOSI {
            0 => Vec::new(),
            _ => self.buffer(bytes(self.get(MOSI_DLEN))),
        };
        let wanted = match user & USR_MISO {
            0 => 0,
            _ => bytes(self.get(MISO_DLEN)),
        };
        let answer = flash.transact(store, instruction, address, &sent, wanted);
        self.fill(&answer);
    }

    /// A page program has its length above its address, or in the length register.
    fn ready_made(
        &mut self,
        instruction: u8,
        encrypted: Option<&[u8]>,
        flash: &mut NorFlash,
        store: &mut Operations,
    ) {
        let address = self.get(ADDR) & 0xFF_FFFF;
        let sent = match instruction {
            PAGE_PROGRAM => match (encrypted, self.get(ADDR) >> 24) {
                (Some(result), _) => result.to_vec(),
                (None, 0) => self.buffer(bytes(self.get(MOSI_DLEN))),
                (None, length) => self.buffer(length as usize),
            },
            _ => Vec::new(),
        };
        let wanted = match instruction {
            READ_DATA => bytes(self.get(MISO_DLEN)),
            READ_ID => 3,
            READ_STATUS => 1,
            _ => 0,
        };
        let answer = flash.transact(store, instruction, address, &sent, wanted);
        if instruction == READ_STATUS {
            self.set(RD_STATUS, u32::from(answer[0]));
        } else {
            self.fill(&answer);
        }
    }

    fn buffer(&self, len: usize) -> Vec<u8> {
        let words = (W0..W_END).step_by(4);
        let bytes = words.flat_map(|offset| self.get(offset).to_le_bytes());
        bytes.take(len).collect()
    }

    fn fill(&mut self, bytes: &[u8]) {
        for (offset, chunk) in (W0..W_END).step_by(4).zip(bytes.chunks(4)) {
            let mut word = self.get(offset).to_le_bytes();
            word[..chunk.len()].copy_from_slice(chunk);
            self.set(offset, u32::from_le_bytes(word));
        }
    }
}

/// A length register in bytes. The buffer holds 64.
fn bytes(register: u32) -> usize {
    (((register & 0x3FF) + 1) / 8) as usize
}
