//! Flash that the chip encrypts, written and judged by the provisioner: the station sees what it
//! sent and a digest, never the key.

use cradle_protocol::layout::Region;
use cradle_protocol::limits::MAX_CHUNK;
use cradle_protocol::message::Refusal;

use crate::crypto::sha256_of_flash;
use crate::device::{Flash, StorageFault, program_verified};

/// Bytes of a cipher block, and words.
const BLOCK: usize = 16;
const WORDS: usize = BLOCK / 4;

const _: () = assert!(MAX_CHUNK.is_multiple_of(BLOCK));

/// Writes bytes at `address`, reads them back, and fills up the last block with 0xFF. The sector
/// that begins there is erased first.
pub(crate) fn write<F: Flash>(flash: &mut F, address: u32, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.len() > MAX_CHUNK {
        return Err(Refusal::TooLong);
    }
    let length = bytes.len() as u32;
    encrypted(
        flash,
        Region {
            start: address,
            length,
        },
    )?;
    let sector = F::LAYOUT.sector_at(address);
    if let Some(sector) = sector.filter(|sector| sector.start == address) {
        flash.erase(sector).map_err(storage)?;
    }
    let mut words = [u32::MAX; MAX_CHUNK / 4];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks(4)) {
        let mut padded = [0xFF; 4];
        padded[..bytes.len()].copy_from_slice(bytes);
        *word = u32::from_le_bytes(padded);
    }
    let whole = bytes.len().div_ceil(BLOCK) * WORDS;
    program_verified(flash, address, &words[..whole]).map_err(storage)
}

/// SHA-256 of what programs read there.
pub(crate) fn digest(flash: &mut impl Flash, region: Region) -> Result<[u8; 32], Refusal> {
    encrypted(flash, region)?;
    Ok(sha256_of_flash(flash, region))
}

fn encrypted(flash: &impl Flash, region: Region) -> Result<(), Refusal> {
    match flash.encrypts(region) {
        true => Ok(()),
        false => Err(Refusal::Range),
    }
}

fn storage(StorageFault(status): StorageFault) -> Refusal {
    Refusal::Storage(status)
}
