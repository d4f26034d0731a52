//! Registers that say who may use the floating-point unit, and how exceptions save its state
//! (DDI0403 B3.2.20 to B3.2.25).

use super::ExecutionContext;

const CPACR: u32 = 0xE000_ED88;
const FPCCR: u32 = 0xE000_EF34;
const FPCAR: u32 = 0xE000_EF38;
const FPDSCR: u32 = 0xE000_EF3C;
const MVFR0: u32 = 0xE000_EF40;
const MVFR1: u32 = 0xE000_EF44;

/// Of CPACR: coprocessors 10 and 11. Others are not there.
const FLOAT_ACCESS: u32 = 0xF << 20;
/// 16 double registers; single precision, with square root, division and all rounding modes.
const MVFR0_FPV4_SP: u32 = 0x1011_0021;
/// Fused multiply-add, conversion to half precision, NaNs that propagate, denormal numbers.
const MVFR1_FPV4_SP: u32 = 0x1100_0011;
/// Of FPDSCR: AHP, DN, FZ and RMode.
const FPDSCR_WRITABLE: u32 = 0x1F << 22;

/// Bits of FPCCR.
mod fpccr {
    pub(super) const ASPEN: u32 = 1 << 31;
    pub(super) const LSPEN: u32 = 1 << 30;
    pub(super) const BFRDY: u32 = 1 << 6;
    pub(super) const MMRDY: u32 = 1 << 5;
    pub(super) const HFRDY: u32 = 1 << 4;
    pub(super) const THREAD: u32 = 1 << 3;
    pub(super) const USER: u32 = 1 << 1;
    pub(super) const LSPACT: u32 = 1 << 0;
    /// What an exception that reserves a frame sets anew; the debug monitor is not modelled.
    pub(super) const OF_FRAME: u32 = 1 << 8 | BFRDY | MMRDY | HFRDY | THREAD | USER | LSPACT;
    pub(super) const WRITABLE: u32 = ASPEN | LSPEN | OF_FRAME;
}

#[derive(Debug, Clone)]
pub(in super::super) struct FloatControl {
    cpacr: u32,
    fpccr: u32,
    fpcar: u32,
    fpdscr: u32,
}

impl FloatControl {
    pub(super) fn reset() -> Self {
        Self {
            cpacr: 0,
            fpccr: fpccr::ASPEN | fpccr::LSPEN,
            fpcar: 0,
            fpdscr: 0,
        }
    }

    pub(super) fn read(&self, address: u32) -> u32 {
        match address {
            CPACR => self.cpacr,
            FPCCR => self.fpccr,
            FPCAR => self.fpcar,
            FPDSCR => self.fpdscr,
            MVFR0 => MVFR0_FPV4_SP,
            MVFR1 => MVFR1_FPV4_SP,
            _ => 0,
        }
    }

    pub(super) fn write(&mut self, address: u32, value: u32) {
        match address {
            CPACR => self.cpacr = value & FLOAT_ACCESS,
            FPCCR => self.fpccr = value & fpccr::WRITABLE,
            FPCAR => self.fpcar = value & !7,
            FPDSCR => self.fpdscr = value & FPDSCR_WRITABLE,
            _ => {}
        }
    }

    /// Whether CPACR allows a program to use it; 2 is reserved.
    #[inline]
    pub(in super::super) fn allows(&self, privileged: bool) -> bool {
        match self.cpacr >> 20 & 3 {
            3 => true,
            1 => privileged,
            _ => false,
        }
    }

    /// Its use makes exceptions save its state.
    #[inline]
    pub(in super::super) fn is_saved(&self) -> bool {
        self.fpccr & fpccr::ASPEN != 0
    }

    /// Exceptions reserve room; the state is saved only when a handler uses the unit.
    pub(in super::super) fn is_lazy(&self) -> bool {
        self.fpccr & fpccr::LSPEN != 0
    }

    /// Where the state of an interrupted program still has to be saved.
    #[inline]
    pub(in super::super) fn reserved(&self) -> Option<u32> {
        (self.fpccr & fpccr::LSPACT != 0).then_some(self.fpcar)
    }

    pub(in super::super) fn forget_reserved(&mut self) {
        self.fpccr &= !fpccr::LSPACT;
    }

    /// `UpdateFPCCR()` (B1.5.7): room for the state is at `address`.
    pub(in super::super) fn reserve(&mut self, address: u32, by: ExecutionContext) {
        self.fpcar = address & !7;
        let flags = [
            (!by.privileged, fpccr::USER),
            (by.thread, fpccr::THREAD),
            (by.takes_hard_fault, fpccr::HFRDY),
            (by.takes_bus_fault, fpccr::BFRDY),
            (by.takes_mem_manage, fpccr::MMRDY),
        ];
        let flags = flags.iter().map(|(on, bit)| if *on { *bit } else { 0 });
        self.fpccr = self.fpccr & !fpccr::OF_FRAME | fpccr::LSPACT | flags.sum::<u32>();
    }

    /// Control bits of FPSCR in a new context.
    pub(in super::super) fn fpdscr(&self) -> u32 {
        self.fpdscr
    }
}
