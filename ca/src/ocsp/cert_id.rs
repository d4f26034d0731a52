//! `CertID`: which certificate of which issuer (RFC 6960 §4.1.1).

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use der::asn1::{IntRef, OctetStringRef};
use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _, Sequence};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::request::NONCE;
use crate::issuing::IssuingCa;
use crate::tlv::{OCTET_STRING, SEQUENCE, explicit, tlv};

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// One certificate, as the asker names it.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub(super) struct CertId<'a> {
    pub(super) hash_algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) issuer_name_hash: &'a OctetStringRef,
    pub(super) issuer_key_hash: &'a OctetStringRef,
    pub(super) serial_number: IntRef<'a>,
}

impl CertId<'_> {
    /// The serial number as the record writes it.
    pub(super) fn serial_hex(&self) -> String {
        hex::encode(self.serial_number.as_bytes())
    }
}

/// The hashes by which askers name our issuing CA. SHA-1 names here, it secures nothing: every
/// client asks with it (RFC 5019 §2.1.1 even demands it).
pub(super) struct Issuer {
    sha1: [Vec<u8>; 2],
    sha256: [Vec<u8>; 2],
}

impl Issuer {
    pub(super) fn of(ca: &IssuingCa) -> Result<Self, Fault> {
        let name = ca.name().to_der().or_fault(Code::CertificateFailed)?;
        let key = key_bits(ca.signer().public_key())?;
        Ok(Self {
            sha1: [Sha1::digest(&name).to_vec(), Sha1::digest(&key).to_vec()],
            sha256: [
                Sha256::digest(&name).to_vec(),
                Sha256::digest(&key).to_vec(),
            ],
        })
    }

    /// Whether the certificate asked for would be one of this issuer.
    pub(super) fn is_of(&self, id: &CertId<'_>) -> bool {
        let [name, key] = match id.hash_algorithm.oid {
            SHA1 => &self.sha1,
            SHA256 => &self.sha256,
            _ => return false,
        };
        id.issuer_name_hash.as_bytes() == name && id.issuer_key_hash.as_bytes() == key
    }
}

/// An `OCSPRequest` (DER) for one certificate of that CA, by the positive number that those bytes
/// are, with a nonce (1 to 128 bytes) or without.
pub(crate) fn request_for(
    ca: &IssuingCa,
    serial: &[u8],
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, Fault> {
    let [name, key] = Issuer::of(ca)?.sha256;
    let algorithm = AlgorithmIdentifierRef {
        oid: SHA256,
        parameters: None,
    };
    let algorithm = algorithm.to_der().or_fault(Code::CertificateFailed)?;
    let serial = der::asn1::Uint::new(serial).and_then(|serial| serial.to_der());
    let id = tlv(
        SEQUENCE,
        &[
            &algorithm,
            &tlv(OCTET_STRING, &[&name]),
            &tlv(OCTET_STRING, &[&key]),
            &serial.or_fault(Code::CertificateFailed)?,
        ],
    );
    let list = tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&id])]);
    let extensions = match nonce {
        None => Vec::new(),
        Some(nonce) => {
            let oid = NONCE.to_der().or_fault(Code::CertificateFailed)?;
            let value = tlv(OCTET_STRING, &[&tlv(OCTET_STRING, &[nonce])]);
            tlv(
                explicit(2),
                &[&tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&oid, &value])])],
            )
        }
    };
    Ok(tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&list, &extensions])]))
}

/// The key bits of a `SubjectPublicKeyInfo`, without tag, length and unused-bits octet.
pub(super) fn key_bits(spki: &[u8]) -> Result<Vec<u8>, Fault> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki).or_fault(Code::CertificateFailed)?;
    Ok(spki.subject_public_key.raw_bytes().to_vec())
}
