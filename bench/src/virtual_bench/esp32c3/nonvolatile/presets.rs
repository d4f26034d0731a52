//! What the factory burns before a chip is sold (TRM chapter "eFuse Controller", tables of the
//! parameters in blocks 1 and 2).

use super::fuses::Fuses;
use crate::virtual_bench::esp32c3::config::EspConfig;

/// WR_DIS bits of block 1 and block 2: the factory's parameters are closed.
const FACTORY_WR_DIS: u32 = 1 << 20 | 1 << 21;

/// A virgin chip of that kind.
pub(crate) fn factory_fuses(config: &EspConfig) -> Fuses {
    let mut fuses = Fuses::blank();
    fuses.burn_coded(1, &block_1(config));
    let mut block_2 = [0; 32];
    block_2[..16].copy_from_slice(&config.unique_id);
    fuses.burn_coded(2, &block_2);
    fuses.burn(0, &FACTORY_WR_DIS.to_le_bytes());
    fuses
}

/// MAC, then wafer and package version in words 3 and 5.
fn block_1(config: &EspConfig) -> [u8; 24] {
    let mut words = [0_u32; 6];
    let mac = config.mac;
    // Kept with the last byte first.
    words[0] = u32::from_be_bytes([mac[2], mac[3], mac[4], mac[5]]);
    words[1] = u32::from(mac[0]) << 8 | u32::from(mac[1]);
    let (major, minor) = config.revision;
    words[3] = u32::from(minor & 7) << 18;
    words[5] = u32::from(minor >> 3 & 1) << 23 | u32::from(major & 3) << 24;
    let mut bytes = [0; 24];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}
