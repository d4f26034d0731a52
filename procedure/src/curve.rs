//! The curves of the keys that certificates are for and that sign them.

use p256::pkcs8::EncodePublicKey as _;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use cradle_protocol::message::PublicKey;

use crate::named::named;

/// id-ecPublicKey (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

named! {
    /// A curve, and with it the hash of its signatures: SHA-256 on P-256, SHA-384 on P-384
    /// (NIST SP 800-57 part 1 §5.6.2).
    Curve {
        /// secp256r1.
        P256 = "p256",
        /// secp384r1.
        P384 = "p384",
    }
}

impl Curve {
    /// That of a key (`SubjectPublicKeyInfo`, DER); `None` if it is none of these.
    #[must_use]
    pub fn of_key(spki: &[u8]) -> Option<Self> {
        let key = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
        let named: ObjectIdentifier = key.algorithm.parameters?.decode_as().ok()?;
        let curve = Self::ALL.iter().find(|curve| curve.oid() == named)?;
        (key.algorithm.oid == EC_PUBLIC_KEY).then_some(*curve)
    }

    /// Its name in a `SubjectPublicKeyInfo` (RFC 5480 §2.1.1.1).
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
            Self::P384 => ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        }
    }

    /// Bytes of an uncompressed point: 04 ‖ x ‖ y (SEC 1 §2.3.3).
    #[must_use]
    pub const fn point_bytes(self) -> usize {
        match self {
            Self::P256 => 1 + 2 * 32,
            Self::P384 => 1 + 2 * 48,
        }
    }

    /// The `SubjectPublicKeyInfo` (DER) of a point (SEC 1 §2.3.3); `None` if it is not on this
    /// curve.
    #[must_use]
    pub fn public_key(self, point: &[u8]) -> Option<Vec<u8>> {
        let document = match self {
            Self::P256 => p256::PublicKey::from_sec1_bytes(point)
                .ok()?
                .to_public_key_der(),
            Self::P384 => p384::PublicKey::from_sec1_bytes(point)
                .ok()?
                .to_public_key_der(),
        };
        Some(document.ok()?.into_vec())
    }
}

/// The key that a certificate is for. Whether its point lies on the curve is not checked here:
/// [`SubjectKey::spki`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKey {
    curve: Curve,
    point: Vec<u8>,
}

impl SubjectKey {
    /// A key from its uncompressed SEC 1 point, whose length says the curve.
    #[must_use]
    pub fn from_sec1(point: &[u8]) -> Option<Self> {
        let fits = |curve: &&Curve| curve.point_bytes() == point.len();
        let curve = Curve::ALL.iter().find(fits)?;
        (point.first() == Some(&4)).then(|| Self {
            curve: *curve,
            point: point.to_vec(),
        })
    }

    /// The key in a `SubjectPublicKeyInfo` (DER); `None` if it is not written in the one way that
    /// certificates have it: a named curve of ours, the point uncompressed and on it.
    #[must_use]
    pub fn from_spki(spki: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
        let key = Self::from_sec1(info.subject_public_key.as_bytes()?)?;
        (key.spki().as_deref() == Some(spki)).then_some(key)
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// Its uncompressed SEC 1 point.
    #[must_use]
    pub fn to_sec1(&self) -> &[u8] {
        &self.point
    }

    /// Its `SubjectPublicKeyInfo`, DER; `None` if the point is not on the curve.
    #[must_use]
    pub fn spki(&self) -> Option<Vec<u8>> {
        self.curve.public_key(&self.point)
    }
}

/// What a device of ours makes.
impl From<PublicKey> for SubjectKey {
    fn from(key: PublicKey) -> Self {
        Self {
            curve: Curve::P256,
            point: key.to_sec1().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::sec1::ToSec1Point as _;

    use super::*;

    fn points() -> [(Curve, Vec<u8>); 2] {
        let small = p256::SecretKey::from_slice(&[3; 32]).unwrap().public_key();
        let large = p384::SecretKey::from_slice(&[3; 48]).unwrap().public_key();
        [
            (Curve::P256, small.to_sec1_point(false).as_bytes().to_vec()),
            (Curve::P384, large.to_sec1_point(false).as_bytes().to_vec()),
        ]
    }

    #[test]
    fn key_is_read_back_from_what_certificates_hold() {
        for (curve, point) in points() {
            let key = SubjectKey::from_sec1(&point).unwrap();
            let spki = key.spki().unwrap();
            assert_eq!((key.curve(), Curve::of_key(&spki)), (curve, Some(curve)));
            assert_eq!(SubjectKey::from_spki(&spki), Some(key));
            let trailing = [&spki[..], &[0]].concat();
            assert_eq!(SubjectKey::from_spki(&trailing), None);
        }
    }

    #[test]
    fn point_off_its_curve_is_no_key() {
        for (curve, mut point) in points() {
            *point.last_mut().unwrap() ^= 1;
            assert_eq!(curve.public_key(&point), None);
            assert_eq!(SubjectKey::from_sec1(&point).unwrap().spki(), None);
            assert_eq!(SubjectKey::from_sec1(&point[1..]), None);
        }
    }
}
