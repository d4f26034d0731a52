//! Addresses and sizes of the STM32F405RG (RM0090 §2.3 "Memory map", table 1).

use std::ops::Range;

/// Main flash as the flash interface decodes it (RM0090 §3.3, table 5).
pub(crate) const FLASH_BASE: u32 = 0x0800_0000;
/// Size of the main flash, bytes: 1 MiB on the `G` part.
pub(crate) const FLASH_SIZE: u32 = 0x0010_0000;
/// Core-coupled memory: reached by the core's D-bus only (RM0090 §2.3.1), so no
/// instruction is ever fetched from it.
pub(crate) const CCM_BASE: u32 = 0x1000_0000;
/// Size of the core-coupled memory, bytes.
pub(crate) const CCM_SIZE: u32 = 0x0001_0000;
/// SRAM1 (112 KiB) and SRAM2 (16 KiB) lie back to back.
pub(crate) const SRAM_BASE: u32 = 0x2000_0000;
/// Size of SRAM1 and SRAM2 together, bytes.
pub(crate) const SRAM_SIZE: u32 = 0x0002_0000;

/// OTP blocks: 16 × 32 bytes (RM0090 §3.8 "One-time programmable bytes").
pub(crate) const OTP_BASE: u32 = 0x1FFF_7800;
/// 96-bit unique device ID (RM0090 §39.1).
pub(crate) const UID_BASE: u32 = 0x1FFF_7A10;
/// Flash size in KiB, 16 bits (RM0090 §39.2).
pub(crate) const FLASH_SIZE_REGISTER: u32 = 0x1FFF_7A22;
/// First address behind the modelled part of the system memory.
pub(crate) const SYSTEM_END: u32 = 0x1FFF_7A30;
/// Option bytes as memory (RM0090 §3.7.1, table 14).
pub(crate) const OPTION_BYTES_BASE: u32 = 0x1FFF_C000;
/// Size of the option byte window, bytes.
pub(crate) const OPTION_BYTES_SIZE: u32 = 0x10;

/// Everything from the first APB1 to the last AHB2 register.
pub(crate) const PERIPHERALS: Range<u32> = 0x4000_0000..0x5006_1000;

pub(crate) const RTC_BKP_BASE: u32 = 0x4000_2800;
pub(crate) const IWDG_BASE: u32 = 0x4000_3000;
pub(crate) const I2C1_BASE: u32 = 0x4000_5400;
pub(crate) const I2C2_BASE: u32 = 0x4000_5800;
pub(crate) const I2C3_BASE: u32 = 0x4000_5C00;
pub(crate) const PWR_BASE: u32 = 0x4000_7000;
pub(crate) const USART1_BASE: u32 = 0x4001_1000;
pub(crate) const SYSCFG_BASE: u32 = 0x4001_3800;
pub(crate) const EXTI_BASE: u32 = 0x4001_3C00;
pub(crate) const GPIOA_BASE: u32 = 0x4002_0000;
pub(crate) const GPIOI_END: u32 = 0x4002_2400;
pub(crate) const RCC_BASE: u32 = 0x4002_3800;
pub(crate) const FLASH_REG_BASE: u32 = 0x4002_3C00;
pub(crate) const RNG_BASE: u32 = 0x5006_0800;
/// Register blocks sit 1 KiB apart.
pub(crate) const BLOCK: u32 = 0x400;

/// Private peripheral bus (DDI0403 B3.1).
pub(crate) const PPB: Range<u32> = 0xE000_0000..0xE010_0000;
/// ST's debug support registers (RM0090 §38.16.3).
pub(crate) const DBGMCU_BASE: u32 = 0xE004_2000;
