//! The ESP32-C3 behind the traits of `cradle_firmware::device`, on registers as Espressif's SVD
//! describes them. Chapters cited as TRM are of the ESP32-C3 Technical Reference Manual.
//!
//! No code of the mask ROM is called, no interrupt taken, and flash is read through SPI1, not
//! through the cache: what runs is what was copied into RAM and verified there.
#![no_std]

pub mod chip;
pub mod clock;
pub mod efuse;
pub mod flash;
pub mod line;
pub mod noise;
pub mod random;
pub mod start;
pub mod watchdog;
pub mod window;
