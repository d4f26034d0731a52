//! The eFuse controller (TRM chapter "eFuse Controller"): programming registers, read registers,
//! operation codes and commands.

use std::time::Duration;

use crate::virtual_bench::esp32c3::nonvolatile::{
    BLOCKS, Operations, Work, block_is_closed, writable_block_0,
};
use crate::virtual_bench::esp32c3::xts::Xts;

const PGM_DATA: u32 = 0x000;
const PGM_DATA_END: u32 = 0x02C;
/// First read register of each block.
const RD: [u32; BLOCKS] = [
    0x2C, 0x44, 0x5C, 0x7C, 0x9C, 0xBC, 0xDC, 0xFC, 0x11C, 0x13C, 0x15C,
];
const RD_END: u32 = 0x17C;
const RD_RS_ERR0: u32 = 0x1C0;
const RD_RS_ERR1: u32 = 0x1C4;
const CONF: u32 = 0x1CC;
const STATUS: u32 = 0x1D0;
const CMD: u32 = 0x1D4;
const INT_RAW: u32 = 0x1D8;
const INT_ST: u32 = 0x1DC;
const INT_ENA: u32 = 0x1E0;
const INT_CLR: u32 = 0x1E4;
const END: usize = 0x200;

const WRITE_CODE: u32 = 0x5A5A;
const READ_CODE: u32 = 0x5AA5;
const READ_CMD: u32 = 1 << 0;
const PGM_CMD: u32 = 1 << 1;
const READ_DONE: u32 = 1 << 0;
const PGM_DONE: u32 = 1 << 1;
/// STATUS.STATE when nothing is under way.
const IDLE: u32 = 1;

const KEY0: usize = 4;
/// A value of KEY_PURPOSE_n.
const XTS_AES_128_KEY: u32 = 4;

const RESET: [(u32, u32); 4] = [
    (0x1C8, 0x2),
    (0x1E8, 0x1FE1C),
    (0x1EC, 0x1200_0000),
    (0x1F4, 0x0190),
];

/// A block takes some milliseconds: each of its bits is burnt alone, for about 10 µs.
const BIT_TIME: Duration = Duration::from_micros(10);
const BURN_TIME: Duration = Duration::from_millis(1);

/// Register file; the read registers hold what the last read command has loaded.
#[derive(Debug)]
pub(crate) struct EfuseController {
    registers: [u32; END / 4],
    /// A burn that never ends.
    stuck: bool,
    /// The key that the controller has given to the XTS engine, RD_DIS or not.
    flash_key: [u8; 32],
}

/// What a command has brought about.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Burnt {
    pub(crate) busy: Duration,
    pub(crate) supply_failed: bool,
}

impl EfuseController {
    pub(crate) fn new() -> Self {
        Self {
            registers: [0; END / 4],
            stuck: false,
            flash_key: [0; 32],
        }
    }

    /// The hardware reads all blocks at every reset.
    pub(crate) fn reset(&mut self, store: &Operations) {
        *self = Self::new();
        for (offset, value) in RESET {
            self.set(offset, value);
        }
        self.load(store);
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

    /// A word of block 0 as it was last read.
    pub(crate) fn block_0(&self, word: u32) -> u32 {
        self.get(RD[0] + 4 * word)
    }

    /// The bytes of a block as they were last read.
    pub(crate) fn block(&self, block: usize) -> Vec<u8> {
        let end = RD.get(block + 1).copied().unwrap_or(RD_END);
        let words = (RD[block]..end).step_by(4);
        words
            .flat_map(|offset| self.get(offset).to_le_bytes())
            .collect()
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        match offset {
            STATUS if self.stuck => 0,
            STATUS => IDLE,
            INT_ST => self.get(INT_RAW) & self.get(INT_ENA),
            _ => self.get(offset),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, store: &mut Operations) -> Burnt {
        match offset {
            PGM_DATA..PGM_DATA_END | 0x1C8..STATUS | 0x1E8..0x1FC => self.set(offset, value),
            CMD => return self.command(value, store),
            INT_ENA => self.set(offset, value),
            INT_CLR => {
                let raw = self.get(INT_RAW) & !value;
                self.set(INT_RAW, raw);
            }
            // What was read cannot be written.
            _ => {}
        }
        Burnt::default()
    }

    fn command(&mut self, value: u32, store: &mut Operations) -> Burnt {
        let code = self.get(CONF) & 0xFFFF;
        let raw = self.get(INT_RAW);
        if self.stuck {
            return Burnt::default();
        }
        if value & READ_CMD != 0 && code == READ_CODE {
            self.load(store);
            self.set(INT_RAW, raw | READ_DONE);
        }
        if value & PGM_CMD != 0 && code == WRITE_CODE {
            self.set(INT_RAW, raw | PGM_DONE);
            return self.burn((value >> 2 & 0xF) as usize, store);
        }
        Burnt::default()
    }

    /// WR_DIS counts as it was last read; a block that is closed is left alone.
    fn burn(&mut self, block: usize, store: &mut Operations) -> Burnt {
        let wr_dis = self.block_0(0);
        if block >= BLOCKS || block_is_closed(wr_dis, block) {
            return Burnt::default();
        }
        let bits = self.bits_to_burn(block, wr_dis);
        let ones: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
        if ones == 0 {
            return Burnt::default();
        }
        let outcome = store.run(Work::Burn { block, bits }, BURN_TIME + BIT_TIME * ones);
        self.stuck = outcome.busy.is_none();
        if self.stuck {
            self.set(CMD, PGM_CMD);
        }
        Burnt {
            busy: outcome.busy.unwrap_or_default(),
            supply_failed: outcome.supply_failed,
        }
    }

    /// The programming registers: six words for block 0, data and check words for the others.
    fn bits_to_burn(&self, block: usize, wr_dis: u32) -> Vec<u8> {
        let data = |words: std::ops::Range<u32>| words.map(|word| self.get(PGM_DATA + 4 * word));
        let words: Vec<u32> = match block {
            0 => data(0..6)
                .zip(writable_block_0(wr_dis))
                .map(|(word, open)| word & open)
                .collect(),
            1 => data(0..6).chain(data(8..11)).collect(),
            _ => data(0..11).collect(),
        };
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The cipher with that key.
    pub(crate) fn flash_cipher(&self) -> Xts {
        Xts::new(&self.flash_key)
    }

    /// The first block whose purpose is XTS_AES_128_KEY; zeros where there is none. BLOCK_KEY5
    /// does not reach the engine (Espressif, "Flash Encryption" of the ESP32-C3).
    fn load_flash_key(&self, store: &Operations) -> [u8; 32] {
        let purpose = |key: u32| {
            let nibble = key + 6;
            self.block_0(2 + nibble / 8) >> (4 * (nibble % 8)) & 0xF
        };
        let key = (0..5).find(|key| purpose(*key) == XTS_AES_128_KEY);
        let block = key.map(|key| store.cells.fuses.read(KEY0 + key as usize, 0));
        block
            .and_then(|block| block.data.try_into().ok())
            .unwrap_or_default()
    }

    /// Loads the read registers, and what the code says of each block: four bits for each,
    /// three of them the number of wrong bytes.
    fn load(&mut self, store: &Operations) {
        let rd_dis = store.cells.fuses.block_0()[1] & 0x7F;
        let mut errors = [0_u32; 2];
        for (block, start) in RD.iter().enumerate() {
            let readout = store.cells.fuses.read(block, rd_dis);
            for (offset, bytes) in (*start..).step_by(4).zip(readout.data.chunks_exact(4)) {
                let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                self.set(offset, word);
            }
            if block > 0 {
                let count = if readout.failed { 7 } else { readout.corrected };
                let nibble = count.min(7) | if readout.failed { 8 } else { 0 };
                errors[(block - 1) / 8] |= nibble << (4 * ((block - 1) % 8));
            }
        }
        self.flash_key = self.load_flash_key(store);
        self.set(RD_RS_ERR0, errors[0]);
        self.set(RD_RS_ERR1, errors[1]);
    }
}
