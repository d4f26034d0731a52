//! An emulated board with an ESP32-C3 (revision v0.4), 4 MiB of flash and a serial cable.
//!
//! What the mask ROM does is modelled on the host; programs run on an RV32IMC core against
//! registers at their real addresses. Rules cite the ESP32-C3 technical reference manual (TRM) by
//! chapter.

mod board;
mod chip;
mod cold_boot;
mod config;
mod core;
mod line;
mod link;
mod listening;
mod memory_map;
mod nonvolatile;
mod peripherals;
mod ram;
mod remains;
mod reset;
mod rom;
mod run_loop;
mod snapshot;
mod xts;

pub use board::EspBoard;
pub use cold_boot::{EspColdBoot, EspEnding};
pub use config::EspConfig;
pub use core::Trap;
pub use link::EspLink;
pub use remains::{EspOperation, EspRemains};
