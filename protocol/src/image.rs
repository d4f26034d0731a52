//! MCUboot's image format, as far as the bootloader accepts it.
//!
//! ```text
//! header (32 bytes, padded to `header_size`) | payload | protected TLVs | TLVs
//! └────────────── SHA-256 and ECDSA signature cover this ─────────────┘
//! ```
//!
//! Source: MCUboot `docs/design.md`, sections "Image format" and "Image trailer". `imgtool sign
//! --public-key-format full` makes it. All numbers are little endian.
//! What is not understood is refused: no flags but [`FLAG_ROM_FIXED`], no unknown TLV in the
//! part that the signature does not cover, nothing twice, every size exact.

mod version;

pub use version::{Version, VersionText};

use crate::limits::{MAX_SIGNATURE, MAX_SPKI};

/// `ih_magic`.
pub const MAGIC: u32 = 0x96F3_B83D;
/// Bytes of header that mean something; `ih_hdr_size` may be larger, the rest is padding.
pub const HEADER_LENGTH: usize = 32;
/// The header size our images use: the vector table that follows must be aligned to 512 bytes
/// (98 vectors, rounded up to a power of two; PM0214 §4.4.4).
pub const PADDED_HEADER: u16 = 0x200;
/// `ih_flags`: the image runs only from `ih_load_addr` (`imgtool sign --rom-fixed`).
pub const FLAG_ROM_FIXED: u32 = 0x100;
/// `it_magic` of the TLV area outside the signature.
pub const TLV_MAGIC: u16 = 0x6907;
/// `it_magic` of the TLV area that the signature covers.
pub const PROTECTED_TLV_MAGIC: u16 = 0x6908;
/// Bytes of a TLV area's own header: magic and total length.
pub const TLV_AREA_HEADER: usize = 4;
/// Bytes of a TLV's header: type and length.
pub const TLV_HEADER: usize = 4;

/// TLV types, `image.h` of MCUboot.
pub mod tlv {
    /// SHA-256 of the public key.
    pub const KEYHASH: u16 = 0x01;
    /// The public key, whole, as `SubjectPublicKeyInfo` DER.
    pub const PUBKEY: u16 = 0x02;
    /// SHA-256 of header, payload and protected TLVs.
    pub const SHA256: u16 = 0x10;
    /// ECDSA signature of that hash, DER.
    pub const ECDSA_SIG: u16 = 0x22;
    /// Security counter, `u32`; protected.
    pub const SEC_CNT: u16 = 0x50;
}

/// Why bytes are not an acceptable image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageError {
    /// Ends before its parts do.
    Truncated,
    /// Header magic differs.
    Magic,
    /// A header field is not sane: size, padding, flags.
    Header,
    /// A TLV area is not sane: magic, total, an unknown, repeated or odd-sized entry.
    Tlv,
    /// A TLV the bootloader needs is missing; its type.
    Missing(u16),
    /// Bytes follow the image.
    Trailing,
}

/// An image taken apart. Nothing in it is verified yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// Its version.
    pub version: Version,
    /// Where alone it runs, if it says so: address of the header.
    pub fixed_at: Option<u32>,
    /// What runs: starts with the vector table.
    pub payload: &'a [u8],
    /// Offset of the payload in the image.
    pub payload_offset: u32,
    /// Header, payload and protected TLVs: what hash and signature cover.
    pub signed: &'a [u8],
    /// Claimed SHA-256 of `signed`.
    pub digest: &'a [u8; 32],
    /// ECDSA signature of `digest`, DER.
    pub signature: &'a [u8],
    /// Signer's `SubjectPublicKeyInfo`, DER.
    pub public_key: &'a [u8],
    /// Security counter.
    pub security_counter: u32,
    /// Bytes of the whole image.
    pub length: usize,
}

/// Takes apart `bytes`, which must be exactly one image.
///
/// # Errors
/// See [`ImageError`].
pub fn parse(bytes: &[u8]) -> Result<Image<'_>, ImageError> {
    match parse_prefix(bytes)? {
        image if image.length == bytes.len() => Ok(image),
        _ => Err(ImageError::Trailing),
    }
}

/// Takes apart the image at the start of a flash bank; the rest of the bank must be erased.
///
/// # Errors
/// See [`ImageError`].
pub fn parse_in_bank(bank: &[u8]) -> Result<Image<'_>, ImageError> {
    let image = parse_prefix(bank)?;
    match bank.get(image.length..) {
        Some(rest) if erased(rest) => Ok(image),
        _ => Err(ImageError::Trailing),
    }
}

/// Whether flash reads erased here. Four words at a time, because a bank is long.
#[must_use]
pub fn erased(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<16>();
    chunks.iter().all(|chunk| four_words(chunk) == u32::MAX) && rest.iter().all(|b| *b == 0xFF)
}

/// The words of a chunk, ANDed: all ones only if each of them is.
fn four_words(chunk: &[u8; 16]) -> u32 {
    word(chunk, 0) & word(chunk, 4) & word(chunk, 8) & word(chunk, 12)
}

fn parse_prefix(bytes: &[u8]) -> Result<Image<'_>, ImageError> {
    let header = Header::read(bytes)?;
    let payload_end = header
        .size
        .checked_add(header.payload_length)
        .ok_or(ImageError::Header)?;
    let signed_end = payload_end
        .checked_add(header.protected_length)
        .ok_or(ImageError::Header)?;
    let signed = bytes.get(..signed_end).ok_or(ImageError::Truncated)?;
    let payload = signed
        .get(header.size..payload_end)
        .ok_or(ImageError::Header)?;

    let protected = Area::read(&signed[payload_end..], PROTECTED_TLV_MAGIC)?;
    if protected.total != header.protected_length {
        return Err(ImageError::Tlv);
    }
    let unprotected = Area::read(&bytes[signed_end..], TLV_MAGIC)?;
    let found = Unprotected::read(&unprotected)?;
    Ok(Image {
        version: header.version,
        fixed_at: header.fixed_at,
        payload,
        payload_offset: u32::try_from(header.size).map_err(|_| ImageError::Header)?,
        signed,
        digest: found.digest.ok_or(ImageError::Missing(tlv::SHA256))?,
        signature: found.signature.ok_or(ImageError::Missing(tlv::ECDSA_SIG))?,
        public_key: found.public_key.ok_or(ImageError::Missing(tlv::PUBKEY))?,
        security_counter: security_counter(&protected)?,
        length: signed_end + unprotected.total,
    })
}

struct Header {
    size: usize,
    payload_length: usize,
    protected_length: usize,
    fixed_at: Option<u32>,
    version: Version,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, ImageError> {
        let raw: &[u8; HEADER_LENGTH] = bytes.first_chunk().ok_or(ImageError::Truncated)?;
        if word(raw, 0) != MAGIC {
            return Err(ImageError::Magic);
        }
        let size = usize::from(half(raw, 8));
        let payload_length = usize::try_from(word(raw, 12)).map_err(|_| ImageError::Header)?;
        let fixed_at = match word(raw, 16) {
            0 => None,
            FLAG_ROM_FIXED => Some(word(raw, 4)),
            _ => return Err(ImageError::Header),
        };
        let padding = bytes
            .get(HEADER_LENGTH..size)
            .ok_or(ImageError::Truncated)?;
        let constant = padding.iter().all(|b| *b == 0) || erased(padding);
        if payload_length == 0 || !constant {
            return Err(ImageError::Header);
        }
        Ok(Self {
            size,
            payload_length,
            protected_length: usize::from(half(raw, 10)),
            fixed_at,
            version: Version {
                major: raw[20],
                minor: raw[21],
                revision: half(raw, 22),
                build: word(raw, 24),
            },
        })
    }
}

/// A TLV area: its entries, and its total length with its own header.
struct Area<'a> {
    entries: &'a [u8],
    total: usize,
}

impl<'a> Area<'a> {
    fn read(bytes: &'a [u8], magic: u16) -> Result<Self, ImageError> {
        let raw: &[u8; TLV_AREA_HEADER] = bytes.first_chunk().ok_or(ImageError::Truncated)?;
        if half(raw, 0) != magic {
            return Err(ImageError::Tlv);
        }
        let total = usize::from(half(raw, 2));
        if total < TLV_AREA_HEADER {
            return Err(ImageError::Tlv);
        }
        let entries = bytes
            .get(TLV_AREA_HEADER..total)
            .ok_or(ImageError::Truncated)?;
        Ok(Self { entries, total })
    }

    /// Calls `visit` with each entry's type and value.
    fn each(
        &self,
        mut visit: impl FnMut(u16, &'a [u8]) -> Result<(), ImageError>,
    ) -> Result<(), ImageError> {
        let mut rest = self.entries;
        while !rest.is_empty() {
            let (head, tail) = rest
                .split_first_chunk::<TLV_HEADER>()
                .ok_or(ImageError::Tlv)?;
            let length = usize::from(half(head, 2));
            let (value, after) = tail.split_at_checked(length).ok_or(ImageError::Tlv)?;
            visit(half(head, 0), value)?;
            rest = after;
        }
        Ok(())
    }
}

/// Other protected TLVs are tolerated: the signature vouches for them.
fn security_counter(area: &Area<'_>) -> Result<u32, ImageError> {
    let mut counter = None;
    area.each(|kind, value| match kind {
        tlv::SEC_CNT => set_once(&mut counter, exact::<4>(value).map(|v| word(v, 0))?),
        _ => Ok(()),
    })?;
    counter.ok_or(ImageError::Missing(tlv::SEC_CNT))
}

#[derive(Default)]
struct Unprotected<'a> {
    digest: Option<&'a [u8; 32]>,
    key_hash: Option<&'a [u8; 32]>,
    public_key: Option<&'a [u8]>,
    signature: Option<&'a [u8]>,
}

impl<'a> Unprotected<'a> {
    fn read(area: &Area<'a>) -> Result<Self, ImageError> {
        let mut found = Self::default();
        area.each(|kind, value| match kind {
            tlv::SHA256 => set_once(&mut found.digest, exact(value)?),
            tlv::KEYHASH => set_once(&mut found.key_hash, exact(value)?),
            tlv::PUBKEY => set_once(&mut found.public_key, at_most(value, MAX_SPKI)?),
            tlv::ECDSA_SIG => set_once(&mut found.signature, at_most(value, MAX_SIGNATURE)?),
            _ => Err(ImageError::Tlv),
        })?;
        Ok(found)
    }
}

fn set_once<T>(place: &mut Option<T>, value: T) -> Result<(), ImageError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(ImageError::Tlv),
    }
}

fn exact<const N: usize>(value: &[u8]) -> Result<&[u8; N], ImageError> {
    value.try_into().map_err(|_| ImageError::Tlv)
}

fn at_most(value: &[u8], limit: usize) -> Result<&[u8], ImageError> {
    if value.is_empty() || value.len() > limit {
        return Err(ImageError::Tlv);
    }
    Ok(value)
}

/// Reads a little-endian `u16`; `at` is a constant inside the array.
fn half<const N: usize>(bytes: &[u8; N], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Reads a little-endian `u32`; `at` is a constant inside the array.
fn word<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests;
