//! System control space: exceptions and their priorities, NVIC, SysTick, fault status
//! (DDI0403 B1.5, B3.2 to B3.4).

mod float;
mod registers;
mod systick;

use super::fault::exception::{BUS_FAULT, MEM_MANAGE, PEND_SV, SYSTICK};
use super::fault::exception::{FIRST_IRQ, HARD_FAULT, NMI};
use super::state::State;
use crate::virtual_bench::memory_map::{BLOCK, DBGMCU_BASE, PPB};
use crate::virtual_bench::peripherals::IrqLevels;
use float::FloatControl;
use systick::SysTick;

/// System exceptions and the 82 interrupts of the part (RM0090 §12.2), rounded up.
const EXCEPTIONS: usize = 16 + 96;
/// Implemented bits of a priority (RM0090 §12.1.1).
const PRIORITY_BITS: u8 = 0xF0;
/// Below every exception's.
const THREAD_PRIORITY: i32 = 256;

/// Bits of CCR (B3.2.8).
mod ccr {
    pub(super) const NONBASETHRDENA: u32 = 1 << 0;
    pub(super) const UNALIGN_TRP: u32 = 1 << 3;
    pub(super) const DIV_0_TRP: u32 = 1 << 4;
    pub(super) const STKALIGN: u32 = 1 << 9;
}

/// Bits of SCR (B3.2.7).
mod scr {
    pub(super) const SLEEPONEXIT: u32 = 1 << 1;
    pub(super) const SEVONPEND: u32 = 1 << 4;
}

/// Bits of HFSR (B3.2.16).
pub(super) mod hfsr {
    pub(in super::super) const VECTTBL: u32 = 1 << 1;
    pub(in super::super) const FORCED: u32 = 1 << 30;
    pub(in super::super) const DEBUGEVT: u32 = 1 << 31;
}

/// Exceptions by number, as bits.
#[derive(Debug, Clone)]
pub(super) struct System {
    pending: u128,
    active: u128,
    enabled: u128,
    levels: u128,
    priorities: [u8; EXCEPTIONS],
    /// PRIGROUP.
    group: u32,
    /// The debugger keeps interrupts, PendSV and SysTick waiting (C1.6.2).
    masked: bool,
    timer: SysTick,
    reset_requested: bool,
    pub(super) vtor: u32,
    scr: u32,
    ccr: u32,
    /// MEMFAULTENA, BUSFAULTENA and USGFAULTENA.
    shcsr: u32,
    pub(super) cfsr: u32,
    pub(super) hfsr: u32,
    mmfar: u32,
    pub(super) bfar: u32,
    demcr: u32,
    dwt_control: u32,
    /// Core cycle at which the cycle counter was at zero, or its value while it stands.
    cycle_counter: u64,
    pub(super) float: FloatControl,
}

/// What a program may do, and which faults it could have at its priority.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExecutionContext {
    privileged: bool,
    thread: bool,
    takes_hard_fault: bool,
    takes_bus_fault: bool,
    takes_mem_manage: bool,
}

impl System {
    pub(super) fn reset() -> Self {
        Self {
            pending: 0,
            active: 0,
            enabled: 0xFFFF,
            levels: 0,
            priorities: [0; EXCEPTIONS],
            group: 0,
            masked: false,
            timer: SysTick::off(),
            reset_requested: false,
            vtor: 0,
            scr: 0,
            ccr: ccr::STKALIGN,
            shcsr: 0,
            cfsr: 0,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
            demcr: 0,
            dwt_control: 0,
            cycle_counter: 0,
            float: FloatControl::reset(),
        }
    }

    /// The core's own part of the private peripheral bus; ST's debug registers are outside.
    pub(super) fn owns(address: u32) -> bool {
        PPB.contains(&address) && !(DBGMCU_BASE..DBGMCU_BASE + BLOCK).contains(&address)
    }

    /// Group priority, which decides about preemption (B1.5.4).
    pub(super) fn priority(&self, exception: u8) -> i32 {
        match exception {
            1..=HARD_FAULT => i32::from(exception) - 4,
            _ => i32::from(self.raw_priority(exception)) & self.group_mask(),
        }
    }

    fn raw_priority(&self, exception: u8) -> u8 {
        let priority = self.priorities.get(usize::from(exception));
        priority.copied().unwrap_or(0)
    }

    fn group_mask(&self) -> i32 {
        0xFF << (self.group + 1) & 0xFF
    }

    /// `ExecutionPriority()` (B1.5.4), with or without PRIMASK.
    fn execution_priority_with(&self, state: &State, primask: bool) -> i32 {
        let active = bits(self.active).map(|exception| self.priority(exception));
        let mut priority = active.min().unwrap_or(THREAD_PRIORITY);
        if state.basepri != 0 {
            priority = priority.min(i32::from(state.basepri) & self.group_mask());
        }
        if primask {
            priority = priority.min(0);
        }
        if state.faultmask {
            priority = priority.min(-1);
        }
        priority
    }

    pub(super) fn execution_priority(&self, state: &State) -> i32 {
        self.execution_priority_with(state, state.primask)
    }

    pub(super) fn execution_context(&self, state: &State) -> ExecutionContext {
        let current = self.execution_priority(state);
        let takes = |fault| self.handles(fault) && self.priority(fault) < current;
        ExecutionContext {
            privileged: state.is_privileged(),
            thread: state.in_thread_mode(),
            takes_hard_fault: current > -1,
            takes_bus_fault: takes(BUS_FAULT),
            takes_mem_manage: takes(MEM_MANAGE),
        }
    }

    /// The most urgent exception that waits: by priority, then by number.
    fn most_urgent(&self) -> Option<u8> {
        let mut waiting = self.pending & self.enabled;
        if self.masked {
            waiting &= (1 << PEND_SV) - 1;
        }
        let rank = |exception: &u8| match *exception {
            NMI | HARD_FAULT => (self.priority(*exception), *exception),
            other => (i32::from(self.raw_priority(other)), other),
        };
        bits(waiting).min_by_key(rank)
    }

    /// The exception to take now, if there is one.
    pub(super) fn next_exception(&self, state: &State) -> Option<u8> {
        if self.pending & self.enabled == 0 {
            return None;
        }
        let urgent = self.most_urgent()?;
        (self.priority(urgent) < self.execution_priority(state)).then_some(urgent)
    }

    /// What ends WFI and WFE: an exception that would be taken but for PRIMASK
    /// (B1.5.18, B1.5.19).
    pub(super) fn wakes(&self, state: &State) -> bool {
        let priority = self.execution_priority_with(state, false);
        let urgent = self.most_urgent();
        urgent.is_some_and(|urgent| self.priority(urgent) < priority)
            || self.scr & scr::SEVONPEND != 0 && self.pending != 0
    }

    pub(super) fn pend(&mut self, exception: u8) {
        self.pending |= 1 << exception;
    }

    pub(super) fn is_active(&self, exception: u8) -> bool {
        self.active >> exception & 1 != 0
    }

    pub(super) fn active_count(&self) -> u32 {
        self.active.count_ones()
    }

    pub(super) fn activate(&mut self, exception: u8) {
        self.active |= 1 << exception;
        self.pending &= !(1 << exception);
    }

    /// A line that is still high asks again (B3.4.1).
    pub(super) fn deactivate(&mut self, exception: u8) {
        self.active &= !(1 << exception);
        self.pending |= self.levels & 1 << exception;
    }

    /// True when something has begun to wait.
    pub(super) fn set_irqs(&mut self, levels: IrqLevels) -> bool {
        let [low, middle, high] = levels.map(u128::from);
        let levels = (low | middle << 32 | high << 64) << FIRST_IRQ;
        let risen = levels & !self.levels;
        self.levels = levels;
        let asks = (risen | levels & !self.active) & !self.pending;
        self.pending |= asks;
        asks != 0
    }

    pub(super) fn masks_interrupts(&self) -> bool {
        self.masked
    }

    pub(super) fn mask_interrupts(&mut self, masked: bool) {
        self.masked = masked;
    }

    pub(super) fn take_reset_request(&mut self) -> bool {
        std::mem::take(&mut self.reset_requested)
    }

    /// Whether a fault's own handler is switched on.
    pub(super) fn handles(&self, exception: u8) -> bool {
        self.shcsr >> (exception + 12) & 1 != 0
    }

    #[inline]
    pub(super) fn next_tick(&self) -> u64 {
        self.timer.zero_at
    }

    pub(super) fn tick(&mut self, now: u64) {
        if self.timer.advance(now) {
            self.pend(SYSTICK);
        }
    }

    pub(super) fn cycles_to_tick(&self, now: u64) -> Option<u64> {
        self.timer.cycles_to_exception(now)
    }

    #[inline]
    pub(super) fn traps_unaligned(&self) -> bool {
        self.ccr & ccr::UNALIGN_TRP != 0
    }

    pub(super) fn traps_division(&self) -> bool {
        self.ccr & ccr::DIV_0_TRP != 0
    }

    pub(super) fn aligns_stack(&self) -> bool {
        self.ccr & ccr::STKALIGN != 0
    }

    pub(super) fn lets_nested_return(&self) -> bool {
        self.ccr & ccr::NONBASETHRDENA != 0
    }

    pub(super) fn sleeps_on_exit(&self) -> bool {
        self.scr & scr::SLEEPONEXIT != 0
    }
}

/// Numbers of the bits that are set.
fn bits(mut set: u128) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros() as u8)?;
        set &= set - 1;
        Some(bit)
    })
}
