//! The order of irreversible acts.
//!
//! Steps, plans, proofs, events and ports. Nothing here touches a device, a disk, a clock or a
//! thread: whoever calls brings those through [`ports`].

pub mod attestation;
mod boot_signature;
pub mod chip;
pub mod curve;
pub mod element;
mod family;
pub mod fault;
pub mod ids;
pub mod image;
pub mod inspection;
pub mod journal;
mod named;
pub mod pace;
pub mod pki;
pub mod plan;
pub mod ports;
pub mod profile;
pub mod provision;
pub mod release;
mod retirement;
mod revocation;
pub mod role;
pub mod signature;
pub mod step;
pub mod tls;
