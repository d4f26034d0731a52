//! The image format of the mask ROM's second boot stage ("Firmware Image Format" of the ROM
//! loader's documentation, version 1).

/// Offset in flash at which the ROM looks for it.
pub(crate) const OFFSET: usize = 0;
const MAGIC: u8 = 0xE9;
const HEADER: usize = 24;
const SEGMENT_HEADER: usize = 8;
const MOST_SEGMENTS: u8 = 16;
const CHECKSUM_SEED: u8 = 0xEF;
const DIGEST: usize = 32;

/// A segment: where it goes, and what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    pub(crate) address: u32,
    pub(crate) bytes: &'a [u8],
}

/// An image whose structure and checksum are right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    pub(crate) entry: u32,
    pub(crate) segments: Vec<Segment<'a>>,
    /// Length with checksum and, where there is one, digest, bytes.
    pub(crate) len: usize,
}

/// Why the ROM does not take an image, in its words.
pub(crate) type Refusal = String;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

impl<'a> Image<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let first = word(bytes, 0).unwrap_or(u32::MAX);
        let count = bytes.get(1).copied().unwrap_or(0);
        if first as u8 != MAGIC || count > MOST_SEGMENTS {
            return Err(format!("invalid header: {first:#010x}"));
        }
        Self::read(bytes, count)
    }

    fn read(bytes: &'a [u8], count: u8) -> Result<Self, Refusal> {
        let short = || "ets_loader.c: image is cut off".to_owned();
        let entry = word(bytes, 4).ok_or_else(short)?;
        let mut at = HEADER;
        let mut checksum = CHECKSUM_SEED;
        let mut segments = Vec::new();
        for _ in 0..count {
            let address = word(bytes, at).ok_or_else(short)?;
            let len = word(bytes, at + 4).ok_or_else(short)? as usize;
            let start = at + SEGMENT_HEADER;
            let end = start.checked_add(len).ok_or_else(short)?;
            let data = bytes.get(start..end).ok_or_else(short)?;
            checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
            segments.push(Segment {
                address,
                bytes: data,
            });
            at = end;
        }
        // The checksum is the last byte of a group of 16.
        let end = (at + 1).next_multiple_of(16);
        let stored = *bytes.get(end - 1).ok_or_else(short)?;
        if stored != checksum {
            return Err(format!(
                "Checksum failed. Calculated {checksum:#x} stored {stored:#x}"
            ));
        }
        let digest = if bytes[23] == 1 { DIGEST } else { 0 };
        Ok(Self {
            entry,
            segments,
            len: end + digest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        bytes[0] = MAGIC;
        bytes[1] = 1;
        bytes[4..8].copy_from_slice(&0x4038_0000_u32.to_le_bytes());
        bytes.extend(0x4038_0000_u32.to_le_bytes());
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend([1, 2, 3, 4]);
        bytes.resize(47, 0);
        bytes.push(CHECKSUM_SEED ^ 1 ^ 2 ^ 3 ^ 4);
        bytes
    }

    #[test]
    fn a_sound_image_is_taken() {
        let bytes = image();
        let image = Image::parse(&bytes).unwrap();
        assert_eq!((image.entry, image.len), (0x4038_0000, 48));
        assert_eq!(image.segments[0].bytes, [1, 2, 3, 4]);
    }

    #[test]
    fn erased_flash_is_no_image() {
        assert_eq!(
            Image::parse(&[0xFF; 64]),
            Err("invalid header: 0xffffffff".into())
        );
    }

    #[test]
    fn a_changed_byte_fails_the_checksum() {
        let mut bytes = image();
        bytes[34] ^= 1;
        assert!(Image::parse(&bytes).is_err());
    }

    #[test]
    fn an_image_that_is_cut_off_is_refused() {
        let bytes = image();
        for len in 0..bytes.len() {
            assert!(Image::parse(&bytes[..len]).is_err(), "{len}");
        }
    }
}
