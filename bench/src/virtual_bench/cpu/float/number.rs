//! Numbers apart and together: `FPUnpack()` and `FPRound()` (DDI0403 A2.5.9, A2.5.15).

use super::fpscr::{Fpscr, Rounding, flag};

const SIGN: u32 = 1 << 31;
pub(super) const INFINITY: u32 = 0x7F80_0000;

/// Zero of a sign.
pub(super) fn zero(sign: bool) -> u32 {
    if sign { SIGN } else { 0 }
}

pub(super) fn infinity(sign: bool) -> u32 {
    zero(sign) | INFINITY
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Zero,
    Number,
    Infinity,
    QuietNan,
    SignallingNan,
}

/// `significand * 2^exponent`. Below 2^120, so that there is room for carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) sign: bool,
    pub(super) exponent: i32,
    pub(super) significand: u128,
}

/// A datum taken apart; only [`Class::Number`] has a significand, and for a single it is at
/// least 2^23.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unpacked {
    pub(super) class: Class,
    pub(super) bits: u32,
    pub(super) number: Number,
}

impl Unpacked {
    fn new(class: Class, bits: u32, sign: bool) -> Self {
        let number = Number {
            sign,
            exponent: 0,
            significand: 0,
        };
        Self {
            class,
            bits,
            number,
        }
    }

    fn with(mut self, significand: u32, exponent: i32) -> Self {
        self.number.significand = significand.into();
        self.number.exponent = exponent;
        self
    }

    pub(super) fn is_nan(&self) -> bool {
        matches!(self.class, Class::QuietNan | Class::SignallingNan)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.class == Class::Zero
    }

    pub(super) fn is_infinite(&self) -> bool {
        self.class == Class::Infinity
    }

    pub(super) fn sign(&self) -> bool {
        self.number.sign
    }
}

/// Format of a result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    fraction_bits: u32,
    /// Of normal numbers, and of the denormal ones below.
    least_exponent: i32,
    exponent_bits: u32,
}

pub(super) const SINGLE: Format = Format {
    fraction_bits: 23,
    least_exponent: -126,
    exponent_bits: 8,
};

pub(super) const HALF: Format = Format {
    fraction_bits: 10,
    least_exponent: -14,
    exponent_bits: 5,
};

impl Format {
    fn is_half(self) -> bool {
        self.exponent_bits == HALF.exponent_bits
    }

    fn sign(self, sign: bool) -> u32 {
        u32::from(sign) << (self.fraction_bits + self.exponent_bits)
    }
}

/// What a shift to the right lost, in units of the last place that stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lost {
    Nothing,
    LessThanHalf,
    Half,
    MoreThanHalf,
}

/// Moves the point `by` places; a negative number is to the left, where nothing is lost.
pub(super) fn shift_right(significand: u128, by: i32) -> (u128, Lost) {
    if by <= 0 {
        return (significand << -by, Lost::Nothing);
    }
    if by > 126 {
        let lost = if significand == 0 {
            Lost::Nothing
        } else {
            Lost::LessThanHalf
        };
        return (0, lost);
    }
    let half = 1_u128 << (by - 1);
    let lost = match significand & ((half << 1) - 1) {
        0 => Lost::Nothing,
        rest if rest < half => Lost::LessThanHalf,
        rest if rest == half => Lost::Half,
        _ => Lost::MoreThanHalf,
    };
    (significand >> by, lost)
}

impl Rounding {
    /// Whether the next greater magnitude is the result.
    pub(super) fn rounds_away(self, sign: bool, is_odd: bool, lost: Lost) -> bool {
        match self {
            Self::Nearest => lost > Lost::Half || lost == Lost::Half && is_odd,
            Self::Up => lost != Lost::Nothing && !sign,
            Self::Down => lost != Lost::Nothing && sign,
            Self::TowardZero => false,
        }
    }

    fn overflows_to_infinity(self, sign: bool) -> bool {
        match self {
            Self::Nearest => true,
            Self::Up => !sign,
            Self::Down => sign,
            Self::TowardZero => false,
        }
    }
}

impl Fpscr {
    pub(super) fn unpack(&mut self, bits: u32) -> Unpacked {
        let (exponent, fraction) = ((bits >> 23 & 0xFF) as i32, bits & 0x007F_FFFF);
        let a = |class| Unpacked::new(class, bits, bits & SIGN != 0);
        match (exponent, fraction) {
            (0, 0) => a(Class::Zero),
            (0, _) if self.flushes_to_zero() => {
                self.raise(flag::INPUT_DENORMAL);
                a(Class::Zero)
            }
            (0, _) => {
                let up = fraction.leading_zeros() - 8;
                a(Class::Number).with(fraction << up, -149 - up as i32)
            }
            (0xFF, 0) => a(Class::Infinity),
            (0xFF, _) if fraction >> 22 != 0 => a(Class::QuietNan),
            (0xFF, _) => a(Class::SignallingNan),
            _ => a(Class::Number).with(fraction | 1 << 23, exponent - 150),
        }
    }

    /// A half, which is never flushed to zero.
    pub(super) fn unpack_half(&self, bits: u32) -> Unpacked {
        let (exponent, fraction) = ((bits >> 10 & 0x1F) as i32, bits & 0x3FF);
        let a = |class| Unpacked::new(class, bits, bits & 1 << 15 != 0);
        match (exponent, fraction) {
            (0, 0) => a(Class::Zero),
            (0, _) => a(Class::Number).with(fraction, -24),
            (0x1F, 0) if !self.has_alternative_half() => a(Class::Infinity),
            (0x1F, _) if !self.has_alternative_half() => match fraction >> 9 {
                0 => a(Class::SignallingNan),
                _ => a(Class::QuietNan),
            },
            _ => a(Class::Number).with(fraction | 1 << 10, exponent - 25),
        }
    }

    /// The nearest encoding that the rounding mode allows, for a number that is not zero.
    pub(super) fn round(&mut self, number: Number, to: Format, rounding: Rounding) -> u32 {
        let Number {
            sign,
            exponent,
            significand,
        } = number;
        let leading = exponent + significand.ilog2() as i32;
        let is_tiny = leading < to.least_exponent;
        if is_tiny && self.flushes_to_zero() && !to.is_half() {
            self.raise(flag::UNDERFLOW);
            return to.sign(sign);
        }
        let last_place = leading.max(to.least_exponent) - to.fraction_bits as i32;
        let (kept, lost) = shift_right(significand, last_place - exponent);
        if is_tiny && lost != Lost::Nothing {
            self.raise(flag::UNDERFLOW);
        }
        // A carry out of the fraction goes on into the exponent, as it should.
        let away = rounding.rounds_away(sign, kept & 1 != 0, lost);
        let biased = if is_tiny {
            0
        } else {
            leading - to.least_exponent
        };
        let magnitude = ((biased as u32) << to.fraction_bits) + kept as u32 + u32::from(away);
        match to.is_half() && self.has_alternative_half() {
            true => self.finish_alternative(sign, magnitude, lost),
            false => self.finish(sign, magnitude, lost, to, rounding),
        }
    }

    fn finish(
        &mut self,
        sign: bool,
        magnitude: u32,
        lost: Lost,
        to: Format,
        rounding: Rounding,
    ) -> u32 {
        let infinity = ((1 << to.exponent_bits) - 1) << to.fraction_bits;
        if magnitude >= infinity {
            self.raise(flag::OVERFLOW | flag::INEXACT);
            let greatest = infinity - u32::from(!rounding.overflows_to_infinity(sign));
            return to.sign(sign) | greatest;
        }
        if lost != Lost::Nothing {
            self.raise(flag::INEXACT);
        }
        to.sign(sign) | magnitude
    }

    /// The alternative half has numbers instead of infinities and NaNs.
    fn finish_alternative(&mut self, sign: bool, magnitude: u32, lost: Lost) -> u32 {
        const GREATEST: u32 = 0x7FFF;
        if magnitude > GREATEST {
            self.raise(flag::INVALID);
            return HALF.sign(sign) | GREATEST;
        }
        if lost != Lost::Nothing {
            self.raise(flag::INEXACT);
        }
        HALF.sign(sign) | magnitude
    }
}
