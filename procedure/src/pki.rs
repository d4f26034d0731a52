//! Reading certificates and CRLs that others made, to decide on what they prove.

use std::collections::BTreeSet;

use x509_cert::certificate::{Certificate, Rfc5280};
use x509_cert::crl::CertificateList;
use x509_cert::der::oid::db::rfc4519::SERIAL_NUMBER;
use x509_cert::der::{Decode as _, Encode as _};

use crate::fault::{Code, Fault, OrFault as _};
use crate::signature::verifies;

/// The `SubjectPublicKeyInfo` (DER) of a certificate.
///
/// # Errors
/// `CA-03` if the certificate is not one.
pub fn certificate_key(der: &[u8]) -> Result<Vec<u8>, Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CertificateFailed)?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    key.to_der().or_fault(Code::CertificateFailed)
}

/// From when until when a certificate is valid, in seconds since 1970-01-01 UTC.
///
/// # Errors
/// `CA-03` if the certificate is not one.
pub fn certificate_validity(der: &[u8]) -> Result<(u64, u64), Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CertificateFailed)?;
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
    Ok((seconds(&validity.not_before), seconds(&validity.not_after)))
}

/// What a certificate calls itself and its subject.
pub struct Names {
    /// Its serial number, lower-case hexadecimal.
    pub number: String,
    /// The subject's `serialNumber` attribute (IEEE 802.1AR-2018 §8.6), if it is there once.
    pub unit: Option<String>,
}

/// The names that a certificate bears.
///
/// # Errors
/// `CA-03` if the certificate is not one.
pub fn certificate_names(der: &[u8]) -> Result<Names, Fault> {
    let certificate = Certificate::from_der(der).or_fault(Code::CertificateFailed)?;
    let signed = certificate.tbs_certificate();
    let mut units = signed
        .subject()
        .iter()
        .filter(|name| name.oid == SERIAL_NUMBER);
    let unit = units.next().filter(|_| units.next().is_none());
    Ok(Names {
        number: hex::encode(signed.serial_number().as_bytes()),
        unit: unit.and_then(|name| String::from_utf8(name.value.value().to_vec()).ok()),
    })
}

/// Whether the issuer's key signed the certificate in the issuer's name (both DER). Says nothing
/// of when either is valid.
///
/// # Errors
/// `CA-03` if one of them is no certificate.
pub fn is_issued_by(certificate: &[u8], issuer: &[u8]) -> Result<bool, Fault> {
    let key = certificate_key(issuer)?;
    let parse = |der| Certificate::from_der(der).or_fault(Code::CertificateFailed);
    let (certificate, issuer) = (parse(certificate)?, parse(issuer)?);
    let signed = certificate.tbs_certificate();
    let message = signed.to_der().or_fault(Code::CertificateFailed)?;
    let signature = certificate.signature().raw_bytes();
    let named = signed.issuer() == issuer.tbs_certificate().subject();
    Ok(named && verifies(&key, &message, signature))
}

/// Proof that a CRL, signed by the issuer, holds a certificate's serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    serial_number: String,
}

impl Revoked {
    /// Reads a CRL (DER), checks its signature with the issuer's key (`SubjectPublicKeyInfo`,
    /// DER) and looks the serial number (hexadecimal) up in it.
    ///
    /// # Errors
    /// `CA-03` the CRL is malformed or not the issuer's; `CA-04` it does not hold the serial.
    pub fn prove(crl: &[u8], issuer_key: &[u8], serial_number: &str) -> Result<Self, Fault> {
        let list = issued_by(crl, issuer_key)?;
        let wanted = hex::decode(serial_number).or_fault(Code::NotIssued)?;
        let entries = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
        let held = entries
            .iter()
            .any(|entry| unsigned(entry.serial_number.as_bytes()) == unsigned(&wanted));
        if !held {
            return Err(Fault::new(
                Code::NotIssued,
                format!("{serial_number} is not on the CRL"),
            ));
        }
        Ok(Self {
            serial_number: serial_number.to_owned(),
        })
    }

    /// The serial number that is revoked, hexadecimal.
    #[must_use]
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }
}

/// The serial numbers on a CRL (DER), hexadecimal without leading zeros, checked as
/// [`Revoked::prove`] does.
///
/// # Errors
/// `CA-03` the CRL is malformed or not the issuer's.
pub fn revoked_serials(crl: &[u8], issuer_key: &[u8]) -> Result<BTreeSet<String>, Fault> {
    let list = issued_by(crl, issuer_key)?.tbs_cert_list;
    let entries = list.revoked_certificates.unwrap_or_default();
    let serial = |bytes| hex::encode(unsigned(bytes));
    Ok(entries
        .iter()
        .map(|entry| serial(entry.serial_number.as_bytes()))
        .collect())
}

fn issued_by(crl: &[u8], issuer_key: &[u8]) -> Result<CertificateList<Rfc5280>, Fault> {
    let list = CertificateList::<Rfc5280>::from_der(crl).or_fault(Code::CertificateFailed)?;
    let signed = list
        .tbs_cert_list
        .to_der()
        .or_fault(Code::CertificateFailed)?;
    if verifies(issuer_key, &signed, list.signature.raw_bytes()) {
        return Ok(list);
    }
    Err(Fault::new(Code::CertificateFailed, "CRL signature"))
}

/// DER integers carry a leading zero where the top bit is set; compare without it.
fn unsigned(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}
