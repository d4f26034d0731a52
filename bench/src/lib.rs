//! The drivers (probe-rs, UART, power) and the virtual bench they cannot tell from hardware.
//!
//! [`Bench`] has numbered fixture positions. Each is a [`Slot`]: a debug probe, a serial port
//! and a switch for the supply. [`Bench::open`] puts the driver for a target profile on top of
//! one and gives a `cradle_procedure::ports::Device`; nothing above can tell which kind of slot
//! lies below it.

mod agent;
mod bench;
mod conversation;
mod esp32;
mod hardware;
pub mod measure;
mod provisioner;
mod sensing;
mod slot;
mod stm32;
pub mod virtual_bench;
mod virtual_slot;

pub use bench::{Bench, SlotInfo};
pub use hardware::{BenchConfig, HardwareSlot, ProbeAddress, SlotConfig};
pub use slot::{BootMode, Slot};
pub use virtual_slot::VirtualSlot;
