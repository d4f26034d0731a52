//! From the root down to the element in hand.

use p256::ecdsa::Signature;

use super::compressed::Compressed;
use super::root::Root;
use super::template::{Device, Signer, signed, signer_common_name};
use super::{ElementFiles, Point, foreign, sec1};
use crate::curve::Curve;
use crate::fault::Fault;
use crate::pki::certificate_validity;
use crate::signature::verifies;

/// An element's certificates, rebuilt; every signature, name and date in them was verified. Only
/// [`Chain::verify`] makes one. That the element also has the key is
/// [`ElementFiles::proves`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// The signer's certificate, DER.
    pub signer: Vec<u8>,
    /// The element's certificate, DER.
    pub device: Vec<u8>,
    /// How the signer is called.
    pub signer_name: String,
}

impl Chain {
    /// Rebuilds the certificates from what was read, and verifies them for that moment
    /// (milliseconds since 1970-01-01 UTC).
    ///
    /// # Errors
    /// `DEV-28`, naming what does not hold.
    pub fn verify(files: &ElementFiles, root: &Root, now_ms: u64) -> Result<Self, Fault> {
        let signer_key = files.signer_point();
        let signer = Compressed::read(&files.signer, Signer::TEMPLATE)?;
        let device = Compressed::read(&files.device, Device::TEMPLATE)?;
        if signer.signer_id != device.signer_id {
            return Err(foreign("its certificate names another signer"));
        }
        let signer_fields = Signer {
            key: &signer_key,
            id: signer.signer_id,
            dates: signer.dates,
        };
        let device_fields = Device {
            key: &files.public_key,
            serial: &files.serial,
            eui48: &files.eui48,
            signer_id: device.signer_id,
            signer_key: &signer_key,
            dates: device.dates,
        };
        let unsigned = "the pinned root did not certify its signer";
        let signer = rebuilt(
            &signer_fields.to_be_signed(root),
            &signer.signature,
            root.public_key(),
            unsigned,
        )?;
        let unsigned = "its signer did not certify this serial number, key and validity";
        let device = rebuilt(
            &device_fields.to_be_signed(root),
            &device.signature,
            &spki(&signer_key)?,
            unsigned,
        )?;
        valid(root.validity(), "root", now_ms)?;
        for (certificate, whose) in [(&signer, "signer"), (&device, "element")] {
            valid(certificate_validity(certificate)?, whose, now_ms)?;
        }
        Ok(Self {
            signer,
            device,
            signer_name: signer_common_name(signer_fields.id),
        })
    }
}

/// A whole certificate, if that key signed it.
fn rebuilt(
    to_be_signed: &[u8],
    signature: &[u8; 64],
    key: &[u8],
    unsigned: &str,
) -> Result<Vec<u8>, Fault> {
    let signature = Signature::from_slice(signature).map_err(|_| foreign(unsigned))?;
    let signature = signature.to_der();
    if !verifies(key, to_be_signed, signature.as_bytes()) {
        return Err(foreign(unsigned));
    }
    Ok(signed(to_be_signed, signature.as_bytes()))
}

fn spki(point: &Point) -> Result<Vec<u8>, Fault> {
    let key = Curve::P256.public_key(&sec1(point));
    key.ok_or_else(|| foreign("its signer's key is not on the curve"))
}

fn valid((first, last): (u64, u64), whose: &str, now_ms: u64) -> Result<(), Fault> {
    let now = now_ms / 1000;
    if (first..=last).contains(&now) {
        return Ok(());
    }
    Err(foreign(format!(
        "the certificate of the {whose} is not valid now"
    )))
}
