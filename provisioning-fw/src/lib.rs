//! Device side, portable part: image acceptance, boot decision, key store, agent, provisioner.
//!
//! `no_std`, no heap. What a chip must offer is in [`device`]; the STM32F405 programs that use
//! this library are in `stm32f405/`.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod accept;
pub mod agent;
pub mod boot;
pub mod crypto;
mod der;
pub mod device;
mod flash_cipher;
pub mod key_store;
pub mod otp;
pub mod provisioner;
pub mod recovery;
pub mod report;
pub mod secure_element;
pub mod store;
pub mod trng_health;
pub mod update;
mod wipe;

#[cfg(test)]
mod copied_tests;
#[cfg(test)]
mod model;
