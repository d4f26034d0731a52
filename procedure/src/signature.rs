//! ECDSA P-256 / SHA-256 verification, and conversion between the two ways to write a signature.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;

/// Whether `signature` (DER) over `message` verifies with `spki` (`SubjectPublicKeyInfo`, DER).
#[must_use]
pub fn verifies(spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_public_key_der(spki);
    let signature = Signature::from_der(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
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
