//! The device key in an ATECC608B-TNGTLS (Trust&GO) on I²C: made there, used there, never outside.
//!
//! Such an element comes configured and locked. Slot 0 has the key that Microchip certified, for
//! ever; it only shows whose make the element is. The device key is in slot 2, the first where
//! keys may be made anew. A slot cannot be erased: destroying a key means to have the element make another in its
//! place, which nobody was ever told. The public key is kept as a record in the NVS sector; it
//! is what says that the slot's key is the device's.

mod atecc608;

pub use atecc608::{Atecc608, Fault};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;

use cradle_protocol::limits::MAX_ELEMENT_FILE;
use cradle_protocol::message::{ElementFile, KeyFate, PublicKey, Refusal};

use crate::device::{Flash, StorageFault};
use crate::key_store::{KeyStore, public_bytes, public_from};
use crate::store::{self, Kind};

/// Slot of the device key.
const SLOT: u8 = 2;
/// Slot of the key that the maker certified.
const MAKERS_SLOT: u8 = 0;

/// The key store.
pub struct SecureElement<I, T>(Atecc608<I, T>);

impl<I: I2c, T: DelayNs> SecureElement<I, T> {
    /// The element on that bus.
    pub fn new(element: Atecc608<I, T>) -> Self {
        Self(element)
    }

    /// Whether the element answers and may make keys.
    pub fn is_ready(&mut self) -> bool {
        self.0.awake(Atecc608::configuration_locked) == Ok(true)
    }
}

impl<D: Flash, I: I2c, T: DelayNs> KeyStore<D> for SecureElement<I, T> {
    fn public_key(&mut self, device: &mut D) -> Option<PublicKey> {
        public_from(store::find(device.bytes(D::LAYOUT.nvs), Kind::ElementKey)?)
    }

    /// A key whose record power did not let finish is replaced by another.
    fn make(&mut self, device: &mut D) -> Result<PublicKey, Refusal> {
        if let Some(key) = self.public_key(device) {
            return Ok(key);
        }
        let key = self.0.awake(|element| {
            if element.configuration_locked()? {
                element.make_key(SLOT).map(Some)
            } else {
                Ok(None)
            }
        });
        let key = key.map_err(refusal)?.ok_or(Refusal::ElementUnlocked)?;
        let key = public_from(&key).ok_or(Refusal::NoKey)?;
        store::append(device, D::LAYOUT.nvs, Kind::ElementKey, &public_bytes(&key))
            .map_err(|StorageFault(status)| Refusal::Storage(status))?;
        Ok(key)
    }

    fn sign(&mut self, device: &mut D, digest: &[u8; 32]) -> Result<[u8; 64], Refusal> {
        self.public_key(device).ok_or(Refusal::NoKey)?;
        self.0
            .awake(|element| element.sign(SLOT, digest))
            .map_err(refusal)
    }

    /// Whether or not there is a record: power may have failed before it was written. That the
    /// old key is gone is seen from the slot's public key, read anew.
    fn zeroize(&mut self, device: &mut D) -> Result<KeyFate, StorageFault> {
        let recorded = self.public_key(device).map(|key| public_bytes(&key));
        let replaced = self.0.awake(|element| {
            // A slot that never held a key has no public one.
            let before = element.public_key(SLOT).ok();
            let made = element.make_key(SLOT)?;
            let now = element.public_key(SLOT)?;
            Ok(now == made && Some(now) != before && Some(now) != recorded)
        });
        match replaced {
            Ok(true) => Ok(KeyFate::Replaced { slot: SLOT }),
            Ok(false) => Err(StorageFault(0)),
            Err(fault) => Err(StorageFault(u32::from(fault.status()))),
        }
    }

    fn read_element<'r>(
        &mut self,
        file: ElementFile,
        room: &'r mut [u8; MAX_ELEMENT_FILE],
    ) -> Result<&'r [u8], Refusal> {
        let read = |element: &mut Atecc608<I, T>| match file {
            ElementFile::SerialNumber => put(&element.serial_number()?, room),
            ElementFile::Eui48 => element.read_slot(5, &mut room[..12]),
            ElementFile::PublicKey => put(&element.public_key(MAKERS_SLOT)?, room),
            ElementFile::DeviceCertificate => element.read_slot(10, &mut room[..]),
            ElementFile::SignerKey => element.read_slot(11, &mut room[..]),
            ElementFile::SignerCertificate => element.read_slot(12, &mut room[..]),
        };
        let length = self.0.awake(read).map_err(refusal)?;
        Ok(&room[..length])
    }

    fn prove_element(&mut self, digest: &[u8; 32]) -> Result<[u8; 64], Refusal> {
        self.0
            .awake(|element| element.sign(MAKERS_SLOT, digest))
            .map_err(refusal)
    }
}

fn put(bytes: &[u8], room: &mut [u8; MAX_ELEMENT_FILE]) -> Result<usize, Fault> {
    room[..bytes.len()].copy_from_slice(bytes);
    Ok(bytes.len())
}

fn refusal(fault: Fault) -> Refusal {
    Refusal::SecureElement(fault.status())
}

#[cfg(test)]
mod tests;
