//! Distinguished names (RFC 5280 §4.1.2.4).

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use der::asn1::{Any, PrintableStringRef, Utf8StringRef};
use der::oid::ObjectIdentifier;
use der::oid::db::rfc4519::{COMMON_NAME, ORGANIZATION_NAME, SERIAL_NUMBER};
use der::{Decode as _, Encode as _};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

/// `ub-organization-name`, `ub-common-name` and `ub-serial-number` (RFC 5280 appendix A.1).
const UPPER_BOUND: usize = 64;

/// A CA's name: organization and common name.
pub(crate) fn authority(organization: &str, common_name: &str) -> Result<Name, Fault> {
    name([
        utf8(ORGANIZATION_NAME, organization)?,
        utf8(COMMON_NAME, common_name)?,
    ])
}

/// A device's name: organization, and the unit's serial number (IEEE 802.1AR-2018 §8.6).
pub(crate) fn device(organization: &str, serial: &str) -> Result<Name, Fault> {
    name([utf8(ORGANIZATION_NAME, organization)?, printable(serial)?])
}

/// Whether the text can be an organization or common name: 1 to 64 characters, no controls.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    let length = text.chars().count();
    if length == 0 || length > UPPER_BOUND || text.chars().any(char::is_control) {
        return Err(Fault::new(
            Code::ConfigInvalid,
            format!("name {text:?}: 1 to {UPPER_BOUND} characters, no control characters"),
        ));
    }
    Ok(())
}

fn utf8(oid: ObjectIdentifier, text: &str) -> Result<AttributeTypeAndValue, Fault> {
    check(text)?;
    let value = Utf8StringRef::new(text)
        .and_then(|value| Any::encode_from(&value))
        .or_fault(Code::CertificateFailed)?;
    Ok(AttributeTypeAndValue { oid, value })
}

/// X.520 §6.2.9 allows `serialNumber` only the letters of a `PrintableString`: no `_`.
fn printable(serial: &str) -> Result<AttributeTypeAndValue, Fault> {
    let value = PrintableStringRef::new(serial)
        .and_then(|value| Any::encode_from(&value))
        .map_err(|_| {
            Fault::new(
                Code::CertificateFailed,
                format!("serial number {serial:?} cannot stand in a certificate"),
            )
        })?;
    Ok(AttributeTypeAndValue {
        oid: SERIAL_NUMBER,
        value,
    })
}

/// One attribute per relative distinguished name.
fn name<const N: usize>(attributes: [AttributeTypeAndValue; N]) -> Result<Name, Fault> {
    let mut sequence = RdnSequence::default();
    for attribute in attributes {
        let part = RelativeDistinguishedName::try_from(vec![attribute])
            .or_fault(Code::CertificateFailed)?;
        sequence.push(part);
    }
    sequence
        .to_der()
        .and_then(|der| Name::from_der(&der))
        .or_fault(Code::CertificateFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_stay_in_order() {
        let name = device("Example, Ltd", "SN-1").unwrap();
        // RFC 4514 writes the last one first.
        assert_eq!(name.to_string(), "SERIALNUMBER=SN-1,O=Example\\, Ltd");
    }

    #[test]
    fn serial_that_is_not_printable_string_is_refused() {
        assert_eq!(
            device("Example", "SN_1").unwrap_err().code,
            Code::CertificateFailed
        );
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for text in ["", "a\0b", "a\nb", &"x".repeat(65)] {
            assert_eq!(check(text).unwrap_err().code, Code::ConfigInvalid);
        }
    }
}
