//! The certificate revocation list (RFC 5280 §5), complete and delta.
//!
//! Written entry by entry into one buffer: a list of a million entries costs little more than its
//! own size. `x509_cert`'s builder is no help: it names the issuer's authorityKeyIdentifier where
//! its subjectKeyIdentifier belongs (§5.2.1), and no relying party accepts such a list from a
//! subordinate CA.

mod entry;
mod extensions;
mod place;
mod read;

use std::time::Duration;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::Revocation;
use cradle_procedure::signature::verifies;
use der::Encode;
use der::asn1::BitStringRef;

use crate::certificate::{ECDSA_SHA256, time};
use crate::issuing::IssuingCa;
use crate::tlv::{SEQUENCE, append_length};

pub(crate) use entry::{append_entry, reason_code};
pub(crate) use extensions::{Kind, Points};
pub(crate) use place::{lock, publish};
pub(crate) use read::{Summary, serials};

/// `version` of a list with extensions: v2 (RFC 5280 §5.1.2.1).
const V2: u8 = 1;

/// Room for everything that is not an entry: names, extensions, signature.
const FRAME_BYTES: usize = 4096;

/// What a list says besides its entries.
pub(crate) struct Head<'a> {
    pub(crate) kind: Kind,
    pub(crate) number: u64,
    pub(crate) now_ms: u64,
    pub(crate) lifetime: Duration,
    pub(crate) points: &'a Points,
}

/// The entries of a list to come, one after the other, DER.
#[derive(Default)]
pub(crate) struct Entries(Vec<u8>);

impl Entries {
    /// Adds a certificate. They may come in any order (§5.1.2.6).
    ///
    /// # Errors
    /// `CA-03` its serial number or time cannot stand in a list.
    pub(crate) fn push(&mut self, revocation: &Revocation) -> Result<(), Fault> {
        append_entry(&mut self.0, revocation)
    }
}

impl Head<'_> {
    /// The signed list, DER.
    ///
    /// # Errors
    /// `CA-03`, `TOK-…`.
    pub(crate) fn sign(&self, ca: &IssuingCa, entries: Entries) -> Result<Vec<u8>, Fault> {
        let mut list = self.unsigned(ca, entries)?;
        let signature = ca.signer().sign(&list)?;
        if !verifies(ca.signer().public_key(), &list, &signature) {
            let why = "CRL: the token's signature does not verify with its public key";
            return Err(Fault::new(Code::CertificateFailed, why));
        }
        append(&mut list, &ECDSA_SHA256)?;
        let bits = BitStringRef::from_bytes(&signature).or_fault(Code::CertificateFailed)?;
        append(&mut list, &bits)?;
        let header = header(SEQUENCE, list.len());
        list.splice(0..0, header);
        Ok(list)
    }

    /// `TBSCertList`. All that stands before the entries is put there in one move.
    fn unsigned(&self, ca: &IssuingCa, entries: Entries) -> Result<Vec<u8>, Fault> {
        let mut front = Vec::new();
        append(&mut front, &V2)?;
        append(&mut front, &ECDSA_SHA256)?;
        append(&mut front, ca.name())?;
        let lifetime_ms = u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX);
        append(&mut front, &time(self.now_ms)?)?;
        append(&mut front, &time(self.now_ms.saturating_add(lifetime_ms))?)?;
        let mut list = entries.0;
        // A list of nothing has no `revokedCertificates` at all (§5.1.2.6).
        if !list.is_empty() {
            front.extend(header(SEQUENCE, list.len()));
        }
        let extensions = extensions::all(self, ca)?;
        let length = front.len() + list.len() + extensions.len();
        let mut start = header(SEQUENCE, length);
        start.extend(front);
        list.reserve_exact(FRAME_BYTES);
        list.splice(0..0, start);
        list.extend(extensions);
        Ok(list)
    }
}

fn header(tag: u8, length: usize) -> Vec<u8> {
    let mut header = vec![tag];
    append_length(&mut header, length);
    header
}

fn append(buffer: &mut Vec<u8>, value: &impl Encode) -> Result<(), Fault> {
    value
        .encode_to_vec(buffer)
        .map(|_| ())
        .or_fault(Code::CertificateFailed)
}
