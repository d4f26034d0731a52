//! What happens on SDA and SCL, and which flags it raises (RM0090 §27.3.3 "I2C master mode").

use super::I2c;
use super::registers::{cr1, sr1};
use crate::virtual_bench::peripherals::Nanos;
use crate::virtual_bench::secure_element::Element;

/// Eight bits and the acknowledge.
const BITS: u64 = 9;

/// What the two pins lead to.
#[derive(Debug)]
pub(crate) struct Wire<'a> {
    /// The one device on the bus; `None` too while the pins are not handed to the interface.
    pub(crate) element: Option<&'a mut Element>,
}

/// Where the transfer is. In all but the first, the bus is this master's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    /// The START condition is complete at this time.
    Starting(Nanos),
    /// SB is set: SCL is low until the address is written.
    Started,
    Addressing(u8, Nanos),
    /// ADDR is set: SCL is low until SR1 and SR2 are read.
    Addressed,
    Sending(u8, Nanos),
    /// A byte comes in; with POS set the answer to it is decided already.
    Receiving(Option<bool>, Nanos),
    /// SCL is low until software goes on; a receiver that acknowledged goes on by itself
    /// once there is room.
    Held {
        receives_on: bool,
    },
    Stopping(Nanos),
}

impl Phase {
    pub(super) fn is_busy(self) -> bool {
        self != Self::Idle
    }

    /// MSL is set by hardware with SB (§27.6.7).
    pub(super) fn is_master(self) -> bool {
        !matches!(self, Self::Idle | Self::Starting(_))
    }

    fn ends(self) -> Option<Nanos> {
        match self {
            Self::Starting(at)
            | Self::Addressing(_, at)
            | Self::Sending(_, at)
            | Self::Receiving(_, at)
            | Self::Stopping(at) => Some(at),
            Self::Idle | Self::Started | Self::Addressed | Self::Held { .. } => None,
        }
    }
}

const HELD: Phase = Phase::Held { receives_on: false };

impl I2c {
    /// When something will happen on the bus by itself.
    pub(crate) fn next_event(&self) -> Option<Nanos> {
        self.phase.ends()
    }

    /// Lets the bus go on to `now`.
    pub(crate) fn advance(&mut self, now: Nanos, wire: &mut Wire<'_>) {
        while let Some(at) = self.phase.ends().filter(|at| *at <= now) {
            self.end_phase(at, wire);
        }
    }

    fn end_phase(&mut self, at: Nanos, wire: &mut Wire<'_>) {
        match self.phase {
            Phase::Starting(_) => {
                self.control[0] &= !cr1::START;
                self.flags = self.flags & sr1::ERRORS | sr1::SB;
                self.status_was_read = false;
                self.phase = Phase::Started;
            }
            Phase::Addressing(byte, _) => self.end_address(byte, at, wire),
            Phase::Sending(byte, _) => self.end_sent_byte(byte, at, wire),
            Phase::Receiving(decided, _) => self.end_received_byte(decided, at, wire),
            Phase::Stopping(_) => {
                self.control[0] &= !cr1::STOP;
                self.flags &= sr1::ERRORS | sr1::RXNE;
                self.transmits = false;
                self.phase = Phase::Idle;
                self.obey(at, wire);
            }
            Phase::Idle | Phase::Started | Phase::Addressed | Phase::Held { .. } => {}
        }
    }

    /// Starts what START and STOP ask for, where the transfer allows it: at once on an idle
    /// bus, behind the current byte otherwise (§27.6.1).
    pub(super) fn obey(&mut self, now: Nanos, wire: &mut Wire<'_>) {
        let (start, stop) = (
            self.control[0] & cr1::START != 0,
            self.control[0] & cr1::STOP != 0,
        );
        let period = self.period();
        match self.phase {
            // There is nothing to stop in slave mode.
            Phase::Idle => self.control[0] &= !cr1::STOP,
            Phase::Held { .. } | Phase::Started => {}
            _ => return,
        }
        if stop && self.phase != Phase::Idle {
            if let Some(element) = &mut wire.element {
                element.stop(now);
            }
            self.phase = Phase::Stopping(now + period);
        } else if start && self.phase != Phase::Started {
            if let Some(element) = &mut wire.element {
                element.stop(now);
            }
            self.phase = Phase::Starting(now + period);
        }
    }

    /// A write to DR: the address after SB, else a byte to send.
    pub(super) fn put_data(&mut self, byte: u8, now: Nanos) {
        let done = now + BITS * self.period();
        self.flags &= !sr1::BTF;
        match self.phase {
            // SB is cleared by reading SR1 and then writing DR (§27.6.6).
            Phase::Started if self.status_was_read => {
                self.flags &= !(sr1::SB | sr1::TXE);
                self.transmits = byte & 1 == 0;
                self.phase = Phase::Addressing(byte, done);
            }
            Phase::Held { .. } if self.transmits => self.phase = Phase::Sending(byte, done),
            Phase::Sending(..) => {
                self.data = byte;
                self.waiting = true;
                self.flags &= !sr1::TXE;
            }
            _ => {}
        }
    }

    /// A read of DR makes room for the byte in the shift register.
    pub(super) fn take_data(&mut self, now: Nanos, wire: &mut Wire<'_>) -> u32 {
        let byte = self.data;
        self.flags &= !(sr1::RXNE | sr1::BTF);
        if let Some(next) = self.shifted.take() {
            self.data = next;
            self.flags |= sr1::RXNE;
            if self.phase == (Phase::Held { receives_on: true }) {
                self.receive_next(now);
            }
        }
        self.obey(now, wire);
        u32::from(byte)
    }

    fn end_address(&mut self, byte: u8, at: Nanos, wire: &mut Wire<'_>) {
        let period = self.period();
        let heard = match &mut wire.element {
            Some(element) => element.addressed(byte, 8 * period, at),
            None => false,
        };
        if heard {
            self.flags |= sr1::ADDR;
            self.status_was_read = false;
            self.phase = Phase::Addressed;
        } else {
            self.flags |= sr1::AF;
            self.transmits = false;
            self.phase = HELD;
            self.obey(at, wire);
        }
    }

    /// ADDR was cleared: a transmitter may write, a receiver begins.
    pub(super) fn after_address(&mut self, now: Nanos, wire: &mut Wire<'_>) {
        if self.transmits {
            self.flags |= sr1::TXE;
            self.phase = HELD;
            self.obey(now, wire);
        } else {
            self.receive_next(now);
        }
    }

    fn end_sent_byte(&mut self, byte: u8, at: Nanos, wire: &mut Wire<'_>) {
        let taken = match &mut wire.element {
            Some(element) => element.receive(byte),
            None => false,
        };
        self.note_bus_error(wire);
        let asked_to_end = self.control[0] & (cr1::START | cr1::STOP) != 0;
        self.phase = HELD;
        if !taken {
            self.flags |= sr1::AF;
        } else if self.waiting && !asked_to_end {
            self.waiting = false;
            self.flags |= sr1::TXE;
            self.phase = Phase::Sending(self.data, at + BITS * self.period());
        } else {
            self.flags |= sr1::BTF;
        }
        self.obey(at, wire);
    }

    /// The answer to a byte is ACK as it is at the end of the byte; with POS, as it was when
    /// the byte began (§27.6.1 "POS").
    fn end_received_byte(&mut self, decided: Option<bool>, at: Nanos, wire: &mut Wire<'_>) {
        let byte = match &mut wire.element {
            Some(element) => element.send(),
            None => 0xFF,
        };
        self.note_bus_error(wire);
        let acknowledged = decided.unwrap_or(self.control[0] & cr1::ACK != 0);
        let room = self.flags & sr1::RXNE == 0;
        if room {
            self.data = byte;
            self.flags |= sr1::RXNE;
        } else {
            self.shifted = Some(byte);
            self.flags |= sr1::BTF;
        }
        self.phase = Phase::Held {
            receives_on: acknowledged,
        };
        let asked_to_end = self.control[0] & (cr1::START | cr1::STOP) != 0;
        if acknowledged && room && !asked_to_end {
            self.receive_next(at);
        }
        self.obey(at, wire);
    }

    fn receive_next(&mut self, now: Nanos) {
        let control = self.control[0];
        let decided = (control & cr1::POS != 0).then_some(control & cr1::ACK != 0);
        self.phase = Phase::Receiving(decided, now + BITS * self.period());
    }

    /// A misplaced condition sets BERR; the transfer of a master goes on (§27.3.4).
    fn note_bus_error(&mut self, wire: &mut Wire<'_>) {
        let Some(element) = &mut wire.element else {
            return;
        };
        if element.take_bus_error() {
            self.flags |= sr1::BERR;
        }
    }
}
