//! Secure Boot v2 with RSA-3072 (TRM chapter "Secure Boot"; ESP-IDF documentation, "Secure Boot
//! v2", tables of the signature block).
//!
//! A sector of 4 KiB follows the image, which is padded to a multiple of that; it holds up to
//! three signature blocks. A block counts when its digest is that of the image, the digest of its
//! key is in eFuse with a purpose that is not revoked, and its signature holds.

use crc::{CRC_32_ISO_HDLC, Crc};
use ring::signature::{RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use sha2::{Digest, Sha256};

use super::image::Refusal;
use super::security::Security;
use crate::virtual_bench::esp32c3::peripherals::EfuseController;

const SECTOR: usize = 0x1000;
const BLOCK: usize = 1216;
const BLOCKS: usize = 3;
const MAGIC: u8 = 0xE7;
const VERSION: u8 = 2;

/// Bytes of an RSA-3072 number.
const RSA: usize = 384;
const DIGEST_AT: usize = 4;
const KEY_AT: usize = 36;
const EXPONENT_AT: usize = KEY_AT + RSA;
/// Modulus, exponent, and two numbers that hardware wants: the digest of the key covers all.
const KEY_END: usize = KEY_AT + RSA + 4 + RSA + 4;
const SIGNATURE_AT: usize = KEY_END;
const CRC_AT: usize = SIGNATURE_AT + RSA;

const FAILED: &str = "secure boot verification failed";

/// Verifies the image of that length at the beginning of `flash`. What the ROM prints.
pub(super) fn verify(
    flash: &[u8],
    len: usize,
    security: &Security,
    efuse: &EfuseController,
) -> Result<String, Refusal> {
    let digests = security.boot_key_digests(efuse);
    let indices: Vec<_> = digests.iter().map(|(index, _)| index.to_string()).collect();
    let mut log = format!("Valid secure boot key blocks: {}\r\n", indices.join(" "));
    let end = len.next_multiple_of(SECTOR);
    let (Some(image), Some(sector)) = (flash.get(..end), flash.get(end..end + SECTOR)) else {
        return Err(format!("{log}{FAILED}"));
    };
    let sound = sector
        .chunks_exact(BLOCK)
        .take(BLOCKS)
        .take_while(|block| is_block(block))
        .any(|block| holds(block, image, &digests));
    if !sound {
        return Err(format!("{log}{FAILED}"));
    }
    log.push_str("secure boot verification succeeded\r\n");
    Ok(log)
}

fn is_block(block: &[u8]) -> bool {
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&block[..CRC_AT]);
    block[0] == MAGIC && block[1] == VERSION && block[CRC_AT..CRC_AT + 4] == crc.to_le_bytes()
}

fn holds(block: &[u8], image: &[u8], keys: &[(usize, Vec<u8>)]) -> bool {
    let key: [u8; 32] = Sha256::digest(&block[KEY_AT..KEY_END]).into();
    let digest: [u8; 32] = Sha256::digest(image).into();
    let trusted = keys.iter().any(|(_, trusted)| trusted[..] == key);
    trusted && block[DIGEST_AT..KEY_AT] == digest && is_signed(block, image)
}

/// RSA-PSS with SHA-256 and a salt of 32 bytes. The block has its numbers with the last byte
/// first.
fn is_signed(block: &[u8], image: &[u8]) -> bool {
    let number = |start: usize, len: usize| -> Vec<u8> {
        let bytes = block[start..start + len].iter().rev().copied();
        bytes.skip_while(|byte| *byte == 0).collect()
    };
    let key = RsaPublicKeyComponents {
        n: number(KEY_AT, RSA),
        e: number(EXPONENT_AT, 4),
    };
    let mut signature = block[SIGNATURE_AT..CRC_AT].to_vec();
    signature.reverse();
    key.verify(&RSA_PSS_2048_8192_SHA256, image, &signature)
        .is_ok()
}
