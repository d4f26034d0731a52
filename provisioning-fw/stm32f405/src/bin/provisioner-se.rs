//! The provisioner of boards with a secure element.
#![no_std]
#![no_main]

#[path = "../provisioner.rs"]
mod provisioner;

/// Where the device key lives.
type Keys = cradle_stm32f405::keys::ElementKeys;
