//! The status and control register (DDI0403 A2.5.3).

/// Cumulative exceptions.
pub(super) mod flag {
    pub(in super::super) const INVALID: u32 = 1 << 0;
    pub(in super::super) const DIVISION_BY_ZERO: u32 = 1 << 1;
    pub(in super::super) const OVERFLOW: u32 = 1 << 2;
    pub(in super::super) const UNDERFLOW: u32 = 1 << 3;
    pub(in super::super) const INEXACT: u32 = 1 << 4;
    pub(in super::super) const INPUT_DENORMAL: u32 = 1 << 7;
}

const ALTERNATIVE_HALF: u32 = 1 << 26;
const DEFAULT_NAN: u32 = 1 << 25;
const FLUSH_TO_ZERO: u32 = 1 << 24;
/// The three above and the rounding mode: what FPDSCR gives a new context.
const CONTROL: u32 = 0x1F << 22;
const WRITABLE: u32 = 0xF7C0_009F;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Rounding {
    /// Ties to even.
    Nearest,
    Up,
    Down,
    TowardZero,
}

/// N, Z, C, V of the last comparison, control bits, cumulative exceptions.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Fpscr(u32);

impl Fpscr {
    pub(in super::super) fn bits(&self) -> u32 {
        self.0
    }

    pub(in super::super) fn set_bits(&mut self, value: u32) {
        self.0 = value & WRITABLE;
    }

    /// Takes the control bits from FPDSCR (B1.5.7).
    pub(in super::super) fn begin_context(&mut self, fpdscr: u32) {
        self.0 = self.0 & !CONTROL | fpdscr & CONTROL;
    }

    pub(in super::super) fn rounding(&self) -> Rounding {
        match self.0 >> 22 & 3 {
            0 => Rounding::Nearest,
            1 => Rounding::Up,
            2 => Rounding::Down,
            _ => Rounding::TowardZero,
        }
    }

    pub(super) fn flushes_to_zero(&self) -> bool {
        self.0 & FLUSH_TO_ZERO != 0
    }

    pub(super) fn has_default_nan(&self) -> bool {
        self.0 & DEFAULT_NAN != 0
    }

    pub(super) fn has_alternative_half(&self) -> bool {
        self.0 & ALTERNATIVE_HALF != 0
    }

    pub(super) fn raise(&mut self, flags: u32) {
        self.0 |= flags;
    }

    /// N, Z, C and V, in this order.
    pub(super) fn set_nzcv(&mut self, nzcv: u32) {
        self.0 = self.0 & !(0xF << 28) | nzcv << 28;
    }
}
