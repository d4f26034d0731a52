//! Driver for the ESP32-C3 over its UART: the loader in its ROM, then the firmware.
//!
//! espflash connects and frames the loader's commands. Nothing of it writes eFuses: those are
//! burnt here, at register level, with a read-back of our own. No flasher stub is loaded: the ROM
//! is slower, but works the same with secure boot on.
//!
//! "TRM" is the ESP32-C3 Technical Reference Manual; "serial protocol" is Espressif's description
//! of the loader's commands in the esptool documentation.

mod boot_log;
mod device;
mod efuse;
mod elf;
mod encrypted;
mod flash;
mod identity;
mod link;
mod loader;
mod provisioner;
mod sync;

pub(crate) use device::Esp32C3Device;
