//! Where the device key lives. The private key never leaves it.

use zeroize::Zeroizing;

use cradle_protocol::limits::MAX_ELEMENT_FILE;
use cradle_protocol::message::{ElementFile, KeyFate, PublicKey, Refusal};

use crate::crypto;
use crate::device::{Entropy, Flash, StorageFault};
use crate::store::{self, Kind};

/// A place for the one device key of a device `D`.
pub trait KeyStore<D> {
    /// The public key; `None` if there is no key, or no more.
    fn public_key(&mut self, device: &mut D) -> Option<PublicKey>;

    /// Makes the key, or returns the one there is.
    ///
    /// # Errors
    /// [`Refusal::Entropy`] or [`Refusal::Storage`].
    fn make(&mut self, device: &mut D) -> Result<PublicKey, Refusal>;

    /// Signs a SHA-256 digest: ECDSA P-256, r ‖ s.
    ///
    /// # Errors
    /// [`Refusal::NoKey`].
    fn sign(&mut self, device: &mut D, digest: &[u8; 32]) -> Result<[u8; 64], Refusal>;

    /// Destroys the private key where it lies and checks that it is gone; says how. Without a
    /// key there is nothing to do and that is success.
    ///
    /// # Errors
    /// [`StorageFault`].
    fn zeroize(&mut self, device: &mut D) -> Result<KeyFate, StorageFault>;

    /// Reads what the maker of a secure element put into it.
    ///
    /// # Errors
    /// [`Refusal::SecureElement`]; with 0xFF, too, where the key is in no such element.
    fn read_element<'r>(
        &mut self,
        _file: ElementFile,
        _room: &'r mut [u8; MAX_ELEMENT_FILE],
    ) -> Result<&'r [u8], Refusal> {
        Err(Refusal::SecureElement(0xFF))
    }

    /// Signs a SHA-256 digest with the key that the maker of a secure element certified: r ‖ s.
    ///
    /// # Errors
    /// As [`KeyStore::read_element`].
    fn prove_element(&mut self, _digest: &[u8; 32]) -> Result<[u8; 64], Refusal> {
        Err(Refusal::SecureElement(0xFF))
    }
}

/// The key as a record in the NVS of the chip's flash; read-out protection guards it.
#[derive(Debug, Clone, Copy, Default)]
pub struct InternalFlash;

const RECORD: usize = 96;
/// Draws of a private key before the TRNG counts as broken; one fails with probability 2^-32.
const DRAWS: usize = 4;

impl<D: Flash + Entropy> KeyStore<D> for InternalFlash {
    fn public_key(&mut self, device: &mut D) -> Option<PublicKey> {
        let public = record(device).and_then(|record| public_from(&record[32..]));
        device.forget();
        public
    }

    fn make(&mut self, device: &mut D) -> Result<PublicKey, Refusal> {
        if let Some(key) = self.public_key(device) {
            return Ok(key);
        }
        let (private, public) = draw(device)?;
        let mut content = Zeroizing::new([0; RECORD]);
        content[..32].copy_from_slice(&*private);
        content[32..].copy_from_slice(&public_bytes(&public));
        store::append(device, D::LAYOUT.nvs, Kind::DeviceKey, &*content)
            .map_err(|StorageFault(status)| Refusal::Storage(status))?;
        device.forget();
        Ok(public)
    }

    fn sign(&mut self, device: &mut D, digest: &[u8; 32]) -> Result<[u8; 64], Refusal> {
        let signature = record(device)
            .and_then(|record| record.first_chunk::<32>())
            .and_then(|private| crypto::sign(private, digest));
        device.forget();
        signature.ok_or(Refusal::NoKey)
    }

    fn zeroize(&mut self, device: &mut D) -> Result<KeyFate, StorageFault> {
        store::clear_in_place(device, D::LAYOUT.nvs, Kind::DeviceKey)?;
        let cleared = store::is_cleared(device.bytes(D::LAYOUT.nvs), Kind::DeviceKey);
        cleared.then_some(KeyFate::Zeroized).ok_or(StorageFault(0))
    }
}

/// X ‖ Y.
pub(crate) fn public_bytes(key: &PublicKey) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&key.x);
    bytes[32..].copy_from_slice(&key.y);
    bytes
}

/// Reads X ‖ Y.
pub(crate) fn public_from(bytes: &[u8]) -> Option<PublicKey> {
    let (x, y) = bytes.split_first_chunk()?;
    let y = y.try_into().ok()?;
    Some(PublicKey { x: *x, y })
}

fn record<F: Flash>(flash: &mut F) -> Option<&[u8; RECORD]> {
    store::find(flash.bytes(F::LAYOUT.nvs), Kind::DeviceKey)?
        .try_into()
        .ok()
}

/// A private key by rejection sampling (FIPS 186-5 §A.2.2), and its public key.
fn draw(entropy: &mut impl Entropy) -> Result<(Zeroizing<[u8; 32]>, PublicKey), Refusal> {
    let mut private = Zeroizing::new([0; 32]);
    for _ in 0..DRAWS {
        entropy.fill(&mut *private).map_err(|_| Refusal::Entropy)?;
        if let Some(public) = crypto::public_key(&private) {
            return Ok((private, public));
        }
    }
    Err(Refusal::Entropy)
}
