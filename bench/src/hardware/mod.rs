//! Slots made of real probes, serial ports and switched supplies.

mod config;
mod power;
mod slot;
mod usb;

pub use config::{BenchConfig, ProbeAddress, SlotConfig};
pub use slot::HardwareSlot;
