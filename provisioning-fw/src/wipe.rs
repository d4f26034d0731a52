//! Taking the identity away: once begun it is finished, if need be after a power cut.

use cradle_protocol::image::erased;
use cradle_protocol::layout::{NVS, NVS_SPARE};
use cradle_protocol::message::{KeyFate, WipeReport};

use crate::device::{Flash, StorageFault};
use crate::key_store::KeyStore;
use crate::store::{self, Kind};

/// Whether a wipe was begun. The mark lies outside the sector that the wipe erases.
pub(crate) fn marked(flash: &impl Flash) -> bool {
    store::find(flash.bytes(NVS_SPARE), Kind::Wiped).is_some()
}

/// Marks the device, destroys the key, erases the NVS; each part read back.
///
/// # Errors
/// [`StorageFault`] if not even the mark was taken: then nothing was done.
pub(crate) fn wipe<D: Flash>(
    device: &mut D,
    keys: &mut impl KeyStore<D>,
) -> Result<WipeReport, StorageFault> {
    if !marked(device) {
        store::append(device, NVS_SPARE, Kind::Wiped, &[])?;
    }
    let key = keys.zeroize(device).unwrap_or(KeyFate::Remains);
    let nvs_erased = device.erase(NVS).is_ok() && erased(device.bytes(NVS));
    Ok(WipeReport { key, nvs_erased })
}

/// Finishes a wipe that a power cut interrupted.
pub(crate) fn resume<D: Flash>(device: &mut D, keys: &mut impl KeyStore<D>) {
    if marked(device) && !erased(device.bytes(NVS)) {
        // The mark stands, so what fails now is tried again at the next start.
        let _ = wipe(device, keys);
    }
}
