//! The STM32F405 behind the traits of `cradle_firmware::device`, on the drivers of
//! `stm32f4xx-hal` as they are. What the HAL has no driver for (OTP, the device's own id) is in
//! [`chip`] and cites the reference manual, RM0090.
#![no_std]

pub mod chip;
pub mod clock;
pub mod idle;
pub mod keys;
pub mod line;
