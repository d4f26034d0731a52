//! UART0 (TRM chapter "UART Controller"), as polled programs use it.

use std::collections::VecDeque;

use super::clocks::{APB_HZ, RC_FAST_HZ, XTAL_HZ};
use crate::virtual_bench::peripherals::Nanos;

const FIFO: u32 = 0x00;
const INT_RAW: u32 = 0x04;
const INT_ST: u32 = 0x08;
const INT_ENA: u32 = 0x0C;
const INT_CLR: u32 = 0x10;
const CLKDIV: u32 = 0x14;
const STATUS: u32 = 0x1C;
const CONF0: u32 = 0x20;
const CLK_CONF: u32 = 0x78;
const ID: u32 = 0x80;
/// First offset behind the registers.
const END: u32 = 0x84;

const RXFIFO_FULL: u32 = 1 << 0;
const TXFIFO_EMPTY: u32 = 1 << 1;
const RXFIFO_OVF: u32 = 1 << 4;
const RXFIFO_TOUT: u32 = 1 << 8;
const TX_DONE: u32 = 1 << 14;

const RXFIFO_RST: u32 = 1 << 17;
const REG_UPDATE: u32 = 1 << 31;
/// The lines of STATUS at rest: TXD, RTSN, DTRN, RXD, CTSN high.
const STATUS_AT_REST: u32 = 0xE000_C000;

/// Bytes in the receive FIFO.
const DEPTH: usize = 128;
const BITS_PER_FRAME: u64 = 10;

/// What the ROM leaves: 115,200 baud from the crystal, undivided.
const ROM_CLKDIV: u32 = 3 << 20 | 347;
const ROM_CLK_CONF: u32 = 0x0370_0000;
const RESET_CONF0: u32 = 0x1000_001C;

#[derive(Debug)]
pub(crate) struct Uart {
    registers: [u32; (END / 4) as usize],
    fifo: VecDeque<u8>,
    /// On the line, not yet in the FIFO.
    incoming: VecDeque<u8>,
    next_at: Nanos,
    raw: u32,
    outgoing: Vec<u8>,
}

impl Uart {
    pub(crate) fn new() -> Self {
        let mut uart = Self {
            registers: [0; (END / 4) as usize],
            fifo: VecDeque::new(),
            incoming: VecDeque::new(),
            next_at: 0,
            raw: TXFIFO_EMPTY,
            outgoing: Vec::new(),
        };
        uart.reset();
        uart
    }

    /// The state in which the ROM leaves it.
    pub(crate) fn reset(&mut self) {
        self.registers.fill(0);
        self.set(CLKDIV, ROM_CLKDIV);
        self.set(CLK_CONF, ROM_CLK_CONF);
        self.set(CONF0, RESET_CONF0);
        self.fifo.clear();
        self.incoming.clear();
        self.raw = TXFIFO_EMPTY;
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

    /// Baud = clock / (SCLK_DIV_NUM + 1) / (CLKDIV + CLKDIV_FRAG / 16); the fractional part of
    /// the first divider is not modelled.
    pub(crate) fn baud(&self) -> u32 {
        let conf = self.get(CLK_CONF);
        let clock = match conf >> 20 & 3 {
            1 => APB_HZ,
            2 => RC_FAST_HZ,
            _ => XTAL_HZ,
        };
        let divided = u64::from(clock) / u64::from((conf >> 12 & 0xFF) + 1);
        let divider = self.get(CLKDIV);
        let sixteenths = u64::from(divider & 0xFFF) * 16 + u64::from(divider >> 20 & 0xF);
        u32::try_from(divided * 16 / sixteenths.max(1)).unwrap_or(u32::MAX)
    }

    /// The ROM sets another rate, from the crystal: CLKDIV has 12 bits and a fraction.
    pub(crate) fn set_baud(&mut self, baud: u32) {
        let baud = u64::from(baud.max(1));
        let clock = u64::from(XTAL_HZ);
        let prescale = (clock / (baud << 12)).min(0xFF);
        let sixteenths = (clock * 16 / (prescale + 1) / baud) as u32;
        self.set(CLKDIV, (sixteenths & 0xF) << 20 | sixteenths >> 4 & 0xFFF);
        self.set(CLK_CONF, ROM_CLK_CONF | (prescale as u32) << 12);
    }

    fn frame_time(&self) -> Nanos {
        BITS_PER_FRAME * 1_000_000_000 / u64::from(self.baud().max(1))
    }

    /// Bytes arrive on the RX pin.
    pub(crate) fn arrive(&mut self, bytes: &[u8], now: Nanos) {
        if self.incoming.is_empty() {
            self.next_at = now + self.frame_time();
        }
        self.incoming.extend(bytes);
    }

    /// The core slept for so long; what came meanwhile has its way over the line still to go.
    pub(crate) fn slept(&mut self, time: Nanos) {
        self.next_at += time;
    }

    pub(crate) fn backlog(&self) -> usize {
        self.incoming.len()
    }

    /// Whether a program that looks finds something.
    pub(crate) fn has_input(&self) -> bool {
        !self.incoming.is_empty() || !self.fifo.is_empty()
    }

    pub(crate) fn take_outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// The ROM, or a program, sends.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.outgoing.extend(bytes);
    }

    /// Lets the line go on to `now`. Whoever polls an empty FIFO does not wait for the wire.
    fn advance(&mut self, now: Nanos) {
        if self.fifo.is_empty() && !self.incoming.is_empty() {
            self.next_at = self.next_at.min(now);
        }
        while now >= self.next_at {
            let Some(byte) = self.incoming.pop_front() else {
                return;
            };
            if self.fifo.len() < DEPTH {
                self.fifo.push_back(byte);
            } else {
                self.raw |= RXFIFO_OVF;
            }
            self.next_at += self.frame_time();
        }
    }

    fn raw(&self) -> u32 {
        let threshold = (self.get(0x24) & 0x1FF) as usize;
        let full = self.fifo.len() > threshold;
        let left = !self.fifo.is_empty();
        self.raw | if full { RXFIFO_FULL } else { 0 } | if left { RXFIFO_TOUT } else { 0 }
    }

    pub(crate) fn read(&mut self, offset: u32, now: Nanos) -> u32 {
        self.advance(now);
        match offset {
            FIFO => self.fifo.pop_front().map_or(0, u32::from),
            INT_RAW => self.raw(),
            INT_ST => self.raw() & self.get(INT_ENA),
            STATUS => STATUS_AT_REST | self.fifo.len() as u32,
            _ => self.get(offset),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        match offset {
            FIFO => {
                self.outgoing.push(value as u8);
                self.raw |= TX_DONE | TXFIFO_EMPTY;
            }
            INT_CLR => self.raw &= !value | TXFIFO_EMPTY,
            INT_RAW | INT_ST | STATUS => {}
            ID => self.set(ID, value & !REG_UPDATE),
            CONF0 => {
                if value & RXFIFO_RST != 0 {
                    self.fifo.clear();
                }
                self.set(CONF0, value);
            }
            _ => self.set(offset, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rom_leaves_115200_baud() {
        assert!((115_000..115_400).contains(&Uart::new().baud()));
    }

    #[test]
    fn a_rate_that_is_set_is_kept() {
        for baud in [300, 9_600, 115_200, 460_800, 921_600, 2_000_000] {
            let mut uart = Uart::new();
            uart.set_baud(baud);
            assert!(uart.baud().abs_diff(baud) < baud / 100, "{baud}");
        }
    }

    #[test]
    fn what_is_not_fetched_in_time_overruns() {
        let mut uart = Uart::new();
        uart.arrive(&[7; DEPTH + 1], 0);
        let late = 1_000_000_000;
        assert_eq!(uart.read(STATUS, late) & 0x3FF, DEPTH as u32);
        assert_ne!(uart.read(INT_RAW, late) & RXFIFO_OVF, 0);
    }

    #[test]
    fn polling_does_not_wait_for_the_wire() {
        let mut uart = Uart::new();
        uart.arrive(b"ab", 0);
        for byte in *b"ab" {
            assert_eq!(uart.read(STATUS, 10) & 0x3FF, 1);
            assert_eq!(uart.read(FIFO, 10), u32::from(byte));
        }
    }
}
