//! The root that a profile pins for its secure elements.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::Deserialize;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{DecodePem as _, Encode as _};

use crate::pki::{certificate_validity, is_issued_by};
use crate::signature::public_key;

use super::{Point, sec1};

const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// A maker's root certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Root {
    /// `SubjectPublicKeyInfo`, DER.
    key: Vec<u8>,
    key_id: [u8; 20],
    /// Name, DER.
    subject: Vec<u8>,
    organization: String,
    /// Seconds since 1970-01-01 UTC.
    validity: (u64, u64),
}

impl Root {
    /// Reads a certificate in PEM.
    ///
    /// # Errors
    /// In words: why it cannot be the root of secure elements.
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        let certificate = Certificate::from_pem(pem.trim()).map_err(|error| error.to_string())?;
        let der = certificate.to_der().map_err(|error| error.to_string())?;
        let fields = certificate.tbs_certificate();
        let key = fields.subject_public_key_info().to_der();
        let key = key.map_err(|error| error.to_string())?;
        let point = public_key(&key).ok_or("its key is not on P-256")?;
        if !is_issued_by(&der, &der).map_err(|fault| fault.detail)? {
            return Err("it is not signed by its own key, as a root is".to_owned());
        }
        let subject = fields.subject().to_der();
        let organization = fields.subject().iter().find_map(organization);
        Ok(Self {
            key,
            key_id: key_id(&[point.x, point.y].concat().try_into().unwrap_or([0; 64])),
            subject: subject.map_err(|error| error.to_string())?,
            organization: organization.ok_or("it names no organization")?,
            validity: certificate_validity(&der).map_err(|fault| fault.detail)?,
        })
    }

    /// Its key, `SubjectPublicKeyInfo` DER.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.key
    }

    /// Its organization, which is in the names of all that it certifies.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    pub(super) fn key_id(&self) -> &[u8; 20] {
        &self.key_id
    }

    pub(super) fn subject(&self) -> &[u8] {
        &self.subject
    }

    pub(super) fn validity(&self) -> (u64, u64) {
        self.validity
    }
}

impl TryFrom<String> for Root {
    type Error = String;

    fn try_from(pem: String) -> Result<Self, String> {
        let refused = |why| format!("not a root of secure elements: {why}");
        Self::from_pem(&pem).map_err(refused)
    }
}

fn organization(pair: &AttributeTypeAndValue) -> Option<String> {
    let text: Utf8StringRef<'_> = pair.value.decode_as().ok()?;
    (pair.oid == ORGANIZATION).then(|| text.as_str().to_owned())
}

/// Method 1 of RFC 5280 §4.2.1.2: SHA-1 of the point. It names a key and protects nothing.
pub(super) fn key_id(point: &Point) -> [u8; 20] {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &sec1(point));
    digest.as_ref().try_into().unwrap_or([0; 20])
}
