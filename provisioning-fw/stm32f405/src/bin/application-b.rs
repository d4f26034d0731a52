//! The production sample, linked for bank B.
#![no_std]
#![no_main]

#[path = "../application.rs"]
mod application;
