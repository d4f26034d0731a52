//! What a certificate must be before a unit may bear it, whoever hands it over.
//!
//! The authority checks what it signs, but what comes from it may come from the record: a unit
//! that is done again gets the certificate it has. So the journey looks at it itself, before it is
//! written into the device, and with another program than the authority's.

use super::proof::Certified;
use crate::curve::SubjectKey;
use crate::fault::{Code, Fault};
use crate::ids::Serial;
use crate::pki::{Names, certificate_key, certificate_names, is_issued_by};
use crate::ports::IssuedCertificate;

/// Proof that the certificate is the one of this unit: signed by this CA (its certificate, DER),
/// under the serial number that is on record, in the name of the unit.
///
/// # Errors
/// `CA-06` it is another; `CA-03` it is none.
pub(super) fn prove(
    issuer: &[u8],
    unit: &Serial,
    certificate: IssuedCertificate,
) -> Result<Certified, Fault> {
    let Names {
        number,
        unit: named,
    } = certificate_names(&certificate.der)?;
    if number != certificate.serial_number {
        let on_record = &certificate.serial_number;
        return Err(foreign(format!(
            "it is certificate {number}, on record is {on_record}"
        )));
    }
    if named.as_deref() != Some(unit.as_str()) {
        let named = named.unwrap_or_else(|| "nobody".into());
        return Err(foreign(format!("it names {named}, not {unit}")));
    }
    if !is_issued_by(&certificate.der, issuer)? {
        return Err(foreign("the station's CA has not signed it".into()));
    }
    Ok(Certified { certificate })
}

impl Certified {
    /// The same, if it certifies this key.
    ///
    /// # Errors
    /// `CA-06`.
    pub(super) fn of_key(self, key: &SubjectKey) -> Result<Self, Fault> {
        let certified = certificate_key(&self.certificate.der)?;
        match key.spki() == Some(certified) {
            true => Ok(self),
            false => Err(foreign("it is for another key than the device's".into())),
        }
    }
}

fn foreign(why: String) -> Fault {
    Fault::new(Code::CertificateForeign, why)
}
