//! Bytes from the host: to the loader in frames, to a program as they come; and the faults that
//! strike them.

use super::chip::{EspChip, Mode};
use super::link::{EspLink, garble};
use super::reset::ResetCause;
use super::rom::{Next, Silicon};
use crate::virtual_bench::chip::Rest;
use crate::virtual_bench::fault::LinkFault;

/// End of a frame to a program (COBS).
const ZERO: u8 = 0;

impl EspChip {
    /// Bytes from a host that sends at `host` baud. Without supply or cable they are lost.
    pub(crate) fn uart_arrive(&mut self, bytes: &[u8], host: u32, link: &EspLink) {
        if !self.is_running() || self.line.is_off() {
            return;
        }
        self.go_on();
        if self.mode == Mode::Loader && self.loader.finds_rate() && host <= link.max_baud {
            self.io.uart.set_baud(host);
        }
        let baud = self.baud();
        let heard = if link.carries(host, baud) {
            bytes.to_vec()
        } else {
            garble(bytes, host, baud)
        };
        match self.mode {
            Mode::Loader => self.line.inbox.extend(heard),
            Mode::Program => self.give_to_program(heard),
            Mode::Stuck => {}
        }
    }

    pub(crate) fn uart_backlog(&self) -> usize {
        self.io.uart.backlog() + self.line.inbox.len()
    }

    /// Each frame counts as one transfer; a refusal is for the loader alone.
    fn give_to_program(&mut self, mut bytes: Vec<u8>) {
        for _ in 0..bytes.iter().filter(|byte| **byte == ZERO).count() {
            if self.link_fault(&mut bytes) == Struck::Lost {
                return;
            }
        }
        let now = self.io.clock.time(self.core.cycles());
        self.io.uart.arrive(&bytes, now);
    }

    /// The last answer has gone out, at the rate that was.
    fn go_on(&mut self) {
        match self.line.next.take() {
            None | Some(Next::Listen) => {}
            Some(Next::Hang) => self.mode = Mode::Stuck,
            Some(Next::Baud(baud)) => self.io.uart.set_baud(baud),
            Some(Next::Run(entry)) => {
                self.line.clear();
                self.start(entry);
            }
            Some(Next::Reset) => self.reset(ResetCause::SoftwareSystem),
        }
    }

    /// What the loader has to do next.
    pub(super) fn run_loader(&mut self) -> Rest {
        if self.line.next.is_some() {
            self.go_on();
            return Rest::Not;
        }
        match self.line.reply_due_in() {
            Some(due) if due.is_zero() => {
                self.reply();
                return Rest::Not;
            }
            Some(due) => return Rest::For(due),
            None => {}
        }
        while let Some(byte) = self.line.inbox.pop_front() {
            if let Some(frame) = self.loader.feed(byte) {
                self.frame(frame);
                return Rest::Not;
            }
        }
        Rest::UntilWoken
    }

    fn frame(&mut self, mut frame: Vec<u8>) {
        let refuse = match self.link_fault(&mut frame) {
            Struck::Lost => return,
            Struck::Refused => true,
            Struck::Not => false,
        };
        let cycles = self.core.cycles();
        let mut silicon = Silicon::new(&mut self.ram, &mut self.io, cycles);
        let reply = self.loader.serve(&frame, refuse, &mut silicon);
        self.io.take_attention();
        if self.io.take_supply_failure() {
            self.power_off();
            return;
        }
        if let Some(cause) = self.io.take_reset_request() {
            self.reset(cause);
            return;
        }
        if let Some(reply) = reply {
            let delay = reply.delay + std::mem::take(&mut self.line.stall);
            self.line.hold(reply.bytes, delay, reply.next);
        }
    }

    fn reply(&mut self) {
        if let Some((bytes, next)) = self.line.take_reply() {
            if next != Next::Hang {
                self.io.uart.send(&bytes);
            }
            self.line.next = Some(next);
        }
    }

    /// Counts one transfer, with what the fault plan has in store for it.
    fn link_fault(&mut self, bytes: &mut [u8]) -> Struck {
        self.transfers += 1;
        match self.io.store.faults.on_transfer() {
            None => Struck::Not,
            Some(LinkFault::Drop) => {
                self.line.unplug(true);
                Struck::Lost
            }
            Some(LinkFault::BitFlip) => {
                let noise = &mut self.io.store.faults.noise;
                let at = noise.below(bytes.len() as u64) as usize;
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << noise.below(8);
                }
                Struck::Not
            }
            Some(LinkFault::Stall(time)) => {
                self.line.stall += time;
                Struck::Not
            }
            Some(LinkFault::BusFault) => Struck::Refused,
            Some(LinkFault::PowerCut) => {
                self.power_off();
                Struck::Lost
            }
            Some(LinkFault::Swap(uid)) => {
                self.swap(uid);
                Struck::Lost
            }
        }
    }
}

/// What has become of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Struck {
    Not,
    Refused,
    Lost,
}
