//! The ESP32-C3 behind the traits of `cradle_firmware::device`, on registers as Espressif's SVD
//! describes them. Chapters cited as TRM are of the ESP32-C3 Technical Reference Manual.
//!
//! No code of the mask ROM is called and no interrupt taken. Flash is read through SPI1, and
//! through the cache only where it is encrypted: what runs is what was copied into RAM and
//! verified there.
#![no_std]

pub mod burner;
pub mod chip;
pub mod cipher;
pub mod clock;
pub mod efuse;
pub mod flash;
pub mod flash_key;
pub mod line;
pub mod noise;
pub mod random;
pub mod start;
pub mod watchdog;
pub mod window;
