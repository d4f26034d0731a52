//! One-time memory in words and blocks, each block with a lock of its own, as STM32 have it.

use cradle_protocol::layout::stm32f405::{
    COUNTER_MAX, OTP, OTP_BLOCK, OTP_COUNTER_BLOCK, OTP_ROOT_KEY_BLOCK,
};
use cradle_protocol::message::Refusal;

use crate::device::{OneTime, StorageFault};

/// Count of OTP words and blocks.
pub const OTP_WORDS: u16 = (OTP.length / 4) as u16;
/// Count of OTP blocks.
pub const OTP_BLOCKS: u8 = (OTP.length / OTP_BLOCK) as u8;
const WORDS_PER_BLOCK: u16 = (OTP_BLOCK / 4) as u16;

/// One-time programmable memory: bits are cleared, never set.
pub trait Otp {
    /// Reads word `index` (0 to 127).
    fn word(&self, index: u16) -> u32;

    /// Reads the lock byte of `block` (0 to 15).
    fn lock_byte(&self, block: u8) -> u8;

    /// Programs word `index`. No read-back.
    ///
    /// # Errors
    /// [`StorageFault`] as the controller reported it.
    fn program_word(&mut self, index: u16, value: u32) -> Result<(), StorageFault>;

    /// Programs the lock byte of `block` to 0. No read-back.
    ///
    /// # Errors
    /// [`StorageFault`] as the controller reported it.
    fn lock_block(&mut self, block: u8) -> Result<(), StorageFault>;
}

impl<T: Otp> OneTime for T {
    fn root_key_block(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, word) in bytes
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(block(self, OTP_ROOT_KEY_BLOCK))
        {
            *place = word.to_le_bytes();
        }
        bytes
    }

    fn root_key_hash(&self) -> Option<[u8; 32]> {
        Some(self.root_key_block()).filter(|bytes| *bytes != [0xFF; 32])
    }

    fn root_key_locked(&self) -> bool {
        self.lock_byte(OTP_ROOT_KEY_BLOCK as u8) == 0
    }

    /// How many bits of its block are cleared.
    fn counter(&self) -> u32 {
        block(self, OTP_COUNTER_BLOCK).map(u32::count_zeros).sum()
    }

    fn burn(&mut self, index: u16, value: u32) -> Result<u32, Refusal> {
        if index >= OTP_WORDS {
            return Err(Refusal::Range);
        }
        let expected = self.word(index) & value;
        self.program_word(index, value).map_err(storage)?;
        let read = self.word(index);
        if read == expected {
            Ok(read)
        } else {
            Err(Refusal::Storage(0))
        }
    }

    fn close(&mut self, block: u8) -> Result<u32, Refusal> {
        if block >= OTP_BLOCKS {
            return Err(Refusal::Range);
        }
        self.lock_block(block).map_err(storage)?;
        match self.lock_byte(block) {
            0 => Ok(0),
            _ => Err(Refusal::Storage(0)),
        }
    }
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
        if otp.counter() >= target {
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

fn storage(StorageFault(status): StorageFault) -> Refusal {
    Refusal::Storage(status)
}
