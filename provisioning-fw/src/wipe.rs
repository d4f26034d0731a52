//! Taking the identity away: once begun it is finished, if need be after a power cut; and what
//! became of it can be told again, for a station that did not hear it.

use cradle_protocol::image::erased;
use cradle_protocol::message::{KeyFate, WipeReport};

use crate::device::{Flash, StorageFault, erase_all};
use crate::key_store::KeyStore;
use crate::store::{self, Kind};

/// A key fate on record: which, and the slot of a secure element.
const ZEROIZED: u8 = 1;
const REPLACED: u8 = 2;

/// Whether a wipe was begun. The mark lies outside what the wipe erases.
pub(crate) fn marked<F: Flash>(flash: &mut F) -> bool {
    store::find(flash.bytes(F::LAYOUT.nvs_spare), Kind::Wiped).is_some()
}

/// Marks the device, destroys the key, puts on record how, erases the NVS; each part read back.
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
    let key = fate(device).unwrap_or_else(|| destroy(device, keys));
    let nvs = D::LAYOUT.nvs;
    let nvs_erased = erase_all(device, nvs).is_ok() && erased(device.bytes(nvs));
    Ok(WipeReport { key, nvs_erased })
}

/// Finishes a wipe that a power cut interrupted, or whose key was still there.
pub(crate) fn resume<D: Flash>(device: &mut D, keys: &mut impl KeyStore<D>) {
    let finished = |report: WipeReport| report.nvs_erased && report.key != KeyFate::Remains;
    if report(device).is_some_and(|report| !finished(report)) {
        // The mark stands, so what fails now is tried again at the next start.
        let _ = wipe(device, keys);
    }
}

/// What became of the wipe; `None` if there was none.
pub(crate) fn report<F: Flash>(flash: &mut F) -> Option<WipeReport> {
    marked(flash).then(|| WipeReport {
        key: fate(flash).unwrap_or(KeyFate::Remains),
        nvs_erased: erased(flash.bytes(F::LAYOUT.nvs)),
    })
}

/// Without its record the key is destroyed once more at the next start, and nothing is lost.
fn destroy<D: Flash>(device: &mut D, keys: &mut impl KeyStore<D>) -> KeyFate {
    let fate = keys.zeroize(device).unwrap_or(KeyFate::Remains);
    let content = match fate {
        KeyFate::Remains => return fate,
        KeyFate::Zeroized => [ZEROIZED, 0],
        KeyFate::Replaced { slot } => [REPLACED, slot],
    };
    let _ = store::append(device, D::LAYOUT.nvs_spare, Kind::KeyFate, &content);
    fate
}

fn fate<F: Flash>(flash: &mut F) -> Option<KeyFate> {
    match store::find(flash.bytes(F::LAYOUT.nvs_spare), Kind::KeyFate)? {
        [ZEROIZED, 0] => Some(KeyFate::Zeroized),
        [REPLACED, slot] => Some(KeyFate::Replaced { slot: *slot }),
        _ => None,
    }
}
