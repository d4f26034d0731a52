//! The registers of the system control space, of the cycle counter, and what enables it
//! (DDI0403 B3.2, B3.3, B3.4, C1.6.5, C1.8). Words; what is not listed reads as 0.

use super::super::fault::exception::{BUS_FAULT, FIRST_IRQ, MEM_MANAGE, NMI, PEND_SV};
use super::super::fault::exception::{SV_CALL, SYSTICK, USAGE_FAULT};
use super::{EXCEPTIONS, PRIORITY_BITS, System};
use crate::virtual_bench::cpu::state::State;
use crate::virtual_bench::width::Width;

const DWT_CTRL: u32 = 0xE000_1000;
const DWT_CYCCNT: u32 = 0xE000_1004;
const SYST_CSR: u32 = 0xE000_E010;
const SYST_RVR: u32 = 0xE000_E014;
const SYST_CVR: u32 = 0xE000_E018;
const ISER: u32 = 0xE000_E100;
const ICER: u32 = 0xE000_E180;
const ISPR: u32 = 0xE000_E200;
const ICPR: u32 = 0xE000_E280;
const IABR: u32 = 0xE000_E300;
const IPR: u32 = 0xE000_E400;
const CPUID: u32 = 0xE000_ED00;
const ICSR: u32 = 0xE000_ED04;
const VTOR: u32 = 0xE000_ED08;
const AIRCR: u32 = 0xE000_ED0C;
const SCR: u32 = 0xE000_ED10;
const CCR: u32 = 0xE000_ED14;
const SHPR1: u32 = 0xE000_ED18;
const SHPR3: u32 = 0xE000_ED20;
const SHCSR: u32 = 0xE000_ED24;
const CFSR: u32 = 0xE000_ED28;
const HFSR: u32 = 0xE000_ED2C;
const MMFAR: u32 = 0xE000_ED34;
const BFAR: u32 = 0xE000_ED38;
const DEMCR: u32 = 0xE000_EDFC;
const STIR: u32 = 0xE000_EF00;

/// Words of one bit for each of the 82 interrupts.
const LINES: u32 = 3 * 4;
const PRIORITIES: u32 = EXCEPTIONS as u32 - 16;

/// Cortex-M4 r0p1 (B3.2.3).
const CORTEX_M4_R0P1: u32 = 0x410F_C241;
/// Of DWT_CTRL: no comparators, no trace, no profiling counters (C1.8.7).
const DWT_FIXED: u32 = 1 << 27 | 1 << 26 | 1 << 24;
const CYCCNTENA: u32 = 1 << 0;
const TRCENA: u32 = 1 << 24;
const AIRCR_KEY: u32 = 0x05FA;
/// Reads back instead of the key.
const AIRCR_READ: u32 = 0xFA05_0000;

impl System {
    /// A word, without side effects.
    pub(in super::super) fn read(&self, address: u32, now: u64, state: &State) -> u32 {
        match address {
            SYST_CSR => self.timer.control(),
            SYST_RVR => self.timer.reload(),
            SYST_CVR => self.timer.counter(now),
            ISER..0xE000_E10C => self.lines(self.enabled, address - ISER),
            ICER..0xE000_E18C => self.lines(self.enabled, address - ICER),
            ISPR..0xE000_E20C => self.lines(self.pending, address - ISPR),
            ICPR..0xE000_E28C => self.lines(self.pending, address - ICPR),
            IABR..0xE000_E30C => self.lines(self.active, address - IABR),
            IPR.. if address - IPR < PRIORITIES => self.priority_word(16 + address - IPR),
            CPUID => CORTEX_M4_R0P1,
            ICSR => self.icsr(state),
            VTOR => self.vtor,
            AIRCR => AIRCR_READ | self.group << 8,
            SCR => self.scr,
            CCR => self.ccr,
            SHPR1..=SHPR3 => self.priority_word(4 + address - SHPR1),
            SHCSR => self.shcsr(),
            CFSR => self.cfsr,
            HFSR => self.hfsr,
            MMFAR => self.mmfar,
            BFAR => self.bfar,
            DEMCR => self.demcr,
            DWT_CTRL => DWT_FIXED | self.dwt_control,
            DWT_CYCCNT => self.counted(now),
            _ => self.float.read(address),
        }
    }

    /// What a read by the program changes.
    pub(in super::super) fn forget_tick(&mut self, address: u32) {
        if address == SYST_CSR {
            self.timer.control_was_read();
        }
    }

    /// Writes a word or a part of one. Registers in which ones act see zeros elsewhere.
    pub(in super::super) fn write_part(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
        now: u64,
        state: &State,
    ) {
        let (word, shift) = (address & !3, 8 * (address & 3));
        let ones_act = matches!(word, ISER..IPR | CFSR | HFSR | ICSR | STIR);
        let others = match width {
            Width::U32 => 0,
            _ if ones_act => 0,
            _ => self.read(word, now, state) & !(width.mask() << shift),
        };
        let value = others | (value & width.mask()) << shift;
        self.write(word, value, now);
    }

    pub(in super::super) fn write(&mut self, address: u32, value: u32, now: u64) {
        match address {
            SYST_CSR => self.timer.set_control(value, now),
            SYST_RVR => self.timer.set_reload(value, now),
            SYST_CVR => self.timer.clear_counter(now),
            ISER..0xE000_E10C => self.enabled |= set(address - ISER, value),
            ICER..0xE000_E18C => self.enabled &= !set(address - ICER, value),
            ISPR..0xE000_E20C => self.pending |= set(address - ISPR, value),
            ICPR..0xE000_E28C => {
                self.pending &= !set(address - ICPR, value);
                self.pending |= self.levels & !self.active;
            }
            IPR.. if address - IPR < PRIORITIES => self.set_priorities(16 + address - IPR, value),
            ICSR => self.set_icsr(value),
            VTOR => self.vtor = value & 0xFFFF_FF80,
            AIRCR if value >> 16 == AIRCR_KEY => {
                self.group = value >> 8 & 7;
                self.reset_requested |= value & 1 << 2 != 0;
            }
            SCR => self.scr = value & 0x16,
            CCR => self.ccr = value & 0x31B,
            SHPR1..=SHPR3 => self.set_priorities(4 + address - SHPR1, value),
            SHCSR => self.set_shcsr(value),
            CFSR => self.cfsr &= !value,
            HFSR => self.hfsr &= !value,
            MMFAR => self.mmfar = value,
            BFAR => self.bfar = value,
            DEMCR => self.demcr = value & TRCENA,
            DWT_CTRL if self.demcr & TRCENA != 0 => self.enable_counter(value, now),
            DWT_CYCCNT if self.demcr & TRCENA != 0 => self.set_counted(value, now),
            STIR if value & 0x1FF < PRIORITIES => self.pend(FIRST_IRQ + value as u8),
            _ => self.float.write(address, value),
        }
    }

    fn lines(&self, exceptions: u128, offset: u32) -> u32 {
        debug_assert!(offset < LINES);
        (exceptions >> (u32::from(FIRST_IRQ) + offset * 8)) as u32
    }

    fn priority_word(&self, first: u32) -> u32 {
        let bytes = (0..4).map(|i| self.raw_priority((first + i) as u8));
        bytes
            .rev()
            .fold(0, |word, byte| word << 8 | u32::from(byte))
    }

    fn set_priorities(&mut self, first: u32, value: u32) {
        let places = self.priorities.iter_mut().skip(first as usize);
        for (priority, byte) in places.zip(value.to_le_bytes()) {
            *priority = byte & PRIORITY_BITS;
        }
    }

    fn icsr(&self, state: &State) -> u32 {
        let is_pending = |exception: u8| (self.pending >> exception & 1) as u32;
        let urgent = self.most_urgent().map_or(0, u32::from);
        let nested = self.active & !(1 << state.exception) != 0;
        is_pending(NMI) << 31
            | is_pending(PEND_SV) << 28
            | is_pending(SYSTICK) << 26
            | u32::from(self.pending >> FIRST_IRQ != 0) << 22
            | urgent << 12
            | u32::from(!nested) << 11
            | u32::from(state.exception)
    }

    fn set_icsr(&mut self, value: u32) {
        for (bit, exception) in [(31, NMI), (28, PEND_SV), (26, SYSTICK)] {
            if value >> bit & 1 != 0 {
                self.pend(exception);
            }
        }
        for (bit, exception) in [(27, PEND_SV), (25, SYSTICK)] {
            if value >> bit & 1 != 0 {
                self.pending &= !(1 << exception);
            }
        }
    }

    fn shcsr(&self) -> u32 {
        let gather = |from: u128, places: &[(u8, u32)]| {
            let bit = |(exception, bit): &(u8, u32)| ((from >> exception & 1) as u32) << bit;
            places.iter().map(bit).sum::<u32>()
        };
        self.shcsr | gather(self.active, &ACTIVE) | gather(self.pending, &PENDED)
    }

    fn set_shcsr(&mut self, value: u32) {
        self.shcsr = value & 0x0007_0000;
        let mut scatter = |to: fn(&mut Self) -> &mut u128, places: &[(u8, u32)]| {
            for (exception, bit) in places {
                let on = u128::from(value >> bit & 1) << exception;
                let all = to(self);
                *all = *all & !(1 << exception) | on;
            }
        };
        scatter(|system| &mut system.active, &ACTIVE);
        scatter(|system| &mut system.pending, &PENDED);
    }

    fn counted(&self, now: u64) -> u32 {
        match self.dwt_control & CYCCNTENA {
            0 => self.cycle_counter as u32,
            _ => now.wrapping_sub(self.cycle_counter) as u32,
        }
    }

    fn set_counted(&mut self, value: u32, now: u64) {
        self.cycle_counter = match self.dwt_control & CYCCNTENA {
            0 => value.into(),
            _ => now.wrapping_sub(value.into()),
        };
    }

    fn enable_counter(&mut self, value: u32, now: u64) {
        let counted = self.counted(now);
        self.dwt_control = value & CYCCNTENA;
        self.set_counted(counted, now);
    }
}

/// Exceptions and their bits in SHCSR (B3.2.13).
const ACTIVE: [(u8, u32); 6] = [
    (MEM_MANAGE, 0),
    (BUS_FAULT, 1),
    (USAGE_FAULT, 3),
    (SV_CALL, 7),
    (PEND_SV, 10),
    (SYSTICK, 11),
];
const PENDED: [(u8, u32); 4] = [
    (USAGE_FAULT, 12),
    (MEM_MANAGE, 13),
    (BUS_FAULT, 14),
    (SV_CALL, 15),
];

fn set(offset: u32, value: u32) -> u128 {
    u128::from(value) << (u32::from(FIRST_IRQ) + offset * 8)
}
