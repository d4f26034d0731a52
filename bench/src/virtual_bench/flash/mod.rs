//! The embedded flash of the STM32F405 (RM0090 §3).
//!
//! Section numbers are those of RM0090 revision 19 and later; titles are given too,
//! because earlier revisions number chapter 3 differently.

mod array;
mod cells;
mod controller;
mod gate;
mod operation;
mod option_bytes;
mod otp;
mod registers;
mod timing;

pub(crate) use array::Extent;
pub(crate) use cells::{Cells, Work};
pub(crate) use controller::FlashController;
pub(crate) use option_bytes::OptionBytes;
pub(crate) use otp::Otp;
