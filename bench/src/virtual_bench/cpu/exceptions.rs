//! Taking exceptions and returning from them (DDI0403 B1.5.6 to B1.5.8), faults that escalate,
//! and lockup (B1.5.14, B1.5.15).

use super::cortex_m4::CortexM4;
use super::fault::Fault;
use super::fault::exception::{HARD_FAULT, NMI, SV_CALL};
use super::state::{control, xpsr};
use super::system::hfsr;
use crate::virtual_bench::bus::Bus;
use crate::virtual_bench::peripherals::BusFault;
use crate::virtual_bench::width::{Width, words_from};

/// Where a core that is locked up says it is.
const LOCKUP_PC: u32 = 0xFFFF_FFFE;
/// R0 to R3, R12, LR, return address, xPSR.
const FRAME: u32 = 8 * 4;
/// The same, S0 to S15, FPSCR, and a word that keeps the stack aligned.
const EXTENDED_FRAME: u32 = FRAME + 18 * 4;

/// `EXC_RETURN` (B1.5.8).
mod exc_return {
    pub(super) const HANDLER: u32 = 0xFFFF_FFF1;
    pub(super) const THREAD_MAIN: u32 = 0xFFFF_FFF9;
    pub(super) const THREAD_PROCESS: u32 = 0xFFFF_FFFD;
    /// Clear for an extended frame.
    pub(super) const BASIC_FRAME: u32 = 1 << 4;
}

impl CortexM4 {
    pub(super) fn lock_up(&mut self) {
        self.state.pc = LOCKUP_PC;
        self.locked_up = true;
        self.unsettled = true;
    }

    /// The instruction at PC did not complete.
    pub(super) fn fault(&mut self, bus: &mut Bus, fault: Fault) {
        let exception = self.report(fault);
        if let Some(exception) = self.escalate(exception) {
            self.enter(bus, exception, self.state.pc);
        }
    }

    /// SVC comes back behind itself; one that cannot be taken is a HardFault.
    pub(super) fn supervisor_call(&mut self, bus: &mut Bus) {
        match self.escalate(SV_CALL) {
            Some(SV_CALL) => {
                self.state.advance_it();
                self.enter(bus, SV_CALL, self.next);
            }
            Some(other) => self.enter(bus, other, self.state.pc),
            None => {}
        }
    }

    /// Notes a fault where handlers look for it.
    fn report(&mut self, fault: Fault) -> u8 {
        let (exception, bits) = fault.report();
        self.system.cfsr |= bits;
        match fault {
            Fault::Access(address) => self.system.bfar = address,
            Fault::DebugEvent => self.system.hfsr |= hfsr::DEBUGEVT,
            _ => {}
        }
        exception
    }

    /// What a synchronous exception becomes: itself, HardFault, or, for `None`, lockup.
    fn escalate(&mut self, exception: u8) -> Option<u8> {
        let current = self.system.execution_priority(&self.state);
        let has_handler = exception == SV_CALL || self.system.handles(exception);
        if exception != HARD_FAULT && has_handler && self.system.priority(exception) < current {
            return Some(exception);
        }
        if current < 0 {
            self.lock_up();
            return None;
        }
        if exception != HARD_FAULT {
            self.system.hfsr |= hfsr::FORCED;
        }
        Some(HARD_FAULT)
    }

    /// Pushes the frame and goes to the handler.
    pub(super) fn enter(&mut self, bus: &mut Bus, exception: u8, return_address: u32) {
        let link = self.exc_return();
        let exception = match self.push_frame(bus, return_address) {
            Ok(()) => exception,
            Err(fault) => self.derived(exception, fault),
        };
        self.take(bus, exception, link);
    }

    fn exc_return(&self) -> u32 {
        let value = match self.state.control & control::SPSEL {
            _ if !self.state.in_thread_mode() => exc_return::HANDLER,
            0 => exc_return::THREAD_MAIN,
            _ => exc_return::THREAD_PROCESS,
        };
        match self.state.has_float_context() {
            true => value & !exc_return::BASIC_FRAME,
            false => value,
        }
    }

    /// The frame could not be pushed (B1.5.11): the fault comes before what was to be taken,
    /// which waits, unless that is more urgent.
    fn derived(&mut self, exception: u8, fault: Fault) -> u8 {
        let derived = self.report(fault);
        if exception == HARD_FAULT || exception == NMI {
            return exception;
        }
        if !self.system.handles(derived) {
            self.system.pend(exception);
            self.system.hfsr |= hfsr::FORCED;
            HARD_FAULT
        } else if self.system.priority(derived) < self.system.priority(exception) {
            self.system.pend(exception);
            derived
        } else {
            self.system.pend(derived);
            exception
        }
    }

    /// `PushStack()`.
    fn push_frame(&mut self, bus: &mut Bus, return_address: u32) -> Result<(), Fault> {
        let sp = self.reg(13);
        let extended = self.state.has_float_context();
        let aligned = extended || self.system.aligns_stack();
        let moved = aligned && sp & 4 != 0;
        let size = if extended { EXTENDED_FRAME } else { FRAME };
        let top = sp.wrapping_sub(size);
        let frame = if aligned { top & !4 } else { top };
        self.set_reg(13, frame);
        let psr = self.state.xpsr() & !xpsr::ALIGNED;
        let psr = if moved { psr | xpsr::ALIGNED } else { psr };
        let registers = [0, 1, 2, 3, 12, 14].map(|number| self.reg(number));
        let tail = [return_address, psr];
        let words = registers.into_iter().chain(tail);
        for (address, word) in words_from(frame).zip(words) {
            let stored = bus.store(address, Width::U32, word, self.cycles);
            stored.map_err(|BusFault| Fault::Stacking)?;
        }
        match extended {
            true => self.push_float(bus, frame.wrapping_add(FRAME)),
            false => Ok(()),
        }
    }

    /// `ExceptionTaken()`: goes to a handler whose frame is on the stack.
    fn take(&mut self, bus: &mut Bus, exception: u8, link: u32) {
        let vector = self.system.vtor.wrapping_add(u32::from(exception) * 4);
        let Ok(entry) = bus.load(vector, Width::U32, self.cycles) else {
            self.system.hfsr |= hfsr::VECTTBL;
            return match exception {
                HARD_FAULT | NMI => self.lock_up(),
                _ => self.take(bus, HARD_FAULT, link),
            };
        };
        self.system.activate(exception);
        self.set_reg(14, link);
        let kept = self.state.control & control::NPRIV;
        self.state.switch(exception, kept);
        self.state.it = 0;
        self.state.thumb = entry & 1 != 0;
        self.state.pc = entry & !1;
        self.changed_context();
        self.cycles += 11;
    }

    fn changed_context(&mut self) {
        self.exclusive = false;
        self.event = true;
        self.unsettled = true;
    }

    /// `ExceptionReturn()`: a handler branches to an `EXC_RETURN` value.
    pub(super) fn exception_return(&mut self, bus: &mut Bus, value: u32) {
        let returning = self.state.exception;
        let legal = self.may_return(value);
        self.system.deactivate(returning);
        if returning != NMI {
            self.state.faultmask = false;
        }
        let popped = match legal {
            false => Err(Fault::InvalidPc),
            true => self.pop_frame(bus, value),
        };
        if let Err(fault) = popped {
            // The frame stays where it is for the handler of the fault.
            let exception = self.report(fault);
            if let Some(exception) = self.escalate(exception) {
                self.take(bus, exception, value);
            }
            return;
        }
        self.changed_context();
        if self.state.in_thread_mode() && self.system.sleeps_on_exit() {
            self.sleep(false);
        }
    }

    fn may_return(&self, value: u32) -> bool {
        let nested = self.system.active_count() != 1;
        let fits = match value | exc_return::BASIC_FRAME {
            exc_return::HANDLER => nested,
            exc_return::THREAD_MAIN | exc_return::THREAD_PROCESS => {
                !nested || self.system.lets_nested_return()
            }
            _ => false,
        };
        fits && self.system.is_active(self.state.exception)
    }

    /// `PopStack()`, and the mode that `value` names.
    fn pop_frame(&mut self, bus: &mut Bus, value: u32) -> Result<(), Fault> {
        let process = value & 4 != 0;
        let extended = value & exc_return::BASIC_FRAME == 0;
        let to_handler = value | exc_return::BASIC_FRAME == exc_return::HANDLER;
        let (msp, psp) = (self.state.msp(), self.state.psp());
        let frame = if process { psp } else { msp };
        let mut words = [0; 8];
        for (address, word) in words_from(frame).zip(&mut words) {
            let loaded = bus.load(address, Width::U32, self.cycles);
            *word = loaded.map_err(|BusFault| Fault::Unstacking)?;
        }
        let [r0, r1, r2, r3, r12, lr, pc, psr] = words;
        let exception = (psr & xpsr::EXCEPTION) as u8;
        if to_handler == (exception == 0) {
            return Err(Fault::InvalidPc);
        }
        if extended {
            self.pop_float(bus, frame.wrapping_add(FRAME))?;
        }
        let size = if extended { EXTENDED_FRAME } else { FRAME };
        let sp = frame.wrapping_add(size) | (psr & xpsr::ALIGNED) >> 7;
        let (msp, psp) = if process { (msp, sp) } else { (sp, psp) };
        self.state.set_stacks(msp, psp);
        let mut control = self.state.control & control::NPRIV;
        if process {
            control |= control::SPSEL;
        }
        if extended {
            control |= control::FPCA;
        }
        self.state.switch(exception, control);
        self.state.r[..4].copy_from_slice(&[r0, r1, r2, r3]);
        self.state.r[12] = r12;
        self.state.r[14] = lr;
        self.state.set_xpsr(psr);
        self.state.pc = pc & !1;
        self.cycles += 9;
        Ok(())
    }
}
