//! A key on the token, as a signer.

use std::fmt;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use p256::ecdsa::Signature;
use sha2::{Digest as _, Sha256};

use super::fault::OrTokenFault as _;
use super::object::Pair;
use super::owner::Owner;

/// Where SHA-256 is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `CKM_ECDSA` over a digest made here: a CRL of many megabytes costs the token 32 bytes.
    HashHere,
    /// `CKM_ECDSA_SHA256`, for modules that sign nothing they have not hashed.
    HashOnToken,
}

/// A key pair on a token. The private key stays there; the session stays open while this lives.
#[derive(Clone)]
pub struct TokenKey {
    owner: Arc<Owner>,
    private: ObjectHandle,
    spki: Vec<u8>,
}

impl TokenKey {
    pub(super) fn new(owner: Arc<Owner>, pair: Pair) -> Self {
        Self {
            owner,
            private: pair.private,
            spki: pair.spki,
        }
    }
}

impl Signer for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let (private, scheme) = (self.private, self.owner.scheme());
        let input = match scheme {
            Scheme::HashHere => Sha256::digest(message).to_vec(),
            Scheme::HashOnToken => message.to_vec(),
        };
        let raw = self.owner.run(move |session| {
            let mechanism = match scheme {
                Scheme::HashHere => Mechanism::Ecdsa,
                Scheme::HashOnToken => Mechanism::EcdsaSha256,
            };
            session.sign(&mechanism, private, &input).or_token_fault()
        })?;
        // PKCS#11 v3.1 §6.3.1: the token gives r ‖ s.
        let signature = Signature::from_slice(&raw)
            .map_err(|_| Fault::new(Code::TokenFailed, "C_Sign: not a P-256 signature"))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn public_key(&self) -> &[u8] {
        &self.spki
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("spki", &hex::encode(&self.spki))
            .finish_non_exhaustive()
    }
}
