//! Taking the identity away: once begun it is finished, if need be after a power cut.

use cradle_protocol::image::erased;
use cradle_protocol::message::{KeyFate, WipeReport};

use crate::device::{Flash, StorageFault, erase_all};
use crate::key_store::KeyStore;
use crate::store::{self, Kind};

/// Whether a wipe was begun. The mark lies outside what the wipe erases.
pub(crate) fn marked<F: Flash>(flash: &mut F) -> bool {
    store::find(flash.bytes(F::LAYOUT.nvs_spare), Kind::Wiped).is_some()
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
        store::append(device, D::LAYOUT.nvs_spare, Kind::Wiped, &[])?;
    }
    let key = keys.zeroize(device).unwrap_or(KeyFate::Remains);
    let nvs = D::LAYOUT.nvs;
    let nvs_erased = erase_all(device, nvs).is_ok() && erased(device.bytes(nvs));
    Ok(WipeReport { key, nvs_erased })
}

/// Finishes a wipe that a power cut interrupted.
pub(crate) fn resume<D: Flash>(device: &mut D, keys: &mut impl KeyStore<D>) {
    if marked(device) && !erased(device.bytes(D::LAYOUT.nvs)) {
        // The mark stands, so what fails now is tried again at the next start.
        let _ = wipe(device, keys);
    }
}
