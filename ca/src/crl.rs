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
use der::Encode;
use der::asn1::BitStringRef;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::time;
use crate::issuing::IssuingCa;
use crate::tlv::{SEQUENCE, append_length};
use crate::verify;

pub(crate) use entry::reason_code;
use entry::{Dates, append_entry};
pub(crate) use extensions::{Kind, Points};
pub(crate) use place::{lock, publish};
pub(crate) use read::{Summary, serials};

/// `version` of a list with extensions: v2 (RFC 5280 §5.1.2.1).
const V2: u8 = 1;

/// Room before the entries for what stands there: headers, names, times.
const FRONT_BYTES: usize = 4096;

/// Room after them: extensions, signature.
const END_BYTES: usize = 4096;

/// What a list says besides its entries.
pub(crate) struct Head<'a> {
    pub(crate) kind: Kind,
    pub(crate) number: u64,
    pub(crate) now_ms: u64,
    pub(crate) lifetime: Duration,
    pub(crate) points: &'a Points,
}

/// The entries of a list to come, one after the other, DER; before them is room for what will
/// stand there, so that a list of a million entries need not be moved.
pub(crate) struct Entries {
    bytes: Vec<u8>,
    dates: Dates,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            bytes: vec![0; FRONT_BYTES],
            dates: Dates::default(),
        }
    }
}

impl Entries {
    /// Adds a certificate. They may come in any order (§5.1.2.6).
    ///
    /// # Errors
    /// `CA-03` its serial number or time cannot stand in a list.
    pub(crate) fn push(&mut self, revocation: &Revocation) -> Result<(), Fault> {
        append_entry(&mut self.bytes, &mut self.dates, revocation)
    }
}

/// A buffer that grows at both ends.
struct List {
    bytes: Vec<u8>,
    begin: usize,
}

impl List {
    fn put_before(&mut self, front: &[u8]) -> Result<(), Fault> {
        let begin = self
            .begin
            .checked_sub(front.len())
            .ok_or_else(|| Fault::new(Code::CertificateFailed, "CRL: the CA's name is too long"))?;
        self.bytes[begin..self.begin].copy_from_slice(front);
        self.begin = begin;
        Ok(())
    }

    fn content(&self) -> &[u8] {
        &self.bytes[self.begin..]
    }

    /// Makes what it holds the content of a SEQUENCE.
    fn enclose(&mut self) -> Result<(), Fault> {
        let header = header(SEQUENCE, self.content().len());
        self.put_before(&header)
    }
}

impl Head<'_> {
    /// The signed list, DER.
    ///
    /// # Errors
    /// `CA-03`, `TOK-…`.
    pub(crate) fn sign(&self, ca: &IssuingCa, entries: Entries) -> Result<Vec<u8>, Fault> {
        let algorithm = verify::algorithm(ca.signer())?;
        let mut list = self.unsigned(ca, &algorithm, entries)?;
        let signature = verify::sign(ca.signer(), list.content())?;
        append(&mut list.bytes, &algorithm)?;
        let bits = BitStringRef::from_bytes(&signature).or_fault(Code::CertificateFailed)?;
        append(&mut list.bytes, &bits)?;
        list.enclose()?;
        let List { mut bytes, begin } = list;
        bytes.drain(..begin);
        Ok(bytes)
    }

    /// `TBSCertList`.
    fn unsigned(
        &self,
        ca: &IssuingCa,
        algorithm: &AlgorithmIdentifierOwned,
        entries: Entries,
    ) -> Result<List, Fault> {
        let mut list = List {
            bytes: entries.bytes,
            begin: FRONT_BYTES,
        };
        // A list of nothing has no `revokedCertificates` at all (§5.1.2.6).
        if !list.content().is_empty() {
            list.enclose()?;
        }
        let mut front = Vec::new();
        append(&mut front, &V2)?;
        append(&mut front, algorithm)?;
        append(&mut front, ca.name())?;
        let lifetime_ms = u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX);
        append(&mut front, &time(self.now_ms)?)?;
        append(&mut front, &time(self.now_ms.saturating_add(lifetime_ms))?)?;
        list.put_before(&front)?;
        list.bytes.reserve_exact(END_BYTES);
        list.bytes.extend(extensions::all(self, ca)?);
        list.enclose()?;
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
