//! `OCSPResponse` (RFC 6960 §4.2.1).

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{CertificateStatus, Signer};
use der::DateTime;
use der::asn1::{BitStringRef, GeneralizedTime};
use der::oid::ObjectIdentifier;

use super::cert_id::CertId;
use crate::crl::reason_code;
use crate::tlv::{ENUMERATED, OCTET_STRING, SEQUENCE, explicit, tlv};
use crate::verify;

/// id-pkix-ocsp-basic.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

/// `OCSPResponseStatus` of an answer that answers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// malformedRequest.
    Malformed = 1,
    /// internalError.
    Internal = 2,
}

impl Refusal {
    /// The whole `OCSPResponse`; it is not signed (§2.3).
    pub(super) fn der(self) -> Vec<u8> {
        tlv(SEQUENCE, &[&tlv(ENUMERATED, &[&[self as u8]])])
    }
}

/// What is known of one certificate.
pub(super) struct Single<'a> {
    pub(super) id: CertId<'a>,
    pub(super) status: CertificateStatus,
}

/// From when to when an answer is good: seconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) this_update: u64,
    pub(super) next_update: u64,
}

/// Who signs.
pub(super) struct Identity<'a> {
    /// SHA-1 of the responder's key bits (§4.2.1 `KeyHash`).
    pub(super) key_hash: &'a [u8],
    /// The responder's certificate, DER.
    pub(super) certificate: &'a [u8],
    pub(super) signer: &'a dyn Signer,
}

/// The whole `OCSPResponse`, signed. The signature is checked if the answer may be given again.
/// One with a nonce is of use to its asker alone, who verifies it at once: checking it here as
/// well would cost nearly as much as the signature itself.
///
/// # Errors
/// `CA-03`, `TOK-…`.
pub(super) fn signed(
    identity: &Identity<'_>,
    answers: &[Single<'_>],
    window: Window,
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, Fault> {
    let content = content(identity, answers, window, nonce)?;
    let signature = match nonce {
        None => verify::sign(identity.signer, &content)?,
        Some(_) => identity.signer.sign(&content)?,
    };
    let bits = BitStringRef::from_bytes(&signature).or_fault(Code::CertificateFailed)?;
    let basic = tlv(
        SEQUENCE,
        &[
            &content,
            &encoded(&verify::algorithm(identity.signer)?)?,
            &encoded(&bits)?,
            &tlv(explicit(0), &[&tlv(SEQUENCE, &[identity.certificate])]),
        ],
    );
    let bytes = tlv(
        SEQUENCE,
        &[&encoded(&BASIC)?, &tlv(OCTET_STRING, &[&basic])],
    );
    let successful = tlv(ENUMERATED, &[&[0]]);
    Ok(tlv(SEQUENCE, &[&successful, &tlv(explicit(0), &[&bytes])]))
}

/// `ResponseData`.
fn content(
    identity: &Identity<'_>,
    answers: &[Single<'_>],
    window: Window,
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, Fault> {
    let responder = tlv(explicit(2), &[&tlv(OCTET_STRING, &[identity.key_hash])]);
    let produced = generalized(window.this_update)?;
    let mut list = Vec::new();
    for answer in answers {
        list.extend(single(answer, window)?);
    }
    let list = tlv(SEQUENCE, &[&list]);
    let extensions = nonce.map_or_else(Vec::new, |nonce| {
        tlv(explicit(1), &[&tlv(SEQUENCE, &[nonce])])
    });
    Ok(tlv(SEQUENCE, &[&responder, &produced, &list, &extensions]))
}

/// `SingleResponse`.
fn single(answer: &Single<'_>, window: Window) -> Result<Vec<u8>, Fault> {
    let status = match &answer.status {
        CertificateStatus::Good => vec![0x80, 0],
        CertificateStatus::Unknown => vec![0x82, 0],
        CertificateStatus::Revoked(revocation) => {
            let reason = tlv(ENUMERATED, &[&[reason_code(revocation.reason)]]);
            let when = generalized(revocation.revoked_at)?;
            tlv(explicit(1), &[&when, &tlv(explicit(0), &[&reason])])
        }
    };
    let this = generalized(window.this_update)?;
    let next = tlv(explicit(0), &[&generalized(window.next_update)?]);
    Ok(tlv(
        SEQUENCE,
        &[&encoded(&answer.id)?, &status, &this, &next],
    ))
}

/// RFC 6960 §4.2.2.1 takes GeneralizedTime throughout, without fractions of a second.
fn generalized(unix_seconds: u64) -> Result<Vec<u8>, Fault> {
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(unix_seconds))
        .or_fault(Code::CertificateFailed)?;
    encoded(&GeneralizedTime::from_date_time(date))
}

fn encoded(value: &impl der::Encode) -> Result<Vec<u8>, Fault> {
    value.to_der().or_fault(Code::CertificateFailed)
}
