//! The crate through its public face, on databases on disk.

// Helpers of tests are tests to us, though not to the lint.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod accounts;
mod adversity;
mod audit;
mod batches;
mod cards;
mod ceremony;
mod copies;
mod crash;
mod custody;
mod exports;
mod fixture;
mod issuance;
mod life;
mod measure;
mod outbox;
mod pace;
mod people;
mod random;
mod referee;
mod releases;
mod requests;
mod search;
mod store;
mod tampering;
mod tls;
mod units;
mod verified;
mod witness;
