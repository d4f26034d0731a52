//! What the one-time memory holds (§3.6.5): 16 blocks of 32 bytes whose bits can only be
//! cleared, and a lock byte for each.

use cradle_procedure::fault::{Code, Fault};
use cradle_protocol::layout::stm32f405::{
    OTP, OTP_BLOCK, OTP_COUNTER_BLOCK, OTP_LOCKS, OTP_ROOT_KEY_BLOCK,
};
use probe_rs::{Core, Error, MemoryInterface};

/// Bytes from the start of the blocks to the end of the lock bytes.
const LENGTH: usize = (OTP.length + OTP_LOCKS.length) as usize;
/// Blocks and lock bytes as they lie in memory.
pub(crate) type Bytes = [u8; LENGTH];
const BLOCK: usize = OTP_BLOCK as usize;
const ROOT_KEY: usize = OTP_ROOT_KEY_BLOCK as usize;
const COUNTER: usize = OTP_COUNTER_BLOCK as usize;
const COUNTER_WORDS: u32 = OTP_BLOCK / 4;
/// Index of the first word of a block from the start of the OTP area.
pub(crate) const ROOT_KEY_WORD: u16 = (OTP_ROOT_KEY_BLOCK * COUNTER_WORDS) as u16;
pub(crate) const COUNTER_WORD: u16 = (OTP_COUNTER_BLOCK * COUNTER_WORDS) as u16;
const VIRGIN: u8 = 0xFF;
const LOCKED: u8 = 0x00;

/// Reads blocks and lock bytes.
pub(crate) fn read(core: &mut Core<'_>) -> Result<Bytes, Error> {
    let mut bytes = [0; LENGTH];
    core.read(u64::from(OTP.start), &mut bytes)?;
    Ok(bytes)
}

/// Decoded one-time memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Otp {
    pub(crate) root_key: [u8; 32],
    pub(crate) root_key_locked: bool,
    pub(crate) counter: u32,
    pub(crate) rest_virgin: bool,
}

/// Reads the meaning of the bytes from the start of the OTP area to the end of its locks. What
/// a power cut left half burnt reads as not burnt yet: burning it again completes it.
///
/// # Errors
/// `DEV-04` if they are not as this product leaves them, not even when power fails: the counter
/// has a gap that no single word accounts for, or the lock of the root key is half closed and
/// there is no root key.
pub(crate) fn decode(bytes: &Bytes) -> Result<Otp, Fault> {
    let (data, locks) = bytes.split_at(OTP.length as usize);
    let mut root_key = [0; 32];
    root_key.copy_from_slice(&data[ROOT_KEY * BLOCK..][..BLOCK]);
    let root_key_locked = match locks[ROOT_KEY] {
        VIRGIN => false,
        LOCKED => true,
        _ if root_key != [VIRGIN; 32] => false,
        half => {
            let detail = format!("lock byte of the root key is {half:#04x}");
            return Err(Fault::new(Code::OtpNotVirgin, detail));
        }
    };
    let ours = (
        ROOT_KEY * BLOCK..(ROOT_KEY + 1) * BLOCK,
        COUNTER * BLOCK..(COUNTER + 1) * BLOCK,
    );
    let other_data = data
        .iter()
        .enumerate()
        .filter(|(place, _)| !ours.0.contains(place) && !ours.1.contains(place));
    let other_locks = locks
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != ROOT_KEY);
    let rest_virgin = other_data
        .chain(other_locks)
        .all(|(_, byte)| *byte == VIRGIN);
    Ok(Otp {
        root_key,
        root_key_locked,
        counter: counter(&data[COUNTER * BLOCK..][..BLOCK])?,
        rest_virgin,
    })
}

/// The number of cleared bits, as the device counts them. Words are burnt one after the other, so
/// a power cut leaves a gap in one word at most: what is before it is burnt, what is behind it is
/// not.
fn counter(block: &[u8]) -> Result<u32, Fault> {
    let (words, _) = block.as_chunks::<4>();
    let mut unfinished = words.iter().skip_while(|word| **word == [0; 4]).skip(1);
    if unfinished.any(|word| *word != [VIRGIN; 4]) {
        let detail = "the counter is burnt behind a word that is not";
        return Err(Fault::new(Code::OtpNotVirgin, detail));
    }
    Ok(block.iter().map(|byte| byte.count_zeros()).sum())
}

/// The words of the counter block that stand for `value`, which must not exceed 256.
pub(crate) fn counter_words(value: u32) -> impl Iterator<Item = u32> {
    (0..COUNTER_WORDS).map(move |word| match value.saturating_sub(word * 32) {
        all if all >= 32 => 0,
        some => u32::MAX << some,
    })
}

/// The words of the root-key block that hold `hash`.
pub(crate) fn hash_words(hash: &[u8; 32]) -> impl Iterator<Item = u32> {
    let (words, _) = hash.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: usize = OTP.length as usize;

    fn virgin() -> [u8; LENGTH] {
        [VIRGIN; LENGTH]
    }

    fn with(change: impl Fn(&mut [u8; LENGTH])) -> Result<Otp, Fault> {
        let mut bytes = virgin();
        change(&mut bytes);
        decode(&bytes)
    }

    #[test]
    fn a_virgin_memory_holds_nothing() {
        let otp = decode(&virgin()).unwrap();
        assert_eq!((otp.counter, otp.root_key), (0, [VIRGIN; 32]));
        assert!(otp.rest_virgin && !otp.root_key_locked);
    }

    #[test]
    fn every_counter_value_is_read_as_it_is_written() {
        for value in 0..=256 {
            let mut bytes = virgin();
            for (place, word) in bytes[32..64].chunks_mut(4).zip(counter_words(value)) {
                place.copy_from_slice(&word.to_le_bytes());
            }
            assert_eq!(decode(&bytes).unwrap().counter, value);
        }
    }

    #[test]
    fn a_counter_that_a_power_cut_left_with_a_gap_counts_what_is_burnt() {
        let otp = with(|bytes| bytes[32] = 0b1111_1010).unwrap();
        assert_eq!(otp.counter, 2);
    }

    #[test]
    fn a_counter_that_is_burnt_behind_an_unfinished_word_is_refused() {
        for unfinished in [0xFF, 0xF0] {
            let fault = with(|bytes| {
                bytes[32] = unfinished;
                bytes[36] = 0xFE;
            });
            assert_eq!(fault.unwrap_err().code, Code::OtpNotVirgin);
        }
    }

    #[test]
    fn a_lock_that_a_power_cut_left_half_closed_is_open() {
        let half = with(|bytes| {
            bytes[..32].fill(0x5A);
            bytes[LOCKS] = 0x0F;
        });
        assert!(!half.unwrap().root_key_locked);
    }

    #[test]
    fn a_half_closed_lock_without_a_root_key_is_refused() {
        let fault = with(|bytes| bytes[LOCKS] = 0x0F).unwrap_err();
        assert_eq!(fault.code, Code::OtpNotVirgin);
    }

    #[test]
    fn any_other_burnt_cell_or_lock_is_noticed() {
        for place in (64..LOCKS).chain(LOCKS + 1..LENGTH) {
            let otp = with(|bytes| bytes[place] = 0xFE).unwrap();
            assert!(!otp.rest_virgin, "byte {place}");
        }
        let own = with(|bytes| {
            bytes[..32].fill(0x5A);
            bytes[32] = 0xFC;
            bytes[LOCKS] = LOCKED;
        });
        let own = own.unwrap();
        assert!(own.rest_virgin && own.root_key_locked);
        assert_eq!((own.counter, own.root_key), (2, [0x5A; 32]));
    }
}
