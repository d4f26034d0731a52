//! The certificate request (PKCS#10, RFC 2986) that a device signs to prove that it holds its key.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::Subject;
use der::{Decode as _, Encode as _};
use x509_cert::name::Name;
use x509_cert::request::{CertReqInfo, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::verify::verifies;

/// The `SubjectPublicKeyInfo` (DER) of the subject's key.
///
/// # Errors
/// `CA-01` the key is not a point on its curve.
pub(crate) fn subject_key(subject: &Subject) -> Result<Vec<u8>, Fault> {
    let key = subject.public_key.spki();
    key.ok_or_else(|| refused("the device's key is not a point on its curve"))
}

/// The `CertificationRequestInfo` (DER, RFC 2986 §4.1) for a name and key: no attributes, because
/// nothing in the certificate comes from the request.
pub(crate) fn info(name: Name, key: &[u8]) -> Result<Vec<u8>, Fault> {
    let info = CertReqInfo {
        version: Version::V1,
        subject: name,
        public_key: SubjectPublicKeyInfoOwned::from_der(key).or_fault(Code::CertificateFailed)?,
        attributes: Default::default(),
    };
    info.to_der().or_fault(Code::CertificateFailed)
}

/// Checks a request that came back: it is the one that was prepared, byte for byte, and the
/// device signed it.
///
/// # Errors
/// `CA-01`.
pub(crate) fn check(
    prepared: &[u8],
    key: &[u8],
    info: &[u8],
    signature: &[u8],
) -> Result<(), Fault> {
    if info != prepared {
        return Err(refused(difference(prepared, info)));
    }
    if !verifies(key, info, signature) {
        return Err(refused(
            "its signature does not verify with the device's key",
        ));
    }
    Ok(())
}

/// In which part the two requests differ, for the person who looks into it.
fn difference(prepared: &[u8], info: &[u8]) -> &'static str {
    let parsed = (CertReqInfo::from_der(prepared), CertReqInfo::from_der(info));
    let (Ok(prepared), Ok(info)) = parsed else {
        return "it is malformed";
    };
    if info.public_key != prepared.public_key {
        "it is for another key"
    } else if info.subject != prepared.subject {
        "it is for another subject"
    } else if info.attributes != prepared.attributes {
        "it asks for attributes"
    } else {
        "it is not the one that was prepared"
    }
}

fn refused(why: &str) -> Fault {
    Fault::new(Code::CsrInvalid, why)
}
