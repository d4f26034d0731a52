//! The production sample, linked for bank B.
#![no_std]
#![no_main]

#[path = "../application.rs"]
mod application;

/// Where the device key lives.
type Keys = cradle_firmware::key_store::InternalFlash;
