//! `CKA_EC_PARAMS` and `CKA_EC_POINT`, to and from a public key.

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use der::asn1::OctetStringRef;
use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};

/// `CKA_EC_PARAMS` of a curve: its name (RFC 5480 §2.1.1.1).
pub(super) fn parameters(curve: Curve) -> Result<Vec<u8>, Fault> {
    curve.oid().to_der().or_fault(Code::Internal)
}

/// The curve of a `CKA_EC_PARAMS`, if it is one of ours.
pub(super) fn curve(parameters: &[u8]) -> Option<Curve> {
    let oid = ObjectIdentifier::from_der(parameters).ok()?;
    Curve::ALL.iter().copied().find(|curve| curve.oid() == oid)
}

/// The `SubjectPublicKeyInfo` (DER) of a `CKA_EC_POINT`.
///
/// PKCS#11 v2.20 §12.3.3 meant it to be wrapped in an OCTET STRING; some modules give the point
/// as it is. A bare uncompressed point is told apart by its length.
pub(super) fn public_key(curve: Curve, attribute: &[u8]) -> Result<Vec<u8>, Fault> {
    let point = if attribute.len() == curve.point_bytes() {
        attribute
    } else {
        <&OctetStringRef>::from_der(attribute)
            .or_fault(Code::TokenKey)?
            .as_bytes()
    };
    curve.public_key(point).ok_or_else(|| {
        Fault::new(
            Code::TokenKey,
            format!("CKA_EC_POINT: not a point on {curve}"),
        )
    })
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
        let key = |attribute: &[u8]| public_key(Curve::P256, attribute).unwrap();
        assert_eq!(key(&bare), key(&wrapped));
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let mut bare = hex::decode(G).unwrap();
        bare[64] ^= 1;
        for point in [&bare[..], &[4; 65], &[0; 65], &[], &[4, 0]] {
            for curve in Curve::ALL {
                let fault = public_key(*curve, point).unwrap_err();
                assert_eq!(fault.code, Code::TokenKey);
            }
        }
    }
}
