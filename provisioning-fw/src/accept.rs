//! Whether the bootloader runs what is in a bank.
//!
//! Order: structure and sizes, key against one-time memory, signature, hash, counter. Nothing of an
//! image is used before the check that vouches for it, and a bank is only ever read.

use cradle_protocol::image::{self, Image, Version};
use cradle_protocol::layout::{Execution, Layout, Region};
use cradle_protocol::message::BankVerdict;
use cradle_protocol::metadata::Bank;

use crate::crypto::{from_spki, sha256, verify_der};
use crate::device::Flash;

/// Alignment of the vector table, 98 vectors (PM0214 §4.4.4).
const VECTOR_ALIGNMENT: u32 = 0x200;

/// An image that passed every check. Only [`accept`] makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    start: u32,
    /// Its version.
    pub version: Version,
    /// SHA-256 of what its signature covers.
    pub digest: [u8; 32],
    /// Its security counter.
    pub security_counter: u32,
}

impl Accepted {
    /// Address of what starts it: the vector table of a Cortex-M, else the first instruction.
    #[must_use]
    pub fn start(&self) -> u32 {
        self.start
    }
}

/// Checks the image in `bank`. What is read last of flash is the image itself: where it runs from
/// a copy, that copy is what was verified.
///
/// # Errors
/// The first check that failed.
pub fn accept<F: Flash>(
    flash: &mut F,
    bank: Bank,
    root_key_hash: Option<&[u8; 32]>,
    counter: u32,
) -> Result<Accepted, BankVerdict> {
    let layout = F::LAYOUT;
    let (room, beyond) = layout.bank(bank).split_at(layout.max_image());
    let nothing_beyond = pieces(beyond, room.length).all(|piece| image::erased(flash.bytes(piece)));
    let bytes = flash.bytes(room);
    if !nothing_beyond {
        return Err(BankVerdict::Malformed);
    }
    accept_bytes(bytes, &layout, bank, root_key_hash, counter)
}

/// Checks an image given as `bytes`, all of them in `bank` that can be image.
///
/// # Errors
/// The first check that failed.
#[inline]
pub fn accept_bytes(
    bytes: &[u8],
    layout: &Layout,
    bank: Bank,
    root_key_hash: Option<&[u8; 32]>,
    counter: u32,
) -> Result<Accepted, BankVerdict> {
    if image::erased(bytes) {
        return Err(BankVerdict::Empty);
    }
    let image = image::parse_in_bank(bytes).map_err(|_| BankVerdict::Malformed)?;
    let start = start(&image, layout, bank).ok_or(BankVerdict::Malformed)?;
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
        start,
        version: image.version,
        digest: *image.digest,
        security_counter: image.security_counter,
    })
}

/// A region in pieces of at most `length`.
fn pieces(region: Region, length: u32) -> impl Iterator<Item = Region> {
    (region.start..region.end())
        .step_by(length as usize)
        .map(move |start| Region {
            start,
            length: length.min(region.end() - start),
        })
}

/// Where it starts, if it is made for this chip and bank.
fn start(image: &Image<'_>, layout: &Layout, bank: Bank) -> Option<u32> {
    let header = layout.runs_at(bank);
    if image.fixed_at.is_some_and(|fixed| fixed != header) {
        return None;
    }
    let at = header + image.payload_offset;
    match layout.execution {
        Execution::InPlace { stack } => vector_table(image, at, stack),
        // Linked for one address, it has to say so: nothing else of it can be checked.
        Execution::Copied { .. } => {
            let linked_here = image.fixed_at.is_some() && at.is_multiple_of(4);
            linked_here.then_some(at)
        }
    }
}

/// The vector table at `at`, if it is one: aligned, its stack in RAM, its entry in the payload.
fn vector_table(image: &Image<'_>, at: u32, stack_in: Region) -> Option<u32> {
    let (stack, rest) = image.payload.split_first_chunk::<4>()?;
    let stack = u32::from_le_bytes(*stack);
    let entry = u32::from_le_bytes(*rest.first_chunk()?);
    let payload = Region {
        start: at,
        length: u32::try_from(image.payload.len()).ok()?,
    };
    let sane = at.is_multiple_of(VECTOR_ALIGNMENT)
        && stack.is_multiple_of(8)
        && stack > stack_in.start
        && stack <= stack_in.end()
        && entry % 2 == 1
        && payload.holds(entry - 1, 2);
    sane.then_some(at)
}

#[cfg(test)]
mod tests;
