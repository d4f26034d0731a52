//! What the eFuses say (TRM chapter 4). They are read here. Burning them is the station's work,
//! through the ROM loader; only the key of the flash is made and burnt by the chip itself
//! ([`crate::flash_key`]).

use cradle_protocol::message::ChipUid;
use esp32c3::EFUSE;

/// WR_DIS bit of BLOCK_KEY1, which holds the root key's hash (TRM table 4-3).
const KEY1_WRITE_PROTECTED: u32 = 1 << 24;
/// RD_DIS bit of BLOCK_KEY1 (TRM §4.3.1.3).
const KEY1_UNREADABLE: u8 = 1 << 1;
/// KEY_PURPOSE_n: for the user (TRM table 4-2).
const PURPOSE_USER: u8 = 0;

/// Read protection as attestations say it.
const OPEN: u8 = 0xAA;
const LOCKED: u8 = 0x55;
const FOR_EVER: u8 = 0xCC;

/// Factory MAC address, as printed, then the first six bytes of OPTIONAL_UNIQUE_ID.
pub fn uid(fuses: &EFUSE) -> ChipUid {
    let [m5, m4, m3, m2] = fuses.rd_mac_spi_sys_0().read().bits().to_le_bytes();
    let [m1, m0, ..] = fuses.rd_mac_spi_sys_1().read().bits().to_le_bytes();
    let [a, b, c, d] = fuses.rd_sys_part1_data0().read().bits().to_le_bytes();
    let [e, f, ..] = fuses.rd_sys_part1_data1().read().bits().to_le_bytes();
    [m0, m1, m2, m3, m4, m5, a, b, c, d, e, f]
}

/// BLOCK_KEY1 as it reads.
pub fn root_key_block(fuses: &EFUSE) -> [u8; 32] {
    let words = [
        fuses.rd_key1_data0().read().bits(),
        fuses.rd_key1_data1().read().bits(),
        fuses.rd_key1_data2().read().bits(),
        fuses.rd_key1_data3().read().bits(),
        fuses.rd_key1_data4().read().bits(),
        fuses.rd_key1_data5().read().bits(),
        fuses.rd_key1_data6().read().bits(),
        fuses.rd_key1_data7().read().bits(),
    ];
    core::array::from_fn(|at| words[at / 4].to_le_bytes()[at % 4])
}

/// Whether BLOCK_KEY1 is the user's and readable: then it holds what was burnt there.
pub fn holds_root_key(fuses: &EFUSE) -> bool {
    let purpose = fuses.rd_repeat_data1().read().key_purpose_1().bits();
    let unreadable = fuses.rd_repeat_data0().read().rd_dis().bits() & KEY1_UNREADABLE;
    purpose == PURPOSE_USER && unreadable == 0
}

/// Whether nothing can be burnt into BLOCK_KEY1 any more.
pub fn root_key_locked(fuses: &EFUSE) -> bool {
    fuses.rd_wr_dis().read().bits() & KEY1_WRITE_PROTECTED != 0
}

/// Whether the ROM and the cache decrypt flash: an odd number of bits is set.
pub fn flash_is_encrypted(fuses: &EFUSE) -> bool {
    let count = fuses.rd_repeat_data1().read().spi_boot_crypt_cnt().bits();
    count.count_ones() % 2 == 1
}

/// How many bits of SECURE_VERSION are burnt.
pub fn counter(fuses: &EFUSE) -> u32 {
    let version = fuses.rd_repeat_data3().read().secure_version().bits();
    version.count_ones()
}

/// Who can still get in: through JTAG, on pads or by USB, or through the ROM loader. JTAG that
/// is only switched off softly comes back by HMAC, so it counts as restricted, not as gone.
pub fn read_protection(fuses: &EFUSE) -> u8 {
    let (data0, data3) = (
        fuses.rd_repeat_data0().read(),
        fuses.rd_repeat_data3().read(),
    );
    let pads_off = data0.dis_pad_jtag().bit_is_set();
    let usb_off = data0.dis_usb_jtag().bit_is_set();
    let soft_off = data0.soft_dis_jtag().bits().count_ones() % 2 == 1;
    let loader_restricted =
        data3.enable_security_download().bit_is_set() || data3.dis_download_mode().bit_is_set();
    if pads_off && usb_off && loader_restricted {
        FOR_EVER
    } else if pads_off || usb_off || soft_off || loader_restricted {
        LOCKED
    } else {
        OPEN
    }
}
