//! The image format that the mask ROM of the ESP32-C3 loads from flash offset 0.
//!
//! ```text
//! 8 bytes     0xE9, count of segments, flash mode, flash size and frequency, entry address
//! 16 bytes    0xEE, drive strengths, chip id, least and greatest chip revision, "hash appended"
//! segments    load address and length, then the bytes, in multiples of 4
//! padding     zeroes up to the last byte of 16, which is 0xEF XORed with all bytes of segments
//! 32 bytes    SHA-256 of all that
//! ```
//!
//! Source: esptool documentation, "Firmware Image Format". The tests of the bench let esptool
//! read what is made here.

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};

use super::image::{entry, segments};

const MAGIC: u8 = 0xE9;
/// One data line each way: what every flash can do.
const MODE_DIO: u8 = 2;
/// 4 MiB, 40 MHz.
const SIZE_AND_FREQUENCY: u8 = 0x20;
/// No pin is named for the flash's write protection.
const NO_WP_PIN: u8 = 0xEE;
const CHIP_ID: u16 = 5;
/// v0.3: the first that verifies Secure Boot v2 signatures.
const LEAST_REVISION: u16 = 3;
/// v1.99: nothing changed for this program in v1.1.
const GREATEST_REVISION: u16 = 199;
const CHECKSUM_SEED: u8 = 0xEF;
const SEGMENTS_MAX: usize = 16;

/// The image of a linked program.
pub(super) fn from_elf(elf: &[u8]) -> Result<Vec<u8>> {
    let mut loaded = segments(elf)?;
    loaded.retain(|segment| !segment.bytes.is_empty());
    ensure!(
        !loaded.is_empty() && loaded.len() <= SEGMENTS_MAX,
        "a program of {} segments",
        loaded.len()
    );
    let mut image = header(u8::try_from(loaded.len())?, entry(elf)?);
    let mut checksum = CHECKSUM_SEED;
    for segment in &loaded {
        let padded = segment.bytes.len().next_multiple_of(4);
        image.extend(u32::try_from(segment.runs_at)?.to_le_bytes());
        image.extend(u32::try_from(padded)?.to_le_bytes());
        image.extend(segment.bytes);
        image.resize(image.len() + padded - segment.bytes.len(), 0);
        checksum = segment.bytes.iter().fold(checksum, |sum, byte| sum ^ byte);
    }
    image.resize((image.len() + 1).next_multiple_of(16) - 1, 0);
    image.push(checksum);
    let hash = Sha256::digest(&image);
    image.extend(hash);
    Ok(image)
}

fn header(segments: u8, entry: u32) -> Vec<u8> {
    let mut header = vec![MAGIC, segments, MODE_DIO, SIZE_AND_FREQUENCY];
    header.extend(entry.to_le_bytes());
    header.extend([NO_WP_PIN, 0, 0, 0]);
    header.extend(CHIP_ID.to_le_bytes());
    header.push(0); // the revision in the old counting
    header.extend(LEAST_REVISION.to_le_bytes());
    header.extend(GREATEST_REVISION.to_le_bytes());
    header.extend([0; 4]);
    header.push(1); // a hash is appended
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::image::fixture::{Load, elf};

    #[test]
    fn an_image_says_where_its_bytes_go_and_ends_with_checksum_and_hash() {
        let file = elf(&[
            Load::stored(0x3FCB_0000, &[1, 2, 3, 4, 5]),
            Load::stored(0x3FCC_0000, &[8; 4]),
        ]);
        let image = from_elf(&file).unwrap();
        assert_eq!(image[..4], [0xE9, 2, 2, 0x20]);
        assert_eq!(image[12..14], [5, 0]);
        assert_eq!(image[23], 1);
        assert_eq!(image[24..32], [0, 0, 0xCB, 0x3F, 8, 0, 0, 0]);
        assert_eq!(image[32..40], [1, 2, 3, 4, 5, 0, 0, 0]);
        let (body, hash) = image.split_at(image.len() - 32);
        assert_eq!(body.len() % 16, 0);
        assert_eq!(body.last(), Some(&(0xEF ^ 1 ^ 2 ^ 3 ^ 4 ^ 5)));
        assert_eq!(hash, Sha256::digest(body).as_slice());
    }

    #[test]
    fn a_program_of_nothing_is_refused() {
        assert!(from_elf(&elf(&[])).is_err());
    }
}
