//! The two CA certificates: what is in them, and how they are held against their keys.

use std::path::Path;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::Signer as _;
use cradle_procedure::signature::verifies;
use der::{Decode as _, Encode as _};
use x509_cert::certificate::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::time::{Time, Validity};

use super::unfit;
use crate::certificate::{Unsigned, authority_key, extension, key_identifier, subject_key, time};
use crate::issuing::IssuingCa;
use crate::token::TokenKey;

/// Life of the root CA, and with it of the issuing CA: 30 years.
const CA_LIFE_MS: u64 = 10_957 * 24 * 60 * 60 * 1000;

pub(super) fn root_certificate(name: &Name, key: &TokenKey, now_ms: u64) -> Result<Vec<u8>, Fault> {
    let validity = Validity::new(time(now_ms)?, time(now_ms.saturating_add(CA_LIFE_MS))?);
    let spki = key.public_key();
    let mut extensions = vec![subject_key(name, spki)?];
    extensions.extend(ca_extensions(name, None)?);
    let certificate = Unsigned::new(name, name.clone(), validity, spki, extensions)?;
    Ok(certificate.sign(key)?.der)
}

/// What the root CA lends to the certificate that it issues.
pub(super) struct Issuer<'a> {
    name: Name,
    not_after: Time,
    key: &'a TokenKey,
}

/// Reads the root certificate, and holds it against the key on the token.
pub(super) fn issuer<'a>(path: &Path, root: &[u8], key: &'a TokenKey) -> Result<Issuer<'a>, Fault> {
    let checked = IssuingCa::new(root.to_vec(), Arc::new(key.clone()))?;
    issued_by(path, root, key.public_key())?;
    let certificate = Certificate::from_der(root).or_fault(Code::CaFileInvalid)?;
    Ok(Issuer {
        name: checked.name().clone(),
        not_after: certificate.tbs_certificate().validity().not_after,
        key,
    })
}

/// It can issue devices, and no CA (pathLenConstraint 0). It ends when the root ends.
pub(super) fn issuing_certificate(
    name: Name,
    key: &TokenKey,
    issuer: &Issuer<'_>,
    now_ms: u64,
) -> Result<Vec<u8>, Fault> {
    let validity = Validity::new(time(now_ms)?, issuer.not_after);
    let spki = key.public_key();
    let authority = key_identifier(issuer.key.public_key())?;
    let mut extensions = vec![subject_key(&name, spki)?, authority_key(&name, &authority)?];
    extensions.extend(ca_extensions(&name, Some(0))?);
    let certificate = Unsigned::new(&issuer.name, name, validity, spki, extensions)?;
    Ok(certificate.sign(issuer.key)?.der)
}

/// basicConstraints and keyUsage, both critical (RFC 5280 §4.2.1.9, §4.2.1.3).
fn ca_extensions(name: &Name, path_length: Option<u8>) -> Result<[Extension; 2], Fault> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: path_length,
    };
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    Ok([extension(&constraints, name)?, extension(&usage, name)?])
}

/// Whether that key signed the certificate.
pub(super) fn issued_by(path: &Path, der: &[u8], issuer_spki: &[u8]) -> Result<(), Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CaFileInvalid)?;
    let signed = certificate
        .tbs_certificate()
        .to_der()
        .or_fault(Code::CaFileInvalid)?;
    let signature = certificate.signature().raw_bytes();
    if !verifies(issuer_spki, &signed, signature) {
        return Err(unfit(path, "it was not issued by the root CA's key"));
    }
    Ok(())
}

/// The `SubjectPublicKeyInfo` in a certificate.
pub(super) fn spki_in(der: &[u8]) -> Result<Vec<u8>, Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CaFileInvalid)?;
    let spki = certificate.tbs_certificate().subject_public_key_info();
    spki.to_der().or_fault(Code::CaFileInvalid)
}
