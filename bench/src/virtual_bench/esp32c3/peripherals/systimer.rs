//! The system timer's counters (TRM chapter "System Timer"): 16 MHz, read through a snapshot.
//! Alarms are not modelled: they end in interrupts.

use crate::virtual_bench::peripherals::Nanos;

const CONF: u32 = 0x00;
const UNIT0_OP: u32 = 0x04;
const UNIT1_OP: u32 = 0x08;
const UNIT0_VALUE_HI: u32 = 0x40;
const UNIT0_VALUE_LO: u32 = 0x44;
const UNIT1_VALUE_HI: u32 = 0x48;
const UNIT1_VALUE_LO: u32 = 0x4C;

const RESET_CONF: u32 = 0x4600_0000;
const UPDATE: u32 = 1 << 30;
const VALUE_VALID: u32 = 1 << 29;
/// Nanoseconds in two ticks.
const TWO_TICKS: Nanos = 125;

#[derive(Debug)]
pub(crate) struct Systimer {
    conf: u32,
    started_at: Nanos,
    snapshots: [u64; 2],
}

impl Systimer {
    pub(crate) fn new() -> Self {
        Self {
            conf: RESET_CONF,
            started_at: 0,
            snapshots: [0; 2],
        }
    }

    pub(crate) fn reset(&mut self, now: Nanos) {
        *self = Self::new();
        self.started_at = now;
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        match offset {
            CONF => self.conf,
            UNIT0_OP | UNIT1_OP => VALUE_VALID,
            UNIT0_VALUE_HI => (self.snapshots[0] >> 32) as u32 & 0xF_FFFF,
            UNIT0_VALUE_LO => self.snapshots[0] as u32,
            UNIT1_VALUE_HI => (self.snapshots[1] >> 32) as u32 & 0xF_FFFF,
            UNIT1_VALUE_LO => self.snapshots[1] as u32,
            _ => 0,
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, now: Nanos) {
        let count = now.saturating_sub(self.started_at) * 2 / TWO_TICKS;
        match offset {
            CONF => self.conf = value,
            UNIT0_OP if value & UPDATE != 0 => self.snapshots[0] = count,
            // Only unit 0 runs after reset.
            UNIT1_OP if value & UPDATE != 0 && self.conf & 1 << 29 != 0 => {
                self.snapshots[1] = count;
            }
            _ => {}
        }
    }
}
