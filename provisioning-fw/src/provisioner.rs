//! What the provisioner answers to the station. It runs from RAM at the factory only.

use zeroize::Zeroizing;

use cradle_protocol::frame;
use cradle_protocol::layout::Region;
use cradle_protocol::limits::{
    MAX_CERTIFICATE, MAX_CSR_INFO, MAX_ELEMENT_FILE, MAX_FRAME, MAX_SIGNATURE,
};
use cradle_protocol::message::{
    Hardware, Nonce, ProvisionerReply, ProvisionerRequest, PublicKey, Refusal, element_statement,
};

use crate::crypto::{sha256, spki, to_der};
use crate::der::{key_in_certificate, key_in_request};
use crate::device::{Device, StorageFault};
use crate::flash_cipher;
use crate::key_store::{KeyStore, public_bytes};
use crate::store::{self, Kind};
use crate::trng_health;

/// Both are answered from the same room.
const _: () = assert!(MAX_ELEMENT_FILE == MAX_SIGNATURE);

/// Answers one frame, given without its closing zero. Returns how much of `out` is the answer;
/// `None` if the line garbled the frame.
pub fn answer<D: Device>(
    device: &mut D,
    keys: &mut impl KeyStore<D>,
    frame: &mut [u8],
    out: &mut [u8; MAX_FRAME],
) -> Option<usize> {
    let (id, body) = frame::open(frame).ok()?;
    let mut scratch = [0; MAX_SIGNATURE];
    let reply = match frame::parse(body) {
        Ok(request) => {
            handle(device, keys, &request, &mut scratch).unwrap_or_else(ProvisionerReply::Refused)
        }
        Err(_) => ProvisionerReply::Refused(Refusal::NotUnderstood),
    };
    frame::encode(id, &reply, out).ok()
}

/// Answers one request.
///
/// # Errors
/// Why it is refused.
pub fn handle<'a, D: Device>(
    device: &mut D,
    keys: &mut impl KeyStore<D>,
    request: &ProvisionerRequest<'_>,
    scratch: &'a mut [u8; MAX_SIGNATURE],
) -> Result<ProvisionerReply<'a>, Refusal> {
    match request {
        ProvisionerRequest::Hello => Ok(ProvisionerReply::Hardware(hardware(device))),
        ProvisionerRequest::MakeKey => {
            trng_health::start_up(device).map_err(|_| Refusal::Entropy)?;
            keys.make(device).map(ProvisionerReply::Key)
        }
        ProvisionerRequest::SignRequest { info } => {
            sign_request(device, keys, info, scratch).map(ProvisionerReply::Signature)
        }
        ProvisionerRequest::StoreCertificate { der } => store_certificate(device, keys, der),
        ProvisionerRequest::StoreWipeAuthority { key } => {
            store_once(device, Kind::WipeAuthority, &public_bytes(key))
        }
        ProvisionerRequest::BurnOtpWord { index, value } => {
            device.burn(*index, *value).map(ProvisionerReply::Word)
        }
        ProvisionerRequest::LockOtpBlock { block } => {
            device.close(*block).map(ProvisionerReply::Word)
        }
        ProvisionerRequest::MakeFlashKey => make_flash_key(device),
        ProvisionerRequest::WriteFlash { address, bytes } => {
            flash_cipher::write(device, *address, bytes).map(|()| ProvisionerReply::Done)
        }
        ProvisionerRequest::DigestFlash { start, length } => {
            let (start, length) = (*start, *length);
            flash_cipher::digest(device, Region { start, length }).map(ProvisionerReply::Digest)
        }
        ProvisionerRequest::CheckTrng => {
            Ok(ProvisionerReply::Trng(trng_health::start_up(device).err()))
        }
        ProvisionerRequest::ReadElement { file } => keys
            .read_element(*file, scratch)
            .map(ProvisionerReply::Element),
        ProvisionerRequest::ProveElement { nonce } => prove_element(device, keys, nonce, scratch),
    }
}

fn prove_element<'a, D: Device>(
    device: &D,
    keys: &mut impl KeyStore<D>,
    nonce: &Nonce,
    scratch: &'a mut [u8; MAX_SIGNATURE],
) -> Result<ProvisionerReply<'a>, Refusal> {
    let statement = element_statement(&device.uid(), nonce);
    let signature = keys.prove_element(&sha256(&statement))?;
    let (answer, _) = scratch.split_at_mut(signature.len());
    answer.copy_from_slice(&signature);
    Ok(ProvisionerReply::Element(answer))
}

fn make_flash_key<'a, D: Device>(device: &mut D) -> Result<ProvisionerReply<'a>, Refusal> {
    trng_health::start_up(device).map_err(|_| Refusal::Entropy)?;
    let mut key = Zeroizing::new([0; 32]);
    device.fill(&mut *key).map_err(|_| Refusal::Entropy)?;
    device.keep_flash_key(&key).map(|()| ProvisionerReply::Done)
}

fn hardware(device: &mut impl Device) -> Hardware {
    Hardware {
        uid: device.uid(),
        flash_kib: device.flash_kib(),
        trng_healthy: trng_health::start_up(device).is_ok(),
        clock_hz: device.clock_hz(),
    }
}

fn own_key<D: Device>(device: &mut D, keys: &mut impl KeyStore<D>) -> Result<PublicKey, Refusal> {
    keys.public_key(device).ok_or(Refusal::NoKey)
}

fn sign_request<'a, D: Device>(
    device: &mut D,
    keys: &mut impl KeyStore<D>,
    info: &[u8],
    scratch: &'a mut [u8; MAX_SIGNATURE],
) -> Result<&'a [u8], Refusal> {
    if info.len() > MAX_CSR_INFO {
        return Err(Refusal::TooLong);
    }
    let own = spki(&own_key(device, keys)?);
    if key_in_request(info).ok_or(Refusal::NotUnderstood)? != own {
        return Err(Refusal::ForeignKey);
    }
    let signature = keys.sign(device, &sha256(info))?;
    Ok(to_der(&signature, scratch))
}

fn store_certificate<'a, D: Device>(
    device: &mut D,
    keys: &mut impl KeyStore<D>,
    der: &[u8],
) -> Result<ProvisionerReply<'a>, Refusal> {
    if der.len() > MAX_CERTIFICATE {
        return Err(Refusal::TooLong);
    }
    let own = spki(&own_key(device, keys)?);
    if key_in_certificate(der).ok_or(Refusal::NotUnderstood)? != own {
        return Err(Refusal::ForeignKey);
    }
    store_once(device, Kind::Certificate, der)
}

/// Storing the same again is done already; storing something else is refused.
fn store_once<'a, D: Device>(
    device: &mut D,
    kind: Kind,
    content: &[u8],
) -> Result<ProvisionerReply<'a>, Refusal> {
    match store::find(device.bytes(D::LAYOUT.nvs), kind) {
        Some(kept) if kept == content => Ok(ProvisionerReply::Done),
        Some(_) => Err(Refusal::AlreadySet),
        None => store::append(device, D::LAYOUT.nvs, kind, content)
            .map(|()| ProvisionerReply::Done)
            .map_err(storage),
    }
}

fn storage(StorageFault(status): StorageFault) -> Refusal {
    Refusal::Storage(status)
}

#[cfg(test)]
mod tests;
