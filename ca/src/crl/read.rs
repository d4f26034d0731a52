//! Reading back a list of our own, without building a structure of a million entries.

use std::collections::HashSet;

use cradle_procedure::fault::{Code, Fault};
use der::Decode as _;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::time::Time;

use crate::tlv::{self, SEQUENCE, explicit};

/// What a list says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Its number (§5.2.3).
    pub(crate) number: u64,
    /// When it was made, in seconds since 1970-01-01 UTC.
    pub(crate) this_update: u64,
    /// When the next one is due at the latest, in seconds since 1970-01-01 UTC.
    pub(crate) next_update: u64,
}

impl Summary {
    /// Reads a list (DER). Its signature is not checked: this is for files of our own.
    ///
    /// # Errors
    /// `CA-05` it is not a list such as we make.
    pub(crate) fn of(crl: &[u8]) -> Result<Self, Fault> {
        let parts = Parts::of(crl).ok_or_else(unreadable)?;
        let extensions = Extensions::from_der(parts.extensions).map_err(|_| unreadable())?;
        let number = extensions
            .iter()
            .find(|extension| extension.extn_id == <CrlNumber as der::oid::AssociatedOid>::OID)
            .and_then(|extension| CrlNumber::from_der(extension.extn_value.as_bytes()).ok())
            .and_then(|number| short(number.0.as_bytes()))
            .ok_or_else(unreadable)?;
        Ok(Self {
            number,
            this_update: parts.this_update.to_unix_duration().as_secs(),
            next_update: parts.next_update.to_unix_duration().as_secs(),
        })
    }
}

/// The serial numbers on a list (DER), as they stand there.
///
/// # Errors
/// `CA-05` it is not a list such as we make.
pub(crate) fn serials(crl: &[u8]) -> Result<HashSet<&[u8]>, Fault> {
    let mut rest = Parts::of(crl).ok_or_else(unreadable)?.revoked;
    let mut serials = HashSet::new();
    while !rest.is_empty() {
        let (_, entry, next) = tlv::read(rest).ok_or_else(unreadable)?;
        let (_, serial, _) = tlv::read(entry).ok_or_else(unreadable)?;
        serials.insert(serial);
        rest = next;
    }
    Ok(serials)
}

/// The parts of a `TBSCertList` that matter here.
struct Parts<'a> {
    this_update: Time,
    next_update: Time,
    /// Content of `revokedCertificates`; empty if there is none.
    revoked: &'a [u8],
    /// `Extensions`, DER.
    extensions: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(crl: &'a [u8]) -> Option<Self> {
        let (_, list, _) = tlv::read(crl)?;
        let (_, list, _) = tlv::read(list)?;
        let (_, _version, rest) = tlv::read(list)?;
        let (_, _algorithm, rest) = tlv::read(rest)?;
        let (_, _issuer, rest) = tlv::read(rest)?;
        let (this_update, rest) = time(rest)?;
        let (next_update, rest) = time(rest)?;
        let (revoked, rest) = match tlv::read(rest)? {
            (SEQUENCE, revoked, rest) => (revoked, rest),
            _ => (&[][..], rest),
        };
        let (tag, extensions, _) = tlv::read(rest)?;
        (tag == explicit(0)).then_some(Self {
            this_update,
            next_update,
            revoked,
            extensions,
        })
    }
}

fn time(der: &[u8]) -> Option<(Time, &[u8])> {
    let (_, _, rest) = tlv::read(der)?;
    let time = Time::from_der(&der[..der.len() - rest.len()]).ok()?;
    Some((time, rest))
}

fn short(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |sum, byte| {
        Some(sum.checked_mul(256)? | u64::from(*byte))
    })
}

fn unreadable() -> Fault {
    Fault::new(Code::CaFileInvalid, "CRL: not one of ours")
}
