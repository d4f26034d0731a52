//! Whose make a secure element is: the certificates that its maker left in it, compressed, rebuilt
//! and verified up to a root that the profile pins.
//!
//! As Microchip's Trust&GO TLS elements have it (ATECC608B-TNGTLS): CryptoAuthLib, `atcacert` and
//! the certificate definitions `tngtls_cert_def_1_signer` and `tngtls_cert_def_3_device`.

mod chain;
mod compressed;
mod root;
mod template;

use cradle_protocol::limits::MAX_ELEMENT_FILE;
use cradle_protocol::message::{ChipUid, Nonce, element_statement};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::fault::{Code, Fault};

pub use chain::Chain;
pub use compressed::{Compressed, Dates, SignerId};
pub use root::Root;
pub use template::{Device, Signer};

/// X ‖ Y.
pub type Point = [u8; 64];

/// What the maker put into an element, as it was read from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementFiles {
    /// Serial number.
    pub serial: [u8; 9],
    /// EUI-48 as hexadecimal text.
    pub eui48: [u8; 12],
    /// The certified key, as the element computes it.
    pub public_key: Point,
    /// Compressed certificate of that key.
    pub device: [u8; MAX_ELEMENT_FILE],
    /// The signer's key, padded.
    pub signer_key: [u8; MAX_ELEMENT_FILE],
    /// Compressed certificate of the signer.
    pub signer: [u8; MAX_ELEMENT_FILE],
}

impl ElementFiles {
    /// The serial number as it is written.
    #[must_use]
    pub fn serial_text(&self) -> String {
        hex::encode_upper(self.serial)
    }

    /// The signer's key without its padding: four bytes before each coordinate (`atcacert`,
    /// `atcacert_public_key_remove_padding`).
    fn signer_point(&self) -> Point {
        let mut point = [0; 64];
        point[..32].copy_from_slice(&self.signer_key[4..36]);
        point[32..].copy_from_slice(&self.signer_key[40..]);
        point
    }

    /// Checks that the element has the certified key: it signed
    /// [`element_statement`] with it.
    ///
    /// # Errors
    /// `DEV-28`.
    pub fn proves(&self, uid: &ChipUid, nonce: &Nonce, signature: &[u8; 64]) -> Result<(), Fault> {
        let verified = verifying_key(&self.public_key).zip(Signature::from_slice(signature).ok());
        let verified = verified.is_some_and(|(key, signature)| {
            key.verify(&element_statement(uid, nonce), &signature)
                .is_ok()
        });
        let why = "it does not have the private key of its certificate";
        verified.then_some(()).ok_or_else(|| foreign(why))
    }
}

/// An uncompressed SEC 1 point.
fn sec1(point: &Point) -> [u8; 65] {
    let mut bytes = [4; 65];
    bytes[1..].copy_from_slice(point);
    bytes
}

fn verifying_key(point: &Point) -> Option<VerifyingKey> {
    VerifyingKey::from_sec1_bytes(&sec1(point)).ok()
}

fn foreign(why: impl std::fmt::Display) -> Fault {
    Fault::new(Code::ElementForeign, why)
}

#[cfg(test)]
mod tests;
