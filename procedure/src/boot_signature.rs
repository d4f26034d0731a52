//! Secure Boot v2: the sector behind a bootloader that the ROM of an ESP32 verifies it by.
//!
//! Format: ESP-IDF Programming Guide, "Secure Boot v2", "Signature Block Format". Numbers are
//! little endian. `espsecure` makes and reads the same.

use crc::{CRC_32_ISO_HDLC, Crc};
use rsa::pss::{Signature, VerifyingKey};
use rsa::signature::hazmat::PrehashVerifier as _;
use rsa::{BoxedUint, RsaPublicKey};

use crate::fault::{Code, Fault};
use crate::ids::Sha256;
use crate::ports::BootSigner;

/// The image is filled up to this many bytes before it is signed, and the sector is as long.
const SECTOR: usize = 4096;
/// One signature; a sector has room for three, of which this house uses the first.
const BLOCK: usize = 1216;
const MAGIC: [u8; 4] = [0xE7, 0x02, 0, 0];
const BITS: u32 = 3072;
const MODULUS: usize = 384;

/// Where things lie in a block.
mod at {
    use std::ops::Range;

    pub(super) const DIGEST: Range<usize> = 4..36;
    pub(super) const MODULUS: Range<usize> = 36..420;
    pub(super) const EXPONENT: Range<usize> = 420..424;
    pub(super) const R: Range<usize> = 424..808;
    pub(super) const M: Range<usize> = 808..812;
    /// What the ROM holds its eFuse digest against.
    pub(super) const KEY: Range<usize> = 36..812;
    pub(super) const SIGNATURE: Range<usize> = 812..1196;
    pub(super) const CRC: Range<usize> = 1196..1200;
    pub(super) const CHECKED: Range<usize> = 0..1196;
}

/// Fills the image up and puts the sector with its signature behind it.
///
/// # Errors
/// `REL-10` the key is not RSA-3072; `TOK-…` the key did not sign.
pub(crate) fn sign(image: &[u8], key: &dyn BootSigner) -> Result<Vec<u8>, Fault> {
    let mut signed = image.to_vec();
    signed.resize(image.len().next_multiple_of(SECTOR), 0xFF);
    let modulus = modulus(key)?;
    let mut block = vec![0; BLOCK];
    block[..MAGIC.len()].copy_from_slice(&MAGIC);
    block[at::DIGEST].copy_from_slice(Sha256::of(&signed).bytes());
    block[at::MODULUS].copy_from_slice(&little_endian(&modulus)?);
    block[at::EXPONENT].copy_from_slice(&key.exponent().to_le_bytes());
    block[at::R].copy_from_slice(&little_endian(&montgomery_r2(&modulus)?)?);
    let lowest = block[at::MODULUS.start..].first_chunk().copied();
    let m = negative_inverse(u32::from_le_bytes(lowest.unwrap_or_default()));
    block[at::M].copy_from_slice(&m.to_le_bytes());
    let mut signature = key.sign(&signed)?;
    signature.reverse();
    if signature.len() != MODULUS {
        return Err(refuse("the key's signatures have another length"));
    }
    block[at::SIGNATURE].copy_from_slice(&signature);
    let sum = crc(&block);
    block[at::CRC].copy_from_slice(&sum.to_le_bytes());
    signed.extend_from_slice(&block);
    signed.resize(signed.len().next_multiple_of(SECTOR), 0xFF);
    check(&signed)?;
    Ok(signed)
}

/// Verifies a signed image as the ROM will, and returns the digest of the key in it: what has to
/// be in an eFuse block of purpose `SECURE_BOOT_DIGEST`.
///
/// # Errors
/// `REL-10`, naming what does not hold.
pub(crate) fn check(signed: &[u8]) -> Result<Sha256, Fault> {
    let image = signed.len().checked_sub(SECTOR);
    let image = image.filter(|length| *length > 0 && length % SECTOR == 0);
    let (image, sector) = signed.split_at(image.ok_or_else(|| refuse("there is none"))?);
    let block = &sector[..BLOCK];
    if block[..2] != MAGIC[..2] {
        return Err(refuse("there is none"));
    }
    if crc(block).to_le_bytes() != block[at::CRC] {
        return Err(refuse("checksum of its block"));
    }
    let digest = Sha256::of(image);
    if *digest.bytes() != block[at::DIGEST] {
        return Err(refuse("digest of the image"));
    }
    let modulus = number(&block[at::MODULUS])?;
    let expected = little_endian(&montgomery_r2(&modulus)?)?;
    let lowest = block[at::MODULUS.start..].first_chunk().copied();
    let m = negative_inverse(u32::from_le_bytes(lowest.unwrap_or_default()));
    if expected != block[at::R] || m.to_le_bytes() != block[at::M] {
        return Err(refuse("numbers derived from the key"));
    }
    let key = RsaPublicKey::new(
        modulus,
        BoxedUint::from_le_slice_vartime(&block[at::EXPONENT]),
    )
    .map_err(|error| refuse(format!("key: {error}")))?;
    let mut signature = block[at::SIGNATURE].to_vec();
    signature.reverse();
    let signature = Signature::try_from(&signature[..]).map_err(|_| refuse("signature"))?;
    VerifyingKey::<sha2::Sha256>::new(key)
        .verify_prehash(digest.bytes(), &signature)
        .map_err(|_| refuse("signature"))?;
    Ok(Sha256::of(&block[at::KEY]))
}

fn modulus(key: &dyn BootSigner) -> Result<BoxedUint, Fault> {
    let mut bytes = key.modulus().to_vec();
    bytes.reverse();
    number(&bytes)
}

/// A number of exactly 3072 bits.
fn number(little_endian: &[u8]) -> Result<BoxedUint, Fault> {
    let read = BoxedUint::from_le_slice(little_endian, BITS).ok();
    read.filter(|number| number.bits_vartime() == BITS)
        .ok_or_else(|| refuse("the key is not RSA-3072"))
}

fn little_endian(number: &BoxedUint) -> Result<Vec<u8>, Fault> {
    let bytes = number.to_le_bytes();
    let bytes = bytes.get(..MODULUS).map(<[u8]>::to_vec);
    bytes.ok_or_else(|| refuse("the key is not RSA-3072"))
}

/// R² mod n for R = 2³⁰⁷²: the ROM multiplies in Montgomery's form.
fn montgomery_r2(modulus: &BoxedUint) -> Result<BoxedUint, Fault> {
    const WIDE: u32 = 2 * BITS + 64;
    let modulus = BoxedUint::from_le_slice(&little_endian(modulus)?, WIDE).ok();
    let modulus = modulus.and_then(|modulus| modulus.to_nz().into_option());
    let modulus = modulus.ok_or_else(|| refuse("the key is zero"))?;
    let wide = BoxedUint::one_with_precision(WIDE).shl(2 * BITS);
    Ok(wide.rem(&modulus))
}

/// −n⁻¹ mod 2³², by Newton's iteration: each round doubles the bits that are right, from 3.
fn negative_inverse(odd: u32) -> u32 {
    let mut inverse = odd;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

fn crc(block: &[u8]) -> u32 {
    Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&block[at::CHECKED])
}

fn refuse(what: impl std::fmt::Display) -> Fault {
    Fault::new(Code::ReleaseBootSignature, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_negative_inverse_is_one() {
        for odd in [1, 3, 0xFFFF_FFFF, 0x1234_5679] {
            assert_eq!(
                negative_inverse(odd).wrapping_mul(odd),
                u32::MAX,
                "{odd:#x}"
            );
        }
    }

    #[test]
    fn an_image_without_a_sector_is_refused() {
        for image in [&[][..], &[0xE9; 100], &[0xE9; SECTOR], &[0xE9; 2 * SECTOR]] {
            let fault = check(image).unwrap_err();
            assert_eq!(fault.code, Code::ReleaseBootSignature);
        }
    }
}
