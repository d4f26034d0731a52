//! The certificates of a Trust&GO TLS element, written from what differs between them.
//!
//! Field by field as in CryptoAuthLib's `tngtls_cert_def_1_signer` and `tngtls_cert_def_3_device`,
//! but for the organization, which is that of the pinned root.

use super::compressed::{Dates, SignerId};
use super::root::{Root, key_id};
use super::{Point, sec1};
use crate::ids::Sha256;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8: u8 = 0x0C;
const PRINTABLE: u8 = 0x13;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Version 3 (RFC 5280 §4.1.2.1).
const VERSION: &[u8] = &[0xA0, 3, 2, 1, 2];
/// ecdsa-with-SHA256 (RFC 5758 §3.2).
pub(super) const ECDSA_SHA256: &[u8] = b"\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02";
/// id-ecPublicKey on secp256r1 (RFC 5480 §2.1.1), and a bit string of 65 bytes.
const P256_KEY: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\
    \x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07\x03\x42\x00";
/// Attribute types (X.520).
const ORGANIZATION: &[u8] = b"\x06\x03\x55\x04\x0A";
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
const SERIAL_NUMBER: &[u8] = b"\x06\x03\x55\x04\x05";
/// Extensions (RFC 5280 §4.2.1), critical where the definitions have them so.
const KEY_USAGE_SIGNER: &[u8] = b"\x30\x0E\x06\x03\x55\x1D\x0F\x01\x01\xFF\x04\x04\x03\x02\x01\x86";
const CA_OF_ELEMENTS: &[u8] =
    b"\x30\x12\x06\x03\x55\x1D\x13\x01\x01\xFF\x04\x08\x30\x06\x01\x01\xFF\x02\x01\x00";
const KEY_USAGE_DEVICE: &[u8] = b"\x30\x0E\x06\x03\x55\x1D\x0F\x01\x01\xFF\x04\x04\x03\x02\x03\x88";
const NO_CA: &[u8] = b"\x30\x0C\x06\x03\x55\x1D\x13\x01\x01\xFF\x04\x02\x30\x00";
const SUBJECT_KEY_ID: &[u8] = b"\x06\x03\x55\x1D\x0E";
const AUTHORITY_KEY_ID: &[u8] = b"\x06\x03\x55\x1D\x23";
const ALTERNATIVE_NAME: &[u8] = b"\x06\x03\x55\x1D\x11";

/// What differs between the certificates of a maker's signers.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// Its key.
    pub key: &'a Point,
    /// What it is called.
    pub id: SignerId,
    /// When it is valid.
    pub dates: Dates,
}

/// What differs between the certificates of a maker's elements.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    /// The element's key.
    pub key: &'a Point,
    /// Its serial number.
    pub serial: &'a [u8; 9],
    /// Its EUI-48 as hexadecimal text.
    pub eui48: &'a [u8; 12],
    /// Its signer.
    pub signer_id: SignerId,
    /// Its signer's key.
    pub signer_key: &'a Point,
    /// When it is valid.
    pub dates: Dates,
}

impl Signer<'_> {
    /// Certificate definition.
    pub const TEMPLATE: u8 = 1;

    /// What the root signs: `TBSCertificate`, DER.
    #[must_use]
    pub fn to_be_signed(&self, root: &Root) -> Vec<u8> {
        let extensions = [
            KEY_USAGE_SIGNER,
            CA_OF_ELEMENTS,
            &subject_key_id(self.key),
            &authority_key_id(root.key_id()),
        ];
        certificate(
            self.key,
            self.dates,
            root.subject(),
            &signer_name(root.organization(), self.id),
            &extensions,
        )
    }
}

impl Device<'_> {
    /// Certificate definition.
    pub const TEMPLATE: u8 = 3;

    /// What the signer signs: `TBSCertificate`, DER.
    #[must_use]
    pub fn to_be_signed(&self, root: &Root) -> Vec<u8> {
        let organization = root.organization();
        let common = format!("sn{}", hex::encode_upper(self.serial));
        let extensions = [
            &eui48_name(self.eui48)[..],
            NO_CA,
            KEY_USAGE_DEVICE,
            &subject_key_id(self.key),
            &authority_key_id(&key_id(self.signer_key)),
        ];
        certificate(
            self.key,
            self.dates,
            &signer_name(organization, self.signer_id),
            &name(organization, &common),
            &extensions,
        )
    }
}

/// How a signer is called.
pub(super) fn signer_common_name(id: SignerId) -> String {
    format!("Crypto Authentication Signer {}", hex::encode_upper(id))
}

fn signer_name(organization: &str, id: SignerId) -> Vec<u8> {
    name(organization, &signer_common_name(id))
}

fn certificate(
    key: &Point,
    dates: Dates,
    issuer: &[u8],
    subject: &[u8],
    extensions: &[&[u8]],
) -> Vec<u8> {
    let extensions = tlv(SEQUENCE, &extensions.concat());
    let fields = [
        VERSION,
        &serial_number(key, dates),
        ECDSA_SHA256,
        issuer,
        &validity(dates),
        subject,
        P256_KEY,
        &sec1(key),
        &tlv(0xA3, &extensions),
    ];
    tlv(SEQUENCE, &fields.concat())
}

/// `SNSRC_PUB_KEY_HASH`: SHA-256 over key and dates, cut to 16 bytes, the uppermost bits 01.
fn serial_number(key: &Point, dates: Dates) -> Vec<u8> {
    let digest = Sha256::of(&[&key[..], &dates.0].concat());
    let mut number = [0; 16];
    number.copy_from_slice(&digest.bytes()[..16]);
    number[0] = number[0] & 0x3F | 0x40;
    tlv(INTEGER, &number)
}

/// Two digits for the year of the first day, four for that of the last.
fn validity(dates: Dates) -> Vec<u8> {
    let (first, last) = dates.texts();
    let first = tlv(UTC_TIME, &first.as_bytes()[2..]);
    let last = tlv(GENERALIZED_TIME, last.as_bytes());
    tlv(SEQUENCE, &[first, last].concat())
}

fn name(organization: &str, common: &str) -> Vec<u8> {
    let organization = attribute(ORGANIZATION, UTF8, organization.as_bytes());
    let common = attribute(COMMON_NAME, UTF8, common.as_bytes());
    tlv(SEQUENCE, &[organization, common].concat())
}

fn attribute(of: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
    let pair = tlv(SEQUENCE, &[of, &tlv(tag, text)].concat());
    tlv(SET, &pair)
}

/// Alternative name of the subject, a directory name.
fn eui48_name(eui48: &[u8; 12]) -> Vec<u8> {
    let text = [&b"eui48_"[..], eui48].concat();
    let name = tlv(SEQUENCE, &attribute(SERIAL_NUMBER, PRINTABLE, &text));
    extension(ALTERNATIVE_NAME, &tlv(SEQUENCE, &tlv(0xA4, &name)))
}

fn subject_key_id(key: &Point) -> Vec<u8> {
    extension(SUBJECT_KEY_ID, &tlv(OCTET_STRING, &key_id(key)))
}

fn authority_key_id(id: &[u8; 20]) -> Vec<u8> {
    extension(AUTHORITY_KEY_ID, &tlv(SEQUENCE, &tlv(0x80, id)))
}

fn extension(which: &[u8], value: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[which, &tlv(OCTET_STRING, value)].concat())
}

/// A whole certificate: what was signed, and the signature (DER `Ecdsa-Sig-Value`).
pub(super) fn signed(to_be_signed: &[u8], signature: &[u8]) -> Vec<u8> {
    let signature = tlv(BIT_STRING, &[&[0], signature].concat());
    tlv(SEQUENCE, &[to_be_signed, ECDSA_SHA256, &signature].concat())
}

/// One value with its tag and length (X.690 §8.1).
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [.., high, low] = length.to_be_bytes();
    let head: &[u8] = match length {
        0..=0x7F => &[tag, low],
        0x80..=0xFF => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [head, content].concat()
}
