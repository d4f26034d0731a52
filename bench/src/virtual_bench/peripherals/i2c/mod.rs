//! I2C interface (RM0090 §27), 7-bit master mode.
//!
//! Conditions and bytes take the time that `CCR` gives SCL, in emulated time, so firmware
//! sees the flags rise one after the other as on silicon. Slave mode, SMBus and DMA are not
//! modelled: their bits are stored.

mod line;
mod registers;

use line::Phase;
pub(crate) use line::Wire;
use registers::{CCR, CR1, CR2, DR, FLTR, OAR1, OAR2, SR1, SR2, TRISE, ccr, cr1, cr2, sr1, sr2};

use super::clock::Nanos;

#[derive(Debug)]
pub(crate) struct I2c {
    control: [u32; 2],
    own_address: [u32; 2],
    ccr: u32,
    rise: u32,
    filter: u32,
    flags: u32,
    data: u8,
    /// TXE is low because DR holds a byte that the shift register has not taken yet.
    waiting: bool,
    /// A received byte that waits in the shift register for DR to be read.
    shifted: Option<u8>,
    /// TRA: 1 while this side sends data.
    transmits: bool,
    /// SR1 was read since SB or ADDR rose.
    status_was_read: bool,
    phase: Phase,
    pclk_hz: u32,
}

impl I2c {
    pub(crate) fn new() -> Self {
        Self {
            control: [0; 2],
            own_address: [0; 2],
            ccr: 0,
            // Reset value (§27.6.9).
            rise: 2,
            filter: 0,
            flags: 0,
            data: 0,
            waiting: false,
            shifted: None,
            transmits: false,
            status_was_read: false,
            phase: Phase::Idle,
            pclk_hz: 1,
        }
    }

    pub(crate) fn reset(&mut self) {
        let pclk_hz = self.pclk_hz;
        *self = Self {
            pclk_hz,
            ..Self::new()
        };
    }

    pub(crate) fn set_clock(&mut self, pclk_hz: u32) {
        self.pclk_hz = pclk_hz.max(1);
    }

    /// One period of SCL (§27.6.8): twice `CCR` in standard mode, 3 times or, with DUTY, 25
    /// times in fast mode.
    fn period(&self) -> Nanos {
        let factor = match self.ccr & (ccr::FAST | ccr::DUTY) {
            ccr::FAST => 3,
            both if both & ccr::FAST != 0 => 25,
            _ => 2,
        };
        let ticks = factor * u64::from((self.ccr & ccr::VALUE).max(1));
        ticks * 1_000_000_000 / u64::from(self.pclk_hz)
    }

    pub(crate) fn read(&mut self, offset: u32, now: Nanos, wire: &mut Wire<'_>) -> Option<u32> {
        self.advance(now, wire);
        Some(match offset {
            CR1 => self.control[0],
            CR2 => self.control[1],
            OAR1 => self.own_address[0],
            OAR2 => self.own_address[1],
            DR => self.take_data(now, wire),
            SR1 => {
                self.status_was_read = true;
                self.flags
            }
            SR2 => self.read_second_status(now, wire),
            CCR => self.ccr,
            TRISE => self.rise,
            FLTR => self.filter,
            _ => return None,
        })
    }

    /// Reading SR1 and then SR2 clears ADDR and lets SCL go (§27.6.7).
    fn read_second_status(&mut self, now: Nanos, wire: &mut Wire<'_>) -> u32 {
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        let master = self.phase.is_master();
        let seen = flag(master, sr2::MSL)
            | flag(self.phase.is_busy(), sr2::BUSY)
            | flag(self.transmits, sr2::TRA);
        if self.flags & sr1::ADDR != 0 && self.status_was_read {
            self.flags &= !sr1::ADDR;
            self.after_address(now, wire);
        }
        seen
    }

    pub(crate) fn write(
        &mut self,
        offset: u32,
        value: u32,
        now: Nanos,
        wire: &mut Wire<'_>,
    ) -> Option<()> {
        self.advance(now, wire);
        match offset {
            CR1 => self.write_control(value, now, wire),
            CR2 => self.control[1] = value & cr2::STORED,
            OAR1 => self.own_address[0] = value & 0xC3FF,
            OAR2 => self.own_address[1] = value & 0xFF,
            DR => self.put_data(value as u8, now),
            // Error flags are cleared by writing 0, the others are not writable (§27.6.6).
            SR1 => self.flags &= value | !sr1::ERRORS,
            SR2 => {}
            CCR => self.ccr = value & ccr::STORED,
            TRISE => self.rise = value & 0x3F,
            FLTR => self.filter = value & 0x1F,
            _ => return None,
        }
        Some(())
    }

    /// Without PE everything is reset but the configuration; START, STOP and PEC too
    /// (§27.6.1).
    fn write_control(&mut self, value: u32, now: Nanos, wire: &mut Wire<'_>) {
        self.control[0] = value & cr1::STORED;
        if value & cr1::SWRST != 0 {
            self.reset();
            self.control[0] = cr1::SWRST;
        } else if value & cr1::PE == 0 {
            self.control[0] &= !(cr1::START | cr1::STOP | cr1::PEC);
            self.flags = 0;
            self.waiting = false;
            self.shifted = None;
            self.transmits = false;
            self.phase = Phase::Idle;
        } else {
            self.obey(now, wire);
        }
    }

    /// Event and error requests (§27.4, table 144).
    pub(crate) fn interrupts(&self) -> (bool, bool) {
        let enabled = |bit: u32| self.control[1] & bit != 0;
        let buffer = enabled(cr2::ITBUFEN) && self.flags & (sr1::TXE | sr1::RXNE) != 0;
        let event = self.flags & (sr1::SB | sr1::ADDR | sr1::BTF) != 0 || buffer;
        let error = self.flags & sr1::ERRORS != 0;
        (
            enabled(cr2::ITEVTEN) && event,
            enabled(cr2::ITERREN) && error,
        )
    }
}

#[cfg(test)]
mod tests;
