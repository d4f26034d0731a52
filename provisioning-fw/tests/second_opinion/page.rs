//! A page of questions to the portable code, each with its answer: digests, signatures, verdicts
//! about images, boot decisions. The same source runs on the host and, without any peripheral,
//! on the chip's core. Nothing in it is random: seeds are fixed.
//! An emulated core needs most of a second for a signature, so no two questions ask for the same.

#[path = "boots.rs"]
mod boots;
#[path = "chip.rs"]
mod chip;
#[path = "crypto.rs"]
mod crypto;
#[path = "images.rs"]
mod images;
#[path = "random.rs"]
mod random;
#[path = "verdicts.rs"]
mod verdicts;

use core::fmt::{self, Display, Formatter, Write};

/// Writes the page.
///
/// # Errors
/// `out` is full, or signing fails.
pub fn write(out: &mut impl Write) -> fmt::Result {
    crypto::hashes(out)?;
    crypto::signatures(out)?;
    let mut images = images::Images::unsigned();
    images.sign().ok_or(fmt::Error)?;
    verdicts::write(out, &images)?;
    boots::write(out, &images)
}

/// Bytes in hexadecimal.
struct Hex<'b>(&'b [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}
