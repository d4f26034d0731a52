//! A key on the token, as a signer.

use std::fmt;
use std::sync::Arc;

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer;
use cryptoki::mechanism::{Mechanism, MechanismType};
use sha2::{Digest as _, Sha256, Sha384};

use super::fault::{Failure, OrTokenFault as _};
use super::object::Pair;
use super::pool::Pool;
use super::seat::Open;

/// Where the hash is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `CKM_ECDSA` over a digest made here: a CRL of many megabytes costs the token as many bytes as the
    /// digest has.
    HashHere,
    /// `CKM_ECDSA_SHA256` or `…SHA384`, for modules that sign nothing they have not hashed.
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
    curve: Curve,
}

impl TokenKey {
    pub(super) fn new(pool: Arc<Pool>, label: &str, pair: Pair) -> Self {
        Self {
            pool,
            label: label.into(),
            spki: pair.spki.into(),
            curve: pair.curve,
        }
    }
}

impl Signer for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let (curve, scheme) = (self.curve, self.pool.scheme());
        let input = match (scheme, curve) {
            (Scheme::HashHere, Curve::P256) => Sha256::digest(message).to_vec(),
            (Scheme::HashHere, Curve::P384) => Sha384::digest(message).to_vec(),
            (Scheme::HashOnToken, _) => message.to_vec(),
        };
        let (label, spki) = (Arc::clone(&self.label), Arc::clone(&self.spki));
        let raw = self.pool.run(move |open| {
            let mechanism = match (scheme, curve) {
                (Scheme::HashHere, _) => Mechanism::Ecdsa,
                (Scheme::HashOnToken, Curve::P256) => Mechanism::EcdsaSha256,
                (Scheme::HashOnToken, Curve::P384) => Mechanism::EcdsaSha384,
            };
            let private = open.private_key(&label, &spki)?;
            let signed = open.session.sign(&mechanism, private, &input);
            signed.or_token_fault()
        })?;
        encoded(curve, &raw).ok_or_else(|| {
            let detail = format!("C_Sign: not a signature on {curve}");
            Fault::new(Code::TokenFailed, detail)
        })
    }

    fn public_key(&self) -> &[u8] {
        &self.spki
    }
}

/// `Ecdsa-Sig-Value` (DER) of what the token gives: r ‖ s (PKCS#11 v3.1 §6.3.1).
fn encoded(curve: Curve, raw: &[u8]) -> Option<Vec<u8>> {
    Some(match curve {
        Curve::P256 => p256::ecdsa::Signature::from_slice(raw)
            .ok()?
            .to_der()
            .as_bytes()
            .to_vec(),
        Curve::P384 => p384::ecdsa::Signature::from_slice(raw)
            .ok()?
            .to_der()
            .as_bytes()
            .to_vec(),
    })
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("label", &self.label)
            .field("spki", &hex::encode(&self.spki))
            .finish_non_exhaustive()
    }
}
