//! The registers a program sees (DDI0403 B1.4).

use super::float::Fpscr;

/// Bits of CONTROL (B1.4.4).
pub(super) mod control {
    /// Thread mode is unprivileged.
    pub(in super::super) const NPRIV: u8 = 1 << 0;
    /// Thread mode uses the process stack.
    pub(in super::super) const SPSEL: u8 = 1 << 1;
    /// The program has state in the floating-point unit.
    pub(in super::super) const FPCA: u8 = 1 << 2;
}

/// Bits of xPSR that are not a flag, an exception number or ITSTATE.
pub(super) mod xpsr {
    pub(in super::super) const THUMB: u32 = 1 << 24;
    /// The stack pointer was moved by 4 to align the frame.
    pub(in super::super) const ALIGNED: u32 = 1 << 9;
    pub(in super::super) const EXCEPTION: u32 = 0x1FF;
}

#[derive(Debug, Clone)]
pub(super) struct State {
    /// R0 to R14; the stack pointer is the one in use. While an instruction executes, the last
    /// one is its address plus 4, as it reads (A4.2.1).
    pub(super) r: [u32; 16],
    /// The stack pointer that is not in use.
    pub(super) other_sp: u32,
    /// Address of the instruction under way, or of the next.
    pub(super) pc: u32,
    pub(super) n: bool,
    pub(super) z: bool,
    pub(super) c: bool,
    pub(super) v: bool,
    pub(super) q: bool,
    pub(super) ge: u8,
    pub(super) it: u8,
    pub(super) thumb: bool,
    /// IPSR.
    pub(super) exception: u8,
    pub(super) primask: bool,
    pub(super) faultmask: bool,
    pub(super) basepri: u8,
    pub(super) control: u8,
    /// S0 to S31; two of them are one of D0 to D15, the lower half first.
    singles: [u32; 32],
    pub(super) fpscr: Fpscr,
}

impl State {
    /// After a reset (B1.5.5), but for what the vector table says.
    pub(super) fn reset() -> Self {
        let mut r = [0; 16];
        r[14] = u32::MAX;
        Self {
            r,
            other_sp: 0,
            pc: 0,
            n: false,
            z: false,
            c: false,
            v: false,
            q: false,
            ge: 0,
            it: 0,
            thumb: true,
            exception: 0,
            primask: false,
            faultmask: false,
            basepri: 0,
            control: 0,
            singles: [0; 32],
            fpscr: Fpscr::default(),
        }
    }

    pub(super) fn in_thread_mode(&self) -> bool {
        self.exception == 0
    }

    pub(super) fn is_privileged(&self) -> bool {
        !self.in_thread_mode() || self.control & control::NPRIV == 0
    }

    fn uses_process_stack(&self) -> bool {
        self.in_thread_mode() && self.control & control::SPSEL != 0
    }

    pub(super) fn msp(&self) -> u32 {
        if self.uses_process_stack() {
            self.other_sp
        } else {
            self.r[13]
        }
    }

    pub(super) fn psp(&self) -> u32 {
        if self.uses_process_stack() {
            self.r[13]
        } else {
            self.other_sp
        }
    }

    pub(super) fn set_stacks(&mut self, msp: u32, psp: u32) {
        let (msp, psp) = (msp & !3, psp & !3);
        (self.r[13], self.other_sp) = match self.uses_process_stack() {
            true => (psp, msp),
            false => (msp, psp),
        };
    }

    /// Changes mode or CONTROL, and with them the stack pointer in use.
    pub(super) fn switch(&mut self, exception: u8, control: u8) {
        let (msp, psp) = (self.msp(), self.psp());
        self.exception = exception;
        self.control = control;
        self.set_stacks(msp, psp);
    }

    /// `ITAdvance()` (A7.3.2).
    #[inline]
    pub(super) fn advance_it(&mut self) {
        self.it = match self.it & 0b111 {
            0 => 0,
            _ => self.it & 0b1110_0000 | self.it << 1 & 0b0001_1111,
        };
    }

    /// `ConditionPassed()` (A7.3.1).
    #[inline]
    pub(super) fn passes(&self, condition: u8) -> bool {
        let holds = match condition >> 1 {
            0 => self.z,
            1 => self.c,
            2 => self.n,
            3 => self.v,
            4 => self.c && !self.z,
            5 => self.n == self.v,
            6 => self.n == self.v && !self.z,
            _ => return true,
        };
        holds == (condition & 1 == 0)
    }

    /// APSR: N, Z, C, V, Q and GE.
    pub(super) fn apsr(&self) -> u32 {
        let flags = [
            (self.n, 31),
            (self.z, 30),
            (self.c, 29),
            (self.v, 28),
            (self.q, 27),
        ];
        let flags = flags.iter().map(|(on, bit)| u32::from(*on) << bit);
        flags.sum::<u32>() | u32::from(self.ge) << 16
    }

    pub(super) fn set_apsr(&mut self, value: u32) {
        self.set_flags(value);
        self.ge = (value >> 16 & 0xF) as u8;
    }

    /// N, Z, C, V and Q.
    pub(super) fn set_flags(&mut self, value: u32) {
        let bit = |at: u32| value >> at & 1 != 0;
        self.n = bit(31);
        self.z = bit(30);
        self.c = bit(29);
        self.v = bit(28);
        self.q = bit(27);
    }

    pub(super) fn xpsr(&self) -> u32 {
        let it = u32::from(self.it);
        let thumb = if self.thumb { xpsr::THUMB } else { 0 };
        self.apsr() | (it & 3) << 25 | (it >> 2) << 10 | thumb | u32::from(self.exception)
    }

    /// All of xPSR but the exception number.
    pub(super) fn set_xpsr(&mut self, value: u32) {
        self.set_apsr(value);
        self.it = (value >> 25 & 3 | (value >> 10 & 0x3F) << 2) as u8;
        self.thumb = value & xpsr::THUMB != 0;
    }

    pub(super) fn set_control(&mut self, value: u8) {
        self.switch(self.exception, value & 7);
    }

    #[inline]
    pub(super) fn has_float_context(&self) -> bool {
        self.control & control::FPCA != 0
    }

    #[inline]
    pub(super) fn single(&self, number: u8) -> u32 {
        self.singles[usize::from(number & 31)]
    }

    #[inline]
    pub(super) fn set_single(&mut self, number: u8, value: u32) {
        self.singles[usize::from(number & 31)] = value;
    }
}
