//! A key pair of the station's side.

use cradle_protocol::message::PublicKey;

use crate::crypto::{public_key, sha256, sign, spki};

#[derive(Clone, Copy)]
pub(crate) struct Signer([u8; 32]);

impl Signer {
    pub(crate) const fn new(seed: u8) -> Self {
        Self([seed; 32])
    }

    pub(crate) fn public(self) -> PublicKey {
        public_key(&self.0).unwrap()
    }

    pub(crate) fn spki(self) -> [u8; 91] {
        spki(&self.public())
    }

    /// What OTP holds of a root key.
    pub(crate) fn hash(self) -> [u8; 32] {
        sha256(&self.spki())
    }

    pub(crate) fn sign(self, message: &[u8]) -> [u8; 64] {
        sign(&self.0, &sha256(message)).unwrap()
    }
}
