//! What the station and the device both say.
//!
//! `no_std`, no heap: the same code runs in the bootloader and on the desktop. Everything a
//! peer sends is bounded by [`limits`], and whatever is not understood is an error.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod attestation;
mod cbor;
pub mod frame;
pub mod image;
pub mod layout;
pub mod limits;
pub mod message;
pub mod metadata;
