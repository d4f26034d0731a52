//! The rules of ARCHITECTURE.md that a machine can hold.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

#[path = "architecture/dependencies.rs"]
mod dependencies;
#[path = "architecture/manifests.rs"]
mod manifests;
#[path = "architecture/sources.rs"]
mod sources;
