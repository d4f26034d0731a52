//! Where a value lies in the eFuses (TRM tables 4.3-1, "Parameters in BLOCK0", and 4.3-2,
//! "Parameters in BLOCK1 to BLOCK10"), as far as the station reads or burns it.

use super::image::Image;

/// A run of bits of one block, of up to 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) block: usize,
    /// First bit, counted from the start of the block.
    pub(crate) bit: usize,
    pub(crate) width: usize,
}

const fn field(name: &'static str, block: usize, bit: usize, width: usize) -> Field {
    Field {
        name,
        block,
        bit,
        width,
    }
}

pub(crate) const DIS_USB_JTAG: Field = field("DIS_USB_JTAG", 0, 41, 1);
pub(crate) const DIS_DOWNLOAD_ICACHE: Field = field("DIS_DOWNLOAD_ICACHE", 0, 42, 1);
pub(crate) const SOFT_DIS_JTAG: Field = field("SOFT_DIS_JTAG", 0, 48, 3);
pub(crate) const DIS_PAD_JTAG: Field = field("DIS_PAD_JTAG", 0, 51, 1);
pub(crate) const DIS_DOWNLOAD_MANUAL_ENCRYPT: Field =
    field("DIS_DOWNLOAD_MANUAL_ENCRYPT", 0, 52, 1);
pub(crate) const SPI_BOOT_CRYPT_CNT: Field = field("SPI_BOOT_CRYPT_CNT", 0, 82, 3);
pub(crate) const KEY_PURPOSE_0: Field = field("KEY_PURPOSE_0", 0, 88, 4);
pub(crate) const KEY_PURPOSE_2: Field = field("KEY_PURPOSE_2", 0, 96, 4);
pub(crate) const SECURE_BOOT_EN: Field = field("SECURE_BOOT_EN", 0, 116, 1);
pub(crate) const DIS_DOWNLOAD_MODE: Field = field("DIS_DOWNLOAD_MODE", 0, 128, 1);
pub(crate) const ENABLE_SECURITY_DOWNLOAD: Field = field("ENABLE_SECURITY_DOWNLOAD", 0, 133, 1);
pub(crate) const SECURE_VERSION: Field = field("SECURE_VERSION", 0, 142, 16);
pub(crate) const MAC_LOW: Field = field("MAC0", 1, 0, 32);
pub(crate) const MAC_HIGH: Field = field("MAC1", 1, 32, 16);
pub(crate) const WAFER_MINOR_LOW: Field = field("WAFER_VERSION_MINOR_LO", 1, 114, 3);
pub(crate) const WAFER_MINOR_HIGH: Field = field("WAFER_VERSION_MINOR_HI", 1, 183, 1);
pub(crate) const WAFER_MAJOR: Field = field("WAFER_VERSION_MAJOR", 1, 184, 2);

/// The fields of BLOCK0 that burns of a unit touch or depend on, in the order of the table.
pub(crate) const SUMMARY: [Field; 19] = [
    field("WR_DIS", 0, 0, 32),
    field("RD_DIS", 0, 32, 7),
    DIS_USB_JTAG,
    SOFT_DIS_JTAG,
    DIS_PAD_JTAG,
    DIS_DOWNLOAD_ICACHE,
    DIS_DOWNLOAD_MANUAL_ENCRYPT,
    SPI_BOOT_CRYPT_CNT,
    KEY_PURPOSE_0,
    field("KEY_PURPOSE_1", 0, 92, 4),
    KEY_PURPOSE_2,
    field("KEY_PURPOSE_3", 0, 100, 4),
    field("KEY_PURPOSE_4", 0, 104, 4),
    field("KEY_PURPOSE_5", 0, 108, 4),
    SECURE_BOOT_EN,
    field("SECURE_BOOT_AGGRESSIVE_REVOKE", 0, 117, 1),
    DIS_DOWNLOAD_MODE,
    ENABLE_SECURITY_DOWNLOAD,
    SECURE_VERSION,
];

/// Bits of `WR_DIS` (table 4.3-1, column "Programming-Protection by EFUSE_WR_DIS Bit Number").
pub(crate) const fn wr_dis(bit: usize) -> Field {
    field("WR_DIS", 0, bit, 1)
}
/// Bits of `RD_DIS`: BLOCK4 (KEY0) is bit 0.
pub(crate) const fn rd_dis(block: usize) -> Field {
    field("RD_DIS", 0, 32 + block - 4, 1)
}
/// `RD_DIS` itself.
pub(crate) const WR_DIS_RD_DIS: usize = 0;
/// The JTAG switches.
pub(crate) const WR_DIS_JTAG: usize = 2;
/// `SPI_BOOT_CRYPT_CNT`.
pub(crate) const WR_DIS_CRYPT_COUNT: usize = 4;
/// `KEY_PURPOSE_0`; those of the other keys follow.
pub(crate) const WR_DIS_PURPOSE_0: usize = 8;
/// `BLOCK_KEY0`; the other keys follow.
pub(crate) const WR_DIS_KEY0: usize = 23;

/// BLOCK1 and BLOCK2, which the factory closes.
pub(crate) const WR_DIS_FACTORY: [usize; 2] = [20, 21];

/// Values of `KEY_PURPOSE_n` (table 4.3-3, "Secure Key Purpose Values").
pub(crate) const PURPOSE_XTS_AES_128: u32 = 4;
pub(crate) const PURPOSE_SECURE_BOOT_DIGEST0: u32 = 9;

/// The blocks of KEY0 to KEY2.
pub(crate) const KEY0: usize = 4;
pub(crate) const KEY1: usize = 5;
pub(crate) const KEY2: usize = 6;
/// The block with `OPTIONAL_UNIQUE_ID` in its first 16 bytes.
pub(crate) const SYS_PART1: usize = 2;

impl Field {
    /// The value in a read-out.
    pub(crate) fn of(self, image: &Image) -> u32 {
        let bits = (0..self.width).filter(|bit| image.bit(self.block, self.bit + bit));
        bits.fold(0, |value, bit| value | 1 << bit)
    }

    /// Burns the value's bits into a plan.
    pub(crate) fn put(self, value: u32, image: &mut Image) {
        for bit in (0..self.width).filter(|bit| value >> bit & 1 != 0) {
            image.set(self.block, self.bit + bit);
        }
    }
}

#[cfg(test)]
mod tests {
    use espflash::target::efuse::esp32c3 as table;

    use super::*;

    #[test]
    fn every_field_is_where_espflash_has_it() {
        let cases = [
            (
                rd_dis(KEY0),
                espflash::target::efuse::EfuseField::new(0, 1, 32, 1),
            ),
            (DIS_USB_JTAG, table::DIS_USB_JTAG),
            (DIS_DOWNLOAD_ICACHE, table::DIS_DOWNLOAD_ICACHE),
            (
                DIS_DOWNLOAD_MANUAL_ENCRYPT,
                table::DIS_DOWNLOAD_MANUAL_ENCRYPT,
            ),
            (SOFT_DIS_JTAG, table::SOFT_DIS_JTAG),
            (DIS_PAD_JTAG, table::DIS_PAD_JTAG),
            (SPI_BOOT_CRYPT_CNT, table::SPI_BOOT_CRYPT_CNT),
            (KEY_PURPOSE_0, table::KEY_PURPOSE_0),
            (KEY_PURPOSE_2, table::KEY_PURPOSE_2),
            (SECURE_BOOT_EN, table::SECURE_BOOT_EN),
            (DIS_DOWNLOAD_MODE, table::DIS_DOWNLOAD_MODE),
            (ENABLE_SECURITY_DOWNLOAD, table::ENABLE_SECURITY_DOWNLOAD),
            (SECURE_VERSION, table::SECURE_VERSION),
            (MAC_LOW, table::MAC0),
            (MAC_HIGH, table::MAC1),
            (WAFER_MINOR_LOW, table::WAFER_VERSION_MINOR_LO),
            (WAFER_MINOR_HIGH, table::WAFER_VERSION_MINOR_HI),
            (WAFER_MAJOR, table::WAFER_VERSION_MAJOR),
        ];
        for (ours, theirs) in cases {
            let place = (theirs.block, theirs.bit_start, theirs.bit_count);
            let number = |value: usize| u32::try_from(value).unwrap();
            let here = (number(ours.block), number(ours.bit), number(ours.width));
            assert_eq!(here, place, "{}", ours.name);
        }
        for (block, theirs) in [
            (SYS_PART1, table::OPTIONAL_UNIQUE_ID),
            (KEY0, table::BLOCK_KEY0),
            (KEY1, table::BLOCK_KEY1),
            (KEY2, table::BLOCK_KEY2),
        ] {
            assert_eq!((block as u32, 0), (theirs.block, theirs.bit_start));
        }
    }
}
