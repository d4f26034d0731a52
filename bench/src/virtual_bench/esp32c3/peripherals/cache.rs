//! Flash as the data bus sees it: MMU and cache (TRM chapter "System and Memory", section
//! "External Memory"; registers in the `esp32c3` crate). What a line once held it holds until it
//! is invalidated: nothing is ever evicted, so that a program which forgets to is found out.

use std::collections::HashMap;

use crate::virtual_bench::esp32c3::memory_map::DROM;

/// Bytes that an entry of the MMU maps.
const PAGE: u32 = 0x1_0000;
const ENTRIES: usize = 128;
/// An entry without a page; the lower bits are the page in flash.
const INVALID: u32 = 1 << 8;
/// Bytes of a cache line.
pub(crate) const LINE: u32 = 32;

const CTRL: u32 = 0x00;
const ENABLE: u32 = 1 << 0;
const CTRL1: u32 = 0x04;
const SHUT_DBUS: u32 = 1 << 1;
const SYNC_CTRL: u32 = 0x28;
const INVALIDATE: u32 = 1 << 0;
const SYNC_DONE: u32 = 1 << 1;
const SYNC_ADDR: u32 = 0x2C;
const SYNC_SIZE: u32 = 0x30;

#[derive(Debug)]
pub(crate) struct Cache {
    registers: HashMap<u32, u32>,
    table: [u32; ENTRIES],
    lines: HashMap<u32, Vec<u8>>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            registers: HashMap::from([(CTRL1, 3), (SYNC_CTRL, SYNC_DONE)]),
            table: [INVALID; ENTRIES],
            lines: HashMap::new(),
        }
    }

    fn get(&self, offset: u32) -> u32 {
        self.registers.get(&offset).copied().unwrap_or(0)
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        self.get(offset)
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        if offset == SYNC_CTRL {
            self.registers.insert(offset, SYNC_DONE);
            if value & INVALIDATE != 0 {
                self.invalidate();
            }
        } else {
            self.registers.insert(offset, value);
        }
    }

    fn invalidate(&mut self) {
        let (start, size) = (self.get(SYNC_ADDR), self.get(SYNC_SIZE));
        self.lines
            .retain(|line, _| line.wrapping_sub(start) >= size);
    }

    pub(crate) fn entry(&self, offset: u32) -> u32 {
        self.table.get(offset as usize / 4).copied().unwrap_or(0)
    }

    pub(crate) fn set_entry(&mut self, offset: u32, value: u32) {
        if let Some(entry) = self.table.get_mut(offset as usize / 4) {
            *entry = value & 0x1FF;
        }
    }

    /// Where in flash the line of an address of the data bus lies; `None` where nothing answers.
    pub(crate) fn place(&self, address: u32) -> Option<u32> {
        let open = self.get(CTRL) & ENABLE != 0 && self.get(CTRL1) & SHUT_DBUS == 0;
        let within = address.checked_sub(DROM.start)?;
        let entry = self.table.get((within / PAGE) as usize).copied()?;
        let mapped = open && entry & INVALID == 0;
        mapped.then_some((entry & 0xFF) * PAGE + within % PAGE / LINE * LINE)
    }

    /// A word of a line, which `fetch` brings in if it is not there.
    pub(crate) fn word(&mut self, address: u32, fetch: impl FnOnce() -> Vec<u8>) -> u32 {
        let line = address / LINE * LINE;
        let bytes = self.lines.entry(line).or_insert_with(fetch);
        let at = (address - line) as usize;
        let word = bytes.get(at..at + 4).unwrap_or(&[0; 4]);
        word.iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u32::from(*byte))
    }
}
