//! ECDSA P-256 over SHA-256 (FIPS 186-5), and the two shapes a public key comes in.

use cradle_protocol::layout::Region;
use cradle_protocol::limits::MAX_SIGNATURE;
use cradle_protocol::message::PublicKey;
use p256::ecdsa::Signature;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, NistP256, SecretKey};
use sha2::{Digest, Sha256};

use crate::der::{signature_from_der, signature_to_der};
use crate::device::Flash;

/// Flash read at once to be hashed, in bytes.
const PIECE: u32 = 4096;

/// Length of a P-256 `SubjectPublicKeyInfo` DER.
pub const SPKI_LENGTH: usize = 91;

/// RFC 5480 §2.1: everything before the point is the same for every P-256 key.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// SHA-256 (FIPS 180-4).
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of a region of flash, read piece by piece.
pub(crate) fn sha256_of_flash(flash: &mut impl Flash, region: Region) -> [u8; 32] {
    let mut digest = Sha256::new();
    for start in (region.start..region.end()).step_by(PIECE as usize) {
        let length = PIECE.min(region.end() - start);
        digest.update(flash.bytes(Region { start, length }));
    }
    digest.finalize().into()
}

/// The key as `SubjectPublicKeyInfo` DER.
#[must_use]
pub fn spki(key: &PublicKey) -> [u8; SPKI_LENGTH] {
    let mut bytes = [0; SPKI_LENGTH];
    let (prefix, point) = bytes.split_at_mut(SPKI_PREFIX.len());
    prefix.copy_from_slice(&SPKI_PREFIX);
    point.copy_from_slice(&key.to_sec1());
    bytes
}

/// Reads a P-256 `SubjectPublicKeyInfo` DER.
pub(crate) fn from_spki(bytes: &[u8]) -> Option<PublicKey> {
    PublicKey::from_sec1(bytes.strip_prefix(&SPKI_PREFIX)?)
}

/// Verifies a DER signature of `digest`.
pub(crate) fn verify_der(key: &PublicKey, digest: &[u8; 32], signature: &[u8]) -> bool {
    signature_from_der(signature).is_some_and(|signature| verify(key, digest, &signature))
}

/// Verifies an r ‖ s signature of `digest`.
#[must_use]
pub fn verify_raw(key: &PublicKey, digest: &[u8; 32], signature: &[u8]) -> bool {
    signature
        .try_into()
        .is_ok_and(|signature| verify(key, digest, signature))
}

/// Goes round `VerifyingKey`, which would bring decompression of points and a DER library: too
/// much for the bootloader. That the point lies on the curve is checked all the same.
fn verify(key: &PublicKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let point = AffinePoint::from_coordinates(&key.x.into(), &key.y.into()).into_option();
    let (Some(point), Ok(signature)) = (point, Signature::from_slice(signature)) else {
        return false;
    };
    ecdsa::hazmat::verify_prehashed::<NistP256>(&point.into(), digest, &signature).is_ok()
}

/// The public key of a private one; `None` if the bytes are no private key (0, or at least the
/// group's order).
#[must_use]
pub fn public_key(private: &[u8; 32]) -> Option<PublicKey> {
    let point = SecretKey::from_slice(private).ok()?.public_key();
    PublicKey::from_sec1(point.to_sec1_point(false).as_bytes())
}

/// Signs `digest` (deterministic, RFC 6979); `None` if the bytes are no private key. Does not
/// compute the public key, which would cost as much again.
#[must_use]
pub fn sign(private: &[u8; 32], digest: &[u8; 32]) -> Option<[u8; 64]> {
    let secret = SecretKey::from_slice(private).ok()?;
    let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, Sha256>(
        &secret.to_nonzero_scalar(),
        digest,
        &[],
    );
    Some(signature.to_bytes().into())
}

/// An r ‖ s signature as DER `Ecdsa-Sig-Value`; written to `out`.
pub fn to_der<'o>(signature: &[u8; 64], out: &'o mut [u8; MAX_SIGNATURE]) -> &'o [u8] {
    let length = signature_to_der(signature, out);
    &out[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_verifies_in_both_shapes() {
        let private = [7; 32];
        let key = public_key(&private).unwrap();
        let digest = sha256(b"message");
        let signature = sign(&private, &digest).unwrap();
        assert!(verify_raw(&key, &digest, &signature));
        let mut der = [0; MAX_SIGNATURE];
        assert!(verify_der(&key, &digest, to_der(&signature, &mut der)));
        assert!(!verify_raw(&key, &sha256(b"another"), &signature));
    }

    #[test]
    fn a_key_survives_the_trip_through_spki() {
        let key = public_key(&[9; 32]).unwrap();
        assert_eq!(from_spki(&spki(&key)), Some(key));
        assert_eq!(from_spki(&spki(&key)[..90]), None);
    }

    #[test]
    fn a_point_off_the_curve_verifies_nothing() {
        let private = [7; 32];
        let digest = sha256(b"message");
        let signature = sign(&private, &digest).unwrap();
        let mut key = public_key(&private).unwrap();
        key.y[31] ^= 1;
        assert!(!verify_raw(&key, &digest, &signature));
    }

    #[test]
    fn zero_and_the_group_order_are_no_private_keys() {
        assert_eq!(public_key(&[0; 32]), None);
        assert_eq!(public_key(&[0xFF; 32]), None);
        assert_eq!(sign(&[0; 32], &[1; 32]), None);
    }
}
