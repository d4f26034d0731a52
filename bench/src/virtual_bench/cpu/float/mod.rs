//! Arithmetic of the floating-point extension FPv4-SP (DDI0403 A2.5), exact in every rounding
//! mode, with its flags: numbers are taken apart into integers, computed with in 128 bits, and
//! rounded once.
//!
//! Singles and halves are their encodings.

mod arithmetic;
mod convert;
mod fpscr;
mod number;

pub(super) use arithmetic::negated;
pub(super) use convert::Fixed;
pub(super) use fpscr::{Fpscr, Rounding};
