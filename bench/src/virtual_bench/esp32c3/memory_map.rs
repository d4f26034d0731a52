//! Addresses and sizes of the ESP32-C3 (TRM chapter "System and Memory", tables of internal
//! memory and of the peripheral address mapping; base addresses also in the `esp32c3` crate).

use std::ops::Range;

/// Internal SRAM, bytes: SRAM0 (16 KiB) and SRAM1 (384 KiB).
pub(crate) const SRAM_SIZE: u32 = SRAM0_SIZE + 0x6_0000;
/// SRAM0 lies below SRAM1 on the instruction bus and is not on the data bus.
pub(crate) const SRAM0_SIZE: u32 = 0x4000;
/// SRAM as the instruction bus sees it: SRAM0, then SRAM1 from 0x4038_0000.
pub(crate) const IRAM: Range<u32> = 0x4037_C000..0x403E_0000;
/// SRAM1 as the data bus sees it.
pub(crate) const DRAM: Range<u32> = 0x3FC8_0000..0x3FCE_0000;
/// The mask ROM on the instruction bus. What it does is modelled, its code is not.
pub(crate) const ROM: Range<u32> = 0x4000_0000..0x4006_0000;

/// Flash through the cache, on the data bus.
pub(crate) const DROM: Range<u32> = 0x3C00_0000..0x3C80_0000;

/// Everything that is registers.
pub(crate) const PERIPHERALS: Range<u32> = 0x6000_0000..0x600D_1000;
/// Register blocks are told apart by these bits.
pub(crate) const BLOCK_MASK: u32 = !0xFFF;

pub(crate) const UART0: u32 = 0x6000_0000;
pub(crate) const SPI1: u32 = 0x6000_2000;
pub(crate) const GPIO: u32 = 0x6000_4000;
/// Low-power management; the eFuse controller is in the upper half of the same 4 KiB.
pub(crate) const RTC_CNTL: u32 = 0x6000_8000;
/// Offset of the eFuse controller behind [`RTC_CNTL`].
pub(crate) const EFUSE_OFFSET: u32 = 0x800;
pub(crate) const TIMG0: u32 = 0x6001_F000;
pub(crate) const TIMG1: u32 = 0x6002_0000;
pub(crate) const SYSTIMER: u32 = 0x6002_3000;
pub(crate) const APB_CTRL: u32 = 0x6002_6000;
pub(crate) const SYSTEM: u32 = 0x600C_0000;

/// The cache.
pub(crate) const EXTMEM: u32 = 0x600C_4000;
/// The MMU of the cache.
pub(crate) const MMU_TABLE: u32 = 0x600C_5000;
pub(crate) const XTS_AES: u32 = 0x600C_C000;

/// Size of the flash beside the chip, bytes.
pub(crate) const FLASH_SIZE: u32 = 0x40_0000;
