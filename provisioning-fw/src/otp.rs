//! What the OTP area says.

use cradle_protocol::layout::{COUNTER_MAX, OTP_BLOCK, OTP_COUNTER_BLOCK, OTP_ROOT_KEY_BLOCK};

use crate::device::{Otp, StorageFault};

const WORDS_PER_BLOCK: u16 = (OTP_BLOCK / 4) as u16;

/// Content of the block that holds the SHA-256 of the root public key.
#[must_use]
pub fn root_key_block(otp: &impl Otp) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, word) in bytes
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .zip(block(otp, OTP_ROOT_KEY_BLOCK))
    {
        *place = word.to_le_bytes();
    }
    bytes
}

/// SHA-256 of the root public key; `None` while the block is erased.
#[must_use]
pub fn root_key_hash(otp: &impl Otp) -> Option<[u8; 32]> {
    Some(root_key_block(otp)).filter(|bytes| *bytes != [0xFF; 32])
}

/// Whether the root key's block is locked.
#[must_use]
pub fn root_key_locked(otp: &impl Otp) -> bool {
    otp.lock_byte(OTP_ROOT_KEY_BLOCK as u8) == 0
}

/// The anti-rollback counter: how many bits of its block are cleared.
#[must_use]
pub fn counter(otp: &impl Otp) -> u32 {
    block(otp, OTP_COUNTER_BLOCK).map(u32::count_zeros).sum()
}

/// Moves the counter up to `target`, from bit 0 upwards, each word read back. A power cut leaves
/// it between; a `target` at or below it changes nothing, for OTP bits cannot return.
///
/// # Errors
/// [`StorageFault`]; with 0 also when the block has fewer bits than `target`.
pub fn raise_counter(otp: &mut impl Otp, target: u32) -> Result<(), StorageFault> {
    if target > COUNTER_MAX {
        return Err(StorageFault(0));
    }
    let first = OTP_COUNTER_BLOCK as u16 * WORDS_PER_BLOCK;
    for (index, before) in (first..first + WORDS_PER_BLOCK).zip((0..).step_by(32)) {
        if counter(otp) >= target {
            return Ok(());
        }
        let bits = target.saturating_sub(before);
        let wanted = u32::MAX.checked_shl(bits).unwrap_or(0) & otp.word(index);
        if otp.word(index) == wanted {
            continue;
        }
        otp.program_word(index, wanted)?;
        if otp.word(index) != wanted {
            return Err(StorageFault(0));
        }
    }
    Ok(())
}

fn block(otp: &impl Otp, block: u32) -> impl Iterator<Item = u32> {
    let first = block as u16 * WORDS_PER_BLOCK;
    (first..first + WORDS_PER_BLOCK).map(|index| otp.word(index))
}
