//! The production sample of boards with a secure element, linked for bank B.
#![no_std]
#![no_main]

#[path = "../application.rs"]
mod application;

/// Where the device key lives.
type Keys = cradle_stm32f405::keys::ElementKeys;
