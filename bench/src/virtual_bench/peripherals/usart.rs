//! USART1 (RM0090 §30), asynchronous mode.
//!
//! Sent bytes leave at once. Received bytes take the time that the baud rate gives
//! them, in emulated time, so firmware that does not read in time overruns as on
//! silicon. A poll of `SR` that would only see an empty receiver moves straight on to
//! the byte that is under way: waiting for it would change nothing but the run time.

use std::collections::VecDeque;

use super::clock::Nanos;

const SR: u32 = 0x00;
const DR: u32 = 0x04;
const BRR: u32 = 0x08;
const CR1: u32 = 0x0C;
const CR2: u32 = 0x10;
const CR3: u32 = 0x14;
const GTPR: u32 = 0x18;

const ORE: u32 = 1 << 3;
const IDLE: u32 = 1 << 4;
const RXNE: u32 = 1 << 5;
const TC: u32 = 1 << 6;
const TXE: u32 = 1 << 7;
/// Flags that a read of SR followed by a read of DR clears (§30.6.1).
const CLEARED_BY_READS: u32 = 0x1F;

const UE: u32 = 1 << 13;
const OVER8: u32 = 1 << 15;
const TE: u32 = 1 << 3;
const RE: u32 = 1 << 2;

/// Start bit, eight data bits, stop bit.
const BITS_PER_FRAME: u64 = 10;

#[derive(Debug)]
pub(crate) struct Usart {
    status: u32,
    status_was_read: bool,
    data: u8,
    brr: u32,
    control: [u32; 3],
    guard: u32,
    pclk_hz: u32,
    /// Bytes on the wire towards the receiver.
    incoming: VecDeque<u8>,
    /// When the first of them is complete.
    next_at: Nanos,
    /// When the line counts as idle after the last byte.
    idle_at: Option<Nanos>,
    outgoing: Vec<u8>,
}

impl Usart {
    pub(crate) fn new() -> Self {
        Self {
            status: TXE | TC,
            status_was_read: false,
            data: 0,
            brr: 0,
            control: [0; 3],
            guard: 0,
            pclk_hz: 1,
            incoming: VecDeque::new(),
            next_at: 0,
            idle_at: None,
            outgoing: Vec::new(),
        }
    }

    pub(crate) fn reset(&mut self) {
        let (pclk_hz, outgoing) = (self.pclk_hz, std::mem::take(&mut self.outgoing));
        *self = Self {
            pclk_hz,
            outgoing,
            ..Self::new()
        };
    }

    pub(crate) fn set_clock(&mut self, pclk_hz: u32) {
        self.pclk_hz = pclk_hz.max(1);
    }

    fn receives(&self) -> bool {
        self.control[0] & (UE | RE) == UE | RE
    }

    /// Baud = pclk / (8 × (2 − OVER8) × USARTDIV) (§30.3.4).
    fn frame_time(&self) -> Nanos {
        let ticks_per_bit = if self.control[0] & OVER8 == 0 {
            u64::from(self.brr)
        } else {
            u64::from((self.brr >> 4) * 8 + (self.brr & 7))
        };
        BITS_PER_FRAME * ticks_per_bit * 1_000_000_000 / u64::from(self.pclk_hz)
    }

    /// Bytes arrive on the RX pin. Nobody listens to them unless the receiver is on.
    pub(crate) fn arrive(&mut self, bytes: impl IntoIterator<Item = u8>, now: Nanos) {
        if !self.receives() {
            return;
        }
        if self.incoming.is_empty() {
            self.next_at = now + self.frame_time();
        }
        self.incoming.extend(bytes);
        self.idle_at = None;
    }

    /// Bytes that arrived during the last `time` set out at its end: nobody kept count of
    /// it until now.
    pub(crate) fn postpone(&mut self, time: Nanos) {
        self.next_at += time;
    }

    pub(crate) fn backlog(&self) -> usize {
        self.incoming.len()
    }

    /// What the firmware has sent since the last call.
    pub(crate) fn take_outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// When something will happen on the line by itself.
    pub(crate) fn next_event(&self) -> Option<Nanos> {
        if self.incoming.is_empty() {
            self.idle_at
        } else {
            Some(self.next_at)
        }
    }

    /// Lets the line go on to `now`.
    pub(crate) fn advance(&mut self, now: Nanos) {
        while !self.incoming.is_empty() && now >= self.next_at {
            self.receive_one();
        }
        if self.incoming.is_empty() && self.idle_at.is_some_and(|at| now >= at) {
            self.idle_at = None;
            self.status |= IDLE;
        }
    }

    /// One byte reaches the shift register's end (§30.3.3 "Receiver"): with RXNE still
    /// set it is lost and ORE rises.
    fn receive_one(&mut self) {
        let Some(byte) = self.incoming.pop_front() else {
            return;
        };
        if !self.receives() {
            return;
        }
        if self.status & RXNE == 0 {
            self.data = byte;
            self.status |= RXNE;
        } else {
            self.status |= ORE;
        }
        let done = self.next_at;
        self.next_at = done + self.frame_time();
        self.idle_at = self.incoming.is_empty().then_some(self.next_at);
    }

    pub(crate) fn read(&mut self, offset: u32, now: Nanos) -> Option<u32> {
        self.advance(now);
        Some(match offset {
            SR => self.poll_status(now),
            DR => self.read_data(),
            BRR => self.brr,
            CR1 => self.control[0],
            CR2 => self.control[1],
            CR3 => self.control[2],
            GTPR => self.guard,
            _ => return None,
        })
    }

    fn poll_status(&mut self, now: Nanos) -> u32 {
        if self.status & RXNE == 0 && !self.incoming.is_empty() {
            self.next_at = now;
            self.advance(now);
        }
        self.status_was_read = true;
        self.status
    }

    fn read_data(&mut self) -> u32 {
        self.status &= !RXNE;
        if std::mem::take(&mut self.status_was_read) {
            self.status &= !CLEARED_BY_READS;
        }
        u32::from(self.data)
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        match offset {
            // RXNE and TC are cleared by writing 0, the others are not writable.
            SR => self.status &= value | !(RXNE | TC),
            DR => self.send(value as u8),
            BRR => self.brr = value & 0xFFFF,
            CR1 => self.control[0] = value & 0xBFFF,
            CR2 => self.control[1] = value & 0x7F6F,
            CR3 => self.control[2] = value & 0x0FFF,
            GTPR => self.guard = value & 0xFFFF,
            _ => return None,
        }
        Some(())
    }

    fn send(&mut self, byte: u8) {
        if self.control[0] & (UE | TE) == UE | TE {
            self.outgoing.push(byte);
            self.status |= TXE | TC;
        }
    }

    /// Interrupt line (§30.4, table 148): each enable bit of CR1 sits at the place of
    /// its flag in SR; RXNEIE also covers ORE.
    pub(crate) fn interrupt(&self) -> bool {
        let enables = self.control[0] & (TXE | TC | RXNE | IDLE);
        let overrun = enables & RXNE != 0 && self.status & ORE != 0;
        self.status & enables != 0 || overrun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 16 MHz / 139 is 115,108 baud: a frame takes 86,875 ns.
    fn listening() -> Usart {
        let mut usart = Usart::new();
        usart.set_clock(16_000_000);
        usart.write(BRR, 139);
        usart.write(CR1, UE | TE | RE | RXNE);
        usart
    }

    #[test]
    fn a_byte_takes_its_time_on_the_wire() {
        let mut usart = listening();
        usart.arrive(*b"a", 0);
        usart.advance(86_874);
        assert!(!usart.interrupt());
        usart.advance(86_875);
        assert!(usart.interrupt());
        assert_eq!(usart.read(DR, 86_875), Some(u32::from(b'a')));
    }

    #[test]
    fn a_byte_that_is_not_fetched_in_time_overruns_the_next() {
        let mut usart = listening();
        usart.arrive(*b"ab", 0);
        usart.advance(200_000);
        assert_eq!(
            usart.read(SR, 200_000).map(|sr| sr & (ORE | RXNE)),
            Some(ORE | RXNE)
        );
        assert_eq!(usart.read(DR, 200_000), Some(u32::from(b'a')));
        assert_eq!(usart.read(SR, 200_000).map(|sr| sr & (ORE | RXNE)), Some(0));
    }

    #[test]
    fn polling_does_not_wait_for_the_wire() {
        let mut usart = listening();
        usart.arrive(*b"ab", 0);
        assert_eq!(usart.read(SR, 10).map(|sr| sr & RXNE), Some(RXNE));
        assert_eq!(usart.read(DR, 20), Some(u32::from(b'a')));
        assert_eq!(usart.read(SR, 30).map(|sr| sr & RXNE), Some(RXNE));
        assert_eq!(usart.read(DR, 40), Some(u32::from(b'b')));
    }

    #[test]
    fn a_receiver_that_is_off_hears_nothing() {
        let mut usart = listening();
        usart.write(CR1, UE | TE);
        usart.arrive(*b"a", 0);
        usart.write(CR1, UE | TE | RE);
        assert_eq!(usart.read(SR, 1_000_000).map(|sr| sr & RXNE), Some(0));
    }
}
