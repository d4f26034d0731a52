//! What the OTP area says.

use cradle_protocol::layout::{OTP_BLOCK, OTP_COUNTER_BLOCK, OTP_ROOT_KEY_BLOCK};

use crate::device::Otp;

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

fn block(otp: &impl Otp, block: u32) -> impl Iterator<Item = u32> {
    let first = block as u16 * WORDS_PER_BLOCK;
    (first..first + WORDS_PER_BLOCK).map(|index| otp.word(index))
}
