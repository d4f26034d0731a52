//! Whether the bootloader runs what is in a bank.
//!
//! Order: structure and sizes, key against OTP, signature, hash, counter. Nothing of an image is
//! used before the check that vouches for it, and a bank is only ever read.

use cradle_protocol::image::{self, Image, Version};
use cradle_protocol::layout::Region;
use cradle_protocol::message::BankVerdict;

use crate::crypto::{from_spki, sha256, verify_der};

/// Main SRAM, where an initial stack pointer may point: SRAM1 and SRAM2 (RM0090 §2.3.1).
const SRAM: Region = Region {
    start: 0x2000_0000,
    length: 128 * 1024,
};
/// Alignment of the vector table, 98 vectors (PM0214 §4.4.4).
const VECTOR_ALIGNMENT: u32 = 0x200;

/// An image that passed every check. Only [`accept`] makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    vector_table: u32,
    /// Its version.
    pub version: Version,
    /// SHA-256 of what its signature covers.
    pub digest: [u8; 32],
    /// Its security counter.
    pub security_counter: u32,
}

impl Accepted {
    /// Address of its vector table.
    #[must_use]
    pub fn vector_table(&self) -> u32 {
        self.vector_table
    }
}

/// Checks the image in `bank`, whose bytes are `bytes`.
///
/// # Errors
/// The first check that failed.
pub fn accept(
    bytes: &[u8],
    bank: Region,
    root_key_hash: Option<&[u8; 32]>,
    counter: u32,
) -> Result<Accepted, BankVerdict> {
    if image::erased(bytes) {
        return Err(BankVerdict::Empty);
    }
    let image = image::parse_in_bank(bytes).map_err(|_| BankVerdict::Malformed)?;
    let vector_table = vector_table(&image, bank).ok_or(BankVerdict::Malformed)?;
    let root = root_key_hash.ok_or(BankVerdict::NoRootKey)?;
    if sha256(image.public_key) != *root {
        return Err(BankVerdict::UnknownKey);
    }
    let key = from_spki(image.public_key).ok_or(BankVerdict::UnknownKey)?;
    if !verify_der(&key, image.digest, image.signature) {
        return Err(BankVerdict::BadSignature);
    }
    if sha256(image.signed) != *image.digest {
        return Err(BankVerdict::BadHash);
    }
    if image.security_counter < counter {
        return Err(BankVerdict::RolledBack);
    }
    Ok(Accepted {
        vector_table,
        version: image.version,
        digest: *image.digest,
        security_counter: image.security_counter,
    })
}

/// Where the vector table lies, if it is one: aligned, made for this bank, its stack in SRAM,
/// its entry in the payload.
fn vector_table(image: &Image<'_>, bank: Region) -> Option<u32> {
    let at = bank.start + image.payload_offset;
    let fits_here = image.fixed_at.is_none_or(|fixed| fixed == bank.start);
    let (stack, rest) = image.payload.split_first_chunk::<4>()?;
    let stack = u32::from_le_bytes(*stack);
    let entry = u32::from_le_bytes(*rest.first_chunk()?);
    let payload = Region {
        start: at,
        length: u32::try_from(image.payload.len()).ok()?,
    };
    let sane = at.is_multiple_of(VECTOR_ALIGNMENT)
        && fits_here
        && stack.is_multiple_of(8)
        && stack > SRAM.start
        && stack <= SRAM.end()
        && entry % 2 == 1
        && payload.holds(entry - 1, 2);
    sane.then_some(at)
}

#[cfg(test)]
mod tests;
