//! ECDSA verification, and conversion between the two ways to write a P-256 signature.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;

use crate::curve::Curve;

/// Whether `signature` (DER) over `message` verifies with `spki` (`SubjectPublicKeyInfo`, DER): on
/// P-256 with SHA-256, on P-384 with SHA-384.
#[must_use]
pub fn verifies(spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let verified = match Curve::of_key(spki) {
        Some(Curve::P256) => p256_verifies(spki, message, signature),
        Some(Curve::P384) => p384_verifies(spki, message, signature),
        None => None,
    };
    verified.is_some()
}

fn p256_verifies(spki: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = VerifyingKey::from_public_key_der(spki).ok()?;
    key.verify(message, &Signature::from_der(signature).ok()?)
        .ok()
}

fn p384_verifies(spki: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_public_key_der(spki).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify(message, &signature).ok()
}

/// DER `Ecdsa-Sig-Value` to r ‖ s.
#[must_use]
pub fn der_to_raw(der: &[u8]) -> Option<[u8; 64]> {
    let signature = Signature::from_der(der).ok()?;
    Some(signature.to_bytes().into())
}

/// The SEC 1 point inside a P-256 `SubjectPublicKeyInfo`.
#[must_use]
pub fn public_key(spki: &[u8]) -> Option<cradle_protocol::message::PublicKey> {
    let key = VerifyingKey::from_public_key_der(spki).ok()?;
    cradle_protocol::message::PublicKey::from_sec1(key.to_sec1_point(false).as_bytes())
}
