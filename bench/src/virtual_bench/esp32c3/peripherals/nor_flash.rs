//! The flash beside the chip: a 32-Mbit NOR part as its data sheet describes it (Winbond
//! W25Q32JV, chapters "Instructions" and "AC Electrical Characteristics").

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::virtual_bench::esp32c3::nonvolatile::{Operations, PAGE, Work};

pub(crate) const WRITE_ENABLE: u8 = 0x06;
pub(crate) const WRITE_DISABLE: u8 = 0x04;
pub(crate) const READ_STATUS: u8 = 0x05;
pub(crate) const READ_ID: u8 = 0x9F;
pub(crate) const READ_DATA: u8 = 0x03;
pub(crate) const PAGE_PROGRAM: u8 = 0x02;
pub(crate) const SECTOR_ERASE: u8 = 0x20;
pub(crate) const BLOCK_ERASE: u8 = 0xD8;
pub(crate) const CHIP_ERASE: u8 = 0xC7;
const READ_STATUS_2: u8 = 0x35;
const FAST_READ: u8 = 0x0B;
const HALF_BLOCK_ERASE: u8 = 0x52;
const CHIP_ERASE_TOO: u8 = 0x60;

const BUSY: u8 = 1 << 0;
const WRITE_LATCH: u8 = 1 << 1;

const PROGRAM_TIME: Duration = Duration::from_micros(400);
const SECTOR_TIME: Duration = Duration::from_millis(45);
const HALF_BLOCK_TIME: Duration = Duration::from_millis(120);
const BLOCK_TIME: Duration = Duration::from_millis(150);
const CHIP_TIME: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct NorFlash {
    id: [u8; 3],
    write_enabled: bool,
    busy_until: Option<Instant>,
    stuck: bool,
    supply_failed: bool,
    /// Pages that were read, when somebody wants to know.
    reads: Option<BTreeSet<u32>>,
}

impl NorFlash {
    pub(crate) fn new(id: [u8; 3]) -> Self {
        Self {
            id,
            write_enabled: false,
            busy_until: None,
            stuck: false,
            supply_failed: false,
            reads: None,
        }
    }

    pub(crate) fn power_on(&mut self) {
        *self = Self {
            reads: self.reads.take(),
            ..Self::new(self.id)
        };
    }

    /// Notes which pages are read from here on.
    pub(crate) fn note_reads(&mut self) {
        self.reads = Some(BTreeSet::new());
    }

    /// The pages that were read since, by their number.
    pub(crate) fn take_reads(&mut self) -> BTreeSet<u32> {
        self.reads.take().unwrap_or_default()
    }

    /// Real time until it is ready again; `None` when it never will be.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        match (self.stuck, self.busy_until) {
            (true, _) => None,
            (false, None) => Some(Duration::ZERO),
            (false, Some(until)) => Some(until.saturating_duration_since(Instant::now())),
        }
    }

    fn is_busy(&self) -> bool {
        self.remaining() != Some(Duration::ZERO)
    }

    /// Waits until it is ready: the real time that takes; `None`: it never is.
    pub(crate) fn wait(&mut self) -> Option<Duration> {
        let remaining = self.remaining();
        self.busy_until = None;
        remaining
    }

    pub(crate) fn has_lost_supply(&self) -> bool {
        self.supply_failed
    }

    pub(crate) fn take_supply_failure(&mut self) -> bool {
        std::mem::take(&mut self.supply_failed)
    }

    /// One transaction: instruction, address, bytes to it; `wanted` bytes come back. While it is
    /// busy it answers to status reads only; what it does not know it leaves alone.
    pub(crate) fn transact(
        &mut self,
        store: &mut Operations,
        instruction: u8,
        address: u32,
        sent: &[u8],
        wanted: usize,
    ) -> Vec<u8> {
        if instruction == READ_STATUS {
            return vec![self.status(); wanted];
        }
        if self.is_busy() {
            return vec![0xFF; wanted];
        }
        match instruction {
            WRITE_ENABLE => self.write_enabled = true,
            WRITE_DISABLE => self.write_enabled = false,
            READ_ID => return self.id.iter().copied().cycle().take(wanted).collect(),
            READ_STATUS_2 => return vec![0; wanted],
            READ_DATA | FAST_READ => return self.read(store, address, wanted),
            PAGE_PROGRAM if !sent.is_empty() => {
                let data = sent.to_vec();
                let offset = wrapped(store, address);
                self.change(store, Work::Program { offset, data }, PROGRAM_TIME);
            }
            SECTOR_ERASE => self.erase(store, address, 0x1000, SECTOR_TIME),
            HALF_BLOCK_ERASE => self.erase(store, address, 0x8000, HALF_BLOCK_TIME),
            BLOCK_ERASE => self.erase(store, address, 0x1_0000, BLOCK_TIME),
            CHIP_ERASE | CHIP_ERASE_TOO => self.change(store, Work::ChipErase, CHIP_TIME),
            _ => {}
        }
        vec![0xFF; wanted]
    }

    fn status(&self) -> u8 {
        let busy = if self.is_busy() { BUSY } else { 0 };
        let latch = if self.write_enabled { WRITE_LATCH } else { 0 };
        busy | latch
    }

    /// What the cache reads, while no operation is under way.
    pub(crate) fn fetch(&mut self, store: &Operations, address: u32, wanted: usize) -> Vec<u8> {
        match self.is_busy() {
            true => vec![0xFF; wanted],
            false => self.read(store, address, wanted),
        }
    }

    fn read(&mut self, store: &Operations, address: u32, wanted: usize) -> Vec<u8> {
        let start = wrapped(store, address);
        if let Some(reads) = &mut self.reads {
            let last = start + (wanted as u32).saturating_sub(1);
            reads.extend(start / PAGE..=last / PAGE);
        }
        let cells = store.cells.flash().iter().cycle().skip(start as usize);
        cells.take(wanted).copied().collect()
    }

    fn erase(&mut self, store: &mut Operations, address: u32, len: u32, typical: Duration) {
        let offset = wrapped(store, address) / len * len;
        self.change(store, Work::Erase { offset, len }, typical);
    }

    /// Without the write enable latch nothing happens; the operation clears it.
    fn change(&mut self, store: &mut Operations, work: Work, typical: Duration) {
        if !std::mem::take(&mut self.write_enabled) {
            return;
        }
        let outcome = store.run(work, typical);
        self.supply_failed |= outcome.supply_failed;
        match outcome.busy {
            None => self.stuck = true,
            Some(Duration::ZERO) => {}
            Some(time) => self.busy_until = Some(Instant::now() + time),
        }
    }
}

/// Addresses beyond the end wrap around.
fn wrapped(store: &Operations, address: u32) -> u32 {
    address & 0xFF_FFFF & (store.cells.flash().len() as u32 - 1)
}
