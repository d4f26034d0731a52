//! One entry of `revokedCertificates` (RFC 5280 §5.1.2.6), with its reason (§5.3.1).

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{Revocation, RevocationReason};
use der::Encode as _;

use crate::certificate::time;

/// Longest serial number, in bytes (RFC 5280 §4.1.2.2).
const SERIAL_BYTES: usize = 20;

/// The date written last, DER: many certificates are revoked in the same second.
#[derive(Default)]
pub(super) struct Dates {
    of: Option<u64>,
    der: Vec<u8>,
}

impl Dates {
    fn der(&mut self, unix_seconds: u64) -> Result<&[u8], Fault> {
        if self.of != Some(unix_seconds) {
            self.der = time(unix_seconds.saturating_mul(1000))?
                .to_der()
                .or_fault(Code::CertificateFailed)?;
            self.of = Some(unix_seconds);
        }
        Ok(&self.der)
    }
}

/// Appends the entry, DER.
///
/// # Errors
/// `CA-03` serial number or time cannot stand in a list.
pub(super) fn append_entry(
    list: &mut Vec<u8>,
    dates: &mut Dates,
    revocation: &Revocation,
) -> Result<(), Fault> {
    let unfit = || {
        let detail = format!("{:?} cannot stand in a CRL", revocation.serial_number);
        Fault::new(Code::CertificateFailed, detail)
    };
    let mut bytes = [0; SERIAL_BYTES];
    let digits = revocation.serial_number.as_bytes();
    let serial = bytes.get_mut(..digits.len() / 2).ok_or_else(unfit)?;
    hex::decode_to_slice(digits, serial).map_err(|_| unfit())?;
    let serial = positive(serial).ok_or_else(unfit)?;

    let start = list.len();
    // No entry is longer than 2 + serial number 22 + time 17 + reason 14 bytes: one octet holds
    // its length.
    list.extend([0x30, 0, 0x02]);
    list.extend(
        u8::try_from(serial.len())
            .map_err(|_| unfit())?
            .to_be_bytes(),
    );
    list.extend_from_slice(serial);
    list.extend_from_slice(dates.der(revocation.revoked_at)?);
    list.extend(reason_extensions(revocation.reason));
    let length = list.len() - start - 2;
    list[start + 1] = u8::try_from(length).map_err(|_| unfit())?;
    Ok(())
}

/// The number without leading zeros, if it is positive as DER reads it. Ours are
/// (see `random_serial`).
fn positive(serial: &[u8]) -> Option<&[u8]> {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    let number = &serial[zeros..];
    match number.first() {
        Some(0..=0x7F) => Some(number),
        // The zero in front that DER wants there, if the record wrote it.
        Some(_) if zeros > 0 => Some(&serial[zeros - 1..]),
        _ => None,
    }
}

/// `crlEntryExtensions` with one reasonCode, 2.5.29.21, an ENUMERATED in an OCTET STRING.
fn reason_extensions(reason: RevocationReason) -> [u8; 14] {
    let code = reason_code(reason);
    [
        0x30, 12, 0x30, 10, 0x06, 3, 0x55, 0x1D, 0x15, 0x04, 3, 0x0A, 1, code,
    ]
}

/// `CRLReason` (RFC 5280 §5.3.1).
pub(crate) fn reason_code(reason: RevocationReason) -> u8 {
    match reason {
        RevocationReason::KeyCompromise => 1,
        RevocationReason::AffiliationChanged => 3,
        RevocationReason::Superseded => 4,
        RevocationReason::CessationOfOperation => 5,
        RevocationReason::PrivilegeWithdrawn => 9,
    }
}

#[cfg(test)]
mod tests {
    use der::Decode as _;
    use x509_cert::certificate::Rfc5280;
    use x509_cert::crl::RevokedCert;

    use super::*;

    fn entry(serial: &str) -> Result<Vec<u8>, Fault> {
        let mut list = Vec::new();
        let revocation = Revocation {
            serial_number: serial.to_owned(),
            revoked_at: 1_800_000_000,
            reason: RevocationReason::PrivilegeWithdrawn,
        };
        append_entry(&mut list, &mut Dates::default(), &revocation).map(|()| list)
    }

    #[test]
    fn entry_is_what_another_library_reads_and_writes() {
        let longest = "7f".repeat(20);
        for (serial, read) in [
            ("01", "01"),
            ("00ff", "00ff"),
            ("0001", "01"),
            (&longest, &longest),
        ] {
            let der = entry(serial).unwrap();
            let parsed = RevokedCert::<Rfc5280>::from_der(&der).unwrap();
            assert_eq!(hex::encode(parsed.serial_number.as_bytes()), read);
            assert_eq!(parsed.to_der().unwrap(), der);
        }
    }

    #[test]
    fn serial_that_der_reads_otherwise_is_refused() {
        for serial in ["", "0", "zz", "ff", "00", &"7f".repeat(21)] {
            assert_eq!(
                entry(serial).unwrap_err().code,
                Code::CertificateFailed,
                "{serial}"
            );
        }
    }
}
