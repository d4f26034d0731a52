//! Operations on singles (DDI0403 A2.5.10 to A2.5.14).

use super::fpscr::{Fpscr, Rounding, flag};
use super::number::{Class, Number, SINGLE, Unpacked, infinity, zero};

const DEFAULT_NAN: u32 = 0x7FC0_0000;
const QUIET: u32 = 1 << 22;
/// Places by which one addend is moved at most: behind them the other, of 48 bits, cannot reach
/// the last place of the sum, nor the middle between two.
const FARTHEST: i32 = 70;

/// Nothing but the sign changes, not even of a NaN.
pub(in super::super) fn negated(single: u32) -> u32 {
    single ^ 1 << 31
}

impl Number {
    /// The exact product.
    fn times(self, other: Self) -> Self {
        Self {
            sign: self.sign != other.sign,
            exponent: self.exponent + other.exponent,
            significand: self.significand * other.significand,
        }
    }

    /// The sum, exact or with a last bit that stands for all behind it; `None` is zero.
    fn plus(self, other: Self) -> Option<Self> {
        if self.significand == 0 || other.significand == 0 {
            let sum = if self.significand == 0 { other } else { self };
            return (sum.significand != 0).then_some(sum);
        }
        let (high, low) = match self.exponent >= other.exponent {
            true => (self, other),
            false => (other, self),
        };
        let apart = high.exponent - low.exponent;
        let (places, low_significand) = match apart {
            0..=FARTHEST => (apart, low.significand),
            _ => (FARTHEST, 1),
        };
        let signed = |sign: bool, significand: u128| match sign {
            true => -(significand as i128),
            false => significand as i128,
        };
        let sum = signed(high.sign, high.significand << places) + signed(low.sign, low_significand);
        (sum != 0).then_some(Self {
            sign: sum < 0,
            exponent: high.exponent - places,
            significand: sum.unsigned_abs(),
        })
    }
}

impl Fpscr {
    fn round_single(&mut self, number: Number) -> u32 {
        self.round(number, SINGLE, self.rounding())
    }

    fn invalid(&mut self) -> u32 {
        self.raise(flag::INVALID);
        DEFAULT_NAN
    }

    /// `FPProcessNaNs()`: the NaN that the result is, if there is one among the operands.
    fn nan_of<const N: usize>(&mut self, operands: [Unpacked; N]) -> Option<u32> {
        let first = |class| operands.iter().find(|operand| operand.class == class);
        let signalling = first(Class::SignallingNan);
        if signalling.is_some() {
            self.raise(flag::INVALID);
        }
        let nan = signalling.or_else(|| first(Class::QuietNan))?;
        Some(match self.has_default_nan() {
            true => DEFAULT_NAN,
            false => nan.bits | QUIET,
        })
    }

    /// The sum rounded; an exact zero of two signs is negative when rounding down only.
    fn sum(&mut self, x: Number, y: Number) -> u32 {
        match x.plus(y) {
            Some(sum) => self.round_single(sum),
            None => zero(self.rounding() == Rounding::Down),
        }
    }

    pub(in super::super) fn add(&mut self, x: u32, y: u32) -> u32 {
        let (x, y) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nan_of([x, y]) {
            return nan;
        }
        let same_sign = x.sign() == y.sign();
        match (x.class, y.class) {
            (Class::Infinity, Class::Infinity) if !same_sign => self.invalid(),
            (Class::Infinity, _) => infinity(x.sign()),
            (_, Class::Infinity) => infinity(y.sign()),
            (Class::Zero, Class::Zero) if same_sign => zero(x.sign()),
            _ => self.sum(x.number, y.number),
        }
    }

    pub(in super::super) fn subtract(&mut self, x: u32, y: u32) -> u32 {
        let (unpacked, subtrahend) = (self.unpack(x), self.unpack(y));
        // A NaN keeps its sign: it is not the negated one that is propagated.
        match self.nan_of([unpacked, subtrahend]) {
            Some(nan) => nan,
            None => self.add(x, negated(y)),
        }
    }

    pub(in super::super) fn multiply(&mut self, x: u32, y: u32) -> u32 {
        let (x, y) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nan_of([x, y]) {
            return nan;
        }
        let sign = x.sign() != y.sign();
        match (x.class, y.class) {
            (Class::Infinity, Class::Zero) | (Class::Zero, Class::Infinity) => self.invalid(),
            (Class::Infinity, _) | (_, Class::Infinity) => infinity(sign),
            (Class::Zero, _) | (_, Class::Zero) => zero(sign),
            _ => self.round_single(x.number.times(y.number)),
        }
    }

    /// `FPMulAdd()`: the product is not rounded.
    pub(in super::super) fn multiply_add(&mut self, addend: u32, x: u32, y: u32) -> u32 {
        let (a, x, y) = (self.unpack(addend), self.unpack(x), self.unpack(y));
        let undefined = x.is_infinite() && y.is_zero() || x.is_zero() && y.is_infinite();
        if let Some(nan) = self.nan_of([a, x, y]) {
            let quiet = a.class == Class::QuietNan && undefined;
            return if quiet { self.invalid() } else { nan };
        }
        let product_sign = x.sign() != y.sign();
        let same_sign = a.sign() == product_sign;
        let infinite = x.is_infinite() || y.is_infinite();
        if undefined || a.is_infinite() && infinite && !same_sign {
            self.invalid()
        } else if a.is_infinite() {
            infinity(a.sign())
        } else if infinite {
            infinity(product_sign)
        } else if a.is_zero() && (x.is_zero() || y.is_zero()) && same_sign {
            zero(product_sign)
        } else {
            self.sum(x.number.times(y.number), a.number)
        }
    }

    pub(in super::super) fn divide(&mut self, x: u32, y: u32) -> u32 {
        let (x, y) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nan_of([x, y]) {
            return nan;
        }
        let sign = x.sign() != y.sign();
        match (x.class, y.class) {
            (Class::Infinity, Class::Infinity) | (Class::Zero, Class::Zero) => self.invalid(),
            (Class::Infinity, _) => infinity(sign),
            (_, Class::Zero) => {
                self.raise(flag::DIVISION_BY_ZERO);
                infinity(sign)
            }
            (Class::Zero, _) | (_, Class::Infinity) => zero(sign),
            _ => self.quotient(x.number, y.number),
        }
    }

    /// With a last bit that stands for the remainder.
    fn quotient(&mut self, x: Number, y: Number) -> u32 {
        let dividend = x.significand << 64;
        let remains = !dividend.is_multiple_of(y.significand);
        self.round_single(Number {
            sign: x.sign != y.sign,
            exponent: x.exponent - y.exponent - 65,
            significand: (dividend / y.significand) << 1 | u128::from(remains),
        })
    }

    pub(in super::super) fn square_root(&mut self, x: u32) -> u32 {
        let x = self.unpack(x);
        if let Some(nan) = self.nan_of([x]) {
            return nan;
        }
        match x.class {
            Class::Zero => zero(x.sign()),
            _ if x.sign() => self.invalid(),
            Class::Infinity => infinity(false),
            _ => self.root(x.number),
        }
    }

    /// With a last bit that stands for what is behind.
    fn root(&mut self, x: Number) -> u32 {
        // So far that the exponent is even.
        let places = 64 + (x.exponent & 1);
        let square = x.significand << places;
        let root = square.isqrt();
        self.round_single(Number {
            sign: false,
            exponent: (x.exponent - places) / 2 - 1,
            significand: root << 1 | u128::from(root * root != square),
        })
    }

    /// VCMP and VCMPE: a quiet NaN is invalid for the second only.
    pub(in super::super) fn compare(&mut self, x: u32, y: u32, quiet_is_invalid: bool) {
        const LESS: u32 = 0b1000;
        const EQUAL: u32 = 0b0110;
        const GREATER: u32 = 0b0010;
        const UNORDERED: u32 = 0b0011;
        let operands = [self.unpack(x), self.unpack(y)];
        if operands.iter().any(Unpacked::is_nan) {
            let is_signalling = |x: &Unpacked| x.class == Class::SignallingNan;
            if quiet_is_invalid || operands.iter().any(is_signalling) {
                self.raise(flag::INVALID);
            }
            return self.set_nzcv(UNORDERED);
        }
        // What was flushed compares as zero.
        let [x, y] = operands.map(|x| {
            if x.is_zero() {
                0.0
            } else {
                f32::from_bits(x.bits)
            }
        });
        self.set_nzcv(match x < y {
            true => LESS,
            false if x == y => EQUAL,
            false => GREATER,
        });
    }
}
