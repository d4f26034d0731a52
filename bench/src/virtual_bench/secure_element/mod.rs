//! An ATECC608B-TNGTLS on the I²C bus: the commands that a device key and the certificates of its
//! maker need.
//!
//! Sources: Microchip's ATECC608B data sheet (summary, DS40002239) for the interface and the
//! zones, the complete ATECC508A data sheet (DS20005927) for zones and commands that the
//! summary leaves out, and CryptoAuthLib (`lib/calib`) for packets and execution times. What
//! is not modelled answers with a parse error.

mod command;
mod counterfeit;
mod element;
mod maker;
mod packet;
mod zones;

#[cfg(test)]
mod tests;

pub use counterfeit::Counterfeit;
pub(crate) use element::Element;
pub use element::ElementPreset;
