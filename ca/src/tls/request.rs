//! The request of a host (PKCS#10, RFC 2986): proof that whoever asks holds the key.

use cradle_procedure::curve::SubjectKey;
use cradle_procedure::fault::{Code, Fault};
use der::{Decode as _, Encode as _, pem};
use x509_cert::request::CertReq;

use crate::tlv;
use crate::verify::verifies;

/// Longer than any request with a key of ours.
const MAX_BYTES: usize = 16 * 1024;

/// The key that has signed the request, PEM or DER.
///
/// # Errors
/// `CA-01`.
pub(super) fn proven_key(request: &[u8]) -> Result<SubjectKey, Fault> {
    if request.len() > MAX_BYTES {
        return Err(refused("it is longer than any request for such a key"));
    }
    let der = match pem::decode_vec(request) {
        Ok((label, der)) if label.ends_with("CERTIFICATE REQUEST") => der,
        Ok((label, _)) => return Err(refused(&format!("it is a {label}"))),
        Err(_) => request.to_vec(),
    };
    let parsed = CertReq::from_der(&der).map_err(|_| refused("it is malformed"))?;
    let info = signed_part(&der).ok_or_else(|| refused("it is malformed"))?;
    let spki = parsed.info.public_key.to_der();
    let spki = spki.map_err(|_| refused("it is malformed"))?;
    let key = SubjectKey::from_spki(&spki)
        .ok_or_else(|| refused("its key is not on P-256 or P-384, or not written plainly"))?;
    match verifies(&spki, info, parsed.signature.raw_bytes()) {
        true => Ok(key),
        false => Err(refused("its signature does not verify with its key")),
    }
}

/// `CertificationRequestInfo`, as it stands there.
fn signed_part(der: &[u8]) -> Option<&[u8]> {
    let (_, parts, _) = tlv::read(der)?;
    let (_, _, rest) = tlv::read(parts)?;
    Some(&parts[..parts.len() - rest.len()])
}

fn refused(why: &str) -> Fault {
    Fault::new(Code::CsrInvalid, why)
}
