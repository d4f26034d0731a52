//! Who the chip is.

use cradle_procedure::ids::Uid;
use probe_rs::{Core, Error, MemoryInterface};

use super::registers::{DBGMCU_IDCODE, FLASH_SIZE_WORD, UID};

/// What the silicon says of itself.
pub(crate) struct Silicon {
    pub(crate) device_id: u32,
    pub(crate) revision: u32,
    pub(crate) uid: Uid,
    pub(crate) flash_kib: u32,
}

/// `DEV_ID` of `DBGMCU_IDCODE` (§38.6.1).
pub(crate) const fn device_id(idcode: u32) -> u32 {
    idcode & 0xFFF
}

pub(crate) fn read(core: &mut Core<'_>) -> Result<Silicon, Error> {
    let idcode = core.read_word_32(DBGMCU_IDCODE)?;
    Ok(Silicon {
        device_id: device_id(idcode),
        revision: idcode >> 16,
        uid: uid(core)?,
        flash_kib: core.read_word_32(FLASH_SIZE_WORD)? >> 16,
    })
}

/// The 96-bit unique identifier, in the order of its bytes in memory (§39.1).
pub(crate) fn uid(core: &mut Core<'_>) -> Result<Uid, Error> {
    let mut words = [0; 3];
    core.read_32(UID, &mut words)?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Ok(Uid::new(&bytes))
}
