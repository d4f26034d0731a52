//! An ARMv7E-M core, interpreted: Cortex-M4 r0p1 with 16 priority levels (RM0090 §12.1.1) and
//! its floating-point unit.
//!
//! What an encoding means is kept for the next time at its address. It is looked up by the
//! encoding itself as well, which is read from memory each time, so code that changes needs no
//! other care.

use super::debugger::CoreView;
use super::decode::decode;
use super::fault::{Fault, Trap};
use super::instruction::Instruction;
use super::state::State;
use super::system::System;
use super::{CoreRegister, CpuCore, Stop};
use crate::virtual_bench::bus::{Bus, FetchFault};
use crate::virtual_bench::core_debug::CoreDebug;
use crate::virtual_bench::peripherals::IrqLevels;
use crate::virtual_bench::width::Width;

/// Instructions that are kept decoded: 16 KiB of code.
const KEPT: usize = 8192;

#[derive(Clone, Copy)]
struct Decoded {
    encoding: u32,
    instruction: Instruction,
}

pub(crate) struct CortexM4 {
    pub(super) state: State,
    pub(super) system: System,
    /// Where to go on after the instruction under way.
    pub(super) next: u32,
    pub(super) cycles: u64,
    /// Something has to be looked at before the next instruction: an exception may have to be
    /// taken, the core sleeps, is locked up, or cannot execute.
    pub(super) unsettled: bool,
    pub(super) asleep: bool,
    /// By WFE and not by WFI.
    waits_for_event: bool,
    pub(super) locked_up: bool,
    /// What WFE waits for (DDI0403 B1.5.18).
    pub(super) event: bool,
    /// The local monitor of exclusive accesses (DDI0403 A3.4.1).
    pub(super) exclusive: bool,
    kept: Box<[Decoded]>,
}

impl std::fmt::Debug for CortexM4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CortexM4")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl CortexM4 {
    pub(crate) fn new() -> Self {
        let nothing = Decoded {
            encoding: 0,
            instruction: decode(0),
        };
        Self {
            state: State::reset(),
            system: System::reset(),
            next: 0,
            cycles: 0,
            unsettled: false,
            asleep: false,
            waits_for_event: false,
            locked_up: false,
            event: false,
            exclusive: false,
            kept: vec![nothing; KEPT].into_boxed_slice(),
        }
    }

    /// One instruction; false if a breakpoint stops before it.
    fn step(&mut self, bus: &mut Bus, halting: bool) -> bool {
        let pc = self.state.pc;
        let code = match bus.fetch(pc) {
            Ok(code) => code,
            Err(fault) => return self.no_code(bus, fault),
        };
        // A5.1: these five bits begin an instruction of two halfwords.
        let (encoding, length) = match code as u16 >> 11 {
            0b11101.. => (code.rotate_left(16), 4),
            _ => (code & 0xFFFF, 2),
        };
        let kept = &mut self.kept[(pc >> 1) as usize % KEPT];
        if kept.encoding != encoding {
            *kept = Decoded {
                encoding,
                instruction: decode(encoding),
            };
        }
        let Instruction { execute, with } = kept.instruction;
        self.state.r[15] = pc.wrapping_add(4);
        self.next = pc.wrapping_add(length);
        self.cycles += 1;
        let conditional = self.state.it != 0;
        // BKPT is unconditional (A7.7.17).
        if conditional && !self.state.passes(self.state.it >> 4) && encoding >> 8 != 0xBE {
            self.state.advance_it();
            self.state.pc = self.next;
            return true;
        }
        match execute(self, bus, with) {
            Ok(()) => {
                self.state.pc = self.next;
                if conditional {
                    self.state.advance_it();
                }
                true
            }
            Err(trap) => self.trap(bus, trap, halting),
        }
    }

    #[cold]
    fn no_code(&mut self, bus: &mut Bus, fault: FetchFault) -> bool {
        self.cycles += 1;
        self.fault(
            bus,
            match fault {
                FetchFault::NoExecute => Fault::NoExecute,
                FetchFault::Bus => Fault::Fetch,
            },
        );
        true
    }

    #[cold]
    fn trap(&mut self, bus: &mut Bus, trap: Trap, halting: bool) -> bool {
        match trap {
            Trap::Breakpoint if halting => return false,
            Trap::Breakpoint => self.fault(bus, Fault::DebugEvent),
            Trap::Fault(fault) => self.fault(bus, fault),
            Trap::SupervisorCall => self.supervisor_call(bus),
            Trap::ExceptionReturn(value) => self.exception_return(bus, value),
        }
        true
    }

    /// What has to happen before the next instruction; false when none can follow.
    #[cold]
    fn settle(&mut self, bus: &mut Bus) -> bool {
        if self.asleep && self.is_woken() {
            self.asleep = false;
        }
        if self.locked_up || self.asleep {
            return false;
        }
        if let Some(exception) = self.system.next_exception(&self.state) {
            self.enter(bus, exception, self.state.pc);
        } else if !self.state.thumb {
            self.fault(bus, Fault::InvalidState);
        } else {
            self.unsettled = false;
        }
        !self.locked_up
    }

    pub(super) fn sleep(&mut self, until_event: bool) {
        self.asleep = true;
        self.waits_for_event = until_event;
        self.unsettled = true;
    }

    fn is_woken(&self) -> bool {
        self.waits_for_event && self.event || self.system.wakes(&self.state)
    }

    /// An access of the program; the core's own registers answer before the bus
    /// (DDI0403 B3.1).
    #[inline]
    pub(super) fn load(&mut self, bus: &mut Bus, address: u32, width: Width) -> Result<u32, Trap> {
        if !width.aligns(address) && self.system.traps_unaligned() {
            return Err(Fault::Unaligned.into());
        }
        self.cycles += 1;
        if address >> 28 == 0xE && System::owns(address) {
            return self.load_system(address, width);
        }
        bus.load(address, width, self.cycles)
            .map_err(|_| Fault::Access(address).into())
    }

    #[inline]
    pub(super) fn store(
        &mut self,
        bus: &mut Bus,
        address: u32,
        width: Width,
        value: u32,
    ) -> Result<(), Trap> {
        if !width.aligns(address) && self.system.traps_unaligned() {
            return Err(Fault::Unaligned.into());
        }
        self.cycles += 1;
        if address >> 28 == 0xE && System::owns(address) {
            return self.store_system(address, width, value);
        }
        bus.store(address, width, value, self.cycles)
            .map_err(|_| Fault::Access(address).into())
    }

    #[cold]
    fn load_system(&mut self, address: u32, width: Width) -> Result<u32, Trap> {
        if !self.state.is_privileged() || !width.aligns(address) {
            return Err(Fault::Access(address).into());
        }
        let word = self.system.read(address & !3, self.cycles, &self.state);
        self.system.forget_tick(address & !3);
        Ok(word >> (8 * (address & 3)) & width.mask())
    }

    #[cold]
    fn store_system(&mut self, address: u32, width: Width, value: u32) -> Result<(), Trap> {
        if !self.state.is_privileged() || !width.aligns(address) {
            return Err(Fault::Access(address).into());
        }
        let (cycles, state) = (self.cycles, &self.state);
        self.system.write_part(address, width, value, cycles, state);
        self.unsettled = true;
        Ok(())
    }

    pub(super) fn branch(&mut self, target: u32) {
        self.next = target & !1;
        self.cycles += 1;
    }

    /// `BXWritePC()` and `LoadWritePC()` (A2.3.1).
    pub(super) fn branch_exchange(&mut self, target: u32) -> Result<(), Trap> {
        if !self.state.in_thread_mode() && target >> 28 == 0xF {
            return Err(Trap::ExceptionReturn(target));
        }
        self.enter_state(target);
        self.branch(target);
        Ok(())
    }

    /// Bit 0 of a target says which instruction set follows; there is only Thumb.
    pub(super) fn enter_state(&mut self, target: u32) {
        self.state.thumb = target & 1 != 0;
        self.unsettled |= !self.state.thumb;
    }

    #[inline]
    pub(super) fn reg(&self, number: u8) -> u32 {
        self.state.r[usize::from(number & 15)]
    }

    /// The stack pointer stays a multiple of 4 (B1.4.1).
    #[inline]
    pub(super) fn set_reg(&mut self, number: u8, value: u32) {
        let value = if number == 13 { value & !3 } else { value };
        self.state.r[usize::from(number & 15)] = value;
    }
}

impl CpuCore for CortexM4 {
    fn reset(&mut self, bus: &mut Bus) {
        let masked = self.system.masks_interrupts();
        self.state = State::reset();
        self.system = System::reset();
        self.system.mask_interrupts(masked);
        self.unsettled = true;
        self.asleep = false;
        self.locked_up = false;
        self.event = false;
        self.exclusive = false;
        let mut vector = |address| bus.load(address, Width::U32, self.cycles);
        match (vector(0), vector(4)) {
            (Ok(stack), Ok(entry)) => {
                self.state.set_stacks(stack, 0);
                self.state.pc = entry & !1;
                self.state.thumb = entry & 1 != 0;
            }
            _ => self.lock_up(),
        }
    }

    fn run(&mut self, bus: &mut Bus, steps: u64, debug: Option<&CoreDebug>) -> (u64, Stop) {
        let comparators = debug.filter(|debug| debug.has_breakpoints());
        for done in 0..steps {
            if self.cycles >= self.system.next_tick() {
                self.system.tick(self.cycles);
                self.unsettled = true;
            }
            while self.unsettled {
                if !self.settle(bus) {
                    return (done, Stop::Resting);
                }
            }
            let pc = self.state.pc;
            if comparators.is_some_and(|debug| debug.breakpoint_at(pc)) {
                return (done, Stop::Breakpoint);
            }
            if !self.step(bus, debug.is_some()) {
                return (done, Stop::Breakpoint);
            }
            if bus.wants_attention() {
                return (done + 1, Stop::Attention);
            }
        }
        (steps, Stop::Done)
    }

    fn cycles(&self) -> u64 {
        self.cycles
    }

    fn idle(&mut self, cycles: u64) {
        self.cycles += cycles;
        self.system.tick(self.cycles);
        self.unsettled = true;
    }

    fn cycles_to_tick(&self) -> Option<u64> {
        self.system.cycles_to_tick(self.cycles)
    }

    fn pc(&self) -> u32 {
        self.state.pc
    }

    fn is_asleep(&self) -> bool {
        self.asleep && !self.is_woken()
    }

    fn is_locked_up(&self) -> bool {
        self.locked_up
    }

    fn enter_debug_state(&mut self) {
        self.asleep = false;
        self.locked_up = false;
    }

    fn set_irqs(&mut self, levels: IrqLevels) {
        self.unsettled |= self.system.set_irqs(levels);
    }

    fn mask_interrupts(&mut self, masked: bool) {
        self.system.mask_interrupts(masked);
        self.unsettled = true;
    }

    fn take_reset_request(&mut self) -> bool {
        self.system.take_reset_request()
    }

    fn register(&self, register: CoreRegister) -> u32 {
        CoreView::read(self, register)
    }

    fn set_register(&mut self, register: CoreRegister, value: u32) {
        CoreView::write(self, register, value);
        self.unsettled = true;
    }

    fn read_scs(&mut self, address: u32) -> u32 {
        self.system.read(address, self.cycles, &self.state)
    }

    fn write_scs(&mut self, address: u32, value: u32) {
        self.system.write(address, value, self.cycles);
        self.unsettled = true;
    }
}
