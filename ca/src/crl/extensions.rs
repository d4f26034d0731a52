//! `crlExtensions` (RFC 5280 §5.2).

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use der::Encode as _;
use der::asn1::{Ia5String, OctetString, Uint};
use der::oid::db::rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::ext::pkix::crl::{BaseCrlNumber, FreshestCrl};

use super::Head;
use crate::certificate::{authority_key, extension};
use crate::issuing::IssuingCa;
use crate::profile::distribution_point;
use crate::tlv::{SEQUENCE, explicit, tlv};

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything that is revoked.
    Complete,
    /// What was revoked since the complete list of that number.
    Delta {
        /// Number of that list.
        base: u64,
    },
}

/// Where relying parties fetch the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Points {
    /// The complete list: what the certificates' distribution points say.
    pub(crate) complete: Option<Ia5String>,
    /// The delta list.
    pub(crate) delta: Option<Ia5String>,
}

/// All of them, with their tag.
pub(super) fn all(head: &Head<'_>, ca: &IssuingCa) -> Result<Vec<u8>, Fault> {
    let mut extensions = vec![
        authority_key(ca.name(), ca.key_identifier())?,
        extension(&CrlNumber(number(head.number)?), ca.name())?,
    ];
    if let Some(url) = &head.points.complete {
        extensions.push(issuing_distribution_point(url)?);
    }
    match (head.kind, &head.points.delta) {
        (Kind::Delta { base }, _) => {
            extensions.push(extension(&BaseCrlNumber(number(base)?), ca.name())?);
        }
        (Kind::Complete, Some(url)) => {
            let freshest = FreshestCrl(distribution_point(url).0);
            extensions.push(extension(&freshest, ca.name())?);
        }
        (Kind::Complete, None) => {}
    }
    let der = extensions.to_der().or_fault(Code::CertificateFailed)?;
    Ok(tlv(explicit(0), &[&der]))
}

fn number(number: u64) -> Result<Uint, Fault> {
    Uint::new(&number.to_be_bytes()).or_fault(Code::CertificateFailed)
}

/// §5.2.5: this list is the one that the certificates' distribution point names, so that nobody
/// can pass it off for another. Written by hand: `x509_cert` 0.3 gives it the object identifier
/// of subjectInfoAccess.
fn issuing_distribution_point(url: &Ia5String) -> Result<Extension, Fault> {
    let name = tlv(0x86, &[url.as_bytes()]);
    let full_name = tlv(explicit(0), &[&name]);
    let value = tlv(SEQUENCE, &[&tlv(explicit(0), &[&full_name])]);
    Ok(Extension {
        extn_id: ID_CE_ISSUING_DISTRIBUTION_POINT,
        critical: true,
        extn_value: OctetString::new(value).or_fault(Code::CertificateFailed)?,
    })
}
