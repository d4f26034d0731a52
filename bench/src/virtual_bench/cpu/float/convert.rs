//! Conversions: integers, fixed-point numbers, halves (DDI0403 A2.5.16).

use super::fpscr::{Fpscr, Rounding, flag};
use super::number::{Class, HALF, Lost, Number, SINGLE, infinity, shift_right, zero};

/// A format with the point at a fixed place; an integer has no fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Fixed {
    pub(in super::super) bits: u32,
    pub(in super::super) fraction_bits: i32,
    pub(in super::super) is_signed: bool,
}

impl Fixed {
    /// What the register holds in this format, before the point is set.
    fn value(self, register: u32) -> i64 {
        match (self.bits, self.is_signed) {
            (16, true) => i64::from(register as i16),
            (16, false) => i64::from(register as u16),
            (_, true) => i64::from(register as i32),
            (_, false) => i64::from(register),
        }
    }

    fn limits(self) -> (i128, i128) {
        match self.is_signed {
            true => (-1 << (self.bits - 1), (1 << (self.bits - 1)) - 1),
            false => (0, (1 << self.bits) - 1),
        }
    }
}

impl Fpscr {
    /// `FPToFixed()`: what does not fit is saturated, and a NaN is 0.
    pub(in super::super) fn single_to_fixed(
        &mut self,
        x: u32,
        to: Fixed,
        rounding: Rounding,
    ) -> u32 {
        const TOO_MUCH: u128 = 1 << 100;
        let x = self.unpack(x);
        let places = -(x.number.exponent + to.fraction_bits);
        let (kept, lost) = match x.class {
            Class::Zero => (0, Lost::Nothing),
            Class::QuietNan | Class::SignallingNan => {
                self.raise(flag::INVALID);
                return 0;
            }
            Class::Infinity => (TOO_MUCH, Lost::Nothing),
            Class::Number if places < -64 => (TOO_MUCH, Lost::Nothing),
            Class::Number => shift_right(x.number.significand, places),
        };
        let away = rounding.rounds_away(x.sign(), kept & 1 != 0, lost);
        let magnitude = kept as i128 + i128::from(away);
        let value = if x.sign() { -magnitude } else { magnitude };
        let (least, greatest) = to.limits();
        let held = value.clamp(least, greatest);
        if held != value {
            self.raise(flag::INVALID);
        } else if lost != Lost::Nothing {
            self.raise(flag::INEXACT);
        }
        held as u32
    }

    /// `FixedToFP()`
    pub(in super::super) fn fixed_to_single(
        &mut self,
        register: u32,
        from: Fixed,
        rounding: Rounding,
    ) -> u32 {
        let value = from.value(register);
        if value == 0 {
            return zero(false);
        }
        let number = Number {
            sign: value < 0,
            exponent: -from.fraction_bits,
            significand: value.unsigned_abs().into(),
        };
        self.round(number, SINGLE, rounding)
    }

    /// `FPHalfToSingle()`: of the lower half of `x`.
    pub(in super::super) fn half_to_single(&mut self, x: u32) -> u32 {
        const NAN: u32 = 0x7FC0_0000;
        let x = self.unpack_half(x & 0xFFFF);
        if x.class == Class::SignallingNan {
            self.raise(flag::INVALID);
        }
        match x.class {
            Class::QuietNan | Class::SignallingNan if self.has_default_nan() => NAN,
            Class::QuietNan | Class::SignallingNan => zero(x.sign()) | NAN | (x.bits & 0x1FF) << 13,
            Class::Infinity => infinity(x.sign()),
            Class::Zero => zero(x.sign()),
            Class::Number => self.round(x.number, SINGLE, self.rounding()),
        }
    }

    /// `FPSingleToHalf()`. The alternative half has neither infinities nor NaNs.
    pub(in super::super) fn single_to_half(&mut self, x: u32) -> u32 {
        const INFINITY: u32 = 0x7C00;
        const NAN: u32 = 0x7E00;
        const GREATEST: u32 = 0x7FFF;
        let x = self.unpack(x);
        let sign = u32::from(x.sign()) << 15;
        let alternative = self.has_alternative_half();
        if x.class == Class::SignallingNan || alternative && (x.is_nan() || x.is_infinite()) {
            self.raise(flag::INVALID);
        }
        match x.class {
            Class::QuietNan | Class::SignallingNan if alternative => sign,
            Class::QuietNan | Class::SignallingNan if self.has_default_nan() => NAN,
            Class::QuietNan | Class::SignallingNan => sign | NAN | x.bits >> 13 & 0x1FF,
            Class::Infinity if alternative => sign | GREATEST,
            Class::Infinity => sign | INFINITY,
            Class::Zero => sign,
            Class::Number => self.round(x.number, HALF, self.rounding()),
        }
    }
}
