//! Secure Boot v2: the sector behind a bootloader that the ROM of an ESP32 verifies it by.
//!
//! Format: ESP-IDF Programming Guide, "Secure Boot v2", "Signature Block Format". Numbers are
//! little endian. `espsecure` makes and reads the same.

use crc::{CRC_32_ISO_HDLC, Crc};
use crypto_bigint::BoxedUint;
use ring::signature::{RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};

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
    let exponent = reversed(&block[at::EXPONENT]);
    let leading = exponent.iter().take_while(|byte| **byte == 0).count();
    let key = RsaPublicKeyComponents {
        n: reversed(&block[at::MODULUS]),
        e: exponent[leading..].to_vec(),
    };
    let signature = reversed(&block[at::SIGNATURE]);
    key.verify(&RSA_PSS_2048_8192_SHA256, image, &signature)
        .map_err(|_| refuse("signature"))?;
    Ok(Sha256::of(&block[at::KEY]))
}

fn modulus(key: &dyn BootSigner) -> Result<BoxedUint, Fault> {
    number(&reversed(key.modulus()))
}

/// The bytes in the other order: the format is little endian, RSA's own is big endian.
fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
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

    /// By `espsecure sign-data --version 2`, with a key that was thrown away.
    const SIGNED: &[u8] = include_bytes!("boot_signature/signed-by-espsecure.bin");
    /// By `espsecure digest-sbv2-public-key`.
    const DIGEST: &str = "901c06f6eed49c02129ad31462ee979c8c48ad5d7bf25ac57b514295d19f10c9";

    #[test]
    fn what_espsecure_signed_is_accepted_under_the_digest_it_says() {
        assert_eq!(check(SIGNED).unwrap().to_string(), DIGEST);
    }

    #[test]
    fn a_flipped_bit_anywhere_that_counts_is_refused() {
        let counts = (0..SECTOR).step_by(511).chain(SECTOR..SECTOR + at::CRC.end);
        for at in counts {
            let mut image = SIGNED.to_vec();
            image[at] ^= 0x10;
            // Two bytes of the block are reserved; its checksum covers them.
            assert!(check(&image).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_bit_flipped_under_a_checksum_that_was_mended_is_refused() {
        for at in (0..at::CRC.start).step_by(37) {
            let mut image = SIGNED.to_vec();
            image[SECTOR + at] ^= 0x10;
            let sum = crc(&image[SECTOR..SECTOR + BLOCK]);
            image[SECTOR..][at::CRC].copy_from_slice(&sum.to_le_bytes());
            assert!(check(&image).is_err(), "byte {at} of the block");
        }
    }
}
