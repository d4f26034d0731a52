//! The device issuing CA: its certificate and the key that belongs to it.

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::Signer;
use der::Decode as _;
use der::asn1::OctetString;
use der::oid::db::rfc4519::ORGANIZATION_NAME;
use x509_cert::certificate::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, SubjectKeyIdentifier};
use x509_cert::name::Name;

use crate::tlv;
use crate::verify::verifies;

/// A CA certificate that is known to belong to the key that signs in its name.
#[derive(Clone)]
pub struct IssuingCa {
    name: Name,
    key_identifier: OctetString,
    certificate: Vec<u8>,
    signer: Arc<dyn Signer>,
}

impl IssuingCa {
    /// Joins a CA certificate (DER) and its key.
    ///
    /// # Errors
    /// `CA-05` the certificate is malformed, is not for another key, or may not sign certificates
    /// and CRLs.
    pub fn new(certificate: Vec<u8>, signer: Arc<dyn Signer>) -> Result<Self, Fault> {
        let parsed = Certificate::from_der(&certificate).or_fault(Code::CaFileInvalid)?;
        let tbs = parsed.tbs_certificate();
        if certificate_key(&certificate).or_fault(Code::CaFileInvalid)? != signer.public_key() {
            return Err(unfit("its key is not the one on the token"));
        }
        let constraints = extension::<BasicConstraints>(&parsed)?;
        let usage = extension::<KeyUsage>(&parsed)?;
        if !constraints.ca || !usage.key_cert_sign() || !usage.crl_sign() {
            return Err(unfit("it may not sign certificates and CRLs"));
        }
        Ok(Self {
            name: tbs.subject().clone(),
            key_identifier: extension::<SubjectKeyIdentifier>(&parsed)?.0,
            certificate,
            signer,
        })
    }

    /// The CA's certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The CA's name: the issuer of what it signs.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Its subjectKeyIdentifier: the authorityKeyIdentifier of what it signs.
    pub(crate) fn key_identifier(&self) -> &OctetString {
        &self.key_identifier
    }

    /// O of its name.
    ///
    /// # Errors
    /// `CA-05` it has none.
    pub(crate) fn organization(&self) -> Result<String, Fault> {
        (self.name.iter())
            .find(|attribute| attribute.oid == ORGANIZATION_NAME)
            .and_then(|attribute| std::str::from_utf8(attribute.value.value()).ok())
            .map(str::to_owned)
            .ok_or_else(|| unfit("its name has no organization"))
    }

    /// Whether it has signed that CRL, DER.
    pub(crate) fn has_signed(&self, crl: &[u8]) -> bool {
        signed_parts(crl)
            .is_some_and(|(list, signature)| verifies(self.signer.public_key(), list, signature))
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }
}

/// What is signed of a CRL, and the signature (`CertificateList`, RFC 5280 §5.1).
fn signed_parts(crl: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, parts, _) = tlv::read(crl)?;
    let (_, _, rest) = tlv::read(parts)?;
    let list = &parts[..parts.len() - rest.len()];
    let (_, _algorithm, rest) = tlv::read(rest)?;
    let (_, bits, _) = tlv::read(rest)?;
    // The first octet counts unused bits: none.
    Some((list, bits.strip_prefix(&[0])?))
}

fn extension<T>(certificate: &Certificate) -> Result<T, Fault>
where
    T: for<'a> der::Decode<'a> + der::oid::AssociatedOid,
    for<'a> <T as der::Decode<'a>>::Error: std::fmt::Display,
{
    let found = certificate.tbs_certificate().get_extension::<T>();
    match found {
        Ok(Some((_, value))) => Ok(value),
        Ok(None) => Err(unfit(&format!("extension {} is missing", T::OID))),
        Err(error) => Err(unfit(&error.to_string())),
    }
}

fn unfit(why: &str) -> Fault {
    Fault::new(Code::CaFileInvalid, format!("CA certificate: {why}"))
}
