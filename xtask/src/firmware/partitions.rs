//! The partition table: how tools of the chip's vendor learn where things lie.
//!
//! Each entry: magic, type, subtype, offset, length, a name of 16 bytes, flags; entries end where
//! flash is erased. Source: ESP-IDF documentation, "Partition Tables". Types from 0x40 are left to
//! applications, and none of ours is in a format of the vendor.

use cradle_protocol::layout::Region;
use cradle_protocol::layout::esp32c3::{BANKS, METADATA, NVS, NVS_SPARE, PARTITION_TABLE};

const MAGIC: [u8; 2] = [0xAA, 0x50];
const OWN_TYPE: u8 = 0x40;
const NAME_LENGTH: usize = 16;

const PARTITIONS: [(&str, Region); 6] = [
    ("metadata-0", METADATA[0]),
    ("metadata-1", METADATA[1]),
    ("nvs", NVS),
    ("nvs-spare", NVS_SPARE),
    ("bank-a", BANKS[0]),
    ("bank-b", BANKS[1]),
];

/// The table, as long as its place.
pub(super) fn table() -> Vec<u8> {
    let mut table = Vec::new();
    for (subtype, (name, region)) in (0..).zip(PARTITIONS) {
        let mut label = [0; NAME_LENGTH];
        label[..name.len()].copy_from_slice(name.as_bytes());
        table.extend(MAGIC);
        table.extend([OWN_TYPE, subtype]);
        table.extend(region.start.to_le_bytes());
        table.extend(region.length.to_le_bytes());
        table.extend(label);
        table.extend([0; 4]);
    }
    table.resize(PARTITION_TABLE.length as usize, 0xFF);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_an_entry_of_32_bytes() {
        let table = table();
        assert_eq!(table.len(), 4096);
        let (entries, rest) = table.split_at(PARTITIONS.len() * 32);
        assert!(rest.iter().all(|byte| *byte == 0xFF));
        assert_eq!(
            entries[..12],
            *b"\xAA\x50\x40\x00\x00\x10\x01\x00\x00\x10\x00\x00"
        );
        assert_eq!(entries[12..32], *b"metadata-0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(entries[160..168], *b"\xAA\x50\x40\x05\x00\x00\x08\x00");
    }
}
