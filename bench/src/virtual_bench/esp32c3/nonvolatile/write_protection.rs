//! What the bits of WR_DIS close (TRM chapter "eFuse Controller", table of the parameters in
//! block 0 with the column "Programming-Protection by EFUSE_WR_DIS").

/// A bit of WR_DIS and the bits of block 0 that it closes: word, mask.
const BLOCK_0: &[(u32, usize, u32)] = &[
    // RD_DIS.
    (0, 1, 0x0000_007F),
    // DIS_ICACHE, DIS_USB_JTAG, DIS_DOWNLOAD_ICACHE, DIS_USB_SERIAL_JTAG, DIS_FORCE_DOWNLOAD,
    // DIS_TWAI, JTAG_SEL_ENABLE.
    (2, 1, 0x0000_DF00),
    // DIS_PAD_JTAG, DIS_DOWNLOAD_MANUAL_ENCRYPT.
    (2, 1, 0x0018_0000),
    // SOFT_DIS_JTAG.
    (31, 1, 0x0007_0000),
    // USB_EXCHG_PINS, VDD_SPI_AS_GPIO.
    (30, 1, 0x0600_0000),
    // WDT_DELAY_SEL.
    (3, 2, 0x0003_0000),
    // SPI_BOOT_CRYPT_CNT.
    (4, 2, 0x001C_0000),
    // SECURE_BOOT_KEY_REVOKE0 to 2.
    (5, 2, 0x0020_0000),
    (6, 2, 0x0040_0000),
    (7, 2, 0x0080_0000),
    // KEY_PURPOSE_0 to 5.
    (8, 2, 0x0F00_0000),
    (9, 2, 0xF000_0000),
    (10, 3, 0x0000_000F),
    (11, 3, 0x0000_00F0),
    (12, 3, 0x0000_0F00),
    (13, 3, 0x0000_F000),
    // SECURE_BOOT_EN, SECURE_BOOT_AGGRESSIVE_REVOKE.
    (15, 3, 0x0010_0000),
    (16, 3, 0x0020_0000),
    // FLASH_TPUW.
    (18, 3, 0xF000_0000),
    // DIS_DOWNLOAD_MODE, DIS_DIRECT_BOOT, DIS_USB_SERIAL_JTAG_ROM_PRINT,
    // DIS_USB_SERIAL_JTAG_DOWNLOAD_MODE, ENABLE_SECURITY_DOWNLOAD, UART_PRINT_CONTROL,
    // FORCE_SEND_RESUME, SECURE_VERSION.
    (18, 4, 0x3FFF_E0F7),
];

/// WR_DIS bit of block 1 (MAC_SPI_SYS); those of blocks 2 to 10 follow.
const BLOCK_1_BIT: u32 = 20;

/// Those of the bits of block 0 that can still be set.
pub(crate) fn writable_block_0(wr_dis: u32) -> [u32; 6] {
    let mut open = [u32::MAX; 6];
    for (bit, word, mask) in BLOCK_0 {
        if wr_dis >> bit & 1 != 0 {
            open[*word] &= !mask;
        }
    }
    open
}

/// Whether one of blocks 1 to 10 can no longer be burnt.
pub(crate) fn block_is_closed(wr_dis: u32, block: usize) -> bool {
    block > 0 && wr_dis >> (BLOCK_1_BIT + block as u32 - 1) & 1 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_closes_the_download_switches_and_the_rollback_counter_together() {
        let open = writable_block_0(1 << 18);
        assert_eq!(open[4] & 1, 0, "DIS_DOWNLOAD_MODE");
        assert_eq!(open[4] & 1 << 5, 0, "ENABLE_SECURITY_DOWNLOAD");
        assert_eq!(open[4] & 0xFFFF << 14, 0, "SECURE_VERSION");
    }

    #[test]
    fn a_block_has_a_bit_of_its_own() {
        assert!(block_is_closed(1 << 23, 4));
        assert!(!block_is_closed(1 << 23, 5));
    }
}
