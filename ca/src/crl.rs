//! The certificate revocation list (RFC 5280 §5).
//!
//! Written entry by entry into one buffer: a list of a million entries costs little more than its
//! own size. `x509_cert`'s builder is no help: it names the issuer's authorityKeyIdentifier where
//! its subjectKeyIdentifier belongs (§5.2.1), and no relying party accepts such a list from a
//! subordinate CA.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{Revocation, RevocationReason};
use cradle_procedure::signature::verifies;
use der::asn1::{BitStringRef, Uint};
use der::{Encode, Header, Length, Tag, TagNumber};
use x509_cert::certificate::Rfc5280;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::serial_number::SerialNumber;

use crate::certificate::{ECDSA_SHA256, authority_key, extension, time};
use crate::files;
use crate::issuing::IssuingCa;

/// `version` of a list with extensions: v2 (RFC 5280 §5.1.2.1).
const V2: u8 = 1;

/// No entry is longer: 2 + serial number 22 + time 17 + reason 14.
const ENTRY_BYTES: usize = 55;

/// Room for everything that is not an entry: names, extensions, signature.
const FRAME_BYTES: usize = 1024;

/// Content of a list to sign.
pub(crate) struct Crl {
    pub(crate) number: u64,
    pub(crate) now_ms: u64,
    pub(crate) lifetime: Duration,
    pub(crate) revoked: Vec<Revocation>,
}

impl Crl {
    /// The signed list, DER. Entries are in order of their serial numbers.
    ///
    /// # Errors
    /// `CA-03`, `TOK-…`.
    pub(crate) fn sign(self, ca: &IssuingCa) -> Result<Vec<u8>, Fault> {
        let mut list = self.into_unsigned(ca)?;
        let signature = ca.signer().sign(&list)?;
        if !verifies(ca.signer().public_key(), &list, &signature) {
            let why = "CRL: the token's signature does not verify with its public key";
            return Err(Fault::new(Code::CertificateFailed, why));
        }
        append(&mut list, &ECDSA_SHA256)?;
        let bits = BitStringRef::from_bytes(&signature).or_fault(Code::CertificateFailed)?;
        append(&mut list, &bits)?;
        wrap(&mut list, Tag::Sequence)?;
        Ok(list)
    }

    /// `TBSCertList` (RFC 5280 §5.1.2). Takes the entries, so that they are gone once written.
    fn into_unsigned(mut self, ca: &IssuingCa) -> Result<Vec<u8>, Fault> {
        let head = self.head(ca)?;
        let extensions = self.extensions(ca)?;
        self.revoked
            .sort_unstable_by(|a, b| a.serial_number.cmp(&b.serial_number));
        let mut list = Vec::with_capacity(self.revoked.len() * ENTRY_BYTES + FRAME_BYTES);
        for revocation in self.revoked {
            append_entry(&mut list, &revocation)?;
        }
        // A list of nothing has no `revokedCertificates` at all (§5.1.2.6).
        if !list.is_empty() {
            wrap(&mut list, Tag::Sequence)?;
        }
        prepend(&mut list, head);
        list.extend(extensions);
        wrap(&mut list, Tag::Sequence)?;
        Ok(list)
    }

    fn head(&self, ca: &IssuingCa) -> Result<Vec<u8>, Fault> {
        let lifetime_ms = u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX);
        let mut head = Vec::new();
        append(&mut head, &V2)?;
        append(&mut head, &ECDSA_SHA256)?;
        append(&mut head, ca.name())?;
        append(&mut head, &time(self.now_ms)?)?;
        append(&mut head, &time(self.now_ms.saturating_add(lifetime_ms))?)?;
        Ok(head)
    }

    /// `crlExtensions`: whose list it is, and its number (§5.2.1, §5.2.3).
    fn extensions(&self, ca: &IssuingCa) -> Result<Vec<u8>, Fault> {
        let number = Uint::new(&self.number.to_be_bytes()).or_fault(Code::CertificateFailed)?;
        let extensions = vec![
            authority_key(ca.name(), ca.key_identifier())?,
            extension(&CrlNumber(number), ca.name())?,
        ];
        let mut der = extensions.to_der().or_fault(Code::CertificateFailed)?;
        let explicit = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(0),
        };
        wrap(&mut der, explicit)?;
        Ok(der)
    }
}

/// One entry of `revokedCertificates`, with its reason (§5.3.1).
fn append_entry(list: &mut Vec<u8>, revocation: &Revocation) -> Result<(), Fault> {
    let serial = serial_number(&revocation.serial_number)?;
    let start = list.len();
    list.extend([0x30, 0]);
    append(list, &serial)?;
    append(list, &time(revocation.revoked_at.saturating_mul(1000))?)?;
    list.extend(reason_extensions(revocation.reason));
    let length = list.len() - start - 2;
    // Below 128 by `ENTRY_BYTES`: DER writes it in one byte.
    list[start + 1] = u8::try_from(length).or_fault(Code::CertificateFailed)?;
    Ok(())
}

fn serial_number(text: &str) -> Result<SerialNumber<Rfc5280>, Fault> {
    let bytes = hex::decode(text);
    let serial = bytes.ok().and_then(|bytes| SerialNumber::new(&bytes).ok());
    serial.ok_or_else(|| {
        let detail = format!("serial number {text:?} cannot stand in a CRL");
        Fault::new(Code::CertificateFailed, detail)
    })
}

/// `crlEntryExtensions` with one reasonCode, 2.5.29.21, an ENUMERATED in an OCTET STRING.
fn reason_extensions(reason: RevocationReason) -> [u8; 14] {
    let code = match reason {
        RevocationReason::KeyCompromise => 1,
        RevocationReason::Superseded => 4,
        RevocationReason::CessationOfOperation => 5,
    };
    [
        0x30, 12, 0x30, 10, 0x06, 3, 0x55, 0x1D, 0x15, 0x04, 3, 0x0A, 1, code,
    ]
}

fn append(buffer: &mut Vec<u8>, value: &impl Encode) -> Result<(), Fault> {
    value
        .encode_to_vec(buffer)
        .map(|_| ())
        .or_fault(Code::CertificateFailed)
}

fn prepend(buffer: &mut Vec<u8>, bytes: Vec<u8>) {
    buffer.splice(0..0, bytes);
}

/// Makes what the buffer holds the content of one DER value.
fn wrap(buffer: &mut Vec<u8>, tag: Tag) -> Result<(), Fault> {
    let header = Length::try_from(buffer.len())
        .and_then(|length| Header::new(tag, length).to_der())
        .or_fault(Code::CertificateFailed)?;
    prepend(buffer, header);
    Ok(())
}

/// Waits for its turn to publish that CRL, among all threads and processes. The turn ends when
/// the file is dropped.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn lock(path: &Path) -> Result<File, Fault> {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = Path::new(&lock);
    let taken = fs::create_dir_all(files::directory(path)).and_then(|()| {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock)?;
        file.lock()?;
        Ok(file)
    });
    taken.map_err(|error| files::failed(lock, error))
}

/// Puts the list in its place and returns it as a relying party gets it.
///
/// # Errors
/// `CFG-02` it cannot be written, or what is read back differs.
pub(crate) fn publish(path: &Path, list: &[u8]) -> Result<Vec<u8>, Fault> {
    files::replace(path, list)?;
    let published = fs::read(path).map_err(|error| files::failed(path, error))?;
    if published != list {
        return Err(files::failed(
            path,
            "what was read back is not what was written",
        ));
    }
    Ok(published)
}
