//! A key on the token, as a signer.

use std::fmt;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer;
use cryptoki::mechanism::{Mechanism, MechanismType};
use p256::ecdsa::Signature;
use sha2::{Digest as _, Sha256};

use super::fault::{Failure, OrTokenFault as _};
use super::pool::Pool;
use super::seat::Open;

/// Where SHA-256 is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `CKM_ECDSA` over a digest made here: a CRL of many megabytes costs the token 32 bytes.
    HashHere,
    /// `CKM_ECDSA_SHA256`, for modules that sign nothing they have not hashed.
    HashOnToken,
}

/// Which of the two the token has.
pub(super) fn scheme(open: &mut Open) -> Result<Scheme, Failure> {
    let mechanisms = open.module.get_mechanism_list(open.slot).or_token_fault()?;
    Ok(match mechanisms.contains(&MechanismType::ECDSA) {
        true => Scheme::HashHere,
        false => Scheme::HashOnToken,
    })
}

/// A key pair on a token. The private key stays there; the token stays open while this lives.
#[derive(Clone)]
pub struct TokenKey {
    pool: Arc<Pool>,
    label: Arc<str>,
    spki: Arc<[u8]>,
}

impl TokenKey {
    pub(super) fn new(pool: Arc<Pool>, label: &str, spki: Vec<u8>) -> Self {
        Self {
            pool,
            label: label.into(),
            spki: spki.into(),
        }
    }
}

impl Signer for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let scheme = self.pool.scheme();
        let input = match scheme {
            Scheme::HashHere => Sha256::digest(message).to_vec(),
            Scheme::HashOnToken => message.to_vec(),
        };
        let (label, spki) = (Arc::clone(&self.label), Arc::clone(&self.spki));
        let raw = self.pool.run(move |open| {
            let mechanism = match scheme {
                Scheme::HashHere => Mechanism::Ecdsa,
                Scheme::HashOnToken => Mechanism::EcdsaSha256,
            };
            let private = open.private_key(&label, &spki)?;
            let signed = open.session.sign(&mechanism, private, &input);
            signed.or_token_fault()
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
            .field("label", &self.label)
            .field("spki", &hex::encode(&self.spki))
            .finish_non_exhaustive()
    }
}
