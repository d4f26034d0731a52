//! Building and signing an X.509 v3 certificate (RFC 5280 §4.1).
//!
//! Written with a structure of our own, because the fields of `x509_cert`'s cannot be set, and
//! its builder wants a signer that cannot fail with a code.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{IssuedCertificate, Signer};
use der::asn1::{AnyRef, BitStringRef, OctetString};
use der::{DateTime, Decode as _, Encode as _, Sequence};
use sha2::{Digest as _, Sha256};
use x509_cert::certificate::{Rfc5280, Version};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, Extensions, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};

use crate::verify;

/// Longest serial number of a certificate, in bytes (RFC 5280 §4.1.2.2).
const SERIAL_BYTES: usize = 20;

/// What a certificate will say, whoever signs it.
pub(crate) struct Unsigned {
    serial_number: SerialNumber<Rfc5280>,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    extensions: Extensions,
}

/// `TBSCertificate`, without what RFC 5280 §4.1.2.8 forbids.
#[derive(Sequence)]
struct Content {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

/// A structure and its signature: `Certificate` (RFC 5280 §4.1).
#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitStringRef<'a>,
}

impl Unsigned {
    /// A certificate with a fresh random serial number. `subject_key` is a
    /// `SubjectPublicKeyInfo`, DER.
    pub(crate) fn new(
        issuer: &Name,
        subject: Name,
        validity: Validity,
        subject_key: &[u8],
        extensions: Vec<Extension>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            serial_number: random_serial()?,
            issuer: issuer.clone(),
            validity,
            subject,
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(subject_key)
                .or_fault(Code::CertificateFailed)?,
            extensions,
        })
    }

    /// Has it signed, and checks the signature before anybody sees it.
    ///
    /// # Errors
    /// `TOK-…`; `CA-03` the token's signature does not verify.
    pub(crate) fn sign(self, signer: &dyn Signer) -> Result<IssuedCertificate, Fault> {
        let algorithm = verify::algorithm(signer)?;
        let serial_number = hex::encode(self.serial_number.as_bytes());
        let content = self
            .content(algorithm.clone())
            .to_der()
            .or_fault(Code::CertificateFailed)?;
        let signature = verify::sign(signer, &content)?;
        let der = assemble(&content, algorithm, &signature).or_fault(Code::CertificateFailed)?;
        Ok(IssuedCertificate { der, serial_number })
    }

    fn content(self, signature: AlgorithmIdentifierOwned) -> Content {
        Content {
            version: Version::V3,
            serial_number: self.serial_number,
            signature,
            issuer: self.issuer,
            validity: self.validity,
            subject: self.subject,
            subject_public_key_info: self.subject_public_key_info,
            extensions: self.extensions,
        }
    }
}

fn assemble(
    content: &[u8],
    algorithm: AlgorithmIdentifierOwned,
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    Signed {
        content: AnyRef::from_der(content)?,
        algorithm,
        signature: BitStringRef::from_bytes(signature)?,
    }
    .to_der()
}

/// 20 random bytes with the sign bit clear and the next one set: positive, always of full length,
/// 158 random bits.
pub(crate) fn random_serial() -> Result<SerialNumber<Rfc5280>, Fault> {
    let mut bytes = [0; SERIAL_BYTES];
    getrandom::fill(&mut bytes).or_fault(Code::CertificateFailed)?;
    bytes[0] = (bytes[0] & 0x7F) | 0x40;
    SerialNumber::new(&bytes).or_fault(Code::CertificateFailed)
}

/// A time, of milliseconds since 1970-01-01 UTC.
pub(crate) fn time(unix_ms: u64) -> Result<Time, Fault> {
    let seconds = std::time::Duration::from_secs(unix_ms / 1000);
    let date = DateTime::from_unix_duration(seconds).or_fault(Code::CertificateFailed)?;
    Ok(Time::from(date))
}

/// The key identifier of a `SubjectPublicKeyInfo` (DER): the first 160 bits of the SHA-256 of its
/// key bits (RFC 7093 §2, method 1).
pub(crate) fn key_identifier(spki: &[u8]) -> Result<OctetString, Fault> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki).or_fault(Code::CertificateFailed)?;
    let digest = Sha256::digest(spki.subject_public_key.raw_bytes());
    OctetString::new(&digest[..20]).or_fault(Code::CertificateFailed)
}

/// subjectKeyIdentifier (RFC 5280 §4.2.1.2).
pub(crate) fn subject_key(subject: &Name, spki: &[u8]) -> Result<Extension, Fault> {
    extension(&SubjectKeyIdentifier(key_identifier(spki)?), subject)
}

/// authorityKeyIdentifier (RFC 5280 §4.2.1.1) that names the issuer's subjectKeyIdentifier.
pub(crate) fn authority_key(subject: &Name, identifier: &OctetString) -> Result<Extension, Fault> {
    let value = AuthorityKeyIdentifier {
        key_identifier: Some(identifier.clone()),
        ..Default::default()
    };
    extension(&value, subject)
}

/// An extension, critical where RFC 5280 wants it to be.
pub(crate) fn extension<'a, T>(value: &'a T, subject: &Name) -> Result<Extension, Fault>
where
    &'a T: ToExtension<Error = der::Error>,
{
    value
        .to_extension(subject, &[])
        .or_fault(Code::CertificateFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_positive_and_of_full_length() {
        for _ in 0..1000 {
            let serial = random_serial().unwrap();
            assert_eq!(serial.as_bytes().len(), SERIAL_BYTES);
            assert_eq!(serial.as_bytes()[0] & 0xC0, 0x40);
        }
    }
}
