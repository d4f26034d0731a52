//! Which CRL it is that holds a certificate.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::Sha256;
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode as _;
use x509_cert::der::oid::AssociatedOid as _;
use x509_cert::ext::pkix::CrlNumber;

use crate::time::utc;

/// What names a CRL.
pub(crate) struct CrlName {
    /// Decimal.
    pub(crate) number: Option<String>,
    pub(crate) issued_at: String,
    pub(crate) sha256: Sha256,
}

/// Reads a CRL (DER). Its signature is not checked here.
pub(crate) fn name(der: &[u8]) -> Result<CrlName, Fault> {
    let list = CertificateList::<Rfc5280>::from_der(der).or_fault(Code::CertificateFailed)?;
    let list = list.tbs_cert_list;
    let mut extensions = list.crl_extensions.iter().flatten();
    let number = extensions
        .find(|extension| extension.extn_id == CrlNumber::OID)
        .map(|extension| CrlNumber::from_der(extension.extn_value.as_bytes()))
        .transpose()
        .or_fault(Code::CertificateFailed)?;
    let issued = list.this_update.to_unix_duration();
    Ok(CrlName {
        number: number.and_then(|number| decimal(number.0.as_bytes())),
        issued_at: utc(u64::try_from(issued.as_millis()).unwrap_or(u64::MAX)),
        sha256: Sha256::of(der),
    })
}

/// A big-endian integer; `None` if it does not fit 128 bits.
fn decimal(bytes: &[u8]) -> Option<String> {
    let bytes = match bytes {
        [0, rest @ ..] => rest,
        all => all,
    };
    if bytes.len() > 16 {
        return None;
    }
    let number = bytes
        .iter()
        .fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    Some(number.to_string())
}
