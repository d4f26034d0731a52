//! The production sample, linked for bank A.
#![no_std]
#![no_main]

#[path = "../application.rs"]
mod application;
