//! The delegated responder certificate (RFC 6960 §4.2.2.2): short-lived, issued by the issuing
//! CA itself to a key that can do nothing else.

use std::path::Path;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::Signer;
use der::asn1::{Null, OctetString};
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5280::ID_KP_OCSP_SIGNING;
use der::{Decode as _, Encode as _};
use x509_cert::certificate::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::time::Validity;

use crate::certificate::{Unsigned, authority_key, extension, subject_key, time};
use crate::files::{read_certificate, write_certificate};
use crate::issuing::IssuingCa;
use crate::name;
use crate::verify::verifies;

/// id-pkix-ocsp-nocheck: nobody asks whether the responder itself is revoked (§4.2.2.2.1). That
/// is why its certificate is short-lived.
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Life of the certificate.
const LIFE_MS: u64 = 90 * DAY_MS;

/// A new one is made once no more than this is left of it.
const RENEW_MS: u64 = 30 * DAY_MS;

/// A responder's certificate and its key.
#[derive(Clone)]
pub struct OcspSigner {
    certificate: Vec<u8>,
    key: Arc<dyn Signer>,
    not_after_ms: u64,
}

impl OcspSigner {
    /// Takes the certificate from the file if it fits and will last, else has the CA issue a new
    /// one and writes it there.
    ///
    /// # Errors
    /// `CFG-02`, `TOK-…`, `CA-03`; `CA-05` the file holds no certificate.
    pub fn open(
        path: &Path,
        ca: &IssuingCa,
        key: Arc<dyn Signer>,
        now_ms: u64,
    ) -> Result<Self, Fault> {
        if let Some(der) = read_certificate(path)?
            && let Some(not_after_ms) = usable_until(&der, ca, key.as_ref())?
            && now_ms.saturating_add(RENEW_MS) < not_after_ms
        {
            return Ok(Self {
                certificate: der,
                key,
                not_after_ms,
            });
        }
        let certificate = issue(ca, key.as_ref(), now_ms)?;
        write_certificate(path, &certificate)?;
        Ok(Self {
            certificate,
            key,
            not_after_ms: now_ms.saturating_add(LIFE_MS),
        })
    }

    /// Whether it is time for a new certificate: call [`OcspSigner::open`] again.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        now_ms.saturating_add(RENEW_MS) >= self.not_after_ms
    }

    /// DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(crate) fn key(&self) -> &dyn Signer {
        self.key.as_ref()
    }
}

/// When the certificate ends, if it is this CA's and for this key. One left by an earlier
/// ceremony is not.
fn usable_until(der: &[u8], ca: &IssuingCa, key: &dyn Signer) -> Result<Option<u64>, Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CaFileInvalid)?;
    let tbs = certificate.tbs_certificate();
    let signed = tbs.to_der().or_fault(Code::CaFileInvalid)?;
    let fits = certificate_key(der)? == key.public_key()
        && verifies(
            ca.signer().public_key(),
            &signed,
            certificate.signature().raw_bytes(),
        );
    let end = tbs.validity().not_after.to_unix_duration().as_millis();
    Ok(fits.then(|| u64::try_from(end).unwrap_or(u64::MAX)))
}

fn issue(ca: &IssuingCa, key: &dyn Signer, now_ms: u64) -> Result<Vec<u8>, Fault> {
    let (organization, common_name) = (ca.organization()?, "OCSP Responder");
    let subject = name::authority(&organization, common_name)?;
    let validity = Validity::new(time(now_ms)?, time(now_ms.saturating_add(LIFE_MS))?);
    let spki = key.public_key();
    let usage = KeyUsage(KeyUsages::DigitalSignature.into());
    let extensions = vec![
        subject_key(&subject, spki)?,
        authority_key(&subject, ca.key_identifier())?,
        extension(&usage, &subject)?,
        extension(&ExtendedKeyUsage(vec![ID_KP_OCSP_SIGNING]), &subject)?,
        no_check()?,
    ];
    let certificate = Unsigned::new(ca.name(), subject, validity, spki, extensions)?;
    Ok(certificate.sign(ca.signer())?.der)
}

fn no_check() -> Result<Extension, Fault> {
    let null = Null.to_der().or_fault(Code::CertificateFailed)?;
    Ok(Extension {
        extn_id: NO_CHECK,
        critical: false,
        extn_value: OctetString::new(null).or_fault(Code::CertificateFailed)?,
    })
}
