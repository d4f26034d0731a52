//! The key that flash is encrypted with: BLOCK_KEY2, purpose XTS_AES_128_KEY.
//!
//! Burnt in this order, so that each power cut leaves what is told apart: the block; its purpose
//! and its read protection together; its write protection. A block that holds something and can
//! be read is given up, whole or not: whoever read it meanwhile could decrypt the flash. A block
//! that cannot be read was whole before it was hidden, and what is missing is burnt.

use cradle_firmware::device::StorageFault;
use cradle_protocol::message::Refusal;
use esp32c3::EFUSE;

use crate::burner::{burn_coded, burn_settings};

/// BLOCK_KEY2.
const BLOCK: u8 = 6;
/// Its bit of RD_DIS, word 1 of BLOCK0.
const UNREADABLE: u32 = 1 << 2;
/// KEY_PURPOSE_2, at the start of word 3: XTS_AES_128_KEY.
const PURPOSE: u32 = 4;
/// Bits of WR_DIS: the block and its purpose.
const CLOSED: u32 = 1 << 25 | 1 << 10;
/// 16 zero bytes at [`SAMPLE_AT`] under a key of zeros, which the engine has without a key.
const WITHOUT_KEY: [u8; 16] = [
    0x68, 0x66, 0x0A, 0x85, 0x62, 0x62, 0x14, 0x1D, 0x7A, 0x91, 0x8A, 0x05, 0xB3, 0x02, 0xD4, 0x62,
];

/// Where samples of the engine's work are written: the last sector of bank B, where no image
/// reaches.
pub const SAMPLE_AT: u32 = 0xDF000;

/// Whether the engine has a key that no program can read.
pub fn in_place(fuses: &EFUSE) -> bool {
    hidden(fuses) && fuses.rd_repeat_data2().read().bits() & 0xF == PURPOSE
}

fn hidden(fuses: &EFUSE) -> bool {
    fuses.rd_repeat_data0().read().bits() & UNREADABLE != 0
}

fn block(fuses: &EFUSE) -> [u32; 8] {
    [
        fuses.rd_key2_data0().read().bits(),
        fuses.rd_key2_data1().read().bits(),
        fuses.rd_key2_data2().read().bits(),
        fuses.rd_key2_data3().read().bits(),
        fuses.rd_key2_data4().read().bits(),
        fuses.rd_key2_data5().read().bits(),
        fuses.rd_key2_data6().read().bits(),
        fuses.rd_key2_data7().read().bits(),
    ]
}

/// What the code says of all blocks.
fn errors(fuses: &EFUSE) -> [u32; 2] {
    [
        fuses.rd_rs_err0().read().bits(),
        fuses.rd_rs_err1().read().bits(),
    ]
}

/// Burns the key, or finishes with the one that is hidden already. `sample` has the engine
/// encipher 16 zero bytes for [`SAMPLE_AT`]: the same before and after the block is closed, and
/// not what it gives without a key.
///
/// # Errors
/// [`Refusal::AlreadySet`], [`Refusal::Storage`].
pub fn keep(
    fuses: &EFUSE,
    key: &[u8; 32],
    mut sample: impl FnMut() -> Result<[u8; 16], StorageFault>,
) -> Result<(), Refusal> {
    let mut sample = || sample().map_err(|StorageFault(status)| Refusal::Storage(status));
    if !hidden(fuses) {
        burn_key(fuses, key)?;
    }
    burn_settings(fuses, [0, UNREADABLE, 0, PURPOSE]);
    let with_key = sample()?;
    burn_settings(fuses, [CLOSED, 0, 0, 0]);
    let closed = fuses.rd_wr_dis().read().bits() & CLOSED == CLOSED;
    let unread = in_place(fuses) && block(fuses) == [0; 8];
    let used = with_key != WITHOUT_KEY && sample()? == with_key;
    match closed && unread && used {
        true => Ok(()),
        false => Err(Refusal::Storage(0)),
    }
}

/// Burns the empty block.
fn burn_key(fuses: &EFUSE, key: &[u8; 32]) -> Result<(), Refusal> {
    let before = errors(fuses);
    let of_key2 = |errors: [u32; 2]| errors[0] >> 20 & 0xF;
    if block(fuses) != [0; 8] || of_key2(before) != 0 {
        return Err(Refusal::AlreadySet);
    }
    burn_coded(fuses, BLOCK, key);
    let held = block(fuses);
    let words = key.as_chunks::<4>().0.iter();
    let same = words.zip(held).fold(true, |same, (bytes, word)| {
        same & (u32::from_le_bytes(*bytes) == word)
    });
    match same && errors(fuses) == before {
        true => Ok(()),
        false => Err(Refusal::Storage(0)),
    }
}
