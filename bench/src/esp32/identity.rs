//! Who the chip is.

use cradle_procedure::ids::Uid;

use super::efuse::Image;
use super::efuse::fields::{
    MAC_HIGH, MAC_LOW, SYS_PART1, WAFER_MAJOR, WAFER_MINOR_HIGH, WAFER_MINOR_LOW,
};

/// Image chip identifier of the ESP32-C3: what the loader's security information says, too.
pub(crate) const CHIP_ID: u32 = 5;
/// Bytes of the optional unique identifier that go into ours.
const UNIQUE: usize = 6;

/// The factory MAC address as it is printed, then the first bytes of `OPTIONAL_UNIQUE_ID`.
pub(crate) fn uid(image: &Image) -> Uid {
    let mac = u64::from(MAC_HIGH.of(image)) << 32 | u64::from(MAC_LOW.of(image));
    let mut bytes = mac.to_be_bytes()[2..].to_vec();
    bytes.extend_from_slice(&image.bytes(SYS_PART1)[..UNIQUE]);
    Uid::new(&bytes)
}

/// Revision of the wafer, 100 for each major step.
pub(crate) fn revision(image: &Image) -> u32 {
    let minor = WAFER_MINOR_HIGH.of(image) << 3 | WAFER_MINOR_LOW.of(image);
    100 * WAFER_MAJOR.of(image) + minor
}
