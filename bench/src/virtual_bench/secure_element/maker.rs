//! The make-believe maker of the emulated elements: a root and a signer whose private keys
//! everybody knows. Its certificates are those of Trust&GO elements, in its own name.

use cradle_procedure::element::{Compressed, Dates, Device, Point, Root, Signer, SignerId};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256};

use super::zones::Zones;

/// The root's certificate; profiles of training boards pin it.
const ROOT: &str = include_str!("training-root.pem");
const SIGNER: SignerId = [0x00, 0x01];
const SIGNER_DATES: Dates = Dates::new(2020, 1, 2, 8, 31);
pub(super) const ELEMENT_DATES: Dates = Dates::new(2020, 1, 3, 9, 28);

/// Slots of what a maker puts into an element.
const EUI48_SLOT: u16 = 5;
const DEVICE_SLOT: u16 = 10;
const SIGNER_KEY_SLOT: u16 = 11;
const SIGNER_SLOT: u16 = 12;

/// Who an element is.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) serial: [u8; 9],
    pub(super) key: SigningKey,
}

impl Identity {
    pub(super) fn point(&self) -> Point {
        point(&self.key)
    }

    /// A locally administered address, as hexadecimal text.
    fn eui48(&self) -> [u8; 12] {
        let [_, _, _, bytes @ .., _] = self.serial;
        let mut text = [b'0'; 12];
        text[1] = b'2';
        for (byte, digits) in bytes.into_iter().zip(text[2..].chunks_mut(2)) {
            let hex = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble)];
            digits.copy_from_slice(&[hex(byte >> 4), hex(byte & 0xF)]);
        }
        text
    }
}

/// What goes into an element.
#[derive(Debug, Clone)]
pub(super) struct Files {
    eui48: [u8; 12],
    pub(super) device: Compressed,
    signer_key: Point,
    signer: Compressed,
}

impl Files {
    pub(super) fn put_into(&self, zones: &mut Zones) {
        let (x, y) = self.signer_key.split_at(32);
        let padding = &[0; 4][..];
        zones.put(EUI48_SLOT, &self.eui48);
        zones.put(DEVICE_SLOT, &self.device.to_bytes());
        zones.put(SIGNER_KEY_SLOT, &[padding, x, padding, y].concat());
        zones.put(SIGNER_SLOT, &self.signer.to_bytes());
    }
}

/// A maker, or somebody who takes its name.
pub(super) struct Maker {
    root_key: SigningKey,
    signer_key: SigningKey,
}

impl Maker {
    /// `None` never: the seeds are known to be keys.
    pub(super) fn of_training() -> Option<Self> {
        Some(Self {
            root_key: key_of("Cradle Training Element Root 0001")?,
            signer_key: key_of("Cradle Training Element Signer 0001")?,
        })
    }

    /// Calls itself the same, and has other keys.
    pub(super) fn forger() -> Option<Self> {
        Some(Self {
            root_key: key_of("a forger's root")?,
            signer_key: key_of("a forger's signer")?,
        })
    }

    /// Certifies an element. `None` never: the root is a certificate.
    pub(super) fn certify(&self, element: &Identity) -> Option<Files> {
        let root = Root::from_pem(ROOT).ok()?;
        let (signer_key, eui48) = (point(&self.signer_key), element.eui48());
        let signer = Signer {
            key: &signer_key,
            id: SIGNER,
            dates: SIGNER_DATES,
        };
        let device = Device {
            key: &element.point(),
            serial: &element.serial,
            eui48: &eui48,
            signer_id: SIGNER,
            signer_key: &signer_key,
            dates: ELEMENT_DATES,
        };
        let signer = Compressed {
            signature: sign(&self.root_key, &signer.to_be_signed(&root)),
            dates: SIGNER_DATES,
            signer_id: SIGNER,
            template: Signer::TEMPLATE,
        };
        let device = Compressed {
            signature: sign(&self.signer_key, &device.to_be_signed(&root)),
            dates: ELEMENT_DATES,
            signer_id: SIGNER,
            template: Device::TEMPLATE,
        };
        Some(Files {
            eui48,
            device,
            signer_key,
            signer,
        })
    }
}

fn key_of(seed: &str) -> Option<SigningKey> {
    SigningKey::from_slice(&Sha256::digest(seed)).ok()
}

fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let signature: Signature = key.sign(message);
    signature.to_bytes().into()
}

fn point(key: &SigningKey) -> Point {
    let encoded = key.verifying_key().to_sec1_point(false);
    let mut point = [0; 64];
    point.copy_from_slice(&encoded.as_bytes()[1..]);
    point
}

#[cfg(test)]
mod tests {
    use cradle_procedure::profile::TargetProfile;

    use super::*;

    #[test]
    fn profile_of_training_boards_pins_the_root_of_their_elements() {
        let text = include_str!("../../../../profiles/stm32f405-se.toml");
        let element = TargetProfile::parse(text).unwrap().element.unwrap();
        let root = Root::from_pem(ROOT).unwrap();
        assert_eq!(element.root, Some(root.clone()));
        assert_eq!(root.organization(), "Cradle Training Elements");
        let key = point(&Maker::of_training().unwrap().root_key);
        assert!(root.public_key().ends_with(&key));
    }
}
