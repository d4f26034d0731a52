//! The provisioner.
#![no_std]
#![no_main]

#[path = "../provisioner.rs"]
mod provisioner;

/// Where the device key lives.
type Keys = cradle_firmware::key_store::InternalFlash;
