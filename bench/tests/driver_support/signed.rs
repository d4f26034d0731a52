//! Things that need a signature: images, requests, wipe orders.

use cradle_procedure::ids::Sha256;
use cradle_protocol::image::{
    FLAG_ROM_FIXED, MAGIC, PADDED_HEADER, PROTECTED_TLV_MAGIC, TLV_MAGIC, tlv,
};
use cradle_protocol::message::{ChipUid, Nonce, PublicKey, wipe_statement};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};

/// A key pair of the station.
pub struct Key(SigningKey);

impl Key {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn spki(&self) -> Vec<u8> {
        spki(self.0.verifying_key())
    }

    /// As `imgtool verify` takes it.
    pub fn public_pem(&self) -> String {
        let key = self.0.verifying_key();
        key.to_public_key_pem(LineEnding::LF).unwrap()
    }

    /// As `imgtool sign` takes it. Of a test key.
    pub fn private_pem(&self) -> String {
        self.0.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
    }

    /// What goes into one-time memory.
    pub fn hash(&self) -> Sha256 {
        Sha256::of(&self.spki())
    }

    pub fn public(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(false);
        PublicKey::from_sec1(point.as_bytes()).unwrap()
    }

    /// The payload as a signed image for a bank.
    pub fn image(&self, payload: &[u8], security_counter: u32) -> Vec<u8> {
        self.image_at(None, payload, security_counter)
    }

    /// The same, fixed to the address at which its header is while it runs.
    pub fn image_at(
        &self,
        fixed_at: Option<u32>,
        payload: &[u8],
        security_counter: u32,
    ) -> Vec<u8> {
        let entry = |kind: u16, value: &[u8]| {
            let length = value.len() as u16;
            [&kind.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
        };
        let area = |magic: u16, entries: &[u8]| {
            let total = 4 + entries.len() as u16;
            [&magic.to_le_bytes()[..], &total.to_le_bytes(), entries].concat()
        };
        let counter = entry(tlv::SEC_CNT, &security_counter.to_le_bytes());
        let protected = area(PROTECTED_TLV_MAGIC, &counter);
        let mut image = MAGIC.to_le_bytes().to_vec();
        image.extend(fixed_at.unwrap_or(0).to_le_bytes());
        image.extend(PADDED_HEADER.to_le_bytes());
        image.extend((protected.len() as u16).to_le_bytes());
        image.extend((payload.len() as u32).to_le_bytes());
        let flags = fixed_at.map_or(0, |_| FLAG_ROM_FIXED);
        image.extend(flags.to_le_bytes());
        image.extend([1, 2, 3, 0, 0, 0, 0, 0]);
        image.resize(usize::from(PADDED_HEADER), 0);
        image.extend(payload);
        image.extend(protected);
        let signature: Signature = self.0.sign(&image);
        let entries = [
            entry(tlv::SHA256, Sha256::of(&image).bytes()),
            entry(tlv::PUBKEY, &self.spki()),
            entry(tlv::ECDSA_SIG, signature.to_der().as_bytes()),
        ];
        image.extend(area(TLV_MAGIC, &entries.concat()));
        image
    }

    /// An order to wipe, r ‖ s.
    pub fn wipe_order(&self, uid: &ChipUid, challenge: &Nonce) -> [u8; 64] {
        let signature: Signature = self.0.sign(&wipe_statement(uid, challenge));
        signature.to_bytes().into()
    }
}

fn spki(key: &VerifyingKey) -> Vec<u8> {
    key.to_public_key_der().unwrap().as_bytes().to_vec()
}

/// The device's key as a `SubjectPublicKeyInfo`.
pub fn device_spki(key: &PublicKey) -> Vec<u8> {
    spki(&device_key(key))
}

fn device_key(key: &PublicKey) -> VerifyingKey {
    VerifyingKey::from_sec1_bytes(&key.to_sec1()).unwrap()
}

/// Whether the device's signature over `message` holds.
pub fn holds(key: &PublicKey, message: &[u8], der: &[u8]) -> bool {
    let signature = Signature::from_der(der).unwrap();
    device_key(key).verify(message, &signature).is_ok()
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let header = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [header, content].concat()
}

/// A `CertificationRequestInfo` without names or attributes (RFC 2986 §4.1).
pub fn request_info(key: &PublicKey) -> Vec<u8> {
    let version: &[u8] = &[2, 1, 0];
    let nothing: &[u8] = &[0xA0, 0];
    der(0x30, &[version, &[0x30, 0], &device_spki(key), nothing])
}

/// The shape of a certificate for that key (RFC 5280 §4.1); its signature is void, the device
/// looks at the key only.
pub fn certificate(key: &PublicKey) -> Vec<u8> {
    let empty: &[u8] = &[0x30, 0];
    let version: &[u8] = &[0xA0, 3, 2, 1, 2];
    let serial: &[u8] = &[2, 1, 7];
    let subject_key = device_spki(key);
    let fields = [version, serial, empty, empty, empty, empty, &subject_key];
    der(0x30, &[&der(0x30, &fields), empty, &[3, 1, 0]])
}
