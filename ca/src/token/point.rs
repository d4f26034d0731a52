//! `CKA_EC_POINT` to a public key.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use der::asn1::OctetStringRef;
use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use p256::PublicKey;
use p256::pkcs8::EncodePublicKey as _;

/// namedCurve secp256r1 (RFC 5480 §2.1.1.1), as `CKA_EC_PARAMS` holds it.
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// An uncompressed P-256 point: 04 ‖ x ‖ y (SEC 1 §2.3.3).
const POINT_BYTES: usize = 65;

/// `CKA_EC_PARAMS` of P-256.
pub(super) fn p256_parameters() -> Result<Vec<u8>, Fault> {
    P256.to_der().or_fault(Code::Internal)
}

/// The `SubjectPublicKeyInfo` (DER) of a `CKA_EC_POINT`.
///
/// PKCS#11 v2.20 §12.3.3 meant it to be wrapped in an OCTET STRING; some modules give the point
/// as it is. A bare uncompressed point is told apart by its length.
pub(super) fn public_key(attribute: &[u8]) -> Result<Vec<u8>, Fault> {
    let point = if attribute.len() == POINT_BYTES {
        attribute
    } else {
        <&OctetStringRef>::from_der(attribute)
            .or_fault(Code::TokenKey)?
            .as_bytes()
    };
    let key = PublicKey::from_sec1_bytes(point)
        .map_err(|_| Fault::new(Code::TokenKey, "CKA_EC_POINT: not a point on P-256"))?;
    let document = key.to_public_key_der().or_fault(Code::TokenKey)?;
    Ok(document.into_vec())
}

#[cfg(test)]
mod tests {
    use der::asn1::OctetString;

    use super::*;

    /// The generator of P-256 (SEC 2 §2.4.2).
    const G: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                     4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    #[test]
    fn bare_and_wrapped_points_give_the_same_key() {
        let bare = hex::decode(G).unwrap();
        let wrapped = OctetString::new(bare.clone()).unwrap().to_der().unwrap();
        assert_eq!(wrapped.len(), 67);
        assert_eq!(public_key(&bare).unwrap(), public_key(&wrapped).unwrap());
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let mut bare = hex::decode(G).unwrap();
        bare[64] ^= 1;
        for point in [&bare[..], &[4; 65], &[0; 65], &[], &[4, 0]] {
            assert_eq!(public_key(point).unwrap_err().code, Code::TokenKey);
        }
    }
}
